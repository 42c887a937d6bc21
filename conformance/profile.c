/* SPDX-License-Identifier: MIT */
/*
 * Reads target profiles with inih: inheritance first, settings of the command line last. Every key
 * is checked, so that a misspelt capability does not silently skip half the suite.
 *
 * Not for: acting on any of it (target/).
 */
#include "conformance/profile.h"

#include "conformance/spec/spec.h"
#include "conformance/strbuf.h"
#include "conformance/target/target.h"

#include <errno.h>
#include <fnmatch.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const transports[] = {"local", "guest", "sim", "ssh"};
static const char *const target_keys[] = {
	"name",        "inherits", "transport",   "brand",      "level",       "state",
	"guest",       "icount",   "rtc",         "hang_s",     "progress_s",  "setup",
	"jobs",        "host",     "port",        "user",       "identity",    "ssh",
	"ssh_options", "reload",   "before_case", "after_case", "after_areas", "leap"};
static const char *const number_keys[] = {"hang_s", "progress_s", "jobs", "port"};
static const char *const capabilities[] = {"root",   "fill",  "clock",  "time",   "hooks", "hosts",
					   "reboot", "shell", "uptime", "logins", "days"};

/* As profiles are written: without blanks, so that a value can begin with a semicolon. */
#define ENTRY_FORMAT "%s=%s\n"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int name_index(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

unsigned capability_parse(const char *name)
{
	int i = name_index(capabilities, COUNT(capabilities), name);

	return i < 0 ? 0 : 1u << i;
}

const char *capability_name(unsigned bit)
{
	for (size_t i = 0; i < COUNT(capabilities); i++)
		if (bit == 1u << i)
			return capabilities[i];
	return NULL;
}

/* A file being read. */
struct reading {
	struct profile *profile;
	FILE *in;
	unsigned line;  /* the last one read */
	char *inherits; /* [target] inherits of this file */
	char *why;
	size_t bytes;
	bool failed;
	bool below; /* entries go below those already there: an inherited file */
};

__attribute__((format(printf, 2, 3))) static int refuse(struct reading *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->why, r->bytes, format, args);
	va_end(args);
	r->failed = true;
	return -1;
}

static int yes_or_no(const char *value)
{
	if (strcasecmp(value, "yes") == 0)
		return 1;
	return strcasecmp(value, "no") == 0 ? 0 : -1;
}

