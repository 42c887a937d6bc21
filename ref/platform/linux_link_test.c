/* SPDX-License-Identifier: MIT */
/*
 * Tests of linux_link.c and linux_channel.c: a daemon that answers on a socket and on a port of
 * this machine, and a client that asks it, also as it should not.
 */
#include "ref/platform/platform.h"
#include "ref/wire/key.h"
#include "sim/sim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MANY  128
#define CROWD 10000

/* Two hosts with a key each; the daemon is the second. */
static struct keys asker, asked;
static unsigned char asker_key[PLATFORM_KEY_BYTES], asked_key[PLATFORM_KEY_BYTES];
static char socket_path[] = "/tmp/link_test.XXXXXX";
static char message_path[sizeof(socket_path) + 8];
static uint16_t port, deaf_port;
static pid_t daemon_pid;

/* The daemon */

static int echod_main(struct program_run *run, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	run->foreground = true;
	return PROGRAM_SERVE;
}

static int echod_start(struct program_run *run)
{
	const struct platform_link link = {asked.key, asked.certificate, port};
	struct platform *p = run->platform;

	if (p->ops->channel_serve(p, socket_path, 0600) || p->ops->link_serve(p, &link) ||
	    p->ops->serve(p, message_path, 0600))
		return EXIT_REFUSED;
	kill(getppid(), SIGUSR1);
	return EXIT_DONE;
}

/* Says back what it is told, and by whom: the first byte is K for a host with the asker's key, k
 * for another one, P for a process. */
static void echod_channel(struct program_run *run, struct platform_channel *c,
			  const struct platform_caller *who)
{
	static char text[PLATFORM_MESSAGE_MAX];
	struct platform *p = run->platform;
	ssize_t n;

	while ((n = p->ops->channel_receive(p, c, text, sizeof(text), 60 * NS_PER_S)) > 0) {
		if (n == 6 && !memcmp(text, "silent", 6))
			continue;
		if (n == 3 && !memcmp(text, "end", 3))
			return;
		text[0] = (char)(!who->is_host                                     ? 'P'
				 : !memcmp(who->key, asker_key, sizeof(asker_key)) ? 'K'
										   : 'k');
		if (p->ops->channel_send(p, c, text, (size_t)n, 10 * NS_PER_S))
			return;
	}
}

static void echod_message(struct program_run *run, struct platform_connection *c,
			  const struct platform_peer *peer, const char *text, size_t bytes)
{
	(void)peer;
	run->platform->ops->reply(run->platform, c, text, bytes);
}

static void echod_timer(struct program_run *run, unsigned id)
{
	(void)run;
	(void)id;
}

static void echod_signal(struct program_run *run, int signal)
{
	(void)signal;
	run->platform->ops->leave(run->platform, EXIT_DONE);
}

static void echod_stop(struct program_run *run)
{
	run->state = NULL;
}

static const struct daemon_handlers echod_handlers = {
	.start = echod_start,
	.message = echod_message,
	.channel = echod_channel,
	.timer = echod_timer,
	.signal = echod_signal,
	.stop = echod_stop,
};

static const struct program echod = {"echod", echod_main, &echod_handlers};

/* The client: a program whose main is the test at hand. */

static void (*test)(struct platform *p);

static int client_main(struct program_run *run, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	test(run->platform);
	return EXIT_DONE;
}

static const struct program client = {"client", client_main, NULL};

static void as_client(void (*what)(struct platform *p))
{
	char name[] = "client";
	char *argv[] = {name, NULL};

	test = what;
	assert_int_equal(linux_run(&client, 1, argv), EXIT_DONE);
}

static struct platform_asked outcome[MANY];
static char outcome_text[MANY][16];
static unsigned outcome_count;

static void on_asked(void *arg, size_t index, const struct platform_asked *what)
{
	(void)arg;
	outcome[index] = *what;
	snprintf(outcome_text[index], sizeof(outcome_text[index]), "%.*s",
		 what->bytes < 15 ? (int)what->bytes : 15, what->text ? what->text : "");
	outcome_count++;
}

static void ask(struct platform *p, const struct platform_ask *asks, size_t count, uint16_t at,
		int64_t timeout_ns)
{
	const struct platform_link link = {asker.key, asker.certificate, at};

	outcome_count = 0;
	assert_int_equal(p->ops->link_ask(p, &link, asks, count, timeout_ns, on_asked, NULL), 0);
	assert_int_equal(outcome_count, count);
}

