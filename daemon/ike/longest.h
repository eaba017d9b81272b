/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The longest match among prefixes that stay the same: those of keys and of
 * identities, of which each gateway may have its own.
 */
#ifndef CESTEER_IKE_LONGEST_H
#define CESTEER_IKE_LONGEST_H

#include "base/addr.h"

struct ike_longest;

/*
 * Of n items of that size, each of which begins with its struct prefix; family
 * 0: it matches what no other does. They must outlive it, and not move.
 */
struct ike_longest *ike_longest_create(const void *items, size_t size,
				       size_t n);
/* NULL will do. */
void ike_longest_free(struct ike_longest *l);
/* The item, or NULL. */
const void *ike_longest_find(const struct ike_longest *l, const struct addr *a);

#endif /* CESTEER_IKE_LONGEST_H */
