/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the simulator share: the queue (world.c), files (files.c), processes
 * (process.c), the platform of a process (platform.c, descriptor.c, message.c), the kernel
 * extension (kernel.c), what it reports (events.c) and the SQLite file system (database.c).
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "sim/sim.h"

#define SIM_FILES_MAX       4096
#define SIM_FDS_MAX         32
#define SIM_LOCKS_MAX       16
#define SIM_MOUNTS_MAX      8
#define SIM_CALLS_MAX       1024
#define SIM_ENDED_MAX       64 /* ended processes that are remembered for who waits for them */
#define SIM_USERS_MAX       16
#define SIM_EVENTS_MAX      4096
#define SIM_LOGINS_MAX      64
#define SIM_FILE_BYTES_MAX  (64u << 20)
#define SIM_ENVIRONMENT_MAX 1024
#define SIM_RINGS           3  /* of audited calls, one a processor */
#define SIM_RING_EVENTS     64 /* that one holds */

/* A file or folder. Lives while it has a name or somebody has it open. */
struct sim_file {
	char *path;      /* NULL: unlinked */
	uint64_t number; /* no other one has it */
	bool is_dir;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	int64_t mtime_s;
	char *data;
	size_t size;
	size_t room;
	char *durable; /* what is on the disk, when that is told apart; room is at least its size */
	size_t durable_size;
	unsigned open_count;
	const struct sim_process *lock_owner;
};

struct sim_mount {
	char path[PLATFORM_PATH_MAX];
	struct fill fill; /* what it has been told to say */
};

struct sim_fd {
	struct sim_file *file; /* NULL: free */
	unsigned flags;
	bool lock;
};

struct platform_connection {
	struct platform_connection *next;
	struct sim_process *server; /* once the message has arrived */
	struct platform_peer peer;
	char *text; /* on its way to the server */
	size_t bytes;
	char *answer;
	size_t answer_bytes;
	bool waits;    /* somebody waits for the answer and frees this */
	bool answered; /* or the server is gone: then answer is NULL */
};

struct sim_process {
	struct platform base; /* first: a struct platform * is cast back */
	struct sim *sim;
	struct sim_process *next;
	const struct program *program; /* NULL: root's view of the machine */
	struct program_run run;
	pid_t pid, ppid, sid;
	pid_t starter; /* the command that started the daemon, as long as it waits; 0: none */
	uid_t uid;
	int64_t start_wall_s;    /* as its session's leader would have it */
	uint64_t login;          /* number of the login session it belongs to, 0: none */
	bool started;            /* serves as a daemon */
	bool busy;               /* one of its functions is on a stack */
	struct sim_fiber *fiber; /* that main is on, until it has returned */
	bool rests;              /* it has given way in main, until SIM_GO_ON */
	pid_t awaited;           /* it waits until that one has gone; 0: for nobody */
	bool leaving;
	bool killed; /* ends as soon as it is not busy */
	int signal;  /* by which; 0: SIGKILL */
	bool dead;   /* has ended; only its memory is left, and the machine ignores it */
	int status;  /* exit status, or what leave() said */
	char **argv; /* of a spawned one, NULL-terminated */
	char zone[PLATFORM_NAME_MAX]; /* "": UTC */
	FILE *out, *err;              /* of main, its own */
	char *text;                   /* in out */
	size_t text_bytes;
	struct sim_result *result; /* of a command, until main is over */
	char input[PLATFORM_PATH_MAX];
	char output[PLATFORM_PATH_MAX];        /* file that gets the text */
	char terminal[PLATFORM_NAME_MAX];      /* "": none */
	char environment[SIM_ENVIRONMENT_MAX]; /* one a line */
	char folder[PLATFORM_PATH_MAX];        /* it works in */
	char root[PLATFORM_PATH_MAX];          /* its / is that folder; "": the machine's */
	mode_t umask;
	bool links; /* takes links of hosts: */
	uint16_t link_port;
	unsigned char link_key[PLATFORM_KEY_BYTES];
	bool shares_output;                        /* its parent's streams, while that one lives */
	unsigned timer_round[PLATFORM_TIMERS_MAX]; /* the current setting; older events are void */
	struct sim_fd fds[SIM_FDS_MAX];
	char *sockets[4];
};

static inline struct sim_process *sim_self(struct platform *p)
{
	return (struct sim_process *)p;
}

enum sim_event_kind {
	SIM_START,
	SIM_TIMER,
	SIM_MESSAGE,
	SIM_SIGNAL,
	SIM_CHILD,
	SIM_LINK,   /* a question of a host arrives */
	SIM_ASKED,  /* its answer, or that there is none */
	SIM_AUDIT,  /* the ring of audit events has something */
	SIM_EVENTS, /* a reader of the kernel extension has some */
	SIM_CALLER, /* one that enters hooked calls goes on */
	SIM_GO_ON,  /* one that has given way does */
};

