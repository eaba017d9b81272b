/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a lookup reads: the head of a node, and the lookup itself. Owns the
 * formats; lpm_build.c writes them. Once readers can reach a node, nothing of
 * what is described here changes, but for the pointers to its children.
 *
 * A pointer to a node says in its low bits what it points to, so that the
 * format is known before the first octet of the node has come from memory.
 */
#ifndef CS_TABLE_LPM_HOT_H
#define CS_TABLE_LPM_HOT_H

#include "env.h"

enum cs_format {
	CS_DIRECT, /* 8 bits of the address, by index */
	CS_FLAT, /* 8 bits, by index, and few children */
	CS_FEW, /* 8 bits, by index, and few different values */
	CS_MAP, /* 8 bits, by bitmap */
	CS_LIST2, /* what is left of the address, in 2 to 16 octets */
	CS_LIST4,
	CS_LIST8,
	CS_LIST16,
	CS_LONG4, /* in 4 octets, and many */
};

#define CS_FORMAT 15UL

/* Never defined: a tagged pointer to one of the below, or %NULL. */
struct cs_hot;

struct cs_tail;

/* How each node begins. @tail: its cold side (lpm_node.h) */
struct cs_head {
	struct cs_tail *tail;
};

/*
 * For each octet the child, if there is one, and what the node's own prefixes
 * say of it.
 */
struct cs_direct {
	struct cs_head head;
	struct cs_hot __rcu *kid[256];
	u16 cover[256];
};

/*
 * Octets that differ, mostly: the value of each. That of an octet with a child
 * is %CS_KID and the child's number. What the node's own prefixes say of each
 * child's octet lies behind the children.
 * @n: children
 */
struct cs_flat {
	struct cs_head head;
	u16 value[256];
	u16 n;
	struct cs_hot __rcu *kid[];
};

/*
 * The same, where they are few: a palette, and of each octet half an octet that
 * says which value it has. Less memory holds all of it, of which the cache so
 * keeps more.
 * @code: two octets in one, the lower one's in its lower half
 */
#define CS_FEW_MAX 16

struct cs_few {
	struct cs_head head;
	u16 value[CS_FEW_MAX];
	u8 code[128];
	u16 n;
	struct cs_hot __rcu *kid[];
};

/*
 * The same where many are alike. Bit x of @starts says that a run of octets
 * with the same value begins at x; one begins at 0. An octet with a child is a
 * run of its own. Values lie behind the children: first the covers, then the
 * runs'.
 * @n: children
 * @base: runs that begin before each word of @starts
 */
struct cs_map {
	struct cs_head head;
	u64 starts[4];
	u16 n;
	u16 unused;
	u8 base[4];
	struct cs_hot __rcu *kid[];
};

#define CS_KID 0x8000

/*
 * A list has the value of address 0, and runs. The key of a run is the last
 * address before it, right-aligned: the runs whose key is below an address
 * have begun. What is left of the room for keys is filled with the greatest
 * key, which is below none. All keys are compared, without a branch: a wrong
 * guess of the processor's costs as much as eight of them.
 *
 * Up to 8 runs of two octets, the second of which is zero where only one is
 * left: lanes of two words, little-endian.
 * @value: of address 0, then the runs'
 */
#define CS_LANES 8

struct cs_list2 {
	struct cs_head head;
	u8 key[2 * CS_LANES];
	u16 value[];
};

/*
 * More runs, of four or eight octets, in blocks of eight values. @pivot: keys
 * of each block's first run, but for the first block's, which begins with
 * address 0; the others' are in the block. A list of one block of four octets
 * is one line of the cache, and one of three blocks is three.
 */
#define CS_BLOCKS4 3
#define CS_BLOCKS8 7

struct cs_block4 {
	u32 key[7];
	u16 value[8];
};

struct cs_list4 {
	struct cs_head head;
	u32 pivot[CS_BLOCKS4 - 1];
	struct cs_block4 block[];
};

struct cs_block8 {
	u64 key[7];
	u16 value[8];
};

struct cs_list8 {
	struct cs_head head;
	u64 pivot[CS_BLOCKS8 - 1];
	struct cs_block8 block[];
};

/*
 * Many runs of four octets: the pivots are one line of the cache, and so is
 * each block, so that two lines are met.
 */
#define CS_LONG_BLOCKS 15
#define CS_LONG_RUNS 11 /* of a block */

struct cs_long_block {
	u32 key[CS_LONG_RUNS - 1];
	u16 value[CS_LONG_RUNS];
	u16 unused;
};

struct cs_long4 {
	struct cs_head head;
	u32 pivot[CS_LONG_BLOCKS - 1];
	struct cs_long_block block[];
};

/* Of 16 octets, which is rare: @n keys, upper half first; values behind them. */
struct cs_list16 {
	struct cs_head head;
	u64 n;
	u64 key[];
};

