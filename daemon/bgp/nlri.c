// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists of prefixes of UPDATE messages. Never judges a prefix, only its
 * encoding. RFC 4271, section 4.3; RFC 7606, section 5.3.
 */
#include "bgp/nlri.h"

bool bgp_nlri_valid(const struct bgp_nlri *list)
{
	struct rd r = rd_init(list->p, list->len);
	unsigned int max = addr_bits(list->family);

	while (rd_left(&r)) {
		unsigned int len = rd_u8(&r);

		if (len > max || !rd_bytes(&r, (len + 7) / 8))
			return false;
	}
	return true;
}

size_t bgp_nlri_decode(const struct bgp_nlri *list, struct prefix *out)
{
	const uint8_t *p = list->p;
	size_t n = 0, left, octets;

	for (left = list->len; left; left -= 1 + octets, p += octets) {
		struct prefix *to = &out[n++];

		memset(to, 0, sizeof(*to));
		to->family = list->family;
		to->len = *p++;
		octets = (to->len + 7) / 8;
		memcpy(to->b, p, octets);
		if (to->len % 8)
			to->b[octets - 1] &= 0xff << (8 - to->len % 8);
	}
	return n;
}

size_t bgp_nlri_size(const struct prefix *p)
{
	return 1 + (p->len + 7) / 8;
}

void bgp_nlri_encode(struct wr *w, const struct prefix *p)
{
	wr_u8(w, p->len);
	wr_bytes(w, p->b, (p->len + 7) / 8);
}
