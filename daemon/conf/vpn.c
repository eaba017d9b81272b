// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The keys under "vpns": a routing instance's sources, its static entries and
 * its neighbors.
 */
#include "conf/vpn.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/mem.h"
#include "bgp/target.h"
#include "conf/gateway.h"
#include "conf/neighbor.h"
#include "conf/origin.h"
#include "conf/policy.h"

#define AT(type, member) offsetof(type, member)

static int source_cmp(const void *a, const void *b)
{
	return prefix_cmp(a, b);
}

static bool source_each(struct doc *d, yaml_node_t *item, void *dst)
{
	struct conf_vpn *v = dst;
	struct prefix p;

	if (!doc_prefix(d, item, &p))
		return false;
	v->sources = doc_grow(v->sources, &v->n_sources, sizeof(p));
	v->sources[v->n_sources - 1] = p;
	return true;
}

static bool read_sources(struct doc *d, yaml_node_t *node, void *dst,
			 const struct doc_field *f)
{
	struct conf_vpn *v = dst;

	return doc_list(d, node, dst, source_each) &&
	       doc_unique(d, node, v->sources, v->n_sources,
			  sizeof(*v->sources), source_cmp);
}

static bool static_gateway_each(struct doc *d, yaml_node_t *item, void *dst)
{
	struct conf_static *s = dst;
	struct addr a;
	uint8_t i;

	if (!doc_gateway(d, item, &a))
		return false;
	if (s->n_gateways == CESTEER_GATEWAYS_MAX)
		return doc_fail(d, item, "expected at most %d gateways",
				CESTEER_GATEWAYS_MAX);
	for (i = 0; i < s->n_gateways; i++) {
		if (!addr_cmp(&s->gateways[i], &a))
			return doc_fail(d, item, "is listed twice");
	}
	s->gateways[s->n_gateways++] = a;
	return true;
}

static bool read_static_gateways(struct doc *d, yaml_node_t *node, void *dst,
				 const struct doc_field *f)
{
	return doc_list(d, node, dst, static_gateway_each);
}

static const struct doc_word actions[] = {
	{ "protect", CESTEER_ACTION_PROTECT },
	{ "bypass", CESTEER_ACTION_BYPASS },
	{ "discard", CESTEER_ACTION_DISCARD },
};

static const struct doc_field static_fields[] = {
	{ .key = "prefix",
	  .read = doc_read_prefix,
	  .offset = AT(struct conf_static, prefix),
	  .required = true },
	{ .key = "action",
	  .read = doc_read_word,
	  .offset = AT(struct conf_static, action),
	  .words = actions,
	  .n_words = ARRAY_SIZE(actions),
	  .required = true },
	{ .key = "gateways", .read = read_static_gateways },
};

static int static_cmp(const void *a, const void *b)
{
	return prefix_cmp(&((const struct conf_static *)a)->prefix,
			  &((const struct conf_static *)b)->prefix);
}

static bool static_each(struct doc *d, yaml_node_t *item, void *dst)
{
	struct conf_static s = { 0 };
	struct conf_vpn *v = dst;

	if (!doc_map(d, item, static_fields, ARRAY_SIZE(static_fields), &s))
		return false;
	if (s.action == CESTEER_ACTION_PROTECT && !s.n_gateways)
		return doc_fail(
			d, item,
			"key \"gateways\" is missing: \"protect\" needs at least one");
	if (s.action != CESTEER_ACTION_PROTECT && s.n_gateways)
		return doc_fail(d, item,
				"key \"gateways\" belongs to \"protect\" only");
	v->statics = doc_grow(v->statics, &v->n_statics, sizeof(s));
	v->statics[v->n_statics - 1] = s;
	return true;
}

static bool read_statics(struct doc *d, yaml_node_t *node, void *dst,
			 const struct doc_field *f)
{
	struct conf_vpn *v = dst;

	return doc_list(d, node, dst, static_each) &&
	       doc_unique(d, node, v->statics, v->n_statics,
			  sizeof(*v->statics), static_cmp);
}

/* What the kernel would have as a device's name. */
static bool is_device_name(const char *name)
{
	size_t len = strlen(name);

	return len && len < IF_NAMESIZE && strcmp(name, ".") &&
	       strcmp(name, "..") && len == strcspn(name, "/: \t\n\v\f\r");
}

static bool device_each(struct doc *d, yaml_node_t *item, void *dst)
{
	const char *name = doc_text(d, item, "the name of a network device");
	struct conf_vpn *v = dst;
	size_t i;

	if (!name)
		return false;
	if (!is_device_name(name))
		return doc_fail(d, item,
				"no network device can have the name \"%s\"",
				name);
	for (i = 0; i < v->n_devices; i++) {
		if (!strcmp(v->devices[i], name))
			return doc_fail(d, item, "is listed twice");
	}
	v->devices = doc_grow(v->devices, &v->n_devices, sizeof(*v->devices));
	strcpy(v->devices[v->n_devices - 1], name);
	return true;
}

