/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BGP speakers that are an array: the face of bgp/ for tests of what joins it
 * with the rest. It writes down what it was asked, as fake/kernel.h does.
 * Included by one program only.
 */
#ifndef CESTEER_FAKE_NEIGHBORS_H
#define CESTEER_FAKE_NEIGHBORS_H

#include "bgp/bgp.h"
#include "bgp/intern.h"
#include "fake/kernel.h"

struct bgp_speaker {
	struct bgp_events ev;
	void *arg;
};

struct bgp_peer {
	struct bgp_peer_conf conf;
	void *user;
	bool up, over;
	uint16_t restart_time; /* that it agreed to */
	bool forwards;
};

static struct bgp_speaker fake_speaker;
static struct bgp_peer *fake_peers[8];

static struct bgp_attrs *fake_attrs[4096]; /* [number - 1] */

static struct bgp_attrs *fake_attrs_new(size_t more)
{
	const size_t sgi = BGP_SGI_MAX * sizeof(struct bgp_sgi);
	struct bgp_attrs *a = calloc(1, sizeof(*a) + more + 8 + sgi);

	a->sgi = (void *)((char *)(a + 1) + (more + 7) / 8 * 8);
	while (fake_attrs[a->number])
		a->number++;
	fake_attrs[a->number++] = a;
	return a;
}

struct bgp_attrs *bgp_attrs_at(uint32_t number)
{
	return fake_attrs[number - 1];
}

struct bgp_attrs *bgp_attrs_get(struct bgp_attrs *a)
{
	a->refs++;
	return a;
}

void bgp_attrs_put(struct bgp_attrs *a)
{
	if (--a->refs)
		return;
	fake_attrs[a->number - 1] = NULL;
	free(a);
}

/* Of a feed's: not shared, as nothing here counts them. */
struct bgp_attrs *bgp_attrs_intern(const struct bgp_path *path,
				   const struct addr *next_hop)
{
	size_t targets = path->n_targets * sizeof(*path->targets);
	struct bgp_attrs *a = fake_attrs_new(path->as_path.len + targets);

	a->refs = 1;
	a->next_hop = *next_hop;
	a->vpn = path->vpn;
	a->as_path_len = path->as_path.len;
	if (a->as_path_len)
		memcpy(a->as_path, path->as_path.p, a->as_path_len);
	a->n_targets = path->n_targets;
	memcpy(a->as_path + a->as_path_len, path->targets, targets);
	a->n_sgi = path->sgi.n;
	memcpy(a->sgi, path->sgi.sgi, sizeof(path->sgi.sgi));
	return a;
}

struct bgp_speaker *bgp_speaker_create(struct event_base *base,
				       const struct bgp_speaker_conf *conf,
				       const struct bgp_events *ev, void *arg)
{
	fake_speaker.ev = *ev;
	fake_speaker.arg = arg;
	fake_say("+speaker\n");
	return &fake_speaker;
}

bool bgp_speaker_may_listen(struct bgp_speaker *s,
			    const struct bgp_speaker_conf *to,
			    const struct bgp_peer_conf *const *peers, size_t n,
			    char *why, size_t why_len)
{
	snprintf(why, why_len, "listening failed");
	return to->listen_port != 1;
}

static void fake_down(struct bgp_peer *peer)
{
	if (!peer->up)
		return;
	peer->up = false;
	fake_speaker.ev.down(fake_speaker.arg, peer, "the fake says so");
}

void bgp_peer_del(struct bgp_peer *peer, enum bgp_reason reason)
{
	size_t i;

	fake_say("-peer %s\n", peer->conf.name);
	fake_down(peer);
	for (i = 0; i < 8; i++)
		if (fake_peers[i] == peer)
			fake_peers[i] = NULL;
	free(peer);
}

/* Our forwarding state outlived the daemon, it said. */
static bool fake_preserved;

void bgp_speaker_restarted(struct bgp_speaker *s, bool preserved)
{
	fake_preserved = preserved;
}

void bgp_speaker_settled(struct bgp_speaker *s)
{
}

void bgp_peer_over_limit(struct bgp_peer *peer)
{
	peer->over = true;
}

void bgp_speaker_destroy(struct bgp_speaker *s, bool graceful)
{
	size_t i;

	for (i = 0; i < 8; i++)
		if (fake_peers[i])
			bgp_peer_del(fake_peers[i], BGP_GONE);
}

struct bgp_peer *bgp_peer_add(struct bgp_speaker *s,
			      const struct bgp_peer_conf *conf, void *user,
			      char *why, size_t why_len)
{
	size_t i;

	for (i = 0; i < 8; i++) {
		const struct bgp_peer *other = fake_peers[i];

		if (!other || (strcmp(other->conf.name, conf->name) &&
			       !bgp_keys_clash(&other->conf, conf)))
			continue;
		fake_say("peer %s is refused\n", conf->name);
		snprintf(why, why_len, "the name or the key is another's");
		return NULL;
	}
	for (i = 0; fake_peers[i]; i++)
		;
	fake_peers[i] = calloc(1, sizeof(**fake_peers));
	fake_peers[i]->conf = *conf;
	fake_peers[i]->user = user;
	fake_say("+peer %s\n", conf->name);
	return fake_peers[i];
}

