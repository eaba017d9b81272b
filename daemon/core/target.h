/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What entries say and why, each only once: a number for a table of a million
 * entries instead of a list of gateways. A number that is referred to keeps its
 * gateways. Entries that are held since the same second share one.
 */
#ifndef CESTEER_CORE_TARGET_H
#define CESTEER_CORE_TARGET_H

#include "core/gateway.h"
#include "kern/kern.h"
#include "rib/hold.h"

struct target {
	struct kern_target kern;
	struct hold_state why;
	struct gateway *gateways[CESTEER_GATEWAYS_MAX];
	unsigned int refs; /* 0: this number is free */
	uint32_t next; /* number: of the same bucket, or the next free one */
};

struct targets {
	struct target *list; /* [number - 1] */
	uint32_t n, free;
	uint32_t *buckets; /* numbers */
	uint32_t n_buckets, used;
};

/*
 * The number, from 1 up, of an action and n gateways (which are in the
 * kernel), and of the reason; a reference to it is the caller's. since is 0
 * unless the entry is held. 0: memory.
 */
uint32_t targets_get(struct targets *t, uint8_t action, struct gateway **gws,
		     uint8_t n, const struct hold_state *why);
void targets_put(struct targets *t, uint32_t number, time_t now);
/* NULL for 0. */
const struct target *targets_at(const struct targets *t, uint32_t number);
/*
 * Use gateways again that were down and are well: at once where no entry has
 * another that serves it, the first in an entry's order if several come back
 * together, else after the hold-up time, so that what comes and goes does not
 * take traffic with it each time.
 */
void targets_recover(struct targets *t, struct gateways *g, time_t now);
void targets_free(struct targets *t);

#endif /* CESTEER_CORE_TARGET_H */
