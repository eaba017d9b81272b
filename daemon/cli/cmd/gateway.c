// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Gateways, by hand; and what an operator has the daemon do with one.
 */
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "cli/parse.h"
#include "cli/tables.h"

/* Pairs of a word and its value into g, from args[0] on. */
static bool properties(struct cli *c, char **args, struct kern_gateway *g)
{
	for (; *args; args += 2) {
		bool ok = args[1];

		if (ok && !strcmp(args[0], "if-id")) {
			ok = cli_number(c, "an if_id", args[1], 1, UINT32_MAX,
					&g->if_id);
		} else if (ok && !strcmp(args[0], "mode")) {
			ok = cli_mode(c, args[1], &g->mode);
		} else if (ok && !strcmp(args[0], "state")) {
			ok = cli_state(c, args[1], &g->state);
		} else {
			cli_usage(c, "not expected: \"%s\"", args[0]);
			return false;
		}
		if (!ok)
			return false;
	}
	return true;
}

static int add(struct cli *c, char **args, unsigned int n)
{
	struct kern_gateway g = { .mode = CESTEER_MODE_ON_DEMAND };

	(void)n;
	if (!cli_number(c, "a gateway's id", args[0], 1, UINT32_MAX, &g.id) ||
	    !cli_address(c, args[1], &g.address))
		return CLI_USAGE;
	g.if_id = g.id;
	if (!properties(c, args + 2, &g))
		return CLI_USAGE;
	if (!cli_kern(c))
		return CLI_REFUSED;
	return kern_gateway_add(c->kern, &g) ? cli_kern_refused(c) : CLI_OK;
}

/* What is not said stays as it is. */
static int set(struct cli *c, char **args, unsigned int n)
{
	struct kern_gateway *all, g = { .if_id = 0 };
	const struct kern_gateway *now;
	size_t n_all;
	uint32_t id;

	if (!cli_number(c, "a gateway's id", args[0], 1, UINT32_MAX, &id) ||
	    !properties(c, args + 1, &g))
		return CLI_USAGE;
	if (g.if_id)
		return cli_usage(c, "a gateway's if_id cannot be changed");
	(void)n;
	all = cli_gateways(c, &n_all);
	if (!all)
		return CLI_REFUSED;
	now = cli_gateway_by_id(all, n_all, id);
	if (now)
		g = *now;
	free(all);
	if (!now)
		return cli_refused("the kernel has no gateway %u", id);
	properties(c, args + 1, &g);
	return kern_gateway_set(c->kern, id, g.mode, g.state) ?
		       cli_kern_refused(c) :
		       CLI_OK;
}

static int del(struct cli *c, char **args, unsigned int n)
{
	uint32_t id;

	(void)n;
	if (!cli_number(c, "a gateway's id", args[0], 1, UINT32_MAX, &id))
		return CLI_USAGE;
	if (!cli_kern(c))
		return CLI_REFUSED;
	return kern_gateway_del(c->kern, id) ? cli_kern_refused(c) : CLI_OK;
}

static int ask(struct cli *c, const char *what, const char *address)
{
	struct addr a;
	char why[512];
	json_t *answer;

	if (!cli_address(c, address, &a))
		return CLI_USAGE;
	answer = cli_request(c,
			     json_pack("{s:s, s:s, s:s}", "command", "gateway",
				       "what", what, "address", address),
			     NULL, why, sizeof(why));
	if (!answer)
		return cli_refused("%s", why);
	json_decref(answer);
	return CLI_OK;
}

static int drain(struct cli *c, char **args, unsigned int n)
{
	(void)n;
	return ask(c, "drain", args[0]);
}

static int undrain(struct cli *c, char **args, unsigned int n)
{
	(void)n;
	return ask(c, "undrain", args[0]);
}

static struct cli_command gateway_add = {
	.name = "gateway add",
	.args = "ID ADDRESS [if-id N] [mode on-demand|pre-established] [state usable|down]",
	.help = "add a gateway; its if_id is its id unless said",
	.args_min = 2,
	.args_max = 8,
	.changes = true,
	.run = add,
};

CLI_COMMAND(gateway_add)

static struct cli_command gateway_set = {
	.name = "gateway set",
	.args = "ID [mode on-demand|pre-established] [state usable|down]",
	.help = "change a gateway",
	.args_min = 3,
	.args_max = 5,
	.changes = true,
	.run = set,
};

CLI_COMMAND(gateway_set)

static struct cli_command gateway_del = {
	.name = "gateway del",
	.args = "ID",
	.help = "remove a gateway that no route names",
	.args_min = 1,
	.args_max = 1,
	.in_full = true,
	.changes = true,
	.run = del,
};

CLI_COMMAND(gateway_del)

static struct cli_command gateway_drain = {
	.name = "gateway drain",
	.args = "ADDRESS",
	.help = "use others in its place where there are, until it is undrained or cesteerd ends",
	.args_min = 1,
	.args_max = 1,
	.in_full = true,
	.run = drain,
};

CLI_COMMAND(gateway_drain)

static struct cli_command gateway_undrain = {
	.name = "gateway undrain",
	.args = "ADDRESS",
	.help = "use a gateway again that was drained",
	.args_min = 1,
	.args_max = 1,
	.run = undrain,
};

CLI_COMMAND(gateway_undrain)
