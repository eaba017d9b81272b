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

/* Texts, each once, and a hash of them: numbers from 1 on, 0 is free. */
struct learned_rest {
	char **text;
	uint32_t *slots;
	size_t n, n_slots; /* a power of two */
};

static size_t hash(const char *text)
{
	size_t h = 5381;

	while (*text)
		h = h * 33 ^ (unsigned char)*text++;
	return h ^ h >> 17;
}

static uint32_t *slot_of(const struct learned_rest *r, const char *text)
{
	size_t at = hash(text) & (r->n_slots - 1);

	while (r->slots[at] && strcmp(r->text[r->slots[at] - 1], text))
		at = (at + 1) & (r->n_slots - 1);
	return &r->slots[at];
}

/* Twice as much room, half of which is to stay free. */
static bool rest_grow(struct learned_rest *r)
{
	size_t n = r->n_slots ? 2 * r->n_slots : 64, i;
	char **text = reallocarray(r->text, n / 2, sizeof(*text));
	uint32_t *slots;

	if (text)
		r->text = text;
	slots = text ? calloc(n, sizeof(*slots)) : NULL;
	if (!slots)
		return false;
	free(r->slots);
	r->slots = slots;
	r->n_slots = n;
	for (i = 0; i < r->n; i++)
		*slot_of(r, r->text[i]) = (uint32_t)i + 1;
	return true;
}

/* text is consumed, NULL is memory that was short; so is false. */
static bool rest_put(struct learned_rest *r, char *text, uint32_t *number)
{
	uint32_t *slot;

	if (!text || (2 * r->n == r->n_slots && !rest_grow(r))) {
		free(text);
		return false;
	}
	slot = slot_of(r, text);
	if (*slot) {
		free(text);
	} else {
		r->text[r->n++] = text;
		*slot = (uint32_t)r->n;
	}
	*number = *slot - 1;
	return true;
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
	if (!rest_put(l->rest, json_dumps(route, JSON_COMPACT), &r->rest))
		return false;
	l->n++;
	return true;
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
		l->rest = calloc(1, sizeof(*l->rest));
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
	size_t i;

	if (!l)
		return;
	for (i = 0; l->rest && i < l->rest->n; i++)
		free(l->rest->text[i]);
	if (l->rest) {
		free(l->rest->text);
		free(l->rest->slots);
	}
	free(l->rest);
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

json_t *learned_json(const struct learned *l, const struct learned_route *r)
{
	char text[PREFIX_STRLEN];
	json_t *route;

	if (!r)
		return NULL;
	route = json_loads(l->rest->text[r->rest], 0, NULL);
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
