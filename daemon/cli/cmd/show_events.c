// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the daemon found worth an operator's attention, the last ones.
 */
#include <time.h>
#include "cli/shown.h"

static const struct out_column columns[] = {
	{ .title = "TIME", .key = "time" },
	{ .title = "EVENT", .key = "event" },
	{ .title = "VPN", .key = "vpn" },
	{ .title = "SUBJECT", .key = "subject" },
	{ .title = "TEXT", .key = "text" },
	{ .title = NULL },
};

/* With its time as ISO 8601 has it. */
static bool put_event(struct out *o, json_t *event)
{
	time_t at = json_integer_value(json_object_get(event, "time"));
	json_t *row = json_copy(event);
	char stamp[32];
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (row)
		json_object_set_new(row, "time", json_string(stamp));
	return out_row(o, row);
}

static int show(struct cli *c, char **args, unsigned int n)
{
	(void)args;
	(void)n;
	return cli_shown(c, "events", "events", columns, put_event);
}

static struct cli_command show_events = {
	.name = "show events",
	.args = "",
	.help = "protection taken away, claims rejected, gateways that failed",
	.run = show,
};

CLI_COMMAND(show_events)
