// SPDX-License-Identifier: GPL-2.0-only
/*
 * A namespace's state from its birth to its end. When it ends the hooks go
 * first (pre_exit), and packets that wait, so that after the grace period that
 * the core waits for between the two, no packet is left in them.
 */
#include <linux/module.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "hooks/hooks.h"
#include "hooks/release.h"
#include "netns.h"

static unsigned int netns_id __read_mostly;

/* What packets read is in no cache line that changes of a table are written to. */
static_assert(!IS_ENABLED(CONFIG_SMP) ||
	      (offsetof(struct cs_net, lock) % SMP_CACHE_BYTES == 0 &&
	       offsetof(struct cs_net, policies) % SMP_CACHE_BYTES == 0));

struct cs_net *cs_netns_get(const struct net *net)
{
	return net_generic(net, netns_id);
}

/* Namespaces may be walked: the module is up in all of them. */
static bool is_up;

/* A line a namespace; more than fit a page are left out. */
static int held_by_get(char *buffer, const struct kernel_param *kp)
{
	const struct net *net;
	int len = 0;
	u32 vpns;

	rcu_read_lock();
	for_each_net_rcu(net) {
		if (!READ_ONCE(is_up))
			break;
		vpns = READ_ONCE(cs_netns_get(net)->vpns.count);
		if (vpns)
			len += scnprintf(buffer + len, PAGE_SIZE - len,
					 "net:[%u] %u\n", net->ns.inum, vpns);
	}
	rcu_read_unlock();
	return len;
}

/* A word of modprobe's comes here, whatever the file's mode is. */
static int held_by_set(const char *val, const struct kernel_param *kp)
{
	return -EPERM;
}

static const struct kernel_param_ops held_by_ops = {
	.get = held_by_get,
	.set = held_by_set,
};

module_param_cb(held_by, &held_by_ops, NULL, 0400);
MODULE_PARM_DESC(
	held_by,
	"Why it is not unloaded: namespaces, and how many VPNs each has");

int cs_netns_vpn_add(struct cs_net *cn, u32 id, u8 default_action,
		     struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&cn->lock);
	if (cn->vpns.count >= CS_VPNS_MAX) {
		NL_SET_ERR_MSG(extack, "limit reached: 4096 VPNs");
		return -ENOSPC;
	}
	if (!cn->vpns.count && !try_module_get(THIS_MODULE)) {
		NL_SET_ERR_MSG(extack, "the module is being unloaded");
		return -EBUSY;
	}
	if (cs_vpn_add(&cn->vpns, id, default_action))
		return 0;
	if (!cn->vpns.count)
		module_put(THIS_MODULE);
	NL_SET_ERR_MSG(extack, "no memory for a VPN");
	return -ENOMEM;
}

int cs_netns_look(struct cs_net *cn, struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&cn->lock);
	if (cn->looking)
		return 0;
	err = cs_hooks_register(cn);
	if (err) {
		NL_SET_ERR_MSG(extack, "netfilter refused the hooks");
		return err;
	}
	cn->looking = true;
	cs_policies_open(&cn->policies);
	cs_spare_open(&cn->spare);
	return 0;
}

static bool has_entries(const struct cs_net *cn)
{
	const struct cs_vpn *vpn;
	int i;

	hash_for_each(cn->vpns.by_id, i, vpn, node) {
		const struct cs_table *table = cs_vpn_table(vpn);

		if (cs_table_sources(table) || cs_table_routes(table))
			return true;
	}
	return false;
}

void cs_netns_look_away(struct cs_net *cn)
{
	lockdep_assert_held(&cn->lock);
	if (!cn->looking || has_entries(cn))
		return;
	cn->looking = false;
	cs_hooks_unregister(cn);
	cs_policies_close(&cn->policies);
	cs_spare_close(&cn->spare);
}

void cs_netns_vpn_del(struct cs_net *cn, struct cs_vpn *vpn)
{
	u32 id = vpn->id;

	lockdep_assert_held(&cn->lock);
	cs_vpn_del(&cn->vpns, vpn, &cn->targets);
	cs_netns_look_away(cn);
	cs_devices_forget(cn, id);
	if (!cn->vpns.count)
		module_put(THIS_MODULE);
}

void cs_netns_gateway_del(struct cs_net *cn, struct cs_gateway *gw)
{
	lockdep_assert_held(&cn->lock);
	cs_release_close(cn, gw);
	cs_gateway_del(&cn->gateways, gw);
}

