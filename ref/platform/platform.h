/* SPDX-License-Identifier: MIT */
/*
 * The one door to the operating system. Programs reach clock, files, processes, messages, timers
 * and the kernel extension through a struct platform and nothing else; linux.c is one
 * implementation, sim/ another. Porting the reference to a UNIX means writing one more and passing
 * platform_contract.c.
 *
 * Not for: decisions (ref/core), file formats (ref/store), message contents (ref/wire).
 */
#ifndef REF_PLATFORM_PLATFORM_H
#define REF_PLATFORM_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

#define PLATFORM_PATH_MAX    1024 /* bytes of a path, terminating zero included */
#define PLATFORM_NAME_MAX    256 /* bytes of a user, host or file name, terminating zero included */
#define PLATFORM_MESSAGE_MAX 65536 /* bytes of a message between programs */
#define PLATFORM_TIMERS_MAX  8     /* timers of a daemon, ids 0 to PLATFORM_TIMERS_MAX - 1 */
#define PLATFORM_ARGS_MAX    64    /* arguments of a spawned command, terminating NULL included */
#define PLATFORM_PROGRAM_MAX 16    /* bytes of the name a process shows in ps, zero included */
#define PLATFORM_KEY_BYTES   32    /* SHA-256 of the public key of a host */
#define PLATFORM_ASKS_MAX    4096  /* hosts asked in one call */
#define PLATFORM_LINKS_MAX   32    /* hosts that a daemon asks beside its other work */

#define NS_PER_S             INT64_C(1000000000)
#define NS_PER_MS            INT64_C(1000000)

/* How open() opens. Every descriptor is closed on exec; a terminal never becomes the controlling
 * one. */
enum platform_open {
	PLATFORM_READ = 1,
	PLATFORM_APPEND = 2, /* writes go to the end of the file */
	PLATFORM_CREATE = 4, /* create it when missing */
	PLATFORM_EXCL = 8,   /* with PLATFORM_CREATE: fail with -EEXIST when it exists */
	PLATFORM_TRUNC = 16,
};

struct platform_stat {
	bool is_dir;
	bool is_file; /* a regular one */
	mode_t mode;  /* permission bits */
	uid_t uid;
	gid_t gid;
	uint64_t size_bytes;
	uint64_t device; /* equal for two paths exactly when they are on the same file system */
	int64_t mtime_s;
};

/* What a file system says of itself. free counts the reserve, available does not (statvfs f_bfree,
 * f_bavail). */
struct platform_space {
	uint64_t block_bytes; /* bytes a block; the unit of the three below */
	uint64_t blocks;
	uint64_t free;
	uint64_t available;
};

/* Who is at the other end of a local message, as the system says, not as the message says. */
struct platform_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

/* The login session a process belongs to. */
struct platform_session {
	int64_t start_s; /* wall clock, when the session leader started; 0 when it is gone */
	pid_t leader;
};

/* A process that is inside a hooked system call. */
struct platform_call {
	int number; /* as the caller's ABI knows it: 5 is open on i386, 2 on x86-64 */
	pid_t pid;  /* of the process */
	pid_t tid;  /* of the thread; equal to pid in a single-threaded program */
	pid_t ppid;
	uid_t uid;           /* real */
	int64_t duration_ns; /* since the call was entered */
	bool movable;        /* unloading takes the hook out by itself: the dash of secons -scl */
	char program[PLATFORM_PATH_MAX];
};

struct platform_kernel_status {
	unsigned hooks;    /* hooked entries */
	bool monitor;      /* in-flight tracking on */
	bool prepared;     /* hooks are out, the module can be removed */
	unsigned inside;   /* callers inside hooked calls */
	unsigned blocking; /* those of them that unloading cannot move out of the way */
};

#define PLATFORM_FILES_MAX      512 /* files whose rights the kernel extension knows */
#define PLATFORM_ACCESS_KINDS   3
#define PLATFORM_VERDICT_REFUSE 0x80
#define PLATFORM_VERDICT_TELL   0x40 /* each such access is reported */

enum platform_access_kind {
	PLATFORM_ACCESS_READ,  /* opening for reading */
	PLATFORM_ACCESS_WRITE, /* as kernel_guard() without closed */
	PLATFORM_ACCESS_CHDIR, /* changing into a folder */
};

