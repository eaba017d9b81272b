/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Longest-prefix-match table: prefixes of one address family to 16-bit
 * values. Built in the kernel and, unchanged, in user space (env.h).
 *
 * One writer at a time (the caller's mutex); readers under rcu_read_lock(),
 * in any context, never wait and see each change whole.
 *
 * Structure. The speed of a large table is the number of cache lines that a
 * lookup touches and that do not fit the cache. So there are two sides: the
 * hot one, which lookups read, holds runs (first address, 16-bit value), with
 * nested prefixes resolved within a node; the cold one (lpm_node.h) is the
 * writer's, holds the prefixes, and is the table's own RIB.
 *
 *	t->hot                                              t->root
 *	   |                                                   |
 *	 [tree: 8 bits]--runs of /0 to /8                    [tree] records
 *	   | kid 10         | kid 20                          |    |
 *	   |              [list: runs of all below 20/8]      |  [bucket]
 *	 [fan: 8 bits, many children]                       [tree, fan]
 *	   | chunk of 10.0 to 10.7                            |  |  |
 *	   [slot|slot|..|lists of the children, packed]    [bucket] [bucket]
 *
 * A bucket keeps the few dozen prefixes below it sorted, down to the last
 * bit. When it is full it bursts into a tree node, which consumes 8 bits,
 * keeps the prefixes that end in them, and has buckets for the others; when
 * little is left the node folds into a bucket again.
 *
 * Invariants:
 *  - a prefix is held by one node: the deepest on its way that consumes its
 *    last bit, or the bucket at the end of the way;
 *  - a child never repeats what its parent says: a lookup takes the last
 *    value that it met, so a change rebuilds the node that holds the prefix
 *    and what points to it, and nothing below;
 *  - what readers can reach is constant, but for the pointers in trees and
 *    fans, and each of these is stored once for a change, fully built;
 *  - one change alters one such pointer; a batch copies the way from the root
 *    to each change and alters t->hot only, so that all of it is seen at once;
 *  - nothing reachable is altered before all allocations have been made: to
 *    undo is to free what is fresh;
 *  - a fan's chunk is shared by the fans that point to it (old and new, while
 *    a batch is prepared), and freed after the last of them and its readers.
 *
 * Why this one: a direct table is as fast, but of 100 MiB; tries of single
 * bits touch a line a branch; static run tables are smaller but rebuilt for
 * each change. No hash, so no seed and no collisions for an attacker to
 * choose: a lookup takes at most one turn for each octet of the address.
 */
#ifndef CS_TABLE_LPM_H
#define CS_TABLE_LPM_H

#include "env.h"

/* Values are 1 to CS_LPM_VALUE_MAX; 0 says "no prefix". */
#define CS_LPM_NONE 0
#define CS_LPM_VALUE_MAX 0x7fff

struct cs_lpm;

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

/**
 * cs_lpm_lookup4() - value of the longest prefix that covers an address
 * @t: table of 32 bits
 * @addr: 4 octets in network byte order, need not be aligned
 * Context: any, under rcu_read_lock(). Return: value or %CS_LPM_NONE.
 */
u16 cs_lpm_lookup4(const struct cs_lpm *t, const void *addr);

/**
 * cs_lpm_lookup6() - as cs_lpm_lookup4(), for IPv6
 * @t: table of 128 bits
 * @addr: 16 octets in network byte order, need not be aligned
 * Context: any, under rcu_read_lock(). Return: value or %CS_LPM_NONE.
 */
u16 cs_lpm_lookup6(const struct cs_lpm *t, const void *addr);

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
