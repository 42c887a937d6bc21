/* SPDX-License-Identifier: MIT */
/*
 * The root of one run, written as a cpio archive into memory. Knows the format and the shared
 * libraries of programs, and nothing of what a guest needs: that is guest.c.
 */
#include "vm-images/image.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vm-images/child.h"
#include "vm-images/file.h"

/* Programs of another machine are given with their libraries beside them. */
#ifdef __aarch64__
#define HOST_MACHINE EM_AARCH64
#define HOST_LINKER  "/lib/ld-linux-aarch64.so.1"
#else
#define HOST_MACHINE EM_X86_64
#define HOST_LINKER  "/lib64/ld-linux-x86-64.so.2"
#endif

/* More does not fit into the memory of a small guest, which holds the archive and its contents for
 * a moment. */
#define IMAGE_MAX (160L * 1024 * 1024)
#define DEPTH_MAX 16

/* The folder below lib/ that Debian keeps this machine's libraries in. */
#if defined(__x86_64__)
#define TRIPLET "x86_64-linux-gnu"
#elif defined(__aarch64__)
#define TRIPLET "aarch64-linux-gnu"
#elif defined(__s390x__)
#define TRIPLET "s390x-linux-gnu"
#elif defined(__i386__)
#define TRIPLET "i386-linux-gnu"
#else
#error "Debian's name of this architecture is not known here: add it"
#endif

struct image {
	FILE *out;
	long len;
	unsigned int inode;
	void *known; /* tsearch() tree of folders made and libraries added, as guest paths */
};

struct image *image_new(struct guest_error *error)
{
	struct image *image = calloc(1, sizeof(*image));
	int fd = memfd_create("initramfs", MFD_CLOEXEC);

