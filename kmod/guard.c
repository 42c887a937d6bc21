// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the extension refuses: other programs that would write, delete or rename a daemon's own
 * files, or open its database; accesses that its rules refuse (rules.c); and, in maintenance mode,
 * everybody but one user while no daemon runs. The kernel asks its security functions about each;
 * they are probed only while there is something to refuse, and a little longer, so that the hooks, and
 * a machine in its ordinary state, pay nothing.
 *
 * A daemon is the process that holds the descriptor that said so: when that is closed, however the
 * daemon ended, its files are free. A file is known by its folder and name, so that one that is
 * rotated or replaced stays protected.
 *
 * Not for: what user space may ask (device.c).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/version.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "guard.h"
#include "probe.h"

#ifdef CONFIG_HAVE_FUNCTION_ARG_ACCESS_API

#define GUARD_LINGER_S 10

/* The dentry comes behind the mount's id mapping from 6.0 on. */
#define SETATTR_DENTRY (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 0, 0) ? 1 : 0)

struct guard {
	struct place place;
	u32 flags;
};

/* A daemon, by the descriptor that it has asked through. */
struct holder {
	struct list_head link;
	const struct file *file;
	pid_t tgid;
	struct rules __rcu *rules;
	unsigned int guard_count; /* read by the probes, after it the guards before it */
	struct guard guards[SEOS_GUARDS_MAX];
};

static DEFINE_MUTEX(guard_lock); /* writers of all below */
static LIST_HEAD(holders); /* read by the probes, as what hangs on it */
static unsigned int holder_count;
static bool silent; /* maintenance mode is wanted */
static bool denying; /* and in force; read by the probes */
static kuid_t silent_uid;

static bool denies(void)
{
	return READ_ONCE(denying) && !(current->flags & PF_KTHREAD) && !is_global_init(current) &&
	       !uid_eq(current_uid(), silent_uid);
}

static bool guarded(const struct holder *holder, struct dentry *dentry, u32 what)
{
	unsigned int count = smp_load_acquire(&holder->guard_count);
	bool found = false;

	spin_lock(&dentry->d_lock);
	for (unsigned int i = 0; i < count && !found; i++)
		found = holder->guards[i].flags & what &&
			place_is(&holder->guards[i].place, dentry);
	spin_unlock(&dentry->d_lock);
	return found;
}

/* Asks all daemons but the caller's own, and none where the kernel itself asks. Preemption is off. */
#define for_each_other(holder)                                                                     \
	list_for_each_entry_rcu(holder, &holders, link, true)                                      \
		if (holder->tgid != current->tgid && !(current->flags & PF_KTHREAD))

/* Accesses to a file, SEOS_GUARD_ bits and ACCESS_BITs. */
static int judge(struct dentry *dentry, u32 guards, unsigned int accesses)
{
	const struct holder *holder;

	if (denies())
		return -EPERM;
	for_each_other(holder) {
		if (guarded(holder, dentry, guards))
			return -EPERM;
	}
	for_each_other(holder) {
		if (rules_refuse(rcu_dereference_sched(holder->rules), dentry, accesses))
			return -EACCES;
	}
	return 0;
}

static int judge_write(struct dentry *dentry)
{
	return judge(dentry, SEOS_GUARD_WRITE, ACCESS_BIT(SEOS_ACCESS_WRITE));
}

static struct dentry *dentry_at(struct pt_regs *regs, unsigned int argument)
{
	return (struct dentry *)compat_kernel_argument(regs, argument);
}

static int on_any(struct pt_regs *regs)
{
	return denies() ? -EPERM : 0;
}

static int on_file_open(struct pt_regs *regs)
{
	const struct file *file = (struct file *)compat_kernel_argument(regs, 0);
	bool writes = file->f_mode & FMODE_WRITE || file->f_flags & O_TRUNC;
	bool reads = file->f_mode & FMODE_READ && !(file->f_flags & __FMODE_EXEC);

	return judge(file->f_path.dentry, SEOS_GUARD_OPEN | (writes ? SEOS_GUARD_WRITE : 0),
		     (reads ? ACCESS_BIT(SEOS_ACCESS_READ) : 0) |
			     (writes ? ACCESS_BIT(SEOS_ACCESS_WRITE) : 0));
}

/* Deletes, or makes, what the second argument names. */
static int on_name(struct pt_regs *regs)
{
	return judge_write(dentry_at(regs, 1));
}

