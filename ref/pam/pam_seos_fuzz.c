/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes pam_seos.c: what a login program says of whoever is at its door, what the resolver makes
 * of his address, and what seosd answers. Whatever is said, the texts of the report can stand in a
 * message; only an answer with status 0 lets anybody in. The module is static: it is included.
 */
#include <netdb.h>
#include <string.h>

/* The resolver is the input's. */
static int resolve_name(const struct sockaddr *address, socklen_t length, char *host,
			socklen_t host_bytes, char *service, socklen_t service_bytes, int flags);
static int resolve_address(const char *name, const char *service, const struct addrinfo *hints,
			   struct addrinfo **out);
#define getnameinfo resolve_name
#define getaddrinfo resolve_address
#include "ref/pam/pam_seos.c"
#undef getnameinfo
#undef getaddrinfo

#include "ref/wire/message.h"

#include <assert.h>
#include <stdint.h>

#define TEXTS 5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	const char *user, *host, *tty, *name, *answer;
} said;

/* Not looked into, and not NULL. */
static pam_handle_t *const handle = (pam_handle_t *)(void *)&said;

static int resolve_name(const struct sockaddr *address, socklen_t length, char *host,
			socklen_t host_bytes, char *service, socklen_t service_bytes, int flags)
{
	(void)address;
	(void)length;
	(void)service;
	(void)service_bytes;
	(void)flags;
	if (!*said.name || strlen(said.name) >= host_bytes)
		return EAI_NONAME;
	memcpy(host, said.name, strlen(said.name) + 1);
	return 0;
}

/* A name has the address 127.0.0.1 when its last letter says so. */
static int resolve_address(const char *name, const char *service, const struct addrinfo *hints,
			   struct addrinfo **out)
{
	struct addrinfo numeric = *hints;
	size_t n = strlen(name);

	numeric.ai_flags |= AI_NUMERICHOST;
	if (!(hints->ai_flags & AI_NUMERICHOST) && n > 0 && name[n - 1] == 'h')
		name = "127.0.0.1";
	return getaddrinfo(name, service, &numeric, out);
}

int pam_get_item(const pam_handle_t *pamh, int type, const void **item)
{
	(void)pamh;
	*item = type == PAM_USER ? said.user : type == PAM_RHOST ? said.host : said.tty;
	return PAM_SUCCESS;
}

void pam_syslog(const pam_handle_t *pamh, int priority, const char *format, ...)
{
	(void)pamh;
	(void)priority;
	(void)format;
}

static void check_text(const char *text, size_t bytes)
{
	size_t n = strnlen(text, bytes);

	assert(n < bytes);
	for (size_t i = 0; i < n; i++)
		assert(text[i] > ' ' && text[i] < 127);
}

static void check_report(void)
{
	static struct report report;

	describe(handle, &report);
	check_text(report.user, sizeof(report.user));
	check_text(report.terminal, sizeof(report.terminal));
	check_text(report.program, sizeof(report.program));
}

/* seosd's own reader agrees about who is let in. */
static void check_answer(void)
{
	static struct message_answer answer;
	char why[MESSAGE_WHY_MAX];
	bool yes = granted(handle, said.answer);

	if (!message_read_answer(said.answer, strlen(said.answer), &answer, why, sizeof(why)))
		assert(yes == (answer.status == EXIT_DONE));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + TEXTS);
	const char *texts[TEXTS];
	const char *at = copy;

	assert(copy);
	memcpy(copy, data, size);
	memset(copy + size, 0, TEXTS);
	for (size_t i = 0; i < TEXTS; i++) {
		texts[i] = at;
		at += strlen(at) + 1;
	}
	said.user = texts[0];
	said.host = texts[1];
	said.tty = texts[2];
	said.name = texts[3];
	said.answer = texts[4];
	check_report();
	check_answer();
	free(copy);
	return 0;
}