static struct platform_ask question(const char *text)
{
	struct platform_ask a = {.host = "127.0.0.1", .text = text, .bytes = strlen(text)};

	memcpy(a.key, asked_key, sizeof(a.key));
	return a;
}

static void answers_come_back(struct platform *p)
{
	struct platform_ask a = question("hello");

	ask(p, &a, 1, port, 10 * NS_PER_S);
	assert_int_equal(outcome[0].error, 0);
	assert_string_equal(outcome_text[0], "Kello");
}

static void failures_have_their_reason(struct platform *p)
{
	struct platform_ask a = question("hello");

	a.key[3] ^= 1;
	ask(p, &a, 1, port, 10 * NS_PER_S);
	assert_int_equal(outcome[0].error, -EKEYREJECTED);
	assert_false(outcome[0].sent);
	a = question("end"); /* taken, and no answer */
	ask(p, &a, 1, port, 10 * NS_PER_S);
	assert_int_equal(outcome[0].error, -EPIPE);
	assert_true(outcome[0].sent);
	a = question("silent");
	ask(p, &a, 1, port, NS_PER_S);
	assert_int_equal(outcome[0].error, -ETIMEDOUT);
	assert_true(outcome[0].sent);
	a = question("hello"); /* a port that takes connections and is deaf */
	ask(p, &a, 1, deaf_port, NS_PER_S / 2);
	assert_int_equal(outcome[0].error, -ETIMEDOUT);
	assert_false(outcome[0].sent);
	ask(p, &a, 1, 1, 10 * NS_PER_S);
	assert_int_equal(outcome[0].error, -ECONNREFUSED);
	a.host = "no.such.host.invalid";
	ask(p, &a, 1, port, 60 * NS_PER_S);
	assert_int_equal(outcome[0].error, -ENOENT);
	a = question("");
	ask(p, &a, 1, port, 10 * NS_PER_S);
	assert_int_equal(outcome[0].error, -EMSGSIZE);
}

static void a_key_that_is_none_is_refused(struct platform *p)
{
	const struct platform_link none = {"", asker.certificate, port};
	const struct platform_link mixed = {asker.key, asked.certificate, port};
	struct platform_ask a = question("hello");

	assert_int_equal(p->ops->link_ask(p, &none, &a, 1, NS_PER_S, on_asked, NULL), -EINVAL);
	assert_int_equal(p->ops->link_ask(p, &mixed, &a, 1, NS_PER_S, on_asked, NULL), -EINVAL);
	assert_int_equal(
		p->ops->link_ask(p, &none, &a, PLATFORM_ASKS_MAX + 1, NS_PER_S, on_asked, NULL),
		-EINVAL);
}

/* More than the daemon serves at one time, and one that never answers among them. */
static void many_are_asked_at_once(struct platform *p)
{
	struct platform_ask asks[MANY];

	for (size_t i = 0; i < MANY; i++)
		asks[i] = question(i == 7 ? "silent" : "hello");
	ask(p, asks, MANY, port, 10 * NS_PER_S);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(outcome[i].error, i == 7 ? -ETIMEDOUT : 0);
		if (i != 7)
			assert_string_equal(outcome_text[i], "Kello");
	}
}

static void processes_converse(struct platform *p)
{
	static char text[PLATFORM_MESSAGE_MAX], back[PLATFORM_MESSAGE_MAX];
	struct platform_channel *c;

	assert_int_equal(p->ops->channel_open(p, "/tmp/no_such_socket", &c), -ECONNREFUSED);
	assert_null(c);
	p->ops->channel_close(p, c);
	assert_int_equal(p->ops->channel_open(p, socket_path, &c), 0);
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(p->ops->channel_send(p, c, text, sizeof(text), 10 * NS_PER_S), 0);
		assert_int_equal(p->ops->channel_receive(p, c, back, sizeof(back), 10 * NS_PER_S),
				 sizeof(back));
		assert_int_equal(back[0], 'P');
		assert_memory_equal(back + 1, text + 1, sizeof(text) - 1);
	}
	assert_int_equal(p->ops->channel_send(p, c, text, PLATFORM_MESSAGE_MAX + 1, NS_PER_S),
			 -EMSGSIZE);
	assert_int_equal(p->ops->channel_send(p, c, "silent", 6, NS_PER_S), 0);
	assert_int_equal(p->ops->channel_receive(p, c, back, sizeof(back), NS_PER_S / 10),
			 -ETIMEDOUT);
	assert_int_equal(p->ops->channel_send(p, c, "abc", 3, NS_PER_S), 0);
	assert_int_equal(p->ops->channel_receive(p, c, back, 2, 10 * NS_PER_S), -EMSGSIZE);
	p->ops->channel_close(p, c);
	assert_int_equal(p->ops->channel_open(p, socket_path, &c), 0);
	assert_int_equal(p->ops->channel_send(p, c, "end", 3, NS_PER_S), 0);
	assert_int_equal(p->ops->channel_receive(p, c, back, sizeof(back), 10 * NS_PER_S), 0);
	p->ops->channel_close(p, c);
}

