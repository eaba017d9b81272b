/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the queue of a VPN's rib to the kernel: each queued entry is joined
 * with local policy, compared with what is installed, and what differs is
 * sent in batches, additions before deletions. What the kernel refuses is
 * found by halving, so that the rest of its batch still goes in.
 */
#ifndef CESTEER_CORE_APPLY_H
#define CESTEER_CORE_APPLY_H

#include "core/core.h"
#include "rib/join.h"

struct apply *apply_create(void);
void apply_free(struct apply *a);

/*
 * Handle queued entries, a bounded number. True when some are left.
 */
bool apply_run(struct apply *a, struct vpn *v);

/* What should be done about one entry; paths is room for JOIN_PATHS_MAX. */
void apply_decide(const struct vpn *v, const struct rib_entry *e,
		  struct best_path *paths, size_t *n_paths,
		  struct join_result *out);

#endif /* CESTEER_CORE_APPLY_H */
