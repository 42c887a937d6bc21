/* SPDX-License-Identifier: MIT */
/*
 * Fibers by the C library's contexts; see fiber.h.
 */
#include "sim/fiber.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

/* Only what is used of it takes memory. That two are further apart than a stack pointer moves by
 * itself is how valgrind tells them. */
#define STACK_BYTES (3u << 20)
#define GUARD_BYTES 4096 /* below it, that nothing may touch */

struct sim_fiber {
	void (*function)(void *arg);
	void *arg;
	char *memory;
	ucontext_t own;
	ucontext_t caller; /* of sim_fiber_go_on() */
	bool returned;
};

static struct sim_fiber *beginning; /* makecontext() takes nothing but numbers */

static void begin(void)
{
	struct sim_fiber *f = beginning;

	f->function(f->arg);
	f->returned = true;
}

static bool prepare(struct sim_fiber *f)
{
	if (mprotect(f->memory, GUARD_BYTES, PROT_NONE) || getcontext(&f->own))
		return false;
	f->own.uc_stack.ss_sp = f->memory + GUARD_BYTES;
	f->own.uc_stack.ss_size = STACK_BYTES - GUARD_BYTES;
	f->own.uc_link = &f->caller;
	makecontext(&f->own, begin, 0);
	return true;
}

struct sim_fiber *sim_fiber_new(void (*function)(void *arg), void *arg)
{
	struct sim_fiber *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->function = function;
	f->arg = arg;
	f->memory = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	if (f->memory != MAP_FAILED && prepare(f))
		return f;
	if (f->memory == MAP_FAILED)
		f->memory = NULL;
	sim_fiber_free(f);
	return NULL;
}

bool sim_fiber_go_on(struct sim_fiber *f)
{
	beginning = f;
	(void)swapcontext(&f->caller, &f->own); /* fails only where a context has no room */
	return f->returned;
}

void sim_fiber_give_way(struct sim_fiber *f)
{
	(void)swapcontext(&f->own, &f->caller);
}

void sim_fiber_free(struct sim_fiber *f)
{
	if (f && f->memory)
		munmap(f->memory, STACK_BYTES);
	free(f);
}
