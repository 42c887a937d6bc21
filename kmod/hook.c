// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hooks: which functions, and how they are diverted. Two mechanisms: a direct trampoline, which
 * is cheapest, or ftrace with a changed instruction pointer, which every architecture has. With
 * both, the module really calls the original from its own text, so whoever sleeps there has the
 * module on the stack; the slots say who.
 *
 * Not for: when to hook (control.c), or what a call means.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/net.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/rcupdate_trace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#include "compat.h"
#include "seos.h"

#include "arch.h"

#define HOOK(name, kind, number, number_32, entry_32) \
	HOOK_64(name, kind, number, sys_##name) HOOK_32(name, kind, number_32, entry_32)
#define HOOK_64(name, kind, number, entry) ARCH_ROW_64(name, kind, number, entry)
#define HOOK_32(name, kind, number, entry) ARCH_ROW_32(name, kind, number, entry)

/* a wrong number in a row does not compile */
#define HOOK_ROW(entry, call, header, kind) static_assert((call) == (header));
#include "hooks.def"
#undef HOOK_ROW

#define HOOK_ROW(entry, call, header, kind) { entry, 0, call, HOOK_##kind },
static struct hook hooks[] = { /* sorted by address once they are known */
#include "hooks.def"
};
#undef HOOK_ROW

/* Functions that share a trampoline, so that one registration covers them. */
struct hook_group {
	struct ftrace_ops ops;
	void (*trampoline)(void);
	seos_wrapper_t wrapper;
	bool live;
	unsigned long functions[ARRAY_SIZE(hooks) + 1]; /* 0 ends them */
};

static long diverted_native(const struct pt_regs *regs);
static long diverted_compat(const struct pt_regs *regs);
static long diverted_special(const struct pt_regs *regs);
long hook_call_special(const struct pt_regs *regs, unsigned long original, u64 *slot);

/*
 * The few come first: ftrace grows its table of direct calls at 1, 65 and 129 entries, and until 6.7
 * leaks one whenever a single registration makes it grow twice.
 */
enum { GROUP_SPECIAL, GROUP_EXEC, GROUP_NATIVE, GROUP_COMPAT };
static struct hook_group groups[] = {
	[GROUP_SPECIAL] = { .trampoline = arch_trampoline_special, .wrapper = diverted_special },
	[GROUP_EXEC] = { .trampoline = arch_trampoline_exec, .wrapper = diverted_special },
	[GROUP_NATIVE] = { .trampoline = arch_trampoline_native, .wrapper = diverted_native },
	[GROUP_COMPAT] = { .trampoline = arch_trampoline_compat, .wrapper = diverted_compat },
};

static bool want_direct, want_ipmodify;
static u32 mechanism; /* of the last installation */

/*
 * A thread that executes a program and is not the leader gets the leader's PID underway, while its
 * own may be given to somebody else at once: it cannot have a slot. Such calls are rare and costly
 * anyway, and stand in a list. In the order of their ids.
 */
struct exec_caller {
	struct list_head link;
	struct task_struct *task;
	u64 value; /* as in a slot */
	u64 id;
};

static LIST_HEAD(exec_callers);
static DEFINE_SPINLOCK(exec_lock); /* exec_callers, exec_last_id */
static u64 exec_last_id;

static __always_inline long call_tracked(const struct pt_regs *regs, unsigned long original,
					 u64 *slot, unsigned int call)
{
	long result;

	slot_enter(slot, slot_value(call));
	if (static_branch_unlikely(&audit_on))
		result = audit_call(regs, original, call);
	else
		result = arch_call_original(regs, original);
	slot_leave(slot);
	return result;
}

static noinline notrace long exec_call(const struct pt_regs *regs, unsigned long original, unsigned int call)
{
	struct exec_caller *caller;
	long result;

	/* must not sleep before the caller can be seen; see slots_grow() */
	caller = kmalloc(sizeof(*caller), GFP_ATOMIC);
	if (!caller)
		return -ENOMEM;
	caller->task = get_task_struct(current);
	caller->value = slot_value(call);
	spin_lock(&exec_lock);
	caller->id = ++exec_last_id;
	list_add_tail(&caller->link, &exec_callers);
	spin_unlock(&exec_lock);

	if (static_branch_unlikely(&audit_on))
		result = audit_call(regs, original, call);
	else
		result = arch_call_original(regs, original);

	spin_lock(&exec_lock);
	list_del(&caller->link);
	spin_unlock(&exec_lock);
	put_task_struct(caller->task);
	kfree(caller);
	return result;
}

u64 hooks_exec_next(u64 *id, struct task_struct **task)
{
	struct exec_caller *caller;
	u64 value = 0;

	spin_lock(&exec_lock);
	list_for_each_entry(caller, &exec_callers, link) {
		if (caller->id > *id) {
			*id = caller->id;
			*task = get_task_struct(caller->task);
			value = caller->value;
			break;
		}
	}
	spin_unlock(&exec_lock);
	return value;
}

static int hook_compare(const void *key, const void *element)
{
	const struct hook *a = key, *b = element;

	return a->address < b->address ? -1 : a->address > b->address;
}

/* Of a call as in a slot. */
static __always_inline enum hook_kind call_kind(unsigned int call)
{
	switch (call) { /* two rows for one call do not compile */
#define HOOK_ROW(entry, call, header, kind) \
	case call:                          \
		return HOOK_##kind;
#include "hooks.def"
#undef HOOK_ROW
	}
	return HOOK_PLAIN;
}

static bool socketcall_accepts(const struct pt_regs *regs, unsigned int call)
{
	unsigned long what = arch_first_argument(regs, call & SLOT_I386);

	return what == SYS_ACCEPT || what == SYS_ACCEPT4;
}

static bool removes_this_module(const struct pt_regs *regs, unsigned int call)
{
	const char __user *user = (void __user *)arch_first_argument(regs, call & SLOT_I386);
	char name[sizeof(KBUILD_MODNAME)];

	return !copy_from_user_nofault(name, user, sizeof(name)) &&
	       !memcmp(name, KBUILD_MODNAME, sizeof(name));
}

/*
 * Some callers may not come back, or must find nothing of ours when they do: reboot ends a caller in
 * a PID namespace, and whoever removes this module by force returns when it is gone. Neither sleeps
 * before that, so that synchronize_rcu_tasks() waits for the first kind.
 */
static noinline bool call_leaves(enum hook_kind kind, const struct pt_regs *regs, unsigned int call)
{
	if (kind == HOOK_REBOOT)
		return task_active_pid_ns(current) != &init_pid_ns;
	return removes_this_module(regs, call);
}

/* Calls that need a look before they are noted. Reached from the trampoline, too. */
notrace long hook_call_special(const struct pt_regs *regs, unsigned long original, u64 *slot)
{
	unsigned int call = arch_call_shared(regs);
	enum hook_kind kind = call_kind(call);

	switch (kind) {
	case HOOK_EXEC:
		if (!thread_group_leader(current))
			return exec_call(regs, original, call);
		break;
	case HOOK_SOCKETCALL:
		if (socketcall_accepts(regs, call))
			call |= SLOT_MOVABLE;
		break;
	case HOOK_REBOOT:
	case HOOK_REMOVE:
		if (call_leaves(kind, regs, call))
			return arch_call_original(regs, original); /* a jump: no frame of ours is left */
		break;
	default:
		break;
	}
	return call_tracked(regs, original, slot, call);
}

/*
 * The portable form. Without a slot nothing is diverted. A BPF program may come in between, which
 * keeps no register but that of the function's own argument: so the original stands beside the slot.
 * The slot itself is left to the wrapper, because others may take the diversion back.
 */
static notrace void hook_divert(unsigned long ip, unsigned long parent, struct ftrace_ops *ops,
				struct ftrace_regs *fregs)
{
	struct hook_group *group = container_of(ops, struct hook_group, ops);
	struct pt_regs *regs = ftrace_get_regs(fregs);
	u64 *slot = slot_current();

	if (!regs || !slot)
		return;
	*slot_original(slot) = ip + MCOUNT_INSN_SIZE;
	arch_divert(regs, group->wrapper);
}

static notrace long diverted_native(const struct pt_regs *regs)
{
	u64 *slot = slot_current();

	return call_tracked(regs, *slot_original(slot), slot, arch_call_native(regs));
}

static notrace long diverted_compat(const struct pt_regs *regs)
{
	u64 *slot = slot_current();

	return call_tracked(regs, *slot_original(slot), slot, arch_call_native(regs) | SLOT_I386);
}

static notrace long diverted_special(const struct pt_regs *regs)
{
	u64 *slot = slot_current();

	return hook_call_special(regs, *slot_original(slot), slot);
}

static struct hook_group *hook_group_of(const struct hook *hook)
{
	bool compat = hook->call & SLOT_I386 && !ARCH_SHARES_ENTRIES;

	if (hook->kind == HOOK_PLAIN || hook->kind == HOOK_ACCEPT)
		return &groups[compat ? GROUP_COMPAT : GROUP_NATIVE];
	return &groups[hook->kind == HOOK_EXEC && !compat ? GROUP_EXEC : GROUP_SPECIAL];
}

bool hooks_movable(u64 value)
{
	return value & SLOT_MOVABLE || call_kind(value & (SLOT_NUMBER | SLOT_I386)) == HOOK_ACCEPT;
}

/* The only way to an address that is not exported: a kprobe finds it when registered. Disabled, it
 * patches nothing. 0: not found.
 */
static unsigned long symbol_probe(const char *name)
{
	struct kprobe probe = { .symbol_name = name, .flags = KPROBE_FLAG_DISABLED };
	unsigned long address;

	if (register_kprobe(&probe))
		return 0;
	address = (unsigned long)probe.addr;
	unregister_kprobe(&probe);
	return address;
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
static int symbol_take(void *unused, const char *name, struct module *module,
		       unsigned long address)
{
	if (name[0] != '_' || name[1] != '_' || !strstr(name, "sys_"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		if (!strcmp(hooks[i].entry, name))
			hooks[i].address = address;
	}
	return 0;
}

/*
 * Where each search is linear, one walk over all symbols is cheaper; but only a kernel with live
 * patching has it. Searches have been made faster in later versions of 6.1, too, by the series that
 * brought the function asked for.
 */
static bool hooks_walk(void)
{
	int (*walk)(int (*take)(void *, const char *, struct module *, unsigned long), void *);

	if (symbol_probe("kallsyms_on_each_match_symbol"))
		return false;
	walk = (void *)symbol_probe("kallsyms_on_each_symbol");
	return walk && !walk(symbol_take, NULL);
}
#else
static bool hooks_walk(void)
{
	return false;
}
#endif

unsigned long symbol_find(const char *name)
{
	static unsigned long (*lookup)(const char *name);

	if (!lookup)
		lookup = (void *)symbol_probe("kallsyms_lookup_name");
	return lookup ? lookup(name) : 0;
}

static int hooks_find(void)
{
	if (hooks_walk())
		return 0;
	if (!symbol_find("kallsyms_lookup_name")) {
		pr_err("kallsyms_lookup_name not found: the kernel needs kprobes and kallsyms\n");
		return -ENOENT;
	}
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++)
		hooks[i].address = symbol_find(hooks[i].entry);
	return 0;
}

int hooks_init(const char *wanted)
{
	int err;

	want_direct = ARCH_HAS_DIRECT && (!strcmp(wanted, "auto") || !strcmp(wanted, "direct"));
	want_ipmodify = !strcmp(wanted, "auto") || !strcmp(wanted, "ipmodify");
	if (!want_direct && !want_ipmodify) {
		pr_err("mechanism=%s: not one of auto, direct, ipmodify, or not on this machine\n",
		       wanted);
		return -EINVAL;
	}
	err = load_fails() ? -ENOENT : hooks_find();
	if (err)
		return err;
	sort(hooks, ARRAY_SIZE(hooks), sizeof(hooks[0]), hook_compare, NULL);
	if (!hooks_count()) {
		pr_err("none of the functions to hook found: another kernel than this was built for?\n");
		return -ENOENT;
	}
	return 0;
}

void hooks_free(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		ftrace_free_filter(&groups[i].ops);
}

unsigned int hooks_count(void)
{
	unsigned int count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++)
		count += hooks[i].address != 0;
	return count;
}

u32 hooks_mechanism(void)
{
	return mechanism;
}

static int group_filter(struct hook_group *group)
{
	unsigned int count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		if (!hooks[i].address || hook_group_of(&hooks[i]) != group)
			continue;
		if (count && group->functions[count - 1] == hooks[i].address)
			continue; /* shared */
		group->functions[count++] = hooks[i].address;
	}
	group->functions[count] = 0;
	group->ops.private = group->functions;
	if (!count) /* an empty filter would stand for every function there is */
		return -ENOENT;
	return ftrace_set_filter_ips(&group->ops, group->functions, count, 0, 0);
}

