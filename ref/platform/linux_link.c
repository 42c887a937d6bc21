/* SPDX-License-Identifier: MIT */
/*
 * The platform on Linux: links to other hosts, by OpenSSL on libevent's streams. TLS 1.3 and
 * nothing older; both ends show a certificate, of which the public key alone counts: whose it is
 * stands in a list of the host's own (wire/key.h), not with an authority. Not for: the receiving
 * end (linux_channel.c).
 */
#include "ref/platform/linux.h"
#include "ref/platform/openssl.h"

#include <errno.h>
#include <event2/bufferevent_ssl.h>
#include <event2/dns.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define SPARE_DESCRIPTORS 64 /* beside the links */

/* What an end is trusted for is decided by its key, after it has proved to have it. */
static int accept_any(int sound, X509_STORE_CTX *store)
{
	(void)sound;
	(void)store;
	return 1;
}

/* The private key of an Ed25519 pair, as sekeys writes it: NULL for any other text. What OpenSSL
 * reads keys of every kind with takes longer than all else at the start of a daemon. */
static EVP_PKEY *private_key(const char *pem)
{
	BIO *text = BIO_new_mem_buf(pem, -1);
	PKCS8_PRIV_KEY_INFO *info =
		text ? PEM_read_bio_PKCS8_PRIV_KEY_INFO(text, NULL, NULL, NULL) : NULL;
	const ASN1_OBJECT *kind;
	const unsigned char *wrapped;
	ASN1_OCTET_STRING *raw = NULL;
	EVP_PKEY *key = NULL;
	int bytes;

	if (info && PKCS8_pkey_get0(&kind, &wrapped, &bytes, NULL, info) == 1 &&
	    OBJ_obj2nid(kind) == NID_ED25519)
		raw = d2i_ASN1_OCTET_STRING(NULL, &wrapped, bytes);
	if (raw)
		key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
						   ASN1_STRING_get0_data(raw),
						   (size_t)ASN1_STRING_length(raw));
	if (raw)
		OPENSSL_cleanse(raw->data, (size_t)raw->length);
	ASN1_OCTET_STRING_free(raw);
	PKCS8_PRIV_KEY_INFO_free(info);
	BIO_free(text);
	return key;
}

static bool use_key(SSL_CTX *context, const struct platform_link *link)
{
	BIO *certificate_text = BIO_new_mem_buf(link->certificate, -1);
	EVP_PKEY *key = private_key(link->key);
	X509 *certificate =
		certificate_text ? PEM_read_bio_X509(certificate_text, NULL, NULL, NULL) : NULL;
	bool fine = key && certificate && SSL_CTX_use_certificate(context, certificate) == 1 &&
		    SSL_CTX_use_PrivateKey(context, key) == 1 &&
		    SSL_CTX_check_private_key(context) == 1;

	X509_free(certificate);
	EVP_PKEY_free(key);
	BIO_free(certificate_text);
	return fine;
}

static SSL_CTX *context_new(const struct platform_link *link)
{
	SSL_CTX *context;

	openssl_begin();
	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_SSL_STRINGS, NULL);
	context = SSL_CTX_new(TLS_method());
	if (context && SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
	    SSL_CTX_set_num_tickets(context, 0) == 1 && use_key(context, link)) {
		/* No session is resumed: each link proves both keys anew. */
		SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
		SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
		SSL_CTX_set_options(context, SSL_OP_CLEANSE_PLAINTEXT);
		SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
				   accept_any);
		return context;
	}
	ERR_clear_error();
	SSL_CTX_free(context);
	return NULL;
}

static void context_forget(struct linux_platform *l)
{
	SSL_CTX_free(l->link);
	free(l->link_certificate);
	l->link = NULL;
	l->link_certificate = NULL;
}

SSL_CTX *linux_link_context(struct linux_platform *l, const struct platform_link *link)
{
	if (l->link && strcmp(l->link_certificate, link->certificate) != 0)
		context_forget(l);
	if (!l->link) {
		l->link = context_new(link);
		l->link_certificate = l->link ? strdup(link->certificate) : NULL;
		if (!l->link_certificate)
			context_forget(l);
	}
	if (l->link)
		SSL_CTX_up_ref(l->link);
	return l->link;
}

bool linux_link_key(SSL *ssl, unsigned char out[PLATFORM_KEY_BYTES])
{
	const X509 *certificate = ssl ? SSL_get0_peer_certificate(ssl) : NULL;
	unsigned bytes = PLATFORM_KEY_BYTES;

	return certificate && X509_pubkey_digest(certificate, EVP_sha256(), out, &bytes) == 1 &&
	       bytes == PLATFORM_KEY_BYTES;
}

/* Asking many */

struct asking {
	struct event_base *loop;
	struct evdns_base *names;
	SSL_CTX *context;
	const struct platform_ask *asks;
	struct one *ones;
	size_t count;
	size_t next;      /* the first one not begun */
	size_t in_flight; /* begun and not done */
	size_t room;      /* of those at one time */
	struct timeval timeout;
	uint16_t port;
	void (*done)(void *arg, size_t index, const struct platform_asked *what);
	void *arg;

