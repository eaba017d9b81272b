/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fast way: from a device's ingress straight into the SA.
 */
#ifndef CS_HOOKS_FAST_H
#define CS_HOOKS_FAST_H

struct nf_hook_state;
struct sk_buff;

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

#endif /* CS_HOOKS_FAST_H */
