/* SPDX-License-Identifier: MIT */
/*
 * Files that not everybody on the simulated machine may have: the verdicts a daemon gave, obeyed
 * and reported as by the real extension. Paths are plain here: there are no links.
 *
 * Not for: the product's own files, which the simulated extension does not protect.
 */
#include "sim/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void forget(struct sim *s)
{
	for (size_t i = 0; i < s->guard.count; i++) {
		free(s->guard.files[i].path);
		free(s->guard.files[i].rights);
	}
	free(s->guard.files);
	s->guard.files = NULL;
	s->guard.count = 0;
}

void sim_guard_let_go(struct sim_process *p)
{
	if (p->sim->guard.owner == p)
		forget(p->sim);
}

void sim_guard_free(struct sim *s)
{
	forget(s);
}

static int copy(const struct platform_file *from, struct platform_file *to)
{
	*to = (struct platform_file){.path = strdup(from->path), .count = from->count};
	to->rights = calloc(from->count, sizeof(to->rights[0]));
	if (!to->path || !to->rights)
		return -ENOMEM;
	memcpy(to->rights, from->rights, from->count * sizeof(to->rights[0]));
	return 0;
}

int sim_kernel_files(struct platform *p, const struct platform_file *files, size_t count)
{
	struct sim_process *me = (struct sim_process *)p;
	struct sim *s = me->sim;
	int error = 0;

	if (!s->kernel.loaded)
		return -ENODEV;
	if (me->uid != 0)
		return -EACCES;
	if (sim_dies(me))
		return -EIO;
	if (count > PLATFORM_FILES_MAX)
		return -E2BIG;
	forget(s);
	s->guard.owner = me;
	s->guard.files = calloc(count + 1, sizeof(s->guard.files[0]));
	if (!s->guard.files)
		return -ENOMEM;
	while (s->guard.count < count && !error) {
		error = copy(&files[s->guard.count], &s->guard.files[s->guard.count]);
		s->guard.count++;
	}
	if (error)
		forget(s);
	return error;
}

static unsigned char verdict_of(const struct platform_file *f, uid_t uid,
				enum platform_access_kind kind)
{
	unsigned i = 0;

	while (i + 1 < f->count && f->rights[i].uid != uid)
		i++;
	return f->rights[i].verdict[kind];
}

static void tell(const struct sim_process *me, const struct platform_file *f,
		 enum platform_access_kind kind, unsigned char verdict)
{
	struct platform_access *access = calloc(1, sizeof(*access));
	const struct platform_event event = {.kind = PLATFORM_FILE_ACCESS, .access = access};
	struct platform_login login;

	if (!access)
		return;
	*access = (struct platform_access){
		.kind = kind, .verdict = verdict, .pid = me->pid, .uid = me->uid, .euid = me->uid};
	snprintf(access->path, sizeof(access->path), "%s", f->path);
	snprintf(access->program, sizeof(access->program), "/bin/%s", me->program->name);
	if (!sim_login_of(&me->sim->root->base, me->pid, &login)) {
		access->session = login.id;
		access->label_bytes = login.label_bytes;
		memcpy(access->label, login.label, login.label_bytes);
	}
	(void)sim_report(me->sim, PLATFORM_EVENTS_ACCESS, &event); /* or it counts as lost */
	free(access);
}

int sim_guard_ask(struct sim_process *me, const char *path, unsigned accesses)
{
	const struct sim *s = me->sim;

	if (!me->program || s->guard.owner == me || !s->kernel.loaded)
		return 0;
	for (size_t i = 0; i < s->guard.count; i++) {
		const struct platform_file *f = &s->guard.files[i];

		for (unsigned k = 0; k < PLATFORM_ACCESS_KINDS && !strcmp(f->path, path); k++) {
			enum platform_access_kind kind = (enum platform_access_kind)k;
			unsigned char verdict =
				accesses & 1u << k ? verdict_of(f, me->uid, kind) : 0;

			if (verdict & PLATFORM_VERDICT_TELL)
				tell(me, f, kind, verdict);
			if (verdict & PLATFORM_VERDICT_REFUSE)
				return -EACCES;
		}
	}
	return 0;
}
