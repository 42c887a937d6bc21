/* SPDX-License-Identifier: MIT */
/*
 * The keys by which hosts know each other: the own key pair, and a list "NAME KEY" of the public
 * keys of other hosts, KEY being the SHA-256 of the public key in hexadecimal. A name belongs to
 * one key and a key to one name; there is no authority. The files are root's alone.
 */
#ifndef REF_WIRE_KEY_H
#define REF_WIRE_KEY_H

#include "ref/platform/platform.h"
#include "ref/store/file.h"

#define KEY_PRIVATE     PAMSC_DIR "/etc/host.key"
#define KEY_CERTIFICATE PAMSC_DIR "/etc/host.crt"
#define KEY_HOSTS       PAMSC_DIR "/etc/known_hosts"
#define KEY_TEXT_MAX    (2 * PLATFORM_KEY_BYTES + 1) /* in hexadecimal */

/* What a host has: loaded with key_load(), freed with key_free(). */
struct keys {
	char *key; /* PEM, both */
	char *certificate;
	char *hosts; /* the list */
};

/* Returns 0, -ENOENT when there is no key pair, or what reading said. */
int key_load(struct platform *p, struct keys *out);
void key_free(struct keys *keys);

/* Makes a key pair for a host, whose public key is told. Returns 0, -EEXIST when there is one,
 * -ENOMEM, or what writing said. */
int key_make(struct platform *p, const char *host, unsigned char out[PLATFORM_KEY_BYTES]);
/* The own public key. Returns 0 or -EBADMSG. */
int key_own(const struct keys *keys, unsigned char out[PLATFORM_KEY_BYTES]);

/* The key of a host, and the host of a key; names compare without case. False: not in the list. */
bool key_of_host(const struct keys *keys, const char *host, unsigned char out[PLATFORM_KEY_BYTES]);
bool key_host(const struct keys *keys, const unsigned char key[PLATFORM_KEY_BYTES],
	      char host[PLATFORM_NAME_MAX]);

/* Put a host into the list, with its new key if it is there; take it out (-ENOENT). -EEXIST:
 * another host has that key; -EFBIG: the list is full. */
int key_trust(struct platform *p, const char *host, const unsigned char key[PLATFORM_KEY_BYTES]);
int key_forget(struct platform *p, const char *host);

void key_format(const unsigned char key[PLATFORM_KEY_BYTES], char out[KEY_TEXT_MAX]);
bool key_parse(const char *text, unsigned char out[PLATFORM_KEY_BYTES]);

#endif
