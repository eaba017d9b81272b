// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Route targets and distinguishers: the same three forms, whose type is the
 * first octet of the one and the first two of the other.
 */
#include "bgp/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"

enum { AS2, IPV4, AS4, SUBTYPE_TARGET = 2 };

/* A whole decimal number up to max. */
static bool number(const char *text, uint64_t max, uint64_t *v)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*v = strtoull(text, &end, 10);
	return !*end && !errno && *v <= max;
}

/* The six octets behind the type: big endian, the second part at the end. */
static void fill(struct bgp_target *t, uint8_t type, uint64_t value)
{
	unsigned int i;

	t->b[0] = type;
	t->b[1] = SUBTYPE_TARGET;
	for (i = 0; i < 6; i++)
		t->b[2 + i] = value >> (40 - 8 * i) & 0xff;
}

bool bgp_target_parse(const char *text, struct bgp_target *t, const char **why)
{
	const char *colon = strrchr(text, ':');
	struct addr a = { 0 };
	uint64_t first, second;
	char head[20];
	bool is_as;

	*why = "expected AS:NUMBER or ADDRESS:NUMBER";
	if (!colon || (size_t)(colon - text) >= sizeof(head))
		return false;
	memcpy(head, text, colon - text);
	head[colon - text] = '\0';
	is_as = number(head, UINT32_MAX, &first);
	if (!is_as && (!addr_parse(head, &a) || a.family != AF_INET))
		return false;
	if (is_as && first <= UINT16_MAX) {
		*why = "the number behind the AS is not from 0 to 4294967295";
		if (!number(colon + 1, UINT32_MAX, &second))
			return false;
		fill(t, AS2, first << 32 | second);
		return true;
	}
	*why = "the number behind an address or a large AS is not from 0 to 65535";
	if (!number(colon + 1, UINT16_MAX, &second))
		return false;
	if (!is_as)
		first = (uint32_t)a.b[0] << 24 | a.b[1] << 16 | a.b[2] << 8 |
			a.b[3];
	fill(t, is_as ? AS4 : IPV4, first << 16 | second);
	return true;
}

static const char *format(unsigned int type, const uint8_t *p, char *buf)
{
	struct rd r = rd_init(p, 6);
	uint32_t a;

	switch (type) {
	case AS2:
		a = rd_u16(&r);
		snprintf(buf, BGP_TARGET_TEXT, "%u:%u", a, rd_u32(&r));
		break;
	case IPV4:
		a = rd_u32(&r);
		snprintf(buf, BGP_TARGET_TEXT, "%u.%u.%u.%u:%u", p[0], p[1],
			 p[2], p[3], rd_u16(&r));
		break;
	case AS4:
		a = rd_u32(&r);
		snprintf(buf, BGP_TARGET_TEXT, "%u:%u", a, rd_u16(&r));
		break;
	default:
		snprintf(buf, BGP_TARGET_TEXT, "%u:%02x%02x%02x%02x%02x%02x",
			 type, p[0], p[1], p[2], p[3], p[4], p[5]);
	}
	return buf;
}

const char *bgp_target_format(const struct bgp_target *t, char *buf)
{
	return format(t->b[0], t->b + 2, buf);
}

/* The value is a target's; the type takes two octets (RFC 4364, 4.2). */
bool bgp_rd_parse(const char *text, uint64_t *rd, const char **why)
{
	struct bgp_target t;
	unsigned int i;

	if (!bgp_target_parse(text, &t, why))
		return false;
	*rd = t.b[0];
	for (i = 2; i < 8; i++)
		*rd = *rd << 8 | t.b[i];
	return true;
}

const char *bgp_rd_format(uint64_t rd, char *buf)
{
	uint8_t b[8];
	unsigned int i;

	for (i = 0; i < 8; i++)
		b[i] = rd >> (56 - 8 * i) & 0xff;
	return format(b[0] << 8 | b[1], b + 2, buf);
}

int bgp_target_cmp(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct bgp_target));
}