/* Where a process is that enters hooked calls: anywhere but outside it needs the extension. */
enum sim_place {
	SIM_OUTSIDE,
	SIM_ENTERING, /* hooked, and not yet counted */
	SIM_INSIDE,
	SIM_LEAVING, /* counted no more, its last instructions still to come */
	SIM_HELD,    /* moved out of its call, on its way back to its program */
};

struct sim_caller {
	struct platform_call call;
	enum sim_place place;
	int64_t entered_ns;
	int64_t inside_ns;  /* its calls last up to that; 0: until it is moved or taken out */
	int64_t outside_ns; /* it is away up to that; 0: for good */
	unsigned round;     /* older events are void */
	bool asked;         /* to move out */
	bool missed;        /* its call began anew with the hooks out */
};

struct sim_ring {
	struct platform_audit_event events[SIM_RING_EVENTS];
	unsigned count;
	unsigned read; /* of them, by the reader, who has not given them up */
	unsigned kept; /* room for so many calls that have begun */
	uint64_t next; /* number of the next event */
	uint64_t lost; /* since the last event */
};

struct sim_event {
	int64_t at_ns;
	uint64_t sequence; /* ties go by age */
	enum sim_event_kind kind;
	pid_t pid;   /* of the process it is for */
	unsigned id; /* timer */
	unsigned round;
	int number;  /* signal, or wait status */
	pid_t child; /* or the caller */
	struct platform_connection *connection;
	struct platform_events *events; /* for comparison only, unless it is open still */
	struct sim_link *link;
};

struct sim_login {
	uint64_t number; /* ascending, from 1 */
	struct platform_login login;
};

/* A host being asked, by a daemon. */
struct sim_link {
	struct sim_link *next;
	unsigned events; /* that are on their way with it; freed with the last */
	bool done;       /* the asker was told */
	bool sent;
	int error;
	pid_t asker;
	unsigned id;
	uint16_t port;
	unsigned char key[PLATFORM_KEY_BYTES]; /* the host must have */
	unsigned char asker_key[PLATFORM_KEY_BYTES];
	char *text; /* asked */
	size_t bytes;
	char *answer;
	size_t answer_bytes;
};

struct sim {
	uint64_t random;
	int64_t now_ns; /* boot clock */
	int64_t wall_offset_ns;
	uint64_t sequence;
	pid_t last_pid;
	unsigned boots;
	struct sim_event events[SIM_EVENTS_MAX];
	size_t event_count;
	struct sim_file *files[SIM_FILES_MAX];
	size_t file_count;
	uint64_t file_last; /* number of a file */
	struct sim_mount mounts[SIM_MOUNTS_MAX];
	size_t mount_count;
	struct {
		uid_t uid;
		char name[PLATFORM_NAME_MAX];
	} users[SIM_USERS_MAX];
	size_t user_count;
	struct sim_process *processes;
	struct sim_process *root;
	struct {
		pid_t pid;
		int wait_status;
	} ended[SIM_ENDED_MAX]; /* a ring */
	size_t ended_count;
	struct platform_connection *connections;
	struct sim_link *links;
	bool power_cuts;                          /* what is not synced is not on the disk */
	unsigned lost_permille, doubled_permille; /* of messages on the network */
	unsigned slow_permille;                   /* of signals and starts */
	int64_t slow_ns;
	FILE *nowhere; /* where a daemon's output goes */
	struct {
		bool loaded;
		bool monitor;
		bool prepared;
		bool holding; /* who is moved out, until it is known whether the hooks come back */
		bool busy;    /* somebody unloads it */
		const char *fault;
		size_t count;
		struct sim_caller callers[SIM_CALLS_MAX]; /* ascending PID */
	} kernel;
	struct {
		const struct sim_process *owner; /* of the files */
		struct platform_file *files;
		size_t count;
	} guard;
	struct platform_events *readers;
	struct sim_login logins[SIM_LOGINS_MAX];
	size_t login_count;
	uint64_t login_last;
	struct {
		uint64_t origin;
		struct platform_audit_settings settings;
		const struct sim_process *reader; /* NULL: none */
		bool woken;                       /* it will be called */
		struct sim_ring rings[SIM_RINGS];
	} audit;
	struct {
		const char *program; /* NULL: nobody is killed */
		unsigned steps;      /* until then */
	} death;
	char vfs_name[32];
	void *vfs; /* sqlite3_vfs of this machine's files */
};

/* world.c */
uint64_t sim_random(struct sim *s, uint64_t below);
int sim_event_add(struct sim *s, const struct sim_event *e);
int64_t sim_delay(struct sim *s); /* of a signal or a start, beyond what it takes anyway */
void sim_connection_free(struct sim *s, struct platform_connection *c);

