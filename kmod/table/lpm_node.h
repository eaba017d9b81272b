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
/* Prefixes in a bucket at most, by width: what takes more octets, fewer. */
#define CS_BUCKET_MAX_1 64
#define CS_BUCKET_MAX_2 28
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
 * @fan: tree: its hot side is a fan
 * @inlined: bucket: its hot side lies in its parent's, which is a fan
 * @borrowed: fresh fan: @hot is that of the node it was copied from
 * @repaint: fresh fan: records have changed
 * @data: tree: map of children, chunks of a fresh fan in which a child has
 *	changed, pointers to children; both: records
 */
struct cs_node {
	union {
		struct rcu_head rcu;
		struct {
			struct cs_node *next, **back;
		};
	};
	struct cs_hot *hot;
	u32 n : 10;
	u32 kids : 10;
	u32 width : 5;
	u32 tree : 1;
	u32 fresh : 1;
	u32 fan : 1;
	u32 inlined : 1;
	u32 borrowed : 1;
	u32 repaint : 1;
	u16 room;
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

/* A tree node with so many children is a fan, until it has half as many. */
#define CS_FAN_MIN 48

/* A batch in preparation. */
struct cs_work {
	struct cs_node *fresh[CS_NODE_DEPTHS]; /* by depth */
	struct cs_node *old;
	void *scratch; /* of %CS_SCRATCH octets, or %NULL */
	long bytes; /* more than before, or less */
};

static inline u64 *cs_node_map(struct cs_node *node)
{
	return node->data;
}

static inline struct cs_node **cs_node_kids(struct cs_node *node)
{
	return (struct cs_node **)(node->data + 5);
}

static inline void cs_node_soil(struct cs_node *tree, unsigned int octet)
{
	tree->data[4] |= 1ULL << (octet >> CS_CHUNK_SHIFT);
}

static inline size_t cs_node_head(bool tree, unsigned int kids)
{
	return tree ? 5 * sizeof(u64) + kids * sizeof(struct cs_node *) : 0;
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
	node->repaint = 1;
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

/* Where a hot side may be written, before its size is known; or %NULL. */
#define CS_SCRATCH 8192
void *cs_work_scratch(struct cs_work *w);

/* Both sides of a subtree that nobody sees. */
void cs_node_free_all(struct cs_node *root);

/*
 * lpm_build.c: write the hot side of a node; its fresh children's is written.
 * Return: 0 or -ENOMEM.
 */
int cs_hot_build(struct cs_work *w, struct cs_node *node);
struct cs_hot __rcu **cs_hot_kid(struct cs_hot *hot, unsigned int kid);
size_t cs_hot_size(const struct cs_hot *hot);
void cs_hot_free(const struct cs_hot *hot);
void cs_hot_paint(struct cs_node *node, u16 *value);
size_t cs_hot_write_list(struct cs_node *node, void *to);
size_t cs_hot_list_size(unsigned int width, unsigned int n);

static inline enum cs_hot_format cs_hot_list_format(unsigned int width)
{
	return width == 1 ? CS_HOT_LIST1 :
	       width == 2 ? CS_HOT_LIST2 :
	       width == 4 ? CS_HOT_LIST4 :
	       width == 8 ? CS_HOT_LIST8 :
			    CS_HOT_LIST16;
}

/* lpm_chunk.c: fans. */
int cs_fan_build(struct cs_work *w, struct cs_node *node);
/* A chunk with @kid in place of the child that it had for @octet. */
struct cs_hot_chunk *cs_fan_chunk(struct cs_work *w, struct cs_node *node,
				  unsigned int octet, struct cs_node *kid);
/* Show it. The one it replaces is freed after readers. */
void cs_fan_show(struct cs_work *w, struct cs_node *node, unsigned int octet,
		 struct cs_hot_chunk *chunk);
/* The node needs its chunks no more. @seen: readers may still. */
void cs_fan_release(struct cs_work *w, struct cs_node *node, bool seen);

#endif /* CS_TABLE_LPM_NODE_H */
