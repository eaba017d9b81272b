// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Having the daemon read its configuration again, and say what is wrong with
 * it.
 */
#include "cli/cli.h"

static int reload(struct cli *c, char **args, unsigned int n)
{
	json_t *answer;
	char why[512];

	(void)args;
	(void)n;
	answer = cli_request(c, json_pack("{s:s}", "command", "reload"), NULL,
			     why, sizeof(why));
	if (!answer)
		return cli_refused("%s", why);
	json_decref(answer);
	return CLI_OK;
}

static struct cli_command reload_command = {
	.name = "reload",
	.args = "",
	.help = "have cesteerd read its configuration again, or say what is wrong",
	.in_full = true,
	.run = reload,
};

CLI_COMMAND(reload_command)
