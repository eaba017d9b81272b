/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices that the administrator named for the fast way (hooks/fast.c). What is
 * named need not be there yet: a device that appears, or is renamed, is found by
 * its name.
 */
#ifndef CS_NETNS_DEVICE_H
#define CS_NETNS_DEVICE_H

#include <linux/if.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>

struct cs_net;
struct net_device;
struct netlink_ext_ack;

/* Names that a namespace may hold. */
#define CS_DEVICES_MAX 256

/**
 * struct cs_device - a name
 * @ops: its hook; the device in it is NULL while there is none, and no
 *       reference is held: it is unhooked before it goes
 * @cn: namespace
 * @vpn: id of the VPN that it was named for
 * @name: of the device
 * @packets: that took the fast way
 * @node: in cs_devices.list
 * @rcu: frees it
 */
struct cs_device {
	struct nf_hook_ops ops;
	struct cs_net *cn;
	u32 vpn;
	char name[IFNAMSIZ];
	u64 __percpu *packets;
	struct list_head node;
	struct rcu_head rcu;
};

/**
 * struct cs_devices - the names of a namespace
 * @lock: held for every change, and for every look from outside the packet
 *        path; taken within cs_net.lock and within RTNL
 * @list: struct cs_device
 * @count: how many
 */
struct cs_devices {
	struct mutex lock; /* see above */
	struct list_head list;
	u32 count;
};

/**
 * cs_devices_init() - none
 * @ds: in place
 */
void cs_devices_init(struct cs_devices *ds);

/**
 * cs_device_add() - name a device, and hook it if it is there
 * @cn: namespace; its mutex held
 * @vpn: VPN that is there
 * @name: of the device
 * @extack: gets a sentence on failure
 * Context: may sleep. Return: 0 or a negative errno.
 */
int cs_device_add(struct cs_net *cn, u32 vpn, const char *name,
		  struct netlink_ext_ack *extack);

/**
 * cs_device_del() - name it no more
 * @cn: namespace; its mutex held
 * @vpn: VPN
 * @name: of the device
 * Context: may sleep. A packet may be in the hook until a grace period later.
 * Return: whether it was named.
 */
bool cs_device_del(struct cs_net *cn, u32 vpn, const char *name);

/**
 * cs_devices_forget() - drop the names of a VPN that goes
 * @cn: namespace
 * @vpn: VPN
 * Context: may sleep.
 */
void cs_devices_forget(struct cs_net *cn, u32 vpn);

/**
 * cs_devices_close() - the namespace ends: drop all
 * @cn: namespace
 * Context: may sleep.
 */
void cs_devices_close(struct cs_net *cn);

/**
 * cs_device_packets() - how many took the fast way
 * @d: the device, its set's mutex held
 */
u64 cs_device_packets(const struct cs_device *d);

/**
 * cs_device_event() - a device has come, goes or was renamed
 * @cn: its namespace
 * @dev: the device
 * @event: of a notifier
 * Context: RTNL held.
 */
void cs_device_event(struct cs_net *cn, struct net_device *dev,
		     unsigned long event);

#endif /* CS_NETNS_DEVICE_H */
