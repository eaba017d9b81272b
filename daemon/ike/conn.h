/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A gateway as strongSwan's configuration: the connection, the secret, and
 * the names they go by. Pure.
 *
 * Connection, child and own secret of a gateway all bear the name
 * "cesteer-ADDRESS", those of a BGP session "cesteer-bgp-ADDRESS"; a secret that
 * gateways share is "cesteer-psk-KEY-PART". Nothing that is named otherwise is
 * ever touched.
 *
 * A gateway and a neighbor may have one address. What tells them apart is the
 * key: the address, marked in its family for a session.
 */
#ifndef CESTEER_IKE_CONN_H
#define CESTEER_IKE_CONN_H

#include "ike/ike.h"
#include "ike/vici_msg.h"

#define CONN_PREFIX "cesteer-"
#define CONN_SESSION "bgp-"
#define CONN_RING "cesteer-psk-" /* ring.c's secrets */
#define CONN_SESSION_MARK 0x80 /* in a key's family */
#define CONN_NAME_LEN (sizeof(CONN_PREFIX CONN_SESSION) + ADDR_STRLEN)

struct addr ike_conn_key(const struct ike_gateway_conf *gw);
void ike_conn_name(const struct addr *key, char name[CONN_NAME_LEN]);
/* The key that a name of ours is about; false for a foreign name. */
bool ike_conn_gateway(struct vici_view name, struct addr *key);
/* Own address towards the gateway, family 0 when none is configured. */
const struct addr *ike_conn_local(const struct ike_conf *conf,
				  const struct addr *gateway);

enum ike_auth {
	IKE_AUTH_NONE, /* nothing is configured for it */
	IKE_AUTH_PSK,
	IKE_AUTH_CERTIFICATE,
};

struct ike_proof {
	enum ike_auth auth;
	const struct ike_psk *psk; /* of IKE_AUTH_PSK, in the configuration */
	bool shared; /* it may be others' too: a group's, or for all */
};

/*
 * How both sides prove who they are: with a key that is configured for the
 * gateway or its group, else with certificates where there is an own one, else
 * with the key for all others. For when something changes, not for each update.
 */
struct ike_proof ike_conn_proof(const struct ike_conf *conf,
				const struct addr *gateway);
/* The most particular key; NULL: none. */
const struct ike_psk *ike_conn_psk(const struct ike_conf *conf,
				   const struct addr *gateway);
/*
 * Whether both have the gateway's secret, by the same name, with the same octets
 * and the same owner.
 */
bool ike_conn_same_secret(const struct ike_conf *a, const struct ike_conf *b,
			  const struct addr *gateway);
/* A connection's mark: a hash of all that "load-conn" says of it. */
#define CONN_MARK_LEN (sizeof(CONN_PREFIX) + 16)

void ike_conn_mark(const struct ike_conf *conf,
		   const struct ike_gateway_conf *gw, char mark[CONN_MARK_LEN]);
/* That of a connection that "list-conns" tells of; or "". */
void ike_conn_read_mark(struct vici_view conn, char mark[CONN_MARK_LEN]);
/*
 * "load-conn" for the gateway, with its mark (NULL: none); it has a local
 * address.
 */
void ike_conn_encode(struct vici_wr *w, const struct ike_conf *conf,
		     const struct ike_gateway_conf *gw, const char *mark);
/* "load-shared" for the gateway, which has IKE_AUTH_PSK. */
void ike_conn_encode_psk(struct vici_wr *w, const struct ike_conf *conf,
			 const struct ike_gateway_conf *gw);
/* "load-shared" by that name, its list of owners begun; and one of them. */
void ike_conn_put_secret(struct vici_wr *w, const struct ike_psk *psk,
			 const char *name);
void ike_conn_put_owner(struct vici_wr *w, const struct ike_conf *conf,
			const struct ike_gateway_conf *gw);

#endif /* CESTEER_IKE_CONN_H */
