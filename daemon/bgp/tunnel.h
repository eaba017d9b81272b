/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identities in a Tunnel Encapsulation attribute (RFC 9012), as VPN sessions
 * may carry them. Pure; allocates nothing. A list of tunnels, here one for each
 * gateway:
 *
 *     0      1      2      3
 *   | tunnel type | length      | sub-TLVs
 *
 * of which each has a type, a length in one octet (two from type 128 up), and:
 *
 *     0 ... 3       4      5      6 ...
 *   | reserved    | AFI         | address |       type 6, Tunnel Egress Endpoint
 *
 *   AFI 1 or 2 with an address of 4 or 16 octets, or 0 without any: then the
 *   endpoint is the route's next hop.
 *
 * The tunnel type is 4, IPsec in tunnel mode (RFC 5566): deprecated, but no
 * other says ESP, and nothing else may mean it. Tunnels of other types are
 * somebody else's.
 */
#ifndef CESTEER_BGP_TUNNEL_H
#define CESTEER_BGP_TUNNEL_H

#include "bgp/sgi.h"

/* Octets that a gateway takes at most. */
#define BGP_TUNNEL_LEN 28

/*
 * Add the endpoints of an attribute's value to a set. NULL, or why the route is
 * to be treated as withdrawn (RFC 9012, section 13): then nothing is added.
 */
const char *bgp_tunnel_decode(struct bgp_sgi_set *set, const uint8_t *p,
			      size_t len, const struct addr *next_hop);
void bgp_tunnel_encode(struct wr *w, const struct addr *gateway);

#endif /* CESTEER_BGP_TUNNEL_H */
