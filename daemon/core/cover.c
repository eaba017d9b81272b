// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A look-up a length, from the longest on.
 */
#include "core/cover.h"

void cover_count(struct vpn *v, const struct prefix *p, int n)
{
	v->covers[p->family == AF_INET6][p->len] += (uint32_t)n;
}

const struct rib_entry *cover_find(const struct vpn *v, const struct prefix *p)
{
	const uint32_t *covers = v->covers[p->family == AF_INET6];
	struct prefix shorter = *p;

	while (shorter.len) {
		const struct rib_entry *e;

		shorter.len--;
		if (!covers[shorter.len])
			continue;
		prefix_mask(&shorter);
		e = rib_find(v->rib, &shorter);
		if (e && rib_entry_number(e) &&
		    !rib_entry_marked(e, ENTRY_LEAVING))
			return e;
	}
	return NULL;
}
