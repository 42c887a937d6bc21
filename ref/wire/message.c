/* SPDX-License-Identifier: MIT */
/*
 * Messages on the local control socket; see message.h. jansson parses and prints; here is which
 * keys a message has. Reading goes through reader.h.
 */
#include "ref/wire/message.h"
#include "ref/store/product.h"
#include "ref/wire/reader.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *const op_names[] = {
	[MESSAGE_SHUTDOWN] = "shutdown",     [MESSAGE_SCAN] = "scan",
	[MESSAGE_STARTED] = "started",       [MESSAGE_SELANG] = "selang",
	[MESSAGE_HOSTS] = "hosts",           [MESSAGE_REMOTE] = "remote",
	[MESSAGE_TRACE] = "trace",           [MESSAGE_RELOAD] = "reload",
	[MESSAGE_STATISTICS] = "statistics", [MESSAGE_TRUSTED] = "trusted",
	[MESSAGE_UNTRUST] = "untrust",       [MESSAGE_END] = "end",
	[MESSAGE_LOGGED] = "logged",         [MESSAGE_ACCOUNT] = "account",
	[MESSAGE_LOGIN] = "login",           [MESSAGE_SETTING] = "setting",
};

static const char *const trace_names[] = {
	[MESSAGE_TRACE_STATUS] = "status", [MESSAGE_TRACE_ON] = "on",
	[MESSAGE_TRACE_OFF] = "off",       [MESSAGE_TRACE_TOGGLE] = "toggle",
	[MESSAGE_TRACE_CLEAR] = "clear",   [MESSAGE_TRACE_ADD] = "add",
};

static const char *const password_names[] = {
	[MESSAGE_PASSWORD_NONE] = "none",
	[MESSAGE_PASSWORD_GIVEN] = "given",
	[MESSAGE_PASSWORD_WRONG] = "wrong",
	[MESSAGE_PASSWORD_RIGHT] = "right",
};

static const char *const login_names[] = {
	[MESSAGE_LOGIN_ATTEMPT] = "attempt",
	[MESSAGE_LOGIN_CHECK] = "check",
	[MESSAGE_LOGIN_BEGIN] = "begin",
};

#define RETRY_NS    (200 * NS_PER_MS)
#define RETRIES_MAX 50

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* The index of a word in a list. */
static unsigned take_word(struct reader *r, const char *key, const char *const *words, size_t count)
{
	char name[MESSAGE_WORD_MAX];

	reader_text(r, key, name, sizeof(name));
	for (unsigned i = 0; i < count; i++) {
		if (!strcmp(name, words[i]))
			return i;
	}
	reader_fault(r, "unknown %s %s", key, name);
	return 0;
}

const char *message_op_word(enum message_op op)
{
	return op_names[op];
}

