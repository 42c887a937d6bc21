/* SPDX-License-Identifier: MIT */
/*
 * The connection to the far end: OpenSSH's client as a master in the background, which all calls
 * are channels of. It is made before the first case, belongs to no case, and is made again once if
 * it is lost. Also what is done at the far end around cases, by scripts of a POSIX shell.
 *
 * Not for calls (ssh_call.c) or for what cases ask (ssh.c).
 */
#include "conformance/shell_word.h"
#include "conformance/target/ssh_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#define LOST      (-1)
#define SAID_MAX  4096 /* bytes of what scripts here print */
#define CONNECT_S 20
#define PERSIST_S "900" /* a master nobody has used for so long, and nobody has ended, ends */

static struct {
	const struct profile *profile;
	char folder[64];  /* here: the socket of the master */
	char scratch[64]; /* at the far end */
	char working[80]; /* below it: of the case that runs */
	bool *gone;       /* the far end cannot be reached any more; shared with the cases */
} far;

/* --- command lines */

static void add(struct ssh_words *w, const char *word)
{
	if (w->count < SSH_WORDS_MAX)
		w->v[w->count++] = memory_format("%s", word);
}

static void add_all(struct ssh_words *w, const char *words)
{
	while (*words) {
		size_t n = strcspn(words, " ");

		if (n && w->count < SSH_WORDS_MAX)
			w->v[w->count++] = memory_copied(words, n);
		words += n + strspn(words + n, " ");
	}
}

static const char *key(const char *name, const char *otherwise)
{
	const char *value = profile_get(far.profile, "target", name);

	return value ? value : otherwise;
}

void ssh_words_free(struct ssh_words *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->v[i]);
	*w = (struct ssh_words){0};
}

static void begin_words(struct ssh_words *w)
{
	char *path = memory_format("ControlPath=%s/ssh", far.folder);

	*w = (struct ssh_words){0};
	add_all(w, key("ssh", "ssh"));
	add_all(w, "-a -x -T -o BatchMode=yes -o");
	add(w, path);
	free(path);
}

static void end_words(struct ssh_words *w)
{
	add(w, "--");
	add(w, key("host", ""));
}

/* Without a master such a client would connect by itself, once for each call. */
void ssh_call_words(struct ssh_words *w, const char *command)
{
	begin_words(w);
	add_all(w, "-F none -o ControlMaster=no -o ProxyCommand=false");
	end_words(w);
	add(w, command);
}

static void master_words(struct ssh_words *w)
{
	begin_words(w);
	add_all(w, "-f -N -o ControlMaster=yes -o ControlPersist=" PERSIST_S
		   " -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=3");
	add_all(w, key("ssh_options", ""));
	if (profile_get(far.profile, "target", "port")) {
		add(w, "-p");
		add(w, key("port", ""));
	}
	if (profile_get(far.profile, "target", "user")) {
		add(w, "-l");
		add(w, key("user", ""));
	}
	if (profile_get(far.profile, "target", "identity")) {
		add_all(w, "-o IdentitiesOnly=yes -i");
		add(w, key("identity", ""));
	}
	end_words(w);
}

static void control_words(struct ssh_words *w, const char *command)
{
	begin_words(w);
	add_all(w, "-F none -O");
	add(w, command);
	end_words(w);
}

/* Runs the client; 0 when it ended with 0. said: its first line of errors. */
static int run_client(struct ssh_words *w, char *said, size_t bytes)
{
	struct ssh_call c;
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int error = ssh_client_start(&c, w->v, in, SAID_MAX);
	bool ended = !error && ssh_client_finish(&c, CONNECT_S);
	int status = ended ? ssh_call_status(&c) : -1;

	if (!ended)
		snprintf(said, bytes, "%s", error ? strerror(-error) : "no answer");
	else
		snprintf(said, bytes, "%.*s", (int)strcspn(c.err.text, "\r\n"), c.err.text);
	if (in >= 0)
		close(in);
	ssh_call_close(&c);
	ssh_words_free(w);
	return status;
}

/* Makes the connection; what is left of one before goes. */
static int connect_master(char *why, size_t bytes)
{
	char *path = memory_format("%s/ssh", far.folder);
	struct ssh_words w;
	char said[512];

	unlink(path);
	free(path);
	master_words(&w);
	if (run_client(&w, said, sizeof(said)) == 0)
		return 0;
	snprintf(why, bytes, "%s: no connection: %s", key("host", ""), said);
	return -1;
}

static bool is_connected(void)
{
	struct ssh_words w;
	char said[512];

	control_words(&w, "check");
	return run_client(&w, said, sizeof(said)) == 0;
}

static void disconnect(void)
{
	struct ssh_words w;
	char said[512];
	char *path = memory_format("%s/ssh", far.folder);

	control_words(&w, "exit");
	run_client(&w, said, sizeof(said));
	unlink(path);
	rmdir(far.folder);
	free(path);
}

/* --- scripts at the far end */

/* Runs one; what names it in messages. The first line of its output goes to out. Returns its exit
 * status, or LOST. */
static int run_script(const char *what, const char *script, char *out, size_t out_bytes, char *why,
		      size_t bytes)
{
	struct ssh_call c;
	int status = ssh_call(&c, script, "", 0, SAID_MAX);

	if (out)
		snprintf(out, out_bytes, "%.*s", (int)strcspn(c.out.text, "\n"), c.out.text);
	if (status < 0)
		snprintf(why, bytes, "%s: connection lost: %.*s", what,
			 (int)strcspn(c.err.text, "\r\n"), c.err.text);
	else if (status)
		snprintf(why, bytes, "%s: exit status %d: %.*s", what, status,
			 (int)strcspn(c.err.text, "\n"), c.err.text);
	ssh_call_close(&c);
	return status;
}