/* What is left of an address, its next bit first. */
struct cs_addr {
	u64 hi, lo;
};

static __always_inline enum cs_format cs_format(const struct cs_hot *hot)
{
	return (unsigned long)hot & CS_FORMAT;
}

static __always_inline void *cs_untag(const struct cs_hot *hot,
				      enum cs_format format)
{
	return (char *)hot - format;
}

/*
 * How many lanes of 16 bits are not below @x: by the high bit of what is left of
 * a subtraction that borrows from it.
 */
static __always_inline unsigned int not_below(const u8 *key, u64 x)
{
	const u64 ones = ~0ULL / 0xffff;
	const u64 high = ones << 15;
	u64 k = get_unaligned_le64(key), ge;

	x *= ones;
	ge = (k | high) - (x & ~high);
	ge = ((k & ~x) | (~(k ^ x) & ge)) & high;
	return hweight64(ge);
}

static __always_inline u16 cs_list2_value(const struct cs_list2 *list, u16 x)
{
	return list->value[CS_LANES - not_below(list->key, x) -
			   not_below(list->key + 8, x)];
}

/* How many of three keys are below @x, and not as one chain of additions. */
static __always_inline unsigned int below3_32(const u32 *key, u32 x)
{
	unsigned int n = (key[0] < x) + (key[1] < x) + (key[2] < x);

	OPTIMIZER_HIDE_VAR(n);
	return n;
}

static __always_inline unsigned int below3_64(const u64 *key, u64 x)
{
	unsigned int n = (key[0] < x) + (key[1] < x) + (key[2] < x);

	OPTIMIZER_HIDE_VAR(n);
	return n;
}

static __always_inline u16 cs_list4_value(const struct cs_list4 *list, u32 x)
{
	unsigned int i = (list->pivot[0] < x) + (list->pivot[1] < x);
	const struct cs_block4 *block = &list->block[i];

	i = below3_32(block->key, x) + below3_32(block->key + 3, x);
	return block->value[i + (block->key[6] < x)];
}

static __always_inline u16 cs_long4_value(const struct cs_long4 *list, u32 x)
{
	const u32 *key = list->pivot;
	unsigned int i = below3_32(key, x) + below3_32(key + 3, x) +
			 below3_32(key + 6, x) + below3_32(key + 9, x) +
			 (key[12] < x) + (key[13] < x);
	const struct cs_long_block *block = &list->block[i];

	key = block->key;
	i = below3_32(key, x) + below3_32(key + 3, x) + below3_32(key + 6, x);
	return block->value[i + (key[9] < x)];
}

static __always_inline u16 cs_list8_value(const struct cs_list8 *list, u64 x)
{
	unsigned int i =
		below3_64(list->pivot, x) + below3_64(list->pivot + 3, x);
	const struct cs_block8 *block = &list->block[i];

	i = below3_64(block->key, x) + below3_64(block->key + 3, x);
	return block->value[i + (block->key[6] < x)];
}

static __always_inline u16 cs_list16_value(const struct cs_list16 *list, u64 hi,
					   u64 lo)
{
	unsigned int n = list->n, k = 0;
	const u64 *key = list->key;

	for (; k < n; k++, key += 2)
		if (key[0] > hi || (key[0] == hi && key[1] >= lo))
			break;
	return ((const u16 *)(list->key + 2 * n))[k];
}

/*
 * What is found of an octet in a flat node, one of few values, or a map.
 * @v: a value, or %CS_KID and a child's number
 * @kid: the children
 * @n: how many; behind them lies what the node's own prefixes say of each one's
 *	octet
 */
struct cs_found {
	u16 v;
	u16 n;
	struct cs_hot __rcu **kid;
};

static __always_inline u16 *cs_found_covers(struct cs_found f)
{
	return (u16 *)(f.kid + f.n);
}

static __always_inline struct cs_found cs_flat_find(const struct cs_hot *hot,
						    unsigned int octet)
{
	struct cs_flat *flat = cs_untag(hot, CS_FLAT);

	return (struct cs_found){ flat->value[octet], flat->n, flat->kid };
}

static __always_inline struct cs_found cs_few_find(const struct cs_hot *hot,
						   unsigned int octet)
{
	struct cs_few *few = cs_untag(hot, CS_FEW);
	u8 code = few->code[octet / 2] >> octet % 2 * 4;

	return (struct cs_found){ few->value[code % CS_FEW_MAX], few->n,
				  few->kid };
}

