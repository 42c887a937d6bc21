/* SPDX-License-Identifier: MIT */
/*
 * The ssh target against a real sshd on the loopback interface of a network of this test's own: one
 * far end that is this machine, and one that is a chroot with a static busybox and nothing else.
 * The server comes from the packages that guests are made of. Needs root and the default guest's
 * image; skipped without.
 */
#include "conformance/target/ssh.h"

#include "conformance/case.h"
#include "conformance/case_end.h"
#include "conformance/runner.h"
#include "conformance/said.h"

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>

#define PACKAGES  "build/guest/x86_64-6.1/root/"
#define LIBRARIES PACKAGES "usr/lib/x86_64-linux-gnu"
#define CLIENT    PACKAGES "usr/bin/ssh"
#define PORT      "2222"

static char libraries[4096];          /* absolute: the server starts itself again, elsewhere */
static char base[] = "/run/ssh_test"; /* in memory, and this test alone sees it */
static pid_t server;
static bool usable;
static struct case_end end_here;
static const struct run_options plain;

/* --- the far end ------------------------------------------------------------------------------ */

/* A path below the test's folder. */
static const char *below(const char *name)
{
	static char paths[8][128];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", base, name);
	return path;
}

static void put(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(const char *name, const char *format, ...)
{
	FILE *out = fopen(below(name), "we");
	va_list args;

	assert_non_null(out);
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	assert_int_equal(fclose(out), 0);
}

static const char *get(const char *name)
{
	static char text[1 << 16];
	FILE *in = fopen(below(name), "re");
	size_t n = in ? fread(text, 1, sizeof(text) - 1, in) : 0;

	text[n] = '\0';
	if (in)
		fclose(in);
	return text;
}

/* Becomes a program of the packages. */
__attribute__((noreturn)) static void become(const char *const *words, const char *log)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setenv("LD_LIBRARY_PATH", libraries, 1);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(1);
	execv(words[0], (char *const *)words);
	_exit(1);
}

static int program(const char *const *words)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		become(words, below("log"));
	waitpid(pid, &status, 0);
	return status;
}

#define PROGRAM(...) program((const char *const[]){__VA_ARGS__, NULL})

static void make_jail(void)
{
	static const char *const tools[] = {"sh",   "cat", "ls",    "wc",   "dd",    "mkdir",
					    "env",  "rm",  "chmod", "cp",   "kill",  "uname",
					    "date", "id",  "ps",    "echo", "sleep", "printf"};

	mkdir(below("jail"), 0755);
	mkdir(below("jail/bin"), 0755);
	mkdir(below("jail/tmp"), 01777);
	mkdir(below("jail/dev"), 0755);
	assert_int_equal(mknod(below("jail/dev/null"), S_IFCHR | 0666, makedev(1, 3)), 0);
	assert_int_equal(mknod(below("jail/dev/zero"), S_IFCHR | 0666, makedev(1, 5)), 0);
	assert_int_equal(PROGRAM("/bin/cp", "/bin/busybox", below("jail/bin/busybox")), 0);
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		char *name = memory_format("jail/bin/%s", tools[i]);

		assert_int_equal(symlink("busybox", below(name)), 0);
		free(name);
	}
}

/* Users of the server: itself, one in the jail, one that cases become. */
static void make_users(void)
{
	FILE *in = fopen("/etc/passwd", "re");
	FILE *out = fopen(below("passwd"), "we");
	char line[1024];

	assert_true(in && out);
	while (fgets(line, sizeof(line), in))
		fputs(line, out);
	fprintf(out, "sshd:*:64999:65534::/run/sshd:/usr/sbin/nologin\n"
		     "jailed:*:0:0::/:/bin/sh\n"
		     "carol:*:64998:65534::/:/bin/sh\n");
	fclose(in);
	fclose(out);
	assert_int_equal(mount(below("passwd"), "/etc/passwd", NULL, MS_BIND, NULL), 0);
}