/* Adds the state folders as words. */
static void add_state(struct strbuf *b)
{
	struct ssh_words folders = {0};

	add_all(&folders, key("state", ""));
	for (size_t i = 0; i < folders.count; i++) {
		strbuf_putc(b, ' ');
		shell_add_word(b, folders.v[i]);
	}
	ssh_words_free(&folders);
}

/* A folder of our own there, with copies of the state folders. */
static const char begin_script[] = "umask 077\n"
				   "mkdir \"$s\" || exit 1\n"
				   "trap '[ $? = 0 ] || rm -rf \"$s\"' EXIT\n"
				   "mkdir \"$s/state\" || exit 1\n"
				   "n=0\n"
				   "for f; do\n"
				   "	n=$((n + 1))\n"
				   "	[ ! -d \"$f\" ] || { mkdir \"$s/state/$n\" && cp -Rp "
				   "\"$f/.\" \"$s/state/$n\"; } || exit 1\n"
				   "done\n"
				   "uname -s -r -m\n";

/* Ends the process groups of jobs that are still there. */
static const char sweep_script[] =
	"for j in \"$s\"/case/*/job; do\n"
	"	[ ! -f \"$j\" ] || kill -KILL \"-$(cat \"$j\")\" 2>/dev/null\n"
	"done\n"
	"rm -rf \"$s/case\" || exit 1\n";

static const char restore_script[] = "n=0\n"
				     "for f; do\n"
				     "	n=$((n + 1))\n"
				     "	if [ -d \"$s/state/$n\" ]; then\n"
				     "		mkdir -p \"$f\" && cd \"$f\" && rm -rf ./* "
				     "./.[!.]* ./..?* && cp -Rp \"$s/state/$n/.\" . || exit 1\n"
				     "	else\n"
				     "		rm -rf \"$f\" || exit 1\n"
				     "	fi\n"
				     "done\n"
				     "cd / || exit 1\n";

static void start_script(struct strbuf *b)
{
	strbuf_init(b, SSH_SCRIPT_MAX);
	strbuf_addf(b, "cd /\ns=%s\nset --", far.scratch);
	add_state(b);
	strbuf_putc(b, '\n');
}

static void renew_script(struct strbuf *b)
{
	const char *before = key("before_case", "");

	start_script(b);
	strbuf_puts(b, sweep_script);
	if (*before) {
		strbuf_puts(b, "/bin/sh -c ");
		shell_add_word(b, before);
		strbuf_puts(b,
			    " </dev/null >/dev/null || { echo '[target] before_case failed' >&2; "
			    "exit 1; }\n");
	}
	strbuf_puts(b, restore_script);
	strbuf_puts(b, "umask 077\nmkdir \"$s/case\"\n");
}

/* A master whose connection has just broken may still say that it is there: then a second try. */
int ssh_renew(char *why, size_t bytes)
{
	struct strbuf b;
	int status = LOST;

	if (*far.gone) {
		snprintf(why, bytes, "%s: the connection is lost", key("host", ""));
		return -1;
	}
	renew_script(&b);
	for (int tries = 0; tries < 2 && status == LOST && !*far.gone; tries++) {
		if ((tries || !is_connected()) && connect_master(why, bytes))
			*far.gone = true;
		else
			status = run_script("before the case", b.text, NULL, 0, why, bytes);
	}
	strbuf_free(&b);
	return status ? -1 : 0;
}

static void remove_scratch(void)
{
	char why[512];
	struct strbuf b;

	start_script(&b);
	strbuf_puts(&b, "rm -rf \"$s\"\n");
	(void)run_script("cleaning up", b.text, NULL, 0, why, sizeof(why));
	strbuf_free(&b);
}

static int begin_there(char *system, size_t system_bytes, char *why, size_t bytes)
{
	const char *setup = key("setup", "");
	struct strbuf b;
	int failed;

	start_script(&b);
	strbuf_puts(&b, begin_script);
	failed = run_script("the far end", b.text, system, system_bytes, why, bytes);
	strbuf_free(&b);
	if (failed || !*setup)
		return failed;
	failed = run_script("[target] setup", setup, NULL, 0, why, bytes);
	if (failed)
		remove_scratch();
	return failed;
}

int ssh_begin(const struct profile *profile, char *system, size_t system_bytes, char *why,
	      size_t bytes)
{
	uint64_t name = 0;

	memset(&far, 0, sizeof(far));
	far.profile = profile;
	if (!*key("host", "")) {
		snprintf(why, bytes, "[target] host is missing");
		return -1;
	}
	snprintf(far.folder, sizeof(far.folder), "/tmp/conform-ssh.XXXXXX");
	far.gone = mmap(NULL, sizeof(*far.gone), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (far.gone == MAP_FAILED || !mkdtemp(far.folder) ||
	    getrandom(&name, sizeof(name), 0) != sizeof(name)) {
		snprintf(why, bytes, "%s: %s", far.folder, strerror(errno));
		return -1;
	}
	snprintf(far.scratch, sizeof(far.scratch), "/tmp/conform.%016llx",
		 (unsigned long long)name);
	snprintf(far.working, sizeof(far.working), "%s/case", far.scratch);
	if (connect_master(why, bytes) == 0 && begin_there(system, system_bytes, why, bytes) == 0)
		return 0;
	disconnect();
	munmap(far.gone, sizeof(*far.gone));
	return -1;
}

void ssh_end(void)
{
	char why[512];

	if (ssh_renew(why, sizeof(why)) == 0)
		remove_scratch();
	disconnect();
	munmap(far.gone, sizeof(*far.gone));
}

const char *ssh_folder(void)
{
	return far.working;
}
