// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the event rings: who gets what, what is lost is counted, readers that do not read, go mad,
 * are killed or outlive the module.
 */
#include "battery.h"

#include <sys/eventfd.h>

#include "subscription.h"

static int mark(unsigned long long number)
{
	struct seos_mark request = {.number = number};

	return ioctl(device, SEOS_IOC_MARK, &request) ? -errno : 0;
}

/* The next event is this mark, or a gap of so many. */
static bool next_is(struct subscription *s, unsigned int type, unsigned long long number)
{
	struct seos_event event;
	const void *body;

	CHECK(event_next(s, &event, &body) == SEOS_READ_EVENT);
	CHECK(event.type == type);
	CHECK(*(const __u64 *)body == number);
	return true;
}

static bool stay_on_one_cpu(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) == 0;
}

static void go_to_any_cpu(void)
{
	cpu_set_t set;

	memset(&set, 0xff, sizeof(set));
	sched_setaffinity(0, sizeof(set), &set);
}

bool refuses_bad_subscriptions(void)
{
	const struct seos_subscribe good = {.classes = SEOS_CLASS_MARK,
					    .ring_bytes = SEOS_RING_MIN,
					    .eventfd = eventfd(0, EFD_CLOEXEC)};
	struct seos_subscribe bad[] = {good, good, good, good, good, good, good};

	bad[0].classes = 0;
	bad[1].classes = 1U << 31;
	bad[2].ring_bytes = SEOS_RING_MIN / 2;
	bad[3].ring_bytes = SEOS_RING_MIN + 8;
	bad[4].ring_bytes = SEOS_RING_MAX * 2;
	bad[5].reserved = 1;
	bad[6].eventfd = device;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(ioctl(device, SEOS_IOC_SUBSCRIBE, &bad[i]) < 0);
		CHECK(errno == (bad[i].eventfd == device ? EBADF : EINVAL));
	}
	CHECK(ioctl(device, SEOS_IOC_SUBSCRIBE, NULL) < 0 && errno == EFAULT);
	CHECK(status().subscribers == 0 && status().classes == 0);
	close(good.eventfd);
	return true;
}

bool events_come_with_number_time_and_cpu(void)
{
	struct subscription s;
	struct seos_event event;
	struct timespec before, after;
	const void *body;

	CHECK(stay_on_one_cpu(0));
	CHECK(subscribe(&s, SEOS_CLASS_MARK, SEOS_RING_MIN));
	CHECK(status().classes == SEOS_CLASS_MARK && status().subscribers == 1);
	CHECK(!woken(&s) && nothing_is_next(&s));
	for (unsigned int i = 0; i < 10; i++) {
		clock_gettime(CLOCK_BOOTTIME, &before);
		CHECK(mark(~0ULL - i) == 0);
		clock_gettime(CLOCK_BOOTTIME, &after);
		CHECK(woken(&s));
		CHECK(event_next(&s, &event, &body) == SEOS_READ_EVENT);
		CHECK(event.type == SEOS_EVENT_MARK && event.cpu == 0 && event.sequence == i);
		CHECK(event.time_ns >= before.tv_sec * 1000000000ULL + before.tv_nsec);
		CHECK(event.time_ns <= after.tv_sec * 1000000000ULL + after.tv_nsec);
		CHECK(((const struct seos_mark *)body)->number == ~0ULL - i);
		CHECK(!woken(&s) && nothing_is_next(&s));
	}
	go_to_any_cpu();
	unsubscribe(&s);
	CHECK(WAIT_FOR(status().subscribers == 0 && status().classes == 0));
	return true;
}

bool subscribers_get_what_they_asked_for(void)
{
	struct subscription marks, sessions;

	CHECK(subscribe(&marks, SEOS_CLASS_MARK, SEOS_RING_MIN));
	CHECK(subscribe(&sessions, SEOS_CLASS_SESSION, SEOS_RING_MIN));
	CHECK(status().classes == (SEOS_CLASS_MARK | SEOS_CLASS_SESSION));
	CHECK(mark(1) == 0);
	CHECK(next_is(&marks, SEOS_EVENT_MARK, 1) && nothing_is_next(&marks));
	CHECK(!woken(&sessions) && nothing_is_next(&sessions));
	unsubscribe(&marks);
	CHECK(WAIT_FOR(status().classes == SEOS_CLASS_SESSION));
	unsubscribe(&sessions);
	return true;
}

