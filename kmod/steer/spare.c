// SPDX-License-Identifier: GPL-2.0-only
/*
 * XFRM passes over a packet whose route says so (DST_NOXFRM, which the sysctl
 * disable_xfrm of an interface gives to all of its routes) and one that is
 * marked (IPSKB_NOPOLICY, the sysctl disable_policy). A route is shared with
 * whoever else sends that way, so that forwarded packets get a copy, one for
 * each next hop. The copy is used for as long as the routing table comes up with
 * the very route that it was made of.
 */
#include <linux/hash.h>
#include <linux/inetdevice.h>
#include <linux/module.h>
#include <net/ip.h>
#include <net/route.h>

#include "spare.h"

static bool spare_packets = true;
module_param(spare_packets, bool, 0644);
MODULE_PARM_DESC(spare_packets,
		 "spare forwarded IPv4 packets XFRM's vain look for a policy");

/**
 * struct cs_spare_pair - a route and its copy, and a reference on each
 * @route: what the routing table keeps for a next hop
 * @copy: the same, but that XFRM passes over it
 * @rcu: for its end
 */
struct cs_spare_pair {
	struct dst_entry *route;
	struct dst_entry *copy;
	struct rcu_head rcu;
};

static_assert(!IS_ENABLED(CONFIG_SMP) ||
	      offsetofend(struct cs_spare, pairs) <=
		      round_down(offsetof(struct cs_spare, lock),
				 SMP_CACHE_BYTES));

void cs_spare_init(struct cs_spare *s)
{
	s->again = jiffies;
	spin_lock_init(&s->lock);
}

void cs_spare_open(struct cs_spare *s)
{
	spin_lock_bh(&s->lock);
	s->open = true;
	spin_unlock_bh(&s->lock);
}

/*
 * The copy's device is let go at once, whoever still holds the copy: as the
 * routing table does with its own.
 */
static void pair_free(struct cs_spare_pair *pair)
{
	dst_dev_put(pair->copy);
	dst_release(pair->copy);
	dst_release(pair->route);
	kfree_rcu(pair, rcu);
}

static void forget(struct cs_spare *s, const struct net_device *dev)
{
	struct cs_spare_pair *pair;
	int i;

	for (i = 0; i < CS_SPARE_PAIRS; i++) {
		pair = rcu_dereference_protected(s->pairs[i],
						 lockdep_is_held(&s->lock));
		if (!pair || (dev && pair->copy->dev != dev))
			continue;
		RCU_INIT_POINTER(s->pairs[i], NULL);
		pair_free(pair);
	}
}

void cs_spare_forget(struct cs_spare *s, const struct net_device *dev)
{
	spin_lock_bh(&s->lock);
	forget(s, dev);
	spin_unlock_bh(&s->lock);
}

void cs_spare_close(struct cs_spare *s)
{
	spin_lock_bh(&s->lock);
	s->open = false;
	forget(s, NULL);
	spin_unlock_bh(&s->lock);
}

/*
 * What is copied is all that a plain route by a next hop has, and nothing that
 * changes while it is valid (an exception). A device that
 * looks at its packets' routes (a VTI) gets the packets as they are.
 */
static bool is_plain(const struct rtable *rt)
{
	return !rt->dst.error && !rt->dst.lwtstate && !rt->rt_pmtu &&
	       !rt->dst.expires && !(rt->rt_flags & RTCF_REDIRECTED) &&
	       rt->dst.dev->priv_flags & IFF_XMIT_DST_RELEASE;
}

static struct dst_entry *copy_of(const struct rtable *rt)
{
	struct rtable *copy;

	copy = rt_dst_alloc(rt->dst.dev, rt->rt_flags, rt->rt_type, true);
	if (!copy)
		return NULL;
	copy->dst.input = rt->dst.input;
	copy->dst.output = rt->dst.output;
#ifdef CONFIG_IP_ROUTE_CLASSID
	copy->dst.tclassid = rt->dst.tclassid;
#endif
	copy->rt_genid = rt->rt_genid;
	copy->rt_is_input = rt->rt_is_input;
	copy->rt_iif = rt->rt_iif;
	copy->rt_mtu_locked = rt->rt_mtu_locked;
	copy->rt_uses_gateway = rt->rt_uses_gateway;
	copy->rt_gw_family = rt->rt_gw_family;
	if (rt->rt_gw_family == AF_INET)
		copy->rt_gw4 = rt->rt_gw4;
	else if (rt->rt_gw_family == AF_INET6)
		copy->rt_gw6 = rt->rt_gw6;
	if (DST_METRICS_PTR(&copy->dst) == DST_METRICS_PTR(&rt->dst))
		return &copy->dst;
	dst_release_immediate(&copy->dst);
	return NULL;
}

static struct cs_spare_pair *pair_of(struct rtable *rt)
{
	struct cs_spare_pair *pair = kmalloc(sizeof(*pair), GFP_ATOMIC);

	if (!pair)
		return NULL;
	pair->copy = copy_of(rt);
	if (pair->copy && dst_hold_safe(&rt->dst)) {
		pair->route = &rt->dst;
		return pair;
	}
	if (pair->copy)
		dst_release_immediate(pair->copy);
	kfree(pair);
	return NULL;
}

static unsigned int place_of(const struct dst_entry *route, unsigned int i)
{
	return (hash_ptr(route, ilog2(CS_SPARE_PAIRS)) + i) % CS_SPARE_PAIRS;
}

/* In an empty place, or that of a route that holds no more. */
static void remember(struct cs_spare *s, struct rtable *rt)
{
	struct cs_spare_pair *pair, *old = NULL;
	unsigned int i, place = 0;

	for (i = 0; i < CS_SPARE_PAIRS; i++) {
		place = place_of(&rt->dst, i);
		old = rcu_dereference_protected(s->pairs[place],
						lockdep_is_held(&s->lock));
		if (old && old->route == &rt->dst)
			return;
		if (!old || !dst_check(old->route, 0))
			break;
	}
	if (i == CS_SPARE_PAIRS)
		return;
	pair = pair_of(rt);
	if (!pair)
		return;
	rcu_assign_pointer(s->pairs[place], pair);
	if (old)
		pair_free(old);
}

/* Seldom: what cannot be copied must not be tried for each packet. */
static void try_to_remember(struct cs_spare *s, struct rtable *rt)
{
	if (time_before(jiffies, READ_ONCE(s->again)) || !is_plain(rt))
		return;
	spin_lock_bh(&s->lock);
	WRITE_ONCE(s->again, jiffies + 1);
	if (s->open)
		remember(s, rt);
	spin_unlock_bh(&s->lock);
}

static struct dst_entry *find(const struct cs_spare *s,
			      const struct dst_entry *route)
{
	const struct cs_spare_pair *pair;
	unsigned int i;

	for (i = 0; i < CS_SPARE_PAIRS; i++) {
		pair = rcu_dereference(s->pairs[place_of(route, i)]);
		if (!pair)
			return NULL;
		if (pair->route == route)
			return pair->copy;
	}
	return NULL;
}

bool cs_spare_is_on(enum cs_family family)
{
	return family == CS_IPV4 && READ_ONCE(spare_packets);
}

void cs_spare(struct cs_spare *s, struct sk_buff *skb)
{
	struct rtable *rt = skb_rtable(skb);
	struct dst_entry *copy;

	copy = find(s, &rt->dst);
	if (!copy) {
		try_to_remember(s, rt);
		return;
	}
	skb_dst_set_noref(skb, copy);
	IPCB(skb)->flags |= IPSKB_NOPOLICY;
}
