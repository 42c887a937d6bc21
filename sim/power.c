/* SPDX-License-Identifier: MIT */
/*
 * Power cuts of the simulated machine: every process is gone with all that the kernel knew, and of
 * what was written and not synced any part may be missing. Names of files are kept: what is synced
 * under a name has it.
 */
#include "sim/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ZEROS_MIN 64

void sim_power(struct sim *s)
{
	s->power_cuts = true;
	for (size_t i = 0; i < s->file_count; i++)
		(void)sim_file_sync(s, s->files[i]); /* what was there before is on the disk */
}

int sim_file_sync(const struct sim *s, struct sim_file *f)
{
	char *copy;

	if (!s->power_cuts || f->is_dir)
		return 0;
	copy = malloc(f->size + 1);
	if (!copy)
		return -ENOMEM;
	if (f->size)
		memcpy(copy, f->data, f->size);
	free(f->durable);
	f->durable = copy;
	f->durable_size = f->size;
	return 0;
}

/* Something that was appended is there up to a point, perhaps with zeros behind it. */
static void cut_appended(struct sim *s, struct sim_file *f)
{
	size_t left = f->durable_size + (size_t)sim_random(s, f->size - f->durable_size + 1);

	/* Disks leave sectors of zeros, not a few bytes. */
	if (sim_random(s, 4) == 0 && f->size - left >= ZEROS_MIN)
		memset(f->data + left, 0, f->size - left);
	else
		f->size = left;
}

static void lose_unsynced(struct sim *s, struct sim_file *f)
{
	if (f->is_dir || !f->data)
		return;
	if (f->size >= f->durable_size &&
	    (!f->durable_size || !memcmp(f->data, f->durable, f->durable_size))) {
		cut_appended(s, f);
	} else if (sim_random(s, 2) == 0) {
		/* As it was; a file only grows its memory. */
		memcpy(f->data, f->durable, f->durable_size);
		f->size = f->durable_size;
	}
	(void)sim_file_sync(s, f);
}

void sim_power_cut(struct sim *s)
{
	for (struct sim_process *next, *p = s->processes; p; p = next) {
		next = p->next;
		if (p == s->root)
			continue;
		p->dead = true;
		p->killed = true;
		sim_process_reap(s, p);
	}
	for (size_t i = 0; i < s->file_count; i++)
		lose_unsynced(s, s->files[i]);
	sim_kernel_boot(s);
}
