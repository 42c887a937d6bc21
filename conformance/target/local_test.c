/* SPDX-License-Identifier: MIT */
/*
 * The local target, on the machine the tests run on: commands, files, parked callers, and the state
 * folders that a case may ruin without anybody noticing. Needs root; skipped without.
 */
#include "conformance/target/local.h"

#include "conformance/case_end.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const struct run_options plain;
static char state_folder[] = "/tmp/local_test.XXXXXX";
static struct profile profile;

/* Opens a target in this process; state: with the state folder covered. */
static struct target *open_target(bool state)
{
	char setting[64];
	const char *const settings[] = {"target.transport=local", "capabilities.root=yes", setting};
	char why[512];
	struct target *t;

	snprintf(setting, sizeof(setting), "target.state=%s/deep/er", state_folder);
	assert_int_equal(
		profile_load(&profile, "", "/dev/null", settings, state ? 3 : 2, why, sizeof(why)),
		0);
	t = local_open(&profile, 1, why, sizeof(why));
	if (!t)
		fail_msg("%s", why);
	return t;
}

static void close_target(struct target *t)
{
	t->ops->close(t);
	profile_free(&profile);
}

/* A PID nobody has just now. */
static pid_t spare_pid(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return pid;
}

static struct result run_words(struct target *t, const struct run_options *o,
			       const char *const *words)
{
	struct target_process *p;
	struct result r;

	if (t->ops->start(t, o, words, &p) || t->ops->wait(t, p, 10, &r))
		fail_msg("%s", t->why);
	return r;
}

static void test_commands(void **state)
{
	struct target *t = open_target(false);
	struct result r;

	(void)state;
	r = run_words(t, &plain,
		      (const char *const[]){"sh", "-c", "echo a; echo b >&2; exit 3", NULL});
	assert_int_equal(r.exit_status, 3);
	assert_string_equal(r.out, "a\n");
	assert_string_equal(r.err, "b\n");
	r = run_words(t, &(struct run_options){.input = "miaow"},
		      (const char *const[]){"cat", NULL});
	assert_string_equal(r.out, "miaow");
	r = run_words(t, &plain, (const char *const[]){"sh", "-c", "kill -9 $$", NULL});
	assert_int_equal(r.exit_status, -1);
	assert_int_equal(r.signal, SIGKILL);
	r = run_words(t, &(struct run_options){.user = "nobody"},
		      (const char *const[]){"id", "-un", NULL});
	assert_string_equal(r.out, "nobody\n");
	r = run_words(t, &(struct run_options){.session = true},
		      (const char *const[]){
			      "sh", "-c",
			      "read -r p c s pp g sid rest < /proc/$$/stat; test $sid = $$", NULL});
	assert_int_equal(r.exit_status, 0);
	r = run_words(t, &plain,
		      (const char *const[]){"sh", "-c", "head -c 3000000 /dev/zero", NULL});
	assert_true(r.truncated);
	close_target(t);
}

/* It is killed before the n-th step that changes something, and not where it has fewer. */
static void test_dies_at(void **state)
{
	static const char *const folders[] = {"mkdir", "/tmp/dies_at", "/tmp/dies_at/a", NULL};
	struct target *t = open_target(false);
	struct result r;

	(void)state;
	t->ops->remove(t, "/tmp/dies_at");
	r = run_words(t, &(struct run_options){.dies_at = 2}, folders);
	assert_int_equal(r.exit_status, -1);
	assert_int_equal(r.signal, SIGKILL);
	assert_int_equal(access("/tmp/dies_at", F_OK), 0);
	assert_int_equal(access("/tmp/dies_at/a", F_OK), -1);
	assert_int_equal(t->ops->remove(t, "/tmp/dies_at"), 0);
	r = run_words(t, &(struct run_options){.dies_at = 3}, folders);
	assert_int_equal(r.exit_status, 0);
	assert_int_equal(access("/tmp/dies_at/a", F_OK), 0);
	assert_int_equal(t->ops->remove(t, "/tmp/dies_at"), 0);
	r = run_words(t, &(struct run_options){.zone = "XST-3"},
		      (const char *const[]){"date", "+%Z %z", NULL});
	assert_string_equal(r.out, "XST +0300\n");
	close_target(t);
}

