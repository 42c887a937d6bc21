/* SPDX-License-Identifier: MIT */
/*
 * The simulated kernel extension: who is inside hooked calls, and how it is unloaded. What comes
 * next is decided in core/unload.c, which the real extension has too; here callers come, block,
 * leave and are moved out, as the seed has it, and nobody may be in the extension's text when that
 * is freed.
 */
#include "ref/core/unload.h"
#include "sim/world.h"

#include <errno.h>
#include <string.h>

#define WAIT_STEP_NS (5 * NS_PER_MS)
#define EDGE_NS      INT64_C(20000)   /* at most, between a hook and the count, and behind it, */
#define PREEMPTED_NS (30 * NS_PER_MS) /* or that, now and then */
#define INTERRUPT_NS (3 * NS_PER_MS)  /* at most, until a caller that was asked leaves its call, */
#define STUCK_NS     (3 * NS_PER_S)   /* or that, now and then */
#define HOOKS        10

static void after(struct sim *s, struct sim_caller *c, int64_t most_ns)
{
	const struct sim_event next = {
		.at_ns = s->now_ns + 1 + (int64_t)sim_random(s, (uint64_t)most_ns),
		.kind = SIM_CALLER,
		.child = c->call.pid,
		.round = ++c->round,
	};

	/* Who is forgotten in a full queue stays where it is, as a caller may. */
	(void)sim_event_add(s, &next);
}

/* As long as nothing keeps it; what goes on calling is kept from time to time. */
static void soon(struct sim *s, struct sim_caller *c, int64_t most_ns, int64_t kept_ns)
{
	after(s, c, c->outside_ns && sim_random(s, 8) == 0 ? kept_ns : most_ns);
}

/* Callers */

static bool hooked(const struct sim *s)
{
	return s->kernel.loaded && s->kernel.monitor && !s->kernel.prepared;
}

static void forget(struct sim *s, struct sim_caller *c)
{
	size_t at = (size_t)(c - s->kernel.callers);

	s->kernel.count--;
	memmove(c, c + 1, (s->kernel.count - at) * sizeof(*c));
}

static void enter(struct sim *s, struct sim_caller *c)
{
	c->place = SIM_ENTERING;
	soon(s, c, EDGE_NS, PREEMPTED_NS);
}

static void leave(struct sim *s, struct sim_caller *c)
{
	if (c->asked && s->kernel.holding) {
		c->place = SIM_HELD;
		c->round++;
		return;
	}
	c->place = SIM_LEAVING;
	soon(s, c, EDGE_NS, PREEMPTED_NS);
}

/* Back in its program. A call that was moved out begins anew there. */
static void come_out(struct sim *s, struct sim_caller *c)
{
	bool again = c->asked;

	c->asked = false;
	c->place = SIM_OUTSIDE;
	c->missed = again && !hooked(s);
	if (again && hooked(s))
		enter(s, c);
	else if (c->outside_ns)
		after(s, c, c->outside_ns);
	else
		forget(s, c);
}

static void count_in(struct sim *s, struct sim_caller *c)
{
	c->place = SIM_INSIDE;
	c->entered_ns = s->now_ns;
	c->round++;
	if (c->inside_ns)
		after(s, c, c->inside_ns);
}

static struct sim_caller *caller_by_pid(struct sim *s, pid_t pid)
{
	for (size_t i = 0; i < s->kernel.count; i++) {
		if (s->kernel.callers[i].call.pid == pid)
			return &s->kernel.callers[i];
	}
	return NULL;
}

void sim_caller_deliver(struct sim *s, const struct sim_event *e)
{
	struct sim_caller *c = caller_by_pid(s, e->child);

	if (!c || c->round != e->round)
		return;
	switch (c->place) {
	case SIM_OUTSIDE:
		if (hooked(s))
			enter(s, c);
		else
			after(s, c, c->outside_ns);
		break;
	case SIM_ENTERING:
		count_in(s, c);
		break;
	case SIM_INSIDE:
		leave(s, c);
		break;
	case SIM_LEAVING:
		come_out(s, c);
		break;
	case SIM_HELD:
		break;
	}
}

static struct sim_caller *caller_add(struct sim *s, const struct platform_call *call, pid_t pid)
{
	struct sim_caller *c = s->kernel.callers;

	while (c < s->kernel.callers + s->kernel.count && c->call.pid < pid)
		c++;
	memmove(c + 1, c, (size_t)(s->kernel.callers + s->kernel.count - c) * sizeof(*c));
	*c = (struct sim_caller){.call = *call};
	c->call.pid = pid;
	c->call.tid = pid;
	s->kernel.count++;
	return c;
}

