// SPDX-License-Identifier: GPL-2.0-only
/*
 * OWN: a namespace that is one socket's own. Only changes are refused to the
 * others, and only those that do not say that they mean it: who may change the
 * table at all has CAP_NET_ADMIN, and could as well end the owner.
 */
#include <linux/sched.h>

#include "family.h"

static int refuse(struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack,
		       "a running daemon owns what this would change");
	return -EBUSY;
}

int cs_netlink_lock(struct cs_net *cn, struct genl_info *info, int force)
{
	mutex_lock(&cn->lock);
	if (!cn->owner.portid || cn->owner.portid == info->snd_portid ||
	    info->attrs[force])
		return 0;
	mutex_unlock(&cn->lock);
	return refuse(info);
}

int cs_netlink_own(struct sk_buff *skb, struct genl_info *info)
{
	struct cs_net *cn = cs_netns_get(genl_info_net(info));
	int err = 0;

	mutex_lock(&cn->lock);
	if (cn->owner.portid && cn->owner.portid != info->snd_portid) {
		err = refuse(info);
	} else {
		cn->owner.portid = info->snd_portid;
		cn->owner.pid = task_tgid_nr(current);
		get_task_comm(cn->owner.comm, current);
	}
	mutex_unlock(&cn->lock);
	return err;
}

int cs_netlink_owner_put(struct sk_buff *skb, const struct cs_owner *owner)
{
	if (!owner->portid)
		return 0;
	if (nla_put_u32(skb, CESTEER_A_INFO_OWNER_PID, owner->pid) ||
	    nla_put_string(skb, CESTEER_A_INFO_OWNER_COMM, owner->comm))
		return -EMSGSIZE;
	return 0;
}
