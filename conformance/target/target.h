/* SPDX-License-Identifier: MIT */
/*
 * The door from a case to the system under test. A case never touches a system itself: it asks a
 * struct target, so that one body runs on a real machine (local.c, also inside a guest), in the
 * simulator (sim.c) and at the far end of a connection.
 *
 * A target is opened in the process of one case, starts from the profile's initial state, and is
 * thrown away with everything the case did. Not for: what cases call (conformance/case.h), which
 * cases run (conformance/runner.h), or booting guests (guest.h).
 */
#ifndef CONFORMANCE_TARGET_TARGET_H
#define CONFORMANCE_TARGET_TARGET_H

#include "conformance/profile.h"
#include "conformance/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TARGET_OUTPUT_MAX (1 << 20)  /* bytes kept of each of standard output and error */
#define TARGET_FILE_MAX   (16 << 20) /* bytes of a file a case reads */
#define TARGET_ARGS_MAX   64         /* words of a command, terminating NULL included */
#define TARGET_PATH_MAX   1024
#define TARGET_HOSTS_MAX  16     /* beside the host under test */
#define TARGET_HOST_HERE  "here" /* name of the host under test, once there are others */

/* What the harness may do on a target; a case names what it needs. [capabilities] of a profile. */
enum capability {
	CAP_ROOT = 1 << 0,   /* act as root: other users, given PIDs, protected files */
	CAP_FILL = 1 << 1,   /* decide how full a file system is */
	CAP_CLOCK = 1 << 2,  /* set the wall clock */
	CAP_TIME = 1 << 3,   /* let hours pass in moments (virtual time) */
	CAP_HOOKS = 1 << 4,  /* kernel extension loaded; processes can be parked in hooked calls */
	CAP_HOSTS = 1 << 5,  /* more than one host */
	CAP_REBOOT = 1 << 6, /* reboot or crash the machine, load and unload kernel modules */
	CAP_SHELL = 1 << 7,  /* POSIX sh on the target */
	CAP_UPTIME = 1 << 8, /* callers parked for days (the caller says for how long) */
	CAP_LOGINS = 1 << 9, /* users log in by OpenSSH and login, which the product is told of */
	CAP_DAYS = 1 << 10,  /* let a day pass in moments, too */
};

/* Bits by name ("root") and back; 0 and NULL when there is none. */
unsigned capability_parse(const char *name);
const char *capability_name(unsigned bit);

/* How a command is run. Zero means: as the harness, nothing on standard input, any PID, no
 * session of its own. */
struct run_options {
	const char *user;  /* login name of the user it runs as; needs CAP_ROOT */
	const char *input; /* text on standard input */
	pid_t pid;         /* the PID it gets exactly; needs CAP_ROOT */
	bool session;      /* it leads a login session of its own */
	/*
	 * It has a terminal of its own (/dev/tty), in a session of its own, at which these lines
	 * are typed: the next one whenever a prompt has come, which ends in a colon and a blank,
	 * and echo is off. NULL: no terminal.
	 */
	const char *terminal;
	const char *host; /* where it runs; needs CAP_HOSTS; NULL: the host under test */
	const char *zone; /* its time zone as POSIX has it in TZ; NULL: the target's */
	/* It is killed at its n-th step, from 1, that may change something outside it; a started
	 * daemon only in the foreground. Steps are counted in the same way each time; which they
	 * are is up to the target. 0: it is not. */
	unsigned dies_at;
	int deadline_s; /* it is killed and the case fails after that; 0: 30 */
};

/* What a command did. */
struct result {
	const char *command; /* the command line, for messages */
	int exit_status;     /* 0 to 255, or -1 when a signal ended it */
	int signal;          /* that signal, or 0 */
	const char *out;     /* standard output, zero-terminated */
	const char *err;     /* standard error, zero-terminated */
	const char *shown;   /* on its terminal, zero-terminated; "" without one */
	bool truncated;      /* more than TARGET_OUTPUT_MAX was written */
};

struct file_info {
	bool is_dir;
	mode_t mode; /* permission bits */
	uid_t uid;
	uint64_t size_bytes;
};

/* What happens to packets on the line of a host, in both directions. All zero: nothing. */
struct line_options {
	unsigned loss_percent;
	unsigned delay_ms;
	unsigned jitter_ms;
	unsigned reorder_percent; /* of them overtake the delayed ones; needs a delay */
};

/* Where a caller is parked. */
enum parked_in {
	PARKED_OPEN,   /* in open() of a FIFO nobody writes to */
	PARKED_ACCEPT, /* in accept() of a socket nobody connects to */
};

/* A process that sits in a hooked system call until it is let go. */
struct park_options {
	enum parked_in in;
	const char *program; /* absolute path the process is seen under; NULL: the harness's own */
	const char *user;    /* NULL: root */
	const char *acting_as; /* its effective user; NULL: the same */
	pid_t pid;             /* exactly; 0: any */
	bool orphan;           /* its parent is PID 1 */
	pid_t ppid;            /* exactly: a parent of its own; 0: any */
	bool compat;           /* a 32-bit program's call, with the number it has there */
	unsigned threads;      /* that many more of its threads are in the same call */
	int64_t since_s;       /* it has been in there that long already; needs CAP_UPTIME */
};

