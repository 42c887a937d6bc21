/* SPDX-License-Identifier: MIT */
/*
 * pam_seos.so: tells seosd of logins, and asks it whether a user may come in. It runs inside sshd,
 * login and the like, so it links nothing of the reference: one JSON object (ref/wire/message.h)
 * goes over the control socket, and one comes back.
 *
 *   auth     optional pam_seos.so	behind the module that checks passwords, where only a wrong
 * one comes account  required pam_seos.so session  required pam_seos.so
 *
 * Arguments: prefix=DIR, what stands before /opt/CA/PAMSC. While the product is shut down the
 * module is in nobody's way.
 *
 * Not for: checking passwords; su and sudo, which it lets pass (event/login/12).
 */
#include <errno.h>
#include <jansson.h>
#include <netdb.h>
#include <poll.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#define PAMSC_DIR      "/opt/CA/PAMSC"
#define NAME_MAX_BYTES 256
#define PATH_MAX_BYTES 1024
#define ANSWER_MAX     65536
#define ANSWER_S       10 /* seosd has that long to answer */
#define RETRY_MS       100
#define RETRIES        100 /* a seosd that crashed is back within 5 seconds (daemon/restart/3) */

/* Where PAM's own programs are called from; their users are logged in already. */
static const char *const no_logins[] = {"su", "su-l", "sudo", "sudo-i", "runuser", "runuser-l"};

/* Texts of a login: printable, so that they are valid in JSON whatever was typed. */
struct report {
	char user[NAME_MAX_BYTES];
	char terminal[NAME_MAX_BYTES];
	char program[PATH_MAX_BYTES];
};

static void copy_printable(char *to, size_t bytes, const char *from)
{
	size_t n = 0;

	for (; from && from[n] && n + 1 < bytes; n++)
		to[n] = (char)(from[n] > ' ' && from[n] < 127 ? from[n] : '?');
	to[n] = '\0';
}

static const char *item(pam_handle_t *pamh, int type)
{
	const void *text = NULL;

	return pam_get_item(pamh, type, &text) == PAM_SUCCESS && text ? text : "";
}

/* An address becomes a name if that name has this address: who owns the address may call it what he
 * likes. */
static void name_host(const char *said, char out[NAME_MAX_BYTES])
{
	struct addrinfo numeric = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
	struct addrinfo any = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *address, *forward = NULL;
	char name[NI_MAXHOST];

	copy_printable(out, NAME_MAX_BYTES, said);
	if (getaddrinfo(said, NULL, &numeric, &address))
		return; /* it is a name */
	if (!getnameinfo(address->ai_addr, address->ai_addrlen, name, sizeof(name), NULL, 0,
			 NI_NAMEREQD) &&
	    !getaddrinfo(name, NULL, &any, &forward)) {
		for (const struct addrinfo *a = forward; a; a = a->ai_next) {
			if (a->ai_addrlen == address->ai_addrlen &&
			    !memcmp(a->ai_addr, address->ai_addr, a->ai_addrlen))
				copy_printable(out, NAME_MAX_BYTES, name);
		}
		freeaddrinfo(forward);
	}
	freeaddrinfo(address);
}

static void find_terminal(pam_handle_t *pamh, char out[NAME_MAX_BYTES])
{
	const char *host = item(pamh, PAM_RHOST);
	const char *tty = item(pamh, PAM_TTY);

	if (*host)
		name_host(host, out);
	else
		copy_printable(out, NAME_MAX_BYTES, strncmp(tty, "/dev/", 5) != 0 ? tty : tty + 5);
}

static void describe(pam_handle_t *pamh, struct report *r)
{
	ssize_t n = readlink("/proc/self/exe", r->program, sizeof(r->program) - 1);

	r->program[n > 0 ? n : 0] = '\0';
	copy_printable(r->program, sizeof(r->program), r->program);
	copy_printable(r->user, sizeof(r->user), item(pamh, PAM_USER));
	find_terminal(pamh, r->terminal);
}

static bool is_login(pam_handle_t *pamh)
{
	const char *service = item(pamh, PAM_SERVICE);

	for (size_t i = 0; i < sizeof(no_logins) / sizeof(no_logins[0]); i++) {
		if (!strcmp(service, no_logins[i]))
			return false;
	}
	return true;
}

/* Talking to seosd */

