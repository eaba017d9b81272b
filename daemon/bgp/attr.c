// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decoding of path attributes, one function each, with what RFC 7606, section
 * 7, makes of each one's errors. Never logs: faults are returned.
 */
#include "bgp/attr.h"

#include <stdio.h>
#include "base/array.h"
#include "bgp/msg.h"
#include "bgp/tunnel.h"
#include "bgp/wire.h"

/* One attribute, being looked at. */
struct attr {
	uint8_t flags, type;
	struct rd value;
	const uint8_t *p; /* header and all */
	size_t len;
};

struct decode {
	struct bgp_path *path;
	const struct bgp_update_ctx *ctx;
	struct bgp_faults *faults;
	bool plain;
	/* Read once all attributes are known. */
	struct rd communities, communities6, as4_path;
	struct attr tunnels;
	uint32_t aggregator; /* AS of a two-octet AGGREGATOR, 0 for none */
};

void bgp_faults_add(struct bgp_faults *f, const struct bgp_fault *fault)
{
	if (f->n < BGP_FAULTS_MAX)
		f->list[f->n++] = *fault;
	else if (fault->verdict > f->list[BGP_FAULTS_MAX - 1].verdict)
		f->list[BGP_FAULTS_MAX - 1] = *fault;
	if (fault->verdict > f->verdict)
		f->verdict = fault->verdict;
}

const struct bgp_fault *bgp_faults_worst(const struct bgp_faults *f)
{
	unsigned int i;

	for (i = 0; i < f->n; i++)
		if (f->list[i].verdict == f->verdict)
			return &f->list[i];
	return NULL;
}

static void fault(struct decode *d, const struct attr *a,
		  enum bgp_verdict verdict, uint8_t subcode, const char *why)
{
	struct bgp_fault f = { verdict, a->type, subcode, why, a->p, a->len };

	bgp_faults_add(d->faults, &f);
}

static void withdraw(struct decode *d, const struct attr *a, uint8_t subcode,
		     const char *why)
{
	fault(d, a, BGP_TREAT_AS_WITHDRAW, subcode, why);
}

static void discard(struct decode *d, const struct attr *a, const char *why)
{
	fault(d, a, BGP_DISCARD, BGP_UPDATE_OPTIONAL, why);
}

static size_t value_len(const struct attr *a)
{
	return rd_left(&a->value);
}

/* Attributes whose value is a list: neither empty nor with a remainder. */
static bool is_list(struct decode *d, const struct attr *a, size_t item)
{
	if (value_len(a) && value_len(a) % item == 0)
		return true;
	withdraw(d, a, BGP_UPDATE_OPTIONAL, "its length is not that of a list");
	return false;
}

/* A value of four octets that an external peer has no business sending. */
static bool internal_u32(struct decode *d, struct attr *a, uint32_t *v)
{
	if (!d->ctx->ibgp) {
		discard(d, a, "not for an external session");
		return false;
	}
	if (value_len(a) != 4) {
		withdraw(d, a, BGP_UPDATE_LENGTH, "its length is not 4");
		return false;
	}
	*v = rd_u32(&a->value);
	return true;
}

static bool decode_origin(struct decode *d, struct attr *a)
{
	if (value_len(a) != 1) {
		withdraw(d, a, BGP_UPDATE_LENGTH, "its length is not 1");
		return false;
	}
	d->path->origin = rd_u8(&a->value);
	if (d->path->origin > 2) {
		withdraw(d, a, BGP_UPDATE_ORIGIN, "its value is undefined");
		return false;
	}
	return true;
}

/* RFC 9774, section 3, for AS_PATH and AS4_PATH. */
static const char has_set[] = "a set of ASes is in it (RFC 9774)";

static bool decode_as_path(struct decode *d, struct attr *a)
{
	size_t as_size = d->ctx->as4 ? 4 : 2;
	const char *why = bgp_as_path_error(a->value.p, value_len(a), as_size,
					    d->ctx->ibgp);

	if (!why && bgp_as_path_has_set(a->value.p, value_len(a), as_size))
		why = has_set;
	if (!why && !bgp_as_path_expand(&d->path->as_path, a->value.p,
					value_len(a), as_size))
		why = "it is longer than any real path";
	if (!why)
		return true;
	withdraw(d, a, BGP_UPDATE_AS_PATH, why);
	return false;
}

