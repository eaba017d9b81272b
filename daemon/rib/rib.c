// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A rib's neighbors, its queue, and what is known of an entry.
 */
#include "rib/store.h"

#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

/* Of whatever age. */
static bool has_paths(const struct rib *r)
{
	size_t n = 0, i;
	unsigned int k;

	for (i = 0; i < r->n_peers; i++) {
		for (k = 0; k < AGES; k++)
			n += r->peers[i].said[0].paths[k] +
			     r->peers[i].said[1].paths[k];
	}
	return n;
}

void rib_destroy(struct rib *r)
{
	struct rib_entry *e;
	size_t cursor = 0;
	bool paths;
	size_t i;

	if (!r)
		return;
	paths = has_paths(r);
	while (paths && (e = rib_walk(r, &cursor)))
		rib_paths_free(r, e);
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

void rib_pin(struct rib *r, struct rib_entry *e, bool pinned)
{
	if (pinned)
		e->flags |= PINNED;
	else
		e->flags &= ~(uint32_t)PINNED;
	rib_dirty(r, e);
}

void rib_entry_mark(struct rib_entry *e, uint16_t marks, bool on)
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
	rib_entry_unref(r, e);
}

size_t rib_dirty_count(const struct rib *r)
{
	return r->n_queued;
}

uint32_t rib_entry_number(const struct rib_entry *e)
{
	return e->number;
}

bool rib_entry_pinned(const struct rib_entry *e)
{
	return e->flags & PINNED;
}

bool rib_entry_marked(const struct rib_entry *e, uint16_t marks)
{
	return e->marks & marks;
}

/* Of both families: of this session, and stale. */
static size_t sum(const struct peer *p, bool identities, bool fresh)
{
	size_t n = 0;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		const struct said *s = &p->said[i];
		const size_t *of = identities ? s->identities : s->paths;

		n += of[STALE] + (fresh ? of[FRESH] : 0);
	}
	return n;
}

void rib_stats(const struct rib *r, struct rib_stats *s)
{
	size_t i;

	s->entries = r->n_entries;
	s->paths = 0;
	s->stale = 0;
	for (i = 0; i < r->n_peers; i++) {
		s->paths += sum(&r->peers[i], false, true);
		s->stale += sum(&r->peers[i], false, false);
	}
	s->bytes =
		r->n_slabs * (SLAB_SIZE + sizeof(*r->slabs)) +
		(r->slots.n + (r->old.p ? r->old.n : 0)) * sizeof(*r->slots.p);
}

size_t rib_peer_paths(const struct rib *r, uint16_t peer)
{
	return peer < r->n_peers ? sum(&r->peers[peer], false, true) : 0;
}

size_t rib_peer_fresh(const struct rib *r, uint16_t peer)
{
	const struct said *s;

	if (peer >= r->n_peers)
		return 0;
	s = r->peers[peer].said;
	return s[0].paths[FRESH] + s[1].paths[FRESH];
}

size_t rib_peer_identities(const struct rib *r, uint16_t peer)
{
	return peer < r->n_peers ? sum(&r->peers[peer], true, true) : 0;
}
