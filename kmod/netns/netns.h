/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What cesteer holds in one network namespace, and its life: the netfilter
 * hooks are registered, and the module is pinned, while there is a VPN.
 */
#ifndef CS_NETNS_NETNS_H
#define CS_NETNS_NETNS_H

#include <linux/mutex.h>
#include <linux/ratelimit_types.h>

#include "spd/vpn.h"

/**
 * struct cs_net - a namespace's state
 * @net: the namespace
 * @lock: the writers' mutex: held for every change and every dump of what
 *        follows; taken before any lock of the rooms below
 * @generation: changes with what dumps show, for NLM_F_DUMP_INTR
 * @vpns: read under RCU by the hooks
 * @gateways: likewise
 * @queues: what the gateways' queues share
 * @ending: nothing of this may be touched outside the packet path any more
 * @targets: likewise
 * @stats: counters by reason
 * @drop_events: bounds what drops raise
 */
struct cs_net {
	struct net *net;
	struct mutex lock; /* see above */
	u32 generation;
	struct cs_vpns vpns;
	struct cs_gateways gateways;
	struct cs_queue_pool queues;
	bool ending;
	struct cs_targets targets;
	struct cs_stats __percpu *stats;
	struct ratelimit_state drop_events;
};

/**
 * cs_netns_get() - a namespace's state; lives as long as the namespace
 * @net: the namespace
 * Context: any.
 */
struct cs_net *cs_netns_get(const struct net *net);

/**
 * cs_netns_vpn_add() - make a VPN; the first registers the hooks
 * @cn: namespace; its mutex held
 * @id: FIB table of the VRF, or 0
 * @default_action: bypass or discard
 * @extack: gets a sentence on failure
 * Context: may sleep. Return: 0 or a negative errno.
 */
int cs_netns_vpn_add(struct cs_net *cn, u32 id, u8 default_action,
		     struct netlink_ext_ack *extack);

/**
 * cs_netns_vpn_del() - take a VPN away; the last unregisters the hooks
 * @cn: namespace; its mutex held
 * @vpn: the VPN
 * Context: may sleep; waits for a grace period.
 */
void cs_netns_vpn_del(struct cs_net *cn, struct cs_vpn *vpn);

/**
 * cs_netns_gateway_del() - take a gateway away, and drop what waits for it
 * @cn: namespace; its mutex held
 * @gw: the gateway; no entry names it
 * Context: may sleep.
 */
void cs_netns_gateway_del(struct cs_net *cn, struct cs_gateway *gw);

/**
 * cs_netns_init() - come up in every namespace
 * Context: module load. Return: 0 or a negative errno.
 */
int cs_netns_init(void);

/**
 * cs_netns_fini() - leave every namespace; waits for all RCU callbacks
 * Context: module unload.
 */
void cs_netns_fini(void);

#endif /* CS_NETNS_NETNS_H */
