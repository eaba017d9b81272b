// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Encoding of the UPDATE messages that we originate. Never decides what is
 * announced. RFC 4271, 4760, 6793.
 */
#include "bgp/announce.h"

#include "bgp/msg.h"
#include "bgp/nlri.h"
#include "bgp/sgi.h"
#include "bgp/wire.h"

enum { LOCAL_PREF = 100 };

static int group_cmp(const struct bgp_origin *a, const struct bgp_origin *b)
{
	if (a->prefix.family != b->prefix.family)
		return a->prefix.family < b->prefix.family ? -1 : 1;
	if (a->has_sgi != b->has_sgi)
		return a->has_sgi ? 1 : -1;
	return a->has_sgi ? addr_cmp(&a->gateway, &b->gateway) : 0;
}

int bgp_origin_cmp(const struct bgp_origin *a, const struct bgp_origin *b)
{
	int c = group_cmp(a, b);

	return c ? c : prefix_cmp(&a->prefix, &b->prefix);
}

/* Start an attribute whose length is yet to come; NULL when out of room. */
static uint8_t *begin(struct wr *w, uint8_t flags, uint8_t type)
{
	wr_u8(w, flags | BGP_ATTR_EXTENDED_LENGTH);
	wr_u8(w, type);
	return wr_room(w, 2);
}

static void end(struct wr *w, uint8_t *length)
{
	size_t n;

	if (w->failed)
		return;
	n = w->p - length - 2;
	length[0] = n >> 8;
	length[1] = n & 0xff;
}

static void put_prefixes(struct wr *w, const struct bgp_origin *o, size_t n)
{
	for (; n; n--, o++)
		bgp_nlri_encode(w, &o->prefix);
}

static void put_mp_reach(struct wr *w, const struct addr *next_hop,
			 const struct bgp_origin *o, size_t n)
{
	uint8_t *length = begin(w, BGP_ATTR_OPTIONAL, BGP_ATTR_MP_REACH);

	wr_u16(w, BGP_AFI_IPV6);
	wr_u8(w, BGP_SAFI_UNICAST);
	wr_u8(w, 16);
	wr_bytes(w, next_hop->b, 16);
	wr_u8(w, 0);
	put_prefixes(w, o, n);
	end(w, length);
}

/* An attribute of at most 255 octets: its length is known. */
static void put_head(struct wr *w, uint8_t flags, uint8_t type, uint8_t len)
{
	wr_u8(w, flags);
	wr_u8(w, type);
	wr_u8(w, len);
}

/* A path of one sequence of one AS. */
static void put_own_as(struct wr *w, uint8_t flags, uint8_t type, uint32_t as,
		       bool as4)
{
	put_head(w, flags, type, as4 ? 6 : 4);
	wr_u8(w, BGP_AS_SEQUENCE);
	wr_u8(w, 1);
	if (as4)
		wr_u32(w, as);
	else
		wr_u16(w, as > UINT16_MAX ? BGP_AS_TRANS : as);
}

static void put_path(struct wr *w, const struct bgp_announce_ctx *ctx)
{
	put_head(w, BGP_ATTR_TRANSITIVE, BGP_ATTR_ORIGIN, 1);
	wr_u8(w, 0);
	if (ctx->ibgp)
		put_head(w, BGP_ATTR_TRANSITIVE, BGP_ATTR_AS_PATH, 0);
	else
		put_own_as(w, BGP_ATTR_TRANSITIVE, BGP_ATTR_AS_PATH, ctx->as,
			   ctx->as4);
}

static void put_local_pref(struct wr *w)
{
	put_head(w, BGP_ATTR_TRANSITIVE, BGP_ATTR_LOCAL_PREF, 4);
	wr_u32(w, LOCAL_PREF);
}

static void put_identity(struct wr *w, const struct bgp_announce_ctx *ctx,
			 const struct addr *gateway)
{
	const uint8_t flags = BGP_ATTR_OPTIONAL | BGP_ATTR_TRANSITIVE;
	uint8_t *length = begin(w, flags, BGP_ATTR_EXT_COMMUNITIES);

	bgp_sgi_encode(w, ctx->sgi_subtype, ctx->sgi_transitive, gateway);
	end(w, length);
	if (gateway->family != AF_INET6)
		return;
	length = begin(w, flags, BGP_ATTR_EXT_COMMUNITIES6);
	bgp_sgi_encode6(w, ctx->sgi_subtype, ctx->sgi_transitive, gateway);
	end(w, length);
}

/* How many of o, from the first, are of one group and fit in room octets. */
static size_t count_fitting(const struct bgp_origin *o, size_t n, size_t room)
{
	size_t i, used = 0;

	for (i = 0; i < n && !group_cmp(o, o + i); i++) {
		used += bgp_nlri_size(&o[i].prefix);
		if (used > room)
			break;
	}
	return i;
}

/*
 * What the rest of a message takes at most, whatever the origins: header 19,
 * two lengths 4, MP_REACH_NLRI 25, the attributes below it 102.
 */
#define ANNOUNCE_FIXED 160

