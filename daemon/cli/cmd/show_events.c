// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the daemon found worth an operator's attention, the last ones.
 */
#include <time.h>
#include "cli/cli.h"
#include "cli/out.h"

static const struct out_column columns[] = {
	{ .title = "TIME", .key = "time" },
	{ .title = "EVENT", .key = "event" },
	{ .title = "VPN", .key = "vpn" },
	{ .title = "SUBJECT", .key = "subject" },
	{ .title = "TEXT", .key = "text" },
	{ .title = NULL },
};

/* The same with its time as ISO 8601 has it; NULL: memory. */
static json_t *row(const json_t *event)
{
	time_t at = json_integer_value(json_object_get(event, "time"));
	json_t *copy = json_copy((json_t *)event);
	char stamp[32];
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (copy)
		json_object_set_new(copy, "time", json_string(stamp));
	return copy;
}

static int show(struct cli *c, char **args, unsigned int n)
{
	json_t *answer, *event;
	char why[512];
	struct out o;
	size_t i;
	bool ok;

	(void)args;
	(void)n;
	answer = cli_ask(c, "events", NULL, NULL, why, sizeof(why));
	if (!answer)
		return cli_refused("%s", why);
	ok = out_begin(&o, c->json, columns);
	json_array_foreach(json_object_get(answer, "events"), i, event) {
		ok = ok && out_row(&o, row(event));
	}
	json_decref(answer);
	if (!ok || !out_end(&o))
		return cli_refused("out of memory");
	return CLI_OK;
}

static struct cli_command show_events = {
	.name = "show events",
	.args = "",
	.help = "protection taken away, claims rejected, gateways that failed",
	.run = show,
};

CLI_COMMAND(show_events)
