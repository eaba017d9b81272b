// SPDX-License-Identifier: GPL-2.0-only
/*
 * A forwarded packet is routed as if it came in once more, one of this host's
 * own as if it were sent once more. Its route says where it would go in clear
 * text, which it does not: the bundle that XFRM puts in its place takes from it
 * the address family and a bound for the MTU.
 */
#include <net/inet_dscp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>

#include "compat/flow.h"
#include "compat/gso.h"
#include "route.h"

static int forward4(struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);

	if (ip_route_input(skb, iph->daddr, iph->saddr,
			   inet_dsfield_to_dscp(iph->tos), skb->dev))
		return -EHOSTUNREACH;
	return 0;
}

static int local4(struct net *net, struct sk_buff *skb, struct sock *sk)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct flowi4 fl = {
		.daddr = iph->daddr,
		.saddr = iph->saddr,
		.flowi4_proto = iph->protocol,
		.flowi4_mark = skb->mark,
		.flowi4_flags = FLOWI_FLAG_ANYSRC,
		.flowi4_oif = sk ? sk->sk_bound_dev_if : 0,
		.flowi4_l3mdev = l3mdev_master_ifindex_rcu(skb->dev),
		.flowi4_uid = sock_net_uid(net, sk),
	};
	struct rtable *rt;

	cs_compat_flow_set_tos(flowi4_to_flowi(&fl), iph->tos);
	rt = ip_route_output_key(net, &fl);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	skb_dst_set(skb, &rt->dst);
	return 0;
}

#if IS_ENABLED(CONFIG_IPV6)
static void flow6_init(struct flowi6 *fl, const struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);

	*fl = (struct flowi6){
		.daddr = ip6h->daddr,
		.saddr = ip6h->saddr,
		.flowlabel = ip6_flowinfo(ip6h),
		.flowi6_proto = ip6h->nexthdr,
		.flowi6_mark = skb->mark,
	};
}

static int forward6(struct net *net, struct sk_buff *skb)
{
	struct flowi6 fl;

	flow6_init(&fl, skb);
	fl.flowi6_iif = skb->dev->ifindex;
	skb_dst_set(skb, ip6_route_input_lookup(net, skb->dev, &fl, skb,
						RT6_LOOKUP_F_HAS_SADDR));
	return 0;
}

static int local6(struct net *net, struct sk_buff *skb, struct sock *sk)
{
	struct flowi6 fl;

	flow6_init(&fl, skb);
	fl.flowi6_oif = sk ? sk->sk_bound_dev_if : 0;
	fl.flowi6_l3mdev = l3mdev_master_ifindex_rcu(skb->dev);
	fl.flowi6_uid = sock_net_uid(net, sk);
	skb_dst_set(skb, ip6_route_output(net, sk, &fl));
	return 0;
}
#else
static int forward6(struct net *net, struct sk_buff *skb)
{
	return -EAFNOSUPPORT;
}

static int local6(struct net *net, struct sk_buff *skb, struct sock *sk)
{
	return -EAFNOSUPPORT;
}
#endif

bool cs_route_fits(const struct sk_buff *skb, enum cs_family family, u32 mtu)
{
	u32 own = family == CS_IPV4 ?
			  ip_dst_mtu_maybe_forward(skb_dst(skb), true) :
			  ip6_dst_mtu_maybe_forward(skb_dst(skb), true);

	mtu = min(mtu, own);
	return skb_is_gso(skb) ? skb_gso_validate_network_len(skb, mtu) :
				 skb->len <= mtu;
}

bool cs_route_is_open(struct sk_buff *skb, enum cs_family family)
{
	const struct dst_entry *dst = skb_dst(skb);

	return dst->dev->priv_flags & IFF_XMIT_DST_RELEASE &&
	       cs_route_fits(skb, family, U32_MAX) &&
	       !skb_cow(skb, LL_RESERVED_SPACE(dst->dev) + dst->header_len);
}

int cs_route_again(struct net *net, struct sk_buff *skb,
		   const struct cs_key *key, struct sock *sk)
{
	int err;

	if (key->family == CS_IPV4)
		err = key->local ? local4(net, skb, sk) : forward4(skb);
	else
		err = key->local ? local6(net, skb, sk) : forward6(net, skb);
	/* A route may also say why there is none. */
	if (!err)
		err = skb_dst(skb)->error;
	if (err)
		skb_dst_drop(skb);
	return err;
}
