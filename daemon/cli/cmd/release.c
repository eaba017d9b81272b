// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ending by hand the hold of what was withdrawn or downgraded.
 */
#include "cli/cli.h"
#include "cli/learned.h"
#include "cli/parse.h"

static int release(struct cli *c, char **args, unsigned int n)
{
	json_t *name, *answer;
	struct prefix p;
	char why[512];
	uint32_t vpn;
	unsigned int i;

	if (!cli_vpn(c, &vpn))
		return CLI_USAGE;
	for (i = 0; i < n; i++) {
		if (!cli_prefix(c, args[i], &p))
			return CLI_USAGE;
	}
	name = cli_vpn_name(c, vpn, why, sizeof(why));
	for (i = 0; name && i < n; i++) {
		answer = cli_request(c,
				     json_pack("{s:s, s:O, s:s}", "command",
					       "release", "vpn", name, "prefix",
					       args[i]),
				     NULL, why, sizeof(why));
		if (!answer)
			break;
		json_decref(answer);
	}
	if (!name || i < n) {
		json_decref(name);
		return cli_refused("%s", why);
	}
	json_decref(name);
	return CLI_OK;
}

static struct cli_command release_command = {
	.name = "release",
	.args = "PREFIX... [--vpn TABLE]",
	.help = "no longer hold what was withdrawn or downgraded",
	.options = { { "vpn", "TABLE" } },
	.args_min = 1,
	.args_max = CLI_ARGS_ANY,
	.in_full = true,
	.run = release,
};

CLI_COMMAND(release_command)
