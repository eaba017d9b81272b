// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is valid, but hardly meant: it protects nothing, or cannot work. There
 * may be a reason for each, so none is an error.
 */
#include "conf/warn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static yaml_node_t *vpn_node(struct doc *d, size_t i)
{
	return doc_at(d, doc_find(d, doc_root(d), "vpns"), i);
}

/* A feed's routes are taken into the VPN by its name. */
static bool is_fed(const struct conf *c, const char *vpn)
{
	size_t i, k;

	for (i = 0; i < c->n_files; i++)
		if (c->files[i].vpn && !strcmp(c->files[i].vpn, vpn))
			return true;
	for (i = 0; i < c->n_routers; i++) {
		const struct conf_router *r = &c->routers[i];

		if (r->vpn && !strcmp(r->vpn, vpn))
			return true;
		for (k = 0; k < r->n_vrfs; k++)
			if (!strcmp(r->vrfs[k].vpn, vpn))
				return true;
	}
	return false;
}

/* Whether there may be entries that protect. */
static bool learns(const struct conf *c, const struct conf_vpn *v)
{
	return v->n_neighbors || v->n_imports || is_fed(c, v->name);
}

static bool protects(const struct conf_vpn *v)
{
	size_t i;

	for (i = 0; i < v->n_statics; i++)
		if (v->statics[i].action == CESTEER_ACTION_PROTECT)
			return true;
	return false;
}

static void sources(struct doc *d, const struct conf *c, size_t i)
{
	const struct conf_vpn *v = &c->vpns[i];

	if (!v->n_sources && (learns(c, v) || protects(v)))
		doc_warn(
			d, vpn_node(d, i),
			"vpn \"%s\" has no \"source-prefixes\": nothing that it sends is protected",
			v->name);
}

static bool is_manual(const struct conf *c, const struct addr *a)
{
	size_t i;

	for (i = 0; i < c->ike.n_manual; i++)
		if (!addr_cmp(&c->ike.manual[i].gateway, a))
			return true;
	return false;
}

/* Whether all gateways that are named have manual SAs, and there are any. */
static bool all_manual(const struct conf *c)
{
	size_t i, k, g;

	for (i = 0; i < c->n_vpns; i++) {
		const struct conf_vpn *v = &c->vpns[i];

		for (k = 0; k < v->n_statics; k++)
			for (g = 0; g < v->statics[k].n_gateways; g++)
				if (!is_manual(c, &v->statics[k].gateways[g]))
					return false;
	}
	return c->ike.n_manual && c->ike.n_manual == c->n_gateways;
}

static void secrets(struct doc *d, const struct conf *c)
{
	bool any = false;
	size_t i;

	for (i = 0; i < c->n_vpns; i++)
		any |= learns(c, &c->vpns[i]) || protects(&c->vpns[i]);
	if (any && !c->ike.n_psk && !c->ike.n_chain && !all_manual(c))
		doc_warn(
			d, doc_root(d),
			"ike: there is neither \"psk\" nor \"certificate\": no tunnel comes up, and what is to be protected is dropped");
}

static void targets(struct doc *d, const struct conf *c)
{
	size_t i;

	for (i = 0; i < c->n_vpns; i++)
		if (c->vpns[i].n_imports || c->vpns[i].n_exports)
			return;
	if (c->n_neighbors)
		doc_warn(
			d, doc_find(d, doc_root(d), "neighbors"),
			"neighbors: no VPN has \"import-targets\" or \"export-targets\": nothing is taken of these neighbors, nor announced to them");
}

static bool has_family(const struct conf *c, uint8_t family)
{
	return family == AF_INET ? c->identity4.family : c->identity6.family;
}

static void no_family(struct doc *d, const yaml_node_t *node, uint8_t family,
		      const char *gateway)
{
	doc_warn(
		d, node,
		"gateway %s: \"identity\" has no \"%s\": no tunnel to it comes up",
		gateway, family == AF_INET ? "address" : "address6");
}

