// SPDX-License-Identifier: GPL-2.0-only
/*
 * VPNs and their tables. A table's routes hold references on the namespace's
 * targets; what changes a table (netlink/table.c) keeps them in step, and
 * destroying one gives them back.
 */
#include <linux/slab.h>

#include "vpn.h"

static const unsigned int bits[CS_FAMILIES] = {
	[CS_IPV4] = 32,
	[CS_IPV6] = 128,
};

static void table_free(struct cs_table *table)
{
	int f;

	for (f = 0; f < CS_FAMILIES; f++) {
		cs_lpm_destroy(table->sources[f]);
		cs_lpm_destroy(table->routes[f]);
	}
	kfree(table);
}

struct cs_table *cs_table_create(void)
{
	struct cs_table *table;
	int f;

	table = kzalloc(sizeof(*table), GFP_KERNEL_ACCOUNT);
	if (!table)
		return NULL;
	for (f = 0; f < CS_FAMILIES; f++) {
		table->sources[f] = cs_lpm_create(bits[f]);
		table->routes[f] = cs_lpm_create(bits[f]);
		if (!table->sources[f] || !table->routes[f]) {
			table_free(table);
			return NULL;
		}
	}
	return table;
}

/* Runs of routes with the same target are common: put them at once. */
static void put_targets(const struct cs_lpm *routes, struct cs_targets *targets)
{
	u16 id, last = CS_LPM_NONE;
	u8 addr[16] = {};
	u32 run = 0;
	int len = -1;

	do {
		id = cs_lpm_next(routes, addr, &len);
		if (id != last) {
			if (run)
				cs_target_put(targets, last, run);
			last = id;
			run = 0;
		}
		run++;
		cond_resched();
	} while (id != CS_LPM_NONE);
}

void cs_table_destroy(struct cs_table *table, struct cs_targets *targets)
{
	int f;

	for (f = 0; f < CS_FAMILIES; f++)
		put_targets(table->routes[f], targets);
	table_free(table);
}

size_t cs_table_bytes(const struct cs_table *table)
{
	size_t sum = sizeof(*table);
	int f;

	for (f = 0; f < CS_FAMILIES; f++)
		sum += cs_lpm_bytes(table->sources[f]) +
		       cs_lpm_bytes(table->routes[f]);
	return sum;
}

size_t cs_table_sources(const struct cs_table *table)
{
	return cs_lpm_count(table->sources[CS_IPV4]) +
	       cs_lpm_count(table->sources[CS_IPV6]);
}

size_t cs_table_routes(const struct cs_table *table)
{
	return cs_lpm_count(table->routes[CS_IPV4]) +
	       cs_lpm_count(table->routes[CS_IPV6]);
}

struct cs_vpn *cs_vpn_add(struct cs_vpns *vpns, u32 id, u8 default_action)
{
	struct cs_table *table;
	struct cs_vpn *vpn;

	vpn = kzalloc(sizeof(*vpn), GFP_KERNEL_ACCOUNT);
	table = cs_table_create();
	if (!vpn || !table) {
		if (table)
			table_free(table);
		kfree(vpn);
		return NULL;
	}
	vpn->id = id;
	vpn->default_action = default_action;
	RCU_INIT_POINTER(vpn->table, table);
	hash_add_rcu(vpns->by_id, &vpn->node, id);
	vpns->count++;
	return vpn;
}

static void vpn_unlink(struct cs_vpns *vpns, struct cs_vpn *vpn)
{
	hash_del_rcu(&vpn->node);
	vpns->count--;
}

static void vpn_free(struct cs_vpn *vpn, struct cs_targets *targets)
{
	cs_vpn_abort(vpn, targets);
	cs_table_destroy(cs_vpn_table(vpn), targets);
	kfree(vpn);
}

void cs_vpn_del(struct cs_vpns *vpns, struct cs_vpn *vpn,
		struct cs_targets *targets)
{
	vpn_unlink(vpns, vpn);
	synchronize_rcu();
	vpn_free(vpn, targets);
}

void cs_vpns_fini(struct cs_vpns *vpns, struct cs_targets *targets)
{
	struct hlist_node *next;
	struct cs_vpn *vpn;
	int i;

	hash_for_each_safe(vpns->by_id, i, next, vpn, node) {
		vpn_unlink(vpns, vpn);
		vpn_free(vpn, targets);
	}
}

void cs_vpn_commit(struct cs_vpn *vpn, struct cs_targets *targets)
{
	struct cs_table *old = cs_vpn_table(vpn);

	rcu_assign_pointer(vpn->table, vpn->shadow);
	vpn->shadow = NULL;
	synchronize_rcu();
	cs_table_destroy(old, targets);
}

void cs_vpn_abort(struct cs_vpn *vpn, struct cs_targets *targets)
{
	if (!vpn->shadow)
		return;
	cs_table_destroy(vpn->shadow, targets);
	vpn->shadow = NULL;
}
