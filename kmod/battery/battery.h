/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the battery share: the module and its device (module.c), parked processes
 * (child.c), pages that hold whoever touches them (page.c), and the rest (support.c). A test
 * returns whether it passed, and says why not.
 *
 * Not for: what differs between machines (machine.h).
 */
#ifndef BATTERY_H
#define BATTERY_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/userfaultfd.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "machine.h"
#include "uapi/SEOS_syscall.h"

#define DEADLINE_NS        60000000000LL /* for a guest that its host lets wait */
#define PAGE_BYTES         4096
#define MS                 1000000ULL
#define CHILDREN_MAX       512
#define CALLS_MAX          1024
#define TAINT_ALLOWED      ((1 << 12) | (1 << 13)) /* out of tree, not signed */

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return complain("line %d: %s (errno %d)", __LINE__, #condition, errno);    \
	} while (0)

/* Waits until the condition holds, or the deadline has passed. */
#define WAIT_FOR(condition)                                                                        \
	({                                                                                         \
		long long deadline = now_ns() + DEADLINE_NS;                                       \
		bool holds;                                                                        \
		while (!(holds = (condition)) && now_ns() < deadline)                              \
			poll(NULL, 0, 1);                                                          \
		holds;                                                                             \
	})

/* Why the running test cannot say anything here; NULL: it can. */
extern const char *skip_reason;

#define SKIP(reason) return skip_reason = (reason), true

/* From the command line. */
extern const char *module_path, *module_parameters, *battery32_path, *own_path, *only_test;
extern long cycles;

/* support.c */

/* Says why a test failed. Returns false. */
bool __attribute__((format(printf, 1, 2))) complain(const char *format, ...);
long long now_ns(void);
bool write_text(const char *path, const char *text);
bool write_number(const char *path, long value);
long read_number(const char *path);
const char *fifo(void);
void fifo_release(const char *path); /* everybody who waits in open of it, or will yet */
int listener_make(struct sockaddr_un *address);
int connect_to(const struct sockaddr_un *address); /* a descriptor, or a negated errno value */

/* module.c; results are 0 or a negated errno value */

extern int device; /* -1: closed */
extern struct seos_call calls[CALLS_MAX];

int module_load_with(const char *parameter);
int module_load(void);
int module_remove(void);
bool module_loaded(void);
int device_open(void);
void device_close(void);
struct seos_status status(void);
int monitor(unsigned int on);
int prepare(unsigned long long timeout_ns, struct seos_status *after);
int list(unsigned int chunk); /* fills calls; the number of entries */
const struct seos_call *listed(pid_t pid);
bool listed_in(pid_t pid, int number);
bool listed_since(pid_t pid, unsigned long long start_ns);
bool listed_for(pid_t pid, unsigned long long duration_ns);

/* child.c */

struct child {
	pid_t pid;
	int results; /* what the parked call returned: an int, negative errno on failure */
};
extern struct child children[CHILDREN_MAX];
extern unsigned int children_count;

struct child *child_start(int (*run)(const void *), const void *argument);
int child_result(const struct child *child);
bool child_waits(const struct child *child);
void child_end(struct child *child);
void children_end(void);
bool sleeps(pid_t pid);
bool exited_well(const struct child *child);

/* What a child can run: each returns what its call gives, a negated errno value on failure. */
int run_open(const void *path);
int run_accept(const void *listener);
int run_accept4(const void *listener);
int run_accept_with_timeout(const void *listener);
int run_open32(const void *path);
int run_accept32(const void *listener);
int run_pause(const void *unused);
void on_alarm(int signal);

/* page.c */

struct page {
	int go; /* readable: bring the page, full of zeroes */
	int uffd;
	void *at;
};

int page_hold(struct page *page, int go);
void *page_go(void *argument);
int page_serve(struct page *page);

/* Stays in the call with a connection in hand: movable by its number, but it does not come out. */
struct stuck_accept {
	int listener;
	int go;
};

