// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The security associations with each gateway, as the IKE daemon last told of
 * them. Only the daemon knows them.
 */
#include "cli/shown.h"

static const struct out_column columns[] = {
	{ .title = "GATEWAY", .key = "gateway" },
	{ .title = "STATE", .key = "state" },
	{ .title = "SPI-IN", .key = "spi-in" },
	{ .title = "SPI-OUT", .key = "spi-out" },
	{ .title = "CIPHER", .key = "cipher" },
	{ .title = "AGE", .key = "age", .right = true },
	{ .title = "REKEY-IN", .key = "rekey-in", .right = true },
	{ .title = "BYTES-IN", .key = "bytes-in", .right = true },
	{ .title = "BYTES-OUT", .key = "bytes-out", .right = true },
	{ .title = NULL },
};

static bool put_gateway(struct out *o, json_t *gateway)
{
	const json_t *sas =
		json_object_get(json_object_get(gateway, "ike"), "sas");
	json_t *sa, *row;
	size_t i;

	json_array_foreach(sas, i, sa) {
		row = json_object();
		json_object_set(row, "gateway",
				json_object_get(gateway, "address"));
		json_object_update(row, sa);
		if (!out_row(o, row))
			return false;
	}
	return true;
}

static int show(struct cli *c, char **args, unsigned int n)
{
	(void)args;
	(void)n;
	return cli_shown(c, "gateways", "gateways", columns, put_gateway);
}

static struct cli_command show_sas = {
	.name = "show sas",
	.args = "",
	.help = "security associations: ages and times in seconds, bytes",
	.run = show,
};

CLI_COMMAND(show_sas)
