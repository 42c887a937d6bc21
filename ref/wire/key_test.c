/* SPDX-License-Identifier: MIT */
/*
 * Tests of key.c on a simulated machine: making, knowing, forgetting, and a list that is damaged.
 */
#include "ref/wire/key.h"
#include "sim/sim.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct sim *sim;
static struct platform *p;
static struct keys keys;

static int setup(void **state)
{
	(void)state;
	sim = sim_new(1, 1000000000);
	p = sim_root(sim);
	p->ops->mkdir(p, "/opt", 0755);
	p->ops->mkdir(p, "/opt/CA", 0755);
	p->ops->mkdir(p, PAMSC_DIR, 0755);
	p->ops->mkdir(p, PAMSC_DIR "/etc", 0755);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	key_free(&keys);
	sim_free(sim);
	return 0;
}

static void load(void)
{
	key_free(&keys);
	assert_int_equal(key_load(p, &keys), 0);
}

static void a_key_is_made_once(void **state)
{
	unsigned char own[PLATFORM_KEY_BYTES], again[PLATFORM_KEY_BYTES];
	struct platform_stat s;

	(void)state;
	assert_int_equal(key_load(p, &keys), -ENOENT);
	assert_int_equal(key_make(p, "host1", own), 0);
	assert_int_equal(p->ops->stat(p, KEY_PRIVATE, &s), 0);
	assert_int_equal(s.mode, 0600);
	load();
	assert_string_equal(keys.hosts, "");
	assert_int_equal(key_own(&keys, again), 0);
	assert_memory_equal(own, again, sizeof(own));
	assert_int_equal(key_make(p, "host1", again), -EEXIST);
	load();
	assert_int_equal(key_own(&keys, again), 0);
	assert_memory_equal(own, again, sizeof(own));
	keys.certificate[40] ^= 1;
	assert_int_equal(key_own(&keys, own), -EBADMSG);
}

static void keys_have_a_text(void **state)
{
	unsigned char key[PLATFORM_KEY_BYTES], back[PLATFORM_KEY_BYTES];
	char text[KEY_TEXT_MAX];

	(void)state;
	for (unsigned i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char)(i * 9);
	key_format(key, text);
	assert_int_equal(strlen(text), 64);
	assert_true(key_parse(text, back));
	assert_memory_equal(key, back, sizeof(key));
	text[3] = 'A';
	assert_true(key_parse(text, back));
	text[3] = 'g';
	assert_false(key_parse(text, back));
	text[3] = '\020';
	assert_false(key_parse(text, back));
	text[63] = '\0';
	assert_false(key_parse(text, back));
	assert_false(key_parse("", back));
}

static void hosts_are_known_and_forgotten(void **state)
{
	const unsigned char a[PLATFORM_KEY_BYTES] = {1}, b[PLATFORM_KEY_BYTES] = {2};
	unsigned char found[PLATFORM_KEY_BYTES];
	char host[PLATFORM_NAME_MAX];

	(void)state;
	assert_int_equal(key_make(p, "here", found), 0);
	assert_int_equal(key_forget(p, "host1"), -ENOENT);
	assert_int_equal(key_trust(p, "host1", a), 0);
	assert_int_equal(key_trust(p, "host2", b), 0);
	assert_int_equal(key_trust(p, "host3", b), -EEXIST); /* a key belongs to one name */
	load();
	assert_true(key_of_host(&keys, "HOST1", found));
	assert_memory_equal(found, a, sizeof(a));
	assert_true(key_host(&keys, b, host));
	assert_string_equal(host, "host2");
	assert_int_equal(key_forget(p, "Host2"), 0);
	assert_int_equal(key_trust(p, "host1", b), 0); /* a new key for a known host */
	load();
	assert_false(key_host(&keys, a, host));
	assert_true(key_host(&keys, b, host));
	assert_string_equal(host, "host1");
	assert_false(key_of_host(&keys, "host2", found));
	assert_false(key_of_host(&keys, "host", found));
}

static void lines_that_are_none_are_passed_over(void **state)
{
	static const char hex[] =
		"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20";
	unsigned char found[PLATFORM_KEY_BYTES];
	char text[1024];

	(void)state;
	assert_int_equal(key_make(p, "here", found), 0);
	snprintf(text, sizeof(text), "\nhost0\n %s\nhost1 %sx\nhost2  %s\n# %.20s\nhost3 %s", hex,
		 hex, hex, hex, hex);
	assert_int_equal(file_replace(p, KEY_HOSTS, text, strlen(text), 0600), 0);
	load();
	assert_false(key_of_host(&keys, "host0", found));
	assert_false(key_of_host(&keys, "", found));
	assert_false(key_of_host(&keys, "host1", found));
	assert_false(key_of_host(&keys, "host2", found));
	assert_true(key_of_host(&keys, "host3", found));
	assert_int_equal(found[31], 0x20);
	memset(found, 9, sizeof(found));
	assert_int_equal(key_trust(p, "host4", found), 0);
	load();
	assert_true(key_of_host(&keys, "host3", found));
	assert_true(key_of_host(&keys, "host4", found));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_key_is_made_once, setup, teardown),
		cmocka_unit_test(keys_have_a_text),
		cmocka_unit_test_setup_teardown(hosts_are_known_and_forgotten, setup, teardown),
		cmocka_unit_test_setup_teardown(lines_that_are_none_are_passed_over, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
