/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A gateway as a message shows it: in answers, dumps and events.
 */
#ifndef CS_NETLINK_GATEWAY_H
#define CS_NETLINK_GATEWAY_H

#include <linux/skbuff.h>
#include "spd/gateway.h"

/**
 * cs_netlink_gateway_put() - append a gateway's attributes
 * @skb: message
 * @gw: gateway; writers' mutex held
 * Return: 0 or -EMSGSIZE.
 */
int cs_netlink_gateway_put(struct sk_buff *skb, struct cs_gateway *gw);

#endif /* CS_NETLINK_GATEWAY_H */