/* process.c */
/* One that has not begun; its arguments are copied. NULL without memory. */
struct sim_process *sim_process_new(struct sim *s, const struct sim_command *command, pid_t ppid);
struct sim_process *sim_process_by_pid(const struct sim *s, pid_t pid);
bool sim_process_there(const struct sim *s, pid_t pid); /* starters included */
pid_t sim_pid_next(struct sim *s);                      /* one that no process has */
void sim_process_deliver(struct sim *s, const struct sim_event *e);
bool sim_process_dies_of(const struct sim_process *p, const struct sim_event *e);
/* Lets others go on until something has happened that a process may wait for. False: the time is
 * over, or the process is dead. */
bool sim_wait(struct sim_process *me, int64_t until_ns);
void sim_wake(struct sim *s, pid_t pid);               /* one that waits looks again */
void sim_give_way(struct sim_process *me, int64_t ns); /* for so long, where it can */
void sim_process_reap(struct sim *s,
		      struct sim_process *p); /* frees it when it has ended and is not busy */
void sim_processes_free(struct sim *s);
const struct program *sim_program(const char *path); /* by the last component; NULL: unknown */

/* descriptor.c; of the platform */
/* Where a path of the process leads on the machine, in out or path itself. */
const char *sim_path(const struct sim_process *me, const char *path, char out[PLATFORM_PATH_MAX]);
void sim_locks_name_owner(struct sim_process *p); /* writes its PID into the locks it holds */
int sim_op_open(struct platform *p, const char *path, unsigned flags, mode_t mode);
ssize_t sim_op_read(struct platform *p, int fd, void *buffer, size_t bytes, uint64_t offset_bytes);
int sim_op_write(struct platform *p, int fd, const void *data, size_t bytes);
int sim_op_truncate(struct platform *p, int fd, uint64_t size_bytes);
int sim_op_sync(struct platform *p, int fd);
void sim_op_close(struct platform *p, int fd);
int sim_op_stat(struct platform *p, const char *path, struct platform_stat *out);
int sim_op_space(struct platform *p, const char *path, struct platform_space *out);
int sim_op_rename(struct platform *p, const char *from, const char *to);
int sim_op_unlink(struct platform *p, const char *path);
int sim_op_mkdir(struct platform *p, const char *path, mode_t mode);
int sim_op_rmdir(struct platform *p, const char *path);
int sim_op_chown(struct platform *p, const char *path, uid_t uid, gid_t gid);
int sim_op_sync_dir(struct platform *p, const char *path);
int sim_op_list(struct platform *p, const char *path, int (*entry)(void *arg, const char *name),
		void *arg);
int sim_op_database_uri(struct platform *p, const char *path, char *out, size_t bytes);
int sim_op_lock(struct platform *p, const char *path);
pid_t sim_op_lock_owner(struct platform *p, const char *path);

/* Whether the process may make a folder its working directory: 0 or a negated errno value. Its
 * paths are absolute, so that nothing else hangs on it. */
int sim_enter(struct sim_process *me, const char *path);

/* message.c; of the platform */
int sim_op_serve(struct platform *p, const char *path, mode_t mode);
ssize_t sim_op_request(struct platform *p, const char *path, const void *text, size_t bytes,
		       void *answer, size_t answer_bytes, int64_t timeout_ns);
int sim_op_notify(struct platform *p, const char *path, const void *text, size_t bytes);
int sim_op_reply(struct platform *p, struct platform_connection *c, const void *text, size_t bytes);

/* platform.c */
extern const struct platform_ops sim_platform_ops;

/* power.c */
int sim_file_sync(const struct sim *s, struct sim_file *f);

/* network.c */
int sim_link_serve(struct platform *p, const struct platform_link *link);
int sim_link_begin(struct platform *p, const struct platform_link *link,
		   const struct platform_ask *ask, int64_t timeout_ns, unsigned id);
int sim_channel_send(struct platform *p, struct platform_channel *c, const void *text, size_t bytes,
		     int64_t timeout_ns);
ssize_t sim_channel_receive(struct platform *p, struct platform_channel *c, void *text,
			    size_t bytes, int64_t timeout_ns);
void sim_link_deliver(struct sim *s, const struct sim_event *e);
void sim_links_free(struct sim *s);
/* Counts a step that changes something; true: the process is dead, and changes nothing any more. */
bool sim_dies(struct sim_process *p);

/* kernel.c */
void sim_kernel_boot(struct sim *s); /* the extension as it is after a boot: it knows of nobody */
void sim_caller_deliver(struct sim *s, const struct sim_event *e);
int sim_op_kernel_status(struct platform *p, struct platform_kernel_status *out);
int sim_op_kernel_monitor(struct platform *p, bool on);
int sim_op_kernel_calls(struct platform *p, uint64_t *cursor, struct platform_call *out,
			unsigned max);
