// SPDX-License-Identifier: GPL-2.0-only
/*
 * The join of source prefixes and trusted subnets (RFC 4301, section 4.4.1,
 * with selectors that are learned). Reads tables; counts and changes nothing.
 *
 * The source is looked up first: it is small, stays in the cache, and keeps
 * traffic that is not ours off the large table.
 */
#include <linux/icmpv6.h>
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/route.h>

#include "verdict.h"

#define IKE_PORT 500
#define IKE_NAT_PORT 4500

static __always_inline bool source_matches(const struct cs_table *table,
					   enum cs_family family,
					   const void *addr)
{
	if (family == CS_IPV4)
		return cs_lpm_lookup4(table->sources[CS_IPV4], addr);
	return cs_lpm_lookup6(table->sources[CS_IPV6], addr);
}

static const struct cs_target *route_match(struct cs_net *cn,
					   const struct cs_table *table,
					   enum cs_family family,
					   const void *addr)
{
	u16 id;

	if (family == CS_IPV4)
		id = cs_lpm_lookup4(table->routes[CS_IPV4], addr);
	else
		id = cs_lpm_lookup6(table->routes[CS_IPV6], addr);
	return id == CS_LPM_NONE ? NULL : cs_target_lookup(&cn->targets, id);
}

static bool address_is_local(struct cs_net *cn, const struct cs_key *key,
			     const void *addr)
{
	if (key->family == CS_IPV4) {
		__be32 a = get_unaligned((const __be32 *)addr);

		return inet_addr_type_dev_table(cn->net, key->dev, a) ==
		       RTN_LOCAL;
	}
#if IS_ENABLED(CONFIG_IPV6)
	return ipv6_chk_addr(cn->net, addr, NULL, 0);
#else
	return false;
#endif
}

/*
 * Traffic of the link itself, which no gateway could be meant for. Routers pass
 * on multicast of a wider scope (239.0.0.0/8, ff05::/16): that is not. Neither
 * is what others say to each other through us, whatever it looks like: self is
 * the address at our end.
 */
static bool link_scope(struct cs_net *cn, struct cs_key *key, const void *self)
{
	const struct in6_addr *d6 = key->daddr;
	int type;

	if (key->family == CS_IPV4) {
		__be32 d4 = get_unaligned((const __be32 *)key->daddr);

		if (ipv4_is_local_multicast(d4) || ipv4_is_lbcast(d4))
			return true;
		if (ipv4_is_linklocal_169(d4))
			return address_is_local(cn, key, self);
		/* A report goes to its group (RFC 2236, section 9). */
		return ipv4_is_multicast(d4) && cs_key_transport(key) &&
		       key->proto == IPPROTO_IGMP;
	}
	type = ipv6_addr_type(d6);
	if (type & IPV6_ADDR_MULTICAST)
		return IPV6_ADDR_MC_SCOPE(d6) <= IPV6_ADDR_SCOPE_LINKLOCAL;
	if (type & IPV6_ADDR_LINKLOCAL)
		return true;
	/* RFC 4861, section 7.1: a hop limit of 255 never came by a router. */
	return key->hop_limit == 255 && cs_key_transport(key) &&
	       key->proto == IPPROTO_ICMPV6 &&
	       key->type >= NDISC_ROUTER_SOLICITATION &&
	       key->type <= NDISC_REDIRECT && address_is_local(cn, key, self);
}

/*
 * IKE and ESP between this host and a gateway: the tunnel's own packets, which
 * an entry that covers the gateway's address must not catch. A fragment that
 * shows no ports belongs to nothing unless its first one passed too.
 */
static bool own_tunnel(struct cs_net *cn, struct cs_key *key,
		       const void *gateway, const void *self)
{
	if (!cs_gateway_has_addr(&cn->gateways, cs_key_af(key), gateway) ||
	    !address_is_local(cn, key, self) || !cs_key_transport(key))
		return false;
	if (key->proto == IPPROTO_ESP)
		return true;
	if (key->proto != IPPROTO_UDP)
		return false;
	return key->later_fragment || key->sport == IKE_PORT ||
	       key->dport == IKE_PORT || key->sport == IKE_NAT_PORT ||
	       key->dport == IKE_NAT_PORT;
}

/* The first from some place on that is not down. */
static struct cs_gateway *usable_from(const struct cs_target *target, u32 i)
{
	for (; i < target->key.n; i++) {
		struct cs_gateway *gw = target->key.gateways[i];

		if (READ_ONCE(gw->state) == CESTEER_GATEWAY_USABLE)
			return gw;
	}
	return NULL;
}

/* The first that is not down; the first of all when every one is. */
static struct cs_gateway *first_usable(const struct cs_target *target)
{
	return usable_from(target, 0) ?: target->key.gateways[0];
}

struct cs_gateway *cs_verdict_next(const struct cs_verdict *v)
{
	const struct cs_target *target = v->target;
	u32 i;

	for (i = 0; i < target->key.n; i++)
		if (target->key.gateways[i] == v->gateway)
			return usable_from(target, i + 1);
	return NULL;
}

static bool same_address(enum cs_family family, const void *a, const void *b)
{
	return !memcmp(a, b, family == CS_IPV4 ? 4 : 16);
}

/* What the entry says, or where there is none the VPN's default. */
static enum cesteer_reason entry_says(const struct cs_vpn *vpn,
				      const struct cs_target *target,
				      enum cesteer_reason protect)
{
	if (!target)
		return READ_ONCE(vpn->default_action) ==
				       CESTEER_ACTION_DISCARD ?
			       CESTEER_REASON_DISCARD :
			       CESTEER_REASON_NO_ROUTE;
	switch (target->key.action) {
	case CESTEER_ACTION_PROTECT:
		return protect;
	case CESTEER_ACTION_BYPASS:
		return CESTEER_REASON_BYPASS;
	default:
		return CESTEER_REASON_DISCARD;
	}
}

