/* SPDX-License-Identifier: MIT */
/*
 * The local target's parts, for each other only: processes, initial state, parked callers. Cases
 * and runner see target.h alone.
 */
#ifndef CONFORMANCE_TARGET_LOCAL_H
#define CONFORMANCE_TARGET_LOCAL_H

#include "conformance/target/target.h"

#define NS_A_SECOND         (INT64_C(1000) * 1000 * 1000)
#define LOCAL_PROCESSES_MAX 256
#define LOCAL_PARKED_MAX    256
#define LOCAL_MOUNTS_MAX    8
#define LOCAL_USERS_FILE    "/etc/passwd"

struct local;

/* A started command. */
struct target_process {
	pid_t pid;
	char *command;
	int out_fd; /* -1: at its end */
	int err_fd;
	int pid_fd;
	bool ended;
	int wait_status;
	struct strbuf out;
	struct strbuf err;
	struct strbuf both; /* in the order read */
	int terminal_fd;    /* the harness's end, -1: it has none */
	int terminal_far;   /* the other end, open so that nothing is lost */
	struct strbuf shown;
	size_t answered;      /* bytes of it that were there when the last line was typed */
	struct strbuf typing; /* lines, one after the other */
	size_t typed;         /* bytes of them */
	int64_t look_ns;      /* how soon the terminal is looked at again */
};

struct target_parked {
	pid_t pid;
	pid_t parent; /* of its own, 0: none */
	enum parked_in in;
	bool compat;
	unsigned threads;
	int result_fd;                 /* the parked process writes the outcome of its call there */
	char path[100];                /* of the FIFO or socket; fits a socket address */
	char program[TARGET_PATH_MAX]; /* made for it, removed at the end; "" when none */
};

/* Another host: the namespaces of a process that does nothing but keep them. */
struct local_host {
	char name[64];
	pid_t keeper;
	int spaces[3];   /* network, host name, mounts: what a process there is put into */
	char uplink[16]; /* the own end of the line to it */
};

struct local {
	struct target base;
	char folder[64]; /* of this case, for FIFOs and the like; removed at the end */
	struct target_process *processes[LOCAL_PROCESSES_MAX];
	size_t process_count;
	struct target_parked *parked[LOCAL_PARKED_MAX];
	size_t parked_count;
	char *mounts[LOCAL_MOUNTS_MAX]; /* of fillfs */
	size_t mount_count;
	struct local_host hosts[TARGET_HOSTS_MAX];
	size_t host_count;
};

/* Notes what went wrong and returns -error. error is an errno value. */
__attribute__((format(printf, 3, 4))) int local_failed(struct target *t, int error,
						       const char *format, ...);

/* Goes on in a child that is killed at its n-th step that may change something outside it; the
 * caller stays behind, watches, and ends as it ended. Returns in the child alone, or a negated
 * errno value. fail_fd is left to the child. */
int local_dies_at(unsigned step, int fail_fd);

/* local_process.c */
int local_start(struct target *t, const struct run_options *o, const char *const *words,
		struct target_process **out);
int local_wait(struct target *t, struct target_process *p, int deadline_s, struct result *out);
int local_step(struct target *t, int64_t max_ns);
pid_t local_pid(struct target *t, const struct target_process *p);
const char *local_output(struct target *t, const struct target_process *p);
const char *local_shown(struct target *t, const struct target_process *p);
int local_type(struct target *t, struct target_process *p, const char *lines);
void local_process_close(struct target_process *p);
/* Runs a tool of the harness; 0 when it ended with status 0. */
int local_tool(struct target *t, const char *const *words);
int64_t local_now_ns(struct target *t);
/* fork(), with a given PID when pid is not 0: -EEXIST when another process has it. */
pid_t local_fork(pid_t pid);
/* Becomes a user in the calling process, which has to be root. Returns 0 or -errno. */
int local_become(const char *user);

/* Runs the command line of a key of [target] by the shell, if the profile has it: "setup" before
 * the first case, "reload" after one that unloads, "after_case" after each. 0, or -1 with why[]. */
int local_set_up(const struct profile *profile, const char *key, char *why, size_t bytes);

/* local_state.c: gives this process copies of the state folders of the profile that nobody else
 * sees and that vanish with it. */
int local_state_enter(struct target *t, const char *folders);
/* Reads the state folders of the profile: what processes forked from now on enter, whatever becomes
 * of them. 0, or -errno with why[]. */
int local_state_remember(const struct profile *profile, char *why, size_t bytes);
/* Covers the folders with copies in memory of what is in them now. */
int local_state_cover(struct target *t, const char *folders);
/* Covers one folder, made if need be, with a copy of it in memory. Returns 0 or -errno. */
int local_cover(const char *path);

/* local_host.c */
int local_host_add(struct target *t, const char *name);
int local_host_cut(struct target *t, const char *name);
int local_host_line(struct target *t, const char *name, const struct line_options *o);

/* local_line.c */
/* Has the kernel treat what an interface of the calling process's network sends. 0 or -errno. */
int local_line_spoil(const char *interface, const struct line_options *o);
int local_connect_silent(struct target *t, const char *host, uint16_t port, unsigned count);
/* Puts the calling process onto a host. Returns 0 or -errno. */
int local_host_enter(const struct local_host *host);
const struct local_host *local_host_find(const struct local *l, const char *name);
void local_hosts_close(struct local *l);

/* park.c */
int local_park(struct target *t, const struct park_options *o, struct target_parked **out);
pid_t local_parked_pid(struct target *t, const struct target_parked *p);
pid_t local_parked_ppid(struct target *t, const struct target_parked *p);
int local_parked_call(struct target *t, const struct target_parked *p);
bool local_parked_inside(struct target *t, const struct target_parked *p);
int local_unpark(struct target *t, struct target_parked *p);
void local_parked_close(struct target_parked *p);
/* What a parked process runs instead of main(): never returns when argv is that of one. */
void park_main(int argc, char **argv);

#endif
