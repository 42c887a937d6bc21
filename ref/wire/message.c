/* SPDX-License-Identifier: MIT */
/*
 * Messages on the local control socket; see message.h. jansson parses and prints; here is which
 * keys a message has. Each reader takes the keys it knows out of the object: what is left over is
 * an error.
 */
#include "ref/wire/message.h"
#include "ref/store/product.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define READ_FLAGS  JSON_REJECT_DUPLICATES
#define WRITE_FLAGS JSON_COMPACT

static const char *const op_names[] = {
	[MESSAGE_SHUTDOWN] = "shutdown",
	[MESSAGE_SCAN] = "scan",
	[MESSAGE_STARTED] = "started",
	[MESSAGE_SELANG] = "selang",
};

#define OPS (sizeof(op_names) / sizeof(op_names[0]))

/* An object being read; the first fault is kept. */
struct reader {
	json_t *object; /* owned; keys that were read are removed */
	char *why;
	size_t why_bytes;
	int error;
};

__attribute__((format(printf, 2, 3))) static void fault(struct reader *r, const char *format, ...)
{
	va_list args;

	if (r->error)
		return;
	r->error = -EBADMSG;
	va_start(args, format);
	vsnprintf(r->why, r->why_bytes, format, args);
	va_end(args);
}

static void reader_open(struct reader *r, const char *text, size_t bytes, char *why,
			size_t why_bytes)
{
	json_error_t e;

	*r = (struct reader){.why = why, .why_bytes = why_bytes};
	r->object = json_loadb(text, bytes, READ_FLAGS, &e);
	if (!r->object)
		fault(r, "byte %d: %.80s", e.position, e.text);
	else if (!json_is_object(r->object))
		fault(r, "not an object");
}

static int reader_close(struct reader *r)
{
	if (!r->error && json_object_size(r->object) > 0)
		fault(r, "unknown key %.40s", json_object_iter_key(json_object_iter(r->object)));
	json_decref(r->object);
	return r->error;
}

/* The value of a key, which it takes out of the object and the caller releases; NULL: fault. */
static json_t *take(struct reader *r, const char *key)
{
	json_t *value;

	if (r->error)
		return NULL;
	value = json_incref(json_object_get(r->object, key));
	if (!value)
		fault(r, "key %s is missing", key);
	json_object_del(r->object, key);
	return value;
}

static bool take_flag(struct reader *r, const char *key)
{
	json_t *value = take(r, key);
	bool flag = json_is_true(value);

	if (value && !json_is_boolean(value))
		fault(r, "key %s is not true or false", key);
	json_decref(value);
	return flag;
}

static int64_t take_number(struct reader *r, const char *key, int64_t low, int64_t high)
{
	json_t *value = take(r, key);
	int64_t number = json_integer_value(value);

	if (value && !json_is_integer(value))
		fault(r, "key %s is not a whole number", key);
	else if (value && (number < low || number > high))
		fault(r, "key %s is out of range", key);
	json_decref(value);
	return r->error ? low : number;
}

static void take_text(struct reader *r, const char *key, char *out, size_t bytes)
{
	json_t *value = take(r, key);

	out[0] = '\0';
	if (value && !json_is_string(value))
		fault(r, "key %s is not a text", key);
	else if (value && json_string_length(value) >= bytes)
		fault(r, "key %s has more than %zu bytes", key, bytes - 1);
	else if (value)
		memcpy(out, json_string_value(value), json_string_length(value) + 1);
	json_decref(value);
}

static enum message_op take_op(struct reader *r)
{
	char name[MESSAGE_WORD_MAX];

	take_text(r, "op", name, sizeof(name));
	for (unsigned i = 0; i < OPS; i++) {
		if (!strcmp(name, op_names[i]))
			return (enum message_op)i;
	}
	fault(r, "unknown op %s", name);
	return MESSAGE_SHUTDOWN;
}

int message_read_request(const char *text, size_t bytes, struct message_request *out, char *why,
			 size_t why_bytes)
{
	struct reader r;

	reader_open(&r, text, bytes, why, why_bytes);
	*out = (struct message_request){.op = take_op(&r)};
	switch (out->op) {
	case MESSAGE_SHUTDOWN:
		out->unload = take_flag(&r, "unload");
		break;
	case MESSAGE_SCAN:
		out->next = take_flag(&r, "next");
		out->record = take_flag(&r, "record");
		break;
	case MESSAGE_STARTED:
		take_text(&r, "daemon", out->daemon, sizeof(out->daemon));
		break;
	case MESSAGE_SELANG:
		take_text(&r, "commands", out->commands, sizeof(out->commands));
		break;
	}
	return reader_close(&r);
}

