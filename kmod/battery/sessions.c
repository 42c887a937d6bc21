// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of login sessions: who belongs to one, and when it ends.
 */
#include "battery.h"

#include "subscription.h"

/* A child that begins a session of its own, and does run() in it, with the device closed. */
struct login {
	int (*run)(void);
};

static int run_login(const void *argument)
{
	const struct login *login = argument;
	struct seos_session session = {.id.leader = getpid(), .label_bytes = 4, .label = "root"};
	int err;

	device = device_open();
	err = ioctl(device, SEOS_IOC_SESSION_BEGIN, &session) ? -errno : 0;
	device_close();
	return err ? err : login->run();
}

static struct seos_session session_of(pid_t pid)
{
	struct seos_session session = {.id.leader = pid};

	if (ioctl(device, SEOS_IOC_SESSION_OF, &session))
		session.number = 0;
	return session;
}

/* The session with this number, or one with number 0. */
static struct seos_session session_numbered(unsigned long long number)
{
	struct seos_session session = {.number = number - 1};

	if (ioctl(device, SEOS_IOC_SESSION_NEXT, &session) || session.number != number)
		session.number = 0;
	return session;
}

static bool session_ended(unsigned long long number)
{
	struct seos_session session = session_numbered(number);

	return session.number && !session.processes && session.end_ns;
}

static bool forgotten(unsigned long long number)
{
	struct seos_session session = session_numbered(number);

	CHECK(session.number == number);
	CHECK(ioctl(device, SEOS_IOC_SESSION_FORGET, &session.id) == 0);
	CHECK(session_numbered(number).number == 0);
	CHECK(ioctl(device, SEOS_IOC_SESSION_FORGET, &session.id) < 0 && errno == ENOENT);
	return true;
}

/* The next event is the end of this session, and there is no other. */
static bool ended_once(struct subscription *s, struct seos_session_id id)
{
	struct seos_event event;
	const struct seos_session_id *ended;
	const void *body;

	CHECK(woken(s) && event_next(s, &event, &body) == SEOS_READ_EVENT);
	ended = body;
	CHECK(event.type == SEOS_EVENT_SESSION_END);
	CHECK(ended->leader == id.leader && ended->start_s == id.start_s);
	CHECK(nothing_is_next(s));
	return true;
}

static int run_session_pause(void)
{
	return pause();
}

bool refuses_bad_sessions(void)
{
	struct seos_session session = {.id.leader = getpid(),
				       .label_bytes = SEOS_SESSION_LABEL_MAX + 1};

	CHECK(ioctl(device, SEOS_IOC_SESSION_BEGIN, &session) < 0 && errno == EINVAL);
	session = (struct seos_session){.id.leader = 4000000};
	CHECK(ioctl(device, SEOS_IOC_SESSION_BEGIN, &session) < 0 && errno == ESRCH);
	session.id.leader = -1;
	CHECK(ioctl(device, SEOS_IOC_SESSION_BEGIN, &session) < 0 && errno == ESRCH);
	CHECK(ioctl(device, SEOS_IOC_SESSION_OF, &session) < 0 && errno == ESRCH);
	session.number = 0;
	CHECK(ioctl(device, SEOS_IOC_SESSION_NEXT, &session) < 0 && errno == ENOENT);
	CHECK(ioctl(device, SEOS_IOC_SESSION_FORGET, &session.id) < 0 && errno == ENOENT);
	CHECK(ioctl(device, SEOS_IOC_SESSION_LEAVE) < 0 && errno == ESRCH);
	CHECK(status().sessions == 0 && status().members == 0 && status().uncounted == 0);
	return true;
}

/* Whatever the processes are called, whoever they are, however they end. */
static int run_family(void)
{
	int ends[2], byte;
	pid_t pid;

	if (pipe(ends))
		return -errno;
	for (int i = 0; i < 3; i++) {
		pid = fork();
		if (!pid) {
			setsid();
			close(ends[1]);
			if (i == 1 && fork())
				_exit(0); /* a daemon */
			if (i == 2 && (setresuid(1234, 1234, 1234) || !fork()))
				pause();
			_exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
		}
		if (i == 1)
			waitpid(pid, NULL, 0); /* who counts five then finds the last five */
	}
	pause();
	return 0;
}