/* What a user may do with a file; bits of a verdict beyond those above come back in the report. */
struct platform_right {
	uid_t uid; /* real */
	unsigned char verdict[PLATFORM_ACCESS_KINDS];
};

struct platform_file {
	char *path;
	struct platform_right *rights; /* ascending uid, the last one for everybody else */
	unsigned count;                /* at least 1 */
};

#define PLATFORM_LABEL_MAX 1024 /* bytes that a login session is labelled with */

/* A login session in the kernel extension's table. */
struct platform_login {
	struct platform_session id; /* start_s: when it began */
	int64_t end_boot_ns;        /* when its last process ended; 0: some are left */
	unsigned processes;         /* that are left */
	size_t label_bytes;
	char label[PLATFORM_LABEL_MAX]; /* what it was begun with */
};

/* An access to a file of kernel_files(). */
struct platform_access {
	enum platform_access_kind kind;
	unsigned char verdict;
	pid_t pid;
	uid_t uid, euid;
	struct platform_session session; /* the login session; leader 0: none */
	size_t label_bytes;
	char label[PLATFORM_LABEL_MAX];  /* of the session */
	char path[PLATFORM_PATH_MAX];    /* as it was given to kernel_files() */
	char program[PLATFORM_PATH_MAX]; /* "": none */
};

/* Bits. Audited calls have operations of their own. */
enum platform_event_class {
	PLATFORM_EVENTS_SESSION = 1, /* PLATFORM_SESSION_END */
	PLATFORM_EVENTS_ACCESS = 2,  /* PLATFORM_FILE_ACCESS, to files of this process alone */
};

enum platform_event_kind {
	PLATFORM_EVENT_GAP,   /* events of any class are missing here: the reader was too slow */
	PLATFORM_SESSION_END, /* a login session has ended */
	PLATFORM_FILE_ACCESS, /* somebody has asked for a file */
};

/* Something that the kernel extension saw. */
struct platform_event {
	enum platform_event_kind kind;
	unsigned cpu;
	uint64_t sequence; /* of its CPU and this reader, from 0; those that are missing count */
	int64_t boot_ns;
	union {
		uint64_t lost;                   /* gap: how many, from this sequence number on */
		struct platform_session session; /* session end: which */
		const struct platform_access *access; /* until the next events_next() */
	};
};

/* What the kernel extension audits: calls of these classes (bit 1 << enum trail_class), those that
 * succeed, those that fail, or both. */
struct platform_audit_settings {
	uint32_t classes; /* 0: nothing */
	bool success;
	bool failure;
	bool waits;   /* callers wait for room for their events, root excepted; else events are lost
		       */
	bool suspend; /* such callers wait in any case */
};

/* An audited call that was made, or events that were lost. */
struct platform_audit_event {
	unsigned source;   /* a processor, below TRAIL_RECORD_SOURCES_MAX */
	uint64_t sequence; /* at that source, rising by one from 1 */
	uint64_t lost;     /* so many from that number on; then only wall_ns means anything else */
	int64_t wall_ns;
	pid_t pid, ppid;
	uid_t uid, euid;
	gid_t gid, egid;
	unsigned abi;
	unsigned number;
	unsigned class;
	int64_t result;
	uint64_t args[4];
	char program[PLATFORM_PROGRAM_MAX];
	char path[PLATFORM_PATH_MAX]; /* as the caller gave it; empty: the call has none */
	char second[PLATFORM_PATH_MAX];
};

/* A system call that can be audited. */
struct platform_audit_name {
	unsigned abi;
	unsigned number;
	unsigned class;
	const char *name;
};

struct platform_spawn {
	const char *program;     /* its path; NULL: argv[0] is the path as well */
	const char *const *argv; /* NULL-terminated */
	const char *const *env;  /* the whole environment; NULL keeps the caller's */
	const char *input;       /* file for standard input; NULL: empty */
	const char *output; /* file or terminal that gets standard output and error, appended to;
			       NULL: discarded */
	bool shares_output; /* standard output and error are the caller's instead */
	const char *folder; /* working directory; NULL: the caller's */
	mode_t umask;       /* 0: the caller's */
};

/* The own end of links to other hosts: TLS 1.3, both ends with a certificate. */
struct platform_link {
	const char *key;         /* private, PEM */
	const char *certificate; /* its public half, PEM */
	uint16_t port;
};

/* What one other host is asked. */
struct platform_ask {
	const char *host;                      /* its name or address */
	unsigned char key[PLATFORM_KEY_BYTES]; /* it must have this one */
	const char *text;
	size_t bytes;
};

