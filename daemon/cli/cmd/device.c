// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Devices whose packets may go the fast way, by hand.
 */
#include "cli/cli.h"
#include "cli/parse.h"
#include "kern/kern.h"

static int ask(struct cli *c, const char *name,
	       int (*fn)(struct kern *k, uint32_t vpn, const char *name))
{
	uint32_t vpn;

	if (!cli_vpn(c, &vpn))
		return CLI_USAGE;
	if (!cli_kern(c))
		return CLI_REFUSED;
	return fn(c->kern, vpn, name) ? cli_kern_refused(c) : CLI_OK;
}

static int add(struct cli *c, char **args, unsigned int n)
{
	(void)n;
	return ask(c, args[0], kern_device_add);
}

static int del(struct cli *c, char **args, unsigned int n)
{
	(void)n;
	return ask(c, args[0], kern_device_del);
}

static struct cli_command device_add = {
	.name = "device add",
	.args = "NAME [--vpn TABLE]",
	.help = "let a device's packets go the fast way: see cesteer(7)",
	.options = { { "vpn", "TABLE" } },
	.args_min = 1,
	.args_max = 1,
	.changes = true,
	.run = add,
};

CLI_COMMAND(device_add)

static struct cli_command device_del = {
	.name = "device del",
	.args = "NAME [--vpn TABLE]",
	.help = "let them go the normal way again",
	.options = { { "vpn", "TABLE" } },
	.args_min = 1,
	.args_max = 1,
	.in_full = true,
	.changes = true,
	.run = del,
};

CLI_COMMAND(device_del)
