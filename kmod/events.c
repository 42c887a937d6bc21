// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event rings: who subscribes gets one for each CPU, in memory that is the kernel's and the
 * subscriber's, not the module's. So a subscriber needs no open device, has no call in the module,
 * and is in nobody's way when it goes.
 *
 * A ring is written on its CPU with interrupts off, and never waits for its reader: what does not fit
 * is counted. uapi/SEOS_ring.h is the reader's half.
 *
 * Not for: what happened (session.c and whoever else calls events_write()).
 */
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "seos.h"

#define REAP_INTERVAL HZ

/* What the writer knows of a ring; in shared memory the program could change it. */
struct ring {
	struct seos_ring *shared;
	u64 sequence; /* of the next event */
	u32 head;
} ____cacheline_aligned_in_smp;

struct subscriber {
	struct file *memory;
	struct eventfd_ctx *wake;
	struct page **pages;
	unsigned long page_count;
	void *mapping;
	u32 classes;
	u32 ring_bytes;
	struct ring rings[]; /* by CPU */
};

u32 events_classes;

static DEFINE_MUTEX(events_lock); /* writers of subscribers, events_classes */
static struct subscriber __rcu *subscribers[SEOS_SUBSCRIBERS_MAX];
static atomic64_t lost;

static void subscribers_reap(struct work_struct *work);
static DECLARE_DEFERRABLE_WORK(reaper, subscribers_reap);

/* Writing */

static void ring_put(const struct ring *ring, u32 bytes, u32 at, const void *from, size_t length)
{
	u8 *data = (u8 *)(ring->shared + 1);
	u32 begin = at & (bytes - 1);
	size_t first = min_t(size_t, length, bytes - begin);

	memcpy(data + begin, from, first);
	memcpy(data, from + first, length - first);
}

/* On its CPU, with interrupts off. */
static bool ring_has(const struct ring *ring, u32 bytes, u32 wanted)
{
	u32 used = ring->head - smp_load_acquire(&ring->shared->tail);

	return used <= bytes && wanted <= bytes - used; /* a program may have written anything there */
}

/* Returns whether the ring was empty, so that its reader may be waiting. */
static bool ring_write(struct ring *ring, u32 bytes, struct seos_event *event,
		       const struct kvec *parts, unsigned int count)
{
	u32 before = ring->head, at = before;

	event->sequence = ring->sequence++;
	if (ring_has(ring, bytes, ALIGN(event->length, 8))) {
		ring_put(ring, bytes, at, event, sizeof(*event));
		at += sizeof(*event);
		for (unsigned int i = 0; i < count; i++) {
			ring_put(ring, bytes, at, parts[i].iov_base, parts[i].iov_len);
			at += parts[i].iov_len;
		}
		ring->head = ALIGN(at, 8);
		smp_store_release(&ring->shared->head, ring->head);
	} else {
		atomic64_inc(&lost);
	}
	smp_store_release(&ring->shared->next, (u32)ring->sequence);
	smp_mb(); /* the reader empties the ring first, and then looks for more */
	return READ_ONCE(ring->shared->tail) == before;
}

static void subscriber_write(struct subscriber *subscriber, struct seos_event *event,
			     const struct kvec *parts, unsigned int count)
{
	struct ring *ring = &subscriber->rings[event->cpu];

	if (ring_write(ring, subscriber->ring_bytes, event, parts, count))
		compat_eventfd_signal(subscriber->wake);
	else
		schedule_delayed_work(&reaper, REAP_INTERVAL); /* who does not read may have gone */
}

void events_write(u16 type, const struct kvec *parts, unsigned int count)
{
	struct seos_event event = { .type = type, .length = sizeof(event) };
	u32 class = 1U << (type >> 8);
	unsigned long flags;

	for (unsigned int i = 0; i < count; i++)
		event.length += parts[i].iov_len;
	if (WARN_ON_ONCE(event.length > SEOS_EVENT_MAX))
		return;
	rcu_read_lock();
	local_irq_save(flags);
	event.cpu = smp_processor_id();
	event.time_ns = ktime_get_boottime_ns();
	for (unsigned int i = 0; i < SEOS_SUBSCRIBERS_MAX; i++) {
		struct subscriber *subscriber = rcu_dereference(subscribers[i]);

		if (subscriber && subscriber->classes & class)
			subscriber_write(subscriber, &event, parts, count);
	}
	local_irq_restore(flags);
	rcu_read_unlock();
}

static struct subscriber *subscriber_in_use(const struct file *memory)
{
	for (unsigned int i = 0; i < SEOS_SUBSCRIBERS_MAX; i++) {
		struct subscriber *subscriber = rcu_dereference(subscribers[i]);

		if (subscriber && subscriber->memory == memory)
			return subscriber;
	}
	return NULL;
}