	/* Of one that a daemon has begun: */
	struct linux_platform *daemon; /* NULL: not such a one */
	struct asking *following;      /* in its list */
	struct platform_ask ask;       /* its own copy, and below */
	char *host, *text;
	struct event *end; /* frees it, once nothing of it is on the stack */
	unsigned id;
};

/* A host that is being asked. */
struct one {
	struct asking *all;
	struct bufferevent *stream; /* NULL: not begun, or done */
	struct event *deadline;
	bool sent;
};

static void begin_more(struct asking *a);

static void finish(struct one *o, int error, const char *text, size_t bytes)
{
	struct asking *a = o->all;
	const struct platform_asked what = {error, o->sent, text, bytes};

	a->done(a->arg, (size_t)(o - a->ones), &what);
	event_free(o->deadline);
	bufferevent_free(o->stream);
	o->deadline = NULL;
	o->stream = NULL;
	a->in_flight--;
	begin_more(a);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg, -ETIMEDOUT, NULL, 0);
}

static void on_answer(struct bufferevent *stream, void *arg)
{
	static char text[PLATFORM_MESSAGE_MAX]; /* one answer at a time is handled */
	struct one *o = arg;
	ssize_t n =
		o->sent ? linux_frame_take(bufferevent_get_input(stream), text, sizeof(text)) : 0;

	if (n != 0)
		finish(o, n < 0 ? -EPROTO : 0, text, n < 0 ? 0 : (size_t)n);
}

/* The host has proved to have a key: only the right one gets to read the question. */
static void send_question(struct one *o)
{
	const struct platform_ask *ask = &o->all->asks[o - o->all->ones];
	const int on = 1;
	unsigned char key[PLATFORM_KEY_BYTES];
	int error = 0;

	/* Else it waits until the other end acknowledges the handshake, which it does in its own
	 * time: 40 ms. */
	setsockopt(bufferevent_getfd(o->stream), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!linux_link_key(bufferevent_openssl_get_ssl(o->stream), key))
		error = -EPROTO;
	else if (memcmp(key, ask->key, sizeof(key)) != 0)
		error = -EKEYREJECTED;
	else
		error = linux_frame_add(bufferevent_get_output(o->stream), ask->text, ask->bytes);
	o->sent = !error;
	if (error)
		finish(o, error, NULL, 0);
}

/* Why a stream has ended before the answer; of what the system says, only that no connection came
 * about. */
static int cause(const struct one *o, int system_error)
{
	if (bufferevent_socket_get_dns_error(o->stream))
		return -ENOENT;
	if (o->sent)
		return -EPIPE;
	switch (system_error) {
	case ECONNREFUSED:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
	case ETIMEDOUT:
	case EMFILE:
		return -system_error;
	default:
		return -EPROTO;
	}
}

static void on_event(struct bufferevent *stream, short what, void *arg)
{
	int system_error = EVUTIL_SOCKET_ERROR();
	struct one *o = arg;

	(void)stream;
	if (what & BEV_EVENT_CONNECTED)
		send_question(o);
	else
		finish(o, cause(o, system_error), NULL, 0);
}

/* Begins to ask a host; what fails at once is done at once. */
static void begin_one(struct asking *a, struct one *o)
{
	const struct platform_ask *ask = &a->asks[o - a->ones];
	SSL *ssl = SSL_new(a->context);

	o->all = a;
	o->deadline = evtimer_new(a->loop, on_deadline, o);
	if (ssl && o->deadline)
		o->stream = bufferevent_openssl_socket_new(
			a->loop, -1, ssl, BUFFEREVENT_SSL_CONNECTING,
			BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!o->stream) {
		const struct platform_asked what = {.error = -ENOMEM};

		SSL_free(ssl);
		if (o->deadline)
			event_free(o->deadline);
		a->done(a->arg, (size_t)(o - a->ones), &what);
		return;
	}
	a->in_flight++;
	bufferevent_setcb(o->stream, on_answer, NULL, on_event, o);
	bufferevent_setwatermark(o->stream, EV_READ, 0, 2 * PLATFORM_MESSAGE_MAX);
	bufferevent_enable(o->stream, EV_READ | EV_WRITE);
	evtimer_add(o->deadline, &a->timeout);
	/* A failure comes back as an event as well. */
	(void)bufferevent_socket_connect_hostname(o->stream, a->names, AF_UNSPEC, ask->host,
						  a->port);
}

static void begin_more(struct asking *a)
{
	while (a->next < a->count && a->in_flight < a->room) {
		size_t next = a->next++;

		begin_one(a, &a->ones[next]);
	}
}

/* As many at one time as there can be descriptors. */
static size_t descriptors_for(size_t count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return SPARE_DESCRIPTORS;
	if (limit.rlim_cur < count + SPARE_DESCRIPTORS) {
		limit.rlim_cur = count + SPARE_DESCRIPTORS < limit.rlim_max
					 ? count + SPARE_DESCRIPTORS
					 : limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit); /* else fewer at one time */
		if (getrlimit(RLIMIT_NOFILE, &limit))
			return SPARE_DESCRIPTORS;
	}
	return limit.rlim_cur > 2 * SPARE_DESCRIPTORS ? limit.rlim_cur - SPARE_DESCRIPTORS
						      : SPARE_DESCRIPTORS;
}

