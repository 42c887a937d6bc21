/* SPDX-License-Identifier: MIT */
/*
 * Who is inside intercepted calls; see callers.h.
 */
#include "ref/wire/callers.h"
#include "ref/core/duration.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static void set_fault(struct message_answer *answer, int error)
{
	answer->status = error == -ENODEV || error == -EPROTO ? EXIT_USAGE : EXIT_REFUSED;
	snprintf(answer->text, sizeof(answer->text), "the kernel extension SEOS_syscall %s%s",
		 error == -ENODEV   ? "is not loaded: load it with SEOS_load"
		 : error == -EPROTO ? "is of another version than this program"
				    : "cannot be asked: ",
		 error == -ENODEV || error == -EPROTO ? "" : strerror(-error));
}

static void clean_program(struct platform_call *call)
{
	char clean[sizeof(call->program)];

	scan_clean_text(call->program, clean, sizeof(clean));
	memcpy(call->program, clean, sizeof(clean));
}

void callers_next(struct platform *p, struct callers *callers, struct message_answer *answer)
{
	struct platform_kernel_status kernel;
	int count = p->ops->kernel_status(p, &kernel);

	if (!count && kernel.monitor)
		count = p->ops->kernel_calls(p, &callers->cursor, answer->calls, MESSAGE_CALLS_MAX);
	if (count < 0) {
		set_fault(answer, count);
		return;
	}
	answer->monitor = kernel.monitor;
	answer->more = count > 0;
	answer->call_count = (unsigned)count;
	for (int i = 0; i < count; i++) {
		clean_program(&answer->calls[i]);
		scan_add(&callers->scan, answer->calls[i].movable);
	}
}

/* Keeps those of the calls that block, which moves them to the front. */
static void list_blocking(struct platform *p, struct message_answer *answer)
{
	uint64_t cursor = 0;
	unsigned room = MESSAGE_CALLS_MAX;
	int count = 0;

	while (room > 0 && (count = p->ops->kernel_calls(
				    p, &cursor, &answer->calls[answer->call_count], room)) > 0) {
		struct platform_call *page = &answer->calls[answer->call_count];

		for (int i = 0; i < count; i++) {
			if (page[i].movable)
				continue;
			answer->calls[answer->call_count] = page[i];
			clean_program(&answer->calls[answer->call_count++]);
		}
		room = MESSAGE_CALLS_MAX - answer->call_count;
	}
}

static void unload_outcome(struct platform *p, int error, unsigned blocking, const char *done,
			   struct message_answer *answer)
{
	if (!error || error == -EALREADY) {
		snprintf(answer->output, sizeof(answer->output), "SEOS_syscall: %s\n", done);
	} else if (error == -ENODEV) {
		snprintf(answer->output, sizeof(answer->output), "SEOS_syscall: not loaded\n");
	} else if (error == -EBUSY && blocking) {
		answer->status = EXIT_REFUSED;
		list_blocking(p, answer);
		snprintf(
			answer->text, sizeof(answer->text),
			"SEOS_syscall cannot be unloaded, blocking calls: %u; it goes on as before",
			blocking);
	} else if (error == -EBUSY) {
		answer->status = EXIT_REFUSED;
		snprintf(answer->text, sizeof(answer->text),
			 "SEOS_syscall cannot be unloaded, a program uses its device; it goes on "
			 "as before");
	} else {
		set_fault(answer, error);
	}
}

void callers_prepare_unload(struct platform *p, struct message_answer *answer)
{
	struct platform_kernel_status kernel = {0};
	int error = p->ops->kernel_unload_prepare(p, CALLERS_UNLOAD_TIMEOUT_NS, &kernel);

	unload_outcome(p, error, kernel.blocking, "ready to unload", answer);
}

void callers_unload(struct platform *p, struct message_answer *answer)
{
	struct platform_kernel_status kernel = {0};
	int error = p->ops->kernel_unload(p, CALLERS_UNLOAD_TIMEOUT_NS, &kernel);

	unload_outcome(p, error, kernel.blocking, "unloaded", answer);
}

void callers_print(FILE *out, const struct platform_call *call, bool detailed)
{
	char time[DURATION_MAX];

	if (!detailed) {
		fprintf(out, "syscall %d - PID: %d\n", call->number, (int)call->pid);
		return;
	}
	duration_format(call->duration_ns / NS_PER_S, time);
	fprintf(out, "%sSyscall %d - PID: %d PPID: %d UID: %" PRIu32 " TIME: %s PROGRAM NAME: %s\n",
		call->movable ? "-" : "", call->number, (int)call->pid, (int)call->ppid,
		(uint32_t)call->uid, time, call->program);
}
