// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is inside: walks over the slots, and over the few callers who stand in the list of exec, and
 * says what user space wants to know of each. Stops nobody.
 *
 * Not for: doing anything about a caller (unload.c).
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/pid_namespace.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "arch.h"
#include "compat.h"
#include "seos.h"

/* Cursors beyond the PIDs stand for ids in the list of exec. */
bool callers_next(struct caller *caller)
{
	u64 id;

	callers_end(caller);
	if (caller->cursor < PID_MAX_LIMIT) {
		caller->pid = caller->cursor;
		caller->value = slots_next(&caller->pid);
		if (caller->value) {
			caller->cursor = caller->pid;
			return true;
		}
		caller->cursor = PID_MAX_LIMIT;
	}
	caller->pid = 0;
	id = caller->cursor - PID_MAX_LIMIT;
	caller->value = hooks_exec_next(&id, &caller->task);
	caller->cursor = PID_MAX_LIMIT + id;
	return caller->value;
}

struct task_struct *callers_task(struct caller *caller)
{
	if (!caller->task && caller->pid) {
		rcu_read_lock();
		caller->task = pid_task(find_pid_ns(caller->pid, &init_pid_ns), PIDTYPE_PID);
		if (caller->task)
			get_task_struct(caller->task);
		rcu_read_unlock();
	}
	return caller->task;
}

void callers_end(struct caller *caller)
{
	if (caller->task)
		put_task_struct(caller->task);
	caller->task = NULL;
}

void callers_count(u32 *inside, u32 *movable)
{
	struct caller caller = { };

	*inside = 0;
	*movable = 0;
	while (callers_next(&caller)) {
		*inside += 1;
		*movable += hooks_movable(caller.value);
	}
}

static struct file *executable_of(struct task_struct *task)
{
	struct mm_struct *mm = get_task_mm(task);
	struct file *file;

	if (!mm)
		return NULL;
	rcu_read_lock();
	file = compat_get_file_rcu(&mm->exe_file);
	rcu_read_unlock();
	mmput(mm);
	return file;
}

/* The file that last gave a path runs in this task, too: file is held, so its address is its own. */
static bool runs(struct task_struct *task, const struct file *file)
{
	bool same;

	task_lock(task);
	same = task->mm && rcu_access_pointer(task->mm->exe_file) == file;
	task_unlock(task);
	return same;
}

/* Finding a path is most of the work, and callers of one kind tend to come together. */
static void describe_program(struct task_struct *task, struct seos_call *call, struct program *last)
{
	char *path = ERR_PTR(-ENOENT);

	if (last->file && runs(task, last->file))
		return;
	program_forget(last);
	last->file = executable_of(task);
	if (last->file)
		path = file_path(last->file, call->program, SEOS_PROGRAM_MAX);
	if (IS_ERR(path)) {
		char name[TASK_COMM_LEN];

		program_forget(last);
		last->length = snprintf(call->program, SEOS_PROGRAM_MAX, "[%s]",
					get_task_comm(name, task));
	} else {
		last->length = strlen(path);
		memmove(call->program, path, last->length + 1);
	}
}

void program_forget(struct program *program)
{
	if (program->file)
		fput(program->file);
	program->file = NULL;
	program->length = 0;
}

static void describe_task(struct task_struct *task, struct seos_call *call, struct program *last)
{
	rcu_read_lock();
	call->tgid = task_tgid_nr(task);
	call->ppid = task_tgid_nr(rcu_dereference(task->real_parent));
	call->uid = __kuid_val(__task_cred(task)->uid); /* as the initial namespace has it */
	rcu_read_unlock();
	describe_program(task, call, last);
}

bool callers_describe(struct caller *caller, struct seos_call *call, struct program *last)
{
	unsigned long start = caller->value >> SLOT_CALL_BITS;
	u64 ticks = (jiffies - start) & (~0ULL >> SLOT_CALL_BITS);
	struct task_struct *task = callers_task(caller);

	memset(call, 0, offsetof(struct seos_call, program));
	call->number = caller->value & SLOT_NUMBER;
	call->abi = caller->value & SLOT_I386 ? ARCH_ABI_32 : ARCH_ABI;
	call->flags = hooks_movable(caller->value) ? SEOS_CALL_MOVABLE : 0;
	call->duration_ns = jiffies64_to_nsecs(ticks);
	call->start_ns = ktime_get_coarse_boottime_ns() - call->duration_ns;
	call->pid = caller->pid ?: task_pid_nr(task);
	if (task) {
		describe_task(task, call, last);
	} else {
		program_forget(last);
		call->program[0] = 0;
	}
	/* the same word means the same call, and so the same owner of the PID */
	return !caller->pid || slots_read(caller->pid) == caller->value;
}
