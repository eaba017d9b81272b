// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a node of records and children: nested prefixes become runs, each as
 * long as the longest match stays the same.
 */
#include "lpm_node.h"

static const u8 *rec_at(const struct cs_recs *recs, unsigned int i)
{
	return recs->rec + i * (recs->width + 3);
}

static u16 value_at(const struct cs_recs *recs, unsigned int i)
{
	const u8 *p = rec_at(recs, i) + recs->width + 1;

	return p[0] << 8 | p[1];
}

/* What the records say of each octet: longer ones over shorter. */
static void paint(const struct cs_recs *recs, u16 *value)
{
	unsigned int i, x, end;
	const u8 *p;
	u16 v;

	memset(value, 0, 256 * sizeof(*value));
	for (i = 0; i < recs->n; i++) {
		p = rec_at(recs, i);
		v = value_at(recs, i);
		x = p[0];
		for (end = x + (256 >> p[1]); x < end; x++)
			value[x] = v;
	}
}

static struct cs_hot *tag(void *node, enum cs_format format)
{
	return (struct cs_hot *)((char *)node + format);
}

static void write_recs(const struct cs_recs *recs, struct cs_hot *hot)
{
	memcpy(cs_tail(hot)->rec, recs->rec, recs->n * (recs->width + 3));
}

static struct cs_hot *build_direct(struct cs_work *w)
{
	const struct cs_recs *recs = &w->s->recs;
	const struct cs_kids *kids = &w->s->kids;
	struct cs_direct *direct;
	struct cs_hot *hot;
	unsigned int i;

	direct = cs_node_alloc(w, CS_DIRECT, sizeof(*direct), recs->n, 1);
	if (!direct)
		return NULL;
	hot = tag(direct, CS_DIRECT);
	paint(recs, direct->cover);
	memset(direct->kid, 0, sizeof(direct->kid));
	for (i = 0; i < kids->n; i++)
		RCU_INIT_POINTER(direct->kid[kids->octet[i]], kids->hot[i]);
	cs_tail(hot)->kids = kids->n;
	write_recs(recs, hot);
	return hot;
}

/* All of a node that is found by octet, but for its values. */
static void write_rest(struct cs_work *w, struct cs_hot *hot, struct cs_found f,
		       const u16 *cover)
{
	const struct cs_kids *kids = &w->s->kids;
	unsigned int i;

	for (i = 0; i < kids->n; i++)
		RCU_INIT_POINTER(f.kid[i], kids->hot[i]);
	memcpy(cs_found_covers(f), cover, kids->n * sizeof(u16));
	cs_tail(hot)->kids = kids->n;
	write_recs(&w->s->recs, hot);
}

/* A node of @size octets, and behind them its children and covers. */
static void *alloc_with_kids(struct cs_work *w, enum cs_format format,
			     size_t size)
{
	size += w->s->kids.n * (sizeof(struct cs_hot *) + sizeof(u16));
	return cs_node_alloc(w, format, size, w->s->recs.n, 1);
}

/*
 * Runs from which on a tree is no map, whose values then take more lines of the
 * cache, or more memory, than an index does.
 */
#define FEW_MIN 72
#define FLAT_MIN 128

static struct cs_hot *build_flat(struct cs_work *w, const u16 *value,
				 const u16 *cover)
{
	struct cs_flat *flat = alloc_with_kids(w, CS_FLAT, sizeof(*flat));
	struct cs_hot *hot;

	if (!flat)
		return NULL;
	hot = tag(flat, CS_FLAT);
	memcpy(flat->value, value, sizeof(flat->value));
	flat->n = w->s->kids.n;
	write_rest(w, hot, cs_find(hot, 0), cover);
	return hot;
}

/* Octets by their place among the different values, if these are few. */
static bool are_few(const u16 *value, struct cs_few *few)
{
	unsigned int x, i, n = 0;

	memset(few, 0, sizeof(*few));
	for (x = 0; x < 256; x++) {
		for (i = 0; i < n && few->value[i] != value[x]; i++)
			;
		if (i == CS_FEW_MAX)
			return false;
		few->value[i] = value[x];
		n += i == n;
		few->code[x / 2] |= i << x % 2 * 4;
	}
	return true;
}

static struct cs_hot *build_few(struct cs_work *w, const struct cs_few *like,
				const u16 *cover)
{
	struct cs_few *few = alloc_with_kids(w, CS_FEW, sizeof(*few));
	struct cs_hot *hot;

	if (!few)
		return NULL;
	hot = tag(few, CS_FEW);
	memcpy(few->value, like->value, sizeof(few->value));
	memcpy(few->code, like->code, sizeof(few->code));
	few->n = w->s->kids.n;
	write_rest(w, hot, cs_find(hot, 0), cover);
	return hot;
}

