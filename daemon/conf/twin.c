// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Neighbors that have one address: a session that comes in must be one's.
 */
#include "conf/twin.h"

#include <stdlib.h>
#include <string.h>

static bool one_address(const struct bgp_peer_conf *a,
			const struct bgp_peer_conf *b)
{
	return !addr_cmp(&a->address, &b->address) && !strcmp(a->vrf, b->vrf) &&
	       !strcmp(a->interface, b->interface);
}

static bool check_two(struct doc *d, const struct bgp_peer_conf *a,
		      const struct bgp_peer_conf *b)
{
	if (one_address(a, b) && !addr_cmp(&a->local, &b->local))
		return doc_fail(
			d, doc_root(d),
			"neighbors \"%s\" and \"%s\" have one address: expected another \"local\" of each",
			a->name, b->name);
	return true;
}

bool twins_check(struct doc *d, const struct conf *c)
{
	const struct bgp_peer_conf **all;
	bool ok = true;
	size_t n, i, k;

	all = conf_neighbors(c, &n);
	for (i = 0; i < n && ok; i++)
		for (k = 0; k < i && ok; k++)
			ok = check_two(d, all[k], all[i]);
	free(all);
	return ok;
}
