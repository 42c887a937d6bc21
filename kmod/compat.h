/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernels from 5.10 on call differently, under the names of 6.1. For assembly, too.
 *
 * Not for: differences of processors (arch/).
 */
#ifndef SEOS_COMPAT_H
#define SEOS_COMPAT_H

#include <linux/version.h>

#ifdef __ASSEMBLY__

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)
#include <linux/objtool.h>
#else
#define ANNOTATE_NOENDBR
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#include <asm/asm-offsets.h>
#define CURRENT_TASK PER_CPU_VAR(pcpu_hot + X86_current_task)
#else
#define CURRENT_TASK PER_CPU_VAR(current_task)
#endif

#else

#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/ftrace.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define ftrace_regs		      pt_regs
#define ftrace_get_regs(fregs)	      (fregs)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 16, 0) /* not exported */
#define ftrace_free_filter(ops)	      ftrace_set_filter(ops, NULL, 0, 1)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 18, 0)
static inline int ftrace_set_filter_ips(struct ftrace_ops *ops, unsigned long *ips,
					unsigned int count, int remove, int reset)
{
	int err = 0;

	for (unsigned int i = 0; i < count && !err; i++)
		err = ftrace_set_filter_ip(ops, ips[i], remove, reset);
	return err;
}
#endif

/* ops->private lists the functions, up to an address of 0: before 5.16 each has to be registered. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define register_ftrace_direct_multi(ops, address)   register_ftrace_direct(ops, address)
#define unregister_ftrace_direct_multi(ops, address) unregister_ftrace_direct(ops, address, false)
#elif LINUX_VERSION_CODE < KERNEL_VERSION(5, 16, 0) && defined(CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS)
static inline int unregister_ftrace_direct_multi(struct ftrace_ops *ops, unsigned long address)
{
	int err = 0;

	for (const unsigned long *function = ops->private; *function; function++)
		err = unregister_ftrace_direct(*function, address) ?: err;
	return err;
}

static inline int register_ftrace_direct_multi(struct ftrace_ops *ops, unsigned long address)
{
	const unsigned long *functions = ops->private;
	int err = 0, count = 0;

	while (!err && functions[count])
		err = register_ftrace_direct(functions[count++], address);
	if (err) {
		for (count -= 2; count >= 0; count--)
			WARN_ON(unregister_ftrace_direct(functions[count], address));
	}
	return err;
}
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#define compat_eventfd_signal(context) eventfd_signal(context)
#else
#define compat_eventfd_signal(context) eventfd_signal(context, 1)
#endif

/* s390x exports nothing for it. */
#ifdef CONFIG_S390
#define compat_kernel_argument(regs, n) ((regs)->gprs[2 + (n)])
#else
#define compat_kernel_argument(regs, n) regs_get_kernel_argument(regs, n)
#endif

/* A reference to the file at the place, or NULL. Under rcu_read_lock(). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#define compat_get_file_rcu(place) get_file_rcu(place)
#else
static inline struct file *compat_get_file_rcu(struct file __rcu **place)
{
	struct file *file = rcu_dereference(*place);

	return file && get_file_rcu(file) ? file : NULL;
}
#endif

#endif
#endif
