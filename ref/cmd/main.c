/* SPDX-License-Identifier: MIT */
/*
 * main() of every program of the reference on this machine. Compiled once a program, with PROGRAM
 * naming the struct program of ref/cmd/NAME.c; a simulated machine calls the same struct instead.
 */
#include "ref/platform/platform.h"

extern const struct program PROGRAM;

int main(int argc, char **argv)
{
	return linux_run(&PROGRAM, argc, argv);
}
