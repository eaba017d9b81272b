/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a verdict looks at in a packet. Addresses are there from the start;
 * the transport header is parsed only when a verdict hangs on it.
 */
#ifndef CS_STEER_KEY_H
#define CS_STEER_KEY_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>

#include "spd/vpn.h"

/**
 * struct cs_key - one packet, real or asked about
 * @family: CS_IPV4 or CS_IPV6
 * @local: sent by this host (out), rather than forwarded
 * @saddr: 4 or 16 octets
 * @daddr: 4 or 16 octets
 * @skb: the packet, or NULL when the fields below are given
 * @dev: where it came in or goes out; for scoping a local address
 * @proto: IP protocol
 * @hop_limit: IPv6 hop limit, from the start
 * @type: ICMP or ICMPv6 type
 * @sport: UDP source port, host byte order
 * @dport: UDP destination port
 * @later_fragment: no transport header: not the first fragment
 */
struct cs_key {
	enum cs_family family;
	bool local;
	const void *saddr;
	const void *daddr;
	const struct sk_buff *skb;
	const struct net_device *dev;
	u8 proto;
	u8 hop_limit;
	u8 type;
	u16 sport;
	u16 dport;
	bool later_fragment;
};

/**
 * struct cs_quote - a packet quoted by an ICMP error
 * @key: as if it had been asked about; it has no skb
 * @addrs: what @key's addresses point into
 */
struct cs_quote {
	struct cs_key key;
	u8 addrs[2][sizeof(struct in6_addr)];
};

/**
 * cs_key_init() - point a key at a packet's addresses
 * @key: filled in
 * @skb: its network header is there, and linear
 * @dev: where it came in or goes out
 * @family: CS_IPV4 or CS_IPV6
 * @local: sent by this host
 * Context: any. The key is valid as long as the packet's header is.
 */
static inline void cs_key_init(struct cs_key *key, const struct sk_buff *skb,
			       const struct net_device *dev,
			       enum cs_family family, bool local)
{
	key->family = family;
	key->local = local;
	key->skb = skb;
	key->dev = dev;
	if (family == CS_IPV4) {
		key->saddr = &ip_hdr(skb)->saddr;
		key->daddr = &ip_hdr(skb)->daddr;
	} else {
		key->saddr = &ipv6_hdr(skb)->saddr;
		key->daddr = &ipv6_hdr(skb)->daddr;
		key->hop_limit = ipv6_hdr(skb)->hop_limit;
	}
}

/**
 * cs_key_transport() - fill in what lies behind the addresses
 * @key: from cs_key_init(); does nothing when it has no packet
 * Context: any. Return: false when the headers are cut short.
 */
bool cs_key_transport(struct cs_key *key);

/**
 * cs_key_is_not_icmp() - can the packet quote no other one
 * @key: a real packet
 *
 * True for most, at little cost; false also when it would take more to tell.
 *
 * Context: any.
 */
static inline bool cs_key_is_not_icmp(const struct cs_key *key)
{
	if (key->family == CS_IPV4)
		return ip_hdr(key->skb)->protocol != IPPROTO_ICMP;
	switch (ipv6_hdr(key->skb)->nexthdr) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_ESP:
		return true;
	default:
		return false;
	}
}

/**
 * cs_key_quoted() - the packet that an ICMP error is about
 * @key: the error
 * @quoted: filled in when there is one: addresses, which are valid as long as
 *          @quoted is, and as much of the transport header as was quoted
 *
 * RFC 792 and RFC 4443, section 2.1: an error quotes what caused it, header
 * first. The quoted packet went the other way.
 *
 * Context: any. Return: whether the packet is an ICMP error that quotes one of
 * its own family.
 */
bool cs_key_quoted(struct cs_key *key, struct cs_quote *quoted);

/**
 * cs_key_redirected() - the packet that a redirect is about
 * @key: the redirect, a real packet
 * @about: filled in when it is one: its addresses, valid as long as @about and
 *         the redirect are
 *
 * RFC 792 quotes it; RFC 4861, section 4.5 names where it goes.
 *
 * Context: any. Return: whether the packet is an ICMP or ICMPv6 redirect.
 */
bool cs_key_redirected(struct cs_key *key, struct cs_quote *about);

/**
 * cs_key_af() - a key's family as the rest of the kernel says it
 * @key: the key
 */
static inline u8 cs_key_af(const struct cs_key *key)
{
	return key->family == CS_IPV4 ? AF_INET : AF_INET6;
}

#endif /* CS_STEER_KEY_H */
