// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the hot side of a node from its cold side: nested prefixes become
 * runs, each as long as the longest match stays the same.
 */
#include "lpm_node.h"

/* A list's runs, as they are found: two for each prefix at most. */
struct runs {
	unsigned int n;
	u16 value[2 * CS_BUCKET_MAX_2];
	u64 lo[2 * CS_BUCKET_MAX_2];
	u64 hi[2 * CS_BUCKET_MAX_16]; /* of 16 octets only */
	bool wide;
};

static struct cs_hot_addr last_key(const struct runs *r)
{
	return (struct cs_hot_addr){
		.hi = r->wide ? r->hi[r->n - 1] : 0,
		.lo = r->lo[r->n - 1],
	};
}

static bool less(const struct cs_hot_addr *a, const struct cs_hot_addr *b)
{
	return a->hi < b->hi || (a->hi == b->hi && a->lo < b->lo);
}

static bool same(const struct cs_hot_addr *a, const struct cs_hot_addr *b)
{
	return a->hi == b->hi && a->lo == b->lo;
}

static void step(struct cs_hot_addr *a)
{
	if (!++a->lo)
		a->hi++;
}

/* The first address of a record, right-aligned, and the last one. */
static void bounds(struct cs_node *node, unsigned int i,
		   struct cs_hot_addr *first, struct cs_hot_addr *last)
{
	unsigned int k, host = node->width * 8 - cs_node_len(node, i);
	const u8 *p = cs_node_rec(node, i);

	first->hi = 0;
	first->lo = 0;
	for (k = 0; k < node->width; k++) {
		first->hi = first->hi << 8 | first->lo >> 56;
		first->lo = first->lo << 8 | p[k];
	}
	*last = *first;
	if (host >= 64) {
		last->lo = ~0ULL;
		last->hi |= host == 128 ? ~0ULL : (1ULL << (host - 64)) - 1;
	} else {
		last->lo |= (1ULL << host) - 1;
	}
}

/* From @at on the longest match is @value. */
static void begin(struct runs *r, const struct cs_hot_addr *at, u16 value)
{
	struct cs_hot_addr behind;
	u16 before = 0;

	if (r->n) {
		behind = last_key(r);
		if (same(&behind, at))
			r->n--;
	}
	if (r->n) {
		before = r->value[r->n - 1];
		behind = last_key(r);
		step(&behind);
		if (same(&behind, at)) {
			/* One address long: to say so saves a run of none. */
			before &= ~CS_HOT_SINGLE;
			r->value[r->n - 1] = before;
			if (!value && before) {
				r->value[r->n - 1] |= CS_HOT_SINGLE;
				return;
			}
		} else if (before & CS_HOT_SINGLE) {
			before = 0;
		}
	}
	if (value == before)
		return;
	if (r->wide)
		r->hi[r->n] = at->hi;
	r->lo[r->n] = at->lo;
	r->value[r->n++] = value;
}

/* All runs of a bucket: prefixes in order nest, so a stack follows them. */
static void find_runs(struct cs_node *node, struct runs *r)
{
	struct cs_hot_addr first, last, above, end;
	u8 stack[CS_BUCKET_MAX_2];
	unsigned int i, top = 0;

	r->n = 0;
	r->wide = node->width == 16;
	end.hi = r->wide ? ~0ULL : 0;
	end.lo = node->width >= 8 ? ~0ULL : (1ULL << node->width * 8) - 1;
	for (i = 0; i <= node->n; i++) {
		if (i < node->n)
			bounds(node, i, &first, &last);
		while (top) {
			bounds(node, stack[top - 1], &above, &last);
			if (i < node->n && !less(&last, &first))
				break;
			top--;
			if (same(&last, &end))
				continue;
			step(&last);
			begin(r, &last,
			      top ? cs_node_value(node, stack[top - 1]) : 0);
		}
		if (i == node->n)
			break;
		begin(r, &first, cs_node_value(node, i));
		stack[top++] = i;
	}
}

