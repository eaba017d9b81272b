// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bridge from bgp/ to rib/.
 */
#include "core/neighbor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/mem.h"
#include "core/feed.h"
#include "core/guard.h"
#include "core/import.h"
#include "core/journal.h"
#include "core/vpn.h"

#define ROOM "neighbor"
/* Seconds between two requests to have all said again. */
#define ASK_TIME 300

/* It has too many paths to a prefix. */
static void refused(struct neighbor *nb, const struct prefix *p)
{
	char buf[PREFIX_STRLEN];

	/* Once a session. */
	if (nb->refused++)
		return;
	journal_add(
		nb->vpn->d->journal, LOG_LEVEL_WARN, "limited", nb->vpn->name,
		prefix_format(p, buf),
		"%s has more than %d paths to it: others are left out, first those without a gateway identity",
		nb->conf->name, RIB_PATHS_MAX);
}

bool neighbor_reach(struct neighbor *nb, struct bgp_attrs *attrs, uint64_t id,
		    const struct prefix *p, size_t n)
{
	uint32_t now = (uint32_t)core_turn(nb->vpn->d);
	char buf[PREFIX_STRLEN];
	size_t i;
	int err;

	for (i = 0; i < n; i++) {
		err = rib_reach(nb->vpn->rib, nb->index, id, &p[i], attrs, now);
		if (!err)
			continue;
		if (err != -ENOMEM) {
			refused(nb, &p[i]);
			continue;
		}
		log_error(ROOM, "%s: %s is lost: out of memory", nb->conf->name,
			  prefix_format(&p[i], buf));
		break;
	}
	core_schedule(nb->vpn->d);
	/* What is kept of the session before is not this one's. */
	return !nb->conf->max_prefixes ||
	       rib_peer_fresh(nb->vpn->rib, nb->index) <=
		       nb->conf->max_prefixes;
}

void neighbor_withdraw(struct neighbor *nb, uint64_t id, const struct prefix *p,
		       size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		bool full = nb->refused &&
			    rib_full(nb->vpn->rib, nb->index, &p[i]);

		/* What was left out may be all that will be left. */
		if (rib_withdraw(nb->vpn->rib, nb->index, id, &p[i]) && full)
			nb->again = true;
	}
	core_schedule(nb->vpn->d);
}

/* What is no longer a VPN's replaces what was, as if it were withdrawn. */
static void reach(void *arg, struct bgp_peer *peer, struct bgp_attrs *attrs,
		  uint64_t id, const struct prefix *p, size_t n)
{
	struct neighbor *nb;

	for (nb = bgp_peer_user(peer); nb; nb = nb->sibling) {
		if (nb->shared && !import_wants(nb->vpn, attrs))
			neighbor_withdraw(nb, id, p, n);
		else if (!neighbor_reach(nb, attrs, id, p, n))
			bgp_peer_over_limit(peer);
	}
}

static void withdraw(void *arg, struct bgp_peer *peer, uint64_t id,
		     const struct prefix *p, size_t n)
{
	struct neighbor *nb;

	for (nb = bgp_peer_user(peer); nb; nb = nb->sibling)
		neighbor_withdraw(nb, id, p, n);
}

static time_t *stale_until(struct neighbor *nb, uint8_t family)
{
	return family == AF_INET ? &nb->stale4 : &nb->stale6;
}

/* From now on it has the whole time to repeat what is stale. */
static time_t stale_end(const struct neighbor *nb)
{
	return core_now() + nb->vpn->d->conf->stale_time;
}

/* Its routes of a family become stale; how many. */
static size_t make_stale(struct neighbor *nb, uint8_t family)
{
	size_t n = rib_stale(nb->vpn->rib, nb->index, family);

	*stale_until(nb, family) = n ? stale_end(nb) : 0;
	return n;
}

void neighbor_end_of_rib(struct neighbor *nb, uint8_t family)
{
	time_t *until = stale_until(nb, family);
	size_t n = 0;

	if (family == AF_INET)
		nb->eor4 = true;
	else
		nb->eor6 = true;
	if (*until)
		n = rib_sweep(nb->vpn->rib, nb->index, family, true);
	*until = 0;
	log_info(ROOM, "%s: all IPv%d routes are here%s", nb->conf->name,
		 family == AF_INET ? 4 : 6,
		 n ? ", those it did not repeat are removed" : "");
	core_schedule(nb->vpn->d);
}

