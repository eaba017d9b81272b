/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The difference between what should be in the kernel and what is. Pure: no
 * descriptor is touched here.
 *
 * Both sides are sorted by prefix_cmp(), each prefix once. What is applied in
 * the order additions, then deletions, never opens a gap.
 */
#ifndef CESTEER_KERN_SYNC_H
#define CESTEER_KERN_SYNC_H

#include <stddef.h>
#include "kern/kern.h"

struct kern_route_diff {
	struct kern_route *add; /* new ones, and those with another target */
	size_t n_add;
	struct prefix *del;
	size_t n_del;
};

struct kern_source_diff {
	struct prefix *add, *del;
	size_t n_add, n_del;
};

/*
 * Fill d, which the caller frees. 0; -ENOMEM; -EINVAL when a side is not in
 * order. On failure d is empty.
 */
int kern_diff_routes(const struct kern_route *want, size_t n_want,
		     const struct kern_route *have, size_t n_have,
		     struct kern_route_diff *d);
void kern_route_diff_free(struct kern_route_diff *d);

int kern_diff_sources(const struct prefix *want, size_t n_want,
		      const struct prefix *have, size_t n_have,
		      struct kern_source_diff *d);
void kern_source_diff_free(struct kern_source_diff *d);

#endif /* CESTEER_KERN_SYNC_H */
