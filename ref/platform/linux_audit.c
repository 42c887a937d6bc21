/* SPDX-License-Identifier: MIT */
/*
 * The platform on Linux: events of audited calls, from the rings that the kernel extension keeps
 * for their one reader (kmod/uapi/SEOS_syscall.h). Reading looks ahead of the tail of a ring, which
 * moves when events are given up: so they are still there for a successor.
 */
#include "kmod/uapi/SEOS_syscall.h"
#include "ref/platform/linux.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define RING_BYTES (1U << 20)
#define NAMES_MAX  512

struct ring {
	struct seos_ring *shared;
	uint32_t at;       /* next to read */
	uint64_t expected; /* number of that event */
	uint64_t given_up; /* the same at the tail */
	bool known;        /* the two above; else as the next event says */
	bool known_at_tail;
};

struct linux_audit {
	uint32_t ring_bytes;
	unsigned count;
	unsigned turn; /* ring to begin with, so that none starves the others */
	void *memory;
	size_t memory_bytes;
	struct event *wake;
	int eventfd;
	struct ring rings[];
};

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct linux_platform *l = arg;
	eventfd_t count;

	(void)what;
	(void)eventfd_read(fd, &count);
	if (l->program->daemon->audit)
		l->program->daemon->audit(&l->run);
}

static void audit_free(struct linux_audit *a)
{
	if (a->memory)
		munmap(a->memory, a->memory_bytes);
	if (a->wake)
		event_free(a->wake);
	if (a->eventfd >= 0)
		close(a->eventfd);
	free(a);
}

static struct linux_audit *audit_new(const struct seos_audit_settings *s)
{
	size_t stride = sizeof(struct seos_ring) + s->ring_bytes;
	struct linux_audit *a = calloc(1, sizeof(*a) + s->rings * sizeof(a->rings[0]));

	if (!a)
		return NULL;
	a->eventfd = s->eventfd;
	a->ring_bytes = s->ring_bytes;
	a->count = s->rings;
	a->memory_bytes = stride * s->rings;
	a->memory = mmap(NULL, a->memory_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, s->memory, 0);
	if (a->memory == MAP_FAILED) {
		a->memory = NULL;
		a->eventfd = -1;
		audit_free(a);
		return NULL;
	}
	for (unsigned i = 0; i < a->count; i++) {
		a->rings[i].shared = (struct seos_ring *)((char *)a->memory + i * stride);
		a->rings[i].at = a->rings[i].shared->tail;
	}
	return a;
}

int linux_audit_serve(struct platform *p, uint64_t *origin)
{
	struct linux_platform *l = linux_platform(p);
	struct seos_audit_settings s = {.flags = SEOS_AUDIT_KEEP, .ring_bytes = RING_BYTES};
	int fd = linux_kernel_device(p);
	struct linux_audit *a;

	if (fd < 0)
		return fd;
	if (!l->loop || l->audit)
		return -EINVAL;
	s.eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s.eventfd < 0)
		return -errno;
	if (ioctl(fd, SEOS_IOC_AUDIT, &s)) {
		int error = -errno;

		close(s.eventfd);
		return error;
	}
	a = audit_new(&s);
	close(s.memory);
	if (!a) {
		close(s.eventfd);
		return -ENOMEM;
	}
	a->wake = event_new(l->loop, s.eventfd, EV_READ | EV_PERSIST, on_wake, l);
	if (!a->wake || event_add(a->wake, NULL)) {
		audit_free(a);
		return -ENOMEM;
	}
	l->audit = a;
	*origin = s.origin;
	return 0;
}

void linux_audit_end(struct linux_platform *l)
{
	if (l->audit)
		audit_free(l->audit);
	l->audit = NULL;
}

/* An open device keeps the module from being removed. */
static void let_device_go(struct platform *p)
{
	struct linux_platform *l = linux_platform(p);

	if (l->kernel_fd >= 0)
		close(l->kernel_fd);
	l->kernel_fd = -1;
}

int linux_audit_set(struct platform *p, const struct platform_audit_settings *settings)
{
	struct seos_audit_settings s = {.classes = settings->classes, .eventfd = -1};
	int fd = linux_kernel_device(p);

	if (fd < 0)
		return fd;
	s.flags |= settings->success ? SEOS_AUDIT_SUCCESS : 0;
	s.flags |= settings->failure ? SEOS_AUDIT_FAILURE : 0;
	s.flags |= settings->waits ? SEOS_AUDIT_WAIT : 0;
	s.flags |= settings->suspend ? SEOS_AUDIT_SUSPEND : 0;
	if (ioctl(fd, SEOS_IOC_AUDIT, &s))
		return -errno;
	let_device_go(p);
	return 0;
}

/* Copies from a place in a ring, around its end. */
static void ring_copy(const struct linux_audit *a, const struct ring *r, uint32_t at, void *out,
		      uint32_t bytes)
{
	const char *data = (const char *)(r->shared + 1);
	uint32_t begin = at & (a->ring_bytes - 1);
	uint32_t first = bytes < a->ring_bytes - begin ? bytes : a->ring_bytes - begin;

	memcpy(out, data + begin, first);
	memcpy((char *)out + first, data, bytes - first);
}

