/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address families that we speak, as bits of a set (bgp.h), and what is
 * known of each. Pure.
 */
#ifndef CESTEER_BGP_FAMILY_H
#define CESTEER_BGP_FAMILY_H

#include "bgp/bgp.h"

enum { BGP_FAMILIES = 5 };

struct bgp_family {
	uint8_t bit;
	uint16_t afi;
	uint8_t safi;
	uint8_t af; /* AF_INET or AF_INET6, of the prefixes */
	const char *name; /* "ipv4", "vpnv6", ... */
};

extern const struct bgp_family bgp_families[BGP_FAMILIES];

/* AFI and SAFI to one of the bits, 0 for another. */
uint8_t bgp_family(uint16_t afi, uint8_t safi);
/* What belongs to one bit. */
const struct bgp_family *bgp_family_of(uint8_t bit);
/* Text of a set, "ipv4 ipv6", into buf (BGP_FAMILIES_TEXT). Returns buf. */
#define BGP_FAMILIES_TEXT 40
const char *bgp_families_text(uint8_t set, char *buf);

#endif /* CESTEER_BGP_FAMILY_H */
