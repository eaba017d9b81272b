// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses and prefixes: parsing, formatting, order and cover. Pure; never
 * resolves names and takes no scope ids. Text forms: RFC 4291, section 2.2
 * and 2.3, written as RFC 5952 asks (inet_ntop does).
 */
#include "base/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

unsigned int addr_bits(uint8_t family)
{
	return family == AF_INET6 ? 128 : 32;
}

bool addr_parse(const char *text, struct addr *a)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, a->b) == 1) {
		a->family = AF_INET;
		return true;
	}
	if (inet_pton(AF_INET6, text, a->b) == 1) {
		a->family = AF_INET6;
		return true;
	}
	memset(a, 0, sizeof(*a));
	return false;
}

const char *addr_format(const struct addr *a, char *buf)
{
	if (!a->family || !inet_ntop(a->family, a->b, buf, ADDR_STRLEN))
		snprintf(buf, ADDR_STRLEN, "-");
	return buf;
}

/* AF_INET before AF_INET6 is the order of the words, not of the constants. */
static int family_cmp(uint8_t a, uint8_t b)
{
	if (a == b)
		return 0;
	if (!a || !b)
		return a ? 1 : -1;
	return a == AF_INET ? -1 : 1;
}

int addr_cmp(const struct addr *a, const struct addr *b)
{
	int c = family_cmp(a->family, b->family);

	return c ? c : memcmp(a->b, b->b, sizeof(a->b));
}

/* FNV-1a. */
static uint32_t mix(uint32_t h, const struct addr *a)
{
	size_t i, n = addr_bits(a->family) / 8;

	for (i = 0; i < n; i++)
		h = (h ^ a->b[i]) * 0x01000193u;
	return h;
}

uint32_t addr_pair_number(const struct addr *a, const struct addr *b)
{
	return mix(mix(0x811c9dc5u, a), b) | 0x80000000u;
}

bool addr_is_link_local(const struct addr *a)
{
	return a->family == AF_INET6 && a->b[0] == 0xfe &&
	       (a->b[1] & 0xc0) == 0x80;
}

bool addr_is_loopback(const struct addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	return a->family == AF_INET ? a->b[0] == 127 :
				      !memcmp(a->b, one, sizeof(one));
}

bool addr_is_mapped(const struct addr *a)
{
	static const uint8_t start[12] = { [10] = 0xff, [11] = 0xff };

	return a->family == AF_INET6 && !memcmp(a->b, start, sizeof(start));
}

bool addr_is_host(const struct addr *a)
{
	static const struct addr zero;
	size_t n = addr_bits(a->family) / 8;

	if (!memcmp(a->b, zero.b, n))
		return false;
	return a->family == AF_INET ? a->b[0] < 224 : a->b[0] != 0xff;
}

bool addr_from_sockaddr(const struct sockaddr *sa, struct addr *a)
{
	memset(a, 0, sizeof(*a));
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *sin = (const void *)sa;

		memcpy(a->b, &sin->sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *sin6 = (const void *)sa;

		memcpy(a->b, &sin6->sin6_addr, 16);
	} else {
		return false;
	}
	a->family = (uint8_t)sa->sa_family;
	return true;
}

socklen_t addr_to_sockaddr(const struct addr *a, uint16_t port,
			   struct sockaddr_storage *ss)
{
	memset(ss, 0, sizeof(*ss));
	if (a->family == AF_INET) {
		struct sockaddr_in *sin = (void *)ss;

		sin->sin_family = AF_INET;
		sin->sin_port = htons(port);
		memcpy(&sin->sin_addr, a->b, 4);
		return sizeof(*sin);
	}
	if (a->family == AF_INET6) {
		struct sockaddr_in6 *sin6 = (void *)ss;

		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = htons(port);
		memcpy(&sin6->sin6_addr, a->b, 16);
		return sizeof(*sin6);
	}
	return 0;
}

/* A prefix length: one to three digits, no sign, no leading zero, <= max. */
static bool len_parse(const char *text, unsigned int max, uint8_t *len)
{
	unsigned int v = 0;
	const char *c;

	if (!*text || (text[0] == '0' && text[1]))
		return false;
	for (c = text; *c; c++) {
		if (*c < '0' || *c > '9')
			return false;
		v = v * 10 + (unsigned int)(*c - '0');
		if (v > max)
			return false;
	}
	*len = (uint8_t)v;
	return true;
}

bool prefix_parse(const char *text, struct prefix *p, const char **why)
{
	const char *slash = strchr(text, '/');
	char host[ADDR_STRLEN];
	struct prefix masked;
	struct addr a;
	size_t n;

	memset(p, 0, sizeof(*p));
	n = slash ? (size_t)(slash - text) : strlen(text);
	if (n >= sizeof(host)) {
		*why = "not an IPv4 or IPv6 prefix";
		return false;
	}
	memcpy(host, text, n);
	host[n] = '\0';
	if (!addr_parse(host, &a)) {
		*why = "not an IPv4 or IPv6 prefix";
		return false;
	}
	p->len = (uint8_t)addr_bits(a.family);
	if (slash && !len_parse(slash + 1, p->len, &p->len)) {
		*why = a.family == AF_INET ? "length is not 0 to 32" :
					     "length is not 0 to 128";
		memset(p, 0, sizeof(*p));
		return false;
	}
	p->family = a.family;
	memcpy(p->b, a.b, sizeof(p->b));
	masked = *p;
	prefix_mask(&masked);
	if (memcmp(masked.b, p->b, sizeof(p->b))) {
		*why = "bits are set beyond the length";
		memset(p, 0, sizeof(*p));
		return false;
	}
	return true;
}

const char *prefix_format(const struct prefix *p, char *buf)
{
	char host[ADDR_STRLEN];

	if (!p->family || !inet_ntop(p->family, p->b, host, sizeof(host)))
		snprintf(buf, PREFIX_STRLEN, "-");
	else
		snprintf(buf, PREFIX_STRLEN, "%s/%u", host, p->len);
	return buf;
}

void prefix_mask(struct prefix *p)
{
	unsigned int full = p->len / 8, rest = p->len % 8;

	if (full >= sizeof(p->b))
		return;
	p->b[full] &= (uint8_t)(0xff00 >> rest);
	memset(p->b + full + 1, 0, sizeof(p->b) - full - 1);
}

int prefix_cmp(const struct prefix *a, const struct prefix *b)
{
	int c = family_cmp(a->family, b->family);

	if (!c)
		c = memcmp(a->b, b->b, sizeof(a->b));
	return c ? c : (int)a->len - (int)b->len;
}

/* True when the first len bits of a and b are the same. */
static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned int len)
{
	unsigned int full = len / 8, rest = len % 8;

	if (memcmp(a, b, full))
		return false;
	return !rest || !((a[full] ^ b[full]) & (uint8_t)(0xff00 >> rest));
}

bool prefix_covers(const struct prefix *a, const struct prefix *b)
{
	return a->family && a->family == b->family && a->len <= b->len &&
	       bits_equal(a->b, b->b, a->len);
}

bool prefix_contains(const struct prefix *p, const struct addr *a)
{
	return p->family && p->family == a->family &&
	       bits_equal(p->b, a->b, p->len);
}
