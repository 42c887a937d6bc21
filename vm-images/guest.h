/* SPDX-License-Identifier: MIT */
/*
 * Scripted QEMU guests: a description (vm-images/guests/NAME.ini) is built once from Debian
 * packages, then run as often as wanted, each time from a fresh root in memory, with one command
 * inside and one verdict outside. Nothing here knows what is tested. The far end of the results
 * port is init.c; what the two say to each other is in protocol.h.
 */
#ifndef VM_IMAGES_GUEST_H
#define VM_IMAGES_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Why something was refused or failed: one line without a newline, ready for "PROGRAM: TEXT". */
struct guest_error {
	char text[512];
};

/* How a run ended, worst first where two apply. */
enum guest_verdict {
	GUEST_PASS,  /* the command ended with status 0 */
	GUEST_FAIL,  /* the command ended with another status, or was killed by a signal */
	GUEST_PANIC, /* the kernel panicked; an oops, a warning and a hung task are panics here */
	GUEST_TAINT, /* the kernel ended with a taint bit that is not allowed */
	GUEST_HANG,  /* neither port said anything for too long */
	GUEST_LIVELOCK,       /* there was output, but no progress for too long */
	GUEST_INFRASTRUCTURE, /* QEMU is missing or died, the guest did not boot or broke the
				 protocol */
};

enum guest_accel {
	GUEST_ACCEL_AUTO, /* KVM if it has been proved to work on this machine, else TCG */
	GUEST_ACCEL_TCG,
	GUEST_ACCEL_KVM,
};

/* What the command wrote to. */
enum guest_stream { GUEST_OUT, GUEST_ERR };

/* A file or folder of the host (programs with the libraries they link to) and where it goes in the
 * guest. */
struct guest_file {
	const char *host;
	const char *guest;
};

/* Taint bits an out-of-tree, unsigned module sets, and those alone: O and E. */
#define GUEST_TAINT_MODULE (1UL << 12 | 1UL << 13)

/*
 * What to run and who is told. All zero but `command` is a usable default. Strings belong to the
 * caller and are needed during the call only. Times are in seconds on a machine with KVM; under
 * emulation they are multiplied by guest_scale().
 */
struct guest_run {
	const char *const *command;     /* argv, ends with NULL; looked up in the guest's PATH */
	const char *const *environment; /* NAME=VALUE, ends with NULL; may be NULL */
	const struct guest_file *files; /* laid into the root, in order */
	size_t files_n;
	const char *const *overlays; /* folders laid over the root after the files; ends with NULL;
					may be NULL */

	enum guest_accel accel;
	unsigned int cpus; /* 0 is 1; more than 1 excludes icount */
	bool icount; /* virtual time: one nanosecond an instruction, jumping whenever the guest
			idles */
	unsigned int icount_shift; /* 2 to the power of this many nanoseconds instead, 10 at most: a
				      slow processor, which works less while the kernel waits */
	const char *rtc_base; /* the guest's clock starts here, UTC, "2026-01-31T12:00:00"; NULL is
				 now */
	const char *hostname; /* NULL: "guest" */
	pid_t last_pid;       /* the command gets the PID after this one; 0: as it comes */
	bool interactive; /* the console is this process's terminal, the command a session on it */

	unsigned int boot_s;     /* until the command begins; 0 is 15 */
	unsigned int deadline_s; /* for the whole run; 0 is 300 */
	unsigned int hang_s;     /* for silence; 0 is 30 */
	unsigned int progress_s; /* from one progress mark (/run/guest.mark) to the next; 0: none
				    wanted */
	unsigned long taint;     /* taint bits allowed; 0 is GUEST_TAINT_MODULE */

	/* Each may be NULL. Text is not terminated where a length is given, and is valid during the
	 * call only. */
	void (*output)(void *context, enum guest_stream stream, const char *data, size_t len);
	void (*line)(void *context, enum guest_stream stream,
		     const char *line); /* without its newline */
	void (*console)(void *context, const char *line);
	void (*mark)(void *context, const char *text);
	void *context;
};

struct guest_result {
	enum guest_verdict verdict;
	int status; /* of the command, 128 + N after signal N; -1 where it did not end */
	unsigned long taint;
	enum guest_accel accel; /* TCG or KVM: what it ran under */
	unsigned int boot_ms;   /* wall clock from the start of QEMU to the start of the command */
	unsigned int run_ms;    /* and to the end of QEMU */
	char reason[256];       /* one line: why the verdict is not pass; empty if it is */
};

struct guest;

/*
 * Reads the description of the guest NAME, which is a name in vm-images/guests/ or a path of an INI
 * file. Returns it, to be released with guest_free(), or NULL.
 */
struct guest *guest_load(const char *name, struct guest_error *error);
void guest_free(struct guest *guest);

/* Calls `each` with the name of every guest in vm-images/guests/, sorted. Returns 0, or -1. */
int guest_list(void (*each)(void *context, const char *name), void *context,
	       struct guest_error *error);

/*
 * Fetches and unpacks the guest's packages into build/guest/NAME/ unless that was done before; then
 * it is quick, and offline. Two processes at once are fine. Returns 0, or -1.
 */
int guest_build(struct guest *guest, struct guest_error *error);

/* The folder to build kernel modules against (make -C); NULL before the guest was built. Belongs to
 * the guest. */
const char *guest_kdir(const struct guest *guest);

/*
 * Builds the guest if need be, boots it, runs the command, waits for its end. Returns 0 with the
 * verdict in *result, GUEST_INFRASTRUCTURE included, or -1 where nothing could be started because
 * of what the caller asked for (a file that does not exist, options that exclude each other).
 */
int guest_run(struct guest *guest, const struct guest_run *run, struct guest_result *result,
	      struct guest_error *error);

/*
 * The accelerator guest_run() chooses by itself, proved by booting this guest under KVM once; the
 * verdict is kept in build/guest/accel. `reason`, if not NULL, gets one line that says why. Never
 * GUEST_ACCEL_AUTO.
 */
enum guest_accel guest_prove_accel(struct guest *guest, char reason[256]);

/* What deadlines are multiplied with: 1 under KVM, more under emulation. */
unsigned int guest_scale(enum guest_accel accel, bool icount);

const char *guest_verdict_name(enum guest_verdict verdict);
const char *guest_accel_name(enum guest_accel accel);

#endif
