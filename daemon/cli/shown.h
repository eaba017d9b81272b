/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of which only the daemon knows.
 */
#ifndef CESTEER_CLI_SHOWN_H
#define CESTEER_CLI_SHOWN_H

#include "cli/cli.h"
#include "cli/out.h"

/*
 * Ask the daemon for what, and print the items of the list of that name in its
 * answer. put prints one, which is borrowed, as no, one or several rows; false:
 * memory is short. Returns the exit code; a refusal has been said.
 */
int cli_shown(const struct cli *c, const char *what, const char *list,
	      const struct out_column *columns,
	      bool (*put)(struct out *o, json_t *item));

#endif /* CESTEER_CLI_SHOWN_H */
