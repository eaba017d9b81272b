// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steering by if_id. A gateway's XFRM policy covers everything and is found by
 * its if_id alone, so that no policy a prefix is needed; which packets go there
 * was decided before (verdict.c). What comes back without an SA to go through
 * is never let pass.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/dst.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/xfrm.h>

#include "compat/flow.h"
#include "compat/gso.h"
#include "xfrm.h"

/*
 * The flow names no interface: the way to the gateway is the routing table's
 * choice, not that of the inner destination. Only the VRF is kept.
 */
static void flow_init(struct flowi *fl, const struct sk_buff *skb,
		      const struct cs_key *key)
{
	memset(fl, 0, sizeof(*fl));
	fl->flowi_mark = skb->mark;
	fl->flowi_l3mdev = l3mdev_master_ifindex_rcu(skb_dst(skb)->dev);
	if (key->family == CS_IPV4) {
		const struct iphdr *iph = ip_hdr(skb);

		fl->u.ip4.saddr = iph->saddr;
		fl->u.ip4.daddr = iph->daddr;
		fl->flowi_proto = iph->protocol;
		cs_compat_flow_set_tos(fl, iph->tos);
	} else {
		const struct ipv6hdr *ip6h = ipv6_hdr(skb);

		fl->u.ip6.saddr = ip6h->saddr;
		fl->u.ip6.daddr = ip6h->daddr;
		fl->flowi_proto = ip6h->nexthdr;
	}
}

/* Would the packet have to be cut, and may not be? Then tell its sender. */
static bool too_big(struct sk_buff *skb, enum cs_family family)
{
	struct dst_entry *dst = skb_dst(skb);
	u32 mtu = dst_mtu(dst);

	if (family == CS_IPV6)
		mtu = max_t(u32, mtu, IPV6_MIN_MTU);
	else if (!(ip_hdr(skb)->frag_off & htons(IP_DF)))
		return false;
	if (skb->ignore_df)
		return false;
	if (skb_is_gso(skb) ? skb_gso_validate_network_len(skb, mtu) :
			      skb->len <= mtu)
		return false;
	if (family == CS_IPV4) {
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
	} else {
		skb->dev = dst->dev;
		icmpv6_send(skb, ICMPV6_PKT_TOOBIG, 0, mtu);
	}
	return true;
}

enum cesteer_reason cs_xfrm_steer(struct net *net, struct sk_buff *skb,
				  const struct cs_key *key,
				  const struct cs_gateway *gw)
{
	struct dst_entry *dst;
	struct flowi fl;

	flow_init(&fl, skb, key);
	if (!skb_dst_force(skb))
		return CESTEER_REASON_XFRM_ERROR;
	/* Takes the packet's reference on its route, whatever comes of it. */
	dst = xfrm_lookup_with_ifid(net, skb_dst(skb), &fl, NULL, 0, gw->if_id);
	if (IS_ERR(dst)) {
		skb_dst_set(skb, NULL);
		if (dst == ERR_PTR(-EREMOTE) || dst == ERR_PTR(-EAGAIN))
			return CESTEER_REASON_NO_SA;
		return CESTEER_REASON_XFRM_ERROR;
	}
	skb_dst_set(skb, dst);
	if (!dst->xfrm)
		return CESTEER_REASON_NO_POLICY;
	if (too_big(skb, key->family))
		return CESTEER_REASON_TOO_BIG;
	/*
	 * Source NAT that comes later would look its policy up again without
	 * the if_id, find none, and send the packet on in clear text. With
	 * this flag it leaves the way alone.
	 */
	if (key->family == CS_IPV4)
		IPCB(skb)->flags |= IPSKB_XFRM_TRANSFORMED;
	else
		IP6CB(skb)->flags |= IP6SKB_XFRM_TRANSFORMED;
	return CESTEER_REASON_PROTECTED;
}

bool cs_xfrm_is_pending(const struct sk_buff *skb)
{
	return skb_dst(skb)->xfrm;
}

bool cs_xfrm_is_transformed(const struct sk_buff *skb, enum cs_family family)
{
	if (family == CS_IPV4)
		return IPCB(skb)->flags & IPSKB_XFRM_TRANSFORMED;
	return IP6CB(skb)->flags & IP6SKB_XFRM_TRANSFORMED;
}

u32 cs_xfrm_if_id_out(const struct sk_buff *skb)
{
	return skb_dst(skb)->xfrm->if_id;
}

u32 cs_xfrm_if_id_in(const struct sk_buff *skb, bool *decapsulated)
{
	const struct sec_path *sp = skb_sec_path(skb);

	*decapsulated = sp && sp->len;
	return *decapsulated ? sp->xvec[sp->len - 1]->if_id : 0;
}

void cs_xfrm_verified(struct sk_buff *skb)
{
	secpath_reset(skb);
}
