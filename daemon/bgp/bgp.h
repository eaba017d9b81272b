/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The room's face: BGP speakers' sessions in, routes with identities out. Other
 * rooms include no other header of daemon/bgp/, but for the names of families
 * and route targets (family.h, target.h); and bmp/ and mrt/: what they bring is
 * in the same form, and the codec is theirs too.
 *
 * Everything runs in one libevent loop; callbacks are called from it and must
 * not free the speaker or the peer. The process must ignore SIGPIPE.
 */
#ifndef CESTEER_BGP_BGP_H
#define CESTEER_BGP_BGP_H

#include <jansson.h>
#include "base/addr.h"

struct event_base;

#define BGP_PORT 179
#define BGP_AS_TRANS 23456 /* RFC 6793, section 9 */

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

/* Address families, as bits of a set. */
enum {
	BGP_IPV4 = 1 << 0, /* unicast */
	BGP_IPV6 = 1 << 1,
	BGP_VPNV4 = 1 << 2, /* RFC 4364 */
	BGP_VPNV6 = 1 << 3, /* RFC 4659 */
	BGP_RTC = 1 << 4, /* route target membership, RFC 4684 */
};

/* Route targets of a route that are looked at (RFC 4360, section 4). */
#define BGP_TARGETS_MAX 64

/* A route target as it is carried: an extended community. */
struct bgp_target {
	uint8_t b[8];
};

/* Path attributes of a route; immutable, counted, shared (interned). */
struct bgp_attrs {
	unsigned int refs;
	uint32_t number; /* of these, from 1 up: shorter than an address */
	uint8_t origin; /* 0 IGP, 1 EGP, 2 incomplete */
	bool has_med, has_local_pref;
	bool vpn; /* of a VPN family: its route targets say whose it is */
	uint8_t n_targets;
	uint8_t clusters; /* of CLUSTER_LIST (RFC 4456) */
	uint32_t originator_id; /* 0: none */
	uint32_t med, local_pref;
	struct addr next_hop;
	uint16_t as_path_len; /* octets of as_path: segments, 4-octet ASes */
	uint16_t as_hops; /* its length as RFC 4271, 9.1.2.2 counts */
	uint32_t neighbor_as; /* leftmost AS, 0 for none */
	uint8_t n_sgi; /* in order of gateway address */
	struct bgp_sgi *sgi; /* NULL: none */
	uint8_t as_path[]; /* then n_targets of struct bgp_target */
};

static inline const struct bgp_target *
bgp_attrs_targets(const struct bgp_attrs *a)
{
	return (const void *)(a->as_path + a->as_path_len);
}

struct bgp_attrs *bgp_attrs_get(struct bgp_attrs *a);
void bgp_attrs_put(struct bgp_attrs *a);
/* Those that have the number now. */
struct bgp_attrs *bgp_attrs_at(uint32_t number);

enum bgp_state {
	BGP_IDLE,
	BGP_CONNECT,
	BGP_ACTIVE,
	BGP_OPENSENT,
	BGP_OPENCONFIRM,
	BGP_ESTABLISHED,
};

/* Gateways that all stand for a prefix: in order of address, each once. */
struct bgp_gateways {
	uint8_t n;
	struct addr a[BGP_SGI_MAX];
};

/* Route targets that an origin may have. */
#define BGP_ORIGIN_TARGETS 8

/* A trusted subnet that we originate. */
struct bgp_origin {
	struct prefix prefix;
	struct bgp_gateways gateways; /* none: announced without an identity */
	/* One with targets goes on VPN sessions, all others do not. */
	uint8_t n_targets;
	struct bgp_target targets[BGP_ORIGIN_TARGETS]; /* in order */
	uint64_t rd; /* its route distinguisher (RFC 4364, section 4.2) */
	uint32_t label; /* 20 bits; 3: implicit null (RFC 3032, 2.1) */
};

enum bgp_ipsec {
	BGP_IPSEC_NONE,
	BGP_IPSEC_TRAP, /* no segment in clear text */
	BGP_IPSEC_HOLD, /* and no session before the SA is up */
};

/* Codes that TCP-AO signs with (RFC 5926). */
enum bgp_ao_mac {
	BGP_AO_NONE,
	BGP_AO_SHA1, /* HMAC-SHA-1-96 */
	BGP_AO_AES128, /* AES-128-CMAC-96 */
};

