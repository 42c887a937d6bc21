/* SPDX-License-Identifier: MIT */
/*
 * `audomon --explain`: when audomon would wake, warn and switch while things fill along a curve, on
 * the terminal and as a picture. Nothing is watched or changed; anybody may ask. Not for: the
 * decisions (core/forecast.h).
 */
#ifndef REF_CMD_AUDOMON_EXPLAIN_H
#define REF_CMD_AUDOMON_EXPLAIN_H

#include "ref/core/forecast.h"
#include "ref/platform/platform.h"

/*
 * audomon --explain [-p fss] [-t sp_freq] [-w warning] [-s kbytes] [--fill CURVE] [--svg FILE],
 * argv[1] being --explain. Returns the exit status (audomon/explain).
 */
int audomon_explain(struct program_run *run, int argc, char **argv);

/* Draws a forecast that has run: for a terminal of 80 columns in UTF-8, and as an SVG document. */
void audomon_chart(FILE *out, const struct forecast *f);
void audomon_svg(FILE *out, const struct forecast *f);

#endif
