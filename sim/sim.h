/* SPDX-License-Identifier: MIT */
/*
 * A simulated machine that runs the programs of the reference in one process: virtual clock, files
 * and disks in memory, processes, messages, a kernel extension. Nothing in it sleeps or reads the
 * real clock, and a seed decides what real systems leave to chance, so a run is repeatable.
 * sim/platform.c gives each simulated process its struct platform.
 *
 * Not for: deciding anything about the programs (they are the same code as on a real machine), or
 * several machines in one network.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "fuse_fs/fill.h"
#include "ref/platform/platform.h"

#define SIM_OUTPUT_MAX (1u << 20) /* bytes kept of what one command prints, each of out and err */

struct sim;

/*
 * A machine that has just been started: root and the usual folders exist, wall clock at wall_s (UTC
 * is its time zone). Returns NULL without memory. sim_free() ends every process and frees
 * everything.
 */
struct sim *sim_new(uint64_t seed, int64_t wall_s);
void sim_free(struct sim *s);

/* Adds a user and a group of the same name and number; root (0) is there already. Returns 0 or a
 * negated errno value. */
int sim_user_add(struct sim *s, uid_t uid, const char *name);
/* 0, or -ENOENT: nobody has that name. */
int sim_user_find(const struct sim *s, const char *name, uid_t *uid);

/* A command to run. Zero is the default everywhere but in argv. */
struct sim_command {
	const char *const *argv; /* argv[0]: the last component of its path names the program */
	uid_t uid;
	pid_t pid;            /* wanted PID, 0: the next one */
	pid_t session;        /* PID of the session leader, 0: its own */
	int64_t session_s;    /* wall clock when that leader started, 0: now */
	const char *input;    /* text on standard input, NULL: none */
	const char *zone;     /* time zone as POSIX has it in TZ, NULL: UTC */
	const char *terminal; /* its /dev/tty: a file with all that is shown there; NULL: none */
	const char *root;     /* a folder that is / to it and what it starts; NULL: the machine's */
};

/* How a command ended. out and err are zero-terminated and freed by sim_result_free(). */
struct sim_result {
	bool done;  /* the rest is as it stays */
	int signal; /* that has ended it; 0: none */
	int status;
	char *out;
	char *err;
	size_t out_bytes;
	size_t err_bytes;
	pid_t serving; /* PID of a daemon in the foreground that goes on; 0: the command has ended
			*/
};

/*
 * Begins a command, which runs while time passes until it ends or, for a daemon, until it serves
 * (status: what the starting command would have returned); then its result, which has to stay where
 * it is, is done. Returns its PID, -ENOENT for an unknown program, -ENOMEM.
 */
pid_t sim_launch(struct sim *s, const struct sim_command *command, struct sim_result *out);
/* The same, and lets time pass until it is done. Returns 0 or an error. */
int sim_run(struct sim *s, const struct sim_command *command, struct sim_result *out);
void sim_result_free(struct sim_result *r);
/* Starts one that runs while time passes, with all its output in a file. Returns its PID, -ENOENT
 * or -ENOMEM; sim_process_ended() tells how it ended. */
pid_t sim_begin(struct sim *s, const struct sim_command *command, const char *output);

/*
 * Lets virtual time pass, running what falls due: sim_step() to the next event, but not beyond
 * until_ns of the boot clock, and returns whether there was one; sim_advance() for ns.
 */
bool sim_step(struct sim *s, int64_t until_ns);
void sim_advance(struct sim *s, int64_t ns);
int64_t sim_boot_ns(const struct sim *s);
int64_t sim_wall_ns(const struct sim *s);
void sim_wall_set(struct sim *s, int64_t wall_s);

/* A process of the machine by PID: whether it lives; sends a signal as root would. */
bool sim_process_lives(const struct sim *s, pid_t pid);
int sim_kill(struct sim *s, pid_t pid, int signal);
/* How an ended process ended, as wait() says it; -ESRCH when that is not remembered. */
int sim_process_ended(const struct sim *s, pid_t pid, int *wait_status);
/* PID of the living process that runs a program, 0 when there is none. */
pid_t sim_process_find(const struct sim *s, const char *program);
/* Whether it is a daemon past its start. */
bool sim_process_serves(const struct sim *s, pid_t pid);

