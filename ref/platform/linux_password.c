/* SPDX-License-Identifier: MIT */
/*
 * The platform on Linux: whether a password is a user's, which PAM decides by the rules of the
 * service "seagent". Linked into the one program that asks; see linux_alone_password.c.
 */
#include "ref/platform/linux.h"

#include <dlfcn.h>
#include <errno.h>
#include <openssl/opensslv.h>
#include <security/pam_appl.h>
#include <stdlib.h>
#include <string.h>

#define SERVICE       "seagent"
#define TEXT_OF(what) TEXT(what)
#define TEXT(what)    #what

bool linux_password_shares_openssl(void)
{
	void *shared =
		dlopen("libcrypto.so." TEXT_OF(OPENSSL_SHLIB_VERSION), RTLD_LAZY | RTLD_NOLOAD);

	if (shared)
		dlclose(shared);
	return shared != NULL;
}

/* PAM frees the answers, and overwrites them before. Whoever asks for anything but the password
 * gets nothing. */
static int answer(int count, const struct pam_message **asked, struct pam_response **answers,
		  void *password)
{
	struct pam_response *all = calloc((size_t)(count > 0 ? count : 1), sizeof(*all));
	bool fine = all != NULL;

	for (int i = 0; i < count && fine; i++) {
		if (asked[i]->msg_style == PAM_ERROR_MSG || asked[i]->msg_style == PAM_TEXT_INFO)
			continue;
		all[i].resp = asked[i]->msg_style == PAM_PROMPT_ECHO_OFF ? strdup(password) : NULL;
		fine = all[i].resp != NULL;
	}
	for (int i = 0; i < count && !fine && all; i++) {
		if (all[i].resp)
			explicit_bzero(all[i].resp, strlen(all[i].resp));
		free(all[i].resp);
	}
	if (!fine)
		free(all);
	*answers = fine ? all : NULL;
	return fine ? PAM_SUCCESS : PAM_CONV_ERR;
}

static int error_of(int code)
{
	switch (code) {
	case PAM_SUCCESS:
		return 0;
	case PAM_AUTH_ERR:
	case PAM_USER_UNKNOWN:
	case PAM_MAXTRIES:
	case PAM_PERM_DENIED:
	case PAM_ACCT_EXPIRED:
	case PAM_NEW_AUTHTOK_REQD:
	case PAM_CRED_INSUFFICIENT:
		return -EACCES;
	case PAM_BUF_ERR:
		return -ENOMEM;
	default:
		return -EIO;
	}
}

int linux_password_check(struct platform *p, const char *user, const char *host,
			 const char *password)
{
	char *copy = strdup(password); /* what a conversation is given is not const */
	const struct pam_conv conversation = {answer, copy};
	pam_handle_t *pam = NULL;
	int code = copy ? pam_start(SERVICE, user, &conversation, &pam) : PAM_BUF_ERR;

	(void)p;
	if (code == PAM_SUCCESS)
		code = pam_set_item(pam, PAM_RHOST, host);
	if (code == PAM_SUCCESS)
		code = pam_authenticate(pam, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
	if (code == PAM_SUCCESS)
		code = pam_acct_mgmt(pam, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
	if (pam)
		pam_end(pam, code);
	linux_secret_free(copy);
	return error_of(code);
}
