/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The room's face: gateways in, connections in the IKE daemon (strongSwan,
 * over VICI) out; or, where their keys are configured, SAs in the kernel. The
 * only header of daemon/ike/ that other rooms include.
 *
 * Everything runs in one libevent loop, never blocks, and reconciles by
 * itself whenever the IKE daemon comes or returns. The process must ignore
 * SIGPIPE.
 */
#ifndef CESTEER_IKE_IKE_H
#define CESTEER_IKE_IKE_H

#include <jansson.h>
#include "base/addr.h"

struct event_base;
struct ike_longest;

enum ike_mode {
	IKE_ON_DEMAND, /* the SA comes with the first packet */
	IKE_PRE_ESTABLISHED, /* the SA is initiated, and again when it ends */
};

/* Octets of a file: a certificate, or a secret. */
struct ike_blob {
	uint8_t *data;
	size_t len;
};

/* A pre-shared key: for one gateway, for a group, or for all others. */
struct ike_psk {
	struct prefix gateways; /* family 0: all others */
	struct ike_blob key;
};

/* What a gateway's certificate must carry where it is not its address. */
struct ike_peer_id {
	struct prefix gateways;
	char *identity; /* as strongSwan reads it; never a pattern */
};

/* Algorithms of SAs without IKE, by strongSwan's name for them. */
struct ike_suite {
	const char *name;
	const char *enc, *auth; /* the kernel's names */
	size_t enc_len, auth_len; /* octets of their keys */
	uint32_t icv_bits;
};

/* NULL: there is none of that name. */
const struct ike_suite *ike_suite_find(const char *name);

/* SAs with a gateway whose keys never change: RFC 4301, section 4.5.1. */
struct ike_manual {
	struct addr gateway; /* unique */
	uint32_t spi_in, spi_out; /* host byte order, 256 and up */
	const struct ike_suite *suite;
	struct ike_blob key_in, key_out; /* encryption's, then integrity's */
};

/*
 * All of it is owned by the one who has the structure. Words are strongSwan's
 * own, static strings, NULL for its default; so is 0 of numbers unless said
 * otherwise.
 */
struct ike_conf {
	char *socket; /* VICI socket's path */
	struct addr id4, id6; /* own gateway addresses; family 0: none */
	struct addr local4, local6; /* where they are not this machine's */

	struct ike_psk *psk;
	size_t n_psk;
	struct ike_blob *chain; /* own certificate, then those that vouch */
	size_t n_chain;
	struct ike_blob key; /* its private key, PEM */
	char *identity; /* that it carries; NULL: the own gateway address */
	struct ike_blob *ca; /* trusted, whatever else strongSwan trusts */
	size_t n_ca;
	struct ike_peer_id *peer_id;
	size_t n_peer_id;
	struct ike_manual *manual;
	size_t n_manual;

	/* Of psk and peer_id; made by ike_conf_copy(), NULL: they are few. */
	struct ike_longest *by_psk, *by_peer_id;

	char *ike_proposals; /* strongSwan's syntax, comma-separated; NULL */
	char *esp_proposals;
	uint32_t rekey_time; /* seconds, child SA */
	uint64_t rekey_bytes; /* child SA */
	uint32_t ike_rekey_time; /* seconds */
	uint32_t dpd_delay; /* seconds; 0: off */
	const char *fragmentation; /* of IKE messages (RFC 7383) */
	bool force_encap; /* ESP in UDP (RFC 3948) without a NAT, too */
	const char *hw_offload;
	const char *copy_dscp;
	const char *copy_df; /* from the inner to the outer header */
	bool has_replay_window;
	uint32_t replay_window; /* packets, 0: no check */
	bool per_cpu_sas;
	uint32_t setup_rate; /* SAs initiated a second, 0: no bound */
};

struct ike_gateway_conf {
	struct addr address; /* family decides which local address is used */
	uint32_t if_id;
	enum ike_mode mode;
	/*
	 * A BGP neighbor rather than a gateway: transport mode for all TCP
	 * between local and address, without an if_id.
	 */
	bool session;
	struct addr local; /* of a session */
	uint32_t reqid; /* of a session: what its sockets ask for */
};

enum ike_state {
	IKE_LEARNED, /* not loaded: no VICI, no local address or no secret */
	IKE_LOADING,
	IKE_WAITING, /* loaded, on demand, waiting for traffic */
	IKE_CONNECTING,
	IKE_UP, /* a child SA is installed, or a manual one */
	IKE_REKEYING, /* the same, and its successor is being made */
	IKE_FAILED, /* why says so; tried again later */
};

struct ike;
struct ike_gateway;

struct ike_events {
	void (*state)(void *arg, struct ike_gateway *gw, enum ike_state state,
		      const char *why);
	/* The same, of a session. */
	void (*session)(void *arg, struct ike_gateway *gw, enum ike_state state,
			const char *why);
	/* VICI connection came or went. */
	void (*link)(void *arg, bool up, const char *why);
};

bool ike_blob_same(const struct ike_blob *a, const struct ike_blob *b);
/* Deep copy to what is not initialised; and the end of one, secrets wiped. */
void ike_conf_copy(struct ike_conf *to, const struct ike_conf *from);
void ike_conf_free(struct ike_conf *conf);

/* conf is copied. Never fails for want of an IKE daemon: it is awaited. */
struct ike *ike_create(struct event_base *base, const struct ike_conf *conf,
		       const struct ike_events *ev, void *arg);
/*
 * Free the driver. Connections stay loaded in the IKE daemon unless unload is
 * set, in which case they and their SAs are removed (synchronously: for as long
 * as the IKE daemon answers, a minute at most). False: something that was to be
 * removed may be left; what, is logged.
 */
bool ike_destroy(struct ike *ike, bool unload);
/*
 * New secrets, proposals, lifetimes: what differs is loaded again, and what was
 * refused is tried again at once.
 */
void ike_reconfigure(struct ike *ike, const struct ike_conf *conf);
/*
 * All that is wanted has been added: connections, secrets and SAs of ours
 * (by their names) that belong to no gateway are unloaded, now and whenever
 * the IKE daemon returns. Before this call they are left alone, so that a
 * daemon that returns and is still learning ends no SA.
 */
void ike_sweep(struct ike *ike);
/* Want a gateway's connection. NULL only when memory is short. */
struct ike_gateway *ike_gateway_add(struct ike *ike,
				    const struct ike_gateway_conf *conf,
				    void *user);
void ike_gateway_set_mode(struct ike_gateway *gw, enum ike_mode mode);
/*
 * One that waits for traffic has some, and does not move: initiate its SA, once.
 */
void ike_gateway_initiate(struct ike_gateway *gw);
/* Unload the connection, end its SAs, forget the gateway. */
void ike_gateway_del(struct ike_gateway *gw);
void *ike_gateway_user(const struct ike_gateway *gw);
enum ike_state ike_gateway_state(const struct ike_gateway *gw);
const char *ike_state_name(enum ike_state state);
/*
 * New JSON object: state, why, since, retry-in (seconds to the next attempt, of
 * one that failed), SAs with SPIs, ages, octets.
 */
json_t *ike_gateway_json(const struct ike_gateway *gw);
bool ike_link_up(const struct ike *ike);
/*
 * Whether the kernel takes TCP from remote to local only from an SA, as far as
 * its policies say: also while nobody knows what the IKE daemon does.
 */
bool ike_session_protected(struct ike *ike, const struct addr *local,
			   const struct addr *remote);

#endif /* CESTEER_IKE_IKE_H */
