// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two short cuts of the way that hooks.c sees, never another verdict: a packet
 * is taken when all is at hand and nothing is to be said about it. Anything else
 * (drops, options, no SA yet, too long, what is for this host) goes on as if
 * this were not there.
 *
 * Behind PRE_ROUTING, where no hook but ours is at FORWARD: what is forwarded
 * goes straight to XFRM or to its device, and by POST_ROUTING if others have a
 * hook there. What is skipped is what nobody would see.
 *
 * The fast way, for devices that the administrator names: what comes in there
 * and is to be protected goes straight to XFRM, past all three hooks, whoever
 * else is there.
 *
 * The route is looked up as ever, and says what is forwarded at all: reverse
 * path filter, forwarding of the device, prohibited destinations, policy rules.
 */
#include <linux/if_vlan.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>

#include "compat/route.h"
#include "fast.h"
#include "steer/route.h"
#include "steer/xfrm.h"
#include "way.h"

/* A plain packet for this machine's link address, from the wire. */
static bool is_plain(struct sk_buff *skb)
{
	if (skb->pkt_type != PACKET_HOST || skb_vlan_tag_present(skb) ||
	    skb_shared(skb) || skb_dst(skb) || skb_sec_path(skb) ||
	    skb_sk_is_prefetched(skb))
		return false;
	/* A bridge's or a bond's port: it comes again, or is not routed. */
	if (rcu_access_pointer(skb->dev->rx_handler))
		return false;
#ifdef CONFIG_NET_SWITCHDEV
	if (skb->offload_l3_fwd_mark)
		return false;
#endif
	/* As skb_warn_if_lro(), which has its word later on. */
	return !skb_is_gso(skb) || skb_shinfo(skb)->gso_type;
}

/* These may move the header. Fragments and what has options are not taken. */
static bool header4(struct sk_buff *skb)
{
	const struct iphdr *iph;
	u32 len;

	if (!pskb_may_pull(skb, sizeof(*iph)))
		return false;
	iph = ip_hdr(skb);
	len = ntohs(iph->tot_len);
	if (iph->version != 4 || iph->ihl != 5 || ip_is_fragment(iph) ||
	    iph->ttl <= 1 || len < sizeof(*iph) || len > skb->len ||
	    ipv4_is_multicast(iph->daddr) || ipv4_is_lbcast(iph->daddr) ||
	    ip_fast_csum((const u8 *)iph, iph->ihl))
		return false;
	skb_set_transport_header(skb, sizeof(*iph));
	return !pskb_trim_rcsum(skb, len);
}

static bool is_global(const struct in6_addr *addr)
{
	int type = ipv6_addr_type(addr);

	return type & IPV6_ADDR_UNICAST &&
	       !(type & (IPV6_ADDR_LINKLOCAL | IPV6_ADDR_LOOPBACK));
}

static bool is_plain6(const struct sk_buff *skb)
{
	const struct net *net = dev_net(skb->dev);
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);

	return READ_ONCE(net->ipv6.devconf_all->forwarding) &&
	       !READ_ONCE(net->ipv6.devconf_all->proxy_ndp) &&
	       !ipv6_ext_hdr(ip6h->nexthdr) && ip6h->hop_limit > 1 &&
	       is_global(&ip6h->saddr) && is_global(&ip6h->daddr);
}

static bool header6(struct sk_buff *skb)
{
	const struct inet6_dev *idev = __in6_dev_get(skb->dev);
	const struct ipv6hdr *ip6h;
	u32 len;

	if (!idev || READ_ONCE(idev->cnf.disable_ipv6) ||
	    !pskb_may_pull(skb, sizeof(*ip6h)))
		return false;
	ip6h = ipv6_hdr(skb);
	len = sizeof(*ip6h) + ntohs(ip6h->payload_len);
	if (ip6h->version != 6 || !ip6h->payload_len || len > skb->len ||
	    !is_plain6(skb))
		return false;
	skb_set_transport_header(skb, sizeof(*ip6h));
	return !pskb_trim_rcsum(skb, len);
}

/* Packets of its route are counted by realm. */
static bool is_classified(const struct rtable *rt)
{
#ifdef CONFIG_IP_ROUTE_CLASSID
	return rt->dst.tclassid;
#else
	return false;
#endif
}

/*
 * Would it be forwarded, without a word to its sender (a redirect)? Then the packet
 * has its route, which the stack takes as its own where it goes on; and IPv4's has
 * it in any case.
 */