/* A daemon that keeps the pipes open does not keep the command that started it waiting. */
static void test_daemon_holds_output(void **state)
{
	struct target *t = open_target(false);
	struct result r = run_words(
		t, &plain, (const char *const[]){"sh", "-c", "tail -f /dev/null & echo $!", NULL});
	pid_t pid = (pid_t)strtol(r.out, NULL, 10);

	(void)state;
	assert_true(pid > 0);
	assert_int_equal(t->ops->kill(t, pid, SIGKILL), 0);
	close_target(t);
}

static void test_failures(void **state)
{
	struct target *t = open_target(false);
	struct target_process *p;
	struct result r;

	(void)state;
	assert_int_equal(t->ops->start(t, &plain, (const char *const[]){"/no/such", NULL}, &p),
			 -ENOENT);
	assert_string_equal(t->why, "/no/such cannot be run: No such file or directory");
	assert_int_equal(t->ops->start(t, &(struct run_options){.pid = getpid()},
				       (const char *const[]){"true", NULL}, &p),
			 -EEXIST);
	assert_int_equal(t->ops->start(t, &plain,
				       (const char *const[]){"tail", "-f", "/dev/null", NULL}, &p),
			 0);
	assert_int_equal(t->ops->wait(t, p, 1, &r), -ETIMEDOUT);
	assert_int_equal(t->ops->kill(t, 0x3ffffff, 0), -ESRCH);
	close_target(t);
}

static void test_given_pid(void **state)
{
	struct target *t = open_target(false);
	pid_t pid = spare_pid();
	struct result r;

	(void)state;
	r = run_words(t, &(struct run_options){.pid = pid},
		      (const char *const[]){"sh", "-c", "echo $$", NULL});
	assert_int_equal(strtol(r.out, NULL, 10), pid);
	close_target(t);
}

static void test_files(void **state)
{
	struct target *t = open_target(false);
	struct local *l = (struct local *)t;
	struct file_info info;
	struct strbuf b;
	char path[128];

	(void)state;
	strbuf_init(&b, 1000);
	snprintf(path, sizeof(path), "%s/d/f", l->folder);
	assert_int_equal(t->ops->write(t, path, "x", 1, false, 0600), -ENOENT);
	*strrchr(path, '/') = '\0';
	assert_int_equal(t->ops->mkdir(t, path, 0755), 0);
	assert_int_equal(t->ops->mkdir(t, path, 0755), 0);
	path[strlen(path)] = '/';
	assert_int_equal(t->ops->write(t, path, "ab", 2, false, 0600), 0);
	assert_int_equal(t->ops->write(t, path, "cd", 2, true, 0600), 0);
	assert_int_equal(t->ops->resize(t, path, 6), 0);
	assert_int_equal(t->ops->read(t, path, &b), 0);
	assert_int_equal(b.bytes, 6);
	assert_memory_equal(b.text, "abcd\0\0", 6);
	assert_int_equal(t->ops->stat(t, path, &info), 0);
	assert_int_equal(info.size_bytes, 6);
	assert_int_equal(info.mode, 0600);
	strbuf_clear(&b);
	assert_int_equal(t->ops->list(t, l->folder, &b), 0);
	assert_string_equal(b.text, "d\n");
	assert_int_equal(t->ops->remove(t, l->folder), 0);
	assert_int_equal(t->ops->remove(t, l->folder), 0);
	assert_int_equal(t->ops->stat(t, path, &info), -ENOENT);
	strbuf_free(&b);
	close_target(t);
}

