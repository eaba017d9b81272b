// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How many packets got which verdict, and why.
 */
#include "cli/cli.h"
#include "cli/out.h"
#include "cli/reasons.h"
#include "kern/kern.h"

static const struct out_column columns[] = {
	{ .title = "REASON", .key = "reason" },
	{ .title = "VERDICT", .key = "verdict" },
	{ .title = "PACKETS", .key = "packets", .right = true },
	{ .title = "MEANING", .key = "meaning" },
	{ .title = NULL },
};

static int row(void *arg, const struct kern_counter *counter)
{
	json_t *value = json_pack("{s:s, s:s, s:I, s:s}", "reason",
				  counter->name, "verdict",
				  kern_verdict_name(counter->verdict),
				  "packets", (json_int_t)counter->packets,
				  "meaning", cli_reason(counter->reason));

	return out_row(arg, value) ? 0 : 1;
}

static int show(struct cli *c, char **args, unsigned int n)
{
	struct out o;
	int err;

	(void)args;
	(void)n;
	if (!cli_kern(c))
		return CLI_REFUSED;
	if (!out_begin(&o, c->json, columns))
		return cli_refused("out of memory");
	err = kern_counters(c->kern, row, &o);
	out_end(&o);
	if (err > 0)
		return cli_refused("out of memory");
	return err ? cli_kern_refused(c) : CLI_OK;
}

static struct cli_command show_counters = {
	.name = "show counters",
	.args = "",
	.help = "packets by verdict and reason",
	.run = show,
};

CLI_COMMAND(show_counters)