static bool is_forwarded4(struct sk_buff *skb)
{
	const struct rtable *rt;

	if (!skb_dst(skb) && cs_compat_route_input_noref(skb))
		return false;
	rt = skb_rtable(skb);
	if (is_classified(rt))
		return false;
	return rt->rt_type == RTN_UNICAST && !rt->dst.error &&
	       !rt->dst.lwtstate && !(IPCB(skb)->flags & IPSKB_DOREDIRECT);
}

#if IS_ENABLED(CONFIG_IPV6)
static bool is_forwarded6(struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	/* Where a VRF's rules look, it came in by the VRF. */
	struct net_device *dev = l3mdev_master_dev_rcu(skb->dev) ?: skb->dev;
	struct net *net = dev_net(skb->dev);
	const struct rt6_info *rt;
	struct flow_keys keys;
	struct flowi6 fl = {
		.flowi6_iif = dev->ifindex,
		.daddr = ip6h->daddr,
		.saddr = ip6h->saddr,
		.flowlabel = ip6_flowinfo(ip6h),
		.flowi6_proto = ip6h->nexthdr,
		.flowi6_mark = skb->mark,
	};

	fib6_rules_early_flow_dissect(net, skb, &fl, &keys);
	skb_dst_set_noref(
		skb, ip6_route_input_lookup(net, dev, &fl, skb,
					    RT6_LOOKUP_F_HAS_SADDR |
						    RT6_LOOKUP_F_DST_NOREF));
	rt = (const struct rt6_info *)skb_dst(skb);
	if (!rt->dst.error && !rt->dst.lwtstate && rt->dst.dev != skb->dev &&
	    !(rt->rt6i_flags & (RTF_LOCAL | RTF_ANYCAST | RTF_REJECT)))
		return true;
	skb_dst_drop(skb);
	return false;
}
#else
static bool is_forwarded6(struct sk_buff *skb)
{
	return false;
}
#endif

/*
 * What PRE_ROUTING and FORWARD would say about it.
 * Return: the gateway that the packet goes to, when nothing waits for that; or
 * NULL.
 */
static struct cs_gateway *gateway_of(struct cs_net *cn, u32 id,
				     struct cs_key *key,
				     enum cesteer_reason *in)
{
	struct cs_vpn *vpn = cs_way_vpn(cn, key->dev);
	struct cs_gateway *gw;
	struct cs_verdict v;

	/* A device may have come into another VRF since it was named. */
	if (!vpn || vpn->id != id)
		return NULL;
	cs_verdict_out(cn, vpn, key, &v);
	gw = v.gateway;
	if (v.reason != CESTEER_REASON_PROTECTED ||
	    cs_queue_is_waiting(&gw->queue))
		return NULL;
	cs_verdict_in(cn, vpn, key, false, 0, &v);
	*in = v.reason;
	if (cs_stats_reason_verdict(v.reason) == CESTEER_VERDICT_DROP)
		return NULL;
	return gw;
}

/* What forwarding does to a packet. */
static __always_inline void forward(struct sk_buff *skb, enum cs_family family)
{
	if (family == CS_IPV4) {
		struct net *net = dev_net(skb->dev);

		ip_decrease_ttl(ip_hdr(skb));
		if (READ_ONCE(net->ipv4.sysctl_ip_fwd_update_priority))
			skb->priority = rt_tos2priority(ip_hdr(skb)->tos);
	} else {
		ipv6_hdr(skb)->hop_limit--;
	}
	skb_forward_csum(skb);
	skb_clear_tstamp(skb);
	skb_reset_redirect(skb);
	skb_orphan(skb);
}

static bool is_forwarded(struct sk_buff *skb, enum cs_family family)
{
	return family == CS_IPV4 ? is_forwarded4(skb) : is_forwarded6(skb);
}

static bool take(struct cs_device *d, struct sk_buff *skb,
		 enum cs_family family)
{
	unsigned int len = skb->len;
	struct cs_net *cn = d->cn;
	enum cesteer_reason in;
	struct cs_gateway *gw;
	struct cs_key key;

	cs_key_init(&key, skb, skb->dev, family, false);
	gw = gateway_of(cn, d->vpn, &key, &in);
	if (!gw || !cs_policies_has_none(&cn->policies))
		return false;
	if (family == CS_IPV4)
		memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	else
		memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	if (!is_forwarded(skb, family) || !cs_xfrm_short_cut(skb, &key, gw)) {
		skb_dst_drop(skb);
		return false;
	}
	cs_stats_reason(cn->stats, in);
	cs_way_protected(cn, gw, len);
	cs_stats_add(*d->packets, 1);
	forward(skb, family);
	cs_xfrm_output(skb);
	return true;
}

