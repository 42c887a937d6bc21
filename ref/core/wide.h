/* SPDX-License-Identifier: MIT */
/*
 * Products of sizes and counts, which 64 bits do not hold. Compilers for 32-bit processors have no
 * such type; there 64 bits do, for no file system of such a kernel is larger than 16 TiB.
 *
 * Not for: plain sizes.
 */
#ifndef REF_CORE_WIDE_H
#define REF_CORE_WIDE_H

#include <stdint.h>

#ifdef __SIZEOF_INT128__
__extension__ typedef __int128 wide;
#else
typedef int64_t wide;
#endif

/* A value of 0 or more; UINT64_MAX stands for all above it. */
static inline uint64_t wide_limited(wide value)
{
	return sizeof(wide) > sizeof(uint64_t) && value > (wide)UINT64_MAX ? UINT64_MAX
									   : (uint64_t)value;
}

#endif
