// SPDX-License-Identifier: GPL-2.0-only
/*
 * A packet whose gateway has no SA yet waits (queue/). When the SA comes, XFRM
 * says so; the packet is then decided about again, for the table may have
 * changed, is routed again, and goes on behind the hook where it was stopped.
 * It was to be protected when it came: whatever has changed, it does not go on
 * in clear text any more.
 */
#include <linux/netfilter.h>
#include <linux/rcupdate_wait.h>
#include <net/inet_sock.h>
#include <net/sock.h>

#include "release.h"
#include "steer/bundle.h"
#include "steer/route.h"
#include "way.h"

/*
 * So many packets let go in one go, in full queues: from then on those that
 * come by need not line up any more, or a sender that is faster than this
 * would keep the queue full for good.
 */
#define ROUNDS 2
/* And so many before others have the processor. */
#define STEP 64

/* What a packet that has waited is to be decided by. */
struct waiter {
	struct sk_buff *skb;
	struct net_device *dev;
	struct cs_vpn *vpn;
	struct cs_key key;
	struct cs_verdict v;
};

static void waiter_drop(struct cs_net *cn, struct waiter *w,
			enum cesteer_reason reason)
{
	w->v.reason = reason;
	cs_way_drop(cn, w->vpn, &w->key, &w->v);
	kfree_skb(w->skb);
}

/* Its interfaces may be gone: then so is the VPN. */
static void waiter_init(struct waiter *w, struct cs_net *cn,
			struct cs_gateway *gw, struct sk_buff *skb)
{
	const struct cs_queue_cb *cb = cs_queue_cb(skb);
	struct net_device *out = dev_get_by_index_rcu(cn->net, cb->out);

	w->skb = skb;
	w->dev = cb->in ? dev_get_by_index_rcu(cn->net, cb->in) : out;
	w->vpn = w->dev ? cs_way_vpn(cn, w->dev) : NULL;
	cs_key_init(&w->key, skb, out, cb->family, !cb->in);
	w->v = (struct cs_verdict){ .gateway = gw };
}

static void drop_list(struct cs_net *cn, struct cs_gateway *gw,
		      struct sk_buff_head *list, enum cesteer_reason reason)
{
	struct sk_buff *skb;
	struct waiter w;

	if (skb_queue_empty(list))
		return;
	local_bh_disable();
	rcu_read_lock();
	while ((skb = __skb_dequeue(list))) {
		waiter_init(&w, cn, gw, skb);
		waiter_drop(cn, &w, reason);
	}
	rcu_read_unlock();
	local_bh_enable();
}

static bool put(struct cs_net *cn, struct cs_gateway *gw, struct sk_buff *skb)
{
	struct sk_buff_head over;
	bool taken;

	__skb_queue_head_init(&over);
	taken = cs_queue_put(&gw->queue, skb, &over);
	drop_list(cn, gw, &over, CESTEER_REASON_QUEUE_FULL);
	return taken;
}

/* An interface under a bridge, of which no reference is held. */
static void forget_bridge(struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	skb_ext_del(skb, SKB_EXT_BRIDGE_NF);
#endif
}

bool cs_release_wait(struct cs_net *cn, struct sk_buff *skb,
		     const struct nf_hook_state *state,
		     const struct cs_key *key, struct cs_verdict *v)
{
	struct cs_queue_cb *cb = cs_queue_cb(skb);

	if (!READ_ONCE(cn->queues.packets)) {
		v->reason = CESTEER_REASON_NO_SA;
		return false;
	}
	*cb = (struct cs_queue_cb){
		.okfn = state->okfn,
		.since = jiffies,
		.in = key->local ? 0 : state->in->ifindex,
		.out = state->out->ifindex,
		.family = key->family,
	};
	forget_bridge(skb);
	v->reason = CESTEER_REASON_QUEUE_FULL;
	return put(cn, v->gateway, skb);
}

static struct sock *full_sock(const struct sk_buff *skb)
{
	struct sock *sk = skb_to_full_sk(skb);

	return sk && sk_fullsock(sk) ? sk : NULL;
}

/*
 * Decide about a packet again. Another gateway may be the one to use by now;
 * its queue is joined when there is one.
 * Return: whether the packet is gone from this queue.
 */
static bool release(struct cs_net *cn, struct cs_gateway *gw,
		    struct sk_buff *skb)
{
	unsigned int len = skb->len;
	enum cesteer_reason reason;
	struct waiter w;