static int loopback_up(void)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) ? -1 : 0;

	if (fd >= 0)
		close(fd);
	return error;
}

static void server_start(void)
{
	static char sshd[4096];
	const char *words[] = {sshd, "-D", "-e", "-f", below("sshd_config"), NULL};
	int64_t until_ns = run_clock_ns() + INT64_C(20000000000);

	assert_non_null(realpath(PACKAGES "usr/sbin/sshd", sshd));
	unlink(below("server.log")); /* that of the server before says the same */
	server = fork();
	if (server == 0)
		become(words, below("server.log"));
	while (!strstr(get("server.log"), "Server listening") && run_clock_ns() < until_ns)
		poll(NULL, 0, 5);
	if (!strstr(get("server.log"), "Server listening"))
		fail_msg("%s", get("server.log"));
}

static void server_stop(void)
{
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
}

static int set_up(void **state)
{
	(void)state;
	if (geteuid() || !realpath(LIBRARIES, libraries) || access(CLIENT, X_OK) ||
	    unshare(CLONE_NEWNS | CLONE_NEWNET) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", "/run", "tmpfs", 0, "mode=755") || mkdir("/run/sshd", 0755) ||
	    mkdir(base, 0755) || loopback_up())
		return 0; /* each test is skipped */
	case_end = &end_here;
	usable = true;
	make_users();
	make_jail();
	assert_int_equal(PROGRAM(PACKAGES "usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "",
				 "-f", below("host_key")),
			 0);
	assert_int_equal(PROGRAM(PACKAGES "usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "",
				 "-f", below("user_key")),
			 0);
	put("known_hosts", "[127.0.0.1]:" PORT " %s", get("host_key.pub"));
	put("sshd_config",
	    "ListenAddress 127.0.0.1:" PORT "\nHostKey %s/host_key\nAuthorizedKeysFile "
	    "%s/user_key.pub\nPasswordAuthentication no\nStrictModes no\nPidFile none\n"
	    "PermitRootLogin yes\nMatch User jailed\n\tChrootDirectory %s/jail\n",
	    base, base, base);
	server_start();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (server > 0)
		server_stop();
	return 0;
}

/* --- the near end ----------------------------------------------------------------------------- */

static struct profile profile;

/* Loads a profile of a user of the server, with settings after it, ending with NULL. */
static void load(const char *user, const char *const *more)
{
	const char *settings[32] = {"target.transport=ssh", "target.host=127.0.0.1",
				    "target.port=" PORT,    "capabilities.root=yes",
				    "commands.echo=echo",   "commands.cat=cat",
				    "commands.sh=sh"};
	char *own[4] = {
		memory_format("target.user=%s", user),
		memory_format("target.identity=%s/user_key", base),
		memory_format("target.ssh=env LD_LIBRARY_PATH=%s %s", libraries, CLIENT),
		memory_format("target.ssh_options=-F none -o UserKnownHostsFile=%s/known_hosts",
			      base)};
	size_t n = 7;
	char why[1024];

	for (size_t i = 0; i < 4; i++)
		settings[n++] = own[i];
	for (; *more; more++)
		settings[n++] = *more;
	if (profile_load(&profile, "", "/dev/null", settings, n, why, sizeof(why)))
		fail_msg("%s", why);
	for (size_t i = 0; i < 4; i++)
		free(own[i]);
}

static struct target *begin(const char *user, ...) __attribute__((sentinel));

/* A connection and a target over it; the words after the user are settings, NULL ends them. */
static struct target *begin(const char *user, ...)
{
	const char *more[8] = {NULL};
	char why[1024] = "", system[256];
	struct target *t;
	va_list args;

	if (!usable)
		_skip(__FILE__, __LINE__);
	va_start(args, user);
	for (size_t i = 0; i < 7 && (more[i] = va_arg(args, const char *)); i++)
		;
	va_end(args);
	load(user, more);
	end_here = (struct case_end){0};
	if (ssh_begin(&profile, system, sizeof(system), why, sizeof(why)))
		fail_msg("%s", why);
	assert_true(strncmp(system, "Linux ", 6) == 0);
	t = ssh_open(&profile, 1, why, sizeof(why));
	if (!t)
		fail_msg("%s", why);
	return t;
}