int message_read_request(const char *text, size_t bytes, struct message_request *out, char *why,
			 size_t why_bytes)
{
	struct reader r;

	reader_open(&r, text, bytes, why, why_bytes);
	*out = (struct message_request){
		.op = (enum message_op)take_word(&r, "op", op_names, COUNT(op_names))};
	switch (out->op) {
	case MESSAGE_SHUTDOWN:
		out->unload = reader_flag(&r, "unload");
		break;
	case MESSAGE_SCAN:
		out->next = reader_flag(&r, "next");
		out->record = reader_flag(&r, "record");
		break;
	case MESSAGE_STARTED:
	case MESSAGE_END:
		reader_text(&r, "daemon", out->daemon, sizeof(out->daemon));
		break;
	case MESSAGE_SELANG:
		reader_text(&r, "commands", out->commands, sizeof(out->commands));
		break;
	case MESSAGE_HOSTS:
		out->uid = (uid_t)reader_number(&r, "uid", 0, UINT32_MAX);
		out->pid = (pid_t)reader_number(&r, "pid", 0, INT32_MAX);
		reader_text(&r, "name", out->name, sizeof(out->name));
		reader_text(&r, "behind", out->behind, sizeof(out->behind));
		break;
	case MESSAGE_REMOTE:
		reader_text(&r, "host", out->host, sizeof(out->host));
		reader_text(&r, "user", out->user, sizeof(out->user));
		reader_text(&r, "session", out->session, sizeof(out->session));
		out->password = (enum message_password)take_word(&r, "password", password_names,
								 COUNT(password_names));
		break;
	case MESSAGE_TRACE:
		out->trace = (enum message_trace)take_word(&r, "action", trace_names,
							   COUNT(trace_names));
		reader_text(&r, "text", out->text, sizeof(out->text));
		break;
	case MESSAGE_RELOAD:
	case MESSAGE_STATISTICS:
		break;
	case MESSAGE_TRUSTED:
		reader_text(&r, "class", out->name, sizeof(out->name));
		reader_text(&r, "behind", out->behind, sizeof(out->behind));
		break;
	case MESSAGE_UNTRUST:
		reader_text(&r, "class", out->name, sizeof(out->name));
		reader_text(&r, "path", out->behind, sizeof(out->behind));
		out->stage = (int32_t)reader_number(&r, "stage", 0, INT32_MAX);
		out->code = (int32_t)reader_number(&r, "code", 0, INT32_MAX);
		break;
	case MESSAGE_LOGGED:
		break;
	case MESSAGE_LOGIN:
		out->login =
			(enum message_login)take_word(&r, "step", login_names, COUNT(login_names));
		reader_text(&r, "user", out->user, sizeof(out->user));
		reader_text(&r, "terminal", out->terminal, sizeof(out->terminal));
		reader_text(&r, "program", out->program, sizeof(out->program));
		break;
	case MESSAGE_SETTING:
		reader_text(&r, "section", out->section, sizeof(out->section));
		reader_text(&r, "token", out->token, sizeof(out->token));
		reader_text(&r, "value", out->value, sizeof(out->value));
		break;
	case MESSAGE_ACCOUNT:
		reader_text(&r, "user", out->user, sizeof(out->user));
		out->disable = reader_flag(&r, "disable");
		break;
	}
	return reader_close(&r);
}

static void read_call(struct reader *list, json_t *value, struct platform_call *out)
{
	struct reader r = {
		.object = json_incref(value), .why = list->why, .why_bytes = list->why_bytes};

	if (!json_is_object(value))
		reader_fault(&r, "a call is not an object");
	*out = (struct platform_call){
		.number = (int)reader_number(&r, "number", INT32_MIN, INT32_MAX),
		.pid = (pid_t)reader_number(&r, "pid", 0, INT32_MAX),
		.tid = (pid_t)reader_number(&r, "tid", 0, INT32_MAX),
		.ppid = (pid_t)reader_number(&r, "ppid", 0, INT32_MAX),
		.uid = (uid_t)reader_number(&r, "uid", 0, UINT32_MAX),
		.duration_ns = reader_number(&r, "duration_ns", 0, INT64_MAX),
		.movable = reader_flag(&r, "movable"),
	};
	reader_text(&r, "program", out->program, sizeof(out->program));
	list->error = reader_close(&r);
}

