// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Slabs, the hash table over them, and the queue through them.
 *
 *	handle:  slab number (from 1) << 11 | index in the slab
 *	slab:    64 KiB, aligned to its size: an entry finds its slab's header,
 *	         and so its family and its handle, by masking its own address
 *	slots:   handles, linear probing, at most 3/4 full, no tombstones. When
 *	         they double, the old table is emptied bit by bit: nobody waits
 *	         for a million handles to move
 *	queue:   a list through the entries: queueing never allocates
 */
#include "rib/rib.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

#define SLAB_SIZE 65536
/* Slabs that are allocated at once: each alignment wastes up to one. */
#define CHUNK 16
/* Slots of the old table that are emptied for each new entry. */
#define MIGRATE 128
#define INDEX_BITS 11
#define INDEX_MASK ((1u << INDEX_BITS) - 1)

#define USED 1
#define QUEUED 2 /* on the queue */
#define TAKEN 4 /* off it, with the owner */
#define PINNED 8

struct rib_entry {
	struct rib_path path;
	uint32_t number;
	uint32_t queue_next;
	uint8_t len;
	uint8_t flags;
	uint8_t marks; /* the owner's */
	uint8_t b[]; /* 4 or 16 octets */
};

struct slab {
	uint32_t number;
	uint8_t family;
	uint32_t count; /* entries that were ever given out */
	uint8_t entries[] __attribute__((aligned(8)));
};

struct peer {
	struct rib_peer info;
	size_t paths, identities;
};

struct slots {
	uint32_t *p;
	size_t n; /* a power of two */
};

struct rib {
	uint64_t seed;
	struct slab **slabs; /* [number - 1] */
	size_t n_slabs;
	struct slab *open[2]; /* where new entries come from, by family */
	struct rib_entry *free[2]; /* through path.next */
	struct slots slots;
	struct slots old; /* being emptied; p NULL: there is none */
	size_t old_at, old_left; /* of its slots: the next, and how many */
	size_t n_entries, n_paths, n_stale;
	uint32_t queue_head, queue_tail;
	size_t n_queued;
	struct peer *peers;
	size_t n_peers;
};

static unsigned int family_index(uint8_t family)
{
	return family == AF_INET6;
}

/* A multiple of 8, so that the next entry's pointers are aligned. */
static size_t entry_size(uint8_t family)
{
	size_t n = offsetof(struct rib_entry, b) + addr_bits(family) / 8;

	return (n + 7) & ~(size_t)7;
}

static struct slab *slab_of(const struct rib_entry *e)
{
	return (struct slab *)((uintptr_t)e & ~(uintptr_t)(SLAB_SIZE - 1));
}

static struct rib_entry *slab_entry(struct slab *s, uint32_t index)
{
	return (void *)(s->entries + index * entry_size(s->family));
}

static uint32_t handle_of(const struct rib_entry *e)
{
	struct slab *s = slab_of(e);
	size_t at = (size_t)((const uint8_t *)e - s->entries);

	return s->number << INDEX_BITS | (uint32_t)(at / entry_size(s->family));
}

