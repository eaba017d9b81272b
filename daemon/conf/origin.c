// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The keys of what a VPN announces: its trusted subnets and the gateways that
 * stand for them.
 */
#include "conf/origin.h"

#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/mem.h"
#include "bgp/target.h"

#define AT(type, member) offsetof(type, member)

enum {
	/* Labels below are special (RFC 3032, section 2.1): one of them is used. */
	LABEL_FIRST = 16,
	LABEL_LAST = (1 << 20) - 1,
	LABEL_IMPLICIT_NULL = 3,
	/* Number of gateways, until the file is read: the VPN's, or ours. */
	INHERITED = UINT8_MAX,
};

static int gateway_cmp(const void *a, const void *b)
{
	return addr_cmp(a, b);
}

static bool gateway_each(struct doc *d, yaml_node_t *item, void *dst)
{
	struct bgp_gateways *g = dst;
	struct addr a;
	uint8_t i;

	if (!doc_gateway(d, item, &a))
		return false;
	if (g->n == BGP_SGI_MAX)
		return doc_fail(d, item, "expected at most %d gateways",
				BGP_SGI_MAX);
	for (i = 0; i < g->n; i++) {
		if (!addr_cmp(&g->a[i], &a))
			return doc_fail(d, item, "is listed twice");
	}
	g->a[g->n++] = a;
	return true;
}

bool origin_read_gateways(struct doc *d, yaml_node_t *node, void *dst,
			  const struct doc_field *f)
{
	struct bgp_gateways *g = (void *)((char *)dst + f->offset);

	g->n = 0;
	if (!doc_list(d, node, g, gateway_each))
		return false;
	if (!g->n)
		return doc_fail(d, node, "expected at least one gateway");
	qsort(g->a, g->n, sizeof(*g->a), gateway_cmp);
	return true;
}

struct origin_item {
	struct prefix prefix;
	struct addr gateway;
	struct bgp_gateways gateways;
	bool identity;
};

static const struct doc_field origin_fields[] = {
	{ .key = "prefix",
	  .read = doc_read_prefix,
	  .offset = AT(struct origin_item, prefix),
	  .required = true },
	{ .key = "gateway",
	  .read = doc_read_gateway,
	  .offset = AT(struct origin_item, gateway) },
	{ .key = "gateways",
	  .read = origin_read_gateways,
	  .offset = AT(struct origin_item, gateways) },
	{ .key = "identity",
	  .read = doc_read_bool,
	  .offset = AT(struct origin_item, identity) },
};

/* An item's gateways, by whichever of the three keys. */
static bool gateways_of(struct doc *d, yaml_node_t *item, struct origin_item *o)
{
	if (!o->identity && (o->gateway.family || o->gateways.n))
		return doc_fail(
			d, item,
			"expected a gateway or \"identity: false\", not both");
	if (o->gateway.family && o->gateways.n)
		return doc_fail(
			d, item,
			"expected \"gateway\" or \"gateways\", not both");
	if (o->gateway.family)
		o->gateways = (struct bgp_gateways){ 1, { o->gateway } };
	else if (o->identity && !o->gateways.n)
		o->gateways.n = INHERITED;
	return true;
}

static bool origin_each(struct doc *d, yaml_node_t *item, void *dst)
{
	struct origin_item o = { .identity = true };
	struct conf_vpn *v = dst;
	struct bgp_origin *to;

	/* A bare prefix is short for one with the VPN's own identities. */
	if (item->type == YAML_SCALAR_NODE) {
		if (!doc_prefix(d, item, &o.prefix))
			return false;
	} else if (!doc_map(d, item, origin_fields, ARRAY_SIZE(origin_fields),
			    &o)) {
		return false;
	}
	if (!gateways_of(d, item, &o))
		return false;
	v->origins = doc_grow(v->origins, &v->n_origins, sizeof(*to));
	to = &v->origins[v->n_origins - 1];
	to->prefix = o.prefix;
	to->gateways = o.gateways;
	return true;
}

static int origin_cmp(const void *a, const void *b)
{
	return prefix_cmp(&((const struct bgp_origin *)a)->prefix,
			  &((const struct bgp_origin *)b)->prefix);
}

bool origin_read_list(struct doc *d, yaml_node_t *node, void *dst,
		      const struct doc_field *f)
{
	struct conf_vpn *v = dst;

	return doc_list(d, node, dst, origin_each) &&
	       doc_unique(d, node, v->origins, v->n_origins,
			  sizeof(*v->origins), origin_cmp);
}

bool origin_read_rd(struct doc *d, yaml_node_t *node, void *dst,
		    const struct doc_field *f)
{
	const char *text = doc_text(d, node, "a route distinguisher"), *why;
	struct conf_vpn *v = dst;

	if (!text)
		return false;
	v->has_rd = true;
	return bgp_rd_parse(text, &v->rd, &why) ||
	       doc_fail(d, node, "\"%s\": %s", text, why);
}

