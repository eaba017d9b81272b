/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a namespace may hold: module parameters, readable at any time.
 */
#ifndef CS_NETLINK_LIMITS_H
#define CS_NETLINK_LIMITS_H

/**
 * cs_netlink_max_gateways() - gateways a namespace may hold
 */
unsigned int cs_netlink_max_gateways(void);

/**
 * cs_netlink_max_sources() - source prefixes, over all its VPNs
 */
unsigned int cs_netlink_max_sources(void);

/**
 * cs_netlink_max_routes() - trusted subnets, over all its VPNs
 */
unsigned int cs_netlink_max_routes(void);

#endif /* CS_NETLINK_LIMITS_H */
