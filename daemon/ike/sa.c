// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Security associations as strongSwan tells of them. Owns the meaning of the
 * keys and state names in its events; decides nothing.
 */
#include "ike/sa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/mem.h"
#include "ike/conn.h"

static enum ike_sa_phase phase(struct vici_view msg)
{
	static const struct {
		const char *name;
		enum ike_sa_phase phase;
	} states[] = {
		{ "CREATED", SA_COMING },    { "CONNECTING", SA_COMING },
		{ "INSTALLING", SA_COMING }, { "RETRYING", SA_COMING },
		{ "ESTABLISHED", SA_THERE }, { "INSTALLED", SA_THERE },
		{ "REKEYING", SA_THERE },    { "UPDATING", SA_THERE },
	};
	struct vici_view state;
	size_t i;

	if (!vici_find(msg, VICI_KEY_VALUE, "state", &state))
		return SA_GOING;
	for (i = 0; i < ARRAY_SIZE(states); i++)
		if (vici_is(state, states[i].name))
			return states[i].phase;
	return SA_GOING;
}

static uint64_t number(struct vici_view msg, const char *key, int radix)
{
	uint64_t n;

	return vici_get_u64(msg, key, radix, &n) ? n : 0;
}

bool ike_sa_read_ike(struct vici_view msg, struct ike_sa *ike)
{
	struct vici_view rest = msg, up;
	char local[ADDR_STRLEN];
	struct vici_elem e;

	memset(ike, 0, sizeof(*ike));
	do {
		if (!vici_next(&rest, &e))
			return false;
	} while (e.type != VICI_SECTION_START);
	if (!ike_conn_gateway(e.name, &ike->gateway))
		return false;
	ike->body = e.value;
	ike->up = vici_find(msg, VICI_KEY_VALUE, "up", &up) &&
		  vici_is(up, "yes");
	ike->id = number(e.value, "uniqueid", 10);
	ike->phase = phase(e.value);
	if (vici_get_str(e.value, "local-host", local, sizeof(local)) &&
	    !addr_parse(local, &ike->local))
		memset(&ike->local, 0, sizeof(ike->local));
	vici_find(e.value, VICI_SECTION_START, "child-sas", &ike->children);
	return true;
}

static void read_cipher(struct vici_view body, char *cipher, size_t size)
{
	char bits[8];
	size_t n;

	vici_get_str(body, "encr-alg", cipher, size);
	n = strlen(cipher);
	if (vici_get_str(body, "encr-keysize", bits, sizeof(bits)))
		snprintf(cipher + n, size - n, "-%s", bits);
}

static void read_child(struct vici_view body, uint32_t ike_id, time_t now,
		       struct ike_sa_child *child)
{
	struct vici_view v;

	memset(child, 0, sizeof(*child));
	child->id = number(body, "uniqueid", 10);
	child->ike_id = ike_id;
	child->phase = phase(body);
	child->if_id = number(body, "if-id-out", 16);
	child->spi_in = number(body, "spi-in", 16);
	child->spi_out = number(body, "spi-out", 16);
	child->bytes_in = number(body, "bytes-in", 10);
	child->bytes_out = number(body, "bytes-out", 10);
	child->packets_in = number(body, "packets-in", 10);
	child->packets_out = number(body, "packets-out", 10);
	child->installed = now - (time_t)number(body, "install-time", 10);
	if (vici_find(body, VICI_KEY_VALUE, "rekey-time", &v))
		child->rekey_at = now + (time_t)number(body, "rekey-time", 10);
	child->rekeying = vici_find(body, VICI_KEY_VALUE, "state", &v) &&
			  vici_is(v, "REKEYING");
	child->encap = vici_find(body, VICI_KEY_VALUE, "encap", &v) &&
		       vici_is(v, "yes");
	read_cipher(body, child->cipher, sizeof(child->cipher));
}

bool ike_sa_next_child(struct vici_view *rest, const struct ike_sa *ike,
		       time_t now, struct ike_sa_child *child)
{
	struct vici_elem e;

	while (vici_next(rest, &e)) {
		if (e.type != VICI_SECTION_START)
			continue;
		read_child(e.value, ike->id, now, child);
		return true;
	}
	return false;
}

bool ike_sa_read_rekey(const struct ike_sa *ike, time_t now,
		       struct ike_sa_child *old, struct ike_sa_child *new)
{
	struct vici_view rest = ike->children, before, after;
	struct vici_elem e;

	if (!vici_next(&rest, &e) || e.type != VICI_SECTION_START ||
	    !vici_find(e.value, VICI_SECTION_START, "old", &before) ||
	    !vici_find(e.value, VICI_SECTION_START, "new", &after))
		return false;
	read_child(before, ike->id, now, old);
	read_child(after, ike->id, now, new);
	return true;
}

void ike_sa_set_put(struct ike_sa_set *set, const struct ike_sa_child *child)
{
	struct ike_sa_child *old;
	struct ike_sa_child new = *child;
	size_t i;

	for (i = 0; i < set->n; i++) {
		old = &set->child[i];
		if (old->id == child->id) {
			new.lost = old->lost;
			new.missed = old->missed;
			*old = new;
			return;
		}
	}
	if (set->n == set->room) {
		set->room = set->room ? 2 * set->room : 2;
		set->child =
			xrealloc(set->child, set->room * sizeof(*set->child));
	}
	set->child[set->n++] = *child;
}

void ike_sa_set_del(struct ike_sa_set *set, uint32_t id)
{
	size_t i;

	for (i = 0; i < set->n; i++) {
		if (set->child[i].id == id) {
			set->child[i] = set->child[--set->n];
			return;
		}
	}
}

void ike_sa_set_sweep(struct ike_sa_set *set, unsigned int listing)
{
	size_t i = 0;

	while (i < set->n) {
		if (set->child[i].listing == listing)
			i++;
		else
			set->child[i] = set->child[--set->n];
	}
}

void ike_sa_set_free(struct ike_sa_set *set)
{
	free(set->child);
	memset(set, 0, sizeof(*set));
}

static void put_spi(json_t *o, const char *key, uint32_t spi)
{
	char text[11];

	snprintf(text, sizeof(text), "0x%08x", spi);
	json_object_set_new(o, key, json_string(text));
}

static void put_count(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, json_integer(n));
}

json_t *ike_sa_set_json(const struct ike_sa_set *set, time_t now)
{
	static const char *const names[] = { "coming", "installed", "going" };
	const struct ike_sa_child *c;
	json_t *list = json_array();
	json_t *o;
	size_t i;

	for (i = 0; i < set->n; i++) {
		c = &set->child[i];
		o = json_pack("{s:s}", "state",
			      c->manual	  ? "manual" :
			      c->rekeying ? "rekeying" :
					    names[c->phase]);
		put_spi(o, "spi-in", c->spi_in);
		put_spi(o, "spi-out", c->spi_out);
		put_count(o, "age", now - c->installed);
		put_count(o, "bytes-in", c->bytes_in);
		put_count(o, "bytes-out", c->bytes_out);
		put_count(o, "packets-in", c->packets_in);
		put_count(o, "packets-out", c->packets_out);
		if (c->rekey_at)
			put_count(o, "rekey-in",
				  c->rekey_at > now ? c->rekey_at - now : 0);
		json_object_set_new(o, "cipher", json_string(c->cipher));
		json_object_set_new(o, "encap", json_boolean(c->encap));
		json_array_append_new(list, o);
	}
	return list;
}
