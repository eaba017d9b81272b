/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The room's face: MRT files (RFC 6396), read and replayed as if their routes
 * came from neighbors. A file is read twice, in slices between which the loop
 * goes on: what is wrong in it is found before anything of it is told.
 *
 * Everything runs in one libevent loop; callbacks are called from it and must
 * not free the file.
 */
#ifndef CESTEER_MRT_MRT_H
#define CESTEER_MRT_MRT_H

#include <jansson.h>
#include "bgp/feed.h"

struct event_base;

/* Peers whose routes may be in one file. */
#define MRT_PEERS_MAX 1024

/* Owned by the caller, copied by the room. */
struct mrt_conf {
	char name[64]; /* for logs; unique */
	char *path;
	/* Of our own speaker: the AS of whose peers the file does not say. */
	uint32_t as;
	uint8_t sgi_subtype;
};

enum mrt_state {
	MRT_READING,
	MRT_LOADED,
	MRT_FAILED, /* what it had said when it was last read well stays */
};

struct mrt_file;

struct mrt_events {
	/*
	 * The first route of a peer. What is returned is arg of the events of
	 * its feed, and of peer_lost(), until peer_gone() or until the file is
	 * freed; NULL: its routes are of no use.
	 */
	void *(*peer)(void *file, const struct bgp_feed_peer *who);
	/* In the file, its session ended: what it does not repeat is gone. */
	void (*peer_lost)(void *peer);
	/* All of the file will be said again, up to end(). */
	void (*begin)(void *file);
	void (*end)(void *file);
	/* After end(): the file has no such peer any more. */
	void (*peer_gone)(void *peer);
	struct bgp_feed_events feed;
};

/* Begin to read. Never fails: what is wrong is logged and shown. */
struct mrt_file *mrt_file_create(struct event_base *base,
				 const struct mrt_conf *conf,
				 const struct mrt_events *ev, void *user);
/* Read it, or another one in its place, from its beginning. */
void mrt_file_reconfigure(struct mrt_file *f, const char *path, uint32_t as,
			  uint8_t sgi_subtype);
void mrt_file_destroy(struct mrt_file *f);
enum mrt_state mrt_file_state(const struct mrt_file *f);
/*
 * New JSON object: name, file, state ("reading", "loaded" or "failed"), since
 * (s), octets (read), records, skipped (of a kind that is not replayed),
 * peers, announced (prefixes), faults (treated as withdrawn, or unreadable),
 * last_error ("FILE: octet N: ...").
 */
json_t *mrt_file_json(const struct mrt_file *f);

#endif /* CESTEER_MRT_MRT_H */
