// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where packets are looked at:
 *
 *	PRE_ROUTING	what came in: by the right SA, or rightly in clear text?
 *			and, behind the user's own rules: need it go the stack's
 *			whole way (fast.c)?
 *	FORWARD		what is on its way out, after the user's own rules
 *	LOCAL_OUT	the same for what this host sends itself
 *	POST_ROUTING	the last look: did something change since, so that a
 *			packet that should be protected would leave in clear?
 *
 * A packet is handed to XFRM, let pass, dropped, or waits for an SA
 * (release.c); nothing else is done to it. Each has a reason, which is counted,
 * and each drop raises an event.
 */
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>

#include "fast.h"
#include "hooks.h"
#include "release.h"
#include "steer/xfrm.h"
#include "way.h"

/* Behind defragmentation and raw, before a flow is tracked or rewritten. */
#define PRIORITY_IN (NF_IP_PRI_RAW + 50)

static enum cs_family hook_family(const struct nf_hook_state *state)
{
	return state->pf == NFPROTO_IPV4 ? CS_IPV4 : CS_IPV6;
}

/* The bridge lends its frames a route that leads nowhere. */
static bool is_routed(const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb_dst(skb);

	return dst && !(dst->flags & DST_FAKE_RTABLE);
}

/*
 * A frame between two ports of a bridge. DNAT has given it a route, by which it
 * does not go: whatever takes that route's place, the bridge sends the frame on
 * as it is. What came by a bridge and is routed has no port to leave by yet.
 */
static bool is_bridged(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	return nf_bridge_get_physoutdev(skb);
#else
	return false;
#endif
}

static unsigned int protect(struct cs_net *cn, const struct cs_vpn *vpn,
			    struct sk_buff *skb,
			    const struct nf_hook_state *state,
			    struct cs_key *key, struct cs_verdict *v)
{
	unsigned int len = skb->len;

	v->reason = cs_way_steer(cn, skb, key, v, NULL);
	if (v->reason == CESTEER_REASON_PROTECTED) {
		cs_way_protected(cn, v->gateway, len);
		return NF_ACCEPT;
	}
	if (v->reason == CESTEER_REASON_NO_SA &&
	    cs_release_wait(cn, skb, state, key, v))
		return NF_STOLEN;
	cs_way_drop(cn, vpn, key, v);
	if (v->reason == CESTEER_REASON_TOO_BIG)
		return NF_DROP_ERR(-EMSGSIZE);
	if (v->reason != CESTEER_REASON_NO_SA &&
	    v->reason != CESTEER_REASON_QUEUE_FULL)
		return NF_DROP;
	/*
	 * Not the sender's fault and soon over: to a local sender it must not
	 * look like a firewall's refusal (EPERM).
	 */
	kfree_skb(skb);
	return NF_STOLEN;
}

static unsigned int out(struct cs_net *cn, struct sk_buff *skb,
			const struct nf_hook_state *state,
			const struct net_device *dev, bool local)
{
	u32 generation = cs_netns_generation(cn);
	struct cs_vpn *vpn = cs_way_vpn(cn, dev);
	struct cs_verdict v;
	struct cs_key key;

	if (!vpn || !is_routed(skb))
		return NF_ACCEPT;
	cs_key_init(&key, skb, state->out, hook_family(state), local);
	if (!local || !cs_verdict_misleads(cn, vpn, &key, &v))
		cs_verdict_out(cn, vpn, &key, &v);
	if (v.reason == CESTEER_REASON_PROTECTED && is_bridged(skb))
		v.reason = CESTEER_REASON_BRIDGED;
	if (v.reason == CESTEER_REASON_PROTECTED) {
		if (!cs_xfrm_is_pending(skb))
			return protect(cn, vpn, skb, state, &key, &v);
		v.reason = CESTEER_REASON_SPD;
	}
	if (cs_stats_reason_verdict(v.reason) == CESTEER_VERDICT_DROP) {
		cs_way_drop(cn, vpn, &key, &v);
		return NF_DROP;
	}
	cs_way_pass(cn, vpn, generation, &key, v.reason);
	return NF_ACCEPT;
}

/*
 * Packets are counted and remembered with BH disabled, which it mostly is: not in
 * a system call, or when user space has let go a packet that was queued to it.
 */
static bool bh_off(void)
{
	if (likely(in_softirq()))
		return false;
	local_bh_disable();
	return true;
}

static void bh_on(bool was_on)
{
	if (unlikely(was_on))
		local_bh_enable();
}

