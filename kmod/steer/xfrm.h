/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door to XFRM: nothing in the module but xfrm.c includes net/xfrm.h.
 */
#ifndef CS_STEER_XFRM_H
#define CS_STEER_XFRM_H

#include <linux/xfrm.h>
#include <net/net_namespace.h>

#include "key.h"

/**
 * cs_xfrm_steer() - put a packet on its gateway's way
 * @net: namespace
 * @skb: packet with a route; gets the gateway's bundle in its place
 * @key: the same packet
 * @gw: the gateway
 *
 * On anything but CESTEER_REASON_PROTECTED the packet may have lost its route
 * and must be dropped. CESTEER_REASON_NO_SA: XFRM has asked the IKE daemon
 * (ACQUIRE). CESTEER_REASON_TOO_BIG: the sender was told by ICMP.
 *
 * Context: softirq or process, RCU.
 * Return: PROTECTED, NO_SA, NO_POLICY, XFRM_ERROR or TOO_BIG.
 */
enum cesteer_reason cs_xfrm_steer(struct net *net, struct sk_buff *skb,
				  const struct cs_key *key,
				  struct cs_gateway *gw);

/**
 * cs_xfrm_short_cut() - put a packet on its gateway's way, if that is at hand
 * @skb: forwarded packet with a route, its transport header set
 * @key: the same packet; not valid any more on success
 * @gw: the gateway
 *
 * Only by a bundle that is kept, when the packet fits the MTU of both ways, and
 * there is memory to change its header in. Otherwise nothing has changed.
 *
 * Context: softirq, RCU. Return: whether it can be given to cs_xfrm_output()
 * or dst_output().
 */
bool cs_xfrm_short_cut(struct sk_buff *skb, const struct cs_key *key,
		       struct cs_gateway *gw);

/**
 * cs_xfrm_output() - through the SA, without the hook behind routing
 * @skb: cs_xfrm_short_cut() was true; it is XFRM's from here on
 * Context: softirq, RCU.
 */
void cs_xfrm_output(struct sk_buff *skb);

/**
 * cs_xfrm_bundle_holds() - may the next packet go by this bundle too
 * @dst: bundle, for which cs_xfrm_bundle_is_common() was true
 * Context: softirq or process, RCU.
 */
bool cs_xfrm_bundle_holds(struct dst_entry *dst);

/**
 * cs_xfrm_bundle_is_common() - would any packet of its family get this bundle
 * @dst: bundle that XFRM made for some packet
 *
 * Not when a policy or an SA is for some addresses, ports or marks only, when
 * the outer route may depend on the packet's mark or addresses (transport mode),
 * when the packet's own route bounds the MTU, or was no unicast route.
 *
 * Context: softirq or process, RCU.
 */
bool cs_xfrm_bundle_is_common(const struct dst_entry *dst);

/**
 * cs_xfrm_watch() - be told of SAs, and of policies without an if_id, that come
 * and go
 * @changed: called with namespace and if_id, 0: all SAs are gone; in any context
 *           but hard interrupts, under RCU, perhaps with a state's lock held
 * @policy_changed: called with namespace and whether one came; likewise, perhaps
 *                  with a policy's lock held
 * Context: module load.
 */
void cs_xfrm_watch(void (*changed)(struct net *net, u32 if_id),
		   void (*policy_changed)(struct net *net, bool came));

/**
 * cs_xfrm_has_foreign_policy() - is there a policy without an if_id
 * @net: namespace
 * Context: may sleep.
 */
bool cs_xfrm_has_foreign_policy(struct net *net);

/**
 * cs_xfrm_forwards() - does XFRM let pass what is forwarded and matches no policy
 * @net: namespace
 * Context: any.
 */
static inline bool cs_xfrm_forwards(const struct net *net)
{
	const u8 *what = net->xfrm.policy_default;

	return READ_ONCE(what[XFRM_POLICY_FWD]) == XFRM_USERPOLICY_ACCEPT &&
	       READ_ONCE(what[XFRM_POLICY_OUT]) == XFRM_USERPOLICY_ACCEPT;
}

/**
 * cs_xfrm_unwatch() - not any more
 * Context: module unload; waits for calls under way.
 */
void cs_xfrm_unwatch(void);

/**
 * cs_xfrm_is_transformed() - did XFRM's output make this packet, or will it
 * @skb: packet with a route
 * @family: of its outermost header
 *
 * At LOCAL_OUT the answer is exact: XFRM made it. Later on it also holds for
 * what cs_xfrm_steer() put on its way.
 */
bool cs_xfrm_is_transformed(const struct sk_buff *skb, enum cs_family family);

/**
 * cs_xfrm_is_pending() - has its route an SA to go through
 * @skb: packet with a route
 */
bool cs_xfrm_is_pending(const struct sk_buff *skb);

/**
 * cs_xfrm_if_id_out() - if_id of the SA that a packet will go through
 * @skb: cs_xfrm_is_pending()
 */
u32 cs_xfrm_if_id_out(const struct sk_buff *skb);

/**
 * cs_xfrm_if_id_in() - if_id of the SA that brought a packet
 * @skb: packet
 * @decapsulated: set to whether any SA did
 * Return: if_id, 0 when there was none or it has none.
 */
u32 cs_xfrm_if_id_in(const struct sk_buff *skb, bool *decapsulated);

/**
 * cs_xfrm_verified() - the packet's SA was held against the table
 * @skb: packet
 *
 * The stock policy check (xfrm_policy_check) would look for a policy without
 * if_id, find none, and reject what is verified: it must see a packet that
 * no SA brought.
 */
void cs_xfrm_verified(struct sk_buff *skb);

#endif /* CS_STEER_XFRM_H */
