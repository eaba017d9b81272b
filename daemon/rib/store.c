// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Entries by prefix: where they lie, and how they are found.
 */
#include "rib/store.h"

#include <stdlib.h>
#include <string.h>

static struct slab *slab_new(struct rib *r, uint8_t family)
{
	struct slab **slabs, *s;

	if (r->n_slabs + 1 >= UINT32_MAX >> INDEX_BITS)
		return NULL;
	slabs = realloc(r->slabs, (r->n_slabs + 1) * sizeof(*slabs));
	if (!slabs)
		return NULL;
	r->slabs = slabs;
	if (r->n_slabs % CHUNK)
		s = (void *)((char *)r->slabs[r->n_slabs - 1] + SLAB_SIZE);
	else
		s = aligned_alloc(SLAB_SIZE, CHUNK * SLAB_SIZE);
	if (!s)
		return NULL;
	r->slabs[r->n_slabs++] = s;
	s->number = (uint32_t)r->n_slabs;
	s->family = family;
	s->count = 0;
	return s;
}

static struct rib_entry *entry_new(struct rib *r, uint8_t family)
{
	unsigned int i = family_index(family);
	size_t size = entry_size(family);
	struct rib_entry *e;
	struct slab *s;

	if (r->free[i]) {
		e = entry_of(r, r->free[i]);
		r->free[i] = e->next;
	} else {
		s = r->open[i];
		if (!s ||
		    offsetof(struct slab, entries) + (s->count + 1) * size >
			    SLAB_SIZE) {
			s = slab_new(r, family);
			if (!s)
				return NULL;
			r->open[i] = s;
		}
		e = slab_entry(s, s->count++);
	}
	memset(e, 0, size);
	e->flags = USED;
	return e;
}

/* An attacker chooses the prefixes but does not know the seed. */
static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static size_t hash(const struct rib *r, uint8_t family, uint8_t len,
		   const uint8_t *b)
{
	uint64_t w[2] = { 0, 0 };

	memcpy(w, b, addr_bits(family) / 8);
	w[0] = mix(w[0] ^ r->seed, UINT64_C(0x9e3779b97f4a7c15));
	w[1] ^= (uint64_t)len << 8 | family;
	return mix(w[0] ^ w[1] ^ UINT64_C(0xd6e8feb86659fd93), r->seed | 1);
}

static size_t entry_hash(const struct rib *r, const struct rib_entry *e)
{
	return hash(r, slab_of(e)->family, e->len, e->b);
}

/* The slot of a table that holds the prefix, or the free one where it belongs. */
static size_t slot_find(const struct rib *r, const struct slots *t,
			const struct prefix *p)
{
	size_t mask = t->n - 1;
	size_t i = hash(r, p->family, p->len, p->b) & mask;

	for (; t->p[i]; i = (i + 1) & mask) {
		struct rib_entry *e = entry_of(r, t->p[i]);

		if (e->len == p->len && slab_of(e)->family == p->family &&
		    !memcmp(e->b, p->b, addr_bits(p->family) / 8))
			break;
	}
	return i;
}

static bool slots_alloc(struct slots *t, size_t n)
{
	t->p = calloc(n, sizeof(*t->p));
	t->n = n;
	return t->p;
}

static void slots_put(const struct rib *r, struct slots *t, uint32_t handle)
{
	size_t mask = t->n - 1;
	size_t i = entry_hash(r, entry_of(r, handle)) & mask;

	while (t->p[i])
		i = (i + 1) & mask;
	t->p[i] = handle;
}

/*
 * Empty about so many slots of the old table. It ends at a free slot, so what
 * remains can still be found: no run of taken slots is cut.
 */
static void migrate(struct rib *r, size_t n)
{
	struct slots *old = &r->old;
	uint32_t handle;

	while (r->old_left) {
		handle = old->p[r->old_at];
		if (!handle && !n)
			return;
		if (handle)
			slots_put(r, &r->slots, handle);
		old->p[r->old_at] = 0;
		r->old_at = (r->old_at + 1) & (old->n - 1);
		r->old_left--;
		n -= n > 0;
	}
	free(old->p);
	old->p = NULL;
}

