// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the list: who is in it, and who is not.
 */
#include "battery.h"

static long long boot_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int run_open_as_1234(const void *path)
{
	return setuid(1234) ? -EIO : run_open(path);
}

bool lists_a_caller_in_open(void)
{
	const char *path = fifo();
	const struct child *child = child_start(run_open_as_1234, path);
	long long before_ns, after_ns;
	struct seos_call first;

	CHECK(WAIT_FOR(listed_in(child->pid, NR_OPEN)));
	before_ns = boot_ns();
	first = *listed(child->pid);
	after_ns = boot_ns();
	CHECK(first.abi == ABI_NATIVE);
	CHECK(first.tgid == child->pid && first.ppid == getpid() && first.uid == 1234);
	CHECK(first.flags == 0);
	CHECK(strcmp(first.program, own_path) == 0);
	/* the coarse clock is behind by a tick, or more where ticks come late */
	CHECK((long long)(first.start_ns + first.duration_ns) <= after_ns);
	CHECK((long long)(first.start_ns + first.duration_ns + 1000 * MS) > before_ns);
	CHECK(WAIT_FOR(listed(child->pid)->duration_ns >= first.duration_ns + 50 * MS));
	fifo_release(path);
	CHECK(child_result(child) == 0);
	CHECK(WAIT_FOR(!listed(child->pid)));
	CHECK(status().inside == 0);
	return true;
}

bool lists_a_caller_in_accept_as_movable(void)
{
	struct sockaddr_un address;
	int listener = listener_make(&address);
	const struct child *child = child_start(run_accept, &listener);

	CHECK(WAIT_FOR(listed_in(child->pid, NR_ACCEPT)));
	CHECK(listed(child->pid)->flags == SEOS_CALL_MOVABLE);
	CHECK(status().inside == 1 && status().blocking == 0);
	CHECK(connect_to(&address) >= 0);
	CHECK(child_result(child) == 0);
	CHECK(WAIT_FOR(status().inside == 0));
	return true;
}

bool killed_callers_leave_nothing(void)
{
	const char *path = fifo();

	for (int i = 0; i < 20; i++) {
		struct child *child = child_start(run_open, path);
		pid_t pid = child->pid;

		CHECK(WAIT_FOR(listed_in(pid, NR_OPEN)));
		child_end(child);
		CHECK(!listed(pid));
	}
	CHECK(status().inside == 0);
	unlink(path);
	return true;
}

bool a_reused_pid_starts_clean(void)
{
	const char *path = fifo();
	struct child *child = child_start(run_open, path);
	pid_t pid = child->pid;
	unsigned long long start_ns;

	CHECK(WAIT_FOR(listed_in(pid, NR_OPEN)));
	CHECK(WAIT_FOR(listed_for(pid, 500 * MS))); /* times are known to a tick, and ticks come late */
	start_ns = listed(pid)->start_ns;
	child_end(child);
	CHECK(write_number("/proc/sys/kernel/ns_last_pid", pid - 1));
	child = child_start(run_pause, NULL);
	CHECK(child->pid == pid);
	CHECK(!listed(pid));
	child_end(child);
	CHECK(write_number("/proc/sys/kernel/ns_last_pid", pid - 1));
	child = child_start(run_open, path);
	CHECK(child->pid == pid);
	CHECK(WAIT_FOR(listed_in(pid, NR_OPEN)));
	CHECK(listed_since(pid, start_ns));
	fifo_release(path);
	CHECK(child_result(child) == 0);
	return true;
}

bool pids_beyond_the_default_have_slots(void)
{
	long pid_max = read_number("/proc/sys/kernel/pid_max");
	const char *path = fifo();
	const struct child *child;

	if (sizeof(long) == 4)
		SKIP("a 32-bit kernel has no PIDs beyond the default");
	CHECK(pid_max > 0);
	CHECK(write_number("/proc/sys/kernel/pid_max", 4194304));
	CHECK(write_number("/proc/sys/kernel/ns_last_pid", 4194301));
	child = child_start(run_open, path);
	CHECK(child->pid == 4194302);
	CHECK(WAIT_FOR(listed_in(child->pid, NR_OPEN)));
	fifo_release(path);
	CHECK(child_result(child) == 0);
	CHECK(status().missed == 0);
	CHECK(write_number("/proc/sys/kernel/ns_last_pid", getpid() + 100));
	CHECK(write_number("/proc/sys/kernel/pid_max", pid_max));
	return true;
}

bool monitor_off_shows_nothing(void)
{
	const char *path = fifo();
	const struct child *before = child_start(run_open, path), *meanwhile, *later;

	CHECK(WAIT_FOR(listed_in(before->pid, NR_OPEN)));
	CHECK(monitor(0) == 0);
	CHECK(status().monitor == 0);
	meanwhile = child_start(run_open, path);
	later = child_start(run_open, path);
	CHECK(WAIT_FOR(sleeps(meanwhile->pid) && sleeps(later->pid)));
	CHECK(listed_in(before->pid, NR_OPEN)); /* still has the module on its stack */
	CHECK(status().inside == 1 && status().blocking == 1);
	CHECK(prepare(0, NULL) == -EBUSY);
	CHECK(status().monitor == 0);
	child_end((struct child *)before);
	CHECK(list(CALLS_MAX) == 0);
	CHECK(prepare(0, NULL) == 0); /* whoever came in unhooked is in nobody's way */
	CHECK(ioctl(device, SEOS_IOC_CANCEL) == 0);
	CHECK(status().monitor == 0);
	CHECK(monitor(1) == 0);
	fifo_release(path);
	CHECK(child_result(meanwhile) == 0 && child_result(later) == 0);
	CHECK(list(CALLS_MAX) == 0);
	return true;
}

bool a_32_bit_program_has_its_own_numbers(void)
{
	const char *path = fifo();
	const struct child *child = child_start(run_open32, path);
	struct seos_call call;

	CHECK(WAIT_FOR(listed_in(child->pid, OTHER_OPEN)));
	call = *listed(child->pid);
	CHECK(call.abi == OTHER_ABI && call.flags == 0);
	CHECK(strcmp(call.program, battery32_path) == 0);
	fifo_release(path);
	CHECK(exited_well(child));
	return true;
}

bool a_long_list_comes_in_chunks(void)
{
	enum { PARKED = 300 };
	const char *path = fifo();
	static const unsigned int chunks[] = {1, 7, 299, 300, 301};

	for (int i = 0; i < PARKED; i++)
		child_start(run_open, path);
	CHECK(WAIT_FOR(status().inside == PARKED));
	for (unsigned int i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		CHECK(list(chunks[i]) == PARKED);
		for (int c = 0; c < PARKED; c++)
			CHECK(calls[c].pid == children[c].pid && calls[c].number == NR_OPEN);
	}
	unlink(path);
	return true;
}
