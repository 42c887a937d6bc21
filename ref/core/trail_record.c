/* SPDX-License-Identifier: MIT */
/*
 * Records of audit trails; see trail_record.h for the layout. Encoding goes through a cursor that
 * knows its room, decoding through one that knows its end, so no field is checked by hand.
 */
#include "ref/core/trail_record.h"
#include "ref/core/logframe.h"

#include <assert.h>
#include <string.h>

static const char *const classes[TRAIL_CLASSES] = {
	[TRAIL_CLASS_ADMIN] = "admin",         [TRAIL_CLASS_CLOSE] = "close",
	[TRAIL_CLASS_CREATE] = "create",       [TRAIL_CLASS_DELETE] = "delete",
	[TRAIL_CLASS_IPCCLOSE] = "ipcclose",   [TRAIL_CLASS_IPCCREAT] = "ipccreat",
	[TRAIL_CLASS_IPCDGRAM] = "ipcdgram",   [TRAIL_CLASS_IPCOPEN] = "ipcopen",
	[TRAIL_CLASS_LOGIN] = "login",         [TRAIL_CLASS_MODACCESS] = "modaccess",
	[TRAIL_CLASS_MODDAC] = "moddac",       [TRAIL_CLASS_OPEN] = "open",
	[TRAIL_CLASS_PROCESS] = "process",     [TRAIL_CLASS_READDAC] = "readdac",
	[TRAIL_CLASS_REMOVABLE] = "removable", [TRAIL_CLASS_UEVENT1] = "uevent1",
	[TRAIL_CLASS_UEVENT2] = "uevent2",     [TRAIL_CLASS_UEVENT3] = "uevent3",
};

const char *trail_class_name(unsigned class)
{
	return class < TRAIL_CLASSES ? classes[class] : NULL;
}

unsigned trail_class_of(const char *name)
{
	for (unsigned i = 1; i < TRAIL_CLASSES; i++) {
		if (!strcmp(classes[i], name))
			return i;
	}
	return 0;
}

/* Encoding. A cursor that has run out of room stays at its end and is full. */

struct writer {
	unsigned char *at;
	const unsigned char *end;
	bool full;
};

static void put(struct writer *w, uint64_t number, unsigned bytes)
{
	if (w->full || (size_t)(w->end - w->at) < bytes) {
		w->full = true;
		return;
	}
	for (unsigned i = 0; i < bytes; i++)
		w->at[i] = (unsigned char)(number >> 8 * i);
	w->at += bytes;
}

static void put_text(struct writer *w, struct trail_text text, unsigned length_bytes)
{
	put(w, text.length, length_bytes);
	if (w->full || (size_t)(w->end - w->at) < text.length) {
		w->full = true;
		return;
	}
	if (text.length)
		memcpy(w->at, text.bytes, text.length);
	w->at += text.length;
}

static void put_begin(struct writer *w, const struct trail_record *r)
{
	assert(r->begin.count <= TRAIL_RECORD_SOURCES_MAX);
	put(w, r->begin.origin, 8);
	put(w, r->begin.count, 2);
	for (unsigned i = 0; i < r->begin.count; i++) {
		put(w, r->begin.sources[i].source, 2);
		put(w, r->begin.sources[i].next, 8);
	}
}

static void put_calls(struct writer *w, const struct trail_record *r)
{
	put(w, r->calls.count, 2);
	for (unsigned i = 0; i < r->calls.count; i++) {
		const struct trail_record_name *n = &r->calls.names[i];

		put(w, n->abi, 2);
		put(w, n->number, 2);
		put(w, n->class, 1);
		put_text(w, n->name, 1);
	}
}

static void put_process(struct writer *w, const struct trail_record_process *p)
{
	assert(p->program.length <= TRAIL_RECORD_PROGRAM_MAX);
	put(w, p->ppid, 4);
	put(w, p->uid, 4);
	put(w, p->euid, 4);
	put(w, p->gid, 4);
	put(w, p->egid, 4);
	put_text(w, p->program, 1);
}

