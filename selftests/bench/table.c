// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lookup bench: cesteer's table beside what users have, on the same
 * prefixes and the same traces, in one run. Contenders take turns, so
 * that what else the machine does meets all of them. Prints a
 * table, JSON lines, and the figures.
 *
 *	table [SIZES [ROUNDS]]		SIZES: as in v4/1M,v6/10
 */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SLICES (TRACE_LEN / SLICE_LEN)

static const struct size {
	unsigned int bits;
	size_t n;
	const char *name;
} sizes[] = {
	{ 32, 10, "v4/10" },	   { 32, 1000, "v4/1k" },
	{ 32, 100000, "v4/100k" }, { 32, 1000000, "v4/1M" },
	{ 128, 10, "v6/10" },	   { 128, 1000, "v6/1k" },
	{ 128, 20000, "v6/20k" },  { 128, 250000, "v6/250k" },
};

static const char *const traces[TRACES] = { "uniform", "zipf", "scattered" };

static const struct peer *const peers[] = {
	&peer_cesteer,	  &peer_bpf, &peer_fib,
#ifdef HAVE_DPDK
	&peer_dpdk,
#endif
#ifdef HAVE_ALLOWEDIPS
	&peer_allowedips,
#endif
};

#define PEERS (sizeof(peers) / sizeof(peers[0]))
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* Nanoseconds a lookup, in a chain and in a stream. 0: not measured. */
struct result {
	double chain[TRACES], stream[TRACES];
	double bytes;
	const char *why;
};

static struct result results[SIZES][PEERS];
static struct changes changes[SIZES];

double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/*
 * One trace, one way: all contenders in turn, @rounds times. A turn is the
 * whole trace twice, of which the second time counts, or a table would be
 * measured in the caches of another.
 */
static void measure(void **table, const struct set *set, int trace, bool chain,
		    unsigned int rounds, double *ns)
{
	static double best[PEERS][SLICES];
	uint64_t sum[PEERS] = { 0 }, one;
	unsigned int r, s, i;
	double took;
	size_t p;

	for (r = 0; r < rounds; r++)
		for (p = 0; p < PEERS; p++)
			for (i = 0; table[p] && i < 2 * SLICES; i++) {
				s = i % SLICES;
				one = peers[p]->walk(table[p], set, trace,
						     s * SLICE_LEN, chain,
						     &took);
				if (i < SLICES)
					continue;
				if (!r)
					sum[p] += one;
				if (!r || took < best[p][s])
					best[p][s] = took;
			}
	for (p = 0; p < PEERS; p++) {
		ns[p] = 0;
		for (s = 0; table[p] && s < SLICES; s++)
			ns[p] += best[p][s] / TRACE_LEN;
		if (table[p] && sum[p] != sum[0]) {
			fprintf(stderr, "%s does not agree with %s\n",
				peers[p]->name, peers[0]->name);
			exit(1);
		}
	}
}

static void run(size_t at, unsigned int rounds)
{
	const struct size *size = &sizes[at];
	struct set *set = set_create(size->bits, size->n, 42);
	struct result *result = results[at];
	void *table[PEERS];
	double ns[PEERS];
	size_t p;
	int t;

	for (p = 0; p < PEERS; p++) {
		table[p] = peers[p]->load(set, &result[p].why);
		if (!table[p])
			fprintf(stderr, "%s: %s: %s\n", size->name,
				peers[p]->name, result[p].why);
		else if (peers[p]->bytes)
			result[p].bytes =
				(double)peers[p]->bytes(table[p]) / size->n;
	}
	if (!table[0])
		exit(1);
	for (t = 0; t < TRACES; t++) {
		measure(table, set, t, true, rounds, ns);
		for (p = 0; p < PEERS; p++)
			result[p].chain[t] = ns[p];
		measure(table, set, t, false, rounds, ns);
		for (p = 0; p < PEERS; p++)
			result[p].stream[t] = ns[p];
	}
	cesteer_changes(table[0], set, &changes[at]);
	for (p = 0; p < PEERS; p++)
		if (table[p])
			peers[p]->free(table[p]);
	set_free(set);
}

static void print_table(size_t at)
{
	size_t p, i, last;

	printf("\n%s: ns a lookup, uniform / zipf / scattered\n",
	       sizes[at].name);
	printf("  %-10s %23s   %23s %12s\n", "", "one after the other",
	       "many at once", "octets each");
	for (p = 0; p < PEERS; p++) {
		const struct result *r = &results[at][p];

		if (r->why) {
			printf("  %-10s %s\n", peers[p]->name, r->why);
			continue;
		}
		printf("  %-10s %7.1f/%7.1f/%7.1f   %7.1f/%7.1f/%7.1f",
		       peers[p]->name, r->chain[0], r->chain[1], r->chain[2],
		       r->stream[0], r->stream[1], r->stream[2]);
		if (r->bytes)
			printf(" %12.1f", r->bytes);
		printf("\n");
	}
	for (last = 0, i = 0; i < CHANGE_CLASSES; i++)
		if (changes[at].histogram[i])
			last = i;
	printf("  changes one by one, in microseconds:");
	for (i = 0; i <= last; i++)
		printf(" <%.3g: %zu", 0.2 * (1 << i), changes[at].histogram[i]);
	printf("\n");
}

static void print_json(size_t at)
{
	const struct changes *c = &changes[at];
	size_t p;
	int t;

	for (p = 0; p < PEERS; p++) {
		const struct result *r = &results[at][p];

		for (t = 0; !r->why && t < TRACES; t++) {
			printf("{\"table\":\"%s\",\"peer\":\"%s\",",
			       sizes[at].name, peers[p]->name);
			printf("\"trace\":\"%s\",\"chain_ns\":%.2f,", traces[t],
			       r->chain[t]);
			printf("\"stream_ns\":%.2f,\"bytes\":%.1f}\n",
			       r->stream[t], r->bytes);
		}
	}
	printf("{\"table\":\"%s\",\"changes_per_s\":%.0f,", sizes[at].name,
	       c->per_s);
	printf("\"change_max_us\":%.2f,\"load_s\":%.3f,\"swap_s\":%.3f}\n",
	       c->max_us, c->load_s, c->swap_s);
}

static void print_figures(size_t at)
{
	const char *name = sizes[at].name;
	const struct changes *c = &changes[at];
	size_t p;
	int t;

	for (t = 0; t < TRACES; t++)
		for (p = 0; p < PEERS; p++)
			if (!results[at][p].why)
				printf("figure table/%s/%s/%s-ns %.1f\n", name,
				       traces[t], peers[p]->name,
				       results[at][p].chain[t]);
	printf("figure table/%s/bytes %.1f\n", name, results[at][0].bytes);
	printf("figure table/%s/changes-per-s %.0f\n", name, c->per_s);
	printf("figure table/%s/change-max-us %.1f\n", name, c->max_us);
	printf("figure table/%s/swap-s %.3f\n", name, c->swap_s);
}

int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : "";
	unsigned int rounds = argc > 2 ? atoi(argv[2]) : 5;
	bool done[SIZES] = { false };
	size_t at;

	for (at = 0; at < SIZES; at++) {
		if (*only && !strstr(only, sizes[at].name))
			continue;
		run(at, rounds ?: 1);
		done[at] = true;
		print_table(at);
		fflush(stdout);
	}
	printf("\n");
	for (at = 0; at < SIZES; at++)
		if (done[at])
			print_json(at);
	printf("\n");
	for (at = 0; at < SIZES; at++)
		if (done[at])
			print_figures(at);
	return 0;
}
