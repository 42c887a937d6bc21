/* SPDX-License-Identifier: MIT */
/*
 * How OpenSSL begins; see openssl.h.
 */
#include "ref/platform/openssl.h"

#include <openssl/crypto.h>

void openssl_begin(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
				    OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
				    OPENSSL_INIT_NO_ADD_ALL_DIGESTS,
			    NULL);
}
