// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes on the cold side. Nothing that a reader or a failed batch could
 * miss is touched: what changes is a copy, and what it replaces is kept.
 */
#include "lpm_edit.h"

static unsigned int bucket_max(unsigned int width)
{
	return width == 1 ? CS_BUCKET_MAX_1 :
	       width == 2 ? CS_BUCKET_MAX_2 :
	       width == 4 ? 24 :
	       width == 8 ? 20 :
			    CS_BUCKET_MAX_16;
}

/* What is behind the octets above the node at hand. */
static unsigned int rest(const struct cs_edit *e)
{
	return e->len - 8 * e->depth;
}

static const u8 *tail(const struct cs_edit *e)
{
	return e->addr + e->depth;
}

/* From the node at hand down to the one that holds the prefix, or would. */
static struct cs_node *descend(struct cs_edit *e, struct cs_node *node)
{
	for (;;) {
		e->way[e->depth] = node;
		if (!node->tree || rest(e) <= 8 ||
		    !cs_node_has_kid(node, *tail(e)))
			return node;
		node = cs_node_kids(node)[cs_node_kid_index(node, *tail(e))];
		e->depth++;
	}
}

u16 cs_edit_find(struct cs_edit *e, const u8 *addr, unsigned int octets, u8 len)
{
	struct cs_node *node;
	unsigned int i;
	bool same;

	memset(e->addr, 0, sizeof(e->addr));
	memcpy(e->addr, addr, octets);
	e->len = len;
	e->depth = 0;
	node = descend(e, e->root);
	i = cs_node_find(node, tail(e), rest(e), &same);
	return same ? cs_node_value(node, i) : 0;
}

/* The node at hand has been replaced by @node. */
static void replace(struct cs_edit *e, struct cs_node *node)
{
	struct cs_node *parent;
	unsigned int i, octet;

	e->way[e->depth] = node;
	if (!e->depth) {
		e->root = node;
		e->parent = NULL;
		return;
	}
	parent = e->way[e->depth - 1];
	octet = e->addr[e->depth - 1];
	i = cs_node_kid_index(parent, octet);
	node->inlined = parent->fan && !node->tree;
	if (parent->fresh) {
		cs_node_kids(parent)[i] = node;
		cs_node_soil(parent, octet);
		return;
	}
	e->parent = parent;
	e->kid = i;
	e->octet = octet;
	e->top = node;
}

/* Make the node at hand a fresh one with room for so many more. */
static struct cs_node *own(struct cs_edit *e, unsigned int kids,
			   unsigned int recs, unsigned int width)
{
	struct cs_node *old = e->way[e->depth], *node;

	node = cs_node_own(&e->w, e->depth, old, kids, recs, width);
	if (node && node != old)
		replace(e, node);
	return node;
}

static int own_way(struct cs_edit *e)
{
	unsigned int depth = e->depth;

	for (e->depth = 0; e->depth < depth; e->depth++)
		if (!own(e, 0, 0, 1))
			return -ENOMEM;
	return 0;
}

/* A new bucket for records @from to @to of @bucket, below their octet. */
static struct cs_node *split(struct cs_edit *e, struct cs_node *bucket,
			     unsigned int from, unsigned int to)
{
	unsigned int i, longest = 0;
	struct cs_node *node;
	struct cs_rec rec;

	for (i = from; i < to; i++)
		if (cs_node_len(bucket, i) > longest)
			longest = cs_node_len(bucket, i);
	node = cs_node_new(&e->w, e->depth + 1, false,
			   cs_node_width(longest - 8), 0, to - from);
	for (i = from; node && i < to; i++) {
		cs_node_get(bucket, i, &rec);
		cs_node_put(node, i - from, rec.addr + 1, rec.len - 8,
			    rec.value);
	}
	return node;
}