/* Root's own view of the machine, for reading and writing its files; never ends. */
struct platform *sim_root(struct sim *s);
/* What root's view does not offer. A folder goes with everything in it. */
int sim_remove(struct sim *s, const char *path);
int sim_chmod(struct sim *s, const char *path, mode_t mode);

/*
 * Disks. sim_mount() adds one at a folder that exists: 1,000,000 free blocks of 4 KiB. sim_fill()
 * is fillctl for it: a command ("set", "free=200", ...) and its reply as fuse_fs/fill.h describes
 * them; returns the command's exit status, or -ENOENT where no disk is mounted.
 */
int sim_mount(struct sim *s, const char *path);
int sim_fill(struct sim *s, const char *path, int argc, const char *const argv[],
	     char reply[FILL_REPLY_MAX]);

/*
 * The network, on which the machine reaches itself by any name: of a thousand messages so many are
 * lost on their way, there and back, and so many questions arrive twice. At first none.
 */
void sim_network(struct sim *s, unsigned lost_permille, unsigned doubled_permille);

/* A machine with too much to do: of a thousand signals and starts so many take up to most_ns
 * longer. At first none. */
void sim_slow(struct sim *s, unsigned permille, int64_t most_ns);

/*
 * From now on what is not synced is not on the disk. A power cut ends every process as kill -9
 * would, and leaves of unsynced writes what the seed decides. Not while something runs.
 */
void sim_power(struct sim *s);
void sim_power_cut(struct sim *s);

/* Puts a process into a hooked call of the simulated kernel extension, which does not see it when
 * its hooks are off, or takes it out again. The PID is the next free one when call->pid is 0.
 * Returns it, or -ENOSPC. */
int sim_call_enter(struct sim *s, const struct platform_call *call, int64_t since_boot_ns);
void sim_call_leave(struct sim *s, pid_t pid);

/*
 * A process that goes on entering a hooked call, stays in it for at most inside_ns (1 or more; 0:
 * until it is moved out) and then away for at most outside_ns (1 or more), as the seed has it.
 * Returns its PID, or -ENOSPC; sim_call_leave() ends it.
 */
int sim_caller_add(struct sim *s, const struct platform_call *call, int64_t inside_ns,
		   int64_t outside_ns);

/* What has happened to the extension and never may, in words; NULL: nothing. A real kernel would
 * have crashed. */
const char *sim_kernel_fault(const struct sim *s);

/*
 * The simulated kernel extension sees an event of a class: to all readers of that class. Its kind
 * and content are taken, the rest is filled in. Returns 0, or -ENOSPC: a reader may not be woken.
 */
int sim_report(struct sim *s, enum platform_event_class class, const struct platform_event *event);

/*
 * An audited call that a process has made, with its result; the machine numbers it. Returns 1: it
 * is in a ring; 0: it is not audited; -ENOBUFS: it is lost; -EAGAIN: the caller waits, and the call
 * has not been made.
 */
int sim_audit_call(struct sim *s, const struct platform_audit_event *e);
/*
 * The same in two steps. Before the call its result does not count. Returns 1: it may be made, and
 * room is kept for its record; 0: it may be made; -EAGAIN: the caller waits. The end gets what the
 * beginning has returned, and returns 1, 0 or -ENOBUFS.
 */
int sim_audit_begin(struct sim *s, const struct platform_audit_event *e);
int sim_audit_end(struct sim *s, const struct platform_audit_event *e, bool kept);
/* The number of the next event at a source. */
uint64_t sim_audit_next(const struct sim *s, unsigned source);

/*
 * Kills the process that runs a program at its steps-th step from now that changes anything outside
 * it: kill -9 at that very place, a write half done. steps 0: calls it off. Returns how many steps
 * were left: 0 when it has happened.
 */
unsigned sim_die(struct sim *s, const char *program, unsigned steps);

#endif