/* A registration succeeds, and does nothing, while kernel.ftrace_enabled is 0. */
static bool group_effective(const struct hook_group *group)
{
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		if (hooks[i].address && hook_group_of(&hooks[i]) == group &&
		    !arch_diverted(hooks[i].address))
			return false;
	}
	return true;
}

static int group_register(struct hook_group *group, u32 with)
{
	int err;

	if (with == SEOS_MECHANISM_IPMODIFY) {
		group->ops.func = hook_divert;
		group->ops.flags |= FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY |
				    FTRACE_OPS_FL_PERMANENT;
		return register_ftrace_function(&group->ops);
	}
	err = register_ftrace_direct_multi(&group->ops, (unsigned long)group->trampoline);
	if (!err) /* from now on ftrace cannot be switched off; registering sets all flags anew */
		group->ops.flags |= FTRACE_OPS_FL_PERMANENT;
	return err;
}

/* Begins anew each time: the filter and the flags of an ops belong to one mechanism. */
static int group_install(struct hook_group *group, u32 with)
{
	int err;

	ftrace_free_filter(&group->ops);
	memset(&group->ops, 0, sizeof(group->ops));
	err = group_filter(group);
	if (err)
		return err == -ENOENT ? 0 : err;
	err = group_register(group, with);
	if (err)
		return err;
	group->live = true;
	return group_effective(group) && !load_fails() ? 0 : -EBUSY;
}

