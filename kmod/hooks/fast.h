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
 * cs_fast_forward() - what may be done to a packet when it was looked at
 * @cn: namespace
 * @vpn: that of the interface it came in by, or NULL: it has none
 * @key: the packet, if it has a VPN; not to be used afterwards. Where not @first,
 *       both are found here
 * @skb: packet that may pass, in one of our hooks of PRE_ROUTING
 * @family: of its header
 * @first: in the first of the two, which does the last one's work where nobody is
 *         between them
 *
 * Where nobody else has a hook, it is forwarded past FORWARD: with the verdict
 * that our hook there would have come to, and only when there is nothing to be
 * said about it. POST_ROUTING is skipped too where no hook but ours is there.
 * Or XFRM is spared it (steer/spare.c); or it goes on as it was.
 *
 * Context: BH disabled, RCU. Return: NF_ACCEPT or NF_STOLEN.
 */
unsigned int cs_fast_forward(struct cs_net *cn, const struct cs_vpn *vpn,
			     struct cs_key *key, struct sk_buff *skb,
			     enum cs_family family, bool first);

#endif /* CS_HOOKS_FAST_H */