static bool decode_next_hop(struct decode *d, struct attr *a)
{
	struct addr hop = { .family = AF_INET };

	if (value_len(a) != 4) {
		withdraw(d, a, BGP_UPDATE_LENGTH, "its length is not 4");
		return false;
	}
	memcpy(hop.b, a->value.p, 4);
	if (!addr_is_host(&hop)) {
		withdraw(d, a, BGP_UPDATE_NEXT_HOP, "not a host's address");
		return false;
	}
	d->path->next_hop = hop;
	return true;
}

static bool decode_med(struct decode *d, struct attr *a)
{
	if (value_len(a) != 4) {
		withdraw(d, a, BGP_UPDATE_LENGTH, "its length is not 4");
		return false;
	}
	d->path->med = rd_u32(&a->value);
	return true;
}

static bool decode_local_pref(struct decode *d, struct attr *a)
{
	return internal_u32(d, a, &d->path->local_pref);
}

static bool decode_atomic_aggregate(struct decode *d, struct attr *a)
{
	if (!value_len(a))
		return true;
	discard(d, a, "its length is not 0");
	return false;
}

static bool decode_aggregator(struct decode *d, struct attr *a)
{
	size_t as_size = d->ctx->as4 ? 4 : 2;
	uint32_t as;

	if (value_len(a) != as_size + 4) {
		discard(d, a, "its length is wrong");
		return false;
	}
	as = as_size == 2 ? rd_u16(&a->value) : rd_u32(&a->value);
	if (!as) {
		discard(d, a, "AS 0 is in it"); /* RFC 7607 */
		return false;
	}
	d->aggregator = as_size == 2 ? as : 0;
	return true;
}

static bool decode_communities(struct decode *d, struct attr *a)
{
	return is_list(d, a, 4);
}

static bool decode_originator_id(struct decode *d, struct attr *a)
{
	return internal_u32(d, a, &d->path->originator_id);
}

static bool decode_cluster_list(struct decode *d, struct attr *a)
{
	size_t n = value_len(a) / 4;

	if (!d->ctx->ibgp) {
		discard(d, a, "not for an external session");
		return false;
	}
	d->path->clusters = n < UINT8_MAX ? n : UINT8_MAX;
	return is_list(d, a, 4);
}

static void reset(struct decode *d, const struct attr *a, const char *why)
{
	fault(d, a, BGP_SESSION_RESET, BGP_UPDATE_OPTIONAL, why);
}

/* Our word for the family of an MP_ attribute, 0 when it is to be ignored. */
static uint8_t mp_family(struct decode *d, struct attr *a)
{
	uint16_t afi = rd_u16(&a->value);
	uint8_t family = bgp_family(afi, rd_u8(&a->value));

	return family & d->ctx->families;
}

/*
 * The first octets of a next hop by its length: a distinguisher of zeros in
 * VPN families (RFC 4364, 4.3.2; RFC 4659, 3.2.1), which may use the other
 * family's addresses; two addresses for IPv6, the second one link-local (RFC
 * 2545). That of a membership is never used: RFC 4684 has an address, but it may
 * be as the session's other families have it.
 */
static bool mp_next_hop(struct addr *hop, uint8_t family, bool feed,
			struct rd value)
{
	static const uint8_t zero[16];
	size_t len = rd_left(&value), skip = 0;

	memset(hop, 0, sizeof(*hop));
	switch (len) {
	case 4:
		hop->family = family & (BGP_IPV4 | BGP_RTC) ? AF_INET : 0;
		break;
	case 16:
	case 32:
		if (family & (BGP_IPV6 | BGP_RTC) ||
		    (family == BGP_IPV4 && feed))
			hop->family = AF_INET6;
		if (len == 32 && !memcmp(value.p, zero, 16))
			skip = 16;
		break;
	case 12:
	case 24:
	case 48:
		if (family & (BGP_VPNV4 | BGP_VPNV6 | BGP_RTC))
			hop->family = len == 12 ? AF_INET : AF_INET6;
		skip = 8;
		break;
	}
	if (!hop->family)
		return false;
	memcpy(hop->b, value.p + skip, addr_bits(hop->family) / 8);
	return true;
}

