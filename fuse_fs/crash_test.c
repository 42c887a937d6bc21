/* SPDX-License-Identifier: MIT */
/*
 * crash_test: the loss of what was not synced, on a mount with -o crash.
 * Not here: the pass-through of such a mount (passthrough_test.c).
 */
#include "fuse_fs/mounted.h"

#include <signal.h>
#include <sys/mman.h>

#define CRASH_SIZE 65536

/* A file as it is, and as it was when it was synced. */
struct image {
	unsigned char data[CRASH_SIZE];
	off_t size;
};

static void image_change(struct image *image, int fd, uint64_t *seed)
{
	unsigned char bytes[9000];
	uint64_t r = *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	off_t at_byte = (off_t)(r >> 20) % (CRASH_SIZE - (off_t)sizeof(bytes));
	size_t length = 1 + (r >> 40) % sizeof(bytes);
	const off_t end = at_byte + (off_t)length;

	if ((r >> 60) < 3) {
		assert_int_equal(ftruncate(fd, at_byte), 0);
		if (at_byte < image->size)
			memset(image->data + at_byte, 0, (size_t)(image->size - at_byte));
		image->size = at_byte;
	} else if ((r >> 60) < 5) {
		assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at_byte,
					   (off_t)length),
				 0);
		memset(image->data + at_byte, 0, length);
	} else {
		memset(bytes, (int)(r >> 50), length);
		assert_int_equal(pwrite(fd, bytes, length, at_byte), length);
		memcpy(image->data + at_byte, bytes, length);
		if (end > image->size)
			image->size = end;
	}
}

static void image_check(const struct image *image, const char *path)
{
	static unsigned char data[CRASH_SIZE];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_int_not_equal(fd, -1);
	assert_int_equal(read(fd, data, sizeof(data)), image->size);
	assert_memory_equal(data, image->data, (size_t)image->size);
	close(fd);
}

/* Whatever was done since the last fsync is undone, and nothing before. */
static void test_crash_loses_what_was_not_synced(void **state)
{
	static struct image now, synced;
	uint64_t seed = 20261122;

	(void)state;
	now = synced = (struct image){.size = 0};
	for (int round = 0; round < 40; round++) {
		int fd = open_new("file", 0);

		for (int i = 0; i < round % 7; i++)
			image_change(&now, fd, &seed);
		assert_int_equal(round % 2 ? fsync(fd) : fdatasync(fd), 0);
		synced = now;
		for (int i = 0; i < round % 5; i++)
			image_change(&now, fd, &seed);
		if (round % 3 == 0)
			close(fd); /* that alone syncs nothing */
		CTL("crash");
		image_check(&synced, at("file"));
		image_check(&synced, in(fx.source, "file"));
		if (round % 3) {
			assert_int_equal(write(fd, "x", 1), -1);
			assert_int_equal(errno, EIO);
			if (synced.size) {
				assert_int_equal(pread(fd, &now, 1, 0), -1);
				assert_int_equal(errno, EIO);
			}
			assert_int_equal(fsync(fd), -1);
			assert_int_equal(errno, EIO);
			close(fd);
		}
		now = synced;
	}
}

static void test_crash_keeps_names(void **state)
{
	char output[OUTPUT_MAX], data[BLOCK] = {7};
	struct stat st;
	int fd = open_new("new", 0);

	(void)state;
	assert_int_equal(write_blocks(fd, 3), 3);
	close(fd);
	assert_int_equal(rename(at("new"), at("renamed")), 0);
	fd = open_new("synced", O_SYNC);
	assert_int_equal(write(fd, data, sizeof(data)), BLOCK);
	close(fd);
	fd = open_new("mapped", 0);
	assert_int_equal(ftruncate(fd, BLOCK), 0);
	assert_int_equal(fsync(fd), 0);
	char *map = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	assert_ptr_not_equal(map, MAP_FAILED);
	map[5] = 'x';
	CTL("crash");
	munmap(map, BLOCK);
	close(fd);
	assert_int_equal(stat(at("renamed"), &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(stat(at("synced"), &st), 0);
	assert_int_equal(st.st_size, BLOCK);
	fd = open(at("mapped"), O_RDONLY);
	assert_int_equal(read(fd, data, BLOCK), BLOCK);
	assert_int_equal(data[5], 0);
	close(fd);
	assert_int_equal(RUN(output, "fillctl", fx.mount, "crash", "now"), 2);
}

static void test_crash_needs_the_option(void **state)
{
	char output[OUTPUT_MAX];

	(void)state;
	assert_int_equal(RUN(output, "fillctl", fx.mount, "crash"), 1);
	assert_non_null(strstr(output, "-o crash"));
	assert_int_equal(RUN(output, "fillfs", fx.source, fx.mount, "-o", "crash,shared"), 1);
}

int main(void)
{
	const struct CMUnitTest crash[] = {
		TEST(test_crash_loses_what_was_not_synced),
		TEST(test_crash_keeps_names),
	};
	const struct CMUnitTest plain[] = {
		TEST(test_crash_needs_the_option),
	};
	const char *reason = reason_to_skip();

	if (reason) {
		printf("crash_test: skipped: %s\n", reason);
		return 0;
	}
	return cmocka_run_group_tests(crash, mount_up_crash, mount_down) +
	       cmocka_run_group_tests(plain, mount_up_plain, mount_down);
}
