// SPDX-License-Identifier: GPL-2.0-only
/*
 * One slot a CPU, gateway and family. A slot is swapped atomically: a packet
 * that is moved to another CPU in the middle, and whoever empties all slots,
 * need no lock. The packet path writes a slot only when it is empty or stale.
 */
#include <linux/module.h>
#include <net/dst.h>
#include <net/l3mdev.h>

#include "bundle.h"
#include "xfrm.h"

static bool keep_bundles = true;
module_param(keep_bundles, bool, 0644);
MODULE_PARM_DESC(keep_bundles,
		 "use a gateway's last bundle for its next packet");

static struct dst_entry __rcu **slot(struct cs_gateway *gw,
				     enum cs_family family)
{
	return raw_cpu_ptr(&gw->cpu->bundle[family]);
}

/* Take out what is there, if it is this one. */
static void evict(struct dst_entry __rcu **s, struct dst_entry *dst)
{
	if (unrcu_pointer(cmpxchg(s, RCU_INITIALIZER(dst), NULL)) == dst)
		dst_release(dst);
}

static void swap_in(struct dst_entry __rcu **s, struct dst_entry *dst)
{
	dst_release(unrcu_pointer(xchg(s, RCU_INITIALIZER(dst))));
}

struct dst_entry *cs_bundle_get(struct cs_gateway *gw, enum cs_family family,
				int l3mdev)
{
	struct dst_entry __rcu **s = slot(gw, family);
	struct dst_entry *dst = rcu_dereference(*s);

	if (!dst || !READ_ONCE(keep_bundles))
		return NULL;
	if (!cs_xfrm_bundle_holds(dst)) {
		evict(s, dst);
		return NULL;
	}
	if (l3mdev_master_ifindex_rcu(dst->dev) != l3mdev)
		return NULL;
	return dst_hold_safe(dst) ? dst : NULL;
}

void cs_bundle_keep(struct cs_gateway *gw, enum cs_family family, int l3mdev,
		    struct dst_entry *dst)
{
	if (!READ_ONCE(keep_bundles) || !cs_xfrm_bundle_is_common(dst) ||
	    l3mdev_master_ifindex_rcu(dst->dev) != l3mdev)
		return;
	dst_hold(dst);
	swap_in(slot(gw, family), dst);
}

void cs_bundle_flush(struct cs_gateway *gw)
{
	struct dst_entry __rcu **s;
	int cpu, f;

	for_each_possible_cpu(cpu)
		for (f = 0; f < CS_FAMILIES; f++) {
			s = &per_cpu_ptr(gw->cpu, cpu)->bundle[f];
			/* Not a line that is another CPU's for nothing. */
			if (rcu_access_pointer(*s))
				swap_in(s, NULL);
		}
}
