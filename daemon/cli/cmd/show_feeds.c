// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routers that speak BMP to us, and MRT files: where routes come from beside
 * BGP sessions of ours. Only the daemon knows them.
 */
#include "cli/shown.h"

static const struct out_column router_columns[] = {
	{ .title = "ROUTER", .key = "name" },
	{ .title = "ADDRESS", .key = "address" },
	{ .title = "SYSTEM", .key = "system" },
	{ .title = "RIB", .key = "rib" },
	{ .title = "STATE", .key = "state" },
	{ .title = "SINCE", .key = "since", .right = true },
	{ .title = "PEERS", .key = "peers", .right = true },
	{ .title = "ROUTES", .key = "routes", .right = true },
	{ .title = "UNUSED", .key = "unused", .right = true },
	{ .title = "FAULTS", .key = "faults", .right = true },
	{ .title = "LAST-ERROR", .key = "last-error" },
	{ .title = NULL },
};

static const struct out_column file_columns[] = {
	{ .title = "NAME", .key = "name" },
	{ .title = "FILE", .key = "file" },
	{ .title = "STATE", .key = "state" },
	{ .title = "SINCE", .key = "since", .right = true },
	{ .title = "RECORDS", .key = "records", .right = true },
	{ .title = "PEERS", .key = "peers", .right = true },
	{ .title = "ROUTES", .key = "routes", .right = true },
	{ .title = "UNUSED", .key = "unused", .right = true },
	{ .title = "FAULTS", .key = "faults", .right = true },
	{ .title = "LAST-ERROR", .key = "last-error" },
	{ .title = NULL },
};

static bool put(struct out *o, json_t *feed)
{
	return out_row(o, json_incref(feed));
}

static int bmp(struct cli *c, char **args, unsigned int n)
{
	(void)args;
	(void)n;
	return cli_shown(c, "bmp", "routers", router_columns, put);
}

static int mrt(struct cli *c, char **args, unsigned int n)
{
	(void)args;
	(void)n;
	return cli_shown(c, "mrt", "files", file_columns, put);
}

static struct cli_command show_bmp = {
	.name = "show bmp",
	.args = "",
	.help = "routers that tell of their sessions, and what they gave",
	.run = bmp,
};

static struct cli_command show_mrt = {
	.name = "show mrt",
	.args = "",
	.help = "MRT files that are replayed, and what they gave",
	.run = mrt,
};

CLI_COMMAND(show_bmp)
CLI_COMMAND(show_mrt)
