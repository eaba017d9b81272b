/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bundles kept for a gateway's next packets. Stock XFRM looks up a policy and
 * an SA and makes a bundle (the outer route, with the SA before it) for every
 * packet. A gateway's packets all get the same one, so each CPU keeps its last.
 */
#ifndef CS_STEER_BUNDLE_H
#define CS_STEER_BUNDLE_H

#include "spd/gateway.h"

/**
 * cs_bundle_get() - the bundle that this CPU keeps
 * @gw: gateway
 * @family: of the packet that is to go through it
 * @l3mdev: index of the VRF's interface that the packet leaves by, or 0
 *
 * What XFRM made is asked whether it still holds: the SA is the newest one and
 * alive, its policy is there, the route stands, and the MTU is up to date.
 *
 * Context: softirq or process, RCU. Return: a reference, or NULL.
 */
struct dst_entry *cs_bundle_get(struct cs_gateway *gw, enum cs_family family,
				int l3mdev);

/**
 * cs_bundle_keep() - keep a bundle for this CPU's next packets, if it suits all
 * @gw: gateway
 * @family: of the packet that it was made for
 * @l3mdev: of the packet that it was made for
 * @dst: what XFRM made; the caller's reference stays its own
 * Context: softirq or process, RCU.
 */
void cs_bundle_keep(struct cs_gateway *gw, enum cs_family family, int l3mdev,
		    struct dst_entry *dst);

/**
 * cs_bundle_flush() - keep none of a gateway's, on any CPU
 * @gw: gateway
 *
 * For what would otherwise keep dead SAs and their keys in memory until the
 * gateway's next packet comes by.
 *
 * Context: any but hard interrupts.
 */
void cs_bundle_flush(struct cs_gateway *gw);

#endif /* CS_STEER_BUNDLE_H */
