/* SPDX-License-Identifier: MIT */
/*
 * Looking at trusted files; see trust.h.
 */
#include "ref/store/trust.h"
#include "ref/core/logframe.h"

#include <errno.h>
#include <sha2.h>

#define CHUNK_BYTES 65536

_Static_assert(SHA256_DIGEST_LENGTH == TRUST_DIGEST_BYTES, "the digest is SHA-256");

int trust_take_stat(struct platform *p, const char *path, struct trust *out)
{
	struct platform_stat s;
	int error = p->ops->stat(p, path, &s);

	*out = (struct trust){.mode = 0};
	if (error)
		return error;
	out->mode = (uint32_t)s.mode;
	out->uid = (uint32_t)s.uid;
	out->gid = (uint32_t)s.gid;
	out->size_bytes = s.size_bytes;
	out->mtime_s = s.mtime_s;
	return s.is_file ? 0 : -EINVAL;
}

int trust_take_contents(struct platform *p, const char *path, struct trust *out)
{
	static unsigned char chunk[CHUNK_BYTES];
	uint64_t offset_bytes = 0;
	SHA2_CTX digest;
	ssize_t n;
	int fd;

	if (out->size_bytes > TRUST_FILE_BYTES_MAX)
		return -EFBIG;
	fd = p->ops->open(p, path, PLATFORM_READ, 0);
	if (fd < 0)
		return fd;
	SHA256Init(&digest);
	out->crc = 0;
	while ((n = p->ops->read(p, fd, chunk, sizeof(chunk), offset_bytes)) > 0 &&
	       offset_bytes <= TRUST_FILE_BYTES_MAX) {
		out->crc = logframe_crc(out->crc, chunk, (size_t)n);
		SHA256Update(&digest, chunk, (size_t)n);
		offset_bytes += (uint64_t)n;
	}
	p->ops->close(p, fd);
	SHA256Final(out->digest, &digest);
	return n < 0 ? (int)n : n > 0 ? -EFBIG : 0;
}
