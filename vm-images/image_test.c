/* SPDX-License-Identifier: MIT */
/*
 * Tests of image.c: what it packs, cpio unpacks to the same files; programs bring their libraries;
 * and what is refused.
 */
#include "vm-images/image.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <ftw.h>
#include <gnu/libc-version.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "vm-images/child.h"
#include "vm-images/file.h"

static char folder[] = "/tmp/image_test.XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int remove_folder(void **state)
{
	(void)state;
	return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Ends the image and unpacks it into folder/NAME with cpio, which reads the archive from its
 * standard input. */
static void unpack(struct image *image, const char *name)
{
	struct guest_error error = {.text = ""};
	int fd = image_finish(image, &error);
	pid_t pid;
	int status;

	assert_true(fd >= 0);
	assert_int_equal(mkdir(name, 0700), 0);
	pid = fork();
	if (pid == 0) {
		if (lseek(fd, 0, SEEK_SET) == 0 && dup2(fd, 0) == 0 && chdir(name) == 0)
			execlp("cpio", "cpio", "-idmu", "--quiet", "--no-absolute-filenames",
			       (char *)NULL);
		_exit(127);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void check_text(const char *path, const char *wanted)
{
	struct guest_error error = {.text = ""};
	char *text = file_load(&error, path);

	assert_non_null(text);
	assert_string_equal(text, wanted);
	free(text);
}

static unsigned int mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode;
}

static void what_is_packed_unpacks_the_same(void **state)
{
	struct guest_error error = {.text = ""};
	struct image *image = image_new(&error);
	char target[16] = "";

	(void)state;
	assert_int_equal(file_make_dirs(&error, "in/deep/er"), 0);
	assert_int_equal(file_write(&error, "five\n", "in/deep/er/a name"), 0);
	assert_int_equal(file_write(&error, "", "in/empty"), 0);
	assert_int_equal(chmod("in/empty", 04711), 0);
	assert_int_equal(symlink("../empty", "in/deep/link"), 0);
	assert_int_equal(chmod("in/deep", 0750), 0);

	assert_int_equal(image_add_data(image, "/top", 0640, "abc", 3, &error), 0);
	assert_int_equal(image_add(image, "in", "/opt/x", &error), 0);
	assert_int_equal(image_add_link(image, "/bin/sh", "/bin/busybox", &error), 0);
	assert_int_equal(image_add(image, "in/deep/er/a name", "/top", &error), 0);
	unpack(image, "out");
	image_free(image);

	check_text("out/top", "five\n");
	check_text("out/opt/x/deep/er/a name", "five\n");
	check_text("out/opt/x/empty", "");
	assert_int_equal(mode_of("out/opt/x/empty"), S_IFREG | 04711);
	assert_int_equal(mode_of("out/opt/x/deep"), S_IFDIR | 0750);
	assert_int_equal(mode_of("out/opt"), S_IFDIR | 0755);
	assert_int_equal(readlink("out/opt/x/deep/link", target, sizeof(target) - 1), 8);
	assert_string_equal(target, "../empty");
	assert_int_equal(mode_of("out/bin/sh"), S_IFLNK | 0777);
}

static void a_program_brings_its_libraries_once(void **state)
{
	struct guest_error error = {.text = ""};
	struct image *image = image_new(&error);

	(void)state;
	assert_int_equal(image_add(image, "/proc/self/exe", "/usr/bin/test", &error), 0);
	assert_int_equal(image_add(image, "/usr/bin/cpio", "/usr/bin/cpio", &error), 0);
	unpack(image, "program");
	image_free(image);
	/* A program in its own root finds its interpreter and libraries there only if they are
	 * there. */
	assert_true(S_ISREG(mode_of("program/usr/bin/test")));
	if (geteuid() == 0) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			int null = open("/dev/null", O_WRONLY);

			if (dup2(null, 1) == 1 && chroot("program") == 0 && chdir("/") == 0)
				execl("/usr/bin/cpio", "cpio", "--version", (char *)NULL);
			_exit(127);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

/* Copies a file and adds a byte, so that the two can be told apart. */
static void copy_marked(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

	while (sendfile(out, in, NULL, 1 << 20) > 0)
		;
	assert_int_equal(write(out, "x", 1), 1);
	close(in);
	close(out);
}

/* What lies below a root as in the guest, as unpacked packages do, takes that root's libraries. */
static void a_root_of_its_own_comes_first(void **state)
{
	struct guest_error error = {.text = ""};
	struct image *image = image_new(&error);
	char host[PATH_MAX], own[PATH_MAX], packed[PATH_MAX];
	struct stat st, st_packed;
	Dl_info libc;

	(void)state;
	assert_int_not_equal(dladdr((void *)gnu_get_libc_version, &libc), 0);
	assert_non_null(realpath(libc.dli_fname, host));
	const char *inside = strstr(host, "/lib/");

	assert_non_null(inside);
	snprintf(own, sizeof(own), "own%.*s", (int)(strrchr(inside, '/') - inside), inside);
	assert_int_equal(file_make_dirs(&error, "%s", own), 0);
	assert_int_equal(file_make_dirs(&error, "own/bin"), 0);
	snprintf(own, sizeof(own), "own%s", inside);
	snprintf(packed, sizeof(packed), "owned%s", inside);
	copy_marked(host, own);
	copy_marked("/usr/bin/cpio", "own/bin/cpio");
	if (image_add(image, "own/bin/cpio", "/bin/cpio", &error))
		fail_msg("%s", error.text);
	unpack(image, "owned");
	image_free(image);
	assert_int_equal(stat(own, &st), 0);
	assert_int_equal(stat(packed, &st_packed), 0);
	assert_int_equal(st.st_size, st_packed.st_size);
}

static void what_cannot_be_packed_is_named(void **state)
{
	struct guest_error error = {.text = ""};
	struct image *image = image_new(&error);

	(void)state;
	assert_int_equal(image_add(image, "nosuch", "/x", &error), -1);
	assert_non_null(strstr(error.text, "nosuch"));
	assert_int_equal(image_add(image, "/dev/null", "/x", &error), -1);
	assert_non_null(strstr(error.text, "/dev/null"));
	assert_int_equal(image_add_data(image, "relative", 0644, "", 0, &error), -1);
	assert_non_null(strstr(error.text, "relative"));
	assert_int_equal(image_add_data(image, "/a/../b", 0644, "", 0, &error), -1);
	image_free(image);
}

static void a_root_has_a_limit(void **state)
{
	struct guest_error error = {.text = ""};
	struct image *image = image_new(&error);
	int fd = open("large", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	assert_int_equal(ftruncate(fd, 1024L * 1024 * 1024), 0);
	close(fd);
	assert_int_equal(image_add(image, "large", "/large", &error), -1);
	assert_non_null(strstr(error.text, "larger than"));
	image_free(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_packed_unpacks_the_same),
		cmocka_unit_test(a_program_brings_its_libraries_once),
		cmocka_unit_test(a_root_of_its_own_comes_first),
		cmocka_unit_test(what_cannot_be_packed_is_named),
		cmocka_unit_test(a_root_has_a_limit),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
