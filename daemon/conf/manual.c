// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SAs without IKE: two SPIs, an algorithm, and a key for each direction, in
 * hexadecimal digits in a file of its own.
 */
#include "conf/manual.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/mem.h"
#include "conf/secret.h"
#include "conf/vpn.h"

#define SPI_MIN 256 /* RFC 4303, section 2.1: those below are reserved */
#define TEXT_MAX 1024 /* of a key's file: digits, blanks and newlines */

static bool read_algorithm(struct doc *d, yaml_node_t *node, void *dst,
			   const struct doc_field *f)
{
	static const char known[] =
		"\"aes128-sha256\", \"aes256-sha256\" or \"aes256-sha512\"";
	const char *text = doc_text(d, node, known);
	struct ike_manual *m = dst;

	if (!text)
		return false;
	m->suite = ike_suite_find(text);
	if (m->suite)
		return true;
	if (strstr(text, "gcm") || strstr(text, "ccm") ||
	    strstr(text, "chacha") || strstr(text, "ctr"))
		return doc_fail(
			d, node,
			"expected %s: \"%s\" must not be used with a key that stays (RFC 8221, section 3)",
			known, text);
	return doc_fail(d, node, "expected %s, not \"%s\"", known, text);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In place; the octets, or -1. Blanks may be anywhere. */
static ssize_t unhex(uint8_t *text, size_t len)
{
	size_t i, n = 0;
	int v;

	for (i = 0; i < len; i++) {
		if (isspace(text[i]))
			continue;
		v = digit((char)text[i]);
		if (v < 0)
			return -1;
		/* n / 2 never overtakes i */
		if (n % 2)
			text[n / 2] = (uint8_t)(text[n / 2] << 4 | v);
		else
			text[n / 2] = (uint8_t)v;
		n++;
	}
	return n % 2 ? -1 : (ssize_t)(n / 2);
}

/* Its length is checked once the algorithm is known. */
static bool read_key(struct doc *d, yaml_node_t *node, void *dst,
		     const struct doc_field *f)
{
	struct ike_blob *to = (void *)((char *)dst + f->offset);
	const char *text = doc_text(d, node, "a path");
	char why[256], *path;
	ssize_t n;
	bool ok;

	if (!text)
		return false;
	path = conf_path(d, text);
	to->data = xmalloc(TEXT_MAX);
	ok = secret_read(path, TEXT_MAX, to->data, &to->len, why, sizeof(why));
	if (!ok) {
		doc_fail(d, node, "%s", why);
	} else {
		n = unhex(to->data, to->len);
		ok = n >= 0 ||
		     doc_fail(
			     d, node,
			     "%s: expected an even number of hexadecimal digits",
			     path);
		if (ok)
			to->len = (size_t)n;
	}
	free(path);
	return ok;
}

static bool check_key(struct doc *d, yaml_node_t *node, const char *name,
		      const struct ike_suite *s, const struct ike_blob *key)
{
	size_t len = s->enc_len + s->auth_len;

	return key->len == len ||
	       doc_fail(
		       d, node,
		       "key \"%s\": expected %zu octets for %s, %zu to encrypt and %zu for integrity, not %zu",
		       name, len, s->name, s->enc_len, s->auth_len, key->len);
}

bool manual_read(struct doc *d, yaml_node_t *node, struct ike_manual *m)
{
	static const struct doc_field fields[] = {
		{ .key = "spi-in",
		  .read = doc_read_u32,
		  .offset = offsetof(struct ike_manual, spi_in),
		  .min = SPI_MIN,
		  .max = UINT32_MAX,
		  .required = true },
		{ .key = "spi-out",
		  .read = doc_read_u32,
		  .offset = offsetof(struct ike_manual, spi_out),
		  .min = SPI_MIN,
		  .max = UINT32_MAX,
		  .required = true },
		{ .key = "algorithm", .read = read_algorithm, .required = true },
		{ .key = "key-in",
		  .read = read_key,
		  .offset = offsetof(struct ike_manual, key_in),
		  .required = true },
		{ .key = "key-out",
		  .read = read_key,
		  .offset = offsetof(struct ike_manual, key_out),
		  .required = true },
	};

	if (!doc_map(d, node, fields, ARRAY_SIZE(fields), m) ||
	    !check_key(d, node, "key-in", m->suite, &m->key_in) ||
	    !check_key(d, node, "key-out", m->suite, &m->key_out))
		return false;
	/* What we sent could be sent back to us. */
	if (!memcmp(m->key_in.data, m->key_out.data, m->key_in.len))
		return doc_fail(d, node,
				"expected another key for each direction");
	return true;
}

static void blob_wipe(struct ike_blob *b)
{
	if (b->data)
		secret_wipe(b->data, TEXT_MAX);
	free(b->data);
	memset(b, 0, sizeof(*b));
}

void manual_wipe(struct ike_manual *m)
{
	blob_wipe(&m->key_in);
	blob_wipe(&m->key_out);
}

static struct ike_blob blob_exact(const struct ike_blob *from)
{
	struct ike_blob to = { xmalloc(from->len), from->len };

	memcpy(to.data, from->data, from->len);
	return to;
}

bool manual_take(struct doc *d, yaml_node_t *node, struct ike_conf *conf,
		 const struct ike_manual *m)
{
	struct ike_manual *to;
	size_t i;

	/* An inbound SA is known by our own address and its SPI. */
	for (i = 0; i < conf->n_manual; i++) {
		to = &conf->manual[i];
		if (to->gateway.family == m->gateway.family &&
		    to->spi_in == m->spi_in)
			return doc_fail(d, node,
					"spi-in 0x%x is another gateway's",
					m->spi_in);
	}
	conf->manual = doc_grow(conf->manual, &conf->n_manual, sizeof(*to));
	to = &conf->manual[conf->n_manual - 1];
	*to = *m;
	to->key_in = blob_exact(&m->key_in);
	to->key_out = blob_exact(&m->key_out);
	return true;
}