/* A bucket that is full becomes a tree node with buckets below it. */
static int burst(struct cs_edit *e)
{
	struct cs_node *bucket = e->way[e->depth], *tree, *kid;
	unsigned int from, to, octet;
	struct cs_rec rec;

	tree = cs_node_new(&e->w, e->depth, true, 1, bucket->n, bucket->n);
	if (!tree)
		return -ENOMEM;
	for (from = 0; from < bucket->n; from = to) {
		to = from + 1;
		cs_node_get(bucket, from, &rec);
		if (rec.len <= 8) {
			cs_node_put(tree, tree->n, rec.addr, rec.len,
				    rec.value);
			continue;
		}
		octet = rec.addr[0];
		while (to < bucket->n && *cs_node_rec(bucket, to) == octet)
			to++;
		kid = split(e, bucket, from, to);
		if (!kid)
			return -ENOMEM;
		cs_node_put_kid(tree, octet, kid);
	}
	cs_node_drop(&e->w, bucket);
	replace(e, tree);
	return 0;
}

/*
 * A tree node, fresh, becomes a fan or ceases to be one: where its buckets'
 * hot sides lie changes with it, so these are made anew.
 */
static int set_fan(struct cs_edit *e, struct cs_node *tree, bool fan)
{
	struct cs_node **kids = cs_node_kids(tree), *kid;
	unsigned int i;

	for (i = 0; i < tree->kids; i++) {
		if (kids[i]->tree)
			continue;
		kid = cs_node_own(&e->w, e->depth + 1, kids[i], 0, 0,
				  kids[i]->width);
		if (!kid)
			return -ENOMEM;
		kid->inlined = fan;
		kids[i] = kid;
	}
	tree->fan = fan;
	tree->hot = NULL;
	tree->borrowed = 0;
	return 0;
}

static int set_kid(struct cs_edit *e, u16 value)
{
	struct cs_node *kid, *tree;

	kid = cs_node_new(&e->w, e->depth + 1, false,
			  cs_node_width(rest(e) - 8), 0, 1);
	if (!kid)
		return -ENOMEM;
	cs_node_put(kid, 0, tail(e) + 1, rest(e) - 8, value);
	tree = own(e, 1, 0, 1);
	if (!tree)
		return -ENOMEM;
	kid->inlined = tree->fan;
	cs_node_put_kid(tree, *tail(e), kid);
	/* Not the root: its children are trees before long. */
	if (!tree->fan && e->depth && tree->kids >= CS_FAN_MIN)
		return set_fan(e, tree, true);
	return 0;
}

int cs_edit_set(struct cs_edit *e, u16 value)
{
	struct cs_node *node = e->way[e->depth];
	unsigned int i, width;
	bool same;

	if (e->batch && own_way(e))
		return -ENOMEM;
	for (;;) {
		width = cs_node_width(rest(e));
		if (node->tree && rest(e) > 8)
			return set_kid(e, value);
		if (width < node->width)
			width = node->width;
		i = cs_node_find(node, tail(e), rest(e), &same);
		if (same || node->tree || node->n < bucket_max(width))
			break;
		if (burst(e))
			return -ENOMEM;
		node = descend(e, e->way[e->depth]);
	}
	node = own(e, 0, !same, width);
	if (!node)
		return -ENOMEM;
	if (same)
		cs_node_set_value(node, i, value);
	else
		cs_node_put(node, i, tail(e), rest(e), value);
	return 0;
}

static struct cs_node *kid_at(struct cs_edit *e, struct cs_node *tree,
			      unsigned int i)
{
	return e->parent == tree && e->kid == i ? e->top :
						  cs_node_kids(tree)[i];
}

/*
 * May the tree node at hand be a bucket again? Only well below what makes it
 * burst, or a prefix that comes and goes would move all of them each time.
 * Return: how many records, or -1.
 */