static void end_of_rib(void *arg, struct bgp_peer *peer, uint8_t family)
{
	struct neighbor *nb;

	for (nb = bgp_peer_user(peer); nb; nb = nb->sibling)
		neighbor_end_of_rib(nb, family);
}

/* Whether what is stale of a family ranks behind what others say. */
static void demote(struct neighbor *nb, uint8_t family, bool behind)
{
	if (rib_demote(nb->vpn->rib, nb->index, family, behind))
		vpn_rerank(nb->vpn);
}

/* What is not stale of it is at its most before it becomes so. */
static void note_most(struct neighbor *nb)
{
	size_t fresh = rib_peer_fresh(nb->vpn->rib, nb->index);

	if (fresh > nb->most)
		nb->most = fresh;
}

/*
 * One whose sessions end, or whose refreshes begin, before all that is stale
 * was repeated, and which says something else each time, may not fill the
 * memory: beyond twice what a session may say, or ever said, only what was said
 * last is kept. family 0: both.
 */
static void forget_old(struct neighbor *nb, uint8_t family)
{
	size_t most;

	note_most(nb);
	most = nb->conf->max_prefixes ? nb->conf->max_prefixes : nb->most;
	if (rib_peer_paths(nb->vpn->rib, nb->index) <= 2 * most)
		return;
	rib_sweep(nb->vpn->rib, nb->index, family, true);
	core_schedule(nb->vpn->d);
}

/*
 * What it does not repeat until end_of_rib() is gone (RFC 7313, section 4), or
 * until it has had time: an end that never comes must not keep that. Its session
 * is up: until then, that is as good as ever.
 */
static void refresh(void *arg, struct bgp_peer *peer, uint8_t family)
{
	struct neighbor *nb;

	for (nb = bgp_peer_user(peer); nb; nb = nb->sibling) {
		demote(nb, family, false);
		forget_old(nb, family);
		make_stale(nb, family);
	}
}

void neighbor_returned(struct neighbor *nb)
{
	if (nb->stale4)
		nb->stale4 = stale_end(nb);
	if (nb->stale6)
		nb->stale6 = stale_end(nb);
}

/* Its session is up: who it is, and what will come. */
static void meet(struct neighbor *nb)
{
	struct rib_peer info = {
		.address = nb->conf->address,
		.router_id = bgp_peer_router_id(nb->peer),
		.ebgp = bgp_peer_is_ebgp(nb->peer),
	};
	const struct rib_peer *old = rib_peer(nb->vpn->rib, nb->index);
	bool changed = old->router_id != info.router_id ||
		       old->ebgp != info.ebgp;

	rib_peer_set(nb->vpn->rib, nb->index, &info);
	/* Of a family that the session does not carry nothing will come. */
	nb->eor4 |= !bgp_peer_carries(nb->peer, AF_INET);
	nb->eor6 |= !bgp_peer_carries(nb->peer, AF_INET6);
	/* Another router by that address: what it said may rank otherwise. */
	if (changed && rib_peer_paths(nb->vpn->rib, nb->index))
		vpn_requeue(nb->vpn);
	neighbor_returned(nb);
	nb->restart_until = 0;
	nb->refused = 0;
	nb->again = false;
	if (nb->stale4 && !bgp_peer_forwards(nb->peer, AF_INET))
		demote(nb, AF_INET, true);
	if (nb->stale6 && !bgp_peer_forwards(nb->peer, AF_INET6))
		demote(nb, AF_INET6, true);
}

static void up(void *arg, struct bgp_peer *peer)
{
	struct neighbor *nb;

	for (nb = bgp_peer_user(peer); nb; nb = nb->sibling)
		meet(nb);
}

/* Its routes become stale; how many. When we end, what is installed stays. */
static size_t lost(struct neighbor *nb)
{
	if (nb->vpn->d->ending)
		return 0;
	forget_old(nb, 0);
	return make_stale(nb, AF_INET) + make_stale(nb, AF_INET6);
}

/* How what is stale of a family ranks from now on. */
static void rank(struct neighbor *nb, uint8_t family)
{
	/* A feed does not know what its peer agreed to. */
	uint16_t time = nb->peer ? bgp_peer_restart_time(nb->peer, family) : 0;

	rib_demote(nb->vpn->rib, nb->index, family, !time);
	if (time)
		nb->restart_until = core_now() + time;
}

