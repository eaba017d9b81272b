/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of several paths to a prefix is the best (RFC 4271, section 9.1).
 * Pure. Where the RFC compares what a CE does not have (the IGP's cost to
 * the next hop) all paths are equal. Paths that it would have deleted, and
 * that are kept in case there is no other protection, rank behind all others.
 */
#ifndef CESTEER_RIB_BEST_H
#define CESTEER_RIB_BEST_H

#include <stddef.h>
#include "rib/rib.h"

struct best_path {
	const struct rib_path *path;
	const struct rib_peer *peer;
};

/* The step that left one path. */
enum best_step {
	BEST_ONLY, /* there was one */
	BEST_FRESH, /* RFC 4271, 8.2.2; RFC 4724, 4.2 */
	BEST_LOCAL_PREF, /* 9.1.1 */
	BEST_AS_PATH, /* 9.1.2.2 a) */
	BEST_ORIGIN, /* b) */
	BEST_MED, /* c) */
	BEST_EBGP, /* d) */
	BEST_ROUTER_ID, /* f) */
	BEST_CLUSTERS, /* RFC 4456, section 9 */
	BEST_ADDRESS, /* g) */
	BEST_ID, /* two paths of one neighbor */
};

/*
 * Order n paths, the best first, then the best of those that remain, and so
 * on: whatever order they came in. Returns what decided about the first.
 */
enum best_step best_sort(struct best_path *p, size_t n);
/*
 * A fixed order, for where there are too many to sort: as the steps have it but
 * for MED, which is no order. Less than 0: a comes first. 0 only for the same
 * path of the same neighbor.
 */
int best_cmp(const struct best_path *a, const struct best_path *b);
/* "shorter AS path", ... */
const char *best_step_name(enum best_step step);

#endif /* CESTEER_RIB_BEST_H */