/* Hostile clients, by plain means */

/* From an address of this machine to a port of it. */
static int connected_from(unsigned network, unsigned number, uint16_t to)
{
	const struct sockaddr_in from = {.sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(network << 24 | number)};
	const struct sockaddr_in at = {.sin_family = AF_INET,
				       .sin_port = htons(to),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&from, sizeof(from)), 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static int connected(uint16_t to)
{
	return connected_from(127, 1, to);
}

/* Makes a link as OpenSSL alone would, sends bytes, and says how many come back, -1: no link. */
static int talk(int version, bool with_key, const void *data, int bytes)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	BIO *key = BIO_new_mem_buf(asker.key, -1);
	BIO *certificate = BIO_new_mem_buf(asker.certificate, -1);
	EVP_PKEY *private = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);
	X509 *public = PEM_read_bio_X509(certificate, NULL, NULL, NULL);
	int fd = connected(port);
	char back[64];
	SSL *ssl;
	int n = -1;

	SSL_CTX_set_max_proto_version(context, version);
	if (with_key) {
		SSL_CTX_use_certificate(context, public);
		SSL_CTX_use_PrivateKey(context, private);
	}
	ssl = SSL_new(context);
	SSL_set_fd(ssl, fd);
	if (SSL_connect(ssl) == 1) {
		SSL_write(ssl, data, bytes);
		n = SSL_read(ssl, back, sizeof(back));
	}
	SSL_free(ssl);
	SSL_CTX_free(context);
	EVP_PKEY_free(private);
	X509_free(public);
	BIO_free(key);
	BIO_free(certificate);
	close(fd);
	return n;
}

static void bad_links_get_nothing(void **state)
{
	static const unsigned char hello[] = {0, 0, 0, 3, 'a', 'b', 'c'};
	static const unsigned char huge[] = {0x7f, 0xff, 0xff, 0xff, 'a'};
	static const unsigned char empty[] = {0, 0, 0, 0};
	int fd;

	(void)state;
	assert_int_equal(talk(TLS1_3_VERSION, true, hello, sizeof(hello)), sizeof(hello));
	assert_true(talk(TLS1_2_VERSION, true, hello, sizeof(hello)) <= 0);
	assert_true(talk(TLS1_3_VERSION, false, hello, sizeof(hello)) <= 0);
	assert_true(talk(TLS1_3_VERSION, true, huge, sizeof(huge)) <= 0);
	assert_true(talk(TLS1_3_VERSION, true, empty, sizeof(empty)) <= 0);
	fd = connected(port);
	assert_int_equal(write(fd, "GET / HTTP/1.0\r\n\r\n", 18), 18);
	close(fd);
	as_client(answers_come_back); /* it is all the same to the others */
}

/* Thousands who say nothing, and some who begin a link and do not go on: others are answered in
 * time, by the port and by the socket. */
static void silent_crowds_keep_nobody_out(void **state)
{
	static int crowd[CROWD];
	static const unsigned char begun[] = {22, 3, 1, 2, 0};
	struct rlimit limit;
	size_t count = 0;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (count < CROWD && count + 256 < limit.rlim_cur) {
		crowd[count] = connected_from(127, 2 + count % 4, port);
		if (count % 100 == 0)
			assert_int_equal(write(crowd[count], begun, sizeof(begun)), sizeof(begun));
		count++;
	}
	as_client(answers_come_back);
	as_client(processes_converse);
	while (count > 0)
		close(crowd[--count]);
	as_client(answers_come_back);
}

static void messages_are_answered(struct platform *p)
{
	char back[16] = "";

	assert_int_equal(p->ops->request(p, message_path, "hello", 5, back, sizeof(back), NS_PER_S),
			 5);
	assert_string_equal(back, "hello");
}

