// SPDX-License-Identifier: GPL-2.0-only
/*
 * COUNTERS_GET: one message a reason.
 */
#include "family.h"

static int counter_put(struct sk_buff *skb, struct cs_net *cn,
		       enum cesteer_reason reason)
{
	if (nla_put_u32(skb, CESTEER_A_COUNTER_REASON, reason) ||
	    nla_put_string(skb, CESTEER_A_COUNTER_NAME,
			   cs_stats_reason_name(reason)) ||
	    nla_put_u8(skb, CESTEER_A_COUNTER_VERDICT,
		       cs_stats_reason_verdict(reason)) ||
	    nla_put_u64_64bit(skb, CESTEER_A_COUNTER_PACKETS,
			      cs_stats_sum(cn->stats, reason),
			      CESTEER_A_COUNTER_PAD))
		return -EMSGSIZE;
	return 0;
}

int cs_netlink_counters_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cs_net *cn = cs_netns_get(sock_net(skb->sk));
	void *hdr;

	for (; cb->args[0] < __CESTEER_REASON_MAX; cb->args[0]++) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &cs_netlink_family,
				  NLM_F_MULTI, CESTEER_CMD_COUNTERS_GET);
		if (!hdr)
			break;
		if (counter_put(skb, cn, cb->args[0])) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	return skb->len;
}