void bgp_peer_originate(struct bgp_peer *peer, const struct bgp_origin *o,
			size_t n)
{
	fake_say("peer %s originates %zu\n", peer->conf.name, n);
}

const struct bgp_peer_conf *bgp_peer_conf(const struct bgp_peer *peer)
{
	return &peer->conf;
}

void *bgp_peer_user(const struct bgp_peer *peer)
{
	return peer->user;
}

void bgp_peer_set_user(struct bgp_peer *peer, void *user)
{
	peer->user = user;
}

enum bgp_state bgp_peer_state(const struct bgp_peer *peer)
{
	return peer->up ? BGP_ESTABLISHED : BGP_IDLE;
}

bool bgp_peer_refresh(struct bgp_peer *peer)
{
	fake_say("peer %s refreshes\n", peer->conf.name);
	return true;
}

bool bgp_peer_reset(struct bgp_peer *peer, const char *text)
{
	fake_say("peer %s is reset: %s\n", peer->conf.name, text);
	return true;
}

void bgp_peer_import(struct bgp_peer *peer, const struct bgp_target *targets,
		     size_t n)
{
	fake_say("peer %s imports %zu\n", peer->conf.name, n);
}

uint32_t bgp_peer_router_id(const struct bgp_peer *peer)
{
	return 1;
}

bool bgp_peer_is_ebgp(const struct bgp_peer *peer)
{
	return true;
}

bool bgp_peer_carries(const struct bgp_peer *peer, uint8_t family)
{
	return family == AF_INET;
}

uint16_t bgp_peer_restart_time(const struct bgp_peer *peer, uint8_t family)
{
	return family == AF_INET ? peer->restart_time : 0;
}

bool bgp_peer_forwards(const struct bgp_peer *peer, uint8_t family)
{
	return family == AF_INET && peer->forwards;
}

json_t *bgp_peer_json(const struct bgp_peer *peer)
{
	return json_object();
}

static inline struct bgp_peer *fake_peer(const char *name)
{
	size_t i;

	for (i = 0; i < 8; i++)
		if (fake_peers[i] && !strcmp(fake_peers[i]->conf.name, name))
			return fake_peers[i];
	abort();
}

static inline void fake_up(struct bgp_peer *peer)
{
	peer->up = true;
	fake_speaker.ev.up(fake_speaker.arg, peer);
}

static inline void fake_end_of_rib(struct bgp_peer *peer)
{
	fake_speaker.ev.end_of_rib(fake_speaker.arg, peer, AF_INET);
}

/* All will be said again, up to fake_end_of_rib(). */
static inline void fake_refresh(struct bgp_peer *peer)
{
	fake_speaker.ev.refresh(fake_speaker.arg, peer, AF_INET);
}

/* One of several paths, by id. gateways: separated by spaces; NULL: none. */
static inline void fake_reach_path(struct bgp_peer *peer, uint64_t id,
				   const char *prefix, const char *gateways)
{
	struct bgp_attrs *a = fake_attrs_new(0);
	char text[ADDR_STRLEN];
	const char *why;
	struct prefix p;
	int n;

	prefix_parse(prefix, &p, &why);
	a->refs = 1;
	while (gateways && sscanf(gateways, "%45s%n", text, &n) == 1) {
		addr_parse(text, &a->sgi[a->n_sgi++].gateway);
		gateways += n;
	}
	fake_speaker.ev.reach(fake_speaker.arg, peer, a, id, &p, 1);
	bgp_attrs_put(a);
}

static inline void fake_reach(struct bgp_peer *peer, const char *prefix,
			      const char *gateways)
{
	fake_reach_path(peer, 0, prefix, gateways);
}

/* A VPN route with one route target, 64500:N, by some distinguishers. */
static inline void fake_reach_vpn_by(struct bgp_peer *peer, const char *prefix,
				     const char *gateway, uint8_t number,
				     uint64_t rd, size_t n)
{
	const struct bgp_target t = { { 0, 2, 251, 244, 0, 0, 0, number } };
	struct bgp_attrs *a = fake_attrs_new(sizeof(t));
	const char *why;
	struct prefix p;

	prefix_parse(prefix, &p, &why);
	a->refs = 1;
	a->vpn = true;
	a->n_targets = 1;
	memcpy(a->as_path, &t, sizeof(t));
	addr_parse(gateway, &a->sgi[a->n_sgi++].gateway);
	for (; n; n--, rd++)
		fake_speaker.ev.reach(fake_speaker.arg, peer, a, rd, &p, 1);
	bgp_attrs_put(a);
}

/* By distinguisher N. */
static inline void fake_reach_vpn(struct bgp_peer *peer, const char *prefix,
				  const char *gateway, uint8_t number)
{
	fake_reach_vpn_by(peer, prefix, gateway, number, number, 1);
}

static inline void fake_withdraw(struct bgp_peer *peer, const char *prefix)
{
	const char *why;
	struct prefix p;

	prefix_parse(prefix, &p, &why);
	fake_speaker.ev.withdraw(fake_speaker.arg, peer, 0, &p, 1);
}

#endif /* CESTEER_FAKE_NEIGHBORS_H */
