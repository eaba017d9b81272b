// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sums of the per-CPU counters, and the words for reasons. A sum is not a
 * snapshot: packets go on being counted while it is taken.
 */
#include "stats.h"

static const char *const names[] = {
	[CESTEER_REASON_NO_SOURCE] = "no-source",
	[CESTEER_REASON_NO_ROUTE] = "no-route",
	[CESTEER_REASON_BYPASS] = "bypass",
	[CESTEER_REASON_LINK_SCOPE] = "link-scope",
	[CESTEER_REASON_OWN_TUNNEL] = "own-tunnel",
	[CESTEER_REASON_SPD] = "spd",
	[CESTEER_REASON_PROTECTED] = "protected",
	[CESTEER_REASON_VERIFIED] = "verified",
	[CESTEER_REASON_IN_OTHER] = "in-other",
	[CESTEER_REASON_DISCARD] = "discard",
	[CESTEER_REASON_NO_SA] = "no-sa",
	[CESTEER_REASON_NO_POLICY] = "no-policy",
	[CESTEER_REASON_XFRM_ERROR] = "xfrm-error",
	[CESTEER_REASON_TOO_BIG] = "too-big",
	[CESTEER_REASON_LATE_NAT] = "late-nat",
	[CESTEER_REASON_IN_CLEAR] = "in-clear",
	[CESTEER_REASON_IN_WRONG_SA] = "in-wrong-sa",
	[CESTEER_REASON_IN_NOT_LOCAL] = "in-not-local",
	[CESTEER_REASON_MALFORMED] = "malformed",
	[CESTEER_REASON_QUEUE_FULL] = "queue-full",
	[CESTEER_REASON_QUEUE_EXPIRED] = "queue-expired",
	[CESTEER_REASON_QUEUE_FLUSHED] = "queue-flushed",
	[CESTEER_REASON_QUEUE_WITHDRAWN] = "queue-withdrawn",
	[CESTEER_REASON_QUEUE_UNROUTABLE] = "queue-unroutable",
	[CESTEER_REASON_REDIRECT] = "redirect",
	[CESTEER_REASON_BRIDGED] = "bridged",
};

u64 cs_stats_sum(struct cs_stats __percpu *stats, enum cesteer_reason reason)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(stats, cpu)->packets[reason]);
	return sum;
}

void cs_stats_gateway_sum(struct cs_gateway_stats __percpu *stats,
			  struct cs_gateway_stats *sum)
{
	int cpu;

	*sum = (struct cs_gateway_stats){};
	for_each_possible_cpu(cpu) {
		const struct cs_gateway_stats *s = per_cpu_ptr(stats, cpu);

		sum->out_packets += READ_ONCE(s->out_packets);
		sum->out_bytes += READ_ONCE(s->out_bytes);
		sum->in_packets += READ_ONCE(s->in_packets);
		sum->in_bytes += READ_ONCE(s->in_bytes);
		sum->drops += READ_ONCE(s->drops);
	}
}

const char *cs_stats_reason_name(enum cesteer_reason reason)
{
	static_assert(ARRAY_SIZE(names) == __CESTEER_REASON_MAX);

	return names[reason];
}
