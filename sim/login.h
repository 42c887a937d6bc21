/* SPDX-License-Identifier: MIT */
/* The simulated machine's login; see login.c. */
#ifndef SIM_LOGIN_H
#define SIM_LOGIN_H

#include "ref/platform/platform.h"

extern const struct program login_program;

#endif