struct target;
struct target_process; /* a started command; owned by the target */
struct target_parked;  /* a parked caller; owned by the target */

/*
 * Functions return 0 or a negated errno value unless they say otherwise; target->why then holds
 * one sentence. -ENOTSUP: this target cannot do that (a missing capability: the case is skipped).
 * Paths are absolute paths of the target.
 */
struct target_ops {
	/* Starts a command; words[0] is a path or a name looked up in PATH. */
	int (*start)(struct target *t, const struct run_options *o, const char *const *words,
		     struct target_process **out);
	pid_t (*pid)(struct target *t, const struct target_process *p);
	/* What it has written so far; kept up to date by wait() and step(). */
	const char *(*output)(struct target *t, const struct target_process *p);
	/* What its terminal shows so far; and more lines to be typed there, as above. */
	const char *(*shown)(struct target *t, const struct target_process *p);
	int (*type)(struct target *t, struct target_process *p, const char *lines);
	/* Waits for its end. -ETIMEDOUT: killed because the deadline passed. The texts of the
	 * result live as long as the target. */
	int (*wait)(struct target *t, struct target_process *p, int deadline_s, struct result *out);
	int (*kill)(struct target *t, pid_t pid, int signal); /* signal 0: -ESRCH when gone */

	int (*read)(struct target *t, const char *path, struct strbuf *out);
	int (*write)(struct target *t, const char *path, const void *data, size_t bytes,
		     bool append, mode_t mode);
	int (*resize)(struct target *t, const char *path, uint64_t bytes); /* zeros at the end */
	int (*stat)(struct target *t, const char *path, struct file_info *out);
	int (*remove)(struct target *t, const char *path); /* folders with what is in them */
	int (*mkdir)(struct target *t, const char *path, mode_t mode); /* existing: fine */
	int (*chmod)(struct target *t, const char *path, mode_t mode);
	/* Names in a folder, sorted, one a line. */
	int (*list)(struct target *t, const char *path, struct strbuf *out);

	/*
	 * Another host, which starts with the files of the host under test as they are now and can
	 * be reached from the host under test and back by name; and the end of its line. Commands
	 * run there with run_options.host. Both need CAP_HOSTS.
	 */
	int (*host_add)(struct target *t, const char *name);
	int (*host_cut)(struct target *t, const char *name);
	int (*host_line)(struct target *t, const char *name, const struct line_options *o);
	/* Opens connections from the host under test to a TCP port, says nothing, and keeps them
	 * until the case ends, or the other end has closed them. */
	int (*connect_silent)(struct target *t, const char *host, uint16_t port, unsigned count);

	/* A user of the operating system; the same user again is fine. */
	int (*user_add)(struct target *t, const char *name, uid_t uid);

	/* Wall clock in seconds since 1970 and set; the zone is the target's own. */
	int (*clock_get)(struct target *t, int64_t *wall_s);
	int (*clock_set)(struct target *t, int64_t wall_s);
	/* Local civil time on the target to seconds since 1970, "YYYY-MM-DD HH:MM:SS". */
	int (*clock_parse)(struct target *t, const char *local, int64_t *wall_s);
	/* Time since some fixed moment, for deadlines; virtual where time is virtual. */
	int64_t (*now_ns)(struct target *t);
	/* Lets at most max_ns pass, less when something happened in between. */
	int (*step)(struct target *t, int64_t max_ns);

	/* A file system at mount whose fullness is a script. setting: KEY=VALUE, as fillctl. */
	int (*fill_mount)(struct target *t, const char *mount);
	int (*fill_set)(struct target *t, const char *mount, const char *const *settings);
	/* Operations that fail there from now on, as fillctl has it; NULL: none any more. */
	int (*fill_fault)(struct target *t, const char *mount, const char *const *rule);

	/* Returns once the caller is inside the call. */
	int (*park)(struct target *t, const struct park_options *o, struct target_parked **out);
	pid_t (*parked_pid)(struct target *t, const struct target_parked *p);
	pid_t (*parked_ppid)(struct target *t, const struct target_parked *p);
	int (*parked_call)(struct target *t, const struct target_parked *p); /* its number */
	/* Whether it is still waiting in there, as far as it can tell itself. */
	bool (*parked_inside)(struct target *t, const struct target_parked *p);
	/* Lets it go on; 0 when its call then succeeded, -EINTR or what it failed with. */
	int (*unpark)(struct target *t, struct target_parked *p);

	/* Ends everything the case started. */
	void (*close)(struct target *t);
};

struct target {
	const struct target_ops *ops;
	const struct profile *profile;
	uint64_t seed;
	char why[512]; /* what the last failing function could not do */
};

/* Opens the target of a profile in the calling process: NULL and why[] when that is not possible.
 */
struct target *target_open(const struct profile *profile, uint64_t seed, char *why, size_t bytes);
struct target *local_open(const struct profile *profile, uint64_t seed, char *why, size_t bytes);
struct target *ssh_open(const struct profile *profile, uint64_t seed, char *why, size_t bytes);
struct target *sim_open(const struct profile *profile, uint64_t seed, char *why, size_t bytes);

#endif
