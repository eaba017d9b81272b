/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Longest-prefix-match table: prefixes of one address family to 16-bit
 * values. Built in the kernel and, unchanged, in user space (env.h).
 *
 * One writer at a time (the caller's mutex); readers under rcu_read_lock(),
 * in any context, never wait and see each change whole.
 *
 * Structure. A lookup costs what it waits for: lines of memory that it learns
 * of one after the other, and wrong guesses of its branches. So a trie of
 * octets, in which a turn is one load where the table is dense, one bitmap
 * where it is half empty, and where little is left there is no turn more but
 * one search without a branch:
 *
 *	t->hot
 *	   |
 *	[direct]  256 children by index, and what the node's own prefixes, /0
 *	   |      to /8, say of each octet: its cover
 *	[direct]  the same for the second octet
 *	   |  \\
 *	   |  [list]  all of up to 80 prefixes below an octet: runs of addresses
 *	   |          with one value, nesting resolved. A long one is a line of
 *	   |          pivots, and lines of eleven runs: a lookup meets two
 *	[map]    a bitmap of 256 octets says where runs of them begin, and a
 *	   |     count of its bits which run an octet is in; an octet with a
 *	   |     child is a run of its own. Of many runs, the value of each
 *	   |     octet: half an octet that says which of up to 16 (few), or
 *	   |     itself (flat)
 *	 [list]
 *
 * Before all that stands a word with what all prefixes have in common: the bits
 * that they begin with. Traffic to elsewhere is told by it alone, and a table of
 * one prefix, if that is not long, needs no more.
 *
 * A table begins as a list. When a list is full it bursts into a tree node,
 * which holds the prefixes that end in its octet, and lists for the others;
 * when little is left below it, it folds into a list again. The first two
 * octets are direct nodes, a page each, deeper ones are when they have many
 * children: few of them, which all lookups share, stay in the cache.
 *
 * What a lookup waits for, then, in a large table: the direct nodes, which are
 * in the second level of a cache; the line of a map or list that says where
 * the value is, from the third one; and the line of the value. The next lines
 * of a node are asked for together with its first, past the second level, so
 * that they do not drive the direct nodes out. For the same reason the covers
 * are only read when the last node of the way says nothing, in a second walk.
 * Of a million IPv4 prefixes, 97 of 100 lookups take two direct nodes and one
 * of the next three kinds; of 250,000 IPv6 ones, three quarters take three and a
 * list.
 *
 * Each node has two sides. The hot one (lpm_hot.h) is what lookups read, and
 * is small: at a million prefixes what counts is how much of it the cache
 * holds. The cold one (lpm_node.h) has the prefixes themselves; it is the
 * table's RIB, and only the writer's.
 *
 * Invariants:
 *  - a prefix is held by one node: the deepest tree node on its way that
 *    consumes its last bit, or the list at the end of the way;
 *  - a child never repeats what its parents say: the last value on the way is
 *    the longest prefix's. So a change makes the node anew that holds the
 *    prefix, and at most what points to it: a few hundred octets, 4 KiB if it
 *    is direct;
 *  - what readers can reach is constant, but for pointers to children, and
 *    each of these is stored once for a change, fully built;
 *  - one change stores one such pointer; a batch copies the way from the root
 *    to each change and stores t->hot only, so that each lookup sees all of it
 *    or none;
 *  - the common word is true of every prefix in sight: it is widened before that
 *    store, and narrowed behind it;
 *  - nothing reachable is altered before all allocations have been made: to
 *    undo is to free what is fresh.
 *
 * Why this one: a table by 24 bits takes one load, but 32 MiB and more, which
 * fit few caches; tries of single bits wait for a line a branch; static run
 * tables are smaller, but rebuilt for a change. No hash, so no seed, and no
 * collisions for an attacker to choose. What it does not do is skip octets
 * that do not branch: what does not fit a list (80 prefixes; 20 if some are
 * more than four octets longer than the way to it, 12 if more than eight) takes
 * a turn for each octet that all have in common. All lookups share these nodes,
 * so that a turn is five nanoseconds or so.
 */
#ifndef CS_TABLE_LPM_H
#define CS_TABLE_LPM_H

#include "env.h"

/* Values are 1 to CS_LPM_VALUE_MAX; 0 says "no prefix". */
#define CS_LPM_NONE 0
#define CS_LPM_VALUE_MAX 0x7fff

struct cs_hot;

/**
 * struct cs_lpm_span - two addresses that begin as all of a table's prefixes do
 * @first: 64 bits of the first prefix's; an IPv4 address is in the upper half
 * @last: of the end of the last one, or of one that covers it
 */
struct cs_lpm_span {
	u64 first, last;
};

/**
 * struct cs_lpm - a table; all but lpm.c looks at @common alone
 * @hot: the root; %NULL: no prefix
 * @common: what all prefixes have in common, read at once: from above, the bits
 *	that they begin with, up to %CS_LPM_COMMON_MAX; the value, if there is
 *	one prefix, and no longer; and 63 less the number of these bits. No
 *	prefix is there that begins otherwise: who reads it late asks about a
 *	table that was
 * @span: what @common was made of
 * @count: prefixes
 * @bytes: memory
 * @octets: of an address
 */
struct cs_lpm {
	struct cs_hot __rcu *hot;
	u64 common;
	struct cs_lpm_span span;
	size_t count;
	size_t bytes;
	u8 octets;
};

#define CS_LPM_COMMON_MAX 43
#define CS_LPM_COMMON_ONLY 6

/**
 * struct cs_lpm_op - one change of a batch
 * @addr: the prefix, network byte order, 4 or 16 octets, bits beyond @len zero
 * @len: prefix length in bits
 * @value: what it maps to from now on; %CS_LPM_NONE deletes it
 * @old: set by cs_lpm_apply(): what it mapped to before, or %CS_LPM_NONE
 */
struct cs_lpm_op {
	const u8 *addr;
	u8 len;
	u16 value;
	u16 old;
};

/**
 * cs_lpm_create() - make an empty table
 * @bits: 32 for IPv4, 128 for IPv6
 * Context: may sleep. Return: the table, or NULL when memory is short.
 */
struct cs_lpm *cs_lpm_create(unsigned int bits);

/**
 * cs_lpm_destroy() - free a table and all in it
 * @t: table that no reader can reach any more (a grace period has passed);
 *     NULL is allowed
 * Context: may sleep.
 */
void cs_lpm_destroy(struct cs_lpm *t);

/**
 * cs_lpm_apply() - make a batch of changes, all of them or none
 * @t: table; the caller holds its writers' mutex
 * @ops: changes, in order; a prefix may come more than once
 * @n: how many
 * Deleting what is not there is no error (@old says so). Readers see all of
 * the batch or none of it.
 * Context: may sleep. Return: 0, or -ENOMEM with the table exactly as it was.
 */
int cs_lpm_apply(struct cs_lpm *t, struct cs_lpm_op *ops, size_t n);

/* What the two below do when @common does not say it. */
u16 cs_lpm_search4(const struct cs_lpm *t, const void *addr);
u16 cs_lpm_search6(const struct cs_lpm *t, const void *addr);
void cs_lpm_ask4(const struct cs_lpm *t, const void *addr);
void cs_lpm_ask6(const struct cs_lpm *t, const void *addr);

/*
 * Most of what is not for a table's prefixes is told by the bits that they begin
 * with, and if there is but one prefix, which is not long, all of it is. Where a
 * word is half as long, it could not be read at once: 63 says nothing.
 */
static __always_inline u64 cs_lpm_common(const struct cs_lpm *t)
{
#if BITS_PER_LONG == 64
	/* Before t->hot; pairs with set_common(). */
	return smp_load_acquire(&t->common);
#else
	return 63;
#endif
}

static __always_inline bool cs_lpm_is_outside(u64 common, u64 x)
{
	return (x ^ common) >> 1 >> (common & 63);
}

static __always_inline u16 cs_lpm_only(u64 common)
{
	return common >> CS_LPM_COMMON_ONLY & CS_LPM_VALUE_MAX;
}

/**
 * cs_lpm_lookup4() - value of the longest prefix that covers an address
 * @t: table of 32 bits
 * @addr: 4 octets in network byte order, need not be aligned
 * Context: any, under rcu_read_lock(). Return: value or %CS_LPM_NONE.
 */
static __always_inline u16 cs_lpm_lookup4(const struct cs_lpm *t,
					  const void *addr)
{
	u64 common = cs_lpm_common(t);

	if (cs_lpm_is_outside(common, (u64)get_unaligned_be32(addr) << 32))
		return CS_LPM_NONE;
	return cs_lpm_only(common) ?: cs_lpm_search4(t, addr);
}

/**
 * cs_lpm_lookup6() - as cs_lpm_lookup4(), for IPv6
 * @t: table of 128 bits
 * @addr: 16 octets in network byte order, need not be aligned
 * Context: any, under rcu_read_lock(). Return: value or %CS_LPM_NONE.
 */
static __always_inline u16 cs_lpm_lookup6(const struct cs_lpm *t,
					  const void *addr)
{
	u64 common = cs_lpm_common(t);

	if (cs_lpm_is_outside(common, get_unaligned_be64(addr)))
		return CS_LPM_NONE;
	return cs_lpm_only(common) ?: cs_lpm_search6(t, addr);
}

/**
 * cs_lpm_prefetch4() - say that an address is about to be looked up
 * @t: table of 32 bits
 * @addr: 4 octets in network byte order, need not be aligned
 * What a lookup would wait for is asked for; that takes less than a lookup, and
 * waits for nothing.
 * Context: any, under rcu_read_lock().
 */
static __always_inline void cs_lpm_prefetch4(const struct cs_lpm *t,
					     const void *addr)
{
	u64 common = cs_lpm_common(t);

	if (!cs_lpm_is_outside(common, (u64)get_unaligned_be32(addr) << 32) &&
	    !cs_lpm_only(common))
		cs_lpm_ask4(t, addr);
}

/**
 * cs_lpm_prefetch6() - as cs_lpm_prefetch4(), for IPv6
 * @t: table of 128 bits
 * @addr: 16 octets in network byte order, need not be aligned
 * Context: any, under rcu_read_lock().
 */
static __always_inline void cs_lpm_prefetch6(const struct cs_lpm *t,
					     const void *addr)
{
	u64 common = cs_lpm_common(t);

	if (!cs_lpm_is_outside(common, get_unaligned_be64(addr)) &&
	    !cs_lpm_only(common))
		cs_lpm_ask6(t, addr);
}

/**
 * cs_lpm_match() - as the lookups, and say which prefix it was
 * @t: table
 * @addr: 4 or 16 octets
 * @len: set to the length of the prefix when there is one
 * Slower than the lookups, with the same answer; for explaining.
 * Context: writers' mutex held. Return: value or %CS_LPM_NONE.
 */
u16 cs_lpm_match(const struct cs_lpm *t, const void *addr, u8 *len);

/**
 * cs_lpm_get() - value of exactly this prefix
 * @t: table
 * @addr: 4 or 16 octets, bits beyond @len zero
 * @len: prefix length in bits
 * Context: writers' mutex held. Return: value or %CS_LPM_NONE.
 */
u16 cs_lpm_get(const struct cs_lpm *t, const void *addr, u8 len);

/**
 * cs_lpm_next() - walk prefixes in order of (address, length)
 * @t: table
 * @addr: in: octets of the last prefix seen; out: of the next (4 or 16)
 * @len: in: its length, or -1 to start; out: length of the next
 * Changes between two calls are allowed: the walk goes on behind the last.
 * Context: writers' mutex held. Return: value, %CS_LPM_NONE at the end.
 */
u16 cs_lpm_next(const struct cs_lpm *t, u8 *addr, int *len);

/**
 * cs_lpm_count() - prefixes held
 * @t: table
 * Context: writers' mutex held.
 */
size_t cs_lpm_count(const struct cs_lpm *t);

/**
 * cs_lpm_bytes() - memory held, as the allocator rounds it, in octets
 * @t: table
 * Context: writers' mutex held.
 */
size_t cs_lpm_bytes(const struct cs_lpm *t);

#endif /* CS_TABLE_LPM_H */
