/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests of the lookup table: what waits for a grace period, addresses from
 * a seed, and the lookup of either family.
 */
#ifndef CESTEER_SELFTESTS_LPM_ENV_H
#define CESTEER_SELFTESTS_LPM_ENV_H

#include "table/lpm.h"

static struct rcu_head *later;

static inline void call_later(struct rcu_head *head,
			      void (*func)(struct rcu_head *head))
{
	head->func = func;
	head->next = later;
	later = head;
}

/* A grace period has passed: the caller knows that there are no readers. */
static inline void settle(void)
{
	struct rcu_head *head;

	while (later) {
		head = later;
		later = head->next;
		head->func(head);
	}
}

static inline u64 rnd(u64 *seed)
{
	u64 x = *seed += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/* Bits of the address beyond @len become zero. */
static inline void mask(u8 *addr, unsigned int len, unsigned int bits)
{
	unsigned int i;

	for (i = len; i < bits; i++)
		addr[i / 8] &= ~(0x80 >> i % 8);
}

static inline u16 look(const struct cs_lpm *t, unsigned int bits,
		       const void *addr)
{
	if (bits == 32) {
		cs_lpm_prefetch4(t, addr);
		return cs_lpm_lookup4(t, addr);
	}
	cs_lpm_prefetch6(t, addr);
	return cs_lpm_lookup6(t, addr);
}

#endif /* CESTEER_SELFTESTS_LPM_ENV_H */
