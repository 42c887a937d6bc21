/* SPDX-License-Identifier: MIT */
/*
 * Having other hosts asked; see relay.h. The request is {"names": [...]}; then come outcomes, each
 * {"host", "result", "text"}, up to one with the result "end". One with the result "password" is
 * answered by {"password", "why"}: null and why there is none, or the password.
 */
#include "ref/wire/relay.h"
#include "ref/core/guess.h"
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

#define HOST_TIMEOUT_NS  (30 * NS_PER_S)                /* secons/remote/20 */
#define ASK_TIMEOUT_NS   (10 * NS_PER_S)                /* of seosd */
#define LOCAL_TIMEOUT_NS (10 * NS_PER_S)                /* to take a message of this host */
#define TYPE_TIMEOUT_NS  ((LINK_TYPE_S + 5) * NS_PER_S) /* who asks is to say so first */
#define BETWEEN_TIMEOUT_NS                                                                         \
	(120 * NS_PER_S)     /* from outcome to outcome: all are asked at the same time */
#define ROUNDS (1 + GUESSES) /* the first one without a password */

static const char *const results[] = {
	[RELAY_DONE] = "done",
	[RELAY_FAILED] = "failed",
	[RELAY_LOCAL] = "local",
	[RELAY_PASSWORD] = "password",
	"end",
};

#define RESULTS    (sizeof(results) / sizeof(results[0]))
#define RESULT_END (RESULTS - 1)

/* A host to ask. */
struct target {
	char host[ACCESS_NAME_MAX];
	unsigned char key[PLATFORM_KEY_BYTES];
	size_t name; /* the first one that stands for it, by index */
	bool open;   /* it has no outcome yet */
};

/* A request being served. */
struct relay {
	struct platform *platform;
	struct platform_channel *channel;
	const struct platform_caller *who;
	const json_t *names;
	struct link_request request; /* the same for all hosts, but for the password */
	struct target *targets;
	size_t target_count;
	struct platform_ask *asks; /* of one round */
	size_t *asked;             /* whom they are for, by index */
	struct platform_link link;
	bool over;                    /* nobody is there any more to type */
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
static int add_targets(struct relay *r, size_t name, char last[ACCESS_NAME_MAX])
{
	for (const char *at = r->answer.output; *at;) {
		size_t n = strcspn(at, "\n");
		struct target *t = &r->targets[r->target_count];

		if (r->target_count == PLATFORM_ASKS_MAX)
			return -E2BIG;
		if (n < ACCESS_NAME_MAX) {
			snprintf(last, ACCESS_NAME_MAX, "%.*s", (int)n, at);
			memcpy(t->host, last, ACCESS_NAME_MAX);
			t->name = name;
			r->target_count++;
		}
		at += n + (at[n] == '\n');
	}
	return 0;
}

/* Finds the hosts of a name. Returns 0, also when the name alone is at fault, or a negated errno
 * value when nobody is to be asked. */
static int find_hosts(struct relay *r, size_t index)
{
	const char *name = json_string_value(json_array_get(r->names, index));
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
		error = add_targets(r, index, request.behind);
		if (error) {
			fail(r, "", "more than %d hosts: nobody was asked", PLATFORM_ASKS_MAX);
			return error;
		}
	} while (r->answer.more);
	memcpy(r->request.user, r->answer.user, sizeof(r->request.user));
	memcpy(r->request.session, r->answer.session, sizeof(r->request.session));
	return 0;
}

static int by_host(const void *left, const void *right)
{
	const struct target *a = left, *b = right;
	int order = strcasecmp(a->host, b->host);

	return order ? order : (a->name > b->name) - (a->name < b->name);
}

/* secons/ghost/5 */
static void drop_repeated(struct relay *r)
{
	size_t kept = 0;

	if (r->target_count > 1)
		qsort(r->targets, r->target_count, sizeof(r->targets[0]), by_host);
	for (size_t i = 0; i < r->target_count; i++) {
		if (kept > 0 && !strcasecmp(r->targets[kept - 1].host, r->targets[i].host))
			continue;
		if (kept != i)
			r->targets[kept] = r->targets[i];
		kept++;
	}
	r->target_count = kept;
}

/* Asking them */