static void event_from(const char *body, size_t bytes, struct platform_audit_event *out)
{
	struct seos_audit e;

	memcpy(&e, body, sizeof(e));
	out->wall_ns = (int64_t)e.wall_ns;
	out->pid = e.pid;
	out->ppid = e.ppid;
	out->uid = e.uid;
	out->euid = e.euid;
	out->gid = e.gid;
	out->egid = e.egid;
	out->abi = e.abi;
	out->number = e.number;
	out->class = e.class;
	out->result = e.result;
	memcpy(out->args, e.args, sizeof(out->args));
	snprintf(out->program, sizeof(out->program), "%.*s", (int)sizeof(e.program) - 1, e.program);
	if (sizeof(e) + e.path_bytes + e.second_bytes != bytes)
		return;
	snprintf(out->path, sizeof(out->path), "%.*s", e.path_bytes, body + sizeof(e));
	snprintf(out->second, sizeof(out->second), "%.*s", e.second_bytes,
		 body + sizeof(e) + e.path_bytes);
}

static void lost_from(struct linux_platform *l, struct ring *r, uint64_t lost,
		      struct platform_audit_event *out)
{
	out->sequence = r->expected + 1;
	out->lost = lost;
	out->wall_ns = l->base.ops->wall_ns(&l->base);
	r->expected += lost;
}

/* Returns whether there was an event; -EPROTO where the ring holds none. */
static int ring_read(struct linux_platform *l, struct ring *r, struct platform_audit_event *out)
{
	struct linux_audit *a = l->audit;
	/* In this order: whoever sees a number sees all events before it that are there at all. */
	uint32_t next = __atomic_load_n(&r->shared->next, __ATOMIC_ACQUIRE);
	uint32_t head = __atomic_load_n(&r->shared->head, __ATOMIC_ACQUIRE);
	struct seos_event header;
	char body[SEOS_EVENT_MAX];

	memset(out, 0, offsetof(struct platform_audit_event, program));
	out->program[0] = out->path[0] = out->second[0] = '\0';
	out->source = (unsigned)(r - a->rings);
	if (head == r->at) {
		if (!r->known)
			r->expected = next;
		r->known = true;
		if ((uint32_t)r->expected == next)
			return 0;
		lost_from(l, r, (uint32_t)(next - (uint32_t)r->expected), out);
		return 1;
	}
	ring_copy(a, r, r->at, &header, sizeof(header));
	if (header.length < sizeof(header) + sizeof(struct seos_audit) ||
	    header.length > SEOS_EVENT_MAX)
		return -EPROTO;
	if (!r->known)
		r->expected = header.sequence;
	r->known = true;
	if (header.sequence != r->expected) {
		lost_from(l, r, header.sequence - r->expected, out);
		return 1;
	}
	ring_copy(a, r, r->at + (uint32_t)sizeof(header), body,
		  header.length - (uint32_t)sizeof(header));
	event_from(body, header.length - sizeof(header), out);
	out->sequence = header.sequence + 1;
	r->expected++;
	r->at += (header.length + 7) & ~7U;
	return 1;
}

static bool is_closed(const struct linux_audit *a)
{
	return a->count && __atomic_load_n(&a->rings[0].shared->closed, __ATOMIC_ACQUIRE);
}

int linux_audit_read(struct platform *p, struct platform_audit_event *out, unsigned max)
{
	struct linux_platform *l = linux_platform(p);
	struct linux_audit *a = l->audit;
	bool closed;
	int n = 0;

	if (!a)
		return -EBADF;
	closed = is_closed(a); /* before looking for the last ones */
	for (unsigned i = 0; i < a->count && n < (int)max; i++) {
		struct ring *r = &a->rings[(a->turn + i) % a->count];
		int got = 1;

		while (got > 0 && n < (int)max) {
			got = ring_read(l, r, &out[n]);
			if (got < 0)
				return got;
			n += got;
		}
	}
	a->turn++;
	return n == 0 && closed ? -ENODEV : n;
}

int linux_audit_done(struct platform *p)
{
	struct linux_audit *a = linux_platform(p)->audit;

	if (!a)
		return -EBADF;
	for (unsigned i = 0; i < a->count; i++) {
		struct ring *r = &a->rings[i];

		r->given_up = r->expected;
		r->known_at_tail = r->known;
		__atomic_store_n(&r->shared->tail, r->at, __ATOMIC_SEQ_CST);
	}
	/* Afterwards the extension must see that a ring is empty, or we the next event. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return 0;
}

int linux_audit_rewind(struct platform *p)
{
	struct linux_audit *a = linux_platform(p)->audit;

	if (!a)
		return -EBADF;
	for (unsigned i = 0; i < a->count; i++) {
		struct ring *r = &a->rings[i];

		r->at = r->shared->tail;
		r->expected = r->given_up;
		r->known = r->known_at_tail;
	}
	return 0;
}

unsigned linux_audit_names(struct platform *p, const struct platform_audit_name **out)
{
	static struct platform_audit_name names[NAMES_MAX];
	static struct seos_audit_name texts[NAMES_MAX];
	struct seos_audit_name name = {0};
	int fd = linux_kernel_device(p);
	unsigned n = 0;

	while (fd >= 0 && n < NAMES_MAX && !ioctl(fd, SEOS_IOC_AUDIT_NAME, &name)) {
		texts[n] = name;
		names[n] = (struct platform_audit_name){name.abi, name.number, name.class,
							texts[n].name};
		n++;
	}
	let_device_go(p);
	*out = names;
	return n;
}
