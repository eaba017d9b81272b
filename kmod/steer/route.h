/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds a route for a packet that had one.
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

#endif /* CS_STEER_ROUTE_H */