static unsigned int hook_forward(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	unsigned int verdict;
	bool on = bh_off();

	verdict = out(priv, skb, state, state->in, false);
	bh_on(on);
	return verdict;
}

static unsigned int hook_local_out(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	unsigned int verdict;
	bool on;

	/*
	 * A VRF sends a packet through this hook twice, the second time with
	 * the interface that it leaves by.
	 */
	if (state->out->flags & IFF_LOOPBACK || netif_is_l3_master(state->out))
		return NF_ACCEPT;
	/* ESP that XFRM made: looked at before it was encapsulated. */
	if (cs_xfrm_is_transformed(skb, hook_family(state)))
		return NF_ACCEPT;
	on = bh_off();
	verdict = out(priv, skb, state, state->out, true);
	bh_on(on);
	return verdict;
}

/*
 * What comes from the wire passes by a VRF's interface, then by the VRF itself.
 * What was decapsulated passes by the VRF alone, but twice: the VRF marks it in
 * between.
 */
static bool is_seen(const struct sk_buff *skb, enum cs_family family)
{
	if (family == CS_IPV4)
		return IPCB(skb)->flags & IPSKB_L3SLAVE;
	return IP6CB(skb)->flags & IP6SKB_L3SLAVE;
}

static unsigned int in(struct cs_net *cn, struct sk_buff *skb,
		       const struct nf_hook_state *state, struct cs_vpn **vpn,
		       struct cs_key *key)
{
	struct cs_verdict v;
	bool decapsulated = false;
	u32 if_id = 0;

	if (skb_sec_path(skb))
		if_id = cs_xfrm_if_id_in(skb, &decapsulated);
	if (state->in->flags & IFF_LOOPBACK ||
	    (netif_is_l3_master(state->in) &&
	     (!decapsulated || is_seen(skb, hook_family(state)))))
		return NF_ACCEPT;
	*vpn = cs_way_vpn(cn, state->in);
	if (!*vpn)
		return NF_ACCEPT;
	cs_key_init(key, skb, state->in, hook_family(state), false);
	cs_verdict_in(cn, *vpn, key, decapsulated, if_id, &v);
	if (cs_stats_reason_verdict(v.reason) == CESTEER_VERDICT_DROP) {
		cs_way_drop(cn, *vpn, key, &v);
		return NF_DROP;
	}
	cs_stats_reason(cn->stats, v.reason);
	if (v.reason == CESTEER_REASON_VERIFIED) {
		cs_stats_add(v.gateway->cpu->stats.in_packets, 1);
		cs_stats_add(v.gateway->cpu->stats.in_bytes, skb->len);
		cs_xfrm_verified(skb);
	} else if (v.reason == CESTEER_REASON_IN_OTHER) {
		/* On its way out, mostly: it is routed in the meantime. */
		cs_verdict_expect(*vpn, key);
	}
	return NF_ACCEPT;
}

static unsigned int hook_pre_routing(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	enum cs_family family = hook_family(state);
	struct cs_vpn *vpn = NULL;
	struct cs_net *cn = priv;
	unsigned int verdict;
	bool on = bh_off();
	struct cs_key key;

	verdict = in(cn, skb, state, &vpn, &key);
	if (verdict == NF_ACCEPT)
		verdict = cs_fast_forward(cn, vpn, &key, skb, family, true);
	bh_on(on);
	return verdict;
}

static unsigned int hook_before_routing(void *priv, struct sk_buff *skb,
					const struct nf_hook_state *state)
{
	unsigned int verdict;
	bool on = bh_off();
	struct cs_key key;

	verdict = cs_fast_forward(priv, NULL, &key, skb, hook_family(state),
				  false);
	bh_on(on);
	return verdict;
}

static bool source_was_rewritten(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	return ct && ct->status & IPS_NAT_MASK;
#else
	return false;
#endif
}

/*
 * On its way to XFRM: if it goes to one of our gateways, then only with the
 * addresses it was chosen for.
 */
static bool late_pending(struct cs_net *cn, const struct cs_vpn *vpn,
			 const struct sk_buff *skb, struct cs_key *key,
			 struct cs_verdict *v)
{
	const struct cs_gateway *gw;

	gw = cs_gateway_by_if_id(&cn->gateways, cs_xfrm_if_id_out(skb));
	if (!gw)
		return false;
	cs_verdict_out(cn, vpn, key, v);
	return v->reason != CESTEER_REASON_PROTECTED ||
	       !cs_target_has(v->target, gw);
}

static bool remember_passed = true;
module_param(remember_passed, bool, 0644);
MODULE_PARM_DESC(remember_passed, "do not look up again what has just passed");

