// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What would happen to a packet, by the kernel's own lookup, in words.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "cli/learned.h"
#include "cli/out.h"
#include "cli/parse.h"
#include "cli/reasons.h"
#include "cli/tables.h"

struct explained {
	const struct kern_query *q;
	const struct kern_answer *a;
	const struct kern_gateway *gateway; /* NULL: none */
	json_t *learned; /* of the route; NULL: the daemon says nothing */
};

static bool read_port(const struct cli *c, const char *option, uint16_t *value)
{
	const char *text = cli_option(c, option);
	uint32_t number = 0;

	if (text && !cli_number(c, "a port", text, 1, UINT16_MAX, &number))
		return false;
	*value = (uint16_t)number;
	return true;
}

static bool read_query(const struct cli *c, char **args, struct kern_query *q)
{
	const char *proto = cli_option(c, "proto");
	const char *if_id = cli_option(c, "if-id");

	memset(q, 0, sizeof(*q));
	if (cli_option(c, "in"))
		q->direction = CESTEER_DIR_IN;
	if (!cli_vpn(c, &q->vpn) || !cli_address(c, args[0], &q->src) ||
	    !cli_address(c, args[1], &q->dst) ||
	    (proto && !cli_protocol(c, proto, &q->proto)) ||
	    !read_port(c, "sport", &q->sport) ||
	    !read_port(c, "dport", &q->dport) ||
	    (if_id &&
	     !cli_number(c, "an if_id", if_id, 1, UINT32_MAX, &q->if_id)))
		return false;
	if (q->src.family != q->dst.family) {
		cli_usage(c, "%s and %s are not of one address family", args[0],
			  args[1]);
		return false;
	}
	return true;
}

static const char *direction(const struct kern_query *q)
{
	return q->direction == CESTEER_DIR_IN ? "in" : "out";
}

static json_t *as_json(const struct explained *e)
{
	const struct kern_answer *a = e->a;
	json_t *value = json_object();

	json_object_set_new(value, "vpn", json_integer(e->q->vpn));
	json_object_set_new(value, "direction", json_string(direction(e->q)));
	json_object_set_new(value, "src", cli_address_json(&e->q->src));
	json_object_set_new(value, "dst", cli_address_json(&e->q->dst));
	json_object_set_new(value, "source", cli_prefix_json(&a->source));
	json_object_set_new(value, "route", cli_prefix_json(&a->route));
	if (a->action)
		json_object_set_new(value, "action",
				    json_string(kern_action_name(a->action)));
	if (a->gateway)
		json_object_set_new(value, "gateway", json_integer(a->gateway));
	if (e->gateway)
		json_object_set_new(value, "gateway-address",
				    cli_address_json(&e->gateway->address));
	if (a->if_id)
		json_object_set_new(value, "if-id", json_integer(a->if_id));
	json_object_set_new(value, "verdict",
			    json_string(kern_verdict_name(a->verdict)));
	json_object_set_new(value, "reason", json_string(a->reason_name));
	json_object_set_new(value, "meaning",
			    json_string(cli_reason(a->reason)));
	if (e->learned)
		json_object_set(value, "learned", e->learned);
	return value;
}

static void print_learned(const json_t *learned)
{
	const char *neighbor = learned_neighbor(learned);
	const char *why = json_string_value(json_object_get(learned, "why"));

	if (neighbor)
		out_say(stdout, "  It was learned from %s%s%s.\n", neighbor,
			why ? ": " : "", why ? why : "");
	else if (why)
		out_say(stdout, "  It is there because %s.\n", why);
}

/* The kernel names the action when it looked as far as that. */
static void print_route(const struct kern_answer *a, const char *remote)
{
	char text[PREFIX_STRLEN];

	printf("  The %s is in %s", remote, prefix_format(&a->route, text));
	if (a->action == CESTEER_ACTION_PROTECT)
		printf(", a trusted subnet");
	else if (a->action)
		printf(", where the route says %s",
		       kern_action_name(a->action));
	printf(".\n");
}

/* Outbound the packet's source is local; inbound its destination is. */
static void print_words(const struct explained *e)
{
	bool in = e->q->direction == CESTEER_DIR_IN;
	const char *local = in ? "destination" : "source";
	const char *remote = in ? "source" : "destination";
	const struct kern_answer *a = e->a;
	char src[PREFIX_STRLEN], dst[PREFIX_STRLEN];

	printf("%s to %s, %s, VPN %u:\n", addr_format(&e->q->src, src),
	       addr_format(&e->q->dst, dst), in ? "coming in" : "going out",
	       e->q->vpn);
	if (a->source.family)
		printf("  The %s is in source prefix %s.\n", local,
		       prefix_format(&a->source, src));
	else
		printf("  The %s is in no source prefix.\n", local);
	if (a->route.family)
		print_route(a, remote);
	else
		printf("  No route covers the %s.\n", remote);
	if (e->learned)
		print_learned(e->learned);
	if (e->gateway)
		printf("  %s %s (id %u, if_id 0x%x, %s).\n",
		       in ? "It came by an SA of gateway" : "Its gateway is",
		       addr_format(&e->gateway->address, src), e->gateway->id,
		       e->gateway->if_id,
		       kern_gateway_state_name(e->gateway->state));
	printf("Verdict: %s: %s (%s).\n", kern_verdict_name(a->verdict),
	       cli_reason(a->reason), a->reason_name);
}

/* The daemon's view of the route that matched, when it has one; new. */
static json_t *ask_learned(const struct cli *c, uint32_t vpn,
			   const struct kern_answer *a)
{
	char text[PREFIX_STRLEN], why[512];
	const struct learned_query q = { .vpn = vpn, .prefix = text };
	struct learned *l;
	json_t *route;
	bool absent;

	if (!a->route.family)
		return NULL;
	prefix_format(&a->route, text);
	l = learned_ask(c, &q, &absent, why, sizeof(why));
	route = learned_json(learned_find(l, vpn, &a->route));
	learned_free(l);
	return route;
}

static int explain(struct cli *c, char **args, unsigned int n_args)
{
	struct kern_gateway *gateways;
	struct explained e = { 0 };
	struct kern_answer a;
	struct kern_query q;
	bool ok = true;
	size_t n;

	(void)n_args;
	if (!read_query(c, args, &q))
		return CLI_USAGE;
	if (!cli_kern(c))
		return CLI_REFUSED;
	if (kern_explain(c->kern, &q, &a))
		return cli_kern_refused(c);
	gateways = cli_gateways(c, &n);
	if (!gateways)
		return CLI_REFUSED;
	e.q = &q;
	e.a = &a;
	e.gateway = cli_gateway_by_id(gateways, n, a.gateway);
	e.learned = ask_learned(c, q.vpn, &a);
	if (c->json)
		ok = out_value(as_json(&e));
	else
		print_words(&e);
	json_decref(e.learned);
	free(gateways);
	return ok ? CLI_OK : cli_refused("out of memory");
}

static struct cli_command explain_command = {
	.name = "explain",
	.args = "SRC DST [--in] [--vpn TABLE] [--proto P] [--sport N] [--dport N] [--if-id N]",
	.help = "what would happen to a packet, and why",
	.options = {
		{ "in", NULL },
		{ "vpn", "TABLE" },
		{ "proto", "P" },
		{ "sport", "N" },
		{ "dport", "N" },
		{ "if-id", "N" },
	},
	.args_min = 2,
	.args_max = 2,
	.run = explain,
};

CLI_COMMAND(explain_command)