size_t bgp_announce_encode(struct wr *w, const struct bgp_announce_ctx *ctx,
			   const struct bgp_origin *o, size_t n)
{
	uint8_t *start = bgp_msg_begin(w, BGP_MSG_UPDATE);
	bool ipv6 = o->prefix.family == AF_INET6;
	uint8_t *length;

	n = count_fitting(o, n, BGP_MSG_MAX - ANNOUNCE_FIXED);
	wr_u16(w, 0); /* nothing withdrawn */
	length = wr_room(w, 2);
	if (ipv6)
		put_mp_reach(w, &ctx->next_hop6, o, n);
	put_path(w, ctx);
	if (!ipv6) {
		put_head(w, BGP_ATTR_TRANSITIVE, BGP_ATTR_NEXT_HOP, 4);
		wr_bytes(w, ctx->next_hop4.b, 4);
	}
	if (ctx->ibgp)
		put_local_pref(w);
	if (o->has_sgi)
		put_identity(w, ctx, &o->gateway);
	if (!ctx->ibgp && !ctx->as4 && ctx->as > UINT16_MAX)
		put_own_as(w, BGP_ATTR_OPTIONAL | BGP_ATTR_TRANSITIVE,
			   BGP_ATTR_AS4_PATH, ctx->as, true);
	end(w, length);
	if (!ipv6)
		put_prefixes(w, o, n);
	bgp_msg_end(w, start);
	return n;
}

size_t bgp_withdraw_encode(struct wr *w, const struct bgp_origin *o, size_t n)
{
	uint8_t *start = bgp_msg_begin(w, BGP_MSG_UPDATE);
	uint8_t family = o->prefix.family;
	uint8_t *outer;
	size_t i, used = 0;

	for (i = 0; i < n && o[i].prefix.family == family; i++) {
		used += bgp_nlri_size(&o[i].prefix);
		if (used > BGP_MSG_MAX - ANNOUNCE_FIXED)
			break;
	}
	n = i;
	if (family == AF_INET) {
		outer = wr_room(w, 2);
		put_prefixes(w, o, n);
		end(w, outer);
		wr_u16(w, 0);
	} else {
		uint8_t *inner;

		wr_u16(w, 0);
		outer = wr_room(w, 2);
		inner = begin(w, BGP_ATTR_OPTIONAL, BGP_ATTR_MP_UNREACH);
		wr_u16(w, BGP_AFI_IPV6);
		wr_u8(w, BGP_SAFI_UNICAST);
		put_prefixes(w, o, n);
		end(w, inner);
		end(w, outer);
	}
	bgp_msg_end(w, start);
	return n;
}

void bgp_end_of_rib_encode(struct wr *w, uint8_t family)
{
	const struct bgp_family *f = bgp_family_of(family);
	uint8_t *start = bgp_msg_begin(w, BGP_MSG_UPDATE);
	uint8_t *outer;

	wr_u16(w, 0);
	outer = wr_room(w, 2);
	if (family != BGP_IPV4) {
		put_head(w, BGP_ATTR_OPTIONAL, BGP_ATTR_MP_UNREACH, 3);
		wr_u16(w, f->afi);
		wr_u8(w, f->safi);
	}
	end(w, outer);
	bgp_msg_end(w, start);
}

static void put_targets(struct wr *w, uint32_t as,
			const struct bgp_target *targets, size_t n)
{
	for (; n; n--, targets++) {
		wr_u8(w, 96);
		wr_u32(w, as);
		wr_bytes(w, targets->b, sizeof(targets->b));
	}
}

enum { MEMBERSHIP = 13 }; /* octets */

size_t bgp_membership_encode(struct wr *w, const struct bgp_announce_ctx *ctx,
			     const struct bgp_target *targets, size_t n)
{
	uint8_t *start = bgp_msg_begin(w, BGP_MSG_UPDATE);
	const struct addr *hop = &ctx->next_hop4;
	uint8_t *outer, *inner;

	if (!hop->family)
		hop = &ctx->next_hop6;
	if (n > (BGP_MSG_MAX - ANNOUNCE_FIXED) / MEMBERSHIP)
		n = (BGP_MSG_MAX - ANNOUNCE_FIXED) / MEMBERSHIP;
	wr_u16(w, 0);
	outer = wr_room(w, 2);
	inner = begin(w, BGP_ATTR_OPTIONAL, BGP_ATTR_MP_REACH);
	wr_u16(w, BGP_AFI_IPV4);
	wr_u8(w, BGP_SAFI_RTC);
	wr_u8(w, addr_bits(hop->family) / 8);
	wr_bytes(w, hop->b, addr_bits(hop->family) / 8);
	wr_u8(w, 0);
	put_targets(w, ctx->as, targets, n);
	end(w, inner);
	put_path(w, ctx);
	if (ctx->ibgp)
		put_local_pref(w);
	end(w, outer);
	bgp_msg_end(w, start);
	return n;
}

size_t bgp_membership_withdraw_encode(struct wr *w, uint32_t as,
				      const struct bgp_target *targets,
				      size_t n)
{
	uint8_t *start = bgp_msg_begin(w, BGP_MSG_UPDATE);
	uint8_t *outer, *inner;

	if (n > (BGP_MSG_MAX - ANNOUNCE_FIXED) / MEMBERSHIP)
		n = (BGP_MSG_MAX - ANNOUNCE_FIXED) / MEMBERSHIP;
	wr_u16(w, 0);
	outer = wr_room(w, 2);
	inner = begin(w, BGP_ATTR_OPTIONAL, BGP_ATTR_MP_UNREACH);
	wr_u16(w, BGP_AFI_IPV4);
	wr_u8(w, BGP_SAFI_RTC);
	put_targets(w, as, targets, n);
	end(w, inner);
	end(w, outer);
	bgp_msg_end(w, start);
	return n;
}
