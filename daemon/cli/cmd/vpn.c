// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VPNs, by hand: for labs and tests, where no daemon runs.
 */
#include <string.h>
#include "cli/cli.h"
#include "cli/parse.h"
#include "kern/kern.h"

static int add(struct cli *c, char **args, unsigned int n)
{
	uint8_t action = CESTEER_ACTION_BYPASS;
	uint32_t id;

	if (!cli_number(c, "a VPN's table", args[0], 0, UINT32_MAX, &id))
		return CLI_USAGE;
	if (n > 1 && (n < 3 || strcmp(args[1], "default")))
		return cli_usage(c, "expected default bypass or discard");
	if (n > 1 && !cli_default(c, args[2], &action))
		return CLI_USAGE;
	if (!cli_kern(c))
		return CLI_REFUSED;
	return kern_vpn_set(c->kern, id, action) ? cli_kern_refused(c) : CLI_OK;
}

static int del(struct cli *c, char **args, unsigned int n)
{
	uint32_t id;

	(void)n;
	if (!cli_number(c, "a VPN's table", args[0], 0, UINT32_MAX, &id))
		return CLI_USAGE;
	if (!cli_kern(c))
		return CLI_REFUSED;
	return kern_vpn_del(c->kern, id) ? cli_kern_refused(c) : CLI_OK;
}

static struct cli_command vpn_add = {
	.name = "vpn add",
	.args = "TABLE [default bypass|discard]",
	.help = "add a VPN, or set what it does with what no route covers",
	.args_min = 1,
	.args_max = 3,
	.changes = true,
	.run = add,
};

CLI_COMMAND(vpn_add)

static struct cli_command vpn_del = {
	.name = "vpn del",
	.args = "TABLE",
	.help = "remove a VPN with all its sources and routes",
	.args_min = 1,
	.args_max = 1,
	.in_full = true,
	.changes = true,
	.run = del,
};

CLI_COMMAND(vpn_del)
