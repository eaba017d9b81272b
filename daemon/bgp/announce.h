/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UPDATE messages that we send: our own prefixes with our identity. Pure;
 * allocates nothing. RFC 4271, section 4.3; RFC 4760; RFC 7606, section 5.1
 * (MP_REACH_NLRI goes first, and prefixes in one place only).
 */
#ifndef CESTEER_BGP_ANNOUNCE_H
#define CESTEER_BGP_ANNOUNCE_H

#include "base/buf.h"
#include "bgp/family.h"

/* How a session wants to be told. */
struct bgp_announce_ctx {
	uint32_t as; /* ours */
	bool as4, ibgp;
	uint8_t sgi_subtype;
	bool sgi_transitive;
	uint8_t vpn_encoding; /* a set of BGP_ENCODE_... */
	struct addr next_hop4, next_hop6;
};

/* BGP_IPV4, ...: that of the sessions an origin goes on. */
uint8_t bgp_origin_family(const struct bgp_origin *o);
/* Order of what a peer takes for the same route: family, RD, prefix. */
int bgp_origin_route_cmp(const struct bgp_origin *a,
			 const struct bgp_origin *b);
/*
 * Order for packing: origins that can share a message are neighbors. By
 * family, identities, route targets, route, label.
 */
int bgp_origin_cmp(const struct bgp_origin *a, const struct bgp_origin *b);
/*
 * Write one message that announces as many of the n > 0 origins, in the order
 * above, as share it and fit into w. Returns their number. w has room for
 * BGP_MSG_MAX octets at least: more is used where it is there (RFC 8654).
 */
size_t bgp_announce_encode(struct wr *w, const struct bgp_announce_ctx *ctx,
			   const struct bgp_origin *o, size_t n);
/* The same for a message that withdraws; those of a family share it. */
size_t bgp_withdraw_encode(struct wr *w, const struct bgp_origin *o, size_t n);
/* End-of-RIB, RFC 4724, section 2; family is BGP_IPV4, ... */
void bgp_end_of_rib_encode(struct wr *w, uint8_t family);
/*
 * One message that says which of the n > 0 route targets are ours, or are no
 * longer (RFC 4684, section 4); how many fitted. ctx has a next hop.
 */
size_t bgp_membership_encode(struct wr *w, const struct bgp_announce_ctx *ctx,
			     const struct bgp_target *targets, size_t n);
size_t bgp_membership_withdraw_encode(struct wr *w, uint32_t as,
				      const struct bgp_target *targets,
				      size_t n);

#endif /* CESTEER_BGP_ANNOUNCE_H */
