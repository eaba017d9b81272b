// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists of prefixes of UPDATE messages. Never judges a prefix, only its
 * encoding. RFC 4271, section 4.3; RFC 7606, section 5.3.
 */
#include "bgp/nlri.h"

enum {
	LABEL = 3, /* octets; one label: RFC 8277, section 2.2 */
	RD = 8,
	PATH_ID = 4,
	/* Membership (RFC 4684): AS and route target, or none of it. */
	RTC_AS = 32,
	RTC_ALL = 96,
};

static bool is_vpn(uint8_t family)
{
	return family & (BGP_VPNV4 | BGP_VPNV6);
}

/* Bits in front of the prefix that its length counts. */
static unsigned int ahead(uint8_t family)
{
	return is_vpn(family) ? (LABEL + RD) * 8 : 0;
}

static bool length_fits(uint8_t family, unsigned int len)
{
	unsigned int first = ahead(family);

	if (family == BGP_RTC)
		return !len || (len >= RTC_AS && len <= RTC_ALL);
	return len >= first &&
	       len - first <= addr_bits(bgp_family_of(family)->af);
}

bool bgp_nlri_valid(const struct bgp_nlri *list)
{
	struct rd r = rd_init(list->p, list->len);

	while (rd_left(&r)) {
		unsigned int len;

		if (list->add_path)
			rd_u32(&r);
		len = rd_u8(&r);
		if (r.failed || !length_fits(list->family, len) ||
		    !rd_bytes(&r, (len + 7) / 8))
			return false;
	}
	return true;
}

static uint64_t get_u64(const uint8_t *p)
{
	uint64_t v = 0;
	unsigned int i;

	for (i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

/* One prefix from the front, with its id. */
static uint64_t take_one(struct rd *r, const struct bgp_nlri *list,
			 struct prefix *to)
{
	uint64_t id = list->add_path ? rd_u32(r) : 0;
	unsigned int octets;

	memset(to, 0, sizeof(*to));
	to->family = bgp_family_of(list->family)->af;
	to->len = rd_u8(r) - ahead(list->family);
	if (is_vpn(list->family)) {
		rd_bytes(r, LABEL);
		id = get_u64(rd_bytes(r, RD));
	}
	octets = (to->len + 7) / 8;
	memcpy(to->b, rd_bytes(r, octets), octets);
	if (to->len % 8)
		to->b[octets - 1] &= 0xff << (8 - to->len % 8);
	return id;
}

size_t bgp_nlri_take(struct bgp_nlri *list, uint64_t *id, struct prefix *out)
{
	struct rd r;
	size_t n = 0;

	if (!list->len)
		return 0;
	r = rd_init(list->p, list->len);
	while (rd_left(&r)) {
		struct rd next = r;
		uint64_t its = take_one(&next, list, &out[n]);

		if (n && its != *id)
			break;
		*id = its;
		r = next;
		n++;
	}
	list->p = r.p;
	list->len = rd_left(&r);
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

void bgp_nlri_encode_vpn(struct wr *w, uint32_t label, uint64_t rd,
			 const struct prefix *p)
{
	wr_u8(w, (LABEL + RD) * 8 + p->len);
	wr_u8(w, label >> 16 & 0xff);
	wr_u16(w, label & 0xffff);
	wr_u32(w, rd >> 32);
	wr_u32(w, rd & UINT32_MAX);
	wr_bytes(w, p->b, (p->len + 7) / 8);
}