static void park_and_let_go(struct park_options o, int call)
{
	struct target *t = open_target(false);
	struct target_parked *p;
	char program[128];

	snprintf(program, sizeof(program), "%s/vsftpd", state_folder);
	o.program = program;
	o.pid = spare_pid();
	if (t->ops->park(t, &o, &p))
		fail_msg("%s", t->why);
	assert_int_equal(t->ops->parked_pid(t, p), o.pid);
	assert_int_equal(t->ops->parked_call(t, p), call);
	if (o.ppid)
		assert_int_equal(t->ops->parked_ppid(t, p), o.ppid);
	else
		assert_int_equal(t->ops->parked_ppid(t, p) != getpid(), o.orphan);
	assert_true(t->ops->parked_inside(t, p));
	if (t->ops->unpark(t, p))
		fail_msg("%s", t->why);
	assert_false(t->ops->parked_inside(t, p));
	close_target(t);
	assert_int_equal(access(program, F_OK), -1);
}

static void test_parked(void **state)
{
	(void)state;
	park_and_let_go((struct park_options){.in = PARKED_OPEN}, SYS_open);
	park_and_let_go((struct park_options){.in = PARKED_ACCEPT, .orphan = true}, SYS_accept);
	park_and_let_go((struct park_options){.in = PARKED_OPEN, .ppid = spare_pid(), .threads = 2},
			SYS_open);
}

