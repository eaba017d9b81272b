// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A merge of two sorted arrays. It is run twice over, first to count, so that
 * the result costs what it holds and no more.
 */
#include "kern/sync.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "kern/batch.h"

static bool routes_sorted(const struct kern_route *r, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (prefix_cmp(&r[i - 1].prefix, &r[i].prefix) >= 0)
			return false;
	return true;
}

static bool prefixes_sorted(const struct prefix *p, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (prefix_cmp(&p[i - 1], &p[i]) >= 0)
			return false;
	return true;
}

/* d->add and d->del: NULL, or large enough. */
static void merge_routes(const struct kern_route *want, size_t n_want,
			 const struct kern_route *have, size_t n_have,
			 struct kern_route_diff *d)
{
	size_t w = 0, h = 0;

	d->n_add = 0;
	d->n_del = 0;
	while (w < n_want || h < n_have) {
		int order = w == n_want ? 1 :
			    h == n_have ? -1 :
					  prefix_cmp(&want[w].prefix,
						     &have[h].prefix);

		if (order > 0) {
			if (d->del)
				d->del[d->n_del] = have[h].prefix;
			d->n_del++;
			h++;
			continue;
		}
		if (order < 0 ||
		    !kern_target_equal(&want[w].target, &have[h].target)) {
			if (d->add)
				d->add[d->n_add] = want[w];
			d->n_add++;
		}
		w++;
		if (!order)
			h++;
	}
}

int kern_diff_routes(const struct kern_route *want, size_t n_want,
		     const struct kern_route *have, size_t n_have,
		     struct kern_route_diff *d)
{
	memset(d, 0, sizeof(*d));
	if (!routes_sorted(want, n_want) || !routes_sorted(have, n_have))
		return -EINVAL;
	merge_routes(want, n_want, have, n_have, d);
	d->add = calloc(d->n_add + 1, sizeof(*d->add));
	d->del = calloc(d->n_del + 1, sizeof(*d->del));
	if (!d->add || !d->del) {
		kern_route_diff_free(d);
		return -ENOMEM;
	}
	merge_routes(want, n_want, have, n_have, d);
	return 0;
}

void kern_route_diff_free(struct kern_route_diff *d)
{
	free(d->add);
	free(d->del);
	memset(d, 0, sizeof(*d));
}

static void merge_sources(const struct prefix *want, size_t n_want,
			  const struct prefix *have, size_t n_have,
			  struct kern_source_diff *d)
{
	size_t w = 0, h = 0;

	d->n_add = 0;
	d->n_del = 0;
	while (w < n_want || h < n_have) {
		int order = w == n_want ? 1 :
			    h == n_have ? -1 :
					  prefix_cmp(&want[w], &have[h]);

		if (order > 0) {
			if (d->del)
				d->del[d->n_del] = have[h];
			d->n_del++;
		} else if (order < 0) {
			if (d->add)
				d->add[d->n_add] = want[w];
			d->n_add++;
		}
		w += order <= 0;
		h += order >= 0;
	}
}

int kern_diff_sources(const struct prefix *want, size_t n_want,
		      const struct prefix *have, size_t n_have,
		      struct kern_source_diff *d)
{
	memset(d, 0, sizeof(*d));
	if (!prefixes_sorted(want, n_want) || !prefixes_sorted(have, n_have))
		return -EINVAL;
	merge_sources(want, n_want, have, n_have, d);
	d->add = calloc(d->n_add + 1, sizeof(*d->add));
	d->del = calloc(d->n_del + 1, sizeof(*d->del));
	if (!d->add || !d->del) {
		kern_source_diff_free(d);
		return -ENOMEM;
	}
	merge_sources(want, n_want, have, n_have, d);
	return 0;
}

void kern_source_diff_free(struct kern_source_diff *d)
{
	free(d->add);
	free(d->del);
	memset(d, 0, sizeof(*d));
}
