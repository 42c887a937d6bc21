/* SPDX-License-Identifier: MIT */
/*
 * What audomon takes from /etc/rc.config.d/auditing. Not for: what the settings bring about at a
 * switch (switch.c).
 */
#include "conformance/cases/trails.h"

static void configure(struct target *t, const char *text)
{
	dir_make(t, "/etc/rc.config.d");
	file_write(t, RC_CONFIG, text);
}

/* audomon/config/19, 20: the releases and the forms of the time there are. */
CASE(known_values, REQUIREMENTS("audomon/config/19", "audomon/config/20"))
{
	static const char *const settings[] = {
		"RELEASE=11.31\n",
		"RELEASE=11.23\n",
		"RELEASE=11.11\n",
		"RELEASE=10.20\n",
		"TRAIL_STAMP=yyyymmddHHMM\n",
		"TRAIL_STAMP=yyyymmdd_HHMM\n",
		"RELEASE=\"11.31\"\n",
		"",
	};

	auditing_on(t);
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		configure(t, settings[i]);
		one_look(t, "-t", "1");
	}
}

/* audomon/config/21: a missing file counts as an empty one: 11.31, which makes a new trail. */
CASE(missing, REQUIREMENTS("audomon/config/21", "audomon/config/19"))
{
	file_remove(t, RC_CONFIG);
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	assert_int_equal(text_match_count(one_look(t, "-t", "1"), "^audomon: switched from "), 1);
}

/* audomon/config/21: a malformed setting ends audomon with exit 2, naming file, line and reason. */
CASE(malformed, REQUIREMENTS("audomon/config/21"))
{
	const struct result *r;

	configure(t, "# auditing\nAUDITING=1\n\nPRI_SWITCH=1000\nRELEASE=12\n");
	r = run(t, "audomon", "-o", MESSAGES);
	assert_exit(r, 2);
	assert_err(r, "");
	assert_out(r,
		   "audomon: " RC_CONFIG ":5: RELEASE=12: must be 11.31, 11.23, 11.11 or 10.20\n");
	configure(t, "TRAIL_STAMP=hhmm\n");
	r = run(t, "audomon", "-o", MESSAGES);
	assert_exit(r, 2);
	assert_out(r, "audomon: " RC_CONFIG
		      ":1: TRAIL_STAMP=hhmm: must be yyyymmddHHMM or yyyymmdd_HHMM\n");
	assert_false(file_exists(t, PID_FILE));
}
