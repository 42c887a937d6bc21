/* SPDX-License-Identifier: MIT */
/*
 * Compressed trails; see trail_pack.h. The size is told to zstd beforehand, so that a file which
 * grows or shrinks while it is read makes the frame fail.
 */
#include "ref/store/trail_pack.h"
#include "ref/core/trail.h"
#include "ref/store/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define CHUNK_BYTES ((size_t)1 << 17)

static const unsigned char magic[4] = {0x28, 0xb5, 0x2f, 0xfd}; /* of a zstd frame */

struct packing {
	struct platform *platform;
	ZSTD_CCtx *zstd;
	int from, to; /* descriptors */
	unsigned char in[CHUNK_BYTES];
	unsigned char out[CHUNK_BYTES];
};

/* 1, 0, or a negated errno value. An empty file is not. */
static int is_packed(struct platform *p, const char *path)
{
	unsigned char begin[sizeof(magic)] = {0};
	int fd = p->ops->open(p, path, PLATFORM_READ, 0);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = p->ops->read(p, fd, begin, sizeof(begin), 0);
	p->ops->close(p, fd);
	return n < 0 ? (int)n : !memcmp(begin, magic, sizeof(magic));
}

/* What is in the input, and with end the rest of the frame. */
static int put(struct packing *k, size_t bytes, bool end)
{
	ZSTD_inBuffer in = {k->in, bytes, 0};
	size_t left;
	int error;

	do {
		ZSTD_outBuffer out = {k->out, sizeof(k->out), 0};

		left = ZSTD_compressStream2(k->zstd, &out, &in, end ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			return -EBUSY; /* not the size it had: the one thing that can go wrong */
		error = out.pos ? k->platform->ops->write(k->platform, k->to, k->out, out.pos) : 0;
	} while (!error && (in.pos < in.size || (end && left)));
	return error;
}

static int pack_content(struct packing *k, uint64_t size, int level)
{
	uint64_t at = 0;
	ssize_t n;
	int error = 0;

	if (ZSTD_isError(ZSTD_CCtx_setParameter(k->zstd, ZSTD_c_compressionLevel, level)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(k->zstd, ZSTD_c_checksumFlag, 1)) ||
	    ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(k->zstd, size)))
		return -EINVAL;
	do {
		n = k->platform->ops->read(k->platform, k->from, k->in, sizeof(k->in), at);
		if (n < 0)
			return (int)n;
		at += (uint64_t)n;
		error = put(k, (size_t)n, n == 0);
	} while (!error && n > 0);
	return error ? error : k->platform->ops->sync(k->platform, k->to);
}

static int pack_to(struct packing *k, const char *from, const char *to,
		   const struct platform_stat *s, int level)
{
	struct platform *p = k->platform;
	int error = 0;

	k->from = p->ops->open(p, from, PLATFORM_READ, 0);
	if (k->from < 0)
		return k->from;
	k->to = p->ops->open(p, to, PLATFORM_APPEND | PLATFORM_CREATE | PLATFORM_TRUNC, s->mode);
	if (k->to >= 0) {
		error = pack_content(k, s->size_bytes, level);
		p->ops->close(p, k->to);
	}
	p->ops->close(p, k->from);
	return k->to < 0 ? k->to : error;
}

static int pack_file(struct platform *p, const char *path, int level)
{
	struct packing *k = calloc(1, sizeof(*k));
	char temporary[PLATFORM_PATH_MAX];
	int n = snprintf(temporary, sizeof(temporary), "%s.new", path);
	struct platform_stat s;
	int error = p->ops->stat(p, path, &s);

	if (!error && (n < 0 || n >= (int)sizeof(temporary)))
		error = -ENAMETOOLONG;
	if (!error && (!k || !(k->zstd = ZSTD_createCCtx())))
		error = -ENOMEM;
	if (!error) {
		k->platform = p;
		error = pack_to(k, path, temporary, &s, level);
		if (!error)
			error = p->ops->rename(p, temporary, path);
		if (error)
			p->ops->unlink(p, temporary);
	}
	if (k)
		ZSTD_freeCCtx(k->zstd);
	free(k);
	return error ? error : file_sync_folder(p, path);
}

/* Notes that the file of a trail is there. */
static int note_file(void *arg, const char *name)
{
	bool *there = arg;
	uint32_t n;

	if (!strncmp(name, "spu", 3) && trail_parse_number(name + 3, 0, TRAIL_FILES_MAX - 1, &n))
		there[n] = true;
	return 0;
}

/* Calls step() for each file of a trail until it returns anything but 0, which is then returned. */
static int each_file(struct platform *p, const char *path,
		     int (*step)(struct platform *p, const char *path, int level), int level)
{
	bool there[TRAIL_FILES_MAX] = {false};
	char file[TRAIL_PATH_MAX];
	struct platform_stat s;
	int error = p->ops->stat(p, path, &s);

	if (!error && s.is_file)
		return step(p, path, level);
	if (!error)
		error = p->ops->list(p, path, note_file, there);
	for (unsigned n = 0; n < TRAIL_FILES_MAX && !error; n++) {
		if (there[n])
			error = trail_file_name(path, n, file) ? step(p, file, level)
							       : -ENAMETOOLONG;
	}
	return error;
}

static int find_unpacked(struct platform *p, const char *path, int level)
{
	int packed = is_packed(p, path);

	(void)level;
	return packed < 0 ? packed : !packed;
}

int trail_is_packed(struct platform *p, const char *path)
{
	int unpacked = each_file(p, path, find_unpacked, 0);

	return unpacked < 0 ? unpacked : !unpacked;
}

static int pack_unless_done(struct platform *p, const char *path, int level)
{
	int packed = is_packed(p, path);

	return packed ? (packed < 0 ? packed : 0) : pack_file(p, path, level);
}

int trail_pack(struct platform *p, const char *path, int level)
{
	return each_file(p, path, pack_unless_done, level);
}

int trail_unpack(char **data, size_t *bytes, size_t most)
{
	unsigned long long size;
	char *plain;
	size_t n;

	if (*bytes < sizeof(magic) || memcmp(*data, magic, sizeof(magic)) != 0)
		return 0;
	size = ZSTD_getFrameContentSize(*data, *bytes);
	if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR)
		return -EBADMSG;
	if (size > most)
		return -EFBIG;
	plain = malloc((size_t)size + 1);
	if (!plain)
		return -ENOMEM;
	n = ZSTD_decompress(plain, (size_t)size, *data, *bytes);
	if (ZSTD_isError(n) || n != size) {
		free(plain);
		return -EBADMSG;
	}
	plain[n] = '\0';
	free(*data);
	*data = plain;
	*bytes = n;
	return 0;
}
