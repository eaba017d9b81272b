// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The Tunnel Encapsulation attribute; the format is drawn in the header. Never
 * judges whether an identity may be believed. RFC 9012, sections 2, 3.1, 13.
 */
#include "bgp/tunnel.h"

#include "bgp/wire.h"

enum {
	TYPE_IPSEC = 4,
	SUB_ENDPOINT = 6,
	SUB_LONG = 128, /* from here on lengths have two octets */
	RESERVED = 4,
};

/* A tunnel's endpoint: it has exactly one, and that is right. */
struct endpoint {
	unsigned int n;
	struct addr address;
};

/* What no packet can be sent to; those of documentation are for labs. */
static bool is_destination(const struct addr *a)
{
	static const uint8_t v6_low[12]; /* ::1, and IPv4 in IPv6 */

	if (!addr_is_host(a) || addr_is_link_local(a))
		return false;
	if (a->family == AF_INET6)
		return memcmp(a->b, v6_low, 10);
	return a->b[0] && a->b[0] != 127 && (a->b[0] != 169 || a->b[1] != 254);
}

/* An IPv4 next hop that VPNv6 has mapped to IPv6 (RFC 4659, 3.2.1.2). */
static struct addr unmapped(const struct addr *a)
{
	static const uint8_t head[12] = { [10] = 0xff, 0xff };
	struct addr v4 = { .family = AF_INET };

	if (a->family != AF_INET6 || memcmp(a->b, head, sizeof(head)))
		return *a;
	memcpy(v4.b, a->b + 12, 4);
	return v4;
}

static void take_endpoint(struct endpoint *e, struct rd r,
			  const struct addr *next_hop)
{
	struct addr a = { 0 };
	uint16_t afi;

	e->n++;
	rd_bytes(&r, RESERVED);
	afi = rd_u16(&r);
	if (r.failed)
		return;
	if (!afi && !rd_left(&r)) {
		a = unmapped(next_hop);
	} else if (afi == BGP_AFI_IPV4 && rd_left(&r) == 4) {
		a.family = AF_INET;
		memcpy(a.b, r.p, 4);
	} else if (afi == BGP_AFI_IPV6 && rd_left(&r) == 16) {
		a.family = AF_INET6;
		memcpy(a.b, r.p, 16);
	}
	if (a.family && is_destination(&a))
		e->address = a;
}

/* The sub-TLVs of one tunnel; false when they do not end where it does. */
static bool take_tunnel(struct endpoint *e, struct rd r,
			const struct addr *next_hop)
{
	while (rd_left(&r)) {
		uint8_t type = rd_u8(&r);
		size_t len = type < SUB_LONG ? rd_u8(&r) : rd_u16(&r);
		struct rd value = rd_sub(&r, len);

		if (r.failed)
			return false;
		if (type == SUB_ENDPOINT)
			take_endpoint(e, value, next_hop);
	}
	return true;
}

const char *bgp_tunnel_decode(struct bgp_sgi_set *set, const uint8_t *p,
			      size_t len, const struct addr *next_hop)
{
	struct rd r = rd_init(p, len);
	struct bgp_sgi_set found = *set;
	bool valid = false;

	while (rd_left(&r)) {
		struct endpoint e = { 0 };
		uint16_t type = rd_u16(&r);
		size_t tunnel_len = rd_u16(&r);
		struct rd tunnel = rd_sub(&r, tunnel_len);

		if (r.failed)
			return "a tunnel reaches beyond its end";
		if (!take_tunnel(&e, tunnel, next_hop))
			return "a tunnel's parts reach beyond its end";
		/* As if it were not there: of what it says we know nothing. */
		if (type != TYPE_IPSEC) {
			valid = true;
			continue;
		}
		if (e.n != 1 || !e.address.family)
			continue;
		valid = true;
		bgp_sgi_add(&found, &e.address, 0, true);
	}
	if (!valid)
		return "it has no tunnel with an endpoint";
	*set = found;
	return NULL;
}

void bgp_tunnel_encode(struct wr *w, const struct addr *gateway)
{
	bool ipv6 = gateway->family == AF_INET6;
	uint8_t octets = addr_bits(gateway->family) / 8;
	uint8_t value = RESERVED + 2 + octets;

	wr_u16(w, TYPE_IPSEC);
	wr_u16(w, 2 + value);
	wr_u8(w, SUB_ENDPOINT);
	wr_u8(w, value);
	wr_u32(w, 0);
	wr_u16(w, ipv6 ? BGP_AFI_IPV6 : BGP_AFI_IPV4);
	wr_bytes(w, gateway->b, octets);
}
