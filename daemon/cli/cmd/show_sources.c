// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Source prefixes, by VPN.
 */
#include <stdlib.h>
#include "cli/cli.h"
#include "cli/out.h"
#include "cli/tables.h"

static const struct out_column columns[] = {
	{ .title = "VPN", .key = "vpn", .right = true },
	{ .title = "PREFIX", .key = "prefix" },
	{ .title = NULL },
};

static int show_vpn(struct cli *c, uint32_t vpn, struct out *o)
{
	struct prefix *p;
	bool ok = true;
	size_t n, i;

	p = cli_sources(c, vpn, &n);
	if (!p)
		return CLI_REFUSED;
	for (i = 0; ok && i < n; i++)
		ok = out_row(o, json_pack("{s:I, s:o}", "vpn", (json_int_t)vpn,
					  "prefix", cli_prefix_json(&p[i])));
	free(p);
	return ok ? CLI_OK : cli_refused("out of memory");
}

static int show(struct cli *c, char **args, unsigned int n_args)
{
	struct kern_vpn *v;
	int code;
	struct out o;
	size_t n, i;

	(void)args;
	(void)n_args;
	v = cli_vpns(c, &n, &code);
	if (!v)
		return code;
	if (!out_begin(&o, c->json, columns)) {
		free(v);
		return cli_refused("out of memory");
	}
	code = CLI_OK;
	for (i = 0; i < n && !code; i++)
		code = show_vpn(c, v[i].id, &o);
	free(v);
	out_end(&o);
	return code;
}

static struct cli_command show_sources = {
	.name = "show sources",
	.args = "[--vpn TABLE]",
	.help = "source prefixes: only traffic from them is protected",
	.options = { { "vpn", "TABLE" } },
	.run = show,
};

CLI_COMMAND(show_sources)
