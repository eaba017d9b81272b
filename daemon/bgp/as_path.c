// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * AS paths: validity, the four-octet form, AS4_PATH, length and loops. Never
 * decides whether a route is used. RFC 4271, 6793, 7606.
 */
#include "bgp/as_path.h"

#include "base/buf.h"
#include "bgp/wire.h"

static bool is_confed(uint8_t type)
{
	return type == BGP_AS_CONFED_SEQUENCE || type == BGP_AS_CONFED_SET;
}

static uint32_t rd_as(struct rd *r, size_t as_size)
{
	return as_size == 2 ? rd_u16(r) : rd_u32(r);
}

const char *bgp_as_path_error(const uint8_t *p, size_t len, size_t as_size,
			      bool confed)
{
	struct rd r = rd_init(p, len);

	while (rd_left(&r)) {
		uint8_t type = rd_u8(&r);
		unsigned int n = rd_u8(&r);
		struct rd ases = rd_sub(&r, n * as_size);

		if (r.failed)
			return "a segment is cut short";
		if (!type || type > BGP_AS_CONFED_SET)
			return "a segment's type is unknown";
		if (is_confed(type) && !confed)
			return "a confederation's segment from outside it";
		if (!n)
			return "a segment is empty";
		while (n--)
			if (!rd_as(&ases, as_size))
				return "AS 0 is in it";
	}
	return NULL;
}

bool bgp_as_path_has_set(const uint8_t *p, size_t len, size_t as_size)
{
	struct rd r = rd_init(p, len);

	while (rd_left(&r)) {
		uint8_t type = rd_u8(&r);
		unsigned int n = rd_u8(&r);

		if (type == BGP_AS_SET || type == BGP_AS_CONFED_SET)
			return true;
		rd_bytes(&r, n * as_size);
	}
	return false;
}

bool bgp_as_path_has_confed(const uint8_t *p, size_t len, size_t as_size)
{
	struct rd r = rd_init(p, len);

	while (rd_left(&r)) {
		uint8_t type = rd_u8(&r);
		unsigned int n = rd_u8(&r);

		if (is_confed(type))
			return true;
		rd_bytes(&r, n * as_size);
	}
	return false;
}

bool bgp_as_path_expand(struct bgp_as_path *to, const uint8_t *p, size_t len,
			size_t as_size)
{
	struct rd r = rd_init(p, len);
	struct wr w = wr_init(to->p, to->size);

	while (rd_left(&r)) {
		unsigned int n;

		wr_u8(&w, rd_u8(&r));
		n = rd_u8(&r);
		wr_u8(&w, n);
		while (n--)
			wr_u32(&w, rd_as(&r, as_size));
	}
	to->len = w.failed ? 0 : w.p - to->p;
	return !w.failed;
}

static unsigned int hops(uint8_t type, unsigned int n)
{
	return is_confed(type) ? 0 : type == BGP_AS_SET ? 1 : n;
}

unsigned int bgp_as_path_hops(const uint8_t *p, size_t len)
{
	struct rd r = rd_init(p, len);
	unsigned int sum = 0;

	while (rd_left(&r)) {
		uint8_t type = rd_u8(&r);
		unsigned int n = rd_u8(&r);

		rd_bytes(&r, n * 4);
		sum += hops(type, n);
	}
	return sum;
}

/*
 * Where the first keep hops of path end, in octets. A sequence may have to
 * be cut: its count is then written anew. Confederation segments that lead
 * stay, as RFC 6793 asks.
 */
static size_t cut(struct bgp_as_path *path, unsigned int keep)
{
	size_t at = 0;

	while (at < path->len) {
		uint8_t *segment = path->p + at;
		unsigned int n = segment[1];
		unsigned int h = hops(segment[0], n);

		if (h > keep) {
			if (keep) {
				segment[1] = keep;
				at += 2 + 4 * keep;
			}
			break;
		}
		keep -= h;
		at += 2 + 4 * n;
	}
	return at;
}

void bgp_as_path_merge(struct bgp_as_path *path, const uint8_t *as4, size_t len)
{
	unsigned int have = bgp_as_path_hops(path->p, path->len);
	unsigned int tail = bgp_as_path_hops(as4, len);
	struct rd r = rd_init(as4, len);
	struct wr w;

	if (tail > have || path->size - path->len < len)
		return;
	path->len = cut(path, have - tail);
	w = wr_init(path->p + path->len, path->size - path->len);
	while (rd_left(&r)) {
		const uint8_t *segment = r.p;
		uint8_t type = rd_u8(&r);
		unsigned int n = rd_u8(&r);

		rd_bytes(&r, n * 4);
		if (!is_confed(type))
			wr_bytes(&w, segment, 2 + n * 4);
	}
	path->len = w.p - path->p;
}

uint32_t bgp_as_path_first(const uint8_t *p, size_t len)
{
	struct rd r = rd_init(p, len);

	if (rd_u8(&r) != BGP_AS_SEQUENCE)
		return 0;
	rd_u8(&r);
	return rd_u32(&r);
}

bool bgp_as_path_contains(const uint8_t *p, size_t len, uint32_t as)
{
	struct rd r = rd_init(p, len);

	while (rd_left(&r)) {
		unsigned int n;

		rd_u8(&r);
		n = rd_u8(&r);
		while (n--)
			if (rd_u32(&r) == as)
				return true;
	}
	return false;
}
