// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prefixes and traces from a seed. Lengths are distributed as in a full BGP
 * table; addresses crowd as allocations do: 55% of the prefixes lie near
 * another, which makes 46% of IPv6 more specific than another (in the reports
 * below, 57%).
 * Values are drawn for each prefix alone, which no table can profit from.
 */
#include "table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Shares of the lengths, in parts of a hundred thousand or so. They are those of
 * the global tables of 2023 and 2024, as bgp.potaroo.net reports them for
 * AS131072, rounded. IPv4: 60% are /24, 11% /22, 10% /23, 5% each /21 and /20,
 * 1.4% /16, and none is longer than /24, as providers filter these. A VPN's
 * table does hold longer ones, which nobody publishes: loopbacks, links and
 * single hosts. They are taken to be one in fifty, half of them hosts. IPv6:
 * 45% are /48, 14% /32, 10% /40, 8% /44, 4.5% /29; few are longer than /48.
 *
 * This says what is measured, so it stays as it is: a structure that is slow
 * or large with it is to be changed, not this.
 */
struct share {
	uint8_t len;
	uint16_t parts;
};

static const struct share v4_lengths[] = {
	{ 8, 2 },     { 9, 2 },	     { 10, 4 },	   { 11, 10 },	 { 12, 30 },
	{ 13, 60 },   { 14, 110 },   { 15, 200 },  { 16, 1350 }, { 17, 830 },
	{ 18, 1380 }, { 19, 2500 },  { 20, 4400 }, { 21, 5000 }, { 22, 11000 },
	{ 23, 9900 }, { 24, 60000 }, { 25, 150 },  { 26, 150 },	 { 27, 150 },
	{ 28, 150 },  { 29, 150 },   { 30, 200 },  { 31, 50 },	 { 32, 1000 },
};

static const struct share v6_lengths[] = {
	{ 19, 10 },   { 20, 40 },    { 22, 30 },   { 24, 100 },	 { 26, 40 },
	{ 28, 70 },   { 29, 4500 },  { 30, 500 },  { 31, 250 },	 { 32, 14000 },
	{ 33, 1800 }, { 34, 1500 },  { 35, 900 },  { 36, 4200 }, { 38, 1200 },
	{ 40, 9500 }, { 42, 1300 },  { 44, 8000 }, { 45, 700 },	 { 46, 2600 },
	{ 47, 1700 }, { 48, 45500 }, { 56, 500 },  { 64, 600 },	 { 128, 130 },
};

