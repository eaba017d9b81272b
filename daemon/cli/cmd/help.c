// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of commands, or what one of them takes.
 */
#include <stdio.h>
#include <string.h>
#include "cli/cli.h"

/* Whether a command's name begins with these words, or what they abbreviate. */
static bool begins(const char *name, char **words, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		size_t len = strlen(words[i]);

		if (!len || strncmp(name, words[i], len))
			return false;
		name += strcspn(name, " ");
		name += *name == ' ';
	}
	return true;
}

static int help(struct cli *c, char **args, unsigned int n)
{
	const struct cli_command *i;
	unsigned int shown = 0;

	if (!n)
		puts("usage: cesteer COMMAND [--json] [--socket PATH]\n"
		     "       cesteer --help | --version\n");
	for (i = cli_commands; i; i = i->next) {
		if (!begins(i->name, args, n))
			continue;
		printf("  %s%s%s%s\n      %s\n", i->name, *i->args ? " " : "",
		       i->args, i->changes ? " [--force]" : "", i->help);
		shown++;
	}
	if (!shown)
		return cli_usage(c, "no such command: \"%s%s%s\"", args[0],
				 n > 1 ? " " : "", n > 1 ? args[1] : "");
	return CLI_OK;
}

static struct cli_command help_command = {
	.name = "help",
	.args = "[COMMAND]",
	.help = "list the commands, or what one takes, as COMMAND --help does",
	.args_max = 2,
	.run = help,
};

CLI_COMMAND(help_command)
