/* SPDX-License-Identifier: MIT */
/*
 * What hosts say to each other on a link: one JSON object asked, one answered, each with the
 * version of the protocol (SPEC.md, secons/remote). Who asks is told by the key of the link and the
 * list of known hosts; the user by that host, which has him from its kernel. Not for TLS
 * (platform/linux_link.c) nor for secons and seagent of one host (relay.h).
 */
#ifndef REF_WIRE_LINK_H
#define REF_WIRE_LINK_H

#include "ref/core/access.h"
#include "ref/platform/platform.h"

#define LINK_VERSION      2
#define LINK_TEXT_MAX     1024
#define LINK_PASSWORD_MAX 256 /* bytes of a password, terminating zero included */
#define LINK_TYPE_S       120 /* to type one: secons/remote/31 */

/* What came of a shutdown. */
enum link_result {
	LINK_DONE,     /* the daemons have ended */
	LINK_REFUSED,  /* not allowed, or it failed; text says why */
	LINK_UNKNOWN,  /* it was asked for, and how it ended is not known */
	LINK_PASSWORD, /* nothing yet: the password of the user is needed, or was wrong */
};

struct link_request {
	char user[ACCESS_NAME_MAX];
	char session[ACCESS_SESSION_MAX]; /* "" when there is none */
	bool has_password;
	char password[LINK_PASSWORD_MAX]; /* whoever fills it overwrites it */
};

struct link_answer {
	enum link_result result;
	char text[LINK_TEXT_MAX]; /* one line; "" for LINK_DONE and LINK_PASSWORD */
};

/* Read a message of bytes bytes. Return 0, or -EBADMSG with the fault in why. */
int link_read_request(const char *text, size_t bytes, struct link_request *out, char *why,
		      size_t why_bytes);
int link_read_answer(const char *text, size_t bytes, struct link_answer *out, char *why,
		     size_t why_bytes);
/* Write a message, which the caller frees with secret_free(). Return 0, -ENOMEM, or -EINVAL for
 * text that is not UTF-8. */
int link_write_request(const struct link_request *request, char **text, size_t *bytes);
int link_write_answer(const struct link_answer *answer, char **text, size_t *bytes);

/* The receiving end, in the child of seagent: takes the request of a host, has seosd decide, and
 * answers once the product is down or stays up. */
void link_serve(struct platform *p, struct platform_channel *c, const struct platform_caller *who);

#endif