/* The name of a host or user: no option, no blank, nothing a configuration expands. */
static bool is_host_word(const char *value)
{
	return *value && *value != '-' &&
	       !value[strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-.:@+")];
}

static int check_target(struct reading *r, const char *key, const char *value)
{
	if (name_index(target_keys, COUNT(target_keys), key) < 0)
		return refuse(r, "[target] has no key \"%s\"", key);
	if (strcmp(key, "inherits") == 0)
		return refuse(r, "inherits can stand in a file only");
	if (strcmp(key, "transport") == 0 && name_index(transports, COUNT(transports), value) < 0)
		return refuse(r, "transport \"%s\" is not one of local, guest, sim, ssh", value);
	if (strcmp(key, "level") == 0 && spec_level_parse(value) < 0)
		return refuse(r, "level \"%s\" is not one of documented, inferred, chosen", value);
	if (strcmp(key, "icount") == 0 && yes_or_no(value) < 0)
		return refuse(r, "icount is \"%s\": yes or no", value);
	if (name_index(number_keys, COUNT(number_keys), key) >= 0 &&
	    (!*value || value[strspn(value, "0123456789")] || strlen(value) > 5))
		return refuse(r, "%s is \"%s\": a whole number", key, value);
	if ((strcmp(key, "host") == 0 || strcmp(key, "user") == 0) && !is_host_word(value))
		return refuse(r, "%s \"%s\" is no name", key, value);
	if (strcmp(key, "brand") == 0 && strcmp(value, "pamsc") != 0 && strcmp(value, "ac") != 0)
		return refuse(r, "brand \"%s\" is not one of pamsc, ac", value);
	return 0;
}

static int check_entry(struct reading *r, const char *section, const char *key, const char *value)
{
	if (strcmp(section, "target") == 0)
		return check_target(r, key, value);
	if (strcmp(section, "commands") == 0)
		return *value ? 0 : refuse(r, "command %s is empty (\"none\" means none)", key);
	if (strcmp(section, "capabilities") == 0) {
		if (!capability_parse(key))
			return refuse(r, "unknown capability \"%s\"", key);
		if (yes_or_no(value) < 0)
			return refuse(r, "capability %s is \"%s\": yes or no", key, value);
		return 0;
	}
	if (strcmp(section, "expect-fail") == 0)
		return *value ? 0
			      : refuse(r, "%s is expected to fail, but no reason is given", key);
	if (strcmp(section, "files") == 0)
		return *key == '/' ? 0 : refuse(r, "[files] %s is no absolute path", key);
	return refuse(r, "unknown section [%s]", section);
}

static struct profile_entry *find(const struct profile *p, const char *section, const char *key)
{
	for (size_t i = 0; i < p->count; i++)
		if (strcmp(p->entries[i].section, section) == 0 &&
		    strcmp(p->entries[i].key, key) == 0)
			return &p->entries[i];
	return NULL;
}

static int set_entry(struct reading *r, const char *section, const char *key, const char *value)
{
	struct profile *p = r->profile;
	struct profile_entry *entry = find(p, section, key);

	if (check_entry(r, section, key, value))
		return -1;
	if (entry) {
		if (r->below)
			return 0;
		free(entry->value);
		entry->value = memory_copied(value, strlen(value));
		return 0;
	}
	if (p->count == PROFILE_ENTRIES_MAX)
		return refuse(r, "more than %d entries", PROFILE_ENTRIES_MAX);
	p->entries = memory_resized(p->entries, p->count + 1, sizeof(*p->entries));
	p->entries[p->count++] = (struct profile_entry){
		.section = memory_copied(section, strlen(section)),
		.key = memory_copied(key, strlen(key)),
		.value = memory_copied(value, strlen(value)),
	};
	return 0;
}

/* inih's handler: 1 goes on, 0 is an error on that line. */
static int entry_read(void *user, const char *section, const char *key, const char *value)
{
	struct reading *r = user;

	if (strcmp(section, "target") == 0 && strcmp(key, "inherits") == 0) {
		free(r->inherits);
		r->inherits = memory_copied(value, strlen(value));
		return 1;
	}
	return set_entry(r, section, key, value) == 0;
}

/* inih's reader, as fgets. inih would take the rest of a long line, and an indented line, for more
 * of the setting before. */
static char *line_read(char *line, int room, void *stream)
{
	struct reading *r = stream;
	size_t bytes, blanks;

	/* What was refused is said with the line it stands on, so that no more is read. */
	if (r->failed || !fgets(line, room, r->in))
		return NULL;
	r->line++;
	bytes = strlen(line);
	if (!bytes || (line[bytes - 1] != '\n' && !feof(r->in))) {
		refuse(r, "not a line of less than %d bytes of text", room);
		return NULL;
	}
	blanks = strspn(line, " \t");
	memmove(line, line + blanks, bytes - blanks + 1);
	return line;
}

static char *profile_path(const char *folder, const char *name)
{
	size_t n = strlen(name);

	if (strchr(name, '/') || (n > 4 && strcmp(name + n - 4, ".ini") == 0))
		return memory_format("%s", name);
	return memory_format("%s/%s.ini", folder, name);
}

/* Reads one file; *inherits is the profile it builds on, to be freed, or NULL. */
static int read_file(struct profile *p, const char *path, bool below, char **inherits, char *why,
		     size_t bytes)
{
	char reason[256] = "";
	struct reading r = {.profile = p, .why = reason, .bytes = sizeof(reason), .below = below};
	unsigned line;

	*inherits = NULL;
	r.in = fopen(path, "re");
	if (!r.in) {
		snprintf(why, bytes, "%s: %s", path, strerror(errno));
		return -errno;
	}
	line = (unsigned)ini_parse_stream(line_read, &r, entry_read, &r);
	fclose(r.in);
	*inherits = r.inherits;
	if (line && (!r.failed || line < r.line))
		snprintf(why, bytes, "%s:%u: not a \"key = value\" line", path, line);
	else if (r.failed)
		snprintf(why, bytes, "%s:%u: %s", path, r.line, reason);
	return line || r.failed ? -EINVAL : 0;
}

static int read_chain(struct profile *p, const char *folder, const char *name, char *why,
		      size_t bytes)
{
	char *current = memory_format("%s", name);
	int error = 0;

	for (int depth = 0; current && !error; depth++) {
		char *path = profile_path(folder, current);
		char *parent = NULL;

		if (depth == PROFILE_INHERITS_MAX) {
			snprintf(why, bytes, "%s: inherits through more than %d profiles", path,
				 PROFILE_INHERITS_MAX);
			error = -ELOOP;
		} else {
			error = read_file(p, path, depth > 0, &parent, why, bytes);
		}
		free(path);
		free(current);
		current = parent;
	}
	free(current);
	return error;
}

/* A setting of the command line, and what inih makes of it as a line of a file. */
struct setting {
	const char *section, *key, *value;
	bool same;
};

static int setting_read(void *user, const char *section, const char *key, const char *value)
{
	struct setting *s = user;

	s->same = strcmp(section, s->section) == 0 && strcmp(key, s->key) == 0 &&
		  strcmp(value, s->value) == 0;
	return s->same;
}

/* Profiles travel as files, so a setting that would read as another one there is none. */
static bool stands_in_file(struct setting *s)
{
	char *text = memory_format("[%s]\n" ENTRY_FORMAT, s->section, s->key, s->value);
	bool stands = ini_parse_string(text, setting_read, s) == 0 && s->same;

	free(text);
	return stands;
}

static int apply_setting(struct profile *p, const char *setting, char *why, size_t bytes)
{
	char reason[256] = "write it section.key=value";
	struct reading r = {.profile = p, .why = reason, .bytes = sizeof(reason)};
	const char *equals = strchr(setting, '=');
	const char *dot = strchr(setting, '.');
	char *section, *key;
	int error = -1;

	if (equals && dot && dot < equals) {
		section = memory_copied(setting, (size_t)(dot - setting));
		key = memory_copied(dot + 1, (size_t)(equals - dot - 1));
		if (stands_in_file(&(struct setting){section, key, equals + 1, false}))
			error = set_entry(&r, section, key, equals + 1);
		else
			refuse(&r, "it could not stand in a profile");
		free(section);
		free(key);
	}
	if (error)
		snprintf(why, bytes, "--set %s: %s", setting, reason);
	return error ? -EINVAL : 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* What is derived from the entries. */
static int resolve(struct profile *p, const char *name, char *why, size_t bytes)
{
	const char *transport = profile_get(p, "target", "transport");
	const char *level = profile_get(p, "target", "level");
	const char *base = base_name(name);

	if (!transport) {
		snprintf(why, bytes, "%s: [target] transport is missing: local, guest, sim or ssh",
			 name);
		return -EINVAL;
	}
	p->transport = (enum transport)name_index(transports, COUNT(transports), transport);
	p->has_level = level != NULL;
	p->level = level ? spec_level_parse(level) : SPEC_DOCUMENTED;
	for (size_t i = 0; i < p->count; i++)
		if (strcmp(p->entries[i].section, "capabilities") == 0 &&
		    yes_or_no(p->entries[i].value) == 1)
			p->capabilities |= capability_parse(p->entries[i].key);
	p->default_name = memory_copied(base, strcspn(base, "."));
	p->name = profile_get(p, "target", "name");
	if (!p->name)
		p->name = p->default_name;
	return 0;
}

int profile_load(struct profile *p, const char *folder, const char *name,
		 const char *const *settings, size_t setting_count, char *why, size_t bytes)
{
	int error;

	*p = (struct profile){0};
	error = read_chain(p, folder, name, why, bytes);
	for (size_t i = 0; i < setting_count && !error; i++)
		error = apply_setting(p, settings[i], why, bytes);
	if (!error)
		error = resolve(p, name, why, bytes);
	if (error)
		profile_free(p);
	return error;
}

void profile_free(struct profile *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->entries[i].section);
		free(p->entries[i].key);
		free(p->entries[i].value);
	}
	free(p->entries);
	free(p->default_name);
	*p = (struct profile){0};
}

const char *profile_get(const struct profile *p, const char *section, const char *key)
{
	const struct profile_entry *entry = find(p, section, key);

	return entry ? entry->value : NULL;
}

const char *profile_command(const struct profile *p, const char *name)
{
	return profile_get(p, "commands", name);
}

const char *profile_expected_failure(const struct profile *p, const char *case_id,
				     const char *const *requirements)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct profile_entry *entry = &p->entries[i];

		if (strcmp(entry->section, "expect-fail") != 0)
			continue;
		if (fnmatch(entry->key, case_id, 0) == 0)
			return entry->value;
		for (const char *const *id = requirements; *id; id++)
			if (fnmatch(entry->key, *id, 0) == 0)
				return entry->value;
	}
	return NULL;
}

int profile_write(const struct profile *p, FILE *out)
{
	/* inih joins entries of a section that comes several times. */
	for (size_t i = 0; i < p->count; i++)
		if (fprintf(out, "[%s]\n" ENTRY_FORMAT, p->entries[i].section, p->entries[i].key,
			    p->entries[i].value) < 0)
			return -EIO;
	return 0;
}
