/* SPDX-License-Identifier: MIT */
/*
 * What cases about log routing share: a host that routes to itself, which is enough for everything
 * but several hosts, and what has been collected. Not for: several hosts (hosts.h).
 */
#ifndef CONFORMANCE_CASES_ROUTING_H
#define CONFORMANCE_CASES_ROUTING_H

#include "conformance/cases/product.h"
#include "conformance/cases/records.h"

#define ROUTES         "/opt/CA/PAMSC/log/selogrd.cfg"
#define COLLECTED      "/opt/CA/PAMSC/log/seos.collect.audit"
#define COLLECTED_BACK "/opt/CA/PAMSC/log/seos.collect.bak"
#define TO_HERE        "Rule\nhost localhost\n.\n"

/* This host has a key and knows itself by the name of localhost. */
static inline void know_itself(struct target *t)
{
	run_ok(t, "sekeys", "-trust", "localhost", key_in(run_ok(t, "sekeys", "-make")));
}

/* The product, collector and sender run, with these routes. */
static inline void start_routing(struct target *t, const char *routes)
{
	know_itself(t);
	file_write(t, ROUTES, routes);
	start_product(t);
	run_ok(t, "selogrcd");
	run_ok(t, "selogrd");
}

static inline const char *log_text(struct target *t, const char *log)
{
	return file_exists(t, log) ? run_ok(t, "seaudit", "-a", "-in", log)->out : "";
}

static inline unsigned collected(struct target *t, const char *pattern)
{
	return text_match_count(log_text(t, COLLECTED), pattern);
}

/* A record that tells its number, given to the log at once; it takes about a kilobyte there. */
#define NUMBERED(n)                                                                                \
	text_format(RECORD("admin", "S",                                                           \
			   "'class':'USER','user':'root','resource':'u%04u-%0900u',"               \
			   "'terminal':'localhost','command':'newusr u%04u'"),                     \
		    n, 0, n)

static inline const char *numbered(unsigned from, unsigned to)
{
	struct strbuf b;
	const char *text;

	strbuf_init(&b, TARGET_FILE_MAX);
	for (unsigned n = from; n < to; n++)
		strbuf_puts(&b, NUMBERED(n));
	text = text_format("%s", b.text);
	strbuf_free(&b);
	return text;
}

/* The numbers from 0 are in a text, each once and in order; up to which one. */
static inline unsigned in_order(const char *text)
{
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, " newusr u")) != NULL; at++) {
		assert_int_equal(strtoul(at + strlen(" newusr u"), NULL, 10), n);
		n++;
	}
	return n;
}

#endif
