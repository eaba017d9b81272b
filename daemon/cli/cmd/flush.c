// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Empty the namespace's tables. From then on nothing is protected, which is
 * why the command is never abbreviated.
 */
#include <stdlib.h>
#include "cli/cli.h"
#include "cli/tables.h"

static int flush_gateways(struct cli *c)
{
	struct kern_gateway *g;
	int code = CLI_OK;
	size_t n, i;

	g = cli_gateways(c, &n);
	if (!g)
		return CLI_REFUSED;
	for (i = 0; i < n && !code; i++)
		if (kern_gateway_del(c->kern, g[i].id))
			code = cli_kern_refused(c);
	free(g);
	return code;
}

static int flush(struct cli *c, char **args, unsigned int n_args)
{
	struct kern_vpn *v;
	int code;
	size_t n, i;

	(void)args;
	(void)n_args;
	v = cli_vpns(c, &n, &code);
	if (!v)
		return code;
	code = CLI_OK;
	for (i = 0; i < n && !code; i++)
		if (kern_vpn_del(c->kern, v[i].id))
			code = cli_kern_refused(c);
	free(v);
	if (code || cli_option(c, "vpn"))
		return code;
	return flush_gateways(c);
}

static struct cli_command flush_command = {
	.name = "flush",
	.args = "[--vpn TABLE]",
	.help = "remove a VPN's sources and routes, or everything",
	.options = { { "vpn", "TABLE" } },
	.in_full = true,
	.changes = true,
	.run = flush,
};

CLI_COMMAND(flush_command)
