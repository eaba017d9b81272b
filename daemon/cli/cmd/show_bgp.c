// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BGP sessions. Only the daemon knows them.
 */
#include "cli/shown.h"

static const struct out_column columns[] = {
	{ .title = "NEIGHBOR", .key = "name" },
	{ .title = "ADDRESS", .key = "address" },
	{ .title = "VPN", .key = "vpn" },
	{ .title = "AS", .key = "as", .right = true },
	{ .title = "STATE", .key = "state" },
	{ .title = "SINCE", .key = "since", .right = true },
	{ .title = "ROUTES", .key = "routes", .right = true },
	{ .title = "STALE", .key = "stale", .right = true },
	{ .title = "LEFT-OUT", .key = "left-out", .right = true },
	{ .title = "LAST-ERROR", .key = "last-error" },
	{ .title = NULL },
};

static bool put_neighbor(struct out *o, json_t *neighbor)
{
	return out_row(o, json_incref(neighbor));
}

static int show(struct cli *c, char **args, unsigned int n)
{
	(void)args;
	(void)n;
	return cli_shown(c, "bgp", "neighbors", columns, put_neighbor);
}

static struct cli_command show_bgp = {
	.name = "show bgp",
	.args = "",
	.help = "BGP sessions and how many routes each gave",
	.run = show,
};

CLI_COMMAND(show_bgp)
