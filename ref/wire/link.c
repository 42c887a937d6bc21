/* SPDX-License-Identifier: MIT */
/*
 * Requests of other hosts; see link.h.
 */
#include "ref/wire/link.h"
#include "ref/store/product.h"
#include "ref/wire/key.h"
#include "ref/wire/message.h"
#include "ref/wire/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ASKED_TIMEOUT_NS    (10 * NS_PER_S) /* from the link being up to the request */
#define ANSWER_TIMEOUT_NS   (10 * NS_PER_S)
#define SHUTDOWN_TIMEOUT_NS (60 * NS_PER_S) /* seosd gives up before that */

static const char *const results[] = {
	[LINK_DONE] = "done",
	[LINK_REFUSED] = "refused",
	[LINK_UNKNOWN] = "unknown",
	[LINK_PASSWORD] = "password",
};

#define RESULTS (sizeof(results) / sizeof(results[0]))

static void read_version(struct reader *r)
{
	int64_t version = reader_number(r, "version", 1, INT32_MAX);

	if (!r->error && version != LINK_VERSION)
		reader_fault(r, "version %d of the protocol is not spoken here: use %d",
			     (int)version, LINK_VERSION);
}

/* What goes into a record is one word of it. */
static bool is_word(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return false;
	}
	return true;
}

int link_read_request(const char *text, size_t bytes, struct link_request *out, char *why,
		      size_t why_bytes)
{
	struct reader r;
	char op[MESSAGE_WORD_MAX];

	*out = (struct link_request){0};
	reader_open(&r, text, bytes, why, why_bytes);
	read_version(&r);
	reader_text(&r, "op", op, sizeof(op));
	if (!r.error && strcmp(op, "shutdown") != 0)
		reader_fault(&r, "unknown op %s", op);
	reader_text(&r, "user", out->user, sizeof(out->user));
	reader_text(&r, "session", out->session, sizeof(out->session));
	if (!r.error && (!is_word(out->user) || !out->user[0]))
		reader_fault(&r, "key user is no name");
	if (!r.error && !is_word(out->session))
		reader_fault(&r, "key session is no session id");
	out->has_password =
		reader_text_or_null(&r, "password", out->password, sizeof(out->password));
	return reader_close(&r);
}

int link_read_answer(const char *text, size_t bytes, struct link_answer *out, char *why,
		     size_t why_bytes)
{
	struct reader r;
	char result[MESSAGE_WORD_MAX];
	size_t i = 0;

	*out = (struct link_answer){0};
	reader_open(&r, text, bytes, why, why_bytes);
	read_version(&r);
	reader_text(&r, "result", result, sizeof(result));
	while (i < RESULTS && strcmp(result, results[i]) != 0)
		i++;
	if (!r.error && i == RESULTS)
		reader_fault(&r, "unknown result %s", result);
	out->result = i < RESULTS ? (enum link_result)i : LINK_UNKNOWN;
	reader_text(&r, "text", out->text, sizeof(out->text));
	return reader_close(&r);
}

int link_write_request(const struct link_request *request, char **text, size_t *bytes)
{
	return reader_print(json_pack("{si ss ss ss ss?}", "version", LINK_VERSION, "op",
				      "shutdown", "user", request->user, "session",
				      request->session, "password",
				      request->has_password ? request->password : NULL),
			    text, bytes);
}

int link_write_answer(const struct link_answer *answer, char **text, size_t *bytes)
{
	return reader_print(json_pack("{si ss ss}", "version", LINK_VERSION, "result",
				      results[answer->result], "text", answer->text),
			    text, bytes);
}

/* The receiving end */

__attribute__((format(printf, 3, 4))) static void
say(struct link_answer *answer, enum link_result result, const char *format, ...)
{
	va_list args;

	answer->result = result;
	va_start(args, format);
	vsnprintf(answer->text, sizeof(answer->text), format, args);
	va_end(args);
}

/* One question to seosd. Returns 0, or -1 with the answer for the other host. */
static int ask_seosd(struct platform *p, const struct link_request *from, const char *host,
		     enum message_password password, struct message_answer *answer,
		     struct link_answer *out)
{
	struct message_request request = {.op = MESSAGE_REMOTE, .password = password};
	int error;

