// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Slabs, the hash table over them, and the queue through them.
 *
 *	handle:  slab number (from 1) << 12 | index in the slab
 *	slab:    64 KiB, aligned to its size: an entry finds its slab's header,
 *	         and so its family and its handle, by masking its own address
 *	slots:   handles, linear probing, at most 3/4 full, no tombstones. When
 *	         they double, the old table is emptied bit by bit: nobody waits
 *	         for a million handles to move
 *	queue:   a list through the entries: queueing never allocates
 *	path:    in the entry itself when it is the only one and its id is 0,
 *	         as nearly all are; else the entry has a list
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
#define INDEX_BITS 12
#define INDEX_MASK ((1u << INDEX_BITS) - 1)

#define USED 1
#define QUEUED 2 /* on the queue */
#define TAKEN 4 /* off it, with the owner */
#define PINNED 8
#define LIST 16 /* the paths are in a list */
#define STALE 32 /* the only path is */

/* There are a million of these: every octet counts. */
struct rib_entry {
	uint32_t attrs; /* number of the path's, or of the list; 0: no path */
	uint32_t since;
	uint32_t number;
	uint32_t next; /* handle: on the queue, or the next that is free */
	uint32_t peer : 10;
	uint32_t flags : 6;
	uint32_t marks : 8; /* the owner's */
	uint32_t len : 8;
	uint8_t b[]; /* 4 or 16 octets */
};

/* A path of a list. */
struct item {
	struct item *next;
	uint64_t id;
	uint32_t attrs; /* number */
	uint32_t since;
	uint16_t peer;
	bool stale;
};

