// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keys of neighbors, and which of them the kernel cannot tell apart. Pure.
 */
#include <string.h>
#include "bgp/bgp.h"

static bool same_ao(const struct bgp_ao *a, const struct bgp_ao *b)
{
	return a->mac == b->mac && a->send_id == b->send_id &&
	       a->receive_id == b->receive_id && a->len == b->len &&
	       !memcmp(a->key, b->key, a->len);
}

bool bgp_keys_clash(const struct bgp_peer_conf *a,
		    const struct bgp_peer_conf *b)
{
	return !addr_cmp(&a->address, &b->address) && !strcmp(a->vrf, b->vrf) &&
	       (strcmp(a->md5, b->md5) || !same_ao(&a->ao, &b->ao));
}
