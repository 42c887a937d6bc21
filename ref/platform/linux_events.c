/* SPDX-License-Identifier: MIT */
/*
 * The platform on Linux: what the kernel extension reports, read from its rings in shared memory
 * (kmod/uapi/SEOS_ring.h), and its table of login sessions.
 *
 * Not for: what a daemon makes of an event.
 */
#include "kmod/uapi/SEOS_ring.h"
#include "kmod/uapi/SEOS_syscall.h"
#include "ref/platform/linux.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

struct platform_events {
	struct linux_platform *linux_platform;
	struct event *readable; /* NULL: no daemon */
	int wake;
	char *memory; /* MAP_FAILED: none */
	size_t bytes;
	bool closed; /* the end was reported */
	unsigned rings;
	struct platform_access access; /* the last one reported */
	struct seos_reader readers[];
};

/* Subscribing */

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct platform_events *e = arg;
	struct linux_platform *l = e->linux_platform;
	uint64_t count;

	(void)what;
	/* First: what comes while the handler reads wakes it again. */
	if (read(fd, &count, sizeof(count)) == (ssize_t)sizeof(count))
		l->program->daemon->events(&l->run, e);
}

static int watch(struct platform_events *e)
{
	struct linux_platform *l = e->linux_platform;

	if (!l->loop || !l->program->daemon->events)
		return 0;
	e->readable = event_new(l->loop, e->wake, EV_READ | EV_PERSIST, on_wake, e);
	return e->readable && !event_add(e->readable, NULL) ? 0 : -ENOMEM;
}

/* Takes the descriptor of the rings' memory. */
static int map_rings(struct platform_events *e, int memory, size_t ring_bytes)
{
	size_t stride = sizeof(struct seos_ring) + ring_bytes;
	int error = 0;

	e->bytes = e->rings * stride;
	e->memory = mmap(NULL, e->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (e->memory == MAP_FAILED)
		error = -errno;
	close(memory);
	for (unsigned i = 0; i < e->rings && !error; i++)
		e->readers[i] =
			(struct seos_reader){.ring = (struct seos_ring *)(e->memory + i * stride),
					     .bytes = (__u32)ring_bytes};
	return error;
}

int linux_events_open(struct platform *p, unsigned classes, size_t ring_bytes,
		      struct platform_events **out)
{
	struct seos_subscribe wanted = {
		.classes = (classes & PLATFORM_EVENTS_SESSION ? SEOS_CLASS_SESSION : 0) |
			   (classes & PLATFORM_EVENTS_ACCESS ? SEOS_CLASS_ACCESS : 0)};
	struct platform_events *e;
	int device = linux_kernel_device(p);
	int error = 0;

	*out = NULL;
	if (device < 0)
		return device;
	if (ring_bytes > SEOS_RING_MAX)
		return -EINVAL;
	wanted.ring_bytes = (__u32)ring_bytes;
	wanted.eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wanted.eventfd < 0)
		return -errno;
	if (ioctl(device, SEOS_IOC_SUBSCRIBE, &wanted))
		error = -errno;
	e = error ? NULL : calloc(1, sizeof(*e) + wanted.rings * sizeof(e->readers[0]));
	if (!e) {
		if (!error)
			close(wanted.memory);
		close(wanted.eventfd);
		return error ? error : -ENOMEM;
	}
	e->linux_platform = linux_platform(p);
	e->wake = wanted.eventfd;
	e->rings = wanted.rings;
	error = map_rings(e, wanted.memory, ring_bytes);
	if (!error)
		error = watch(e);
	if (error)
		linux_events_close(p, e);
	else
		*out = e;
	return error;
}

void linux_events_close(struct platform *p, struct platform_events *e)
{
	(void)p;
	if (!e)
		return;
	if (e->readable)
		event_free(e->readable);
	if (e->memory != MAP_FAILED)
		munmap(e->memory, e->bytes);
	close(e->wake);
	free(e);
}

/* Reading */

static struct platform_session session_from(const struct seos_session_id *id)
{
	return (struct platform_session){.start_s = id->start_s, .leader = id->leader};
}

/* Copies a text of a report, which is within the report, into one of bytes. */
static const char *take_text(const char *from, size_t length, char *out, size_t bytes)
{
	size_t n = length < bytes ? length : bytes - 1;

	memcpy(out, from, n);
	out[n] = '\0';
	return from + length;
}

static void access_from(const struct seos_access *a, struct platform_access *out)
{
	const char *text = (const char *)(a + 1);

	memset(out, 0, sizeof(*out));
	out->kind = (enum platform_access_kind)a->kind;
	out->verdict = a->verdict;
	out->pid = a->pid;
	out->uid = a->uid;
	out->euid = a->euid;
	out->session = session_from(&a->session);
	text = take_text(text, a->record_bytes, out->path, sizeof(out->path));
	text = take_text(text, a->program_bytes, out->program, sizeof(out->program));
	out->label_bytes = a->label_bytes;
	memcpy(out->label, text, a->label_bytes);
}

