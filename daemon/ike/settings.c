// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The room's configuration as a value that is copied and freed. Every copy of
 * a secret is wiped before its memory is let go.
 */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "ike/ike.h"
#include "ike/longest.h"

static void blob_free(struct ike_blob *b)
{
	if (b->data)
		explicit_bzero(b->data, b->len);
	free(b->data);
}

static void blobs_free(struct ike_blob *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		blob_free(&b[i]);
	free(b);
}

void ike_conf_free(struct ike_conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n_psk; i++)
		blob_free(&conf->psk[i].key);
	for (i = 0; i < conf->n_peer_id; i++)
		free(conf->peer_id[i].identity);
	for (i = 0; i < conf->n_manual; i++) {
		blob_free(&conf->manual[i].key_in);
		blob_free(&conf->manual[i].key_out);
	}
	ike_longest_free(conf->by_psk);
	ike_longest_free(conf->by_peer_id);
	free(conf->psk);
	free(conf->peer_id);
	free(conf->manual);
	blobs_free(conf->chain, conf->n_chain);
	blobs_free(conf->ca, conf->n_ca);
	blob_free(&conf->key);
	free(conf->identity);
	free(conf->socket);
	free(conf->ike_proposals);
	free(conf->esp_proposals);
	memset(conf, 0, sizeof(*conf));
}

static char *dup_or_null(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

static struct ike_blob blob_copy(const struct ike_blob *from)
{
	struct ike_blob to = { .len = from->len };

	if (!from->data)
		return to;
	to.data = xmalloc(from->len + 1);
	memcpy(to.data, from->data, from->len);
	return to;
}

static struct ike_blob *blobs_copy(const struct ike_blob *from, size_t n)
{
	struct ike_blob *to = xcalloc(n + 1, sizeof(*to));
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = blob_copy(&from[i]);
	return to;
}

bool ike_blob_same(const struct ike_blob *a, const struct ike_blob *b)
{
	return a->len == b->len &&
	       (!a->len || !memcmp(a->data, b->data, a->len));
}

void ike_conf_copy(struct ike_conf *to, const struct ike_conf *from)
{
	size_t i;

	*to = *from;
	to->socket = dup_or_null(from->socket);
	to->identity = dup_or_null(from->identity);
	to->ike_proposals = dup_or_null(from->ike_proposals);
	to->esp_proposals = dup_or_null(from->esp_proposals);
	to->psk = xcalloc(from->n_psk + 1, sizeof(*to->psk));
	for (i = 0; i < from->n_psk; i++) {
		to->psk[i].gateways = from->psk[i].gateways;
		to->psk[i].key = blob_copy(&from->psk[i].key);
	}
	to->peer_id = xcalloc(from->n_peer_id + 1, sizeof(*to->peer_id));
	for (i = 0; i < from->n_peer_id; i++) {
		to->peer_id[i] = from->peer_id[i];
		to->peer_id[i].identity = xstrdup(from->peer_id[i].identity);
	}
	to->by_psk = ike_longest_create(to->psk, sizeof(*to->psk), to->n_psk);
	to->by_peer_id = ike_longest_create(to->peer_id, sizeof(*to->peer_id),
					    to->n_peer_id);
	to->manual = xcalloc(from->n_manual + 1, sizeof(*to->manual));
	for (i = 0; i < from->n_manual; i++) {
		to->manual[i] = from->manual[i];
		to->manual[i].key_in = blob_copy(&from->manual[i].key_in);
		to->manual[i].key_out = blob_copy(&from->manual[i].key_out);
	}
	to->chain = blobs_copy(from->chain, from->n_chain);
	to->ca = blobs_copy(from->ca, from->n_ca);
	to->key = blob_copy(&from->key);
}
