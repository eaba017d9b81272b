// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table as a path-compressed binary trie that is never changed in place:
 * a batch copies the nodes on the way to each change, and one store of the
 * root shows all of it. Owns the nodes; never looks at what a value means.
 *
 *	root -> [10/8 = 1] -0-> [10.0/9 branch] -0-> [10.1/16 = 2]
 *	                                        -1-> [10.64/10 = 3]
 *
 * Invariants:
 *  - a child's prefix is longer than its parent's and within it; child[b] has
 *    b as the first bit behind the parent's prefix;
 *  - a node without a value has two children;
 *  - what readers can reach is constant, until it is freed after them;
 *  - within a batch, a node of the batch (node->batch == t->batch) has only
 *    nodes of the batch above it. These are private and may be changed.
 */
#include "lpm.h"

struct node {
	union {
		struct rcu_head rcu;
		struct node *next; /* on a list of the writer's */
	};
	struct node __rcu *child[2];
	u64 batch;
	u16 value;
	u8 len;
	u8 addr[];
};

struct cs_lpm {
	struct node __rcu *root;
	u64 batch;
	size_t count;
	size_t nodes;
	u8 octets;
};

/* One batch on its way. */
struct work {
	struct cs_lpm *t;
	struct node __rcu *root;
	struct node *old; /* replaced; freed when the batch is shown */
	size_t count;
	size_t nodes;
};

/* The caller holds the writers' mutex, which only it knows. */
#define deref(p) rcu_dereference_protected(p, 1)

static unsigned int bit_at(const u8 *addr, unsigned int n)
{
	return addr[n / 8] >> (7 - n % 8) & 1;
}

/* How many of the first @max bits are the same from the first one on. */
static unsigned int same_bits(const u8 *a, const u8 *b, unsigned int max)
{
	unsigned int n = 0;

	while (n < max && a[n / 8] == b[n / 8])
		n += 8;
	while (n < max && bit_at(a, n) == bit_at(b, n))
		n++;
	return n < max ? n : max;
}

static size_t node_size(const struct cs_lpm *t)
{
	return offsetof(struct node, addr) + t->octets;
}

static struct node *node_new(struct work *w, const u8 *addr, u8 len, u16 value)
{
	unsigned int i;
	struct node *n;

	n = env_alloc(node_size(w->t));
	if (!n)
		return NULL;
	RCU_INIT_POINTER(n->child[0], NULL);
	RCU_INIT_POINTER(n->child[1], NULL);
	n->batch = w->t->batch;
	n->value = value;
	n->len = len;
	for (i = 0; i < w->t->octets; i++)
		n->addr[i] = i * 8 + 8 <= len ? addr[i] :
			     i * 8 >= len     ? 0 :
						addr[i] & 0xff00 >> len % 8;
	w->nodes++;
	return n;
}

static void node_drop(struct work *w, struct node *n)
{
	w->nodes--;
	if (n->batch == w->t->batch) {
		env_free(n);
	} else {
		n->next = w->old;
		w->old = n;
	}
}

/* The node at @link as one of this batch; NULL when memory is short. */
static struct node *node_own(struct work *w, struct node __rcu **link)
{
	struct node *old = deref(*link), *n;

	if (old->batch == w->t->batch)
		return old;
	n = node_new(w, old->addr, old->len, old->value);
	if (!n)
		return NULL;
	RCU_INIT_POINTER(n->child[0], deref(old->child[0]));
	RCU_INIT_POINTER(n->child[1], deref(old->child[1]));
	RCU_INIT_POINTER(*link, n);
	node_drop(w, old);
	return n;
}

static struct node *node_find(struct node *n, const u8 *addr, u8 len)
{
	while (n && n->len <= len &&
	       same_bits(n->addr, addr, n->len) == n->len) {
		if (n->len == len)
			return n;
		n = deref(n->child[bit_at(addr, n->len)]);
	}
	return NULL;
}

