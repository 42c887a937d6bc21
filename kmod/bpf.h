/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BPF programs that do nothing, for the battery and the cost program. Descriptors are the caller's to
 * close; -1: failed, with errno set.
 *
 * Not for: the extension itself.
 */
#ifndef KMOD_BPF_H
#define KMOD_BPF_H

/* The number of a function of the kernel in its own description of types. 0: not there. */
unsigned int bpf_function(const char *name);

/* Loads a program of a BPF_PROG_TYPE_; attach and function as that type wants them, or 0. */
int bpf_load(unsigned int type, unsigned int attach, unsigned int function);

/* Loads a program for the entry of a function of a system call, which copies from the user's address
 * that stands in the call's registers, so many bytes behind their beginning: where that page is not
 * there, it sleeps until it comes.
 */
int bpf_load_sleeping(unsigned int function, unsigned int pointer_at);

/* Takes the program, or -1 from bpf_load(); without a tracepoint's name it goes where it was loaded
 * for. It stays there until the descriptor is closed.
 */
int bpf_attach(int program, const char *tracepoint);

/* How often it has run. */
long long bpf_runs(int program);

#endif
