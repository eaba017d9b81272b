// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The routes of the ribs, page by page, each with the decision about it: made
 * again for the answer, by the very function that made it for the kernel.
 */
#include "core/show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "bgp/target.h"
#include "core/decide.h"

#define LIMIT_DEFAULT 1000
#define LIMIT_MAX 2000 /* where each has one path: 20 ms */
/* Then a page ends early: a filter may match few, and a route have 64 paths. */
#define PAGE_US 20000
/* Octets of an AS path as text. */
#define AS_PATH_LEN 512

struct page {
	const char *vpn; /* NULL: all */
	struct prefix prefix, within; /* family 0: any */
	size_t limit;
	bool brief;
	size_t vpn_at; /* where the walk is: the VPN, */
	size_t cursor; /* and the place in its rib */
};

json_t *show_addr(const struct addr *a)
{
	char buf[ADDR_STRLEN];

	return a->family ? json_string(addr_format(a, buf)) : json_null();
}

/* Segments of 4-octet ASes (RFC 6793) as "65001 65002 {65003 65004}". */
static json_t *as_path(const struct bgp_attrs *a)
{
	char buf[AS_PATH_LEN] = "";
	const uint8_t *p = a->as_path, *end = p + a->as_path_len;
	size_t n = 0, i;

	while (end - p >= 2 && n < sizeof(buf)) {
		bool set = p[0] == 1;
		size_t count = p[1];

		p += 2;
		if ((size_t)(end - p) < count * 4)
			break;
		for (i = 0; i < count && n < sizeof(buf); i++, p += 4) {
			uint32_t as = (uint32_t)p[0] << 24 | p[1] << 16 |
				      p[2] << 8 | p[3];

			n += (size_t)snprintf(buf + n, sizeof(buf) - n,
					      "%s%s%u", n ? " " : "",
					      set && !i ? "{" : "", as);
		}
		if (set && n < sizeof(buf))
			n += (size_t)snprintf(buf + n, sizeof(buf) - n, "}");
	}
	return json_string(buf);
}

/* Each with what local policy thinks of it. */
static json_t *identities(const struct vpn *v, const struct bgp_attrs *a,
			  const struct prefix *p)
{
	json_t *list = json_array();
	uint8_t i;

	for (i = 0; i < a->n_sgi; i++) {
		const struct addr *gw = &a->sgi[i].gateway;
		enum claim_state state = claims_check(&v->conf->claims, gw, p);

		json_array_append_new(list, json_pack("{s:o, s:s}", "gateway",
						      show_addr(gw), "state",
						      claim_state_name(state)));
	}
	return list;
}

/* What tells apart a neighbor's paths to one prefix, and whose they are. */
static void add_membership(json_t *o, const struct rib_path *p)
{
	const struct bgp_attrs *a = p->attrs;
	char buf[BGP_TARGET_TEXT];
	json_t *list;
	uint8_t i;

	if (!a->vpn) {
		if (p->id)
			json_object_set_new(o, "path-id",
					    json_integer((json_int_t)p->id));
		return;
	}
	list = json_array();
	for (i = 0; i < a->n_targets; i++)
		json_array_append_new(list,
				      json_string(bgp_target_format(
					      &bgp_attrs_targets(a)[i], buf)));
	json_object_set_new(o, "distinguisher",
			    json_string(bgp_rd_format(p->id, buf)));
	json_object_set_new(o, "targets", list);
}

static json_t *path_json(const struct vpn *v, const struct prefix *prefix,
			 const struct rib_path *p, bool best, time_t now)
{
	const struct neighbor *nb = v->neighbors[p->peer];
	json_t *o;

	o = json_pack("{s:s, s:b, s:b, s:I, s:o, s:o, s:o, s:b}", "neighbor",
		      nb ? nb->conf->name : "?", "best", best, "stale",
		      p->stale, "age", (json_int_t)(now - p->since), "next-hop",
		      show_addr(&p->attrs->next_hop), "as-path",
		      as_path(p->attrs), "identities",
		      identities(v, p->attrs, prefix), "transitive",
		      p->attrs->n_sgi && p->attrs->sgi[0].transitive);
	if (o)
		add_membership(o, p);
	return o;
}

