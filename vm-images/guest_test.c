/* SPDX-License-Identifier: MIT */
/*
 * Tests of the launcher against real guests: every verdict is provoked for real, and what a command
 * is given and prints arrives as it is. Each test boots the guest of this build once, so this is
 * `make check-guest`, not `make check`.
 */
#include "vm-images/guest.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "vm-images/child.h"
#include "vm-images/file.h"
#include "vm-images/guest_private.h"

#define GUEST         "x86_64-6.1"
#define COMMAND(...)  ((const char *const[]){__VA_ARGS__, NULL})
#define SHELL(script) COMMAND("sh", "-c", script)

/* Everything a run said. */
struct heard {
	char out[512 * 1024];
	size_t out_len;
	char err[4096];
	size_t err_len;
	char lines[4096];
	char console[65536];
	char marks[256];
};

static struct guest *guest;
static struct heard heard;
static struct guest_result result;
static char folder[] = "/tmp/guest_test.XXXXXX";

static void join(char *to, size_t size, const char *line)
{
	size_t len = strlen(to);

	if (len + strlen(line) + 2 < size)
		snprintf(to + len, size - len, "%s|", line);
}

static void hear_output(void *context, enum guest_stream stream, const char *data, size_t len)
{
	struct heard *h = context;
	char *to = stream == GUEST_OUT ? h->out : h->err;
	size_t *to_len = stream == GUEST_OUT ? &h->out_len : &h->err_len;
	size_t size = stream == GUEST_OUT ? sizeof(h->out) : sizeof(h->err);
	size_t room = size - 1 - *to_len;

	memcpy(to + *to_len, data, len < room ? len : room);
	*to_len += len < room ? len : room;
}

static void hear_line(void *context, enum guest_stream stream, const char *line)
{
	struct heard *h = context;

	if (stream == GUEST_OUT)
		join(h->lines, sizeof(h->lines), line);
}

static void hear_console(void *context, const char *line)
{
	join(((struct heard *)context)->console, sizeof(heard.console), line);
}

static void hear_mark(void *context, const char *text)
{
	join(((struct heard *)context)->marks, sizeof(heard.marks), text);
}

/* Runs with everything heard; the limits are short, and long enough for a loaded machine under
 * emulation. */
static void run_in(struct guest *g, struct guest_run run)
{
	struct guest_error error = {.text = ""};

	memset(&heard, 0, sizeof(heard));
	run.output = hear_output;
	run.line = hear_line;
	run.console = hear_console;
	run.mark = hear_mark;
	run.context = &heard;
	if (guest_run(g, &run, &result, &error))
		fail_msg("the run was refused: %s", error.text);
}

static void check_verdict(enum guest_verdict wanted)
{
	if (result.verdict != wanted)
		fail_msg("%s: %s\nstdout: %s\nstderr: %s\nconsole: %s",
			 guest_verdict_name(result.verdict), result.reason, heard.out, heard.err,
			 heard.console);
}

static void run_to(enum guest_verdict wanted, struct guest_run run)
{
	run_in(guest, run);
	check_verdict(wanted);
}

