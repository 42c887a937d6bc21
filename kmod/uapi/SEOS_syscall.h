/* SPDX-License-Identifier: MIT */
/*
 * What user space and the kernel extension SEOS_syscall say to each other, over ioctl calls on
 * /dev/SEOS_syscall. The device is for root alone: mode 0600, and opening it needs CAP_SYS_ADMIN.
 *
 * Not for: what a program makes of it (secons, SEOS_load) or the kernel's inner workings.
 *
 * Events (a login session has ended, a call was audited) do not come through the device but through
 * shared memory, so that who reads them keeps nobody from unloading the extension:
 * SEOS_IOC_SUBSCRIBE names the classes that are wanted and returns a descriptor of that memory,
 * which holds a ring for each CPU. Every subscriber has rings of his own, reads at his own pace,
 * and waits with poll() on an eventfd. What did not fit is counted: the sequence numbers tell how
 * much is missing, and where. The device can be closed after subscribing; a subscription ends when
 * memory and descriptor are given up, or with the process. When the extension goes, the rings can
 * be read to their end, and then say that no more will come. How to read a ring: SEOS_ring.h.
 *
 * Every call returns 0, or -1 with errno set. Beyond the errors named below: EPROTO before
 * SEOS_IOC_HELLO has succeeded on this descriptor, ENOTTY for an unknown request, EFAULT for a bad
 * pointer. Structures have the same layout for 32-bit and 64-bit programs; padding is zero.
 */
#ifndef SEOS_SYSCALL_H
#define SEOS_SYSCALL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define SEOS_DEVICE         "/dev/SEOS_syscall"
#define SEOS_MODULE         "SEOS_syscall" /* name for delete_module(2) and /sys/module */
#define SEOS_ABI            4U /* raised by every change of this file that programs could notice */
#define SEOS_PROGRAM_MAX    1024 /* bytes of a program path, terminating zero included */
#define SEOS_TIMEOUT_MAX_NS (3600ULL * 1000000000ULL) /* longest wait of SEOS_IOC_PREPARE */

/* Both sides refuse each other: the module answers EPROTO to another version than its own, with its
 * own version left in abi; the program must compare as well. First request on every descriptor. */
struct seos_hello {
	__u32 abi;      /* in: the program's SEOS_ABI; out: the module's */
	__u32 reserved; /* 0 */
};

enum seos_state {
	SEOS_STATE_ACTIVE = 0, /* the module cannot be removed: delete_module gives EWOULDBLOCK */
	SEOS_STATE_PREPARING = 1, /* SEOS_IOC_PREPARE is waiting for callers to leave */
	SEOS_STATE_PREPARED =
		2, /* the hooks are out, nobody is inside, the module can be removed */
};

enum seos_mechanism {
	SEOS_MECHANISM_DIRECT = 1,   /* direct trampoline */
	SEOS_MECHANISM_IPMODIFY = 2, /* instruction pointer changed by an ftrace callback */
};

/* All counts are of this instant. */
struct seos_status {
	__u32 state;     /* enum seos_state */
	__u32 mechanism; /* enum seos_mechanism; 0: never hooked yet */
	__u32 hooks;     /* entry functions the module knows and this kernel has */
	__u32 monitor;  /* 1: in-flight calls are tracked; 0: they are not, and the hooks are out */
	__u32 inside;   /* callers inside hooked calls */
	__u32 blocking; /* those of them that unloading cannot move out of the way */
	__u64 missed; /* calls let through untracked for want of memory, since the module was loaded
		       */
	__u64 lost;   /* events that did not fit into a subscriber's ring, since then */
	__u32 classes;     /* events that somebody has subscribed to */
	__u32 subscribers; /* that have not gone */
	__u32 sessions;    /* login sessions, with those that have ended and are not forgotten */
	__u32 members;     /* their processes */
	__u64 uncounted;   /* processes that no session counts, for want of memory */
};

enum seos_abi {
	SEOS_ABI_X86_64 = 1, /* x32 programs too: same entries, bit 30 of the number removed */
	SEOS_ABI_I386 = 2,
	SEOS_ABI_ARM64 = 3,
	SEOS_ABI_ARM = 4,
	SEOS_ABI_S390X = 5,
	SEOS_ABI_S390 = 6, /* 31-bit programs */
};