unsigned int cs_fast_ingress(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	bool taken = false;

	if (!is_plain(skb))
		return NF_ACCEPT;
	if (skb->protocol == htons(ETH_P_IP))
		taken = header4(skb) && take(priv, skb, CS_IPV4);
	else if (skb->protocol == htons(ETH_P_IPV6))
		taken = header6(skb) && take(priv, skb, CS_IPV6);
	return taken ? NF_STOLEN : NF_ACCEPT;
}

static bool skip_empty_hooks = true;
module_param(skip_empty_hooks, bool, 0644);
MODULE_PARM_DESC(skip_empty_hooks,
		 "forward directly where no hook of others would see it");

static const struct nf_hook_entries *hooks_at(const struct cs_net *cn,
					      enum cs_family family,
					      enum nf_inet_hooks hook)
{
	return family == CS_IPV4 ?
		       rcu_dereference(cn->net->nf.hooks_ipv4[hook]) :
		       rcu_dereference(cn->net->nf.hooks_ipv6[hook]);
}

static bool is_alone_at(const struct cs_net *cn, enum cs_family family,
			enum nf_inet_hooks hook)
{
	const struct nf_hook_entries *e = hooks_at(cn, family, hook);

	return e && e->num_hook_entries == 1 && e->hooks[0].priv == cn;
}

/*
 * Is it this hook of ours that packets leave PRE_ROUTING by? The first one does
 * what the last one would do next when nobody is between them, or just about to
 * go from there. A hook of the same priority may be behind the last one: one that
 * is older.
 */
static bool is_last(const struct cs_net *cn, enum cs_family family, bool first)
{
	const struct nf_hook_entries *e =
		hooks_at(cn, family, NF_INET_PRE_ROUTING);
	unsigned int n = e ? e->num_hook_entries : 0;

	if (n < 2 || e->hooks[n - 1].priv != cn)
		return false;
	return (e->hooks[n - 2].priv == cn) == first;
}

static bool is_next(const struct cs_net *cn, enum cs_family family)
{
	return READ_ONCE(skip_empty_hooks) &&
	       is_alone_at(cn, family, NF_INET_FORWARD);
}

/*
 * A packet that is alone with its addresses: the stack would route it next, and
 * nothing but them, its mark and its interface says where.
 */
static bool is_ordinary(const struct sk_buff *skb, enum cs_family family)
{
	if (skb->pkt_type != PACKET_HOST || skb_dst(skb) || skb->sk ||
	    skb_sec_path(skb) || (family == CS_IPV4 && ip_hdr(skb)->ihl != 5))
		return false;
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	/* On its way through a bridge. */
	if (skb_ext_exist(skb, SKB_EXT_BRIDGE_NF))
		return false;
#endif
	/* A VRF, or ipvlan's L3S, routes it anew behind us. */
	return !netif_is_l3_slave(skb->dev) && !netif_is_l3_master(skb->dev) &&
	       !netif_has_l3_rx_handler(skb->dev);
}

/*
 * The packet gets the route that it would get next, or none: then the stack
 * looks for it as ever, and says what is wrong with it.
 * Return: whether the route leads on, and is the routing table's to keep.
 */
static bool route4(struct sk_buff *skb)
{
	if (cs_compat_route_input_noref(skb))
		return false;
	if (skb_rtable(skb)->rt_type == RTN_UNICAST)
		return skb_dst_is_noref(skb);
	/* The socket that it is for may know it, which an IKE daemon's do not. */
	if (skb_rtable(skb)->rt_type != RTN_LOCAL ||
	    ip_hdr(skb)->protocol == IPPROTO_TCP)
		skb_dst_drop(skb);
	return false;
}

/*
 * As ip_forward() and ip6_forward() see it, but for what header4() and 6 do.
 */
static bool is_plain_behind(const struct sk_buff *skb, enum cs_family family)
{
#ifdef CONFIG_NET_SWITCHDEV
	if (skb->offload_l3_fwd_mark)
		return false;
#endif
	if (skb_is_gso(skb) && !skb_shinfo(skb)->gso_type)
		return false;
	if (family == CS_IPV4)
		return ip_hdr(skb)->ttl > 1;
	return is_plain6(skb);
}

/*
 * In clear text. What enters a VRF leaves by another VPN, whose word
 * POST_ROUTING's last look has.
 */
static bool is_open(struct sk_buff *skb, enum cs_family family)
{
	const struct net_device *dev = skb_dst(skb)->dev;

	return !netif_is_l3_slave(dev) && !netif_is_l3_master(dev) &&
	       cs_route_is_open(skb, family);
}