static void read_call(struct reader *list, json_t *value, struct platform_call *out)
{
	struct reader r = {
		.object = json_incref(value), .why = list->why, .why_bytes = list->why_bytes};

	if (!json_is_object(value))
		fault(&r, "a call is not an object");
	*out = (struct platform_call){
		.number = (int)take_number(&r, "number", INT32_MIN, INT32_MAX),
		.pid = (pid_t)take_number(&r, "pid", 0, INT32_MAX),
		.tid = (pid_t)take_number(&r, "tid", 0, INT32_MAX),
		.ppid = (pid_t)take_number(&r, "ppid", 0, INT32_MAX),
		.uid = (uid_t)take_number(&r, "uid", 0, UINT32_MAX),
		.duration_ns = take_number(&r, "duration_ns", 0, INT64_MAX),
		.movable = take_flag(&r, "movable"),
	};
	take_text(&r, "program", out->program, sizeof(out->program));
	list->error = reader_close(&r);
}

static void take_calls(struct reader *r, struct message_answer *out)
{
	json_t *list = take(r, "calls");
	size_t count = json_array_size(list);

	if (list && !json_is_array(list))
		fault(r, "key calls is not a list");
	else if (count > MESSAGE_CALLS_MAX)
		fault(r, "more than %d calls", MESSAGE_CALLS_MAX);
	for (size_t i = 0; i < count && !r->error; i++)
		read_call(r, json_array_get(list, i), &out->calls[i]);
	out->call_count = r->error ? 0 : (unsigned)count;
	json_decref(list);
}

int message_read_answer(const char *text, size_t bytes, struct message_answer *out, char *why,
			size_t why_bytes)
{
	struct reader r;

	memset(out, 0, sizeof(*out));
	reader_open(&r, text, bytes, why, why_bytes);
	out->status = (enum exit_status)take_number(&r, "status", EXIT_DONE, EXIT_USAGE);
	take_text(&r, "text", out->text, sizeof(out->text));
	out->pid = (pid_t)take_number(&r, "pid", 0, INT32_MAX);
	out->monitor = take_flag(&r, "monitor");
	out->more = take_flag(&r, "more");
	take_calls(&r, out);
	take_text(&r, "output", out->output, sizeof(out->output));
	return reader_close(&r);
}

/* Prints and releases an object; NULL: packing failed. */
static int print(json_t *object, char **text, size_t *bytes)
{
	*text = object ? json_dumps(object, WRITE_FLAGS) : NULL;
	json_decref(object);
	if (!*text)
		return object ? -ENOMEM : -EINVAL;
	*bytes = strlen(*text);
	return 0;
}

int message_write_request(const struct message_request *request, char **text, size_t *bytes)
{
	const char *op = op_names[request->op];
	json_t *object = NULL;

	switch (request->op) {
	case MESSAGE_SHUTDOWN:
		object = json_pack("{ss sb}", "op", op, "unload", request->unload);
		break;
	case MESSAGE_SCAN:
		object = json_pack("{ss sb sb}", "op", op, "next", request->next, "record",
				   request->record);
		break;
	case MESSAGE_STARTED:
		object = json_pack("{ss ss}", "op", op, "daemon", request->daemon);
		break;
	case MESSAGE_SELANG:
		object = json_pack("{ss ss}", "op", op, "commands", request->commands);
		break;
	}
	return print(object, text, bytes);
}

static json_t *pack_calls(const struct message_answer *answer)
{
	json_t *list = json_array();

	for (unsigned i = 0; list && i < answer->call_count; i++) {
		const struct platform_call *c = &answer->calls[i];
		json_t *call = json_pack(
			"{si si si si sI sI sb ss}", "number", c->number, "pid", (int)c->pid, "tid",
			(int)c->tid, "ppid", (int)c->ppid, "uid", (json_int_t)c->uid, "duration_ns",
			(json_int_t)c->duration_ns, "movable", c->movable, "program", c->program);

		/* Takes over call, also when it fails, as it does without one. */
		if (json_array_append_new(list, call)) {
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}

int message_write_answer(const struct message_answer *answer, char **text, size_t *bytes)
{
	json_t *calls = pack_calls(answer);

	if (!calls) {
		*text = NULL;
		return -EINVAL;
	}
	return print(json_pack("{si ss si sb sb so ss}", "status", (int)answer->status, "text",
			       answer->text, "pid", (int)answer->pid, "monitor", answer->monitor,
			       "more", answer->more, "calls", calls, "output", answer->output),
		     text, bytes);
}

static int ask_bytes(struct platform *p, const char *text, size_t bytes, int64_t timeout_ns,
		     struct message_answer *answer)
{
	char *buffer = malloc(PLATFORM_MESSAGE_MAX);
	char path[PLATFORM_PATH_MAX];
	char why[MESSAGE_WHY_MAX];
	ssize_t n = buffer ? path_installed(p, PRODUCT_SOCKET, path) : -ENOMEM;

	if (n == 0)
		n = p->ops->request(p, path, text, bytes, buffer, PLATFORM_MESSAGE_MAX, timeout_ns);
	if (n >= 0)
		n = message_read_answer(buffer, (size_t)n, answer, why, sizeof(why));
	free(buffer);
	return (int)n;
}

int message_ask(struct platform *p, const struct message_request *request, int64_t timeout_ns,
		struct message_answer *answer)
{
	char *text;
	size_t bytes;
	int error = message_write_request(request, &text, &bytes);

	if (!error)
		error = ask_bytes(p, text, bytes, timeout_ns, answer);
	free(text);
	return error;
}