static void end(struct target *t)
{
	t->ops->close(t);
	ssh_end();
	profile_free(&profile);
}

static struct result run_words(struct target *t, const struct run_options *o,
			       const char *const *words)
{
	struct target_process *p;
	struct result r;

	if ((t->ops->start)(t, o, words, &p) || t->ops->wait(t, p, 20, &r))
		fail_msg("%s", t->why);
	return r;
}

#define RUN(t, o, ...)   run_words(t, o, (const char *const[]){__VA_ARGS__, NULL})
#define SH(t, script)    RUN(t, &plain, "sh", "-c", script)
#define START(t, p, ...) ((t)->ops->start)(t, &plain, (const char *const[]){__VA_ARGS__, NULL}, p)

static const char *const users[] = {"root", "jailed"};

#define FOR_EACH_FAR_END for (size_t far_ = 0; far_ < sizeof(users) / sizeof(users[0]); far_++)
#define BEGIN_EACH       begin(users[far_], NULL)

/* --- commands --------------------------------------------------------------------------------- */

static void exit_statuses(void **state)
{
	static const int statuses[] = {0, 3, 127, 129, 200, 255};
	static const int signals[] = {SIGHUP, SIGINT, SIGKILL};

	(void)state;
	FOR_EACH_FAR_END
	{
		struct target *t = BEGIN_EACH;

		for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
			char script[32];
			struct result r;

			snprintf(script, sizeof(script), "exit %d", statuses[i]);
			r = SH(t, script);
			assert_int_equal(r.exit_status, statuses[i]);
			assert_int_equal(r.signal, 0);
		}
		for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
			char script[32];
			struct result r;

			snprintf(script, sizeof(script), "kill -%d $$", signals[i]);
			r = SH(t, script);
			assert_int_equal(r.exit_status, -1);
			assert_int_equal(r.signal, signals[i]);
		}
		end(t);
	}
}

static void streams(void **state)
{
	(void)state;
	FOR_EACH_FAR_END
	{
		struct target *t = BEGIN_EACH;
		const struct run_options input = {.input = "one\ntwo"};
		struct result r = SH(t, "echo out; echo err >&2; echo end 0 0 0 0; exit 3");

		assert_string_equal(r.out, "out\nend 0 0 0 0\n");
		assert_string_equal(r.err, "err\n");
		assert_int_equal(r.exit_status, 3);
		r = RUN(t, &input, "cat");
		assert_string_equal(r.out, "one\ntwo");
		r = RUN(t, &plain, "cat");
		assert_string_equal(r.out, "");
		r = SH(t, "dd if=/dev/zero bs=65536 count=40 2>/dev/null");
		assert_true(r.truncated);
		end(t);
	}
}

