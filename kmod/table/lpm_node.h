/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nodes as the writer sees them. Behind what lookups read (lpm_hot.h) each has
 * a tail, which holds the prefixes themselves: the table is its own RIB. Owns
 * the nodes' memory; knows nothing of operations.
 *
 * A node is made whole, from records and children that are laid out in the
 * scratch area, and is never changed afterwards but for pointers to children.
 */
#ifndef CS_TABLE_LPM_NODE_H
#define CS_TABLE_LPM_NODE_H

#include "env.h"
#include "lpm_hot.h"

#define CS_DEPTHS 16

/*
 * struct cs_tail - a node's cold side
 * @rcu: from when it was retired
 * @next: on a batch's list of fresh nodes, or of old ones
 * @back: what points to a fresh one
 * @node: the hot side
 * @size: octets of it
 * @n: prefixes held here, in order of (address, length)
 * @kids: children; of a direct node, those that are not %NULL
 * @width: octets of an address that are kept; of a tree node 1
 * @format: of the node
 * @fresh: made in the batch that is being prepared; no reader sees it
 * @rec: records: the address behind the node's own octets, @width of them;
 *	its length behind these; the value. Octets, so that memcmp() orders
 *	them.
 */
struct cs_tail {
	union {
		struct rcu_head rcu;
		struct {
			struct cs_tail *next, **back;
		};
	};
	struct cs_head *node;
	u16 size;
	u16 n;
	u16 kids;
	u8 width;
	u8 format : 4;
	u8 fresh : 1;
	u8 rec[];
};

/* A record by itself. @addr: and a zero. */
struct cs_rec {
	u8 addr[CS_DEPTHS + 1];
	u8 len;
	u16 value;
};

/* Prefixes of 8 bits and less that there are; a list has fewer, but wider. */
#define CS_RECS_MAX 511
/* Two runs for each prefix at most, and one more, which CS_LONG4 holds. */
#define CS_LIST_MAX 80

struct cs_recs {
	unsigned int n, width;
	u8 rec[CS_RECS_MAX * 4];
};

/* Children, in order of their octet. */
struct cs_kids {
	unsigned int n;
	u8 octet[256];
	struct cs_hot *hot[256];
};

/* Of a list: values from these addresses on. The first one is 0. */
struct cs_runs {
	unsigned int n;
	u16 value[2 * CS_LIST_MAX + 2];
	struct cs_addr first[2 * CS_LIST_MAX + 2];
};

/* Where a node is laid out before its size is known. */
struct cs_scratch {
	struct cs_recs recs;
	struct cs_kids kids;
	union {
		u16 paint[256];
		struct cs_runs runs;
	};
};

/* A batch in preparation. */
struct cs_work {
	struct cs_tail *fresh, *old;
	struct cs_scratch *s;
	unsigned int octets; /* of an address */
	long bytes; /* more than before, or less */
};

/* The caller holds the writers' mutex, which only it knows. */
#define cs_deref(p) rcu_dereference_protected(p, 1)

static inline bool cs_is_tree(const struct cs_hot *hot)
{
	return cs_format(hot) <= CS_MAP;
}

static inline struct cs_tail *cs_tail(const struct cs_hot *hot)
{
	return ((struct cs_head *)((unsigned long)hot & ~CS_FORMAT))->tail;
}

/*
 * Octets that a list of @n prefixes takes at @depth, up to a length of @len
 * bits: 4, 8 or 16, or what is left of the address, if that is less and they
 * are few.
 */
static inline unsigned int cs_width(const struct cs_work *w, unsigned int depth,
				    unsigned int n, unsigned int len)
{
	unsigned int left = w->octets - depth;

	return left <= 2 && n <= CS_LANES / 2 ? left :
	       len <= 32		      ? 4 :
	       len <= 64		      ? 8 :
						16;
}

static inline const u8 *cs_tail_rec(const struct cs_tail *tail, unsigned int i)
{
	return tail->rec + i * (tail->width + 3);
}

void cs_rec_get(const u8 *p, unsigned int width, struct cs_rec *rec);

/* The first record that is not less than this; *@same: it is this prefix. */
unsigned int cs_tail_find(const struct cs_tail *tail, const u8 *addr,
			  unsigned int len, bool *same);
unsigned int cs_recs_find(const struct cs_recs *recs, const u8 *addr,
			  unsigned int len, bool *same);

/* The node's records, with room for addresses of @width octets. */
void cs_recs_load(struct cs_recs *recs, const struct cs_tail *tail,
		  unsigned int width);
void cs_recs_put(struct cs_recs *recs, unsigned int i, const u8 *addr,
		 unsigned int len, u16 value);
void cs_recs_cut(struct cs_recs *recs, unsigned int i);
void cs_recs_set_value(struct cs_recs *recs, unsigned int i, u16 value);

/* Of a tree's node: */
struct cs_hot *cs_node_kid(const struct cs_hot *tree, unsigned int octet);
/* Where the pointer to a child is; there must be one, unless the node is direct. */
struct cs_hot __rcu **cs_node_slot(const struct cs_hot *tree,
				   unsigned int octet);
void cs_node_set_kid(const struct cs_hot *tree, unsigned int octet,
		     struct cs_hot *kid);
void cs_kids_load(struct cs_kids *kids, const struct cs_hot *tree);
void cs_kids_put(struct cs_kids *kids, unsigned int octet, struct cs_hot *kid);
/* %NULL: cut it. */
void cs_kids_set(struct cs_kids *kids, unsigned int octet, struct cs_hot *kid);

/*
 * A fresh node of @size octets, with a tail for @n records of @width octets;
 * but for what connects the two, both are the caller's to write. Return: its
 * first octet, or %NULL.
 */
void *cs_node_alloc(struct cs_work *w, enum cs_format format, size_t size,
		    unsigned int n, unsigned int width);
/* A fresh copy. */
struct cs_hot *cs_node_clone(struct cs_work *w, const struct cs_hot *hot);
/* Not part of the table any more: free it, or have it freed after readers. */
void cs_node_drop(struct cs_work *w, const struct cs_hot *hot);

/* Return: 0 or -ENOMEM. */
int cs_work_begin(struct cs_work *w, unsigned int octets);
/* The batch is seen: free what was dropped when readers have gone. */
void cs_work_done(struct cs_work *w);
/* The batch is not to be: free what is fresh. */
void cs_work_undo(struct cs_work *w);

/* A subtree that nobody sees. */
void cs_node_free_all(struct cs_hot *root);

/*
 * lpm_build.c: a fresh node of the records (and children) in the scratch area,
 * or %NULL. A tree is direct or a map, as @format says; of many runs it is made
 * flat, or one of few values.
 */
struct cs_hot *cs_build_list(struct cs_work *w, unsigned int depth);
struct cs_hot *cs_build_tree(struct cs_work *w, enum cs_format format);

#endif /* CS_TABLE_LPM_NODE_H */
