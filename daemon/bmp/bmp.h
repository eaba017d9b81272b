/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The room's face: a BMP station (RFC 7854), to which routers tell what the
 * peers of their own BGP sessions announce. Nothing is ever sent to them.
 *
 * Everything runs in one libevent loop; callbacks are called from it and must
 * not free the station or a router.
 */
#ifndef CESTEER_BMP_BMP_H
#define CESTEER_BMP_BMP_H

#include <jansson.h>
#include "bgp/feed.h"
#include "bmp/msg.h"

struct event_base;

/* Peers that one router may have. */
#define BMP_PEERS_MAX 256

/* A router that may connect; owned by the caller, copied by the room. */
struct bmp_router_conf {
	char name[64]; /* for logs; unique */
	struct addr address; /* it comes from; unique */
	enum bmp_rib rib; /* of its tables, the one that is listened to */
	char md5[81]; /* RFC 2385 password, "" for none */
};

struct bmp_station_conf {
	struct addr listen4, listen6; /* family 0: do not listen */
	uint16_t port; /* 11019 */
	/* Of our own speaker, for what a router does not say. */
	uint32_t as;
	uint8_t sgi_subtype;
};

struct bmp_station;
struct bmp_router;

struct bmp_events {
	/*
	 * A router's peer is there. What is returned is arg of the events of
	 * its feed, and of peer_down(); NULL: its routes are of no use.
	 */
	void *(*peer_up)(void *router, const struct bgp_feed_peer *who);
	/* Its session, or the router's, is gone; all its routes with it. */
	void (*peer_down)(void *peer, const char *why);
	struct bgp_feed_events feed;
};

/* A station that listens; NULL with a sentence in why. */
struct bmp_station *bmp_station_create(struct event_base *base,
				       const struct bmp_station_conf *conf,
				       const struct bmp_events *ev, char *why,
				       size_t why_len);
const struct bmp_station_conf *bmp_station_conf(const struct bmp_station *s);
/* Do not listen, so that another may; who is connected stays so. */
void bmp_station_close(struct bmp_station *s);
/* Listen again. False, and a sentence in why, when that fails. */
bool bmp_station_listen(struct bmp_station *s, char *why, size_t why_len);
/* End every session, with peer_down() for each peer, and free all. */
void bmp_station_destroy(struct bmp_station *s);
/* Let a router connect. NULL with a sentence in why. */
struct bmp_router *bmp_router_add(struct bmp_station *s,
				  const struct bmp_router_conf *conf,
				  void *user, char *why, size_t why_len);
/* End its session, with peer_down() for each peer, and forget it. */
void bmp_router_del(struct bmp_router *r);
/*
 * End its session, so that it connects again and says all it knows; it may be
 * called within a callback of the router's.
 */
void bmp_router_reset(struct bmp_router *r, const char *why);
/* The same, and it is not let in again for a while. */
void bmp_router_refuse(struct bmp_router *r, const char *why);
bool bmp_router_connected(const struct bmp_router *r);
/*
 * New JSON object: name, address, state ("connected" or "waiting"), since (s),
 * system (its name), rib, peers, messages, ignored, faults, last_error.
 */
json_t *bmp_router_json(const struct bmp_router *r);

#endif /* CESTEER_BMP_BMP_H */
