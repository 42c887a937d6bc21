/* SPDX-License-Identifier: MIT */
/*
 * random_test: anything that can be done with a few files, at random, against a model in memory.
 * FILLFS_SEED and FILLFS_STEPS in the environment replay or prolong it (make fsx).
 * Not here: single operations (passthrough_test.c).
 */
#include "fuse_fs/mounted.h"

#include <sys/mman.h>

#define MODEL_FILES 4
#define MODEL_SIZE  (64 * BLOCK)

/* Blocks there are. The file system below may take one more a file, for the map of its pieces: it
 * is counted when it is there, and nobody can tell before. */
#define MODEL_SPACE 100

struct model {
	uint64_t seed;
	bool enforced;
	off_t size[MODEL_FILES]; /* -1: the file is not there */
	unsigned char data[MODEL_FILES][MODEL_SIZE];
};

static uint64_t model_random(struct model *model, uint64_t below)
{
	model->seed ^= model->seed << 13;
	model->seed ^= model->seed >> 7;
	model->seed ^= model->seed << 17;
	return model->seed % below;
}

static const char *model_name(int file)
{
	static const char *const names[MODEL_FILES] = {"m0", "m1", "m2", "m3"};

	return names[file];
}

static void model_write(struct model *model, int file, int fd)
{
	static unsigned char buf[16 * BLOCK];
	off_t offset = (off_t)model_random(model, MODEL_SIZE);
	size_t length = 1 + model_random(model, sizeof(buf));

	if (length > (size_t)(MODEL_SIZE - offset))
		length = (size_t)(MODEL_SIZE - offset);
	memset(buf, (int)(1 + model_random(model, 255)), length);
	ssize_t n = pwrite(fd, buf, length, offset);

	if (n < 0) {
		assert_int_equal(errno, ENOSPC);
		return;
	}
	memcpy(model->data[file] + offset, buf, (size_t)n);
	if (n && model->size[file] < offset + n)
		model->size[file] = offset + n;
}

static void model_resize(struct model *model, int file, int fd)
{
	off_t size = (off_t)model_random(model, MODEL_SIZE);

	assert_int_equal(ftruncate(fd, size), 0);
	memset(model->data[file] + size, 0, (size_t)(MODEL_SIZE - size));
	model->size[file] = size;
}

static void model_punch(struct model *model, int file, int fd)
{
	off_t offset = (off_t)model_random(model, MODEL_SIZE - 1);
	off_t length = 1 + (off_t)model_random(model, (uint64_t)(MODEL_SIZE - offset));

	assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length),
			 0);
	memset(model->data[file] + offset, 0, (size_t)length);
}

static void model_allocate(struct model *model, int file, int fd)
{
	off_t offset = (off_t)model_random(model, MODEL_SIZE - 1);
	off_t length = 1 + (off_t)model_random(model, (uint64_t)(MODEL_SIZE - offset));

	if (fallocate(fd, 0, offset, length) < 0)
		assert_int_equal(errno, ENOSPC);
	else if (model->size[file] < offset + length)
		model->size[file] = offset + length;
}

/* A page at a time through a mapping, which must not reach beyond the end. */
static void model_map(struct model *model, int file, int fd)
{
	const off_t pages = model->size[file] / BLOCK;

	if (!pages || model->enforced) /* a page without space would be SIGBUS */
		return;
	const off_t offset = (off_t)model_random(model, (uint64_t)pages) * BLOCK;
	const int byte = (int)model_random(model, 256);
	char *page = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);

	assert_ptr_not_equal(page, MAP_FAILED);
	assert_memory_equal(page, model->data[file] + offset, BLOCK);
	memset(page, byte, BLOCK / 2);
	memset(model->data[file] + offset, byte, BLOCK / 2);
	assert_int_equal(msync(page, BLOCK, model_random(model, 2) ? MS_SYNC : MS_ASYNC), 0);
	assert_int_equal(munmap(page, BLOCK), 0);
}

/* Whole blocks past the page cache: read, and where there is one written back to another place. */
static void model_direct(struct model *model, int file, int fd)
{
	static _Alignas(BLOCK) unsigned char buf[4 * BLOCK];
	const off_t from = (off_t)model_random(model, MODEL_SIZE / BLOCK) * BLOCK;
	const off_t to = (off_t)model_random(model, MODEL_SIZE / BLOCK - 4) * BLOCK;
	off_t there = model->size[file] - from;

	assert_int_equal(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_DIRECT), 0);
	there = there < 0 ? 0 : there > (off_t)sizeof(buf) ? (off_t)sizeof(buf) : there;
	assert_int_equal(pread(fd, buf, sizeof(buf), from), there);
	assert_memory_equal(buf, model->data[file] + from, (size_t)there);
	if (!there || there % BLOCK)
		return;
	const ssize_t n = pwrite(fd, buf, (size_t)there, to);

	if (n < 0) {
		assert_int_equal(errno, ENOSPC);
		return;
	}
	memcpy(model->data[file] + to, buf, (size_t)n);
	if (n && model->size[file] < to + n)
		model->size[file] = to + n;
}

