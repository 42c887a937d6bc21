/* SPDX-License-Identifier: MIT */
/*
 * How OpenSSL begins; see openssl.h.
 */
#include "ref/platform/openssl.h"

#include "ref/platform/linux.h"

#include <openssl/crypto.h>

void openssl_begin(void)
{
	uint64_t without = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS;

	/* Left out once, names never come again: a module of PAM might ask for one. */
	if (!linux_password_shares_openssl())
		without |= OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS;
	OPENSSL_init_crypto(without, NULL);
}
