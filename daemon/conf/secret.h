/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: files that hold one secret.
 */
#ifndef CESTEER_CONF_SECRET_H
#define CESTEER_CONF_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRET_MAX 16384 /* octets; a private key of RSA, as text */

/*
 * Read a secret of at most max (up to SECRET_MAX) octets, without the newline
 * that ends it. The file must be a regular one that neither group nor others
 * may read or write, owned by root or by us. On failure false, and what was
 * expected in why.
 */
bool secret_read(const char *file, size_t max, uint8_t *key, size_t *len,
		 char *why, size_t why_len);
/*
 * The same of a secret that is one line of text, as people make it: what an
 * editor or another system adds unseen is refused, as the other side would not
 * have it.
 */
bool secret_read_line(const char *file, size_t max, uint8_t *key, size_t *len,
		      char *why, size_t why_len);
/* Overwrite a secret that is not needed any more. */
void secret_wipe(void *key, size_t len);

#endif /* CESTEER_CONF_SECRET_H */