static json_t *paths_json(const struct vpn *v, const struct prefix *p,
			  const struct decision *d, time_t now)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < d->n_paths; i++)
		json_array_append_new(list, path_json(v, p, d->paths[i].path,
						      !i, now));
	return list;
}

/* What only some routes have. */
static void route_more(json_t *o, const struct vpn *v,
		       const struct rib_entry *e, const struct decision *d,
		       time_t now)
{
	struct hold_state how = { d->is.reason, d->since };
	uint32_t end;

	if (d->since)
		json_object_set_new(o, "age", json_integer(now - d->since));
	else if (d->n_paths)
		json_object_set_new(
			o, "age", json_integer(now - d->paths[0].path->since));
	if (d->n_more)
		json_object_set_new(o, "more-paths",
				    json_integer((json_int_t)d->n_more));
	if (d->n_paths > 1)
		json_object_set_new(o, "best-by",
				    json_string(best_step_name(d->is.step)));
	if (d->is.reason == JOIN_LEARNED || d->bare || d->since)
		json_object_set_new(o, "state",
				    json_string(claim_state_name(d->is.claim)));
	if (d->is.rejected.family)
		json_object_set_new(o, "rejected", show_addr(&d->is.rejected));
	end = hold_end(&v->conf->hold, &how);
	if (d->since && end != HOLD_FOREVER)
		json_object_set_new(o, "held-for",
				    json_integer((json_int_t)end - now));
}

/* The kernel does not take what protects it, or not all of it. */
static bool is_refused(const struct rib_entry *e, const struct decision *d)
{
	return rib_entry_marked(e, ENTRY_REFUSED) &&
	       (d->is.action == CESTEER_ACTION_PROTECT ||
		d->is.action == CESTEER_ACTION_DISCARD);
}

/* brief: without the paths. */
static json_t *route_json(const struct vpn *v, const struct rib_entry *e,
			  const struct prefix *p, time_t now, bool brief)
{
	json_t *gateways = json_array(), *o;
	const struct target *t;
	char buf[PREFIX_STRLEN];
	struct decision d;
	bool refused;
	uint8_t action, i;

	decide_entry(v, e, now, &d);
	/* What is in the kernel, where it can differ from what is wanted. */
	t = targets_at(&v->d->targets, rib_entry_number(e));
	action = t ? t->kern.action : 0;
	refused = is_refused(e, &d);
	for (i = 0; t && i < t->kern.n_gateways; i++)
		json_array_append_new(gateways,
				      show_addr(&t->gateways[i]->address));
	o = json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:b, s:b, s:b, s:b}",
		      "vpn", v->name, "prefix", prefix_format(p, buf), "action",
		      action ? kern_action_name(action) : "none", "gateways",
		      gateways, "reason",
		      d.pierces ? "pierced" : join_reason_name(d.is.reason),
		      "why", join_reason_text(d.is.reason), "installed",
		      action != 0, "held", d.since != 0, "alarm",
		      d.bare || d.pierces || d.is.rejected.family || refused ||
			      (d.since && d.is.reason != JOIN_ADOPTED),
		      "refused", refused);
	if (!o)
		return NULL;
	route_more(o, v, e, &d, now);
	if (!brief)
		json_object_set_new(o, "paths", paths_json(v, p, &d, now));
	else if (d.n_paths && v->neighbors[d.paths[0].path->peer])
		json_object_set_new(
			o, "neighbor",
			json_string(v->neighbors[d.paths[0].path->peer]
					    ->conf->name));
	return o;
}

static bool arg_prefix(const json_t *args, const char *key, struct prefix *p,
		       char *why, size_t why_len)
{
	const json_t *v = json_object_get(args, key);
	const char *reason = "not a string";

	if (!v || json_is_null(v))
		return true;
	if (json_is_string(v) && prefix_parse(json_string_value(v), p, &reason))
		return true;
	snprintf(why, why_len, "\"%s\": expected a prefix: %s", key, reason);
	return false;
}

