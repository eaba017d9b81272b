// SPDX-License-Identifier: GPL-2.0-only
/*
 * INFO_GET, VPN_NEW, VPN_DEL and VPN_GET.
 */
#include "family.h"
#include "limits.h"
#include "notify.h"

#define FEATURES                                \
	(BIT_ULL(CESTEER_FEATURE_OWNER) |       \
	 BIT_ULL(CESTEER_FEATURE_ICMP_ERRORS) | \
	 BIT_ULL(CESTEER_FEATURE_WAITING) | BIT_ULL(CESTEER_FEATURE_FAST))

int cs_netlink_info_get(struct sk_buff *skb, struct genl_info *info)
{
	struct cs_net *cn = cs_netns_get(genl_info_net(info));
	size_t sources = 0, routes = 0, bytes = 0;
	struct cs_owner owner;
	struct sk_buff *reply;
	struct cs_vpn *vpn;
	u32 gateways;
	void *hdr;
	int i;

	mutex_lock(&cn->lock);
	gateways = cn->gateways.count;
	owner = cn->owner;
	hash_for_each(cn->vpns.by_id, i, vpn, node) {
		const struct cs_table *table = cs_vpn_table(vpn);

		sources += cs_table_sources(table);
		routes += cs_table_routes(table);
		bytes += cs_table_bytes(table);
		if (vpn->shadow)
			bytes += cs_table_bytes(vpn->shadow);
	}
	mutex_unlock(&cn->lock);

	reply = cs_netlink_reply(info, CESTEER_CMD_INFO_GET, &hdr);
	if (!reply)
		return -ENOMEM;
	if (nla_put_u32(reply, CESTEER_A_INFO_VERSION, CESTEER_GENL_VERSION) ||
	    nla_put_string(reply, CESTEER_A_INFO_MODULE, CESTEER_VERSION) ||
	    nla_put_u32(reply, CESTEER_A_INFO_MAX_GATEWAYS,
			cs_netlink_max_gateways()) ||
	    nla_put_u32(reply, CESTEER_A_INFO_MAX_SOURCES,
			cs_netlink_max_sources()) ||
	    nla_put_u32(reply, CESTEER_A_INFO_MAX_ROUTES,
			cs_netlink_max_routes()) ||
	    nla_put_u32(reply, CESTEER_A_INFO_GATEWAYS, gateways) ||
	    nla_put_u32(reply, CESTEER_A_INFO_SOURCES, sources) ||
	    nla_put_u32(reply, CESTEER_A_INFO_ROUTES, routes) ||
	    nla_put_u64_64bit(reply, CESTEER_A_INFO_BYTES, bytes,
			      CESTEER_A_INFO_PAD) ||
	    nla_put_u64_64bit(reply, CESTEER_A_INFO_FEATURES, FEATURES,
			      CESTEER_A_INFO_PAD) ||
	    cs_netlink_queue_put(reply, &cn->queues) ||
	    cs_netlink_owner_put(reply, &owner)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
}

int cs_netlink_vpn_new(struct sk_buff *skb, struct genl_info *info)
{
	struct cs_net *cn = cs_netns_get(genl_info_net(info));
	struct nlattr **tb = info->attrs;
	u8 action = CESTEER_ACTION_BYPASS;
	struct cs_change change = {};
	struct cs_vpn *vpn;
	u32 id;
	int err;

	if (!cs_netlink_need(info, CESTEER_A_VPN_ID, "a VPN needs an id"))
		return -EINVAL;
	id = nla_get_u32(tb[CESTEER_A_VPN_ID]);
	if (tb[CESTEER_A_VPN_DEFAULT])
		action = nla_get_u8(tb[CESTEER_A_VPN_DEFAULT]);
	err = cs_netlink_lock(cn, info, CESTEER_A_VPN_FORCE);
	if (err)
		return err;
	vpn = cs_vpn_find(&cn->vpns, id);
	if (!vpn)
		err = cs_netns_vpn_add(cn, id, action, info->extack);
	else if (tb[CESTEER_A_VPN_DEFAULT])
		WRITE_ONCE(vpn->default_action, action);
	if (!err) {
		cs_netns_changed(cn);
		cs_notify_change(cn, info, &id, &change);
	}
	mutex_unlock(&cn->lock);
	return err;
}

int cs_netlink_vpn_del(struct sk_buff *skb, struct genl_info *info)
{
	struct cs_net *cn = cs_netns_get(genl_info_net(info));
	struct cs_change change = {};
	struct cs_vpn *vpn;
	u32 id;
	int err;

	if (!cs_netlink_need(info, CESTEER_A_VPN_ID, "which VPN? no id"))
		return -EINVAL;
	err = cs_netlink_lock(cn, info, CESTEER_A_VPN_FORCE);
	if (err)
		return err;
	vpn = cs_netlink_vpn(cn, info, CESTEER_A_VPN_ID);
	if (!vpn) {
		err = -ENOENT;
		goto unlock;
	}
	id = vpn->id;
	change.deleted = cs_table_routes(cs_vpn_table(vpn)) +
			 cs_table_sources(cs_vpn_table(vpn));
	cs_netns_vpn_del(cn, vpn);
	cs_netns_changed(cn);
	cs_notify_change(cn, info, &id, &change);
unlock:
	mutex_unlock(&cn->lock);
	return err;
}

static int vpn_put(struct sk_buff *skb, const struct cs_vpn *vpn)
{
	const struct cs_table *table = cs_vpn_table(vpn);

	if (nla_put_u32(skb, CESTEER_A_VPN_ID, vpn->id) ||
	    nla_put_u8(skb, CESTEER_A_VPN_DEFAULT, vpn->default_action) ||
	    nla_put_u32(skb, CESTEER_A_VPN_SOURCES, cs_table_sources(table)) ||
	    nla_put_u32(skb, CESTEER_A_VPN_ROUTES, cs_table_routes(table)) ||
	    nla_put_u64_64bit(skb, CESTEER_A_VPN_BYTES, cs_table_bytes(table),
			      CESTEER_A_VPN_PAD))
		return -EMSGSIZE;
	return 0;
}

int cs_netlink_vpn_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cs_net *cn = cs_netns_get(sock_net(skb->sk));
	long seen = 0;
	struct cs_vpn *vpn;
	void *hdr;
	int i;

	mutex_lock(&cn->lock);
	cb->seq = cn->generation + 1;
	hash_for_each(cn->vpns.by_id, i, vpn, node) {
		if (seen++ < cb->args[0])
			continue;
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &cs_netlink_family,
				  NLM_F_MULTI, CESTEER_CMD_VPN_GET);
		if (!hdr)
			goto out;
		if (vpn_put(skb, vpn)) {
			genlmsg_cancel(skb, hdr);
			goto out;
		}
		genl_dump_check_consistent(cb, hdr);
		genlmsg_end(skb, hdr);
		cb->args[0] = seen;
	}
out:
	mutex_unlock(&cn->lock);
	return skb->len;
}