static void put_call(struct writer *w, const struct trail_record_call *c)
{
	assert(c->path.length <= TRAIL_RECORD_TEXT_MAX &&
	       c->second.length <= TRAIL_RECORD_TEXT_MAX);
	put(w, c->abi, 2);
	put(w, c->number, 2);
	put(w, c->class, 1);
	put(w, 0, 1);
	put(w, c->uid, 4);
	put(w, c->euid, 4);
	put(w, (uint64_t)c->result, 8);
	for (unsigned i = 0; i < TRAIL_RECORD_ARGS; i++)
		put(w, c->args[i], 8);
	put_text(w, c->path, 2);
	put_text(w, c->second, 2);
}

static void put_body(struct writer *w, const struct trail_record *r)
{
	switch (r->type) {
	case TRAIL_RECORD_BEGIN:
		put_begin(w, r);
		return;
	case TRAIL_RECORD_CALLS:
		put_calls(w, r);
		return;
	case TRAIL_RECORD_PROCESS:
		put_process(w, &r->process);
		return;
	case TRAIL_RECORD_CALL:
		put_call(w, &r->call);
		return;
	case TRAIL_RECORD_LOST:
		put(w, r->lost, 8);
		return;
	}
}

static uint32_t checksum(const unsigned char *record, size_t bytes)
{
	return logframe_crc(logframe_crc(0, record, 4), record + 8, bytes - 8);
}

size_t trail_record_encode(const struct trail_record *r, unsigned char *out, size_t room)
{
	size_t limit = room < TRAIL_RECORD_MAX ? room : TRAIL_RECORD_MAX;
	struct writer w = {out, out + limit, false};
	struct writer head = w;
	size_t bytes;

	put(&w, 0, 8);
	put(&w, r->type, 2);
	put(&w, r->source, 2);
	put(&w, r->pid, 4);
	put(&w, r->sequence, 8);
	put(&w, (uint64_t)r->time_ns, 8);
	put_body(&w, r);
	if (w.full)
		return 0;
	bytes = (size_t)(w.at - out);
	put(&head, bytes, 4);
	put(&head, checksum(out, bytes), 4);
	return bytes;
}

/* Decoding. A cursor that was asked for more than there is gives zeros and is short. */

struct reader {
	const unsigned char *at;
	const unsigned char *end;
	bool is_short;
};

static uint64_t get(struct reader *r, unsigned bytes)
{
	uint64_t number = 0;

	if (r->is_short || (size_t)(r->end - r->at) < bytes) {
		r->is_short = true;
		return 0;
	}
	for (unsigned i = 0; i < bytes; i++)
		number |= (uint64_t)r->at[i] << 8 * i;
	r->at += bytes;
	return number;
}

static struct trail_text get_text(struct reader *r, unsigned length_bytes)
{
	size_t length = get(r, length_bytes);
	struct trail_text text = {(const char *)r->at, length};

	if (r->is_short || (size_t)(r->end - r->at) < length) {
		r->is_short = true;
		return (struct trail_text){"", 0};
	}
	r->at += length;
	return text;
}

static struct trail_record_source get_source(struct reader *r)
{
	struct trail_record_source s = {.source = (uint16_t)get(r, 2)};

	s.next = get(r, 8);
	return s;
}

static struct trail_record_name get_name(struct reader *r)
{
	struct trail_record_name n = {.abi = (uint16_t)get(r, 2)};

	n.number = (uint16_t)get(r, 2);
	n.class = (uint8_t)get(r, 1);
	n.name = get_text(r, 1);
	return n;
}

static bool get_begin(struct reader *r, struct trail_record *out)
{
	out->begin.origin = get(r, 8);
	out->begin.count = (unsigned)get(r, 2);
	out->begin.sources = NULL;
	out->rows = r->at;
	for (unsigned i = 0; i < out->begin.count && !r->is_short; i++)
		(void)get_source(r);
	return out->begin.count <= TRAIL_RECORD_SOURCES_MAX;
}

static bool get_calls(struct reader *r, struct trail_record *out)
{
	out->calls.count = (unsigned)get(r, 2);
	out->calls.names = NULL;
	out->rows = r->at;
	for (unsigned i = 0; i < out->calls.count && !r->is_short; i++) {
		if (!trail_class_name(get_name(r).class))
			return false;
	}
	return true;
}