size_t cs_hot_list_size(unsigned int width, unsigned int n)
{
	return cs_hot_values(width, n) + n * sizeof(u16);
}

static struct cs_hot *tag(void *hot, enum cs_hot_format format)
{
	return (struct cs_hot *)((char *)hot + format);
}

/* What a tree node's records say of each octet: longer ones over shorter. */
void cs_hot_paint(struct cs_node *node, u16 *value)
{
	unsigned int i, x, end;
	u16 v;

	memset(value, 0, 256 * sizeof(*value));
	for (i = 0; i < node->n; i++) {
		x = *cs_node_rec(node, i);
		v = cs_node_value(node, i);
		for (end = x + (256 >> cs_node_len(node, i)); x < end; x++)
			value[x] = v;
	}
}

/* The runs of 8 bits. Return: how many, their values in @value. */
static unsigned int paint(struct cs_node *node, u64 *starts, u16 *value)
{
	unsigned int x, n = 0, start = 0;
	u16 before = 0, v;

	cs_hot_paint(node, value);
	memset(starts, 0, 4 * sizeof(*starts));
	for (x = 0; x < 256; x++) {
		v = value[x];
		if (v == before)
			continue;
		before = v;
		if (!v && start + 1 == x) {
			value[n - 1] |= CS_HOT_SINGLE;
			continue;
		}
		starts[x >> 6] |= 1ULL << (x & 63);
		start = x;
		value[n++] = v;
	}
	return n;
}

static void write_runs(struct cs_hot_list *list, unsigned int width,
		       const struct runs *r)
{
	void *key = (u8 *)list + cs_hot_keys(width);
	u8 *values = (u8 *)list + cs_hot_values(width, r->n);
	unsigned int i;

	list->n = r->n;
	if (width == 4 || width == 8)
		memset(key, 0xff, values - (u8 *)key);
	memcpy(values, r->value, r->n * sizeof(u16));
	for (i = 0; i < r->n; i++) {
		u64 lo = r->lo[i];

		switch (width) {
		case 1:
			((u8 *)key)[i] = lo;
			break;
		case 2:
			put_unaligned_le16(lo, (u8 *)key + 2 * i);
			break;
		case 4:
			put_unaligned((u32)lo, (u32 *)key + i);
			break;
		case 8:
			put_unaligned(lo, (u64 *)key + i);
			break;
		default:
			put_unaligned(r->hi[i], (u64 *)key + 2 * i);
			put_unaligned(lo, (u64 *)key + 2 * i + 1);
			break;
		}
	}
}

static unsigned int write_painted(struct cs_node *node,
				  struct cs_hot_list *list)
{
	unsigned int n, x, i = 0;
	u64 starts[4];
	u16 value[256];

	n = paint(node, starts, value);
	list->n = n;
	for (x = 0; x < 256; x++)
		if (starts[x >> 6] >> (x & 63) & 1)
			list->data[i++] = x;
	memcpy((u8 *)list + cs_hot_values(1, n), value, n * sizeof(u16));
	return n;
}

/* A bucket's list at @to, which has the room. Return: octets of it. */
size_t cs_hot_write_list(struct cs_node *node, void *to)
{
	struct runs r;

	/* Of one octet, and too many to be followed by a stack. */
	if (node->n > CS_BUCKET_MAX_2)
		return cs_hot_list_size(1, write_painted(node, to));
	find_runs(node, &r);
	write_runs(to, node->width, &r);
	return cs_hot_list_size(node->width, r.n);
}

/* An object of its own: a lookup reads its keys by eight octets. */
static size_t list_room(unsigned int width, unsigned int n)
{
	size_t size = cs_hot_list_size(width, n);

	return size < 16 ? 16 : size;
}

static struct cs_hot *build_list(struct cs_work *w, struct cs_node *node)
{
	struct cs_hot_list *list, *scratch = cs_work_scratch(w);
	size_t size;

	if (!scratch)
		return NULL;
	size = cs_hot_write_list(node, scratch);
	list = env_alloc(list_room(node->width, scratch->n));
	if (!list)
		return NULL;
	memcpy(list, scratch, size);
	return tag(list, cs_hot_list_format(node->width));
}

