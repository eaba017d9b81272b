// SPDX-License-Identifier: GPL-2.0-only
/*
 * A packet's way out, shared by the hooks and by the queues.
 */
#include "netlink/notify.h"
#include "steer/xfrm.h"
#include "way.h"

enum cesteer_reason cs_way_steer(struct cs_net *cn, struct sk_buff *skb,
				 const struct cs_key *key, struct cs_verdict *v,
				 const struct cs_gateway *own)
{
	struct cs_gateway *next = v->gateway;
	enum cesteer_reason reason;

	do {
		v->gateway = next;
		if (next != own && cs_queue_is_waiting(&next->queue))
			return CESTEER_REASON_NO_SA;
		reason = cs_xfrm_steer(cn->net, skb, key, next);
		if (reason != CESTEER_REASON_NO_POLICY)
			return reason;
		next = cs_verdict_next(v);
	} while (next);
	return reason;
}

void cs_way_protected(struct cs_net *cn, struct cs_gateway *gw,
		      unsigned int len)
{
	cs_stats_reason(cn->stats, CESTEER_REASON_PROTECTED);
	cs_stats_add(gw->cpu->stats.out_packets, 1);
	cs_stats_add(gw->cpu->stats.out_bytes, len);
}

void cs_way_drop(struct cs_net *cn, const struct cs_vpn *vpn,
		 struct cs_key *key, const struct cs_verdict *v)
{
	cs_stats_reason(cn->stats, v->reason);
	if (v->gateway)
		cs_stats_add(v->gateway->cpu->stats.drops, 1);
	if (vpn)
		cs_notify_drop(cn, vpn, key, v);
}

void cs_way_pass(struct cs_net *cn, const struct cs_vpn *vpn, u32 generation,
		 const struct cs_key *key, enum cesteer_reason reason)
{
	cs_stats_reason(cn->stats, reason);
	if (cs_key_is_not_icmp(key) && (reason == CESTEER_REASON_NO_SOURCE ||
					reason == CESTEER_REASON_NO_ROUTE ||
					reason == CESTEER_REASON_BYPASS))
		cs_memo_set(raw_cpu_ptr(cn->memo), vpn, generation, key);
}
