/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VPNs: a routing instance's source prefixes and trusted subnets.
 */
#ifndef CS_SPD_VPN_H
#define CS_SPD_VPN_H

#include <linux/hashtable.h>

#include "target.h"
#include "table/lpm.h"

/**
 * struct cs_table - what one VPN holds, swapped as a whole by a transaction
 * @sources: source prefixes; the value is 1
 * @routes: trusted subnets; the value is a target's number
 */
struct cs_table {
	struct cs_lpm *sources[CS_FAMILIES];
	struct cs_lpm *routes[CS_FAMILIES];
};

/**
 * struct cs_vpn - a VPN
 * @id: FIB table of its VRF, 0 outside any
 * @default_action: bypass or discard; READ_ONCE on the packet path
 * @table: what packets are held against; RCU, never NULL
 * @shadow: table of an open transaction or NULL; writers only
 * @shadow_portid: netlink socket that opened it
 * @node: in cs_vpns.by_id, RCU
 */
struct cs_vpn {
	u32 id;
	u8 default_action;
	struct cs_table __rcu *table;
	struct cs_table *shadow;
	u32 shadow_portid;
	struct hlist_node node;
};

#define CS_VPN_BITS 8
#define CS_VPNS_MAX 4096

/**
 * struct cs_vpns - the VPNs of a namespace
 * @by_id: by their ids, which are often multiples of something; RCU
 * @count: how many; writers only
 */
struct cs_vpns {
	DECLARE_HASHTABLE(by_id, CS_VPN_BITS);
	u32 count;
};

/**
 * cs_table_create() - make an empty table
 * Context: may sleep. Return: the table or NULL.
 */
struct cs_table *cs_table_create(void);

/**
 * cs_table_destroy() - free a table and its references on targets
 * @table: a table that no reader can reach any more
 * @targets: what its routes say; writers' mutex held
 * Context: may sleep.
 */
void cs_table_destroy(struct cs_table *table, struct cs_targets *targets);

/**
 * cs_table_bytes() - memory of a table in octets
 * @table: writers' mutex held
 */
size_t cs_table_bytes(const struct cs_table *table);

/**
 * cs_table_sources() - how many source prefixes
 * @table: writers' mutex held
 */
size_t cs_table_sources(const struct cs_table *table);

/**
 * cs_table_routes() - how many trusted subnets
 * @table: writers' mutex held
 */
size_t cs_table_routes(const struct cs_table *table);

/**
 * cs_vpn_find() - a VPN by its id
 * @vpns: the set
 * @id: FIB table
 * Context: RCU or writers' mutex. Return: VPN or NULL.
 */
static inline struct cs_vpn *cs_vpn_find(struct cs_vpns *vpns, u32 id)
{
	struct cs_vpn *vpn;

	hash_for_each_possible_rcu(vpns->by_id, vpn, node, id, true)
		if (vpn->id == id)
			return vpn;
	return NULL;
}

/**
 * cs_vpn_add() - publish a new, empty VPN
 * @vpns: the set; writers' mutex held
 * @id: FIB table, not there yet
 * @default_action: bypass or discard
 * Context: may sleep. Return: the VPN or NULL when memory is short.
 */
struct cs_vpn *cs_vpn_add(struct cs_vpns *vpns, u32 id, u8 default_action);

/**
 * cs_vpn_del() - withdraw a VPN and free all it holds
 * @vpns: the set; writers' mutex held
 * @vpn: the VPN
 * @targets: what its routes say
 * Context: may sleep; waits for a grace period.
 */
void cs_vpn_del(struct cs_vpns *vpns, struct cs_vpn *vpn,
		struct cs_targets *targets);

/**
 * cs_vpns_fini() - free all VPNs, when no packet looks at them any more
 * @vpns: the set; writers' mutex held
 * @targets: what their entries refer to
 * Context: may sleep, and does not wait for readers.
 */
void cs_vpns_fini(struct cs_vpns *vpns, struct cs_targets *targets);

/**
 * cs_vpn_commit() - put the shadow table in the place of the table
 * @vpn: has a shadow; writers' mutex held
 * @targets: what its routes say
 * Context: may sleep; waits for a grace period.
 */
void cs_vpn_commit(struct cs_vpn *vpn, struct cs_targets *targets);

/**
 * cs_vpn_abort() - drop the shadow table, if there is one
 * @vpn: the VPN; writers' mutex held
 * @targets: what its routes say
 * Context: may sleep.
 */
void cs_vpn_abort(struct cs_vpn *vpn, struct cs_targets *targets);

/**
 * cs_vpn_table() - a VPN's table, for writers
 * @vpn: the VPN; writers' mutex held
 */
static inline struct cs_table *cs_vpn_table(const struct cs_vpn *vpn)
{
	return rcu_dereference_protected(vpn->table, 1);
}

#endif /* CS_SPD_VPN_H */