/* What came of it. error: 0 and an answer; -ENOENT: no address for the name; -EKEYREJECTED: it has
 * another key, and was told nothing; -EPROTO: it does not speak the protocol; -ETIMEDOUT, -EPIPE,
 * -ECONNREFUSED ... */
struct platform_asked {
	int error;
	bool sent; /* the question may have arrived, though no answer came */
	const char *text;
	size_t bytes;
};

/* Who is at the other end of a channel: a process of this machine, or another host. */
struct platform_caller {
	struct platform_peer process;          /* not of a host */
	bool is_host;                          /* it has proved to have this key: */
	unsigned char key[PLATFORM_KEY_BYTES]; /* whose that is, the key does not say */
};

struct platform;
struct platform_channel;    /* a conversation of messages in both directions */
struct platform_connection; /* a message that waits for its answer; valid until reply() */
struct platform_events;     /* a reader of the kernel extension's events */

/*
 * Functions that can fail return 0 or a count, or a negated errno value. None keeps a pointer it
 * was given beyond the call. All strings are zero-terminated.
 */
struct platform_ops {
	/* Wall clock and time since boot, in ns; boot time never steps. */
	int64_t (*wall_ns)(struct platform *p);
	int64_t (*boot_ns)(struct platform *p);
	/* Local civil time of a wall-clock second, in the system's time zone. */
	int (*local_time)(struct platform *p, int64_t wall_s, struct tm *out);

	/* Files. read() reads at offset_bytes, short at the end of the file; write() writes all of
	 * it or fails, with what was written before the failure left in the file. rename()
	 * replaces. list() calls each entry's name but . and .. in no order until entry() returns
	 * non-zero, which it then returns. */
	int (*open)(struct platform *p, const char *path, unsigned flags, mode_t mode);
	ssize_t (*read)(struct platform *p, int fd, void *buffer, size_t bytes,
			uint64_t offset_bytes);
	int (*write)(struct platform *p, int fd, const void *data, size_t bytes);
	int (*truncate)(struct platform *p, int fd, uint64_t size_bytes);
	int (*sync)(struct platform *p, int fd);
	void (*close)(struct platform *p, int fd);
	int (*stat)(struct platform *p, const char *path, struct platform_stat *out);
	/* The same of a symbolic link itself, which is no regular file, not of where it leads. */
	int (*lstat)(struct platform *p, const char *path, struct platform_stat *out);
	int (*space)(struct platform *p, const char *path, struct platform_space *out);
	int (*rename)(struct platform *p, const char *from, const char *to);
	int (*unlink)(struct platform *p, const char *path);
	int (*mkdir)(struct platform *p, const char *path, mode_t mode);
	int (*rmdir)(struct platform *p, const char *path); /* -ENOTEMPTY */
	int (*chown)(struct platform *p, const char *path, uid_t uid, gid_t gid);
	int (*sync_dir)(struct platform *p, const char *path);
	int (*list)(struct platform *p, const char *path, int (*entry)(void *arg, const char *name),
		    void *arg);
	/* What to give sqlite3_open_v2 (with SQLITE_OPEN_URI) for a database at path. */
	int (*database_uri)(struct platform *p, const char *path, char *out, size_t bytes);

	/* Exclusive lock on a file, created when missing, that holds the owner's PID in decimal and
	 * goes away with the process, however it ends. Taken before a daemon detaches, it names the
	 * daemon afterwards. lock: a descriptor, -EBUSY when held. lock_owner: the PID, 0 when
	 * nobody holds it. The file is the owner's alone (-EACCES for others): who could open it
	 * could hold the lock itself. */
	int (*lock)(struct platform *p, const char *path);
	pid_t (*lock_owner)(struct platform *p, const char *path);

	/* Identity. */
	pid_t (*pid)(struct platform *p);
	uid_t (*uid)(struct platform *p); /* effective */
	int (*user_name)(struct platform *p, uid_t uid, char *out,
			 size_t bytes); /* -ENOENT: no such user */
	int (*user_id)(struct platform *p, const char *name, uid_t *out); /* -ENOENT */
	bool (*in_group)(struct platform *p, const char *group); /* the caller is a member */
	int (*group_id)(struct platform *p, const char *group, gid_t *out); /* -ENOENT */
	int (*host_name)(struct platform *p, char *out, size_t bytes);
	int (*boot_id)(struct platform *p, char *out, size_t bytes); /* differs after each boot */
	int (*session)(struct platform *p, pid_t pid, struct platform_session *out); /* -ESRCH */