/* One that does not read loses events, learns how many, and is in nobody's way. */
bool a_full_ring_leaves_a_gap(void)
{
	const unsigned int fit = SEOS_RING_MIN / (sizeof(struct seos_event) + sizeof(struct seos_mark));
	const unsigned long long lost = status().lost;
	struct subscription slow, quick;

	CHECK(stay_on_one_cpu(0));
	CHECK(subscribe(&slow, SEOS_CLASS_MARK, SEOS_RING_MIN));
	CHECK(subscribe(&quick, SEOS_CLASS_MARK, SEOS_RING_MIN));
	for (unsigned int i = 0; i < fit + 7; i++) {
		CHECK(mark(i) == 0);
		CHECK(next_is(&quick, SEOS_EVENT_MARK, i));
	}
	CHECK(nothing_is_next(&quick));
	CHECK(status().lost == lost + 7);
	for (unsigned int i = 0; i < fit; i++)
		CHECK(next_is(&slow, SEOS_EVENT_MARK, i));
	CHECK(next_is(&slow, SEOS_EVENT_GAP, 7)); /* though nothing came after them */
	CHECK(nothing_is_next(&slow));

	for (unsigned int i = 0; i < fit + 3; i++) /* a gap that something comes after */
		CHECK(mark(i) == 0);
	CHECK(next_is(&slow, SEOS_EVENT_MARK, 0));
	CHECK(mark(1234) == 0);
	for (unsigned int i = 1; i < fit; i++)
		CHECK(next_is(&slow, SEOS_EVENT_MARK, i));
	CHECK(next_is(&slow, SEOS_EVENT_GAP, 3));
	CHECK(next_is(&slow, SEOS_EVENT_MARK, 1234));
	CHECK(nothing_is_next(&slow));
	go_to_any_cpu();
	unsubscribe(&slow);
	unsubscribe(&quick);
	return true;
}

/* The program owns its end of the ring: whatever it writes there is its own loss. */
bool a_mad_reader_harms_itself(void)
{
	struct subscription s;

	CHECK(stay_on_one_cpu(0));
	CHECK(subscribe(&s, SEOS_CLASS_MARK, SEOS_RING_MIN));
	for (unsigned int i = 0; i < 2000; i++) {
		s.readers[0].ring->tail = i * 0x9e3779b1U;
		s.readers[0].ring->head = ~i;
		CHECK(mark(i) == 0);
	}
	go_to_any_cpu();
	unsubscribe(&s);
	return true;
}

enum { WRITERS = 4, MARKS = 20000 };

static int run_marks(const void *number)
{
	const unsigned long long first = *(const int *)number * (unsigned long long)MARKS;

	device = device_open();
	if (device < 0)
		return -errno;
	for (unsigned int i = 0; i < MARKS; i++) {
		if (i % 500 == 0)
			stay_on_one_cpu(i / 500 % sysconf(_SC_NPROCESSORS_ONLN));
		if (mark(first + i))
			return -errno;
	}
	return 0;
}

struct tally {
	unsigned long long events, lost, numbers[READERS_MAX];
};

/* Reads what is there. In each ring numbers follow each other, and so do times. */
static bool tally_all(struct subscription *s, struct tally *t)
{
	static __u64 body[SEOS_EVENT_MAX / sizeof(__u64)];

	for (int i = 0; i < s->rings; i++) {
		struct seos_event event;

		while (seos_ring_peek(&s->readers[i], &event) == SEOS_READ_EVENT) {
			CHECK(event.sequence == t->numbers[i]);
			CHECK(event.time_ns >= s->readers[i].time_ns);
			seos_ring_take(&s->readers[i], &event, body);
			CHECK(event.type == SEOS_EVENT_GAP || event.cpu == i);
			t->events += event.type != SEOS_EVENT_GAP;
			t->lost += event.type == SEOS_EVENT_GAP ? body[0] : 0;
			t->numbers[i] += event.type == SEOS_EVENT_GAP ? body[0] : 1;
		}
	}
	return true;
}

/* The eventfd alone wakes the reader, so an event that wakes nobody shows as a missing one. */
bool nothing_is_lost_in_silence(void)
{
	static const int numbers[WRITERS] = {0, 1, 2, 3};
	struct tally t = {.events = 0};
	struct subscription s;

	CHECK(subscribe(&s, SEOS_CLASS_MARK, SEOS_RING_MIN));
	for (int i = 0; i < WRITERS; i++)
		child_start(run_marks, &numbers[i]);
	while (t.events + t.lost < WRITERS * MARKS) {
		struct pollfd ready = {.fd = s.wake, .events = POLLIN};

		CHECK(poll(&ready, 1, DEADLINE_NS / 1000000) == 1);
		CHECK(woken(&s) && tally_all(&s, &t));
	}
	CHECK(t.events + t.lost == WRITERS * MARKS && nothing_is_next(&s));
	for (int i = 0; i < WRITERS; i++)
		CHECK(child_result(&children[i]) == 0);
	unsubscribe(&s);
	return true;
}

