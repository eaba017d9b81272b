// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon as JSON, in the words of daemon.h.
 */
#include "core/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/array.h"
#include "core/feed.h"
#include "core/guard.h"
#include "core/journal.h"
#include "daemon.h"
#include "kern/kern.h"

static json_t *vpn_json(const struct vpn *v)
{
	struct rib_stats s;

	rib_stats(v->rib, &s);
	return json_pack(
		"{s:s, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b}",
		"name", v->name, "table", (json_int_t)v->table, "default",
		kern_action_name(v->conf->default_action), "sources",
		(json_int_t)v->conf->n_sources, "routes", (json_int_t)s.entries,
		"stale", (json_int_t)s.stale, "installed",
		(json_int_t)v->installed, "held", (json_int_t)v->held,
		"refused", (json_int_t)v->refused, "pending",
		(json_int_t)(rib_dirty_count(v->rib) + v->leaving), "ready",
		!v->unset && !v->sources.refused);
}

static json_t *router_id(uint32_t id)
{
	struct addr a = {
		.family = AF_INET,
		.b = { id >> 24, id >> 16 & 0xff, id >> 8 & 0xff, id & 0xff },
	};

	return id ? show_addr(&a) : json_null();
}

static json_t *show_status(struct daemon *d, const json_t *args, char *why,
			   size_t why_len)
{
	json_t *vpns = json_array(), *o, *part;
	time_t now = core_now();
	size_t i;

	for (i = 0; i < d->n_vpns; i++)
		json_array_append_new(vpns, vpn_json(d->vpns[i]));
	o = json_pack("{s:s, s:I, s:I, s:I, s:o}", "version", DAEMON_VERSION,
		      "pid", (json_int_t)getpid(), "uptime",
		      (json_int_t)(now - d->started), "as",
		      (json_int_t)d->conf->bgp.as, "router-id",
		      router_id(d->conf->bgp.router_id));
	part = json_pack("{s:{s:o, s:o}, s:{s:s, s:I}, s:{s:b}, s:b, s:o, s:I}",
			 "identity", "address", show_addr(&d->conf->identity4),
			 "address6", show_addr(&d->conf->identity6),
			 "configuration", "file", d->conf->file, "age",
			 (json_int_t)(now - d->loaded), "ike", "connected",
			 ike_link_up(d->ike), "settled", d->settled, "vpns",
			 vpns, "gateways", (json_int_t)d->gateways.n);
	json_object_update_missing_new(o, part);
	json_object_set_new(o, "event-loop", turns_json(&d->turns));
	return o;
}

static json_t *neighbor_json(const struct neighbor *nb)
{
	static const char *const ipsec[] = {
		[BGP_IPSEC_NONE] = "none",
		[BGP_IPSEC_TRAP] = "trap",
		[BGP_IPSEC_HOLD] = "hold",
	};
	json_t *o = nb->peer ? bgp_peer_json(nb->peer) : json_object();
	const char *why;
	struct addr a = nb->conf->address;

	if (!o)
		return NULL;
	if (nb->feed) {
		feed_json(nb, o);
	} else if (!nb->peer && guard_permits(nb->vpn->d, nb->conf, &why)) {
		json_object_set_new(o, "state", json_string("refused"));
	} else if (!nb->peer) {
		json_object_set_new(o, "state", json_string("held"));
		json_object_set_new(o, "last-error", json_string(why));
	}
	json_object_set_new(o, "ipsec", json_string(ipsec[nb->conf->ipsec]));
	json_object_set_new(o, "name", json_string(nb->conf->name));
	json_object_set_new(o, "vpn", json_string(nb->vpn->name));
	json_object_set_new(o, "address", show_addr(&a));
	json_object_set_new(o, "as", json_integer(nb->conf->as));
	json_object_set_new(o, "routes",
			    json_integer((json_int_t)rib_peer_paths(
				    nb->vpn->rib, nb->index)));
	json_object_set_new(o, "stale", json_boolean(nb->stale4 || nb->stale6));
	json_object_set_new(o, "left-out",
			    json_integer((json_int_t)nb->refused));
	return o;
}

static json_t *show_bgp(struct daemon *d, const json_t *args, char *why,
			size_t why_len)
{
	json_t *list = json_array();
	size_t i, k;

	for (i = 0; i < d->n_vpns; i++) {
		struct vpn *v = d->vpns[i];

		for (k = 0; k < v->n_neighbors; k++) {
			if (v->neighbors[k])
				json_array_append_new(
					list, neighbor_json(v->neighbors[k]));
		}
	}
	return json_pack("{s:o}", "neighbors", list);
}

