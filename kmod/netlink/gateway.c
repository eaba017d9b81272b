// SPDX-License-Identifier: GPL-2.0-only
/*
 * GATEWAY_NEW, _SET, _DEL and _GET.
 */
#include <linux/in.h>
#include <linux/module.h>
#include <net/ipv6.h>

#include "family.h"
#include "gateway.h"
#include "limits.h"
#include "notify.h"

static unsigned int max_gateways = 65536;
module_param(max_gateways, uint, 0644);
MODULE_PARM_DESC(max_gateways, "gateways a namespace may hold");

unsigned int cs_netlink_max_gateways(void)
{
	return READ_ONCE(max_gateways);
}

int cs_netlink_gateway_put(struct sk_buff *skb, struct cs_gateway *gw)
{
	struct cs_queue_state queue;
	struct cs_gateway_stats sum;
	int err;

	cs_stats_gateway_sum(&gw->cpu->stats, &sum);
	cs_queue_read(&gw->queue, &queue);
	if (gw->addr.family == AF_INET)
		err = nla_put(skb, CESTEER_A_GATEWAY_ADDR4, 4, &gw->addr.in);
	else
		err = nla_put(skb, CESTEER_A_GATEWAY_ADDR6, 16, &gw->addr.in);
	if (err || nla_put_u32(skb, CESTEER_A_GATEWAY_ID, gw->id) ||
	    nla_put_u32(skb, CESTEER_A_GATEWAY_IF_ID, gw->if_id) ||
	    nla_put_u8(skb, CESTEER_A_GATEWAY_MODE, gw->mode) ||
	    nla_put_u8(skb, CESTEER_A_GATEWAY_STATE, gw->state) ||
	    nla_put_u32(skb, CESTEER_A_GATEWAY_ROUTES, gw->routes) ||
	    nla_put_u64_64bit(skb, CESTEER_A_GATEWAY_OUT_PACKETS,
			      sum.out_packets, CESTEER_A_GATEWAY_PAD) ||
	    nla_put_u64_64bit(skb, CESTEER_A_GATEWAY_OUT_BYTES, sum.out_bytes,
			      CESTEER_A_GATEWAY_PAD) ||
	    nla_put_u64_64bit(skb, CESTEER_A_GATEWAY_IN_PACKETS, sum.in_packets,
			      CESTEER_A_GATEWAY_PAD) ||
	    nla_put_u64_64bit(skb, CESTEER_A_GATEWAY_IN_BYTES, sum.in_bytes,
			      CESTEER_A_GATEWAY_PAD) ||
	    nla_put_u64_64bit(skb, CESTEER_A_GATEWAY_DROPS, sum.drops,
			      CESTEER_A_GATEWAY_PAD) ||
	    nla_put_u32(skb, CESTEER_A_GATEWAY_WAITING, queue.packets) ||
	    nla_put_u64_64bit(skb, CESTEER_A_GATEWAY_WAITED, queue.queued,
			      CESTEER_A_GATEWAY_PAD))
		return -EMSGSIZE;
	return 0;
}

/* To a key manager an address of zeroes means anybody. */
static bool is_host(const struct cs_addr *a)
{
	__be32 v4 = a->in.s6_addr32[0];

	if (a->family == AF_INET)
		return !ipv4_is_zeronet(v4) && ntohl(v4) < 0xe0000000;
	return !ipv6_addr_any(&a->in) && !ipv6_addr_is_multicast(&a->in);
}

/* What a new gateway must and may say. */
static int parse_new(struct genl_info *info, struct cs_gateway *tmpl)
{
	struct nlattr **tb = info->attrs;

	if (!cs_netlink_need(info, CESTEER_A_GATEWAY_ID,
			     "a gateway needs an id") ||
	    !cs_netlink_need(info, CESTEER_A_GATEWAY_IF_ID,
			     "a gateway needs an if_id"))
		return -EINVAL;
	if (!tb[CESTEER_A_GATEWAY_ADDR4] == !tb[CESTEER_A_GATEWAY_ADDR6]) {
		NL_SET_ERR_MSG(info->extack,
			       "a gateway needs one address, IPv4 or IPv6");
		return -EINVAL;
	}
	tmpl->id = nla_get_u32(tb[CESTEER_A_GATEWAY_ID]);
	tmpl->if_id = nla_get_u32(tb[CESTEER_A_GATEWAY_IF_ID]);
	if (tb[CESTEER_A_GATEWAY_ADDR4])
		cs_addr_init(&tmpl->addr, AF_INET,
			     nla_data(tb[CESTEER_A_GATEWAY_ADDR4]));
	else
		cs_addr_init(&tmpl->addr, AF_INET6,
			     nla_data(tb[CESTEER_A_GATEWAY_ADDR6]));
	if (!is_host(&tmpl->addr)) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    tb[CESTEER_A_GATEWAY_ADDR4] ?:
					    tb[CESTEER_A_GATEWAY_ADDR6],
				    "not a host's address");
		return -EINVAL;
	}
	if (tb[CESTEER_A_GATEWAY_MODE])
		tmpl->mode = nla_get_u8(tb[CESTEER_A_GATEWAY_MODE]);
	if (tb[CESTEER_A_GATEWAY_STATE])
		tmpl->state = nla_get_u8(tb[CESTEER_A_GATEWAY_STATE]);
	return 0;
}