static bool read_devices(struct doc *d, yaml_node_t *node, void *dst,
			 const struct doc_field *f)
{
	return doc_list(d, node, dst, device_each);
}

static bool target_each(struct doc *d, yaml_node_t *item, void *dst)
{
	const char *text = doc_text(d, item, "a route target"), *why;
	struct conf_vpn *v = dst;
	struct bgp_target t;
	size_t i;

	if (!text)
		return false;
	if (!bgp_target_parse(text, &t, &why))
		return doc_fail(d, item, "\"%s\": %s", text, why);
	for (i = 0; i < v->n_imports; i++) {
		if (!bgp_target_cmp(&v->imports[i], &t))
			return doc_fail(d, item, "is listed twice");
	}
	v->imports = doc_grow(v->imports, &v->n_imports, sizeof(t));
	v->imports[v->n_imports - 1] = t;
	return true;
}

static bool read_imports(struct doc *d, yaml_node_t *node, void *dst,
			 const struct doc_field *f)
{
	return doc_list(d, node, dst, target_each);
}

static bool neighbor_each(struct doc *d, yaml_node_t *item, void *dst)
{
	struct conf_vpn *v = dst;
	struct bgp_peer_conf *p;

	v->neighbors = doc_grow(v->neighbors, &v->n_neighbors, sizeof(*p));
	p = &v->neighbors[v->n_neighbors - 1];
	return neighbor_read(d, item, p, BGP_IPV4 | BGP_IPV6);
}

static bool read_neighbors(struct doc *d, yaml_node_t *node, void *dst,
			   const struct doc_field *f)
{
	return doc_list(d, node, dst, neighbor_each);
}

static const struct doc_word defaults[] = {
	{ "bypass", CESTEER_ACTION_BYPASS },
	{ "discard", CESTEER_ACTION_DISCARD },
};

static bool read_vpn_mode(struct doc *d, yaml_node_t *node, void *dst,
			  const struct doc_field *f)
{
	((struct conf_vpn *)dst)->has_mode = true;
	return conf_read_mode(d, node, dst, f);
}

/* The kernel's own tables are not outside any VRF to it: 0 is. */
static bool read_table(struct doc *d, yaml_node_t *node, void *dst,
		       const struct doc_field *f)
{
	const struct conf_vpn *v = dst;

	if (!doc_read_u32(d, node, dst, f))
		return false;
	if (v->table < RT_TABLE_DEFAULT || v->table > RT_TABLE_LOCAL)
		return true;
	return doc_fail(
		d, node,
		"expected the table of a VRF, not %u, which is the system's own: 0 is the table outside any VRF",
		v->table);
}

static const struct doc_word no_identity[] = {
	{ "cover", false },
	{ "bypass", true },
};

static const struct doc_field vpn_fields[] = {
	{ .key = "name",
	  .read = doc_read_string,
	  .offset = AT(struct conf_vpn, name),
	  .max = 32,
	  .required = true },
	{ .key = "table",
	  .read = read_table,
	  .offset = AT(struct conf_vpn, table),
	  .max = UINT32_MAX },
	{ .key = "vrf",
	  .read = doc_read_chars,
	  .offset = AT(struct conf_vpn, vrf),
	  .max = 15 },
	{ .key = "default",
	  .read = doc_read_word,
	  .offset = AT(struct conf_vpn, default_action),
	  .words = defaults,
	  .n_words = ARRAY_SIZE(defaults) },
	{ .key = "mode",
	  .read = read_vpn_mode,
	  .offset = AT(struct conf_vpn, mode) },
	{ .key = "no-identity",
	  .read = doc_read_word,
	  .offset = AT(struct conf_vpn, hole),
	  .words = no_identity,
	  .n_words = ARRAY_SIZE(no_identity) },
	{ .key = "hold", .read = policy_read_hold },
	{ .key = "identities", .read = policy_read_identities },
	{ .key = "source-prefixes", .read = read_sources },
	{ .key = "fast-devices", .read = read_devices },
	{ .key = "announce",
	  .read = origin_read_gateways,
	  .offset = AT(struct conf_vpn, announce) },
	{ .key = "trusted-subnets", .read = origin_read_list },
	{ .key = "static", .read = read_statics },
	{ .key = "import-targets", .read = read_imports },
	{ .key = "distinguisher", .read = origin_read_rd },
	{ .key = "export-targets", .read = origin_read_targets },
	{ .key = "label", .read = origin_read_label },
	{ .key = "neighbors", .read = read_neighbors },
};

