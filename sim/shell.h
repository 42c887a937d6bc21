/* SPDX-License-Identifier: MIT */
/* The simulated machine's sh; see shell.c. */
#ifndef SIM_SHELL_H
#define SIM_SHELL_H

#include "ref/platform/platform.h"

#define SIM_SCRIPT_MAX 4096 /* bytes of a script */
#define SIM_SHELL_LOG  "/var/log/sh.log"

extern const struct program sh_program;

#endif
