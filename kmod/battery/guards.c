// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what daemons have the extension refuse: their own files, and those their rules are about.
 * What each way to a file needs is in the cases of access/file and log/protect.
 */
#include "battery.h"

#include "subscription.h"

#define BOX "/guarded"

enum { ME = 0, OTHER = 1234 }; /* user ids */

static int box_open(void)
{
	mkdir(BOX, 0755);
	return open(BOX, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool box_put(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0644);

	CHECK(fd >= 0);
	close(fd);
	return true;
}

/* Returns 0 or a negated errno value. */
static int try_open(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int run_read(const void *path)
{
	return try_open(path, O_RDONLY);
}

static int run_write(const void *path)
{
	return try_open(path, O_WRONLY);
}

/* What a child of ours gets. */
static int child_gets(int (*run)(const void *), const char *path)
{
	int result = child_result(child_start(run, path));

	children_end();
	return result;
}

static int guard(int folder, const char *name)
{
	struct seos_guard wanted = {.folder = folder, .flags = SEOS_GUARD_WRITE};

	strcpy(wanted.name, name);
	return ioctl(device, SEOS_IOC_GUARD, &wanted) ? -errno : 0;
}

/* A table of one file that ME may not read, and nobody else write. */
static struct seos_file file;
static struct seos_right rights[3];
static struct seos_files files;

static void files_make(int folder, const char *name)
{
	file = (struct seos_file){.folder = folder, .rights = 2, .record = "/the/record"};
	strcpy(file.name, name);
	rights[0] = (struct seos_right){.uid = ME};
	rights[0].verdict[SEOS_ACCESS_READ] = SEOS_VERDICT_REFUSE | SEOS_VERDICT_TELL | 5;
	rights[1] = (struct seos_right){.uid = 0};
	rights[1].verdict[SEOS_ACCESS_WRITE] = SEOS_VERDICT_REFUSE;
	files = (struct seos_files){.owner = 77,
				    .files = (uintptr_t)&file,
				    .rights = (uintptr_t)rights,
				    .count = 1,
				    .right_count = 2};
}

static int files_set(void)
{
	return ioctl(device, SEOS_IOC_FILES, &files) ? -errno : 0;
}

static bool files_clear(void)
{
	files = (struct seos_files){.count = 0};
	CHECK(files_set() == 0);
	return true;
}

bool refuses_bad_guards(void)
{
	const int folder = box_open(), plain = open(module_path, O_RDONLY | O_CLOEXEC);
	struct seos_guard bad = {.folder = folder, .flags = 8, .name = "x"};

	CHECK(guard(-1, "x") == -EBADF || guard(-1, "x") == -EOPNOTSUPP);
	if (guard(folder, "x") == -EOPNOTSUPP)
		SKIP("nothing is refused on this machine");
	CHECK(ioctl(device, SEOS_IOC_GUARD, &bad) && errno == EINVAL);
	memset(bad.name, 'x', sizeof(bad.name));
	CHECK(ioctl(device, SEOS_IOC_GUARD, &bad) && errno == EINVAL);
	CHECK(guard(plain, "x") == -ENOTDIR);
	for (int i = 0; i < 2 * SEOS_GUARDS_MAX; i++)
		CHECK(guard(folder, "x") == 0); /* it is one */

	files_make(folder, "f");
	files.count = SEOS_FILES_MAX + 1;
	CHECK(files_set() == -EINVAL);
	files_make(folder, "f");
	files.right_count = 1;
	CHECK(files_set() == -EINVAL);
	files_make(folder, "f");
	rights[1].uid = OTHER; /* nobody else */
	CHECK(files_set() == -EINVAL);
	files_make(folder, "f");
	file.rights = files.right_count = 3;
	rights[1].uid = ME; /* twice */
	rights[2].uid = 0;
	CHECK(files_set() == -EINVAL);
	files_make(folder, "f");
	file.rights = 0;
	CHECK(files_set() == -EINVAL);
	files_make(folder, "f");
	memset(file.record, 'x', sizeof(file.record));
	CHECK(files_set() == -EINVAL);
	files_make(plain, "f");
	CHECK(files_set() == -ENOTDIR);
	files_make(folder, "f");
	files.files = 8;
	CHECK(files_set() == -EFAULT);
	close(folder);
	close(plain);
	device_close(); /* and what it guards */
	return true;
}

static int run_daemon(const void *name)
{
	const int folder = box_open();
	int err;

	device = device_open();
	err = guard(folder, name) ?: try_open(BOX "/a", O_WRONLY); /* ours: not a matter of theirs */
	if (!err)
		err = try_open(BOX "/b", O_WRONLY) == -EPERM ? run_pause(NULL) : -EINVAL;
	return err;
}

bool each_daemon_guards_its_own(void)
{
	const int folder = box_open();
	struct child *daemon;

	CHECK(box_put(BOX "/a") && box_put(BOX "/b"));
	if (guard(folder, "b") == -EOPNOTSUPP)
		SKIP("nothing is refused on this machine");
	CHECK(try_open(BOX "/b", O_WRONLY) == 0);
	CHECK(child_gets(run_write, BOX "/b") == -EPERM);
	CHECK(child_gets(run_read, BOX "/b") == 0);
	daemon = child_start(run_daemon, "a");
	CHECK(WAIT_FOR(try_open(BOX "/a", O_WRONLY) == -EPERM));
	CHECK(child_waits(daemon));
	child_end(daemon);
	CHECK(WAIT_FOR(try_open(BOX "/a", O_WRONLY) == 0));
	CHECK(child_gets(run_write, BOX "/b") == -EPERM);
	device_close();
	CHECK(child_gets(run_write, BOX "/b") == 0);
	close(folder);
	return true;
}

bool a_refused_file_is_reported(void)
{
	const int folder = box_open();
	struct seos_event event;
	struct subscription s;
	const char *texts;
	const void *body;
	const struct seos_access *access;

	CHECK(box_put(BOX "/f"));
	CHECK(subscribe(&s, SEOS_CLASS_ACCESS, SEOS_RING_MIN));
	files_make(folder, "f");
	if (files_set() == -EOPNOTSUPP) {
		unsubscribe(&s);
		SKIP("nothing is refused on this machine");
	}
	CHECK(run_read(BOX "/f") == 0 && nothing_is_next(&s)); /* ours */
	CHECK(child_gets(run_write, BOX "/f") == 0 && nothing_is_next(&s));
	CHECK(child_gets(run_read, BOX "/f") == -EACCES);
	CHECK(event_next(&s, &event, &body) == SEOS_READ_EVENT);
	CHECK(event.type == SEOS_EVENT_ACCESS);
	access = body;
	texts = (const char *)(access + 1);
	CHECK(access->owner == 77 && access->uid == 0 && access->euid == 0);
	CHECK(access->kind == SEOS_ACCESS_READ && access->session.leader == 0);
	CHECK(access->verdict == (SEOS_VERDICT_REFUSE | SEOS_VERDICT_TELL | 5));
	CHECK(access->record_bytes == strlen(file.record) && access->label_bytes == 0);
	CHECK(!memcmp(texts, file.record, access->record_bytes));
	CHECK(access->program_bytes == strlen(own_path));
	CHECK(!memcmp(texts + access->record_bytes, own_path, access->program_bytes));
	CHECK(nothing_is_next(&s));
	CHECK(files_clear() && child_gets(run_read, BOX "/f") == 0 && nothing_is_next(&s));
	unsubscribe(&s);
	close(folder);
	device_close();
	return true;
}

static int run_reads(const void *path)
{
	for (;;) {
		int err = try_open(path, O_RDONLY);

		if (err && err != -EACCES)
			return err;
	}
}

static int run_enters(const void *path)
{
	for (;;) {
		if (chdir(path) && errno != EACCES)
			return -errno;
	}
}

/* Tables come and go under those who are looked up in them. */
bool rules_change_under_load(void)
{
	enum { ROUNDS = 50 };
	const int folder = box_open();

	CHECK(box_put(BOX "/f"));
	files_make(folder, "f");
	if (files_set() == -EOPNOTSUPP)
		SKIP("nothing is refused on this machine");
	child_start(run_reads, BOX "/f");
	child_start(run_reads, BOX "/f");
	child_start(run_enters, BOX);
	for (int round = 0; round < ROUNDS; round++) {
		files_make(folder, round % 2 ? "f" : "");
		rights[0].verdict[SEOS_ACCESS_CHDIR] = SEOS_VERDICT_REFUSE;
		CHECK(files_set() == 0);
		CHECK(round % 5 || files_clear());
	}
	for (unsigned int i = 0; i < children_count; i++)
		CHECK(child_waits(&children[i]));
	children_end();
	close(folder);
	device_close();
	return true;
}
