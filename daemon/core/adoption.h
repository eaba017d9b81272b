/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taking over what the kernel holds of a VPN from the run before: begun once,
 * done bit by bit in turns of the event loop. Until it is done nothing is
 * applied, so that what is not taken over yet is not taken for missing.
 */
#ifndef CESTEER_CORE_ADOPTION_H
#define CESTEER_CORE_ADOPTION_H

#include "core/core.h"

/*
 * The VPN is "unset" while it is under way, and "adopted" after. Nothing when
 * it is under way. False: it cannot be; that is logged.
 */
bool adoption_begin(struct vpn *v);
/* Go on until the clock (base/clock.h) says so. True: there is more. */
bool adoption_run(struct vpn *v, uint64_t until_us);
/* Forget one that is under way. */
void adoption_stop(struct vpn *v);

#endif /* CESTEER_CORE_ADOPTION_H */