static void mp_prefixes(struct decode *d, struct attr *a, uint8_t family,
			struct bgp_nlri *to)
{
	*to = (struct bgp_nlri){ a->value.p, value_len(a), family,
				 d->ctx->add_path & family };
	if (bgp_nlri_valid(to))
		return;
	to->len = 0;
	fault(d, a, BGP_SESSION_RESET, BGP_UPDATE_NETWORK,
	      "its prefixes cannot be read");
}

static bool decode_mp_reach(struct decode *d, struct attr *a)
{
	uint8_t family = mp_family(d, a);
	uint8_t hop_len = rd_u8(&a->value);
	struct rd hop = rd_sub(&a->value, hop_len);

	rd_u8(&a->value);
	if (a->value.failed) {
		reset(d, a, "it is cut short");
		return false;
	}
	d->path->reaches = value_len(a) > 0;
	if (!family) {
		discard(d, a, "its family was not negotiated");
		return false;
	}
	if (!mp_next_hop(&d->path->mp_next_hop, family, d->ctx->feed, hop)) {
		static const char why[] = "its next hop's length is wrong";

		if (!d->ctx->feed) {
			reset(d, a, why);
			return false;
		}
		withdraw(d, a, BGP_UPDATE_OPTIONAL, why);
	} else if (!addr_is_host(&d->path->mp_next_hop)) {
		withdraw(d, a, BGP_UPDATE_OPTIONAL,
			 "its next hop is not a host's address");
	}
	mp_prefixes(d, a, family, &d->path->reach);
	return true;
}

static bool decode_mp_unreach(struct decode *d, struct attr *a)
{
	uint8_t family = mp_family(d, a);

	if (a->value.failed) {
		reset(d, a, "it is cut short");
		return false;
	}
	if (!family) {
		discard(d, a, "its family was not negotiated");
		return false;
	}
	d->path->unreach_family = family;
	mp_prefixes(d, a, family, &d->path->unreach);
	return true;
}

static bool decode_ext_communities(struct decode *d, struct attr *a)
{
	if (!is_list(d, a, BGP_EXT_COMMUNITY_LEN))
		return false;
	d->communities = a->value;
	return true;
}

/*
 * RFC 6793, section 6: what is wrong with AS4_PATH is discarded; of one that has
 * segments of a confederation, these.
 */
static bool decode_as4_path(struct decode *d, struct attr *a)
{
	const char *why =
		d->ctx->as4 ?
			"not for a session of four-octet ASes" :
			bgp_as_path_error(a->value.p, value_len(a), 4, true);

	if (!why && !value_len(a))
		why = "it is empty";
	if (why) {
		discard(d, a, why);
		return false;
	}
	if (bgp_as_path_has_set(a->value.p, value_len(a), 4)) {
		withdraw(d, a, BGP_UPDATE_AS_PATH, has_set);
		return false;
	}
	d->path->as4_confed =
		bgp_as_path_has_confed(a->value.p, value_len(a), 4);
	d->as4_path = a->value;
	return true;
}

static bool decode_as4_aggregator(struct decode *d, struct attr *a)
{
	if (d->ctx->as4) {
		discard(d, a, "not for a session of four-octet ASes");
		return false;
	}
	if (value_len(a) != 8 || !rd_u32(&a->value)) {
		discard(d, a, "its length is not 8, or its AS is 0");
		return false;
	}
	return true;
}

static bool decode_ext_communities6(struct decode *d, struct attr *a)
{
	if (!is_list(d, a, BGP_EXT_COMMUNITY6_LEN))
		return false;
	d->communities6 = a->value;
	return true;
}

static bool decode_tunnels(struct decode *d, struct attr *a)
{
	d->tunnels = *a;
	return true;
}

static bool decode_large_communities(struct decode *d, struct attr *a)
{
	return is_list(d, a, 12);
}

enum {
	WELL_KNOWN = BGP_ATTR_TRANSITIVE,
	OPTIONAL = BGP_ATTR_OPTIONAL,
	OPTIONAL_TRANSITIVE = BGP_ATTR_OPTIONAL | BGP_ATTR_TRANSITIVE,
};

