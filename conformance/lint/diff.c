/* SPDX-License-Identifier: MIT */
/*
 * `conform diff`: whether what reads one capture of audit records reads another. The records of
 * both are counted by event and form; those of the same form go together, then those that are most
 * alike, and what then differs is said once, with how many records it concerns and the requirement
 * behind it (SPEC.md, P109). Memory is that of the forms, whatever the length of a capture.
 *
 * Not for what a form is (form.h).
 */
#include "conformance/lint/form.h"
#include "conformance/strbuf.h"
#include "conformance/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FORMS_MAX 512 /* of a capture */

static const char usage[] =
	"usage: conform diff [--sample] [--json] OLD NEW\n"
	"Compares two captures of what seaudit printed, in any layout, of either brand: the form "
	"of "
	"the\n"
	"records, field by field, and not their values. - is standard input.\n"
	"\n"
	"  --sample   the captures are of different activity: how many records of an event there\n"
	"             are, and of which form, is not compared, only which forms there are\n"
	"  --json     one JSON object\n"
	"\n"
	"Exit status: 0 compatible, 1 differences, 2 something could not be read.\n";

/* The records of a form in a capture. */
struct counted {
	struct form form;
	uint64_t records;
	uint64_t left; /* of them, without a counterpart so far */
	uint64_t line; /* of the first */
	char fault[PARSE_FAULT_MAX];
};

struct side {
	const char *name;
	struct counted *forms;
	size_t count;
	uint64_t records;
	uint64_t by_type[RECORD_TYPES + 1];
};

/* What is said once of all records that it concerns. */
struct difference {
	const char *kind; /* added, removed, changed */
	unsigned type;    /* 0 and what: of the capture */
	const char *what; /* field or the like; NULL: the record */
	const char *before;
	const char *after;
	const char *requirement;
	uint64_t records;
	uint64_t old_line, new_line; /* 0: nowhere */
};

struct diff {
	bool sample, json;
	struct side old, new;
	struct difference *differences;
	size_t count;
};

/* --- reading */

/* Finds the form among those of the capture, or adds it. NULL: there are too many. */
static struct counted *find_form(struct side *s, size_t likely, const struct form *form)
{
	if (likely < s->count && form_equal(&s->forms[likely].form, form))
		return &s->forms[likely];
	for (size_t i = 0; i < s->count; i++)
		if (form_equal(&s->forms[i].form, form))
			return &s->forms[i];
	if (s->count == FORMS_MAX)
		return NULL;
	s->forms[s->count] = (struct counted){.form = *form};
	return &s->forms[s->count++];
}

static int read_records(struct side *s, int fd)
{
	struct capture *capture = capture_open(fd);
	struct capture_record before = {0}, record;
	struct parse_fault fault;
	size_t likely = 0;
	int rc;

	while ((rc = capture_next(capture, &record)) == 1) {
		const char *spacing = capture_spacing(s->records ? &before : NULL, &record);
		struct counted *c;
		struct form form;

		form_read(&record, spacing, &form, &fault);
		c = find_form(s, likely, &form);
		if (!c) {
			rc = -E2BIG;
			break;
		}
		if (!c->records++) {
			c->line = record.line;
			snprintf(c->fault, sizeof(c->fault), "%s", form.fault ? fault.text : "");
		}
		likely = (size_t)(c - s->forms);
		s->records++;
		s->by_type[form.type]++;
		before = record;
	}
	capture_close(capture);
	return rc;
}

/* Returns 0, or 2 after saying why the capture is none. */
static int read_side(struct side *s, const char *name)
{
	bool is_input = strcmp(name, "-") == 0;
	int fd = is_input ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return verb_refuse("diff: %s: %s", name, strerror(errno));
	s->name = name;
	s->forms = memory_zeroed(FORMS_MAX, sizeof(*s->forms));
	rc = read_records(s, fd);
	if (!is_input)
		close(fd);
	if (rc == -E2BIG)
		return verb_refuse("diff: %s: more than %d forms of records", name, FORMS_MAX);
	if (rc < 0)
		return verb_refuse("diff: %s: %s", name, strerror(-rc));
	if (s->records == s->by_type[0])
		return verb_refuse("diff: %s: no audit record in it", name);
	return 0;
}

/* --- what differs */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Adds a difference, or its records to the same one; often: whether those count again. */
static void add_difference(struct diff *d, const struct difference *new, bool often)
{
	for (size_t i = 0; i < d->count; i++) {
		struct difference *is = &d->differences[i];

		if (is->type == new->type && same_text(is->what, new->what) &&
		    same_text(is->before, new->before) && same_text(is->after, new->after) &&
		    same_text(is->requirement, new->requirement)) {
			is->records += often ? new->records : 0;
			return;
		}
	}
	d->differences = memory_resized(d->differences, d->count + 1, sizeof(*d->differences));
	d->differences[d->count] = *new;
	d->differences[d->count].before = memory_format("%s", new->before);
	d->differences[d->count++].after = memory_format("%s", new->after);
}