static struct rib_entry *entry_of(const struct rib *r, uint32_t handle)
{
	return slab_entry(r->slabs[(handle >> INDEX_BITS) - 1],
			  handle & INDEX_MASK);
}

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
	struct rib_entry *e = r->free[i];
	size_t size = entry_size(family);
	struct slab *s;

	if (e) {
		r->free[i] = (void *)e->path.next;
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

static void paths_free(struct rib_entry *e)
{
	struct rib_path *p = &e->path, *next;

	if (!p->attrs)
		return;
	bgp_attrs_put(p->attrs);
	for (p = p->next; p; p = next) {
		next = p->next;
		bgp_attrs_put(p->attrs);
		free(p);
	}
}

void rib_destroy(struct rib *r)
{
	struct rib_entry *e;
	size_t cursor = 0;
	size_t i;

	if (!r)
		return;
	while ((e = rib_walk(r, &cursor)))
		paths_free(e);
	for (i = 0; i < r->n_slabs; i += CHUNK)
		free(r->slabs[i]);
	free(r->slabs);
	free(r->slots.p);
	free(r->old.p);
	free(r->peers);
	free(r);
}

void rib_peer_set(struct rib *r, uint16_t peer, const struct rib_peer *info)
{
	if (peer >= r->n_peers) {
		r->peers = xrealloc(r->peers, (peer + 1u) * sizeof(*r->peers));
		memset(r->peers + r->n_peers, 0,
		       (peer + 1u - r->n_peers) * sizeof(*r->peers));
		r->n_peers = peer + 1u;
	}
	r->peers[peer].info = *info;
}

const struct rib_peer *rib_peer(const struct rib *r, uint16_t peer)
{
	return &r->peers[peer].info;
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

/* Nothing keeps it: forget it. */
static void entry_unref(struct rib *r, struct rib_entry *e)
{
	unsigned int i = family_index(slab_of(e)->family);
	struct prefix p;
	size_t at;

	if (e->path.attrs || e->number || e->flags & (PINNED | QUEUED | TAKEN))
		return;
	rib_entry_prefix(e, &p);
	at = slot_find(r, &r->slots, &p);
	if (r->slots.p[at])
		slot_clear(r, &r->slots, at);
	else
		slot_clear(r, &r->old, slot_find(r, &r->old, &p));
	r->n_entries--;
	e->flags = 0;
	e->path.next = (void *)r->free[i];
	r->free[i] = e;
}

void rib_pin(struct rib *r, struct rib_entry *e, bool pinned)
{
	if (pinned)
		e->flags |= PINNED;
	else
		e->flags &= (uint8_t)~PINNED;
	rib_dirty(r, e);
}

void rib_entry_mark(struct rib_entry *e, uint8_t marks, bool on)
{
	if (on)
		e->marks |= marks;
	else
		e->marks &= (uint8_t)~marks;
}

void rib_install(struct rib *r, struct rib_entry *e, uint32_t number)
{
	e->number = number;
	rib_settle(r, e);
}

void rib_dirty(struct rib *r, struct rib_entry *e)
{
	uint32_t handle = handle_of(e);

	if (e->flags & QUEUED)
		return;
	e->flags |= QUEUED;
	e->queue_next = 0;
	if (r->queue_tail)
		entry_of(r, r->queue_tail)->queue_next = handle;
	else
		r->queue_head = handle;
	r->queue_tail = handle;
	r->n_queued++;
}

struct rib_entry *rib_dirty_next(struct rib *r)
{
	struct rib_entry *e;

	if (!r->queue_head)
		return NULL;
	e = entry_of(r, r->queue_head);
	r->queue_head = e->queue_next;
	if (!r->queue_head)
		r->queue_tail = 0;
	r->n_queued--;
	e->flags &= (uint8_t)~QUEUED;
	e->flags |= TAKEN;
	return e;
}

void rib_settle(struct rib *r, struct rib_entry *e)
{
	e->flags &= (uint8_t)~TAKEN;
	entry_unref(r, e);
}

size_t rib_dirty_count(const struct rib *r)
{
	return r->n_queued;
}

static struct rib_path *path_find(struct rib_entry *e, uint16_t peer,
				  uint64_t id)
{
	struct rib_path *p = &e->path;

	if (!p->attrs)
		return NULL;
	while (p && (p->peer != peer || p->id != id))
		p = p->next;
	return p;
}

static void path_fresh(struct rib *r, struct rib_path *p)
{
	if (p->stale)
		r->n_stale--;
	p->stale = false;
}

int rib_reach(struct rib *r, uint16_t peer, uint64_t id, const struct prefix *p,
	      struct bgp_attrs *attrs, uint32_t now)
{
	struct rib_entry *e = rib_get(r, p);
	struct rib_path *path;

	if (!e)
		return -ENOMEM;
	path = path_find(e, peer, id);
	if (path) {
		path_fresh(r, path);
		/* Attributes are interned: said again, nothing changes. */
		if (path->attrs == attrs)
			return 0;
		r->peers[peer].identities -= path->attrs->n_sgi > 0;
		bgp_attrs_put(path->attrs);
	} else {
		path = &e->path;
		if (path->attrs) {
			path = malloc(sizeof(*path));
			if (!path)
				return -ENOMEM;
			path->next = e->path.next;
			e->path.next = path;
		}
		path->peer = peer;
		path->id = id;
		path->stale = false;
		r->n_paths++;
		r->peers[peer].paths++;
	}
	path->attrs = bgp_attrs_get(attrs);
	path->since = now;
	r->peers[peer].identities += attrs->n_sgi > 0;
	rib_dirty(r, e);
	return 0;
}

/* Remove a path of an entry: what follows in the list, which it may be at. */
static struct rib_path *path_del(struct rib *r, struct rib_entry *e,
				 struct rib_path *p)
{
	struct rib_path *next = p->next, *prev;

	path_fresh(r, p);
	r->peers[p->peer].identities -= p->attrs->n_sgi > 0;
	bgp_attrs_put(p->attrs);
	r->n_paths--;
	r->peers[p->peer].paths--;
	rib_dirty(r, e);
	if (p != &e->path) {
		for (prev = &e->path; prev->next != p;)
			prev = prev->next;
		prev->next = next;
		free(p);
		return next;
	}
	if (!next) {
		e->path.attrs = NULL;
		return NULL;
	}
	e->path = *next;
	free(next);
	return &e->path;
}

bool rib_withdraw(struct rib *r, uint16_t peer, uint64_t id,
		  const struct prefix *p)
{
	struct rib_entry *e = rib_find(r, p);
	struct rib_path *path = e ? path_find(e, peer, id) : NULL;

	if (path)
		path_del(r, e, path);
	return path;
}

static struct rib_path *first_path(struct rib_entry *e)
{
	return e->path.attrs ? &e->path : NULL;
}

size_t rib_stale(struct rib *r, uint16_t peer, uint8_t family)
{
	struct rib_entry *e;
	struct rib_path *p;
	size_t cursor = 0;
	size_t n = 0;

	while ((e = rib_walk(r, &cursor))) {
		if (family && slab_of(e)->family != family)
			continue;
		for (p = first_path(e); p; p = p->next) {
			if (p->peer != peer)
				continue;
			n++;
			r->n_stale += !p->stale;
			p->stale = true;
		}
	}
	return n;
}

size_t rib_sweep(struct rib *r, uint16_t peer, uint8_t family, bool stale_only)
{
	struct rib_entry *e;
	struct rib_path *p;
	size_t cursor = 0;
	size_t n = 0;

	while ((e = rib_walk(r, &cursor))) {
		if (family && slab_of(e)->family != family)
			continue;
		for (p = first_path(e); p;) {
			if (p->peer != peer || (stale_only && !p->stale)) {
				p = p->next;
				continue;
			}
			p = path_del(r, e, p);
			n++;
		}
	}
	return n;
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

void rib_entry_prefix(const struct rib_entry *e, struct prefix *p)
{
	memset(p, 0, sizeof(*p));
	p->family = slab_of(e)->family;
	p->len = e->len;
	memcpy(p->b, e->b, addr_bits(p->family) / 8);
}

const struct rib_path *rib_entry_paths(const struct rib_entry *e)
{
	return e->path.attrs ? &e->path : NULL;
}

uint32_t rib_entry_number(const struct rib_entry *e)
{
	return e->number;
}

bool rib_entry_pinned(const struct rib_entry *e)
{
	return e->flags & PINNED;
}

bool rib_entry_marked(const struct rib_entry *e, uint8_t marks)
{
	return e->marks & marks;
}

void rib_stats(const struct rib *r, struct rib_stats *s)
{
	s->entries = r->n_entries;
	s->paths = r->n_paths;
	s->stale = r->n_stale;
	s->bytes =
		r->n_slabs * (SLAB_SIZE + sizeof(*r->slabs)) +
		(r->slots.n + (r->old.p ? r->old.n : 0)) * sizeof(*r->slots.p);
}

size_t rib_peer_paths(const struct rib *r, uint16_t peer)
{
	return peer < r->n_peers ? r->peers[peer].paths : 0;
}

size_t rib_peer_identities(const struct rib *r, uint16_t peer)
{
	return peer < r->n_peers ? r->peers[peer].identities : 0;
}