static struct cs_hot *build_map(struct cs_node *node)
{
	struct cs_hot_map *map;
	unsigned int n, i, sum;
	u64 starts[4];
	u16 value[256];

	n = paint(node, starts, value);
	map = env_alloc(sizeof(*map) + (n + 1) * sizeof(u16));
	if (!map)
		return NULL;
	for (i = 0, sum = 0; i < 4; i++) {
		map->starts[i] = starts[i];
		map->base[i] = sum;
		sum += hweight64(starts[i]);
	}
	map->value[0] = 0;
	memcpy(map->value + 1, value, n * sizeof(u16));
	return tag(map, CS_HOT_MAP);
}

static struct cs_hot *build_tree(struct cs_node *node)
{
	struct cs_hot_quarter *q;
	struct cs_hot_tree *tree;
	unsigned int n, i, kids, values;
	u64 starts[4];
	u16 value[256];

	n = paint(node, starts, value);
	tree = env_alloc(sizeof(*tree) + node->kids * sizeof(tree->kid[0]) +
			 (n + 1) * sizeof(u16));
	if (!tree)
		return NULL;
	values = (sizeof(*tree) + node->kids * sizeof(tree->kid[0])) /
		 sizeof(u16);
	((u16 *)tree)[values] = 0;
	memcpy((u16 *)tree + values + 1, value, n * sizeof(u16));
	for (i = 0, kids = 0; i < 4; i++) {
		q = &tree->quarter[i];
		q->kids = cs_node_map(node)[i];
		q->starts = starts[i];
		q->kid_base = kids;
		q->value_base = values;
		q->unused = 0;
		kids += hweight64(q->kids);
		values += hweight64(q->starts);
	}
	for (i = 0; i < node->kids; i++)
		RCU_INIT_POINTER(tree->kid[i], cs_node_kids(node)[i]->hot);
	return tag(tree, CS_HOT_TREE);
}

int cs_hot_build(struct cs_work *w, struct cs_node *node)
{
	if (node->inlined && !node->tree)
		return 0;
	if (node->fan)
		return cs_fan_build(w, node);
	if (!node->tree)
		node->hot = build_list(w, node);
	else if (!node->kids)
		node->hot = build_map(node);
	else
		node->hot = build_tree(node);
	if (!node->hot)
		return -ENOMEM;
	w->bytes += cs_hot_size(node->hot);
	return 0;
}

/* Octets of an object, as the allocator rounds them. */
size_t cs_hot_size(const struct cs_hot *hot)
{
	enum cs_hot_format format = cs_hot_format(hot);
	const struct cs_hot_tree *tree;
	const struct cs_hot_list *list;
	const struct cs_hot_map *map;
	size_t size;

	switch (format) {
	case CS_HOT_TREE:
		tree = cs_hot_untag(hot, format);
		size = (tree->quarter[3].value_base + 1 +
			hweight64(tree->quarter[3].starts)) *
		       sizeof(u16);
		break;
	case CS_HOT_FAN:
		size = sizeof(struct cs_hot_fan);
		break;
	case CS_HOT_MAP:
		map = cs_hot_untag(hot, format);
		size = sizeof(*map) +
		       (map->base[3] + 1 + hweight64(map->starts[3])) *
			       sizeof(u16);
		break;
	default:
		list = cs_hot_untag(hot, format);
		size = list_room(1U << (format - CS_HOT_LIST1), list->n);
		break;
	}
	return env_rounded(size);
}

/* Of a tree node, where the pointer to a child is. */
struct cs_hot __rcu **cs_hot_kid(struct cs_hot *hot, unsigned int kid)
{
	struct cs_hot_tree *tree = (void *)((char *)hot - CS_HOT_TREE);

	return &tree->kid[kid];
}

void cs_hot_free(const struct cs_hot *hot)
{
	env_free(cs_hot_untag(hot, cs_hot_format(hot)));
}