static void tell_unanswered(struct relay *r, const char *host, const struct platform_asked *what)
{
	/* Without a password, none shuts anything down. */
	if (what->sent && r->request.has_password)
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

static void tell_answer(struct relay *r, struct target *t, const struct platform_asked *what)
{
	struct link_answer answer;
	char clean[LINK_TEXT_MAX], why[MESSAGE_WHY_MAX];

	if (link_read_answer(what->text, what->bytes, &answer, why, sizeof(why))) {
		fail(r, t->host, "its answer makes no sense (%s): the outcome is not known", why);
		return;
	}
	if (answer.result == LINK_DONE) {
		send_outcome(r, t->host, RELAY_DONE, "");
	} else if (answer.result == LINK_PASSWORD) {
		t->open = true;
	} else {
		scan_clean_text(answer.text, clean, sizeof(clean));
		fail(r, t->host, "%s%s", clean,
		     answer.result == LINK_UNKNOWN
			     ? ": the outcome is not known; asking again does no harm"
			     : "");
	}
}

static void on_asked(void *arg, size_t index, const struct platform_asked *what)
{
	struct relay *r = arg;
	struct target *t = &r->targets[r->asked[index]];

	t->open = false;
	if (what->error)
		tell_unanswered(r, t->host, what);
	else
		tell_answer(r, t, what);
}

/* The hosts this host knows and has to ask; the others have their outcome. */
static void sort_out(struct relay *r, const struct keys *keys)
{
	for (size_t i = 0; i < r->target_count; i++) {
		struct target *t = &r->targets[i];

		if (is_here(r->platform, t->host))
			send_outcome(r, t->host, RELAY_LOCAL, "");
		else if (!key_of_host(keys, t->host, t->key))
			fail(r, t->host, "its key is not known here: see sekeys");
		else
			t->open = true;
	}
}

/* Adds an ask for each open host of a name, SIZE_MAX: of all. */
static size_t add_asks(struct relay *r, size_t name, const char *text, size_t bytes, size_t count)
{
	for (size_t i = 0; i < r->target_count; i++) {
		struct target *t = &r->targets[i];

		if (!t->open || (name != SIZE_MAX && t->name != name))
			continue;
		r->asked[count] = i;
		r->asks[count] =
			(struct platform_ask){.host = t->host, .text = text, .bytes = bytes};
		memcpy(r->asks[count++].key, t->key, sizeof(t->key));
	}
	return count;
}

static void fail_name(struct relay *r, size_t name, const char *why)
{
	for (size_t i = 0; i < r->target_count; i++) {
		struct target *t = &r->targets[i];

		if (t->open && (name == SIZE_MAX || t->name == name)) {
			fail(r, t->host, "%s", why);
			t->open = false;
		}
	}
}

static bool is_open(const struct relay *r, size_t name)
{
	for (size_t i = 0; i < r->target_count; i++) {
		if (r->targets[i].open && (name == SIZE_MAX || r->targets[i].name == name))
			return true;
	}
	return false;
}

static void ask_round(struct relay *r, size_t count)
{
	struct platform *p = r->platform;
	int error =
		count ? p->ops->link_ask(p, &r->link, r->asks, count, HOST_TIMEOUT_NS, on_asked, r)
		      : 0;
	char why[128];

	if (!error)
		return;
	snprintf(why, sizeof(why), "it was not asked: %s", strerror(-error));
	fail_name(r, SIZE_MAX, why);
}

/* Has the user type the password of a name. Returns whether r->request has it. */
static bool receive_password(struct relay *r, size_t name)
{
	struct platform *p = r->platform;
	char *text = malloc(PLATFORM_MESSAGE_MAX);
	char why[RELAY_TEXT_MAX] = "", fault[MESSAGE_WHY_MAX];
	struct reader reader;
	ssize_t n = -ENOMEM;

	send_outcome(r, json_string_value(json_array_get(r->names, name)), RELAY_PASSWORD,
		     r->request.user);
	if (text)
		n = p->ops->channel_receive(p, r->channel, text, PLATFORM_MESSAGE_MAX,
					    TYPE_TIMEOUT_NS);
	r->over = n <= 0;
	if (n > 0) {
		reader_open(&reader, text, (size_t)n, fault, sizeof(fault));
		r->request.has_password = reader_text_or_null(
			&reader, "password", r->request.password, sizeof(r->request.password));
		reader_text(&reader, "why", why, sizeof(why));
		r->over = reader_close(&reader) != 0;
	}
	p->ops->secret_free(text);
	if (!r->over && r->request.has_password)
		return true;
	fail_name(r, name, why[0] ? why : "no password was given: it was not asked");
	return false;
}

/* One password for each name whose hosts want one, and all of these asked at the same time. */
static void ask_with_passwords(struct relay *r, char **texts)
{
	size_t names = json_array_size(r->names), count = 0, bytes;

	for (size_t name = 0; name < names; name++) {
		bool given = is_open(r, name) && !r->over && receive_password(r, name);

		if (given && !link_write_request(&r->request, &texts[name], &bytes))
			count = add_asks(r, name, texts[name], bytes, count);
		else
			fail_name(r, name,
				  given ? "a password is UTF-8 text: it was not asked"
					: "no password was given: it was not asked");
		explicit_bzero(r->request.password, sizeof(r->request.password));
	}
	r->request.has_password = true;
	ask_round(r, count);
	for (size_t name = 0; name < names; name++) {
		r->platform->ops->secret_free(texts[name]);
		texts[name] = NULL;
	}
}

static void ask_all(struct relay *r, const struct keys *keys)
{
	char **texts = calloc(json_array_size(r->names), sizeof(*texts));
	struct product product;
	char why[POLICY_WHY_MAX];
	size_t bytes;
	char *text = NULL;

	if (product_load(r->platform, &product, why, sizeof(why))) {
		fail(r, "", "%s", why);
	} else if (!texts || link_write_request(&r->request, &text, &bytes)) {
		fail(r, "", "nobody was asked: out of memory");
		product_free(&product);
	} else {
		r->link = (struct platform_link){keys->key, keys->certificate, product.port};
		product_free(&product);
		sort_out(r, keys);
		ask_round(r, add_asks(r, SIZE_MAX, text, bytes, 0));
		for (unsigned round = 1; round < ROUNDS && is_open(r, SIZE_MAX); round++)
			ask_with_passwords(r, texts);
		fail_name(r, SIZE_MAX, "wrong password");
	}
	free(text);
	free(texts);
}

static void ask_hosts(struct relay *r)
{
	struct keys keys = {0};
	int error = key_load(r->platform, &keys);

	if (error && error != -ENOENT) {
		fail(r, "", "the keys of this host cannot be read: %s", strerror(-error));
		return;
	}
	if (error)
		keys.hosts = calloc(1, 1); /* this host alone can be among them */
	if (keys.hosts)
		ask_all(r, &keys);
	else
		fail(r, "", "nobody was asked: out of memory");
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

static void serve_names(struct relay *r)
{
	int error = 0;

	for (size_t i = 0; i < json_array_size(r->names) && !error; i++)
		error = find_hosts(r, i);
	if (error)
		return;
	drop_repeated(r);
	if (r->target_count)
		ask_hosts(r);
}

void relay_serve(struct platform *p, struct platform_channel *c, const struct platform_caller *who)
{
	struct relay *r = calloc(1, sizeof(*r));
	json_t *names = NULL;

	if (!r)
		return;
	reader_keep_secrets(p);
	r->platform = p;
	r->channel = c;
	r->who = who;
	r->targets = calloc(PLATFORM_ASKS_MAX, sizeof(r->targets[0]));
	r->asks = calloc(PLATFORM_ASKS_MAX, sizeof(r->asks[0]));
	r->asked = calloc(PLATFORM_ASKS_MAX, sizeof(r->asked[0]));
	if (r->targets && r->asks && r->asked) {
		r->names = names = receive_names(r);
		if (names)
			serve_names(r);
		send_outcome(r, "", RESULT_END, "");
	}
	json_decref(names);
	free(r->asked);
	free(r->asks);
	free(r->targets);
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

/* Returns 0, or what sending said. */
static int send_password(struct platform *p, struct platform_channel *c,
			 const struct relay_asker *asker, const struct relay_outcome *o)
{
	char password[LINK_PASSWORD_MAX];
	char why[RELAY_TEXT_MAX] = "";
	ssize_t n = asker->password(asker->arg, o->text, o->host, password);
	char *text;
	size_t bytes;
	int error;

	if (n == -ENXIO)
		snprintf(why, sizeof(why),
			 "it wants a password, and there is no terminal to ask for it: it was not "
			 "asked");
	else if (n == -ETIMEDOUT)
		snprintf(why, sizeof(why),
			 "no password was typed within %d seconds: it was not asked", LINK_TYPE_S);
	else if (n < 0)
		snprintf(why, sizeof(why), "no password was read (%s): it was not asked",
			 strerror((int)-n));
	error = reader_print(json_pack("{ss? ss}", "password", n < 0 ? NULL : password, "why", why),
			     &text, &bytes);
	if (error == -EINVAL) /* no UTF-8 */
		error = reader_print(json_pack("{sn ss}", "password", "why",
					       "a password is UTF-8 text: it was not asked"),
				     &text, &bytes);
	explicit_bzero(password, sizeof(password));
	if (!error)
		error = p->ops->channel_send(p, c, text, bytes, LOCAL_TIMEOUT_NS);
	p->ops->secret_free(text);
	return error;
}

static int take_outcomes(struct platform *p, struct platform_channel *c,
			 const struct relay_asker *asker, bool *local)
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
		if (o.result == RELAY_PASSWORD && send_password(p, c, asker, &o))
			return -EPIPE;
		if (o.result == RELAY_DONE || o.result == RELAY_FAILED)
			asker->outcome(asker->arg, &o);
	}
}

int relay_request(struct platform *p, const char *const *names, size_t count,
		  const struct relay_asker *asker, bool *local)
{
	struct platform_channel *c = NULL;
	char path[PLATFORM_PATH_MAX];
	json_t *list;
	char *text = NULL;
	size_t bytes = 0;
	int error;

	reader_keep_secrets(p);
	list = json_array();
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
		error = take_outcomes(p, c, asker, local);
	p->ops->channel_close(p, c);
	free(text);
	return error;
}