static int work_set(struct work *w, const u8 *addr, u8 len, u16 value)
{
	struct node __rcu **link = &w->root;
	struct node *n, *leaf, *fork;
	unsigned int same;

	for (;;) {
		n = deref(*link);
		if (!n) {
			leaf = node_new(w, addr, len, value);
			if (!leaf)
				return -ENOMEM;
			RCU_INIT_POINTER(*link, leaf);
			return 0;
		}
		same = same_bits(n->addr, addr, min_t(u8, n->len, len));
		if (same < n->len)
			break;
		n = node_own(w, link);
		if (!n)
			return -ENOMEM;
		if (n->len == len) {
			n->value = value;
			return 0;
		}
		link = &n->child[bit_at(addr, n->len)];
	}
	/* The new prefix parts from, or lies above, the one at @link. */
	leaf = node_new(w, addr, len, value);
	if (!leaf)
		return -ENOMEM;
	if (same == len) {
		RCU_INIT_POINTER(leaf->child[bit_at(n->addr, len)], n);
		RCU_INIT_POINTER(*link, leaf);
		return 0;
	}
	fork = node_new(w, addr, same, CS_LPM_NONE);
	if (!fork) {
		node_drop(w, leaf);
		return -ENOMEM;
	}
	RCU_INIT_POINTER(fork->child[bit_at(addr, same)], leaf);
	RCU_INIT_POINTER(fork->child[bit_at(n->addr, same)], n);
	RCU_INIT_POINTER(*link, fork);
	return 0;
}

/* If the node at @link has no value and at most one child, take it out. */
static void node_shrink(struct work *w, struct node __rcu **link)
{
	struct node *n = deref(*link);
	struct node *zero = deref(n->child[0]), *one = deref(n->child[1]);

	if (n->value || (zero && one))
		return;
	RCU_INIT_POINTER(*link, zero ?: one);
	node_drop(w, n);
}

/* The prefix is known to be there. */
static int work_del(struct work *w, const u8 *addr, u8 len)
{
	struct node __rcu **link = &w->root, **above = NULL;
	struct node *n;

	for (;;) {
		n = node_own(w, link);
		if (!n)
			return -ENOMEM;
		if (n->len == len)
			break;
		above = link;
		link = &n->child[bit_at(addr, n->len)];
	}
	n->value = CS_LPM_NONE;
	node_shrink(w, link);
	if (above)
		node_shrink(w, above);
	return 0;
}

static int work_op(struct work *w, struct cs_lpm_op *op)
{
	struct node *n = node_find(deref(w->root), op->addr, op->len);
	int err;

	op->old = n ? n->value : CS_LPM_NONE;
	if (op->old == op->value)
		return 0;
	if (op->value == CS_LPM_NONE) {
		err = work_del(w, op->addr, op->len);
		if (!err)
			w->count--;
		return err;
	}
	err = work_set(w, op->addr, op->len, op->value);
	if (!err && !op->old)
		w->count++;
	return err;
}

static void push(struct node **list, struct node *n)
{
	n->next = *list;
	*list = n;
}

/* Free a subtree that no reader sees; @batch: only this batch's nodes. */
static void nodes_free(struct node *n, const u64 *batch)
{
	struct node *list = NULL, *child;
	unsigned int i, steps = 0;

	if (n && (!batch || n->batch == *batch))
		push(&list, n);
	while (list) {
		n = list;
		list = n->next;
		for (i = 0; i < 2; i++) {
			child = deref(n->child[i]);
			if (child && (!batch || child->batch == *batch))
				push(&list, child);
		}
		env_free(n);
		if (++steps % 1024 == 0)
			env_resched();
	}
}

