/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of prefixes as UPDATE messages carry them (RFC 4271, section 4.3; RFC
 * 4760, section 5): each a length in bits and as many octets as it needs.
 * Pure; allocates nothing.
 */
#ifndef CESTEER_BGP_NLRI_H
#define CESTEER_BGP_NLRI_H

#include "base/addr.h"
#include "base/buf.h"

/* Prefixes a message of 64 KiB can hold: each takes an octet at least. */
#define BGP_NLRI_MAX 65535

/* A list still as octets, in somebody else's buffer. */
struct bgp_nlri {
	const uint8_t *p;
	size_t len; /* octets */
	uint8_t family; /* AF_INET or AF_INET6 */
};

/* Whether the list can be decoded to its end (RFC 7606, section 5.3). */
bool bgp_nlri_valid(const struct bgp_nlri *list);
/*
 * Decode a valid list into out, which has room for list->len prefixes; bits
 * beyond a prefix's length are cleared. Returns their number.
 */
size_t bgp_nlri_decode(const struct bgp_nlri *list, struct prefix *out);
/* Octets that a prefix takes in a list. */
size_t bgp_nlri_size(const struct prefix *p);
void bgp_nlri_encode(struct wr *w, const struct prefix *p);

#endif /* CESTEER_BGP_NLRI_H */
