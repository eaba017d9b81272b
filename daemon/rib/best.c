// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The decision process, as the RFC has it: each step removes paths from the
 * set that is left. Comparing pairs instead would not do, as MED counts
 * between paths of the same neighboring AS only, so that the result would
 * hang on the order in which they came.
 */
#include "rib/best.h"

#define DEFAULT_LOCAL_PREF 100

/* Smaller is better, for every step but MED. */
static uint64_t rank(const struct best_path *p, enum best_step step)
{
	const struct bgp_attrs *a = p->path->attrs;

	switch (step) {
	case BEST_FRESH:
		return p->path->behind;
	case BEST_LOCAL_PREF:
		/* It has no meaning between ASes (section 5.1.5). */
		return UINT32_MAX - (a->has_local_pref && !p->peer->ebgp ?
					     a->local_pref :
					     DEFAULT_LOCAL_PREF);
	case BEST_AS_PATH:
		return a->as_hops;
	case BEST_ORIGIN:
		return a->origin;
	case BEST_EBGP:
		return !p->peer->ebgp;
	case BEST_ROUTER_ID:
		/* Of a reflected route, whose it is (RFC 4456, section 9). */
		return a->originator_id ? a->originator_id : p->peer->router_id;
	case BEST_CLUSTERS:
		return a->clusters;
	case BEST_ONLY:
	case BEST_MED:
	case BEST_ADDRESS:
	case BEST_ID:
		break;
	}
	return 0;
}

/* True when b puts a out of the running in this step. */
static bool beats(const struct best_path *b, const struct best_path *a,
		  enum best_step step)
{
	const struct bgp_attrs *aa = a->path->attrs, *ba = b->path->attrs;

	if (step == BEST_ADDRESS)
		return addr_cmp(&b->peer->address, &a->peer->address) < 0;
	if (step != BEST_MED)
		return rank(b, step) < rank(a, step);
	/* Missing is the best (section 9.1.2.2, c). */
	return aa->neighbor_as == ba->neighbor_as &&
	       (ba->has_med ? ba->med : 0) < (aa->has_med ? aa->med : 0);
}

static void swap(struct best_path *a, struct best_path *b)
{
	struct best_path t = *a;

	*a = *b;
	*b = t;
}

/*
 * Move what a step leaves to the front; how many. These are all as good as the
 * best: one pass finds it, and there may be many.
 */
static size_t keep(struct best_path *p, size_t n, enum best_step step)
{
	struct best_path best = p[0];
	size_t i, kept = 0;

	for (i = 1; i < n; i++) {
		if (beats(&p[i], &best, step))
			best = p[i];
	}
	for (i = 0; i < n; i++) {
		if (!beats(&best, &p[i], step))
			swap(&p[kept++], &p[i]);
	}
	return kept;
}

/*
 * The same for MED, where each AS has a best of its own. Out first: a path that
 * is itself beaten still beats others in this step.
 */
static size_t keep_med(struct best_path *p, size_t n)
{
	size_t i, k, kept = 0;

	for (i = 0; i < n && !p[i].path->attrs->has_med; i++)
		;
	if (i == n)
		return n;
	for (i = 0; i < n; i++) {
		for (k = 0; k < n && !beats(&p[k], &p[i], BEST_MED); k++)
			;
		if (k == n) {
			/* Those before i and after kept are beaten. */
			swap(&p[kept], &p[i]);
			kept++;
		}
	}
	return kept;
}

/* Put the best of n first. */
static enum best_step select_best(struct best_path *p, size_t n)
{
	enum best_step step;

	if (n < 2)
		return BEST_ONLY;
	for (step = BEST_FRESH; step < BEST_ADDRESS; step++) {
		n = step == BEST_MED ? keep_med(p, n) : keep(p, n, step);
		if (n == 1)
			return step;
	}
	n = keep(p, n, BEST_ADDRESS);
	if (n == 1)
		return BEST_ADDRESS;
	/*
	 * Paths of one neighbor differ in their id; two sessions with one
	 * address, at least in their number.
	 */
	while (--n) {
		const struct rib_path *a = p[n].path, *b = p[0].path;

		if (a->peer < b->peer || (a->peer == b->peer && a->id < b->id))
			swap(&p[n], &p[0]);
	}
	return BEST_ID;
}

enum best_step best_sort(struct best_path *p, size_t n)
{
	enum best_step step = select_best(p, n);
	size_t i;

	for (i = 1; i + 1 < n; i++)
		select_best(p + i, n - i);
	return step;
}

/* Two sessions may have one address: they differ in their number. */
static int cmp_said_by(const struct best_path *a, const struct best_path *b)
{
	int c = addr_cmp(&a->peer->address, &b->peer->address);

	if (c)
		return c;
	if (a->path->peer != b->path->peer)
		return a->path->peer < b->path->peer ? -1 : 1;
	if (a->path->id != b->path->id)
		return a->path->id < b->path->id ? -1 : 1;
	return 0;
}

int best_cmp(const struct best_path *a, const struct best_path *b)
{
	enum best_step step;

	for (step = BEST_FRESH; step < BEST_ADDRESS; step++) {
		uint64_t ra = rank(a, step), rb = rank(b, step);

		if (ra != rb)
			return ra < rb ? -1 : 1;
	}
	return cmp_said_by(a, b);
}

const char *best_step_name(enum best_step step)
{
	static const char *const names[] = {
		[BEST_ONLY] = "the only path",
		[BEST_FRESH] = "a session that is up over one that was lost",
		[BEST_LOCAL_PREF] = "higher local preference",
		[BEST_AS_PATH] = "shorter AS path",
		[BEST_ORIGIN] = "lower origin",
		[BEST_MED] = "lower MED",
		[BEST_EBGP] = "eBGP over iBGP",
		[BEST_ROUTER_ID] = "lower router identifier",
		[BEST_CLUSTERS] = "shorter cluster list",
		[BEST_ADDRESS] = "lower neighbor address",
		[BEST_ID] = "lower path identifier",
	};

	return names[step];
}