/* The attributes we know: false from decode means that it was not taken. */
static const struct kind {
	const char *name;
	uint8_t flags;
	bool (*decode)(struct decode *d, struct attr *a);
} kinds[BGP_ATTR_TYPES] = {
	[BGP_ATTR_ORIGIN] = { "ORIGIN", WELL_KNOWN, decode_origin },
	[BGP_ATTR_AS_PATH] = { "AS_PATH", WELL_KNOWN, decode_as_path },
	[BGP_ATTR_NEXT_HOP] = { "NEXT_HOP", WELL_KNOWN, decode_next_hop },
	[BGP_ATTR_MED] = { "MULTI_EXIT_DISC", OPTIONAL, decode_med },
	[BGP_ATTR_LOCAL_PREF] = { "LOCAL_PREF", WELL_KNOWN, decode_local_pref },
	[BGP_ATTR_ATOMIC_AGGREGATE] = { "ATOMIC_AGGREGATE", WELL_KNOWN,
					decode_atomic_aggregate },
	[BGP_ATTR_AGGREGATOR] = { "AGGREGATOR", OPTIONAL_TRANSITIVE,
				  decode_aggregator },
	[BGP_ATTR_COMMUNITIES] = { "COMMUNITIES", OPTIONAL_TRANSITIVE,
				   decode_communities },
	[BGP_ATTR_ORIGINATOR_ID] = { "ORIGINATOR_ID", OPTIONAL,
				     decode_originator_id },
	[BGP_ATTR_CLUSTER_LIST] = { "CLUSTER_LIST", OPTIONAL,
				    decode_cluster_list },
	[BGP_ATTR_MP_REACH] = { "MP_REACH_NLRI", OPTIONAL, decode_mp_reach },
	[BGP_ATTR_MP_UNREACH] = { "MP_UNREACH_NLRI", OPTIONAL,
				  decode_mp_unreach },
	[BGP_ATTR_EXT_COMMUNITIES] = { "EXTENDED_COMMUNITIES",
				       OPTIONAL_TRANSITIVE,
				       decode_ext_communities },
	[BGP_ATTR_AS4_PATH] = { "AS4_PATH", OPTIONAL_TRANSITIVE,
				decode_as4_path },
	[BGP_ATTR_AS4_AGGREGATOR] = { "AS4_AGGREGATOR", OPTIONAL_TRANSITIVE,
				      decode_as4_aggregator },
	[BGP_ATTR_EXT_COMMUNITIES6] = { "IPV6_EXTENDED_COMMUNITIES",
					OPTIONAL_TRANSITIVE,
					decode_ext_communities6 },
	[BGP_ATTR_TUNNEL_ENCAPS] = { "TUNNEL_ENCAPS", OPTIONAL_TRANSITIVE,
				     decode_tunnels },
	[BGP_ATTR_LARGE_COMMUNITIES] = { "LARGE_COMMUNITIES",
					 OPTIONAL_TRANSITIVE,
					 decode_large_communities },
};

static const struct kind *kind_of(uint8_t type)
{
	if (type >= ARRAY_SIZE(kinds) || !kinds[type].name)
		return NULL;
	return &kinds[type];
}

const char *bgp_attr_name(uint8_t type, char *buf)
{
	const struct kind *k = kind_of(type);

	if (k)
		snprintf(buf, BGP_ATTR_NAME, "%s", k->name);
	else
		snprintf(buf, BGP_ATTR_NAME, "attribute %u", type);
	return buf;
}

static bool is_mp(uint8_t type)
{
	return type == BGP_ATTR_MP_REACH || type == BGP_ATTR_MP_UNREACH;
}

static void decode_one(struct decode *d, struct attr *a, uint64_t *met)
{
	const uint8_t mask = BGP_ATTR_OPTIONAL | BGP_ATTR_TRANSITIVE;
	const struct kind *k = kind_of(a->type);

	d->path->count++;
	if (!k) {
		if (!(a->flags & BGP_ATTR_OPTIONAL))
			fault(d, a, BGP_SESSION_RESET, BGP_UPDATE_WELL_KNOWN,
			      "claims to be well-known");
		return;
	}
	if (*met >> a->type & 1) {
		if (is_mp(a->type))
			fault(d, a, BGP_SESSION_RESET, BGP_UPDATE_ATTR_LIST,
			      "it comes twice");
		else
			discard(d, a, "it comes twice");
		return;
	}
	*met |= 1ULL << a->type;
	if ((a->flags & mask) != k->flags)
		withdraw(d, a, BGP_UPDATE_FLAGS, "its flags are wrong");
	if (k->decode(d, a))
		d->path->seen |= 1ULL << a->type;
}