static bool target_each(struct doc *d, yaml_node_t *item, void *dst)
{
	const char *text = doc_text(d, item, "a route target"), *why;
	struct conf_vpn *v = dst;
	struct bgp_target t;
	uint8_t i;

	if (!text)
		return false;
	if (!bgp_target_parse(text, &t, &why))
		return doc_fail(d, item, "\"%s\": %s", text, why);
	if (v->n_exports == BGP_ORIGIN_TARGETS)
		return doc_fail(d, item, "expected at most %d route targets",
				BGP_ORIGIN_TARGETS);
	for (i = 0; i < v->n_exports; i++) {
		if (!bgp_target_cmp(&v->exports[i], &t))
			return doc_fail(d, item, "is listed twice");
	}
	v->exports[v->n_exports++] = t;
	return true;
}

bool origin_read_targets(struct doc *d, yaml_node_t *node, void *dst,
			 const struct doc_field *f)
{
	struct conf_vpn *v = dst;

	if (!doc_list(d, node, v, target_each))
		return false;
	qsort(v->exports, v->n_exports, sizeof(*v->exports), bgp_target_cmp);
	return true;
}

bool origin_read_label(struct doc *d, yaml_node_t *node, void *dst,
		       const struct doc_field *f)
{
	struct conf_vpn *v = dst;
	int64_t label;

	if (!doc_number(d, node, 0, LABEL_LAST, &label))
		return false;
	if (label < LABEL_FIRST && label != LABEL_IMPLICIT_NULL)
		return doc_fail(
			d, node,
			"expected a label from %d to %d, or %d (implicit null)",
			LABEL_FIRST, LABEL_LAST, LABEL_IMPLICIT_NULL);
	v->has_label = true;
	v->label = (uint32_t)label;
	return true;
}

bool origin_check(struct doc *d, yaml_node_t *item, const struct conf *c)
{
	struct conf_vpn *v = &c->vpns[c->n_vpns - 1];
	size_t i;

	if (v->n_exports && !v->has_rd)
		return doc_fail(
			d, item,
			"key \"distinguisher\" is missing: there are export targets");
	if (!v->n_exports && (v->has_rd || v->has_label))
		return doc_fail(d, item, "key \"%s\" needs \"export-targets\"",
				v->has_rd ? "distinguisher" : "label");
	if (!v->has_label)
		v->label = LABEL_IMPLICIT_NULL;
	for (i = 0; v->has_rd && i + 1 < c->n_vpns; i++) {
		if (c->vpns[i].has_rd && c->vpns[i].rd == v->rd)
			return doc_fail(d, item,
					"its distinguisher is VPN \"%s\"'s too",
					c->vpns[i].name);
	}
	return true;
}

void origin_settle(const struct conf *c, struct conf_vpn *v)
{
	struct bgp_gateways own = { 1, { c->identity4 } };
	size_t i;

	if (!c->identity4.family)
		own.a[0] = c->identity6;
	if (c->announce.n)
		own = c->announce;
	if (v->announce.n)
		own = v->announce;
	for (i = 0; i < v->n_origins; i++) {
		if (v->origins[i].gateways.n == INHERITED)
			v->origins[i].gateways = own;
	}
	if (v->n_origins)
		qsort(v->origins, v->n_origins, sizeof(*v->origins),
		      origin_cmp);
}

static void export(struct conf *c, const struct conf_vpn *v)
{
	size_t i;

	for (i = 0; v->n_exports && i < v->n_origins; i++) {
		struct bgp_origin *o = &c->exports[c->n_exports++];

		*o = v->origins[i];
		o->rd = v->rd;
		o->label = v->label;
		o->n_targets = v->n_exports;
		memcpy(o->targets, v->exports, sizeof(o->targets));
	}
}

void origin_export(struct conf *c)
{
	size_t n = 0, i;

	for (i = 0; i < c->n_vpns; i++)
		n += c->vpns[i].n_origins;
	c->exports = xcalloc(n + 1, sizeof(*c->exports));
	for (i = 0; i < c->n_vpns; i++)
		export(c, &c->vpns[i]);
	for (i = 0; i < c->n_neighbors; i++) {
		c->neighbors[i].origins = c->exports;
		c->neighbors[i].n_origins = c->n_exports;
	}
}

const struct bgp_origin *conf_origin_find(const struct conf_vpn *v,
					  const struct prefix *p)
{
	struct bgp_origin key = { .prefix = *p };

	if (!v->n_origins)
		return NULL;
	return bsearch(&key, v->origins, v->n_origins, sizeof(key), origin_cmp);
}