#ifdef __x86_64__
/* Kernels are built, and machines are made, that know no calls of 32-bit programs. */
static bool has_compat_calls(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		long result = 20; /* getpid */

		signal(SIGSEGV, SIG_DFL);
		__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
		_exit(result == getpid() ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status == 0;
}

static void test_parked_compat(void **state)
{
	(void)state;
	if (!has_compat_calls())
		skip();
	park_and_let_go((struct park_options){.in = PARKED_OPEN, .compat = true}, 5);
	park_and_let_go((struct park_options){.in = PARKED_ACCEPT, .compat = true}, 102);
}
#endif

/* A parked caller that dies in its call is not taken for one that came out. */
static void test_parked_and_killed(void **state)
{
	struct target *t = open_target(false);
	struct target_parked *p;

	(void)state;
	assert_int_equal(t->ops->park(t, &(struct park_options){.in = PARKED_OPEN}, &p), 0);
	assert_int_equal(t->ops->kill(t, t->ops->parked_pid(t, p), SIGKILL), 0);
	assert_int_equal(t->ops->unpark(t, p), -EIO);
	close_target(t);
}

/* What the child of test_state() does to its copy; true when it found what was there. */
static bool ruin_state(const char *file)
{
	struct target *t = open_target(true);
	struct file_info info;
	struct strbuf b;
	bool as_it_was;

	strbuf_init(&b, 100);
	as_it_was = t->ops->read(t, file, &b) == 0 && strcmp(b.text, "precious") == 0 &&
		    t->ops->stat(t, file, &info) == 0 && info.mode == 0640;
	t->ops->write(t, file, "ruined", 6, false, 0600);
	strbuf_free(&b);
	close_target(t);
	return as_it_was && case_end->mounts[0] != 0;
}

/* Where the machine has a clock that leaps, it is asked for most of what is to pass, and a wait is
 * nothing of that kind. Without it, or without its file, time passes as it does. */
static void test_leap(void **state)
{
	char path[64], setting[80], why[512], said[16] = "";
	const char *const settings[] = {"target.transport=local", setting};
	struct target *t;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/leap", state_folder);
	snprintf(setting, sizeof(setting), "target.leap=%s", path);
	assert_int_equal(profile_load(&profile, "", "/dev/null", settings, 2, why, sizeof(why)), 0);
	t = local_open(&profile, 1, why, sizeof(why));
	assert_non_null(t);
	assert_int_equal(t->ops->step(t, 1000), 0);
	assert_int_equal(access(path, F_OK), -1);
	f = fopen(path, "w+e");
	assert_non_null(f);
	assert_int_equal(t->ops->step(t, 1000), 0);
	assert_null(fgets(said, sizeof(said), f));
	assert_int_equal(t->ops->step(t, INT64_C(7200) * 1000 * 1000 * 1000), 0);
	rewind(f);
	assert_non_null(fgets(said, sizeof(said), f));
	assert_string_equal(said, "593");
	fclose(f);
	unlink(path);
	close_target(t);
}

static void test_state(void **state)
{
	char file[128], text[16] = "";
	int status;
	FILE *f;

	(void)state;
	snprintf(file, sizeof(file), "%s/deep", state_folder);
	assert_int_equal(mkdir(file, 0755), 0);
	snprintf(file, sizeof(file), "%s/deep/er", state_folder);
	assert_int_equal(mkdir(file, 0755), 0);
	snprintf(file, sizeof(file), "%s/deep/er/file", state_folder);
	f = fopen(file, "we");
	fputs("precious", f);
	fclose(f);
	chmod(file, 0640);
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(ruin_state(file) ? 0 : 1);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	f = fopen(file, "re");
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_string_equal(text, "precious");
}

/* A line about what is below the folder: its name, mode, owner, and what is in it. */
static void describe(FILE *out, const char *folder, const char *name)
{
	char path[PATH_MAX], text[64] = "";
	struct stat st;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (lstat(path, &st)) {
		fprintf(out, "%s: %s\n", name, strerror(errno));
		return;
	}
	if (S_ISLNK(st.st_mode) && readlink(path, text, sizeof(text) - 1) < 0)
		return;
	f = S_ISREG(st.st_mode) ? fopen(path, "re") : NULL;
	if (f) {
		text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
		fclose(f);
	}
	fprintf(out, "%s: %o %u %s\n", name, (unsigned)st.st_mode, (unsigned)st.st_uid, text);
}

static void write_below(const char *folder, const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* Says what a case finds, by a pipe. */
static void tell_what_is_found(const char *folder, int fd)
{
	static const char *const names[] = {".",    "file", "link",        "drop",
					    "late", "bin",  "bin/program", "../other"};
	char why[512];
	struct target *t = local_open(&profile, 1, why, sizeof(why));
	FILE *out = fdopen(fd, "w");

	for (size_t i = 0; t && out && i < sizeof(names) / sizeof(names[0]); i++)
		describe(out, folder, names[i]);
	if (t)
		t->ops->close(t);
	_exit(out && fclose(out) == 0 ? 0 : 1);
}

/* Two folders, and what becomes of the first one after it was read: nobody sees that but of its
 * programs. */
static void test_state_remembered(void **state)
{
	char folder[64], setting[256], why[512], text[1024];
	const char *const settings[] = {"target.transport=local", "capabilities.root=yes", setting};
	int fds[2], status;
	ssize_t n;

	(void)state;
	snprintf(folder, sizeof(folder), "%s/kept", state_folder);
	snprintf(setting, sizeof(setting), "target.state=%s %s/other", folder, state_folder);
	assert_int_equal(mkdir(folder, 0711) || chdir(folder) || mkdir("../other", 0700), 0);
	assert_int_equal(mkdir("drop", 0700) || chmod("drop", 01777) || mkdir("bin", 0755), 0);
	write_below(folder, "file", "precious");
	write_below(folder, "bin/program", "old");
	assert_int_equal(chown("file", 65534, 65534) || chmod("file", 04750), 0);
	assert_int_equal(symlink("file", "link") || lchown("link", 65534, 65534), 0);
	assert_int_equal(profile_load(&profile, "", "/dev/null", settings, 3, why, sizeof(why)), 0);
	assert_int_equal(local_state_remember(&profile, why, sizeof(why)), 0);
	write_below(folder, "file", "ruined");
	write_below(folder, "late", "late");
	write_below(folder, "bin/program", "new");
	assert_int_equal(rmdir("drop") || unlink("link") || chdir("/") || pipe(fds), 0);
	if (fork() == 0)
		tell_what_is_found(folder, fds[1]);
	close(fds[1]);
	assert_true(wait(&status) > 0 && status == 0);
	n = read(fds[0], text, sizeof(text) - 1);
	close(fds[0]);
	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(text, ".: 40711 0 \n"
				  "file: 104750 65534 precious\n"
				  "link: 120777 65534 file\n"
				  "drop: 41777 0 \n"
				  "late: No such file or directory\n"
				  "bin: 40755 0 \n"
				  "bin/program: 100644 0 new\n"
				  "../other: 40700 0 \n");
	profile_free(&profile);
}

/* "KEY=FOLDER/NAME" of a program of this build. */
static const char *built(char setting[PATH_MAX], const char *key, const char *name)
{
	char path[PATH_MAX / 2];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	assert_true(n > 0);
	path[n] = '\0';
	for (int up = 0; up < 4; up++)
		*strrchr(path, '/') = '\0';
	snprintf(setting, PATH_MAX, "%s%s/bin/%s", key, path, name);
	return setting;
}

/* 'R', 'S', 'D' ..., or 0 when it is gone. */
static char process_state(pid_t pid)
{
	char path[64], text[512] = "";

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *in = fopen(path, "re");

	if (!in)
		return '\0';
	if (!fgets(text, sizeof(text), in))
		text[0] = '\0';
	fclose(in);
	const char *end = strrchr(text, ')');

	return end && end[1] ? end[2] : '\0';
}

static bool is_mount(const char *path)
{
	struct stat st, above;

	return stat(path, &st) || stat("/tmp", &above) || st.st_dev != above.st_dev;
}

/* An operation that would wait for an hour keeps nobody: the mount goes, and who waited with it. */
static void test_stuck_fill(void **state)
{
	char fillfs[PATH_MAX], fillctl[PATH_MAX], folder[64], file[80], why[512];
	const char *const settings[] = {
		"target.transport=local",
		"capabilities.root=yes",
		"capabilities.fill=yes",
		built(fillfs, "commands.fillfs=", "fillfs"),
		built(fillctl, "commands.fillctl=", "fillctl"),
	};
	const time_t begin = time(NULL);
	struct target_process *writer;

	(void)state;
	if (access("/dev/fuse", R_OK | W_OK)) {
		puts("local_test: skipped: no /dev/fuse");
		skip();
	}
	snprintf(folder, sizeof(folder), "%s/fill", state_folder);
	snprintf(file, sizeof(file), "%s/file", folder);
	assert_int_equal(mkdir(folder, 0755), 0);
	assert_int_equal(profile_load(&profile, "", "/dev/null", settings, 5, why, sizeof(why)), 0);
	struct target *t = local_open(&profile, 1, why, sizeof(why));

	assert_non_null(t);
	assert_int_equal(t->ops->fill_mount(t, folder), 0);
	assert_true(is_mount(folder));
	const char *ctl = strchr(fillctl, '=') + 1;

	run_words(t, &plain, (const char *const[]){ctl, folder, "log", "on", NULL});
	struct result r = run_words(
		t, &plain,
		(const char *const[]){ctl, folder, "fault", "create", "delay=3600000", NULL});

	assert_int_equal(r.exit_status, 0);
	assert_int_equal(t->ops->start(t, &plain,
				       (const char *const[]){"sh", "-c", ": >\"$0\"", file, NULL},
				       &writer),
			 0);
	pid_t pid = t->ops->pid(t, writer);

	/* It is in there when it sleeps where no signal reaches it. */
	for (char state_of = '\0'; state_of != 'D' && time(NULL) - begin < 20; poll(NULL, 0, 1))
		state_of = process_state(pid);

	close_target(t);
	assert_true(time(NULL) - begin < 30);
	assert_false(is_mount(folder));
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(rmdir(folder), 0);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(state_folder) ? chmod(state_folder, 0755) : -1;
}

static int tear_down(void **state)
{
	struct target *t = open_target(false);
	int error = t->ops->remove(t, state_folder);

	(void)state;
	close_target(t);
	return error;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_dies_at),
		cmocka_unit_test(test_daemon_holds_output),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_given_pid),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_parked),
#ifdef __x86_64__
		cmocka_unit_test(test_parked_compat),
#endif
		cmocka_unit_test(test_parked_and_killed),
		cmocka_unit_test(test_leap),
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_state_remembered),
		cmocka_unit_test(test_stuck_fill),
	};

	park_main(argc, argv);
	if (geteuid() != 0) {
		puts("local_test: skipped: not root");
		return 0;
	}
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
