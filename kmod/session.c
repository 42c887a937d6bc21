// SPDX-License-Identifier: GPL-2.0-only
/*
 * Login sessions: which processes belong to one, and when the last has ended. Membership is by
 * thread group: a fork adds one, the exit of the last thread takes it away, and nothing else that a
 * process does matters. The table outlives whoever reads it.
 *
 * Not for: who logged in, or what becomes of the end of a session (seosd).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/pid_namespace.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/tracepoint.h>

#include "seos.h"

#define MEMBER_HASH_BITS 10

struct session {
	struct list_head link;
	struct seos_session_id id;
	u64 number;
	u64 end_ns;
	u32 processes;
	u32 label_bytes;
	char label[];
};

/* A PID is given to nobody else before the last thread that has it is gone, which is after its exit
 * was traced: so the number says which process it is.
 */
struct member {
	struct hlist_node link;
	struct rcu_head rcu;
	struct session *session;
	pid_t tgid;
};

/* Processes outside sessions, which are most, pass by without it. */
static DEFINE_SPINLOCK(sessions_lock);
static LIST_HEAD(sessions); /* ascending number; sessions_lock */
static DEFINE_HASHTABLE(members, MEMBER_HASH_BITS); /* changed under sessions_lock, read under RCU */
static u64 last_number;
static u32 session_count, member_count;
static u64 uncounted;

static struct member *member_find(pid_t tgid)
{
	struct member *member;

	hash_for_each_possible_rcu(members, member, link, tgid,
				   lockdep_is_held(&sessions_lock)) {
		if (member->tgid == tgid)
			return member;
	}
	return NULL;
}

static void session_end(struct session *session)
{
	struct kvec body = { &session->id, sizeof(session->id) };

	session->end_ns = ktime_get_boottime_ns();
	if (events_wanted(SEOS_CLASS_SESSION))
		events_write(SEOS_EVENT_SESSION_END, &body, 1);
}

static void member_add(struct member *member, pid_t tgid, struct session *session)
{
	member->tgid = tgid;
	member->session = session;
	session->processes++;
	WRITE_ONCE(member_count, member_count + 1);
	hash_add_rcu(members, &member->link, tgid);
}

static void member_remove(struct member *member)
{
	struct session *session = member->session;

	hash_del_rcu(&member->link);
	WRITE_ONCE(member_count, member_count - 1);
	kfree_rcu(member, rcu);
	if (!--session->processes)
		session_end(session);
}

/* False: it is in no session. */
static bool member_take_out(pid_t tgid)
{
	struct member *member;

	spin_lock(&sessions_lock);
	member = member_find(tgid);
	if (member)
		member_remove(member);
	spin_unlock(&sessions_lock);
	return member;
}

static bool is_member(pid_t tgid)
{
	bool found;

	rcu_read_lock();
	found = member_find(tgid);
	rcu_read_unlock();
	return found;
}

/* The child does not run yet, and the parent is the one who forks: neither changes meanwhile. */
static void on_fork(void *unused, struct task_struct *parent, struct task_struct *child)
{
	struct member *member, *added;

	if (!READ_ONCE(member_count) || child->tgid == parent->tgid || !is_member(parent->tgid))
		return;
	added = kmalloc(sizeof(*added), GFP_ATOMIC | __GFP_NOWARN);
	spin_lock(&sessions_lock);
	member = member_find(parent->tgid);
	if (!added)
		uncounted++;
	else if (member)
		member_add(added, child->tgid, member->session);
	spin_unlock(&sessions_lock);
	if (!member)
		kfree(added);
}

/* Two last threads may both find that none is left: the second finds no member. */
static void on_exit(void *unused, struct task_struct *task)
{
	if (READ_ONCE(member_count) && !atomic_read(&task->signal->live) && is_member(task->tgid))
		member_take_out(task->tgid);
}

/* A process that ends meanwhile has either been seen by on_exit(), or is seen here. */
static bool process_lives(pid_t pid)
{
	struct task_struct *task;
	bool lives;

	rcu_read_lock();
	task = pid_task(find_pid_ns(pid, &init_pid_ns), PIDTYPE_TGID);
	lives = task && atomic_read(&task->signal->live);
	rcu_read_unlock();
	return lives;
}

/* Two sessions with the same leader began at different times, in as many seconds as it takes. */
static s64 free_start(pid_t leader)
{
	s64 start_s = ktime_get_real_seconds();
	const struct session *session;

	list_for_each_entry(session, &sessions, link) {
		if (session->id.leader == leader && session->id.start_s >= start_s)
			start_s = session->id.start_s + 1;
	}
	return start_s;
}

static int session_add(struct session *session, struct member *leader)
{
	struct member *before;

	if (session_count == SEOS_SESSIONS_MAX)
		return -ENOSPC;
	session->id.start_s = free_start(session->id.leader);
	session->number = ++last_number;
	session_count++;
	list_add_tail(&session->link, &sessions);
	before = member_find(session->id.leader);
	if (before)
		member_remove(before);
	member_add(leader, session->id.leader, session);
	return 0;
}

static void session_drop(struct session *session)
{
	list_del(&session->link);
	session_count--;
	kfree(session);
}

