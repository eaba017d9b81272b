/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Path attributes of one UPDATE, from octets, with the error handling of RFC
 * 7606. Pure; allocates nothing: what is found points into the message, or
 * into buffers that the caller lends.
 */
#ifndef CESTEER_BGP_ATTR_H
#define CESTEER_BGP_ATTR_H

#include "bgp/as_path.h"
#include "bgp/nlri.h"
#include "bgp/notify.h"
#include "bgp/sgi.h"

/* Octets that any AS_PATH of 4096 octets of old AS numbers can grow to. */
#define BGP_AS_PATH_MAX 16384

/* What a session has agreed on, as far as UPDATE messages depend on it. */
struct bgp_update_ctx {
	bool as4; /* AS numbers of four octets */
	bool ibgp;
	uint8_t families; /* a set of BGP_IPV4, ... */
	uint8_t add_path; /* families whose prefixes have path identifiers */
	uint8_t sgi_subtype;
	/*
	 * Somebody else's session: it may have agreed on IPv6 next hops of IPv4
	 * (RFC 8950), and a next hop that is wrong costs no more than its routes.
	 */
	bool feed;
};

/* What becomes of an UPDATE; the strongest of its faults decides. */
enum bgp_verdict {
	BGP_ACCEPT,
	BGP_DISCARD, /* without the faulty attribute */
	BGP_TREAT_AS_WITHDRAW,
	BGP_SESSION_RESET,
};

/* A fault, for the log. */
struct bgp_fault {
	enum bgp_verdict verdict;
	uint8_t type; /* of the attribute; 0: not one attribute's fault */
	uint8_t subcode; /* of UPDATE Message Error, if it resets */
	const char *why; /* static, a few words */
	const uint8_t *p; /* the attribute, header and all, in the message */
	size_t len;
};

#define BGP_FAULTS_MAX 8

struct bgp_faults {
	enum bgp_verdict verdict; /* the strongest */
	uint8_t n; /* kept: the first ones, and in the last place the worst */
	struct bgp_fault list[BGP_FAULTS_MAX];
};

/* Attributes as they were found; a bit of seen for each type. */
struct bgp_path {
	uint64_t seen;
	unsigned int count; /* attributes in the message, of any kind */
	uint8_t origin;
	uint32_t med, local_pref, originator_id;
	uint8_t clusters; /* in CLUSTER_LIST, 255 at most */
	struct addr next_hop; /* of NEXT_HOP */
	struct addr mp_next_hop; /* of MP_REACH_NLRI */
	struct bgp_as_path as_path; /* buffer lent by the caller */
	bool as4_confed; /* AS4_PATH had confederation segments, passed over */
	struct bgp_sgi_set sgi;
	/* Route targets; only of a VPN family's: elsewhere they say nothing. */
	bool vpn, more_targets;
	uint8_t n_targets;
	struct bgp_target targets[BGP_TARGETS_MAX];
	struct bgp_nlri reach, unreach; /* of the MP_ attributes */
	uint8_t unreach_family; /* BGP_IPV4, ...; 0: not negotiated */
	bool reaches; /* MP_REACH_NLRI had prefixes, of whatever family */
};

static inline bool bgp_path_has(const struct bgp_path *path, unsigned int type)
{
	return path->seen >> type & 1;
}

/* Add a fault, keeping the strongest verdict. */
void bgp_faults_add(struct bgp_faults *f, const struct bgp_fault *fault);
/* The fault that decided, NULL if none. */
const struct bgp_fault *bgp_faults_worst(const struct bgp_faults *f);

/*
 * Decode a whole attribute list. path->as_path.p and .size are set on entry;
 * the rest is written. plain: the message has prefixes beside the attributes.
 */
void bgp_attrs_decode(struct bgp_path *path, const uint8_t *p, size_t len,
		      bool plain, const struct bgp_update_ctx *ctx,
		      struct bgp_faults *faults);
/* "ORIGIN", "attribute 99", ... into buf (BGP_ATTR_NAME octets). */
#define BGP_ATTR_NAME 32
const char *bgp_attr_name(uint8_t type, char *buf);

#endif /* CESTEER_BGP_ATTR_H */