bool show_limit(const json_t *args, size_t *limit, char *why, size_t why_len)
{
	const json_t *said = json_object_get(args, "limit");
	json_int_t n = said ? json_integer_value(said) : LIMIT_DEFAULT;

	*limit = (size_t)n;
	if (n >= 1 && n <= LIMIT_MAX)
		return true;
	snprintf(why, why_len, "\"limit\": expected a number from 1 to %d",
		 LIMIT_MAX);
	return false;
}

static bool page_parse(const json_t *args, struct page *page, char *why,
		       size_t why_len)
{
	const char *after = json_string_value(json_object_get(args, "after"));

	page->vpn = json_string_value(json_object_get(args, "vpn"));
	page->brief = json_is_true(json_object_get(args, "brief"));
	if (!show_limit(args, &page->limit, why, why_len))
		return false;
	if (after &&
	    sscanf(after, "%zu.%zu", &page->vpn_at, &page->cursor) != 2) {
		snprintf(why, why_len,
			 "\"after\": expected \"next\" of the page before");
		return false;
	}
	return arg_prefix(args, "prefix", &page->prefix, why, why_len) &&
	       arg_prefix(args, "within", &page->within, why, why_len);
}

struct found {
	const struct vpn *vpn;
	struct prefix prefix;
	json_t *route;
};

static int found_cmp(const void *a, const void *b)
{
	const struct found *fa = a, *fb = b;
	int c = strcmp(fa->vpn->name, fb->vpn->name);

	return c ? c : prefix_cmp(&fa->prefix, &fb->prefix);
}

static void take(struct page *page, const struct vpn *v,
		 const struct rib_entry *e, struct found *f, size_t *n)
{
	struct prefix p;

	rib_entry_prefix(e, &p);
	if (page->within.family && !prefix_covers(&page->within, &p))
		return;
	f[(*n)++] =
		(struct found){ v, p,
				route_json(v, e, &p, core_now(), page->brief) };
}

/* Fill up to limit, or for so long, but not with nothing; false: that was all. */
static bool page_walk(struct daemon *d, struct page *page, struct found *f,
		      size_t *n)
{
	uint64_t until = clock_us() + PAGE_US;
	struct rib_entry *e;

	for (; page->vpn_at < d->n_vpns; page->vpn_at++, page->cursor = 0) {
		struct vpn *v = d->vpns[page->vpn_at];

		if (page->vpn && strcmp(page->vpn, v->name))
			continue;
		if (page->prefix.family) {
			e = rib_find(v->rib, &page->prefix);
			if (e && *n < page->limit)
				take(page, v, e, f, n);
			continue;
		}
		for (;;) {
			e = rib_walk(v->rib, &page->cursor);
			if (!e)
				break;
			take(page, v, e, f, n);
			if (*n == page->limit || clock_us() >= until)
				return true;
		}
	}
	return false;
}

json_t *show_routes(struct daemon *d, const json_t *args, char *why,
		    size_t why_len)
{
	json_t *list, *next = json_null();
	struct page page = { 0 };
	struct found *f;
	size_t n = 0, i;
	char buf[48];

	if (!page_parse(args, &page, why, why_len))
		return NULL;
	f = malloc(page.limit * sizeof(*f));
	if (!f) {
		snprintf(why, why_len, "out of memory");
		return NULL;
	}
	if (page_walk(d, &page, f, &n)) {
		snprintf(buf, sizeof(buf), "%zu.%zu", page.vpn_at, page.cursor);
		next = json_string(buf);
	}
	qsort(f, n, sizeof(*f), found_cmp);
	list = json_array();
	for (i = 0; i < n; i++)
		json_array_append_new(list, f[i].route);
	free(f);
	return json_pack("{s:o, s:o}", "routes", list, "next", next);
}
