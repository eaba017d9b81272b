// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon calls VPNs by name and sends its routes in pages; the kernel
 * calls them by table. Here both are brought together.
 *
 * A route as JSON takes kilobytes. Of most, all but the prefix and the times
 * is what other routes have too: that is kept once, as text.
 */
#include "cli/learned.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text as a key of rest, where it is once; NULL: out of memory. */
static const char *keep_rest(json_t *rest, const char *text)
{
	if (!text || (!json_object_get(rest, text) &&
		      json_object_set_new(rest, text, json_null())))
		return NULL;
	return json_object_iter_key(json_object_iter_at(rest, text));
}

/* Take a time out of a route. */
static int32_t take_time(json_t *route, const char *key)
{
	const json_t *v = json_object_get(route, key);
	int32_t t = v ? (int32_t)json_integer_value(v) : LEARNED_NONE;

	json_object_del(route, key);
	return t;
}

static bool file_route(struct learned *l, uint32_t table, json_t *route)
{
	const char *prefix =
		json_string_value(json_object_get(route, "prefix"));
	struct learned_route *r;
	const char *why;
	char *text;

	if (!(l->n & (l->n - 1))) {
		r = reallocarray(l->routes, l->n ? 2 * l->n : 1, sizeof(*r));
		if (!r)
			return false;
		l->routes = r;
	}
	r = &l->routes[l->n];
	memset(r, 0, sizeof(*r));
	if (!prefix || !prefix_parse(prefix, &r->prefix, &why))
		return true;
	json_object_del(route, "prefix");
	r->vpn = table;
	r->age = take_time(route, "age");
	r->held_for = take_time(route, "held-for");
	r->alarm = json_is_true(json_object_get(route, "alarm"));
	text = json_dumps(route, JSON_COMPACT);
	r->rest = keep_rest(l->rest, text);
	free(text);
	if (r->rest)
		l->n++;
	return !!r->rest;
}

static json_t *page_args(const struct learned_query *q, const json_t *vpn,
			 const json_t *after)
{
	json_t *args = json_pack("{s:b}", "brief", q->brief);

	json_object_set(args, "vpn", (json_t *)vpn);
	if (q->prefix)
		json_object_set_new(args, "prefix", json_string(q->prefix));
	if (after && !json_is_null(after))
		json_object_set_new(args, "after", json_deep_copy(after));
	return args;
}

/* All pages of one VPN, which is an object of the daemon's. */
static bool ask_vpn(struct learned *l, const struct cli *c,
		    const struct learned_query *q, const json_t *vpn,
		    bool *absent, char *why, size_t why_len)
{
	uint32_t table =
		(uint32_t)json_integer_value(json_object_get(vpn, "table"));
	json_t *page = NULL, *route;
	bool ok = true;
	size_t i;

	do {
		json_t *args = page_args(q, json_object_get(vpn, "name"),
					 json_object_get(page, "next"));

		json_decref(page);
		page = cli_ask(c, "routes", args, absent, why, why_len);
		if (!page)
			return false;
		json_array_foreach(json_object_get(page, "routes"), i, route) {
			ok = ok && file_route(l, table, route);
		}
	} while (ok && json_is_string(json_object_get(page, "next")));
	json_decref(page);
	if (!ok)
		snprintf(why, why_len, "out of memory");
	return ok;
}

static int route_cmp(const void *a, const void *b)
{
	const struct learned_route *x = a, *y = b;

	if (x->vpn != y->vpn)
		return x->vpn < y->vpn ? -1 : 1;
	return prefix_cmp(&x->prefix, &y->prefix);
}

/* In order; a table that changes meanwhile may name a route twice. */
static void settle(struct learned *l)
{
	size_t i, n = 0;

	if (l->n)
		qsort(l->routes, l->n, sizeof(*l->routes), route_cmp);
	for (i = 0; i < l->n; i++)
		if (!n || route_cmp(&l->routes[n - 1], &l->routes[i]))
			l->routes[n++] = l->routes[i];
	l->n = n;
}

struct learned *learned_ask(const struct cli *c, const struct learned_query *q,
			    bool *absent, char *why, size_t why_len)
{
	json_t *sources = cli_ask(c, "sources", NULL, absent, why, why_len);
	struct learned *l;
	bool ok = true;
	json_t *vpn;
	size_t i;

	if (!sources)
		return NULL;
	l = calloc(1, sizeof(*l));
	if (l)
		l->rest = json_object();
	if (!l || !l->rest) {
		snprintf(why, why_len, "out of memory");
		ok = false;
	}
	json_array_foreach(json_object_get(sources, "vpns"), i, vpn) {
		const json_t *table = json_object_get(vpn, "table");

		if (ok && (q->all_vpns || json_integer_value(table) == q->vpn))
			ok = ask_vpn(l, c, q, vpn, absent, why, why_len);
	}
	json_decref(sources);
	if (!ok) {
		learned_free(l);
		return NULL;
	}
	settle(l);
	return l;
}

void learned_free(struct learned *l)
{
	if (!l)
		return;
	json_decref(l->rest);
	free(l->routes);
	free(l);
}

struct learned_route *learned_find(const struct learned *l, uint32_t vpn,
				   const struct prefix *p)
{
	const struct learned_route key = { .vpn = vpn, .prefix = *p };

	if (!l || !l->n)
		return NULL;
	return bsearch(&key, l->routes, l->n, sizeof(key), route_cmp);
}

json_t *learned_json(const struct learned_route *r)
{
	char text[PREFIX_STRLEN];
	json_t *route;

	if (!r)
		return NULL;
	route = json_loads(r->rest, 0, NULL);
	json_object_set_new(route, "prefix",
			    json_string(prefix_format(&r->prefix, text)));
	if (r->age != LEARNED_NONE)
		json_object_set_new(route, "age", json_integer(r->age));
	if (r->held_for != LEARNED_NONE)
		json_object_set_new(route, "held-for",
				    json_integer(r->held_for));
	return route;
}

json_t *cli_vpn_name(const struct cli *c, uint32_t vpn, char *why,
		     size_t why_len)
{
	json_t *sources = cli_ask(c, "sources", NULL, NULL, why, why_len);
	json_t *i, *name = NULL;
	size_t n;

	if (!sources)
		return NULL;
	json_array_foreach(json_object_get(sources, "vpns"), n, i) {
		if (json_integer_value(json_object_get(i, "table")) == vpn)
			name = json_incref(json_object_get(i, "name"));
	}
	json_decref(sources);
	if (!name)
		snprintf(why, why_len, "the daemon has no VPN %u", vpn);
	return name;
}

const char *learned_neighbor(const json_t *route)
{
	const json_t *paths = json_object_get(route, "paths");
	json_t *path;
	size_t i;

	json_array_foreach(paths, i, path) {
		if (!json_is_true(json_object_get(path, "best")))
			continue;
		return json_string_value(json_object_get(path, "neighbor"));
	}
	return json_string_value(json_object_get(route, "neighbor"));
}