/* Whatever a word holds, it arrives as that word, and no shell on the way reads it. */
static void words_stay_words(void **state)
{
	static const char *const evil[] = {"$(touch /tmp/pwned)",
					   "`touch /tmp/pwned`",
					   "; touch /tmp/pwned;",
					   "'; touch /tmp/pwned; '",
					   "\"",
					   "'",
					   "''",
					   "\\",
					   "\\'",
					   "a\nb",
					   "!!",
					   "$HOME",
					   "*",
					   "~",
					   "-n",
					   "%s%n",
					   "\\0101",
					   "",
					   " ",
					   "a b",
					   "\t",
					   "#",
					   "&& touch /tmp/pwned",
					   "\x80\xff",
					   "{a,b}",
					   "|",
					   "<x",
					   ">y"};
	const char *words[TARGET_ARGS_MAX] = {"printf", "<%s>"};
	struct strbuf expected;
	char all[256];

	(void)state;
	strbuf_init(&expected, 4096);
	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		words[i + 2] = evil[i];
		strbuf_addf(&expected, "<%s>", evil[i]);
	}
	for (int c = 1; c < 256; c++)
		all[c - 1] = (char)c;
	all[255] = '\0';
	FOR_EACH_FAR_END
	{
		struct target *t = BEGIN_EACH;
		struct file_info info;
		struct result r;

		r = run_words(t, &plain, words);
		assert_string_equal(r.out, expected.text);
		r = RUN(t, &plain, "printf", "%s", all);
		assert_string_equal(r.out, all);
		assert_int_equal(t->ops->write(t, "/tmp/$(touch pwned)'\"", "x", 1, false, 0600),
				 0);
		assert_int_equal(t->ops->remove(t, "/tmp/$(touch pwned)'\""), 0);
		assert_int_equal(t->ops->stat(t, "/tmp/pwned", &info), -ENOENT);
		assert_int_equal(t->ops->stat(t, "/pwned", &info), -ENOENT);
		end(t);
	}
	strbuf_free(&expected);
}

static void commands_that_are_not_there(void **state)
{
	(void)state;
	FOR_EACH_FAR_END
	{
		struct target *t = BEGIN_EACH;
		struct target_process *p;

		assert_int_equal(START(t, &p, "/no/such/command"), -ENOENT);
		assert_int_equal(START(t, &p, "no-such-command", "x"), -ENOENT);
		assert_non_null(strstr(t->why, "no-such-command cannot be run"));
		end(t);
	}
}

static void other_users(void **state)
{
	const struct run_options carol = {.user = "carol"};
	const struct run_options nobody = {.user = "no-such-user"};
	struct target *t = begin("root", NULL);
	struct target_process *p;
	struct result r;

	(void)state;
	r = RUN(t, &carol, "sh", "-c", "id -u; echo \"$USER\"; cat; exit 7");
	assert_string_equal(r.out, "64998\ncarol\n");
	assert_int_equal(r.exit_status, 7);
	r = RUN(t, &carol, "printf", "%s", "a 'b' $(id) \\");
	assert_string_equal(r.out, "a 'b' $(id) \\");
	assert_true((t->ops->start)(t, &nobody, (const char *const[]){"echo", NULL}, &p) < 0);
	assert_false(end_here.lost);
	end(t);
}

/* Seen while it runs, signalled, ended when its time is over. */
static void running_commands(void **state)
{
	(void)state;
	FOR_EACH_FAR_END
	{
		struct target *t = BEGIN_EACH;
		struct target_process *p, *q;
		struct result r;

		assert_int_equal(
			START(t, &p, "sh", "-c",
			      "trap 'echo bye; exit 4' INT; echo hello; while :; do sleep 1; done"),
			0);
		assert_int_equal(START(t, &q, "sleep", "1000"), 0);
		while (!strstr((t->ops->output)(t, p), "hello\n"))
			t->ops->step(t, 10000000);
		assert_int_equal(t->ops->kill(t, t->ops->pid(t, p), 0), 0);
		assert_int_equal(t->ops->kill(t, t->ops->pid(t, p), SIGINT), 0);
		assert_int_equal(t->ops->wait(t, p, 20, &r), 0);
		assert_string_equal(r.out, "hello\nbye\n");
		assert_int_equal(r.exit_status, 4);
		assert_int_equal(t->ops->kill(t, t->ops->pid(t, p), SIGTERM), -ESRCH);
		assert_int_equal(t->ops->wait(t, q, 1, &r), -ETIMEDOUT);
		while (t->ops->kill(t, t->ops->pid(t, q), 0) == 0)
			t->ops->step(t, 10000000);
		assert_false(end_here.lost);
		end(t);
	}
}

/* --- files ------------------------------------------------------------------------------------ */