static void take_calls(struct reader *r, struct message_answer *out)
{
	json_t *list = reader_take(r, "calls");
	size_t count = json_array_size(list);

	if (list && !json_is_array(list))
		reader_fault(r, "key calls is not a list");
	else if (count > MESSAGE_CALLS_MAX)
		reader_fault(r, "more than %d calls", MESSAGE_CALLS_MAX);
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
	out->status = (enum exit_status)reader_number(&r, "status", EXIT_DONE, EXIT_USAGE);
	reader_text(&r, "text", out->text, sizeof(out->text));
	out->pid = (pid_t)reader_number(&r, "pid", 0, INT32_MAX);
	out->monitor = reader_flag(&r, "monitor");
	out->more = reader_flag(&r, "more");
	reader_text(&r, "user", out->user, sizeof(out->user));
	reader_text(&r, "session", out->session, sizeof(out->session));
	take_calls(&r, out);
	reader_text(&r, "output", out->output, sizeof(out->output));
	return reader_close(&r);
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
	case MESSAGE_END:
		object = json_pack("{ss ss}", "op", op, "daemon", request->daemon);
		break;
	case MESSAGE_SELANG:
		object = json_pack("{ss ss}", "op", op, "commands", request->commands);
		break;
	case MESSAGE_HOSTS:
		object = json_pack("{ss sI sI ss ss}", "op", op, "uid", (json_int_t)request->uid,
				   "pid", (json_int_t)request->pid, "name", request->name, "behind",
				   request->behind);
		break;
	case MESSAGE_REMOTE:
		object = json_pack("{ss ss ss ss ss}", "op", op, "host", request->host, "user",
				   request->user, "session", request->session, "password",
				   password_names[request->password]);
		break;
	case MESSAGE_TRACE:
		object = json_pack("{ss ss ss}", "op", op, "action", trace_names[request->trace],
				   "text", request->text);
		break;
	case MESSAGE_RELOAD:
	case MESSAGE_STATISTICS:
		object = json_pack("{ss}", "op", op);
		break;
	case MESSAGE_TRUSTED:
		object = json_pack("{ss ss ss}", "op", op, "class", request->name, "behind",
				   request->behind);
		break;
	case MESSAGE_UNTRUST:
		object = json_pack("{ss ss ss si si}", "op", op, "class", request->name, "path",
				   request->behind, "stage", (int)request->stage, "code",
				   (int)request->code);
		break;
	case MESSAGE_LOGGED:
		object = json_pack("{ss}", "op", op);
		break;
	case MESSAGE_LOGIN:
		object = json_pack("{ss ss ss ss ss}", "op", op, "step",
				   login_names[request->login], "user", request->user, "terminal",
				   request->terminal, "program", request->program);
		break;
	case MESSAGE_SETTING:
		object = json_pack("{ss ss ss ss}", "op", op, "section", request->section, "token",
				   request->token, "value", request->value);
		break;
	case MESSAGE_ACCOUNT:
		object = json_pack("{ss ss sb}", "op", op, "user", request->user, "disable",
				   request->disable);
		break;
	}
	return reader_print(object, text, bytes);
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
	return reader_print(json_pack("{si ss si sb sb ss ss so ss}", "status", (int)answer->status,
				      "text", answer->text, "pid", (int)answer->pid, "monitor",
				      answer->monitor, "more", answer->more, "user", answer->user,
				      "session", answer->session, "calls", calls, "output",
				      answer->output),
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

/* Whether asking twice does and records no more than asking once. */
static bool may_repeat(const struct message_request *request)
{
	switch (request->op) {
	case MESSAGE_SCAN:
		return !request->record;
	case MESSAGE_STATISTICS:
	case MESSAGE_RELOAD:
	case MESSAGE_SETTING:
		return true;
	default:
		return false;
	}
}

int message_ask_patiently(struct platform *p, const struct message_request *request,
			  int64_t timeout_ns, struct message_answer *answer)
{
	bool lost = false;
	bool up;

	for (int i = 0; i < RETRIES_MAX; i++) {
		int error = lost ? -EPIPE : message_ask(p, request, timeout_ns, answer);

		if (error != -ECONNREFUSED && error != -EPIPE)
			return error;
		if (!product_runs(p))
			return -ECONNREFUSED;
		lost = error == -EPIPE && !may_repeat(request);
		if (lost && !product_intended(p, &up) && up)
			return -EPIPE;
		/* A pause: a process that never ends is waited for. */
		(void)p->ops->wait_gone(p, p->ops->pid(p), RETRY_NS, NULL);
	}
	return lost ? -EPIPE : -EAGAIN;
}
