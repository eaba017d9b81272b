// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Source prefixes, by hand.
 */
#include <stdlib.h>
#include "cli/cli.h"
#include "cli/parse.h"
#include "kern/kern.h"

static int change(struct cli *c, char **args, unsigned int n,
		  int (*ask)(struct kern *k, uint32_t vpn,
			     const struct prefix *p, size_t n, size_t *done))
{
	struct prefix *p;
	uint32_t vpn;
	size_t done;
	int code;

	if (!cli_vpn(c, &vpn))
		return CLI_USAGE;
	p = cli_prefixes(c, args, n);
	if (!p)
		return CLI_USAGE;
	if (!cli_kern(c))
		code = CLI_REFUSED;
	else if (ask(c->kern, vpn, p, n, &done))
		code = cli_kern_refused(c);
	else
		code = CLI_OK;
	free(p);
	return code;
}

static int add(struct cli *c, char **args, unsigned int n)
{
	return change(c, args, n, kern_sources_add);
}

static int del(struct cli *c, char **args, unsigned int n)
{
	return change(c, args, n, kern_sources_del);
}

static struct cli_command source_add = {
	.name = "source add",
	.args = "PREFIX... [--vpn TABLE]",
	.help = "add source prefixes",
	.options = { { "vpn", "TABLE" } },
	.args_min = 1,
	.args_max = CLI_ARGS_ANY,
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
	.run = del,
};

CLI_COMMAND(source_del)
