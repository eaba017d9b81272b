/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of the room: a router, its connection while there is one, and the
 * peers that it has told of on it.
 */
#ifndef CESTEER_BMP_ROUTER_H
#define CESTEER_BMP_ROUTER_H

#include <time.h>
#include "bmp/bmp.h"

/* One of a router's peers; lives from Peer Up to Peer Down. */
struct bmp_peer {
	struct bmp_peer *next;
	struct bmp_peer_header who;
	char name[2 * ADDR_STRLEN + 64]; /* for logs */
	struct bgp_feed feed; /* arg: NULL when its routes are of no use */
};

struct bmp_router {
	struct bmp_router *next;
	struct bmp_station *station;
	struct bmp_router_conf conf;
	void *user;
	int fd; /* -1: it is not connected */
	struct event *readable;
	uint8_t *in; /* BMP_MSG_MAX, while it is connected */
	size_t have;
	struct bmp_peer *peers; /* the one that was last asked for first */
	unsigned int n_peers;
	time_t since; /* CLOCK_MONOTONIC, of the connection's coming or going */
	/* What callbacks want done once the message is handled. */
	bool handling, reset, refuse;
	time_t refused_until;
	unsigned int failures; /* in a row */
	uint64_t messages[BMP_MSG_TYPES], unknown;
	uint64_t ignored; /* of a table that is not listened to */
	uint64_t faults; /* prefixes treated as withdrawn, of peers gone by */
	char system[64]; /* its own name for itself */
	char last_error[BMP_TEXT];
};

struct bmp_station {
	struct event_base *base;
	struct bmp_station_conf conf;
	struct bmp_events events;
	struct bmp_router *routers;
	struct bmp_listener *listeners;
	struct bgp_scratch scratch;
	time_t stranger; /* when one was last logged */
};

time_t bmp_now(void);

/* router.c */
/* A connection from it; the one that there was is over. fd is the router's. */
void bmp_router_accept(struct bmp_router *r, int fd);
void bmp_router_free(struct bmp_router *r);

#endif /* CESTEER_BMP_ROUTER_H */
