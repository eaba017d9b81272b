// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Encoding of the UPDATE messages that we originate. Never decides what is
 * announced. RFC 4271, 4760, 6793.
 */
#include "bgp/announce.h"

#include <string.h>
#include "bgp/msg.h"
#include "bgp/nlri.h"
#include "bgp/sgi.h"
#include "bgp/tunnel.h"
#include "bgp/wire.h"

enum { LOCAL_PREF = 100 };

uint8_t bgp_origin_family(const struct bgp_origin *o)
{
	if (o->prefix.family == AF_INET6)
		return o->n_targets ? BGP_VPNV6 : BGP_IPV6;
	return o->n_targets ? BGP_VPNV4 : BGP_IPV4;
}

static int family_cmp(const struct bgp_origin *a, const struct bgp_origin *b)
{
	return bgp_origin_family(a) - bgp_origin_family(b);
}

static int group_cmp(const struct bgp_origin *a, const struct bgp_origin *b)
{
	int c = family_cmp(a, b);
	unsigned int i;

	if (c)
		return c;
	if (a->gateways.n != b->gateways.n)
		return a->gateways.n < b->gateways.n ? -1 : 1;
	for (i = 0; i < a->gateways.n && !c; i++)
		c = addr_cmp(&a->gateways.a[i], &b->gateways.a[i]);
	if (c)
		return c;
	if (a->n_targets != b->n_targets)
		return a->n_targets < b->n_targets ? -1 : 1;
	return memcmp(a->targets, b->targets,
		      a->n_targets * sizeof(*a->targets));
}

int bgp_origin_route_cmp(const struct bgp_origin *a, const struct bgp_origin *b)
{
	int c = family_cmp(a, b);

	if (c)
		return c;
	if (a->rd != b->rd)
		return a->rd < b->rd ? -1 : 1;
	return prefix_cmp(&a->prefix, &b->prefix);
}

