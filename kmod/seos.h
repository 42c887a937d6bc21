/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of SEOS_syscall say to each other: slots.c keeps who is inside, hook.c puts the
 * hooks in and out, callers.c reads the slots, unload.c empties them, control.c decides what may
 * happen when, session.c counts who belongs to a login, events.c tells who wants to know, device.c is the door to user space.
 *
 * Not for: user space (uapi/SEOS_syscall.h).
 */
#ifndef SEOS_H
#define SEOS_H

#include <linux/jump_label.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/threads.h>
#include <linux/types.h>
#include <linux/uio.h>

#include "uapi/SEOS_syscall.h"

/*
 * A slot is one word a PID: 0 outside hooked calls; inside, the low SLOT_CALL_BITS say which call
 * and the others when it began, in jiffies. Only the thread that has the PID writes it. One page of
 * slots is a leaf, behind it a page with what slot_original() says; the directory covers every
 * possible PID.
 */
#define SLOT_CALL_BITS 16
#define SLOT_NUMBER    0x0fff /* call number */
#define SLOT_MOVABLE   0x2000 /* socketcall that is an accept */
#define SLOT_I386      0x4000 /* a 32-bit caller of a 64-bit kernel: not its native ABI */

#define SLOT_LEAF_BITS (PAGE_SHIFT - 3)
#define SLOT_LEAF_SIZE (1U << SLOT_LEAF_BITS)
#define SLOT_LEAVES    (PID_MAX_LIMIT >> SLOT_LEAF_BITS)
#define SLOT_LEAF_ORDER 1

extern u64 *slots_directory[SLOT_LEAVES];

int slots_init(void);
void slots_free(void);

/* Makes the leaf that holds the caller's slot. Never sleeps. NULL: no memory, the call is counted
 * as missed.
 */
u64 *slots_grow(void);
u64 slots_missed(void);

/* The first slot in use after *pid, which becomes its PID. 0: none. */
u64 slots_next(pid_t *pid);
u64 slots_read(pid_t pid);

static inline u64 slot_value(unsigned int call)
{
	return (u64)jiffies << SLOT_CALL_BITS | call;
}

/* Whether a call began after a time (jiffies). */
static inline bool slot_later(u64 value, unsigned long time)
{
	return time_after((unsigned long)(value >> SLOT_CALL_BITS), time);
}

/*
 * Where a word is half a slot, readers see the call or none, and its time as it was written with it:
 * the half with the call comes last, and is looked at before and after the other.
 */
#ifdef CONFIG_64BIT
static __always_inline void slot_enter(u64 *slot, u64 value)
{
	WRITE_ONCE(*slot, value);
}

static __always_inline void slot_leave(u64 *slot)
{
	WRITE_ONCE(*slot, 0);
}

static inline u64 slot_load(const u64 *slot)
{
	return READ_ONCE(*slot);
}
#else
union slot_halves {
	u64 value;
	struct {
#ifdef __LITTLE_ENDIAN
		u32 low, high;
#else
		u32 high, low;
#endif
	};
};

static __always_inline void slot_enter(u64 *slot, u64 value)
{
	union slot_halves *halves = (union slot_halves *)slot;

	WRITE_ONCE(halves->high, value >> 32);
	smp_wmb();
	WRITE_ONCE(halves->low, value);
}

static __always_inline void slot_leave(u64 *slot)
{
	WRITE_ONCE(((union slot_halves *)slot)->low, 0);
	smp_wmb(); /* before the next high half */
}

static inline u64 slot_load(const u64 *slot)
{
	const union slot_halves *halves = (const union slot_halves *)slot;
	union slot_halves copy;

	do {
		copy.low = READ_ONCE(halves->low);
		smp_rmb();
		copy.high = READ_ONCE(halves->high);
		smp_rmb();
	} while (copy.low != READ_ONCE(halves->low));
	return copy.low ? copy.value : 0;
}
#endif

/* The caller's slot; NULL as slots_grow(). */
static __always_inline u64 *slot_current(void)
{
	unsigned int pid = current->pid;
	u64 *leaf = READ_ONCE(slots_directory[pid >> SLOT_LEAF_BITS]);

	if (unlikely(!leaf))
		leaf = slots_grow();
	return leaf ? leaf + (pid & (SLOT_LEAF_SIZE - 1)) : NULL;
}

/* Where the caller's hooked function goes on, between its diversion and the call of it. */
static __always_inline u64 *slot_original(u64 *slot)
{
	return slot + SLOT_LEAF_SIZE;
}

enum hook_kind {
	HOOK_PLAIN,
	HOOK_ACCEPT,
	HOOK_EXEC,
	HOOK_SOCKETCALL,
	HOOK_REBOOT,
	HOOK_REMOVE,
	HOOK_SHARED,
};

struct hook {
	const char *entry;	/* name of the hooked function */
	unsigned long address;	/* 0: this kernel does not have it */
	u16 call;		/* as in a slot: number and ABI */
	u8 kind;		/* enum hook_kind */
};

/* The address of a kernel function, exported or not; 0: there is none. May sleep. */
unsigned long symbol_find(const char *name);

