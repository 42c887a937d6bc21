/* SPDX-License-Identifier: MIT */
/*
 * Files of class FILE: what may be done with them goes to the kernel extension whenever the policy
 * database has changed, and what it reports becomes records and lines of the trace. Not for: what
 * is permitted (core/verdict.h).
 */
#include "ref/cmd/seosd.h"
#include "ref/core/login.h"
#include "ref/core/verdict.h"
#include "ref/store/verdicts.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define RING_BYTES (64u << 10)
#define RETRY_NS   (10 * NS_PER_S) /* for folders and users that were not there */

/* Handing over */

int files_guard(struct seosd *d, struct platform *p)
{
	struct verdicts verdicts;
	int error = verdicts_collect(p, d->policy, &verdicts);
	int missing;

	d->files.seen = policy_changes(d->policy);
	d->files.retry_ns = 0;
	if (error)
		return error;
	/* An extension that was never told of a file need not be told that there is none. */
	missing = verdicts.count > 0 || d->files.guarded
			  ? p->ops->kernel_files(p, verdicts.files, verdicts.count)
			  : 0;
	if (missing >= 0)
		d->files.guarded = verdicts.count > 0;
	if (missing != 0 || verdicts.unknown)
		d->files.retry_ns = p->ops->boot_ns(p) + RETRY_NS;
	verdicts_free(&verdicts);
	/* Without an extension that can, permissions have to do; with one that comes, it is
	 * retried. */
	return missing == -ENODEV || missing == -ENOTSUP || missing > 0 ? 0 : missing;
}

int files_changed(struct seosd *d, struct platform *p)
{
	return policy_changes(d->policy) != d->files.seen ? files_guard(d, p) : 0;
}

/* Records */

/* Who has asked, as the system and the database know him; returns his attributes. */
static unsigned describe(struct seosd *d, struct platform *p, const struct platform_access *access,
			 struct verdict_report *out)
{
	unsigned attributes = 0;
	struct login login;

	memset(out, 0, sizeof(*out));
	out->access = (enum verdict_access)access->kind;
	out->ruling = verdict_read(access->verdict);
	if (p->ops->user_name(p, access->uid, out->user, sizeof(out->user)))
		snprintf(out->user, sizeof(out->user), "%" PRIu32, (uint32_t)access->uid);
	if (p->ops->user_name(p, access->euid, out->effective_user, sizeof(out->effective_user)))
		snprintf(out->effective_user, sizeof(out->effective_user), "%" PRIu32,
			 (uint32_t)access->euid);
	if (access->session.leader)
		login_session_text(access->session.start_s, access->session.leader, out->session);
	if (login_label_read(access->label, access->label_bytes, &login))
		memcpy(out->terminal, login.terminal, sizeof(out->terminal));
	memcpy(out->file, access->path, sizeof(out->file));
	memcpy(out->program, access->program, sizeof(out->program));
	out->os_user = policy_user(d->policy, out->user, &attributes) != 0;
	return attributes;
}

static void on_access(struct seosd *d, struct platform *p, const struct platform_access *access,
		      int64_t time_s)
{
	struct verdict_report report;
	unsigned attributes = describe(d, p, access, &report);
	struct audit_record record;
	char text[VERDICT_TEXT_MAX];

	verdict_text(&report, text);
	trace_line(p, &d->trace, access_class_name(ACCESS_FILE), '>', "%s", text);
	/* It has happened, whatever the disk says. */
	if (verdict_recorded(attributes, report.ruling)) {
		verdict_record(&record, time_s, &report);
		(void)journal_keep(&d->journal, &record);
	}
	if (verdict_traced(attributes, report.ruling)) {
		verdict_trace_record(&record, time_s, &report);
		(void)journal_keep(&d->journal, &record);
	}
}

static void on_gap(struct seosd *d, struct platform *p, uint64_t lost)
{
	struct audit_record record;

	trace_line(p, &d->trace, access_class_name(ACCESS_FILE), '!',
		   "%" PRIu64 " reports were lost: they came faster than they could be recorded",
		   lost);
	verdict_lost_record(&record, platform_wall_s(p), lost);
	(void)journal_keep(&d->journal, &record);
}

void files_settle(struct seosd *d, struct platform *p)
{
	struct platform_event event;
	int result = 0;

	while (d->files.events && (result = p->ops->events_next(p, d->files.events, &event)) > 0) {
		int64_t ago_ns = p->ops->boot_ns(p) - event.boot_ns;

		if (event.kind == PLATFORM_FILE_ACCESS)
			on_access(d, p, event.access, (p->ops->wall_ns(p) - ago_ns) / NS_PER_S);
		else if (event.kind == PLATFORM_EVENT_GAP)
			on_gap(d, p, event.lost);
	}
	if (result < 0) {
		files_close(d, p);
		d->files.guarded = false;
		d->files.retry_ns = p->ops->boot_ns(p) + RETRY_NS;
	}
}

void files_open(struct seosd *d, struct platform *p)
{
	/* Without the extension there is nothing to listen to. */
	if (!d->files.events)
		(void)p->ops->events_open(p, PLATFORM_EVENTS_ACCESS, RING_BYTES, &d->files.events);
}

void files_tick(struct seosd *d, struct platform *p)
{
	files_open(d, p);
	files_settle(d, p);
	if (d->files.retry_ns && p->ops->boot_ns(p) >= d->files.retry_ns)
		(void)files_guard(d, p);
}

void files_close(struct seosd *d, struct platform *p)
{
	p->ops->events_close(p, d->files.events);
	d->files.events = NULL;
}