static void files(void **state)
{
	static unsigned char data[100000];
	static const char *const paths[] = {"/tmp/t/plain", "/tmp/t/'\"$x\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 7 + i / 256);
	FOR_EACH_FAR_END
	{
		struct target *t = BEGIN_EACH;
		struct file_info info;
		struct strbuf b;

		strbuf_init(&b, TARGET_FILE_MAX);
		assert_int_equal(t->ops->remove(t, "/tmp/t"), 0);
		assert_int_equal(t->ops->mkdir(t, "/tmp/t", 0751), 0);
		assert_int_equal(t->ops->mkdir(t, "/tmp/t", 0700), 0);
		assert_int_equal(t->ops->stat(t, "/tmp/t", &info), 0);
		assert_true(info.is_dir && info.mode == 0751);
		for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
			strbuf_clear(&b);
			assert_int_equal(t->ops->read(t, paths[i], &b), -ENOENT);
			assert_int_equal(
				t->ops->write(t, paths[i], data, sizeof(data), false, 0640), 0);
			assert_int_equal(t->ops->write(t, paths[i], "end", 3, true, 0600), 0);
			assert_int_equal(t->ops->read(t, paths[i], &b), 0);
			assert_int_equal(b.bytes, sizeof(data) + 3);
			assert_memory_equal(b.text, data, sizeof(data));
			assert_string_equal(b.text + sizeof(data), "end");
			assert_int_equal(t->ops->stat(t, paths[i], &info), 0);
			assert_true(!info.is_dir && info.mode == 0640 && info.uid == 0);
			assert_int_equal(info.size_bytes, sizeof(data) + 3);
			assert_int_equal(t->ops->chmod(t, paths[i], 04755), 0);
			assert_int_equal(t->ops->stat(t, paths[i], &info), 0);
			assert_int_equal(info.mode, 04755);
			assert_int_equal(t->ops->resize(t, paths[i], 5), 0);
			assert_int_equal(t->ops->resize(t, paths[i], 9), 0);
			strbuf_clear(&b);
			assert_int_equal(t->ops->read(t, paths[i], &b), 0);
			assert_int_equal(b.bytes, 9);
			assert_memory_equal(b.text, data, 5);
			assert_memory_equal(b.text + 5, "\0\0\0\0", 4);
			assert_int_equal(t->ops->remove(t, paths[i]), 0);
		}
		assert_int_equal(t->ops->write(t, "/tmp/t/b", "", 0, false, 0600), 0);
		assert_int_equal(t->ops->write(t, "/tmp/t/.a", "", 0, false, 0600), 0);
		strbuf_clear(&b);
		assert_int_equal(t->ops->list(t, "/tmp/t", &b), 0);
		assert_string_equal(b.text, ".a\nb\n");
		assert_int_equal(t->ops->list(t, "/tmp/none", &b), -ENOENT);
		assert_int_equal(t->ops->read(t, "/tmp/t", &b), -EISDIR);
		assert_int_equal(t->ops->write(t, "/tmp/t", "", 0, false, 0600), -EISDIR);
		assert_int_equal(t->ops->write(t, "/tmp/none/x", "", 0, false, 0600), -ENOENT);
		assert_int_equal(t->ops->chmod(t, "/tmp/none", 0600), -ENOENT);
		assert_int_equal(t->ops->remove(t, "/tmp/t"), 0);
		assert_int_equal(t->ops->remove(t, "/tmp/t"), 0);
		strbuf_free(&b);
		end(t);
	}
}

static void clock_and_users(void **state)
{
	struct target *t = begin("root", NULL);
	int64_t wall_s, now_s = time(NULL);

	(void)state;
	assert_int_equal(t->ops->clock_get(t, &wall_s), 0);
	assert_true(wall_s >= now_s && wall_s < now_s + 60);
	assert_int_equal((t->ops->user_add)(t, "carol", 64998), 0);
	assert_int_equal((t->ops->user_add)(t, "carol", 1), -EEXIST);
	assert_int_equal((t->ops->user_add)(t, "no-such-user", 1), -ENOTSUP);
	end(t);
}

