// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the extension refuses: other programs that would write, delete or rename the daemon's own
 * files, or open its database; and, in maintenance mode, everybody but one user while the daemon is
 * down. The kernel asks its security functions about each; they are probed only while there is
 * something to refuse, so that the hooks, and a machine in its ordinary state, pay nothing.
 *
 * The daemon is the process that holds the descriptor that said so: when that is closed, however
 * the daemon ended, its files are free. A file is known by its folder and name, so that one that is
 * rotated or replaced stays protected.
 *
 * Not for: rules about other files, or what user space may ask (device.c).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/path.h>
#include <linux/sched/signal.h>
#include <linux/version.h>

#include "compat.h"
#include "seos.h"

#ifdef CONFIG_HAVE_FUNCTION_ARG_ACCESS_API

/* The dentry comes behind the mount's id mapping from 6.0 on. */
#define SETATTR_DENTRY (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 0, 0) ? 1 : 0)

struct guard {
	struct path folder; /* held: its file system cannot be unmounted under it */
	u32 flags;
	u32 length; /* of the name */
	char name[SEOS_GUARD_NAME_MAX];
};

static DEFINE_MUTEX(guard_lock); /* writers of all below */
static struct guard guards[SEOS_GUARDS_MAX];
static unsigned int guard_count; /* read by the probes, after it the guards before it */
static const struct file *daemon_file;
static pid_t daemon_tgid;
static bool silent; /* maintenance mode is wanted */
static bool denying; /* and in force; read by the probes */
static kuid_t silent_uid;
static bool probing;
static bool probed; /* some time since loading */

/* Takes the place of a security function. */
static noinline notrace int guard_refused(void)
{
	return -EPERM;
}

static bool denies(void)
{
	return READ_ONCE(denying) && !(current->flags & PF_KTHREAD) && !is_global_init(current) &&
	       !uid_eq(current_uid(), silent_uid);
}

static bool guarded(struct dentry *dentry, u32 what)
{
	unsigned int count = smp_load_acquire(&guard_count);
	bool found = false;

	if (!count || current->tgid == READ_ONCE(daemon_tgid) || current->flags & PF_KTHREAD)
		return false;
	spin_lock(&dentry->d_lock);
	for (unsigned int i = 0; i < count && !found; i++)
		found = guards[i].flags & what &&
			dentry->d_parent->d_inode == d_inode(guards[i].folder.dentry) &&
			dentry->d_name.len == guards[i].length &&
			!memcmp(dentry->d_name.name, guards[i].name, guards[i].length);
	spin_unlock(&dentry->d_lock);
	return found;
}

static int verdict(struct pt_regs *regs, bool refuse)
{
	if (!refuse)
		return 0;
	instruction_pointer_set(regs, (unsigned long)guard_refused);
	return 1;
}

static struct dentry *dentry_at(struct pt_regs *regs, unsigned int argument)
{
	return (struct dentry *)compat_kernel_argument(regs, argument);
}

static int on_any(struct kprobe *probe, struct pt_regs *regs)
{
	return verdict(regs, denies());
}

static int on_file_open(struct kprobe *probe, struct pt_regs *regs)
{
	const struct file *file = (struct file *)compat_kernel_argument(regs, 0);
	bool writes = file->f_mode & FMODE_WRITE || file->f_flags & O_TRUNC;

	return verdict(regs, denies() ||
			     guarded(file->f_path.dentry,
				     SEOS_GUARD_OPEN | (writes ? SEOS_GUARD_WRITE : 0)));
}

static int on_unlink(struct kprobe *probe, struct pt_regs *regs)
{
	return verdict(regs, denies() || guarded(dentry_at(regs, 1), SEOS_GUARD_WRITE));
}

static int on_link(struct kprobe *probe, struct pt_regs *regs)
{
	return verdict(regs, denies() || guarded(dentry_at(regs, 0), SEOS_GUARD_WRITE));
}

static int on_rename(struct kprobe *probe, struct pt_regs *regs)
{
	return verdict(regs, denies() || guarded(dentry_at(regs, 1), SEOS_GUARD_WRITE) ||
			     guarded(dentry_at(regs, 3), SEOS_GUARD_WRITE));
}

static int on_setattr(struct kprobe *probe, struct pt_regs *regs)
{
	return verdict(regs, denies() ||
			     guarded(dentry_at(regs, SETATTR_DENTRY), SEOS_GUARD_WRITE));
}

