/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL, begun with what the reference uses of it. For whoever calls it first: keys
 * (ref/wire/key.h) and links to other hosts (linux_link.c).
 */
#ifndef REF_PLATFORM_OPENSSL_H
#define REF_PLATFORM_OPENSSL_H

/*
 * To be called before anything else of OpenSSL; called again it does nothing. Settings meant for
 * other programs, which may name engines to be loaded, are not read. Nor are
 * texts of errors, which nobody prints, and names of ciphers and digests, which nobody asks for
 * (but PAM's modules may, where this is their OpenSSL, too): together half of what OpenSSL does
 * until it has its first key.
 */
void openssl_begin(void);

#endif
