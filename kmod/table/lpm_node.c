// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nodes as the writer sees them: their memory, their records and children,
 * and the lists by which a batch is completed or undone.
 */
#include "lpm_node.h"

unsigned int cs_node_kid_index(struct cs_node *node, unsigned int octet)
{
	unsigned int i, index = 0;
	u64 *map = cs_node_map(node);

	for (i = 0; i < octet >> 6; i++)
		index += hweight64(map[i]);
	return index + hweight64(map[i] & ((1ULL << (octet & 63)) - 1));
}

/* Of prefixes as of records: by address, then by length. */
static int compare(const u8 *rec, unsigned int width, const u8 *addr,
		   unsigned int len)
{
	return memcmp(rec, addr, width) ?: (int)rec[width] - (int)len;
}

unsigned int cs_node_find(struct cs_node *node, const u8 *addr,
			  unsigned int len, bool *same)
{
	unsigned int low = 0, high = node->n, mid;
	int c = 1;

	while (low < high) {
		mid = (low + high) / 2;
		c = compare(cs_node_rec(node, mid), node->width, addr, len);
		if (!c) {
			low = mid;
			break;
		}
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*same = !c;
	return low;
}

void cs_node_get(struct cs_node *node, unsigned int i, struct cs_rec *rec)
{
	memset(rec->addr, 0, sizeof(rec->addr));
	memcpy(rec->addr, cs_node_rec(node, i), node->width);
	rec->len = cs_node_len(node, i);
	rec->value = cs_node_value(node, i);
}

static size_t size_of(const struct cs_node *node)
{
	return sizeof(*node) + node->room;
}

static void link_fresh(struct cs_work *w, unsigned int depth,
		       struct cs_node *node)
{
	struct cs_node **list = &w->fresh[depth];

	node->fresh = 1;
	node->next = *list;
	node->back = list;
	if (node->next)
		node->next->back = &node->next;
	*list = node;
}

static struct cs_node *alloc(struct cs_work *w, unsigned int depth, size_t data)
{
	size_t size = env_rounded(sizeof(struct cs_node) + data);
	struct cs_node *node = env_alloc(size);

	if (!node)
		return NULL;
	memset(node, 0, sizeof(*node));
	node->room = size - sizeof(*node);
	w->bytes += size;
	link_fresh(w, depth, node);
	return node;
}

struct cs_node *cs_node_new(struct cs_work *w, unsigned int depth, bool tree,
			    unsigned int width, unsigned int kids,
			    unsigned int n)
{
	size_t head = cs_node_head(tree, kids);
	struct cs_node *node = alloc(w, depth, head + n * (width + 3));

	if (!node)
		return NULL;
	node->tree = tree;
	node->width = width;
	if (tree)
		memset(node->data, 0, 5 * sizeof(u64));
	return node;
}

static void copy_recs(struct cs_node *to, struct cs_node *from)
{
	unsigned int i, least = min_t(unsigned int, to->width, from->width);
	u8 *out = cs_node_rec(to, 0);
	const u8 *in = cs_node_rec(from, 0);

	if (to->width == from->width) {
		memcpy(out, in, from->n * cs_node_step(from));
		return;
	}
	for (i = 0; i < from->n; i++) {
		memset(out, 0, to->width);
		memcpy(out, in, least);
		memcpy(out + to->width, in + from->width, 3);
		out += cs_node_step(to);
		in += cs_node_step(from);
	}
}

struct cs_node *cs_node_own(struct cs_work *w, unsigned int depth,
			    struct cs_node *node, unsigned int kids,
			    unsigned int recs, unsigned int width)
{
	size_t need = cs_node_head(node->tree, node->kids + kids) +
		      (node->n + recs) * (width + 3);
	struct cs_node *copy;

	if (node->fresh && node->width == width && need <= node->room)
		return node;
	copy = alloc(w, depth, need);
	if (!copy)
		return NULL;
	copy->tree = node->tree;
	copy->width = width;
	copy->n = node->n;
	copy->kids = node->kids;
	copy->inlined = node->inlined;
	copy->fan = node->fan;
	if (node->fan) {
		copy->hot = node->hot;
		copy->borrowed = !!node->hot;
		copy->repaint = node->repaint;
	}
	memcpy(copy->data, node->data, cs_node_head(node->tree, node->kids));
	copy_recs(copy, node);
	cs_node_drop(w, node);
	return copy;
}

static void free_node(struct cs_node *node)
{
	if (node->hot && !node->borrowed)
		cs_hot_free(node->hot);
	env_free(node);
}

void cs_node_drop(struct cs_work *w, struct cs_node *node)
{
	w->bytes -= size_of(node);
	if (node->hot && !node->borrowed)
		w->bytes -= cs_hot_size(node->hot);
	if (!node->fresh) {
		node->next = w->old;
		w->old = node;
		return;
	}
	*node->back = node->next;
	if (node->next)
		node->next->back = node->back;
	free_node(node);
}

void cs_node_put(struct cs_node *node, unsigned int i, const u8 *addr,
		 unsigned int len, u16 value)
{
	u8 *p = cs_node_rec(node, i);

	memmove(p + cs_node_step(node), p, (node->n - i) * cs_node_step(node));
	memcpy(p, addr, node->width);
	p[node->width] = len;
	node->n++;
	node->repaint = 1;
	cs_node_set_value(node, i, value);
}

void cs_node_cut(struct cs_node *node, unsigned int i)
{
	u8 *p = cs_node_rec(node, i);

	node->n--;
	node->repaint = 1;
	memmove(p, p + cs_node_step(node), (node->n - i) * cs_node_step(node));
}

void cs_node_put_kid(struct cs_node *node, unsigned int octet,
		     struct cs_node *kid)
{
	unsigned int i = cs_node_kid_index(node, octet);
	struct cs_node **p = cs_node_kids(node) + i;

	memmove(p + 1, p,
		(node->kids - i) * sizeof(*p) + node->n * cs_node_step(node));
	*p = kid;
	node->kids++;
	cs_node_soil(node, octet);
	cs_node_map(node)[octet >> 6] |= 1ULL << (octet & 63);
}

void cs_node_cut_kid(struct cs_node *node, unsigned int octet)
{
	unsigned int i = cs_node_kid_index(node, octet);
	struct cs_node **p = cs_node_kids(node) + i;

	node->kids--;
	cs_node_soil(node, octet);
	memmove(p, p + 1,
		(node->kids - i) * sizeof(*p) + node->n * cs_node_step(node));
	cs_node_map(node)[octet >> 6] &= ~(1ULL << (octet & 63));
}

static void free_rcu(struct rcu_head *head)
{
	free_node(container_of(head, struct cs_node, rcu));
}

void *cs_work_scratch(struct cs_work *w)
{
	if (!w->scratch)
		w->scratch = env_alloc(CS_SCRATCH);
	return w->scratch;
}

void cs_work_done(struct cs_work *w)
{
	struct cs_node *node;
	unsigned int i, steps = 0;

	for (i = 0; i < CS_NODE_DEPTHS; i++)
		for (node = w->fresh[i]; node; node = node->next) {
			node->fresh = 0;
			if (++steps % 1024 == 0)
				env_resched();
		}
	while (w->old) {
		node = w->old;
		w->old = node->next;
		if (node->fan)
			cs_fan_release(w, node, true);
		env_call_rcu(&node->rcu, free_rcu);
		if (++steps % 1024 == 0)
			env_resched();
	}
	env_free(w->scratch);
}

void cs_work_undo(struct cs_work *w)
{
	unsigned int i, steps = 0;
	struct cs_node *node;

	for (i = 0; i < CS_NODE_DEPTHS; i++)
		while (w->fresh[i]) {
			node = w->fresh[i];
			w->fresh[i] = node->next;
			if (node->fan && node->hot && !node->borrowed)
				cs_fan_release(w, node, false);
			free_node(node);
			if (++steps % 1024 == 0)
				env_resched();
		}
	env_free(w->scratch);
}

void cs_node_free_all(struct cs_node *root)
{
	struct cs_node *list = root, *node;
	struct cs_work w = { .old = NULL };
	unsigned int i, steps = 0;

	root->next = NULL;
	while (list) {
		node = list;
		list = node->next;
		for (i = 0; node->tree && i < node->kids; i++) {
			cs_node_kids(node)[i]->next = list;
			list = cs_node_kids(node)[i];
		}
		if (node->fan)
			cs_fan_release(&w, node, false);
		free_node(node);
		if (++steps % 1024 == 0)
			env_resched();
	}
}
