/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What packets that come by and packets that have waited have in common: whose
 * they are, their way into an SA, and their end.
 */
#ifndef CS_HOOKS_WAY_H
#define CS_HOOKS_WAY_H

#include <net/ip.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>

#include "netns/netns.h"
#include "steer/verdict.h"

/**
 * cs_way_vpn() - the VPN of an interface
 * @cn: namespace
 * @dev: where a packet came in, or was sent
 * Context: RCU. Return: VPN or NULL.
 */
static inline struct cs_vpn *cs_way_vpn(struct cs_net *cn,
					const struct net_device *dev)
{
	u32 id = 0;

	if (netif_is_l3_slave(dev) || netif_is_l3_master(dev))
		id = l3mdev_fib_table_rcu(dev);
	return cs_vpn_find(&cn->vpns, id);
}

/**
 * cs_way_is_esp() - is it ESP, or AH
 * @skb: packet with a network header
 * @family: of that header
 * Context: any.
 */
static inline bool cs_way_is_esp(const struct sk_buff *skb,
				 enum cs_family family)
{
	u8 proto = family == CS_IPV4 ? ip_hdr(skb)->protocol :
				       ipv6_hdr(skb)->nexthdr;

	return proto == IPPROTO_ESP || proto == IPPROTO_AH;
}

/**
 * cs_way_steer() - put a packet on the way of the first gateway that can be
 * @cn: namespace
 * @skb: packet with a route
 * @key: the same packet
 * @v: its verdict, with the gateway to begin with; gets the one that was used
 * @own: a gateway whose queue the packet has left, or NULL
 *
 * A gateway that XFRM has no policy for is passed over while another one of the
 * set is usable. One that has no SA yet is not: it would never get one.
 *
 * Context: softirq or process, RCU. Return: as cs_xfrm_steer(), but NO_SA also
 * when packets wait for that gateway already.
 */
enum cesteer_reason cs_way_steer(struct cs_net *cn, struct sk_buff *skb,
				 const struct cs_key *key, struct cs_verdict *v,
				 const struct cs_gateway *own);

/**
 * cs_way_protected() - count a packet that is on its way into an SA
 * @cn: namespace
 * @gw: its gateway
 * @len: its octets before encapsulation
 * Context: BH disabled.
 */
void cs_way_protected(struct cs_net *cn, struct cs_gateway *gw,
		      unsigned int len);

/**
 * cs_way_pass() - count a packet that may pass, and remember it for POST_ROUTING
 * @cn: namespace
 * @vpn: VPN
 * @generation: the namespace's, read before the verdict was asked for
 * @key: the packet
 * @reason: why; remembered when nothing but its addresses says so
 * Context: BH disabled.
 */
void cs_way_pass(struct cs_net *cn, const struct cs_vpn *vpn, u32 generation,
		 const struct cs_key *key, enum cesteer_reason reason);

/**
 * cs_way_drop() - count a packet that is dropped, and raise an event
 * @cn: namespace
 * @vpn: VPN, or NULL when it is gone: no event then
 * @key: the packet, which is the caller's to free
 * @v: why, and whose
 * Context: BH disabled, RCU.
 */
void cs_way_drop(struct cs_net *cn, const struct cs_vpn *vpn,
		 struct cs_key *key, const struct cs_verdict *v);

#endif /* CS_HOOKS_WAY_H */