/*
 * Is nothing to be said about the packet, with the verdict that our hook at
 * FORWARD would come to? It is routed first: what the verdict is about to read
 * has time to come from memory.
 */
static bool may_go(struct cs_net *cn, const struct cs_vpn *vpn,
		   struct cs_key *key, struct sk_buff *skb,
		   struct cs_verdict *v)
{
	if (!is_plain_behind(skb, key->family) ||
	    !is_forwarded(skb, key->family))
		return false;
	cs_verdict_out(cn, vpn, key, v);
	if (cs_stats_reason_verdict(v->reason) == CESTEER_VERDICT_DROP)
		return false;
	if (!v->gateway)
		return is_open(skb, key->family);
	return !cs_queue_is_waiting(&v->gateway->queue) &&
	       cs_xfrm_short_cut(skb, key, v->gateway);
}

/*
 * To its neighbor, as ip_output() would send it where POST_ROUTING is skipped. That
 * it fits its route was seen before.
 * Return: whether it was sent; it is as it was otherwise.
 */
static bool leave4(struct net *net, struct sk_buff *skb)
{
	struct rtable *rt = skb_rtable(skb);
	struct neighbour *neigh;
	bool other_family = false;

	if (rt->dst.output != ip_output || IPCB(skb)->frag_max_size)
		return false;
	neigh = ip_neigh_for_gw(rt, skb, &other_family);
	if (IS_ERR(neigh))
		return false;
	IP_UPD_PO_STATS(net, IPSTATS_MIB_OUT, skb->len);
	skb->dev = rt->dst.dev;
	skb->protocol = htons(ETH_P_IP);
	sock_confirm_neigh(skb, neigh);
	neigh_output(neigh, skb, other_family);
	return true;
}

/* To XFRM or to its device, by POST_ROUTING unless we are alone there. */
static void output(const struct cs_net *cn, struct sk_buff *skb,
		   enum cs_family family, bool alone)
{
	if (family == CS_IPV4) {
		__IP_INC_STATS(cn->net, IPSTATS_MIB_OUTFORWDATAGRAMS);
		IPCB(skb)->flags |= IPSKB_FORWARDED;
		if (alone && leave4(cn->net, skb))
			return;
		if (alone)
			IPCB(skb)->flags |= IPSKB_REROUTED;
	} else {
		__IP6_INC_STATS(cn->net, ip6_dst_idev(skb_dst(skb)),
				IPSTATS_MIB_OUTFORWDATAGRAMS);
		if (alone)
			IP6CB(skb)->flags |= IP6SKB_REROUTED;
	}
	dst_output(cn->net, NULL, skb);
}

static bool go(struct cs_net *cn, const struct cs_vpn *vpn, struct cs_key *key,
	       struct sk_buff *skb)
{
	bool alone = is_alone_at(cn, key->family, NF_INET_POST_ROUTING);
	u32 generation = cs_netns_generation(cn);
	enum cs_family family = key->family;
	unsigned int len = skb->len;
	struct cs_verdict v;

	if (!may_go(cn, vpn, key, skb, &v))
		return false;
	if (v.gateway) {
		cs_way_protected(cn, v.gateway, len);
	} else if (alone) {
		cs_stats_reason(cn->stats, v.reason);
	} else {
		/* The header may have moved. */
		cs_key_init(key, skb, skb->dev, family, false);
		cs_way_pass(cn, vpn, generation, key, v.reason);
	}
	forward(skb, family);
	output(cn, skb, family, alone);
	return true;
}

unsigned int cs_fast_forward(struct cs_net *cn, const struct cs_vpn *vpn,
			     struct cs_key *key, struct sk_buff *skb,
			     enum cs_family family, bool first)
{
	bool next;

	/* Mostly for this host. */
	if (cs_way_is_esp(skb, family) || !is_last(cn, family, first))
		return NF_ACCEPT;
	next = is_next(cn, family);
	if ((!next && !cs_spare_is_on(family)) ||
	    !cs_policies_has_none(&cn->policies) || !is_ordinary(skb, family) ||
	    (family == CS_IPV4 && !route4(skb)))
		return NF_ACCEPT;
	if (!first) {
		vpn = cs_way_vpn(cn, skb->dev);
		cs_key_init(key, skb, skb->dev, family, false);
	}
	if (next && vpn && go(cn, vpn, key, skb))
		return NF_STOLEN;
	if (cs_spare_is_on(family))
		cs_spare(&cn->spare, skb);
	return NF_ACCEPT;
}
