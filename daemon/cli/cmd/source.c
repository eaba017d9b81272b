// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Source prefixes, by hand.
 */
#include "cli/cli.h"
#include "cli/tables.h"
#include "kern/kern.h"

static int add(struct cli *c, char **args, unsigned int n)
{
	return cli_batch(c, args, n, kern_sources_add);
}

static int del(struct cli *c, char **args, unsigned int n)
{
	return cli_batch(c, args, n, kern_sources_del);
}

static struct cli_command source_add = {
	.name = "source add",
	.args = "PREFIX... [--vpn TABLE]",
	.help = "add source prefixes",
	.options = { { "vpn", "TABLE" } },
	.args_min = 1,
	.args_max = CLI_ARGS_ANY,
	.changes = true,
	.run = add,
};

CLI_COMMAND(source_add)

static struct cli_command source_del = {
	.name = "source del",
	.args = "PREFIX... [--vpn TABLE]",
	.help = "remove source prefixes, all of these or none",
	.options = { { "vpn", "TABLE" } },
	.args_min = 1,
	.args_max = CLI_ARGS_ANY,
	.in_full = true,
	.changes = true,
	.run = del,
};

CLI_COMMAND(source_del)