/* A list, or the number of the next that is free. */
union list {
	struct item *first;
	uint32_t free;
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
	uint32_t free[2]; /* handles, by family */
	union list *lists; /* [number - 1] */
	uint32_t n_lists, room_lists, free_list;
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

static size_t entry_size(uint8_t family)
{
	return offsetof(struct rib_entry, b) + addr_bits(family) / 8;
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

static struct item *list_of(const struct rib *r, const struct rib_entry *e)
{
	return r->lists[e->attrs - 1].first;
}

static void paths_free(struct rib *r, struct rib_entry *e)
{
	struct item *i, *next;

	if (!(e->flags & LIST)) {
		if (e->attrs)
			bgp_attrs_put(bgp_attrs_at(e->attrs));
		return;
	}
	for (i = list_of(r, e); i; i = next) {
		next = i->next;
		bgp_attrs_put(bgp_attrs_at(i->attrs));
		free(i);
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
		paths_free(r, e);
	for (i = 0; i < r->n_slabs; i += CHUNK)
		free(r->slabs[i]);
	free(r->slabs);
	free(r->lists);
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

void rib_pin(struct rib *r, struct rib_entry *e, bool pinned)
{
	if (pinned)
		e->flags |= PINNED;
	else
		e->flags &= ~(uint32_t)PINNED;
	rib_dirty(r, e);
}

void rib_entry_mark(struct rib_entry *e, uint8_t marks, bool on)
{
	if (on)
		e->marks |= marks;
	else
		e->marks &= ~(uint32_t)marks;
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
	e->next = 0;
	if (r->queue_tail)
		entry_of(r, r->queue_tail)->next = handle;
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
	r->queue_head = e->next;
	if (!r->queue_head)
		r->queue_tail = 0;
	r->n_queued--;
	e->flags &= ~(uint32_t)QUEUED;
	e->flags |= TAKEN;
	return e;
}

void rib_settle(struct rib *r, struct rib_entry *e)
{
	e->flags &= ~(uint32_t)TAKEN;
	entry_unref(r, e);
}

size_t rib_dirty_count(const struct rib *r)
{
	return r->n_queued;
}

/* The path is counted, or no longer. */
static void count(struct rib *r, uint16_t peer, const struct bgp_attrs *attrs,
		  int by)
{
	r->n_paths += (size_t)by;
	r->peers[peer].paths += (size_t)by;
	if (attrs->n_sgi)
		r->peers[peer].identities += (size_t)by;
}

/* What a path has becomes what is said of it now; true when that differs. */
static bool path_set(struct rib *r, uint16_t peer, uint32_t *number,
		     uint32_t *since, struct bgp_attrs *attrs, uint32_t now)
{
	struct bgp_attrs *old;

	/* Attributes are interned: said again, nothing changes. */
	if (*number == attrs->number)
		return false;
	if (*number) {
		old = bgp_attrs_at(*number);
		count(r, peer, old, -1);
		bgp_attrs_put(old);
	}
	*number = bgp_attrs_get(attrs)->number;
	*since = now;
	count(r, peer, attrs, 1);
	return true;
}

static void path_drop(struct rib *r, uint16_t peer, uint32_t number)
{
	struct bgp_attrs *attrs = bgp_attrs_at(number);

	count(r, peer, attrs, -1);
	bgp_attrs_put(attrs);
}

/* A number for an empty list; 0: memory. */
static uint32_t list_new(struct rib *r)
{
	uint32_t number = r->free_list, room;
	union list *lists;

	if (number) {
		r->free_list = r->lists[number - 1].free;
	} else {
		if (r->n_lists == r->room_lists) {
			room = r->room_lists ? r->room_lists * 2 : 64;
			lists = realloc(r->lists, room * sizeof(*lists));
			if (!lists)
				return 0;
			r->lists = lists;
			r->room_lists = room;
		}
		number = ++r->n_lists;
	}
	r->lists[number - 1].first = NULL;
	return number;
}

static void list_del(struct rib *r, uint32_t number)
{
	r->lists[number - 1].free = r->free_list;
	r->free_list = number;
}

/* A new path in front of the entry's list, which is made where there is none. */
static struct item *item_new(struct rib *r, struct rib_entry *e)
{
	struct item *new = calloc(1, sizeof(*new)), *first = NULL;
	uint32_t number = e->attrs;

	if (!new)
		return NULL;
	if (!(e->flags & LIST)) {
		number = list_new(r);
		if (number && e->attrs)
			first = calloc(1, sizeof(*first));
		if (!number || (e->attrs && !first)) {
			if (number)
				list_del(r, number);
			free(new);
			return NULL;
		}
	}
	if (first) {
		first->attrs = e->attrs;
		first->since = e->since;
		first->peer = e->peer;
		first->stale = e->flags & STALE;
		r->lists[number - 1].first = first;
	}
	e->flags &= ~(uint32_t)STALE;
	e->flags |= LIST;
	e->attrs = number;
	new->next = r->lists[number - 1].first;
	r->lists[number - 1].first = new;
	return new;
}

static struct item *item_find(const struct rib *r, const struct rib_entry *e,
			      uint16_t peer, uint64_t id)
{
	struct item *i = e->flags & LIST ? list_of(r, e) : NULL;

	while (i && (i->peer != peer || i->id != id))
		i = i->next;
	return i;
}

/* Whether the entry's only path is the peer's with that id. */
static bool is_only(const struct rib_entry *e, uint16_t peer, uint64_t id)
{
	return e->attrs && !(e->flags & LIST) && e->peer == peer && !id;
}

static void only_stale(struct rib *r, struct rib_entry *e, bool stale)
{
	r->n_stale += stale;
	r->n_stale -= !!(e->flags & STALE);
	if (stale)
		e->flags |= STALE;
	else
		e->flags &= ~(uint32_t)STALE;
}

static void item_stale(struct rib *r, struct item *i, bool stale)
{
	r->n_stale += stale;
	r->n_stale -= i->stale;
	i->stale = stale;
}

int rib_reach(struct rib *r, uint16_t peer, uint64_t id, const struct prefix *p,
	      struct bgp_attrs *attrs, uint32_t now)
{
	struct rib_entry *e = rib_get(r, p);
	uint32_t number, since;
	struct item *i;

	if (!e)
		return -ENOMEM;
	if (is_only(e, peer, id) || (!e->attrs && !id)) {
		e->peer = peer;
		only_stale(r, e, false);
		number = e->attrs;
		since = e->since;
		if (path_set(r, peer, &number, &since, attrs, now))
			rib_dirty(r, e);
		e->attrs = number;
		e->since = since;
		return 0;
	}
	i = item_find(r, e, peer, id);
	if (!i) {
		i = item_new(r, e);
		if (!i)
			return -ENOMEM;
		i->peer = peer;
		i->id = id;
	}
	item_stale(r, i, false);
	if (path_set(r, peer, &i->attrs, &i->since, attrs, now))
		rib_dirty(r, e);
	return 0;
}

static void only_del(struct rib *r, struct rib_entry *e)
{
	only_stale(r, e, false);
	path_drop(r, e->peer, e->attrs);
	e->attrs = 0;
	rib_dirty(r, e);
}

/* A list that came down to what the entry itself can hold is one no more. */
static void list_settle(struct rib *r, struct rib_entry *e)
{
	struct item *i = list_of(r, e);

	if (i && (i->next || i->id))
		return;
	list_del(r, e->attrs);
	e->flags &= ~(uint32_t)LIST;
	e->attrs = 0;
	if (!i)
		return;
	e->attrs = i->attrs;
	e->since = i->since;
	e->peer = i->peer;
	if (i->stale)
		e->flags |= STALE;
	free(i);
}

/* Remove the path that *at leads to. */
static void item_del(struct rib *r, struct rib_entry *e, struct item **at)
{
	struct item *i = *at;

	item_stale(r, i, false);
	path_drop(r, i->peer, i->attrs);
	*at = i->next;
	free(i);
	rib_dirty(r, e);
}

bool rib_withdraw(struct rib *r, uint16_t peer, uint64_t id,
		  const struct prefix *p)
{
	struct rib_entry *e = rib_find(r, p);
	struct item *i, **at;

	if (!e)
		return false;
	if (is_only(e, peer, id)) {
		only_del(r, e);
		return true;
	}
	i = item_find(r, e, peer, id);
	if (!i)
		return false;
	for (at = &r->lists[e->attrs - 1].first; *at != i;)
		at = &(*at)->next;
	item_del(r, e, at);
	list_settle(r, e);
	return true;
}

size_t rib_stale(struct rib *r, uint16_t peer, uint8_t family)
{
	struct rib_entry *e;
	size_t cursor = 0;
	struct item *i;
	size_t n = 0;

	while ((e = rib_walk(r, &cursor))) {
		if (family && slab_of(e)->family != family)
			continue;
		if (is_only(e, peer, 0)) {
			only_stale(r, e, true);
			n++;
		}
		for (i = e->flags & LIST ? list_of(r, e) : NULL; i;
		     i = i->next) {
			if (i->peer != peer)
				continue;
			item_stale(r, i, true);
			n++;
		}
	}
	return n;
}

static size_t list_sweep(struct rib *r, struct rib_entry *e, uint16_t peer,
			 bool stale_only)
{
	struct item **at = &r->lists[e->attrs - 1].first;
	size_t n = 0;

	while (*at) {
		if ((*at)->peer != peer || (stale_only && !(*at)->stale)) {
			at = &(*at)->next;
			continue;
		}
		item_del(r, e, at);
		n++;
	}
	list_settle(r, e);
	return n;
}

size_t rib_sweep(struct rib *r, uint16_t peer, uint8_t family, bool stale_only)
{
	struct rib_entry *e;
	size_t cursor = 0;
	size_t n = 0;

	while ((e = rib_walk(r, &cursor))) {
		if (family && slab_of(e)->family != family)
			continue;
		if (e->flags & LIST) {
			n += list_sweep(r, e, peer, stale_only);
		} else if (is_only(e, peer, 0) &&
			   (!stale_only || e->flags & STALE)) {
			only_del(r, e);
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

bool rib_entry_path(const struct rib *r, const struct rib_entry *e, size_t *at,
		    struct rib_path *p)
{
	const struct item *i;
	size_t k = (*at)++;

	if (!(e->flags & LIST)) {
		if (!e->attrs || k)
			return false;
		*p = (struct rib_path){ .attrs = bgp_attrs_at(e->attrs),
					.since = e->since,
					.peer = e->peer,
					.stale = e->flags & STALE };
		return true;
	}
	for (i = list_of(r, e); i && k; k--)
		i = i->next;
	if (!i)
		return false;
	*p = (struct rib_path){ .attrs = bgp_attrs_at(i->attrs),
				.id = i->id,
				.since = i->since,
				.peer = i->peer,
				.stale = i->stale };
	return true;
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
