/* SPDX-License-Identifier: MIT */
/*
 * For unit tests: calls a verb as a user does, and catches what it says. Not for programs.
 */
#ifndef CONFORMANCE_SAID_H
#define CONFORMANCE_SAID_H

#include "conformance/strbuf.h"
#include "conformance/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAID_WORDS_MAX 32

static char said[1 << 18]; /* on standard output and standard error, by the last call */

/* words: the verb's, ending with NULL. Returns its exit status. */
static int said_by(int (*verb)(const struct suite *, int, char **), const struct suite *suite,
		   const char *const *words)
{
	FILE *caught = tmpfile();
	int kept[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
	char *argv[SAID_WORDS_MAX] = {0};
	int argc = 0, status;

	assert_non_null(caught);
	for (; words[argc]; argc++) {
		assert_true(argc < SAID_WORDS_MAX - 1);
		argv[argc] = memory_copied(words[argc], strlen(words[argc]));
	}
	fflush(NULL);
	dup2(fileno(caught), STDOUT_FILENO);
	dup2(fileno(caught), STDERR_FILENO);
	status = verb(suite, argc, argv);
	fflush(NULL);
	dup2(kept[0], STDOUT_FILENO);
	dup2(kept[1], STDERR_FILENO);
	close(kept[0]);
	close(kept[1]);
	rewind(caught);
	said[fread(said, 1, sizeof(said) - 1, caught)] = '\0';
	fclose(caught);
	while (argc)
		free(argv[--argc]);
	return status;
}

#endif
