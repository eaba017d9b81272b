/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What cesteer holds in one network namespace, and its life: the module is
 * pinned while there is a VPN, and packets are looked at while a VPN has an
 * entry.
 */
#ifndef CS_NETNS_NETNS_H
#define CS_NETNS_NETNS_H

#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/ratelimit_types.h>

#include "device.h"
#include "hooks/memo.h"
#include "spd/vpn.h"
#include "steer/policies.h"
#include "steer/spare.h"

/* Places where packets are looked at, over both families. */
#define CS_HOOKS 10

/**
 * struct cs_owner - the socket that alone makes changes
 * @portid: its port, 0 when there is none
 * @pid: process, as the initial namespace has it
 * @comm: its name
 */
struct cs_owner {
	u32 portid;
	pid_t pid;
	char comm[TASK_COMM_LEN];
};

/**
 * struct cs_net - a namespace's state
 * @net: the namespace
 * @generation: changes with what dumps show, for NLM_F_DUMP_INTR, and so with
 *              what verdicts hang on
 * @ending: what XFRM says is not heard any more: the gateways go
 * @stats: counters by reason
 * @memo: what each CPU let pass last
 * @vpns: read under RCU by the hooks
 * @gateways: likewise
 * @targets: likewise
 * @lock: the writers' mutex: held for every change and every dump of what
 *        is above; taken before any lock of the rooms below
 * @owner: whose the namespace is
 * @hooks: the netfilter hooks, with this as their argument
 * @looking: the netfilter hooks are registered; writers only
 * @devices: named for the fast way; it has a mutex of its own
 * @policies: what XFRM holds besides gateways' policies
 * @spare: routes of packets that XFRM need not look at
 * @drop_events: bounds what drops raise
 * @queues: what the gateways' queues share; a packet that waits writes to it
 * No packet writes to what is above @lock, and no change of a table to what
 * packets read.
 */
struct cs_net {
	struct net *net;
	u32 generation;
	bool ending;
	struct cs_stats __percpu *stats;
	struct cs_memo __percpu *memo;
	struct cs_vpns vpns;
	struct cs_gateways gateways;
	struct cs_targets targets;
	/* see above */
	struct mutex lock ____cacheline_aligned_in_smp;
	struct cs_owner owner;
	struct nf_hook_ops hooks[CS_HOOKS];
	bool looking;
	struct cs_devices devices;
	/* what packets read again */
	struct cs_policies policies ____cacheline_aligned_in_smp;
	struct cs_spare spare;
	struct ratelimit_state drop_events ____cacheline_aligned_in_smp;
	struct cs_queue_pool queues ____cacheline_aligned_in_smp;
};

/**
 * cs_netns_get() - a namespace's state; lives as long as the namespace
 * @net: the namespace
 * Context: any.
 */
struct cs_net *cs_netns_get(const struct net *net);

/**
 * cs_netns_changed() - say that what dumps and verdicts show has changed
 * @cn: namespace; its mutex held
 */
static inline void cs_netns_changed(struct cs_net *cn)
{
	/* Pairs with cs_netns_generation(): the change is seen before this. */
	smp_store_release(&cn->generation, cn->generation + 1);
}

/**
 * cs_netns_generation() - what a verdict is asked for later belongs to
 * @cn: namespace
 * Context: any.
 */
static inline u32 cs_netns_generation(const struct cs_net *cn)
{
	/* Pairs with cs_netns_changed(). */
	return smp_load_acquire(&cn->generation);
}

/**
 * cs_netns_vpn_add() - make a VPN; the first pins the module
 * @cn: namespace; its mutex held
 * @id: FIB table of the VRF, or 0
 * @default_action: bypass or discard
 * @extack: gets a sentence on failure
 * Context: may sleep. Return: 0 or a negative errno.
 */
int cs_netns_vpn_add(struct cs_net *cn, u32 id, u8 default_action,
		     struct netlink_ext_ack *extack);

/**
 * cs_netns_vpn_del() - take a VPN away; the last lets go of the module
 * @cn: namespace; its mutex held
 * @vpn: the VPN
 * Context: may sleep; waits for a grace period.
 */
void cs_netns_vpn_del(struct cs_net *cn, struct cs_vpn *vpn);

/**
 * cs_netns_look() - look at packets: a VPN is about to get an entry
 * @cn: namespace; its mutex held
 * @extack: gets a sentence on failure
 *
 * Called before the entry can be found, so that it holds from the moment on
 * when the request that brought it is answered.
 *
 * Context: may sleep. Return: 0 or a negative errno.
 */
int cs_netns_look(struct cs_net *cn, struct netlink_ext_ack *extack);

/**
 * cs_netns_look_away() - look at packets no more if no VPN has an entry
 * @cn: namespace; its mutex held
 *
 * What an SA of a gateway still brings is then left to XFRM, which drops it:
 * no policy without if_id asks for it.
 *
 * Context: may sleep.
 */
void cs_netns_look_away(struct cs_net *cn);

/**
 * cs_netns_gateway_del() - take a gateway away, and drop what waits for it
 * @cn: namespace; its mutex held
 * @gw: the gateway; no entry names it
 * Context: may sleep.
 */
void cs_netns_gateway_del(struct cs_net *cn, struct cs_gateway *gw);

/**
 * cs_netns_policy_changed() - a policy of XFRM's came, or some have gone
 * @net: namespace
 * @came: one did
 * Context: any but hard interrupts, RCU.
 */
void cs_netns_policy_changed(struct net *net, bool came);

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
