/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Routing what comes in.
 */
#ifndef CS_COMPAT_ROUTE_H
#define CS_COMPAT_ROUTE_H

#include <net/inet_dscp.h>
#include <net/ip.h>
#include <net/route.h>

/*
 * ip_route_input_noref() of a packet as it came in, by its addresses. What says
 * its class is a u8, and a dscp_t in later kernels: without ECN they are the
 * same.
 */
static inline int cs_compat_route_input_noref(struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);

	return ip_route_input_noref(skb, iph->daddr, iph->saddr,
				    iph->tos & INET_DSCP_MASK, skb->dev);
}

#endif /* CS_COMPAT_ROUTE_H */
