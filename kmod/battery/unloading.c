// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of unloading, refused and done, and of loading.
 */
#include "battery.h"

bool rmmod_is_refused(void)
{
	const char *path = fifo();
	const struct child *child = child_start(run_open, path);

	CHECK(WAIT_FOR(listed_in(child->pid, NR_OPEN)));
	device_close();
	CHECK(module_remove() == -EWOULDBLOCK);
	device = device_open();
	CHECK(device >= 0);
	CHECK(listed_in(child->pid, NR_OPEN));
	CHECK(child_waits(child));
	fifo_release(path);
	CHECK(child_result(child) == 0);
	return true;
}

bool prepare_is_refused_with_a_blocker(void)
{
	const char *path = fifo();
	const struct child *child = child_start(run_open, path), *later;
	struct sockaddr_un address;
	int listener = listener_make(&address);
	const struct child *acceptor = child_start(run_accept, &listener);
	struct seos_status after;

	CHECK(WAIT_FOR(listed_in(child->pid, NR_OPEN) && listed_in(acceptor->pid, NR_ACCEPT)));
	CHECK(WAIT_FOR(listed_for(child->pid, 50 * MS) && listed_for(acceptor->pid, 50 * MS)));
	CHECK(prepare(100 * MS, &after) == -EBUSY);
	CHECK(after.state == SEOS_STATE_ACTIVE && after.monitor == 1);
	CHECK(after.inside == 2 && after.blocking == 1);
	/* nobody was disturbed, not even the one that could have been moved */
	CHECK(listed_for(child->pid, 150 * MS) && listed_for(acceptor->pid, 150 * MS));
	later = child_start(run_open, path);
	CHECK(WAIT_FOR(listed_in(later->pid, NR_OPEN)));
	device_close();
	CHECK(module_remove() == -EWOULDBLOCK);
	device = device_open();
	fifo_release(path);
	CHECK(child_result(child) == 0 && child_result(later) == 0);
	CHECK(connect_to(&address) >= 0);
	CHECK(child_result(acceptor) == 0);
	return true;
}

/* One does not come out in time: the others, moved out before, come in again with the hooks. */
bool a_refusal_after_moving_puts_everybody_back(void)
{
	enum { MOVED = 5 };
	struct sockaddr_un address, stuck_address;
	int listener = listener_make(&address), go[2];
	struct stuck_accept stuck = {.listener = listener_make(&stuck_address)};
	const struct child *moved[MOVED], *last;
	struct seos_status after;

	CHECK(pipe2(go, O_CLOEXEC) == 0);
	stuck.go = go[0];
	last = child_start(run_stuck_accept, &stuck);
	CHECK(connect_to(&stuck_address) >= 0);
	CHECK(WAIT_FOR(listed_in(last->pid, NR_ACCEPT)));
	for (int i = 0; i < MOVED; i++)
		moved[i] = child_start(i % 2 ? run_accept : run_accept_with_timeout, &listener);
	CHECK(WAIT_FOR(status().inside == MOVED + 1 && status().blocking == 0));
	for (int i = 0; i < MOVED; i++)
		CHECK(WAIT_FOR(listed_for(moved[i]->pid, 50 * MS)));
	CHECK(prepare(0, &after) == -EBUSY);
	CHECK(after.state == SEOS_STATE_ACTIVE && after.monitor == 1);
	CHECK(WAIT_FOR(status().inside == MOVED + 1 && status().blocking == 0));
	for (int i = 0; i < MOVED; i++)
		CHECK(listed_in(moved[i]->pid, NR_ACCEPT) && child_waits(moved[i]));
	CHECK(write(go[1], "", 1) == 1);
	CHECK(child_result(last) == 0);
	CHECK(prepare(0, NULL) == 0);
	for (int i = 0; i < MOVED; i++)
		CHECK(connect_to(&address) >= 0);
	for (int i = 0; i < MOVED; i++)
		CHECK(child_result(moved[i]) == 0);
	close(go[0]);
	close(go[1]);
	return true;
}

bool prepare_waits_for_a_caller_to_leave(void)
{
	const char *path = fifo();
	const struct child *child = child_start(run_open, path);
	pid_t releaser;

	CHECK(WAIT_FOR(listed_in(child->pid, NR_OPEN)));
	releaser = fork();
	if (!releaser) {
		WAIT_FOR(status().state == SEOS_STATE_PREPARING);
		fifo_release(path);
		_exit(0);
	}
	CHECK(prepare(DEADLINE_NS, NULL) == 0);
	CHECK(child_result(child) == 0);
	CHECK(status().state == SEOS_STATE_PREPARED);
	CHECK(waitpid(releaser, NULL, 0) == releaser);
	return true;
}

