// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Devices whose packets may go the fast way, and how many did.
 */
#include <stdlib.h>
#include "cli/cli.h"
#include "cli/out.h"
#include "cli/tables.h"

static const struct out_column columns[] = {
	{ .title = "VPN", .key = "vpn", .right = true },
	{ .title = "DEVICE", .key = "device" },
	{ .title = "PRESENT", .key = "present" },
	{ .title = "PACKETS", .key = "packets", .right = true },
	{ .title = NULL },
};

static json_t *device_json(const struct kern_device *d)
{
	return json_pack("{s:I, s:s, s:b, s:I}", "vpn", (json_int_t)d->vpn,
			 "device", d->name, "present", d->ifindex != 0,
			 "packets", (json_int_t)d->packets);
}

static int show(struct cli *c, char **args, unsigned int n_args)
{
	struct kern_device *d;
	struct out o;
	size_t n, i;
	bool ok;

	(void)args;
	(void)n_args;
	d = cli_devices(c, &n);
	if (!d)
		return CLI_REFUSED;
	ok = out_begin(&o, c->json, columns);
	for (i = 0; ok && i < n; i++)
		ok = out_row(&o, device_json(&d[i]));
	free(d);
	if (!ok || !out_end(&o))
		return cli_refused("out of memory");
	return CLI_OK;
}

static struct cli_command show_devices = {
	.name = "show devices",
	.args = "",
	.help = "devices of the fast way, and packets that took it",
	.run = show,
};

CLI_COMMAND(show_devices)