static json_t *show_bmp(struct daemon *d, const json_t *args, char *why,
			size_t why_len)
{
	return json_pack("{s:o}", "routers", feeds_routers_json(d));
}

static json_t *show_mrt(struct daemon *d, const json_t *args, char *why,
			size_t why_len)
{
	return json_pack("{s:o}", "files", feeds_files_json(d));
}

static json_t *gateway_json(const struct gateway *gw)
{
	json_t *o;

	o = json_pack("{s:I, s:I, s:o, s:s, s:s, s:s?, s:o*}", "id",
		      (json_int_t)gw->id, "if-id", (json_int_t)gw->if_id,
		      "address", show_addr(&gw->address), "mode",
		      kern_mode_name(gw->mode), "state",
		      gw->in_kernel ? kern_gateway_state_name(gw->state) :
		      gw->refusal   ? "refused" :
				      "deleted",
		      "why", gw->refusal, "ike",
		      gw->ike ? ike_gateway_json(gw->ike) : NULL);
	if (o && gw->state == CESTEER_GATEWAY_DOWN && gw->good_since)
		json_object_set_new(o, "recovering",
				    json_integer(core_now() - gw->good_since));
	if (o && gw->drained)
		json_object_set_new(o, "drained", json_true());
	return o;
}

/* A page: those that come and go between two are seen or not. */
static json_t *show_gateways(struct daemon *d, const json_t *args, char *why,
			     size_t why_len)
{
	const char *after = json_string_value(json_object_get(args, "after"));
	const struct gateways *g = &d->gateways;
	json_t *list, *next = json_null();
	struct addr last;
	size_t limit, i = 0, n;

	if (!show_limit(args, &limit, why, why_len))
		return NULL;
	if (after) {
		if (!addr_parse(after, &last)) {
			snprintf(why, why_len,
				 "\"after\": expected an address");
			return NULL;
		}
		i = gateways_after(g, &last);
	}
	list = json_array();
	for (n = 0; i < g->n && n < limit; i++, n++)
		json_array_append_new(list, gateway_json(g->list[i]));
	if (i < g->n)
		next = show_addr(&g->list[i - 1]->address);
	return json_pack("{s:o, s:o}", "gateways", list, "next", next);
}

static json_t *show_sources(struct daemon *d, const json_t *args, char *why,
			    size_t why_len)
{
	json_t *vpns = json_array(), *sources, *o;
	char buf[PREFIX_STRLEN];
	size_t i, k;

	for (i = 0; i < d->n_vpns; i++) {
		const struct conf_vpn *c = d->vpns[i]->conf;

		sources = json_array();
		for (k = 0; k < c->n_sources; k++)
			json_array_append_new(sources,
					      json_string(prefix_format(
						      &c->sources[k], buf)));
		o = json_pack("{s:s, s:I, s:s, s:o}", "name", c->name, "table",
			      (json_int_t)c->table, "default",
			      kern_action_name(c->default_action), "sources",
			      sources);
		json_array_append_new(vpns, o);
	}
	return json_pack("{s:o}", "vpns", vpns);
}

static json_t *show_events(struct daemon *d, const json_t *args, char *why,
			   size_t why_len)
{
	json_int_t after = json_integer_value(json_object_get(args, "after"));

	return json_pack("{s:o, s:I}", "events",
			 journal_json(d->journal, (uint64_t)after), "last",
			 (json_int_t)journal_last(d->journal));
}

json_t *daemon_show(struct daemon *d, const char *what, const json_t *args,
		    char *why, size_t why_len)
{
	static const struct {
		const char *what;
		json_t *(*show)(struct daemon *d, const json_t *args, char *why,
				size_t why_len);
	} views[] = {
		{ "status", show_status },     { "bgp", show_bgp },
		{ "bmp", show_bmp },	       { "mrt", show_mrt },
		{ "gateways", show_gateways }, { "sources", show_sources },
		{ "routes", show_routes },     { "events", show_events },
	};
	size_t i;

	turns_begin(&d->turns);
	*why = '\0';
	for (i = 0; i < ARRAY_SIZE(views); i++) {
		if (!strcmp(views[i].what, what)) {
			json_t *o = views[i].show(d, args, why, why_len);

			if (!o && !*why)
				snprintf(why, why_len, "out of memory");
			return o;
		}
	}
	snprintf(
		why, why_len,
		"nothing is called \"%s\": expected status, bgp, bmp, mrt, gateways, sources, routes or events",
		what);
	return NULL;
}
