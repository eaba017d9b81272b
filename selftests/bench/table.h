/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lookup bench: the prefixes and traces that all contenders get, and what
 * a contender must offer.
 */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* @addr: network byte order. @len: bits. @value: 1 to 32767 */
struct entry {
	uint8_t addr[16];
	uint8_t len;
	uint16_t value;
};

enum { TRACE_UNIFORM, TRACE_ZIPF, TRACE_SCATTERED, TRACES };

/*
 * Addresses of a trace, and of a slice, which is timed at a time. Each slice
 * takes about a millisecond, less than the scheduler's: other load on the
 * machine disturbs some slices and not others, and the fastest of a few
 * rounds is what a lookup costs.
 */
#define TRACE_LEN (1U << 19)
#define SLICE_LEN (1U << 13)

struct set {
	unsigned int bits; /* 32 or 128 */
	size_t n;
	struct entry *prefix; /* in random order, all different */
	uint8_t *trace[TRACES]; /* TRACE_LEN addresses of bits / 8 octets */
};

uint64_t set_random(uint64_t *seed);
struct set *set_create(unsigned int bits, size_t n, uint64_t seed);
void set_free(struct set *set);

/*
 * struct peer - a table that is compared
 * @load: a table with the set's prefixes, or NULL: *@why says why not
 * @bytes: octets it holds, or 0 if that cannot be known
 * @walk: look up a slice of a trace, from address @from on, and return the
 *	sum of the values. @chain: each lookup waits for the one before.
 *	*@ns: what all took
 */
struct peer {
	const char *name;
	void *(*load)(const struct set *set, const char **why);
	size_t (*bytes)(void *table);
	uint64_t (*walk)(void *table, const struct set *set, int trace,
			 size_t from, bool chain, double *ns);
	void (*free)(void *table);
};

extern const struct peer peer_cesteer, peer_bpf, peer_fib, peer_dpdk,
	peer_allowedips;

/* Classes of the histogram: the kth is below 200 ns << k. */
#define CHANGE_CLASSES 16

/*
 * What only cesteer's own table is asked. @per_s: changes one by one, by
 * processor time. @max_us: the slowest of them, each the faster of two
 * tries from the same state, as the scheduler takes turns, too.
 * @load_s: all prefixes, a thousand a batch. @swap_s: a new value for each
 * prefix, in one batch.
 */
struct changes {
	double per_s;
	double max_us;
	double load_s;
	double swap_s;
	size_t histogram[CHANGE_CLASSES];
};

void cesteer_changes(void *table, const struct set *set, struct changes *c);

double now_ns(void);

#endif /* BENCH_TABLE_H */
