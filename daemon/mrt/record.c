// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MRT records from octets. Never touches a file, never logs. RFC 6396,
 * sections 2 and 4; RFC 8050.
 */
#include "mrt/record.h"

#include "bgp/family.h"
#include "bgp/wire.h"

enum { TABLE_DUMP_V2 = 13, BGP4MP = 16, BGP4MP_ET = 17 };

/* Subtypes of TABLE_DUMP_V2. */
enum {
	PEER_INDEX_TABLE = 1,
	RIB_IPV4 = 2,
	RIB_IPV6 = 4,
	RIB_GENERIC = 6,
	RIB_IPV4_ADDPATH = 8,
	RIB_IPV6_ADDPATH = 10,
	RIB_GENERIC_ADDPATH = 12,
};

/* Subtypes of BGP4MP. */
enum {
	STATE_CHANGE = 0,
	MESSAGE = 1,
	MESSAGE_AS4 = 4,
	STATE_CHANGE_AS4 = 5,
	MESSAGE_LOCAL = 6,
	MESSAGE_AS4_LOCAL = 7,
	MESSAGE_ADDPATH = 8,
	MESSAGE_AS4_ADDPATH = 9,
	MESSAGE_LOCAL_ADDPATH = 10,
	MESSAGE_AS4_LOCAL_ADDPATH = 11,
};

/* Of a peer in the index. */
enum { PEER_IPV6 = 1, PEER_AS4 = 2 };

static enum mrt_kind table_kind(uint16_t subtype)
{
	switch (subtype) {
	case PEER_INDEX_TABLE:
		return MRT_INDEX;
	case RIB_IPV4:
	case RIB_IPV6:
	case RIB_GENERIC:
	case RIB_IPV4_ADDPATH:
	case RIB_IPV6_ADDPATH:
	case RIB_GENERIC_ADDPATH:
		return MRT_RIB;
	}
	return MRT_OTHER;
}

static enum mrt_kind session_kind(uint16_t subtype)
{
	switch (subtype) {
	case STATE_CHANGE:
	case STATE_CHANGE_AS4:
		return MRT_STATE;
	case MESSAGE:
	case MESSAGE_AS4:
	case MESSAGE_LOCAL:
	case MESSAGE_AS4_LOCAL:
	case MESSAGE_ADDPATH:
	case MESSAGE_AS4_ADDPATH:
	case MESSAGE_LOCAL_ADDPATH:
	case MESSAGE_AS4_LOCAL_ADDPATH:
		return MRT_MESSAGE;
	}
	return MRT_OTHER;
}

/*
 * How it says that it is no MRT but compressed, or NULL. No record has such a
 * time and type: before 2000 there was no MRT, and types are small numbers.
 */
static const char *compressed(const uint8_t *p)
{
	if (!memcmp(p, "\x1f\x8b\x08", 3))
		return "it is compressed, by gzip";
	if (!memcmp(p, "\x28\xb5\x2f\xfd", 4))
		return "it is compressed, by zstd";
	if (!memcmp(p, "BZh", 3) && !memcmp(p + 4, "1AY&SY", 6))
		return "it is compressed, by bzip2";
	if (!memcmp(p, "\xfd\x37zXZ\0", 6))
		return "it is compressed, by xz";
	return NULL;
}

int mrt_header_decode(const uint8_t *p, size_t n, struct mrt_header *h,
		      const char **why)
{
	struct rd r = rd_init(p, n);
	const char *packed;

	rd_u32(&r); /* the time */
	h->type = rd_u16(&r);
	h->subtype = rd_u16(&r);
	h->len = rd_u32(&r);
	if (r.failed)
		return 0;
	packed = compressed(p);
	if (packed) {
		*why = packed;
		return -1;
	}
	if (h->len > MRT_RECORD_MAX) {
		*why = "no MRT record is that long: is it compressed, or no MRT?";
		return -1;
	}
	h->kind = h->type == TABLE_DUMP_V2 ? table_kind(h->subtype) :
		  h->type == BGP4MP || h->type == BGP4MP_ET ?
					     session_kind(h->subtype) :
					     MRT_OTHER;
	return 1;
}

