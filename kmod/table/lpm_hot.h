/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a lookup reads: the hot side of a node, and the lookup itself. Owns
 * the formats; lpm_build.c writes them, nobody changes them afterwards but
 * for one child pointer (cs_lpm_apply()).
 *
 * A hot pointer says in its low bits what it points to, so that the format
 * is known before the first octet of it has come from memory.
 */
#ifndef CS_TABLE_LPM_HOT_H
#define CS_TABLE_LPM_HOT_H

#include "env.h"

/* A run of one address (unit) only: behind it, nothing matches. */
#define CS_HOT_SINGLE 0x8000

enum cs_hot_format {
	CS_HOT_TREE, /* 8 bits, with children */
	CS_HOT_MAP, /* 8 bits, the last ones that matter */
	CS_HOT_LIST1, /* 8 bits, few runs */
	CS_HOT_LIST2,
	CS_HOT_LIST4,
	CS_HOT_LIST8,
	CS_HOT_LIST16,
	CS_HOT_FAN, /* 8 bits, with many children, in chunks */
};

#define CS_HOT_FORMAT 7UL

/* Never defined: a tagged pointer to one of the below. */
struct cs_hot;

/*
 * Runs by bitmap: bit x says that a run begins at x; value[k] is that of the
 * kth run, counted from one, and value[0] is none.
 */
struct cs_hot_map {
	u64 starts[4];
	u8 base[4]; /* starts in the words before */
	u16 value[];
};

/*
 * A quarter of a tree node: its children and runs. The child pointers follow
 * the four quarters, then the values.
 */
struct cs_hot_quarter {
	u64 kids;
	u64 starts;
	u16 kid_base;
	u16 value_base; /* of value[0]'s u16, counted from the node's first */
	u32 unused;
};

struct cs_hot_tree {
	struct cs_hot_quarter quarter[4];
	struct cs_hot __rcu *kid[];
};

/*
 * Runs by their first address: n in ascending order, right-aligned; of two
 * octets little-endian (cs_hot_lanes() counts them in any), of more in host
 * order; then n values.
 */
struct cs_hot_list {
	u16 n;
	u8 data[];
};

/*
 * A part of a fan: the octets that share their upper five bits. A slot
 * holds what the prefixes of the fan itself say of its octet, and where the
 * child's list is, which lies in the chunk: half the offset, shifted, and
 * the format. Of a child that is no bucket, a pointer to it lies there
 * (%CS_HOT_TREE). 0: no child.
 */
struct cs_hot_slot {
	u16 value;
	u16 body;
};

#define CS_CHUNK_SHIFT 3
#define CS_CHUNK_SLOTS 8U /* 2 to the power of CS_CHUNK_SHIFT */
#define CS_FAN_CHUNKS (256U >> CS_CHUNK_SHIFT)

struct cs_hot_chunk {
	struct cs_hot_slot slot[CS_CHUNK_SLOTS];
	u16 tail; /* offset of what only the writer reads */
	u8 data[];
};

struct cs_hot_fan {
	struct cs_hot_chunk __rcu *chunk[CS_FAN_CHUNKS];
};

#define CS_HOT_BODY(offset, format) ((offset) / 2 << 3 | (format))

static __always_inline const void *cs_hot_body(const struct cs_hot_chunk *chunk,
					       unsigned int body)
{
	return (const u8 *)chunk + (body >> 3) * 2;
}

static inline unsigned int cs_hot_format(const struct cs_hot *hot)
{
	return (unsigned long)hot & CS_HOT_FORMAT;
}

static __always_inline const void *cs_hot_untag(const struct cs_hot *hot,
						enum cs_hot_format format)
{
	return (const char *)hot - format;
}

/* Octets of a list's first address, from the list's first octet on. */
static __always_inline size_t cs_hot_keys(unsigned int width)
{
	return width <= 2 ? 2 : width == 4 ? 4 : 8;
}

/*
 * Of its values: lists of four and eight octets a key are filled up with the
 * greatest key to a multiple of four, which are compared at a time.
 */
static __always_inline size_t cs_hot_values(unsigned int width, unsigned int n)
{
	if (width == 4 || width == 8)
		n = (n + 3) & ~3U;
	return cs_hot_keys(width) + ((n * width + 1) & ~1U);
}

