/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that wait for their gateway's SA: in, and out again.
 */
#ifndef CS_HOOKS_RELEASE_H
#define CS_HOOKS_RELEASE_H

#include <linux/workqueue.h>
#include "steer/verdict.h"

struct nf_hook_state;

/**
 * cs_release_wait() - let a packet wait for its gateway
 * @cn: namespace
 * @skb: the packet
 * @state: the hook it is in
 * @key: the packet
 * @v: its verdict; the reason is that of the drop when there is one
 * Context: softirq or process, RCU. Return: whether it waits; else it is still
 * the caller's, to be dropped for the reason.
 */
bool cs_release_wait(struct cs_net *cn, struct sk_buff *skb,
		     const struct nf_hook_state *state,
		     const struct cs_key *key, struct cs_verdict *v);

/**
 * cs_release_work() - let those go that may; a gateway's queue's function
 * @work: of the queue
 * Context: process.
 */
void cs_release_work(struct work_struct *work);

/**
 * cs_release_close() - a gateway goes: drop what waits for it
 * @cn: namespace
 * @gw: the gateway
 * Context: may sleep.
 */
void cs_release_close(struct cs_net *cn, struct cs_gateway *gw);

/**
 * cs_release_changed() - the SAs with an if_id changed
 * @net: namespace
 * @if_id: theirs; 0: all SAs of the namespace are gone
 * Context: any but hard interrupts, RCU.
 */
void cs_release_changed(struct net *net, u32 if_id);

/**
 * cs_release_bundles() - keep no bundle that was made up to now
 * @cn: the namespace
 *
 * For what XFRM says nothing of: when a device goes down or away, the SAs that
 * it has taken over are gone. Kept bundles would hold them, and they the device,
 * which then never goes. And when one loses its carrier, IPv6's routes by it stay
 * valid, though lookups may pass over them. A namespace's devices go before its
 * gateways do, and are waited for.
 *
 * Context: process, RTNL, may sleep.
 */
void cs_release_bundles(struct cs_net *cn);

#endif /* CS_HOOKS_RELEASE_H */