/* Lists may be in another order than in the file: they are the place. */
static void families(struct doc *d, const struct conf *c)
{
	char buf[PREFIX_STRLEN];
	size_t i, k, g;

	for (i = 0; i < c->n_gateways; i++) {
		const struct prefix *p = &c->gateways[i].address;

		if (!has_family(c, p->family))
			no_family(d, doc_find(d, doc_root(d), "gateways"),
				  p->family, prefix_format(p, buf));
	}
	for (i = 0; i < c->n_vpns; i++) {
		const struct conf_vpn *v = &c->vpns[i];

		for (k = 0; k < v->n_statics; k++) {
			const struct conf_static *s = &v->statics[k];

			for (g = 0; g < s->n_gateways; g++)
				if (!has_family(c, s->gateways[g].family))
					no_family(d, vpn_node(d, i),
						  s->gateways[g].family,
						  addr_format(&s->gateways[g],
							      buf));
		}
	}
}

static void announce(struct doc *d, const struct conf *c,
		     const yaml_node_t *map, const struct bgp_gateways *g)
{
	uint8_t i;

	for (i = 0; i < g->n; i++)
		if (conf_is_own(c, &g->a[i]))
			return;
	if (g->n)
		doc_warn(
			d, doc_find(d, map, "announce"),
			"\"announce\" lists no address of \"identity\": nobody sends anything to this gateway");
}

static void neighbors(struct doc *d, const struct conf *c,
		      const yaml_node_t *list, const struct bgp_peer_conf *p,
		      size_t n)
{
	char buf[ADDR_STRLEN];
	size_t i;

	for (i = 0; i < n; i++) {
		if (conf_is_own(c, &p[i].address))
			doc_warn(d, doc_at(d, list, i),
				 "neighbor \"%s\": %s is our own \"identity\"",
				 p[i].name, addr_format(&p[i].address, buf));
		if (p[i].as == BGP_AS_TRANS)
			doc_warn(
				d, doc_at(d, list, i),
				"neighbor \"%s\": AS %d stands for any that has four octets (RFC 6793): expected the neighbor's own",
				p[i].name, BGP_AS_TRANS);
	}
}

static void numbers(struct doc *d, const struct conf *c)
{
	if (c->bgp.as == BGP_AS_TRANS)
		doc_warn(
			d, doc_find(d, doc_root(d), "as"),
			"as: AS %d stands for any that has four octets (RFC 6793): expected our own",
			BGP_AS_TRANS);
}

static bool has_null(const char *proposals)
{
	const char *at = proposals;

	while (at && (at = strstr(at, "null"))) {
		bool begins = at == proposals || strchr(",- ", at[-1]);

		at += strlen("null");
		if (begins && (!*at || strchr(",- ", *at)))
			return true;
	}
	return false;
}

static void proposals(struct doc *d, const struct conf *c)
{
	if (has_null(c->ike.esp_proposals))
		doc_warn(d,
			 doc_find(d, doc_find(d, doc_root(d), "ike"),
				  "esp-proposals"),
			 "ike.esp-proposals: \"null\" encrypts nothing");
}

static void files(struct doc *d, const struct conf *c)
{
	size_t i;

	for (i = 0; i < c->n_files; i++)
		if (access(c->files[i].path, R_OK))
			doc_warn(d,
				 doc_at(d, doc_find(d, doc_root(d), "mrt"), i),
				 "%s: %s", c->files[i].path, strerror(errno));
}

void warn_all(struct doc *d, const struct conf *c)
{
	yaml_node_t *root = doc_root(d);
	size_t i;

	numbers(d, c);
	announce(d, c, doc_find(d, root, "identity"), &c->announce);
	for (i = 0; i < c->n_vpns; i++) {
		const struct conf_vpn *v = &c->vpns[i];

		sources(d, c, i);
		announce(d, c, vpn_node(d, i), &v->announce);
		if (v->n_neighbors)
			neighbors(d, c,
				  doc_find(d, vpn_node(d, i), "neighbors"),
				  v->neighbors, v->n_neighbors);
	}
	if (c->n_neighbors)
		neighbors(d, c, doc_find(d, root, "neighbors"), c->neighbors,
			  c->n_neighbors);
	targets(d, c);
	secrets(d, c);
	families(d, c);
	proposals(d, c);
	files(d, c);
}

void conf_warnings_log(const struct conf *c)
{
	size_t i;

	for (i = 0; i < c->n_warnings; i++)
		log_warn("conf", "%s", c->warnings[i]);
}