#define PROBE(function, handler) { .symbol_name = "security_" #function, .pre_handler = handler }
static struct kprobe probes[] = {
	PROBE(file_open, on_file_open),
	PROBE(inode_unlink, on_unlink),
	PROBE(inode_link, on_link),
	PROBE(inode_rename, on_rename),
	PROBE(inode_setattr, on_setattr),
	PROBE(inode_create, on_any),
	PROBE(inode_mkdir, on_any),
	PROBE(inode_rmdir, on_any),
	PROBE(inode_symlink, on_any),
	PROBE(bprm_check, on_any),
	PROBE(socket_connect, on_any),
	PROBE(socket_bind, on_any),
	PROBE(socket_accept, on_any),
	PROBE(task_kill, on_any),
};

/* Puts the probes in or out, as there is something to refuse or not. */
static int guard_update(void)
{
	struct kprobe *all[ARRAY_SIZE(probes)];
	bool deny = silent && !daemon_file;
	bool wanted = guard_count || deny;
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(probes); i++)
		all[i] = &probes[i];
	WRITE_ONCE(denying, deny);
	if (wanted && !probing) {
		for (size_t i = 0; i < ARRAY_SIZE(probes); i++) {
			probes[i].addr = NULL; /* found anew each time, as by a new probe */
			probes[i].flags = 0;
		}
		err = register_kprobes(all, ARRAY_SIZE(all));
		probing = !err;
		probed = true;
	} else if (!wanted && probing) {
		unregister_kprobes(all, ARRAY_SIZE(all));
		probing = false;
	}
	return err;
}

/* The guards go when no probe can be looking at them any more. */
static void guard_clear(void)
{
	unsigned int count = guard_count;

	smp_store_release(&guard_count, 0);
	synchronize_rcu();
	while (count > 0)
		path_put(&guards[--count].folder);
}

static int claim(const struct file *file)
{
	if (daemon_file && daemon_file != file)
		return -EBUSY;
	daemon_file = file;
	WRITE_ONCE(daemon_tgid, current->tgid);
	return 0;
}

int guard_silent(const struct file *file, const struct seos_silent *wanted)
{
	int err = 0;

	mutex_lock(&guard_lock);
	if (wanted->daemon)
		err = claim(file);
	if (!err) {
		silent = wanted->deny;
		silent_uid = make_kuid(&init_user_ns, wanted->uid);
		err = guard_update();
	}
	mutex_unlock(&guard_lock);
	return err;
}

static int guard_take(struct guard *guard, const struct seos_guard *wanted)
{
	struct file *folder = fget(wanted->folder);
	int err;

	if (!folder)
		return -EBADF;
	*guard = (struct guard){ .flags = wanted->flags, .length = strlen(wanted->name) };
	memcpy(guard->name, wanted->name, guard->length);
	err = S_ISDIR(file_inode(folder)->i_mode) ? 0 : -ENOTDIR;
	if (!err) {
		guard->folder = folder->f_path;
		path_get(&guard->folder);
	}
	fput(folder);
	return err;
}

static bool guard_known(const struct guard *guard)
{
	for (unsigned int i = 0; i < guard_count; i++) {
		if (path_equal(&guards[i].folder, &guard->folder) &&
		    !strcmp(guards[i].name, guard->name) && guards[i].flags == guard->flags)
			return true;
	}
	return false;
}

int guard_add(const struct file *file, const struct seos_guard *wanted)
{
	int err;

	mutex_lock(&guard_lock);
	err = claim(file);
	if (!err && guard_count == SEOS_GUARDS_MAX)
		err = -ENOSPC;
	if (!err)
		err = guard_take(&guards[guard_count], wanted);
	if (!err && guard_known(&guards[guard_count])) {
		path_put(&guards[guard_count].folder);
	} else if (!err) {
		smp_store_release(&guard_count, guard_count + 1);
		err = guard_update();
	}
	mutex_unlock(&guard_lock);
	return err;
}

void guard_release(const struct file *file)
{
	mutex_lock(&guard_lock);
	if (daemon_file == file) {
		daemon_file = NULL;
		guard_clear();
		if (guard_update())
			pr_err("maintenance mode cannot be entered: nothing is denied\n");
	}
	mutex_unlock(&guard_lock);
}

void guard_exit(void)
{
	mutex_lock(&guard_lock);
	silent = false;
	guard_clear();
	guard_update();
	mutex_unlock(&guard_lock);
	if (probed)
		synchronize_rcu_tasks(); /* whoever is in guard_refused() */
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

void guard_release(const struct file *file)
{
}

void guard_exit(void)
{
}

#endif