static unsigned int count_runs(const u16 *value)
{
	unsigned int x, n = 1;

	for (x = 1; x < 256; x++)
		n += value[x] != value[x - 1];
	return n;
}

static struct cs_hot *build_map(struct cs_work *w, u16 *value, const u16 *cover)
{
	unsigned int x, i, n = 0;
	struct cs_map *map;
	struct cs_hot *hot;
	struct cs_found f;
	u64 starts[4];
	u8 base[4];

	/* Run by run, in place: the nth of them is never behind x. */
	for (i = 0; i < 4; i++) {
		u16 before = i ? value[n - 1] : ~value[0];
		u64 bits = 0;

		base[i] = n;
		for (x = 0; x < 64; x++) {
			u16 v = value[64 * i + x];
			unsigned int other = v != before;

			bits |= (u64)other << x;
			value[n] = v;
			n += other;
			before = v;
		}
		starts[i] = bits;
	}
	map = alloc_with_kids(w, CS_MAP, sizeof(*map) + n * sizeof(u16));
	if (!map)
		return NULL;
	hot = tag(map, CS_MAP);
	map->n = w->s->kids.n;
	memcpy(map->base, base, sizeof(base));
	memcpy(map->starts, starts, sizeof(starts));
	f = (struct cs_found){ .n = map->n, .kid = map->kid };
	write_rest(w, hot, f, cover);
	memcpy(cs_found_covers(f) + map->n, value, n * sizeof(u16));
	return hot;
}

static struct cs_hot *build_indirect(struct cs_work *w)
{
	const struct cs_kids *kids = &w->s->kids;
	u16 *value = w->s->paint, cover[256];
	unsigned int i, runs;
	struct cs_few few;

	paint(&w->s->recs, value);
	for (i = 0; i < kids->n; i++) {
		cover[i] = value[kids->octet[i]];
		value[kids->octet[i]] = CS_KID | i;
	}
	runs = count_runs(value);
	if (runs >= FEW_MIN && are_few(value, &few))
		return build_few(w, &few, cover);
	return runs >= FLAT_MIN ? build_flat(w, value, cover) :
				  build_map(w, value, cover);
}

struct cs_hot *cs_build_tree(struct cs_work *w, enum cs_format format)
{
	return format == CS_DIRECT ? build_direct(w) : build_indirect(w);
}

static bool less(const struct cs_addr *a, const struct cs_addr *b)
{
	return a->hi < b->hi || (a->hi == b->hi && a->lo < b->lo);
}

static bool same(const struct cs_addr *a, const struct cs_addr *b)
{
	return a->hi == b->hi && a->lo == b->lo;
}

static void step(struct cs_addr *a)
{
	if (!++a->lo)
		a->hi++;
}

/* The first address of a record, right-aligned, and the last one. */
static void bounds(const struct cs_recs *recs, unsigned int i,
		   struct cs_addr *first, struct cs_addr *last)
{
	const u8 *p = rec_at(recs, i);
	unsigned int k, host = recs->width * 8 - p[recs->width];