	/*
	 * Passwords. secret_read: a line from the caller's terminal, which shows the prompt and no
	 * echo, never from anywhere else: its length without the end, -ENXIO without a terminal,
	 * -ETIMEDOUT when it is not typed within limit_s seconds, -EINTR. The caller overwrites
	 * out. password_check: whether it is the user's, by the means of the system: 0, -EACCES,
	 * anything else: it could not be told; host is where he sits. It takes seconds when it is
	 * not. secret_make: bytes that nobody can guess, at most 256; -EINVAL for more.
	 * secret_free overwrites what malloc() gave.
	 */
	ssize_t (*secret_read)(struct platform *p, const char *prompt, unsigned limit_s, char *out,
			       size_t bytes);
	int (*password_check)(struct platform *p, const char *user, const char *host,
			      const char *password);
	int (*secret_make)(struct platform *p, void *out, size_t bytes);
	void (*secret_free)(void *memory); /* NULL is fine */

	/* The memory of a process: all it has, and what of it is in use. -ESRCH; -ENOTSUP where
	 * nobody can tell. */
	int (*memory)(struct platform *p, pid_t pid, uint64_t *total_bytes, uint64_t *used_bytes);

	/* Processes. A daemon's children end in its child handler. A spawned command leads its own
	 * process group; kill() with a negative pid signals that group. */
	int (*spawn)(struct platform *p, const struct platform_spawn *what, pid_t *pid);
	int (*kill)(struct platform *p, pid_t pid, int signal);
	/*
	 * Waits until a process is gone, any process, or the time is over (-ETIMEDOUT).
	 * wait_status, which may be NULL, is what wait() says of a child of the caller, -1 for
	 * anybody else. For one-shot programs.
	 */
	int (*wait_gone)(struct platform *p, pid_t pid, int64_t timeout_ns, int *wait_status);

	/* Messages between programs of one machine. serve() makes the calling daemon the receiver
	 * at a socket path (mode as given). request() waits for the answer and returns its length;
	 * -ECONNREFUSED: nobody serves there, -ETIMEDOUT, -EPIPE: the other end died before it
	 * answered, -EMSGSIZE. notify() does not wait for an answer. */
	int (*serve)(struct platform *p, const char *path, mode_t mode);
	ssize_t (*request)(struct platform *p, const char *path, const void *text, size_t bytes,
			   void *answer, size_t answer_bytes, int64_t timeout_ns);
	int (*notify)(struct platform *p, const char *path, const void *text, size_t bytes);
	/*
	 * Answers a message and ends its connection. A handler answers every message exactly once,
	 * at once or later; the answer to a notify(), or to somebody who is gone, goes nowhere
	 * (-EPIPE).
	 */
	int (*reply)(struct platform *p, struct platform_connection *c, const void *text,
		     size_t bytes);

	/*
	 * Conversations, with processes at a socket path or with other hosts on a TCP port. Once
	 * channel_serve() or link_serve() has made the calling daemon their receiver, its channel
	 * handler runs for each in a child process, which ends with it and lives on when the daemon
	 * ends; a limited number runs at a time, more wait. link_serve: -EINVAL for a key that is
	 * none. A message is within PLATFORM_MESSAGE_MAX; channel_receive returns its length, 0
	 * when the other end has closed; -ETIMEDOUT, -EMSGSIZE, -EPIPE, -EPROTO (no link could be
	 * agreed on).
	 */
	int (*channel_serve)(struct platform *p, const char *path, mode_t mode);
	int (*link_serve)(struct platform *p, const struct platform_link *link);
	int (*channel_open)(struct platform *p, const char *path, struct platform_channel **out);
	int (*channel_send)(struct platform *p, struct platform_channel *c, const void *text,
			    size_t bytes, int64_t timeout_ns);
	ssize_t (*channel_receive)(struct platform *p, struct platform_channel *c, void *text,
				   size_t bytes, int64_t timeout_ns);
	void (*channel_close)(struct platform *p, struct platform_channel *c); /* NULL is fine */
	/*
	 * Asks many hosts at the same time, each for at most timeout_ns, and calls done() for each
	 * as its answer comes. Returns 0 once all are done; else nobody was asked: -EINVAL for a
	 * key that is none or more than PLATFORM_ASKS_MAX hosts.
	 */
	int (*link_ask)(struct platform *p, const struct platform_link *link,
			const struct platform_ask *asks, size_t count, int64_t timeout_ns,
			void (*done)(void *arg, size_t index, const struct platform_asked *what),
			void *arg);

