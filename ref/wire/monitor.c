/* SPDX-License-Identifier: MIT */
/*
 * audomon's account of itself as JSON; see monitor.h. What follows from other values (percentages)
 * is written for those who read the JSON, and not read back.
 */
#include "ref/wire/monitor.h"
#include "ref/store/file.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define ASK      "status"
#define ASK_NS   (10 * NS_PER_S)
#define SETTINGS "{s:i, s:i, s:I, s:I, s:s, s:s}"
#define SYSTEM   "{s:I, s:I, s:I, s:i, s:i}"
#define OBJECT   "{s:i, s:s, s:o, s:o, s:s, s:o, s:b, s:b, s:b, s:I, s:I, s:I, s:I, s:o, s:o}"

static const char *const auditing_names[] = {
	[MONITOR_OFF] = "off",
	[MONITOR_ON] = "on",
	[MONITOR_UNKNOWN] = "unknown",
};

static json_int_t whole(uint64_t value)
{
	return value > INT64_MAX ? INT64_MAX : (json_int_t)value;
}

static json_t *pack_settings(const struct monitor_status *s)
{
	return json_pack(SETTINGS, "fss_percent", (int)s->settings.fss_percent, "warning_percent",
			 (int)s->settings.warning_percent, "sp_freq_ms", whole(s->settings.sp_ms),
			 "switch_free_kb", (json_int_t)s->settings.switch_free_kb, "output",
			 s->output, "task", s->task);
}

static json_t *pack_trail(const struct monitor_status *s)
{
	if (!*s->trail)
		return json_null();
	return json_pack("{s:s, s:I, s:I, s:I}", "path", s->trail, "size_bytes",
			 whole(s->facts.size_bytes), "switch_kb", whole(s->facts.afs_kb),
			 "used_percent", whole(overflow_size_percent(&s->facts)));
}

static json_t *pack_system(const struct monitor_status *s)
{
	if (!*s->trail)
		return json_null();
	return json_pack(SYSTEM, "blocks", whole(s->facts.blocks), "free", whole(s->facts.free),
			 "available", whole(s->facts.available), "used_percent",
			 (int)overflow_used_percent(&s->facts), "switch_percent",
			 100 - (int)s->settings.fss_percent);
}

static json_t *pack_switch(const struct monitor_status *s)
{
	if (!s->last_switch.at_s)
		return json_null();
	return json_pack("{s:I, s:s, s:s, s:b, s:b}", "at_s", (json_int_t)s->last_switch.at_s,
			 "from", s->last_switch.from, "to", s->last_switch.to, "for_size",
			 !!(s->last_switch.causes & OVERFLOW_SIZE), "for_space",
			 !!(s->last_switch.causes & OVERFLOW_SPACE));
}

char *monitor_write(const struct monitor_status *s)
{
	json_t *object = json_pack(
		OBJECT, "pid", (int)s->pid, "auditing", auditing_names[s->auditing], "settings",
		pack_settings(s), "trail", pack_trail(s), "next_trail", s->next, "file_system",
		pack_system(s), "warns_of_size", !!(s->warn_of & OVERFLOW_SIZE), "warns_of_space",
		!!(s->warn_of & OVERFLOW_SPACE), "held", s->held, "last_wake_up_s",
		(json_int_t)s->last_wake_up_s, "next_wake_up_s", (json_int_t)s->next_wake_up_s,
		"switches", (json_int_t)s->switches, "failed_switches",
		(json_int_t)s->failed_switches, "last_switch", pack_switch(s), "tasks",
		json_pack("{s:i, s:i}", "running", (int)s->task_pid, "waiting",
			  (int)s->tasks_waiting));
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	return text;
}

/* The parts of the object, borrowed from it. */
struct parts {
	json_t *settings;
	json_t *trail;
	json_t *system;
	json_t *last_switch;
	json_t *tasks;
};

static bool copy(char *out, size_t bytes, const char *text)
{
	size_t n = strlen(text);

	if (n >= bytes)
		return false;
	memcpy(out, text, n + 1);
	return true;
}

static bool read_top(json_t *object, struct monitor_status *s, struct parts *parts)
{
	json_int_t switches;
	json_int_t failed;
	json_int_t last;
	json_int_t next_at;
	const char *auditing;
	const char *next;
	int pid;
	int size;
	int space;
	int held;

	if (json_unpack_ex(object, NULL, JSON_STRICT, OBJECT, "pid", &pid, "auditing", &auditing,
			   "settings", &parts->settings, "trail", &parts->trail, "next_trail",
			   &next, "file_system", &parts->system, "warns_of_size", &size,
			   "warns_of_space", &space, "held", &held, "last_wake_up_s", &last,
			   "next_wake_up_s", &next_at, "switches", &switches, "failed_switches",
			   &failed, "last_switch", &parts->last_switch, "tasks", &parts->tasks))
		return false;
	s->pid = pid;
	s->warn_of = (size ? OVERFLOW_SIZE : 0u) | (space ? OVERFLOW_SPACE : 0u);
	s->held = held;
	s->last_wake_up_s = last;
	s->next_wake_up_s = next_at;
	s->switches = (uint32_t)switches;
	s->failed_switches = (uint32_t)failed;
	for (s->auditing = MONITOR_OFF; s->auditing <= MONITOR_UNKNOWN; s->auditing++) {
		if (!strcmp(auditing, auditing_names[s->auditing]))
			return copy(s->next, sizeof(s->next), next);
	}
	return false;
}

