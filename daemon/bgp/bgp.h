/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The room's face: BGP speakers' sessions in, routes with identities out. The
 * only header of daemon/bgp/ that other rooms include (the codec's own
 * headers are for this room and its tests).
 *
 * Everything runs in one libevent loop; callbacks are called from it and must
 * not free the speaker or the peer. The process must ignore SIGPIPE.
 */
#ifndef CESTEER_BGP_BGP_H
#define CESTEER_BGP_BGP_H

#include <jansson.h>
#include "base/addr.h"

struct event_base;

/*
 * A Security Gateway Identity as it is carried: an opaque extended community
 * (RFC 4360, section 3.3) or an IPv6 address specific one (RFC 5701).
 */
struct bgp_sgi {
	struct addr gateway;
	uint16_t flags; /* the 12 bits beside the version */
	bool transitive; /* type 0x03 rather than 0x43 */
};

#define BGP_SGI_MAX 8

/* Path attributes of a route; immutable, counted, shared (interned). */
struct bgp_attrs {
	unsigned int refs;
	uint8_t origin; /* 0 IGP, 1 EGP, 2 incomplete */
	bool has_med, has_local_pref;
	uint32_t med, local_pref;
	struct addr next_hop;
	uint16_t as_path_len; /* octets of as_path: segments, 4-octet ASes */
	uint16_t as_hops; /* its length as RFC 4271, 9.1.2.2 counts */
	uint32_t neighbor_as; /* leftmost AS, 0 for none */
	uint8_t n_sgi; /* in order of gateway address */
	struct bgp_sgi sgi[BGP_SGI_MAX];
	uint8_t as_path[];
};

struct bgp_attrs *bgp_attrs_get(struct bgp_attrs *a);
void bgp_attrs_put(struct bgp_attrs *a);

enum bgp_state {
	BGP_IDLE,
	BGP_CONNECT,
	BGP_ACTIVE,
	BGP_OPENSENT,
	BGP_OPENCONFIRM,
	BGP_ESTABLISHED,
};

/* A trusted subnet that we originate. */
struct bgp_origin {
	struct prefix prefix;
	bool has_sgi; /* false: announced without an identity */
	struct addr gateway;
};

/* One neighbor's configuration; owned by the caller, copied by the room. */
struct bgp_peer_conf {
	char name[64]; /* for logs; unique */
	char vrf[16]; /* device to bind to, "" for none */
	struct addr address;
	struct addr local; /* family 0: the system's choice */
	uint16_t port; /* 179 */
	uint32_t as; /* eBGP when it differs from the speaker's */
	bool passive;
	uint16_t hold_time; /* seconds, 0 or at least 3; default 90 */
	uint16_t connect_retry; /* seconds; default 5 */
	bool ipv4, ipv6; /* unicast families offered */
	char md5[81]; /* RFC 2385 password, "" for none */
	struct addr next_hop4, next_hop6; /* family 0: the session's address */
	struct bgp_origin *origins; /* what is announced to it */
	size_t n_origins;
};

struct bgp_speaker_conf {
	uint32_t as;
	uint32_t router_id; /* host byte order */
	uint8_t sgi_subtype; /* default 0x80 */
	bool sgi_transitive; /* originate 0x03 (default) or 0x43 */
	struct addr listen4, listen6; /* family 0: do not listen */
	uint16_t listen_port; /* 179 */
};

struct bgp_speaker;
struct bgp_peer;

/* What the room tells. peer's name and conf may be asked during a call. */
struct bgp_events {
	/* Routes with the same attributes; refs: take one to keep attrs. */
	void (*reach)(void *arg, struct bgp_peer *peer, struct bgp_attrs *attrs,
		      const struct prefix *p, size_t n);
	/*
	 * Also what was treated as withdrawn (RFC 7606) and what looped: a
	 * prefix may be named that was never reached.
	 */
	void (*withdraw)(void *arg, struct bgp_peer *peer,
			 const struct prefix *p, size_t n);
	/* End-of-RIB of one family, AF_INET or AF_INET6 (RFC 4724, 2). */
	void (*end_of_rib)(void *arg, struct bgp_peer *peer, uint8_t family);
	void (*up)(void *arg, struct bgp_peer *peer);
	/* The session is gone; all its routes with it. why: a sentence. */
	void (*down)(void *arg, struct bgp_peer *peer, const char *why);
};

struct bgp_speaker *bgp_speaker_create(struct event_base *base,
				       const struct bgp_speaker_conf *conf,
				       const struct bgp_events *ev, void *arg);
/* Ends every session (Cease, administrative shutdown) and frees all. */
void bgp_speaker_destroy(struct bgp_speaker *s);
/*
 * Add a neighbor and start its FSM. NULL on failure, with a sentence in why
 * (at most why_len octets).
 */
struct bgp_peer *bgp_peer_add(struct bgp_speaker *s,
			      const struct bgp_peer_conf *conf, void *user,
			      char *why, size_t why_len);
/* Cease and forget a neighbor; calls down() first if it was up. */
void bgp_peer_del(struct bgp_peer *peer);
/*
 * Replace what is announced; only the difference is sent. Other changes of a
 * neighbor's configuration are a del and an add.
 */
void bgp_peer_originate(struct bgp_peer *peer, const struct bgp_origin *o,
			size_t n);
const struct bgp_peer_conf *bgp_peer_conf(const struct bgp_peer *peer);
void *bgp_peer_user(const struct bgp_peer *peer);
enum bgp_state bgp_peer_state(const struct bgp_peer *peer);
const char *bgp_state_name(enum bgp_state state);
/* Router identifier of an established peer, host byte order. */
uint32_t bgp_peer_router_id(const struct bgp_peer *peer);
bool bgp_peer_is_ebgp(const struct bgp_peer *peer);
/* True when an established peer's session carries the family. */
bool bgp_peer_carries(const struct bgp_peer *peer, uint8_t family);
/*
 * New JSON object: name, address, vrf, as, type, state, since (seconds in that
 * state), counters of messages and prefixes, last error; when established also
 * router id, families, hold time, what was negotiated.
 */
json_t *bgp_peer_json(const struct bgp_peer *peer);

#endif /* CESTEER_BGP_BGP_H */
