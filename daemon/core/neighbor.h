/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Neighbors: what their sessions tell goes into their VPN's rib. Routes of a
 * lost session are kept as stale until the neighbor is back and has said all
 * it has to say (End-of-RIB, RFC 4724), or a timer ends: whatever it agreed to,
 * and whatever ended the session. That a neighbor does not forward any more
 * (its F bit is clear) is no reason to send in clear text.
 *
 * Where RFC 4271 (section 8.2.2) or RFC 4724 (section 4.2) would have deleted
 * them, they rank behind what other neighbors say (rib_demote): these take over
 * at once, and what is stale protects only what nobody else does.
 */
#ifndef CESTEER_CORE_NEIGHBOR_H
#define CESTEER_CORE_NEIGHBOR_H

#include "core/core.h"

/*
 * One of a feed's (feed.h): a neighbor without a session, whose conf has a
 * name, an address and limits. NULL: the VPN has as many as it may.
 */
struct neighbor *neighbor_create(struct vpn *v,
				 const struct bgp_peer_conf *conf, bool shared,
				 struct feed_peer *feed);
/* Its routes go, and it. */
void neighbor_del(struct neighbor *nb);
/* What it says; false: it has announced more than it may. */
bool neighbor_reach(struct neighbor *nb, struct bgp_attrs *attrs, uint64_t id,
		    const struct prefix *p, size_t n);
void neighbor_withdraw(struct neighbor *nb, uint64_t id, const struct prefix *p,
		       size_t n);
/* family: AF_INET or AF_INET6. */
void neighbor_end_of_rib(struct neighbor *nb, uint8_t family);
/* It, or its session, is gone: its routes are kept for a while. */
void neighbor_lost(struct neighbor *nb, const char *why);

/* It is back: it needs time to repeat what is stale. */
void neighbor_returned(struct neighbor *nb);

/* The callbacks for the speaker, whose arg is the daemon. */
extern const struct bgp_events neighbor_events;

/* By name, or NULL. */
struct neighbor *neighbors_find(const struct vpn *v, const char *name);
/* Add all of a VPN's configured neighbors that it does not have. */
void neighbors_add(struct vpn *v);
/*
 * The VPN's configuration was replaced: keep the sessions of neighbors that
 * are the same, end those that differ or are gone.
 */
void neighbors_retire(struct vpn *v);
/* Once all VPNs have done that: start again those that differ, and new ones. */
void neighbors_reconfigure(struct vpn *v);
/* End all sessions of a VPN; the routes go too. */
void neighbors_del(struct vpn *v);
/* The speaker is gone, and all peers with it. */
void neighbors_forget(struct vpn *v);
/* Timers, each second; also another attempt to add those that were refused. */
void neighbors_tick(struct vpn *v, time_t now);
/* What protects sessions between these came up or is lost. */
void neighbors_guarded(struct vpn *v, const struct addr *address,
		       const struct addr *local);
/* True when each has said End-of-RIB once. */
bool neighbors_complete(const struct vpn *v);

#endif /* CESTEER_CORE_NEIGHBOR_H */
