/* SPDX-License-Identifier: MIT */
/*
 * Tests of vmlinux.c on images made here: a packed kernel comes out whole, another file as it is, a
 * damaged one is refused.
 */
#include "vm-images/vmlinux.h"

#include <lz4.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SETUP_SECTORS 2 /* behind the first */
#define SETUP_BYTES   ((SETUP_SECTORS + 1) * 512)
#define BLOCK_BYTES   (8 * 1024 * 1024)
#define KERNEL_BYTES  (BLOCK_BYTES + 12345) /* two blocks */
#define IMAGE_BYTES   (SETUP_BYTES + LZ4_COMPRESSBOUND(BLOCK_BYTES) + LZ4_COMPRESSBOUND(12345) + 64)

static char *kernel;
static unsigned char *image;
static size_t image_len;
static char from[] = "/tmp/vmlinux_test.from.XXXXXX";
static char to[] = "/tmp/vmlinux_test.to.XXXXXX";

static void put32(size_t at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		image[at + (size_t)i] = (unsigned char)(value >> 8 * i);
}

static void pack_block(const char *data, int len)
{
	int packed = LZ4_compress_default(data, (char *)image + image_len + 4, len,
					  LZ4_compressBound(len));

	assert_true(packed > 0);
	put32(image_len, (uint32_t)packed);
	image_len += 4 + (size_t)packed;
}

/* A bzImage as the boot protocol has it: setup sectors, magic, LZ4 blocks, the unpacked size. */
static int make_image(void **state)
{
	(void)state;
	kernel = malloc(KERNEL_BYTES);
	image = calloc(1, IMAGE_BYTES);
	close(mkstemp(from));
	close(mkstemp(to));
	if (!kernel || !image)
		return -1;
	for (size_t i = 0; i < KERNEL_BYTES; i++)
		kernel[i] = (char)(i / 97 ^ i);
	image[0x1f1] = SETUP_SECTORS;
	put32(0x202, 0x53726448); /* HdrS */
	image_len = SETUP_BYTES;
	put32(image_len, 0x184c2102);
	image_len += 4;
	pack_block(kernel, BLOCK_BYTES);
	pack_block(kernel + BLOCK_BYTES, KERNEL_BYTES - BLOCK_BYTES);
	put32(image_len, KERNEL_BYTES);
	image_len += 4;
	put32(0x248, 0);
	put32(0x24c, (uint32_t)(image_len - SETUP_BYTES));
	return 0;
}

static int remove_files(void **state)
{
	(void)state;
	free(kernel);
	free(image);
	return unlink(from) || unlink(to);
}

static int extract(size_t len)
{
	struct guest_error error = {.text = ""};
	FILE *file = fopen(from, "we");
	int result;

	assert_non_null(file);
	assert_int_equal(fwrite(image, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	result = vmlinux_extract(from, to, &error);
	assert_int_equal(result != 0, error.text[0] != '\0');
	return result;
}

static void check_extracted(const void *wanted, size_t len)
{
	char *got = malloc(len + 1);
	FILE *file = fopen(to, "re");

	assert_non_null(got);
	assert_non_null(file);
	assert_int_equal(fread(got, 1, len + 1, file), len);
	assert_memory_equal(got, wanted, len);
	fclose(file);
	free(got);
}

static void a_packed_kernel_comes_out_whole(void **state)
{
	(void)state;
	assert_int_equal(extract(image_len), 0);
	check_extracted(kernel, KERNEL_BYTES);
}

static void what_is_not_packed_so_is_copied(void **state)
{
	(void)state;
	assert_int_equal(extract(100), 0); /* too short for a header */
	check_extracted(image, 100);
	assert_int_equal(extract(SETUP_BYTES), 0); /* the payload is outside */
	check_extracted(image, SETUP_BYTES);
	image[SETUP_BYTES]++; /* another compression */
	assert_int_equal(extract(image_len), 0);
	check_extracted(image, image_len);
	image[SETUP_BYTES]--;
}

static void a_damaged_block_is_refused(void **state)
{
	(void)state;
	put32(SETUP_BYTES + 4, 0x7fffffff); /* longer than the image */
	assert_int_equal(extract(image_len), -1);
	put32(SETUP_BYTES + 4, 17); /* ends in the middle */
	assert_int_equal(extract(image_len), -1);
}

static void a_missing_image_is_named(void **state)
{
	struct guest_error error = {.text = ""};

	(void)state;
	assert_int_equal(vmlinux_extract("/nosuch", to, &error), -1);
	assert_non_null(strstr(error.text, "/nosuch"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packed_kernel_comes_out_whole),
		cmocka_unit_test(what_is_not_packed_so_is_copied),
		cmocka_unit_test(a_missing_image_is_named),
		cmocka_unit_test(a_damaged_block_is_refused),
	};

	return cmocka_run_group_tests(tests, make_image, remove_files);
}
