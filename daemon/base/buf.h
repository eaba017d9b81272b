/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounds-checked reading and writing of wire formats (big endian). A reader
 * or writer that ran over its bounds is "failed": reads give zero, writes do
 * nothing, and one check at the end suffices. Pure; allocates nothing.
 */
#ifndef CESTEER_BASE_BUF_H
#define CESTEER_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rd {
	const uint8_t *p, *end;
	bool failed;
};

struct wr {
	uint8_t *p, *end;
	bool failed;
};

static inline struct rd rd_init(const void *data, size_t len)
{
	return (struct rd){ data, (const uint8_t *)data + len, false };
}

static inline size_t rd_left(const struct rd *r)
{
	return r->end - r->p;
}

/* Next len octets, or NULL (and failed) when there are fewer. */
static inline const uint8_t *rd_bytes(struct rd *r, size_t len)
{
	const uint8_t *p = r->p;

	if (r->failed || rd_left(r) < len) {
		r->failed = true;
		return NULL;
	}
	r->p += len;
	return p;
}

static inline uint8_t rd_u8(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 1);

	return p ? p[0] : 0;
}

static inline uint16_t rd_u16(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 2);

	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t rd_u32(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 4);

	return p ? (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3] : 0;
}

/* A reader of the next len octets, which r skips; failed if there are fewer. */
static inline struct rd rd_sub(struct rd *r, size_t len)
{
	const uint8_t *p = rd_bytes(r, len);

	if (!p)
		return (struct rd){ r->end, r->end, true };
	return rd_init(p, len);
}

static inline struct wr wr_init(void *data, size_t len)
{
	return (struct wr){ data, (uint8_t *)data + len, false };
}

/* Room for len octets, or NULL (and failed) when there is less. */
static inline uint8_t *wr_room(struct wr *w, size_t len)
{
	uint8_t *p = w->p;

	if (w->failed || (size_t)(w->end - w->p) < len) {
		w->failed = true;
		return NULL;
	}
	w->p += len;
	return p;
}

static inline void wr_bytes(struct wr *w, const void *data, size_t len)
{
	uint8_t *p = wr_room(w, len);

	if (p && len)
		memcpy(p, data, len);
}

static inline void wr_u8(struct wr *w, uint8_t v)
{
	wr_bytes(w, &v, 1);
}

static inline void wr_u16(struct wr *w, uint16_t v)
{
	uint8_t b[2] = { v >> 8, v & 0xff };

	wr_bytes(w, b, sizeof(b));
}

static inline void wr_u32(struct wr *w, uint32_t v)
{
	uint8_t b[4] = { v >> 24, v >> 16 & 0xff, v >> 8 & 0xff, v & 0xff };

	wr_bytes(w, b, sizeof(b));
}

#endif /* CESTEER_BASE_BUF_H */
