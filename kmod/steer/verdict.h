/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What becomes of a packet, and why: the one place that decides, for the
 * packet path and for the command that explains it.
 */
#ifndef CS_STEER_VERDICT_H
#define CS_STEER_VERDICT_H

#include "key.h"
#include "netns/netns.h"

/**
 * struct cs_verdict - what was decided; its verdict follows from the reason
 * @reason: why; CESTEER_REASON_PROTECTED says: hand it to @gateway
 * @target: what the entry that matched says, or NULL
 * @gateway: the one to use or, incoming, whose SA it came by; or NULL
 * Pointers are valid in the RCU section of the decision.
 */
struct cs_verdict {
	enum cesteer_reason reason;
	const struct cs_target *target;
	struct cs_gateway *gateway;
};

/**
 * cs_verdict_out() - decide about a packet on its way to the provider
 * @cn: namespace
 * @vpn: the VPN it came in by
 * @key: the packet
 * @v: filled in
 * Context: RCU.
 */
void cs_verdict_out(struct cs_net *cn, const struct cs_vpn *vpn,
		    struct cs_key *key, struct cs_verdict *v);

/**
 * cs_verdict_expect() - say that cs_verdict_out() will soon be asked
 * @vpn: the VPN it came in by
 * @key: the packet
 * What that would wait for is asked of memory now.
 * Context: RCU.
 */
static inline void cs_verdict_expect(const struct cs_vpn *vpn,
				     const struct cs_key *key)
{
	const struct cs_table *table = rcu_dereference(vpn->table);

	if (key->family == CS_IPV4)
		cs_lpm_prefetch4(table->routes[CS_IPV4], key->daddr);
	else
		cs_lpm_prefetch6(table->routes[CS_IPV6], key->daddr);
}

/**
 * cs_verdict_misleads() - would a packet of this host's send others past it
 * @cn: namespace
 * @vpn: VPN of the interface that it leaves by
 * @key: the packet
 * @v: filled in when it would: the entry for what it is about
 *
 * A redirect tells a host to send to another router what this one is to protect,
 * or to drop, and it would go there in clear text. Where both networks are on
 * one interface, Linux sends redirects before it has asked any hook.
 *
 * Context: RCU. Return: whether it must not be sent.
 */
bool cs_verdict_misleads(struct cs_net *cn, const struct cs_vpn *vpn,
			 struct cs_key *key, struct cs_verdict *v);

/**
 * cs_verdict_next() - the next usable gateway of the set
 * @v: from cs_verdict_out(), with a gateway
 * Context: RCU. Return: the first usable one behind @v's, or NULL.
 */
struct cs_gateway *cs_verdict_next(const struct cs_verdict *v);

/**
 * cs_verdict_in() - decide about a packet that came in
 * @cn: namespace
 * @vpn: the VPN it came in by
 * @key: the packet
 * @decapsulated: an SA brought it
 * @if_id: of that SA
 * @v: filled in
 * Context: RCU.
 */
void cs_verdict_in(struct cs_net *cn, const struct cs_vpn *vpn,
		   struct cs_key *key, bool decapsulated, u32 if_id,
		   struct cs_verdict *v);

#endif /* CS_STEER_VERDICT_H */
