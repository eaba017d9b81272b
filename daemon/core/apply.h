/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the queue of a VPN's rib to the kernel: each queued entry is decided
 * about (decide.h), compared with what is installed, and what differs is sent
 * in batches, additions before deletions. What the kernel refuses is found by
 * halving, so that the rest of its batch still goes in.
 */
#ifndef CESTEER_CORE_APPLY_H
#define CESTEER_CORE_APPLY_H

#include "core/core.h"

struct apply *apply_create(void);
void apply_free(struct apply *a);

/* Handle queued entries, a bounded number. */
void apply_run(struct apply *a, struct vpn *v);

#endif /* CESTEER_CORE_APPLY_H */