/* False: of a type that this program knows nothing of, or about somebody else's file. */
static bool event_from(struct platform_events *e, const struct seos_event *event, const void *body,
		       struct platform_event *out)
{
	const struct seos_access *access = body;

	*out = (struct platform_event){
		.cpu = event->cpu,
		.sequence = event->sequence,
		.boot_ns = (int64_t)event->time_ns,
	};
	switch ((enum seos_event_type)event->type) {
	case SEOS_EVENT_GAP:
		out->kind = PLATFORM_EVENT_GAP;
		out->lost = ((const struct seos_gap *)body)->lost;
		return true;
	case SEOS_EVENT_SESSION_END:
		out->kind = PLATFORM_SESSION_END;
		out->session = session_from(body);
		return true;
	case SEOS_EVENT_ACCESS:
		if (access->owner != e->linux_platform->files_owner)
			return false;
		access_from(access, &e->access);
		out->kind = PLATFORM_FILE_ACCESS;
		out->access = &e->access;
		return true;
	case SEOS_EVENT_MARK:
	case SEOS_EVENT_AUDIT: /* linux_audit.c reads these */
		break;
	}
	return false;
}

/* The ring whose next event is the oldest, and its header. NULL: there is none; then *closed says
 * whether all rings are. */
static struct seos_reader *oldest(struct platform_events *e, struct seos_event *event, bool *closed)
{
	struct seos_reader *found = NULL;
	unsigned ended = 0;

	for (unsigned i = 0; i < e->rings; i++) {
		struct seos_event candidate;
		enum seos_read what = seos_ring_peek(&e->readers[i], &candidate);

		ended += what == SEOS_READ_CLOSED;
		if (what != SEOS_READ_EVENT || (found && candidate.time_ns >= event->time_ns))
			continue;
		*event = candidate;
		event->cpu = (__u16)i; /* that of a gap is not in it */
		found = &e->readers[i];
	}
	*closed = ended == e->rings;
	return found;
}

int linux_events_next(struct platform *p, struct platform_events *e, struct platform_event *out)
{
	uint64_t body[SEOS_EVENT_MAX / sizeof(uint64_t)];
	struct seos_reader *reader;
	struct seos_event event;
	bool closed;

	(void)p;
	while ((reader = oldest(e, &event, &closed))) {
		seos_ring_take(reader, &event, body);
		if (event_from(e, &event, body, out))
			return 1;
	}
	return closed ? -ENODEV : 0;
}

/* Login sessions */

static void login_from(const struct seos_session *s, struct platform_login *out)
{
	_Static_assert(PLATFORM_LABEL_MAX == SEOS_SESSION_LABEL_MAX, "a label fits");

	out->id = session_from(&s->id);
	out->end_boot_ns = (int64_t)s->end_ns;
	out->processes = s->processes;
	out->label_bytes = s->label_bytes;
	memcpy(out->label, s->label, s->label_bytes);
}

static int login_request(struct platform *p, unsigned long request, struct seos_session *s,
			 struct platform_login *out)
{
	int device = linux_kernel_device(p);

	if (device < 0)
		return device;
	if (ioctl(device, request, s))
		return -errno;
	login_from(s, out);
	return 0;
}

int linux_login_begin(struct platform *p, struct platform_login *out)
{
	struct seos_session s = {.id.leader = out->id.leader,
				 .label_bytes = (__u32)out->label_bytes};

	if (out->label_bytes > sizeof(s.label))
		return -EINVAL;
	memcpy(s.label, out->label, out->label_bytes);
	return login_request(p, SEOS_IOC_SESSION_BEGIN, &s, out);
}

int linux_login_of(struct platform *p, pid_t pid, struct platform_login *out)
{
	struct seos_session s = {.id.leader = pid};

	return login_request(p, SEOS_IOC_SESSION_OF, &s, out);
}

int linux_login_next(struct platform *p, uint64_t *cursor, struct platform_login *out)
{
	struct seos_session s = {.number = *cursor};
	int error = login_request(p, SEOS_IOC_SESSION_NEXT, &s, out);

	if (!error)
		*cursor = s.number;
	return error;
}

int linux_login_forget(struct platform *p, const struct platform_session *id)
{
	struct seos_session_id s = {.start_s = id->start_s, .leader = id->leader};
	int device = linux_kernel_device(p);

	if (device < 0)
		return device;
	return ioctl(device, SEOS_IOC_SESSION_FORGET, &s) ? -errno : 0;
}

int linux_login_leave(struct platform *p)
{
	int device = linux_kernel_device(p);

	if (device < 0)
		return device;
	return ioctl(device, SEOS_IOC_SESSION_LEAVE) ? -errno : 0;
}