#define SEOS_CALL_MOVABLE                                                                          \
	1U /* unloading takes this caller out by itself: the dash of secons -scl */

/* A caller inside a hooked call. */
struct seos_call {
	__s32 number; /* of the call, as the caller's ABI knows it: open is 2 on x86-64, 5 on i386
		       */
	__u32 abi;    /* enum seos_abi */
	__s32 pid;    /* of the thread that is inside, in the initial PID namespace */
	__s32 tgid;  /* of its process: what ps calls PID. Equal to pid in a single-threaded program
		      */
	__s32 ppid;  /* of the process's parent */
	__u32 uid;   /* real user, in the initial user namespace */
	__u32 flags; /* SEOS_CALL_ bits */
	__u32 reserved;
	__u64 start_ns;    /* boot time (CLOCK_BOOTTIME) when the call began, to one tick */
	__u64 duration_ns; /* since then; time the machine slept is not counted */
	/* Path of the executable; [name] where it has none, or one longer than this. Bytes beyond
	 * the terminating zero are left as they were. */
	char program[SEOS_PROGRAM_MAX];
};

/*
 * One chunk of the list of in-flight calls: at most max entries, by ascending pid. To read all of
 * it, begin with cursor 0 and repeat, with the cursor as it was left, until count is 0. Nobody is
 * stopped meanwhile: a caller that is inside during the whole reading is listed once, one that
 * enters or leaves during it may or may not be. (A thread other than the leader that executes a
 * program changes its PID underway; such callers come last, in the order of their calls.)
 * EINVAL: max is 0 or more than SEOS_LIST_MAX.
 */
#define SEOS_LIST_MAX 65536U
struct seos_list {
	__u64 cursor; /* in and out */
	__u64 calls;  /* address of an array of max struct seos_call */
	__u32 max;
	__u32 count; /* out */
};

/* See SEOS_IOC_PREPARE. */
struct seos_prepare {
	__u64 timeout_ns; /* longest wait for callers to leave; 0: those who can move only */
	struct seos_status status; /* out: also when it fails with EBUSY or EINTR */
};

#define SEOS_IOC_HELLO   _IOWR('S', 0x00, struct seos_hello)
#define SEOS_IOC_STATUS  _IOR('S', 0x01, struct seos_status)

/* Argument: 1 tracks in-flight calls from here on, 0 stops it. Callers already inside stay listed
 * until they leave, and keep blocking. EINVAL: another argument. EBUSY: unloading is prepared, or
 * hooking failed because someone else holds a hooked function. */
#define SEOS_IOC_MONITOR _IOW('S', 0x02, __u32)

#define SEOS_IOC_LIST    _IOWR('S', 0x03, struct seos_list)

/*
 * Prepares unloading: takes the hooks out, waits for callers to leave, and moves those in accept
 * out once they are the only ones (their programs notice nothing). 0: state is SEOS_STATE_PREPARED;
 * close the descriptor, then delete_module works. EBUSY: somebody is still inside; everything is as
 * it was, SEOS_IOC_LIST says who blocks. EINTR: a signal came; as with EBUSY. EALREADY: prepared
 * already. EINVAL: the timeout is longer than SEOS_TIMEOUT_MAX_NS.
 */
#define SEOS_IOC_PREPARE _IOWR('S', 0x04, struct seos_prepare)

/* Takes back a preparation: hooked as before. EALREADY: nothing is prepared. */
#define SEOS_IOC_CANCEL  _IO('S', 0x05)

/* Events. A class is a bit; the upper byte of a type is the number of that bit. */
#define SEOS_CLASS_MARK                                                                            \
	(1U << 1) /* SEOS_IOC_MARK: what has been read up to a mark was there before it */
#define SEOS_CLASS_SESSION (1U << 2) /* login sessions */
#define SEOS_CLASS_AUDIT   (1U << 3) /* audited calls */
#define SEOS_CLASS_ACCESS  (1U << 4) /* to files that SEOS_IOC_FILES names */
#define SEOS_CLASSES       (SEOS_CLASS_MARK | SEOS_CLASS_SESSION | SEOS_CLASS_AUDIT | SEOS_CLASS_ACCESS)