/*
 * RFC 4301, section 6: an ICMP error quotes the packet that caused it, so its
 * own addresses do not say whether it may be seen. Where it goes back to the
 * sender of a packet that came in protected, it goes protected too, whichever
 * router (this one, or one behind it) it is from.
 */
static bool error_about_protected(struct cs_net *cn,
				  const struct cs_table *table,
				  struct cs_key *key, struct cs_verdict *v)
{
	struct cs_quote quoted;

	if (!cs_key_quoted(key, &quoted) ||
	    !same_address(key->family, quoted.key.saddr, key->daddr) ||
	    !source_matches(table, key->family, quoted.key.daddr))
		return false;
	v->target = route_match(cn, table, key->family, quoted.key.saddr);
	return v->target && v->target->key.action == CESTEER_ACTION_PROTECT;
}

/*
 * The same, coming in: an error about a packet that one of our sources sent to
 * a trusted subnet of @gw, or of any gateway where that is NULL.
 */
static bool error_from(struct cs_net *cn, const struct cs_table *table,
		       struct cs_key *key, const struct cs_gateway *gw)
{
	const struct cs_target *target;
	struct cs_quote quoted;

	if (!cs_key_quoted(key, &quoted) ||
	    !same_address(key->family, quoted.key.saddr, key->daddr))
		return false;
	target = route_match(cn, table, key->family, quoted.key.daddr);
	if (!target || target->key.action != CESTEER_ACTION_PROTECT)
		return false;
	if (gw)
		return cs_target_has(target, gw);
	/* A tunnel's own packets are seen on the way, and may be written of. */
	return !own_tunnel(cn, &quoted.key, quoted.key.daddr, quoted.key.saddr);
}

void cs_verdict_out(struct cs_net *cn, const struct cs_vpn *vpn,
		    struct cs_key *key, struct cs_verdict *v)
{
	const struct cs_table *table = rcu_dereference(vpn->table);
	enum cesteer_reason reason;

	v->target = NULL;
	v->gateway = NULL;
	if (!source_matches(table, key->family, key->saddr)) {
		if (error_about_protected(cn, table, key, v)) {
			v->reason = CESTEER_REASON_PROTECTED;
			v->gateway = first_usable(v->target);
			return;
		}
		v->target = NULL;
		v->reason = CESTEER_REASON_NO_SOURCE;
		return;
	}
	v->target = route_match(cn, table, key->family, key->daddr);
	reason = entry_says(vpn, v->target, CESTEER_REASON_PROTECTED);
	v->reason = reason;
	if (cs_stats_reason_verdict(reason) == CESTEER_VERDICT_PASS)
		return;
	if (link_scope(cn, key, key->saddr))
		v->reason = CESTEER_REASON_LINK_SCOPE;
	else if (key->local && own_tunnel(cn, key, key->daddr, key->saddr))
		v->reason = CESTEER_REASON_OWN_TUNNEL;
	else if (reason == CESTEER_REASON_PROTECTED)
		v->gateway = first_usable(v->target);
}

bool cs_verdict_misleads(struct cs_net *cn, const struct cs_vpn *vpn,
			 struct cs_key *key, struct cs_verdict *v)
{
	struct cs_quote about;

	if (!cs_key_redirected(key, &about))
		return false;
	cs_verdict_out(cn, vpn, &about.key, v);
	if (cs_stats_reason_verdict(v->reason) == CESTEER_VERDICT_PASS)
		return false;
	v->reason = CESTEER_REASON_REDIRECT;
	v->gateway = NULL;
	return true;
}

void cs_verdict_in(struct cs_net *cn, const struct cs_vpn *vpn,
		   struct cs_key *key, bool decapsulated, u32 if_id,
		   struct cs_verdict *v)
{
	const struct cs_table *table = rcu_dereference(vpn->table);
	enum cesteer_reason reason;
	bool ours;

	v->target = NULL;
	v->gateway = NULL;
	ours = source_matches(table, key->family, key->daddr);
	if (ours) {
		v->target = route_match(cn, table, key->family, key->saddr);
		if (decapsulated && v->target)
			v->gateway = cs_target_gateway(v->target, if_id);
		if (v->gateway) {
			v->reason = CESTEER_REASON_VERIFIED;
			return;
		}
	}
	if (decapsulated)
		v->gateway = cs_gateway_by_if_id(&cn->gateways, if_id);
	if (!ours) {
		v->reason = v->gateway ? CESTEER_REASON_IN_NOT_LOCAL :
					 CESTEER_REASON_IN_OTHER;
		return;
	}
	if (v->gateway) {
		if (error_from(cn, table, key, v->gateway))
			v->reason = CESTEER_REASON_VERIFIED;
		else
			v->reason = CESTEER_REASON_IN_WRONG_SA;
		return;
	}
	reason = entry_says(vpn, v->target,
			    decapsulated ? CESTEER_REASON_IN_WRONG_SA :
					   CESTEER_REASON_IN_CLEAR);
	/* Only who saw it in clear text can quote what left as ESP. */
	if (cs_stats_reason_verdict(reason) == CESTEER_VERDICT_PASS &&
	    error_from(cn, table, key, NULL))
		reason = CESTEER_REASON_IN_CLEAR;
	v->reason = reason;
	if (cs_stats_reason_verdict(reason) == CESTEER_VERDICT_PASS)
		return;
	if (link_scope(cn, key, key->daddr))
		v->reason = CESTEER_REASON_LINK_SCOPE;
	else if (!decapsulated && own_tunnel(cn, key, key->saddr, key->daddr))
		v->reason = CESTEER_REASON_OWN_TUNNEL;
}
