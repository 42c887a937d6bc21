/* SPDX-License-Identifier: MIT */
/*
 * Keys of hosts; see key.h.
 */
#include "ref/wire/key.h"

#include "ref/platform/openssl.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PEM_MAX   16384
#define HOSTS_MAX (4 * 1024 * 1024) /* bytes of the list */
#define DAYS      36500             /* a certificate holds a key, and ends with it */

static int read_installed(struct platform *p, const char *within, size_t max_bytes, char **text)
{
	char path[PLATFORM_PATH_MAX];
	size_t bytes;
	int error = path_installed(p, within, path);

	*text = NULL;
	return error ? error : file_read(p, path, max_bytes, text, &bytes);
}

static int write_installed(struct platform *p, const char *within, const char *text, size_t bytes)
{
	char path[PLATFORM_PATH_MAX];
	int error = path_installed(p, within, path);

	return error ? error : file_replace(p, path, text, bytes, 0600);
}

int key_load(struct platform *p, struct keys *out)
{
	int error;

	*out = (struct keys){0};
	error = read_installed(p, KEY_PRIVATE, PEM_MAX, &out->key);
	if (!error)
		error = read_installed(p, KEY_CERTIFICATE, PEM_MAX, &out->certificate);
	if (!error)
		error = read_installed(p, KEY_HOSTS, HOSTS_MAX, &out->hosts);
	if (error == -ENOENT && out->certificate) {
		out->hosts = calloc(1, 1); /* nobody is known yet */
		error = out->hosts ? 0 : -ENOMEM;
	}
	if (error)
		key_free(out);
	return error;
}

void key_free(struct keys *keys)
{
	if (keys->key)
		OPENSSL_cleanse(keys->key, strlen(keys->key));
	free(keys->key);
	free(keys->certificate);
	free(keys->hosts);
	*keys = (struct keys){0};
}

/* Making. The two structures are filled from the bytes of the key: OpenSSL's encoders, which do so
 * for keys of every kind, take longer than all else here. */

#define RAW_BYTES 32 /* of an Ed25519 key, either part: RFC 8032 */

static bool set_public_key(X509 *certificate, const EVP_PKEY *key)
{
	unsigned char *raw = OPENSSL_malloc(RAW_BYTES);
	size_t bytes = RAW_BYTES;

	if (raw && EVP_PKEY_get_raw_public_key(key, raw, &bytes) == 1 &&
	    X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(certificate), OBJ_nid2obj(NID_ED25519),
				   V_ASN1_UNDEF, NULL, raw, (int)bytes) == 1)
		return true;
	OPENSSL_free(raw);
	return false;
}

/* The private key as RFC 8410 has it in PKCS #8: an octet string within an octet string. */
static PKCS8_PRIV_KEY_INFO *wrap_private_key(const EVP_PKEY *key)
{
	PKCS8_PRIV_KEY_INFO *info = PKCS8_PRIV_KEY_INFO_new();
	unsigned char *wrapped = OPENSSL_malloc(2 + RAW_BYTES);
	size_t bytes = RAW_BYTES;

	if (info && wrapped && EVP_PKEY_get_raw_private_key(key, wrapped + 2, &bytes) == 1) {
		wrapped[0] = V_ASN1_OCTET_STRING;
		wrapped[1] = RAW_BYTES;
		if (PKCS8_pkey_set0(info, OBJ_nid2obj(NID_ED25519), 0, V_ASN1_UNDEF, NULL, wrapped,
				    2 + RAW_BYTES) == 1)
			return info;
	}
	OPENSSL_clear_free(wrapped, 2 + RAW_BYTES);
	PKCS8_PRIV_KEY_INFO_free(info);
	return NULL;
}

