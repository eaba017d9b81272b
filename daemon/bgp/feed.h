/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UPDATE messages of sessions that are not ours, as a router that we listen to
 * (BMP) or a file (MRT) tells them: decoded, judged (RFC 7606) and checked for
 * loops as those of our own sessions, and handed on as routes. For the rooms
 * bmp/ and mrt/, which know where they came from.
 */
#ifndef CESTEER_BGP_FEED_H
#define CESTEER_BGP_FEED_H

#include "bgp/fault_log.h"
#include "bgp/update.h"

/* Families that are taken from a feed. */
#define BGP_FEED_FAMILIES (BGP_IPV4 | BGP_IPV6 | BGP_VPNV4 | BGP_VPNV6)

/* Whose routes they are: a peer of the other router's. */
struct bgp_feed_peer {
	uint64_t rd; /* of the VRF that its session is in; 0: in none */
	bool in_vrf;
	bool loc_rib; /* no peer, but the router's own table (RFC 9069) */
	struct addr address; /* family 0: of no peer */
	uint32_t as;
	uint32_t router_id; /* host byte order */
	bool ebgp;
	uint8_t families; /* that it may announce: a set of BGP_IPV4, ... */
};

/* What a feed tells; family is one of BGP_FEED_FAMILIES. */
struct bgp_feed_events {
	/* As in struct bgp_events. */
	void (*reach)(void *arg, uint8_t family, struct bgp_attrs *attrs,
		      uint64_t id, const struct prefix *p, size_t n);
	void (*withdraw)(void *arg, uint8_t family, uint64_t id,
			 const struct prefix *p, size_t n);
	void (*end_of_rib)(void *arg, uint8_t family);
};

/* Room to decode in, shared by feeds that are not read at the same time. */
struct bgp_scratch {
	struct prefix *prefixes; /* BGP_NLRI_MAX */
	uint8_t *as_path; /* BGP_AS_PATH_MAX */
};

void bgp_scratch_init(struct bgp_scratch *s);
void bgp_scratch_fini(struct bgp_scratch *s);

/* One sender of UPDATE messages; all fields are the owner's to set. */
struct bgp_feed {
	const char *room, *name; /* for logs */
	struct bgp_update_ctx ctx;
	/* The router whose session it is: its own routes loop. 0: unknown. */
	uint32_t own_as, own_id;
	const struct bgp_feed_events *events;
	void *arg;
	struct bgp_fault_log log;
	uint64_t messages, reached, withdrawn; /* prefixes, but for messages */
	uint64_t treated_as_withdrawn, looped;
};

/*
 * Take the body of an UPDATE. False when its error is of those that end a
 * session, with *e, or when memory is short (a Cease); what it says is lost.
 */
bool bgp_feed_update(struct bgp_feed *f, const struct bgp_scratch *scratch,
		     const uint8_t *body, size_t len, struct bgp_error *e);

#endif /* CESTEER_BGP_FEED_H */
