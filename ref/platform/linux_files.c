/* SPDX-License-Identifier: MIT */
/*
 * The platform on Linux: files that not everybody may have. Each is looked for in the file system,
 * and goes to the kernel extension as a descriptor of its folder and a name.
 *
 * Not for: reports of accesses (linux_events.c).
 */
#include "kmod/uapi/SEOS_syscall.h"
#include "ref/platform/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* What goes to the extension. */
struct table {
	struct seos_file *files;
	struct seos_right *rights;
	size_t count, right_count;
};

/* A folder that something is mounted on, which is not found in the one above it; -1 otherwise. */
static int open_mounted(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statx s;

	if (fd < 0)
		return -1;
	if (!statx(fd, "", AT_EMPTY_PATH, 0, &s) && s.stx_attributes & STATX_ATTR_MOUNT_ROOT)
		return fd;
	close(fd);
	return -1;
}

/* Opens the folder of a file and finds its name there, "" for a folder that is meant itself.
 * Returns the descriptor. */
static int open_folder(const char *path, char name[SEOS_FILE_NAME_MAX])
{
	char real[PATH_MAX];
	char *slash;
	int fd;

	if (!realpath(path, real)) {
		if (errno != ENOENT || strlen(path) >= sizeof(real))
			return -errno;
		memcpy(real, path, strlen(path) + 1); /* it may come yet */
	}
	name[0] = '\0';
	fd = open_mounted(real);
	if (fd >= 0)
		return fd;
	slash = strrchr(real, '/');
	if (!slash || strlen(slash + 1) >= SEOS_FILE_NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, slash + 1, strlen(slash + 1) + 1);
	slash[slash == real] = '\0';
	fd = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Files with one folder share its descriptor: they come one behind the other. */
static int share_folder(const struct table *t, int fd)
{
	struct stat before, now;
	int last = t->count > 0 ? t->files[t->count - 1].folder : -1;

	if (last < 0 || fstat(last, &before) || fstat(fd, &now) || before.st_dev != now.st_dev ||
	    before.st_ino != now.st_ino)
		return fd;
	close(fd);
	return last;
}

/* Returns 0, 1 when its folder is not there, or a negated errno value. */
static int add_file(struct table *t, const struct platform_file *file)
{
	struct seos_file *out = &t->files[t->count];
	int fd;

	if (strlen(file->path) >= sizeof(out->record))
		return -ENAMETOOLONG;
	memset(out, 0, sizeof(*out));
	memcpy(out->record, file->path, strlen(file->path) + 1);
	fd = open_folder(file->path, out->name);
	if (fd == -EMFILE || fd == -ENFILE || fd == -ENOMEM)
		return fd;
	if (fd < 0)
		return 1;
	out->folder = share_folder(t, fd);
	out->rights = file->count;
	for (unsigned i = 0; i < file->count; i++) {
		struct seos_right *right = &t->rights[t->right_count++];

		_Static_assert(PLATFORM_ACCESS_KINDS == SEOS_ACCESS_KINDS &&
				       PLATFORM_VERDICT_REFUSE == SEOS_VERDICT_REFUSE &&
				       PLATFORM_VERDICT_TELL == SEOS_VERDICT_TELL,
			       "verdicts are handed on as they are");
		*right = (struct seos_right){.uid = file->rights[i].uid};
		memcpy(right->verdict, file->rights[i].verdict, sizeof(right->verdict));
	}
	t->count++;
	return 0;
}

static int hand_over(struct platform *p, int device, const struct table *t)
{
	struct linux_platform *l = linux_platform(p);
	const struct seos_files files = {
		.owner = l->files_owner,
		.files = (uintptr_t)t->files,
		.rights = (uintptr_t)t->rights,
		.count = (__u32)t->count,
		.right_count = (__u32)t->right_count,
	};

	if (ioctl(device, SEOS_IOC_FILES, &files))
		return errno == EOPNOTSUPP ? -ENOTSUP : -errno;
	return 0;
}

int linux_kernel_files(struct platform *p, const struct platform_file *files, size_t count)
{
	struct linux_platform *l = linux_platform(p);
	int device = linux_kernel_device(p);
	struct table t = {NULL, NULL, 0, 0};
	int error = 0, missing = 0;
	size_t rights = 0;

	if (device < 0)
		return device;
	for (size_t i = 0; i < count; i++)
		rights += files[i].count;
	if (count > PLATFORM_FILES_MAX || rights > SEOS_RIGHTS_MAX)
		return -E2BIG;
	if (!l->files_owner)
		l->files_owner = (uint64_t)p->ops->boot_ns(p) | 1;
	t.files = calloc(count + 1, sizeof(t.files[0]));
	t.rights = calloc(rights + 1, sizeof(t.rights[0]));
	if (!t.files || !t.rights)
		error = -ENOMEM;
	for (size_t i = 0; i < count && error >= 0; i++) {
		error = add_file(&t, &files[i]);
		missing += error > 0;
	}
	if (error >= 0)
		error = hand_over(p, device, &t);
	for (size_t i = 0; i < t.count; i++) {
		if (i == 0 || t.files[i].folder != t.files[i - 1].folder)
			close(t.files[i].folder);
	}
	free(t.files);
	free(t.rights);
	return error < 0 ? error : missing;
}