static int fits(struct cs_edit *e, unsigned int *width)
{
	unsigned int i, k, len, longest = 8, sum;
	struct cs_node *tree = e->way[e->depth], *kid;

	sum = tree->n;
	if (sum + tree->kids > CS_BUCKET_MAX_1 / 2)
		return -1;
	for (k = 0; k < tree->kids; k++) {
		kid = kid_at(e, tree, k);
		sum += kid->n;
		if (kid->tree || sum > CS_BUCKET_MAX_2 / 2)
			return -1;
		for (i = 0; i < kid->n; i++) {
			len = cs_node_len(kid, i) + 8;
			if (len > longest)
				longest = len;
		}
	}
	*width = cs_node_width(longest);
	return sum <= bucket_max(*width) / 2 ? (int)sum : -1;
}

static void move_recs(struct cs_node *bucket, struct cs_node *kid,
		      unsigned int octet)
{
	u8 addr[CS_NODE_DEPTHS + 1] = { octet };
	struct cs_rec rec;
	unsigned int i;

	for (i = 0; i < kid->n; i++) {
		cs_node_get(kid, i, &rec);
		memcpy(addr + 1, rec.addr, CS_NODE_DEPTHS);
		cs_node_put(bucket, bucket->n, addr, rec.len + 8, rec.value);
	}
}

/* The tree node at hand and its buckets become one bucket. */
static int fold(struct cs_edit *e, unsigned int n, unsigned int width)
{
	struct cs_node *tree = e->way[e->depth], *bucket, *kid;
	unsigned int octet, i = 0, k = 0;
	struct cs_rec rec;

	bucket = cs_node_new(&e->w, e->depth, false, width, 0, n);
	if (!bucket)
		return -ENOMEM;
	for (octet = 0; octet < 256; octet++) {
		for (; i < tree->n && *cs_node_rec(tree, i) == octet; i++) {
			cs_node_get(tree, i, &rec);
			cs_node_put(bucket, bucket->n, rec.addr, rec.len,
				    rec.value);
		}
		if (!cs_node_has_kid(tree, octet))
			continue;
		kid = kid_at(e, tree, k++);
		move_recs(bucket, kid, octet);
		cs_node_drop(&e->w, kid);
	}
	cs_node_drop(&e->w, tree);
	replace(e, bucket);
	return 0;
}

/* Take the node at hand, which is empty, out of its parent. */
static int remove(struct cs_edit *e)
{
	struct cs_node *parent;

	cs_node_drop(&e->w, e->way[e->depth]);
	e->depth--;
	parent = own(e, 0, 0, 1);
	if (!parent)
		return -ENOMEM;
	cs_node_cut_kid(parent, *tail(e));
	if (parent->fan && parent->kids < CS_FAN_MIN / 2)
		return set_fan(e, parent, false);
	return 0;
}

/* What the records but one of a bucket need. */
static unsigned int width_without(struct cs_node *node, unsigned int skip)
{
	unsigned int i, longest = 0;

	if (node->tree)
		return 1;
	for (i = 0; i < node->n; i++)
		if (i != skip && cs_node_len(node, i) > longest)
			longest = cs_node_len(node, i);
	return cs_node_width(longest);
}

int cs_edit_unset(struct cs_edit *e)
{
	struct cs_node *node = e->way[e->depth];
	unsigned int i, width;
	bool same;
	int n;

	if (e->batch && own_way(e))
		return -ENOMEM;
	i = cs_node_find(node, tail(e), rest(e), &same);
	if (node->tree || node->n > 1 || !e->depth) {
		node = own(e, 0, 0, width_without(node, i));
		if (!node)
			return -ENOMEM;
		cs_node_cut(node, i);
		if (!node->tree) {
			if (!e->depth)
				return 0;
			e->depth--;
		}
	} else if (remove(e)) {
		return -ENOMEM;
	}
	/* From here on up, as long as something became small. */
	for (;;) {
		n = fits(e, &width);
		if (n < 0)
			return 0;
		if (!n && e->depth) {
			if (remove(e))
				return -ENOMEM;
			continue;
		}
		if (fold(e, n, width))
			return -ENOMEM;
		if (!e->depth)
			return 0;
		e->depth--;
	}
}
