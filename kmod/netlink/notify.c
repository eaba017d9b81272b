// SPDX-License-Identifier: GPL-2.0-only
/*
 * Builds and sends events. One that cannot be built for want of memory is
 * lost: the counters still know.
 */
#include <linux/ratelimit.h>

#include "family.h"
#include "gateway.h"
#include "notify.h"

static bool nobody_listens(struct cs_net *cn)
{
	return !genl_has_listeners(&cs_netlink_family, cn->net,
				   CS_MCGRP_EVENTS);
}

static void send(struct cs_net *cn, struct sk_buff *skb, void *hdr, gfp_t gfp)
{
	genlmsg_end(skb, hdr);
	genlmsg_multicast_netns(&cs_netlink_family, cn->net, skb, 0,
				CS_MCGRP_EVENTS, gfp);
}

/*
 * As everywhere in netlink the header says whose request it was, so that who
 * listens knows its own; beyond that, who that was, for those who did not
 * expect it.
 */
void cs_notify_change(struct cs_net *cn, const struct genl_info *info,
		      const u32 *vpn, const struct cs_change *change)
{
	char comm[TASK_COMM_LEN];
	struct sk_buff *skb;
	void *hdr;

	if (nobody_listens(cn))
		return;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return;
	hdr = genlmsg_put(skb, info->snd_portid, info->snd_seq,
			  &cs_netlink_family, 0, CESTEER_CMD_CHANGE_NTF);
	if (!hdr || (vpn && nla_put_u32(skb, CESTEER_A_CHANGE_VPN, *vpn)) ||
	    nla_put_u8(skb, CESTEER_A_CHANGE_CMD, info->genlhdr->cmd) ||
	    nla_put_u32(skb, CESTEER_A_CHANGE_ADDED, change->added) ||
	    nla_put_u32(skb, CESTEER_A_CHANGE_REPLACED, change->replaced) ||
	    nla_put_u32(skb, CESTEER_A_CHANGE_DELETED, change->deleted) ||
	    nla_put_u32(skb, CESTEER_A_CHANGE_PID, task_tgid_nr(current)) ||
	    nla_put_string(skb, CESTEER_A_CHANGE_COMM,
			   get_task_comm(comm, current)))
		nlmsg_free(skb);
	else
		send(cn, skb, hdr, GFP_KERNEL);
}

void cs_notify_gateway(struct cs_net *cn, struct cs_gateway *gw)
{
	struct sk_buff *skb;
	void *hdr;

	if (nobody_listens(cn))
		return;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return;
	hdr = genlmsg_put(skb, 0, 0, &cs_netlink_family, 0,
			  CESTEER_CMD_GATEWAY_NTF);
	if (!hdr || cs_netlink_gateway_put(skb, gw))
		nlmsg_free(skb);
	else
		send(cn, skb, hdr, GFP_KERNEL);
}

static int put_addresses(struct sk_buff *skb, const struct cs_key *key)
{
	if (key->family == CS_IPV4)
		return nla_put(skb, CESTEER_A_DROP_SRC4, 4, key->saddr) ?:
			       nla_put(skb, CESTEER_A_DROP_DST4, 4, key->daddr);
	return nla_put(skb, CESTEER_A_DROP_SRC6, 16, key->saddr) ?:
		       nla_put(skb, CESTEER_A_DROP_DST6, 16, key->daddr);
}

void cs_notify_drop(struct cs_net *cn, const struct cs_vpn *vpn,
		    struct cs_key *key, const struct cs_verdict *v)
{
	struct sk_buff *skb;
	void *hdr;

	if (nobody_listens(cn) || !__ratelimit(&cn->drop_events))
		return;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return;
	cs_key_transport(key);
	hdr = genlmsg_put(skb, 0, 0, &cs_netlink_family, 0,
			  CESTEER_CMD_DROP_NTF);
	if (!hdr || nla_put_u32(skb, CESTEER_A_DROP_VPN, vpn->id) ||
	    nla_put_u32(skb, CESTEER_A_DROP_REASON, v->reason) ||
	    nla_put_string(skb, CESTEER_A_DROP_REASON_NAME,
			   cs_stats_reason_name(v->reason)) ||
	    put_addresses(skb, key) ||
	    nla_put_u8(skb, CESTEER_A_DROP_PROTO, key->proto) ||
	    (v->gateway &&
	     nla_put_u32(skb, CESTEER_A_DROP_GATEWAY, v->gateway->id)))
		nlmsg_free(skb);
	else
		send(cn, skb, hdr, GFP_ATOMIC);
}
