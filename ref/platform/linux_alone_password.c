/* SPDX-License-Identifier: MIT */
/*
 * The platform on Linux for programs that check no password: they are linked with this in place of
 * linux_password.c, and so without PAM.
 */
#include "ref/platform/linux.h"

#include <errno.h>

bool linux_password_shares_openssl(void)
{
	return false;
}

int linux_password_check(struct platform *p, const char *user, const char *host,
			 const char *password)
{
	(void)p;
	(void)user;
	(void)host;
	(void)password;
	return -ENOTSUP;
}
