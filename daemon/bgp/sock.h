/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets as BGP wants them: bound to a VRF's device, signed by TCP-MD5 (RFC
 * 2385) or TCP-AO (RFC 5925), never blocking. No state of its own. Functions that return an int
 * give a descriptor or 0, or a negative errno.
 */
#ifndef CESTEER_BGP_SOCK_H
#define CESTEER_BGP_SOCK_H

#include "bgp/bgp.h"

/* Listen on an address; vrf "" for none. */
int bgp_sock_listen(const struct addr *address, uint16_t port, const char *vrf);
/*
 * Begin to connect to a neighbor; writable when it has come to an end.
 * -EAGAIN: there is no SA, and the IKE daemon was asked for one.
 */
int bgp_sock_connect(const struct bgp_peer_conf *conf);
/*
 * Key for segments from and to a neighbor; "" removes it. For a listening
 * socket and for one that is about to connect.
 */
int bgp_sock_md5(int fd, const struct addr *neighbor, const char *password);
/*
 * The same with TCP-AO; len 0 removes it. -ENOPROTOOPT: this kernel has none.
 * What the neighbor sends without it, or with another key, is dropped.
 */
int bgp_sock_ao(int fd, const struct addr *neighbor, const struct bgp_ao *ao);
/* What to say of a failure to set that. */
const char *bgp_sock_ao_error(int err);
/*
 * Refuse what has come more hops than that (RFC 5082); 0: nothing. Segments
 * of ours are always sent with the greatest TTL.
 */
int bgp_sock_gtsm(int fd, uint8_t family, uint8_t hops);
/*
 * Send and take nothing but by the neighbor's SA, if it is configured so,
 * whatever becomes of the kernel's policies. Needs CAP_NET_ADMIN.
 */
int bgp_sock_ipsec(int fd, const struct bgp_peer_conf *conf);
/* The device that a socket is bound to, by its number; 0: none. */
unsigned int bgp_sock_device(int fd);
/* Set what an accepted connection does not inherit. */
void bgp_sock_tune(int fd);
/* How a connect ended: 0 or a negative errno. */
int bgp_sock_error(int fd);
/* Our own address of a connection; false when it is gone. */
bool bgp_sock_local(int fd, struct addr *local);
/*
 * An address of the family wanted (not link-local) of the interface, or, for
 * "", of the one that has the address local: what to give as a next hop for
 * another family.
 */
bool bgp_sock_sibling(const struct addr *local, const char *interface,
		      uint8_t wanted, struct addr *found);

#endif /* CESTEER_BGP_SOCK_H */
