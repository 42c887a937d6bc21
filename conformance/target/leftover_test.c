/* SPDX-License-Identifier: MIT */
/*
 * Tests of leftover.c: what a case left running is ended, found by its id and found in the list of
 * all processes. Nothing else ends it here: the case is gone, and its process knows no target.
 */
#include "conformance/target/leftover.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const ino_t children_of_ours[] = {0};

/* Returns the id of a case that has ended; *left is that of what it started, which goes on. */
static pid_t case_that_leaves(pid_t *left)
{
	pid_t pid;
	int told[2];

	assert_int_equal(pipe(told), 0);
	pid = fork();
	if (pid == 0) {
		pid = fork();
		if (pid == 0) {
			setsid();
			for (;;)
				pause();
		}
		_exit(write(told[1], &pid, sizeof(pid)) != sizeof(pid));
	}
	assert_true(pid > 0);
	assert_int_equal(read(told[0], left, sizeof(*left)), sizeof(*left));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(told[0]);
	close(told[1]);
	assert_int_equal(kill(*left, 0), 0);
	return pid;
}

static void assert_ended(pid_t left)
{
	bool ended = kill(left, 0) == -1 && errno == ESRCH;

	kill(left, SIGKILL); /* the test has failed, and leaves nothing itself */
	assert_true(ended);
}

static void found_by_id(void **state)
{
	pid_t left, first = case_that_leaves(&left);

	(void)state;
	leftover_end(children_of_ours, 1, first);
	assert_ended(left);
}

/* Ids have begun anew since the case, or it had too many. */
static void found_in_the_list(void **state)
{
	pid_t left;

	(void)state;
	case_that_leaves(&left);
	leftover_end(children_of_ours, 1, INT32_MAX);
	assert_ended(left);
}

/* Another mount namespace than ours: none of its business. */
static void others_go_on(void **state)
{
	static const ino_t nowhere[] = {1};
	pid_t left, first = case_that_leaves(&left);

	(void)state;
	leftover_end(nowhere, 1, first);
	leftover_end(nowhere, 1, INT32_MAX);
	assert_int_equal(kill(left, 0), 0);
	kill(left, SIGKILL);
	assert_int_equal(waitpid(left, NULL, 0), left);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_by_id),
		cmocka_unit_test(found_in_the_list),
		cmocka_unit_test(others_go_on),
	};

	leftover_adopt();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