void neighbor_lost(struct neighbor *nb, const char *why)
{
	size_t n = lost(nb);

	if (!n)
		return;
	rank(nb, AF_INET);
	rank(nb, AF_INET6);
	vpn_rerank(nb->vpn);
	log_warn(ROOM,
		 "%s: session lost, %zu routes of VPN %s are kept for %u s: %s",
		 nb->conf->name, n, nb->vpn->name, nb->vpn->d->conf->stale_time,
		 why);
}

static void down(void *arg, struct bgp_peer *peer, const char *why)
{
	struct neighbor *nb;

	for (nb = bgp_peer_user(peer); nb; nb = nb->sibling)
		neighbor_lost(nb, why);
}

static bool admits(void *arg, struct bgp_peer *peer)
{
	return guard_admits(arg, bgp_peer_conf(peer));
}

const struct bgp_events neighbor_events = {
	.reach = reach,
	.withdraw = withdraw,
	.end_of_rib = end_of_rib,
	.refresh = refresh,
	.up = up,
	.down = down,
	.admits = admits,
};

struct neighbor *neighbors_find(const struct vpn *v, const char *name)
{
	size_t i;

	for (i = 0; i < v->n_neighbors; i++) {
		if (v->neighbors[i] &&
		    !strcmp(v->neighbors[i]->conf->name, name))
			return v->neighbors[i];
	}
	return NULL;
}

/* Join the session of another VPN's neighbor; false when there is none. */
static bool join(struct neighbor *nb)
{
	const struct daemon *d = nb->vpn->d;
	struct neighbor *head;
	size_t i;

	for (i = 0; i < d->n_vpns; i++) {
		struct neighbor *other =
			neighbors_find(d->vpns[i], nb->conf->name);

		if (!other || other == nb || !other->shared || !other->peer)
			continue;
		head = bgp_peer_user(other->peer);
		nb->peer = other->peer;
		nb->sibling = head->sibling;
		head->sibling = nb;
		/* What it has said is gone by: it will be asked again. */
		if (bgp_peer_state(nb->peer) == BGP_ESTABLISHED)
			meet(nb);
		return true;
	}
	return false;
}

static void start(struct neighbor *nb)
{
	const char *waits;
	char why[256];

	if (nb->shared && join(nb))
		return;
	if (!guard_permits(nb->vpn->d, nb->conf, &waits)) {
		log_debug(ROOM, "%s: held until its SA is up: %s",
			  nb->conf->name, waits);
		return;
	}
	nb->peer =
		bgp_peer_add(nb->vpn->d->bgp, nb->conf, nb, why, sizeof(why));
	if (!nb->peer)
		log_error(ROOM, "%s: not started: %s", nb->conf->name, why);
	else if (nb->shared)
		import_tell(nb->vpn->d, nb->peer);
}

/* End a session, for all the VPNs that share it. */
static void stop(struct neighbor *nb, enum bgp_reason reason)
{
	struct bgp_peer *peer = nb->peer;
	struct neighbor *next;

	nb = bgp_peer_user(peer);
	bgp_peer_del(peer, reason);
	for (; nb; nb = next) {
		next = nb->sibling;
		nb->peer = NULL;
		nb->sibling = NULL;
	}
}

/* Leave a session, and end it when it is nobody's any more. */
static void leave(struct neighbor *nb)
{
	struct neighbor *head = bgp_peer_user(nb->peer), *at = head;

	if (head == nb && !nb->sibling) {
		/* Nothing is kept of it: its end is nobody's loss. */
		bgp_peer_set_user(nb->peer, NULL);
		bgp_peer_del(nb->peer, BGP_GONE);
		nb->peer = NULL;
		return;
	}
	if (head == nb) {
		bgp_peer_set_user(nb->peer, nb->sibling);
	} else {
		while (at->sibling != nb)
			at = at->sibling;
		at->sibling = nb->sibling;
	}
	nb->sibling = NULL;
	nb->peer = NULL;
}