int run_stuck_accept(const void *argument);

/* load.c: a little of every hooked call, until killed. Ends early with the first unexpected error. */
int run_load(const void *path);

/* The tests, in this order. */
#define TESTS(TEST) \
	TEST(refuses_another_abi) \
	TEST(refuses_others_than_root) \
	TEST(refuses_bad_requests) \
	TEST(results_and_errors_pass_through) \
	TEST(lists_a_caller_in_open) \
	TEST(lists_a_caller_in_accept_as_movable) \
	TEST(a_32_bit_program_has_its_own_numbers) \
	TEST(exec_by_a_thread) \
	TEST(a_held_exec_blocks) \
	TEST(calls_of_each_kind_block) \
	TEST(a_full_backlog_blocks) \
	TEST(fork_leaves_nothing_to_the_child) \
	TEST(a_caller_ended_in_its_call_leaves_nothing) \
	TEST(a_trace_stop_in_a_call_blocks) \
	TEST(waiting_elsewhere_is_in_nobodys_way) \
	TEST(signals_work_as_unhooked) \
	TEST(killed_callers_leave_nothing) \
	TEST(a_reused_pid_starts_clean) \
	TEST(pids_beyond_the_default_have_slots) \
	TEST(a_long_list_comes_in_chunks) \
	TEST(parked_callers_are_always_listed_under_load) \
	TEST(monitor_off_shows_nothing) \
	TEST(rmmod_is_refused) \
	TEST(prepare_is_refused_with_a_blocker) \
	TEST(a_refusal_after_moving_puts_everybody_back) \
	TEST(prepare_waits_for_a_caller_to_leave) \
	TEST(prepare_ends_with_a_signal) \
	TEST(cancel_hooks_again) \
	TEST(loads_switched_off) \
	TEST(is_never_blind) \
	TEST(accept_callers_survive_the_module) \
	TEST(a_crowd_is_moved) \
	TEST(a_stopped_caller_is_in_nobodys_way) \
	TEST(a_frozen_caller_is_in_nobodys_way) \
	TEST(each_step_of_loading_rolls_back) \
	TEST(others_hook_the_same_functions) \
	TEST(a_bpf_program_sees_the_same_calls) \
	TEST(a_bpf_program_that_sleeps_is_waited_for) \
	TEST(refuses_bad_subscriptions) \
	TEST(events_come_with_number_time_and_cpu) \
	TEST(subscribers_get_what_they_asked_for) \
	TEST(a_full_ring_leaves_a_gap) \
	TEST(a_mad_reader_harms_itself) \
	TEST(nothing_is_lost_in_silence) \
	TEST(killed_subscribers_are_forgotten) \
	TEST(a_reader_that_dies_with_a_full_ring_is_forgotten) \
	TEST(a_reader_outlives_the_module) \
	TEST(refuses_bad_sessions) \
	TEST(a_session_ends_with_its_last_process) \
	TEST(a_process_is_not_its_threads) \
	TEST(a_reused_pid_is_in_no_session) \
	TEST(a_second_login_leaves_the_first) \
	TEST(who_leaves_is_in_no_session) \
	TEST(sessions_end_once_under_load) \
	TEST(sessions_do_not_keep_the_module) \
	TEST(refuses_bad_guards) \
	TEST(each_daemon_guards_its_own) \
	TEST(a_refused_file_is_reported) \
	TEST(rules_change_under_load) \
	TEST(refuses_bad_audits) \
	TEST(audited_calls_have_names) \
	TEST(calls_are_noted_with_their_paths) \
	TEST(calls_of_a_32_bit_program_are_noted) \
	TEST(audited_calls_outlive_their_reader) \
	TEST(who_finds_no_room_waits) \
	TEST(a_reader_that_dies_lets_others_wait) \
	TEST(load_survives_loading_and_unloading) \
	TEST(the_kernel_is_unharmed)

#define TEST(name) bool name(void);
TESTS(TEST)
#undef TEST

#endif
