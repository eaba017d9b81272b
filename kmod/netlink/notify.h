/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events, to the family's multicast group. Nobody listening costs a branch.
 */
#ifndef CS_NETLINK_NOTIFY_H
#define CS_NETLINK_NOTIFY_H

#include "steer/verdict.h"

struct genl_info;

/**
 * struct cs_change - what one request did
 * @added: prefixes, or gateways, that were not there
 * @replaced: that were
 * @deleted: that are no more
 */
struct cs_change {
	u32 added;
	u32 replaced;
	u32 deleted;
};

/**
 * cs_notify_change() - CHANGE_NTF: a request was applied
 * @cn: namespace
 * @info: the request, in the context of the process that made it
 * @vpn: id of the VPN, NULL when it was about none
 * @change: what it did
 * Context: process, may sleep.
 */
void cs_notify_change(struct cs_net *cn, const struct genl_info *info,
		      const u32 *vpn, const struct cs_change *change);

/**
 * cs_notify_gateway() - GATEWAY_NTF: a gateway came or changed
 * @cn: namespace; its mutex held
 * @gw: the gateway
 * Context: process, may sleep.
 */
void cs_notify_gateway(struct cs_net *cn, struct cs_gateway *gw);

/**
 * cs_notify_drop() - DROP_NTF, at most ten a second
 * @cn: namespace
 * @vpn: VPN
 * @key: the packet
 * @v: why, and whose
 * Context: softirq or process, RCU.
 */
void cs_notify_drop(struct cs_net *cn, const struct cs_vpn *vpn,
		    struct cs_key *key, const struct cs_verdict *v);

#endif /* CS_NETLINK_NOTIFY_H */
