/* SPDX-License-Identifier: MIT */
/*
 * passthrough_test: every way of mounting does with files what the folder below would do.
 * Not here: random operations (random_test.c).
 */
#include "fuse_fs/mounted.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/xattr.h>

static void test_passes_real_values_through(void **state)
{
	struct statvfs real, st = said();

	(void)state;
	assert_int_equal(statvfs(fx.source, &real), 0);
	assert_int_equal(st.f_blocks, real.f_blocks);
	assert_int_equal(st.f_frsize, real.f_frsize);
	assert_int_equal(st.f_files, real.f_files);
	assert_int_equal(st.f_namemax, real.f_namemax);
}

static void test_append_and_truncate(void **state)
{
	struct stat st;
	char text[16] = "";
	int a, b;

	(void)state;
	a = open_new("a", O_APPEND);
	b = open_new("a", O_APPEND);
	assert_int_equal(write(a, "one", 3), 3);
	assert_int_equal(write(b, "two", 3), 3);
	assert_int_equal(write(a, "three", 5), 5);
	assert_int_equal(pread(b, text, sizeof(text), 0), 11);
	assert_memory_equal(text, "onetwothree", 11);
	assert_int_equal(ftruncate(a, 3), 0);
	assert_int_equal(write(b, "!", 1), 1);
	assert_int_equal(fsync(b), 0);
	assert_int_equal(stat(in(fx.source, "a"), &st), 0);
	assert_int_equal(st.st_size, 4);
	close(a);
	close(open_new("a", O_TRUNC));
	assert_int_equal(fstat(b, &st), 0);
	assert_int_equal(st.st_size, 0);
	close(b);
}