/* RFC 7606, section 4: past a wrong length nothing more can be found. */
static bool next_attr(struct rd *r, struct attr *a)
{
	size_t len;

	a->p = r->p;
	a->len = rd_left(r);
	a->flags = rd_u8(r);
	a->type = rd_u8(r);
	len = a->flags & BGP_ATTR_EXTENDED_LENGTH ? rd_u16(r) : rd_u8(r);
	a->value = rd_sub(r, len);
	if (r->failed)
		return false;
	a->len = r->p - a->p;
	return true;
}

static void missing(struct decode *d, uint8_t type)
{
	struct attr a = { .type = type };

	withdraw(d, &a, BGP_UPDATE_MISSING, "the UPDATE lacks it");
}

/* RFC 7606, section 3 d: well-known mandatory attributes, where due. */
static void check_mandatory(struct decode *d, uint64_t met)
{
	if (!d->plain && !d->path->reach.len)
		return;
	if (!(met >> BGP_ATTR_ORIGIN & 1))
		missing(d, BGP_ATTR_ORIGIN);
	if (!(met >> BGP_ATTR_AS_PATH & 1))
		missing(d, BGP_ATTR_AS_PATH);
	if (d->plain && !(met >> BGP_ATTR_NEXT_HOP & 1))
		missing(d, BGP_ATTR_NEXT_HOP);
}

/*
 * RFC 6793, 4.2.3: an AGGREGATOR that an old speaker has rewritten shows that
 * AS4_PATH is older than the path.
 */
static void merge_as4(struct decode *d)
{
	if (!bgp_path_has(d->path, BGP_ATTR_AS4_PATH))
		return;
	if (d->aggregator && d->aggregator != BGP_AS_TRANS)
		return;
	bgp_as_path_merge(&d->path->as_path, d->as4_path.p,
			  rd_left(&d->as4_path));
}

/* A route target, of whatever administrator (RFC 4360, section 4; RFC 5668). */
static bool is_target(const uint8_t *c)
{
	return c[0] <= 2 && c[1] == 2;
}

static void take_targets(struct bgp_path *path, struct rd r)
{
	while (rd_left(&r)) {
		const uint8_t *c = rd_bytes(&r, BGP_EXT_COMMUNITY_LEN);

		if (!is_target(c))
			continue;
		if (path->n_targets == BGP_TARGETS_MAX) {
			path->more_targets = true;
			return;
		}
		memcpy(path->targets[path->n_targets++].b, c, 8);
	}
}

/* RFC 9012, section 11: elsewhere it should never have come this far. */
static void take_tunnels(struct decode *d)
{
	struct bgp_path *path = d->path;
	const char *why;

	if (!bgp_path_has(path, BGP_ATTR_TUNNEL_ENCAPS))
		return;
	why = bgp_tunnel_decode(&path->sgi, d->tunnels.value.p,
				value_len(&d->tunnels), &path->mp_next_hop);
	if (why)
		withdraw(d, &d->tunnels, BGP_UPDATE_OPTIONAL, why);
}

void bgp_attrs_decode(struct bgp_path *path, const uint8_t *p, size_t len,
		      bool plain, const struct bgp_update_ctx *ctx,
		      struct bgp_faults *faults)
{
	struct bgp_as_path as_path = path->as_path;
	struct decode d = { path, ctx, faults, plain, .aggregator = 0 };
	struct rd r = rd_init(p, len);
	uint64_t met = 0;

	memset(path, 0, sizeof(*path));
	path->as_path = as_path;
	path->as_path.len = 0;
	while (rd_left(&r)) {
		struct attr a;

		if (!next_attr(&r, &a)) {
			withdraw(&d, &a, BGP_UPDATE_LENGTH,
				 "it reaches beyond the attributes' end");
			break;
		}
		decode_one(&d, &a, &met);
	}
	check_mandatory(&d, met);
	merge_as4(&d);
	path->vpn = path->reach.family & (BGP_VPNV4 | BGP_VPNV6);
	if (path->vpn)
		take_targets(path, d.communities);
	bgp_sgi_decode(&path->sgi, ctx->sgi_subtype, d.communities.p,
		       rd_left(&d.communities), d.communities6.p,
		       rd_left(&d.communities6));
	if (path->vpn)
		take_tunnels(&d);
}
