// SPDX-License-Identifier: GPL-2.0-only
/*
 * Audited calls: which are selected, what is noted of one, and who waits while its events find no
 * room. While nothing is selected, the hooks do not come here.
 *
 * The rings are those of one subscriber (events.c) whose memory is held here, so that what has not
 * been read outlives its reader: the next one gets the same memory.
 *
 * Not for: what is made of the events.
 */
#include <linux/compat.h>
#include <linux/cred.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include <asm/syscall.h>

#include "seos.h"

#include "arch.h"

#define LOOK_AGAIN (HZ / 50) /* whoever makes room does not tell */
#define ROOM_KEPT (8 * SEOS_EVENT_MAX) /* on a CPU, for calls that have begun */
#define ROOM_BEFORE (ROOM_KEPT + SEOS_EVENT_MAX) /* more than those leave who never wait */

/* What is audited of a call: its class, and which arguments are paths, 1 for the first; 0: none. */
struct audit_kind {
	const char *name;
	u8 class;
	u8 path, second;
};

#define KIND(class, call, ...) { #call, SEOS_AUDIT_##class, __VA_ARGS__ }

static const struct audit_kind kinds[] = {
	KIND(PROCESS, clone),
	KIND(PROCESS, clone3),
	KIND(PROCESS, fork),
	KIND(PROCESS, vfork),
	KIND(PROCESS, execve, 1),
	KIND(PROCESS, execveat, 2),
	KIND(PROCESS, kill),
	KIND(PROCESS, tkill),
	KIND(PROCESS, tgkill),
	KIND(PROCESS, rt_sigqueueinfo),
	KIND(PROCESS, rt_tgsigqueueinfo),
	KIND(PROCESS, pidfd_send_signal),
	KIND(PROCESS, ptrace),
	KIND(OPEN, open, 1),
	KIND(OPEN, openat, 2),
	KIND(OPEN, openat2, 2),
	KIND(OPEN, open_by_handle_at),
	KIND(OPEN, truncate, 1),
	KIND(OPEN, ftruncate),
	KIND(OPEN, truncate64, 1),
	KIND(OPEN, ftruncate64),
	KIND(CREATE, creat, 1),
	KIND(CREATE, mkdir, 1),
	KIND(CREATE, mkdirat, 2),
	KIND(CREATE, mknod, 1),
	KIND(CREATE, mknodat, 2),
	KIND(CREATE, symlink, 1, 2),
	KIND(CREATE, symlinkat, 1, 3),
	KIND(CREATE, link, 1, 2),
	KIND(CREATE, linkat, 2, 4),
	KIND(DELETE, unlink, 1),
	KIND(DELETE, unlinkat, 2),
	KIND(DELETE, rmdir, 1),
	KIND(MODACCESS, rename, 1, 2),
	KIND(MODACCESS, renameat, 2, 4),
	KIND(MODACCESS, renameat2, 2, 4),
	KIND(MODACCESS, chdir, 1),
	KIND(MODACCESS, fchdir),
	KIND(MODACCESS, chroot, 1),
	KIND(MODACCESS, utime, 1),
	KIND(MODACCESS, utimes, 1),
	KIND(MODACCESS, futimesat, 2),
	KIND(MODACCESS, utimensat, 2),
	KIND(MODACCESS, utimensat_time64, 2),
	KIND(MODDAC, chmod, 1),
	KIND(MODDAC, fchmod),
	KIND(MODDAC, fchmodat, 2),
	KIND(MODDAC, chown, 1),
	KIND(MODDAC, lchown, 1),
	KIND(MODDAC, fchown),
	KIND(MODDAC, chown32, 1),
	KIND(MODDAC, lchown32, 1),
	KIND(MODDAC, fchown32),
	KIND(MODDAC, fchownat, 2),
	KIND(IPCOPEN, accept),
	KIND(IPCOPEN, accept4),
	KIND(IPCOPEN, connect),
	KIND(IPCOPEN, socketcall),
	KIND(IPCCREAT, bind),
	KIND(IPCCREAT, listen),
	KIND(LOGIN, setuid),
	KIND(LOGIN, setgid),
	KIND(LOGIN, setreuid),
	KIND(LOGIN, setregid),
	KIND(LOGIN, setresuid),
	KIND(LOGIN, setresgid),
	KIND(LOGIN, setfsuid),
	KIND(LOGIN, setfsgid),
	KIND(LOGIN, setgroups),
	KIND(LOGIN, setuid32),
	KIND(LOGIN, setgid32),
	KIND(LOGIN, setreuid32),
	KIND(LOGIN, setregid32),
	KIND(LOGIN, setresuid32),
	KIND(LOGIN, setresgid32),
	KIND(LOGIN, setfsuid32),
	KIND(LOGIN, setfsgid32),
	KIND(LOGIN, setgroups32),
	KIND(REMOVABLE, mount, 1, 2),
	KIND(REMOVABLE, umount, 1),
	KIND(REMOVABLE, umount2, 1),
	KIND(ADMIN, reboot),
	KIND(ADMIN, settimeofday),
	KIND(ADMIN, clock_settime),
	KIND(ADMIN, clock_settime64),
	KIND(ADMIN, stime),
	KIND(ADMIN, sethostname),
	KIND(ADMIN, init_module),
	KIND(ADMIN, finit_module),
	KIND(ADMIN, delete_module, 1),
};