void cs_netns_policy_changed(struct net *net, bool came)
{
	cs_policies_changed(&cs_netns_get(net)->policies, came);
}

static int __net_init netns_init(struct net *net)
{
	struct cs_net *cn = cs_netns_get(net);
	int err;

	cn->net = net;
	mutex_init(&cn->lock);
	cs_devices_init(&cn->devices);
	ratelimit_state_init(&cn->drop_events, HZ, 10);
	ratelimit_set_flags(&cn->drop_events, RATELIMIT_MSG_ON_RELEASE);
	cn->stats = alloc_percpu(struct cs_stats);
	cn->memo = alloc_percpu(struct cs_memo);
	err = -ENOMEM;
	if (!cn->stats || !cn->memo)
		goto err_percpu;
	cs_policies_init(&cn->policies, net);
	cs_spare_init(&cn->spare);
	cs_queue_pool_init(&cn->queues);
	err = cs_gateways_init(&cn->gateways, &cn->queues, cs_release_work);
	if (err)
		goto err_percpu;
	err = cs_targets_init(&cn->targets);
	if (err)
		goto err_gateways;
	return 0;

err_gateways:
	cs_gateways_fini(&cn->gateways);
err_percpu:
	free_percpu(cn->memo);
	free_percpu(cn->stats);
	return err;
}

static void __net_exit netns_pre_exit(struct net *net)
{
	struct cs_net *cn = cs_netns_get(net);
	struct cs_gateway *gw;
	unsigned long id;

	mutex_lock(&cn->lock);
	WRITE_ONCE(cn->ending, true);
	cs_devices_close(cn);
	if (cn->looking)
		cs_hooks_unregister(cn);
	cs_policies_close(&cn->policies);
	cs_spare_close(&cn->spare);
	/* Before conntrack waits for the entries that these packets hold. */
	xa_for_each(&cn->gateways.by_id, id, gw)
		cs_release_close(cn, gw);
	mutex_unlock(&cn->lock);
}

static void __net_exit netns_exit(struct net *net)
{
	struct cs_net *cn = cs_netns_get(net);
	bool pinned;

	mutex_lock(&cn->lock);
	pinned = cn->vpns.count;
	cs_vpns_fini(&cn->vpns, &cn->targets);
	mutex_unlock(&cn->lock);
	cs_targets_fini(&cn->targets);
	cs_gateways_fini(&cn->gateways);
	free_percpu(cn->memo);
	free_percpu(cn->stats);
	if (pinned)
		module_put(THIS_MODULE);
}

static struct pernet_operations netns_ops = {
	.init = netns_init,
	.pre_exit = netns_pre_exit,
	.exit = netns_exit,
	.id = &netns_id,
	.size = sizeof(struct cs_net),
};

/* Whether its feature (ESP offload) is on now or not. */
static bool takes_sas(const struct net_device *dev)
{
#ifdef CONFIG_XFRM_OFFLOAD
	return dev->xfrmdev_ops;
#else
	return false;
#endif
}

static int device_event(struct notifier_block *nb, unsigned long event,
			void *data)
{
	struct net_device *dev = netdev_notifier_info_to_dev(data);
	struct cs_net *cn = cs_netns_get(dev_net(dev));

	if (event == NETDEV_UNREGISTER)
		cs_spare_forget(&cn->spare, dev);
	if ((event == NETDEV_UNREGISTER || event == NETDEV_DOWN) &&
	    takes_sas(dev))
		cs_release_bundles(cn);
	/* IPv6's routes stay valid, though lookups may pass over them. */
	if (event == NETDEV_CHANGE && !netif_carrier_ok(dev))
		cs_release_bundles(cn);
	cs_device_event(cn, dev, event);
	return NOTIFY_DONE;
}

static struct notifier_block device_notifier = {
	.notifier_call = device_event,
};

int cs_netns_init(void)
{
	int err = register_pernet_subsys(&netns_ops);

	if (err)
		return err;
	err = register_netdevice_notifier(&device_notifier);
	if (err)
		unregister_pernet_subsys(&netns_ops);
	WRITE_ONCE(is_up, !err);
	return err;
}

void cs_netns_fini(void)
{
	unregister_netdevice_notifier(&device_notifier);
	WRITE_ONCE(is_up, false);
	synchronize_rcu();
	unregister_pernet_subsys(&netns_ops);
	rcu_barrier();
}