/*
 * Did the CPU let these very addresses pass, in the hooks before? Under
 * PREEMPT_RT another packet may come in between with BH disabled, in the middle
 * of what is remembered.
 */
static bool has_passed(struct cs_net *cn, const struct cs_vpn *vpn,
		       const struct cs_key *key)
{
	return !IS_ENABLED(CONFIG_PREEMPT_RT) && READ_ONCE(remember_passed) &&
	       in_softirq() && cs_key_is_not_icmp(key) &&
	       cs_memo_has(raw_cpu_ptr(cn->memo), vpn, cs_netns_generation(cn),
			   key);
}

/* Leaving as it is: not if it should have gone to XFRM, or nowhere. */
static bool late_clear(struct cs_net *cn, const struct cs_vpn *vpn,
		       const struct sk_buff *skb, struct cs_key *key,
		       struct cs_verdict *v)
{
	if (cs_xfrm_is_transformed(skb, key->family))
		key->local = true;
	else if (has_passed(cn, vpn, key))
		return false;
	cs_verdict_out(cn, vpn, key, v);
	return cs_stats_reason_verdict(v->reason) != CESTEER_VERDICT_PASS;
}

/* What needs no table to be told, which is most that is under way to a gateway. */
static bool late_is_idle(const struct sk_buff *skb, enum cs_family family)
{
	if (!is_routed(skb))
		return true;
	if (cs_xfrm_is_pending(skb))
		return !source_was_rewritten(skb);
	return cs_xfrm_is_transformed(skb, family) &&
	       cs_way_is_esp(skb, family);
}

/*
 * What is forwarded to a gateway is there by the word of the VPN that it came in
 * by (FORWARD), and may leave by another, where a VRF's routes lead out of it.
 * Of what leaves as it is, that one has its say too.
 */
static struct cs_vpn *late_vpn(struct cs_net *cn, const struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	bool forwarded = skb->skb_iif && state->in;

	return cs_way_vpn(cn, forwarded && cs_xfrm_is_pending(skb) ?
				      state->in :
				      state->out);
}

static unsigned int hook_post_routing(void *priv, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	enum cs_family family = hook_family(state);
	struct cs_net *cn = priv;
	struct cs_verdict v = {};
	struct cs_vpn *vpn;
	struct cs_key key;
	bool late, on;

	if (late_is_idle(skb, family) || state->out->flags & IFF_LOOPBACK ||
	    netif_is_l3_master(state->out))
		return NF_ACCEPT;
	vpn = late_vpn(cn, skb, state);
	if (!vpn)
		return NF_ACCEPT;
	cs_key_init(&key, skb, state->out, family, !skb->skb_iif);
	if (cs_xfrm_is_pending(skb))
		late = late_pending(cn, vpn, skb, &key, &v);
	else
		late = late_clear(cn, vpn, skb, &key, &v);
	if (!late)
		return NF_ACCEPT;
	v.reason = CESTEER_REASON_LATE_NAT;
	on = bh_off();
	cs_way_drop(cn, vpn, &key, &v);
	bh_on(on);
	return NF_DROP;
}

static const struct nf_hook_ops hook_ops[] = {
	{
		.hook = hook_pre_routing,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = PRIORITY_IN,
	},
	{
		.hook = hook_before_routing,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_LAST,
	},
	{
		.hook = hook_forward,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_FORWARD,
		.priority = NF_IP_PRI_LAST,
	},
	{
		.hook = hook_local_out,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_LAST,
	},
	{
		.hook = hook_post_routing,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = NF_IP_PRI_LAST,
	},
	{
		.hook = hook_pre_routing,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = PRIORITY_IN,
	},
	{
		.hook = hook_before_routing,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP6_PRI_LAST,
	},
	{
		.hook = hook_forward,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_FORWARD,
		.priority = NF_IP6_PRI_LAST,
	},
	{
		.hook = hook_local_out,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP6_PRI_LAST,
	},
	{
		.hook = hook_post_routing,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = NF_IP6_PRI_LAST,
	},
};

int cs_hooks_register(struct cs_net *cn)
{
	int i;

	static_assert(ARRAY_SIZE(hook_ops) == CS_HOOKS);
	for (i = 0; i < CS_HOOKS; i++) {
		cn->hooks[i] = hook_ops[i];
		cn->hooks[i].priv = cn;
	}
	return nf_register_net_hooks(cn->net, cn->hooks, CS_HOOKS);
}

void cs_hooks_unregister(struct cs_net *cn)
{
	nf_unregister_net_hooks(cn->net, cn->hooks, CS_HOOKS);
}
