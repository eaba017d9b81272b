// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What may wait for SAs, by hand: where no daemon runs, which has it in its
 * configuration.
 */
#include <string.h>
#include "cli/cli.h"
#include "cli/parse.h"
#include "kern/kern.h"

/* The limit that a word names, or NULL. */
static uint32_t *limit(struct kern_queue *q, const char *word)
{
	if (!strcmp(word, "packets"))
		return &q->packets;
	if (!strcmp(word, "bytes"))
		return &q->bytes;
	if (!strcmp(word, "age"))
		return &q->age;
	if (!strcmp(word, "total"))
		return &q->total;
	return NULL;
}

/* Words over what is in q; false: they are none, which has been said. */
static bool read_limits(const struct cli *c, char **args, unsigned int n,
			struct kern_queue *q)
{
	unsigned int i;
	uint32_t *value;

	for (i = 0; i < n; i += 2) {
		value = limit(q, args[i]);
		if (!value || i + 1 == n) {
			cli_usage(c, "expected packets, bytes, age or total N");
			return false;
		}
		if (!cli_number(c, args[i], args[i + 1], 0, UINT32_MAX, value))
			return false;
	}
	return true;
}

static int set(struct cli *c, char **args, unsigned int n)
{
	struct kern_info info;

	/* To find a wrong word takes no kernel. */
	if (!read_limits(c, args, n, &info.queue))
		return CLI_USAGE;
	if (!cli_kern(c))
		return CLI_REFUSED;
	if (kern_info(c->kern, &info))
		return cli_kern_refused(c);
	read_limits(c, args, n, &info.queue);
	return kern_queue_set(c->kern, &info.queue) ? cli_kern_refused(c) :
						      CLI_OK;
}

static struct cli_command queue_set = {
	.name = "queue set",
	.args = "[packets N] [bytes N] [age MS] [total BYTES]",
	.help = "bound what waits for SAs: a gateway's, and all together",
	.args_min = 2,
	.args_max = 8,
	.changes = true,
	.run = set,
};

CLI_COMMAND(queue_set)
