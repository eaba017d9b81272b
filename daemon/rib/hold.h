/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens to protection that is taken away: whether an entry that was
 * protected outlives the route that said so. Pure.
 *
 * A route that is withdrawn, or that loses its identity, may be a site that
 * closed or a provider that fails or cheats; from here they look the same. So
 * the entry is held for a time of the operator's choice, from the moment that
 * it was found so. What the operator decides himself (a static entry, a prefix
 * of our own) takes effect at once.
 */
#ifndef CESTEER_RIB_HOLD_H
#define CESTEER_RIB_HOLD_H

#include <stdbool.h>
#include <stdint.h>
#include "rib/join.h"

#define HOLD_FOREVER UINT32_MAX

/* Seconds; 0: not at all. */
struct hold_policy {
	uint32_t withdrawn, downgraded;
};

/* Why an entry is as it is; since counts only while it is held. */
struct hold_state {
	enum join_reason reason;
	uint32_t since; /* seconds of the caller's clock */
};

bool hold_is_held(enum join_reason reason);
/*
 * When such a hold ends, as the clock has it: after its time, up to a second
 * later. HOLD_FOREVER: it does not.
 */
uint32_t hold_end(const struct hold_policy *p, const struct hold_state *s);
/*
 * was: how an installed entry that protects came to be. said: what is said of
 * its prefix now. True: it is held, as *held says. False: what is said
 * applies, because it protects too, was decided here, or the time is over.
 */
bool hold_decide(const struct hold_policy *p, const struct hold_state *was,
		 enum join_reason said, uint32_t now, struct hold_state *held);

#endif /* CESTEER_RIB_HOLD_H */
