// SPDX-License-Identifier: GPL-2.0-only
/*
 * DEVICE_NEW, DEVICE_DEL and DEVICE_GET.
 */
#include <linux/netdevice.h>

#include "family.h"
#include "notify.h"

/* Whose, and which: under the namespace's mutex. */
static struct cs_vpn *request(struct cs_net *cn, struct genl_info *info,
			      const char **name)
{
	struct nlattr *nla = info->attrs[CESTEER_A_DEVICE_NAME];

	*name = nla_data(nla);
	if (!dev_valid_name(*name)) {
		NL_SET_ERR_MSG_ATTR(info->extack, nla,
				    "no device can have that name");
		return ERR_PTR(-EINVAL);
	}
	return cs_netlink_vpn(cn, info, CESTEER_A_DEVICE_VPN) ?:
								ERR_PTR(-ENOENT);
}

static void changed(struct cs_net *cn, struct genl_info *info, u32 vpn,
		    const struct cs_change *change)
{
	cs_netns_changed(cn);
	cs_notify_change(cn, info, &vpn, change);
}

int cs_netlink_device_new(struct sk_buff *skb, struct genl_info *info)
{
	struct cs_net *cn = cs_netns_get(genl_info_net(info));
	struct cs_change change = { .added = 1 };
	const char *name;
	struct cs_vpn *vpn;
	int err;

	if (!cs_netlink_need(info, CESTEER_A_DEVICE_NAME,
			     "a device has a name"))
		return -EINVAL;
	err = cs_netlink_lock(cn, info, CESTEER_A_DEVICE_FORCE);
	if (err)
		return err;
	vpn = request(cn, info, &name);
	err = PTR_ERR_OR_ZERO(vpn);
	if (!err)
		err = cs_device_add(cn, vpn->id, name, info->extack);
	if (!err)
		changed(cn, info, vpn->id, &change);
	mutex_unlock(&cn->lock);
	return err;
}

int cs_netlink_device_del(struct sk_buff *skb, struct genl_info *info)
{
	struct cs_net *cn = cs_netns_get(genl_info_net(info));
	struct cs_change change = { .deleted = 1 };
	const char *name;
	struct cs_vpn *vpn;
	int err;

	if (!cs_netlink_need(info, CESTEER_A_DEVICE_NAME, "which device?"))
		return -EINVAL;
	err = cs_netlink_lock(cn, info, CESTEER_A_DEVICE_FORCE);
	if (err)
		return err;
	vpn = request(cn, info, &name);
	err = PTR_ERR_OR_ZERO(vpn);
	if (!err && !cs_device_del(cn, vpn->id, name)) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[CESTEER_A_DEVICE_NAME],
				    "the device is not named for that VPN");
		err = -ENOENT;
	}
	if (!err)
		changed(cn, info, vpn->id, &change);
	mutex_unlock(&cn->lock);
	return err;
}

static int device_put(struct sk_buff *skb, const struct cs_device *d)
{
	if (nla_put_u32(skb, CESTEER_A_DEVICE_VPN, d->vpn) ||
	    nla_put_string(skb, CESTEER_A_DEVICE_NAME, d->name) ||
	    (d->ops.dev &&
	     nla_put_u32(skb, CESTEER_A_DEVICE_IFINDEX, d->ops.dev->ifindex)) ||
	    nla_put_u64_64bit(skb, CESTEER_A_DEVICE_PACKETS,
			      cs_device_packets(d), CESTEER_A_DEVICE_PAD))
		return -EMSGSIZE;
	return 0;
}

static bool dump_one(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct cs_device *d)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &cs_netlink_family,
				NLM_F_MULTI, CESTEER_CMD_DEVICE_GET);

	if (!hdr)
		return false;
	if (device_put(skb, d)) {
		genlmsg_cancel(skb, hdr);
		return false;
	}
	genl_dump_check_consistent(cb, hdr);
	genlmsg_end(skb, hdr);
	return true;
}

int cs_netlink_device_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cs_net *cn = cs_netns_get(sock_net(skb->sk));
	const struct cs_device *d;
	long seen = 0;

	mutex_lock(&cn->lock);
	mutex_lock(&cn->devices.lock);
	cb->seq = cn->generation + 1;
	list_for_each_entry(d, &cn->devices.list, node) {
		if (seen++ < cb->args[0])
			continue;
		if (!dump_one(skb, cb, d))
			break;
		cb->args[0] = seen;
	}
	mutex_unlock(&cn->devices.lock);
	mutex_unlock(&cn->lock);
	return skb->len;
}
