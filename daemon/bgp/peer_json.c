// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A neighbor as the CLI sees it. Only reads.
 */
#include <arpa/inet.h>
#include "bgp/peer.h"

static json_t *json_addr(const struct addr *a)
{
	char text[ADDR_STRLEN];

	return json_string(addr_format(a, text));
}

static json_t *json_families(uint8_t families)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < BGP_FAMILIES; i++)
		if (families & bgp_families[i].bit)
			json_array_append_new(
				list, json_string(bgp_families[i].name));
	return list;
}

static json_t *json_counters(const struct bgp_counters *c)
{
	const uint64_t *m = c->messages;

	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "open",
			 (json_int_t)m[BGP_MSG_OPEN], "update",
			 (json_int_t)m[BGP_MSG_UPDATE], "notification",
			 (json_int_t)m[BGP_MSG_NOTIFICATION], "keepalive",
			 (json_int_t)m[BGP_MSG_KEEPALIVE], "route-refresh",
			 (json_int_t)m[BGP_MSG_REFRESH], "prefixes-reached",
			 (json_int_t)c->reached, "prefixes-withdrawn",
			 (json_int_t)c->withdrawn);
}

static json_t *json_router_id(uint32_t id)
{
	uint32_t be = htonl(id);
	struct addr a = { .family = AF_INET };

	memcpy(a.b, &be, 4);
	return json_addr(&a);
}

/* What only an established session knows. */
static void add_session(json_t *o, const struct bgp_session *s)
{
	json_object_set_new(o, "router-id", json_router_id(s->open.router_id));
	json_object_set_new(o, "local", json_addr(&s->local));
	json_object_set_new(o, "families", json_families(s->families));
	json_object_set_new(o, "hold-time", json_integer(s->hold_time));
	json_object_set_new(o, "as4", json_boolean(s->open.as4));
	json_object_set_new(o, "refresh", json_boolean(s->open.refresh));
	json_object_set_new(o, "enhanced-refresh",
			    json_boolean(s->open.enhanced_refresh));
	json_object_set_new(o, "extended-message",
			    json_boolean(s->open.extended_message));
	json_object_set_new(o, "add-path", json_families(s->in.add_path));
	if (!s->open.graceful_restart)
		return;
	json_object_set_new(
		o, "graceful-restart",
		json_pack("{s:i, s:b, s:o, s:o}", "time", s->open.restart_time,
			  "restarted", s->open.restarted, "families",
			  json_families(s->open.restart_families), "forwarding",
			  json_families(s->open.forwarding)));
}

json_t *bgp_peer_json(const struct bgp_peer *peer)
{
	const struct bgp_peer_conf *conf = &peer->conf;
	json_t *o = json_object();

	json_object_set_new(o, "name", json_string(conf->name));
	json_object_set_new(o, "address", json_addr(&conf->address));
	json_object_set_new(o, "vrf", json_string(conf->vrf));
	json_object_set_new(o, "as", json_integer(conf->as));
	json_object_set_new(o, "type",
			    json_string(bgp_peer_is_ebgp(peer) ? "ebgp" :
								 "ibgp"));
	json_object_set_new(o, "state",
			    json_string(bgp_state_name(peer->state)));
	json_object_set_new(o, "since", json_integer(bgp_now() - peer->since));
	if (peer->up)
		add_session(o, peer->up);
	json_object_set_new(o, "announced", json_integer(peer->n_origins));
	json_object_set_new(o, "received", json_counters(&peer->in));
	json_object_set_new(o, "sent", json_counters(&peer->out));
	json_object_set_new(o, "ignored-loops", json_integer(peer->looped));
	json_object_set_new(o, "treated-as-withdrawn",
			    json_integer(peer->treated_as_withdrawn));
	json_object_set_new(o, "last-error",
			    *peer->last_error ? json_string(peer->last_error) :
						json_null());
	return o;
}
