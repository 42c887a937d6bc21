/* SPDX-License-Identifier: MIT */
/*
 * Having other hosts asked; see relay.h. The request is {"names": [...]}; then come outcomes, each
 * {"host", "result", "text"}, up to one with the result "end".
 */
#include "ref/wire/relay.h"
#include "ref/core/scan.h"
#include "ref/store/policy.h"
#include "ref/store/product.h"
#include "ref/wire/key.h"
#include "ref/wire/link.h"
#include "ref/wire/message.h"
#include "ref/wire/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HOST_TIMEOUT_NS  (30 * NS_PER_S) /* secons/remote/20 */
#define ASK_TIMEOUT_NS   (10 * NS_PER_S) /* of seosd */
#define LOCAL_TIMEOUT_NS (10 * NS_PER_S) /* to take a message of this host */
#define BETWEEN_TIMEOUT_NS                                                                         \
	(120 * NS_PER_S) /* from outcome to outcome: all are asked at the same time */

static const char *const results[] = {
	[RELAY_DONE] = "done",
	[RELAY_FAILED] = "failed",
	[RELAY_LOCAL] = "local",
	"end",
};

#define RESULTS    (sizeof(results) / sizeof(results[0]))
#define RESULT_END (RESULTS - 1)

/* A request being served. */
struct relay {
	struct platform *platform;
	struct platform_channel *channel;
	const struct platform_caller *who;
	struct link_request request; /* the same for all hosts */
	char (*hosts)[ACCESS_NAME_MAX];
	size_t host_count;
	struct platform_ask *asks;
	struct message_answer answer; /* of seosd, the last one */
};

static void send_outcome(struct relay *r, const char *host, size_t result, const char *why)
{
	struct platform *p = r->platform;
	char *text;
	size_t bytes;

	if (reader_print(
		    json_pack("{ss ss ss}", "host", host, "result", results[result], "text", why),
		    &text, &bytes))
		return;
	/* Who has gone is told nothing, and what he asked for is done all the same. */
	(void)p->ops->channel_send(p, r->channel, text, bytes, LOCAL_TIMEOUT_NS);
	free(text);
}

