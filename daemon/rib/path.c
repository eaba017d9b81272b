// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The paths of an entry: the only one in the entry, or a list.
 */
#include "rib/store.h"

#include <errno.h>
#include <stdlib.h>

void rib_paths_free(struct rib *r, struct rib_entry *e)
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