static void add_changes(struct diff *d, const struct counted *a, const struct counted *b,
			uint64_t records, bool often)
{
	struct form_change changes[FORM_CHANGES_MAX];
	size_t n = form_changes(&a->form, &b->form, changes);

	for (size_t i = 0; i < n; i++) {
		const struct form_change *c = &changes[i];

		add_difference(d,
			       &(struct difference){.kind = c->added     ? "added"
							    : c->removed ? "removed"
									 : "changed",
						    .type = c->every ? 0 : a->form.type,
						    .what = c->what,
						    .before = c->before,
						    .after = c->after ? c->after : b->fault,
						    .requirement = c->requirement,
						    .records = records,
						    .old_line = a->line,
						    .new_line = b->line},
			       often);
	}
}

/* Records of an event that one capture has more of. */
static void add_count(struct diff *d, unsigned type, const struct counted *first, bool added,
		      uint64_t records)
{
	char before[32], after[32];
	struct difference new = {.kind = added ? "added" : "removed",
				 .type = type,
				 .before = before,
				 .after = after,
				 .requirement = first->form.fault ? first->form.fault
								  : parse_format_id(type),
				 .records = records,
				 .old_line = added ? 0 : first->line,
				 .new_line = added ? first->line : 0};

	snprintf(before, sizeof(before), "%llu", (unsigned long long)d->old.by_type[type]);
	snprintf(after, sizeof(after), "%llu", (unsigned long long)d->new.by_type[type]);
	add_difference(d, &new, true);
}

/* --- what goes together */

/* The form of the same event, with records left, that differs least. */
static struct counted *closest(struct side *s, const struct form *form, bool left, size_t *changes)
{
	struct form_change ignored[FORM_CHANGES_MAX];
	struct counted *found = NULL;

	for (size_t i = 0; i < s->count; i++) {
		struct counted *c = &s->forms[i];
		size_t n;

		if (c->form.type != form->type || (left && !c->left))
			continue;
		n = form_changes(form, &c->form, ignored);
		if (!found || n < *changes) {
			found = c;
			*changes = n;
		}
	}
	return found;
}

/* Records of equal form go together, whatever their order. */
static void take_equal(struct diff *d)
{
	for (size_t i = 0; i < d->old.count; i++)
		d->old.forms[i].left = d->old.forms[i].records;
	for (size_t k = 0; k < d->new.count; k++) {
		struct counted *b = &d->new.forms[k];

		b->left = b->records;
		for (size_t i = 0; i < d->old.count; i++) {
			struct counted *a = &d->old.forms[i];
			uint64_t n = a->left < b->left ? a->left : b->left;

			if (!form_equal(&a->form, &b->form))
				continue;
			a->left = d->sample ? 0 : a->left - n;
			b->left = d->sample ? 0 : b->left - n;
		}
	}
}

static void take_pair(struct diff *d, struct counted *a, struct counted *b)
{
	uint64_t n = a->left < b->left ? a->left : b->left;

	add_changes(d, a, b, n, true);
	a->left -= n;
	b->left -= n;
}

/* Of what is left, the pair with the fewest changes comes first. */
static bool take_closest(struct diff *d)
{
	struct counted *old = NULL, *new = NULL;
	size_t fewest = 0;

	for (size_t i = 0; i < d->old.count; i++) {
		struct counted *a = &d->old.forms[i];
		size_t n = 0;
		struct counted *b = a->left ? closest(&d->new, &a->form, true, &n) : NULL;

		if (b && (!old || n < fewest)) {
			old = a;
			new = b;
			fewest = n;
		}
	}
	if (old)
		take_pair(d, old, new);
	return old != NULL;
}

static struct counted *first_left(struct side *s, bool unreadable_only)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->forms[i].left && (!unreadable_only || !s->forms[i].form.type))
			return &s->forms[i];
	return NULL;
}

/* What cannot be called a record was one of those that are missing. */
static bool take_unreadable(struct diff *d)
{
	struct counted *a = first_left(&d->old, false);
	struct counted *b = first_left(&d->new, true);

	if (!a || !b) {
		a = first_left(&d->old, true);
		b = first_left(&d->new, false);
	}
	if (!a || !b)
		return false;
	take_pair(d, a, b);
	return true;
}

static void take_rest(struct diff *d, struct side *s, bool added)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->forms[i].left)
			add_count(d, s->forms[i].form.type, &s->forms[i], added, s->forms[i].left);
}

static void compare_same_activity(struct diff *d)
{
	while (take_closest(d))
		;
	while (take_unreadable(d))
		;
	take_rest(d, &d->old, false);
	take_rest(d, &d->new, true);
}

/* Each form that only one capture has, against the closest of the other. */
static void compare_samples(struct diff *d)
{
	size_t n;

	for (size_t i = 0; i < d->new.count; i++) {
		struct counted *b = &d->new.forms[i];
		struct counted *a = b->left ? closest(&d->old, &b->form, false, &n) : NULL;

		if (a)
			add_changes(d, a, b, b->left, true);
		else if (b->left)
			add_count(d, b->form.type, b, true, b->left);
	}
	for (size_t i = 0; i < d->old.count; i++) {
		struct counted *a = &d->old.forms[i];
		struct counted *b = a->left ? closest(&d->new, &a->form, false, &n) : NULL;

		if (b)
			add_changes(d, a, b, a->left, false);
		else if (a->left)
			add_count(d, a->form.type, a, false, a->left);
	}
}