static int on_link(struct pt_regs *regs)
{
	return judge_write(dentry_at(regs, 0)) ?: judge_write(dentry_at(regs, 2));
}

static int on_rename(struct pt_regs *regs)
{
	return judge_write(dentry_at(regs, 1)) ?: judge_write(dentry_at(regs, 3));
}

static int on_setattr(struct pt_regs *regs)
{
	const struct iattr *attr =
		(struct iattr *)compat_kernel_argument(regs, SETATTR_DENTRY + 1);

	/* a part of opening or writing, which were asked about */
	if (attr->ia_valid & (ATTR_OPEN | ATTR_FORCE))
		return denies() ? -EPERM : 0;
	return judge_write(dentry_at(regs, SETATTR_DENTRY));
}

static int on_permission(struct pt_regs *regs)
{
	struct inode *inode = (struct inode *)compat_kernel_argument(regs, 0);
	const struct holder *holder;

	if (!(compat_kernel_argument(regs, 1) & MAY_CHDIR))
		return 0; /* a step on some path, as nearly always */
	for_each_other(holder) {
		if (rules_refuse_chdir(rcu_dereference_sched(holder->rules), inode))
			return -EACCES;
	}
	return 0;
}

#define PROBE(name, handler) { .function = "security_" #name, .judge = handler }
static struct probe file_probe_list[] = {
	PROBE(file_open, on_file_open),
	PROBE(inode_unlink, on_name),
	PROBE(inode_link, on_link),
	PROBE(inode_rename, on_rename),
	PROBE(inode_setattr, on_setattr),
	PROBE(inode_create, on_name),
	PROBE(inode_mkdir, on_name),
	PROBE(inode_mknod, on_name),
	PROBE(inode_rmdir, on_name),
	PROBE(inode_symlink, on_name),
	PROBE(bprm_check, on_any),
	PROBE(socket_connect, on_any),
	PROBE(socket_bind, on_any),
	PROBE(socket_accept, on_any),
	PROBE(task_kill, on_any),
};

/* Comes by at every step on every path, so it is there for rules about folders alone. */
static struct probe folder_probe_list[] = {
	PROBE(inode_permission, on_permission),
};

static struct probes file_probes = PROBES(file_probe_list);
static struct probes folder_probes = PROBES(folder_probe_list);

static struct rules *rules_of(const struct holder *holder)
{
	return rcu_dereference_protected(holder->rules, lockdep_is_held(&guard_lock));
}

/* Whether there is something to refuse. */
static bool files_needed(void)
{
	const struct holder *holder;

	list_for_each_entry(holder, &holders, link) {
		if (holder->guard_count || rules_of(holder))
			return true;
	}
	return denying;
}

static bool folders_needed(void)
{
	const struct holder *holder;

	list_for_each_entry(holder, &holders, link) {
		if (rules_on_folders(rules_of(holder)))
			return true;
	}
	return false;
}

static void guard_leave(struct work_struct *work)
{
	mutex_lock(&guard_lock);
	if (!files_needed())
		probes_switch(&file_probes, false);
	if (!folders_needed())
		probes_switch(&folder_probes, false);
	mutex_unlock(&guard_lock);
}

static DECLARE_DELAYED_WORK(leaving, guard_leave);

/* Puts the probes in as soon as there is something to refuse, and out when there has been nothing for
 * a while: a daemon that goes is mostly one that comes again, and each change takes milliseconds. */
static int guard_update(void)
{
	int err = 0;

	WRITE_ONCE(denying, silent && !holder_count);
	if (files_needed())
		err = probes_switch(&file_probes, true);
	if (folders_needed())
		err = probes_switch(&folder_probes, true) ?: err;
	if ((file_probes.live && !files_needed()) || (folder_probes.live && !folders_needed()))
		mod_delayed_work(system_wq, &leaving, GUARD_LINGER_S * HZ);
	return err;
}

static struct holder *holder_of(const struct file *file)
{
	struct holder *holder;

	list_for_each_entry(holder, &holders, link) {
		if (holder->file == file)
			return holder;
	}
	return NULL;
}

/* The same, which it becomes by asking. */
static struct holder *holder_claim(const struct file *file)
{
	struct holder *holder = holder_of(file);

