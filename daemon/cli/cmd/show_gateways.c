// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Gateways as the kernel has them, with what IKE does about each when the
 * daemon runs; and those that the kernel refused it.
 */
#include <stdio.h>
#include <stdlib.h>
#include "cli/cli.h"
#include "cli/out.h"
#include "cli/tables.h"

static const struct out_column columns[] = {
	{ .title = "ID", .key = "id", .right = true },
	{ .title = "ADDRESS", .key = "address" },
	{ .title = "IF-ID", .key = "if-id", .right = true, .hex = true },
	{ .title = "MODE", .key = "mode" },
	{ .title = "STATE", .key = "state" },
	{ .title = "IKE", .key = "ike.state" },
	{ .title = "ROUTES", .key = "routes", .right = true },
	{ .title = "OUT", .key = "out.packets", .right = true },
	{ .title = "IN", .key = "in.packets", .right = true },
	{ .title = "DROPS", .key = "drops", .right = true },
	{ .title = "RETRY", .key = "ike.retry-in", .right = true },
	{ .title = "WAITING", .key = "waiting", .right = true },
	{ .title = "WHY", .key = "why" },
	{ .title = NULL },
};

static json_t *traffic(uint64_t packets, uint64_t bytes)
{
	return json_pack("{s:I, s:I}", "packets", (json_int_t)packets, "bytes",
			 (json_int_t)bytes);
}

/* By a gateway's id. */
static const char *make_key(json_int_t id, char key[24])
{
	snprintf(key, 24, "%" JSON_INTEGER_FORMAT, id);
	return key;
}

/* What the daemon says of them, page by page; NULL when it says nothing. */
static json_t *daemons_views(const struct cli *c, bool *absent, char *why,
			     size_t why_len)
{
	json_t *views = json_object(), *page = NULL, *args, *g;
	char key[24];
	size_t i;

	do {
		args = json_pack("{s:O?}", "after",
				 json_object_get(page, "next"));
		json_decref(page);
		page = cli_ask(c, "gateways", args, absent, why, why_len);
		json_array_foreach(json_object_get(page, "gateways"), i, g) {
			json_t *id = json_object_get(g, "id");

			json_object_set(views,
					make_key(json_integer_value(id), key),
					g);
		}
	} while (json_is_string(json_object_get(page, "next")));
	if (!page) {
		json_decref(views);
		return NULL;
	}
	json_decref(page);
	return views;
}

static json_t *gateway_json(const struct kern_gateway *g, const json_t *daemons)
{
	char key[24];
	const json_t *view = json_object_get(daemons, make_key(g->id, key));
	json_t *row = json_pack("{s:I, s:o, s:I, s:s, s:s, s:I, s:o, s:o, s:I}",
				"id", (json_int_t)g->id, "address",
				cli_address_json(&g->address), "if-id",
				(json_int_t)g->if_id, "mode",
				kern_mode_name(g->mode), "state",
				kern_gateway_state_name(g->state), "routes",
				(json_int_t)g->routes, "out",
				traffic(g->out_packets, g->out_bytes), "in",
				traffic(g->in_packets, g->in_bytes), "drops",
				(json_int_t)g->drops);

	if (row) {
		json_object_set_new(row, "waiting", json_integer(g->waiting));
		json_object_set_new(row, "waited",
				    json_integer((json_int_t)g->waited));
	}
	if (!row || !view)
		return row;
	json_object_set(row, "ike", json_object_get(view, "ike"));
	json_object_set(row, "why",
			json_object_get(json_object_get(view, "ike"), "why"));
	/* The kernel knows of no reason. */
	if (json_is_true(json_object_get(view, "drained")))
		json_object_set_new(row, "state", json_string("drained"));
	if (json_object_get(view, "recovering"))
		json_object_set(row, "recovering",
				json_object_get(view, "recovering"));
	return row;
}

/* The kernel has none of that id: what the daemon says, which is why. */
static bool put_refused(struct out *o, json_t *views,
			const struct kern_gateway *g, size_t n)
{
	const char *key;
	json_t *view;
	bool ok = true;

	json_object_foreach(views, key, view) {
		uint32_t id = (uint32_t)strtoul(key, NULL, 10);

		if (json_is_string(json_object_get(view, "why")) &&
		    !cli_gateway_by_id(g, n, id))
			ok = ok && out_row(o, json_incref(view));
	}
	return ok;
}

static int show(struct cli *c, char **args, unsigned int n_args)
{
	struct kern_gateway *g;
	json_t *views;
	struct out o;
	char why[512];
	bool absent;
	size_t n, i;
	bool ok;

	(void)args;
	(void)n_args;
	g = cli_gateways(c, &n);
	if (!g)
		return CLI_REFUSED;
	views = daemons_views(c, &absent, why, sizeof(why));
	if (!views && !absent)
		cli_refused("%s", why);
	ok = out_begin(&o, c->json, columns);
	for (i = 0; ok && i < n; i++)
		ok = out_row(&o, gateway_json(&g[i], views));
	ok = ok && put_refused(&o, views, g, n);
	json_decref(views);
	free(g);
	if (!ok || !out_end(&o))
		return cli_refused("out of memory");
	return CLI_OK;
}

static struct cli_command show_gateways = {
	.name = "show gateways",
	.args = "",
	.help = "gateways, their IKE state, and their traffic in packets",
	.run = show,
};

CLI_COMMAND(show_gateways)
