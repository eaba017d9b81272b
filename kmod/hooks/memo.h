/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet that goes on in clear text is looked at twice, before and behind
 * what may rewrite its addresses. Each CPU remembers what it let pass last, so
 * that the second look need not search the tables for the same addresses again.
 */
#ifndef CS_HOOKS_MEMO_H
#define CS_HOOKS_MEMO_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/lockdep.h>

#include "steer/key.h"

/**
 * struct cs_memo - what a CPU let pass last, by its addresses alone
 * @vpn: whose tables it was held against; compared, never followed
 * @generation: of the namespace, read before the tables were
 * @family: CS_IPV4 or CS_IPV6
 * @addrs: source and destination, one behind the other as in a header
 */
struct cs_memo {
	const struct cs_vpn *vpn;
	u32 generation;
	u32 family;
	u8 addrs[2 * sizeof(struct in6_addr)];
} ____cacheline_aligned_in_smp;

/**
 * cs_memo_set() - remember what passes
 * @memo: this CPU's
 * @vpn: VPN
 * @generation: the namespace's, read before the verdict was asked for
 * @key: a real packet, and no ICMP error
 * Context: BH disabled.
 */
static inline void cs_memo_set(struct cs_memo *memo, const struct cs_vpn *vpn,
			       u32 generation, const struct cs_key *key)
{
	lockdep_assert_in_softirq();
	memo->vpn = vpn;
	memo->generation = generation;
	memo->family = key->family;
	if (key->family == CS_IPV4)
		memcpy(memo->addrs, key->saddr, 2 * sizeof(struct in_addr));
	else
		memcpy(memo->addrs, key->saddr, 2 * sizeof(struct in6_addr));
}

/**
 * cs_memo_has() - did the last packet that passed have these addresses
 * @memo: this CPU's
 * @vpn: VPN
 * @generation: the namespace's
 * @key: a real packet, and no ICMP error
 * Context: BH disabled.
 */
static inline bool cs_memo_has(const struct cs_memo *memo,
			       const struct cs_vpn *vpn, u32 generation,
			       const struct cs_key *key)
{
	if (memo->vpn != vpn || memo->generation != generation ||
	    memo->family != key->family)
		return false;
	if (key->family == CS_IPV4)
		return !memcmp(memo->addrs, key->saddr,
			       2 * sizeof(struct in_addr));
	return !memcmp(memo->addrs, key->saddr, 2 * sizeof(struct in6_addr));
}

#endif /* CS_HOOKS_MEMO_H */
