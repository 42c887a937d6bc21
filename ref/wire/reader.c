/* SPDX-License-Identifier: MIT */
/*
 * JSON objects read strictly; see reader.h.
 */
#include "ref/wire/reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_FLAGS  JSON_REJECT_DUPLICATES
#define WRITE_FLAGS JSON_COMPACT

void reader_fault(struct reader *r, const char *format, ...)
{
	va_list args;

	if (r->error)
		return;
	r->error = -EBADMSG;
	va_start(args, format);
	vsnprintf(r->why, r->why_bytes, format, args);
	va_end(args);
}

void reader_open(struct reader *r, const char *text, size_t bytes, char *why, size_t why_bytes)
{
	json_error_t e;

	*r = (struct reader){.why = why, .why_bytes = why_bytes};
	r->object = json_loadb(text, bytes, READ_FLAGS, &e);
	if (!r->object)
		reader_fault(r, "byte %d: %.80s", e.position, e.text);
	else if (!json_is_object(r->object))
		reader_fault(r, "not an object");
}

int reader_close(struct reader *r)
{
	if (!r->error && json_object_size(r->object) > 0)
		reader_fault(r, "unknown key %.40s",
			     json_object_iter_key(json_object_iter(r->object)));
	json_decref(r->object);
	return r->error;
}

json_t *reader_take(struct reader *r, const char *key)
{
	json_t *value;

	if (r->error)
		return NULL;
	value = json_incref(json_object_get(r->object, key));
	if (!value)
		reader_fault(r, "key %s is missing", key);
	json_object_del(r->object, key);
	return value;
}

bool reader_flag(struct reader *r, const char *key)
{
	json_t *value = reader_take(r, key);
	bool flag = json_is_true(value);

	if (value && !json_is_boolean(value))
		reader_fault(r, "key %s is not true or false", key);
	json_decref(value);
	return flag;
}

int64_t reader_number(struct reader *r, const char *key, int64_t low, int64_t high)
{
	json_t *value = reader_take(r, key);
	int64_t number = json_integer_value(value);

	if (value && !json_is_integer(value))
		reader_fault(r, "key %s is not a whole number", key);
	else if (value && (number < low || number > high))
		reader_fault(r, "key %s is out of range", key);
	json_decref(value);
	return r->error ? low : number;
}

static bool read_text(struct reader *r, const char *key, bool or_null, char *out, size_t bytes)
{
	json_t *value = reader_take(r, key);
	bool given = json_is_string(value);

	out[0] = '\0';
	if (or_null && json_is_null(value)) {
		json_decref(value);
		return false;
	}
	if (value && !json_is_string(value))
		reader_fault(r, "key %s is not a text", key);
	else if (value && json_string_length(value) >= bytes)
		reader_fault(r, "key %s has more than %zu bytes", key, bytes - 1);
	else if (value)
		memcpy(out, json_string_value(value), json_string_length(value) + 1);
	json_decref(value);
	return given && !r->error;
}

void reader_text(struct reader *r, const char *key, char *out, size_t bytes)
{
	(void)read_text(r, key, false, out, bytes);
}

bool reader_text_or_null(struct reader *r, const char *key, char *out, size_t bytes)
{
	return read_text(r, key, true, out, bytes);
}

void reader_keep_secrets(const struct platform *p)
{
	json_set_alloc_funcs(malloc, p->ops->secret_free);
}

int reader_print(json_t *object, char **text, size_t *bytes)
{
	*text = object ? json_dumps(object, WRITE_FLAGS) : NULL;
	json_decref(object);
	if (!*text)
		return object ? -ENOMEM : -EINVAL;
	*bytes = strlen(*text);
	return 0;
}
