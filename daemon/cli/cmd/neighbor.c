// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an operator does to a BGP session: have it say all again, or begin
 * anew. Only the daemon has them.
 */
#include "cli/cli.h"

static int ask(struct cli *c, const char *what, const char *name,
	       const char *text)
{
	char why[512];
	json_t *answer;

	answer = cli_request(c,
			     json_pack("{s:s, s:s, s:s, s:s}", "command",
				       "neighbor", "what", what, "name", name,
				       "text", text),
			     NULL, why, sizeof(why));
	if (!answer)
		return cli_refused("%s", why);
	json_decref(answer);
	return CLI_OK;
}

static int refresh(struct cli *c, char **args, unsigned int n)
{
	(void)n;
	return ask(c, "refresh", args[0], "");
}

static int reset(struct cli *c, char **args, unsigned int n)
{
	return ask(c, "reset", args[0], n > 1 ? args[1] : "");
}

static struct cli_command neighbor_refresh = {
	.name = "neighbor refresh",
	.args = "NAME",
	.help = "ask a neighbor to announce all of its routes again",
	.args_min = 1,
	.args_max = 1,
	.run = refresh,
};

static struct cli_command neighbor_reset = {
	.name = "neighbor reset",
	.args = "NAME [TEXT]",
	.help = "end a session and begin again; TEXT tells the neighbor why",
	.args_min = 1,
	.args_max = 2,
	.in_full = true,
	.run = reset,
};

CLI_COMMAND(neighbor_refresh)
CLI_COMMAND(neighbor_reset)