/* On its CPU, with interrupts off. */
static bool subscriber_has(const struct subscriber *subscriber, u32 room)
{
	if (ring_has(&subscriber->rings[smp_processor_id()], subscriber->ring_bytes, room))
		return true;
	schedule_delayed_work(&reaper, REAP_INTERVAL); /* nothing more is written that would do it */
	return false;
}

/* Nobody else writes to the ring between the look and the event: it is this CPU's. */
bool events_write_within(const struct file *memory, u32 room, u16 type, const struct kvec *parts,
			 unsigned int count)
{
	const struct subscriber *subscriber;
	unsigned long flags;
	bool has;

	rcu_read_lock();
	local_irq_save(flags);
	subscriber = subscriber_in_use(memory);
	has = !subscriber || subscriber_has(subscriber, room);
	if (has)
		events_write(type, parts, count);
	local_irq_restore(flags);
	rcu_read_unlock();
	return has;
}

void events_lose(const struct file *memory)
{
	struct subscriber *subscriber;
	unsigned long flags;

	rcu_read_lock();
	local_irq_save(flags);
	subscriber = subscriber_in_use(memory);
	if (subscriber) {
		struct ring *ring = &subscriber->rings[smp_processor_id()];

		smp_store_release(&ring->shared->next, (u32)++ring->sequence);
		atomic64_inc(&lost);
	}
	local_irq_restore(flags);
	rcu_read_unlock();
}

u64 events_lost(void)
{
	return atomic64_read(&lost);
}

/* Subscribing */

static void subscriber_free(struct subscriber *subscriber)
{
	vunmap(subscriber->mapping); /* NULL is fine */
	for (unsigned long i = 0; i < subscriber->page_count; i++) {
		set_page_dirty(subscriber->pages[i]); /* somebody may yet read it */
		put_page(subscriber->pages[i]);
	}
	kvfree(subscriber->pages);
	if (subscriber->memory)
		fput(subscriber->memory);
	if (subscriber->wake)
		eventfd_ctx_put(subscriber->wake);
	kvfree(subscriber);
}

static int pages_get(struct subscriber *subscriber, unsigned long count)
{
	struct address_space *mapping = subscriber->memory->f_mapping;

	subscriber->pages = kvcalloc(count, sizeof(subscriber->pages[0]), GFP_KERNEL);
	if (!subscriber->pages)
		return -ENOMEM;
	mapping_set_unevictable(mapping);
	while (subscriber->page_count < count) {
		struct page *page = shmem_read_mapping_page(mapping, subscriber->page_count);

		if (IS_ERR(page))
			return PTR_ERR(page);
		subscriber->pages[subscriber->page_count++] = page;
	}
	return 0;
}

static int memory_make(struct subscriber *subscriber)
{
	size_t stride = sizeof(struct seos_ring) + subscriber->ring_bytes;
	size_t bytes;
	int err;

	if (check_mul_overflow((size_t)nr_cpu_ids, stride, &bytes) || bytes > INT_MAX)
		return -ENOMEM;
	bytes = PAGE_ALIGN(bytes);
	subscriber->memory = shmem_file_setup(KBUILD_MODNAME, bytes, VM_NORESERVE);
	if (IS_ERR(subscriber->memory)) {
		err = PTR_ERR(subscriber->memory);
		subscriber->memory = NULL;
		return err;
	}
	err = pages_get(subscriber, bytes >> PAGE_SHIFT);
	if (err)
		return err;
	subscriber->mapping = vmap(subscriber->pages, subscriber->page_count, VM_MAP, PAGE_KERNEL);
	if (!subscriber->mapping)
		return -ENOMEM;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		subscriber->rings[cpu].shared = subscriber->mapping + cpu * stride;
	return 0;
}

static struct subscriber *subscriber_make(const struct seos_subscribe *wanted)
{
	struct subscriber *subscriber;
	int err;

	subscriber = kvzalloc(struct_size(subscriber, rings, nr_cpu_ids), GFP_KERNEL);
	if (!subscriber)
		return ERR_PTR(-ENOMEM);
	subscriber->classes = wanted->classes;
	subscriber->ring_bytes = wanted->ring_bytes;
	subscriber->wake = eventfd_ctx_fdget(wanted->eventfd);
	if (IS_ERR(subscriber->wake)) {
		subscriber->wake = NULL;
		err = -EBADF;
	} else {
		err = memory_make(subscriber);
	}
	if (!err)
		return subscriber;
	subscriber_free(subscriber);
	return ERR_PTR(err);
}

static struct subscriber *subscriber_at(unsigned int i)
{
	return rcu_dereference_protected(subscribers[i], lockdep_is_held(&events_lock));
}

