// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DPDK's rte_fib (DIR24_8) and rte_fib6 (TRIE) in the bench, with two octets
 * a next hop, in memory that may be huge pages, as ours may. A chain looks
 * one address up at a time; a stream, 32, as its users do.
 */
#include "table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_eal.h>
#include <rte_fib.h>
#include <rte_fib6.h>
#include <rte_memory.h>
#include <rte_malloc.h>

#define BURST 32

struct dpdk {
	unsigned int bits;
	size_t bytes;
	struct rte_fib *fib;
	struct rte_fib6 *fib6;
};

static int huge(const struct rte_memseg_list *list,
		const struct rte_memseg *seg, void *arg)
{
	(void)list;
	(void)arg;
	return madvise(seg->addr, seg->len, MADV_HUGEPAGE) && 0;
}

static bool eal_up(void)
{
	static char *args[] = {
		"bench-table",	  "--no-huge",	 "--no-pci",
		"--no-telemetry", "--no-shconf", "-m",
		"4096",		  "--lcores",	 "0",
		"--log-level=2",  NULL,
	};
	static int state;

	if (!state) {
		state = rte_eal_init(sizeof(args) / sizeof(*args) - 1, args);
		state = state < 0 ? -1 : 1;
		if (state > 0)
			rte_memseg_walk(huge, NULL);
	}
	return state > 0;
}

static size_t heap(void)
{
	struct rte_malloc_socket_stats stats;

	if (rte_malloc_get_socket_stats(SOCKET_ID_ANY, &stats) &&
	    rte_malloc_get_socket_stats(0, &stats))
		return 0;
	return stats.heap_allocsz_bytes;
}

static int add(struct dpdk *d, const struct entry *p)
{
	if (d->fib)
		return rte_fib_add(d->fib,
				   (uint32_t)p->addr[0] << 24 |
					   p->addr[1] << 16 | p->addr[2] << 8 |
					   p->addr[3],
				   p->len, p->value);
	return rte_fib6_add(d->fib6, p->addr, p->len, p->value);
}

static void dpdk_free(void *table)
{
	struct dpdk *d = table;

	rte_fib_free(d->fib);
	rte_fib6_free(d->fib6);
	free(d);
}

static void *dpdk_load(const struct set *set, const char **why)
{
	struct rte_fib_conf conf = {
		.type = RTE_FIB_DIR24_8,
		.max_routes = set->n + 1,
		.dir24_8 = { .nh_sz = RTE_FIB_DIR24_8_2B,
			     .num_tbl8 = set->n / 8 + 64 },
	};
	struct rte_fib6_conf conf6 = {
		.type = RTE_FIB6_TRIE,
		.max_routes = set->n + 1,
		.trie = { .nh_sz = RTE_FIB6_TRIE_2B,
			  .num_tbl8 = set->n + 4096 },
	};
	struct dpdk *d;
	size_t before, i;

	if (conf.dir24_8.num_tbl8 > 32767)
		conf.dir24_8.num_tbl8 = 32767;
	if (conf6.trie.num_tbl8 > 32767)
		conf6.trie.num_tbl8 = 32767;
	if (set->n > 10000) {
		/* Two octets number too few groups for a large IPv6 table. */
		conf6.trie.nh_sz = RTE_FIB6_TRIE_4B;
		conf6.trie.num_tbl8 = set->n * 4;
	}
	if (!eal_up()) {
		*why = "rte_eal_init() failed";
		return NULL;
	}
	d = calloc(1, sizeof(*d));
	if (!d)
		abort();
	d->bits = set->bits;
	before = heap();
	if (set->bits == 32)
		d->fib = rte_fib_create("bench", SOCKET_ID_ANY, &conf);
	else
		d->fib6 = rte_fib6_create("bench", SOCKET_ID_ANY, &conf6);
	if (!d->fib && !d->fib6) {
		*why = "rte_fib_create() failed";
		free(d);
		return NULL;
	}
	for (i = 0; i < set->n; i++)
		if (add(d, &set->prefix[i])) {
			*why = "rte_fib_add() failed";
			dpdk_free(d);
			return NULL;
		}
	d->bytes = heap() - before;
	return d;
}

static size_t dpdk_bytes(void *table)
{
	return ((struct dpdk *)table)->bytes;
}

static uint64_t walk4(struct dpdk *d, const uint8_t *addr, bool chain,
		      uint32_t mask)
{
	uint64_t nh[BURST] = { 0 }, sum = 0;
	uint32_t key[BURST];
	size_t i, k;

	if (chain) {
		for (i = 0; i < SLICE_LEN; i++) {
			memcpy(key, addr + 4 * i, 4);
			key[0] = __builtin_bswap32(key[0]) ^ (nh[0] & mask);
			rte_fib_lookup_bulk(d->fib, key, nh, 1);
			sum += nh[0];
		}
		return sum;
	}
	for (i = 0; i < SLICE_LEN; i += BURST) {
		for (k = 0; k < BURST; k++) {
			memcpy(&key[k], addr + 4 * (i + k), 4);
			key[k] = __builtin_bswap32(key[k]);
		}
		rte_fib_lookup_bulk(d->fib, key, nh, BURST);
		for (k = 0; k < BURST; k++)
			sum += nh[k];
	}
	return sum;
}

static uint64_t walk6(struct dpdk *d, const uint8_t *addr, bool chain,
		      uint32_t mask)
{
	uint8_t key[BURST][RTE_FIB6_IPV6_ADDR_SIZE];
	uint64_t nh[BURST] = { 0 }, sum = 0, part;
	size_t i, k;

	if (chain) {
		for (i = 0; i < SLICE_LEN; i++) {
			memcpy(key[0], addr + 16 * i, 16);
			memcpy(&part, key[0], 8);
			part ^= nh[0] & mask;
			memcpy(key[0], &part, 8);
			rte_fib6_lookup_bulk(d->fib6, key, nh, 1);
			sum += nh[0];
		}
		return sum;
	}
	for (i = 0; i < SLICE_LEN; i += BURST) {
		memcpy(key, addr + 16 * i, sizeof(key));
		rte_fib6_lookup_bulk(d->fib6, key, nh, BURST);
		for (k = 0; k < BURST; k++)
			sum += nh[k];
	}
	return sum;
}

static uint64_t dpdk_walk(void *table, const struct set *set, int trace,
			  size_t from, bool chain, double *ns)
{
	double start = now_ns();
	uint32_t mask = 1U << 31;
	uint64_t sum;

	/* A value never has bit 31, which the compiler cannot know. */
	__asm__("" : "+r"(mask));
	sum = (set->bits == 32 ? walk4 : walk6)(
		table, set->trace[trace] + from * set->bits / 8, chain, mask);
	*ns = now_ns() - start;
	return sum;
}

const struct peer peer_dpdk = {
	.name = "dpdk-fib",
	.load = dpdk_load,
	.bytes = dpdk_bytes,
	.walk = dpdk_walk,
	.free = dpdk_free,
};
