// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BGP sessions. Only the daemon knows them.
 */
#include "cli/cli.h"
#include "cli/out.h"

static const struct out_column columns[] = {
	{ .title = "NEIGHBOR", .key = "name" },
	{ .title = "ADDRESS", .key = "address" },
	{ .title = "VPN", .key = "vpn" },
	{ .title = "AS", .key = "as", .right = true },
	{ .title = "STATE", .key = "state" },
	{ .title = "SINCE", .key = "since", .right = true },
	{ .title = "ROUTES", .key = "routes", .right = true },
	{ .title = "STALE", .key = "stale", .right = true },
	{ .title = "LAST-ERROR", .key = "last_error" },
	{ .title = NULL },
};

static int show(struct cli *c, char **args, unsigned int n)
{
	const json_t *neighbors;
	json_t *answer, *neighbor;
	char why[512];
	struct out o;
	size_t i;
	bool ok;

	(void)args;
	(void)n;
	answer = cli_ask(c, "bgp", NULL, NULL, why, sizeof(why));
	if (!answer)
		return cli_refused("%s", why);
	ok = out_begin(&o, c->json, columns);
	neighbors = json_object_get(answer, "neighbors");
	json_array_foreach(neighbors, i, neighbor) {
		ok = ok && out_row(&o, json_incref(neighbor));
	}
	json_decref(answer);
	if (!ok || !out_end(&o))
		return cli_refused("out of memory");
	return CLI_OK;
}

static struct cli_command show_bgp = {
	.name = "show bgp",
	.args = "",
	.help = "BGP sessions and how many routes each gave",
	.run = show,
};

CLI_COMMAND(show_bgp)
