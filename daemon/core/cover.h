/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which installed entry would decide about a prefix if it had none of its
 * own: the longest one that covers it. Only lengths that occur are looked at.
 */
#ifndef CESTEER_CORE_COVER_H
#define CESTEER_CORE_COVER_H

#include "core/core.h"

/* One entry more (n is 1) or less (-1) is installed at that length. */
void cover_count(struct vpn *v, const struct prefix *p, int n);
/* The cover, shorter than p; NULL: there is none. Entries that leave are none. */
const struct rib_entry *cover_find(const struct vpn *v, const struct prefix *p);

#endif /* CESTEER_CORE_COVER_H */
