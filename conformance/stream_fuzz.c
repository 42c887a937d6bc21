/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the reading end of stream.c: a guest says what it likes, in whatever pieces. The sink
 * hears of a case's end only behind its beginning, every outcome stays whole, and the pieces make
 * no difference.
 */
#include "conformance/stream.h"

#include "conformance/strbuf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CASES    3
#define TOLD_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const proves[] = {"zoo/cats/1", NULL};
static const struct case_decl decl = {.name = "x", .file = "cases/zoo.c", .requirements = proves};

/* What one way of reading came to. */
struct listener {
	struct run_sink sink; /* first: the sink is the listener */
	struct run run;
	struct strbuf told;
	size_t current; /* begun and not ended, run.count: none */
};

static void hear_begin(struct run_sink *sink, size_t index, const char *id)
{
	struct listener *l = (struct listener *)sink;

	assert(index < CASES && strcmp(id, l->run.outcomes[index].id) == 0);
	l->current = index;
	strbuf_addf(&l->told, "begin %s\n", id);
}

static void hear_end(struct run_sink *sink, size_t index, const struct outcome *o)
{
	struct listener *l = (struct listener *)sink;

	assert(index == l->current && o == &l->run.outcomes[index]);
	assert(verdict_parse(verdict_name(o->verdict)) == (int)o->verdict);
	l->current = CASES;
	strbuf_addf(&l->told, "end %s %s %s\n%s\n", o->id, verdict_name(o->verdict), o->reason,
		    o->output);
}

static void listen_open(struct listener *l)
{
	*l = (struct listener){
		.sink = {.begin = hear_begin, .end = hear_end},
		.run = {.count = CASES, .outcomes = memory_zeroed(CASES, sizeof(struct outcome))},
		.current = CASES};
	strbuf_init(&l->told, TOLD_MAX);
	for (size_t i = 0; i < CASES; i++)
		l->run.outcomes[i] = (struct outcome){.decl = &decl,
						      .id = memory_format("z/%zu", i),
						      .planned = true,
						      .verdict = VERDICT_MISSING};
}

static void hear(struct listener *l, const char *data, size_t size, size_t piece)
{
	struct stream_reader r;

	listen_open(l);
	stream_reader_open(&r, &l->run, &l->sink, 1);
	for (size_t at = 0; at < size; at += piece)
		stream_read(&r, data + at, size - at < piece ? size - at : piece);
	strbuf_addf(&l->told, "%d %d %s %zu %lu\n", r.done, r.broken, r.failed, r.current, r.taint);
	assert(l->run.fact_count <= RUN_FACTS_MAX && r.current <= CASES);
	for (size_t i = 0; i < CASES; i++)
		if (l->run.outcomes[i].console)
			strbuf_puts(&l->told, l->run.outcomes[i].console);
	for (size_t i = 0; i < l->run.fact_count; i++)
		strbuf_addf(&l->told, "%s=%s\n", l->run.facts[i].name, l->run.facts[i].value);
	stream_reader_close(&r);
}

static void forget(struct listener *l)
{
	run_free(&l->run);
	strbuf_free(&l->told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct listener whole;
	struct listener pieces;

	hear(&whole, (const char *)data, size, size ? size : 1);
	hear(&pieces, (const char *)data, size, size ? 1 + data[0] % 7 : 1);
	assert(strcmp(whole.told.text, pieces.told.text) == 0);
	forget(&whole);
	forget(&pieces);
	return 0;
}