/* A key of TCP-AO (RFC 5925): one that both ends have, under both numbers. */
struct bgp_ao {
	uint8_t mac; /* enum bgp_ao_mac; NONE: segments are not signed by it */
	uint8_t send_id, receive_id;
	uint8_t len; /* octets of key, from 1 */
	uint8_t key[80];
};

/* One neighbor's configuration; owned by the caller, copied by the room. */
struct bgp_peer_conf {
	char name[128]; /* for logs; unique */
	char vrf[16]; /* device to bind to, "" for none */
	char interface[16]; /* of a link-local address, else "" */
	struct addr address;
	struct addr local; /* family 0: the system's choice */
	uint16_t port; /* BGP_PORT */
	uint32_t as; /* eBGP when it differs from the speaker's */
	bool passive;
	uint16_t hold_time; /* seconds, 0 or at least 3; default 90 */
	uint16_t connect_retry; /* seconds; default 5 */
	uint8_t families; /* offered: a set of BGP_IPV4, ... */
	bool add_path; /* several paths to a prefix are welcome: RFC 7911 */
	uint8_t ttl_security; /* hops that it may be away, 0: any: RFC 5082 */
	uint32_t max_prefixes; /* it may announce, 0: any number */
	char md5[81]; /* RFC 2385 password, "" for none */
	struct bgp_ao ao; /* not beside md5 */
	uint8_t ipsec; /* enum bgp_ipsec; others make the SA, local is set */
	uint32_t reqid; /* of that SA */
	/* Family 0: the session's address, or another of its interface's. */
	struct addr next_hop4, next_hop6;
	struct bgp_origin *origins; /* what is announced to it */
	size_t n_origins;
};

/*
 * True when a and b have one address in one VRF, as link-local ones may on two
 * interfaces, and keys (md5, ao) that differ or that one of them lacks: a
 * listening socket has one key for an address (RFC 2385, RFC 5925), so they
 * cannot both be neighbors.
 */
bool bgp_keys_clash(const struct bgp_peer_conf *a,
		    const struct bgp_peer_conf *b);

/* How identities are carried; VPN sessions have the choice, others do not. */
enum {
	BGP_ENCODE_COMMUNITY = 1 << 0,
	BGP_ENCODE_TUNNEL = 1 << 1, /* RFC 9012 */
};

struct bgp_speaker_conf {
	uint32_t as;
	uint32_t router_id; /* host byte order */
	uint8_t sgi_subtype; /* default 0x80 */
	bool sgi_transitive; /* originate 0x03 (default) or 0x43 */
	uint8_t vpn_encoding; /* on VPN sessions: a set of BGP_ENCODE_... */
	struct addr listen4, listen6; /* family 0: do not listen */
	uint16_t listen_port; /* BGP_PORT */
	/* How long peers keep our routes while we restart; 0: not at all. */
	uint16_t restart_time; /* seconds, at most 4095; RFC 4724 */
};

struct bgp_speaker;
struct bgp_peer;

/* What the room tells. peer's name and conf may be asked during a call. */
struct bgp_events {
	/*
	 * Routes with the same attributes; refs: take one to keep attrs. A
	 * peer may have several routes to a prefix, each with an id: the path
	 * identifier (RFC 7911) or the route distinguisher, else 0.
	 */
	void (*reach)(void *arg, struct bgp_peer *peer, struct bgp_attrs *attrs,
		      uint64_t id, const struct prefix *p, size_t n);
	/*
	 * Also what was treated as withdrawn (RFC 7606) and what looped: a
	 * prefix may be named that was never reached.
	 */
	void (*withdraw)(void *arg, struct bgp_peer *peer, uint64_t id,
			 const struct prefix *p, size_t n);
	/*
	 * End-of-RIB of one family, AF_INET or AF_INET6 (RFC 4724, 2), or the
	 * end of a refresh (RFC 7313): all there is has been said.
	 */
	void (*end_of_rib)(void *arg, struct bgp_peer *peer, uint8_t family);
	/* All of a family will be said again, up to end_of_rib (RFC 7313). */
	void (*refresh)(void *arg, struct bgp_peer *peer, uint8_t family);
	void (*up)(void *arg, struct bgp_peer *peer);
	/* The session is gone; all its routes with it. why: a sentence. */
	void (*down)(void *arg, struct bgp_peer *peer, const char *why);
	/*
	 * A neighbor that IPsec protects has connected: could it do so by its
	 * SA alone? (It is accepted by a socket that is not its own.)
	 */
	bool (*admits)(void *arg, struct bgp_peer *peer);
};

struct bgp_speaker *bgp_speaker_create(struct event_base *base,
				       const struct bgp_speaker_conf *conf,
				       const struct bgp_events *ev, void *arg);