static X509 *certify(EVP_PKEY *key, const char *host)
{
	X509 *c = X509_new();
	X509_NAME *name = c ? X509_get_subject_name(c) : NULL;

	if (name && X509_set_version(c, X509_VERSION_3) == 1 &&
	    ASN1_INTEGER_set(X509_get_serialNumber(c), 1) == 1 &&
	    X509_gmtime_adj(X509_getm_notBefore(c), 0) &&
	    X509_time_adj_ex(X509_getm_notAfter(c), DAYS, 0, NULL) && set_public_key(c, key) &&
	    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)host, -1,
				       -1, 0) == 1 &&
	    X509_set_issuer_name(c, name) == 1 && X509_sign(c, key, NULL) > 0)
		return c;
	X509_free(c);
	return NULL;
}

static int write_pem(struct platform *p, const char *within, BIO *pem)
{
	char *text;
	long bytes = BIO_get_mem_data(pem, &text);

	return bytes > 0 ? write_installed(p, within, text, (size_t)bytes) : -ENOMEM;
}

static int write_pair(struct platform *p, EVP_PKEY *key, X509 *certificate)
{
	BIO *first = BIO_new(BIO_s_secmem());
	BIO *second = BIO_new(BIO_s_mem());
	PKCS8_PRIV_KEY_INFO *info = wrap_private_key(key);
	int error = -ENOMEM;

	if (first && second && info && PEM_write_bio_PKCS8_PRIV_KEY_INFO(first, info) == 1 &&
	    PEM_write_bio_X509(second, certificate) == 1) {
		error = write_pem(p, KEY_CERTIFICATE, second);
		if (!error)
			error = write_pem(p, KEY_PRIVATE, first);
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	BIO_free(second);
	BIO_free(first);
	return error;
}

static bool digest(const X509 *certificate, unsigned char out[PLATFORM_KEY_BYTES])
{
	unsigned bytes = PLATFORM_KEY_BYTES;

	return X509_pubkey_digest(certificate, EVP_sha256(), out, &bytes) == 1 &&
	       bytes == PLATFORM_KEY_BYTES;
}

/* The private part are bytes that nobody can guess, no more: RFC 8032. OpenSSL's own generator
 * would first be seeded with as many from the same place. */
static EVP_PKEY *generate(struct platform *p)
{
	unsigned char raw[RAW_BYTES];
	EVP_PKEY *key = NULL;

	if (!p->ops->secret_make(p, raw, sizeof(raw)))
		key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw, sizeof(raw));
	OPENSSL_cleanse(raw, sizeof(raw));
	return key;
}

int key_make(struct platform *p, const char *host, unsigned char out[PLATFORM_KEY_BYTES])
{
	char path[PLATFORM_PATH_MAX];
	struct platform_stat s;
	int error = path_installed(p, KEY_PRIVATE, path);
	EVP_PKEY *key;
	X509 *certificate;

	if (!error)
		error = p->ops->stat(p, path, &s);
	if (error != -ENOENT)
		return error ? error : -EEXIST;
	openssl_begin();
	key = generate(p);
	certificate = key ? certify(key, host) : NULL;
	error = certificate && digest(certificate, out) ? write_pair(p, key, certificate) : -ENOMEM;
	X509_free(certificate);
	EVP_PKEY_free(key);
	return error;
}

int key_own(const struct keys *keys, unsigned char out[PLATFORM_KEY_BYTES])
{
	BIO *text = BIO_new_mem_buf(keys->certificate, -1);
	X509 *certificate;
	bool fine;

	openssl_begin();
	certificate = text ? PEM_read_bio_X509(text, NULL, NULL, NULL) : NULL;
	fine = certificate && digest(certificate, out);
	X509_free(certificate);
	BIO_free(text);
	return fine ? 0 : -EBADMSG;
}

/* The list */

void key_format(const unsigned char key[PLATFORM_KEY_BYTES], char out[KEY_TEXT_MAX])
{
	for (size_t i = 0; i < PLATFORM_KEY_BYTES; i++)
		snprintf(out + 2 * i, 3, "%02x", key[i]);
}