/* From one place of the file to another that does not overlap it. */
static void model_copy(struct model *model, int file, int fd)
{
	off_t from = (off_t)model_random(model, MODEL_SIZE / 2);
	off_t to = MODEL_SIZE / 2 + (off_t)model_random(model, MODEL_SIZE / 4);
	const off_t left = model->size[file] - from;
	size_t length = 1 + model_random(model, MODEL_SIZE / 4);

	if (left < (off_t)length)
		length = left > 0 ? (size_t)left : 0;
	if (to < from + (off_t)length)
		return;
	const off_t begin = from, end = to;
	const ssize_t n = copy_file_range(fd, &from, fd, &to, length, 0);

	if (n < 0) {
		assert_int_equal(errno, ENOSPC);
		return;
	}
	assert_true(n > 0 || !length);
	memcpy(model->data[file] + end, model->data[file] + begin, (size_t)n);
	if (n && model->size[file] < end + n)
		model->size[file] = end + n;
}

static void model_append(struct model *model, int file, int fd)
{
	static unsigned char buf[2 * BLOCK];
	size_t length = 1 + model_random(model, sizeof(buf));
	const off_t left = MODEL_SIZE - model->size[file];

	length = (off_t)length > left ? (size_t)left : length;
	memset(buf, (int)(1 + model_random(model, 255)), length);
	assert_int_equal(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_APPEND), 0);
	const ssize_t n = write(fd, buf, length);

	if (n < 0) {
		assert_int_equal(errno, ENOSPC);
		return;
	}
	memcpy(model->data[file] + model->size[file], buf, (size_t)n);
	model->size[file] += n;
}

/* Holes are where SEEK_HOLE says, and read as zeros; everything else is data. */
static void model_seek(struct model *model, int file, int fd)
{
	off_t at_byte = 0;

	while (at_byte < model->size[file]) {
		const off_t data = lseek(fd, at_byte, SEEK_DATA);
		const off_t end = data < 0 ? model->size[file] : data;

		assert_true(data >= 0 || errno == ENXIO);
		for (off_t i = at_byte; i < end; i++)
			assert_int_equal(model->data[file][i], 0);
		at_byte = data < 0 ? end : lseek(fd, data, SEEK_HOLE);
		assert_true(at_byte > end || data < 0);
	}
}

static void model_check(const struct model *model, const char *folder)
{
	static unsigned char buf[MODEL_SIZE];

	for (int file = 0; file < MODEL_FILES; file++) {
		int fd = open(in(folder, model_name(file)), O_RDONLY | O_CLOEXEC);

		assert_int_equal(fd < 0, model->size[file] < 0);
		if (fd < 0)
			continue;
		assert_int_equal(read(fd, buf, sizeof(buf)), model->size[file]);
		assert_memory_equal(buf, model->data[file], (size_t)model->size[file]);
		close(fd);
	}
}

static void model_exchange(struct model *model, int a, int b)
{
	static unsigned char data[MODEL_SIZE];
	const bool both = model->size[a] >= 0 && model->size[b] >= 0;
	const off_t size = model->size[a];

	assert_int_equal(renameat2(AT_FDCWD, at(model_name(a)), AT_FDCWD, at(model_name(b)),
				   RENAME_EXCHANGE),
			 both ? 0 : -1);
	if (!both)
		return;
	memcpy(data, model->data[a], MODEL_SIZE);
	memcpy(model->data[a], model->data[b], MODEL_SIZE);
	memcpy(model->data[b], data, MODEL_SIZE);
	model->size[a] = model->size[b];
	model->size[b] = size;
}

/* A file without a name is as good as any until it is closed. */
static void model_unlink_open(struct model *model, int file)
{
	static unsigned char buf[MODEL_SIZE];
	int fd = open(at(model_name(file)), O_RDONLY | O_CLOEXEC);

	assert_int_equal(fd < 0, model->size[file] < 0);
	if (fd < 0)
		return;
	assert_int_equal(unlink(at(model_name(file))), 0);
	assert_int_equal(read(fd, buf, sizeof(buf)), model->size[file]);
	assert_memory_equal(buf, model->data[file], (size_t)model->size[file]);
	close(fd);
	memset(model->data[file], 0, MODEL_SIZE);
	model->size[file] = -1;
}

