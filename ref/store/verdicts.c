/* SPDX-License-Identifier: MIT */
/*
 * Verdicts on the files of class FILE; see verdicts.h.
 */
#include "ref/store/verdicts.h"
#include "ref/core/verdict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PRODUCT_FOLDER "/opt/CA/PAMSC/"
#define NOT_AS_OTHERS  (ACCESS_OPERATOR | ACCESS_AUDIT_SUCCESS | ACCESS_AUDIT_TRACE)

struct user {
	uid_t uid;
	unsigned attributes;
	char name[ACCESS_NAME_MAX];
};

/* Those of whom something else may have to be said than of everybody. */
struct users {
	struct user *list;
	size_t count, room;
};

static int add_user(struct platform *p, struct users *u, const char *name, unsigned attributes,
		    bool *unknown)
{
	char known_as[ACCESS_NAME_MAX];
	struct user *list;
	uid_t uid;

	if (p->ops->user_id(p, name, &uid)) {
		*unknown = true;
		return 0;
	}
	/* Of two names for one number the one counts that the system gives it. */
	if (p->ops->user_name(p, uid, known_as, sizeof(known_as)) || strcmp(known_as, name) != 0)
		return 0;
	if (u->count == u->room) {
		u->room = u->room ? 2 * u->room : 16;
		list = realloc(u->list, u->room * sizeof(*list));
		if (!list)
			return -ENOMEM;
		u->list = list;
	}
	list = &u->list[u->count++];
	list->uid = uid;
	list->attributes = attributes;
	snprintf(list->name, sizeof(list->name), "%s", name);
	return 0;
}

/* Whom an attribute sets apart, whatever the file. */
static int collect_special(struct platform *p, struct policy *db, struct users *u, bool *unknown)
{
	char name[ACCESS_NAME_MAX] = "";
	unsigned attributes;
	int error;

	while (!(error = policy_user_next(db, name, name, &attributes))) {
		if (attributes & NOT_AS_OTHERS)
			error = add_user(p, u, name, attributes, unknown);
		if (error)
			return error;
	}
	return error == -ENOENT ? 0 : error;
}

/* And whom a rule of the file names. */
static int collect_named(struct platform *p, struct policy *db, const char *file, struct users *u,
			 bool *unknown)
{
	char name[ACCESS_NAME_MAX] = "";
	unsigned access, attributes;
	int error;

	while (!(error = policy_rule_next(db, file, name, name, &access))) {
		if (!strcmp(name, ACCESS_ANYBODY))
			continue;
		error = policy_user(db, name, &attributes);
		if (error && error != -ENOENT)
			return error;
		if (attributes & NOT_AS_OTHERS)
			continue; /* he is there already */
		error = add_user(p, u, name, attributes, unknown);
		if (error)
			return error;
	}
	return error == -ENOENT ? 0 : error;
}

static int by_uid(const void *a, const void *b)
{
	uid_t one = ((const struct user *)a)->uid, other = ((const struct user *)b)->uid;

	return (one > other) - (one < other);
}

static int give(struct policy *db, const char *file, const struct policy_resource *record,
		const struct user *user, struct platform_right *out)
{
	struct access_terminal_rule rule;
	int error = policy_terminal_rule(db, file, user->name, &rule);

	_Static_assert(PLATFORM_ACCESS_KINDS == VERDICT_ACCESSES, "the same accesses");
	rule.warning = record->warning;
	out->uid = user->uid;
	for (unsigned i = 0; i < VERDICT_ACCESSES; i++)
		out->verdict[i] = verdict_give((enum verdict_access)i, user->attributes, &rule,
					       record->access);
	return error;
}

static int collect_rights(struct policy *db, const struct policy_resource *record,
			  const struct users *u, struct platform_file *out)
{
	static const struct user everybody = {.name = ACCESS_ANYBODY};
	int error = 0;

	out->rights = calloc(u->count + 1, sizeof(out->rights[0]));
	if (!out->rights)
		return -ENOMEM;
	out->count = (unsigned)u->count + 1;
	if (u->count > 0)
		qsort(u->list, u->count, sizeof(u->list[0]), by_uid);
	for (size_t i = 0; i < u->count && !error; i++)
		error = give(db, out->path, record, &u->list[i], &out->rights[i]);
	return error ? error : give(db, out->path, record, &everybody, &out->rights[u->count]);
}

static int collect_file(struct platform *p, struct policy *db, const char *path,
			const struct policy_resource *record, struct verdicts *v)
{
	struct platform_file *file = &v->files[v->count++];
	struct users users = {NULL, 0, 0};
	int error;

	file->path = strdup(path);
	error = file->path ? collect_special(p, db, &users, &v->unknown) : -ENOMEM;
	if (!error)
		error = collect_named(p, db, path, &users, &v->unknown);
	if (!error)
		error = collect_rights(db, record, &users, file);
	free(users.list);
	return error;
}

int verdicts_collect(struct platform *p, struct policy *db, struct verdicts *out)
{
	char path[ACCESS_NAME_MAX] = "";
	struct policy_resource record;
	int error;

	*out = (struct verdicts){.files = calloc(PLATFORM_FILES_MAX, sizeof(out->files[0]))};
	if (!out->files)
		return -ENOMEM;
	while (!(error = policy_resource_next(db, ACCESS_FILE, path, path, &record))) {
		if (!strncmp(path, PRODUCT_FOLDER, strlen(PRODUCT_FOLDER)))
			continue;
		error = out->count < PLATFORM_FILES_MAX ? collect_file(p, db, path, &record, out)
							: -E2BIG;
		if (error)
			break;
	}
	if (error == -ENOENT)
		return 0;
	verdicts_free(out);
	return error;
}

void verdicts_free(struct verdicts *v)
{
	for (size_t i = 0; i < v->count; i++) {
		free(v->files[i].path);
		free(v->files[i].rights);
	}
	free(v->files);
	*v = (struct verdicts){NULL, 0, false};
}