	if (image && fd >= 0)
		image->out = fdopen(fd, "w");
	if (image && image->out)
		return image;
	guest_fail(error, "cannot make a file in memory: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	free(image);
	return NULL;
}

void image_free(struct image *image)
{
	if (!image)
		return;
	tdestroy(image->known, free);
	fclose(image->out);
	free(image);
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Returns 1 if `path` was new, 0 if it was known, -1 without memory. */
static int remember(struct image *image, const char *path)
{
	char *copy = strdup(path);
	char **found = copy ? tsearch(copy, &image->known, compare) : NULL;

	if (!found) {
		free(copy);
		return -1;
	}
	if (*found == copy)
		return 1;
	free(copy);
	return 0;
}

static int put(struct image *image, const void *data, size_t len, struct guest_error *error)
{
	static const char zeros[4];
	size_t pad = -len & 3;

	if (image->len + (long)(len + pad) > IMAGE_MAX)
		return guest_fail(error, "the guest's root is larger than %ld MiB",
				  IMAGE_MAX >> 20);
	image->len += (long)(len + pad);
	if (fwrite(data, 1, len, image->out) != len || fwrite(zeros, 1, pad, image->out) != pad)
		return guest_fail(error, "cannot write the guest's root: %s", strerror(errno));
	return 0;
}

static int put_header(struct image *image, const char *name, unsigned int mode, size_t len,
		      struct guest_error *error)
{
	char *head = NULL;
	unsigned int links = S_ISDIR(mode) ? 2 : 1;
	/* magic, inode, mode, uid, gid, links, mtime, size, device, rdev, name length, checksum */
	int head_len =
		asprintf(&head, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x%s",
			 ++image->inode, mode, 0u, 0u, links, 0u, len, 0u, 0u, 0u, 0u,
			 strlen(name) + 1, 0u, name);
	int result = head_len < 0 ? guest_fail(error, "out of memory")
				  : put(image, head, (size_t)head_len + 1, error);

	free(head);
	return result;
}

static int put_entry(struct image *image, const char *guest, unsigned int mode, const void *data,
		     size_t len, struct guest_error *error)
{
	return put_header(image, guest + 1, mode, len, error) ? -1 : put(image, data, len, error);
}

static int add_dir(struct image *image, const char *guest, unsigned int mode,
		   struct guest_error *error)
{
	int fresh = remember(image, guest);

	if (fresh < 0)
		return guest_fail(error, "out of memory");
	return fresh ? put_entry(image, guest, S_IFDIR | mode, "", 0, error) : 0;
}

/* The kernel makes no folders by itself. */
static int add_parents(struct image *image, const char *guest, struct guest_error *error)
{
	char *path;
	int result = 0;

	if (guest[0] != '/' || strstr(guest, "/../"))
		return guest_fail(error, "not an absolute path in a guest: %s", guest);
	path = strdup(guest);
	if (!path)
		return guest_fail(error, "out of memory");
	for (char *slash = strchr(path + 1, '/'); result == 0 && slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		result = add_dir(image, path, 0755, error);
		*slash = '/';
	}
	free(path);
	return result;
}

int image_add_dir(struct image *image, const char *guest, unsigned int mode,
		  struct guest_error *error)
{
	if (add_parents(image, guest, error))
		return -1;
	return add_dir(image, guest, mode, error);
}

int image_add_data(struct image *image, const char *guest, unsigned int mode, const void *data,
		   size_t len, struct guest_error *error)
{
	if (add_parents(image, guest, error))
		return -1;
	return put_entry(image, guest, S_IFREG | mode, data, len, error);
}

int image_add_link(struct image *image, const char *guest, const char *target,
		   struct guest_error *error)
{
	if (add_parents(image, guest, error))
		return -1;
	return put_entry(image, guest, S_IFLNK | 0777, target, strlen(target), error);
}

/* The interpreter of a dynamically linked 64-bit program, inside `data`; NULL for any other file.
 */
static const char *find_interpreter(const unsigned char *data, size_t len)
{
	Elf64_Ehdr elf;
	Elf64_Phdr part;

	if (len < sizeof(elf))
		return NULL;
	memcpy(&elf, data, sizeof(elf));
	if (memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0 || elf.e_ident[EI_CLASS] != ELFCLASS64 ||
	    elf.e_machine != HOST_MACHINE)
		return NULL;
	for (size_t i = 0; i < elf.e_phnum; i++) {
		size_t at = elf.e_phoff + i * sizeof(part);

		if (at > len - sizeof(part))
			return NULL;
		memcpy(&part, data + at, sizeof(part));
		if (part.p_type == PT_INTERP && part.p_filesz > 0 && part.p_offset < len &&
		    part.p_filesz <= len - part.p_offset &&
		    data[part.p_offset + part.p_filesz - 1] == '\0')
			return (const char *)data + part.p_offset;
	}
	return NULL;
}

/* What would load a library that is given by itself: a plug-in, such as a PAM module. */
static const char *library_interpreter(const char *host, const unsigned char *data, size_t len)
{
	Elf64_Ehdr elf;

	if (!strstr(host, ".so") || len < sizeof(elf))
		return NULL;
	memcpy(&elf, data, sizeof(elf));
	if (memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0 || elf.e_type != ET_DYN ||
	    elf.e_machine != HOST_MACHINE)
		return NULL;
	return HOST_LINKER;
}

static int add_file(struct image *image, const char *host, const char *guest, unsigned int mode,
		    struct guest_error *error);

static int add_library(struct image *image, const char *host, const char *guest,
		       struct guest_error *error)
{
	int fresh = remember(image, guest);

	if (fresh < 0)
		return guest_fail(error, "out of memory");
	return fresh ? add_file(image, host, guest, 0755, error) : 0;
}

/* The length of the root that a file lies in at the place it has in the guest: its libraries are
 * looked for there first. 0: no such root. */
static int root_length(const char *host, const char *guest)
{
	size_t host_length = strlen(host), length = strlen(guest);

	if (length >= host_length || strcmp(host + host_length - length, guest) != 0)
		return 0;
	return (int)(host_length - length);
}

/* `listing` is what the dynamic linker prints: "NAME => PATH (ADDRESS)" or "PATH (ADDRESS)" a line.
 */
static int add_listed(struct image *image, const char *host, int root, char *listing,
		      struct guest_error *error)
{
	char *line;

	while ((line = strsep(&listing, "\n"))) {
		char *arrow = strstr(line, "=> ");
		char *path = arrow ? arrow + 3 : line + strspn(line, " \t");

		if (!strcmp(path, "not found"))
			return guest_fail(error, "%s needs a library that is not installed:%s",
					  host, line);
		const bool own =
			root && strncmp(path, host, (size_t)root) == 0 && path[root] == '/';

		if (*path != '/' && !own)
			continue; /* the kernel's own, or nothing */
		path[strcspn(path, " ")] = '\0';
		if (add_library(image, path, own ? path + root : path, error))
			return -1;
	}
	return 0;
}

static int add_libraries(struct image *image, const char *host, const char *guest,
			 const char *interpreter, struct guest_error *error)
{
	const int root = root_length(host, guest);
	const char *name = strrchr(host, '/');
	struct child_args args = {0};
	char *listing = NULL;
	int result;

	child_args_add(&args, "%s", interpreter);
	if (root) {
		child_args_add(&args, "--library-path");
		/* and where programs keep what is theirs alone, as sudo and its plug-ins do */
		child_args_add(&args,
			       "%.*s/lib/" TRIPLET ":%.*s/usr/lib/" TRIPLET
			       ":%.*s/usr/libexec%s:%.*s",
			       root, host, root, host, root, host, name, (int)(name - host), host);
	}
	child_args_add(&args, "--list");
	child_args_add(&args, "%s", host);
	result = add_library(image, interpreter, interpreter, error);
	if (result == 0)
		result = child_run(&args, NULL, &listing, error);
	if (result == 0)
		result = add_listed(image, host, root, listing, error);
	child_args_free(&args);
	free(listing);
	return result;
}

static int add_file(struct image *image, const char *host, const char *guest, unsigned int mode,
		    struct guest_error *error)
{
	int fd = open(host, O_RDONLY | O_CLOEXEC);
	struct stat st = {.st_size = 0};
	void *data = MAP_FAILED;
	const char *interpreter;
	int result;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd < 0 || (data == MAP_FAILED && st.st_size > 0)) {
		guest_fail(error, "cannot read %s: %s", host, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	close(fd);
	if (data == MAP_FAILED)
		return image_add_data(image, guest, mode, "", 0, error);
	result = image_add_data(image, guest, mode, data, (size_t)st.st_size, error);
	interpreter = find_interpreter(data, (size_t)st.st_size);
	if (!interpreter && strcmp(host, guest) != 0) /* else it came with the one that needs it */
		interpreter = library_interpreter(host, data, (size_t)st.st_size);
	if (result == 0 && interpreter)
		result = add_libraries(image, host, guest, interpreter, error);
	munmap(data, (size_t)st.st_size);
	return result;
}

static int add_host_link(struct image *image, const char *host, const char *guest,
			 struct guest_error *error)
{
	char target[4096];
	ssize_t len = readlink(host, target, sizeof(target) - 1);

	if (len < 0)
		return guest_fail(error, "cannot read the link %s: %s", host, strerror(errno));
	target[len] = '\0';
	return image_add_link(image, guest, target, error);
}

static int add_any(struct image *image, const char *host, const char *guest, const struct stat *st,
		   int depth, struct guest_error *error);

static int add_inside(struct image *image, const char *host, const char *guest, const char *name,
		      int depth, struct guest_error *error)
{
	char *from = file_text("%s/%s", host, name);
	char *to = file_text("%s/%s", strcmp(guest, "/") == 0 ? "" : guest, name);
	struct stat st;
	int result;

	if (!from || !to || lstat(from, &st))
		result = guest_fail(error, "cannot look at %s/%s: %s", host, name, strerror(errno));
	else
		result = add_any(image, from, to, &st, depth, error);
	free(from);
	free(to);
	return result;
}

static int is_inside(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* In sorted order, so that the same files make the same image. */
static int add_folder(struct image *image, const char *host, const char *guest, int depth,
		      struct guest_error *error)
{
	struct dirent **entries = NULL;
	int n = depth < DEPTH_MAX ? scandir(host, &entries, is_inside, alphasort) : -1;
	int result = 0;

	if (n < 0)
		return guest_fail(error, "cannot list %s, or it is deeper than %d folders", host,
				  DEPTH_MAX);
	for (int i = 0; i < n; i++) {
		if (result == 0)
			result = add_inside(image, host, guest, entries[i]->d_name, depth + 1,
					    error);
		free(entries[i]);
	}
	free(entries);
	return result;
}

static int add_any(struct image *image, const char *host, const char *guest, const struct stat *st,
		   int depth, struct guest_error *error)
{
	unsigned int mode = st->st_mode & 07777;

	if (S_ISREG(st->st_mode))
		return add_file(image, host, guest, mode, error);
	if (S_ISLNK(st->st_mode))
		return add_host_link(image, host, guest, error);
	if (!S_ISDIR(st->st_mode))
		return guest_fail(error, "%s is neither a file nor a folder nor a link", host);
	if (strcmp(guest, "/") != 0 && image_add_dir(image, guest, mode, error))
		return -1;
	return add_folder(image, host, guest, depth, error);
}

int image_add(struct image *image, const char *host, const char *guest, struct guest_error *error)
{
	struct stat st;

	if (stat(host, &st))
		return guest_fail(error, "cannot find %s: %s", host, strerror(errno));
	return add_any(image, host, guest, &st, 0, error);
}

int image_finish(struct image *image, struct guest_error *error)
{
	if (put_header(image, "TRAILER!!!", 0, 0, error))
		return -1;
	if (fflush(image->out))
		return guest_fail(error, "cannot write the guest's root: %s", strerror(errno));
	return fileno(image->out);
}
