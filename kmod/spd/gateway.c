// SPDX-License-Identifier: GPL-2.0-only
/*
 * The set of gateways of a namespace, by id, by if_id and by address. Readers
 * are under RCU; writers hold the namespace's mutex. A gateway is freed a
 * grace period after it was taken out, which cs_gateway_del()'s caller allows
 * only when no entry names it.
 */
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/dst.h>

#include "gateway.h"

/* What a packet reads of a gateway is in no cache line that is written to. */
#define APART(read, written)                                                   \
	static_assert(!IS_ENABLED(CONFIG_SMP) ||                               \
		      offsetofend(struct cs_gateway, read) <=                  \
			      round_down(offsetof(struct cs_gateway, written), \
					 SMP_CACHE_BYTES))
APART(if_id, queue.list);
APART(state, queue.list);
APART(cpu, queue.list);
APART(queue.waiting, queue.list);
APART(queue.pool, queue.list);
APART(queue.pool, routes);
static_assert(!IS_ENABLED(CONFIG_SMP) ||
	      sizeof(struct cs_gateway_cpu) % SMP_CACHE_BYTES == 0);

static const struct rhashtable_params by_addr_params = {
	.key_len = sizeof(struct cs_addr),
	.key_offset = offsetof(struct cs_gateway, addr),
	.head_offset = offsetof(struct cs_gateway, addr_node),
	.automatic_shrinking = true,
};

int cs_gateways_init(struct cs_gateways *gs, struct cs_queue_pool *pool,
		     work_func_t release)
{
	gs->pool = pool;
	gs->release = release;
	xa_init(&gs->by_id);
	xa_init(&gs->by_if_id);
	gs->count = 0;
	return rhltable_init(&gs->by_addr, &by_addr_params);
}

/* No reader is left. What a CPU keeps of XFRM's ends with the gateway. */
static void gateway_free(struct cs_gateway *gw)
{
	int cpu, f;

	for_each_possible_cpu(cpu)
		for (f = 0; f < CS_FAMILIES; f++)
			dst_release(rcu_dereference_raw(
				per_cpu_ptr(gw->cpu, cpu)->bundle[f]));
	free_percpu(gw->cpu);
	kfree(gw);
}

static void gateway_free_rcu(struct rcu_head *rcu)
{
	gateway_free(container_of(rcu, struct cs_gateway, rcu));
}

void cs_gateways_fini(struct cs_gateways *gs)
{
	struct cs_gateway *gw;
	unsigned long id;

	rhltable_destroy(&gs->by_addr);
	xa_for_each(&gs->by_id, id, gw)
		gateway_free(gw);
	xa_destroy(&gs->by_id);
	xa_destroy(&gs->by_if_id);
}

static int store(struct xarray *xa, u32 index, struct cs_gateway *gw)
{
	return xa_err(xa_store(xa, index, gw, GFP_KERNEL_ACCOUNT));
}

struct cs_gateway *cs_gateway_add(struct cs_gateways *gs,
				  const struct cs_gateway *tmpl,
				  struct netlink_ext_ack *extack)
{
	struct cs_gateway *gw;
	int err = -ENOMEM;

	if (xa_load(&gs->by_id, tmpl->id)) {
		NL_SET_ERR_MSG(extack, "a gateway with this id exists");
		return ERR_PTR(-EEXIST);
	}
	if (xa_load(&gs->by_if_id, tmpl->if_id)) {
		NL_SET_ERR_MSG(extack, "a gateway with this if_id exists");
		return ERR_PTR(-EEXIST);
	}
	gw = kzalloc(sizeof(*gw), GFP_KERNEL_ACCOUNT);
	if (!gw)
		goto err_msg;
	gw->id = tmpl->id;
	gw->if_id = tmpl->if_id;
	gw->mode = tmpl->mode;
	gw->state = tmpl->state;
	gw->addr = tmpl->addr;
	cs_queue_init(&gw->queue, gs->pool, gs->release);
	gw->cpu = alloc_percpu_gfp(struct cs_gateway_cpu, GFP_KERNEL_ACCOUNT);
	if (!gw->cpu)
		goto err_free;
	err = rhltable_insert(&gs->by_addr, &gw->addr_node, by_addr_params);
	if (err)
		goto err_cpu;
	err = store(&gs->by_if_id, gw->if_id, gw);
	if (err)
		goto err_addr;
	err = store(&gs->by_id, gw->id, gw);
	if (err)
		goto err_if_id;
	gs->count++;
	return gw;

err_if_id:
	xa_erase(&gs->by_if_id, gw->if_id);
err_addr:
	rhltable_remove(&gs->by_addr, &gw->addr_node, by_addr_params);
	/* Readers may have seen it; no entry names it, so no packet did. */
	call_rcu(&gw->rcu, gateway_free_rcu);
	goto err_msg;
err_cpu:
	free_percpu(gw->cpu);
err_free:
	kfree(gw);
err_msg:
	NL_SET_ERR_MSG(extack, "no memory for a gateway");
	return ERR_PTR(err);
}

void cs_gateway_del(struct cs_gateways *gs, struct cs_gateway *gw)
{
	xa_erase(&gs->by_id, gw->id);
	xa_erase(&gs->by_if_id, gw->if_id);
	rhltable_remove(&gs->by_addr, &gw->addr_node, by_addr_params);
	gs->count--;
	call_rcu(&gw->rcu, gateway_free_rcu);
}

bool cs_gateway_has_addr(struct cs_gateways *gs, u8 family, const void *octets)
{
	struct cs_addr addr;

	cs_addr_init(&addr, family, octets);
	return rhltable_lookup(&gs->by_addr, &addr, by_addr_params);
}