	/*
	 * The same for a daemon and one host, without waiting: its asked handler is called with id
	 * and what came of it. Returns 0, -EINVAL for a key that is none, -EMFILE for more than
	 * PLATFORM_LINKS_MAX at a time, -ENOMEM.
	 */
	int (*link_begin)(struct platform *p, const struct platform_link *link,
			  const struct platform_ask *ask, int64_t timeout_ns, unsigned id);

	/* The event loop of a daemon. A timer fires once, delay_ns from now; setting it again moves
	 * it, a negative delay stops it. leave() ends the loop after the handler that calls it;
	 * status is the exit status. */
	int (*timer)(struct platform *p, unsigned id, int64_t delay_ns);
	void (*leave)(struct platform *p, int status);

	/*
	 * The kernel extension. All: -ENODEV without it, -EACCES without the right, -EPROTO on
	 * another ABI version. calls() fills at most max entries and returns how many, 0 at the
	 * end; *cursor is 0 at first and then as it was left. Nobody is stopped for it. monitor()
	 * takes back a prepared unload.
	 * unload_prepare(): takes the hooks out, waiting at most timeout_ns for callers to leave;
	 * -EBUSY: refused, everything is as it was, status says who is in the way.
	 * kernel_load(): loads it from the module file at path, with in-flight tracking on or off;
	 * -EEXIST: it is loaded already. kernel_unload(): prepares unless that is done, and removes
	 * it; -EBUSY as before, also when only somebody has the device open.
	 */
	int (*kernel_status)(struct platform *p, struct platform_kernel_status *out);
	int (*kernel_monitor)(struct platform *p, bool on);
	int (*kernel_calls)(struct platform *p, uint64_t *cursor, struct platform_call *out,
			    unsigned max);
	int (*kernel_unload_prepare)(struct platform *p, int64_t timeout_ns,
				     struct platform_kernel_status *out);
	int (*kernel_load)(struct platform *p, const char *path, bool monitor);
	/*
	 * What the extension refuses to others, all until this process ends; -ENOTSUP: it cannot on
	 * this machine. kernel_guard(): writing, deleting and renaming a file at path, whose folder
	 * exists, or with closed even opening it. kernel_silent(): maintenance mode, in which
	 * nobody but the user can do anything while no daemon runs; daemon: the caller is one, else
	 * it begins at once.
	 */
	int (*kernel_guard)(struct platform *p, const char *path, bool closed);
	/*
	 * Who may have which files, from now on: not by path but by folder and name, symbolic links
	 * followed now. Returns how many of them are left out since their folder is not there, or
	 * -E2BIG, -EINVAL (rights not as said), -ENOMEM ...; then all is as it was.
	 */
	int (*kernel_files)(struct platform *p, const struct platform_file *files, size_t count);
	int (*kernel_silent)(struct platform *p, bool deny, uid_t user, bool daemon);
	int (*kernel_unload)(struct platform *p, int64_t timeout_ns,
			     struct platform_kernel_status *out);

	/*
	 * Events of the kernel extension, of the classes asked for (bits of platform_event_class).
	 * Each reader gets all of them, whatever others read. ring_bytes, a power of two from 8 KiB
	 * to 16 MiB, is what the extension keeps of each CPU while the reader is busy; what does
	 * not fit is reported as a gap. A daemon's events handler is called when there are some,
	 * and takes them until events_next() returns 0. events_next: 1 and an event, in the order
	 * of their times as far as they are there; 0: none now; -ENODEV: all have been read, and
	 * the extension has gone: nothing more will come. A reader does not keep the extension from
	 * being removed. -EBUSY: too many readers. A forked child shares its parent's reader.
	 */
	int (*events_open)(struct platform *p, unsigned classes, size_t ring_bytes,
			   struct platform_events **out);
	int (*events_next)(struct platform *p, struct platform_events *e,
			   struct platform_event *out);
	void (*events_close)(struct platform *p, struct platform_events *e); /* NULL is fine */