/* Behind a map's covers are the runs' values. */
static __always_inline struct cs_found cs_map_find(const struct cs_hot *hot,
						   unsigned int octet)
{
	struct cs_map *map = cs_untag(hot, CS_MAP);
	u64 begun = map->starts[octet >> 6] << (63 - (octet & 63));
	struct cs_found f = { 0, map->n, map->kid };
	const u16 *value = cs_found_covers(f) + map->n - 1;

	f.v = value[map->base[octet >> 6] + hweight64(begun)];
	return f;
}

static __always_inline struct cs_found cs_find(const struct cs_hot *hot,
					       unsigned int octet)
{
	switch (cs_format(hot)) {
	case CS_FLAT:
		return cs_flat_find(hot, octet);
	case CS_FEW:
		return cs_few_find(hot, octet);
	default:
		return cs_map_find(hot, octet);
	}
}

static __always_inline struct cs_addr cs_addr_shift(struct cs_addr x,
						    unsigned int bits)
{
	x.hi <<= 8;
	if (bits > 64) {
		x.hi |= x.lo >> 56;
		x.lo <<= 8;
	}
	return x;
}

static __always_inline u16 cs_list_value(const struct cs_hot *hot,
					 struct cs_addr x, unsigned int bits)
{
	if (likely(cs_format(hot) == CS_LIST4))
		return cs_list4_value(cs_untag(hot, CS_LIST4), x.hi >> 32);
	if (cs_format(hot) == CS_LIST2)
		return cs_list2_value(cs_untag(hot, CS_LIST2), x.hi >> 48);
	if (cs_format(hot) == CS_LONG4)
		return cs_long4_value(cs_untag(hot, CS_LONG4), x.hi >> 32);
	if (bits == 32)
		return 0;
	if (cs_format(hot) == CS_LIST8)
		return cs_list8_value(cs_untag(hot, CS_LIST8), x.hi);
	return cs_list16_value(cs_untag(hot, CS_LIST16), x.hi, x.lo);
}

/*
 * What is read of a node next: of a flat one a single line, of one of few values
 * all three. Of others the first line says where the value is: by then, the second
 * one has come, too, and the third one of a list of four octets or more. What is
 * behind is the writer's, mostly, and would be in the way.
 */
static __always_inline void cs_prefetch(const struct cs_hot *hot,
					unsigned int octet)
{
	/* Maybe of %NULL, which does no harm. */
	unsigned long line = (unsigned long)hot;

	if (cs_format(hot) == CS_FLAT) {
		line += offsetof(struct cs_flat, value) + octet * sizeof(u16);
		env_prefetch((const void *)line);
		return;
	}
	env_prefetch(hot);
	env_prefetch((const void *)(line + 64));
	env_prefetch((const void *)(line + 128));
}

/* The octet behind the next one. */
static __always_inline unsigned int cs_addr_second(struct cs_addr x)
{
	return x.hi >> 48 & 0xff;
}

/*
 * The value for an address of @bits bits below @hot. Called under
 * rcu_read_lock(). One turn for each octet of the address, at most. The last
 * value on the way is that of the longest prefix; @covers: those of the nodes
 * above the last one count, too.
 */
static __always_inline u16 cs_hot_walk(const struct cs_hot *hot,
				       struct cs_addr x, unsigned int bits,
				       bool covers)
{
	unsigned int octet;
	u16 best = 0, v;

	for (; hot; x = cs_addr_shift(x, bits)) {
		octet = x.hi >> 56;
		if (cs_format(hot) == CS_DIRECT) {
			const struct cs_direct *direct =
				cs_untag(hot, CS_DIRECT);

			hot = rcu_dereference(direct->kid[octet]);
			v = covers ? direct->cover[octet] : 0;
		} else if (cs_format(hot) <= CS_MAP) {
			struct cs_found f = cs_find(hot, octet);

			if (likely(!(f.v & CS_KID)))
				return f.v ?: best;
			hot = rcu_dereference(f.kid[f.v & 0xff]);
			v = covers ? cs_found_covers(f)[f.v & 0xff] : 0;
		} else {
			v = cs_list_value(hot, x, bits);
			return v ?: best;
		}
		cs_prefetch(hot, cs_addr_second(x));
		best = v ?: best;
	}
	return best;
}

/*
 * As cs_hot_walk(), as far as all lookups go the same way; then only ask for what
 * comes next. A table of one list needs no asking.
 */
static __always_inline void cs_hot_ask(const struct cs_hot *hot,
				       struct cs_addr x, unsigned int bits)
{
	if (!hot || cs_format(hot) != CS_DIRECT)
		return;
	do {
		const struct cs_direct *direct = cs_untag(hot, CS_DIRECT);

		hot = rcu_dereference(direct->kid[x.hi >> 56]);
		x = cs_addr_shift(x, bits);
	} while (hot && cs_format(hot) == CS_DIRECT);
	cs_prefetch(hot, x.hi >> 56);
}

#endif /* CS_TABLE_LPM_HOT_H */