static bool vpn_each(struct doc *d, yaml_node_t *item, void *dst)
{
	struct conf *c = dst;
	struct conf_vpn *v;
	size_t i;

	c->vpns = doc_grow(c->vpns, &c->n_vpns, sizeof(*v));
	v = &c->vpns[c->n_vpns - 1];
	v->default_action = CESTEER_ACTION_BYPASS;
	policy_defaults(v);
	if (!doc_map(d, item, vpn_fields, ARRAY_SIZE(vpn_fields), v))
		return false;
	if (*v->vrf && !v->table)
		return doc_fail(
			d, item,
			"key \"table\" is missing: the FIB table of VRF %s",
			v->vrf);
	if (!origin_check(d, item, c))
		return false;
	for (i = 0; i + 1 < c->n_vpns; i++) {
		if (!strcmp(c->vpns[i].name, v->name))
			return doc_fail(d, item, "name \"%s\" is taken",
					v->name);
		if (c->vpns[i].table == v->table)
			return doc_fail(d, item, "table %u is VPN \"%s\"'s",
					v->table, c->vpns[i].name);
	}
	return true;
}

bool vpn_read_list(struct doc *d, yaml_node_t *node, void *dst,
		   const struct doc_field *f)
{
	struct conf *c = dst;

	if (!doc_list(d, node, dst, vpn_each))
		return false;
	return c->n_vpns || doc_fail(d, node, "expected at least one VPN");
}

yaml_node_t *vpn_item(struct doc *d, size_t vpn, const char *list, size_t i)
{
	yaml_node_t *v = doc_at(d, doc_find(d, doc_root(d), "vpns"), vpn);

	return doc_at(d, doc_find(d, v, list), i);
}

static bool statics_check(struct doc *d, const struct conf *c, size_t vpn)
{
	struct conf_vpn *v = &c->vpns[vpn];
	char buf[PREFIX_STRLEN];
	size_t i, k;

	for (i = 0; i < v->n_statics; i++) {
		struct conf_static *s = &v->statics[i];

		for (k = 0; k < s->n_gateways; k++) {
			if (conf_is_own(c, &s->gateways[k]))
				return doc_fail(
					d, vpn_item(d, vpn, "static", i),
					"vpn \"%s\": static %s: the gateway is this one itself",
					v->name,
					prefix_format(&s->prefix, buf));
		}
	}
	return true;
}

static bool neighbors_check(struct doc *d, struct conf *c, size_t vpn)
{
	struct conf_vpn *v = &c->vpns[vpn];
	size_t i, k, u;

	for (i = 0; i < v->n_neighbors; i++) {
		struct bgp_peer_conf *p = &v->neighbors[i];

		for (u = 0; u <= vpn; u++) {
			const struct conf_vpn *o = &c->vpns[u];
			size_t n = u == vpn ? i : o->n_neighbors;

			for (k = 0; k < n; k++) {
				if (!strcmp(o->neighbors[k].name, p->name))
					return doc_fail(
						d,
						vpn_item(d, vpn, "neighbors",
							 i),
						"vpn \"%s\": neighbor \"%s\" is listed twice (give each a \"name\")",
						v->name, p->name);
			}
		}
		if (conf_neighbor_find(c, p->name))
			return doc_fail(
				d, vpn_item(d, vpn, "neighbors", i),
				"vpn \"%s\": neighbor \"%s\" is listed under \"neighbors\" too (give each a \"name\")",
				v->name, p->name);
		if (p->ipsec && *v->vrf)
			return doc_fail(
				d,
				doc_find(d, vpn_item(d, vpn, "neighbors", i),
					 "ipsec"),
				"vpn \"%s\": neighbor \"%s\": \"ipsec\" does not work in a VRF",
				v->name, p->name);
		memcpy(p->vrf, v->vrf, sizeof(p->vrf));
		p->origins = v->origins;
		p->n_origins = v->n_origins;
	}
	return true;
}

static void sort(void *items, size_t n, size_t size,
		 int (*cmp)(const void *, const void *))
{
	if (n)
		qsort(items, n, size, cmp);
}

bool vpn_check(struct doc *d, struct conf *c)
{
	size_t i;

	for (i = 0; i < c->n_vpns; i++) {
		struct conf_vpn *v = &c->vpns[i];

		origin_settle(c, v);
		if (!statics_check(d, c, i) || !neighbors_check(d, c, i))
			return false;
		sort(v->sources, v->n_sources, sizeof(*v->sources), source_cmp);
		sort(v->statics, v->n_statics, sizeof(*v->statics), static_cmp);
		sort(v->imports, v->n_imports, sizeof(*v->imports),
		     bgp_target_cmp);
		if (!v->has_mode)
			v->mode = c->mode;
	}
	origin_export(c);
	return true;
}

void vpn_free(struct conf_vpn *v)
{
	size_t i;

	for (i = 0; i < v->n_neighbors; i++)
		neighbor_wipe(&v->neighbors[i]);
	policy_free(v);
	free(v->name);
	free(v->sources);
	free(v->devices);
	free(v->origins);
	free(v->statics);
	free(v->imports);
	free(v->neighbors);
}

const struct conf_static *conf_static_find(const struct conf_vpn *v,
					   const struct prefix *p)
{
	struct conf_static key = { .prefix = *p };

	if (!v->n_statics)
		return NULL;
	return bsearch(&key, v->statics, v->n_statics, sizeof(key), static_cmp);
}
