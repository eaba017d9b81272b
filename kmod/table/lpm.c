// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table as its callers know it. A change is prepared on the cold side
 * (lpm_edit.c), the hot sides of the nodes that are new are built, and one
 * store shows readers all of it. Owns that order, and the walk.
 */
#include "lpm.h"
#include "lpm_edit.h"

struct cs_lpm {
	struct cs_hot __rcu *hot; /* what readers start from */
	struct cs_node *root;
	size_t count;
	size_t bytes;
	u8 octets;
};

/* Children first, as the parents hold pointers to them, or their lists. */
static int build_hot(struct cs_work *w)
{
	unsigned int depth = CS_NODE_DEPTHS, steps = 0;
	struct cs_node *node;

	while (depth--)
		for (node = w->fresh[depth]; node; node = node->next) {
			if (cs_hot_build(w, node))
				return -ENOMEM;
			if (++steps % 64 == 0)
				env_resched();
		}
	return 0;
}

/* The one store. */
static void show(struct cs_lpm *t, struct cs_edit *e,
		 struct cs_hot_chunk *chunk)
{
	if (e->parent)
		cs_node_kids(e->parent)[e->kid] = e->top;
	if (chunk) {
		cs_fan_show(&e->w, e->parent, e->octet, chunk);
	} else if (e->parent) {
		rcu_assign_pointer(*cs_hot_kid(e->parent->hot, e->kid),
				   e->top->hot);
	} else if (e->root != t->root) {
		t->root = e->root;
		rcu_assign_pointer(t->hot, e->root->hot);
	}
}

int cs_lpm_apply(struct cs_lpm *t, struct cs_lpm_op *ops, size_t n)
{
	struct cs_edit e = { .root = t->root, .batch = n > 1 };
	struct cs_hot_chunk *chunk = NULL;
	size_t i, count = t->count;
	struct cs_lpm_op *op;
	int err;

	for (i = 0; i < n; i++) {
		op = &ops[i];
		op->old = cs_edit_find(&e, op->addr, t->octets, op->len);
		if (op->old == op->value)
			continue;
		count += !op->old;
		count -= !op->value;
		err = op->value ? cs_edit_set(&e, op->value) :
				  cs_edit_unset(&e);
		if (err)
			goto undo;
		if (i % 64 == 63)
			env_resched();
	}
	err = build_hot(&e.w);
	if (!err && e.parent && e.parent->fan) {
		chunk = cs_fan_chunk(&e.w, e.parent, e.octet, e.top);
		if (!chunk)
			err = -ENOMEM;
	}
	if (err)
		goto undo;
	show(t, &e, chunk);
	cs_work_done(&e.w);
	t->count = count;
	t->bytes += e.w.bytes;
	return 0;
undo:
	cs_work_undo(&e.w);
	return err;
}

struct cs_lpm *cs_lpm_create(unsigned int bits)
{
	struct cs_lpm *t = env_alloc(sizeof(*t));
	struct cs_work w = { .old = NULL };

	if (!t)
		return NULL;
	memset(t, 0, sizeof(*t));
	t->octets = bits / 8;
	t->root = cs_node_new(&w, 0, false, 1, 0, 0);
	if (!t->root || build_hot(&w)) {
		cs_work_undo(&w);
		env_free(t);
		return NULL;
	}
	RCU_INIT_POINTER(t->hot, t->root->hot);
	t->bytes = env_rounded(sizeof(*t)) + w.bytes;
	cs_work_done(&w);
	return t;
}

void cs_lpm_destroy(struct cs_lpm *t)
{
	if (!t)
		return;
	cs_node_free_all(t->root);
	env_free(t);
}

u16 cs_lpm_lookup4(const struct cs_lpm *t, const void *addr)
{
	struct cs_hot_addr x = {
		.hi = (u64)get_unaligned_be32(addr) << 32,
	};

	return cs_hot_lookup(rcu_dereference(t->hot), x, 32);
}

u16 cs_lpm_lookup6(const struct cs_lpm *t, const void *addr)
{
	struct cs_hot_addr x = {
		.hi = get_unaligned_be64(addr),
		.lo = get_unaligned_be64((const u8 *)addr + 8),
	};

	return cs_hot_lookup(rcu_dereference(t->hot), x, 128);
}

static bool covers(const u8 *rec, unsigned int len, const u8 *addr)
{
	unsigned int octets = len / 8, bits = len % 8;

	return !memcmp(rec, addr, octets) &&
	       !((rec[octets] ^ addr[octets]) & 0xff00 >> bits & 0xff);
}

u16 cs_lpm_match(const struct cs_lpm *t, const void *addr, u8 *len)
{
	struct cs_edit e = { .root = t->root };
	unsigned int depth, i;
	struct cs_node *node;
	u16 value = 0;

	cs_edit_find(&e, addr, t->octets, t->octets * 8);
	for (depth = 0; depth <= e.depth; depth++) {
		node = e.way[depth];
		for (i = 0; i < node->n; i++) {
			if (!covers(cs_node_rec(node, i), cs_node_len(node, i),
				    e.addr + depth))
				continue;
			value = cs_node_value(node, i);
			*len = 8 * depth + cs_node_len(node, i);
		}
	}
	return value;
}

u16 cs_lpm_get(const struct cs_lpm *t, const void *addr, u8 len)
{
	struct cs_edit e = { .root = t->root };

	return cs_edit_find(&e, addr, t->octets, len);
}

/* The least octet from @from on that has a child, or 256. */
static unsigned int next_kid(struct cs_node *node, unsigned int from)
{
	while (node->tree && from < 256 && !cs_node_has_kid(node, from))
		from++;
	return node->tree ? from : 256;
}

u16 cs_lpm_next(const struct cs_lpm *t, u8 *addr, int *len)
{
	struct cs_edit e = { .root = t->root };
	unsigned int i = 0, from = 0, octet;
	struct cs_node *node = t->root;
	bool same;

	if (*len >= 0) {
		cs_edit_find(&e, addr, t->octets, *len);
		node = e.way[e.depth];
		i = cs_node_find(node, e.addr + e.depth, *len - 8 * e.depth,
				 &same);
		i += same;
		from = e.addr[e.depth];
	}
	for (;;) {
		octet = next_kid(node, from);
		if (i < node->n && *cs_node_rec(node, i) <= octet)
			break;
		if (octet < 256) {
			e.way[e.depth] = node;
			e.addr[e.depth++] = octet;
			node = cs_node_kids(
				node)[cs_node_kid_index(node, octet)];
			i = 0;
			from = 0;
			continue;
		}
		if (!e.depth)
			return CS_LPM_NONE;
		/* Up, and on behind the child that ends here. */
		node = e.way[--e.depth];
		from = e.addr[e.depth] + 1;
		i = cs_node_find(node, e.addr + e.depth, 255, &same);
	}
	memset(e.addr + e.depth, 0, CS_NODE_DEPTHS);
	memcpy(e.addr + e.depth, cs_node_rec(node, i), node->width);
	memcpy(addr, e.addr, t->octets);
	*len = 8 * e.depth + cs_node_len(node, i);
	return cs_node_value(node, i);
}

size_t cs_lpm_count(const struct cs_lpm *t)
{
	return t->count;
}

size_t cs_lpm_bytes(const struct cs_lpm *t)
{
	return t->bytes;
}