/*
 * Could a speaker of that configuration listen for these neighbors? Where it
 * would listen elsewhere than this one that is tried, for a moment in which
 * nobody can connect to this one. False, and a sentence in why: it could not.
 * A VRF that does not exist is no obstacle: it may come.
 */
bool bgp_speaker_may_listen(struct bgp_speaker *s,
			    const struct bgp_speaker_conf *to,
			    const struct bgp_peer_conf *const *peers, size_t n,
			    char *why, size_t why_len);
/*
 * We are a new run, and peers may have kept the routes of the one before (RFC
 * 4724, 4.1); preserved: what that one installed is still in force. Called
 * before neighbors are added.
 */
void bgp_speaker_restarted(struct bgp_speaker *s, bool preserved);
/* The restart is over: every neighbor has had its say. */
void bgp_speaker_settled(struct bgp_speaker *s);
/*
 * End every session and free all. graceful: peers that agreed to it keep our
 * routes for the restart time; all others are told of a shutdown (Cease).
 */
void bgp_speaker_destroy(struct bgp_speaker *s, bool graceful);
/*
 * Add a neighbor and start its FSM. NULL on failure, with a sentence in why
 * (at most why_len octets); so it is when its key clashes with another's.
 */
struct bgp_peer *bgp_peer_add(struct bgp_speaker *s,
			      const struct bgp_peer_conf *conf, void *user,
			      char *why, size_t why_len);
/* Why a neighbor goes: what it is told (RFC 4486). */
enum bgp_reason {
	BGP_GONE, /* it is no longer configured */
	BGP_CHANGED, /* it will be added again, configured otherwise */
};

/* Cease and forget a neighbor; calls down() first if it was up. */
void bgp_peer_del(struct bgp_peer *peer, enum bgp_reason reason);
/*
 * End the session (Cease, administrative reset, with the text: RFC 9003) and
 * begin again. False when it is not established.
 */
bool bgp_peer_reset(struct bgp_peer *peer, const char *text);
/* Have it say all again (RFC 2918); false when it cannot. */
bool bgp_peer_refresh(struct bgp_peer *peer);
/*
 * For reach(): it announces more than it may. Its session ends, and is not
 * tried again for a while.
 */
void bgp_peer_over_limit(struct bgp_peer *peer);
/*
 * The route targets that are ours, in order: only the difference is told, to
 * a peer that sends what is asked for (RFC 4684).
 */
void bgp_peer_import(struct bgp_peer *peer, const struct bgp_target *targets,
		     size_t n);
/*
 * Replace what is announced; only the difference is sent. Other changes of a
 * neighbor's configuration are a del and an add.
 */
void bgp_peer_originate(struct bgp_peer *peer, const struct bgp_origin *o,
			size_t n);
const struct bgp_peer_conf *bgp_peer_conf(const struct bgp_peer *peer);
void *bgp_peer_user(const struct bgp_peer *peer);
void bgp_peer_set_user(struct bgp_peer *peer, void *user);
enum bgp_state bgp_peer_state(const struct bgp_peer *peer);
const char *bgp_state_name(enum bgp_state state);
/* Router identifier of an established peer, host byte order. */
uint32_t bgp_peer_router_id(const struct bgp_peer *peer);
bool bgp_peer_is_ebgp(const struct bgp_peer *peer);
/*
 * True when an established peer's session carries the family, AF_INET or
 * AF_INET6, as unicast or VPN.
 */
bool bgp_peer_carries(const struct bgp_peer *peer, uint8_t family);
/*
 * Of a session that has ended, from down() on: for how many seconds its routes
 * of a family, AF_INET or AF_INET6, are as good as before (RFC 4724, section
 * 4.2). 0: not at all, as the peer had not agreed to that for the family, or
 * a NOTIFICATION, whosever, ended the session.
 */
uint16_t bgp_peer_restart_time(const struct bgp_peer *peer, uint8_t family);
/*
 * True when an established peer says that it still forwards by what it said of
 * the family, AF_INET or AF_INET6, before it restarted (its F bit).
 */
bool bgp_peer_forwards(const struct bgp_peer *peer, uint8_t family);
/*
 * New JSON object: name, address, vrf, as, type, state, since (seconds in that
 * state), counters of messages and prefixes, last error; when established also
 * router id, families, hold time, what was negotiated.
 */
json_t *bgp_peer_json(const struct bgp_peer *peer);

#endif /* CESTEER_BGP_BGP_H */