static int connect_to(const char *path)
{
	const struct timeval patience = {.tv_sec = ANSWER_S};
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	memcpy(to.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) ||
	    connect(fd, (const struct sockaddr *)&to, sizeof(to))) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

/* Returns the bytes of the answer, zero-terminated, or a negated errno value. */
static ssize_t ask_once(const char *path, const char *text, char answer[ANSWER_MAX])
{
	int fd = connect_to(path);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = send(fd, text, strlen(text), MSG_NOSIGNAL);
	if (n >= 0)
		n = recv(fd, answer, ANSWER_MAX - 1, 0);
	n = n < 0 ? -errno : n == 0 ? -EPIPE : n;
	close(fd);
	if (n > 0)
		answer[n] = '\0';
	return n;
}

/* The state that the product is meant to be in, as it stands on disk. */
static bool is_meant_to_run(const char *prefix)
{
	char path[PATH_MAX_BYTES];
	char state[8] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s" PAMSC_DIR "/run/intended", prefix);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(state, sizeof(state), file))
		state[0] = '\0';
	fclose(file);
	return !strncmp(state, "up", 2);
}

/* -ECONNREFUSED: the product is shut down. */
static ssize_t ask(const char *prefix, const char *text, char answer[ANSWER_MAX])
{
	char path[PATH_MAX_BYTES];
	ssize_t n = -ECONNREFUSED;

	snprintf(path, sizeof(path), "%s" PAMSC_DIR "/run/seosd.socket", prefix);
	for (int i = 0; i < RETRIES; i++) {
		n = ask_once(path, text, answer);
		if (n != -ECONNREFUSED && n != -ENOENT)
			return n;
		if (!is_meant_to_run(prefix))
			return -ECONNREFUSED;
		poll(NULL, 0, RETRY_MS); /* it has crashed, and is about to be started again */
	}
	return -ETIMEDOUT;
}

/* What seosd said: true when the user may go on. */
static bool granted(pam_handle_t *pamh, const char *answer)
{
	json_t *object = json_loads(answer, 0, NULL);
	const json_t *status = json_object_get(object, "status");
	const char *why = json_string_value(json_object_get(object, "text"));
	bool yes = json_is_integer(status) && json_integer_value(status) == 0;

	if (!yes)
		pam_syslog(pamh, LOG_NOTICE, "%s", why && *why ? why : "refused by seosd");
	json_decref(object);
	return yes;
}

static const char *prefix_of(int argc, const char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "prefix=", 7))
			return argv[i] + 7;
	}
	return "";
}

/* PAM_IGNORE: the product does not run, or this is no login. */
static int tell(pam_handle_t *pamh, const char *step, int argc, const char **argv)
{
	static const struct report empty;
	struct report report = empty;
	json_t *request;
	char *answer = malloc(ANSWER_MAX);
	char *text = NULL;
	ssize_t n = -ENOMEM;
	int result = PAM_SYSTEM_ERR;

	if (!is_login(pamh)) {
		free(answer);
		return PAM_IGNORE;
	}
	describe(pamh, &report);
	request = json_pack("{ss ss ss ss ss}", "op", "login", "step", step, "user", report.user,
			    "terminal", report.terminal, "program", report.program);
	if (request && answer)
		text = json_dumps(request, JSON_COMPACT);
	if (text)
		n = ask(prefix_of(argc, argv), text, answer);
	if (n == -ECONNREFUSED)
		result = PAM_IGNORE;
	else if (n < 0)
		pam_syslog(pamh, LOG_ERR, "seosd does not answer: %s", strerror((int)-n));
	else
		result = granted(pamh, answer) ? PAM_SUCCESS : PAM_PERM_DENIED;
	free(text);
	free(answer);
	json_decref(request);
	return result;
}

/* The service module's half of PAM */

/* Where the stack comes by here, the password was wrong. */
PAM_EXTERN int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	(void)tell(pamh, "attempt", argc, argv);
	return PAM_IGNORE;
}

PAM_EXTERN int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_IGNORE;
}

PAM_EXTERN int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return tell(pamh, "check", argc, argv);
}

PAM_EXTERN int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	int result = tell(pamh, "begin", argc, argv);

	(void)flags;
	/* A stack in which everybody ignores fails. */
	return result == PAM_IGNORE || result == PAM_SUCCESS ? PAM_SUCCESS : PAM_SESSION_ERR;
}

/* A session ends with its last process, which may be after this. */
PAM_EXTERN int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}
