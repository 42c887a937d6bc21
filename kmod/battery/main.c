// SPDX-License-Identifier: GPL-2.0-only
/*
 * The proof of SEOS_syscall on a real kernel: parks processes in hooked calls and tries everything
 * that crashes other hook modules. Runs as root on a machine that may be lost; prints TAP; leaves
 * the module unloaded.
 *
 * Not for: what secons makes of it (conformance/), the unload decisions (ref/core/unload_test.c).
 *
 *   battery MODULE.ko BATTERY32 [CYCLES [MODULE-PARAMETERS [TEST]]]
 *
 * CYCLES, by default 50, is how often the module is loaded and unloaded under load. With TEST, only
 * that one is run, and others may use the machine: they are waited for, not taken for an error.
 */
#include "battery.h"

const char *module_path, *module_parameters, *battery32_path, *own_path, *only_test;
const char *skip_reason;
long cycles = 50;

static const struct test {
	const char *name;
	bool (*run)(void);
} tests[] = {
#define TEST(name) {#name, name},
	TESTS(TEST)
#undef TEST
};

/* Every test begins with the module loaded, active, its monitor on, and nobody inside. */
static bool set_up(void)
{
	if (!module_loaded())
		CHECK(module_load() == 0);
	if (device < 0)
		device = device_open();
	CHECK(device >= 0);
	if (status().state == SEOS_STATE_PREPARED)
		CHECK(ioctl(device, SEOS_IOC_CANCEL) == 0);
	CHECK(monitor(1) == 0);
	CHECK(only_test || WAIT_FOR(status().inside == 0));
	return true;
}

static bool tear_down(void)
{
	CHECK(prepare(DEADLINE_NS, NULL) == 0);
	device_close();
	CHECK(module_remove() == 0);
	return true;
}

static bool cycles_parse(const char *text)
{
	char *end;

	errno = 0;
	cycles = strtol(text, &end, 10);
	return !errno && end != text && !*end && cycles > 0 && cycles <= 1000000;
}

/* Returns how many failed. */
static unsigned int run_tests(void)
{
	const unsigned int count = sizeof(tests) / sizeof(tests[0]);
	unsigned int number = 0, failed = 0;

	printf("TAP version 14\n1..%u\n", only_test ? 1 : count);
	for (unsigned int i = 0; i < count; i++) {
		bool passed;

		if (only_test && strcmp(only_test, tests[i].name))
			continue;
		skip_reason = NULL;
		passed = set_up() && tests[i].run();
		children_end();
		failed += !passed;
		printf("%sok %u - %s%s%s\n", passed ? "" : "not ", ++number, tests[i].name,
		       skip_reason ? " # SKIP " : "", skip_reason ? skip_reason : "");
	}
	return number ? failed : 1;
}

int main(int argc, char **argv)
{
	unsigned int failed;
	static char own[4096];

	if (argc < 3 || argc > 6 || (argc > 3 && !cycles_parse(argv[3]))) {
		fprintf(stderr, "usage: battery MODULE.ko BATTERY32 "
				"[CYCLES [MODULE-PARAMETERS [TEST]]]\n");
		return 2;
	}
	if (!realpath("/proc/self/exe", own)) {
		perror("battery: /proc/self/exe");
		return 2;
	}
	own_path = own;
	module_path = argv[1];
	battery32_path = argv[2];
	module_parameters = argc > 4 ? argv[4] : "";
	only_test = argc > 5 ? argv[5] : NULL;
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	if (!has_direct && strstr(module_parameters, "mechanism=direct")) {
		printf("TAP version 14\n1..0 # SKIP direct trampolines are for x86-64\n");
		return module_load() == -EINVAL ? 0 : 1;
	}
	failed = run_tests();
	if (!set_up() || !tear_down()) {
		printf("Bail out! the module does not go\n");
		return 1;
	}
	return failed ? 1 : 0;
}
