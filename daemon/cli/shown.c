// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists of which only the daemon knows.
 */
#include "cli/shown.h"

int cli_shown(const struct cli *c, const char *what, const char *list,
	      const struct out_column *columns,
	      bool (*put)(struct out *o, json_t *item))
{
	json_t *answer, *item;
	char why[512];
	struct out o;
	size_t i;
	bool ok;

	answer = cli_ask(c, what, NULL, NULL, why, sizeof(why));
	if (!answer)
		return cli_refused("%s", why);
	ok = out_begin(&o, c->json, columns);
	json_array_foreach(json_object_get(answer, list), i, item) {
		ok = ok && put(&o, item);
	}
	json_decref(answer);
	if (!ok || !out_end(&o))
		return cli_refused("out of memory");
	return CLI_OK;
}
