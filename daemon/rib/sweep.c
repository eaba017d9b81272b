// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All of a neighbor's paths at once: nobody waits for a walk over a million.
 */
#include "rib/store.h"

/* Epochs that are told apart before those that are stale become one. */
#define KEEP_MAX 4

static void tidy_begin(struct rib *r)
{
	size_t i;

	r->untidy = false;
	r->tidying = true;
	r->tidy_at = 0;
	for (i = 0; i < r->n_peers; i++) {
		r->peers[i].said[0].begun = 0;
		r->peers[i].said[1].begun = 0;
	}
}

static void settled(struct said *s)
{
	/* What was stale is of the last epoch then, or of one since. */
	if (s->keep > s->begun + 1)
		s->keep = s->begun + 1;
	s->span = s->keep;
}

static void tidy_end(struct rib *r)
{
	size_t i;

	r->tidying = false;
	/* Something went behind the walk: once more. */
	if (r->untidy)
		return;
	for (i = 0; i < r->n_peers; i++) {
		settled(&r->peers[i].said[0]);
		settled(&r->peers[i].said[1]);
	}
}

bool rib_tidy(struct rib *r, size_t n)
{
	struct rib_entry *e = NULL;

	if (!r->tidying) {
		if (!r->untidy)
			return false;
		tidy_begin(r);
	}
	while (n && (e = rib_walk(r, &r->tidy_at))) {
		rib_paths_tidy(r, e);
		n--;
	}
	if (n)
		tidy_end(r);
	return r->tidying || r->untidy;
}

/* There is no number for another epoch: a neighbor that never comes to rest. */
static void tidy_now(struct rib *r)
{
	while (rib_tidy(r, SIZE_MAX))
		;
	r->untidy = true;
	while (rib_tidy(r, SIZE_MAX))
		;
}

/* Whoever had this age has that one. */
static void pass_on(struct said *s, enum path_age from, enum path_age to)
{
	s->paths[to] += s->paths[from];
	s->identities[to] += s->identities[from];
	s->paths[from] = 0;
	s->identities[from] = 0;
}

static void make_stale(struct rib *r, struct said *s)
{
	if (!s->paths[FRESH])
		return;
	if (s->span == EPOCH_MASK)
		tidy_now(r);
	s->epoch = (s->epoch + 1) & EPOCH_MASK;
	s->keep++;
	s->span++;
	s->begun++;
	pass_on(s, FRESH, STALE);
	if (s->keep > KEEP_MAX)
		r->untidy = true;
}

static bool of_family(unsigned int i, uint8_t family)
{
	return !family || family_index(family) == i;
}

size_t rib_stale(struct rib *r, uint16_t peer, uint8_t family)
{
	unsigned int i;
	size_t n = 0;

	for (i = 0; i < 2; i++) {
		struct said *s = &r->peers[peer].said[i];

		if (!of_family(i, family))
			continue;
		make_stale(r, s);
		n += s->paths[STALE];
	}
	return n;
}

bool rib_demote(struct rib *r, uint16_t peer, uint8_t family, bool behind)
{
	bool changed = false;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct said *s = &r->peers[peer].said[i];

		if (!of_family(i, family))
			continue;
		changed |= s->behind != behind && s->paths[STALE];
		s->behind = behind;
	}
	return changed;
}

size_t rib_sweep(struct rib *r, uint16_t peer, uint8_t family, bool stale_only)
{
	unsigned int i;
	size_t n = 0;

	for (i = 0; i < 2; i++) {
		struct said *s = &r->peers[peer].said[i];

		if (!of_family(i, family))
			continue;
		if (!stale_only)
			make_stale(r, s);
		if (!s->paths[STALE])
			continue;
		n += s->paths[STALE];
		pass_on(s, STALE, GONE);
		s->keep = 0;
		r->untidy = true;
	}
	return n;
}
