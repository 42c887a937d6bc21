/* SPDX-License-Identifier: MIT */
/*
 * Reading and printing the JSON objects that programs exchange: jansson parses and prints, here is
 * what makes reading strict. Each reader takes the keys it knows out of the object; what is left
 * over is an error. Not for which keys a message has (message.h, link.h).
 */
#ifndef REF_WIRE_READER_H
#define REF_WIRE_READER_H

#include "ref/platform/platform.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What was read and printed is overwritten before its memory is given back; for processes that a
 * password goes through. */
void reader_keep_secrets(const struct platform *p);

/* An object being read; the first fault is kept. */
struct reader {
	json_t *object; /* owned; keys that were read are removed */
	char *why;
	size_t why_bytes;
	int error;
};

/* Always followed by reader_close(), which returns 0, or -EBADMSG with the fault in why. */
void reader_open(struct reader *r, const char *text, size_t bytes, char *why, size_t why_bytes);
int reader_close(struct reader *r);
__attribute__((format(printf, 2, 3))) void reader_fault(struct reader *r, const char *format, ...);

/* The value of a key, which it takes out of the object and the caller releases; NULL: fault. */
json_t *reader_take(struct reader *r, const char *key);
/* Values of a kind and range; after a fault false, low, and "". */
bool reader_flag(struct reader *r, const char *key);
int64_t reader_number(struct reader *r, const char *key, int64_t low, int64_t high);
void reader_text(struct reader *r, const char *key, char *out, size_t bytes);
/* The same, or null: false and "". */
bool reader_text_or_null(struct reader *r, const char *key, char *out, size_t bytes);

/* Prints and releases an object; the caller frees the text. NULL: packing failed. Returns 0,
 * -EINVAL or -ENOMEM. */
int reader_print(json_t *object, char **text, size_t *bytes);

#endif
