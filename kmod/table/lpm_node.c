// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nodes as the writer sees them: their memory, their records and children,
 * and the lists by which a batch is completed or undone.
 */
#include "lpm_node.h"

static unsigned int find(const u8 *rec, unsigned int n, unsigned int width,
			 const u8 *addr, unsigned int len, bool *same)
{
	unsigned int low = 0, high = n, mid;
	const u8 *p;
	int c;

	*same = false;
	while (low < high) {
		mid = (low + high) / 2;
		p = rec + mid * (width + 3);
		c = memcmp(p, addr, width) ?: (int)p[width] - (int)len;
		if (!c) {
			*same = true;
			return mid;
		}
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

unsigned int cs_tail_find(const struct cs_tail *tail, const u8 *addr,
			  unsigned int len, bool *same)
{
	return find(tail->rec, tail->n, tail->width, addr, len, same);
}

unsigned int cs_recs_find(const struct cs_recs *recs, const u8 *addr,
			  unsigned int len, bool *same)
{
	return find(recs->rec, recs->n, recs->width, addr, len, same);
}

void cs_rec_get(const u8 *p, unsigned int width, struct cs_rec *rec)
{
	memset(rec->addr, 0, sizeof(rec->addr));
	memcpy(rec->addr, p, width);
	rec->len = p[width];
	rec->value = p[width + 1] << 8 | p[width + 2];
}

void cs_recs_load(struct cs_recs *recs, const struct cs_tail *tail,
		  unsigned int width)
{
	const u8 *in = tail->rec;
	u8 *out = recs->rec;
	unsigned int i;

	recs->n = tail->n;
	recs->width = width;
	if (width == tail->width) {
		memcpy(out, in, tail->n * (width + 3));
		return;
	}
	for (i = 0; i < tail->n; i++) {
		memset(out, 0, width);
		memcpy(out, in, tail->width);
		memcpy(out + width, in + tail->width, 3);
		out += width + 3;
		in += tail->width + 3;
	}
}

void cs_recs_set_value(struct cs_recs *recs, unsigned int i, u16 value)
{
	u8 *p = recs->rec + i * (recs->width + 3) + recs->width + 1;

	p[0] = value >> 8;
	p[1] = value;
}

void cs_recs_put(struct cs_recs *recs, unsigned int i, const u8 *addr,
		 unsigned int len, u16 value)
{
	unsigned int step = recs->width + 3;
	u8 *p = recs->rec + i * step;

	memmove(p + step, p, (recs->n - i) * step);
	memcpy(p, addr, recs->width);
	p[recs->width] = len;
	recs->n++;
	cs_recs_set_value(recs, i, value);
}

void cs_recs_cut(struct cs_recs *recs, unsigned int i)
{
	unsigned int step = recs->width + 3;
	u8 *p = recs->rec + i * step;

	recs->n--;
	memmove(p, p + step, (recs->n - i) * step);
}

struct cs_hot __rcu **cs_node_slot(const struct cs_hot *tree,
				   unsigned int octet)
{
	struct cs_direct *direct;
	struct cs_found f;

	if (cs_format(tree) == CS_DIRECT) {
		direct = cs_untag(tree, CS_DIRECT);
		return &direct->kid[octet];
	}
	f = cs_find(tree, octet);
	return &f.kid[f.v & 0xff];
}

static bool has_kid(const struct cs_hot *tree, unsigned int octet)
{
	return cs_format(tree) == CS_DIRECT || cs_find(tree, octet).v & CS_KID;
}

struct cs_hot *cs_node_kid(const struct cs_hot *tree, unsigned int octet)
{
	if (!has_kid(tree, octet))
		return NULL;
	return cs_deref(*cs_node_slot(tree, octet));
}

void cs_node_set_kid(const struct cs_hot *tree, unsigned int octet,
		     struct cs_hot *kid)
{
	struct cs_hot __rcu **slot = cs_node_slot(tree, octet);

	cs_tail(tree)->kids += !!kid - !!cs_deref(*slot);
	rcu_assign_pointer(*slot, kid);
}

void cs_kids_put(struct cs_kids *kids, unsigned int octet, struct cs_hot *kid)
{
	kids->octet[kids->n] = octet;
	kids->hot[kids->n++] = kid;
}

void cs_kids_load(struct cs_kids *kids, const struct cs_hot *tree)
{
	unsigned int octet, left = cs_tail(tree)->kids;
	struct cs_hot *kid;

	kids->n = 0;
	for (octet = 0; left; octet++) {
		kid = cs_node_kid(tree, octet);
		if (!kid)
			continue;
		cs_kids_put(kids, octet, kid);
		left--;
	}
}

void cs_kids_set(struct cs_kids *kids, unsigned int octet, struct cs_hot *kid)
{
	unsigned int i = 0, behind, had;

	while (i < kids->n && kids->octet[i] < octet)
		i++;
	had = i < kids->n && kids->octet[i] == octet;
	behind = kids->n - i - had;
	memmove(kids->octet + i + !!kid, kids->octet + i + had, behind);
	memmove(kids->hot + i + !!kid, kids->hot + i + had,
		behind * sizeof(kids->hot[0]));
	kids->n = kids->n - had + !!kid;
	if (kid) {
		kids->octet[i] = octet;
		kids->hot[i] = kid;
	}
}

static size_t tail_size(unsigned int n, unsigned int width)
{
	return sizeof(struct cs_tail) + n * (width + 3);
}

static size_t bytes_of(const struct cs_tail *tail)
{
	return env_rounded(tail->size) +
	       env_rounded(tail_size(tail->n, tail->width));
}

static void free_both(struct cs_tail *tail)
{
	env_free(tail->node);
	env_free(tail);
}

/*
 * Room for the format in a pointer's low bits. Kernels before 6.11 that look for
 * faults of the allocator's users put some sizes at odd places, but never powers
 * of two.
 */
static void *alloc_aligned(size_t size)
{
	void *p = env_alloc(size);
	size_t room;

	if (!((unsigned long)p & CS_FORMAT))
		return p;
	env_free(p);
	for (room = 64; room < size; room *= 2)
		;
	return env_alloc(room);
}

void *cs_node_alloc(struct cs_work *w, enum cs_format format, size_t size,
		    unsigned int n, unsigned int width)
{
	struct cs_tail *tail = env_alloc(tail_size(n, width));

	if (!tail)
		return NULL;
	tail->node = alloc_aligned(size);
	if (!tail->node) {
		env_free(tail);
		return NULL;
	}
	tail->node->tail = tail;
	tail->size = size;
	tail->n = n;
	tail->kids = 0;
	tail->width = width;
	tail->format = format;
	tail->fresh = 1;
	tail->next = w->fresh;
	tail->back = &w->fresh;
	if (tail->next)
		tail->next->back = &tail->next;
	w->fresh = tail;
	w->bytes += bytes_of(tail);
	return tail->node;
}

static struct cs_hot *tagged(const struct cs_tail *tail)
{
	return (struct cs_hot *)((char *)tail->node + tail->format);
}

struct cs_hot *cs_node_clone(struct cs_work *w, const struct cs_hot *hot)
{
	const struct cs_tail *from = cs_tail(hot);
	struct cs_head *node = cs_node_alloc(w, from->format, from->size,
					     from->n, from->width);
	struct cs_tail *tail;

	if (!node)
		return NULL;
	tail = node->tail;
	tail->kids = from->kids;
	memcpy(node + 1, from->node + 1, from->size - sizeof(*node));
	memcpy(tail->rec, from->rec, from->n * (from->width + 3));
	return tagged(tail);
}

void cs_node_drop(struct cs_work *w, const struct cs_hot *hot)
{
	struct cs_tail *tail = cs_tail(hot);

	w->bytes -= bytes_of(tail);
	if (!tail->fresh) {
		tail->next = w->old;
		w->old = tail;
		return;
	}
	*tail->back = tail->next;
	if (tail->next)
		tail->next->back = tail->back;
	free_both(tail);
}

static void free_rcu(struct rcu_head *head)
{
	free_both(container_of(head, struct cs_tail, rcu));
}

int cs_work_begin(struct cs_work *w, unsigned int octets)
{
	w->octets = octets;
	w->s = env_alloc(sizeof(*w->s));
	return w->s ? 0 : -ENOMEM;
}

void cs_work_done(struct cs_work *w)
{
	struct cs_tail *tail;
	unsigned int steps = 0;

	for (tail = w->fresh; tail; tail = tail->next) {
		tail->fresh = 0;
		if (++steps % 1024 == 0)
			env_resched();
	}
	while (w->old) {
		tail = w->old;
		w->old = tail->next;
		env_call_rcu(&tail->rcu, free_rcu);
		if (++steps % 1024 == 0)
			env_resched();
	}
	env_free(w->s);
}

void cs_work_undo(struct cs_work *w)
{
	unsigned int steps = 0;
	struct cs_tail *tail;

	while (w->fresh) {
		tail = w->fresh;
		w->fresh = tail->next;
		free_both(tail);
		if (++steps % 1024 == 0)
			env_resched();
	}
	env_free(w->s);
}

void cs_node_free_all(struct cs_hot *root)
{
	struct cs_tail *list = root ? cs_tail(root) : NULL, *tail;
	unsigned int octet, left, steps = 0;
	struct cs_hot *kid;

	if (list)
		list->next = NULL;
	while (list) {
		tail = list;
		list = tail->next;
		for (octet = 0, left = tail->kids; left; octet++) {
			kid = cs_node_kid(tagged(tail), octet);
			if (!kid)
				continue;
			left--;
			cs_tail(kid)->next = list;
			list = cs_tail(kid);
		}
		free_both(tail);
		if (++steps % 1024 == 0)
			env_resched();
	}
}