static void take_address(struct rd *r, bool ipv6, struct addr *a)
{
	const uint8_t *p = rd_bytes(r, ipv6 ? 16 : 4);

	memset(a, 0, sizeof(*a));
	a->family = ipv6 ? AF_INET6 : AF_INET;
	if (p)
		memcpy(a->b, p, ipv6 ? 16 : 4);
}

bool mrt_index_begin(struct rd *r, uint16_t *n, const char **why)
{
	uint16_t name;

	rd_u32(r); /* the collector's identifier */
	name = rd_u16(r);
	rd_bytes(r, name);
	*n = rd_u16(r);
	*why = "the peer index table is cut short";
	return !r->failed;
}

bool mrt_index_next(struct rd *r, struct mrt_peer *peer, const char **why)
{
	uint8_t type = rd_u8(r);

	peer->router_id = rd_u32(r);
	take_address(r, type & PEER_IPV6, &peer->address);
	peer->as = type & PEER_AS4 ? rd_u32(r) : rd_u16(r);
	*why = "a peer in the index table is cut short";
	return !r->failed;
}

/* A prefix as in an UPDATE: a length in bits, and as many octets. */
static struct rd take_prefix(struct rd *r)
{
	struct rd prefix = *r;
	uint8_t bits = rd_u8(r);

	rd_bytes(r, (bits + 7) / 8);
	prefix.end = r->p;
	return prefix;
}

bool mrt_rib_begin(struct rd *r, const struct mrt_header *h,
		   struct mrt_rib *rib, const char **why)
{
	memset(rib, 0, sizeof(*rib));
	rib->add_path = h->subtype >= RIB_IPV4_ADDPATH;
	rib->safi = BGP_SAFI_UNICAST;
	rd_u32(r); /* a sequence number */
	switch (h->subtype) {
	case RIB_IPV4:
	case RIB_IPV4_ADDPATH:
		rib->afi = BGP_AFI_IPV4;
		break;
	case RIB_IPV6:
	case RIB_IPV6_ADDPATH:
		rib->afi = BGP_AFI_IPV6;
		break;
	default:
		rib->afi = rd_u16(r);
		rib->safi = rd_u8(r);
	}
	rib->family = bgp_family(rib->afi, rib->safi) &
		      (BGP_IPV4 | BGP_IPV6 | BGP_VPNV4 | BGP_VPNV6);
	rib->prefix = take_prefix(r);
	rib->n = rd_u16(r);
	*why = "a prefix of the table is cut short";
	return !r->failed;
}

bool mrt_rib_next(struct rd *r, const struct mrt_rib *rib,
		  struct mrt_path *path, const char **why)
{
	uint16_t len;

	path->peer = rd_u16(r);
	rd_u32(r); /* when it came */
	path->id = rib->add_path ? rd_u32(r) : 0;
	len = rd_u16(r);
	path->attrs = rd_sub(r, len);
	*why = "a path of the table is cut short";
	return !r->failed;
}

/*
 * MP_REACH_NLRI's next hop, length octet and all. Some routers write the whole
 * attribute, which begins with the AFI, whose first octet is zero.
 */
static struct rd next_hop_of(struct rd value)
{
	struct rd hop = value;
	uint8_t len = rd_u8(&hop);

	if (!len && !value.failed) {
		rd_bytes(&value, 3);
		hop = value;
		len = rd_u8(&hop);
	}
	rd_bytes(&hop, len);
	value.end = hop.p;
	value.failed = hop.failed || !len;
	return value;
}

static void put_prefix(struct wr *w, const struct mrt_rib *rib,
		       const struct mrt_path *path)
{
	if (rib->add_path)
		wr_u32(w, path->id);
	wr_bytes(w, rib->prefix.p, rd_left(&rib->prefix));
}

