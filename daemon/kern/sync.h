/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The difference between the prefixes that should be in the kernel and those
 * that are: source prefixes, which are few and compared whole. (Routes are
 * compared one by one, where they are decided about.) Pure: no descriptor is
 * touched here.
 */
#ifndef CESTEER_KERN_SYNC_H
#define CESTEER_KERN_SYNC_H

#include <stddef.h>
#include "base/addr.h"

/* Applied in the order additions, then deletions, it opens no gap. */
struct kern_diff {
	struct prefix *add, *del;
	size_t n_add, n_del;
};

/*
 * Both sides are sorted by prefix_cmp(), each prefix once. Fill d, which the
 * caller frees. 0; -ENOMEM; -EINVAL when a side is not in order. On failure d
 * is empty.
 */
int kern_diff(const struct prefix *want, size_t n_want,
	      const struct prefix *have, size_t n_have, struct kern_diff *d);
void kern_diff_free(struct kern_diff *d);

#endif /* CESTEER_KERN_SYNC_H */
