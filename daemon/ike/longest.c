// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prefixes in order, so that what is inside another comes after it, each with
 * the one that it is directly inside. The last that begins at or before an
 * address is inside the longest match, or is it.
 */
#include "ike/longest.h"

#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

#define NOWHERE SIZE_MAX

struct node {
	const struct prefix *p;
	size_t up;
};

struct ike_longest {
	const struct prefix *others; /* of family 0 */
	size_t n;
	struct node node[];
};

static int cmp(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	return prefix_cmp(x->p, y->p);
}

static size_t climb(const struct ike_longest *l, size_t i, const struct addr *a)
{
	while (i != NOWHERE && !prefix_contains(l->node[i].p, a))
		i = l->node[i].up;
	return i;
}

static struct addr first_of(const struct prefix *p)
{
	struct addr a = { .family = p->family };

	memcpy(a.b, p->b, sizeof(a.b));
	return a;
}

struct ike_longest *ike_longest_create(const void *items, size_t size, size_t n)
{
	struct ike_longest *l = xcalloc(1, sizeof(*l) + n * sizeof(*l->node));
	const struct prefix *p;
	struct addr a;
	size_t i;

	for (i = 0; i < n; i++) {
		p = (const void *)((const char *)items + i * size);
		if (p->family)
			l->node[l->n++].p = p;
		else
			l->others = p;
	}
	qsort(l->node, l->n, sizeof(*l->node), cmp);
	for (i = 0; i < l->n; i++) {
		a = first_of(l->node[i].p);
		l->node[i].up = climb(l, i ? i - 1 : NOWHERE, &a);
	}
	return l;
}

void ike_longest_free(struct ike_longest *l)
{
	free(l);
}

const void *ike_longest_find(const struct ike_longest *l, const struct addr *a)
{
	struct prefix key = { .family = a->family, .len = UINT8_MAX };
	size_t low = 0, high = l->n, mid;

	memcpy(key.b, a->b, sizeof(key.b));
	while (low < high) {
		mid = low + (high - low) / 2;
		if (prefix_cmp(l->node[mid].p, &key) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	mid = climb(l, low ? low - 1 : NOWHERE, a);
	return mid == NOWHERE ? l->others : l->node[mid].p;
}