static bool get_process(struct reader *r, struct trail_record_process *p)
{
	p->ppid = (uint32_t)get(r, 4);
	p->uid = (uint32_t)get(r, 4);
	p->euid = (uint32_t)get(r, 4);
	p->gid = (uint32_t)get(r, 4);
	p->egid = (uint32_t)get(r, 4);
	p->program = get_text(r, 1);
	return true;
}

static bool get_call(struct reader *r, struct trail_record_call *c)
{
	c->abi = (uint16_t)get(r, 2);
	c->number = (uint16_t)get(r, 2);
	c->class = (uint8_t)get(r, 1);
	if (get(r, 1) != 0)
		return false;
	c->uid = (uint32_t)get(r, 4);
	c->euid = (uint32_t)get(r, 4);
	c->result = (int64_t)get(r, 8);
	for (unsigned i = 0; i < TRAIL_RECORD_ARGS; i++)
		c->args[i] = get(r, 8);
	c->path = get_text(r, 2);
	c->second = get_text(r, 2);
	return trail_class_name(c->class) && c->path.length <= TRAIL_RECORD_TEXT_MAX &&
	       c->second.length <= TRAIL_RECORD_TEXT_MAX;
}

static bool get_body(struct reader *r, struct trail_record *out)
{
	switch (out->type) {
	case TRAIL_RECORD_BEGIN:
		return get_begin(r, out);
	case TRAIL_RECORD_CALLS:
		return get_calls(r, out);
	case TRAIL_RECORD_PROCESS:
		return get_process(r, &out->process);
	case TRAIL_RECORD_CALL:
		return get_call(r, &out->call);
	case TRAIL_RECORD_LOST:
		out->lost = get(r, 8);
		return out->lost > 0;
	}
	return false;
}

/* Only events are numbered. */
static bool is_numbered_right(const struct trail_record *r)
{
	bool event = r->type == TRAIL_RECORD_CALL || r->type == TRAIL_RECORD_LOST;

	return event == (r->sequence > 0);
}

enum trail_record_verdict trail_record_decode(const unsigned char *data, size_t bytes,
					      struct trail_record *out, size_t *used)
{
	struct reader r = {data, data + bytes, false};
	size_t length = get(&r, 4);
	uint32_t crc = (uint32_t)get(&r, 4);

	if (bytes < 4)
		return TRAIL_RECORD_TORN;
	if (length < TRAIL_RECORD_HEAD_BYTES || length > TRAIL_RECORD_MAX)
		return TRAIL_RECORD_DAMAGED;
	if (bytes < length)
		return TRAIL_RECORD_TORN;
	if (checksum(data, length) != crc)
		return TRAIL_RECORD_DAMAGED;
	r.end = data + length;
	*out = (struct trail_record){.type = (enum trail_record_type)get(&r, 2)};
	out->source = (uint16_t)get(&r, 2);
	out->pid = (uint32_t)get(&r, 4);
	out->sequence = get(&r, 8);
	out->time_ns = (int64_t)get(&r, 8);
	if (!get_body(&r, out) || r.is_short || r.at != r.end || !is_numbered_right(out))
		return TRAIL_RECORD_DAMAGED;
	*used = length;
	return TRAIL_RECORD_OK;
}

size_t trail_record_source_at(const struct trail_record *begin, size_t at,
			      struct trail_record_source *out)
{
	struct reader r = {begin->rows + at, begin->rows + TRAIL_RECORD_MAX, false};

	*out = get_source(&r);
	return (size_t)(r.at - begin->rows);
}

size_t trail_record_name_at(const struct trail_record *calls, size_t at,
			    struct trail_record_name *out)
{
	struct reader r = {calls->rows + at, calls->rows + TRAIL_RECORD_MAX, false};

	*out = get_name(&r);
	return (size_t)(r.at - calls->rows);
}

size_t trail_record_resume(const unsigned char *data, size_t bytes)
{
	struct trail_record record;
	size_t used;

	for (size_t at = 1; at < bytes; at++) {
		if (trail_record_decode(data + at, bytes - at, &record, &used) == TRAIL_RECORD_OK)
			return at;
	}
	return bytes;
}