static int run_subscriber(const void *unused)
{
	struct subscription s;

	(void)unused;
	device = device_open();
	if (device < 0 || !subscribe(&s, SEOS_CLASS_MARK, SEOS_RING_MIN))
		return -EIO;
	device_close();
	return pause();
}

bool killed_subscribers_are_forgotten(void)
{
	struct seos_subscribe more = {.classes = SEOS_CLASS_MARK, .ring_bytes = SEOS_RING_MIN};

	for (unsigned int i = 0; i < SEOS_SUBSCRIBERS_MAX; i++)
		child_start(run_subscriber, NULL);
	CHECK(WAIT_FOR(status().subscribers == SEOS_SUBSCRIBERS_MAX));
	more.eventfd = eventfd(0, EFD_CLOEXEC);
	CHECK(ioctl(device, SEOS_IOC_SUBSCRIBE, &more) < 0 && errno == EBUSY);
	child_end(&children[3]);
	CHECK(WAIT_FOR(status().subscribers == SEOS_SUBSCRIBERS_MAX - 1));
	CHECK(ioctl(device, SEOS_IOC_SUBSCRIBE, &more) == 0); /* its place is free at once */
	close(more.memory);
	close(more.eventfd);
	children_end();
	CHECK(WAIT_FOR(status().subscribers == 0 && status().classes == 0));
	return true;
}

/* A ring that is full is looked after without being asked: nothing is lost for who is no more. */
bool a_reader_that_dies_with_a_full_ring_is_forgotten(void)
{
	const unsigned int fit = SEOS_RING_MIN / (sizeof(struct seos_event) + sizeof(struct seos_mark));
	struct child *reader = child_start(run_subscriber, NULL);
	unsigned long long lost, count = 0;
	struct subscription next;
	long long until_ns;

	CHECK(stay_on_one_cpu(0));
	CHECK(WAIT_FOR(status().subscribers == 1));
	for (unsigned int i = 0; i < fit + 1; i++)
		CHECK(mark(i) == 0);
	lost = status().lost;
	child_end(reader);
	for (until_ns = now_ns() + 3000 * MS; now_ns() < until_ns; count++) {
		CHECK(mark(count) == 0); /* and no request that would make it look */
		poll(NULL, 0, 1);
	}
	CHECK(status().lost < lost + count && status().classes == 0);
	CHECK(subscribe(&next, SEOS_CLASS_MARK, SEOS_RING_MIN));
	CHECK(nothing_is_next(&next) && mark(1) == 0);
	CHECK(next_is(&next, SEOS_EVENT_MARK, 1) && nothing_is_next(&next));
	go_to_any_cpu();
	unsubscribe(&next);
	return true;
}

/* An open reader does not keep the module, misses nothing it left, and learns that it has gone. */
bool a_reader_outlives_the_module(void)
{
	struct subscription s;
	struct seos_event event;
	const void *body;

	CHECK(stay_on_one_cpu(0));
	child_start(run_subscriber, NULL); /* and one that sleeps */
	CHECK(WAIT_FOR(status().subscribers == 1));
	CHECK(subscribe(&s, SEOS_CLASS_MARK, SEOS_RING_MIN));
	for (unsigned int i = 0; i < 1000; i++)
		CHECK(mark(i) == 0);
	CHECK(woken(&s));
	CHECK(prepare(DEADLINE_NS, NULL) == 0);
	device_close();
	CHECK(module_remove() == 0);
	CHECK(woken(&s));
	for (unsigned int i = 0; i < 256; i++)
		CHECK(next_is(&s, SEOS_EVENT_MARK, i));
	CHECK(next_is(&s, SEOS_EVENT_GAP, 1000 - 256));
	CHECK(event_next(&s, &event, &body) == SEOS_READ_CLOSED);
	CHECK(module_load() == 0); /* whoever comes next is none of its business */
	CHECK(event_next(&s, &event, &body) == SEOS_READ_CLOSED);
	go_to_any_cpu();
	unsubscribe(&s);
	return true;
}