bool a_session_ends_with_its_last_process(void)
{
	const struct login login = {.run = run_family};
	struct seos_session session;
	struct subscription s;
	struct child *leader;

	CHECK(subscribe(&s, SEOS_CLASS_SESSION, SEOS_RING_MIN));
	leader = child_start(run_login, &login);
	/* it, one, a daemon, another user, and that one's child */
	CHECK(WAIT_FOR(session_of(leader->pid).processes == 5));
	session = session_of(leader->pid);
	CHECK(session.id.leader == leader->pid && session.end_ns == 0);
	CHECK(session.label_bytes == 4 && !memcmp(session.label, "root", 5));
	CHECK(llabs(session.id.start_s - time(NULL)) <= 5);
	CHECK(status().sessions == 1 && status().members == 5);
	CHECK(ioctl(device, SEOS_IOC_SESSION_FORGET, &session.id) < 0 && errno == EBUSY);
	child_end(leader); /* three read the end of the pipe and go; the last one does not */
	CHECK(WAIT_FOR(session_numbered(session.number).processes == 1));
	CHECK(nothing_is_next(&s) && !session_ended(session.number));
	for (pid_t pid = session.id.leader; pid < session.id.leader + 12; pid++) {
		if (session_of(pid).number == session.number)
			kill(pid, SIGKILL);
	}
	CHECK(WAIT_FOR(session_ended(session.number)));
	CHECK(ended_once(&s, session.id));
	CHECK(status().members == 0 && forgotten(session.number));
	unsubscribe(&s);
	return true;
}

static void *thread_pause(void *unused)
{
	pause();
	return unused;
}

static int run_threads(void)
{
	pthread_t thread;

	for (int i = 0; i < 4; i++) {
		if (pthread_create(&thread, NULL, thread_pause, NULL))
			return -EAGAIN;
	}
	pthread_exit(NULL); /* the leader goes, the process stays */
}

bool a_process_is_not_its_threads(void)
{
	const struct login login = {.run = run_threads};
	const struct child *leader = child_start(run_login, &login);
	unsigned long long number;
	char path[32];

	CHECK(WAIT_FOR((number = session_of(leader->pid).number)));
	snprintf(path, sizeof(path), "/proc/%d/task", leader->pid);
	CHECK(WAIT_FOR(({
		struct stat folder;
		stat(path, &folder) == 0 && folder.st_nlink == 7; /* five threads, . and .. */
	})));
	CHECK(WAIT_FOR(session_of(leader->pid).processes == 1 && sleeps(leader->pid + 1)));
	CHECK(!session_ended(number));
	kill(leader->pid, SIGKILL);
	CHECK(WAIT_FOR(session_ended(number)));
	return forgotten(number);
}

bool a_reused_pid_is_in_no_session(void)
{
	const struct login login = {.run = run_session_pause};
	struct child *leader = child_start(run_login, &login);
	struct seos_session first;
	pid_t pid = leader->pid;

	CHECK(WAIT_FOR(session_of(pid).number));
	first = session_of(pid);
	child_end(leader);
	CHECK(WAIT_FOR(session_ended(first.number)));
	CHECK(write_number("/proc/sys/kernel/ns_last_pid", pid - 1));
	CHECK((leader = child_start(run_pause, NULL))->pid == pid);
	CHECK(session_of(pid).number == 0);
	child_end(leader);
	/* and if it logs in, in the same second, it is another session */
	CHECK(write_number("/proc/sys/kernel/ns_last_pid", pid - 1));
	CHECK((leader = child_start(run_login, &login))->pid == pid);
	CHECK(WAIT_FOR(session_of(pid).number));
	CHECK(session_of(pid).number != first.number);
	CHECK(session_of(pid).id.start_s > first.id.start_s);
	CHECK(session_ended(first.number) && forgotten(first.number));
	first = session_of(pid);
	child_end(leader);
	CHECK(WAIT_FOR(session_ended(first.number)));
	return forgotten(first.number);
}