/* What is left of an address, its next bit first. */
struct cs_hot_addr {
	u64 hi, lo;
};

/*
 * How many of n lanes of @bits bits are at most @x: eight or four at a time,
 * by the high bit of what is left of a subtraction that borrows from it.
 */
static __always_inline unsigned int cs_hot_lanes(const u8 *key, unsigned int n,
						 u64 x, unsigned int bits)
{
	const u64 ones = ~0ULL / ((1ULL << bits) - 1);
	const u64 high = ones << (bits - 1);
	const unsigned int lanes = 64 / bits;
	unsigned int count = 0;
	u64 k, le;

	x *= ones;
	for (;; n -= lanes, key += 8) {
		k = get_unaligned_le64(key);
		le = (x | high) - (k & ~high);
		le = ((x & ~k) | (~(x ^ k) & le)) & high;
		if (n <= lanes)
			break;
		count += hweight64(le);
	}
	/* n is not 0. */
	return count + hweight64(le << (64 - n * bits));
}

/* How many of the keys, whole or padded to a multiple of four, are at most @x. */
static __always_inline unsigned int cs_hot_count4(const u32 *key,
						  unsigned int n, u32 x)
{
	unsigned int i, count = 0;

	for (i = 0; i < n; i += 4) {
		count += get_unaligned(&key[i]) <= x;
		count += get_unaligned(&key[i + 1]) <= x;
		count += get_unaligned(&key[i + 2]) <= x;
		count += get_unaligned(&key[i + 3]) <= x;
	}
	return min_t(unsigned int, count, n);
}

static __always_inline unsigned int cs_hot_count8(const u64 *key,
						  unsigned int n, u64 x)
{
	unsigned int i, count = 0;

	for (i = 0; i < n; i += 4) {
		count += get_unaligned(&key[i]) <= x;
		count += get_unaligned(&key[i + 1]) <= x;
		count += get_unaligned(&key[i + 2]) <= x;
		count += get_unaligned(&key[i + 3]) <= x;
	}
	return min_t(unsigned int, count, n);
}

/* Does the kth run, counted from one, begin at @x? */
#define CS_HOT_FIRST(key, k, x) (get_unaligned(&(key)[-1 + (k)]) == (x))

static __always_inline u16 cs_hot_list(const struct cs_hot_list *list,
				       unsigned int width, struct cs_hot_addr x)
{
	const void *key = (const u8 *)list + cs_hot_keys(width);
	unsigned int n = list->n, k = 0, i;
	u32 x4 = x.hi >> 32;
	const u64 *pair = key;
	bool first;
	u16 v;

	if (!n)
		return 0;
	switch (width) {
	case 1:
		k = cs_hot_lanes(key, n, x.hi >> 56, 8);
		break;
	case 2:
		k = cs_hot_lanes(key, n, x.hi >> 48, 16);
		break;
	case 4:
		k = cs_hot_count4(key, n, x4);
		break;
	case 8:
		k = cs_hot_count8(key, n, x.hi);
		break;
	default:
		for (i = 0; i < n; i++) {
			u64 hi = get_unaligned(&pair[2 * i]);

			k += hi < x.hi ||
			     (hi == x.hi &&
			      get_unaligned(&pair[2 * i + 1]) <= x.lo);
		}
		break;
	}
	if (!k)
		return 0;
	v = *(const u16 *)((const u8 *)list + cs_hot_values(width, n) +
			   2 * (k - 1));
	if (likely(!(v & CS_HOT_SINGLE)))
		return v;
	switch (width) {
	case 1:
		first = CS_HOT_FIRST((const u8 *)key, k, x.hi >> 56);
		break;
	case 2:
		first = get_unaligned_le16((const u8 *)key + 2 * k - 2) ==
			x.hi >> 48;
		break;
	case 4:
		first = CS_HOT_FIRST((const u32 *)key, k, x4);
		break;
	case 8:
		first = CS_HOT_FIRST(pair, k, x.hi);
		break;
	default:
		first = CS_HOT_FIRST(pair, 2 * k - 1, x.hi) &&
			CS_HOT_FIRST(pair, 2 * k, x.lo);
		break;
	}
	return first ? v & ~CS_HOT_SINGLE : 0;
}

