// SPDX-License-Identifier: GPL-2.0-only
/*
 * The in-flight table: a slot a PID, in two levels. The hot path (arch/, hook.c) finds and writes
 * its own slot without a lock; everything here is for those who read, and for the rare PID whose
 * leaf is missing.
 *
 * Not for: what a slot's value means to user space (callers.c).
 */
#include <linux/gfp.h>
#include <linux/mm.h>

#include "seos.h"

#define SLOTS_AT_ONCE 8

u64 *slots_directory[SLOT_LEAVES];
static atomic_t leaves_end; /* behind the last leaf there is */
static atomic64_t missed;

static bool leaf_add(unsigned int index, gfp_t gfp)
{
	u64 *leaf = (u64 *)__get_free_pages(gfp | __GFP_ZERO, SLOT_LEAF_ORDER);
	int end = atomic_read(&leaves_end);

	if (!leaf)
		return false;
	/* first, or a reader would stop before a leaf that is in use */
	while (end <= (int)index && !atomic_try_cmpxchg(&leaves_end, &end, index + 1))
		;
	if (cmpxchg(&slots_directory[index], NULL, leaf))
		free_pages((unsigned long)leaf, SLOT_LEAF_ORDER); /* another thread was faster */
	return true;
}

/*
 * Covers the PIDs that a kernel hands out by default. An administrator can raise kernel.pid_max at
 * any time, up to where all leaves would take 64 MB, so the rest is made on first use.
 */
int slots_init(void)
{
	unsigned int pids = max_t(unsigned int, PID_MAX_DEFAULT,
				  PIDS_PER_CPU_DEFAULT * num_possible_cpus());
	unsigned int leaves = min_t(unsigned int, pids >> SLOT_LEAF_BITS, SLOT_LEAVES);

	for (unsigned int i = 0; i < leaves; i++) {
		if ((i + 1 == leaves && load_fails()) || !leaf_add(i, GFP_KERNEL)) {
			slots_free();
			return -ENOMEM;
		}
	}
	return 0;
}

void slots_free(void)
{
	for (unsigned int i = 0; i < SLOT_LEAVES; i++)
		free_pages((unsigned long)slots_directory[i], SLOT_LEAF_ORDER);
}

/*
 * Must not sleep: a caller that sleeps between trampoline and slot would be seen neither by
 * synchronize_rcu_tasks() nor in the table.
 */
notrace u64 *slots_grow(void)
{
	unsigned int index = (unsigned int)current->pid >> SLOT_LEAF_BITS;

	if (leaf_add(index, GFP_ATOMIC | __GFP_NOWARN))
		return slots_directory[index];
	atomic64_inc(&missed);
	return NULL;
}

u64 slots_missed(void)
{
	return atomic64_read(&missed);
}

u64 slots_read(pid_t pid)
{
	const u64 *leaf = READ_ONCE(slots_directory[pid >> SLOT_LEAF_BITS]);

	return leaf ? slot_load(&leaf[pid & (SLOT_LEAF_SIZE - 1)]) : 0;
}

/* Whether eight slots are empty, as nearly all are. */
static bool slots_empty(const u64 *slots)
{
	u64 any = 0;

#pragma GCC unroll 8
	for (unsigned int i = 0; i < SLOTS_AT_ONCE; i++)
		any |= slot_load(&slots[i]);
	return !any;
}

/* The first slot from an index on that is not empty, or SLOT_LEAF_SIZE. */
static unsigned int leaf_next(const u64 *leaf, unsigned int index, u64 *value)
{
	while (index < SLOT_LEAF_SIZE) {
		if (index % SLOTS_AT_ONCE == 0 && slots_empty(&leaf[index])) {
			index += SLOTS_AT_ONCE;
			continue;
		}
		*value = slot_load(&leaf[index]);
		if (*value)
			break;
		index++;
	}
	return index;
}

u64 slots_next(pid_t *pid)
{
	unsigned int next = (unsigned int)*pid + 1;

	while ((int)(next >> SLOT_LEAF_BITS) < atomic_read(&leaves_end)) {
		const u64 *leaf = READ_ONCE(slots_directory[next >> SLOT_LEAF_BITS]);
		unsigned int index = next & (SLOT_LEAF_SIZE - 1);
		u64 value = 0;

		if (leaf)
			index = leaf_next(leaf, index, &value);
		if (value) {
			*pid = (next & ~(SLOT_LEAF_SIZE - 1)) + index;
			return value;
		}
		next = (next | (SLOT_LEAF_SIZE - 1)) + 1;
		cond_resched();
	}
	return 0;
}