static void test_mmap(void **state)
{
	char text[3];
	int fd;

	(void)state;
	/* Pages written back go to their place, also where writes append. */
	fd = open_new("a", O_APPEND);
	assert_int_equal(write_blocks(fd, 2), 2);
	char *map = mmap(NULL, 2 * BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	assert_ptr_not_equal(map, MAP_FAILED);
	memset(map + BLOCK, 'z', 3);
	assert_int_equal(msync(map, 2 * BLOCK, MS_SYNC), 0);
	munmap(map, 2 * BLOCK);
	close(fd);
	fd = open(in(fx.source, "a"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(fd, text, 3, BLOCK), 3);
	assert_memory_equal(text, "zzz", 3);
	assert_int_equal(lseek(fd, 0, SEEK_END), 2 * BLOCK);
	close(fd);
}

static void test_unlinked_file_lives_on(void **state)
{
	struct stat st;
	char text[4];
	int fd;

	(void)state;
	fd = open_new("a", 0);
	assert_int_equal(write(fd, "data", 4), 4);
	assert_int_equal(unlink(at("a")), 0);
	assert_int_equal(access(at("a"), F_OK), -1);
	assert_int_equal(pwrite(fd, "DA", 2, 0), 2);
	assert_int_equal(pread(fd, text, 4, 0), 4);
	assert_memory_equal(text, "DAta", 4);
	assert_int_equal(fchmod(fd, 0600), 0);
	assert_int_equal(ftruncate(fd, 2), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(st.st_size, 2);
	assert_int_equal(st.st_mode & 07777, 0600);
	close(fd);
}

static void test_rename(void **state)
{
	struct stat a, b, now;

	(void)state;
	close(open_new("a", 0));
	close(open_new("b", 0));
	assert_int_equal(mkdir(at("d"), 0755), 0);
	assert_int_equal(stat(at("a"), &a), 0);
	assert_int_equal(stat(at("b"), &b), 0);
	assert_int_equal(renameat2(AT_FDCWD, at("a"), AT_FDCWD, at("b"), RENAME_NOREPLACE), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(renameat2(AT_FDCWD, at("a"), AT_FDCWD, at("b"), RENAME_EXCHANGE), 0);
	assert_int_equal(stat(at("a"), &now), 0);
	assert_int_equal(now.st_ino, b.st_ino);
	assert_int_equal(rename(at("b"), at("d/c")), 0);
	assert_int_equal(rename(at("d"), at("e")), 0);
	assert_int_equal(stat(at("e/c"), &now), 0);
	assert_int_equal(now.st_ino, a.st_ino);
	assert_int_equal(rename(at("a"), at("e/c")), 0);
	assert_int_equal(stat(at("e/c"), &now), 0);
	assert_int_equal(now.st_ino, b.st_ino);
	assert_int_equal(access(at("a"), F_OK), -1);
}

static void test_links(void **state)
{
	struct stat st;
	char target[16];

	(void)state;
	close(open_new("a", 0));
	assert_int_equal(link(at("a"), at("b")), 0);
	assert_int_equal(stat(at("a"), &st), 0);
	assert_int_equal(st.st_nlink, 2);
	assert_int_equal(symlink("nowhere", at("s")), 0);
	assert_int_equal(readlink(at("s"), target, sizeof(target)), 7);
	assert_memory_equal(target, "nowhere", 7);
	assert_int_equal(lchown(at("s"), 5, 6), 0);
	assert_int_equal(lstat(at("s"), &st), 0);
	assert_int_equal(st.st_uid, 5);
	assert_int_equal(mkfifo(at("p"), 0600), 0);
	assert_int_equal(mknod(at("n"), S_IFCHR | 0600, 0x103), 0);
	assert_int_equal(stat(at("n"), &st), 0);
	assert_int_equal(st.st_rdev, 0x103);
}

static void test_xattrs(void **state)
{
	char value[16];

	(void)state;
	close(open_new("a", 0));
	assert_int_equal(symlink("a", at("s")), 0);
	assert_int_equal(setxattr(at("a"), "trusted.k", "v1", 2, 0), 0);
	assert_int_equal(setxattr(at("a"), "trusted.k", "v2", 2, XATTR_CREATE), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(getxattr(at("a"), "trusted.k", NULL, 0), 2);
	assert_int_equal(getxattr(at("a"), "trusted.k", value, sizeof(value)), 2);
	assert_memory_equal(value, "v1", 2);
	assert_int_equal(getxattr(at("a"), "trusted.k", value, 1), -1);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(listxattr(at("a"), value, sizeof(value)), 10);
	assert_int_equal(lsetxattr(at("s"), "trusted.l", "w", 1, 0), 0);
	assert_int_equal(getxattr(at("a"), "trusted.l", value, sizeof(value)), -1);
	assert_int_equal(removexattr(at("a"), "trusted.k"), 0);
	assert_int_equal(getxattr(at("a"), "trusted.k", value, sizeof(value)), -1);
	assert_int_equal(errno, ENODATA);
}

static void test_locks(void **state)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10};
	int a, b;

	(void)state;
	a = open_new("a", 0);
	b = open_new("a", 0);
	assert_int_equal(flock(a, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(flock(b, LOCK_EX | LOCK_NB), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	assert_int_equal(flock(a, LOCK_UN), 0);
	assert_int_equal(fcntl(a, F_OFD_SETLK, &lock), 0);
	assert_int_equal(fcntl(b, F_OFD_SETLK, &lock), -1);
	assert_int_equal(errno, EAGAIN);
	close(a);
	assert_int_equal(fcntl(b, F_OFD_SETLK, &lock), 0);
	close(b);
}

static void test_readdir_of_a_thousand(void **state)
{
	static bool seen[1000];
	char name[16];
	int others = 0;

	(void)state;
	memset(seen, 0, sizeof(seen));
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "f%03d", i);
		close(open_new(name, O_EXCL));
	}
	for (int round = 0; round < 2; round++) {
		DIR *dir = opendir(fx.mount);
		int count = 0;

		assert_non_null(dir);
		for (const struct dirent *entry; (entry = readdir(dir));) {
			if (entry->d_name[0] != 'f') {
				others++;
				continue;
			}
			int i = (int)strtol(entry->d_name + 1, NULL, 10);

			assert_true(seen[i] == round);
			seen[i] = !round;
			count++;
		}
		closedir(dir);
		assert_int_equal(count, 1000);
	}
	assert_int_equal(others, 4);
}

static void test_rewinddir(void **state)
{
	char first[256];
	char name[16];
	int count = 0;

	(void)state;
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "f%03d", i);
		close(open_new(name, O_EXCL));
	}
	DIR *dir = opendir(fx.mount);

	assert_non_null(dir);
	assert_in_range(snprintf(first, sizeof(first), "%s", readdir(dir)->d_name), 1, 255);
	rewinddir(dir);
	assert_string_equal(readdir(dir)->d_name, first);
	while (readdir(dir))
		count++;
	assert_int_equal(count, 301);
	rewinddir(dir);
	assert_string_equal(readdir(dir)->d_name, first);
	closedir(dir);
}

/* Runs in a child as another user; tells by exit code which step failed. */
static int try_as_other(void)
{
	struct stat st;

	become(65534);
	umask(027);
	if (open(at("private"), O_RDONLY) >= 0 || errno != EACCES)
		return 1;
	if (open(at("x"), O_RDWR | O_CREAT, 0644) >= 0 || errno != EACCES)
		return 2;
	if (open(at("open/mine"), O_RDWR | O_CREAT, 0666) < 0 || mkdir(at("open/dir"), 0777) < 0)
		return 3;
	if (stat(at("open/mine"), &st) < 0 || st.st_uid != 65534 || (st.st_mode & 0777) != 0640)
		return 4;
	if (chown(at("open/mine"), 0, 0) == 0 || unlink(at("private")) == 0)
		return 5;
	int fd = open(at("open/suid"), O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, "x", 1) == 1 && fstat(fd, &st) == 0 && !(st.st_mode & S_ISUID)
		       ? 0
		       : 6;
}

static void test_permissions(void **state)
{
	struct stat st;
	int status;

	(void)state;
	close(open_new("private", 0));
	assert_int_equal(chmod(at("private"), 0600), 0);
	assert_int_equal(mkdir(at("open"), 0777), 0);
	assert_int_equal(chmod(at("open"), 0777), 0);
	close(open_new("open/suid", 0));
	assert_int_equal(chmod(at("open/suid"), 04777), 0);
	pid_t child = fork();

	if (child == 0)
		_exit(try_as_other());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(stat(in(fx.source, "open/dir"), &st), 0);
	assert_int_equal(st.st_uid, 65534);
	assert_int_equal(st.st_mode & 07777, 0750);
}

/* A writer that leaves marks of its own in a file of all. */
static void *write_marks(void *arg)
{
	unsigned char mark = *(unsigned char *)arg;
	unsigned char buf[512];
	int fd = open(at("shared"), O_WRONLY | O_APPEND | O_CLOEXEC);

	memset(buf, mark, sizeof(buf));
	for (int i = 0; i < 200 && fd >= 0; i++)
		if (write(fd, buf, sizeof(buf)) != sizeof(buf))
			break;
	close(fd);
	return NULL;
}

static void test_concurrent_appends(void **state)
{
	unsigned char marks[4] = {1, 2, 3, 4};
	unsigned char buf[512];
	int count[5] = {0};
	pthread_t threads[4];
	int fd;

	(void)state;
	fd = open_new("shared", 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_marks, &marks[i]), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	while (read(fd, buf, sizeof(buf)) == sizeof(buf)) {
		for (size_t i = 1; i < sizeof(buf); i++)
			assert_int_equal(buf[i], buf[0]);
		assert_in_range(buf[0], 1, 4);
		count[buf[0]]++;
	}
	close(fd);
	for (int i = 1; i <= 4; i++)
		assert_int_equal(count[i], 200);
}

/* What others do behind the mount is seen, and nothing of it is written over. */
static void test_shared_folder(void **state)
{
	char text[8];
	int a, b;

	(void)state;
	a = open_new("a", O_APPEND);
	b = open(in(fx.source, "a"), O_RDWR | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(a, "1", 1), 1);
	assert_int_equal(write(b, "2", 1), 1);
	assert_int_equal(write(a, "3", 1), 1);
	assert_int_equal(write(b, "4", 1), 1);
	assert_int_equal(pread(a, text, sizeof(text), 0), 4);
	assert_memory_equal(text, "1234", 4);
	close(a);
	close(b);
	assert_int_equal(access(at("b"), F_OK), -1);
	assert_int_equal(rename(in(fx.source, "a"), in(fx.source, "b")), 0);
	assert_int_equal(access(at("b"), F_OK), 0);
	assert_int_equal(access(at("a"), F_OK), -1);
}

/* What has to work however the folder is mounted. */
#define TESTS_OF_PASSTHROUGH                                                                       \
	TEST(test_passes_real_values_through), TEST(test_append_and_truncate), TEST(test_mmap),    \
		TEST(test_unlinked_file_lives_on), TEST(test_rename), TEST(test_links),            \
		TEST(test_xattrs), TEST(test_locks), TEST(test_readdir_of_a_thousand),             \
		TEST(test_rewinddir), TEST(test_permissions), TEST(test_concurrent_appends)

int main(void)
{
	const struct CMUnitTest plain[] = {
		TESTS_OF_PASSTHROUGH,
	};
	const struct CMUnitTest shared[] = {
		TESTS_OF_PASSTHROUGH,
		TEST(test_shared_folder),
	};
	const struct CMUnitTest writeback[] = {
		TESTS_OF_PASSTHROUGH,
	};
	const struct CMUnitTest crash[] = {
		TESTS_OF_PASSTHROUGH,
	};
	const char *reason = reason_to_skip();

	if (reason) {
		printf("passthrough_test: skipped: %s\n", reason);
		return 0;
	}
	return cmocka_run_group_tests(plain, mount_up_plain, mount_down) +
	       cmocka_run_group_tests(shared, mount_up_shared, mount_down) +
	       cmocka_run_group_tests(writeback, mount_up_writeback, mount_down) +
	       cmocka_run_group_tests(crash, mount_up_crash, mount_down);
}