static bool read_settings(json_t *object, struct monitor_status *s)
{
	const char *output;
	const char *task;
	json_int_t sp_ms;
	json_int_t kb;
	int fss;
	int warning;

	if (json_unpack_ex(object, NULL, JSON_STRICT, SETTINGS, "fss_percent", &fss,
			   "warning_percent", &warning, "sp_freq_ms", &sp_ms, "switch_free_kb", &kb,
			   "output", &output, "task", &task) ||
	    fss < 0 || fss > 100 || warning < 0 || warning > 100 || sp_ms < 1 || kb < 0 ||
	    kb > UINT32_MAX)
		return false;
	s->settings = (struct overflow_settings){.fss_percent = (unsigned)fss,
						 .warning_percent = (unsigned)warning,
						 .sp_ms = (uint64_t)sp_ms,
						 .switch_free_kb = (uint32_t)kb};
	return copy(s->output, sizeof(s->output), output) && copy(s->task, sizeof(s->task), task);
}

static bool read_trail(json_t *trail, json_t *system, struct monitor_status *s)
{
	const char *path;
	json_int_t size;
	json_int_t kb;
	json_int_t blocks;
	json_int_t free_blocks;
	json_int_t available;

	if (json_is_null(trail) && json_is_null(system))
		return true;
	if (json_unpack(trail, "{s:s, s:I, s:I}", "path", &path, "size_bytes", &size, "switch_kb",
			&kb) ||
	    json_unpack(system, "{s:I, s:I, s:I}", "blocks", &blocks, "free", &free_blocks,
			"available", &available))
		return false;
	s->facts = (struct overflow_facts){
		.size_bytes = (uint64_t)size,
		.afs_kb = (uint64_t)kb,
		.blocks = (uint64_t)blocks,
		.free = (uint64_t)free_blocks,
		.available = (uint64_t)available,
	};
	return copy(s->trail, sizeof(s->trail), path);
}

static bool read_switch(json_t *object, struct monitor_status *s)
{
	const char *from;
	const char *to;
	json_int_t at;
	int size;
	int space;

	if (json_is_null(object))
		return true;
	if (json_unpack_ex(object, NULL, JSON_STRICT, "{s:I, s:s, s:s, s:b, s:b}", "at_s", &at,
			   "from", &from, "to", &to, "for_size", &size, "for_space", &space))
		return false;
	s->last_switch.at_s = at;
	s->last_switch.causes = (size ? OVERFLOW_SIZE : 0u) | (space ? OVERFLOW_SPACE : 0u);
	return copy(s->last_switch.from, sizeof(s->last_switch.from), from) &&
	       copy(s->last_switch.to, sizeof(s->last_switch.to), to);
}

static bool read_tasks(json_t *object, struct monitor_status *s)
{
	int running;
	int waiting;

	if (json_unpack_ex(object, NULL, JSON_STRICT, "{s:i, s:i}", "running", &running, "waiting",
			   &waiting) ||
	    running < 0 || waiting < 0)
		return false;
	s->task_pid = running;
	s->tasks_waiting = (unsigned)waiting;
	return true;
}

int monitor_read(const char *text, size_t bytes, struct monitor_status *out)
{
	json_t *object = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, NULL);
	struct parts parts;
	bool good;

	memset(out, 0, sizeof(*out));
	good = object && read_top(object, out, &parts) && read_settings(parts.settings, out) &&
	       read_trail(parts.trail, parts.system, out) && read_switch(parts.last_switch, out) &&
	       read_tasks(parts.tasks, out);
	json_decref(object);
	return good ? 0 : -EBADMSG;
}

int monitor_ask(struct platform *p, char **text, struct monitor_status *out)
{
	char path[PLATFORM_PATH_MAX];
	ssize_t n = path_installed(p, MONITOR_SOCKET, path);

	*text = calloc(1, PLATFORM_MESSAGE_MAX + 1);
	if (!n && !*text)
		n = -ENOMEM;
	if (!n)
		n = p->ops->request(p, path, ASK, strlen(ASK), *text, PLATFORM_MESSAGE_MAX, ASK_NS);
	if (n > 0 && !strcmp(*text, MONITOR_REFUSED))
		n = -EACCES;
	if (n > 0)
		n = monitor_read(*text, (size_t)n, out);
	if (n < 0) {
		free(*text);
		*text = NULL;
	}
	return (int)n;
}