struct neighbor *neighbor_create(struct vpn *v,
				 const struct bgp_peer_conf *conf, bool shared,
				 struct feed_peer *feed)
{
	struct rib_peer info = { .address = conf->address };
	struct neighbor *nb;
	size_t i = 0;

	while (i < v->n_neighbors && v->neighbors[i])
		i++;
	if (i == RIB_PEERS_MAX) {
		if (!feed)
			log_error(ROOM, "%s: not started: a VPN has at most %d",
				  conf->name, RIB_PEERS_MAX);
		return NULL;
	}
	if (i == v->n_neighbors) {
		v->n_neighbors++;
		v->neighbors =
			xrealloc(v->neighbors, v->n_neighbors * sizeof(nb));
	}
	nb = xcalloc(1, sizeof(*nb));
	v->neighbors[i] = nb;
	nb->vpn = v;
	nb->index = (uint16_t)i;
	nb->conf = conf;
	nb->shared = shared;
	nb->feed = feed;
	rib_peer_set(v->rib, nb->index, &info);
	rib_demote(v->rib, nb->index, 0, false);
	return nb;
}

static void add(struct vpn *v, const struct bgp_peer_conf *conf, bool shared)
{
	struct neighbor *nb = neighbor_create(v, conf, shared, NULL);

	if (nb)
		start(nb);
}

/* Whether a VPN has to do with the neighbors that carry all of them. */
static bool shares(const struct conf_vpn *c)
{
	return c->n_imports || c->n_exports;
}

void neighbors_add(struct vpn *v)
{
	const struct conf *c = v->d->conf;
	size_t i;

	for (i = 0; i < v->conf->n_neighbors; i++) {
		if (!neighbors_find(v, v->conf->neighbors[i].name))
			add(v, &v->conf->neighbors[i], false);
	}
	for (i = 0; shares(v->conf) && i < c->n_neighbors; i++) {
		if (!neighbors_find(v, c->neighbors[i].name))
			add(v, &c->neighbors[i], true);
	}
}

void neighbor_del(struct neighbor *nb)
{
	struct vpn *v = nb->vpn;

	if (nb->peer)
		leave(nb);
	if (nb->feed)
		feed_forget(nb);
	rib_sweep(v->rib, nb->index, 0, false);
	core_schedule(v->d);
	v->neighbors[nb->index] = NULL;
	free(nb);
}

static bool same_session(const struct bgp_peer_conf *a,
			 const struct bgp_peer_conf *b)
{
	return !strcmp(a->vrf, b->vrf) && !addr_cmp(&a->address, &b->address) &&
	       !addr_cmp(&a->local, &b->local) && a->port == b->port &&
	       a->as == b->as && a->passive == b->passive &&
	       a->hold_time == b->hold_time &&
	       a->connect_retry == b->connect_retry &&
	       a->families == b->families && a->add_path == b->add_path &&
	       a->ttl_security == b->ttl_security &&
	       a->max_prefixes == b->max_prefixes && a->ipsec == b->ipsec &&
	       !strcmp(a->interface, b->interface) && !strcmp(a->md5, b->md5) &&
	       !memcmp(&a->ao, &b->ao, sizeof(a->ao)) &&
	       !addr_cmp(&a->next_hop4, &b->next_hop4) &&
	       !addr_cmp(&a->next_hop6, &b->next_hop6);
}

/* What is configured of a neighbor of the VPN now, or NULL. */
static const struct bgp_peer_conf *conf_find(const struct vpn *v,
					     const struct neighbor *nb)
{
	const struct conf_vpn *c = v->conf;
	size_t i;

	if (nb->shared)
		return shares(c) ?
			       conf_neighbor_find(v->d->conf, nb->conf->name) :
			       NULL;
	for (i = 0; i < c->n_neighbors; i++) {
		if (!strcmp(c->neighbors[i].name, nb->conf->name))
			return &c->neighbors[i];
	}
	return NULL;
}

void neighbors_retire(struct vpn *v)
{
	const struct bgp_peer_conf *to;
	struct neighbor *nb;
	size_t i;

	for (i = 0; i < v->n_neighbors; i++) {
		nb = v->neighbors[i];
		if (!nb || nb->feed)
			continue;
		to = conf_find(v, nb);
		if (!to) {
			log_info(ROOM, "%s: no longer configured",
				 nb->conf->name);
			neighbor_del(nb);
			continue;
		}
		nb->conf = to;
		if (!nb->peer || same_session(bgp_peer_conf(nb->peer), to))
			continue;
		/* What it said stays, as stale, until it says it again. */
		log_info(ROOM, "%s: configuration changed, session restarts",
			 to->name);
		stop(nb, BGP_CHANGED);
	}
}