/* The hooked calls by name; call is one more than in a slot, 0 where this machine has no such one. */
#define HOOK(name, kind, number, number_32, entry_32) \
	HOOK_64(name, kind, number, sys_##name) HOOK_32(name, kind, number_32, entry_32)
#define HOOK_64(name, kind, number, entry) { #name, ARCH_ROW_64(name, kind, number, entry) },
#define HOOK_32(name, kind, number, entry) { #name, ARCH_ROW_32(name, kind, number, entry) },
#define HOOK_ROW(entry, call, header, kind) (call) + 1
static const struct {
	const char *name;
	u16 call;
} calls[] = {
#include "hooks.def"
};
#undef HOOK_ROW

DEFINE_STATIC_KEY_FALSE(audit_on);

static u8 kind_of_call[2][SLOT_NUMBER + 1]; /* one more than the place in kinds; [1]: 32 bits */
static DEFINE_MUTEX(audit_lock); /* the rest; read without it by callers, a word at a time */
static struct file *memory; /* NULL: nobody has ever read */
static u32 ring_bytes;
static u64 origin;
static u32 classes, flags;
static struct pid *reader; /* whose own calls would never end; held, so that nobody inherits it */
static DECLARE_WAIT_QUEUE_HEAD(waiting);

static u8 *kind_place(unsigned int call)
{
	return &kind_of_call[!!(call & SLOT_I386)][call & SLOT_NUMBER];
}

static const struct audit_kind *kind_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	}
	return NULL;
}

void audit_init(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		const struct audit_kind *kind = kind_named(calls[i].name);

		if (kind && calls[i].call)
			*kind_place(calls[i].call - 1) = kind - kinds + 1;
	}
	origin = get_random_u64();
}

void audit_exit(void)
{
	static_branch_disable(&audit_on);
	if (memory)
		fput(memory);
	put_pid(reader);
}

int audit_name(struct seos_audit_name *name)
{
	for (size_t i = name->index; i < ARRAY_SIZE(calls); i++) {
		const struct audit_kind *kind = kind_named(calls[i].name);
		unsigned int call = calls[i].call - 1;

		if (!kind || !calls[i].call)
			continue;
		*name = (struct seos_audit_name){
			.index = i + 1,
			.number = call & SLOT_NUMBER,
			.abi = call & SLOT_I386 ? ARCH_ABI_32 : ARCH_ABI,
			.class = kind->class,
		};
		strscpy(name->name, kind->name, sizeof(name->name));
		return 0;
	}
	return -ENOENT;
}

/* Settings */

static int memory_take(struct seos_audit_settings *wanted, struct file **out)
{
	struct seos_subscribe subscription = {
		.classes = SEOS_CLASS_AUDIT,
		.ring_bytes = wanted->ring_bytes,
		.eventfd = wanted->eventfd,
	};
	int err;

	if (memory) {
		err = events_rewake(memory, wanted->eventfd);
		if (!err)
			*out = get_file(memory);
	} else {
		err = events_subscribe(&subscription, out);
		if (!err) {
			memory = get_file(*out);
			ring_bytes = wanted->ring_bytes;
		}
	}
	wanted->rings = nr_cpu_ids;
	wanted->ring_bytes = ring_bytes;
	wanted->origin = origin;
	return err;
}

int audit_set(struct seos_audit_settings *wanted, struct file **out)
{
	int err = 0;

	*out = NULL;
	if (wanted->flags & ~SEOS_AUDIT_FLAGS)
		return -EINVAL;
	if (mutex_lock_interruptible(&audit_lock))
		return -EINTR;
	if (wanted->eventfd >= 0)
		err = memory_take(wanted, out);
	else if (!memory)
		err = -EBADF;
	if (err)
		goto unlock;
	put_pid(xchg(&reader, get_pid(task_tgid(current))));
	if (!(wanted->flags & SEOS_AUDIT_KEEP)) {
		WRITE_ONCE(flags, wanted->flags);
		WRITE_ONCE(classes, wanted->classes);
		if (wanted->classes)
			static_branch_enable(&audit_on);
		else
			static_branch_disable(&audit_on);
	}
	wake_up_all(&waiting);
unlock:
	mutex_unlock(&audit_lock);
	return err;
}

/* Calls. Everything here may sleep: the caller stands in its slot. */

static bool may_wait(u32 for_what)
{
	return READ_ONCE(flags) & for_what && READ_ONCE(classes) &&
	       !uid_eq(current_euid(), GLOBAL_ROOT_UID);
}