enum seos_event_type {
	SEOS_EVENT_GAP = 0x001,         /* made by readers alone (SEOS_ring.h): struct seos_gap */
	SEOS_EVENT_MARK = 0x101,        /* struct seos_mark */
	SEOS_EVENT_SESSION_END = 0x201, /* struct seos_session_id */
	SEOS_EVENT_AUDIT = 0x301,       /* struct seos_audit, its path, its second path */
	SEOS_EVENT_ACCESS = 0x401,      /* struct seos_access, then what it says */
};

#define SEOS_EVENT_MAX 4096U /* bytes of an event, header included */

/* What every event begins with; its body follows. In a ring it begins at a multiple of 8. */
struct seos_event {
	__u32 length; /* bytes, with this header, without what fills up to a multiple of 8 */
	__u16 type;   /* enum seos_event_type */
	__u16 cpu;
	__u64 sequence; /* in this ring, from 0: counts the lost ones, too */
	__u64 time_ns;  /* boot time (CLOCK_BOOTTIME), ascending in a ring */
};

/* Events are missing: those from the header's sequence number on. Its time is that of the last
 * event before them. */
struct seos_gap {
	__u64 lost;
};

struct seos_mark {
	__u64 number; /* as given to SEOS_IOC_MARK */
};

/* The head of a ring; its bytes follow. Positions count bytes ever written, modulo 2^32. */
struct seos_ring {
	__u32 head;   /* written by the extension: where the next event will be */
	__u32 next;   /* low half of that event's sequence number. Written after head */
	__u32 closed; /* 1: the extension has gone; no event will come */
	__u32 reserved[29];
	__u32 tail; /* written by the reader: where the next unread event is */
	__u32 reserved_for_reader[31];
};

#define SEOS_RING_MIN        8192U
#define SEOS_RING_MAX        (1U << 24)
#define SEOS_SUBSCRIBERS_MAX 8U

/*
 * ring[i], of CPU i, begins at i * (sizeof(struct seos_ring) + ring_bytes) in the memory, which is
 * to be mapped shared, to read and to write. EINVAL: no class or an unknown one, another
 * ring_bytes; EBADF: no eventfd; EBUSY: SEOS_SUBSCRIBERS_MAX have subscribed; ENOMEM.
 */
struct seos_subscribe {
	__u32 classes;
	__u32 ring_bytes; /* of each ring: a power of two from SEOS_RING_MIN to SEOS_RING_MAX */
	__s32 eventfd;    /* is made readable when an event comes to an empty ring */
	__s32 memory;     /* out: descriptor, closed on exec */
	__u32 rings;      /* out */
	__u32 reserved;   /* 0 */
};

#define SEOS_IOC_SUBSCRIBE     _IOWR('S', 0x06, struct seos_subscribe)

/* Sends SEOS_EVENT_MARK, on the caller's CPU. */
#define SEOS_IOC_MARK          _IOW('S', 0x07, struct seos_mark)

/*
 * Login sessions. SEOS_IOC_SESSION_BEGIN makes a process the first one of a session; from then on
 * what it forks belongs to it, whatever user, process group or program it becomes. When the last
 * process has ended, the session has: SEOS_EVENT_SESSION_END says so at once, and the session stays
 * in the table until it is forgotten, so that who was not there to hear the event loses nothing.
 */
#define SEOS_SESSIONS_MAX      65536U
#define SEOS_SESSION_LABEL_MAX 1024U

struct seos_session_id {
	__s64 start_s;  /* wall clock; made different for two with the same leader */
	__s32 leader;   /* its first process, in the initial PID namespace */
	__u32 reserved; /* 0 */
};

struct seos_session {
	struct seos_session_id id;
	__u64 number;      /* ascending in the order in which they began, from 1 */
	__u64 end_ns;      /* boot time (CLOCK_BOOTTIME) of its end; 0: processes are left */
	__u32 processes;   /* that are left */
	__u32 label_bytes; /* in label: whatever the beginner wanted to be remembered */
	char label[SEOS_SESSION_LABEL_MAX];
};

/* in: id.leader, label; out: the rest. A process that is in a session goes into the new one.
 * ESRCH: no such process; EINVAL: label_bytes; ENOSPC: SEOS_SESSIONS_MAX; ENOMEM. */
#define SEOS_IOC_SESSION_BEGIN  _IOWR('S', 0x08, struct seos_session)

/* in: id.leader, any process; out: the session it is in. ESRCH: none. */
#define SEOS_IOC_SESSION_OF     _IOWR('S', 0x09, struct seos_session)