static int set_up(void **state)
{
	struct guest_error error = {.text = ""};

	(void)state;
	guest = guest_load(GUEST, &error);
	if (guest && guest_build(guest, &error) == 0 && mkdtemp(folder))
		return 0;
	fprintf(stderr, "guest_test: %s\n", error.text);
	return -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int clean_up(void **state)
{
	(void)state;
	guest_free(guest);
	return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* --- pass and fail */

static void status_0_passes(void **state)
{
	(void)state;
	run_to(GUEST_PASS,
	       (struct guest_run){.command = SHELL("echo to out; echo to err >&2; lsmod")});
	assert_int_equal(result.status, 0);
	assert_string_equal(result.reason, "");
	assert_string_equal(heard.err, "to err\n");
	assert_ptr_equal(strstr(heard.lines, "to out|"), heard.lines);
	assert_non_null(strstr(heard.lines, "|fuse "));
	assert_true(result.boot_ms > 0 && result.boot_ms <= result.run_ms);
	assert_int_not_equal(result.accel, GUEST_ACCEL_AUTO);
}

static void the_console_has_what_is_written_to_kmsg(void **state)
{
	(void)state;
	run_to(GUEST_PASS,
	       (struct guest_run){
		       .command = SHELL("for i in $(seq 30); do echo case $i > /dev/kmsg; done")});
	for (int i = 1; i <= 30; i++) {
		char wanted[24];

		snprintf(wanted, sizeof(wanted), "] case %d|", i);
		assert_non_null(strstr(heard.console, wanted));
	}
}

static void another_status_fails(void **state)
{
	(void)state;
	run_to(GUEST_FAIL, (struct guest_run){.command = SHELL("exit 7")});
	assert_int_equal(result.status, 7);
	assert_string_equal(result.reason, "exit status 7");
}

static void a_signal_fails(void **state)
{
	(void)state;
	run_to(GUEST_FAIL, (struct guest_run){.command = SHELL("kill -SEGV $$")});
	assert_int_equal(result.status, 128 + 11);
	assert_string_equal(result.reason, "killed by signal 11");
}

static void a_command_that_is_missing_fails(void **state)
{
	(void)state;
	run_to(GUEST_FAIL, (struct guest_run){.command = COMMAND("nosuch")});
	assert_int_equal(result.status, 127);
	assert_string_equal(heard.err, "/init: cannot execute nosuch: No such file or directory\n");
}

static void what_a_command_leaves_running_does_not_hold_the_guest(void **state)
{
	(void)state;
	run_to(GUEST_PASS,
	       (struct guest_run){.command = SHELL("sleep 1000 & echo done"), .hang_s = 5});
	assert_string_equal(heard.out, "done\n");
}

/* --- the other verdicts */

static void a_panic_is_a_panic(void **state)
{
	(void)state;
	run_to(GUEST_PANIC, (struct guest_run){.command = SHELL("echo c > /proc/sysrq-trigger")});
	assert_string_equal(result.reason, "Kernel panic - not syncing: sysrq triggered crash");
	assert_int_equal(result.status, -1);
	assert_non_null(strstr(heard.console, "Kernel panic - not syncing"));
}

static void a_taint_bit_that_is_not_allowed_is_a_taint(void **state)
{
	(void)state;
	run_to(GUEST_TAINT,
	       (struct guest_run){.command = SHELL("echo 4160 > /proc/sys/kernel/tainted")});
	assert_int_equal(result.taint, 4160);
	assert_int_equal(result.status, 0);
	assert_string_equal(result.reason, "the kernel is tainted: bits 0x1040, allowed 0x3000");
}

static void taint_bits_of_a_module_are_allowed(void **state)
{
	(void)state;
	run_to(GUEST_PASS,
	       (struct guest_run){.command = SHELL("echo 12288 > /proc/sys/kernel/tainted")});
	assert_int_equal(result.taint, GUEST_TAINT_MODULE);
}

static void silence_is_a_hang(void **state)
{
	(void)state;
	run_to(GUEST_HANG,
	       (struct guest_run){.command = SHELL("echo begun; mkfifo /tmp/f; cat /tmp/f"),
				  .hang_s = 2});
	assert_string_equal(heard.out, "begun\n");
	assert_non_null(strstr(result.reason, "no output for"));
}

static void output_without_a_mark_is_a_livelock(void **state)
{
	(void)state;
	run_to(GUEST_LIVELOCK,
	       (struct guest_run){
		       .command = SHELL("echo one > /run/guest.mark; while :; do echo x; done"),
		       .progress_s = 1});
	assert_string_equal(heard.marks, "one\n|");
	assert_non_null(strstr(result.reason, "no progress mark"));
}

static void output_with_marks_is_none(void **state)
{
	/* Longer than the limit from mark to mark, but never from one to the next. */
	static const char script[] =
		"end=$(($(cut -d. -f1 /proc/uptime) + $LIMIT * 3 / 2))\n"
		"while [ $(cut -d. -f1 /proc/uptime) -lt $end ]; do echo m > /run/guest.mark; done";
	char limit[32];
	const enum guest_accel accel = guest_prove_accel(guest, NULL);

	(void)state;
	snprintf(limit, sizeof(limit), "LIMIT=%u", guest_scale(accel, false));
	run_to(GUEST_PASS, (struct guest_run){.command = SHELL(script),
					      .environment = (const char *const[]){limit, NULL},
					      .progress_s = 1});
	assert_true(strlen(heard.marks) > 1);
}

static void the_deadline_ends_what_does_not_end(void **state)
{
	(void)state;
	run_to(GUEST_LIVELOCK,
	       (struct guest_run){.command = SHELL("while :; do echo x; done"), .deadline_s = 4});
	assert_non_null(strstr(result.reason, "not done after"));
}

/* --- infrastructure */

/* A list as a file of guests has it: a word a line, since lines are short. */
static char *list_lines(const char *list)
{
	char *lines = calloc(2, strlen(list) + 1);
	char *to = lines;

	assert_non_null(lines);
	for (; *list; list++) {
		*to++ = *list == ' ' ? '\n' : *list;
		if (*list == ' ')
			*to++ = '\t';
	}
	return lines;
}

/* A description like that of GUEST, with other parts; the file's folder is `folder`. */
static struct guest *describe(const char *name, const char *machine, const char *append)
{
	struct guest_error error = {.text = ""};
	char *path = file_text("%s/%s.ini", folder, name);
	char *options = list_lines(append);
	char *text = file_text("[guest]\narch=%s\nsuite=%s\npackages=%s\nlibraries=%s\nmodules=%s\n"
			       "machine=%s\nresults=%s\nappend=%s\n",
			       guest->arch, guest->suite, guest->packages, guest->libraries,
			       guest->modules, machine, guest->results, options);
	struct guest *g;

	assert_non_null(path);
	assert_non_null(text);
	assert_int_equal(file_write(&error, text, "%s", path), 0);
	g = guest_load(path, &error);
	if (!g)
		fail_msg("%s", error.text);
	free(text);
	free(options);
	free(path);
	return g;
}

static void run_described(const char *machine, const char *append, struct guest_run run)
{
	struct guest *g = describe(GUEST, machine, append);

	run.command = COMMAND("true");
	run.accel = GUEST_ACCEL_TCG;
	run_in(g, run);
	guest_free(g);
	check_verdict(GUEST_INFRASTRUCTURE);
}

static void a_missing_qemu_is_infrastructure(void **state)
{
	(void)state;
	run_described("qemu-system-nosuch", guest->append, (struct guest_run){.cpus = 1});
	assert_non_null(strstr(result.reason,
			       "cannot execute qemu-system-nosuch: No such file or directory"));
}

static void a_qemu_that_refuses_is_infrastructure(void **state)
{
	(void)state;
	run_described("qemu-system-x86_64 -machine nosuch", guest->append,
		      (struct guest_run){.cpus = 1});
	assert_non_null(strstr(result.reason, "QEMU failed: "));
	assert_non_null(strstr(result.reason, "unsupported machine type"));
}

static void a_qemu_that_dies_is_infrastructure(void **state)
{
	char *machine = file_text("timeout -s KILL 0.5 %s", guest->machine);

	(void)state;
	assert_non_null(machine);
	run_described(machine, guest->append, (struct guest_run){.cpus = 1});
	assert_ptr_equal(strstr(result.reason, "QEMU "), result.reason);
	assert_int_equal(result.boot_ms, 0);
	free(machine);
}

static void a_guest_that_does_not_start_is_infrastructure(void **state)
{
	char *machine = file_text("%s -S", guest->machine); /* the processor stands still */

	(void)state;
	assert_non_null(machine);
	run_described(machine, guest->append, (struct guest_run){.deadline_s = 1});
	assert_ptr_equal(strstr(result.reason, "did not boot within"), result.reason);
	free(machine);
}

static void a_kernel_without_init_is_infrastructure(void **state)
{
	char *append = file_text("%s rdinit=/nosuch", guest->append);

	(void)state;
	assert_non_null(append);
	run_described(guest->machine, append, (struct guest_run){.cpus = 1});
	assert_ptr_equal(strstr(result.reason, "did not boot: Kernel panic"), result.reason);
	free(append);
}

static void a_kernel_that_is_none_is_infrastructure(void **state)
{
	struct guest_error error = {.text = ""};
	struct guest *g = describe("guest-test-garbage", guest->machine, guest->append);
	char *root = file_text("%s/root", guest->dir), *link = file_text("%s/root", g->dir);

	(void)state;
	assert_non_null(root);
	assert_non_null(link);
	assert_int_equal(file_make_dirs(&error, "%s", g->dir), 0);
	unlink(link);
	assert_int_equal(symlink(root, link), 0);
	assert_int_equal(file_write(&error, "this is no kernel\n", "%s/kernel", g->dir), 0);
	assert_int_equal(file_write(&error, "", "%s/kdir", g->dir), 0);
	g->kdir = strdup(g->dir); /* as if it was built */
	run_in(g, (struct guest_run){
			  .command = COMMAND("true"), .accel = GUEST_ACCEL_TCG, .deadline_s = 2});
	check_verdict(GUEST_INFRASTRUCTURE);
	assert_int_equal(nftw(g->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(root);
	free(link);
	guest_free(g);
}

static void a_broken_protocol_is_infrastructure(void **state)
{
	(void)state;
	run_to(GUEST_INFRASTRUCTURE,
	       (struct guest_run){.command = SHELL("echo rubbish > /dev/ttyS1; echo more")});
	assert_non_null(strstr(result.reason, "no frame"));
}

static void a_guest_that_leaves_without_a_result_is_infrastructure(void **state)
{
	(void)state;
	run_to(GUEST_INFRASTRUCTURE, (struct guest_run){.command = SHELL("poweroff -f")});
	assert_string_equal(result.reason, "the guest went away without a result");
}

static void what_cannot_be_started_is_refused(void **state)
{
	const struct guest_file file = {"/nosuch", "/x"};
	const struct {
		struct guest_run run;
		const char *wanted;
	} rows[] = {
		{{.command = NULL}, "no command"},
		{{.command = COMMAND("true"), .icount = true, .cpus = 2}, "one processor"},
		{{.command = COMMAND("true"), .icount = true, .accel = GUEST_ACCEL_KVM}, "KVM"},
		{{.command = COMMAND("true"), .files = &file, .files_n = 1}, "/nosuch"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct guest_error error = {.text = ""};

		assert_int_equal(guest_run(guest, &rows[i].run, &result, &error), -1);
		assert_non_null(strstr(error.text, rows[i].wanted));
	}
}

/* --- what arrives */

static void arguments_arrive_exactly(void **state)
{
	static const char wanted[] =
		"a b\0it's \"q\"\0$x `y` \\\0\0 tab\tnl\nend \0\xc3\xbc\xff\0--\0";

	(void)state;
	run_to(GUEST_PASS,
	       (struct guest_run){.command = COMMAND("printf", "%s\\0", "a b", "it's \"q\"",
						     "$x `y` \\", "", " tab\tnl\nend ",
						     "\xc3\xbc\xff", "--")});
	assert_int_equal(heard.out_len, sizeof(wanted) - 1);
	assert_memory_equal(heard.out, wanted, sizeof(wanted) - 1);
}

static void output_of_any_bytes_arrives_whole(void **state)
{
	static unsigned char data[200 * 1024];
	char *path = file_text("%s/data", folder);
	struct guest_file file = {path, "/data"};
	FILE *out = fopen(path, "we");

	(void)state;
	srandom(1);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(random() >> 8);
	assert_non_null(out);
	assert_int_equal(fwrite(data, 1, sizeof(data), out), sizeof(data));
	assert_int_equal(fclose(out), 0);
	run_to(GUEST_PASS, (struct guest_run){.command = COMMAND("cat", "/data"),
					      .files = &file,
					      .files_n = 1});
	assert_int_equal(heard.out_len, sizeof(data));
	assert_memory_equal(heard.out, data, sizeof(data));
	free(path);
}

static void overlays_lie_over_files_and_files_over_the_root(void **state)
{
	struct guest_error error = {.text = ""};
	char *low = file_text("%s/low", folder), *high = file_text("%s/high", folder);
	const struct guest_file file = {"/usr/bin/env", "/usr/bin/host-env"};

	(void)state;
	assert_int_equal(file_make_dirs(&error, "%s/etc", low), 0);
	assert_int_equal(file_make_dirs(&error, "%s/etc", high), 0);
	assert_int_equal(file_write(&error, "low\n", "%s/etc/hosts", low), 0);
	assert_int_equal(file_write(&error, "low\n", "%s/etc/only", low), 0);
	assert_int_equal(file_write(&error, "high\n", "%s/etc/hosts", high), 0);
	run_to(GUEST_PASS,
	       (struct guest_run){
		       .command = SHELL("cat /etc/hosts /etc/only; host-env -i A=b host-env"),
		       .files = &file,
		       .files_n = 1,
		       .overlays = (const char *const[]){low, high, NULL}});
	assert_string_equal(heard.out, "high\nlow\nA=b\n");
	free(low);
	free(high);
}

static void a_guest_lives_where_and_when_it_is_told(void **state)
{
	(void)state;
	run_to(GUEST_PASS,
	       (struct guest_run){
		       .command = SHELL("echo $$; hostname; echo $TZ; date '+%Y-%m-%d %H:%M'"),
		       .environment = (const char *const[]){"TZ=EST5EDT,M3.2.0,M11.1.0", NULL},
		       .hostname = "computer.com",
		       .last_pid = 2104,
		       .rtc_base = "2010-07-22T20:07:05"});
	assert_string_equal(heard.out,
			    "2105\ncomputer.com\nEST5EDT,M3.2.0,M11.1.0\n2010-07-22 16:07\n");
}

static void virtual_time_jumps(void **state)
{
	struct timespec before, after;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &before);
	run_to(GUEST_PASS,
	       (struct guest_run){
		       .command = SHELL("a=$(date +%s); sleep 36000; echo $(($(date +%s) - a))"),
		       .icount = true});
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_true(!strcmp(heard.out, "36000\n") || !strcmp(heard.out, "36001\n"));
	assert_true(after.tv_sec - before.tv_sec < 3600);
}

static void virtual_time_repeats(void **state)
{
	struct guest_run run = {.command =
					SHELL("cat /proc/uptime; head -c 8 /dev/urandom | od -x"),
				.icount = true,
				.rtc_base = "2010-07-22T20:07:05"};
	char first[256];

	(void)state;
	run_to(GUEST_PASS, run);
	snprintf(first, sizeof(first), "%.255s", heard.out);
	run_to(GUEST_PASS, run);
	assert_string_equal(heard.out, first);
}

static void the_accelerator_is_proved_once(void **state)
{
	char first[256], second[256];
	struct timespec before, after;
	enum guest_accel accel = guest_prove_accel(guest, first);

	(void)state;
	assert_true(accel == GUEST_ACCEL_TCG || accel == GUEST_ACCEL_KVM);
	assert_true(strlen(first) > 0);
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(guest_prove_accel(guest, second), accel);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_string_equal(first, second);
	assert_true((after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec <
		    500000000LL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_accelerator_is_proved_once),
		cmocka_unit_test(status_0_passes),
		cmocka_unit_test(the_console_has_what_is_written_to_kmsg),
		cmocka_unit_test(another_status_fails),
		cmocka_unit_test(a_signal_fails),
		cmocka_unit_test(a_command_that_is_missing_fails),
		cmocka_unit_test(what_a_command_leaves_running_does_not_hold_the_guest),
		cmocka_unit_test(a_panic_is_a_panic),
		cmocka_unit_test(a_taint_bit_that_is_not_allowed_is_a_taint),
		cmocka_unit_test(taint_bits_of_a_module_are_allowed),
		cmocka_unit_test(silence_is_a_hang),
		cmocka_unit_test(output_without_a_mark_is_a_livelock),
		cmocka_unit_test(output_with_marks_is_none),
		cmocka_unit_test(the_deadline_ends_what_does_not_end),
		cmocka_unit_test(a_missing_qemu_is_infrastructure),
		cmocka_unit_test(a_qemu_that_refuses_is_infrastructure),
		cmocka_unit_test(a_qemu_that_dies_is_infrastructure),
		cmocka_unit_test(a_guest_that_does_not_start_is_infrastructure),
		cmocka_unit_test(a_kernel_without_init_is_infrastructure),
		cmocka_unit_test(a_kernel_that_is_none_is_infrastructure),
		cmocka_unit_test(a_broken_protocol_is_infrastructure),
		cmocka_unit_test(a_guest_that_leaves_without_a_result_is_infrastructure),
		cmocka_unit_test(what_cannot_be_started_is_refused),
		cmocka_unit_test(arguments_arrive_exactly),
		cmocka_unit_test(output_of_any_bytes_arrives_whole),
		cmocka_unit_test(overlays_lie_over_files_and_files_over_the_root),
		cmocka_unit_test(a_guest_lives_where_and_when_it_is_told),
		cmocka_unit_test(virtual_time_jumps),
		cmocka_unit_test(virtual_time_repeats),
	};

	return cmocka_run_group_tests(tests, set_up, clean_up);
}
