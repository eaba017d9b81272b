// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Security Gateway Identities as extended communities; the format is drawn in
 * the header. Never judges whether an identity may be believed. RFC 4360,
 * RFC 5701.
 */
#include "bgp/sgi.h"

enum {
	TYPE_OPAQUE = 0x03,
	TYPE_IPV6 = 0x00,
	NON_TRANSITIVE = 0x40,

	VERSION_WHOLE = 0, /* the identity is here */
	VERSION_QUARTER = 1, /* a quarter of an IPv6 gateway */

	PARTS = 4,
	TAG_MODULUS = 1021,
	/*
	 * Candidates for one part under one tag. Bounds the combinations that
	 * a hostile list of communities makes us try (4 to the 4th a tag).
	 */
	CANDIDATES = 4,
	GROUPS = 2 * 1024, /* of 10 bits of tag, and transitivity */
	LIST_MAX = UINT16_MAX / BGP_EXT_COMMUNITY_LEN,
};

/* Quarters of one tag and one transitivity. */
struct quarters {
	uint8_t n[PARTS];
	uint8_t q[PARTS][CANDIDATES][4];
};

uint16_t bgp_sgi_tag(const uint8_t address[16])
{
	uint32_t tag = 0;
	unsigned int i;

	for (i = 0; i < 16; i += 2)
		tag = (tag * 31 + (address[i] << 8 | address[i + 1])) %
		      TAG_MODULUS;
	return tag;
}

/* Keeps the order and the first of equals; the last falls off the end. */
void bgp_sgi_add(struct bgp_sgi_set *set, const struct addr *gateway,
		 uint16_t flags, bool transitive)
{
	unsigned int at = 0, i;

	if (!addr_is_host(gateway)) {
		set->no_host = *gateway;
		return;
	}
	while (at < set->n) {
		int c = addr_cmp(&set->sgi[at].gateway, gateway);

		if (!c) {
			set->sgi[at].transitive |= transitive;
			return;
		}
		if (c > 0)
			break;
		at++;
	}
	if (set->n == BGP_SGI_MAX)
		set->more = true;
	else
		set->n++;
	if (at == BGP_SGI_MAX)
		return;
	for (i = set->n - 1; i > at; i--)
		set->sgi[i] = set->sgi[i - 1];
	set->sgi[at].gateway = *gateway;
	set->sgi[at].flags = flags;
	set->sgi[at].transitive = transitive;
}

static void insert_ipv4(struct bgp_sgi_set *set, const uint8_t *c)
{
	struct addr gateway = { .family = AF_INET };

	memcpy(gateway.b, c + 4, 4);
	bgp_sgi_add(set, &gateway, (c[2] & 0x0f) << 8 | c[3],
		    !(c[0] & NON_TRANSITIVE));
}

static bool is_ours(const uint8_t *c, uint8_t type, uint8_t subtype)
{
	return (c[0] & ~NON_TRANSITIVE) == type && c[1] == subtype;
}

static bool is_quarter(const uint8_t *c, uint8_t subtype)
{
	return is_ours(c, TYPE_OPAQUE, subtype) && c[2] >> 4 == VERSION_QUARTER;
}

/* Part and tag are the low 12 bits of octets 2 and 3. */
static unsigned int part_of(const uint8_t *c)
{
	return c[2] >> 2 & 3;
}

static uint16_t tag_of(const uint8_t *c)
{
	return (c[2] & 3) << 8 | c[3];
}

/* Quarters can be of one address when their tag and transitivity agree. */
static unsigned int group_of(const uint8_t *c)
{
	return tag_of(c) << 1 | !(c[0] & NON_TRANSITIVE);
}

static void candidate(struct quarters *q, const uint8_t *c)
{
	unsigned int part = part_of(c), i;

	for (i = 0; i < q->n[part]; i++)
		if (!memcmp(q->q[part][i], c + 4, 4))
			return;
	if (q->n[part] < CANDIDATES)
		memcpy(q->q[part][q->n[part]++], c + 4, 4);
}