	first->hi = 0;
	first->lo = 0;
	for (k = 0; k < recs->width; k++) {
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
static void begin(struct cs_runs *r, const struct cs_addr *at, u16 value)
{
	unsigned int n = r->n;

	if (same(&r->first[n - 1], at) && n > 1)
		n--;
	if (same(&r->first[n - 1], at)) {
		r->value[n - 1] = value;
	} else if (value != r->value[n - 1]) {
		r->first[n] = *at;
		r->value[n++] = value;
	}
	r->n = n;
}

/* Nested in each other: by their lengths, of up to 32 bits, or lists are short. */
#define NEST_MAX 33

/* All runs: prefixes in order nest, so a stack follows them. */
static void find_runs(const struct cs_recs *recs, struct cs_runs *r)
{
	struct cs_addr first, last, end, lasts[NEST_MAX];
	unsigned int i, top = 0;
	u16 value[NEST_MAX];

	r->n = 1;
	r->first[0] = (struct cs_addr){ 0, 0 };
	r->value[0] = 0;
	end.hi = recs->width == 16 ? ~0ULL : 0;
	end.lo = recs->width >= 8 ? ~0ULL : (1ULL << recs->width * 8) - 1;
	for (i = 0; i <= recs->n; i++) {
		if (i < recs->n)
			bounds(recs, i, &first, &last);
		while (top && (i == recs->n || less(&lasts[top - 1], &first))) {
			top--;
			if (same(&lasts[top], &end))
				continue;
			step(&lasts[top]);
			begin(r, &lasts[top], top ? value[top - 1] : 0);
		}
		if (i == recs->n)
			break;
		lasts[top] = last;
		value[top] = value_at(recs, i);
		begin(r, &first, value[top++]);
	}
}

/* Octets of a list. */
static size_t list_size(enum cs_format format, unsigned int n)
{
	switch (format) {
	case CS_LIST2:
		return sizeof(struct cs_list2) + n * sizeof(u16);
	case CS_LIST4:
		return sizeof(struct cs_list4) +
		       (n + 7) / 8 * sizeof(struct cs_block4);
	case CS_LONG4:
		return sizeof(struct cs_long4) +
		       (n + CS_LONG_RUNS - 1) / CS_LONG_RUNS *
			       sizeof(struct cs_long_block);
	case CS_LIST8:
		return sizeof(struct cs_list8) +
		       (n + 7) / 8 * sizeof(struct cs_block8);
	default:
		return sizeof(struct cs_list16) + (n - 1) * 2 * sizeof(u64) +
		       n * sizeof(u16);
	}
}

/* Keys are filled up already. */
static void write_run(struct cs_head *head, enum cs_format format,
		      unsigned int i, const struct cs_runs *r)
{
	struct cs_list4 *list4 = (struct cs_list4 *)head;
	struct cs_long4 *long4 = (struct cs_long4 *)head;
	struct cs_list8 *list8 = (struct cs_list8 *)head;
	unsigned int in, block;
	u64 key = r->first[i].lo - 1;
	u16 value = r->value[i];

	switch (format) {
	case CS_LIST2:
		if (head->tail->width == 1)
			key = (r->first[i].lo << 8) - 1;
		if (i)
			put_unaligned_le16(key, ((struct cs_list2 *)head)->key +
							2 * (i - 1));
		((struct cs_list2 *)head)->value[i] = value;
		break;
	case CS_LIST4:
		if (i % 8)
			list4->block[i / 8].key[i % 8 - 1] = key;
		else if (i)
			list4->pivot[i / 8 - 1] = key;
		list4->block[i / 8].value[i % 8] = value;
		break;
	case CS_LONG4:
		block = i / CS_LONG_RUNS;
		in = i % CS_LONG_RUNS;
		if (in)
			long4->block[block].key[in - 1] = key;
		else if (i)
			long4->pivot[block - 1] = key;
		long4->block[block].value[in] = value;
		break;
	case CS_LIST8:
		if (i % 8)
			list8->block[i / 8].key[i % 8 - 1] = key;
		else if (i)
			list8->pivot[i / 8 - 1] = key;
		list8->block[i / 8].value[i % 8] = value;
		break;
	default:
		if (i) {
			u64 *pair =
				((struct cs_list16 *)head)->key + 2 * (i - 1);

			pair[0] = r->first[i].hi - !r->first[i].lo;
			pair[1] = key;
		}
		((u16 *)(((struct cs_list16 *)head)->key + 2 * (r->n - 1)))[i] =
			value;
		break;
	}
}

/* No wider than the longest needs. */
static void narrow(struct cs_work *w, struct cs_recs *recs, unsigned int depth)
{
	unsigned int i, len, longest = 0, width, was = recs->width;
	u8 *out = recs->rec;
	const u8 *in = out;

	for (i = 0; i < recs->n; i++) {
		len = rec_at(recs, i)[was];
		longest = len > longest ? len : longest;
	}
	width = cs_width(w, depth, recs->n, longest);
	for (i = 0; width < was && i < recs->n; i++) {
		memmove(out, in, width);
		memmove(out + width, in + was, 3);
		out += width + 3;
		in += was + 3;
	}
	recs->width = width;
}

static enum cs_format list_format(unsigned int width, unsigned int runs)
{
	return width <= 2	      ? CS_LIST2 :
	       width == 8	      ? CS_LIST8 :
	       width == 16	      ? CS_LIST16 :
	       runs <= 8 * CS_BLOCKS4 ? CS_LIST4 :
					CS_LONG4;
}

struct cs_hot *cs_build_list(struct cs_work *w, unsigned int depth)
{
	struct cs_recs *recs = &w->s->recs;
	struct cs_runs *r = &w->s->runs;
	enum cs_format format;
	struct cs_head *head;
	struct cs_hot *hot;
	unsigned int i;
	size_t size;

	narrow(w, recs, depth);
	find_runs(recs, r);
	format = list_format(recs->width, r->n);
	size = list_size(format, r->n);
	head = cs_node_alloc(w, format, size, recs->n, recs->width);
	if (!head)
		return NULL;
	memset(head + 1, 0xff, size - sizeof(*head));
	if (format == CS_LIST16)
		((struct cs_list16 *)head)->n = r->n - 1;
	for (i = 0; i < r->n; i++)
		write_run(head, format, i, r);
	hot = tag(head, format);
	write_recs(recs, hot);
	return hot;
}
