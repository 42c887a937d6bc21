/* SPDX-License-Identifier: MIT */
/*
 * How long something lasted, in words of two units: the TIME of secons -scl. Not for dates.
 */
#ifndef REF_CORE_DURATION_H
#define REF_CORE_DURATION_H

#include <stdint.h>

#define DURATION_MAX 48 /* bytes of the text, terminating zero included */

/*
 * "4d-4h" from a day up, "3h-7m" from an hour, "0m-5s" below; cut off, never rounded up; negative
 * counts as 0. secons/scan/18 to 21.
 */
void duration_format(int64_t duration_s, char out[DURATION_MAX]);

#endif
