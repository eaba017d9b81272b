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
static void count(struct said *s, enum path_age age,
		  const struct bgp_attrs *attrs, int by)
{
	s->paths[age] += (size_t)by;
	if (attrs->n_sgi)
		s->identities[age] += (size_t)by;
}

/* A path, wherever it is kept. */
struct path {
	uint32_t attrs, since;
	uint8_t epoch;
};

/* What it has becomes what is said of it now; true when that differs. */
static bool path_set(struct said *s, struct path *p, struct bgp_attrs *attrs,
		     uint32_t now)
{
	enum path_age age = age_of(s, p->epoch);
	/* Attributes are interned: said again, nothing changes. */
	bool same = p->attrs == attrs->number && age != GONE;
	struct bgp_attrs *old;

	bgp_attrs_get(attrs);
	if (p->attrs) {
		old = bgp_attrs_at(p->attrs);
		count(s, age, old, -1);
		bgp_attrs_put(old);
	}
	count(s, FRESH, attrs, 1);
	p->attrs = attrs->number;
	p->epoch = s->epoch;
	if (!same)
		p->since = now;
	return !same;
}

/* True when there was one, to all who look. */
static bool path_drop(struct said *s, unsigned int epoch, uint32_t number)
{
	struct bgp_attrs *attrs = bgp_attrs_at(number);
	enum path_age age = age_of(s, epoch);

	count(s, age, attrs, -1);
	bgp_attrs_put(attrs);
	return age != GONE;
}

/* A number for an empty list; 0: memory. */
static uint32_t list_new(struct rib *r)
{
	uint32_t number = r->free_list, room;
	union list *lists;

	if (number) {
		r->free_list = r->lists[number - 1].free;
	} else {
		if (r->n_lists == NUMBER_MAX)
			return 0;
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
		first->epoch = e->epoch;
		r->lists[number - 1].first = first;
	}
	e->flags |= LIST;
	e->attrs = number & NUMBER_MAX;
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

int rib_reach(struct rib *r, uint16_t peer, uint64_t id, const struct prefix *p,
	      struct bgp_attrs *attrs, uint32_t now)
{
	struct rib_entry *e = attrs->number <= NUMBER_MAX ? rib_get(r, p) :
							    NULL;
	struct path path = { 0 };
	struct said *s;
	struct item *i;
	bool rises;

	if (!e)
		return -ENOMEM;
	s = said_of(r, peer, e);
	if (is_only(e, peer, id) || (!e->attrs && !id)) {
		path = (struct path){ e->attrs, e->since, e->epoch };
		if (path_set(s, &path, attrs, now))
			rib_dirty(r, e);
		e->attrs = path.attrs & NUMBER_MAX;
		e->since = path.since;
		e->epoch = path.epoch & EPOCH_MASK;
		e->peer = peer;
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
	path = (struct path){ i->attrs, i->since, i->epoch };
	/* Said again it is what it was, but no longer behind the others. */
	rises = i->attrs && s->behind && age_of(s, i->epoch) == STALE;
	if (path_set(s, &path, attrs, now) || rises)
		rib_dirty(r, e);
	i->attrs = path.attrs;
	i->since = path.since;
	i->epoch = path.epoch;
	return 0;
}

static bool only_del(struct rib *r, struct rib_entry *e)
{
	uint32_t number = e->attrs;

	e->attrs = 0;
	rib_dirty(r, e);
	return path_drop(said_of(r, e->peer, e), e->epoch, number);
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
	e->attrs = i->attrs & NUMBER_MAX;
	e->since = i->since;
	e->peer = i->peer;
	e->epoch = i->epoch & EPOCH_MASK;
	free(i);
}

/* Remove the path that *at leads to. */
static bool item_del(struct rib *r, struct rib_entry *e, struct item **at)
{
	struct item *i = *at;
	bool was = path_drop(said_of(r, i->peer, e), i->epoch, i->attrs);

	*at = i->next;
	free(i);
	rib_dirty(r, e);
	return was;
}

bool rib_withdraw(struct rib *r, uint16_t peer, uint64_t id,
		  const struct prefix *p)
{
	struct rib_entry *e = rib_find(r, p);
	struct item *i, **at;
	bool was;

	if (!e)
		return false;
	if (is_only(e, peer, id))
		return only_del(r, e);
	i = item_find(r, e, peer, id);
	if (!i)
		return false;
	for (at = &r->lists[e->attrs - 1].first; *at != i;)
		at = &(*at)->next;
	was = item_del(r, e, at);
	list_settle(r, e);
	return was;
}

/* A path that is stale has become so just now, as far as anybody can tell. */
static uint8_t rejuvenated(const struct said *s, enum path_age age,
			   uint8_t epoch)
{
	return age == STALE ? (s->epoch - 1) & EPOCH_MASK : epoch;
}

static void list_tidy(struct rib *r, struct rib_entry *e)
{
	struct item **at = &r->lists[e->attrs - 1].first, *i;

	while ((i = *at)) {
		const struct said *s = said_of(r, i->peer, e);
		enum path_age age = age_of(s, i->epoch);

		if (age == GONE) {
			item_del(r, e, at);
			continue;
		}
		i->epoch = rejuvenated(s, age, i->epoch);
		at = &i->next;
	}
	list_settle(r, e);
}

void rib_paths_tidy(struct rib *r, struct rib_entry *e)
{
	const struct said *s;
	enum path_age age;

	if (e->flags & LIST) {
		list_tidy(r, e);
	} else if (e->attrs) {
		s = said_of(r, e->peer, e);
		age = age_of(s, e->epoch);
		if (age == GONE)
			only_del(r, e);
		else
			e->epoch = rejuvenated(s, age, e->epoch) & EPOCH_MASK;
	}
}

/* Number k of the entry's, whatever its age; false: it has fewer. */
static bool path_at(const struct rib *r, const struct rib_entry *e, size_t k,
		    struct rib_path *p, unsigned int *epoch)
{
	const struct item *i;

	if (!(e->flags & LIST)) {
		if (!e->attrs || k)
			return false;
		*p = (struct rib_path){ .attrs = bgp_attrs_at(e->attrs),
					.since = e->since,
					.peer = e->peer };
		*epoch = e->epoch;
		return true;
	}
	for (i = list_of(r, e); i && k; k--)
		i = i->next;
	if (!i)
		return false;
	*p = (struct rib_path){ .attrs = bgp_attrs_at(i->attrs),
				.id = i->id,
				.since = i->since,
				.peer = i->peer };
	*epoch = i->epoch;
	return true;
}

bool rib_entry_path(const struct rib *r, const struct rib_entry *e, size_t *at,
		    struct rib_path *p)
{
	unsigned int epoch;
	enum path_age age;

	while (path_at(r, e, (*at)++, p, &epoch)) {
		const struct said *s = said_of(r, p->peer, e);

		age = age_of(s, epoch);
		p->stale = age == STALE;
		p->behind = p->stale && s->behind;
		if (age != GONE)
			return true;
	}
	return false;
}

bool rib_entry_contested(const struct rib *r, const struct rib_entry *e)
{
	return e->flags & LIST && list_of(r, e)->next;
}