static void put_mp_reach(struct wr *w, const struct mrt_rib *rib,
			 const struct mrt_path *path, const struct rd *hop)
{
	wr_u8(w, BGP_ATTR_OPTIONAL | BGP_ATTR_EXTENDED_LENGTH);
	wr_u8(w, BGP_ATTR_MP_REACH);
	wr_u16(w, 4 + rd_left(hop) + rd_left(&rib->prefix) +
			  (rib->add_path ? 4 : 0));
	wr_u16(w, rib->afi);
	wr_u8(w, rib->safi);
	wr_bytes(w, hop->p, rd_left(hop));
	wr_u8(w, 0);
	put_prefix(w, rib, path);
}

/* Copy the attributes; mp: whether MP_REACH_NLRI was among them. */
static const char *put_attrs(struct wr *w, const struct mrt_rib *rib,
			     const struct mrt_path *path, bool *mp)
{
	struct rd r = path->attrs;

	*mp = false;
	while (rd_left(&r)) {
		const uint8_t *start = r.p;
		uint8_t flags = rd_u8(&r);
		uint8_t type = rd_u8(&r);
		uint16_t len = flags & BGP_ATTR_EXTENDED_LENGTH ? rd_u16(&r) :
								  rd_u8(&r);
		struct rd value = rd_sub(&r, len);

		if (r.failed)
			return "its attributes are cut short";
		if (type != BGP_ATTR_MP_REACH) {
			wr_bytes(w, start, r.p - start);
			continue;
		}
		value = next_hop_of(value);
		if (*mp || value.failed)
			return "its next hop cannot be read";
		put_mp_reach(w, rib, path, &value);
		*mp = true;
	}
	if (!*mp && rib->family != BGP_IPV4)
		return "it has no next hop";
	return NULL;
}

size_t mrt_path_update(const struct mrt_rib *rib, const struct mrt_path *path,
		       uint8_t *out, const char **why)
{
	struct wr w = wr_init(out, MRT_UPDATE_MAX);
	uint8_t *attrs;
	size_t len;
	bool mp;

	wr_u32(&w, 0); /* nothing withdrawn; the attributes' length */
	attrs = w.p;
	*why = put_attrs(&w, rib, path, &mp);
	if (*why)
		return 0;
	len = w.p - attrs;
	if (w.failed || len > UINT16_MAX) {
		*why = "its attributes are too long";
		return 0;
	}
	attrs[-2] = len >> 8;
	attrs[-1] = len & 0xff;
	if (!mp)
		put_prefix(&w, rib, path);
	return w.p - out;
}

static bool is_as4(uint16_t subtype)
{
	switch (subtype) {
	case MESSAGE_AS4:
	case STATE_CHANGE_AS4:
	case MESSAGE_AS4_LOCAL:
	case MESSAGE_AS4_ADDPATH:
	case MESSAGE_AS4_LOCAL_ADDPATH:
		return true;
	}
	return false;
}

bool mrt_session_decode(struct rd r, const struct mrt_header *h,
			struct mrt_session *s, const char **why)
{
	struct addr local;
	uint16_t afi;

	memset(s, 0, sizeof(*s));
	*why = "it is cut short";
	if (h->type == BGP4MP_ET)
		rd_u32(&r); /* microseconds */
	s->as4 = is_as4(h->subtype);
	s->add_path = h->subtype >= MESSAGE_ADDPATH;
	s->local = h->subtype == MESSAGE_LOCAL ||
		   h->subtype == MESSAGE_AS4_LOCAL ||
		   h->subtype >= MESSAGE_LOCAL_ADDPATH;
	s->peer.as = s->as4 ? rd_u32(&r) : rd_u16(&r);
	s->local_as = s->as4 ? rd_u32(&r) : rd_u16(&r);
	rd_u16(&r); /* an interface */
	afi = rd_u16(&r);
	if (!r.failed && afi != BGP_AFI_IPV4 && afi != BGP_AFI_IPV6) {
		*why = "its session is of an unknown address family";
		return false;
	}
	take_address(&r, afi == BGP_AFI_IPV6, &s->peer.address);
	take_address(&r, afi == BGP_AFI_IPV6, &local);
	if (h->kind == MRT_STATE) {
		s->from = rd_u16(&r);
		s->to = rd_u16(&r);
	} else {
		s->message = r;
	}
	return !r.failed;
}
