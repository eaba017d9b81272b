/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Short cuts: the fast way, from a device's ingress straight into the SA, and
 * past hooks where nobody else is.
 */
#ifndef CS_HOOKS_FAST_H
#define CS_HOOKS_FAST_H

#include "netns/netns.h"

/**
 * cs_fast_ingress() - a packet came in by a device that was named for it
 * @priv: struct cs_device
 * @skb: the packet, before any protocol has seen it
 * @state: the hook NF_NETDEV_INGRESS
 *
 * Lets every packet go on that it does not take, unchanged but for padding
 * behind it.
 *
 * Context: softirq, RCU. Return: NF_ACCEPT or NF_STOLEN.
 */
unsigned int cs_fast_ingress(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state);

/**
 * cs_fast_is_last() - is nobody behind our last hook of PRE_ROUTING
 * @cn: namespace
 * @family: of the hooks
 *
 * A hook of the same priority may be: the one that is older.
 *
 * Context: RCU. Return: whether packets may be routed there.
 */
bool cs_fast_is_last(const struct cs_net *cn, enum cs_family family);

/**
 * cs_fast_is_next() - is our hook the only one that a packet would meet at FORWARD
 * @cn: namespace
 * @family: of the hooks
 *
 * Context: RCU. Return: whether it is, and FORWARD may be skipped.
 */
bool cs_fast_is_next(const struct cs_net *cn, enum cs_family family);

/**
 * cs_fast_forward() - forward a packet past FORWARD
 * @cn: namespace: cs_fast_is_last(), cs_fast_is_next(), cs_policies_has_none()
 * @skb: packet in the last hook of PRE_ROUTING, cs_spare_is_ordinary(). IPv4:
 *       cs_spare_route() was true
 * @family: of its header
 *
 * Only with the verdict that our hook there would have come to, and when there
 * is nothing to be said about it. POST_ROUTING is skipped too where no hook but
 * ours is there.
 *
 * Context: BH disabled, RCU. Return: whether it was; the packet is gone then,
 * and otherwise as it was.
 */
bool cs_fast_forward(struct cs_net *cn, struct sk_buff *skb,
		     enum cs_family family);

#endif /* CS_HOOKS_FAST_H */
