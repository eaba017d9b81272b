/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feeds: routes that come by other ways than sessions of ours, from routers
 * that speak BMP and from MRT files. Each peer that a feed tells of is, in each
 * VPN that takes something of it, a neighbor without a session: what holds for
 * the routes of neighbors holds for its routes.
 *
 * Whose a route is: of the VPN families, the VPN's that takes one of its route
 * targets; else that of the VPN which is configured for the feed, or for the
 * VRF that the peer's session is in.
 */
#ifndef CESTEER_CORE_FEED_H
#define CESTEER_CORE_FEED_H

#include <jansson.h>
#include "core/core.h"

/* Start all that is configured; VPNs and neighbors are there. */
void feeds_create(struct daemon *d);
/* The VPNs' neighbors of feeds go too. */
void feeds_destroy(struct daemon *d);
/*
 * Be ready to listen where another configuration says: the routers
 * stay connected until feeds_move(); after feeds_stay() it is as before. False,
 * and a sentence in why, when that fails: then it is as before.
 */
bool feeds_listen(struct daemon *d, const struct conf *to, char *why,
		  size_t why_len);
void feeds_move(struct daemon *d);
void feeds_stay(struct daemon *d);
/*
 * The configuration was replaced, and the VPNs are as it says: keep the feeds
 * that are the same, and read files again.
 */
void feeds_reconfigure(struct daemon *d);
/* What VPNs import has changed: have routers say all again. */
void feeds_refresh(struct daemon *d);
/* Timers, each second. */
void feeds_tick(struct daemon *d, time_t now);
/* True when each has said all that it knows. */
bool feeds_complete(const struct daemon *d);
/* A neighbor of a feed's is about to be deleted. */
void feed_forget(struct neighbor *nb);
/* Add to a neighbor's JSON what only its feed knows: state and source. */
void feed_json(const struct neighbor *nb, json_t *o);
/* New JSON arrays, in the words of daemon.h. */
json_t *feeds_routers_json(const struct daemon *d);
json_t *feeds_files_json(const struct daemon *d);

#endif /* CESTEER_CORE_FEED_H */
