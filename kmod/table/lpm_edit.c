// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes. Nothing that a reader or a failed batch could miss is touched: what
 * changes is a copy, and what it replaces is kept.
 */
#include "lpm_edit.h"

/*
 * Prefixes in a list at most. With two octets left, or one, a map answers
 * sooner, and takes no more room. Below more than that, a long list does: it
 * is two lines of the cache for what would be three or four by way of a map.
 */
static unsigned int list_max(const struct cs_edit *e, unsigned int width)
{
	return e->w.octets - e->depth <= 2 ? CS_LANES / 2 :
	       width == 4		   ? CS_LIST_MAX :
	       width == 8		   ? 20 :
					     12;
}

/*
 * Children from which on a tree is direct: it costs a page, and saves most of
 * what a turn takes, and two lines of the cache of three. All lookups pass the
 * first two octets, and few nodes are there.
 */
static unsigned int direct_min(unsigned int depth)
{
	return depth < 2 ? 0 : 32;
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
static void descend(struct cs_edit *e)
{
	struct cs_hot *node = e->way[e->depth];

	while (node && cs_is_tree(node) && rest(e) > 8) {
		node = cs_node_kid(node, *tail(e));
		if (node)
			e->way[++e->depth] = node;
	}
}

u16 cs_edit_find(struct cs_edit *e, const u8 *addr, unsigned int octets, u8 len)
{
	const struct cs_tail *at;
	struct cs_rec rec;
	unsigned int i;
	bool same;

	memset(e->addr, 0, sizeof(e->addr));
	memcpy(e->addr, addr, octets);
	e->len = len;
	e->depth = 0;
	e->way[0] = e->root;
	if (!e->root)
		return 0;
	descend(e);
	at = cs_tail(e->way[e->depth]);
	i = cs_tail_find(at, tail(e), rest(e), &same);
	if (!same)
		return 0;
	cs_rec_get(cs_tail_rec(at, i), at->width, &rec);
	return rec.value;
}

/* The parent of the node at hand has @node for it; %NULL: none. */
static void replace(struct cs_edit *e, struct cs_hot *node)
{
	struct cs_hot *parent;
	u8 octet;

	e->way[e->depth] = node;
	if (!e->depth) {
		e->root = node;
		e->parent = NULL;
		return;
	}
	parent = e->way[e->depth - 1];
	octet = e->addr[e->depth - 1];
	if (cs_tail(parent)->fresh) {
		cs_node_set_kid(parent, octet, node);
		return;
	}
	e->parent = parent;
	e->octet = octet;
	e->top = node;
}

/* What the node at hand holds, to the scratch area. */
static void load(struct cs_edit *e, unsigned int width)
{
	struct cs_hot *node = e->way[e->depth];
	struct cs_scratch *s = e->w.s;

	cs_recs_load(&s->recs, cs_tail(node), width);
	if (!cs_is_tree(node))
		return;
	cs_kids_load(&s->kids, node);
	if (e->parent == node)
		cs_kids_set(&s->kids, e->octet, e->top);
}

/* A node of the scratch area in place of the one at hand, if there is one. */
static int build(struct cs_edit *e, bool tree)
{
	struct cs_hot *old = e->way[e->depth], *node;
	unsigned int min = direct_min(e->depth);

	if (tree) {
		/* Not back again with the next child. */
		if (old && cs_format(old) == CS_DIRECT)
			min /= 2;
		node = cs_build_tree(&e->w, e->w.s->kids.n >= min ? CS_DIRECT :
								    CS_MAP);
	} else {
		node = cs_build_list(&e->w, e->depth);
	}
	if (!node)
		return -ENOMEM;
	if (old)
		cs_node_drop(&e->w, old);
	replace(e, node);
	return 0;
}

/* In a batch: make the nodes above the one at hand fresh, and @too that. */
static int own_way(struct cs_edit *e, bool too)
{
	unsigned int depth = e->depth;
	struct cs_hot *node, *copy;

	for (e->depth = 0; e->depth < depth + too; e->depth++) {
		node = e->way[e->depth];
		if (cs_tail(node)->fresh)
			continue;
		copy = cs_node_clone(&e->w, node);
		if (!copy)
			return -ENOMEM;
		cs_node_drop(&e->w, node);
		replace(e, copy);
	}
	e->depth = depth;
	return 0;
}

/* A list of records @from to @to of a list, below their first octet. */
static struct cs_hot *split(struct cs_edit *e, const struct cs_tail *list,
			    unsigned int from, unsigned int to)
{
	struct cs_recs *recs = &e->w.s->recs;
	struct cs_rec rec;
	unsigned int i;

	recs->n = 0;
	recs->width = list->width;
	for (i = from; i < to; i++) {
		cs_rec_get(cs_tail_rec(list, i), list->width, &rec);
		cs_recs_put(recs, recs->n, rec.addr + 1, rec.len - 8,
			    rec.value);
	}
	return cs_build_list(&e->w, e->depth + 1);
}

/* A list that is full becomes a tree with lists below it. */
static int burst(struct cs_edit *e)
{
	const struct cs_tail *list = cs_tail(e->way[e->depth]);
	struct cs_scratch *s = e->w.s;
	unsigned int from, to;
	struct cs_hot *kid;
	struct cs_rec rec;
	u8 octet;

	s->kids.n = 0;
	for (from = 0; from < list->n; from = to) {
		to = from + 1;
		octet = *cs_tail_rec(list, from);
		if (cs_tail_rec(list, from)[list->width] <= 8)
			continue;
		while (to < list->n && *cs_tail_rec(list, to) == octet)
			to++;
		kid = split(e, list, from, to);
		if (!kid)
			return -ENOMEM;
		cs_kids_put(&s->kids, octet, kid);
	}
	s->recs.n = 0;
	s->recs.width = 1;
	for (from = 0; from < list->n; from++) {
		cs_rec_get(cs_tail_rec(list, from), list->width, &rec);
		if (rec.len <= 8)
			cs_recs_put(&s->recs, s->recs.n, rec.addr, rec.len,
				    rec.value);
	}
	return build(e, true);
}

/* The prefix, in the records of the node at hand. */
static int set_rec(struct cs_edit *e, unsigned int width, u16 value)
{
	struct cs_hot *node = e->way[e->depth];
	struct cs_recs *recs = &e->w.s->recs;
	unsigned int i;
	bool same;

	load(e, width);
	i = cs_recs_find(recs, tail(e), rest(e), &same);
	if (same)
		cs_recs_set_value(recs, i, value);
	else
		cs_recs_put(recs, i, tail(e), rest(e), value);
	return build(e, cs_is_tree(node));
}

/* A list of the prefix alone. */
static struct cs_hot *list_of_one(struct cs_edit *e, unsigned int depth,
				  u16 value)
{
	struct cs_recs *recs = &e->w.s->recs;
	unsigned int len = e->len - 8 * depth;

	recs->n = 0;
	recs->width = cs_width(&e->w, depth, 1, len);
	cs_recs_put(recs, 0, e->addr + depth, len, value);
	return cs_build_list(&e->w, depth);
}

/* The tree at hand gets a child, with the prefix. */
static int add_kid(struct cs_edit *e, u16 value)
{
	struct cs_hot *tree = e->way[e->depth];
	struct cs_hot *kid = list_of_one(e, e->depth + 1, value);

	if (!kid)
		return -ENOMEM;
	if (cs_format(tree) == CS_DIRECT) {
		if (e->batch && own_way(e, true))
			return -ENOMEM;
		e->depth++;
		replace(e, kid);
		return 0;
	}
	load(e, 1);
	cs_kids_set(&e->w.s->kids, *tail(e), kid);
	return build(e, true);
}

int cs_edit_set(struct cs_edit *e, u16 value)
{
	const struct cs_tail *at;
	unsigned int width;
	struct cs_hot *node;
	bool same;

	if (e->batch && own_way(e, false))
		return -ENOMEM;
	if (!e->root) {
		e->root = list_of_one(e, 0, value);
		return e->root ? 0 : -ENOMEM;
	}
	for (;;) {
		node = e->way[e->depth];
		if (cs_is_tree(node))
			return rest(e) > 8 ? add_kid(e, value) :
					     set_rec(e, 1, value);
		at = cs_tail(node);
		width = cs_width(&e->w, e->depth, at->n + 1, rest(e));
		if (width < at->width)
			width = at->width;
		cs_tail_find(at, tail(e), rest(e), &same);
		if (same || at->n < list_max(e, width))
			return set_rec(e, width, value);
		if (burst(e))
			return -ENOMEM;
		descend(e);
	}
}

/*
 * Prefixes of which a tree becomes a list again, at most. Well below what makes
 * a list burst, be it by one prefix that is much longer than the others, or one
 * that comes and goes would move all of them each time.
 */
#define FOLD_MAX 10

/* May the tree at hand be a list again? */
static bool fits(struct cs_edit *e)
{
	const struct cs_tail *at = cs_tail(e->way[e->depth]), *kid;
	struct cs_kids *kids = &e->w.s->kids;
	unsigned int i, k, len, longest = 8, sum = at->n;

	if (sum + at->kids > FOLD_MAX + 1)
		return false;
	load(e, 1);
	for (k = 0; k < kids->n; k++) {
		kid = cs_tail(kids->hot[k]);
		sum += kid->n;
		if (cs_is_tree(kids->hot[k]) || sum > FOLD_MAX)
			return false;
		for (i = 0; i < kid->n; i++) {
			len = cs_tail_rec(kid, i)[kid->width] + 8;
			longest = len > longest ? len : longest;
		}
	}
	return sum <= list_max(e, cs_width(&e->w, e->depth, sum, longest)) / 2;
}

/* The tree at hand and its lists, which are loaded, become one list. */
static int fold(struct cs_edit *e)
{
	const struct cs_tail *at = cs_tail(e->way[e->depth]), *kid;
	struct cs_recs *recs = &e->w.s->recs;
	struct cs_kids *kids = &e->w.s->kids;
	unsigned int i, k = 0, own = 0;
	u8 addr[CS_DEPTHS + 2];
	struct cs_rec rec;

	recs->n = 0;
	recs->width = CS_DEPTHS;
	for (;;) {
		if (own < at->n &&
		    (k == kids->n || *cs_tail_rec(at, own) <= kids->octet[k])) {
			cs_rec_get(cs_tail_rec(at, own++), 1, &rec);
			cs_recs_put(recs, recs->n, rec.addr, rec.len,
				    rec.value);
			continue;
		}
		if (k == kids->n)
			break;
		kid = cs_tail(kids->hot[k]);
		addr[0] = kids->octet[k];
		for (i = 0; i < kid->n; i++) {
			cs_rec_get(cs_tail_rec(kid, i), kid->width, &rec);
			memcpy(addr + 1, rec.addr, sizeof(rec.addr));
			cs_recs_put(recs, recs->n, addr, rec.len + 8,
				    rec.value);
		}
		cs_node_drop(&e->w, kids->hot[k++]);
	}
	return build(e, false);
}

/* Take the node at hand, which is empty, away. */
static int detach(struct cs_edit *e)
{
	struct cs_hot *tree;

	cs_node_drop(&e->w, e->way[e->depth]);
	if (!e->depth) {
		replace(e, NULL);
		return 0;
	}
	tree = e->way[e->depth - 1];
	if (cs_format(tree) == CS_DIRECT)
		replace(e, NULL);
	e->depth--;
	if (cs_format(tree) == CS_DIRECT &&
	    cs_tail(tree)->kids > direct_min(e->depth) / 2)
		return 0;
	load(e, 1);
	cs_kids_set(&e->w.s->kids, *tail(e), NULL);
	return build(e, true);
}

int cs_edit_unset(struct cs_edit *e)
{
	struct cs_hot *node = e->way[e->depth];
	struct cs_tail *at = cs_tail(node);
	unsigned int i;
	bool same;

	if (e->batch && own_way(e, false))
		return -ENOMEM;
	if (!cs_is_tree(node) && at->n == 1) {
		if (detach(e))
			return -ENOMEM;
	} else {
		load(e, at->width);
		i = cs_recs_find(&e->w.s->recs, tail(e), rest(e), &same);
		cs_recs_cut(&e->w.s->recs, i);
		if (build(e, cs_is_tree(node)))
			return -ENOMEM;
		if (e->depth && !cs_is_tree(node))
			e->depth--;
	}
	/* From here on up, as long as something became small. */
	while (e->root && cs_is_tree(e->way[e->depth]) && fits(e)) {
		if (e->w.s->recs.n + e->w.s->kids.n ? fold(e) : detach(e))
			return -ENOMEM;
		if (!e->depth)
			break;
		e->depth--;
	}
	return 0;
}
