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
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/xfrm.h>

#include "bundle.h"
#include "compat/gso.h"
#include "route.h"
#include "xfrm.h"

/*
 * The flow names neither an interface nor a type of service: the way to the
 * gateway is the routing table's choice, and the same for all packets. Only the
 * VRF is kept.
 */
static void flow_init(struct flowi *fl, const struct sk_buff *skb,
		      const struct cs_key *key, int l3mdev)
{
	memset(fl, 0, sizeof(*fl));
	fl->flowi_mark = skb->mark;
	fl->flowi_l3mdev = l3mdev;
	if (key->family == CS_IPV4) {
		const struct iphdr *iph = ip_hdr(skb);

		fl->u.ip4.saddr = iph->saddr;
		fl->u.ip4.daddr = iph->daddr;
		fl->flowi_proto = iph->protocol;
	} else {
		const struct ipv6hdr *ip6h = ipv6_hdr(skb);

		fl->u.ip6.saddr = ip6h->saddr;
		fl->u.ip6.daddr = ip6h->daddr;
		fl->flowi_proto = ip6h->nexthdr;
	}
}

/* As dst_mtu() would find out: a bundle always has one of its own. */
static u32 bundle_mtu(const struct dst_entry *dst)
{
	return dst_metric_raw(dst, RTAX_MTU);
}

