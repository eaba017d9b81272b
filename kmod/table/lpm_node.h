/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cold side of the table: what only the writer reads. It is the table's
 * own RIB: each prefix that was set, in a tree of the same shape as the hot
 * one. Owns the nodes' memory, on both sides; knows nothing of operations.
 */
#ifndef CS_TABLE_LPM_NODE_H
#define CS_TABLE_LPM_NODE_H

#include "env.h"
#include "lpm_hot.h"

#define CS_NODE_DEPTHS 16
/* Prefixes in a bucket at most; by width, the wide ones fewer. */
#define CS_BUCKET_MAX 28
#define CS_BUCKET_MAX_16 12

/*
 * struct cs_node - a node, as the writer sees it
 * @rcu: from when it was retired
 * @next: on the batch's list of fresh nodes, or of old ones
 * @back: what points to a fresh one
 * @hot: the same for readers, tagged; %NULL until it is built
 * @n: prefixes held here, in order of (address, length)
 * @kids: children of a tree node, in order of their octet
 * @room: octets of @data
 * @width: octets of a prefix's address that are kept; tree: 1
 * @tree: an octet of the address is consumed here, else it is a bucket
 * @fresh: made in the batch that is being prepared; no reader sees it
 * @data: tree: map of children, pointers to them; both: records
 */
struct cs_node {
	union {
		struct rcu_head rcu;
		struct {
			struct cs_node *next, **back;
		};
	};
	struct cs_hot *hot;
	u16 n;
	u16 kids;
	u16 room;
	u8 width;
	u8 tree : 1;
	u8 fresh : 1;
	u64 data[];
};

/*
 * A record: the address behind the node's own octets, @width of them; the
 * length behind these; the value. Octets, so that memcmp() orders records.
 */
struct cs_rec {
	u8 addr[CS_NODE_DEPTHS + 1]; /* and a zero */
	u8 len;
	u16 value;
};

/* A batch in preparation. */
struct cs_work {
	struct cs_node *fresh[CS_NODE_DEPTHS]; /* by depth */
	struct cs_node *old;
	long bytes; /* more than before, or less */
};

static inline u64 *cs_node_map(struct cs_node *node)
{
	return node->data;
}

static inline struct cs_node **cs_node_kids(struct cs_node *node)
{
	return (struct cs_node **)(node->data + 4);
}

static inline size_t cs_node_head(bool tree, unsigned int kids)
{
	return tree ? 4 * sizeof(u64) + kids * sizeof(struct cs_node *) : 0;
}

static inline unsigned int cs_node_step(const struct cs_node *node)
{
	return node->width + 3;
}

static inline u8 *cs_node_rec(struct cs_node *node, unsigned int i)
{
	return (u8 *)node->data + cs_node_head(node->tree, node->kids) +
	       i * cs_node_step(node);
}

static inline u8 cs_node_len(struct cs_node *node, unsigned int i)
{
	return cs_node_rec(node, i)[node->width];
}

static inline u16 cs_node_value(struct cs_node *node, unsigned int i)
{
	const u8 *p = cs_node_rec(node, i) + node->width + 1;

	return p[0] << 8 | p[1];
}

static inline void cs_node_set_value(struct cs_node *node, unsigned int i,
				     u16 value)
{
	u8 *p = cs_node_rec(node, i) + node->width + 1;

	p[0] = value >> 8;
	p[1] = value;
}

/* Octets that a length takes in a record: 1, 2, 4, 8 or 16. */
static inline u8 cs_node_width(unsigned int len)
{
	return len <= 8	 ? 1 :
	       len <= 16 ? 2 :
	       len <= 32 ? 4 :
	       len <= 64 ? 8 :
			   16;
}

static inline bool cs_node_has_kid(struct cs_node *node, unsigned int octet)
{
	return cs_node_map(node)[octet >> 6] >> (octet & 63) & 1;
}

unsigned int cs_node_kid_index(struct cs_node *node, unsigned int octet);

/* The least record that is not less than this; *@same: it is this prefix. */
unsigned int cs_node_find(struct cs_node *node, const u8 *addr,
			  unsigned int len, bool *same);

void cs_node_get(struct cs_node *node, unsigned int i, struct cs_rec *rec);

struct cs_node *cs_node_new(struct cs_work *w, unsigned int depth, bool tree,
			    unsigned int width, unsigned int kids,
			    unsigned int n);

/*
 * The node itself if it is fresh and has room for a child or a record more,
 * else a fresh copy that has, and the node is dropped. %NULL: no memory.
 */
struct cs_node *cs_node_own(struct cs_work *w, unsigned int depth,
			    struct cs_node *node, unsigned int kids,
			    unsigned int recs, unsigned int width);

/* Not part of the table any more: free it, or have it freed after readers. */
void cs_node_drop(struct cs_work *w, struct cs_node *node);

/* On a node that is owned and has the room. */
void cs_node_put(struct cs_node *node, unsigned int i, const u8 *addr,
		 unsigned int len, u16 value);
void cs_node_cut(struct cs_node *node, unsigned int i);
void cs_node_put_kid(struct cs_node *node, unsigned int octet,
		     struct cs_node *kid);
void cs_node_cut_kid(struct cs_node *node, unsigned int octet);

/* The batch is seen: free what was dropped when readers have gone. */
void cs_work_done(struct cs_work *w);
/* The batch is not to be: free what is fresh. */
void cs_work_undo(struct cs_work *w);

/* Both sides of a subtree that nobody sees. */
void cs_node_free_all(struct cs_node *root);

/* lpm_build.c: write the hot side of a node. Return: octets, 0: no memory. */
size_t cs_hot_build(struct cs_node *node);
size_t cs_hot_size(const struct cs_hot *hot);
struct cs_hot __rcu **cs_hot_kid(struct cs_hot *hot, unsigned int kid);
void cs_hot_free(const struct cs_hot *hot);

#endif /* CS_TABLE_LPM_NODE_H */
