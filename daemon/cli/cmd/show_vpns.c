// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The VPNs that the kernel knows, and how large they are.
 */
#include <stdlib.h>
#include "cli/cli.h"
#include "cli/out.h"
#include "cli/tables.h"

static const struct out_column columns[] = {
	{ .title = "VPN", .key = "vpn", .right = true },
	{ .title = "DEFAULT", .key = "default" },
	{ .title = "SOURCES", .key = "sources", .right = true },
	{ .title = "ROUTES", .key = "routes", .right = true },
	{ .title = "REFUSED", .key = "refused", .right = true },
	{ .title = "BYTES", .key = "bytes", .right = true },
	{ .title = NULL },
};

/* How many entries the kernel refused, or null: the daemon does not run. */
static json_t *refused(const json_t *status, uint32_t id)
{
	const json_t *vpns = json_object_get(status, "vpns"), *vpn;
	size_t i;

	json_array_foreach(vpns, i, vpn) {
		if (json_integer_value(json_object_get(vpn, "table")) == id)
			return json_incref(json_object_get(vpn, "refused"));
	}
	return json_null();
}

static json_t *vpn_json(const struct kern_vpn *v, const json_t *status)
{
	return json_pack("{s:I, s:s, s:I, s:I, s:o, s:I}", "vpn",
			 (json_int_t)v->id, "default",
			 kern_action_name(v->default_action), "sources",
			 (json_int_t)v->sources, "routes",
			 (json_int_t)v->routes, "refused",
			 refused(status, v->id), "bytes", (json_int_t)v->bytes);
}

static int show(struct cli *c, char **args, unsigned int n_args)
{
	struct kern_vpn *v;
	json_t *status;
	char why[512];
	struct out o;
	bool ok, absent;
	int code;
	size_t n, i;

	(void)args;
	(void)n_args;
	v = cli_vpns(c, &n, &code);
	if (!v)
		return code;
	status = cli_ask(c, "status", NULL, &absent, why, sizeof(why));
	ok = out_begin(&o, c->json, columns);
	for (i = 0; ok && i < n; i++)
		ok = out_row(&o, vpn_json(&v[i], status));
	free(v);
	json_decref(status);
	if (!ok || !out_end(&o))
		return cli_refused("out of memory");
	return CLI_OK;
}

static struct cli_command show_vpns = {
	.name = "show vpns",
	.args = "[--vpn TABLE]",
	.help = "VPNs, what they do by default, and their sizes",
	.options = { { "vpn", "TABLE" } },
	.run = show,
};

CLI_COMMAND(show_vpns)
