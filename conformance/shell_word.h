/* SPDX-License-Identifier: MIT */
/*
 * Words and scripts as a shell reads them back: what keeps arguments arguments on their way through
 * one. Not for running anything.
 */
#ifndef CONFORMANCE_SHELL_WORD_H
#define CONFORMANCE_SHELL_WORD_H

#include "conformance/strbuf.h"

/* Adds a word for a POSIX shell, quoted where it has to be. */
void shell_add_word(struct strbuf *b, const char *word);

/*
 * Adds a command that runs a script of a POSIX shell, whatever shell reads the command: Bourne's, C
 * shell or another with single quotes. It has no character in it that any of them takes for more
 * than itself.
 */
void shell_add_script(struct strbuf *b, const char *script);

#endif