uint64_t set_random(uint64_t *seed)
{
	uint64_t x = *seed += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

static uint8_t draw_len(unsigned int bits, uint64_t *seed)
{
	const struct share *s = bits == 32 ? v4_lengths : v6_lengths;
	size_t n = bits == 32 ? sizeof(v4_lengths) / sizeof(*s) :
				sizeof(v6_lengths) / sizeof(*s);
	unsigned int sum = 0, at;
	size_t i;

	for (i = 0; i < n; i++)
		sum += s[i].parts;
	at = set_random(seed) % sum;
	for (i = 0; at >= s[i].parts; i++)
		at -= s[i].parts;
	return s[i].len;
}

/* Random bits from bit @from on. */
static void scramble(uint8_t *addr, unsigned int from, unsigned int bits,
		     uint64_t *seed)
{
	unsigned int i;
	uint8_t keep;

	for (i = from / 8; i < bits / 8; i++) {
		keep = i == from / 8 ? 0xff00 >> from % 8 : 0;
		addr[i] = (addr[i] & keep) | (set_random(seed) & ~keep & 0xff);
	}
}

static void clear(uint8_t *addr, unsigned int from, unsigned int bits)
{
	unsigned int i;

	for (i = from / 8; i < bits / 8; i++)
		addr[i] &= i == from / 8 ? 0xff00 >> from % 8 : 0;
}

/* Blocks that registries hand out from. */
static void draw_block(uint8_t *addr, unsigned int bits, uint64_t *seed)
{
	static const uint8_t v6[][2] = { { 0x20, 0x01 }, { 0x24, 0x00 },
					 { 0x26, 0x00 }, { 0x28, 0x00 },
					 { 0x2a, 0x00 }, { 0x2c, 0x00 } };
	static const unsigned int share[] = { 12, 26, 22, 12, 25, 3 };
	unsigned int at = set_random(seed) % 100, i;

	scramble(addr, 0, bits, seed);
	if (bits == 32) {
		addr[0] = 1 + set_random(seed) % 223;
		return;
	}
	for (i = 0; at >= share[i]; i++)
		at -= share[i];
	addr[0] = v6[i][0];
	addr[1] = v6[i][1] | (i ? set_random(seed) % 16 : 0);
}

static size_t hash(const struct entry *p, size_t mask)
{
	uint64_t x[2], seed;

	memcpy(x, p->addr, sizeof(x));
	seed = x[0] * 0x9e3779b97f4a7c15ULL ^
	       (x[1] + p->len) * 0xff51afd7ed558ccdULL;
	return set_random(&seed) & mask;
}

static void draw_prefixes(struct set *set, uint64_t *seed)
{
	size_t mask = 4, i = 0, at;
	struct entry *p;
	uint32_t *taken;

	while (mask < set->n * 2)
		mask *= 2;
	taken = calloc(mask--, sizeof(*taken));
	if (!taken)
		abort();
	while (i < set->n) {
		p = &set->prefix[i];
		memset(p, 0, sizeof(*p));
		p->len = draw_len(set->bits, seed);
		if (i && set_random(seed) % 100 < 55) {
			/* Near another. */
			memcpy(p->addr, set->prefix[set_random(seed) % i].addr,
			       16);
			scramble(p->addr,
				 set->bits == 32 ? 13 + set_random(seed) % 8 :
						   26 + set_random(seed) % 12,
				 set->bits, seed);
		} else {
			draw_block(p->addr, set->bits, seed);
		}
		clear(p->addr, p->len, set->bits);
		p->value = 1 + set_random(seed) % 32767;
		for (at = hash(p, mask); taken[at]; at = (at + 1) & mask)
			if (!memcmp(&set->prefix[taken[at] - 1], p, 17))
				break;
		if (!taken[at])
			taken[at] = ++i;
	}
	free(taken);
}

/* An address of a prefix. */
static void draw_addr(const struct set *set, const struct entry *p,
		      uint8_t *addr, uint64_t *seed)
{
	memcpy(addr, p->addr, set->bits / 8);
	scramble(addr, p->len, set->bits, seed);
}

/*
 * Uniform: each prefix as likely as the other. Zipf: 65,536 destinations,
 * the kth with a weight of 1/k. Scattered: the longer half of the prefixes,
 * all of them once before one comes again, in an order without locality.
 */
static void draw_traces(struct set *set, uint64_t *seed)
{
	unsigned int octets = set->bits / 8, t;
	const struct entry *p;
	size_t i, *deep, n = 0, k;
	uint8_t *flow;

	for (t = 0; t < TRACES; t++) {
		set->trace[t] = malloc((size_t)TRACE_LEN * octets);
		if (!set->trace[t])
			abort();
	}
	for (i = 0; i < TRACE_LEN; i++) {
		p = &set->prefix[set_random(seed) % set->n];
		draw_addr(set, p, set->trace[TRACE_UNIFORM] + i * octets, seed);
	}
	flow = malloc(65536UL * octets);
	deep = calloc(set->n, sizeof(*deep));
	if (!flow || !deep)
		abort();
	for (i = 0; i < 65536; i++) {
		p = &set->prefix[set_random(seed) % set->n];
		draw_addr(set, p, flow + i * octets, seed);
	}
	for (i = 0; i < TRACE_LEN; i++) {
		/* The inverse of the harmonic sum, near enough. */
		k = exp(ldexp(set_random(seed) >> 11, -53) * log(65537)) - 1;
		memcpy(set->trace[TRACE_ZIPF] + i * octets,
		       flow + (k < 65535 ? k : 65535) * octets, octets);
	}
	for (i = 0; i < set->n; i++)
		if (set->prefix[i].len >= (set->bits == 32 ? 24 : 48))
			deep[n++] = i;
	for (i = 0; !n && i < set->n; i++)
		deep[i] = i;
	n = n ?: set->n;
	for (i = n; i > 1; i--) {
		size_t j = set_random(seed) % i, swap = deep[i - 1];

		deep[i - 1] = deep[j];
		deep[j] = swap;
	}
	for (i = 0; i < TRACE_LEN; i++)
		draw_addr(set, &set->prefix[deep[i % n]],
			  set->trace[TRACE_SCATTERED] + i * octets, seed);
	free(flow);
	free(deep);
}

struct set *set_create(unsigned int bits, size_t n, uint64_t seed)
{
	struct set *set = calloc(1, sizeof(*set));

	if (!set)
		abort();
	set->bits = bits;
	set->n = n;
	set->prefix = calloc(n, sizeof(*set->prefix));
	if (!set->prefix)
		abort();
	draw_prefixes(set, &seed);
	draw_traces(set, &seed);
	return set;
}

void set_free(struct set *set)
{
	unsigned int t;

	for (t = 0; t < TRACES; t++)
		free(set->trace[t]);
	free(set->prefix);
	free(set);
}
