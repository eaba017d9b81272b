// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An array of targets and a hash table of their numbers.
 */
#include "core/target.h"

#include <stdlib.h>
#include <string.h>

static uint32_t hash(const struct kern_target *k, const struct hold_state *why)
{
	uint32_t h = k->action ^ why->since << 8 ^ (uint32_t)why->reason << 4;
	uint8_t i;

	for (i = 0; i < k->n_gateways; i++)
		h = (h ^ k->gateways[i]) * 2654435761u;
	h *= 2654435761u;
	return h ^ h >> 15;
}

static uint32_t *bucket(struct targets *t, const struct kern_target *k,
			const struct hold_state *why)
{
	return &t->buckets[hash(k, why) & (t->n_buckets - 1)];
}

/* Twice the buckets, and room for as many targets. */
static bool grow(struct targets *t)
{
	uint32_t n = t->n_buckets ? t->n_buckets * 2 : 64, *buckets, *b, i;
	struct target *list = realloc(t->list, n * sizeof(*list));

	if (!list)
		return false;
	t->list = list;
	buckets = calloc(n, sizeof(*buckets));
	if (!buckets)
		return false;
	free(t->buckets);
	t->buckets = buckets;
	t->n_buckets = n;
	for (i = 0; i < t->n; i++) {
		if (!list[i].refs)
			continue;
		b = bucket(t, &list[i].kern, &list[i].why);
		list[i].next = *b;
		*b = i + 1;
	}
	return true;
}

static void ref(struct target *to)
{
	uint8_t i;

	for (i = 0; i < to->kern.n_gateways; i++)
		gateway_use(to->gateways[i]);
	to->refs++;
}

uint32_t targets_get(struct targets *t, uint8_t action, struct gateway **gws,
		     uint8_t n, const struct hold_state *why)
{
	struct kern_target k = { .action = action, .n_gateways = n };
	uint32_t number, *b;
	struct target *to;
	uint8_t i;

	for (i = 0; i < n; i++)
		k.gateways[i] = gws[i]->id;
	if (t->used == t->n_buckets && !grow(t))
		return 0;
	b = bucket(t, &k, why);
	for (number = *b; number; number = t->list[number - 1].next) {
		to = &t->list[number - 1];
		if (kern_target_equal(&to->kern, &k) &&
		    to->why.reason == why->reason &&
		    to->why.since == why->since) {
			ref(to);
			return number;
		}
	}
	if (t->free) {
		number = t->free;
		t->free = t->list[number - 1].next;
	} else {
		number = ++t->n;
	}
	t->used++;
	to = &t->list[number - 1];
	memset(to, 0, sizeof(*to));
	to->kern = k;
	to->why = *why;
	for (i = 0; i < n; i++)
		to->gateways[i] = gws[i];
	ref(to);
	to->next = *b;
	*b = number;
	return number;
}

void targets_put(struct targets *t, uint32_t number, time_t now)
{
	struct target *to;
	uint32_t *link;
	uint8_t i;

	if (!number)
		return;
	to = &t->list[number - 1];
	for (i = 0; i < to->kern.n_gateways; i++)
		gateway_unuse(to->gateways[i], now);
	if (--to->refs)
		return;
	link = bucket(t, &to->kern, &to->why);
	while (*link != number)
		link = &t->list[*link - 1].next;
	*link = to->next;
	to->next = t->free;
	t->free = number;
	t->used--;
}

const struct target *targets_at(const struct targets *t, uint32_t number)
{
	return number ? &t->list[number - 1] : NULL;
}

static bool has_usable(const struct target *to)
{
	uint8_t i;

	for (i = 0; i < to->kern.n_gateways; i++)
		if (to->gateways[i]->state == CESTEER_GATEWAY_USABLE)
			return true;
	return false;
}

static void mark_served(const struct target *to)
{
	uint8_t i;

	for (i = 0; i < to->kern.n_gateways; i++)
		to->gateways[i]->served = true;
}

static bool recovers(const struct gateway *gw)
{
	return gw->good_since && gw->state == CESTEER_GATEWAY_DOWN;
}

/* Each is tried once, as the kernel may refuse. */
static void recover(struct gateways *g, struct gateway *gw)
{
	gw->served = true;
	gateway_recovered(g, gw);
}

/* By the first of its gateways that can. */
static void serve(struct gateways *g, const struct target *to)
{
	uint8_t i;

	for (i = 0; i < to->kern.n_gateways && !has_usable(to); i++)
		if (recovers(to->gateways[i]) && !to->gateways[i]->served)
			recover(g, to->gateways[i]);
	if (has_usable(to))
		mark_served(to);
}

void targets_recover(struct targets *t, struct gateways *g, time_t now)
{
	bool any = false;
	size_t i;

	for (i = 0; i < g->n; i++) {
		struct gateway *gw = g->list[i];

		gw->served = false;
		if (recovers(gw) &&
		    now - gw->good_since >= g->conf->hold_up_time)
			recover(g, gw);
		any |= recovers(gw);
	}
	if (!any)
		return;
	for (i = 0; i < t->n; i++)
		if (t->list[i].refs && has_usable(&t->list[i]))
			mark_served(&t->list[i]);
	for (i = 0; i < t->n; i++)
		if (t->list[i].refs)
			serve(g, &t->list[i]);
	/* Those that no entry names. */
	for (i = 0; i < g->n; i++)
		if (recovers(g->list[i]) && !g->list[i]->served)
			recover(g, g->list[i]);
}

void targets_free(struct targets *t)
{
	free(t->list);
	free(t->buckets);
	memset(t, 0, sizeof(*t));
}