__attribute__((format(printf, 3, 4))) static void fail(struct relay *r, const char *host,
						       const char *format, ...)
{
	char text[RELAY_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	send_outcome(r, host, RELAY_FAILED, text);
}

/* Which hosts */

static bool is_here(struct platform *p, const char *host)
{
	char name[PLATFORM_NAME_MAX];

	return !strcasecmp(host, "localhost") ||
	       (!p->ops->host_name(p, name, sizeof(name)) && !strcasecmp(host, name));
}

/* Adds the lines of an answer. Returns 0 or -E2BIG; last is the last of them. */
static int add_hosts(struct relay *r, char last[ACCESS_NAME_MAX])
{
	for (const char *at = r->answer.output; *at;) {
		size_t n = strcspn(at, "\n");

		if (r->host_count == PLATFORM_ASKS_MAX)
			return -E2BIG;
		if (n < ACCESS_NAME_MAX) {
			snprintf(last, ACCESS_NAME_MAX, "%.*s", (int)n, at);
			memcpy(r->hosts[r->host_count++], last, ACCESS_NAME_MAX);
		}
		at += n + (at[n] == '\n');
	}
	return 0;
}

/* Finds the hosts of a name. Returns 0, also when the name alone is at fault, or a negated errno
 * value when nobody is to be asked. */
static int find_hosts(struct relay *r, const char *name)
{
	struct message_request request = {
		.op = MESSAGE_HOSTS, .uid = r->who->process.uid, .pid = r->who->process.pid};
	int error;

	snprintf(request.name, sizeof(request.name), "%s", name);
	do {
		error = message_ask_patiently(r->platform, &request, ASK_TIMEOUT_NS, &r->answer);
		if (error) {
			fail(r, "", "seosd cannot be asked: %s", strerror(-error));
			return error;
		}
		if (!r->answer.user[0]) {
			fail(r, "", "%s", r->answer.text);
			return -EACCES;
		}
		if (r->answer.status != EXIT_DONE) {
			fail(r, name, "%s", r->answer.text);
			return 0;
		}
		error = add_hosts(r, request.behind);
		if (error) {
			fail(r, "", "more than %d hosts: nobody was asked", PLATFORM_ASKS_MAX);
			return error;
		}
	} while (r->answer.more);
	memcpy(r->request.user, r->answer.user, sizeof(r->request.user));
	memcpy(r->request.session, r->answer.session, sizeof(r->request.session));
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcasecmp(a, b);
}

/* secons/ghost/5 */
static void drop_repeated(struct relay *r)
{
	size_t kept = 0;

	if (r->host_count > 1)
		qsort(r->hosts, r->host_count, sizeof(r->hosts[0]), by_name);
	for (size_t i = 0; i < r->host_count; i++) {
		if (kept > 0 && !strcasecmp(r->hosts[kept - 1], r->hosts[i]))
			continue;
		if (kept != i)
			memcpy(r->hosts[kept], r->hosts[i], sizeof(r->hosts[0]));
		kept++;
	}
	r->host_count = kept;
}

/* Asking them */

static void tell_unanswered(struct relay *r, const char *host, const struct platform_asked *what)
{
	if (what->sent)
		fail(r, host,
		     "it was asked and has not answered: the outcome is not known; asking again "
		     "does no harm");
	else if (what->error == -ETIMEDOUT)
		fail(r, host, "no answer within %d seconds", (int)(HOST_TIMEOUT_NS / NS_PER_S));
	else if (what->error == -ECONNREFUSED)
		fail(r, host, "connection refused");
	else if (what->error == -ENOENT)
		fail(r, host, "it has no address");
	else if (what->error == -EKEYREJECTED)
		fail(r, host, "it has another key than the one it is known by: it was not asked");
	else if (what->error == -EPROTO)
		fail(r, host, "no secure link could be agreed on: it was not asked");
	else
		fail(r, host, "%s", strerror(-what->error));
}

static void on_asked(void *arg, size_t index, const struct platform_asked *what)
{
	struct relay *r = arg;
	const char *host = r->asks[index].host;
	struct link_answer answer;
	char clean[LINK_TEXT_MAX], why[MESSAGE_WHY_MAX];

	if (what->error)
		tell_unanswered(r, host, what);
	else if (link_read_answer(what->text, what->bytes, &answer, why, sizeof(why)))
		fail(r, host, "its answer makes no sense (%s): the outcome is not known", why);
	else if (answer.result == LINK_DONE)
		send_outcome(r, host, RELAY_DONE, "");
	else {
		scan_clean_text(answer.text, clean, sizeof(clean));
		fail(r, host, "%s%s", clean,
		     answer.result == LINK_UNKNOWN
			     ? ": the outcome is not known; asking again does no harm"
			     : "");
	}
}

static void ask_all(struct relay *r, const struct keys *keys, const char *text, size_t bytes)
{
	struct platform *p = r->platform;
	struct platform_link link = {.key = keys->key, .certificate = keys->certificate};
	struct product product;
	char why[POLICY_WHY_MAX];
	size_t count = 0;
	int error;

	if (product_load(p, &product, why, sizeof(why))) {
		fail(r, "", "%s", why);
		return;
	}
	link.port = product.port;
	product_free(&product);
	for (size_t i = 0; i < r->host_count; i++) {
		struct platform_ask *ask = &r->asks[count];

		if (is_here(p, r->hosts[i])) {
			send_outcome(r, r->hosts[i], RELAY_LOCAL, "");
		} else if (!key_of_host(keys, r->hosts[i], ask->key)) {
			fail(r, r->hosts[i], "its key is not known here: see sekeys");
		} else {
			ask->host = r->hosts[i];
			ask->text = text;
			ask->bytes = bytes;
			count++;
		}
	}
	error = count ? p->ops->link_ask(p, &link, r->asks, count, HOST_TIMEOUT_NS, on_asked, r)
		      : 0;
	if (error)
		fail(r, "", "nobody was asked: %s", strerror(-error));
}

static void ask_hosts(struct relay *r)
{
	struct keys keys = {0};
	size_t bytes;
	char *text;
	int error = key_load(r->platform, &keys);

	if (error && error != -ENOENT) {
		fail(r, "", "the keys of this host cannot be read: %s", strerror(-error));
		return;
	}
	if (error)
		keys.hosts = calloc(1, 1); /* this host alone can be among them */
	if (keys.hosts && !link_write_request(&r->request, &text, &bytes)) {
		ask_all(r, &keys, text, bytes);
		free(text);
	} else {
		fail(r, "", "nobody was asked: out of memory");
	}
	key_free(&keys);
}

/* Serving */

/* The names of the request; NULL with a word to the asker when it is none. */
static json_t *receive_names(struct relay *r)
{
	struct platform *p = r->platform;
	char *text = malloc(PLATFORM_MESSAGE_MAX);
	char why[MESSAGE_WHY_MAX] = "";
	struct reader reader;
	json_t *names;
	ssize_t n = text ? p->ops->channel_receive(p, r->channel, text, PLATFORM_MESSAGE_MAX,
						   LOCAL_TIMEOUT_NS)
			 : -ENOMEM;

	if (n <= 0) {
		free(text);
		return NULL;
	}
	reader_open(&reader, text, (size_t)n, why, sizeof(why));
	names = reader_take(&reader, "names");
	for (size_t i = 0; i < json_array_size(names); i++) {
		const json_t *name = json_array_get(names, i);

		if (!json_is_string(name) || json_string_length(name) >= ACCESS_NAME_MAX)
			reader_fault(&reader, "a name is no text of fewer than %d bytes",
				     ACCESS_NAME_MAX);
	}
	if (names && !json_is_array(names))
		reader_fault(&reader, "key names is not a list");
	free(text);
	if (!reader_close(&reader))
		return names;
	fail(r, "", "request refused: %s", why);
	json_decref(names);
	return NULL;
}

static void serve_names(struct relay *r, const json_t *names)
{
	int error = 0;

	for (size_t i = 0; i < json_array_size(names) && !error; i++)
		error = find_hosts(r, json_string_value(json_array_get(names, i)));
	if (error)
		return;
	drop_repeated(r);
	if (r->host_count)
		ask_hosts(r);
}

void relay_serve(struct platform *p, struct platform_channel *c, const struct platform_caller *who)
{
	struct relay *r = calloc(1, sizeof(*r));
	json_t *names;

	if (!r)
		return;
	r->platform = p;
	r->channel = c;
	r->who = who;
	r->hosts = calloc(PLATFORM_ASKS_MAX, sizeof(r->hosts[0]));
	r->asks = calloc(PLATFORM_ASKS_MAX, sizeof(r->asks[0]));
	names = r->hosts && r->asks ? receive_names(r) : NULL;
	if (names)
		serve_names(r, names);
	if (r->hosts && r->asks)
		send_outcome(r, "", RESULT_END, "");
	json_decref(names);
	free(r->asks);
	free(r->hosts);
	free(r);
}

/* The side of secons */

static int read_outcome(const char *text, size_t bytes, struct relay_outcome *out, bool *end)
{
	char result[MESSAGE_WORD_MAX], why[MESSAGE_WHY_MAX];
	struct reader r;
	size_t i = 0;

	reader_open(&r, text, bytes, why, sizeof(why));
	reader_text(&r, "host", out->host, sizeof(out->host));
	reader_text(&r, "result", result, sizeof(result));
	reader_text(&r, "text", out->text, sizeof(out->text));
	while (i < RESULTS && strcmp(result, results[i]) != 0)
		i++;
	if (!r.error && i == RESULTS)
		reader_fault(&r, "unknown result");
	*end = i == RESULT_END;
	out->result = (enum relay_result)i;
	return reader_close(&r);
}

static int take_outcomes(struct platform *p, struct platform_channel *c,
			 void (*outcome)(void *arg, const struct relay_outcome *o), void *arg,
			 bool *local)
{
	static char text[PLATFORM_MESSAGE_MAX];
	struct relay_outcome o;
	bool failed = false;

	for (;;) {
		ssize_t n = p->ops->channel_receive(p, c, text, sizeof(text), BETWEEN_TIMEOUT_NS);
		bool end;

		if (n <= 0)
			return n ? (int)n : -EPIPE;
		if (read_outcome(text, (size_t)n, &o, &end))
			return -EPIPE;
		if (end)
			return failed ? -EREMOTEIO : 0;
		failed |= o.result == RELAY_FAILED;
		*local |= o.result == RELAY_LOCAL;
		if (o.result != RELAY_LOCAL)
			outcome(arg, &o);
	}
}

int relay_request(struct platform *p, const char *const *names, size_t count,
		  void (*outcome)(void *arg, const struct relay_outcome *o), void *arg, bool *local)
{
	struct platform_channel *c = NULL;
	char path[PLATFORM_PATH_MAX];
	json_t *list = json_array();
	char *text = NULL;
	size_t bytes = 0;
	int error;

	for (size_t i = 0; i < count && list; i++)
		json_array_append_new(list, json_string(names[i]));
	*local = false;
	error = reader_print(json_pack("{so}", "names", list), &text, &bytes);
	if (!error)
		error = bytes > PLATFORM_MESSAGE_MAX ? -E2BIG
						     : path_installed(p, PRODUCT_AGENT, path);
	if (!error)
		error = p->ops->channel_open(p, path, &c);
	if (!error)
		error = p->ops->channel_send(p, c, text, bytes, LOCAL_TIMEOUT_NS);
	if (!error)
		error = take_outcomes(p, c, outcome, arg, local);
	p->ops->channel_close(p, c);
	free(text);
	return error;
}
