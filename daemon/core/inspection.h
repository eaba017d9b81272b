/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel holds of a VPN, entry by entry, beside what it should: begun
 * by an audit, done bit by bit in turns of the event loop. While it is under
 * way nothing is applied, so that what differs is somebody else's change.
 */
#ifndef CESTEER_CORE_INSPECTION_H
#define CESTEER_CORE_INSPECTION_H

#include "core/core.h"

/*
 * Compare sizes with the kernel's, and every entry where they differ or when
 * whole is set: what differs somebody else changed, and is queued to be put
 * right. k: what the kernel says of it, NULL where it has none; who: to be
 * told who that was.
 */
void inspection_begin(struct vpn *v, const struct kern_vpn *k, bool whole,
		      const char *who);
/* Go on until the clock (base/clock.h) says so. */
void inspection_run(struct vpn *v, uint64_t until_us);
/* Forget one that is under way. */
void inspection_stop(struct vpn *v);

#endif /* CESTEER_CORE_INSPECTION_H */
