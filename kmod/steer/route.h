/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds a route for a packet that had one, and tells what a route can carry.
 */
#ifndef CS_STEER_ROUTE_H
#define CS_STEER_ROUTE_H

#include "key.h"

/**
 * cs_route_again() - route a packet that has waited
 * @net: namespace
 * @skb: packet without a route; its device is the one it came in by or, when
 *       this host sent it, goes out by
 * @key: the same packet
 * @sk: the full socket that sent it, or NULL
 * Context: softirq, RCU. Return: 0, or a negative errno and still no route.
 */
int cs_route_again(struct net *net, struct sk_buff *skb,
		   const struct cs_key *key, struct sock *sk);

/**
 * cs_route_fits() - need nobody cut the packet, or tell its sender
 * @skb: forwarded packet with a route
 * @family: of its header
 * @mtu: what else bounds it
 */
bool cs_route_fits(const struct sk_buff *skb, enum cs_family family, u32 mtu);

/**
 * cs_route_is_open() - can a packet leave by its route as it is, its hops counted
 * @skb: forwarded packet with a route; its header may move
 * @family: of its header
 *
 * Not when it does not fit, when its device is one that reads its packets'
 * routes, or when there is no memory to change its header in.
 *
 * Context: softirq or process, RCU.
 */
bool cs_route_is_open(struct sk_buff *skb, enum cs_family family);

#endif /* CS_STEER_ROUTE_H */
