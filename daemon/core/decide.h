/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What should be in force for one entry: the join of what the neighbors say
 * with local policy, then what is held of before, then what covers it. It
 * changes nothing, so that who shows it gets what who applies it got.
 */
#ifndef CESTEER_CORE_DECIDE_H
#define CESTEER_CORE_DECIDE_H

#include "core/core.h"
#include "rib/hold.h"
#include "rib/join.h"

struct decision {
	struct join_result is; /* to be in force; why, in reason */
	enum join_reason said; /* what is said, whatever is held */
	uint32_t since; /* when it came to be held; 0: it is not */
	bool bare; /* rejected: what covers it decides, or discard */
	/* Without an entry of its own, though something is said of it: */
	const struct rib_entry *cover; /* NULL: nothing covers it */
	bool pierces; /* no identity, and the cover protects or discards */
	size_t n_paths;
	size_t n_more; /* that had less to say, and were not looked at */
	struct best_path paths[JOIN_PATHS_MAX]; /* the best first */
	struct rib_path found[JOIN_PATHS_MAX]; /* what they point at */
};

void decide_entry(const struct vpn *v, const struct rib_entry *e, time_t now,
		  struct decision *d);

#endif /* CESTEER_CORE_DECIDE_H */
