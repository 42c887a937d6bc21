/* SPDX-License-Identifier: MIT */
/*
 * Listing who is inside intercepted calls, preparing the unload and unloading, as answers: made by
 * seosd, or by secons itself while seosd is down, or by SEOS_load. Not for who may ask
 * (core/access.h).
 */
#ifndef REF_WIRE_CALLERS_H
#define REF_WIRE_CALLERS_H

#include "ref/core/scan.h"
#include "ref/wire/message.h"

/* While it waits, the hooks are off. Who sleeps in a call does not leave it soon; who does not,
 * does so within milliseconds. */
#define CALLERS_UNLOAD_TIMEOUT_NS (2 * NS_PER_S)

/* A listing on its way, zeroed at first: what was shown is what is assessed. */
struct callers {
	uint64_t cursor;
	struct scan scan;
};

/*
 * Fills a zeroed answer with the next calls; answer->more is false in the last one, which holds
 * none. Faults of the extension are in answer->status and text.
 */
void callers_next(struct platform *p, struct callers *callers, struct message_answer *answer);

/*
 * Prepares unloading and fills a zeroed answer: output is the line that says what was done. When it
 * is refused, calls holds those in the way, the first MESSAGE_CALLS_MAX of them.
 */
void callers_prepare_unload(struct platform *p, struct message_answer *answer);
/* The same, and removes the extension. */
void callers_unload(struct platform *p, struct message_answer *answer);

/* Prints the row of a call, short or detailed: secons -sc and -scl. */
void callers_print(FILE *out, const struct platform_call *call, bool detailed);

#endif
