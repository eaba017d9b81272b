/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Targets: what entries say. Thousands of trusted subnets share one, and the
 * lookup table holds only its 16-bit number.
 */
#ifndef CS_SPD_TARGET_H
#define CS_SPD_TARGET_H

#include <linux/cache.h>
#include <linux/netlink.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>

#include "gateway.h"

/**
 * struct cs_target_key - what makes two targets the same
 * @action: enum cesteer_action
 * @n: gateways that follow; 0 unless the action is protect
 * @gateways: in order of preference; unused ones are NULL
 */
struct cs_target_key {
	u32 action;
	u32 n;
	struct cs_gateway *gateways[CESTEER_GATEWAYS_MAX];
};

/**
 * struct cs_target - an action and its gateways
 * @key: immutable
 * @id: its number in the table, 1 to CS_LPM_VALUE_MAX
 * @refs: entries that say so, and requests under way; writers only, as all that
 *        follows
 * @set: whose it is
 * @node: in cs_targets.by_key
 * @rcu: frees it and its number
 */
struct cs_target {
	struct cs_target_key key;
	u16 id;
	u32 refs ____cacheline_aligned_in_smp;
	struct cs_targets *set;
	struct rhash_head node;
	struct rcu_head rcu;
};

/**
 * struct cs_target_array - targets by number, RCU
 * @size: slots
 * @slot: the targets; the number is the index
 * @rcu: frees it
 */
struct cs_target_array {
	u32 size;
	struct rcu_head rcu;
	struct cs_target __rcu *slot[];
};

/**
 * struct cs_targets - the targets of a namespace
 * @array: by number; replaced by a larger one when full
 * @by_key: by content; writers only
 * @lock: protects @array's slots and its replacement against the RCU callback
 *        that gives a number back; innermost, BH disabled
 * @next: where the search for a free number begins; under @lock
 * @pending: RCU callbacks to come
 */
struct cs_targets {
	struct cs_target_array __rcu *array;
	struct rhashtable by_key;
	spinlock_t lock; /* see above */
	u32 next;
	atomic_t pending;
};

/**
 * cs_targets_init() - make an empty set
 * @ts: set in place
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int cs_targets_init(struct cs_targets *ts);

/**
 * cs_targets_fini() - free the set; every target was put before
 * @ts: the set
 * Context: may sleep; waits for the RCU callbacks.
 */
void cs_targets_fini(struct cs_targets *ts);

/**
 * cs_target_get() - find or make the target with this content
 * @ts: the set; writers' mutex held
 * @key: content
 * @n: references to take
 * @extack: gets a sentence on failure
 * Context: may sleep. Return: the target or ERR_PTR.
 */
struct cs_target *cs_target_get(struct cs_targets *ts,
				const struct cs_target_key *key, u32 n,
				struct netlink_ext_ack *extack);

/**
 * cs_target_put() - give references back; the last frees it after a grace
 * period, in which lookups under way still find it by its number
 * @ts: the set; writers' mutex held
 * @id: number
 * @n: references
 * Context: may sleep.
 */
void cs_target_put(struct cs_targets *ts, u16 id, u32 n);

/**
 * cs_target_lookup() - a target by the number a table gave
 * @ts: the set
 * @id: number, not 0, read from a table in this RCU section
 * Context: RCU. Return: never NULL for such a number.
 */
static inline const struct cs_target *cs_target_lookup(struct cs_targets *ts,
						       u16 id)
{
	/* The number was published after the slot that it names. */
	smp_rmb();
	return rcu_dereference(rcu_dereference(ts->array)->slot[id]);
}

/**
 * cs_target_gateway() - the one of the target's gateways that has an if_id
 * @target: the target
 * @if_id: not 0
 * Context: RCU. Return: gateway or NULL.
 */
static inline struct cs_gateway *
cs_target_gateway(const struct cs_target *target, u32 if_id)
{
	u32 i;

	for (i = 0; i < target->key.n; i++)
		if (target->key.gateways[i]->if_id == if_id)
			return target->key.gateways[i];
	return NULL;
}

/**
 * cs_target_has() - is this gateway one of the target's
 * @target: the target
 * @gw: the gateway
 */
static inline bool cs_target_has(const struct cs_target *target,
				 const struct cs_gateway *gw)
{
	u32 i;

	for (i = 0; i < target->key.n; i++)
		if (target->key.gateways[i] == gw)
			return true;
	return false;
}

#endif /* CS_SPD_TARGET_H */
