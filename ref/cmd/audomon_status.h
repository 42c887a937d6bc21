/* SPDX-License-Identifier: MIT */
/*
 * `audomon --status`: what the running audomon tells of itself, for people, as JSON, and in the
 * text format of Prometheus. Not for: the account itself (wire/monitor.h).
 */
#ifndef REF_CMD_AUDOMON_STATUS_H
#define REF_CMD_AUDOMON_STATUS_H

#include "ref/platform/platform.h"

/* audomon --status [--json|--prometheus], argv[1] being --status. Returns the exit status: 1 when
 * none runs (audomon/status). */
int audomon_status(struct program_run *run, int argc, char **argv);

#endif