static void model_move(struct model *model, int from, int to)
{
	assert_int_equal(rename(at(model_name(from)), at(model_name(to))),
			 model->size[from] < 0 ? -1 : 0);
	if (model->size[from] < 0 || from == to)
		return;
	memcpy(model->data[to], model->data[from], MODEL_SIZE);
	model->size[to] = model->size[from];
	memset(model->data[from], 0, MODEL_SIZE);
	model->size[from] = -1;
}

/* Blocks the files really take. */
static uint64_t model_taken(const struct model *model)
{
	uint64_t taken = 0;
	struct stat st;

	for (int file = 0; file < MODEL_FILES; file++) {
		if (model->size[file] < 0)
			continue;
		assert_int_equal(stat(in(fx.source, model_name(file)), &st), 0);
		taken += (uint64_t)st.st_blocks * 512 / BLOCK;
	}
	return taken;
}

static void model_step(struct model *model)
{
	static void (*const change[])(struct model *, int, int) = {
		model_write, model_write,  model_write, model_resize, model_punch, model_allocate,
		model_map,   model_direct, model_copy,  model_append, model_seek,
	};
	int file = (int)model_random(model, MODEL_FILES);
	const uint64_t what = model_random(model, 32);

	if (what == 0) {
		assert_int_equal(unlink(at(model_name(file))), model->size[file] < 0 ? -1 : 0);
		memset(model->data[file], 0, MODEL_SIZE);
		model->size[file] = -1;
	} else if (what == 1) {
		model_move(model, file, (int)model_random(model, MODEL_FILES));
	} else if (what == 2) {
		model_exchange(model, file, (int)model_random(model, MODEL_FILES));
	} else if (what == 3) {
		model_unlink_open(model, file);
	} else {
		int fd = open_new(model_name(file), 0);

		if (model->size[file] < 0)
			model->size[file] = 0;
		change[what % (sizeof(change) / sizeof(change[0]))](model, file, fd);
		close(fd);
	}
}

/* Mounted with writeback, the folder behind is right once pages are written back. */
static void sync_all(void)
{
	for (int file = 0; file < MODEL_FILES; file++) {
		int fd = open(at(model_name(file)), O_RDWR | O_CLOEXEC);

		if (fd < 0)
			continue;
		assert_int_equal(fsync(fd), 0);
		close(fd);
	}
}

/* A number from the environment, or the usual one. */
static uint64_t setting(const char *name, uint64_t usual)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : usual;
}

/* Steps and checks; contents have to be right on both sides of the mount. */
static void model_run(struct model *model, bool enforced)
{
	const uint64_t seed = setting("FILLFS_SEED", 20121112);
	const uint64_t steps = setting("FILLFS_STEPS", 600);

	print_message("# replay: FILLFS_SEED=%" PRIu64 " FILLFS_STEPS=%" PRIu64 "\n", seed, steps);
	*model = (struct model){.seed = seed ? seed : 1, .enforced = enforced};
	for (int file = 0; file < MODEL_FILES; file++)
		model->size[file] = -1;
	for (uint64_t i = 0; i < steps; i++) {
		model_step(model);
		if (enforced)
			assert_in_range(model_taken(model), 0, MODEL_SPACE + MODEL_FILES);
		if (i % 50 == 0)
			model_check(model, fx.mount);
	}
	model_check(model, fx.mount);
}

static void test_random_operations(void **state)
{
	static struct model model;

	(void)state;
	model_run(&model, false);
	sync_all();
	model_check(&model, fx.source);
}

/* The space said is the space taken, to the block. */
static void test_random_operations_when_full(void **state)
{
	static struct model model;

	(void)state;
	CTL("set", "block_size=4K", "blocks=1000", "free=100", "enforce=on"); /* MODEL_SPACE */
	model_run(&model, true);
	model_check(&model, fx.source);
	const uint64_t taken = model_taken(&model);

	wait_for_available(taken < MODEL_SPACE ? MODEL_SPACE - taken : 0);
}

int main(void)
{
	const struct CMUnitTest write_through[] = {
		TEST(test_random_operations),
		TEST(test_random_operations_when_full),
	};
	const struct CMUnitTest others[] = {TEST(test_random_operations)};
	const char *reason = reason_to_skip();

	if (reason) {
		printf("random_test: skipped: %s\n", reason);
		return 0;
	}
	return cmocka_run_group_tests(write_through, mount_up_plain, mount_down) +
	       cmocka_run_group_tests(write_through, mount_up_crash, mount_down) +
	       cmocka_run_group_tests(others, mount_up_writeback, mount_down) +
	       cmocka_run_group_tests(others, mount_up_shared, mount_down);
}