int cs_netlink_gateway_new(struct sk_buff *skb, struct genl_info *info)
{
	struct cs_net *cn = cs_netns_get(genl_info_net(info));
	const struct cs_change change = { .added = 1 };
	struct cs_gateway tmpl = {};
	struct cs_gateway *gw;
	int err;

	err = parse_new(info, &tmpl);
	if (err)
		return err;
	err = cs_netlink_lock(cn, info, CESTEER_A_GATEWAY_FORCE);
	if (err)
		return err;
	if (cn->gateways.count >= cs_netlink_max_gateways()) {
		NL_SET_ERR_MSG(info->extack, "limit reached: max_gateways");
		err = -ENOSPC;
		goto unlock;
	}
	gw = cs_gateway_add(&cn->gateways, &tmpl, info->extack);
	if (IS_ERR(gw)) {
		err = PTR_ERR(gw);
		goto unlock;
	}
	cs_netns_changed(cn);
	cs_notify_gateway(cn, gw);
	cs_notify_change(cn, info, NULL, &change);
unlock:
	mutex_unlock(&cn->lock);
	return err;
}

static struct cs_gateway *find(struct cs_net *cn, struct genl_info *info)
{
	struct nlattr *id;
	struct cs_gateway *gw;

	id = cs_netlink_need(info, CESTEER_A_GATEWAY_ID,
			     "which gateway? no id");
	if (!id)
		return ERR_PTR(-EINVAL);
	gw = cs_gateway_by_id(&cn->gateways, nla_get_u32(id));
	if (!gw) {
		NL_SET_ERR_MSG_ATTR(info->extack, id, "no such gateway");
		return ERR_PTR(-ENOENT);
	}
	return gw;
}

/* Which attribute may not change once a gateway exists; 0 when none is there. */
static int immutable_attr(struct genl_info *info)
{
	static const int attrs[] = { CESTEER_A_GATEWAY_ADDR4,
				     CESTEER_A_GATEWAY_ADDR6,
				     CESTEER_A_GATEWAY_IF_ID };
	int i;

	for (i = 0; i < ARRAY_SIZE(attrs); i++)
		if (info->attrs[attrs[i]])
			return attrs[i];
	return 0;
}

int cs_netlink_gateway_set(struct sk_buff *skb, struct genl_info *info)
{
	struct cs_net *cn = cs_netns_get(genl_info_net(info));
	const struct cs_change change = { .replaced = 1 };
	struct nlattr **tb = info->attrs;
	struct cs_gateway *gw;
	int attr, err;

	attr = immutable_attr(info);
	if (attr) {
		NL_SET_ERR_MSG_ATTR(info->extack, tb[attr],
				    "only mode and state can be set");
		return -EINVAL;
	}
	err = cs_netlink_lock(cn, info, CESTEER_A_GATEWAY_FORCE);
	if (err)
		return err;
	gw = find(cn, info);
	if (IS_ERR(gw)) {
		err = PTR_ERR(gw);
		goto unlock;
	}
	if (tb[CESTEER_A_GATEWAY_MODE])
		gw->mode = nla_get_u8(tb[CESTEER_A_GATEWAY_MODE]);
	if (tb[CESTEER_A_GATEWAY_STATE])
		WRITE_ONCE(gw->state, nla_get_u8(tb[CESTEER_A_GATEWAY_STATE]));
	cs_netns_changed(cn);
	/* Those that wait for it may have another to go to. */
	cs_queue_kick(&gw->queue);
	cs_notify_gateway(cn, gw);
	cs_notify_change(cn, info, NULL, &change);
unlock:
	mutex_unlock(&cn->lock);
	return err;
}

int cs_netlink_gateway_del(struct sk_buff *skb, struct genl_info *info)
{
	struct cs_net *cn = cs_netns_get(genl_info_net(info));
	const struct cs_change change = { .deleted = 1 };
	struct cs_gateway *gw;
	int err;

	err = cs_netlink_lock(cn, info, CESTEER_A_GATEWAY_FORCE);
	if (err)
		return err;
	gw = find(cn, info);
	if (IS_ERR(gw)) {
		err = PTR_ERR(gw);
		goto unlock;
	}
	if (gw->routes) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[CESTEER_A_GATEWAY_ID],
				    "the gateway is in use by trusted subnets");
		err = -EBUSY;
		goto unlock;
	}
	cs_netns_gateway_del(cn, gw);
	cs_netns_changed(cn);
	cs_notify_change(cn, info, NULL, &change);
unlock:
	mutex_unlock(&cn->lock);
	return err;
}

int cs_netlink_gateway_get(struct sk_buff *skb, struct genl_info *info)
{
	struct cs_net *cn = cs_netns_get(genl_info_net(info));
	struct cs_gateway *gw;
	struct sk_buff *reply;
	void *hdr;
	int err;

	reply = cs_netlink_reply(info, CESTEER_CMD_GATEWAY_GET, &hdr);
	if (!reply)
		return -ENOMEM;
	mutex_lock(&cn->lock);
	gw = find(cn, info);
	err = PTR_ERR_OR_ZERO(gw) ?: cs_netlink_gateway_put(reply, gw);
	mutex_unlock(&cn->lock);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
}

int cs_netlink_gateway_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cs_net *cn = cs_netns_get(sock_net(skb->sk));
	unsigned long id = cb->args[0];
	struct cs_gateway *gw;
	void *hdr;

	mutex_lock(&cn->lock);
	cb->seq = cn->generation + 1;
	xa_for_each_start(&cn->gateways.by_id, id, gw, id) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &cs_netlink_family,
				  NLM_F_MULTI, CESTEER_CMD_GATEWAY_GET);
		if (!hdr)
			break;
		if (cs_netlink_gateway_put(skb, gw)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genl_dump_check_consistent(cb, hdr);
		genlmsg_end(skb, hdr);
		/* An id may be the largest there is; unsigned long is wider. */
		cb->args[0] = id + 1;
	}
	mutex_unlock(&cn->lock);
	return skb->len;
}
