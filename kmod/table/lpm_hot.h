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

static __always_inline size_t cs_hot_values(unsigned int width, unsigned int n)
{
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

#define CS_HOT_COUNT(key, n, x)                     \
	({                                          \
		unsigned int i_, count_ = 0;        \
                                                    \
		for (i_ = 0; i_ < (n); i_++)        \
			count_ += (key)[i_] <= (x); \
		count_;                             \
	})

static __always_inline u16 cs_hot_list(const struct cs_hot *hot,
				       enum cs_hot_format format,
				       struct cs_hot_addr x)
{
	const unsigned int width = 1U << (format - CS_HOT_LIST1);
	const struct cs_hot_list *list = cs_hot_untag(hot, format);
	const void *key = (const u8 *)list + cs_hot_keys(width);
	unsigned int n = list->n, k, i;
	const u16 *value;
	bool first;
	u16 v;

	if (!n)
		return 0;
	switch (width) {
	case 1:
		k = cs_hot_lanes(key, n, x.hi >> 56, 8);
		first = k && ((const u8 *)key)[k - 1] == x.hi >> 56;
		break;
	case 2:
		k = cs_hot_lanes(key, n, x.hi >> 48, 16);
		first = k && get_unaligned_le16((const u8 *)key + 2 * k - 2) ==
				     x.hi >> 48;
		break;
	case 4:
		k = CS_HOT_COUNT((const u32 *)key, n, x.hi >> 32);
		first = k && ((const u32 *)key)[k - 1] == x.hi >> 32;
		break;
	case 8:
		k = CS_HOT_COUNT((const u64 *)key, n, x.hi);
		first = k && ((const u64 *)key)[k - 1] == x.hi;
		break;
	default:
		for (i = 0, k = 0; i < n; i++) {
			const u64 *pair = (const u64 *)key + 2 * i;

			k += pair[0] < x.hi ||
			     (pair[0] == x.hi && pair[1] <= x.lo);
		}
		first = k && ((const u64 *)key)[2 * k - 2] == x.hi &&
			((const u64 *)key)[2 * k - 1] == x.lo;
		break;
	}
	if (!k)
		return 0;
	value = (const u16 *)((const u8 *)list + cs_hot_values(width, n));
	v = value[k - 1];
	return v & CS_HOT_SINGLE && !first ? 0 : v & ~CS_HOT_SINGLE;
}

static __always_inline u16 cs_hot_run(const u16 *value, u64 starts,
				      unsigned int x)
{
	u64 bit = 1ULL << (x & 63);
	u16 v = value[hweight64(starts & (bit | (bit - 1)))];

	return v & CS_HOT_SINGLE && !(starts & bit) ? 0 : v & ~CS_HOT_SINGLE;
}

/*
 * The value for an address of @bits bits below @hot. Called under
 * rcu_read_lock().
 */
static __always_inline u16 cs_hot_lookup(const struct cs_hot *hot,
					 struct cs_hot_addr x,
					 unsigned int bits)
{
	u16 best = 0, v;

	/* One turn for each octet of the address, at most. */
	while (cs_hot_format(hot) == CS_HOT_TREE) {
		const struct cs_hot_tree *tree = cs_hot_untag(hot, CS_HOT_TREE);
		unsigned int octet = x.hi >> 56;
		const struct cs_hot_quarter *q = &tree->quarter[octet >> 6];
		u64 bit = 1ULL << (octet & 63);

		v = cs_hot_run((const u16 *)tree + q->value_base, q->starts,
			       octet);
		best = v ?: best;
		if (!(q->kids & bit))
			return best;
		hot = rcu_dereference(
			tree->kid[q->kid_base + hweight64(q->kids & (bit - 1))]);
		/* A leaf's second line, for as long as its first one takes. */
		env_prefetch((const char *)hot + 64);
		x.hi = x.hi << 8;
		if (bits > 64) {
			x.hi |= x.lo >> 56;
			x.lo <<= 8;
		}
	}
	switch (cs_hot_format(hot)) {
	case CS_HOT_MAP: {
		const struct cs_hot_map *map = cs_hot_untag(hot, CS_HOT_MAP);
		unsigned int octet = x.hi >> 56, w = octet >> 6;

		v = cs_hot_run(map->value + map->base[w], map->starts[w],
			       octet);
		break;
	}
	case CS_HOT_LIST1:
		v = cs_hot_list(hot, CS_HOT_LIST1, x);
		break;
	case CS_HOT_LIST2:
		v = cs_hot_list(hot, CS_HOT_LIST2, x);
		break;
	case CS_HOT_LIST4:
		v = cs_hot_list(hot, CS_HOT_LIST4, x);
		break;
	case CS_HOT_LIST8:
		v = bits > 32 ? cs_hot_list(hot, CS_HOT_LIST8, x) : 0;
		break;
	default:
		v = bits > 32 ? cs_hot_list(hot, CS_HOT_LIST16, x) : 0;
		break;
	}
	return v ?: best;
}

#endif /* CS_TABLE_LPM_HOT_H */
