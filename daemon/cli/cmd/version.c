// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * This program's version; "show info" has the module's and the daemon's too.
 */
#include <stdio.h>
#include "cli/cli.h"
#include "cli/out.h"
#include "daemon.h"

static int version(struct cli *c, char **args, unsigned int n)
{
	json_t *value;

	(void)args;
	(void)n;
	if (!c->json) {
		puts("cesteer " DAEMON_VERSION);
		return CLI_OK;
	}
	value = json_pack("{s:s}", "version", DAEMON_VERSION);
	return out_value(value) ? CLI_OK : cli_refused("out of memory");
}

static struct cli_command version_command = {
	.name = "version",
	.args = "",
	.help = "this program's version, as --version and -V print it",
	.run = version,
};

CLI_COMMAND(version_command)