/* in: number; out: the next session by number. ENOENT: there is none. */
#define SEOS_IOC_SESSION_NEXT   _IOWR('S', 0x0a, struct seos_session)

/* ENOENT: no such session; EBUSY: it has not ended. */
#define SEOS_IOC_SESSION_FORGET _IOW('S', 0x0b, struct seos_session_id)

/* The calling process is in no session any more, nor is what it forks. ESRCH: it was in none. */
#define SEOS_IOC_SESSION_LEAVE  _IO('S', 0x0c)

/*
 * What a daemon has the extension refuse holds until the descriptor that asked for it is closed,
 * and is no matter for the daemon's own process. Several daemons can be there, each with its own
 * descriptor; what one of them has refused is refused, to the others as well. ENOSPC: there are
 * SEOS_DAEMONS_MAX. EOPNOTSUPP: not on this machine.
 */
#define SEOS_DAEMONS_MAX        64

/*
 * Protects a file of the daemon, by folder and name, from all other processes. WRITE: nobody else
 * can open it for writing, make, truncate, delete, rename, link or replace it, or change its mode
 * or owner; OPEN: nor open it at all. EPERM is what they get. ENOSPC: also more than
 * SEOS_GUARDS_MAX of one daemon. EBADF, ENOTDIR: folder is no descriptor of a folder. EINVAL: no
 * name, or unknown flags.
 */
#define SEOS_GUARDS_MAX         16
#define SEOS_GUARD_NAME_MAX     64 /* bytes, terminating zero included */
#define SEOS_GUARD_WRITE        (1U << 0)
#define SEOS_GUARD_OPEN         (1U << 1)
struct seos_guard {
	__s32 folder;
	__u32 flags; /* SEOS_GUARD_ bits */
	char name[SEOS_GUARD_NAME_MAX];
};

#define SEOS_IOC_GUARD _IOW('S', 0x18, struct seos_guard)

/*
 * Maintenance mode. With deny, while there is no daemon, nobody but the user uid (real, in the
 * initial user namespace), the kernel and PID 1 can open, create, delete, rename or change files,
 * execute programs, connect, bind, accept or signal: EPERM. There is one for the machine, as it was
 * last said, and it stays when the descriptor is closed. daemon 1: this descriptor is a daemon's.
 * EINVAL: deny or daemon is neither 0 nor 1.
 */
struct seos_silent {
	__u32 deny;
	__u32 uid;
	__u32 daemon;
	__u32 reserved; /* 0 */
};

#define SEOS_IOC_SILENT _IOW('S', 0x19, struct seos_silent)

/*
 * Files that not everybody may have. They are known by folder and name, so that one that is
 * replaced stays the same. What is permitted was decided before: the extension looks up the verdict
 * for the real user of whoever asks, obeys it, and reports it. EACCES is what a refused one gets.
 */
enum seos_access_kind {
	SEOS_ACCESS_READ = 0,  /* opening for reading; executing is no reading */
	SEOS_ACCESS_WRITE = 1, /* what SEOS_GUARD_WRITE says */
	SEOS_ACCESS_CHDIR = 2, /* making it the working directory, or the root */
};

#define SEOS_ACCESS_KINDS   3
#define SEOS_VERDICT_REFUSE 0x80 /* else it is permitted */
#define SEOS_VERDICT_TELL   0x40 /* SEOS_EVENT_ACCESS reports it */
#define SEOS_VERDICT_REASON 0x3f /* the daemon's own, for the report */

struct seos_right {
	__u32 uid;                       /* real, in the initial user namespace */
	__u8 verdict[SEOS_ACCESS_KINDS]; /* by enum seos_access_kind */
	__u8 reserved;                   /* 0 */
};

#define SEOS_FILE_NAME_MAX   256 /* bytes, terminating zero included */
#define SEOS_FILE_RECORD_MAX 256

struct seos_file {
	__s32 folder; /* descriptor */
	__u32 rights; /* ascending uid, and behind them one for everybody else, whose uid is 0 */
	char name[SEOS_FILE_NAME_MAX];     /* "": the folder itself, where something is mounted */
	char record[SEOS_FILE_RECORD_MAX]; /* what the daemon calls it, for the report */
};

/*
 * These are the daemon's files from now on, all of them or, when it fails, those it had. rights is
 * one array, those of the first file first. EINVAL: a count is too large, a text without an end,
 * rights that are not as said; EBADF, ENOTDIR: as SEOS_IOC_GUARD; ENOMEM.
 */