	waiter_init(&w, cn, gw, skb);
	if (!w.vpn) {
		waiter_drop(cn, &w, CESTEER_REASON_QUEUE_WITHDRAWN);
		return true;
	}
	cs_verdict_out(cn, w.vpn, &w.key, &w.v);
	reason = w.v.reason;
	if (reason != CESTEER_REASON_PROTECTED) {
		if (cs_stats_reason_verdict(reason) != CESTEER_VERDICT_DROP)
			reason = CESTEER_REASON_QUEUE_WITHDRAWN;
		waiter_drop(cn, &w, reason);
		return true;
	}
	skb->dev = w.dev;
	if (cs_route_again(cn->net, skb, &w.key, full_sock(skb))) {
		waiter_drop(cn, &w, CESTEER_REASON_QUEUE_UNROUTABLE);
		return true;
	}
	reason = cs_way_steer(cn, skb, &w.key, &w.v, gw);
	if (reason == CESTEER_REASON_PROTECTED) {
		cs_way_protected(cn, w.v.gateway, len);
		cs_queue_cb(skb)->okfn(cn->net, full_sock(skb), skb);
		return true;
	}
	if (reason != CESTEER_REASON_NO_SA) {
		waiter_drop(cn, &w, reason);
		return true;
	}
	if (w.v.gateway == gw)
		return false;
	if (!put(cn, w.v.gateway, skb))
		waiter_drop(cn, &w, CESTEER_REASON_QUEUE_FULL);
	return true;
}

/* Let some go. True: there are more. */
static bool release_some(struct cs_net *cn, struct cs_gateway *gw, u32 *budget,
			 struct sk_buff_head *late)
{
	struct cs_queue *q = &gw->queue;
	struct sk_buff *skb;
	unsigned int n;

	for (n = 0; n < STEP; n++) {
		skb = cs_queue_take(q);
		if (!skb)
			return false;
		if (!release(cn, gw, skb)) {
			if (!cs_queue_put_back(q, skb))
				__skb_queue_tail(late, skb);
			return false;
		}
		if (!(*budget)--)
			cs_queue_overtake(q);
	}
	return true;
}

void cs_release_work(struct work_struct *work)
{
	struct cs_queue *q =
		container_of(to_delayed_work(work), struct cs_queue, work);
	struct cs_gateway *gw = container_of(q, struct cs_gateway, queue);
	struct cs_net *cn = container_of(q->pool, struct cs_net, queues);
	u32 budget = ROUNDS * READ_ONCE(q->pool->packets);
	struct sk_buff_head late;
	bool more;

	__skb_queue_head_init(&late);
	cs_queue_expire(q, &late);
	drop_list(cn, gw, &late, CESTEER_REASON_QUEUE_EXPIRED);

	do {
		local_bh_disable();
		rcu_read_lock();
		more = release_some(cn, gw, &budget, &late);
		rcu_read_unlock();
		local_bh_enable();
		cond_resched();
	} while (more);
	drop_list(cn, gw, &late, CESTEER_REASON_QUEUE_FLUSHED);
	cs_queue_rearm(q);
}

void cs_release_close(struct cs_net *cn, struct cs_gateway *gw)
{
	struct sk_buff_head left;

	__skb_queue_head_init(&left);
	cs_queue_close(&gw->queue, &left);
	drop_list(cn, gw, &left, CESTEER_REASON_QUEUE_FLUSHED);
}

void cs_release_changed(struct net *net, u32 if_id)
{
	struct cs_net *cn = cs_netns_get(net);
	struct cs_gateway *gw;
	unsigned long id;

	/* XFRM's own end comes behind ours, and lets SAs go as well. */
	if (READ_ONCE(cn->ending))
		return;
	if (!if_id) {
		xa_for_each(&cn->gateways.by_id, id, gw)
			cs_bundle_flush(gw);
		return;
	}
	gw = cs_gateway_by_if_id(&cn->gateways, if_id);
	if (!gw)
		return;
	cs_bundle_flush(gw);
	cs_queue_kick(&gw->queue);
}

void cs_release_bundles(struct cs_net *cn)
{
	struct cs_gateway *gw;
	unsigned long id;

	rcu_read_lock();
	xa_for_each(&cn->gateways.by_id, id, gw) {
		cs_bundle_flush(gw);
		cond_resched_rcu();
	}
	rcu_read_unlock();
}
