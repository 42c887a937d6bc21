// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of others who hook the same functions: the kernel's own function tracer, a probe event and
 * a BPF program, there before the module, and coming while it is.
 */
#include "battery.h"

#include <linux/bpf.h>

#include "bpf.h"

#define TRACEFS	  "/sys/kernel/tracing"
#define UNLOAD_NS (3000LL * MS) /* longer than it takes when there is nobody to wait for */

static bool user_begin(void)
{
	CHECK(!access(TRACEFS "/kprobe_events", F_OK) ||
	      mount("tracefs", TRACEFS, "tracefs", 0, NULL) == 0);
	CHECK(write_text(TRACEFS "/set_ftrace_filter", ENTRY_OPEN));
	CHECK(write_text(TRACEFS "/current_tracer", "function"));
	CHECK(write_text(TRACEFS "/kprobe_events", "p:battery/open " ENTRY_OPEN));
	CHECK(write_text(TRACEFS "/events/battery/open/enable", "1"));
	return true;
}

static bool probe_end(void)
{
	CHECK(write_text(TRACEFS "/events/battery/open/enable", "0"));
	CHECK(write_text(TRACEFS "/kprobe_events", ""));
	return true;
}

static bool user_end(void)
{
	CHECK(access(TRACEFS "/events/battery", F_OK) || probe_end());
	CHECK(write_text(TRACEFS "/current_tracer", "nop"));
	CHECK(write_text(TRACEFS "/set_ftrace_filter", ""));
	return true;
}

/* Both see a call, whatever of ours is hooked. */
static bool user_sees(void)
{
	static char line[512];
	FILE *trace;
	int function = 0, probe = 0;

	CHECK(write_text(TRACEFS "/trace", "")); /* empties it */
	CHECK(call_open("/nowhere", O_RDONLY) == -1 && errno == ENOENT);
	trace = fopen(TRACEFS "/trace", "r");
	CHECK(trace);
	while (fgets(line, sizeof(line), trace)) {
		probe += strstr(line, "open: (") != NULL;
		function += strstr(line, ENTRY_OPEN " <-") != NULL;
	}
	fclose(trace);
	CHECK(function > 0 && probe > 0);
	return true;
}

static bool module_works(void)
{
	const char *path = fifo();
	const struct child *child = child_start(run_open, path);

	CHECK(WAIT_FOR(listed_in(child->pid, NR_OPEN)));
	CHECK(prepare(0, NULL) == -EBUSY);
	CHECK(listed_in(child->pid, NR_OPEN));
	fifo_release(path);
	CHECK(child_result(child) == 0);
	CHECK(WAIT_FOR(status().inside == 0));
	children_end();
	return true;
}

static bool module_goes(void)
{
	CHECK(prepare(DEADLINE_NS, NULL) == 0);
	device_close();
	CHECK(module_remove() == 0);
	return true;
}

static bool module_comes(void)
{
	CHECK(module_load() == 0);
	device = device_open();
	CHECK(device >= 0);
	return true;
}

/* The call runs as if there were no hook: it is nowhere to be seen, and in nobody's way. */
static bool module_is_passed_by(void)
{
	const char *path = fifo();
	const struct child *child = child_start(run_open, path);

	CHECK(WAIT_FOR(sleeps(child->pid)));
	CHECK(status().inside == 0 && status().missed == 0);
	CHECK(module_goes() && child_waits(child) && module_comes());
	fifo_release(path);
	CHECK(child_result(child) == 0);
	children_end();
	return true;
}

/* The one that came first leaves first, then the other way round, and in between both. */
bool others_hook_the_same_functions(void)
{
	CHECK(user_begin() && user_sees() && module_works());
	CHECK(module_goes() && user_sees());
	CHECK(module_comes() && user_sees());
	CHECK(!probes_undo || (module_is_passed_by() && user_sees() && probe_end()));
	CHECK(module_works());
	CHECK(user_end() && module_works());
	CHECK(user_begin() && user_sees() && module_works() && user_end());
	CHECK(module_works());
	return true;
}

static int bpf_program = -1, bpf_link = -1;

/* Of those that jump straight into another function there can be one at a time: then EBUSY. */
static int bpf_begin(void)
{
	bpf_program = bpf_load(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, bpf_function(ENTRY_OPEN));
	bpf_link = bpf_attach(dup(bpf_program), NULL);
	return bpf_link < 0 ? -errno : 0;
}

