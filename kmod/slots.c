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

u64 *slots_directory[SLOT_LEAVES];
static atomic64_t missed;

static bool leaf_add(unsigned int index, gfp_t gfp)
{
	u64 *leaf = (u64 *)__get_free_pages(gfp | __GFP_ZERO, SLOT_LEAF_ORDER);

	if (!leaf)
		return false;
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

u64 slots_next(pid_t *pid)
{
	pid_t next = *pid + 1;

	while (next < PID_MAX_LIMIT) {
		const u64 *leaf = READ_ONCE(slots_directory[next >> SLOT_LEAF_BITS]);

		if (!leaf) {
			next = (next | (SLOT_LEAF_SIZE - 1)) + 1;
			continue;
		}
		do {
			u64 value = slot_load(&leaf[next & (SLOT_LEAF_SIZE - 1)]);

			if (value) {
				*pid = next;
				return value;
			}
		} while (++next & (SLOT_LEAF_SIZE - 1));
		cond_resched();
	}
	return 0;
}
