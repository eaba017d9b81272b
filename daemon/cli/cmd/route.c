// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes, by hand: trusted subnets, and what is said otherwise.
 */
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "cli/parse.h"
#include "cli/tables.h"
#include "kern/kern.h"

/*
 * What the words at the end say. How many they are; 0: they say nothing,
 * which has been printed.
 */
static unsigned int target(struct cli *c, char **args, unsigned int n,
			   struct kern_target *t)
{
	memset(t, 0, sizeof(*t));
	if (n >= 4 && !strcmp(args[n - 3], "protect") &&
	    !strcmp(args[n - 2], "via")) {
		t->action = CESTEER_ACTION_PROTECT;
		return cli_gateway_ids(c, args[n - 1], t) ? 3 : 0;
	}
	if (!strcmp(args[n - 1], "bypass"))
		t->action = CESTEER_ACTION_BYPASS;
	else if (!strcmp(args[n - 1], "discard"))
		t->action = CESTEER_ACTION_DISCARD;
	if (t->action)
		return 1;
	cli_usage(c, "expected protect via ID[,ID], bypass or discard");
	return 0;
}

static int add(struct cli *c, char **args, unsigned int n)
{
	struct kern_route *r;
	struct kern_target t;
	unsigned int words, i;
	int code = CLI_USAGE;
	uint32_t vpn;
	size_t done;

	if (!cli_vpn(c, &vpn))
		return CLI_USAGE;
	words = target(c, args, n, &t);
	if (!words)
		return CLI_USAGE;
	n -= words;
	r = calloc(n, sizeof(*r));
	if (!r)
		return cli_refused("out of memory");
	for (i = 0; i < n; i++) {
		if (!cli_prefix(c, args[i], &r[i].prefix))
			goto out;
		r[i].target = t;
	}
	if (!cli_kern(c))
		code = CLI_REFUSED;
	else if (kern_routes_add(c->kern, vpn, r, n, &done))
		code = cli_kern_refused(c);
	else
		code = CLI_OK;
out:
	free(r);
	return code;
}

static int del(struct cli *c, char **args, unsigned int n)
{
	return cli_batch(c, args, n, kern_routes_del);
}

static struct cli_command route_add = {
	.name = "route add",
	.args = "PREFIX... protect via ID[,ID] | bypass | discard [--vpn TABLE]",
	.help = "add routes, or change what they say",
	.options = { { "vpn", "TABLE" } },
	.args_min = 2,
	.args_max = CLI_ARGS_ANY,
	.changes = true,
	.run = add,
};

CLI_COMMAND(route_add)

static struct cli_command route_del = {
	.name = "route del",
	.args = "PREFIX... [--vpn TABLE]",
	.help = "remove routes, all of these or none",
	.options = { { "vpn", "TABLE" } },
	.args_min = 1,
	.args_max = CLI_ARGS_ANY,
	.in_full = true,
	.changes = true,
	.run = del,
};

CLI_COMMAND(route_del)