	if (!holder && holder_count == SEOS_DAEMONS_MAX)
		return ERR_PTR(-ENOSPC);
	if (!holder) {
		holder = kvzalloc(sizeof(*holder), GFP_KERNEL);
		if (!holder)
			return ERR_PTR(-ENOMEM);
		holder->file = file;
		holder->tgid = current->tgid;
		list_add_tail_rcu(&holder->link, &holders);
		holder_count++;
	}
	WRITE_ONCE(holder->tgid, current->tgid);
	return holder;
}

/* It goes when no probe can be looking at it any more. */
static void holder_remove(struct holder *holder)
{
	list_del_rcu(&holder->link);
	holder_count--;
	synchronize_rcu_expedited(); /* a process waits for it with its last close */
	rules_free(rules_of(holder));
	kvfree(holder);
}

int guard_silent(const struct file *file, const struct seos_silent *wanted)
{
	struct holder *holder = NULL;
	int err = 0;

	mutex_lock(&guard_lock);
	if (wanted->daemon)
		holder = holder_claim(file);
	if (IS_ERR(holder)) {
		err = PTR_ERR(holder);
	} else {
		silent = wanted->deny;
		silent_uid = make_kuid(&init_user_ns, wanted->uid);
		err = guard_update();
	}
	mutex_unlock(&guard_lock);
	return err;
}

static bool guard_known(const struct holder *holder, const struct guard *guard)
{
	for (unsigned int i = 0; i < holder->guard_count; i++) {
		if (holder->guards[i].flags == guard->flags &&
		    place_same(&holder->guards[i].place, &guard->place))
			return true;
	}
	return false;
}

static int guard_put(struct holder *holder, const struct seos_guard *wanted)
{
	struct guard *guard = &holder->guards[holder->guard_count];
	int err;

	if (holder->guard_count == SEOS_GUARDS_MAX)
		return -ENOSPC;
	guard->flags = wanted->flags;
	err = place_take(&guard->place, wanted->folder, wanted->name);
	if (!err && !guard_known(holder, guard))
		smp_store_release(&holder->guard_count, holder->guard_count + 1);
	return err;
}

int guard_add(const struct file *file, const struct seos_guard *wanted)
{
	struct holder *holder;
	int err;

	mutex_lock(&guard_lock);
	holder = holder_claim(file);
	err = IS_ERR(holder) ? PTR_ERR(holder) : guard_put(holder, wanted);
	if (!err)
		err = guard_update();
	mutex_unlock(&guard_lock);
	return err;
}

int guard_files(const struct file *file, const struct seos_files *wanted)
{
	struct rules *rules, *before;
	struct holder *holder;
	int err;

	err = rules_make(wanted, &rules);
	if (err)
		return err;
	mutex_lock(&guard_lock);
	holder = holder_claim(file);
	if (IS_ERR(holder)) {
		mutex_unlock(&guard_lock);
		rules_free(rules);
		return PTR_ERR(holder);
	}
	before = rules_of(holder);
	rcu_assign_pointer(holder->rules, rules);
	err = guard_update();
	if (before) {
		synchronize_rcu();
		rules_free(before);
	}
	mutex_unlock(&guard_lock);
	return err;
}

void guard_release(const struct file *file)
{
	struct holder *holder;

	mutex_lock(&guard_lock);
	holder = holder_of(file);
	if (holder) {
		holder_remove(holder);
		if (guard_update())
			pr_err("maintenance mode cannot be entered: nothing is denied\n");
	}
	mutex_unlock(&guard_lock);
}

void guard_exit(void)
{
	struct holder *holder, *next;

	mutex_lock(&guard_lock);
	silent = false;
	list_for_each_entry_safe(holder, next, &holders, link)
		holder_remove(holder);
	guard_update();
	mutex_unlock(&guard_lock);
	cancel_delayed_work_sync(&leaving);
	guard_leave(NULL);
	if (file_probes.used || folder_probes.used)
		synchronize_rcu_tasks(); /* see probes_switch() */
}

#else

int guard_silent(const struct file *file, const struct seos_silent *wanted)
{
	return wanted->deny ? -EOPNOTSUPP : 0;
}

int guard_add(const struct file *file, const struct seos_guard *wanted)
{
	return -EOPNOTSUPP;
}

int guard_files(const struct file *file, const struct seos_files *wanted)
{
	return wanted->count ? -EOPNOTSUPP : 0;
}

void guard_release(const struct file *file)
{
}

void guard_exit(void)
{
}

#endif