int sim_call_enter(struct sim *s, const struct platform_call *call, int64_t since_boot_ns)
{
	pid_t pid = call->pid ? call->pid : sim_pid_next(s);
	struct sim_caller *c;

	if (!hooked(s))
		return pid; /* hooked calls alone are seen */
	if (s->kernel.count == SIM_CALLS_MAX)
		return -ENOSPC;
	c = caller_add(s, call, pid);
	count_in(s, c);
	c->entered_ns = since_boot_ns;
	return pid;
}

int sim_caller_add(struct sim *s, const struct platform_call *call, int64_t inside_ns,
		   int64_t outside_ns)
{
	pid_t pid = sim_pid_next(s);
	struct sim_caller *c;

	if (s->kernel.count == SIM_CALLS_MAX)
		return -ENOSPC;
	c = caller_add(s, call, pid);
	c->inside_ns = inside_ns;
	c->outside_ns = outside_ns;
	after(s, c, outside_ns);
	return pid;
}

void sim_call_leave(struct sim *s, pid_t pid)
{
	struct sim_caller *c = caller_by_pid(s, pid);

	if (c)
		forget(s, c);
}

/* Unloading */

static bool any_at(const struct sim *s, enum sim_place place)
{
	for (size_t i = 0; i < s->kernel.count; i++) {
		if (s->kernel.callers[i].place == place)
			return true;
	}
	return false;
}

static void wait_until_none_at(struct sim *s, enum sim_place place)
{
	while (any_at(s, place) && sim_step(s, s->now_ns + NS_PER_S))
		;
}

static void ask_to_move(struct sim *s)
{
	for (size_t i = 0; i < s->kernel.count; i++) {
		struct sim_caller *c = &s->kernel.callers[i];

		if (c->place != SIM_INSIDE || !c->call.movable || c->asked)
			continue;
		c->asked = true;
		soon(s, c, INTERRUPT_NS, STUCK_NS);
	}
}

static void release(struct sim *s)
{
	s->kernel.holding = false;
	for (size_t i = 0; i < s->kernel.count; i++) {
		if (s->kernel.callers[i].place == SIM_HELD)
			leave(s, &s->kernel.callers[i]);
	}
}

static void carry_out(struct sim *s, enum unload_step step, bool was_prepared)
{
	switch (step) {
	case UNLOAD_UNHOOK:
		s->kernel.holding = true;
		s->kernel.prepared = true;
		wait_until_none_at(s, SIM_ENTERING);
		break;
	case UNLOAD_MOVE:
		ask_to_move(s);
		sim_advance(s, WAIT_STEP_NS);
		break;
	case UNLOAD_WAIT:
		sim_advance(s, WAIT_STEP_NS);
		break;
	case UNLOAD_SETTLE:
		wait_until_none_at(s, SIM_LEAVING);
		break;
	case UNLOAD_REHOOK:
		s->kernel.prepared = was_prepared;
		break;
	case UNLOAD_RELEASE:
		release(s);
		break;
	case UNLOAD_EMPTY:
	case UNLOAD_REFUSED:
		break;
	}
}

static struct unload_facts facts_of(const struct sim *s)
{
	struct unload_facts facts = {.now_ns = s->now_ns};

	for (size_t i = 0; i < s->kernel.count; i++) {
		const struct sim_caller *c = &s->kernel.callers[i];

		facts.inside += c->place == SIM_INSIDE;
		facts.movable += c->place == SIM_INSIDE && c->call.movable;
		facts.moving += c->asked && c->place != SIM_LEAVING;
		facts.held += c->place == SIM_HELD;
	}
	return facts;
}

/* What a machine would only show by crashing, or by a caller that is never seen again. */
static void look_for_fault(struct sim *s, bool freed)
{
	for (size_t i = 0; i < s->kernel.count && !s->kernel.fault; i++) {
		const struct sim_caller *c = &s->kernel.callers[i];

		if (freed && c->place != SIM_OUTSIDE)
			s->kernel.fault = "the extension was freed with a caller in it";
		else if (!freed && c->missed)
			s->kernel.fault = "a caller that was moved out missed the hooks";
		else if (!freed && c->place == SIM_HELD)
			s->kernel.fault = "a caller that was moved out is held for good";
	}
}