	/*
	 * Login sessions, which the kernel extension counts: what a session's first process forks
	 * belongs to it, until the last has ended. login_begin: out->id.leader is that process, the
	 * label is out's; -ESRCH, -ENOSPC. login_of: the session of a process; -ESRCH: it is in
	 * none. login_next: the next one of the table; *cursor is 0 at first and then as it was
	 * left; -ENOENT at the end. One that has ended stays until login_forget() (-EBUSY:
	 * processes are left, -ENOENT). login_leave: the caller is in no session any more.
	 */
	int (*login_begin)(struct platform *p, struct platform_login *out);
	int (*login_of)(struct platform *p, pid_t pid, struct platform_login *out);
	int (*login_next)(struct platform *p, uint64_t *cursor, struct platform_login *out);
	int (*login_forget)(struct platform *p, const struct platform_session *id);
	int (*login_leave)(struct platform *p);

	/*
	 * Audited calls. audit_serve() makes the calling daemon the reader of their events, of
	 * whom there must be one, and tells which run of the extension numbers them; its audit
	 * handler is called when there are some. What is audited stays so, and events stay, when
	 * the reader ends. audit_read() returns up to max events that it has not returned yet,
	 * those of a source in their order; audit_done() gives up those returned so far, and
	 * audit_rewind() has the others returned again. audit_names() is the table of the calls.
	 */
	int (*audit_serve)(struct platform *p, uint64_t *origin);
	int (*audit_set)(struct platform *p, const struct platform_audit_settings *settings);
	int (*audit_read)(struct platform *p, struct platform_audit_event *out, unsigned max);
	int (*audit_done)(struct platform *p);
	int (*audit_rewind)(struct platform *p);
	unsigned (*audit_names)(struct platform *p, const struct platform_audit_name **out);
};

/* One process's view of its system. */
struct platform {
	const struct platform_ops *ops;
	const char *prefix; /* stands before every installed path; "" on a real installation */
};

/* What the calendar says, in seconds since 1970. */
static inline int64_t platform_wall_s(struct platform *p)
{
	return p->ops->wall_ns(p) / NS_PER_S;
}

/* Exit status of every program: documented where the documents speak, else these (SPEC.md, decision
 * P31). */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1, /* no right, or it failed */
	EXIT_USAGE = 2,   /* wrong usage, configuration or set-up */
};

/* Returned by a program's main: it goes on as a daemon. */
#define PROGRAM_SERVE (-1)

/* A running program. */
struct program_run {
	struct platform *platform;
	FILE *in; /* NULL: there is none */
	FILE *out;
	FILE *err;
	void *state;     /* the daemon's own, set by main, freed by stop */
	bool foreground; /* set by main: do not detach */
};

/*
 * A daemon is state plus handlers. main checks arguments and configuration and returns
 * PROGRAM_SERVE; the process detaches unless run->foreground; start opens what it needs and says
 * why it cannot on run->err (exit status, 0: serving), and only then does the command that started
 * it return. After that out and err lead nowhere.
 */
struct daemon_handlers {
	int (*start)(struct program_run *run);
	void (*message)(struct program_run *run, struct platform_connection *c,
			const struct platform_peer *peer, const char *text, size_t bytes);
	/* In a child process of its own; the channel is closed after it. */
	void (*channel)(struct program_run *run, struct platform_channel *c,
			const struct platform_caller *who);
	/* What came of a link_begin(). */
	void (*asked)(struct program_run *run, unsigned id, const struct platform_asked *what);
	void (*timer)(struct program_run *run, unsigned id);
	void (*child)(struct program_run *run, pid_t pid, int wait_status);
	void (*events)(struct program_run *run, struct platform_events *e); /* there are some */
	void (*audit)(struct program_run *run); /* events of audited calls are waiting */
	void (*signal)(struct program_run *run, int signal); /* SIGTERM, SIGINT, SIGHUP, SIGUSR1 */
	void (*stop)(struct program_run *run); /* frees state; called on every way out after main */
};

/* A program: the same code on a real and on a simulated system. */
struct program {
	const char *name;
	int (*main)(struct program_run *run, int argc,
		    char **argv);             /* exit status or PROGRAM_SERVE */
	const struct daemon_handlers *daemon; /* NULL: runs to its end in main */
};

/* Runs a program on this machine; what every main() calls. Returns the exit status. */
int linux_run(const struct program *program, int argc, char **argv);

#endif