bool prepare_ends_with_a_signal(void)
{
	const struct sigaction alarmed = {.sa_handler = on_alarm};
	const struct itimerval soon = {.it_value = {.tv_usec = 300000}};
	const char *path = fifo();
	const struct child *child = child_start(run_open, path);
	struct seos_status after;

	CHECK(WAIT_FOR(listed_in(child->pid, NR_OPEN)));
	sigaction(SIGALRM, &alarmed, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	CHECK(prepare(3600 * 1000 * MS, &after) == -EINTR);
	CHECK(after.state == SEOS_STATE_ACTIVE && after.monitor == 1);
	CHECK(listed_in(child->pid, NR_OPEN));
	fifo_release(path);
	CHECK(child_result(child) == 0);
	return true;
}

/* Programs that wait in accept are moved out, the module goes, and then they get their connection.
 */
bool accept_callers_survive_the_module(void)
{
	static const struct {
		int (*run)(const void *);
		int number;
	} rows[] = {
		{run_accept, NR_ACCEPT},
		{run_accept4, SYS_accept4},
		{run_accept_with_timeout, NR_ACCEPT},
		{run_accept32, OTHER_ACCEPT},
	};
	enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
	struct sockaddr_un addresses[ROWS];
	const struct child *parked[ROWS];

	for (unsigned int i = 0; i < ROWS; i++) {
		int listener = listener_make(&addresses[i]);

		parked[i] = child_start(rows[i].run, &listener);
		CHECK(WAIT_FOR(listed_in(parked[i]->pid, rows[i].number)));
		CHECK(listed(parked[i]->pid)->flags == SEOS_CALL_MOVABLE);
	}
	CHECK(status().inside == ROWS && status().blocking == 0);
	CHECK(prepare(0, NULL) == 0);
	CHECK(status().state == SEOS_STATE_PREPARED && status().inside == 0);
	device_close();
	CHECK(module_remove() == 0);
	CHECK(!module_loaded());
	for (unsigned int i = 0; i < ROWS; i++) {
		if (!child_waits(parked[i]))
			return complain("row %u came back with %d", i, child_result(parked[i]));
	}
	for (unsigned int i = 0; i < ROWS; i++) {
		CHECK(connect_to(&addresses[i]) >= 0);
		if (rows[i].run == run_accept32)
			CHECK(exited_well(parked[i]));
		else
			CHECK(child_result(parked[i]) == 0);
	}
	return true;
}

bool loads_switched_off(void)
{
	const char *path = fifo();
	const struct child *child;

	CHECK(prepare(DEADLINE_NS, NULL) == 0);
	device_close();
	CHECK(module_remove() == 0);
	CHECK(module_load_with("mechanism=sideways") == -EINVAL);
	CHECK(!module_loaded() && access(SEOS_DEVICE, F_OK));
	CHECK(module_load_with("monitor=0") == 0);
	device = device_open();
	CHECK(device >= 0);
	CHECK(status().monitor == 0 && status().state == SEOS_STATE_ACTIVE);
	CHECK(status().mechanism == 0);
	CHECK(monitor(1) == 0);
	CHECK(status().mechanism != 0);
	child = child_start(run_open, path);
	CHECK(WAIT_FOR(listed_in(child->pid, NR_OPEN)));
	fifo_release(path);
	CHECK(child_result(child) == 0);
	return true;
}

/* With ftrace switched off, hooks would be there and see nobody. */
bool is_never_blind(void)
{
	static const char *const enabled = "/proc/sys/kernel/ftrace_enabled";

	CHECK(!write_number(enabled, 0));
	CHECK(read_number(enabled) == 1);
	CHECK(prepare(DEADLINE_NS, NULL) == 0);
	device_close();
	CHECK(module_remove() == 0);
	CHECK(write_number(enabled, 0));
	CHECK(module_load() == -EBUSY);
	CHECK(!module_loaded() && access(SEOS_DEVICE, F_OK));
	CHECK(write_number(enabled, 1));
	CHECK(module_load() == 0);
	return true;
}

bool cancel_hooks_again(void)
{
	const char *path = fifo();
	const struct child *child;

	CHECK(prepare(DEADLINE_NS, NULL) == 0);
	CHECK(prepare(0, NULL) == -EALREADY);
	CHECK(monitor(0) == -EBUSY);
	CHECK(ioctl(device, SEOS_IOC_CANCEL) == 0);
	CHECK(status().state == SEOS_STATE_ACTIVE && status().monitor == 1);
	child = child_start(run_open, path);
	CHECK(WAIT_FOR(listed_in(child->pid, NR_OPEN)));
	device_close();
	CHECK(module_remove() == -EWOULDBLOCK);
	device = device_open();
	CHECK(device >= 0);
	fifo_release(path);
	CHECK(child_result(child) == 0);
	return true;
}

bool a_crowd_is_moved(void)
{
	enum { CROWD = 200 };
	struct sockaddr_un address;
	int listener = listener_make(&address);

	for (int i = 0; i < CROWD; i++)
		child_start(run_accept, &listener);
	CHECK(WAIT_FOR(status().inside == CROWD));
	CHECK(prepare(0, NULL) == 0);
	for (int i = 0; i < CROWD; i++)
		CHECK(child_waits(&children[i]));
	CHECK(ioctl(device, SEOS_IOC_CANCEL) == 0);
	for (int i = 0; i < CROWD; i++)
		CHECK(connect_to(&address) >= 0);
	for (int i = 0; i < CROWD; i++)
		CHECK(child_result(&children[i]) == 0);
	return true;
}

bool a_stopped_caller_is_in_nobodys_way(void)
{
	struct sockaddr_un address;
	int listener = listener_make(&address), wait_status;
	const char *path = fifo();
	const struct child *acceptor = child_start(run_accept, &listener);
	const struct child *opener = child_start(run_open, path);

	CHECK(WAIT_FOR(status().inside == 2));
	CHECK(kill(acceptor->pid, SIGSTOP) == 0 && kill(opener->pid, SIGSTOP) == 0);
	CHECK(waitpid(acceptor->pid, &wait_status, WUNTRACED) == acceptor->pid);
	CHECK(waitpid(opener->pid, &wait_status, WUNTRACED) == opener->pid);
	CHECK(status().inside == 0);
	CHECK(prepare(0, NULL) == 0);
	device_close();
	CHECK(module_remove() == 0);
	CHECK(kill(acceptor->pid, SIGCONT) == 0 && kill(opener->pid, SIGCONT) == 0);
	CHECK(connect_to(&address) >= 0);
	CHECK(child_result(acceptor) == 0);
	fifo_release(path);
	CHECK(child_result(opener) == 0);
	return true;
}

#define FREEZER "/tmp/battery.freezer"

static bool frozen(void)
{
	FILE *file = fopen(FREEZER "/battery/cgroup.events", "r");
	char line[64];
	bool is = false;

	while (file && fgets(line, sizeof(line), file))
		is = is || !strcmp(line, "frozen 1\n");
	if (file)
		fclose(file);
	return is;
}

/* As those that are stopped: they have left the call, and begin it anew when they thaw. */
bool a_frozen_caller_is_in_nobodys_way(void)
{
	struct sockaddr_un address;
	int listener = listener_make(&address);
	const char *path = fifo();
	const struct child *acceptor = child_start(run_accept, &listener);
	const struct child *opener = child_start(run_open, path);

	CHECK(mkdir(FREEZER, 0700) == 0 && mount("cgroup2", FREEZER, "cgroup2", 0, NULL) == 0);
	CHECK(mkdir(FREEZER "/battery", 0700) == 0);
	CHECK(WAIT_FOR(status().inside == 2));
	CHECK(write_number(FREEZER "/battery/cgroup.procs", acceptor->pid));
	CHECK(write_number(FREEZER "/battery/cgroup.procs", opener->pid));
	CHECK(write_number(FREEZER "/battery/cgroup.freeze", 1) && WAIT_FOR(frozen()));
	CHECK(status().inside == 0);
	CHECK(prepare(0, NULL) == 0);
	device_close();
	CHECK(module_remove() == 0);
	CHECK(write_number(FREEZER "/battery/cgroup.freeze", 0));
	CHECK(connect_to(&address) >= 0);
	CHECK(child_result(acceptor) == 0);
	fifo_release(path);
	CHECK(child_result(opener) == 0);
	children_end();
	CHECK(WAIT_FOR(rmdir(FREEZER "/battery") == 0));
	CHECK(umount(FREEZER) == 0 && rmdir(FREEZER) == 0);
	return true;
}

/* Whatever step fails, nothing is left of those before it. */
bool each_step_of_loading_rolls_back(void)
{
	char parameter[24];
	unsigned int step = 0;
	int err;

	CHECK(prepare(DEADLINE_NS, NULL) == 0);
	device_close();
	CHECK(module_remove() == 0);
	do {
		snprintf(parameter, sizeof(parameter), "fail_step=%u", ++step);
		err = module_load_with(parameter);
		if (!err)
			break;
		CHECK(err == -ENOMEM || err == -ENOENT || err == -EBUSY);
		CHECK(!module_loaded() && access(SEOS_DEVICE, F_OK));
		CHECK(call_open("/nowhere", O_RDONLY) == -1 && errno == ENOENT);
	} while (step < 20);
	CHECK(!err && step > 3); /* slots, functions, a group of hooks at least, and the device */
	device = device_open();
	CHECK(device >= 0 && status().monitor == 1);
	return true;
}