/* --- around cases ------------------------------------------------------------------------------
 */

/* What a case changes and leaves running is as it was for the next; nothing stays at the end. */
static void state_folders(void **state)
{
	struct target *t;
	struct target_process *p;
	struct file_info info;
	int64_t until_ns = run_clock_ns() + INT64_C(60000000000);
	char *settings[3];
	char why[512];
	pid_t left;

	(void)state;
	if (!usable)
		_skip(__FILE__, __LINE__);
	mkdir(below("state"), 0755);
	put("state/kept", "1\n");
	put("state/.hidden", "2\n");
	settings[0] = memory_format("target.state=%s/state %s/none", base, base);
	settings[1] = memory_format("target.setup=echo setup >>%s/lines", base);
	settings[2] = memory_format("target.before_case=echo before >>%s/lines", base);
	t = begin("root", settings[0], settings[1], settings[2], NULL);
	for (int i = 0; i < 3; i++)
		free(settings[i]);
	assert_int_equal(START(t, &p, "sleep", "1000"), 0);
	left = t->ops->pid(t, p);
	assert_int_equal(kill(left, 0), 0);
	put("state/kept", "changed\n");
	put("state/new", "3\n");
	unlink(below("state/.hidden"));
	mkdir(below("none"), 0755);
	t->ops->close(t);
	t = ssh_open(&profile, 1, why, sizeof(why));
	assert_non_null(t);
	assert_string_equal(get("state/kept"), "1\n");
	assert_string_equal(get("state/.hidden"), "2\n");
	assert_int_equal(access(below("state/new"), F_OK), -1);
	assert_int_equal(access(below("none"), F_OK), -1);
	while (kill(left, 0) == 0 && run_clock_ns() < until_ns)
		poll(NULL, 0, 5); /* killed, and perhaps not gone yet */
	assert_int_equal(kill(left, 0), -1);
	put("state/kept", "changed\n");
	assert_int_equal(t->ops->stat(t, ssh_folder(), &info), 0);
	assert_int_equal(info.mode, 0700);
	end(t);
	assert_string_equal(get("state/kept"), "1\n");
	assert_int_equal(access(ssh_folder(), F_OK), -1);
	assert_string_equal(get("lines"), "setup\nbefore\nbefore\nbefore\n");
}

static unsigned connections(void)
{
	return case_text_match_count(get("server.log"), "Accepted publickey");
}

/* However much is asked, there is one connection. */
static void one_connection(void **state)
{
	unsigned before = usable ? connections() : 0;
	struct target *t = begin("root", NULL);
	struct target_process *p[4];
	struct result r;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(START(t, &p[i], "sh", "-c", "echo here"), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(t->ops->wait(t, p[i], 20, &r), 0);
		assert_string_equal(r.out, "here\n");
	}
	end(t);
	assert_int_equal(connections(), before + 1);
}

static void refuses(const char *setting, const char *because)
{
	char why[1024] = "", system[64];

	load("root", (const char *const[]){setting, NULL});
	if (ssh_begin(&profile, system, sizeof(system), why, sizeof(why)) == 0)
		fail_msg("connected with %s", setting);
	if (!strstr(why, because))
		fail_msg("\"%s\" does not say \"%s\"", why, because);
	profile_free(&profile);
}

static void refused_connections(void **state)
{
	(void)state;
	if (!usable)
		_skip(__FILE__, __LINE__);
	refuses("target.port=1", "Connection refused");
	refuses("target.ssh_options=-F none -o UserKnownHostsFile=/dev/null",
		"Host key verification failed");
	refuses("target.identity=/dev/null", "");
	refuses("target.ssh=/no/such/ssh", "No such file or directory");
	refuses("target.setup=exit 9", "[target] setup: exit status 9");
	/* Small, and one of its files cannot be read. */
	refuses("target.state=/proc/sys/net/ipv4/route", "the far end: exit status 1");
}

