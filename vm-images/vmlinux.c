/* SPDX-License-Identifier: MIT */
/*
 * The kernel inside an x86 bzImage, for the one compression Debian's cloud kernels use: LZ4 in its
 * legacy framing. The offsets are those of the boot protocol (Documentation/x86/boot.rst in the
 * kernel's source).
 */
#include "vm-images/vmlinux.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <lz4.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vm-images/child.h"

#define SETUP_SECTS      0x1f1
#define HEADER_MAGIC     0x202
#define PAYLOAD_OFFSET   0x248
#define PAYLOAD_LENGTH   0x24c
#define SETUP_END        0x250
#define SECTOR           512

#define LZ4_LEGACY_MAGIC 0x184c2102u
#define LZ4_LEGACY_BLOCK (8u * 1024 * 1024)

struct bytes {
	const unsigned char *data;
	size_t len;
};

static uint32_t get32(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

/* The LZ4 blocks inside a bzImage, without the magic number and the unpacked size behind them;
 * empty if there are none. */
static struct bytes find_payload(struct bytes image)
{
	struct bytes none = {NULL, 0};
	size_t start, len;

	if (image.len < SETUP_END || memcmp(image.data + HEADER_MAGIC, "HdrS", 4) != 0)
		return none;
	start = (image.data[SETUP_SECTS] + 1u) * SECTOR + get32(image.data + PAYLOAD_OFFSET);
	len = get32(image.data + PAYLOAD_LENGTH);
	if (len < 8 || start > image.len || len > image.len - start ||
	    get32(image.data + start) != LZ4_LEGACY_MAGIC)
		return none;
	return (struct bytes){image.data + start + 4, len - 8};
}

static int write_all(FILE *out, struct bytes b)
{
	return fwrite(b.data, 1, b.len, out) == b.len ? 0 : -1;
}

static int unpack(FILE *out, struct bytes blocks)
{
	char *block = malloc(LZ4_LEGACY_BLOCK);
	int result = block ? 0 : -1;

	while (result == 0 && blocks.len >= 4) {
		size_t packed = get32(blocks.data);
		int len = -1;

		blocks = (struct bytes){blocks.data + 4, blocks.len - 4};
		if (packed <= blocks.len)
			len = LZ4_decompress_safe((const char *)blocks.data, block, (int)packed,
						  LZ4_LEGACY_BLOCK);
		if (len < 0)
			result = -1;
		else
			result =
				write_all(out, (struct bytes){(unsigned char *)block, (size_t)len});
		blocks = (struct bytes){blocks.data + packed, len < 0 ? 0 : blocks.len - packed};
	}
	free(block);
	return result;
}

static int write_kernel(struct bytes image, const char *to)
{
	struct bytes payload = find_payload(image);
	FILE *out = fopen(to, "we");
	int result;

	if (!out)
		return -1;
	result = payload.data ? unpack(out, payload) : write_all(out, image);
	if (fclose(out))
		result = -1;
	return result;
}

int vmlinux_extract(const char *from, const char *to, struct guest_error *error)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *data = MAP_FAILED;
	int result = -1;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd >= 0)
		close(fd);
	if (data == MAP_FAILED)
		return guest_fail(error, "cannot read the kernel %s: %s", from, strerror(errno));
	result = write_kernel((struct bytes){data, (size_t)st.st_size}, to);
	munmap(data, (size_t)st.st_size);
	if (result)
		guest_fail(error, "cannot unpack the kernel %s to %s", from, to);
	return result;
}
