/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes vmlinux.c with images in memory: the input as it is, as LZ4 blocks behind a proper head,
 * and packed by LZ4 itself. What cannot be unpacked is refused in words, what is no such image is
 * copied, and what was packed comes out whole.
 */
#include "vm-images/vmlinux.h"

#include <assert.h>
#include <lz4.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SETUP_BYTES 1024 /* one sector behind the first */
#define HEAD_BYTES  (SETUP_BYTES + 4)
#define INPUT_MAX   65536
#define IMAGE_MAX   (HEAD_BYTES + 4 + LZ4_COMPRESSBOUND(INPUT_MAX) + 4)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned char image[IMAGE_MAX];

static void put32(size_t at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		image[at + (size_t)i] = (unsigned char)(value >> 8 * i);
}

/* Where the file with that descriptor is opened again. */
static void path_of(int fd, char out[32])
{
	snprintf(out, 32, "/proc/self/fd/%d", fd);
}

/* Unpacks an image; the descriptor of the result, or -1. */
static int extract(const void *data, size_t bytes)
{
	int in = memfd_create("image", MFD_CLOEXEC);
	int out = memfd_create("kernel", MFD_CLOEXEC);
	struct guest_error error = {.text = ""};
	char from[32];
	char to[32];
	int result;

	assert(in >= 0 && out >= 0);
	assert(write(in, data, bytes) == (ssize_t)bytes);
	path_of(in, from);
	path_of(out, to);
	result = vmlinux_extract(from, to, &error);
	assert((result == 0) == !*error.text);
	close(in);
	if (result) {
		close(out);
		return -1;
	}
	return out;
}

/* Whether a file holds these bytes and no more. Closes it. */
static bool holds(int fd, const void *data, size_t bytes)
{
	struct stat st;
	bool same = fstat(fd, &st) == 0 && (size_t)st.st_size == bytes;
	char *got = malloc(bytes + 1);

	assert(got);
	same = same && pread(fd, got, bytes, 0) == (ssize_t)bytes && !memcmp(got, data, bytes);
	free(got);
	close(fd);
	return same;
}

/* Puts the head around blocks that stand at HEAD_BYTES; returns the bytes of the image. */
static size_t finish_image(size_t block_bytes)
{
	memset(image, 0, HEAD_BYTES);
	image[0x1f1] = 1;
	memcpy(image + 0x202, "HdrS", 4);
	put32(0x24c, (uint32_t)(4 + block_bytes + 4));
	put32(SETUP_BYTES, 0x184c2102);
	put32(HEAD_BYTES + block_bytes, 0);
	return HEAD_BYTES + block_bytes + 4;
}

static void check_forged(const uint8_t *data, size_t size)
{
	int fd;

	memcpy(image + HEAD_BYTES, data, size);
	fd = extract(image, finish_image(size));
	if (fd >= 0)
		close(fd);
}

static void check_packed(const uint8_t *data, size_t size)
{
	int packed = LZ4_compress_default((const char *)data, (char *)image + HEAD_BYTES + 4,
					  (int)size, LZ4_COMPRESSBOUND(INPUT_MAX));
	size_t length;
	int fd;

	assert(packed > 0);
	put32(HEAD_BYTES, (uint32_t)packed);
	length = finish_image(4 + (size_t)packed);
	fd = extract(image, length);
	assert(fd >= 0 && holds(fd, data, size));
	/* A block that ends early is no kernel. */
	put32(HEAD_BYTES, (uint32_t)packed + 5);
	fd = extract(image, length);
	assert(fd < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd;

	if (!size || size > INPUT_MAX)
		return 0;
	fd = extract(data, size);
	if (fd >= 0 && (size < 0x250 || memcmp(data + 0x202, "HdrS", 4) != 0))
		assert(holds(fd, data, size));
	else if (fd >= 0)
		close(fd);
	check_forged(data, size);
	check_packed(data, size);
	return 0;
}
