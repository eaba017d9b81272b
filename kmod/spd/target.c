// SPDX-License-Identifier: GPL-2.0-only
/*
 * The set of targets of a namespace. A number is given out again only after a
 * grace period: a lookup that read it from a table before the last entry went
 * must not find another target under it.
 */
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "target.h"
#include "table/lpm.h"

#define FIRST_SIZE 16

static const struct rhashtable_params by_key_params = {
	.key_len = sizeof(struct cs_target_key),
	.key_offset = offsetof(struct cs_target, key),
	.head_offset = offsetof(struct cs_target, node),
	.automatic_shrinking = true,
};

static struct cs_target_array *array_create(u32 size)
{
	struct cs_target_array *a;

	a = kvzalloc(struct_size(a, slot, size), GFP_KERNEL_ACCOUNT);
	if (a)
		a->size = size;
	return a;
}

int cs_targets_init(struct cs_targets *ts)
{
	struct cs_target_array *a = array_create(FIRST_SIZE);
	int err;

	if (!a)
		return -ENOMEM;
	err = rhashtable_init(&ts->by_key, &by_key_params);
	if (err) {
		kvfree(a);
		return err;
	}
	RCU_INIT_POINTER(ts->array, a);
	spin_lock_init(&ts->lock);
	ts->next = 1;
	atomic_set(&ts->pending, 0);
	return 0;
}

void cs_targets_fini(struct cs_targets *ts)
{
	if (atomic_read(&ts->pending))
		rcu_barrier();
	WARN_ON_ONCE(atomic_read(&ts->by_key.nelems));
	rhashtable_destroy(&ts->by_key);
	kvfree(rcu_dereference_raw(ts->array));
}

/* Twice the slots. The old array is left to the readers that have it. */
static int array_grow(struct cs_targets *ts, struct cs_target_array *old)
{
	struct cs_target_array *a;
	u32 i;

	a = array_create(min_t(u32, old->size * 2, CS_LPM_VALUE_MAX + 1));
	if (!a)
		return -ENOMEM;
	spin_lock_bh(&ts->lock);
	for (i = 0; i < old->size; i++)
		RCU_INIT_POINTER(a->slot[i],
				 rcu_dereference_protected(old->slot[i], 1));
	rcu_assign_pointer(ts->array, a);
	spin_unlock_bh(&ts->lock);
	kvfree_rcu(old, rcu);
	return 0;
}

/* A free slot at or behind from, or before it; 0 when there is none. */
static u32 slot_find(const struct cs_target_array *a, u32 from)
{
	u32 n, i;

	for (n = 1; n < a->size; n++) {
		i = from + n - 1;
		if (i >= a->size)
			i -= a->size - 1;
		if (!rcu_access_pointer(a->slot[i]))
			return i;
	}
	return 0;
}

/* Put a target in a free slot; its number is set before it can be seen. */
static int slot_take(struct cs_targets *ts, struct cs_target *target)
{
	struct cs_target_array *a;
	u32 i;
	int err;

	for (;;) {
		spin_lock_bh(&ts->lock);
		a = rcu_dereference_protected(ts->array, 1);
		i = slot_find(a, ts->next);
		if (i) {
			target->id = i;
			ts->next = i + 1;
			rcu_assign_pointer(a->slot[i], target);
		}
		spin_unlock_bh(&ts->lock);
		if (i)
			return 0;
		if (a->size > CS_LPM_VALUE_MAX)
			return -ENOSPC;
		err = array_grow(ts, a);
		if (err)
			return err;
	}
}

static void target_free_rcu(struct rcu_head *rcu)
{
	struct cs_target *target = container_of(rcu, struct cs_target, rcu);
	struct cs_targets *ts = target->set;
	struct cs_target_array *a;

	spin_lock_bh(&ts->lock);
	a = rcu_dereference_protected(ts->array, 1);
	RCU_INIT_POINTER(a->slot[target->id], NULL);
	spin_unlock_bh(&ts->lock);
	kfree(target);
	atomic_dec(&ts->pending);
}

static void count_routes(struct cs_target *target, s32 n)
{
	u32 i;

	target->refs += n;
	for (i = 0; i < target->key.n; i++)
		target->key.gateways[i]->routes += n;
}

struct cs_target *cs_target_get(struct cs_targets *ts,
				const struct cs_target_key *key, u32 n,
				struct netlink_ext_ack *extack)
{
	struct cs_target *target;
	int err;

	target = rhashtable_lookup_fast(&ts->by_key, key, by_key_params);
	if (target) {
		count_routes(target, n);
		return target;
	}
	target = kzalloc(sizeof(*target), GFP_KERNEL_ACCOUNT);
	if (!target) {
		NL_SET_ERR_MSG(extack, "no memory for a target");
		return ERR_PTR(-ENOMEM);
	}
	target->key = *key;
	target->set = ts;
	err = slot_take(ts, target);
	if (err == -ENOSPC)
		NL_SET_ERR_MSG(extack, "too many different sets of gateways");
	else if (err)
		NL_SET_ERR_MSG(extack, "no memory for a target");
	if (err) {
		kfree(target);
		return ERR_PTR(err);
	}
	err = rhashtable_insert_fast(&ts->by_key, &target->node, by_key_params);
	if (err) {
		atomic_inc(&ts->pending);
		call_rcu(&target->rcu, target_free_rcu);
		NL_SET_ERR_MSG(extack, "no memory for a target");
		return ERR_PTR(err);
	}
	count_routes(target, n);
	return target;
}

void cs_target_put(struct cs_targets *ts, u16 id, u32 n)
{
	struct cs_target_array *a = rcu_dereference_raw(ts->array);
	struct cs_target *target = rcu_dereference_raw(a->slot[id]);

	count_routes(target, -(s32)n);
	if (target->refs)
		return;
	rhashtable_remove_fast(&ts->by_key, &target->node, by_key_params);
	atomic_inc(&ts->pending);
	call_rcu(&target->rcu, target_free_rcu);
}
