// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads packets' headers. Copes with fragments, extension headers and
 * non-linear buffers; changes nothing.
 */
#include <linux/ip.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "key.h"

void cs_key_init(struct cs_key *key, const struct sk_buff *skb,
		 const struct net_device *dev, enum cs_family family,
		 bool local)
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
	}
}

/* Offset of the transport header from skb->data, or a negative errno. */
static int find_transport(struct cs_key *key)
{
	const struct sk_buff *skb = key->skb;
	const struct iphdr *iph;
	__be16 frag;
	int off;

	if (key->family == CS_IPV4) {
		iph = ip_hdr(skb);
		key->proto = iph->protocol;
		key->later_fragment = iph->frag_off & htons(IP_OFFSET);
		return skb_network_offset(skb) + iph->ihl * 4;
	}
	key->hop_limit = ipv6_hdr(skb)->hop_limit;
	key->proto = ipv6_hdr(skb)->nexthdr;
	off = ipv6_skip_exthdr(skb,
			       skb_network_offset(skb) + sizeof(struct ipv6hdr),
			       &key->proto, &frag);
	key->later_fragment = off >= 0 && frag & htons(IP6_OFFSET);
	return off;
}

bool cs_key_transport(struct cs_key *key)
{
	int off;

	if (!key->skb)
		return true;
	key->type = 0;
	key->sport = 0;
	key->dport = 0;
	off = find_transport(key);
	if (off < 0)
		return false;
	if (key->later_fragment)
		return true;
	if (key->proto == IPPROTO_UDP) {
		const struct udphdr *uh;
		struct udphdr buf;

		uh = skb_header_pointer(key->skb, off, sizeof(buf), &buf);
		if (!uh)
			return false;
		key->sport = ntohs(uh->source);
		key->dport = ntohs(uh->dest);
	} else if (key->proto == IPPROTO_ICMPV6) {
		const u8 *type;
		u8 buf;

		type = skb_header_pointer(key->skb, off, sizeof(buf), &buf);
		if (!type)
			return false;
		key->type = *type;
	}
	return true;
}