static void session_describe(const struct session *session, struct seos_session *out)
{
	out->id = session->id;
	out->number = session->number;
	out->end_ns = session->end_ns;
	out->processes = session->processes;
	out->label_bytes = session->label_bytes;
	memcpy(out->label, session->label, session->label_bytes);
	memset(out->label + session->label_bytes, 0, sizeof(out->label) - session->label_bytes);
}

static struct session *session_find(const struct seos_session_id *id)
{
	struct session *session;

	list_for_each_entry(session, &sessions, link) {
		if (session->id.leader == id->leader && session->id.start_s == id->start_s)
			return session;
	}
	return NULL;
}

/* Who has died in between does not leave a session that never ends, nor a record of its end. */
static int session_confirm(pid_t leader, struct session *session)
{
	struct member *member;
	int err = 0;

	if (process_lives(leader))
		return 0;
	spin_lock(&sessions_lock);
	member = member_find(leader);
	if (member && member->session == session) {
		member_remove(member);
		session_drop(session);
		err = -ESRCH;
	}
	spin_unlock(&sessions_lock);
	return err;
}

int sessions_begin(struct seos_session *wanted)
{
	struct session *session;
	struct member *leader;
	int err;

	if (wanted->label_bytes > SEOS_SESSION_LABEL_MAX)
		return -EINVAL;
	if (!process_lives(wanted->id.leader))
		return -ESRCH;
	session = kzalloc(struct_size(session, label, wanted->label_bytes), GFP_KERNEL);
	leader = kmalloc(sizeof(*leader), GFP_KERNEL);
	if (!session || !leader) {
		err = -ENOMEM;
		goto free;
	}
	session->id.leader = wanted->id.leader;
	session->label_bytes = wanted->label_bytes;
	memcpy(session->label, wanted->label, wanted->label_bytes);
	spin_lock(&sessions_lock);
	err = session_add(session, leader);
	if (!err)
		session_describe(session, wanted);
	spin_unlock(&sessions_lock);
	if (err)
		goto free;
	return session_confirm(wanted->id.leader, session);

free:
	kfree(leader);
	kfree(session);
	return err;
}

int sessions_of(struct seos_session *asked)
{
	const struct member *member;

	spin_lock(&sessions_lock);
	member = member_find(asked->id.leader);
	if (member)
		session_describe(member->session, asked);
	spin_unlock(&sessions_lock);
	return member ? 0 : -ESRCH;
}

u32 sessions_current(struct seos_session_id *id, char label[SEOS_SESSION_LABEL_MAX])
{
	const struct member *member;
	u32 bytes = 0;

	memset(id, 0, sizeof(*id));
	spin_lock(&sessions_lock);
	member = member_find(current->tgid);
	if (member) {
		*id = member->session->id;
		bytes = member->session->label_bytes;
		memcpy(label, member->session->label, bytes);
	}
	spin_unlock(&sessions_lock);
	return bytes;
}

int sessions_next(struct seos_session *asked)
{
	const struct session *session;
	int err = -ENOENT;

	spin_lock(&sessions_lock);
	list_for_each_entry(session, &sessions, link) {
		if (session->number > asked->number) {
			session_describe(session, asked);
			err = 0;
			break;
		}
	}
	spin_unlock(&sessions_lock);
	return err;
}

int sessions_forget(const struct seos_session_id *id)
{
	struct session *session;
	int err = 0;

	spin_lock(&sessions_lock);
	session = session_find(id);
	if (!session)
		err = -ENOENT;
	else if (session->processes)
		err = -EBUSY;
	else
		session_drop(session);
	spin_unlock(&sessions_lock);
	return err;
}

int sessions_leave(void)
{
	return member_take_out(current->tgid) ? 0 : -ESRCH;
}

void sessions_status(struct seos_status *status)
{
	spin_lock(&sessions_lock);
	status->sessions = session_count;
	status->members = member_count;
	status->uncounted = uncounted;
	spin_unlock(&sessions_lock);
}

/* The tracepoints are not exported by name. */

static struct tracepoint *fork_point, *exit_point;

static void point_take(struct tracepoint *point, void *unused)
{
	if (!strcmp(point->name, "sched_process_fork"))
		fork_point = point;
	else if (!strcmp(point->name, "sched_process_exit"))
		exit_point = point;
}

int sessions_init(void)
{
	int err;

	for_each_kernel_tracepoint(point_take, NULL);
	if (!fork_point || !exit_point) {
		pr_err("tracepoints of fork and exit not found: the kernel needs them\n");
		return -ENOENT;
	}
	err = tracepoint_probe_register(exit_point, on_exit, NULL);
	if (err)
		return err;
	err = tracepoint_probe_register(fork_point, on_fork, NULL);
	if (!err)
		return 0;
	tracepoint_probe_unregister(exit_point, on_exit, NULL);
	tracepoint_synchronize_unregister();
	return err;
}

void sessions_exit(void)
{
	struct session *session, *next;
	struct hlist_node *following;
	struct member *member;
	int bucket;

	tracepoint_probe_unregister(fork_point, on_fork, NULL);
	tracepoint_probe_unregister(exit_point, on_exit, NULL);
	tracepoint_synchronize_unregister();
	hash_for_each_safe(members, bucket, following, member, link) {
		hash_del(&member->link);
		kfree(member);
	}
	list_for_each_entry_safe(session, next, &sessions, link)
		session_drop(session);
}
