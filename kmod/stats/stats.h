/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters: a namespace's, one a reason, and each gateway's. Per CPU, so that
 * the packet path writes no shared cache line.
 */
#ifndef CS_STATS_STATS_H
#define CS_STATS_STATS_H

#include <linux/cesteer.h>
#include <linux/irqflags.h> /* asm-generic/percpu.h takes it for granted */
#include <linux/percpu.h>
#include <linux/types.h>

/**
 * struct cs_stats - a namespace's counters on one CPU
 * @packets: packets, indexed by enum cesteer_reason
 */
struct cs_stats {
	u64 packets[__CESTEER_REASON_MAX];
};

/**
 * struct cs_gateway_stats - a gateway's counters on one CPU
 * @out_packets: inner packets handed to XFRM
 * @out_bytes: their octets, from the inner IP header on
 * @in_packets: decapsulated packets that passed verification
 * @in_bytes: their octets
 * @drops: packets dropped on their way to or from this gateway
 */
struct cs_gateway_stats {
	u64 out_packets;
	u64 out_bytes;
	u64 in_packets;
	u64 in_bytes;
	u64 drops;
};

/**
 * cs_stats_add() - add to a counter
 * @counter: this CPU's, in per-CPU memory
 * @n: how much
 * Context: BH disabled: nothing that counts comes in between then, and where a
 * CPU cannot add to memory in one go, interrupts need not be kept out. Under
 * PREEMPT_RT others may come in between.
 */
#ifdef CONFIG_PREEMPT_RT
#define cs_stats_add(counter, n) this_cpu_add(counter, n)
#else
#define cs_stats_add(counter, n) __this_cpu_add(counter, n)
#endif

/**
 * cs_stats_reason() - count one packet
 * @stats: the namespace's counters
 * @reason: why it got its verdict
 * Context: BH disabled.
 */
static inline void cs_stats_reason(struct cs_stats __percpu *stats,
				   enum cesteer_reason reason)
{
	cs_stats_add(stats->packets[reason], 1);
}

/**
 * cs_stats_sum() - one reason's packets over all CPUs
 * @stats: the namespace's counters
 * @reason: which
 * Context: any. Return: packets.
 */
u64 cs_stats_sum(struct cs_stats __percpu *stats, enum cesteer_reason reason);

/**
 * cs_stats_gateway_sum() - a gateway's counters over all CPUs
 * @stats: the gateway's counters
 * @sum: filled in
 * Context: any.
 */
void cs_stats_gateway_sum(struct cs_gateway_stats __percpu *stats,
			  struct cs_gateway_stats *sum);

/**
 * cs_stats_reason_name() - a reason's word, as counters and events show it
 * @reason: which; must be below __CESTEER_REASON_MAX
 */
const char *cs_stats_reason_name(enum cesteer_reason reason);

/**
 * cs_stats_reason_verdict() - what becomes of a packet with that reason
 * @reason: which; must be below __CESTEER_REASON_MAX
 */
static inline enum cesteer_verdict
cs_stats_reason_verdict(enum cesteer_reason reason)
{
	if (reason >= CESTEER_REASON_DISCARD)
		return CESTEER_VERDICT_DROP;
	if (reason == CESTEER_REASON_PROTECTED)
		return CESTEER_VERDICT_PROTECT;
	return CESTEER_VERDICT_PASS;
}

#endif /* CS_STATS_STATS_H */
