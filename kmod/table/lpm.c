// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table as its callers know it. A change is prepared on the cold side
 * (lpm_edit.c), the hot sides of the nodes that are new are built, and one
 * store shows readers all of it. Owns that order, and the walk.
 */
#include "lpm.h"
#include "lpm_edit.h"

static const struct cs_lpm_span nowhere = { .first = ~0ULL, .last = 0 };

static u64 upper(const u8 *addr, unsigned int octets)
{
	return octets == 4 ? (u64)get_unaligned_be32(addr) << 32 :
			     get_unaligned_be64(addr);
}

static struct cs_lpm_span span_of(const struct cs_lpm *t, const u8 *addr,
				  unsigned int len)
{
	u64 first = upper(addr, t->octets);
	u64 host = len < 64 ? ~0ULL >> len : 0;

	return (struct cs_lpm_span){ first, first | host };
}

static struct cs_lpm_span span_join(struct cs_lpm_span a, struct cs_lpm_span b)
{
	return (struct cs_lpm_span){
		a.first < b.first ? a.first : b.first,
		a.last > b.last ? a.last : b.last,
	};
}

/* @only: the value, where there is one prefix and its bits are not cut. */
static u64 common_of(struct cs_lpm_span s, u16 only)
{
	unsigned int n = 64 - fls64(s.first ^ s.last);

	n = min_t(unsigned int, n, CS_LPM_COMMON_MAX);
	return (s.first & ~0ULL << (64 - CS_LPM_COMMON_MAX)) |
	       only << CS_LPM_COMMON_ONLY | (63 - n);
}

static void set_common(struct cs_lpm *t, u64 common)
{
#if BITS_PER_LONG == 64
	smp_store_release(&t->common, common); /* pairs with cs_lpm_common() */
#endif
}

struct cs_lpm *cs_lpm_create(unsigned int bits)
{
	struct cs_lpm *t = env_alloc(sizeof(*t));

	if (!t)
		return NULL;
	memset(t, 0, sizeof(*t));
	t->octets = bits / 8;
	t->span = nowhere;
	set_common(t, common_of(nowhere, CS_LPM_NONE));
	t->bytes = env_rounded(sizeof(*t));
	return t;
}

void cs_lpm_destroy(struct cs_lpm *t)
{
	if (!t)
		return;
	cs_node_free_all(cs_deref(t->hot));
	env_free(t);
}

/* What the nodes on the way say, where the last one says nothing. */
static noinline u16 lookup_covers(const struct cs_hot *root, struct cs_addr x,
				  unsigned int bits)
{
	return cs_hot_walk(root, x, bits, true);
}

/*
 * Mostly the last node on the way answers, and those above it are not asked:
 * what they would say would take as much of the cache as the way itself.
 */
static __always_inline u16 lookup(const struct cs_lpm *t, struct cs_addr x,
				  unsigned int bits)
{
	const struct cs_hot *root = rcu_dereference(t->hot);
	u16 v = cs_hot_walk(root, x, bits, false);

	if (likely(v) || cs_format(root) > CS_MAP)
		return v;
	return lookup_covers(root, x, bits);
}

static __always_inline struct cs_addr addr4(const void *addr)
{
	return (struct cs_addr){
		.hi = (u64)get_unaligned_be32(addr) << 32,
	};
}

static __always_inline struct cs_addr addr6(const void *addr)
{
	return (struct cs_addr){
		.hi = get_unaligned_be64(addr),
		.lo = get_unaligned_be64((const u8 *)addr + 8),
	};
}

u16 cs_lpm_search4(const struct cs_lpm *t, const void *addr)
{
	return lookup(t, addr4(addr), 32);
}

u16 cs_lpm_search6(const struct cs_lpm *t, const void *addr)
{
	return lookup(t, addr6(addr), 128);
}

void cs_lpm_ask4(const struct cs_lpm *t, const void *addr)
{
	cs_hot_ask(rcu_dereference(t->hot), addr4(addr), 32);
}

void cs_lpm_ask6(const struct cs_lpm *t, const void *addr)
{
	cs_hot_ask(rcu_dereference(t->hot), addr6(addr), 128);
}

static bool covers(const u8 *rec, unsigned int len, const u8 *addr)
{
	unsigned int octets = len / 8, bits = len % 8;

	return !memcmp(rec, addr, octets) &&
	       !((rec[octets] ^ addr[octets]) & 0xff00 >> bits & 0xff);
}

u16 cs_lpm_match(const struct cs_lpm *t, const void *addr, u8 *len)
{
	struct cs_edit e = { .root = cs_deref(t->hot) };
	const struct cs_tail *tail;
	unsigned int depth, i;
	struct cs_rec rec;
	u16 value = 0;

	cs_edit_find(&e, addr, t->octets, t->octets * 8);
	for (depth = 0; e.root && depth <= e.depth; depth++) {
		tail = cs_tail(e.way[depth]);
		for (i = 0; i < tail->n; i++) {
			cs_rec_get(cs_tail_rec(tail, i), tail->width, &rec);
			if (!covers(rec.addr, rec.len, e.addr + depth))
				continue;
			value = rec.value;
			*len = 8 * depth + rec.len;
		}
	}
	return value;
}

u16 cs_lpm_get(const struct cs_lpm *t, const void *addr, u8 len)
{
	struct cs_edit e = { .root = cs_deref(t->hot) };

	return cs_edit_find(&e, addr, t->octets, len);
}

/* The first octet from @from on that has a child, or 256. */
static unsigned int next_kid(const struct cs_hot *node, unsigned int from)
{
	if (!cs_is_tree(node) || !cs_tail(node)->kids)
		return 256;
	while (from < 256 && !cs_node_kid(node, from))
		from++;
	return from;
}