bool key_parse(const char *text, unsigned char out[PLATFORM_KEY_BYTES])
{
	if (strlen(text) != KEY_TEXT_MAX - 1 ||
	    strspn(text, "0123456789abcdefABCDEF") != KEY_TEXT_MAX - 1)
		return false;
	for (size_t i = 0; i < KEY_TEXT_MAX - 1; i++) {
		int digit = text[i] <= '9' ? text[i] - '0' : (text[i] | 0x20) - 'a' + 10;

		out[i / 2] = (unsigned char)(i % 2 ? out[i / 2] << 4 | digit : digit);
	}
	return true;
}

/* A line of the list, of a host unless wanted is NULL; at moves behind it. False at the end; lines
 * that are none are passed over. */
static bool next_host(const char **at, const char *wanted, const char **line,
		      char host[PLATFORM_NAME_MAX], unsigned char key[PLATFORM_KEY_BYTES])
{
	while (**at) {
		size_t bytes = strcspn(*at, "\n");
		size_t name = strcspn(*at, " \n");
		char text[KEY_TEXT_MAX];

		*line = *at;
		*at += bytes + ((*at)[bytes] == '\n');
		if (name == 0 || name >= PLATFORM_NAME_MAX || bytes != name + KEY_TEXT_MAX)
			continue;
		if (wanted && (strncasecmp(*line, wanted, name) != 0 || wanted[name]))
			continue;
		snprintf(host, PLATFORM_NAME_MAX, "%.*s", (int)name, *line);
		snprintf(text, sizeof(text), "%.*s", KEY_TEXT_MAX - 1, *line + name + 1);
		if (key_parse(text, key))
			return true;
	}
	return false;
}

bool key_of_host(const struct keys *keys, const char *host, unsigned char out[PLATFORM_KEY_BYTES])
{
	const char *at = keys->hosts, *line;
	char name[PLATFORM_NAME_MAX];

	return next_host(&at, host, &line, name, out);
}

bool key_host(const struct keys *keys, const unsigned char key[PLATFORM_KEY_BYTES],
	      char host[PLATFORM_NAME_MAX])
{
	const char *at = keys->hosts, *line;
	unsigned char each[PLATFORM_KEY_BYTES];

	while (next_host(&at, NULL, &line, host, each)) {
		if (!memcmp(each, key, sizeof(each)))
			return true;
	}
	return false;
}

/* Writes the list anew: without a host, and with it and its key behind the others unless key is
 * NULL. */
static int rewrite(struct platform *p, const char *host, const unsigned char *key)
{
	char *old;
	int error = read_installed(p, KEY_HOSTS, HOSTS_MAX, &old);
	char *text = error && error != -ENOENT ? NULL : malloc(HOSTS_MAX);
	const char *at = old ? old : "", *line;
	char name[PLATFORM_NAME_MAX], hex[KEY_TEXT_MAX];
	unsigned char each[PLATFORM_KEY_BYTES];
	bool found = false;
	size_t n = 0;

	error = text ? 0 : error && error != -ENOENT ? error : -ENOMEM;
	while (!error && next_host(&at, NULL, &line, name, each)) {
		bool same = !strcasecmp(name, host);

		found |= same;
		if (!same && key && !memcmp(each, key, sizeof(each)))
			error = -EEXIST;
		if (!same) {
			memcpy(text + n, line, (size_t)(at - line));
			n += (size_t)(at - line);
			if (text[n - 1] != '\n')
				text[n++] = '\n';
		}
	}
	if (!error && key && n + PLATFORM_NAME_MAX + KEY_TEXT_MAX + 2 > HOSTS_MAX)
		error = -EFBIG;
	if (!error && !key && !found)
		error = -ENOENT;
	if (!error && key) {
		key_format(key, hex);
		n += (size_t)snprintf(text + n, HOSTS_MAX - n, "%s %s\n", host, hex);
	}
	if (!error)
		error = write_installed(p, KEY_HOSTS, text, n);
	free(text);
	free(old);
	return error;
}

int key_trust(struct platform *p, const char *host, const unsigned char key[PLATFORM_KEY_BYTES])
{
	return rewrite(p, host, key);
}

int key_forget(struct platform *p, const char *host)
{
	return rewrite(p, host, NULL);
}
