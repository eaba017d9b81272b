// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes as the kernel has them: what it does. When the daemon runs, why, and
 * what calls for attention though the kernel has it not; with --detail, all
 * that the daemon knows.
 */
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "cli/learned.h"
#include "cli/out.h"
#include "cli/tables.h"

static const struct out_column plain[] = {
	{ .title = "VPN", .key = "vpn", .right = true },
	{ .title = "PREFIX", .key = "prefix" },
	{ .title = "ACTION", .key = "action" },
	{ .title = "GATEWAYS", .key = "gateways" },
	{ .title = NULL },
};

static const struct out_column reasons[] = {
	{ .title = "VPN", .key = "vpn", .right = true },
	{ .title = "PREFIX", .key = "prefix" },
	{ .title = "ACTION", .key = "action" },
	{ .title = "GATEWAYS", .key = "gateways" },
	{ .title = "REASON", .key = "learned.reason" },
	{ .title = "IDENTITY", .key = "learned.state" },
	{ .title = "AGE", .key = "learned.age", .right = true },
	{ .title = "HELD-FOR", .key = "learned.held-for", .right = true },
	{ .title = NULL },
};

static const struct out_column detailed[] = {
	{ .title = "VPN", .key = "vpn", .right = true },
	{ .title = "PREFIX", .key = "prefix" },
	{ .title = "ACTION", .key = "action" },
	{ .title = "GATEWAYS", .key = "gateways" },
	{ .title = "INSTALLED", .key = "installed" },
	{ .title = "FROM", .key = "neighbor" },
	{ .title = "AGE", .key = "learned.age", .right = true },
	{ .title = "HELD-FOR", .key = "learned.held-for", .right = true },
	{ .title = "IDENTITY", .key = "learned.state" },
	{ .title = "REJECTED", .key = "learned.rejected" },
	{ .title = "MORE-PATHS", .key = "learned.more-paths", .right = true },
	{ .title = "REASON", .key = "learned.reason" },
	{ .title = "WHY", .key = "learned.why" },
	{ .title = NULL },
};

struct showing {
	struct cli *c;
	struct out o;
	struct kern_gateway *gateways;
	size_t n_gateways;
	bool detail;
	struct learned *learned; /* NULL: not asked for, or not to be had */
};

/* Addresses, preferred first; an id that is gone by now stays a number. */
static json_t *gateways_json(const struct showing *s,
			     const struct kern_target *t)
{
	json_t *list = json_array();
	uint8_t i;

	for (i = 0; i < t->n_gateways; i++) {
		const struct kern_gateway *g;
		json_t *name;

		g = cli_gateway_by_id(s->gateways, s->n_gateways,
				      t->gateways[i]);
		name = g ? cli_address_json(&g->address) :
			   json_integer(t->gateways[i]);
		json_array_append_new(list, name);
	}
	return list;
}

static json_t *ids_json(const struct kern_target *t)
{
	json_t *list = json_array();
	uint8_t i;

	for (i = 0; i < t->n_gateways; i++)
		json_array_append_new(list, json_integer(t->gateways[i]));
	return list;
}

/* learned is consumed. */
static void add_learned(json_t *row, json_t *route)
{
	const char *neighbor = learned_neighbor(route);

	if (!route)
		return;
	json_object_set_new(row, "learned", route);
	if (neighbor)
		json_object_set_new(row, "neighbor", json_string(neighbor));
}

static json_t *route_json(const struct showing *s, uint32_t vpn,
			  const struct kern_route *r,
			  const struct learned_route *learned)
{
	char text[PREFIX_STRLEN];
	json_t *row = json_pack("{s:I, s:s, s:s, s:o, s:o}", "vpn",
				(json_int_t)vpn, "prefix",
				prefix_format(&r->prefix, text), "action",
				kern_action_name(r->target.action), "gateways",
				gateways_json(s, &r->target), "gateway-ids",
				ids_json(&r->target));

	if (!row || !s->learned)
		return row;
	json_object_set_new(row, "installed", json_true());
	add_learned(row, learned_json(learned));
	return row;
}

static bool show_vpn(struct showing *s, uint32_t vpn)
{
	struct kern_route *r;
	bool ok = true;
	size_t n, i;

	r = cli_routes(s->c, vpn, &n);
	if (!r)
		return false;
	for (i = 0; ok && i < n; i++) {
		struct learned_route *l =
			learned_find(s->learned, vpn, &r[i].prefix);

		ok = out_row(&s->o, route_json(s, vpn, &r[i], l));
		/* What is left in the end is not in the kernel. */
		if (l)
			l->shown = true;
	}
	free(r);
	if (!ok)
		cli_refused("out of memory");
	return ok;
}

/*
 * Learned, and not in the kernel: no identity, or no way to have it there.
 * Without --detail, only what an operator should look at.
 */
static bool show_rest(struct showing *s)
{
	size_t i, n = s->learned ? s->learned->n : 0;

	for (i = 0; i < n; i++) {
		const struct learned_route *r = &s->learned->routes[i];
		json_t *route, *row;

		if (r->shown || (!s->detail && !r->alarm))
			continue;
		route = learned_json(r);
		row = json_pack("{s:I, s:O, s:O, s:O, s:b}", "vpn",
				(json_int_t)r->vpn, "prefix",
				json_object_get(route, "prefix"), "action",
				json_object_get(route, "action"), "gateways",
				json_object_get(route, "gateways"), "installed",
				0);
		add_learned(row, route);
		if (!out_row(&s->o, row))
			return false;
	}
	return true;
}

/* Without the daemon, what the kernel knows is still shown. */
static struct learned *ask_learned(const struct cli *c, bool detail,
				   const struct kern_vpn *v)
{
	struct learned_query q = {
		.all_vpns = !cli_option(c, "vpn"),
		.vpn = v->id,
		/* Text tells of the best path only, which brief routes do. */
		.brief = !detail || !c->json,
	};
	char why[512];
	bool absent;
	struct learned *l = learned_ask(c, &q, &absent, why, sizeof(why));

	if (!l && (detail || !absent))
		cli_refused("%s", why);
	return l;
}

static int show(struct cli *c, char **args, unsigned int n_args)
{
	struct showing s = { .c = c };
	struct kern_vpn *v;
	size_t n, i;
	int code;
	bool ok;

	(void)args;
	(void)n_args;
	v = cli_vpns(c, &n, &code);
	if (!v)
		return code;
	s.gateways = cli_gateways(c, &s.n_gateways);
	ok = s.gateways;
	s.detail = cli_option(c, "detail");
	if (ok)
		s.learned = ask_learned(c, s.detail, v);
	ok = ok && out_begin(&s.o, c->json,
			     !s.learned ? plain :
			     s.detail	? detailed :
					  reasons);
	for (i = 0; ok && i < n; i++)
		ok = show_vpn(&s, v[i].id);
	ok = ok && show_rest(&s);
	if (s.o.form)
		out_end(&s.o);
	learned_free(s.learned);
	free(s.gateways);
	free(v);
	return ok ? CLI_OK : CLI_REFUSED;
}

static struct cli_command show_routes = {
	.name = "show routes",
	.args = "[--vpn TABLE] [--detail]",
	.help = "trusted subnets, their gateways, and why; --detail: who said so",
	.options = { { "vpn", "TABLE" }, { "detail", NULL } },
	.run = show,
};

CLI_COMMAND(show_routes)