int bgp_origin_cmp(const struct bgp_origin *a, const struct bgp_origin *b)
{
	int c = group_cmp(a, b);

	if (!c)
		c = bgp_origin_route_cmp(a, b);
	if (!c && a->label != b->label)
		c = a->label < b->label ? -1 : 1;
	return c;
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

static size_t nlri_size(const struct bgp_origin *o)
{
	return bgp_nlri_size(&o->prefix) + (o->n_targets ? BGP_NLRI_VPN : 0);
}

static void put_prefixes(struct wr *w, const struct bgp_origin *o, size_t n,
			 bool withdrawn)
{
	for (; n; n--, o++) {
		if (o->n_targets)
			bgp_nlri_encode_vpn(w,
					    withdrawn ? BGP_LABEL_WITHDRAWN :
							o->label << 4 | 1,
					    o->rd, &o->prefix);
		else
			bgp_nlri_encode(w, &o->prefix);
	}
}

static void put_family(struct wr *w, uint8_t family)
{
	const struct bgp_family *f = bgp_family_of(family);

	wr_u16(w, f->afi);
	wr_u8(w, f->safi);
}

/* In VPN families the next hop has a distinguisher of zeros in front. */
static void put_mp_reach(struct wr *w, const struct bgp_announce_ctx *ctx,
			 const struct bgp_origin *o, size_t n)
{
	static const uint8_t zero[8];
	uint8_t *length = begin(w, BGP_ATTR_OPTIONAL, BGP_ATTR_MP_REACH);
	size_t ahead = o->n_targets ? sizeof(zero) : 0;
	const struct addr *hop = &ctx->next_hop4;

	if (o->prefix.family == AF_INET6)
		hop = &ctx->next_hop6;
	put_family(w, bgp_origin_family(o));
	wr_u8(w, ahead + addr_bits(hop->family) / 8);
	wr_bytes(w, zero, ahead);
	wr_bytes(w, hop->b, addr_bits(hop->family) / 8);
	wr_u8(w, 0);
	put_prefixes(w, o, n, false);
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

/* Whether an origin's identities are carried that way. */
static bool encodes(const struct bgp_announce_ctx *ctx,
		    const struct bgp_origin *o, uint8_t how)
{
	uint8_t set = o->n_targets ? ctx->vpn_encoding : BGP_ENCODE_COMMUNITY;

	return o->gateways.n && set & how;
}

static void put_communities(struct wr *w, const struct bgp_announce_ctx *ctx,
			    const struct bgp_origin *o)
{
	uint8_t *length = begin(w, BGP_ATTR_OPTIONAL | BGP_ATTR_TRANSITIVE,
				BGP_ATTR_EXT_COMMUNITIES);
	unsigned int i;

	for (i = 0; i < o->n_targets; i++)
		wr_bytes(w, o->targets[i].b, sizeof(o->targets[i].b));
	for (i = 0; i < o->gateways.n && encodes(ctx, o, BGP_ENCODE_COMMUNITY);
	     i++)
		bgp_sgi_encode(w, ctx->sgi_subtype, ctx->sgi_transitive,
			       &o->gateways.a[i]);
	end(w, length);
}

static void put_tunnels(struct wr *w, const struct bgp_origin *o)
{
	uint8_t *length = begin(w, BGP_ATTR_OPTIONAL | BGP_ATTR_TRANSITIVE,
				BGP_ATTR_TUNNEL_ENCAPS);
	unsigned int i;

	for (i = 0; i < o->gateways.n; i++)
		bgp_tunnel_encode(w, &o->gateways.a[i]);
	end(w, length);
}

static void put_communities6(struct wr *w, const struct bgp_announce_ctx *ctx,
			     const struct bgp_origin *o)
{
	uint8_t *length = begin(w, BGP_ATTR_OPTIONAL | BGP_ATTR_TRANSITIVE,
				BGP_ATTR_EXT_COMMUNITIES6);
	unsigned int i;

	for (i = 0; i < o->gateways.n; i++)
		bgp_sgi_encode6(w, ctx->sgi_subtype, ctx->sgi_transitive,
				&o->gateways.a[i]);
	end(w, length);
}

static bool has_gateway6(const struct bgp_origin *o)
{
	unsigned int i;

	for (i = 0; i < o->gateways.n; i++)
		if (o->gateways.a[i].family == AF_INET6)
			return true;
	return false;
}

/* All attributes but MP_REACH_NLRI, in order of type. */
static void put_attributes(struct wr *w, const struct bgp_announce_ctx *ctx,
			   const struct bgp_origin *o)
{
	put_path(w, ctx);
	if (bgp_origin_family(o) == BGP_IPV4) {
		put_head(w, BGP_ATTR_TRANSITIVE, BGP_ATTR_NEXT_HOP, 4);
		wr_bytes(w, ctx->next_hop4.b, 4);
	}
	if (ctx->ibgp)
		put_local_pref(w);
	if (encodes(ctx, o, BGP_ENCODE_COMMUNITY) || o->n_targets)
		put_communities(w, ctx, o);
	if (!ctx->ibgp && !ctx->as4 && ctx->as > UINT16_MAX)
		put_own_as(w, BGP_ATTR_OPTIONAL | BGP_ATTR_TRANSITIVE,
			   BGP_ATTR_AS4_PATH, ctx->as, true);
	if (encodes(ctx, o, BGP_ENCODE_TUNNEL))
		put_tunnels(w, o);
	if (has_gateway6(o) && encodes(ctx, o, BGP_ENCODE_COMMUNITY))
		put_communities6(w, ctx, o);
}

/* How many of o, from the first, are of one group and fit in room octets. */
static size_t count_fitting(const struct bgp_origin *o, size_t n, size_t room)
{
	size_t i, used = 0;

	for (i = 0; i < n && !group_cmp(o, o + i); i++) {
		used += nlri_size(&o[i]);
		if (used > room)
			break;
	}
	return i;
}

static size_t room_in(const struct wr *w)
{
	return w->end - w->p;
}

enum {
	/* What put_attributes() takes at most, with all gateways IPv6. */
	ATTRIBUTES = 1024,
	/* Head and next hop of MP_REACH_NLRI, or head of MP_UNREACH_NLRI. */
	MP_HEAD = 4 + 5 + 8 + 16,
};

size_t bgp_announce_encode(struct wr *w, const struct bgp_announce_ctx *ctx,
			   const struct bgp_origin *o, size_t n)
{
	uint8_t *start = bgp_msg_begin(w, BGP_MSG_UPDATE);
	bool plain = bgp_origin_family(o) == BGP_IPV4;
	uint8_t attributes[ATTRIBUTES], *length;
	struct wr a = wr_init(attributes, sizeof(attributes));
	size_t len;

	put_attributes(&a, ctx, o);
	len = a.p - attributes;
	wr_u16(w, 0); /* nothing withdrawn */
	length = wr_room(w, 2);
	n = count_fitting(o, n, room_in(w) - len - MP_HEAD);
	if (!plain)
		put_mp_reach(w, ctx, o, n);
	wr_bytes(w, attributes, len);
	end(w, length);
	if (plain)
		put_prefixes(w, o, n, false);
	bgp_msg_end(w, start);
	return n;
}

size_t bgp_withdraw_encode(struct wr *w, const struct bgp_origin *o, size_t n)
{
	uint8_t *start = bgp_msg_begin(w, BGP_MSG_UPDATE);
	size_t room = room_in(w) - 4 - MP_HEAD, used = 0, i;
	uint8_t family = bgp_origin_family(o);
	uint8_t *outer;

	for (i = 0; i < n && bgp_origin_family(&o[i]) == family; i++) {
		used += nlri_size(&o[i]);
		if (used > room)
			break;
	}
	n = i;
	if (family == BGP_IPV4) {
		outer = wr_room(w, 2);
		put_prefixes(w, o, n, true);
		end(w, outer);
		wr_u16(w, 0);
	} else {
		uint8_t *inner;

		wr_u16(w, 0);
		outer = wr_room(w, 2);
		inner = begin(w, BGP_ATTR_OPTIONAL, BGP_ATTR_MP_UNREACH);
		put_family(w, family);
		put_prefixes(w, o, n, true);
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

enum {
	MEMBERSHIP = 13, /* octets */
	/* A message's, beside what the rest of it takes at most. */
	MEMBERSHIPS = (BGP_MSG_MAX - 160) / MEMBERSHIP,
};

size_t bgp_membership_encode(struct wr *w, const struct bgp_announce_ctx *ctx,
			     const struct bgp_target *targets, size_t n)
{
	uint8_t *start = bgp_msg_begin(w, BGP_MSG_UPDATE);
	const struct addr *hop = &ctx->next_hop4;
	uint8_t *outer, *inner;

	if (!hop->family)
		hop = &ctx->next_hop6;
	if (n > MEMBERSHIPS)
		n = MEMBERSHIPS;
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

	if (n > MEMBERSHIPS)
		n = MEMBERSHIPS;
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