int sim_op_kernel_unload_prepare(struct platform *p, int64_t timeout_ns,
				 struct platform_kernel_status *out);
int sim_op_kernel_guard(struct platform *p, const char *path, bool closed);
int sim_op_kernel_silent(struct platform *p, bool deny, uid_t user, bool daemon);
int sim_op_kernel_load(struct platform *p, const char *path, bool monitor);
int sim_op_kernel_unload(struct platform *p, int64_t timeout_ns,
			 struct platform_kernel_status *out);

/* Calls of programs that can be audited, by their numbers on i386. */
enum sim_call_number {
	SIM_CALL_OPEN = 5,
	SIM_CALL_UNLINK = 10,
	SIM_CALL_RENAME = 38,
	SIM_CALL_MKDIR = 39,
	SIM_CALL_RMDIR = 40,
};

struct sim_call {
	bool audited;
	int kept; /* room for it */
	struct platform_audit_event event;
};

/* audit.c; around a call of a process, which may have to wait first. Returns 0, or -EINTR: it ends
 * without having made it. sim_call_end() returns the result. */
int sim_call_begin(struct sim_process *me, struct sim_call *call, unsigned number, const char *path,
		   const char *second);
int sim_call_end(struct sim_process *me, struct sim_call *call, int result);
/* Of the platform. */
int sim_op_audit_serve(struct platform *p, uint64_t *origin);
int sim_op_audit_set(struct platform *p, const struct platform_audit_settings *settings);
int sim_op_audit_read(struct platform *p, struct platform_audit_event *out, unsigned max);
int sim_op_audit_done(struct platform *p);
int sim_op_audit_rewind(struct platform *p);
unsigned sim_op_audit_names(struct platform *p, const struct platform_audit_name **out);

/* files.c; paths are absolute and plain (no . or ..). Errors are negated errno values. */
struct sim_file *sim_file_find(const struct sim *s, const char *path);
int sim_file_make(struct sim *s, const char *path, bool is_dir, mode_t mode, uid_t uid,
		  struct sim_file **out);
int sim_file_write(struct sim *s, struct sim_file *f, const void *data, size_t bytes,
		   uint64_t offset);
ssize_t sim_file_read(const struct sim_file *f, void *buffer, size_t bytes, uint64_t offset);
int sim_file_resize(struct sim *s, struct sim_file *f, uint64_t size);
int sim_file_rename(struct sim *s, const char *from, const char *to);
int sim_file_unlink(struct sim *s, const char *path);
void sim_file_release(struct sim *s, struct sim_file *f); /* an open one is closed */
int sim_file_list(const struct sim *s, const char *path, int (*entry)(void *arg, const char *name),
		  void *arg);
struct sim_mount *sim_mount_of(struct sim *s, const char *path);
void sim_mount_space(const struct sim_mount *m, struct platform_space *out);
void sim_files_free(struct sim *s);

/* events.c */
int sim_events_open(struct platform *p, unsigned classes, size_t ring_bytes,
		    struct platform_events **out);
int sim_events_next(struct platform *p, struct platform_events *e, struct platform_event *out);
void sim_events_close(struct platform *p, struct platform_events *e);
bool sim_events_open_still(const struct sim *s, const struct platform_events *e);
void sim_events_let_go(struct sim_process *p); /* closes all that it has open */
int sim_login_begin(struct platform *p, struct platform_login *out);
int sim_login_of(struct platform *p, pid_t pid, struct platform_login *out);
int sim_login_next(struct platform *p, uint64_t *cursor, struct platform_login *out);
int sim_login_forget(struct platform *p, const struct platform_session *id);
int sim_login_leave(struct platform *p);
/* After a process of a login session (0: none) has gone. */
void sim_login_member_gone(struct sim *s, uint64_t number);

/* guard.c */
int sim_kernel_files(struct platform *p, const struct platform_file *files, size_t count);
/* Bits of accesses for sim_guard_ask(). */
#define SIM_READS  (1u << PLATFORM_ACCESS_READ)
#define SIM_WRITES (1u << PLATFORM_ACCESS_WRITE)
#define SIM_ENTERS (1u << PLATFORM_ACCESS_CHDIR)
/* 0, or -EACCES where a daemon's rules refuse it. */
int sim_guard_ask(struct sim_process *me, const char *path, unsigned accesses);
void sim_guard_let_go(struct sim_process *p); /* of what it has guarded */
void sim_guard_free(struct sim *s);

/* database.c */
int sim_database_register(struct sim *s);
void sim_database_unregister(struct sim *s);

#endif