static void classes_update(void)
{
	u32 classes = 0;

	for (unsigned int i = 0; i < SEOS_SUBSCRIBERS_MAX; i++) {
		if (subscriber_at(i))
			classes |= subscriber_at(i)->classes;
	}
	WRITE_ONCE(events_classes, classes);
}

static bool subscriber_gone(const struct subscriber *subscriber)
{
	return file_count(subscriber->memory) == 1; /* only ours is left */
}

/* Takes those out that have gone, or all. */
static void subscribers_remove(bool all)
{
	struct subscriber *removed[SEOS_SUBSCRIBERS_MAX];
	unsigned int count = 0;

	for (unsigned int i = 0; i < SEOS_SUBSCRIBERS_MAX; i++) {
		struct subscriber *subscriber = subscriber_at(i);

		if (!subscriber || !(all || subscriber_gone(subscriber)))
			continue;
		removed[count++] = subscriber;
		RCU_INIT_POINTER(subscribers[i], NULL);
	}
	classes_update();
	if (count)
		synchronize_rcu_expedited(); /* nobody writes to them any more; a daemon waits to start */
	while (count) {
		struct subscriber *subscriber = removed[--count];

		for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
			smp_store_release(&subscriber->rings[cpu].shared->closed, 1);
		compat_eventfd_signal(subscriber->wake);
		subscriber_free(subscriber);
	}
}

/*
 * Nobody tells us when a subscriber goes: there is no file of ours that would be closed. So we look
 * when a ring is not read, when somebody subscribes, and when somebody asks who does.
 */
static void subscribers_reap(struct work_struct *work)
{
	mutex_lock(&events_lock);
	subscribers_remove(false);
	mutex_unlock(&events_lock);
}

static int subscriber_add(struct subscriber *subscriber)
{
	int err = -EBUSY;

	mutex_lock(&events_lock);
	subscribers_remove(false);
	for (unsigned int i = 0; i < SEOS_SUBSCRIBERS_MAX && err; i++) {
		if (subscriber_at(i))
			continue;
		rcu_assign_pointer(subscribers[i], subscriber);
		err = 0;
	}
	classes_update();
	mutex_unlock(&events_lock);
	return err;
}

/* Once the program has the descriptor there is no way back, so it gets it last. */
int events_subscribe(struct seos_subscribe *wanted, struct file **memory)
{
	struct subscriber *subscriber;
	int err;

	if (!wanted->classes || wanted->classes & ~SEOS_CLASSES || wanted->reserved)
		return -EINVAL;
	if (!is_power_of_2(wanted->ring_bytes) || wanted->ring_bytes < SEOS_RING_MIN ||
	    wanted->ring_bytes > SEOS_RING_MAX)
		return -EINVAL;
	subscriber = subscriber_make(wanted);
	if (IS_ERR(subscriber))
		return PTR_ERR(subscriber);
	wanted->rings = nr_cpu_ids;
	*memory = get_file(subscriber->memory);
	err = subscriber_add(subscriber);
	if (err) {
		fput(*memory);
		subscriber_free(subscriber);
	}
	return err;
}

static struct subscriber *subscriber_of(const struct file *memory)
{
	for (unsigned int i = 0; i < SEOS_SUBSCRIBERS_MAX; i++) {
		if (subscriber_at(i) && subscriber_at(i)->memory == memory)
			return subscriber_at(i);
	}
	return NULL;
}

int events_rewake(struct file *memory, int eventfd)
{
	struct eventfd_ctx *wake = eventfd_ctx_fdget(eventfd);
	struct subscriber *subscriber;

	if (IS_ERR(wake))
		return -EBADF;
	mutex_lock(&events_lock);
	subscriber = subscriber_of(memory);
	if (subscriber)
		swap(wake, subscriber->wake);
	mutex_unlock(&events_lock);
	synchronize_rcu(); /* nobody wakes the former any more */
	eventfd_ctx_put(wake);
	return subscriber ? 0 : -EBADF;
}

bool events_room(const struct file *memory, u32 bytes)
{
	const struct subscriber *subscriber;
	unsigned long flags;
	bool room;

	rcu_read_lock();
	local_irq_save(flags);
	subscriber = subscriber_in_use(memory);
	room = !subscriber || subscriber_has(subscriber, bytes);
	local_irq_restore(flags);
	rcu_read_unlock();
	return room;
}

unsigned int events_subscribers(void)
{
	unsigned int count = 0;

	mutex_lock(&events_lock);
	subscribers_remove(false);
	for (unsigned int i = 0; i < SEOS_SUBSCRIBERS_MAX; i++)
		count += subscriber_at(i) && !subscriber_gone(subscriber_at(i));
	mutex_unlock(&events_lock);
	return count;
}

void events_exit(void)
{
	mutex_lock(&events_lock);
	subscribers_remove(true);
	mutex_unlock(&events_lock);
	cancel_delayed_work_sync(&reaper);
}
