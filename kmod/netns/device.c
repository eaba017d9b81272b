// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names, and the hooks on the devices that have them now.
 *
 * A notifier hears of a device under RTNL, and takes the names' mutex. Who
 * holds that mutex without RTNL and finds a device by its name can hook it
 * without more: a device is taken from the list of names before the notifier
 * says that it goes, and then the notifier waits for the mutex.
 */
#include <linux/netdevice.h>
#include <linux/slab.h>

#include "hooks/fast.h"
#include "netns.h"

static const struct nf_hook_ops device_ops = {
	.hook = cs_fast_ingress,
	.pf = NFPROTO_NETDEV,
	.hooknum = NF_NETDEV_INGRESS,
	/* Behind the administrator's own chains there. */
	.priority = INT_MAX,
};

void cs_devices_init(struct cs_devices *ds)
{
	mutex_init(&ds->lock);
	INIT_LIST_HEAD(&ds->list);
}

static int hook(struct cs_device *d, struct net_device *dev)
{
	int err;

	lockdep_assert_held(&d->cn->devices.lock);
	d->ops.dev = dev;
	err = nf_register_net_hook(d->cn->net, &d->ops);
	if (err)
		d->ops.dev = NULL;
	return err;
}

static void unhook(struct cs_device *d)
{
	lockdep_assert_held(&d->cn->devices.lock);
	if (!d->ops.dev)
		return;
	nf_unregister_net_hook(d->cn->net, &d->ops);
	d->ops.dev = NULL;
}

static void free_device(struct rcu_head *rcu)
{
	struct cs_device *d = container_of(rcu, struct cs_device, rcu);

	free_percpu(d->packets);
	kfree(d);
}

static void drop(struct cs_devices *ds, struct cs_device *d)
{
	unhook(d);
	list_del(&d->node);
	ds->count--;
	call_rcu(&d->rcu, free_device);
}

static struct cs_device *find(const struct cs_devices *ds, u32 vpn,
			      const char *name)
{
	struct cs_device *d;

	list_for_each_entry(d, &ds->list, node)
		if (d->vpn == vpn && !strcmp(d->name, name))
			return d;
	return NULL;
}

static struct cs_device *create(struct cs_net *cn, u32 vpn, const char *name)
{
	struct cs_device *d = kzalloc(sizeof(*d), GFP_KERNEL_ACCOUNT);

	if (!d)
		return NULL;
	d->packets = alloc_percpu_gfp(u64, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!d->packets) {
		kfree(d);
		return NULL;
	}
	d->ops = device_ops;
	d->ops.priv = d;
	d->cn = cn;
	d->vpn = vpn;
	strscpy(d->name, name, sizeof(d->name));
	return d;
}

/* The device may go at once: nobody unhooks it then but the notifier. */
static int hook_by_name(struct cs_device *d)
{
	struct net_device *dev = dev_get_by_name(d->cn->net, d->name);
	int err;

	if (!dev)
		return 0;
	/* It is found by its other names, too; events tell the one. */
	err = strcmp(dev->name, d->name) ? 0 : hook(d, dev);
	dev_put(dev);
	return err;
}

static int add(struct cs_net *cn, u32 vpn, const char *name,
	       struct netlink_ext_ack *extack)
{
	struct cs_devices *ds = &cn->devices;
	struct cs_device *d;
	int err;

	if (find(ds, vpn, name)) {
		NL_SET_ERR_MSG(extack, "the device is named already");
		return -EEXIST;
	}
	if (ds->count >= CS_DEVICES_MAX) {
		NL_SET_ERR_MSG(extack, "limit reached: 256 devices");
		return -ENOSPC;
	}
	d = create(cn, vpn, name);
	if (!d) {
		NL_SET_ERR_MSG(extack, "no memory for a device");
		return -ENOMEM;
	}
	err = hook_by_name(d);
	if (err) {
		NL_SET_ERR_MSG(extack,
			       "netfilter refused the device's ingress hook");
		call_rcu(&d->rcu, free_device);
		return err;
	}
	list_add_tail(&d->node, &ds->list);
	ds->count++;
	return 0;
}

int cs_device_add(struct cs_net *cn, u32 vpn, const char *name,
		  struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&cn->lock);
	mutex_lock(&cn->devices.lock);
	err = add(cn, vpn, name, extack);
	mutex_unlock(&cn->devices.lock);
	return err;
}

bool cs_device_del(struct cs_net *cn, u32 vpn, const char *name)
{
	struct cs_device *d;

	lockdep_assert_held(&cn->lock);
	mutex_lock(&cn->devices.lock);
	d = find(&cn->devices, vpn, name);
	if (d)
		drop(&cn->devices, d);
	mutex_unlock(&cn->devices.lock);
	return d;
}

/* Those of one VPN, or, where none is said, of every one. */
static void drop_all(struct cs_net *cn, const u32 *vpn)
{
	struct cs_device *d, *next;

	mutex_lock(&cn->devices.lock);
	list_for_each_entry_safe(d, next, &cn->devices.list, node)
		if (!vpn || d->vpn == *vpn)
			drop(&cn->devices, d);
	mutex_unlock(&cn->devices.lock);
}

void cs_devices_forget(struct cs_net *cn, u32 vpn)
{
	drop_all(cn, &vpn);
}

void cs_devices_close(struct cs_net *cn)
{
	drop_all(cn, NULL);
}

u64 cs_device_packets(const struct cs_device *d)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += *per_cpu_ptr(d->packets, cpu);
	return sum;
}

/* Without a hook its packets go the normal way. */
static void came(struct cs_device *d, struct net_device *dev)
{
	if (d->ops.dev || strcmp(d->name, dev->name))
		return;
	if (hook(d, dev))
		netdev_warn(dev, "cesteer: no ingress hook: no fast way\n");
}

static void went(struct cs_device *d, const struct net_device *dev)
{
	if (d->ops.dev == dev)
		unhook(d);
}

void cs_device_event(struct cs_net *cn, struct net_device *dev,
		     unsigned long event)
{
	struct cs_devices *ds = &cn->devices;
	struct cs_device *d;

	if (event != NETDEV_REGISTER && event != NETDEV_UNREGISTER &&
	    event != NETDEV_CHANGENAME)
		return;
	mutex_lock(&ds->lock);
	list_for_each_entry(d, &ds->list, node) {
		if (event == NETDEV_UNREGISTER || strcmp(d->name, dev->name))
			went(d, dev);
		else
			came(d, dev);
	}
	mutex_unlock(&ds->lock);
}
