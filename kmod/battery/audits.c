// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of audited calls: which are noted and what of them, what outlives a reader, and who waits.
 * The rings of a reader stay until the extension goes, so each of these tests ends with that.
 *
 * Not for: what becomes of the events in a trail.
 */
#include "battery.h"

#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "subscription.h"

#define RING_BYTES (1U << 17)
#define NOWHERE    "/nonexistent/battery"
#define NOBODY     65534

static bool audit(struct subscription *s, unsigned int class, unsigned int flags)
{
	struct seos_audit_settings wanted = {
		.classes = 1U << class, .flags = flags, .ring_bytes = RING_BYTES};

	wanted.eventfd = s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	CHECK(ioctl(device, SEOS_IOC_AUDIT, &wanted) == 0);
	CHECK(wanted.ring_bytes == RING_BYTES);
	return subscription_map(s, wanted.memory, wanted.rings, RING_BYTES);
}

/* Without the rings: 0 or a negated errno value. */
static int audit_set(unsigned int classes, unsigned int flags)
{
	struct seos_audit_settings wanted = {.classes = classes, .flags = flags, .eventfd = -1};

	return ioctl(device, SEOS_IOC_AUDIT, &wanted) ? -errno : 0;
}

static bool load_again(struct subscription *s)
{
	unsubscribe(s);
	CHECK(audit_set(0, 0) == 0);
	CHECK(prepare(DEADLINE_NS, NULL) == 0);
	device_close();
	CHECK(module_remove() == 0 && module_load() == 0);
	return true;
}

/* The next audited call of a process, with its paths behind it. Others are passed over. */
static const struct seos_audit *call_of(struct subscription *s, pid_t pid)
{
	struct seos_event event;
	const void *body;

	while (event_next(s, &event, &body) == SEOS_READ_EVENT) {
		const struct seos_audit *call = body;

		if (event.type == SEOS_EVENT_AUDIT && call->pid == pid)
			return call;
	}
	return NULL;
}

static bool paths_are(const struct seos_audit *call, const char *first, const char *second)
{
	const char *text = (const char *)(call + 1);

	return call->path_bytes == strlen(first) && !memcmp(text, first, call->path_bytes) &&
	       call->second_bytes == strlen(second) &&
	       !memcmp(text + call->path_bytes, second, call->second_bytes);
}

bool refuses_bad_audits(void)
{
	struct seos_audit_settings bad = {.ring_bytes = RING_BYTES, .eventfd = device};

	CHECK(audit_set(1U << SEOS_AUDIT_OPEN, SEOS_AUDIT_SUCCESS) == -EBADF); /* no reader yet */
	CHECK(ioctl(device, SEOS_IOC_AUDIT, &bad) < 0 && errno == EBADF);
	bad.eventfd = eventfd(0, EFD_CLOEXEC);
	bad.ring_bytes++;
	CHECK(ioctl(device, SEOS_IOC_AUDIT, &bad) < 0 && errno == EINVAL);
	close(bad.eventfd);
	CHECK(audit_set(0, SEOS_AUDIT_FLAGS + 1) == -EINVAL);
	CHECK(ioctl(device, SEOS_IOC_AUDIT, NULL) < 0 && errno == EFAULT);
	return true;
}

/* Every name once, and nothing behind the last. */
bool audited_calls_have_names(void)
{
	struct seos_audit_name name = {.index = 0};
	unsigned int found = 0, others = 0, count = 0;

	while (ioctl(device, SEOS_IOC_AUDIT_NAME, &name) == 0) {
		found += !strcmp(name.name, "mkdirat") && name.class == SEOS_AUDIT_CREATE &&
			 name.number == __NR_mkdirat && name.abi == ABI_NATIVE;
		others += !strcmp(name.name, "open") && name.class == SEOS_AUDIT_OPEN &&
			  name.number == OTHER_OPEN && name.abi == OTHER_ABI;
		count++;
	}
	CHECK(errno == ENOENT && found == 1 && others == 1 && count > 40);
	CHECK(ioctl(device, SEOS_IOC_AUDIT_NAME, NULL) < 0 && errno == EFAULT);
	return true;
}

static int run_links(const void *path)
{
	if (syscall(__NR_symlinkat, "target", AT_FDCWD, path))
		return -EIO;
	return syscall(__NR_symlinkat, "again", AT_FDCWD, path) ? 0 : -EEXIST;
}

bool calls_are_noted_with_their_paths(void)
{
	static const char path[] = "/tmp/battery.link";
	const struct seos_audit *call;
	struct subscription s;
	struct child *child;

	mkdir("/tmp", 01777);
	unlink(path);
	CHECK(audit(&s, SEOS_AUDIT_CREATE, SEOS_AUDIT_SUCCESS | SEOS_AUDIT_FAILURE));
	CHECK(mkdir(NOWHERE, 0700) < 0); /* the reader's own */
	child = child_start(run_links, path);
	CHECK(child_result(child) == 0);
	CHECK(woken(&s) && !call_of(&s, getpid()));
	unsubscribe(&s);
	CHECK(audit(&s, SEOS_AUDIT_CREATE, SEOS_AUDIT_KEEP)); /* of the next reader, now */
	CHECK(audit_set(1U << SEOS_AUDIT_CREATE, SEOS_AUDIT_FAILURE) == 0);
	child = child_start(run_links, path);
	CHECK(child_result(child) == -EIO); /* it is there already */
	call = call_of(&s, child->pid);
	CHECK(call && call->result == -EEXIST && call->number == __NR_symlinkat);
	CHECK(call->class == SEOS_AUDIT_CREATE && call->uid == 0 && call->ppid == getpid());
	CHECK(paths_are(call, "target", path) && !call_of(&s, child->pid));
	CHECK(audit_set(1U << SEOS_AUDIT_CREATE, SEOS_AUDIT_SUCCESS) == 0);
	CHECK(unlink(path) == 0);
	child = child_start(run_links, path);
	CHECK(child_result(child) == 0);
	call = call_of(&s, child->pid);
	CHECK(call && call->result == 0 && paths_are(call, "target", path));
	CHECK(!call_of(&s, child->pid) && unlink(path) == 0);
	return load_again(&s);
}