/* Would the packet have to be cut, and may not be? Then tell its sender. */
static bool too_big(struct sk_buff *skb, enum cs_family family)
{
	struct dst_entry *dst = skb_dst(skb);
	u32 mtu = bundle_mtu(dst);

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

/* Selects everything, and asks for no mark. */
static bool selects_all(const struct xfrm_selector *sel,
			const struct xfrm_mark *mark)
{
	return !sel->prefixlen_s && !sel->prefixlen_d && !sel->proto &&
	       !sel->sport_mask && !sel->dport_mask && !sel->ifindex &&
	       !mark->m;
}

/* Its outer route depends on no packet's mark: it sets none, or all of it. */
static bool marks_alike(const struct xfrm_state *x)
{
	const struct xfrm_mark *mark = &x->props.smark;

	return mark->m == U32_MAX || !(mark->m | mark->v);
}

/* The packet's own addresses choose neither its SA nor its way. */
static bool is_tunnel(const struct xfrm_state *x)
{
	return x->props.mode == XFRM_MODE_TUNNEL ||
	       x->props.mode == XFRM_MODE_BEET;
}

/*
 * The route of the packet that it was made for is not what bounds its MTU. That
 * route may be for one address only.
 */
static bool mtu_is_outer(const struct dst_entry *dst)
{
	const struct xfrm_dst *xdst = (const struct xfrm_dst *)dst;

	return bundle_mtu(dst) < xdst->route_mtu_cached;
}

/*
 * IPv4's has from that packet's route whether it was unicast, and for somebody
 * else. Of any other ICMP would say nothing (too_big()).
 */
static bool is_unicast(const struct xfrm_dst *xdst)
{
	return xdst->u.dst.ops->family != AF_INET ||
	       !(xdst->u.rt.rt_flags &
		 (RTCF_BROADCAST | RTCF_MULTICAST | RTCF_LOCAL));
}

bool cs_xfrm_bundle_is_common(const struct dst_entry *dst)
{
	const struct xfrm_dst *xdst = (const struct xfrm_dst *)dst;
	const struct xfrm_state *x;

	if (xdst->num_pols != 1 || !mtu_is_outer(dst) ||
	    !is_tunnel(dst->xfrm) || !is_unicast(xdst) ||
	    !selects_all(&xdst->pols[0]->selector, &xdst->pols[0]->mark))
		return false;
	for (; (x = dst->xfrm); dst = xfrm_dst_child(dst))
		if (!selects_all(&x->sel, &x->mark) || !marks_alike(x))
			return false;
	return true;
}

bool cs_xfrm_bundle_holds(struct dst_entry *dst)
{
	struct xfrm_policy *policy = ((struct xfrm_dst *)dst)->pols[0];
	time64_t now = ktime_get_real_seconds();

	if (!dst_check(dst, 0) || !mtu_is_outer(dst))
		return false;
	/* As a lookup would; but to write at each packet is dear. */
	if (READ_ONCE(policy->curlft.use_time) != now)
		WRITE_ONCE(policy->curlft.use_time, now);
	return true;
}

/*
 * The device is to make ESP of it (packet offload). It would go there in clear
 * text: in some kernels past the last hook, in others by it, and there it could
 * not be told from a leak.
 */
static bool leaves_in_clear(const struct dst_entry *dst)
{
	return dst->xfrm->xso.type == XFRM_DEV_OFFLOAD_PACKET;
}

/* What XFRM has for the packet, which loses its route. */
static struct dst_entry *lookup(struct net *net, struct sk_buff *skb,
				const struct cs_key *key, struct cs_gateway *gw,
				int l3mdev)
{
	struct dst_entry *dst;
	struct flowi fl;

	flow_init(&fl, skb, key, l3mdev);
	if (!skb_dst_force(skb))
		return ERR_PTR(-EHOSTUNREACH);
	dst = dst_clone(skb_dst(skb));
	skb_dst_drop(skb);
	dst = xfrm_lookup_with_ifid(net, dst, &fl, NULL, 0, gw->if_id);
	if (IS_ERR(dst) || !dst->xfrm)
		return dst;
	if (leaves_in_clear(dst)) {
		dst_release(dst);
		return ERR_PTR(-EOPNOTSUPP);
	}
	cs_bundle_keep(gw, key->family, l3mdev, dst);
	return dst;
}

/*
 * Source NAT that comes later would look its policy up again without the if_id,
 * find none, and send the packet on in clear text. With this flag it leaves the
 * way alone.
 */
static void mark_transformed(struct sk_buff *skb, enum cs_family family)
{
	if (family == CS_IPV4)
		IPCB(skb)->flags |= IPSKB_XFRM_TRANSFORMED;
	else
		IP6CB(skb)->flags |= IP6SKB_XFRM_TRANSFORMED;
}

enum cesteer_reason cs_xfrm_steer(struct net *net, struct sk_buff *skb,
				  const struct cs_key *key,
				  struct cs_gateway *gw)
{
	int l3mdev = l3mdev_master_ifindex_rcu(skb_dst(skb)->dev);
	struct dst_entry *dst;

	dst = cs_bundle_get(gw, key->family, l3mdev);
	if (dst)
		skb_dst_drop(skb);
	else
		dst = lookup(net, skb, key, gw, l3mdev);
	if (IS_ERR(dst)) {
		if (dst == ERR_PTR(-EREMOTE) || dst == ERR_PTR(-EAGAIN))
			return CESTEER_REASON_NO_SA;
		return CESTEER_REASON_XFRM_ERROR;
	}
	skb_dst_set(skb, dst);
	if (!dst->xfrm)
		return CESTEER_REASON_NO_POLICY;
	if (too_big(skb, key->family))
		return CESTEER_REASON_TOO_BIG;
	mark_transformed(skb, key->family);
	return CESTEER_REASON_PROTECTED;
}

bool cs_xfrm_short_cut(struct sk_buff *skb, const struct cs_key *key,
		       struct cs_gateway *gw)
{
	int l3mdev = l3mdev_master_ifindex_rcu(skb_dst(skb)->dev);
	struct dst_entry *dst;

	dst = cs_bundle_get(gw, key->family, l3mdev);
	if (!dst)
		return false;
	if (!cs_route_fits(skb, key->family, bundle_mtu(dst)) ||
	    skb_cow(skb, LL_RESERVED_SPACE(dst->dev) + dst->header_len)) {
		dst_release(dst);
		return false;
	}
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	mark_transformed(skb, key->family);
	return true;
}

void cs_xfrm_output(struct sk_buff *skb)
{
	xfrm_output(NULL, skb);
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

/* A look at so many policies, which is under their lock. */
#define POLICIES 256

static int is_foreign(struct xfrm_policy *policy, int dir, int count, void *arg)
{
	unsigned int *left = arg;

	/* A socket's own, such as an IKE daemon's, is for nobody else. */
	if (!policy->if_id && dir < XFRM_POLICY_MAX)
		return -EEXIST;
	if (!*left)
		return -EAGAIN;
	--*left;
	return 0;
}

bool cs_xfrm_has_foreign_policy(struct net *net)
{
	struct xfrm_policy_walk walk;
	unsigned int left;
	int err;

	xfrm_policy_walk_init(&walk, XFRM_POLICY_TYPE_ANY);
	do {
		left = POLICIES;
		err = xfrm_policy_walk(net, &walk, is_foreign, &left);
		cond_resched();
	} while (err == -EAGAIN);
	xfrm_policy_walk_done(&walk, net);
	return err && err != -ENOENT;
}

static void (*watcher)(struct net *net, u32 if_id);
static void (*policy_watcher)(struct net *net, bool came);

static int notify(struct xfrm_state *x, const struct km_event *c)
{
	switch (c->event) {
	case XFRM_MSG_NEWSA:
	case XFRM_MSG_UPDSA:
	case XFRM_MSG_DELSA:
	case XFRM_MSG_EXPIRE:
		if (x && x->if_id)
			watcher(xs_net(x), x->if_id);
		break;
	case XFRM_MSG_FLUSHSA:
		watcher(c->net, 0);
		break;
	default:
		/* Nothing came or went (NEWAE, once a few packets). */
		break;
	}
	return 0;
}

static int notify_policy(struct xfrm_policy *policy, int dir,
			 const struct km_event *c)
{
	/* All policies of a namespace were flushed: none is named. */
	if (!policy)
		policy_watcher(c->net, false);
	else if (!policy->if_id)
		policy_watcher(xp_net(policy),
			       c->event == XFRM_MSG_NEWPOLICY ||
				       c->event == XFRM_MSG_UPDPOLICY);
	return 0;
}

/* We are no key manager: each question is left to those that are. */
static int acquire(struct xfrm_state *x, struct xfrm_tmpl *tmpl,
		   struct xfrm_policy *policy)
{
	return -EINVAL;
}

static struct xfrm_policy *compile_policy(struct sock *sk, int opt, u8 *data,
					  int len, int *dir)
{
	return NULL;
}

static struct xfrm_mgr manager = {
	.notify = notify,
	.notify_policy = notify_policy,
	.acquire = acquire,
	.compile_policy = compile_policy,
};

void cs_xfrm_watch(void (*changed)(struct net *net, u32 if_id),
		   void (*policy_changed)(struct net *net, bool came))
{
	watcher = changed;
	policy_watcher = policy_changed;
	xfrm_register_km(&manager);
}

void cs_xfrm_unwatch(void)
{
	xfrm_unregister_km(&manager);
}