void neighbors_reconfigure(struct vpn *v)
{
	struct neighbor *nb;
	size_t i;

	for (i = 0; i < v->n_neighbors; i++) {
		nb = v->neighbors[i];
		if (!nb || nb->feed)
			continue;
		if (nb->peer)
			bgp_peer_originate(nb->peer, nb->conf->origins,
					   nb->conf->n_origins);
		else
			start(nb);
	}
	neighbors_add(v);
}

void neighbors_del(struct vpn *v)
{
	size_t i;

	for (i = 0; i < v->n_neighbors; i++) {
		if (v->neighbors[i])
			neighbor_del(v->neighbors[i]);
	}
}

void neighbors_forget(struct vpn *v)
{
	size_t i;

	for (i = 0; i < v->n_neighbors; i++) {
		if (!v->neighbors[i] || v->neighbors[i]->feed)
			continue;
		lost(v->neighbors[i]);
		v->neighbors[i]->peer = NULL;
		v->neighbors[i]->sibling = NULL;
	}
}

/* Have all said again, as there is room for what was left out. */
static void ask_again(struct neighbor *nb, time_t now)
{
	if (!nb->peer || bgp_peer_state(nb->peer) != BGP_ESTABLISHED ||
	    (nb->asked && now - nb->asked < ASK_TIME))
		return;
	nb->again = false;
	nb->asked = now;
	if (bgp_peer_refresh(nb->peer))
		nb->refused = 0;
	else
		log_warn(
			ROOM,
			"%s: cannot be asked again for paths that were left out: its session must be reset",
			nb->conf->name);
}

/* It had time to repeat what is stale of a family. */
static void expire(struct neighbor *nb, uint8_t family, time_t now)
{
	time_t *until = stale_until(nb, family);
	size_t n;

	if (!*until || now < *until)
		return;
	*until = 0;
	n = rib_sweep(nb->vpn->rib, nb->index, family, true);
	if (!n)
		return;
	log_warn(ROOM, "%s: %zu stale IPv%d routes removed after %u s",
		 nb->conf->name, n, family == AF_INET ? 4 : 6,
		 nb->vpn->d->conf->stale_time);
	core_schedule(nb->vpn->d);
}

void neighbors_tick(struct vpn *v, time_t now)
{
	struct neighbor *nb;
	size_t i;

	for (i = 0; i < v->n_neighbors; i++) {
		nb = v->neighbors[i];
		if (!nb)
			continue;
		if (!nb->peer && !nb->feed && v->d->bgp &&
		    now >= v->d->retry_at)
			start(nb);
		if (nb->again)
			ask_again(nb, now);
		/* It has not come back in time. */
		if (nb->restart_until && now >= nb->restart_until) {
			nb->restart_until = 0;
			demote(nb, 0, true);
		}
		expire(nb, AF_INET, now);
		expire(nb, AF_INET6, now);
	}
}

void neighbors_guarded(struct vpn *v, const struct addr *address,
		       const struct addr *local)
{
	struct neighbor *nb;
	const char *waits;
	size_t i;

	if (v->d->ending || !v->d->bgp)
		return;
	for (i = 0; i < v->n_neighbors; i++) {
		nb = v->neighbors[i];
		if (!nb || nb->feed || addr_cmp(&nb->conf->address, address) ||
		    addr_cmp(&nb->conf->local, local))
			continue;
		if (!nb->peer) {
			start(nb);
		} else if (!guard_permits(v->d, nb->conf, &waits)) {
			log_warn(ROOM, "%s: session ended, its SA is gone: %s",
				 nb->conf->name, waits);
			stop(nb, BGP_CHANGED);
		}
	}
}

bool neighbors_complete(const struct vpn *v)
{
	const struct neighbor *nb;
	size_t i;

	for (i = 0; i < v->n_neighbors; i++) {
		nb = v->neighbors[i];
		if (nb && !nb->feed && (!nb->eor4 || !nb->eor6))
			return false;
	}
	return true;
}
