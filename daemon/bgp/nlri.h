/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of prefixes as UPDATE messages carry them (RFC 4271, section 4.3; RFC
 * 4760, section 5): each a length in bits and as many octets as it needs. In
 * front of the length there may be a path identifier (RFC 7911); in front of
 * the prefix, of VPN families, a label and a route distinguisher (RFC 4364,
 * section 4.3.4; RFC 8277). Pure; allocates nothing.
 */
#ifndef CESTEER_BGP_NLRI_H
#define CESTEER_BGP_NLRI_H

#include "base/buf.h"
#include "bgp/family.h"

/* Prefixes a message of 64 KiB can hold: each takes an octet at least. */
#define BGP_NLRI_MAX 65535

/* A list still as octets, in somebody else's buffer. */
struct bgp_nlri {
	const uint8_t *p;
	size_t len; /* octets */
	uint8_t family; /* BGP_IPV4, ... */
	bool add_path; /* with path identifiers */
};

/* Whether the list can be decoded to its end (RFC 7606, section 5.3). */
bool bgp_nlri_valid(const struct bgp_nlri *list);
/*
 * Take from the front of a valid list the prefixes that have one id: a path
 * identifier, or a route distinguisher, or 0 where there is neither. out has
 * room for list->len prefixes; bits beyond a prefix's length are cleared.
 * Returns their number, 0 at the list's end. Not for BGP_RTC.
 */
size_t bgp_nlri_take(struct bgp_nlri *list, uint64_t *id, struct prefix *out);
/* Octets that a prefix takes in a list of a unicast family. */
size_t bgp_nlri_size(const struct prefix *p);
void bgp_nlri_encode(struct wr *w, const struct prefix *p);
/*
 * The same of a VPN family, which takes BGP_NLRI_VPN octets more. label: the 24
 * bits on the wire, the last of which ends the stack (RFC 8277, section 2.2).
 */
#define BGP_NLRI_VPN 11
#define BGP_LABEL_WITHDRAWN 0x800000 /* RFC 8277, section 2.4 */
void bgp_nlri_encode_vpn(struct wr *w, uint32_t label, uint64_t rd,
			 const struct prefix *p);

#endif /* CESTEER_BGP_NLRI_H */
