// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The messages, made before anything is timed: the prefixes of the lookup
 * bench, one identity each, drawn among the gateways.
 */
#include "feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../table.h"
#include "bgp/announce.h"
#include "bgp/msg.h"
#include "bgp/wire.h"

#define AS 65000

struct addr feed_gateway(uint32_t i)
{
	struct addr a = { .family = AF_INET,
			  .b = { 198, 18 + (i >> 16 & 1), i >> 8 & 0xff,
				 i & 0xff } };

	return a;
}

static uint32_t number(const struct addr *gateway)
{
	return (uint32_t)(gateway->b[1] & 1) << 16 | gateway->b[2] << 8 |
	       gateway->b[3];
}

/* What no router takes from a neighbor, and what this bench lives in. */
static bool usable(const struct entry *e, unsigned int bits)
{
	return bits == 128 ||
	       (e->addr[0] != 127 && e->addr[0] != 192 && e->addr[0] != 198);
}

static size_t draw(struct bgp_origin *o, unsigned int bits, size_t n,
		   uint32_t gateways, uint64_t *seed)
{
	struct set *set = set_create(bits, n + n / 32 + 1024, *seed);
	size_t i, k = 0;

	for (i = 0; k < n && i < set->n; i++) {
		const struct entry *e = &set->prefix[i];

		if (!usable(e, bits))
			continue;
		memset(&o[k], 0, sizeof(o[k]));
		o[k].prefix.family = bits == 32 ? AF_INET : AF_INET6;
		o[k].prefix.len = e->len;
		memcpy(o[k].prefix.b, e->addr, bits / 8);
		o[k].gateways.n = 1;
		o[k].gateways.a[0] = feed_gateway(
			1 + (uint32_t)(set_random(seed) % gateways));
		k++;
	}
	set_free(set);
	return k;
}

static int by_message(const void *a, const void *b)
{
	return bgp_origin_cmp(a, b);
}

static struct wr room(struct feed *f)
{
	if (f->room - f->len < BGP_MSG_MAX) {
		f->room = f->room * 2 + BGP_MSG_MAX;
		f->p = realloc(f->p, f->room);
		if (!f->p)
			abort();
	}
	return wr_init(f->p + f->len, BGP_MSG_MAX);
}

static void taken(struct feed *f, const struct wr *w)
{
	if (w->failed)
		abort();
	f->len = (size_t)(w->p - f->p);
}

static void announce(struct feed *f, const struct bgp_announce_ctx *ctx,
		     const struct bgp_origin *o, size_t n)
{
	size_t i, did;

	f->samples =
		realloc(f->samples, (f->n_samples + n) * sizeof(*f->samples));
	if (!f->samples)
		abort();
	for (i = 0; i < n; i++) {
		if (o[i].prefix.len == addr_bits(o[i].prefix.family))
			f->samples[f->n_samples++] =
				(struct sample){ o[i].prefix,
						 number(o[i].gateways.a) };
	}
	for (; n; n -= did, o += did) {
		struct wr w = room(f);

		did = bgp_announce_encode(&w, ctx, o, n);
		taken(f, &w);
	}
}

static void withdraw(struct feed *f, const struct bgp_origin *o, size_t n)
{
	size_t did;

	for (; n; n -= did, o += did) {
		struct wr w = room(f);

		did = bgp_withdraw_encode(&w, o, n);
		taken(f, &w);
	}
}

static void end_of_rib(struct feed *f, uint8_t family)
{
	struct wr w = room(f);

	bgp_end_of_rib_encode(&w, family);
	taken(f, &w);
}

/* Those of the first tenth of the gateways, which others take over. */
static size_t flapping(const struct bgp_origin *o, size_t n, uint32_t gateways,
		       struct bgp_origin *out)
{
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		uint32_t g = number(o[i].gateways.a);

		if (g > gateways / 10)
			continue;
		out[k] = o[i];
		out[k++].gateways.a[0] = feed_gateway(g + gateways / 10);
	}
	return k;
}

void feeds_make(struct feeds *f, const struct addr *hop4,
		const struct addr *hop6)
{
	struct bgp_announce_ctx ctx = { .as = AS,
					.as4 = true,
					.ibgp = true,
					.sgi_subtype = 0x80,
					.sgi_transitive = true,
					.next_hop4 = *hop4,
					.next_hop6 = *hop6 };
	size_t n = f->n4 + f->n6, k;
	struct bgp_origin *o = calloc(n + 1, sizeof(*o));
	struct bgp_origin *moved = calloc(n + 1, sizeof(*o));
	uint64_t seed = 42;

	if (!o || !moved)
		abort();
	if (draw(o, 32, f->n4, f->gateways, &seed) != f->n4 ||
	    draw(o + f->n4, 128, f->n6, f->gateways, &seed) != f->n6) {
		fprintf(stderr, "peer: too few prefixes\n");
		exit(1);
	}
	qsort(o, n, sizeof(*o), by_message);
	announce(&f->load, &ctx, o, n);
	end_of_rib(&f->load, BGP_IPV4);
	end_of_rib(&f->load, BGP_IPV6);
	end_of_rib(&f->none, BGP_IPV4);
	end_of_rib(&f->none, BGP_IPV6);
	k = flapping(o, n, f->gateways, moved);
	withdraw(&f->flap, moved, k);
	announce(&f->flap, &ctx, moved, k);
	free(moved);
	free(o);
}