	snprintf(request.host, sizeof(request.host), "%s", host);
	snprintf(request.user, sizeof(request.user), "%s", from->user);
	snprintf(request.session, sizeof(request.session), "%s", from->session);
	error = message_ask_patiently(p, &request, SHUTDOWN_TIMEOUT_NS, answer);
	/* Before the password was right, seosd has shut nothing down. */
	if (error == -ETIMEDOUT && password == MESSAGE_PASSWORD_RIGHT)
		say(out, LINK_UNKNOWN, "seosd there was asked and has not answered");
	else if (error)
		say(out, LINK_REFUSED, "seosd there cannot be asked: %s", strerror(-error));
	else if (answer->status != EXIT_DONE && answer->pid == 0)
		say(out, LINK_REFUSED, "%s", answer->text);
	return error || (answer->status != EXIT_DONE && answer->pid == 0) ? -1 : 0;
}

/* The password is right: what seosd makes of it, and whether it really ends. */
static void shut_down(struct platform *p, const struct link_request *from, const char *host,
		      struct message_answer *answer, struct link_answer *out)
{
	if (ask_seosd(p, from, host, MESSAGE_PASSWORD_RIGHT, answer, out))
		return;
	if (answer->text[0])
		say(out, LINK_REFUSED, "%s", answer->text);
	else if (product_wait_end(p, answer->pid))
		say(out, LINK_UNKNOWN, "it was told to shut down and still runs");
	else
		say(out, LINK_DONE, "%s", "");
}

/* seosd says before whether the user may at all, and after what it has come to; in between is the
 * system's own check (decision P80). */
static void decide(struct platform *p, const struct link_request *from, const char *host,
		   struct message_answer *answer, struct link_answer *out)
{
	int wrong;

	if (ask_seosd(p, from, host,
		      from->has_password ? MESSAGE_PASSWORD_GIVEN : MESSAGE_PASSWORD_NONE, answer,
		      out))
		return;
	if (!from->has_password) {
		say(out, LINK_PASSWORD, "%s", "");
		return;
	}
	wrong = p->ops->password_check(p, from->user, host, from->password);
	if (wrong == 0)
		shut_down(p, from, host, answer, out);
	else if (wrong != -EACCES)
		say(out, LINK_REFUSED, "the password cannot be checked there: %s",
		    strerror(-wrong));
	else if (!ask_seosd(p, from, host, MESSAGE_PASSWORD_WRONG, answer, out))
		say(out, LINK_PASSWORD, "%s", "");
}

static int receive(struct platform *p, struct platform_channel *c, struct link_request *request,
		   struct link_answer *answer)
{
	char *text = malloc(PLATFORM_MESSAGE_MAX);
	char why[MESSAGE_WHY_MAX];
	ssize_t n =
		text ? p->ops->channel_receive(p, c, text, PLATFORM_MESSAGE_MAX, ASKED_TIMEOUT_NS)
		     : -ENOMEM;

	if (n == 0)
		n = -EPIPE;
	else if (n == -EMSGSIZE)
		say(answer, LINK_REFUSED, "request refused: more than %d bytes",
		    PLATFORM_MESSAGE_MAX);
	else if (n > 0 && link_read_request(text, (size_t)n, request, why, sizeof(why)))
		say(answer, LINK_REFUSED, "request refused: %s", why);
	p->ops->secret_free(text);
	return n < 0 && n != -EMSGSIZE ? (int)n : 0;
}

static void answer_host(struct platform *p, struct platform_channel *c,
			const struct platform_caller *who, struct message_answer *seosd)
{
	struct link_answer answer = {.result = LINK_DONE};
	struct link_request request = {.has_password = false};
	char host[PLATFORM_NAME_MAX];
	struct keys keys;
	size_t bytes;
	char *text;
	bool known;

	if (key_load(p, &keys))
		return;
	known = key_host(&keys, who->key, host);
	key_free(&keys);
	if (receive(p, c, &request, &answer))
		return; /* nobody is there to be answered */
	if (!known)
		say(&answer, LINK_REFUSED, "the key of this host is not known there: see sekeys");
	else if (!answer.text[0])
		decide(p, &request, host, seosd, &answer);
	explicit_bzero(&request, sizeof(request));
	if (link_write_answer(&answer, &text, &bytes))
		return;
	(void)p->ops->channel_send(p, c, text, bytes, ANSWER_TIMEOUT_NS); /* or he has gone */
	free(text);
}

void link_serve(struct platform *p, struct platform_channel *c, const struct platform_caller *who)
{
	struct message_answer *seosd = malloc(sizeof(*seosd));

	reader_keep_secrets(p);
	if (seosd)
		answer_host(p, c, who, seosd);
	free(seosd);
}