static bool must_wait(u32 bytes)
{
	return may_wait(SEOS_AUDIT_SUSPEND) ||
	       (may_wait(SEOS_AUDIT_WAIT) && !events_room(memory, bytes));
}

/* False: the caller was killed while it waited. */
static bool wait_for_room(u32 bytes)
{
	while (must_wait(bytes)) {
		if (wait_event_killable_timeout(waiting, !must_wait(bytes), LOOK_AGAIN) < 0)
			return false;
	}
	return true;
}

/*
 * What is kept back is for those who waited before the call: what they have begun is noted even when
 * the ring has filled up meanwhile and they were killed. More of them than it holds wait once more.
 */
static void write_event(const struct kvec *parts, unsigned int count, u32 bytes)
{
	while (!events_write_within(memory, bytes + (may_wait(SEOS_AUDIT_WAIT) ? 0 : ROOM_KEPT),
				    SEOS_EVENT_AUDIT, parts, count)) {
		if (!may_wait(SEOS_AUDIT_WAIT) || !wait_for_room(bytes)) {
			events_lose(memory);
			return;
		}
	}
}

struct note {
	struct seos_audit event;
	char paths[2][SEOS_AUDIT_PATH_MAX];
	u32 length[2];
};

/* The path at the argument of that place, 1 for the first. */
static u32 note_path(char out[SEOS_AUDIT_PATH_MAX], const struct seos_audit *event, u8 place)
{
	const char __user *path;
	long n;

	if (!place)
		return 0;
	path = event->abi == ARCH_ABI ? u64_to_user_ptr(event->args[place - 1]) :
					compat_ptr(event->args[place - 1]);
	n = strncpy_from_user(out, path, SEOS_AUDIT_PATH_MAX);
	return n < 0 ? 0 : n;
}

static void note_begin(struct note *note, const struct pt_regs *regs, unsigned int call,
		       const struct audit_kind *kind)
{
	const struct cred *cred = current_cred();
	unsigned long args[6];

	syscall_get_arguments(current, (struct pt_regs *)regs, args);
	note->event = (struct seos_audit){
		.pid = task_tgid_nr(current),
		.ppid = task_ppid_nr(current),
		.uid = from_kuid(&init_user_ns, cred->uid),
		.euid = from_kuid(&init_user_ns, cred->euid),
		.gid = from_kgid(&init_user_ns, cred->gid),
		.egid = from_kgid(&init_user_ns, cred->egid),
		.number = call & SLOT_NUMBER,
		.abi = call & SLOT_I386 ? ARCH_ABI_32 : ARCH_ABI,
		.class = kind->class,
	};
	for (size_t i = 0; i < ARRAY_SIZE(note->event.args); i++)
		note->event.args[i] = args[i];
	get_task_comm(note->event.program, current);
	note->length[0] = note_path(note->paths[0], &note->event, kind->path);
	note->length[1] = note_path(note->paths[1], &note->event, kind->second);
}

/* A call that a signal interrupted fails for its program, or is made again and noted again. */
static long result_seen(long result)
{
	switch (result) {
	case -512: /* the ERESTART family, which no program sees */
	case -513:
	case -514:
	case -516:
		return -EINTR;
	default:
		return result;
	}
}

static void note_end(struct note *note, long result)
{
	bool failed = result < 0 && result >= -MAX_ERRNO;
	struct kvec parts[3] = {
		{ &note->event, sizeof(note->event) },
		{ note->paths[0], note->length[0] },
		{ note->paths[1], note->length[1] },
	};
	u32 bytes = sizeof(struct seos_event) + sizeof(note->event) + note->length[0] +
		    note->length[1];

	if (!(READ_ONCE(flags) & (failed ? SEOS_AUDIT_FAILURE : SEOS_AUDIT_SUCCESS)))
		return;
	note->event.result = result_seen(result);
	note->event.path_bytes = note->length[0];
	note->event.second_bytes = note->length[1];
	note->event.wall_ns = ktime_get_real_ns();
	write_event(parts, ARRAY_SIZE(parts), ALIGN(bytes, 8));
}

notrace noinline long audit_call(const struct pt_regs *regs, unsigned long original,
				 unsigned int call)
{
	u8 place = *kind_place(call);
	const struct audit_kind *kind = &kinds[place - 1];
	struct note *note;
	long result;

	if (!place || !(READ_ONCE(classes) & 1U << kind->class) ||
	    task_tgid(current) == READ_ONCE(reader))
		return arch_call_original(regs, original);
	if (!wait_for_room(ROOM_BEFORE))
		return -EINTR;
	note = kmalloc(sizeof(*note), GFP_KERNEL);
	if (!note)
		return -ENOMEM; /* rather no call than one that nobody hears of */
	note_begin(note, regs, call, kind);
	result = arch_call_original(regs, original);
	note_end(note, result);
	kfree(note);
	return result;
}