/* --- a run ------------------------------------------------------------------------------------ */

static void passes(struct target *t)
{
	assert_out(run(t, "echo", "a b", "c"), "a b c\n");
}

static void fails(struct target *t)
{
	assert_out(run(t, "echo", "miaow"), "wuff\n");
}

/* Ends the server's side of the connection while a command runs. */
static void loses_connection(struct target *t)
{
	struct target_process *p = start(t, NULL, "sh", "-c", "cat; echo done");

	run(t, "sh", "-c", "kill -9 $(sed -n 's/^PPid:[^0-9]*//p' /proc/$PPID/status)");
	finish(t, p);
}

static const char *const requirements[] = {"zoo/all/1", NULL};

#define DECL(number, body_)                                                                        \
	{                                                                                          \
		.name = #number, .file = "conformance/cases/zoo/cats.c", .line = number,           \
		.body = body_, .requirements = requirements                                        \
	}

static struct case_decl decls[] = {DECL(1, passes), DECL(2, fails), DECL(3, loses_connection),
				   DECL(4, passes)};
static const struct case_decl *const cases[] = {&decls[0], &decls[1], &decls[2], &decls[3]};
static const char *const sources[] = {"book", NULL};
static struct spec_requirement zoo[] = {
	{.id = "zoo/all/1", .text = "Purrs.", .example = "", .sources = sources}};
static const struct spec spec = {.requirements = zoo, .count = 1};
static const struct suite suite = {.spec = &spec, .cases = cases, .case_count = 4};

/* Runs cases by the verb, with a profile in a file. */
static int run_cases(const char *glob)
{
	char *path = memory_format("%s/far.ini", base);
	FILE *out = fopen(path, "we");
	int status;
	pid_t pid;

	assert_non_null(out);
	load("root", (const char *const[]){NULL});
	profile_write(&profile, out);
	fclose(out);
	profile_free(&profile);
	/* The runner ends all children of its process; the server is one of ours. */
	pid = fork();
	if (pid == 0) {
		status = said_by(verb_run, &suite,
				 (const char *const[]){"run", "--target", path, glob, NULL});
		put("said", "%s", said);
		_exit(status);
	}
	waitpid(pid, &status, 0);
	status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	snprintf(said, sizeof(said), "%s", get("said"));
	free(path);
	return status;
}

static void assert_said(const char *what)
{
	if (!strstr(said, what))
		fail_msg("\"%s\" is not in:\n%s", what, said);
}

static void whole_run(void **state)
{
	(void)state;
	if (!usable)
		_skip(__FILE__, __LINE__);
	assert_int_equal(run_cases("zoo/cats/[12]"), 1);
	assert_said("pass zoo/cats/1 ");
	assert_said("fail zoo/cats/2: ");
	assert_said("\n1 passed, 1 failed, 0 skipped\n");
}

/* A lost connection is the harness's failure, and costs one case when the server is still there. */
static void connection_lost(void **state)
{
	(void)state;
	if (!usable)
		_skip(__FILE__, __LINE__);
	server_stop();
	assert_int_equal(run_cases("zoo/cats/1"), 2);
	assert_said("conform: run: target far: 127.0.0.1: no connection: ");
	server_start();
	assert_int_equal(run_cases("zoo/cats/[34]"), 1);
	assert_said("infrastructure zoo/cats/3: the connection is lost: ");
	assert_said("pass zoo/cats/4 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_statuses),
		cmocka_unit_test(streams),
		cmocka_unit_test(words_stay_words),
		cmocka_unit_test(commands_that_are_not_there),
		cmocka_unit_test(other_users),
		cmocka_unit_test(running_commands),
		cmocka_unit_test(files),
		cmocka_unit_test(clock_and_users),
		cmocka_unit_test(state_folders),
		cmocka_unit_test(one_connection),
		cmocka_unit_test(refused_connections),
		cmocka_unit_test(whole_run),
		cmocka_unit_test(connection_lost),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