/*
 * ftrace would wait after each removal, lest the ops be freed in use. It need not for a direct one,
 * which has no memory but ours: hooks_remove() waits once for all.
 */
static int group_unregister_direct(struct hook_group *group)
{
	group->ops.flags &= ~FTRACE_OPS_FL_DYNAMIC;
	return unregister_ftrace_direct_multi(&group->ops, (unsigned long)group->trampoline);
}

static void group_remove(struct hook_group *group)
{
	int err;

	if (!group->live)
		return;
	if (mechanism == SEOS_MECHANISM_IPMODIFY)
		err = unregister_ftrace_function(&group->ops);
	else
		err = group_unregister_direct(group);
	WARN_ON(err);
	group->live = false;
}

bool hooks_live(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		if (groups[i].live)
			return true;
	}
	return false;
}

void hooks_remove(void)
{
	if (!hooks_live())
		return;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		group_remove(&groups[i]);
#ifdef CONFIG_TASKS_RUDE_RCU
	synchronize_rcu_tasks_rude(); /* whoever walks the list of ops, where RCU is not watching */
#endif
#ifdef CONFIG_TASKS_TRACE_RCU
	synchronize_rcu_tasks_trace(); /* whoever sleeps in a BPF program that returns to a wrapper */
#endif
	synchronize_rcu_tasks(); /* whoever is between trampoline and slot: nobody sleeps there */
}

static int hooks_install_with(u32 with)
{
	int err = 0;

	mechanism = with;
	for (size_t i = 0; i < ARRAY_SIZE(groups) && !err; i++)
		err = group_install(&groups[i], with);
	if (err)
		hooks_remove();
	return err;
}

int hooks_install(void)
{
	int err = -ENODEV;

	if (hooks_live())
		return 0;
	if (want_direct)
		err = hooks_install_with(SEOS_MECHANISM_DIRECT);
	if (err && want_ipmodify)
		err = hooks_install_with(SEOS_MECHANISM_IPMODIFY);
	return err;
}
