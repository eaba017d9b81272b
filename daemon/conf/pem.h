/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: certificates and private keys in PEM files (RFC 7468).
 */
#ifndef CESTEER_CONF_PEM_H
#define CESTEER_CONF_PEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEM_FILE_MAX (256 * 1024) /* octets */
#define PEM_CERT_MAX 32768 /* octets of one certificate, DER */

/* A certificate's DER; the octets are each()'s to copy. */
typedef void (*pem_each_fn)(void *arg, const uint8_t *der, size_t len);

/*
 * Every certificate of a file, in its order; what is between them is passed
 * over. False, with what is wrong in why, when there is none or one is not
 * whole: each() may have been called by then.
 */
bool pem_certificates(const char *file, pem_each_fn each, void *arg, char *why,
		      size_t why_len);
/* NULL when the text holds a private key that can be used, else why not. */
const char *pem_key_flaw(const uint8_t *text, size_t len);

#endif /* CESTEER_CONF_PEM_H */