/* Twice the slots. By the time that they are full the old ones are empty. */
static bool slots_grow(struct rib *r)
{
	struct slots bigger;

	if (r->old.p)
		migrate(r, r->old_left);
	if (!slots_alloc(&bigger, r->slots.n * 2))
		return false;
	r->old = r->slots;
	r->old_left = r->old.n;
	/* From the beginning of a run on; one slot in four is free. */
	r->old_at = 0;
	while (r->old.p[r->old_at])
		r->old_at++;
	r->slots = bigger;
	return true;
}

/* Close the gap: move back what probed past it. */
static void slot_clear(struct rib *r, struct slots *t, size_t gap)
{
	size_t mask = t->n - 1, i, home;

	for (i = (gap + 1) & mask; t->p[i]; i = (i + 1) & mask) {
		home = entry_hash(r, entry_of(r, t->p[i])) & mask;
		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		t->p[gap] = t->p[i];
		gap = i;
	}
	t->p[gap] = 0;
}

struct rib *rib_create(uint64_t seed)
{
	struct rib *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->seed = mix(seed ^ UINT64_C(0xa0761d6478bd642f),
		      UINT64_C(0xe7037ed1a0b428db));
	if (!slots_alloc(&r->slots, 1024)) {
		free(r);
		return NULL;
	}
	return r;
}

struct rib_entry *rib_find(struct rib *r, const struct prefix *p)
{
	uint32_t handle = r->slots.p[slot_find(r, &r->slots, p)];

	if (!handle && r->old.p)
		handle = r->old.p[slot_find(r, &r->old, p)];
	return handle ? entry_of(r, handle) : NULL;
}

struct rib_entry *rib_get(struct rib *r, const struct prefix *p)
{
	struct rib_entry *e = rib_find(r, p);

	if (e)
		return e;
	if ((r->n_entries + 1) * 4 > r->slots.n * 3 && !slots_grow(r))
		return NULL;
	if (r->old.p)
		migrate(r, MIGRATE);
	e = entry_new(r, p->family);
	if (!e)
		return NULL;
	e->len = p->len;
	memcpy(e->b, p->b, addr_bits(p->family) / 8);
	slots_put(r, &r->slots, handle_of(e));
	r->n_entries++;
	rib_dirty(r, e);
	return e;
}

void rib_entry_unref(struct rib *r, struct rib_entry *e)
{
	unsigned int i = family_index(slab_of(e)->family);
	struct prefix p;
	size_t at;

	if (e->attrs || e->number || e->flags & (PINNED | QUEUED | TAKEN))
		return;
	rib_entry_prefix(e, &p);
	at = slot_find(r, &r->slots, &p);
	if (r->slots.p[at])
		slot_clear(r, &r->slots, at);
	else
		slot_clear(r, &r->old, slot_find(r, &r->old, &p));
	r->n_entries--;
	e->flags = 0;
	e->next = r->free[i];
	r->free[i] = handle_of(e);
}

struct rib_entry *rib_walk(struct rib *r, size_t *cursor)
{
	while (*cursor >> INDEX_BITS < r->n_slabs) {
		struct slab *s = r->slabs[*cursor >> INDEX_BITS];
		uint32_t index = *cursor & INDEX_MASK;

		if (index >= s->count) {
			*cursor = ((*cursor >> INDEX_BITS) + 1) << INDEX_BITS;
			continue;
		}
		++*cursor;
		if (slab_entry(s, index)->flags & USED)
			return slab_entry(s, index);
	}
	return NULL;
}

bool rib_walked(const struct rib_entry *e, size_t cursor)
{
	return handle_of(e) - (1u << INDEX_BITS) < cursor;
}

void rib_entry_prefix(const struct rib_entry *e, struct prefix *p)
{
	memset(p, 0, sizeof(*p));
	p->family = slab_of(e)->family;
	p->len = e->len;
	memcpy(p->b, e->b, addr_bits(p->family) / 8);
}