bool calls_of_a_32_bit_program_are_noted(void)
{
	const struct seos_audit *call;
	struct subscription s;
	struct child *child;

	CHECK(audit(&s, SEOS_AUDIT_OPEN, SEOS_AUDIT_FAILURE));
	child = child_start(run_open32, NOWHERE);
	CHECK(WAIT_FOR(woken(&s)));
	call = call_of(&s, child->pid);
	CHECK(call && call->result == -ENOENT && call->number == OTHER_OPEN);
	CHECK(call->abi == OTHER_ABI && paths_are(call, NOWHERE, ""));
	return load_again(&s);
}

/* What nobody has read yet is the next reader's. */
bool audited_calls_outlive_their_reader(void)
{
	const struct seos_audit *call;
	struct subscription s;
	struct child *child;

	CHECK(audit(&s, SEOS_AUDIT_CREATE, SEOS_AUDIT_FAILURE));
	unsubscribe(&s);
	child = child_start(run_links, NOWHERE);
	CHECK(child_result(child) == -EIO);
	CHECK(audit(&s, SEOS_AUDIT_CREATE, SEOS_AUDIT_KEEP));
	call = call_of(&s, child->pid);
	CHECK(call && call->result == -ENOENT && paths_are(call, "target", NOWHERE));
	return load_again(&s);
}

static int run_many(const void *count)
{
	for (int i = *(const int *)count; i; i--)
		if (mkdir(NOWHERE, 0700) == 0 || errno != ENOENT)
			return -EIO;
	return 0;
}

static int run_many_as_nobody(const void *count)
{
	return setuid(NOBODY) ? -errno : run_many(count);
}

/* Reads until so many calls of a process have come. */
static bool calls_come(struct subscription *s, pid_t pid, int count)
{
	while (count) {
		if (call_of(s, pid))
			count--;
		else if (!WAIT_FOR(woken(s)))
			return complain("%d calls of %d have not come", count, pid);
	}
	return true;
}

/* Root loses events and goes on; others wait for room, and for a reader that suspends them. */
bool who_finds_no_room_waits(void)
{
	static const int many = 5000, one = 1;
	struct child *root, *user, *killed;
	struct subscription s;
	unsigned long long lost = status().lost;

	CHECK(audit(&s, SEOS_AUDIT_CREATE, SEOS_AUDIT_FAILURE | SEOS_AUDIT_WAIT));
	root = child_start(run_many, &many);
	CHECK(child_result(root) == 0);
	CHECK(status().lost > lost);
	user = child_start(run_many_as_nobody, &many);
	killed = child_start(run_many_as_nobody, &many);
	CHECK(WAIT_FOR(sleeps(user->pid) && sleeps(killed->pid)));
	CHECK(child_waits(user) && child_waits(killed));
	child_end(killed);
	CHECK(calls_come(&s, user->pid, many));
	CHECK(child_result(user) == 0);

	CHECK(audit_set(1U << SEOS_AUDIT_CREATE, SEOS_AUDIT_FAILURE | SEOS_AUDIT_SUSPEND) == 0);
	user = child_start(run_many_as_nobody, &one);
	CHECK(WAIT_FOR(sleeps(user->pid)) && child_waits(user));
	CHECK(audit_set(0, 0) == 0); /* nothing is audited: nobody waits */
	CHECK(child_result(user) == 0);
	return load_again(&s);
}

static int run_audit_reader(const void *unused)
{
	struct subscription s;

	(void)unused;
	device = device_open();
	if (device < 0 || !audit(&s, SEOS_AUDIT_CREATE, SEOS_AUDIT_FAILURE | SEOS_AUDIT_WAIT))
		return -EIO;
	device_close();
	return pause();
}

/* Whoever waits for room does so until another reader makes some, and nobody inherits the exemption. */
bool a_reader_that_dies_lets_others_wait(void)
{
	static const int many = 5000, one = 1;
	struct child *reader, *root, *user;
	unsigned long long lost;
	struct subscription s;
	pid_t pid;

	reader = child_start(run_audit_reader, NULL);
	CHECK(WAIT_FOR(status().classes & SEOS_CLASS_AUDIT));
	root = child_start(run_many, &many);
	CHECK(child_result(root) == 0); /* the ring is full */
	user = child_start(run_many_as_nobody, &many);
	CHECK(WAIT_FOR(sleeps(user->pid)));
	pid = reader->pid;
	child_end(reader);
	lost = status().lost;
	CHECK(sleeps(user->pid) && child_waits(user));

	CHECK(write_number("/proc/sys/kernel/ns_last_pid", pid - 1));
	root = child_start(run_many, &one);
	CHECK(root->pid == pid && child_result(root) == 0);
	CHECK(status().lost == lost + 1);

	CHECK(audit(&s, SEOS_AUDIT_CREATE, SEOS_AUDIT_KEEP));
	CHECK(calls_come(&s, user->pid, many));
	CHECK(child_result(user) == 0 && status().lost == lost + 1);
	return load_again(&s);
}