static void bpf_end(void)
{
	close(bpf_link);
	close(bpf_program);
	bpf_link = bpf_program = -1;
}

static bool bpf_sees(void)
{
	long long before = bpf_runs(bpf_program);

	CHECK(before >= 0 && call_open("/nowhere", O_RDONLY) == -1 && errno == ENOENT);
	CHECK(bpf_runs(bpf_program) > before);
	return true;
}

/* The one that comes second is there as well, or is refused; never is the first the worse for it. */
static bool bpf_comes_second(void)
{
	int err = bpf_begin();

	CHECK(!err || err == -EBUSY);
	CHECK(module_works() && (err || bpf_sees()));
	bpf_end();
	CHECK(module_works());
	return true;
}

static bool bpf_comes_first(void)
{
	int err;

	CHECK(module_goes() && bpf_begin() == 0 && bpf_sees());
	err = module_load();
	CHECK(!err || err == -EBUSY);
	CHECK(bpf_sees());
	if (err) {
		CHECK(!module_loaded());
	} else {
		device = device_open();
		CHECK(device >= 0 && module_works() && bpf_sees() && module_goes() && bpf_sees());
	}
	bpf_end();
	CHECK(module_comes() && module_works());
	return true;
}

bool a_bpf_program_sees_the_same_calls(void)
{
	if (!bpf_function(ENTRY_OPEN))
		SKIP("the kernel does not describe its types");
	CHECK(module_goes());
	if (bpf_begin()) {
		bpf_end();
		CHECK(module_comes());
		SKIP("no BPF programs at functions here");
	}
	bpf_end();
	CHECK(module_comes());
	CHECK(write_number("/proc/sys/kernel/bpf_stats_enabled", 1));
	CHECK(bpf_comes_second() && bpf_comes_first());
	CHECK(write_number("/proc/sys/kernel/bpf_stats_enabled", 0));
	return true;
}

/* Opens a path that is not there yet, in two senses. */
static int run_open_held(const void *go)
{
	struct page page;

	if (page_hold(&page, *(const int *)go) || page_serve(&page))
		return -EIO;
	return run_open(page.at);
}

static int run_prepare(const void *unused)
{
	(void)unused;
	device = device_open();
	return device < 0 ? -errno : prepare(0, NULL);
}

/* What the process waits for, as the kernel names its functions. */
static bool waits_in(pid_t pid, const char *function)
{
	static char stack[8192];
	char path[32];
	FILE *file;
	size_t length;

	snprintf(path, sizeof(path), "/proc/%d/stack", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	length = fread(stack, 1, sizeof(stack) - 1, file);
	fclose(file);
	stack[length] = 0;
	return strstr(stack, function) != NULL;
}

/*
 * The program sleeps before the hook has noted the call, and returns into it. Whoever unloads waits
 * for that, for as long as it takes.
 */
static bool sleeper_is_waited_for(void)
{
	const struct child *caller, *unloader;
	long long until_ns;
	bool waits;
	int go[2];

	CHECK(pipe2(go, O_CLOEXEC) == 0);
	caller = child_start(run_open_held, &go[0]);
	CHECK(WAIT_FOR(waits_in(caller->pid, "bpf_copy_from_user")));
	CHECK(status().inside == 0);
	unloader = child_start(run_prepare, NULL);
	until_ns = now_ns() + UNLOAD_NS;
	CHECK(WAIT_FOR(!child_waits(unloader) || now_ns() > until_ns));
	waits = child_waits(unloader) && child_waits(caller);
	CHECK(write(go[1], "", 1) == 1);
	CHECK(waits);
	CHECK(child_result(caller) == -ENOENT && child_result(unloader) == 0);
	children_end();
	close(go[0]);
	close(go[1]);
	device_close();
	CHECK(module_remove() == 0);
	return true;
}

bool a_bpf_program_that_sleeps_is_waited_for(void)
{
	int program = bpf_load_sleeping(bpf_function(ENTRY_OPEN), OPEN_PATH_AT);
	bool passed;

	if (!OPEN_PATH_AT || program < 0)
		SKIP("no BPF program may sleep at system calls here");
	bpf_link = bpf_attach(program, NULL);
	if (bpf_link < 0)
		SKIP("no BPF program beside a direct trampoline");
	passed = sleeper_is_waited_for();
	bpf_end();
	return passed;
}
