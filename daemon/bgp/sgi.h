/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Security Gateway Identities as extended communities, to and from octets.
 * Pure; allocates nothing.
 *
 * IPv4 gateway: an opaque community (RFC 4360, section 3.3) in attribute 16:
 *
 *     0      1      2      3      4      5      6      7
 *   | type | sub  | ver:4 flags:12 |     IPv4 address         |
 *
 *   type 0x03 transitive, 0x43 not; sub the speaker's sub-type (0x80 unless
 *   configured); ver 0, which is the first version; flags 0 when originated,
 *   and carried, not understood, when received.
 *
 * IPv6 gateway: an IPv6 address specific community (RFC 5701) in attribute
 * 25, type 0x00 transitive or 0x40 not, the same sub-type:
 *
 *     0      1      2  ...  17        18      19
 *   | type | sub  | IPv6 address | ver:4 flags:12 |
 *
 * The same, again, for speakers that drop attribute 25 (FRR before 10.1): four
 * opaque communities in attribute 16, each with a quarter of the address:
 *
 *     0      1      2             3             4      5      6      7
 *   | type | sub  | ver:4 part:2 tag:10       | quarter of the address |
 *
 *   ver 1; part 0 (the most significant quarter) to 3. Communities of a route
 *   are a set, sorted and merged at will on the way, and may be of several
 *   gateways: the tag says which quarters make an address. With the address
 *   as eight 16-bit words w0..w7,
 *
 *       tag = (w0 * 31^7 + w1 * 31^6 + ... + w7) mod 1021
 *
 *   An address is accepted when quarters of all four parts with one tag give
 *   that tag; where a part has several candidates (gateways that share a tag,
 *   or that share a quarter, which a set holds once), each combination that
 *   gives the tag is. The fallback carries no flags.
 *
 * A gateway that came by both ways counts once, with attribute 25's flags.
 */
#ifndef CESTEER_BGP_SGI_H
#define CESTEER_BGP_SGI_H

#include "base/buf.h"
#include "bgp/bgp.h"

#define BGP_EXT_COMMUNITY_LEN 8
#define BGP_EXT_COMMUNITY6_LEN 20

/* Identities of a route: in order of address, each once. */
struct bgp_sgi_set {
	uint8_t n;
	bool more; /* there were more than BGP_SGI_MAX: the last are gone */
	bool incomplete; /* quarters of an IPv6 address did not join */
	bool unknown; /* an identity of a later version was passed over */
	struct addr no_host; /* one that was passed over: 0.0.0.0, ... */
	struct bgp_sgi sgi[BGP_SGI_MAX];
};

/*
 * Add the identities of attribute 25 (p6, len6 octets, a multiple of 20) and
 * of attribute 16 (p, len octets, a multiple of 8) to an empty set. Anything
 * else in there is somebody else's.
 */
void bgp_sgi_decode(struct bgp_sgi_set *set, uint8_t subtype, const uint8_t *p,
		    size_t len, const uint8_t *p6, size_t len6);
/*
 * Write what attribute 16 (and 25, for an IPv6 gateway: nothing otherwise)
 * holds for one identity.
 */
void bgp_sgi_encode(struct wr *w, uint8_t subtype, bool transitive,
		    const struct addr *gateway);
void bgp_sgi_encode6(struct wr *w, uint8_t subtype, bool transitive,
		     const struct addr *gateway);
/* Add one that was carried otherwise (tunnel.h); a set keeps each once. */
void bgp_sgi_add(struct bgp_sgi_set *set, const struct addr *gateway,
		 uint16_t flags, bool transitive);
/* The tag that joins the quarters of an IPv6 address. */
uint16_t bgp_sgi_tag(const uint8_t address[16]);

#endif /* CESTEER_BGP_SGI_H */
