/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traffic that waits in vain. The kernel asks the IKE daemon for an SA once; a
 * request that the IKE daemon loses (strongSwan does, while it loads the
 * connection) is not repeated for minutes.
 */
#ifndef CESTEER_CORE_DEMAND_H
#define CESTEER_CORE_DEMAND_H

#include "core/gateway.h"

struct demand {
	uint32_t looks;
	uint64_t drops; /* packets, for want of an SA, at the last one */
};

/*
 * Each second: have the SA of a gateway initiated whose traffic waits, or was
 * dropped since the last time, while the IKE daemon did nothing about it.
 */
void demand_tick(struct demand *d, struct gateways *g);

#endif /* CESTEER_CORE_DEMAND_H */
