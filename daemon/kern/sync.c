// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A merge of two sorted arrays.
 */
#include "kern/sync.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool sorted(const struct prefix *p, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (prefix_cmp(&p[i - 1], &p[i]) >= 0)
			return false;
	return true;
}

int kern_diff(const struct prefix *want, size_t n_want,
	      const struct prefix *have, size_t n_have, struct kern_diff *d)
{
	size_t w = 0, h = 0;

	memset(d, 0, sizeof(*d));
	if (!sorted(want, n_want) || !sorted(have, n_have))
		return -EINVAL;
	d->add = calloc(n_want + 1, sizeof(*d->add));
	d->del = calloc(n_have + 1, sizeof(*d->del));
	if (!d->add || !d->del) {
		kern_diff_free(d);
		return -ENOMEM;
	}
	while (w < n_want || h < n_have) {
		int order = w == n_want ? 1 :
			    h == n_have ? -1 :
					  prefix_cmp(&want[w], &have[h]);

		if (order > 0)
			d->del[d->n_del++] = have[h];
		else if (order < 0)
			d->add[d->n_add++] = want[w];
		w += order <= 0;
		h += order >= 0;
	}
	return 0;
}

void kern_diff_free(struct kern_diff *d)
{
	free(d->add);
	free(d->del);
	memset(d, 0, sizeof(*d));
}