static void asking_free(struct asking *a)
{
	for (size_t i = 0; a->ones && i < a->count; i++) {
		if (!a->ones[i].stream)
			continue;
		event_free(a->ones[i].deadline);
		bufferevent_free(a->ones[i].stream);
	}
	if (a->names)
		evdns_base_free(a->names, 0);
	SSL_CTX_free(a->context);
	free(a->ones);
}

/* What both ways of asking need beside a loop. Returns 0, -EINVAL or -ENOMEM. */
static int asking_prepare(struct linux_platform *l, struct asking *a,
			  const struct platform_link *link)
{
	a->context = linux_link_context(l, link);
	if (!a->context)
		return -EINVAL;
	a->ones = calloc(a->count ? a->count : 1, sizeof(*a->ones));
	a->names = a->loop ? evdns_base_new(a->loop, EVDNS_BASE_DISABLE_WHEN_INACTIVE) : NULL;
	if (!a->ones || !a->names)
		return -ENOMEM;
	/* Without the file there is the table of hosts alone. */
	(void)evdns_base_resolv_conf_parse(a->names, DNS_OPTIONS_ALL, "/etc/resolv.conf");
	return 0;
}

int linux_link_ask(struct platform *p, const struct platform_link *link,
		   const struct platform_ask *asks, size_t count, int64_t timeout_ns,
		   void (*done)(void *arg, size_t index, const struct platform_asked *what),
		   void *arg)
{
	struct linux_platform *l = linux_platform(p);
	struct asking a = {.asks = asks,
			   .count = count,
			   .timeout = {timeout_ns / NS_PER_S, timeout_ns % NS_PER_S / 1000},
			   .port = link->port,
			   .done = done,
			   .arg = arg};
	int error;

	if (count > PLATFORM_ASKS_MAX)
		return -EINVAL;
	a.room = descriptors_for(count);
	a.loop = event_base_new();
	error = asking_prepare(l, &a, link);
	if (!error) {
		begin_more(&a);
		while (a.in_flight > 0)
			event_base_loop(a.loop, EVLOOP_ONCE);
	}
	asking_free(&a);
	if (a.loop)
		event_base_free(a.loop);
	if (!l->loop)
		context_forget(l); /* no daemon, which keeps it for the next */
	return error;
}

/* Asking beside a daemon's other work */

static void begun_free(struct asking *a)
{
	asking_free(a);
	if (a->end)
		event_free(a->end);
	free(a->host);
	free(a->text);
	free(a);
}

static void on_end(evutil_socket_t fd, short what, void *arg)
{
	struct asking *a = arg;
	struct asking **link = &a->daemon->askings;

	(void)fd;
	(void)what;
	while (*link != a)
		link = &(*link)->following;
	*link = a->following;
	begun_free(a);
}

static void on_begun_done(void *arg, size_t index, const struct platform_asked *what)
{
	static const struct timeval at_once;
	struct asking *a = arg;
	struct linux_platform *l = a->daemon;

	(void)index;
	evtimer_add(a->end, &at_once);
	l->program->daemon->asked(&l->run, a->id, what);
}

static struct asking *begun_new(struct linux_platform *l, const struct platform_ask *ask)
{
	struct asking *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->daemon = l;
	a->loop = l->loop;
	a->count = a->room = 1;
	a->ask = *ask;
	a->host = strdup(ask->host);
	a->text = malloc(ask->bytes);
	a->end = evtimer_new(l->loop, on_end, a);
	a->done = on_begun_done;
	a->arg = a;
	if (!a->host || !a->text || !a->end) {
		begun_free(a);
		return NULL;
	}
	memcpy(a->text, ask->text, ask->bytes);
	a->ask.host = a->host;
	a->ask.text = a->text;
	a->asks = &a->ask;
	return a;
}

int linux_link_begin(struct platform *p, const struct platform_link *link,
		     const struct platform_ask *ask, int64_t timeout_ns, unsigned id)
{
	struct linux_platform *l = linux_platform(p);
	unsigned count = 0;
	struct asking *a;
	int error;

	for (a = l->askings; a; a = a->following)
		count++;
	if (count >= PLATFORM_LINKS_MAX || !l->loop)
		return -EMFILE;
	a = begun_new(l, ask);
	if (!a)
		return -ENOMEM;
	a->timeout = (struct timeval){timeout_ns / NS_PER_S, timeout_ns % NS_PER_S / 1000};
	a->port = link->port;
	a->id = id;
	error = asking_prepare(l, a, link);
	if (error) {
		begun_free(a);
		return error;
	}
	a->following = l->askings;
	l->askings = a;
	begin_more(a);
	return 0;
}

void linux_links_free(struct linux_platform *l)
{
	struct asking *next;

	for (struct asking *a = l->askings; a; a = next) {
		next = a->following;
		begun_free(a);
	}
	context_forget(l);
}
