// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The keys under "gateways": what is particular to one gateway or a group.
 */
#include "conf/gateway.h"

#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "conf/ike.h"
#include "conf/manual.h"

bool conf_read_mode(struct doc *d, yaml_node_t *node, void *dst,
		    const struct doc_field *f)
{
	static const struct doc_word words[] = {
		{ "on-demand", CESTEER_MODE_ON_DEMAND },
		{ "pre-established", CESTEER_MODE_PRE_ESTABLISHED },
	};
	int v;

	if (!doc_choice(d, node, words, ARRAY_SIZE(words), &v))
		return false;
	*((uint8_t *)dst + f->offset) = (uint8_t)v;
	return true;
}

struct gateway_item {
	struct conf_gateway gateway;
	char *identity;
	struct ike_manual manual;
	uint8_t mode;
};

static bool read_item_mode(struct doc *d, yaml_node_t *node, void *dst,
			   const struct doc_field *f)
{
	struct gateway_item *g = dst;

	g->gateway.has_mode = true;
	return conf_read_mode(d, node, dst, f);
}

static bool read_manual(struct doc *d, yaml_node_t *node, void *dst,
			const struct doc_field *f)
{
	return manual_read(d, node, &((struct gateway_item *)dst)->manual);
}

/* What belongs to one gateway only. */
static bool check_one(struct doc *d, yaml_node_t *item,
		      const struct gateway_item *g)
{
	const struct prefix *p = &g->gateway.address;
	const char *key = g->manual.suite ? "manual" :
			  g->identity	  ? "identity" :
					    NULL;

	if (!key && !g->gateway.has_mode)
		return doc_fail(
			d, item,
			"expected key \"mode\", \"identity\" or \"manual\"");
	if (key && p->len != addr_bits(p->family))
		return doc_fail(
			d, item,
			"key \"%s\" belongs to one gateway, not to a group",
			key);
	if (g->manual.suite && (g->identity || g->gateway.has_mode))
		return doc_fail(
			d, item,
			"key \"manual\" is instead of IKE: expected neither \"mode\" nor \"identity\"");
	return true;
}

static bool item_take(struct doc *d, yaml_node_t *item, struct conf *c,
		      struct gateway_item *g)
{
	const struct prefix *p = &g->gateway.address;
	struct ike_peer_id *id;

	if (!check_one(d, item, g))
		return false;
	if (g->manual.suite) {
		g->manual.gateway.family = p->family;
		memcpy(g->manual.gateway.b, p->b, sizeof(p->b));
		if (!manual_take(d, item, &c->ike, &g->manual))
			return false;
	}
	if (g->identity) {
		c->ike.peer_id = doc_grow(c->ike.peer_id, &c->ike.n_peer_id,
					  sizeof(*id));
		id = &c->ike.peer_id[c->ike.n_peer_id - 1];
		id->gateways = *p;
		id->identity = g->identity;
		g->identity = NULL;
	}
	c->gateways = doc_grow(c->gateways, &c->n_gateways, sizeof(g->gateway));
	c->gateways[c->n_gateways - 1] = g->gateway;
	return true;
}

static bool gateway_each(struct doc *d, yaml_node_t *item, void *dst)
{
	static const struct doc_field fields[] = {
		{ .key = "address",
		  .read = doc_read_group,
		  .offset = offsetof(struct gateway_item, gateway.address),
		  .required = true },
		{ .key = "mode",
		  .read = read_item_mode,
		  .offset = offsetof(struct gateway_item, mode) },
		{ .key = "identity",
		  .read = conf_read_identity,
		  .offset = offsetof(struct gateway_item, identity) },
		{ .key = "manual", .read = read_manual },
	};
	struct gateway_item g = { 0 };
	bool ok;

	ok = doc_map(d, item, fields, ARRAY_SIZE(fields), &g);
	g.gateway.mode = g.mode;
	ok = ok && item_take(d, item, dst, &g);
	manual_wipe(&g.manual);
	free(g.identity);
	return ok;
}

static int gateway_cmp(const void *a, const void *b)
{
	return prefix_cmp(&((const struct conf_gateway *)a)->address,
			  &((const struct conf_gateway *)b)->address);
}

bool conf_read_gateways(struct doc *d, yaml_node_t *node, void *dst,
			const struct doc_field *f)
{
	struct conf *c = dst;

	if (!doc_list(d, node, dst, gateway_each) ||
	    !doc_unique(d, node, c->gateways, c->n_gateways,
			sizeof(*c->gateways), gateway_cmp))
		return false;
	if (c->n_gateways)
		qsort(c->gateways, c->n_gateways, sizeof(*c->gateways),
		      gateway_cmp);
	return true;
}

uint8_t conf_gateway_mode(const struct conf *c, const struct addr *a,
			  uint8_t fallback)
{
	struct conf_gateway key = { .address.family = a->family };
	unsigned int len = addr_bits(a->family) + 1;
	const struct conf_gateway *g;

	if (!c->n_gateways)
		return fallback;
	memcpy(key.address.b, a->b, sizeof(key.address.b));
	while (len--) {
		key.address.len = (uint8_t)len;
		prefix_mask(&key.address);
		g = bsearch(&key, c->gateways, c->n_gateways, sizeof(key),
			    gateway_cmp);
		if (g && g->has_mode)
			return g->mode;
	}
	return fallback;
}
