// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/SEOS_syscall, and the beginning and end of the module.
 *
 * Not for: anything but checking what user space sends and handing it on.
 */
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "seos.h"

static char *mechanism = "auto";
module_param(mechanism, charp, 0444);
MODULE_PARM_DESC(mechanism, "how to hook: direct, ipmodify, or auto for the first that works");

static bool monitor = true;
module_param(monitor, bool, 0444);
MODULE_PARM_DESC(monitor, "track in-flight calls from the start");

static unsigned int fail_step;
module_param(fail_step, uint, 0);
MODULE_PARM_DESC(fail_step, "for tests: the step of loading that fails, 1 is the first; 0: none");

bool load_fails(void)
{
	return fail_step && !--fail_step;
}

/* private_data of a descriptor that has agreed on the ABI version */
#define AGREED ((void *)1)

static int device_open(struct inode *inode, struct file *file)
{
	file->private_data = NULL; /* misc_open() left the device there */
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static long device_hello(struct file *file, struct seos_hello __user *user)
{
	struct seos_hello hello;
	bool agreed;

	if (copy_from_user(&hello, user, sizeof(hello)))
		return -EFAULT;
	agreed = hello.abi == SEOS_ABI && !hello.reserved;
	hello = (struct seos_hello){ .abi = SEOS_ABI };
	if (copy_to_user(user, &hello, sizeof(hello)))
		return -EFAULT;
	if (!agreed)
		return -EPROTO;
	WRITE_ONCE(file->private_data, AGREED);
	return 0;
}

static long device_status(struct seos_status __user *user)
{
	struct seos_status status;

	control_status(&status);
	return copy_to_user(user, &status, sizeof(status)) ? -EFAULT : 0;
}

static long device_monitor(const u32 __user *user)
{
	u32 on;

	if (get_user(on, user))
		return -EFAULT;
	return on <= 1 ? control_monitor(on) : -EINVAL;
}

/* Copies no more of an entry than is in use: most paths are short. Unsafe only in that it leaves out
 * a check of the size, which is known to be right, and costs more than the copying.
 */
static int call_to_user(struct seos_call __user *user, const struct seos_call *call,
			const struct program *program)
{
	size_t bytes = offsetof(struct seos_call, program) + program->length + 1;

	if (!user_write_access_begin(user, bytes))
		return -EFAULT;
	unsafe_copy_to_user((char __user *)user, (const char *)call, bytes, fault);
	user_write_access_end();
	return 0;

fault:
	user_write_access_end();
	return -EFAULT;
}

static int list_fill(struct seos_list *list, struct seos_call *call)
{
	struct seos_call __user *user = u64_to_user_ptr(list->calls);
	struct caller caller = { .cursor = list->cursor };
	struct program program = { };
	int err = 0;

	while (!err && list->count < list->max && callers_next(&caller)) {
		list->cursor = caller.cursor;
		if (callers_describe(&caller, call, &program))
			err = call_to_user(&user[list->count++], call, &program);
		if (fatal_signal_pending(current))
			err = -EINTR;
	}
	callers_end(&caller);
	program_forget(&program);
	return err;
}

static long device_list(struct seos_list __user *user)
{
	struct seos_call *call;
	struct seos_list list;
	int err;

	if (copy_from_user(&list, user, sizeof(list)))
		return -EFAULT;
	if (!list.max || list.max > SEOS_LIST_MAX)
		return -EINVAL;
	call = kmalloc(sizeof(*call), GFP_KERNEL);
	if (!call)
		return -ENOMEM;
	list.count = 0;
	err = list_fill(&list, call);
	kfree(call);
	if (!err && copy_to_user(user, &list, sizeof(list)))
		err = -EFAULT;
	return err;
}

static long device_prepare(struct seos_prepare __user *user)
{
	struct seos_prepare prepare;
	int err;

	if (copy_from_user(&prepare, user, sizeof(prepare)))
		return -EFAULT;
	if (prepare.timeout_ns > SEOS_TIMEOUT_MAX_NS)
		return -EINVAL;
	err = control_prepare(prepare.timeout_ns);
	control_status(&prepare.status);
	return copy_to_user(user, &prepare, sizeof(prepare)) ? -EFAULT : err;
}

static long device_subscribe(struct seos_subscribe __user *user)
{
	struct seos_subscribe wanted;
	struct file *memory;
	int err;

	if (copy_from_user(&wanted, user, sizeof(wanted)))
		return -EFAULT;
	wanted.memory = get_unused_fd_flags(O_CLOEXEC);
	if (wanted.memory < 0)
		return wanted.memory;
	err = events_subscribe(&wanted, &memory);
	if (!err && copy_to_user(user, &wanted, sizeof(wanted))) {
		fput(memory); /* the subscriber has gone */
		err = -EFAULT;
	}
	if (err)
		put_unused_fd(wanted.memory);
	else
		fd_install(wanted.memory, memory);
	return err;
}

static long device_mark(const struct seos_mark __user *user)
{
	struct seos_mark mark;
	struct kvec body = { &mark, sizeof(mark) };

	if (copy_from_user(&mark, user, sizeof(mark)))
		return -EFAULT;
	if (events_wanted(SEOS_CLASS_MARK))
		events_write(SEOS_EVENT_MARK, &body, 1);
	return 0;
}

static long device_guard(const struct file *file, const struct seos_guard __user *user)
{
	struct seos_guard guard;

	if (copy_from_user(&guard, user, sizeof(guard)))
		return -EFAULT;
	if (!guard.name[0] || !memchr(guard.name, '\0', sizeof(guard.name)) || !guard.flags ||
	    guard.flags & ~(SEOS_GUARD_WRITE | SEOS_GUARD_OPEN))
		return -EINVAL;
	return guard_add(file, &guard);
}

static long device_silent(const struct file *file, const struct seos_silent __user *user)
{
	struct seos_silent silent;

	if (copy_from_user(&silent, user, sizeof(silent)))
		return -EFAULT;
	if (silent.deny > 1 || silent.daemon > 1 || silent.reserved)
		return -EINVAL;
	return guard_silent(file, &silent);
}

static long device_files(const struct file *file, const struct seos_files __user *user)
{
	struct seos_files files;

	if (copy_from_user(&files, user, sizeof(files)))
		return -EFAULT;
	if (files.count > SEOS_FILES_MAX || files.right_count > SEOS_RIGHTS_MAX)
		return -EINVAL;
	return guard_files(file, &files);
}

static int device_release(struct inode *inode, struct file *file)
{
	guard_release(file);
	return 0;
}

static long device_audit(struct seos_audit_settings __user *user)
{
	struct seos_audit_settings wanted;
	struct file *memory;
	int err;

	if (copy_from_user(&wanted, user, sizeof(wanted)))
		return -EFAULT;
	wanted.memory = wanted.eventfd < 0 ? -1 : get_unused_fd_flags(O_CLOEXEC);
	if (wanted.eventfd >= 0 && wanted.memory < 0)
		return wanted.memory;
	err = audit_set(&wanted, &memory);
	if (!err && copy_to_user(user, &wanted, sizeof(wanted))) {
		if (memory)
			fput(memory);
		err = -EFAULT;
	}
	if (wanted.memory >= 0 && err)
		put_unused_fd(wanted.memory);
	else if (wanted.memory >= 0)
		fd_install(wanted.memory, memory);
	return err;
}

static long device_audit_name(struct seos_audit_name __user *user)
{
	struct seos_audit_name name;
	int err;

	if (copy_from_user(&name, user, sizeof(name)))
		return -EFAULT;
	err = audit_name(&name);
	if (!err && copy_to_user(user, &name, sizeof(name)))
		err = -EFAULT;
	return err;
}

static long device_session(struct seos_session __user *user,
			   int (*carry_out)(struct seos_session *session))
{
	struct seos_session *session;
	long err = -ENOMEM;

	session = kmalloc(sizeof(*session), GFP_KERNEL);
	if (!session)
		return err;
	if (copy_from_user(session, user, sizeof(*session)))
		err = -EFAULT;
	else
		err = carry_out(session);
	if (!err && copy_to_user(user, session, sizeof(*session)))
		err = -EFAULT;
	kfree(session);
	return err;
}

static long device_session_forget(const struct seos_session_id __user *user)
{
	struct seos_session_id id;

	return copy_from_user(&id, user, sizeof(id)) ? -EFAULT : sessions_forget(&id);
}

static long device_ioctl(struct file *file, unsigned int request, unsigned long argument)
{
	void __user *user = (void __user *)argument;

	if (request == SEOS_IOC_HELLO)
		return device_hello(file, user);
	if (READ_ONCE(file->private_data) != AGREED)
		return -EPROTO;
	switch (request) {
	case SEOS_IOC_STATUS:
		return device_status(user);
	case SEOS_IOC_MONITOR:
		return device_monitor(user);
	case SEOS_IOC_LIST:
		return device_list(user);
	case SEOS_IOC_PREPARE:
		return device_prepare(user);
	case SEOS_IOC_CANCEL:
		return control_cancel();
	case SEOS_IOC_SUBSCRIBE:
		return device_subscribe(user);
	case SEOS_IOC_MARK:
		return device_mark(user);
	case SEOS_IOC_GUARD:
		return device_guard(file, user);
	case SEOS_IOC_SILENT:
		return device_silent(file, user);
	case SEOS_IOC_FILES:
		return device_files(file, user);
	case SEOS_IOC_AUDIT:
		return device_audit(user);
	case SEOS_IOC_AUDIT_NAME:
		return device_audit_name(user);
	case SEOS_IOC_SESSION_BEGIN:
		return device_session(user, sessions_begin);
	case SEOS_IOC_SESSION_OF:
		return device_session(user, sessions_of);
	case SEOS_IOC_SESSION_NEXT:
		return device_session(user, sessions_next);
	case SEOS_IOC_SESSION_FORGET:
		return device_session_forget(user);
	case SEOS_IOC_SESSION_LEAVE:
		return sessions_leave();
	default:
		return -ENOTTY;
	}
}

static const struct file_operations device_operations = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KBUILD_MODNAME,
	.fops = &device_operations,
	.mode = 0600,
};

/* The device comes last: once it is there, somebody may hold it open. */
static int __init seos_init(void)
{
	int err;

	err = slots_init();
	if (err)
		return err;
	audit_init();
	err = hooks_init(mechanism);
	if (err)
		goto free_slots;
	err = control_init(monitor);
	if (err)
		goto free_hooks;
	err = load_fails() ? -ENOMEM : sessions_init();
	if (err)
		goto empty;
	err = load_fails() ? -ENOMEM : misc_register(&device);
	if (err)
		goto end_sessions;
	return 0;

end_sessions:
	sessions_exit();
empty:
	control_exit();
	audit_exit();
	events_exit();
free_hooks:
	hooks_free();
free_slots:
	slots_free();
	return err;
}

static void __exit seos_exit(void)
{
	misc_deregister(&device);
	guard_exit();
	control_exit();
	audit_exit();
	sessions_exit();
	events_exit();
	hooks_free();
	slots_free();
}

module_init(seos_init);
module_exit(seos_exit);
MODULE_DESCRIPTION("Knows who is inside an intercepted system call, and how to get them out");
MODULE_LICENSE("GPL");
