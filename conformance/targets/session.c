/* SPDX-License-Identifier: MIT */
/*
 * session USER TERMINAL COMMAND [ARGUMENT]...: begins a login session of a user through PAM, as
 * login does once it knows who he is (service "login"), and becomes the command, as him. For cases
 * about sessions on machines for which no login programs are there.
 *
 * Not for: passwords, and whether he may come in; that needs a real login program.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { REFUSED = 1, USAGE = 2, NOT_EXECUTED = 127 };

static int no_conversation(int count, const struct pam_message **asked,
			   struct pam_response **answers, void *context)
{
	(void)count;
	(void)asked;
	(void)answers;
	(void)context;
	return PAM_CONV_ERR;
}

static int refuse(const char *what, const char *why)
{
	fprintf(stderr, "session: %s: %s\n", what, why);
	return REFUSED;
}

/* This process is the first one of the session, which ends with its last one: nobody waits to close
 * it. */
static int begin(const char *user, const char *terminal)
{
	static const struct pam_conv conversation = {.conv = no_conversation};
	pam_handle_t *pam = NULL;
	int code = pam_start("login", user, &conversation, &pam);

	if (code == PAM_SUCCESS)
		code = pam_set_item(pam, PAM_TTY, terminal);
	if (code == PAM_SUCCESS)
		code = pam_open_session(pam, PAM_SILENT);
	return code == PAM_SUCCESS ? 0 : refuse("PAM", pam_strerror(pam, code));
}

static int become(const char *user)
{
	const struct passwd *pw = getpwnam(user);

	if (!pw)
		return refuse(user, "there is no such user");
	if (setgid(pw->pw_gid) || initgroups(user, pw->pw_gid) || setuid(pw->pw_uid))
		return refuse(user, strerror(errno));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fputs("usage: session USER TERMINAL COMMAND [ARGUMENT]...\n", stderr);
		return USAGE;
	}
	if (begin(argv[1], argv[2]) || become(argv[1]))
		return REFUSED;
	execvp(argv[3], argv + 3);
	refuse(argv[3], strerror(errno));
	return NOT_EXECUTED;
}