/* A record of the node at the end of the way. Return: its value. */
static u16 prefix_of(const struct cs_lpm *t, struct cs_edit *e, const u8 *p,
		     unsigned int width, u8 *addr, int *len)
{
	struct cs_rec rec;

	cs_rec_get(p, width, &rec);
	memset(e->addr + e->depth, 0, CS_DEPTHS);
	memcpy(e->addr + e->depth, rec.addr, width);
	memcpy(addr, e->addr, t->octets);
	*len = 8 * e->depth + rec.len;
	return rec.value;
}

u16 cs_lpm_next(const struct cs_lpm *t, u8 *addr, int *len)
{
	struct cs_edit e = { .root = cs_deref(t->hot) };
	unsigned int i = 0, from = 0, octet;
	struct cs_hot *node = e.root;
	const struct cs_tail *tail;
	bool same;

	if (!node)
		return CS_LPM_NONE;
	if (*len >= 0) {
		cs_edit_find(&e, addr, t->octets, *len);
		node = e.way[e.depth];
		i = cs_tail_find(cs_tail(node), e.addr + e.depth,
				 *len - 8 * e.depth, &same);
		i += same;
		from = e.addr[e.depth];
	}
	for (;;) {
		tail = cs_tail(node);
		octet = next_kid(node, from);
		if (i < tail->n && *cs_tail_rec(tail, i) <= octet)
			break;
		if (octet < 256) {
			e.way[e.depth] = node;
			e.addr[e.depth++] = octet;
			node = cs_node_kid(node, octet);
			i = 0;
			from = 0;
			continue;
		}
		if (!e.depth)
			return CS_LPM_NONE;
		/* Up, and on behind the child that ends here. */
		node = e.way[--e.depth];
		from = e.addr[e.depth] + 1;
		i = cs_tail_find(cs_tail(node), e.addr + e.depth, 255, &same);
	}
	return prefix_of(t, &e, cs_tail_rec(tail, i), tail->width, addr, len);
}

/* The last octet that has a child, or -1. */
static int last_kid(const struct cs_hot *node)
{
	int octet = 255;

	if (!cs_is_tree(node) || !cs_tail(node)->kids)
		return -1;
	while (!cs_node_kid(node, octet))
		octet--;
	return octet;
}

/* The last prefix in the order of the walk; there is one. */
static void last_prefix(const struct cs_lpm *t, u8 *addr, int *len)
{
	struct cs_edit e = { .root = cs_deref(t->hot) };
	const struct cs_hot *node = e.root;
	const struct cs_tail *tail;
	int octet;

	for (;;) {
		tail = cs_tail(node);
		octet = last_kid(node);
		if (octet < 0 ||
		    (tail->n && *cs_tail_rec(tail, tail->n - 1) > octet))
			break;
		e.addr[e.depth++] = octet;
		node = cs_node_kid(node, octet);
	}
	prefix_of(t, &e, cs_tail_rec(tail, tail->n - 1), tail->width, addr,
		  len);
}

/* The one store. */
static void show(struct cs_lpm *t, struct cs_edit *e)
{
	if (e->parent)
		cs_node_set_kid(e->parent, e->octet, e->top);
	else if (e->root != cs_deref(t->hot))
		rcu_assign_pointer(t->hot, e->root);
}

/*
 * Of the prefixes that there are. One between the first and the last may end behind
 * the last, and covers it then: it differs from the first before it ends.
 */
static struct cs_lpm_span span_now(const struct cs_lpm *t)
{
	struct cs_lpm_span s;
	u8 addr[CS_DEPTHS];
	int len = -1;

	if (!cs_lpm_next(t, addr, &len))
		return nowhere;
	s = span_of(t, addr, len);
	last_prefix(t, addr, &len);
	return span_join(s, span_of(t, addr, len));
}

/* Its value, if there is one prefix, and what is read of it says all. */
static u16 only_value(const struct cs_lpm *t)
{
	u8 addr[CS_DEPTHS];
	int len = -1;
	u16 value;

	if (t->count != 1)
		return CS_LPM_NONE;
	value = cs_lpm_next(t, addr, &len);
	return len <= CS_LPM_COMMON_MAX ? value : CS_LPM_NONE;
}

int cs_lpm_apply(struct cs_lpm *t, struct cs_lpm_op *ops, size_t n)
{
	struct cs_edit e = { .root = cs_deref(t->hot), .batch = n > 1 };
	struct cs_lpm_span span = t->span, s;
	size_t i, count = t->count;
	struct cs_lpm_op *op;
	bool shrunk = false;
	int err;

	if (cs_work_begin(&e.w, t->octets))
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		op = &ops[i];
		op->old = cs_edit_find(&e, op->addr, t->octets, op->len);
		if (op->old == op->value)
			continue;
		count += !op->old;
		count -= !op->value;
		s = span_of(t, op->addr, op->len);
		shrunk |= !op->value &&
			  (s.first <= span.first || s.last >= span.last);
		span = span_join(span, s);
		err = op->value ? cs_edit_set(&e, op->value) :
				  cs_edit_unset(&e);
		if (err) {
			cs_work_undo(&e.w);
			return err;
		}
		if (i % 64 == 63)
			env_resched();
	}
	/* True of what was and of what will be. */
	set_common(t, common_of(span, CS_LPM_NONE));
	show(t, &e);
	cs_work_done(&e.w);
	t->count = count;
	t->bytes += e.w.bytes;
	t->span = shrunk ? span_now(t) : span;
	set_common(t, common_of(t->span, only_value(t)));
	return 0;
}

size_t cs_lpm_count(const struct cs_lpm *t)
{
	return t->count;
}

size_t cs_lpm_bytes(const struct cs_lpm *t)
{
	return t->bytes;
}
