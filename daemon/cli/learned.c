// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon calls VPNs by name and sends its routes in pages; the kernel
 * calls them by table. Here both are brought together.
 */
#include "cli/learned.h"

#include <stdio.h>
#include <string.h>

#define KEY_LEN 80

static const char *make_key(json_int_t vpn, const char *prefix, char *key)
{
	snprintf(key, KEY_LEN, "%" JSON_INTEGER_FORMAT " %s", vpn, prefix);
	return key;
}

/* Table of a VPN, by its name; -1: there is none. */
static json_int_t vpn_table(const json_t *vpns, const char *name)
{
	json_t *vpn;
	size_t i;

	json_array_foreach(vpns, i, vpn) {
		const json_t *table = json_object_get(vpn, "table");
		const char *known =
			json_string_value(json_object_get(vpn, "name"));

		if (known && name && !strcmp(known, name))
			return json_integer_value(table);
	}
	return -1;
}

static void file_page(json_t *learned, const json_t *vpns, const json_t *page)
{
	const json_t *routes = json_object_get(page, "routes");
	char key[KEY_LEN];
	json_t *route;
	size_t i;

	json_array_foreach(routes, i, route) {
		const char *prefix =
			json_string_value(json_object_get(route, "prefix"));
		const char *name =
			json_string_value(json_object_get(route, "vpn"));
		json_int_t table = vpn_table(vpns, name);

		if (!prefix || table < 0)
			continue;
		json_object_set(learned, make_key(table, prefix, key), route);
	}
}

static json_t *page_args(const char *prefix, bool brief, const json_t *after)
{
	json_t *args = json_pack("{s:b}", "brief", brief);

	if (prefix)
		json_object_set_new(args, "prefix", json_string(prefix));
	if (after && !json_is_null(after))
		json_object_set_new(args, "after", json_deep_copy(after));
	return args;
}

json_t *cli_learned(const struct cli *c, const char *prefix, bool brief,
		    bool *absent, char *why, size_t why_len)
{
	json_t *sources = cli_ask(c, "sources", NULL, absent, why, why_len);
	json_t *page = NULL, *learned = NULL;
	bool more = sources;

	if (sources)
		learned = json_object();
	while (more) {
		json_t *args =
			page_args(prefix, brief, json_object_get(page, "next"));
		const json_t *next;

		json_decref(page);
		page = cli_ask(c, "routes", args, absent, why, why_len);
		if (!page) {
			json_decref(learned);
			learned = NULL;
			break;
		}
		file_page(learned, json_object_get(sources, "vpns"), page);
		next = json_object_get(page, "next");
		more = next && !json_is_null(next);
	}
	json_decref(page);
	json_decref(sources);
	return learned;
}

json_t *cli_learned_route(const json_t *learned, uint32_t vpn,
			  const char *prefix)
{
	char key[KEY_LEN];

	return json_object_get(learned, make_key(vpn, prefix, key));
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

const char *cli_learned_neighbor(const json_t *route)
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
