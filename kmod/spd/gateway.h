/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gateways: the kernel's object for one Security Gateway Identity.
 */
#ifndef CS_SPD_GATEWAY_H
#define CS_SPD_GATEWAY_H

#include <linux/netlink.h>
#include <linux/rhashtable-types.h>
#include <linux/xarray.h>

#include "addr.h"
#include "queue/queue.h"
#include "stats/stats.h"

struct dst_entry;

/**
 * struct cs_gateway_cpu - what each CPU writes of a gateway, in a cache line of
 * its own
 * @stats: its counters
 * @bundle: its way out, by the family of what goes through it; swapped
 *          atomically, read under RCU (steer/bundle.c)
 */
struct cs_gateway_cpu {
	struct cs_gateway_stats stats;
	struct dst_entry __rcu *bundle[CS_FAMILIES];
} ____cacheline_aligned_in_smp;

/**
 * struct cs_gateway - where an entry's packets are sent
 * @id: the user's name for it, not 0
 * @if_id: what ties it to XFRM policies and states, not 0
 * @mode: enum cesteer_mode; for the daemon to find again, no use here
 * @state: enum cesteer_gateway_state; READ_ONCE on the packet path
 * @addr: the address that ends the tunnel; immutable
 * @cpu: what each CPU has of it
 * @queue: packets that wait for its SA; what is written of it begins behind
 *         what each packet reads, in a cache line of its own
 * @routes: entries that name it; writers only
 * @addr_node: in cs_gateways.by_addr
 * @rcu: frees it
 */
struct cs_gateway {
	u32 id;
	u32 if_id;
	u8 mode;
	u8 state;
	struct cs_addr addr;
	struct cs_gateway_cpu __percpu *cpu;
	struct cs_queue queue;
	u32 routes;
	struct rhlist_head addr_node;
	struct rcu_head rcu;
};

/**
 * struct cs_gateways - the gateways of a namespace
 * @by_id: struct cs_gateway, RCU
 * @by_if_id: the same, RCU
 * @by_addr: the same, RCU; VPNs may use one address for different gateways
 * @count: how many; writers only
 * @pool: what their queues share
 * @release: function of their queues
 */
struct cs_gateways {
	struct xarray by_id;
	struct xarray by_if_id;
	struct rhltable by_addr;
	u32 count;
	struct cs_queue_pool *pool;
	work_func_t release;
};

/**
 * cs_gateways_init() - make an empty set
 * @gs: set in place
 * @pool: what the gateways' queues share
 * @release: function of their queues
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int cs_gateways_init(struct cs_gateways *gs, struct cs_queue_pool *pool,
		     work_func_t release);

/**
 * cs_gateways_fini() - free what no reader can reach any more
 * @gs: the set; the queues were closed
 * Context: may sleep.
 */
void cs_gateways_fini(struct cs_gateways *gs);

/**
 * cs_gateway_add() - publish a new gateway
 * @gs: the set; writers' mutex held
 * @tmpl: id, if_id, mode, state and addr of the new one
 * @extack: gets a sentence on failure
 * Context: may sleep. Return: the gateway or ERR_PTR.
 */
struct cs_gateway *cs_gateway_add(struct cs_gateways *gs,
				  const struct cs_gateway *tmpl,
				  struct netlink_ext_ack *extack);

/**
 * cs_gateway_del() - withdraw a gateway; freed after a grace period
 * @gs: the set; writers' mutex held
 * @gw: the gateway; no entry names it, and its queue was closed
 * Context: may sleep.
 */
void cs_gateway_del(struct cs_gateways *gs, struct cs_gateway *gw);

/**
 * cs_gateway_by_id() - find by the user's name
 * @gs: the set
 * @id: name
 * Context: RCU or writers' mutex. Return: gateway or NULL.
 */
static inline struct cs_gateway *cs_gateway_by_id(struct cs_gateways *gs,
						  u32 id)
{
	return xa_load(&gs->by_id, id);
}

/**
 * cs_gateway_by_if_id() - find by XFRM's if_id
 * @gs: the set
 * @if_id: of an SA
 * Context: RCU or writers' mutex. Return: gateway or NULL.
 */
static inline struct cs_gateway *cs_gateway_by_if_id(struct cs_gateways *gs,
						     u32 if_id)
{
	return xa_load(&gs->by_if_id, if_id);
}

/**
 * cs_gateway_has_addr() - does some gateway have this address
 * @gs: the set
 * @family: AF_INET or AF_INET6
 * @octets: 4 or 16 octets
 * Context: RCU.
 */
bool cs_gateway_has_addr(struct cs_gateways *gs, u8 family, const void *octets);

#endif /* CS_SPD_GATEWAY_H */