static int connected_here(const char *path, int type)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	assert_int_equal(connect(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

/* secons/security/2: silent processes of this machine, more than there are places for. */
static void silent_processes_keep_nobody_out(void **state)
{
	enum { EACH = 700 };
	static int crowd[2 * EACH];

	(void)state;
	for (size_t i = 0; i < EACH; i++) {
		crowd[2 * i] = connected_here(message_path, SOCK_SEQPACKET);
		crowd[2 * i + 1] = connected_here(socket_path, SOCK_STREAM);
	}
	as_client(messages_are_answered);
	as_client(processes_converse);
	for (size_t i = 0; i < 2 * (size_t)EACH; i++)
		close(crowd[i]);
	as_client(messages_are_answered);
}

static void test_answers(void **state)
{
	(void)state;
	as_client(answers_come_back);
}

static void test_failures(void **state)
{
	(void)state;
	as_client(failures_have_their_reason);
}

static void test_keys(void **state)
{
	(void)state;
	as_client(a_key_that_is_none_is_refused);
}

static void test_many(void **state)
{
	(void)state;
	as_client(many_are_asked_at_once);
}

static void test_processes(void **state)
{
	(void)state;
	as_client(processes_converse);
}

/* Set-up */

static void make_keys(struct keys *keys, unsigned char own[PLATFORM_KEY_BYTES], uint64_t seed)
{
	struct sim *sim = sim_new(seed, 1000000000);
	struct platform *p = sim_root(sim);

	for (const char *at = PAMSC_DIR "/etc/"; (at = strchr(at + 1, '/'));) {
		char folder[64];

		snprintf(folder, sizeof(folder), "%.*s", (int)(at - (PAMSC_DIR "/etc/")),
			 PAMSC_DIR "/etc/");
		p->ops->mkdir(p, folder, 0755);
	}
	assert_int_equal(key_make(p, "host", own), 0);
	assert_int_equal(key_load(p, keys), 0);
	assert_int_equal(key_own(keys, own), 0);
	sim_free(sim);
}

/* A port of this machine that nobody has, and, on demand, a socket that keeps it. */
static uint16_t find_port(bool keep)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t bytes = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &bytes), 0);
	if (keep)
		assert_int_equal(listen(fd, 8), 0);
	else
		close(fd);
	return ntohs(at.sin_port);
}

static int start_daemon(void **state)
{
	char name[] = "echod";
	char *argv[] = {name, NULL};
	sigset_t ready;
	int signal;

	(void)state;
	make_keys(&asker, asker_key, 1);
	make_keys(&asked, asked_key, 2);
	port = find_port(false);
	deaf_port = find_port(true);
	assert_int_equal(close(mkstemp(socket_path)), 0);
	snprintf(message_path, sizeof(message_path), "%s.message", socket_path);
	sigemptyset(&ready);
	sigaddset(&ready, SIGUSR1);
	sigprocmask(SIG_BLOCK, &ready, NULL);
	daemon_pid = fork();
	if (daemon_pid == 0) {
		sigprocmask(SIG_UNBLOCK, &ready, NULL);
		_exit(linux_run(&echod, 1, argv));
	}
	return sigwait(&ready, &signal);
}

static int stop_daemon(void **state)
{
	int status;

	(void)state;
	kill(daemon_pid, SIGTERM);
	waitpid(daemon_pid, &status, 0);
	unlink(socket_path);
	unlink(message_path);
	key_free(&asker);
	key_free(&asked);
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE ? 0 : -1;
}

/* A machine whose OpenSSL is set to agree on nothing that a link takes. */
static char odd_settings[] = "/tmp/link_test_openssl.XXXXXX";

static int set_openssl(void)
{
	static const char text[] = "openssl_conf = all\n[all]\nssl_conf = ssl\n"
				   "[ssl]\nsystem_default = every\n"
				   "[every]\nMaxProtocol = TLSv1.2\n";
	int fd = mkstemp(odd_settings);
	bool fine = fd >= 0 && write(fd, text, sizeof(text) - 1) == sizeof(text) - 1;

	if (fd >= 0)
		close(fd);
	return fine ? setenv("OPENSSL_CONF", odd_settings, 1) : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(bad_links_get_nothing),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_many),
		cmocka_unit_test(silent_crowds_keep_nobody_out),
		cmocka_unit_test(silent_processes_keep_nobody_out),
	};

	int failed = set_openssl() ? 1 : cmocka_run_group_tests(tests, start_daemon, stop_daemon);

	unlink(odd_settings);
	return failed;
}
