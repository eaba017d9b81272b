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

/* What leads to the path, or NULL. */
static struct item **item_find(const struct rib *r, const struct rib_entry *e,
			       uint16_t peer, uint64_t id)
{
	struct item **at;

	if (!(e->flags & LIST))
		return NULL;
	for (at = &r->lists[e->attrs - 1].first; *at; at = &(*at)->next) {
		if ((*at)->peer == peer && (*at)->id == id)
			return at;
	}
	return NULL;
}

/* What a neighbor has in an entry's list. */
struct places {
	size_t fresh, stale;
	struct item *bare; /* a fresh one without an identity, or NULL */
	struct item *old; /* a stale one, if possible without an identity */
};

static struct places places_of(const struct rib *r, const struct rib_entry *e,
			       uint16_t peer)
{
	struct item *i = e->flags & LIST ? list_of(r, e) : NULL;
	struct places n = { 0 };

	for (; i; i = i->next) {
		enum path_age age;
		bool bare;

		if (i->peer != peer)
			continue;
		age = age_of(said_of(r, peer, e), i->epoch);
		bare = !bgp_attrs_at(i->attrs)->n_sgi;
		if (age == FRESH) {
			n.fresh++;
			if (bare)
				n.bare = i;
		} else if (age == STALE) {
			n.stale++;
			if (bare || !n.old)
				n.old = i;
		}
	}
	return n;
}

bool rib_full(struct rib *r, uint16_t peer, const struct prefix *p)
{
	struct rib_entry *e = rib_find(r, p);

	return e && places_of(r, e, peer).fresh >= RIB_PATHS_MAX;
}

/* Make room for another path of the neighbor's; as rib_reach(). */
static int item_make(struct rib *r, struct rib_entry *e, uint16_t peer,
		     const struct bgp_attrs *attrs, struct item **item)
{
	struct places has = places_of(r, e, peer);
	bool full = has.fresh >= RIB_PATHS_MAX;

	if (!full && has.fresh + has.stale < 2 * RIB_PATHS_MAX) {
		*item = item_new(r, e);
		return *item ? 0 : -ENOMEM;
	}
	if (full && (!has.bare || !attrs->n_sgi))
		return -ENOSPC;
	/* Where the stale ones are too many, as many of them remain. */
	*item = full ? has.bare : has.old;
	path_drop(said_of(r, peer, e), (*item)->epoch, (*item)->attrs);
	(*item)->attrs = 0;
	return full;
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
	struct item **at, *i = NULL;
	struct path path = { 0 };
	struct said *s;
	bool rises;
	int err = 0;

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
	at = item_find(r, e, peer, id);
	if (at)
		i = *at;
	else
		err = item_make(r, e, peer, attrs, &i);
	if (err < 0)
		return err;
	i->peer = peer;
	i->id = id;
	path = (struct path){ i->attrs, i->since, i->epoch };
	/* Said again it is what it was, but no longer behind the others. */
	rises = i->attrs && s->behind && age_of(s, i->epoch) == STALE;
	if (path_set(s, &path, attrs, now) || rises)
		rib_dirty(r, e);
	i->attrs = path.attrs;
	i->since = path.since;
	i->epoch = path.epoch;
	return err;
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
	struct item **at;
	bool was;

	if (!e)
		return false;
	if (is_only(e, peer, id))
		return only_del(r, e);
	at = item_find(r, e, peer, id);
	if (!at)
		return false;
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

/* The path, and how old it is. */
static enum path_age tell(const struct rib *r, const struct rib_entry *e,
			  const struct item *i, struct rib_path *p)
{
	const struct said *s = said_of(r, i->peer, e);
	enum path_age age = age_of(s, i->epoch);

	*p = (struct rib_path){ .attrs = bgp_attrs_at(i->attrs),
				.id = i->id,
				.since = i->since,
				.peer = i->peer,
				.stale = age == STALE,
				.behind = age == STALE && s->behind };
	return age;
}

/* A cursor behind the last: no item has that address. */
#define END 1

bool rib_entry_path(const struct rib *r, const struct rib_entry *e, size_t *at,
		    struct rib_path *p)
{
	const struct item *i = (const struct item *)(uintptr_t)*at;
	const struct item only = { .attrs = e->attrs,
				   .since = e->since,
				   .peer = e->peer,
				   .epoch = e->epoch };

	if (*at == END || !e->attrs)
		return false;
	if (!*at)
		i = e->flags & LIST ? list_of(r, e) : &only;
	for (*at = END; i; i = i->next) {
		if (tell(r, e, i, p) == GONE)
			continue;
		if (i->next)
			*at = (uintptr_t)i->next;
		return true;
	}
	return false;
}

bool rib_entry_contested(const struct rib *r, const struct rib_entry *e)
{
	return e->flags & LIST && list_of(r, e)->next;
}