bool a_second_login_leaves_the_first(void)
{
	const struct login login = {.run = run_session_pause};
	const struct child *leader = child_start(run_login, &login);
	struct seos_session again = {.id.leader = leader->pid};
	unsigned long long first;

	CHECK(WAIT_FOR((first = session_of(leader->pid).number)));
	CHECK(ioctl(device, SEOS_IOC_SESSION_BEGIN, &again) == 0);
	CHECK(again.number > first && again.processes == 1);
	CHECK(session_ended(first) && forgotten(first));
	children_end();
	CHECK(WAIT_FOR(session_ended(again.number)));
	return forgotten(again.number);
}

static int run_login_and_leave(void)
{
	pid_t pid;

	device = device_open();
	if (ioctl(device, SEOS_IOC_SESSION_LEAVE))
		return -errno;
	device_close();
	pid = fork();
	if (pid)
		return pid;
	return pause();
}

bool who_leaves_is_in_no_session(void)
{
	const struct login login = {.run = run_login_and_leave};
	const struct child *leader = child_start(run_login, &login);
	struct seos_session last = {.number = 0};
	int pid = child_result(leader);

	CHECK(pid > 0);
	CHECK(session_of(pid).number == 0);
	kill(pid, SIGKILL);
	CHECK(ioctl(device, SEOS_IOC_SESSION_NEXT, &last) == 0);
	CHECK(session_ended(last.number));
	return forgotten(last.number);
}

enum { FORKS = 100 };

/* Processes that begin and end at the same time, in every order. */
static int run_storm(void)
{
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = i % 3 ? fork() : (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

		if (pid < 0)
			return -errno;
		if (!pid && i % 3 == 1 && fork() >= 0)
			_exit(0);
		if (!pid)
			_exit(i % 3);
		if (i % 2)
			waitpid(pid, NULL, 0);
	}
	while (wait(NULL) > 0)
		;
	return 0;
}

bool sessions_end_once_under_load(void)
{
	enum { SESSIONS = 8 };
	const struct login login = {.run = run_storm};
	unsigned int ended[SESSIONS] = {0};
	struct subscription s;
	struct seos_event event;
	const void *body;

	CHECK(subscribe(&s, SEOS_CLASS_SESSION, SEOS_RING_MIN));
	for (int i = 0; i < SESSIONS; i++)
		child_start(run_login, &login);
	for (int i = 0; i < SESSIONS; i++)
		CHECK(child_result(&children[i]) == 0);
	CHECK(WAIT_FOR(status().members == 0));
	CHECK(status().sessions == SESSIONS && status().uncounted == 0);
	for (int i = 0; i < SESSIONS; i++) {
		const struct seos_session_id *id;

		CHECK(event_next(&s, &event, &body) == SEOS_READ_EVENT);
		id = body;
		for (int j = 0; j < SESSIONS; j++)
			ended[j] += children[j].pid == id->leader;
		CHECK(ioctl(device, SEOS_IOC_SESSION_FORGET, id) == 0);
	}
	CHECK(nothing_is_next(&s) && status().sessions == 0);
	for (int i = 0; i < SESSIONS; i++)
		CHECK(ended[i] == 1);
	unsubscribe(&s);
	return true;
}

bool sessions_do_not_keep_the_module(void)
{
	const struct login login = {.run = run_family};
	struct child *leader = child_start(run_login, &login);

	CHECK(WAIT_FOR(session_of(leader->pid).processes == 5));
	CHECK(prepare(DEADLINE_NS, NULL) == 0);
	device_close();
	CHECK(module_remove() == 0);
	CHECK(kill(leader->pid, 0) == 0);
	CHECK(module_load() == 0);
	device = device_open();
	CHECK(device >= 0 && status().sessions == 0 && session_of(leader->pid).number == 0);
	return true;
}