/* Finds the entry functions. -ENOENT: not one of them. */
int hooks_init(const char *mechanism);
void hooks_free(void);
unsigned int hooks_count(void);
u32 hooks_mechanism(void);

/* These are called under the control lock, and do nothing where it is done already. Removing stops
 * new entries, and waits until whoever stood between hook and slot is in the table or gone; it does
 * not fail. A failed installation may have let callers in.
 */
int hooks_install(void);
void hooks_remove(void);
bool hooks_live(void);

/* A slot's value says that unloading can take the caller out. */
bool hooks_movable(u64 value);

/* Threads that execute a program without being the leader; see hook.c. Returns the first with a
 * higher id, with a reference to its task, or 0.
 */
u64 hooks_exec_next(u64 *id, struct task_struct **task);

/* Walks over everybody who is inside. */
struct caller {
	u64 cursor;			/* begin with 0 */
	u64 value;			/* as in a slot */
	pid_t pid;			/* 0: not from a slot */
	struct task_struct *task;	/* see callers_task() */
};

bool callers_next(struct caller *caller);
void callers_end(struct caller *caller); /* after leaving the walk early */
/* The caller's task, with a reference until the walk goes on. NULL: it died inside, in an oops, or
 * has just left.
 */
struct task_struct *callers_task(struct caller *caller);
void callers_count(u32 *inside, u32 *movable);

/* What call->program holds, so that the next caller can share it. Begin with zeroes. */
struct program {
	struct file *file;	/* held; NULL: nothing that could be shared */
	size_t length;		/* of the path, without its terminating zero */
};

void program_forget(struct program *program);

/* Describes the caller in call, which nobody else may change between callers. False: it has left
 * meanwhile.
 */
bool callers_describe(struct caller *caller, struct seos_call *call, struct program *last);

/* -EBUSY: refused, -EINTR: refused because of a signal; then the hooks have stayed, or are back if
 * they were wanted, unless installing failed. 0: nobody is inside, and nobody can come.
 */
int unload_empty(u64 timeout_ns, bool hooked);

/* For tests: whether the step of loading that asks is the one that has to fail. */
bool load_fails(void);

int control_init(bool monitor);
void control_exit(void);
int control_monitor(bool on);
int control_prepare(u64 timeout_ns);
int control_cancel(void);
void control_status(struct seos_status *status);

/* SEOS_CLASS_ bits that somebody has subscribed to. Look before there is anything to write. */
extern u32 events_classes;

static __always_inline bool events_wanted(u32 class)
{
	return unlikely(READ_ONCE(events_classes) & class);
}

/*
 * Sends an event of the type to all who have subscribed to its class: a header, and the parts as its
 * body, SEOS_EVENT_MAX bytes together at most. Never sleeps, takes no lock; from anywhere but an NMI.
 */
void events_write(u16 type, const struct kvec *parts, unsigned int count);

/* On success *memory is a reference to a file for the program. */
int events_subscribe(struct seos_subscribe *wanted, struct file **memory);
u64 events_lost(void);
unsigned int events_subscribers(void);
void events_exit(void);

/* See SEOS_IOC_GUARD, SEOS_IOC_SILENT and SEOS_IOC_FILES; of a name only what is before its zero
 * counts.
 */
int guard_add(const struct file *file, const struct seos_guard *wanted);
int guard_files(const struct file *file, const struct seos_files *wanted);
int guard_silent(const struct file *file, const struct seos_silent *wanted);
/* The descriptor is closed. */
void guard_release(const struct file *file);
void guard_exit(void);

/* Gives the subscriber of that memory another eventfd. */
int events_rewake(struct file *memory, int eventfd);
/* Whether so many more bytes fit into this CPU's ring in that memory; for now. */
bool events_room(const struct file *memory, u32 bytes);
/*
 * As events_write(), where this CPU's ring in that memory has so much room, which is no less than the
 * event takes; else false, and nobody gets anything.
 */
bool events_write_within(const struct file *memory, u32 room, u16 type, const struct kvec *parts,
			 unsigned int count);
/* Has the reader of that memory told of an event that it does not get. */
void events_lose(const struct file *memory);

/* Something is selected: hooks make their calls through audit_call(), in their slots. */
DECLARE_STATIC_KEY_FALSE(audit_on);
long audit_call(const struct pt_regs *regs, unsigned long original, unsigned int call);
/* *memory: a reference for the program, or NULL where it asked for none. */
int audit_set(struct seos_audit_settings *wanted, struct file **memory);
int audit_name(struct seos_audit_name *name);
void audit_init(void);
void audit_exit(void);

/* The requests of the device about sessions; errors as in uapi/SEOS_syscall.h. */
int sessions_begin(struct seos_session *wanted);
int sessions_of(struct seos_session *asked);
int sessions_next(struct seos_session *asked);
int sessions_forget(const struct seos_session_id *id);
int sessions_leave(void);
/* The session of the caller's process and its label, whose bytes it returns; 0 and a leader 0 when
 * it is in none. Does not sleep.
 */
u32 sessions_current(struct seos_session_id *id, char label[SEOS_SESSION_LABEL_MAX]);

int sessions_init(void);
void sessions_exit(void);
void sessions_status(struct seos_status *status); /* fills in its part */

#endif