/* --- telling */

static const char *type_name(unsigned type)
{
	return type ? record_kind(type, RECORD_UNIX)->name : "unreadable";
}

static void print_difference(const struct diff *d, const struct difference *is)
{
	const struct side *side = is->new_line ? &d->new : &d->old;

	printf("%s:%llu: %s: ", side->name,
	       (unsigned long long)(is->new_line ? is->new_line : is->old_line), is->kind);
	if (!is->what)
		printf("%s record: %s, now %s", type_name(is->type), is->before, is->after);
	else if (is->type)
		printf("%s record, %s: %s", type_name(is->type), is->what, is->before);
	else
		printf("%s: %s", is->what, is->before);
	if (is->what)
		printf(" (%s:%llu), now %s; %llu record%s", d->old.name,
		       (unsigned long long)is->old_line, is->after, (unsigned long long)is->records,
		       is->records == 1 ? "" : "s");
	printf(" [%s]\n", is->requirement);
}

static void print_text(const struct diff *d)
{
	for (size_t i = 0; i < d->count; i++)
		print_difference(d, &d->differences[i]);
	if (d->count)
		printf("%zu difference%s", d->count, d->count == 1 ? "" : "s");
	else
		fputs("compatible", stdout);
	printf(": %llu records in %s, %llu in %s\n", (unsigned long long)d->old.records,
	       d->old.name, (unsigned long long)d->new.records, d->new.name);
}

/* A text that may hold whatever bytes a capture has. */
static json_t *text_json(const char *text)
{
	json_t *value = json_string(text);

	return value ? value : json_string("(not UTF-8)");
}

static json_t *difference_json(const struct difference *is)
{
	return json_pack("{ss, ss*, ss*, so, so, sI, sI, sI, ss}", "change", is->kind, "record",
			 !is->what || is->type ? type_name(is->type) : NULL, "what", is->what,
			 "old", text_json(is->before), "new", text_json(is->after), "records",
			 (json_int_t)is->records, "old_line", (json_int_t)is->old_line, "new_line",
			 (json_int_t)is->new_line, "requirement", is->requirement);
}

static json_t *side_json(const struct side *s)
{
	return json_pack("{so, sI}", "file", text_json(s->name), "records", (json_int_t)s->records);
}

static int print_json(const struct diff *d)
{
	json_t *list = json_array();
	json_t *root;
	int failed;

	for (size_t i = 0; i < d->count; i++)
		json_array_append_new(list, difference_json(&d->differences[i]));
	root = json_pack("{sb, so, so, so}", "compatible", d->count == 0, "old", side_json(&d->old),
			 "new", side_json(&d->new), "differences", list);
	failed = !root || json_dumpf(root, stdout, JSON_INDENT(1)) || putchar('\n') == EOF;
	json_decref(root);
	return failed;
}

/* --- the verb */

static const struct option long_options[] = {
	{"sample", no_argument, NULL, 's'},
	{"json", no_argument, NULL, 'j'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static int take_option(void *arg, int option)
{
	struct diff *d = arg;

	d->sample |= option == 's';
	d->json |= option == 'j';
	return 0;
}

/* Returns 0, 2 for wrong usage, or -1 when help was shown. */
static int parse_options(struct diff *d, int argc, char **argv)
{
	int status = verb_options(argc, argv, usage, long_options, take_option, d);

	if (status)
		return status;
	if (argc - optind != 2)
		return verb_refuse("diff: two captures, OLD and NEW: see conform diff --help");
	if (strcmp(argv[optind], "-") == 0 && strcmp(argv[optind + 1], "-") == 0)
		return verb_refuse("diff: only one of the captures can be standard input");
	return 0;
}

static int compare(struct diff *d, const char *old, const char *new)
{
	if (read_side(&d->old, old) || read_side(&d->new, new))
		return 2;
	take_equal(d);
	if (d->sample)
		compare_samples(d);
	else
		compare_same_activity(d);
	if (d->json ? print_json(d) : (print_text(d), 0))
		return verb_refuse("diff: no JSON could be made");
	if (fflush(stdout) || ferror(stdout))
		return verb_refuse("diff: standard output: %s", strerror(errno));
	return d->count ? 1 : 0;
}

int verb_diff(const struct suite *suite, int argc, char **argv)
{
	struct diff d = {0};
	int status = parse_options(&d, argc, argv);

	(void)suite;
	if (status)
		return status < 0 ? 0 : status;
	status = compare(&d, argv[optind], argv[optind + 1]);
	for (size_t i = 0; i < d.count; i++) {
		free((void *)d.differences[i].before);
		free((void *)d.differences[i].after);
	}
	free(d.differences);
	free(d.old.forms);
	free(d.new.forms);
	return status;
}