static __always_inline u16 cs_hot_any_list(const void *list,
					   enum cs_hot_format format,
					   struct cs_hot_addr x,
					   unsigned int bits)
{
	switch (format) {
	case CS_HOT_LIST1:
		return cs_hot_list(list, 1, x);
	case CS_HOT_LIST2:
		return cs_hot_list(list, 2, x);
	case CS_HOT_LIST4:
		return cs_hot_list(list, 4, x);
	case CS_HOT_LIST8:
		return bits > 32 ? cs_hot_list(list, 8, x) : 0;
	default:
		return bits > 32 ? cs_hot_list(list, 16, x) : 0;
	}
}

static __always_inline u16 cs_hot_run(const u16 *value, u64 starts,
				      unsigned int x)
{
	u64 bit = 1ULL << (x & 63);
	u16 v = value[hweight64(starts & (bit | (bit - 1)))];

	return v & CS_HOT_SINGLE && !(starts & bit) ? 0 : v & ~CS_HOT_SINGLE;
}

static __always_inline struct cs_hot_addr cs_hot_shift(struct cs_hot_addr x,
						       unsigned int bits)
{
	x.hi <<= 8;
	if (bits > 64) {
		x.hi |= x.lo >> 56;
		x.lo <<= 8;
	}
	return x;
}

/*
 * The value for an address of @bits bits below @hot. Called under
 * rcu_read_lock(). One turn for each octet of the address, at most.
 */
static __always_inline u16 cs_hot_lookup(const struct cs_hot *hot,
					 struct cs_hot_addr x,
					 unsigned int bits)
{
	unsigned int octet;
	u16 best = 0, v;

	for (;;) {
		enum cs_hot_format format = cs_hot_format(hot);

		octet = x.hi >> 56;
		if (format == CS_HOT_TREE) {
			const struct cs_hot_tree *tree =
				cs_hot_untag(hot, CS_HOT_TREE);
			const struct cs_hot_quarter *q =
				&tree->quarter[octet >> 6];
			u64 bit = 1ULL << (octet & 63);
			unsigned int i;

			v = cs_hot_run((const u16 *)tree + q->value_base,
				       q->starts, octet);
			best = v ?: best;
			if (!(q->kids & bit))
				return best;
			i = q->kid_base + hweight64(q->kids & (bit - 1));
			hot = rcu_dereference(tree->kid[i]);
			/* A leaf's second line comes with the first one. */
			env_prefetch((const char *)hot + 64);
		} else if (format == CS_HOT_FAN) {
			const struct cs_hot_fan *fan =
				cs_hot_untag(hot, CS_HOT_FAN);
			const struct cs_hot_chunk *chunk = rcu_dereference(
				fan->chunk[octet >> CS_CHUNK_SHIFT]);
			const struct cs_hot_slot *slot =
				&chunk->slot[octet % CS_CHUNK_SLOTS];
			const void *body = cs_hot_body(chunk, slot->body);

			best = slot->value ?: best;
			if (!slot->body)
				return best;
			env_prefetch((const char *)body + 64);
			x = cs_hot_shift(x, bits);
			if ((slot->body & CS_HOT_FORMAT) != CS_HOT_TREE) {
				v = cs_hot_any_list(body,
						    slot->body & CS_HOT_FORMAT,
						    x, bits);
				return v ?: best;
			}
			hot = rcu_dereference(
				*(struct cs_hot __rcu *const *)body);
			continue;
		} else {
			break;
		}
		x = cs_hot_shift(x, bits);
	}
	if (cs_hot_format(hot) == CS_HOT_MAP) {
		const struct cs_hot_map *map = cs_hot_untag(hot, CS_HOT_MAP);

		v = cs_hot_run(map->value + map->base[octet >> 6],
			       map->starts[octet >> 6], octet);
	} else {
		v = cs_hot_any_list((const void *)((unsigned long)hot &
						   ~CS_HOT_FORMAT),
				    cs_hot_format(hot), x, bits);
	}
	return v ?: best;
}

#endif /* CS_TABLE_LPM_HOT_H */