int cs_lpm_apply(struct cs_lpm *t, struct cs_lpm_op *ops, size_t n)
{
	struct work w = { .t = t, .count = t->count, .nodes = t->nodes };
	struct node *old;
	size_t i;
	int err;

	t->batch++;
	RCU_INIT_POINTER(w.root, deref(t->root));
	for (i = 0; i < n; i++) {
		err = work_op(&w, &ops[i]);
		if (err) {
			nodes_free(deref(w.root), &t->batch);
			return err;
		}
		if (i % 256 == 255)
			env_resched();
	}
	rcu_assign_pointer(t->root, deref(w.root));
	t->count = w.count;
	t->nodes = w.nodes;
	for (i = 0; w.old; i++) {
		old = w.old;
		w.old = old->next;
		env_free_rcu(old, rcu);
		if (i % 1024 == 1023)
			env_resched();
	}
	return 0;
}

struct cs_lpm *cs_lpm_create(unsigned int bits)
{
	struct cs_lpm *t = env_alloc(sizeof(*t));

	if (!t)
		return NULL;
	memset(t, 0, sizeof(*t));
	t->octets = bits / 8;
	return t;
}

void cs_lpm_destroy(struct cs_lpm *t)
{
	if (!t)
		return;
	nodes_free(deref(t->root), NULL);
	env_free(t);
}

static u16 lookup(const struct cs_lpm *t, const u8 *addr, unsigned int bits)
{
	const struct node *n = rcu_dereference(t->root);
	u16 value = CS_LPM_NONE;

	while (n && same_bits(n->addr, addr, n->len) == n->len) {
		if (n->value)
			value = n->value;
		if (n->len == bits)
			break;
		n = rcu_dereference(n->child[bit_at(addr, n->len)]);
	}
	return value;
}

u16 cs_lpm_lookup4(const struct cs_lpm *t, const void *addr)
{
	return lookup(t, addr, 32);
}

u16 cs_lpm_lookup6(const struct cs_lpm *t, const void *addr)
{
	return lookup(t, addr, 128);
}

u16 cs_lpm_match(const struct cs_lpm *t, const void *addr, u8 *len)
{
	const struct node *n = deref(t->root);
	u16 value = CS_LPM_NONE;

	while (n && same_bits(n->addr, addr, n->len) == n->len) {
		if (n->value) {
			value = n->value;
			*len = n->len;
		}
		if (n->len == t->octets * 8)
			break;
		n = deref(n->child[bit_at(addr, n->len)]);
	}
	return value;
}

u16 cs_lpm_get(const struct cs_lpm *t, const void *addr, u8 len)
{
	struct node *n = node_find(deref(t->root), addr, len);

	return n ? n->value : CS_LPM_NONE;
}

/* The first node with a value in the order of the walk. */
static struct node *first(struct node *n)
{
	while (n && !n->value)
		n = deref(n->child[0]);
	return n;
}

u16 cs_lpm_next(const struct cs_lpm *t, u8 *addr, int *len)
{
	struct node *n = deref(t->root), *behind = NULL, *child;
	unsigned int same, bit, least;

	if (*len < 0) {
		behind = n;
		n = NULL;
	}
	while (n) {
		least = min_t(unsigned int, n->len, *len);
		same = same_bits(n->addr, addr, least);
		if (same < least) {
			if (bit_at(n->addr, same))
				behind = n;
			break;
		}
		if (n->len > *len) {
			behind = n;
			break;
		}
		if (n->len == *len) {
			child = deref(n->child[0]) ?: deref(n->child[1]);
			if (child)
				behind = child;
			break;
		}
		bit = bit_at(addr, n->len);
		child = deref(n->child[1]);
		if (!bit && child)
			behind = child;
		n = deref(n->child[bit]);
	}
	n = first(behind);
	if (!n)
		return CS_LPM_NONE;
	memcpy(addr, n->addr, t->octets);
	*len = n->len;
	return n->value;
}

size_t cs_lpm_count(const struct cs_lpm *t)
{
	return t->count;
}

size_t cs_lpm_bytes(const struct cs_lpm *t)
{
	return env_rounded(sizeof(*t)) + t->nodes * env_rounded(node_size(t));
}