static int empty(struct sim *s, int64_t timeout_ns)
{
	bool was_prepared = s->kernel.prepared;
	struct unload unload;
	enum unload_step step;

	if (s->kernel.busy) /* by somebody below us on the stack */
		return -EBUSY;
	s->kernel.busy = true;
	for (size_t i = 0; i < s->kernel.count; i++)
		s->kernel.callers[i].missed = false;
	step = unload_begin(&unload, s->now_ns, timeout_ns);
	while (step != UNLOAD_EMPTY && step != UNLOAD_REFUSED) {
		struct unload_facts facts;

		carry_out(s, step, was_prepared);
		facts = facts_of(s);
		step = unload_next(&unload, &facts);
	}
	s->kernel.busy = false;
	if (step == UNLOAD_EMPTY)
		return 0;
	look_for_fault(s, false);
	return -EBUSY;
}

const char *sim_kernel_fault(const struct sim *s)
{
	return s->kernel.fault;
}

void sim_kernel_boot(struct sim *s)
{
	const char *fault = s->kernel.fault;
	uint64_t origin = s->audit.origin;

	memset(&s->kernel, 0, sizeof(s->kernel));
	memset(&s->audit, 0, sizeof(s->audit));
	s->kernel.loaded = true;
	s->kernel.monitor = true;
	s->kernel.fault = fault;
	s->audit.origin = origin + 1;
	for (size_t i = 0; i < SIM_RINGS; i++)
		s->audit.rings[i].next = 1;
	s->login_count = 0;
	s->boots++;
}

/* The platform's operations */

/* The device is root's, and there only while the extension is. */
static int reach(const struct sim_process *me)
{
	if (!me->sim->kernel.loaded)
		return -ENODEV;
	return me->uid == 0 ? 0 : -EACCES;
}

static void status_of(const struct sim *s, struct platform_kernel_status *out)
{
	struct unload_facts facts = facts_of(s);

	*out = (struct platform_kernel_status){
		.hooks = s->kernel.prepared ? 0 : HOOKS,
		.monitor = s->kernel.monitor,
		.prepared = s->kernel.prepared,
		.inside = facts.inside,
		.blocking = facts.inside - facts.movable,
	};
}

int sim_op_kernel_status(struct platform *p, struct platform_kernel_status *out)
{
	int error = reach(sim_self(p));

	if (!error)
		status_of(sim_self(p)->sim, out);
	return error;
}

int sim_op_kernel_monitor(struct platform *p, bool on)
{
	int error = reach(sim_self(p));

	if (error)
		return error;
	sim_self(p)->sim->kernel.monitor = on;
	sim_self(p)->sim->kernel.prepared = false;
	return 0;
}

int sim_op_kernel_calls(struct platform *p, uint64_t *cursor, struct platform_call *out,
			unsigned max)
{
	const struct sim *s = sim_self(p)->sim;
	int error = reach(sim_self(p));
	unsigned n = 0;

	if (error)
		return error;
	for (size_t i = 0; i < s->kernel.count && n < max && s->kernel.monitor; i++) {
		const struct sim_caller *c = &s->kernel.callers[i];

		if (c->place != SIM_INSIDE || (uint64_t)c->call.pid <= *cursor)
			continue;
		out[n] = c->call;
		out[n].duration_ns = s->now_ns - c->entered_ns;
		*cursor = (uint64_t)out[n].pid;
		n++;
	}
	return (int)n;
}

int sim_op_kernel_unload_prepare(struct platform *p, int64_t timeout_ns,
				 struct platform_kernel_status *out)
{
	int error = reach(sim_self(p));

	if (error)
		return error;
	error = empty(sim_self(p)->sim, timeout_ns);
	status_of(sim_self(p)->sim, out);
	return error;
}

/* The product's own files are not protected here; those of class FILE are (guard.c). */
int sim_op_kernel_guard(struct platform *p, const char *path, bool closed)
{
	int error = reach(sim_self(p));

	(void)path;
	(void)closed;
	return error ? error : -ENOTSUP;
}

int sim_op_kernel_silent(struct platform *p, bool deny, uid_t user, bool daemon)
{
	int error = reach(sim_self(p));

	(void)user;
	(void)daemon;
	return error || !deny ? error : -ENOTSUP;
}

/* Whatever file it comes from. */
int sim_op_kernel_load(struct platform *p, const char *path, bool monitor)
{
	struct sim *s = sim_self(p)->sim;

	(void)path;
	if (sim_self(p)->uid != 0)
		return -EPERM;
	if (s->kernel.loaded)
		return -EEXIST;
	s->kernel.loaded = true;
	s->kernel.monitor = monitor;
	s->kernel.prepared = false;
	return 0;
}

int sim_op_kernel_unload(struct platform *p, int64_t timeout_ns, struct platform_kernel_status *out)
{
	struct sim *s = sim_self(p)->sim;
	int error = sim_op_kernel_unload_prepare(p, timeout_ns, out);

	if (error)
		return error;
	s->kernel.loaded = false;
	look_for_fault(s, true);
	return 0;
}
