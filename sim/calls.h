/* SPDX-License-Identifier: MIT */
/* Programs of the simulated machine whose calls are audited; see calls.c. */
#ifndef SIM_CALLS_H
#define SIM_CALLS_H

#include "ref/platform/platform.h"

extern const struct program mkdir_program;
extern const struct program rmdir_program;

#endif
