/* SPDX-License-Identifier: MIT */
/*
 * A target profile: an INI file that says how the system under test is reached, what its commands
 * are called, what the harness may do there and what is known to fail.
 *
 *	[target]        name inherits transport brand level; state: folders every case finds as they
 *	                were; of guests: guest icount rtc hang_s progress_s jobs, setup: a shell
 *	                command before the first case
 *	                over ssh (target/ssh.h): host port user identity ssh ssh_options before_case
 *	[files]         path on the target = file of the project to put there; {guest} in it stands
 *	                for the guest's name
 *	[commands]      plain name = command with perhaps leading words, or "none"
 *	[capabilities]  root fill clock ... = yes | no
 *	[expect-fail]   case or requirement id (or glob) = reason
 *
 * Not for: acting on any of it (target/).
 */
#ifndef CONFORMANCE_PROFILE_H
#define CONFORMANCE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define PROFILE_ENTRIES_MAX  512
#define PROFILE_INHERITS_MAX 8 /* profiles in a chain */

enum transport {
	TRANSPORT_LOCAL, /* on this machine */
	TRANSPORT_GUEST, /* inside a QEMU guest */
	TRANSPORT_SIM,   /* simulated, in this process */
	TRANSPORT_SSH,   /* at the far end of a connection */
};

struct profile_entry {
	char *section;
	char *key;
	char *value;
};

struct profile {
	const char *name; /* [target] name, else the file's name without .ini */
	enum transport transport;
	unsigned capabilities; /* enum capability of target.h */
	bool has_level;        /* [target] level was given: the default of --level */
	int level;             /* enum spec_level */
	struct profile_entry *entries;
	size_t count;
	char *default_name;
};

/*
 * Loads NAME (a profile of the folder conformance/targets) or a file (anything with a '/' or ending
 * in .ini), then applies settings of the form section.key=value. Returns 0; otherwise why[] says in
 * one line what is wrong and where, and nothing needs freeing.
 */
int profile_load(struct profile *p, const char *folder, const char *name,
		 const char *const *settings, size_t setting_count, char *why, size_t bytes);
void profile_free(struct profile *p);

/* The value of a key, or NULL. */
const char *profile_get(const struct profile *p, const char *section, const char *key);
/* What a plain command name stands for; NULL: not listed; "none": the target has no such command.
 */
const char *profile_command(const struct profile *p, const char *name);
/* Why a case is known to fail: an [expect-fail] glob matches its id or one of its requirements;
 * NULL when none does. requirements ends with NULL. */
const char *profile_expected_failure(const struct profile *p, const char *case_id,
				     const char *const *requirements);
/* Writes the profile with everything inherited and set resolved. */
int profile_write(const struct profile *p, FILE *out);

#endif