#define SEOS_FILES_MAX  1024U
#define SEOS_RIGHTS_MAX 65536U
struct seos_files {
	__u64 owner;  /* the daemon's own, for the report */
	__u64 files;  /* address of an array of count struct seos_file */
	__u64 rights; /* address of an array of right_count struct seos_right */
	__u32 count;
	__u32 right_count;
};

#define SEOS_IOC_FILES _IOW('S', 0x1a, struct seos_files)

/* A report. Its texts follow, without terminating zeroes: the record, the path of the program, the
 * label of the login session. */
struct seos_access {
	__u64 owner;                    /* whose file it is */
	struct seos_session_id session; /* leader 0: it is in none */
	__s32 pid;                      /* of the process, in the initial PID namespace */
	__u32 uid, euid;                /* in the initial user namespace */
	__u8 kind;                      /* enum seos_access_kind */
	__u8 verdict;
	__u16 record_bytes, program_bytes, label_bytes;
};

/* Audited calls, by classes as HP-UX has them. */
enum seos_audit_class {
	SEOS_AUDIT_ADMIN = 1,
	SEOS_AUDIT_CLOSE,
	SEOS_AUDIT_CREATE,
	SEOS_AUDIT_DELETE,
	SEOS_AUDIT_IPCCLOSE,
	SEOS_AUDIT_IPCCREAT,
	SEOS_AUDIT_IPCDGRAM,
	SEOS_AUDIT_IPCOPEN,
	SEOS_AUDIT_LOGIN,
	SEOS_AUDIT_MODACCESS,
	SEOS_AUDIT_MODDAC,
	SEOS_AUDIT_OPEN,
	SEOS_AUDIT_PROCESS,
	SEOS_AUDIT_READDAC,
	SEOS_AUDIT_REMOVABLE,
};

#define SEOS_AUDIT_PATH_MAX 1023 /* bytes of a path that are noted */

/* A call that has been made. Its paths follow, without terminating zeroes. */
struct seos_audit {
	__u64 wall_ns; /* since 1970 UTC */
	__s64 result;  /* negated errno value when it failed */
	__u64 args[4];
	__s32 pid, ppid;            /* of the process, in the initial PID namespace */
	__u32 uid, euid, gid, egid; /* as the call was made */
	__u16 number;
	__u8 abi;   /* enum seos_abi */
	__u8 class; /* enum seos_audit_class */
	__u16 path_bytes, second_bytes;
	char program[16];
};

#define SEOS_AUDIT_SUCCESS 1U  /* calls that succeed */
#define SEOS_AUDIT_FAILURE 2U  /* calls that fail */
#define SEOS_AUDIT_WAIT    4U  /* callers wait while there is no room, those of root excepted */
#define SEOS_AUDIT_SUSPEND 8U  /* such callers wait in any case */
#define SEOS_AUDIT_KEEP    16U /* classes and flags stay as they are */
#define SEOS_AUDIT_FLAGS   31U

/*
 * Selects what is audited, and makes the caller's process the one whose calls never are. With an
 * eventfd it becomes the reader as well: memory holds rings as with SEOS_IOC_SUBSCRIBE, but they
 * stay, and what is in them, when the reader ends, and the next one gets the same. EINVAL: unknown
 * flag, or as SEOS_IOC_SUBSCRIBE; EBADF: no eventfd, and there has never been a reader.
 */
struct seos_audit_settings {
	__u32 classes; /* bit 1 << enum seos_audit_class; 0: nothing is audited */
	__u32 flags;
	__u32 ring_bytes; /* in: of each ring; out: as it is */
	__s32 eventfd;    /* negative: the rings are not wanted */
	__s32 memory;     /* out */
	__u32 rings;      /* out */
	__u64 origin;     /* out: tells which loading of the extension counts the events */
};

#define SEOS_IOC_AUDIT _IOWR('S', 0x10, struct seos_audit_settings)

/* The table of calls that can be audited: begin with index 0 and repeat until ENOENT. */
struct seos_audit_name {
	__u32 index; /* in and out */
	__u16 number;
	__u8 abi;
	__u8 class;
	char name[24];
};

#define SEOS_IOC_AUDIT_NAME _IOWR('S', 0x11, struct seos_audit_name)

#endif