/* Try each combination of the candidates; count those that give the tag. */
static unsigned int combine(struct bgp_sgi_set *set, const struct quarters *q,
			    uint16_t tag, bool transitive)
{
	unsigned int all = q->n[0] * q->n[1] * q->n[2] * q->n[3];
	struct addr gateway = { .family = AF_INET6 };
	unsigned int found = 0, i, part;

	for (i = 0; i < all; i++) {
		unsigned int rest = i;

		for (part = 0; part < PARTS; part++) {
			memcpy(gateway.b + part * 4,
			       q->q[part][rest % q->n[part]], 4);
			rest /= q->n[part];
		}
		if (bgp_sgi_tag(gateway.b) != tag)
			continue;
		bgp_sgi_add(set, &gateway, 0, transitive);
		found++;
	}
	return found;
}

/* Join the quarters of each group, in the order of the list. */
static void join(struct bgp_sgi_set *set, uint8_t subtype, const uint8_t *list,
		 size_t len)
{
	/* By group, and from each quarter to the next of its group; 0: none. */
	uint16_t first[GROUPS] = { 0 }, next[LIST_MAX + 1] = { 0 };
	size_t n = len / BGP_EXT_COMMUNITY_LEN, i;
	unsigned int group;

	/* An attribute's length has 16 bits. */
	n = n < LIST_MAX ? n : LIST_MAX;
	for (i = n; i; i--) {
		const uint8_t *c = list + (i - 1) * BGP_EXT_COMMUNITY_LEN;

		if (!is_quarter(c, subtype))
			continue;
		next[i] = first[group_of(c)];
		first[group_of(c)] = (uint16_t)i;
	}
	for (group = 0; group < GROUPS; group++) {
		struct quarters q = { 0 };

		for (i = first[group]; i; i = next[i])
			candidate(&q, list + (i - 1) * BGP_EXT_COMMUNITY_LEN);
		if (first[group] && !combine(set, &q, group >> 1, group & 1))
			set->incomplete = true;
	}
}

void bgp_sgi_decode(struct bgp_sgi_set *set, uint8_t subtype, const uint8_t *p,
		    size_t len, const uint8_t *p6, size_t len6)
{
	struct addr gateway = { .family = AF_INET6 };
	bool quarters = false;
	size_t i;

	for (i = 0; i < len6; i += BGP_EXT_COMMUNITY6_LEN) {
		const uint8_t *c = p6 + i;

		if (!is_ours(c, TYPE_IPV6, subtype))
			continue;
		if (c[18] >> 4 != VERSION_WHOLE) {
			set->unknown = true;
			continue;
		}
		memcpy(gateway.b, c + 2, 16);
		bgp_sgi_add(set, &gateway, (c[18] & 0x0f) << 8 | c[19],
			    !(c[0] & NON_TRANSITIVE));
	}
	for (i = 0; i < len; i += BGP_EXT_COMMUNITY_LEN) {
		const uint8_t *c = p + i;

		if (!is_ours(c, TYPE_OPAQUE, subtype))
			continue;
		if (c[2] >> 4 == VERSION_WHOLE)
			insert_ipv4(set, c);
		else if (c[2] >> 4 == VERSION_QUARTER)
			quarters = true;
		else
			set->unknown = true;
	}
	if (quarters)
		join(set, subtype, p, len);
}

static void put_head(struct wr *w, uint8_t type, uint8_t subtype,
		     bool transitive)
{
	wr_u8(w, type | (transitive ? 0 : NON_TRANSITIVE));
	wr_u8(w, subtype);
}

void bgp_sgi_encode(struct wr *w, uint8_t subtype, bool transitive,
		    const struct addr *gateway)
{
	unsigned int part;
	uint16_t tag;

	if (gateway->family == AF_INET) {
		put_head(w, TYPE_OPAQUE, subtype, transitive);
		wr_u16(w, VERSION_WHOLE << 12);
		wr_bytes(w, gateway->b, 4);
		return;
	}
	tag = bgp_sgi_tag(gateway->b);
	for (part = 0; part < PARTS; part++) {
		put_head(w, TYPE_OPAQUE, subtype, transitive);
		wr_u16(w, VERSION_QUARTER << 12 | part << 10 | tag);
		wr_bytes(w, gateway->b + part * 4, 4);
	}
}

void bgp_sgi_encode6(struct wr *w, uint8_t subtype, bool transitive,
		     const struct addr *gateway)
{
	if (gateway->family != AF_INET6)
		return;
	put_head(w, TYPE_IPV6, subtype, transitive);
	wr_bytes(w, gateway->b, 16);
	wr_u16(w, VERSION_WHOLE << 12);
}
