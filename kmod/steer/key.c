// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads packets' headers. Copes with fragments, extension headers and
 * non-linear buffers; changes nothing.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ndisc.h>

#include "key.h"

/*
 * Find the transport header of the packet whose IP header is at @nh from
 * skb->data. Return: its offset, or a negative errno.
 */
static int find_transport(struct cs_key *key, const struct sk_buff *skb, int nh)
{
	const struct ipv6hdr *ip6h;
	const struct iphdr *iph;
	struct ipv6hdr buf6;
	struct iphdr buf;
	__be16 frag;
	int off;

	if (key->family == CS_IPV4) {
		iph = skb_header_pointer(skb, nh, sizeof(buf), &buf);
		if (!iph || iph->ihl < 5)
			return -EINVAL;
		key->proto = iph->protocol;
		key->later_fragment = iph->frag_off & htons(IP_OFFSET);
		return nh + iph->ihl * 4;
	}
	ip6h = skb_header_pointer(skb, nh, sizeof(buf6), &buf6);
	if (!ip6h)
		return -EINVAL;
	key->hop_limit = ip6h->hop_limit;
	key->proto = ip6h->nexthdr;
	off = ipv6_skip_exthdr(skb, nh + sizeof(*ip6h), &key->proto, &frag);
	key->later_fragment = off >= 0 && frag & htons(IP6_OFFSET);
	return off;
}

static bool read_transport(struct cs_key *key, const struct sk_buff *skb,
			   int off)
{
	if (key->later_fragment)
		return true;
	if (key->proto == IPPROTO_UDP) {
		const __be16 *ports;
		__be16 buf[2];

		ports = skb_header_pointer(skb, off, sizeof(buf), buf);
		if (!ports)
			return false;
		key->sport = ntohs(ports[0]);
		key->dport = ntohs(ports[1]);
	} else if (key->proto == IPPROTO_ICMP || key->proto == IPPROTO_ICMPV6) {
		const u8 *type;
		u8 buf;

		type = skb_header_pointer(skb, off, sizeof(buf), &buf);
		if (!type)
			return false;
		key->type = *type;
	}
	return true;
}

static int key_transport(struct cs_key *key)
{
	int off;

	key->type = 0;
	key->sport = 0;
	key->dport = 0;
	off = find_transport(key, key->skb, skb_network_offset(key->skb));
	if (off >= 0 && !read_transport(key, key->skb, off))
		return -EINVAL;
	return off;
}

bool cs_key_transport(struct cs_key *key)
{
	return !key->skb || key_transport(key) >= 0;
}

static bool is_icmp_error(const struct cs_key *key)
{
	if (key->later_fragment)
		return false;
	if (key->family == CS_IPV6)
		return key->proto == IPPROTO_ICMPV6 &&
		       !(key->type & ICMPV6_INFOMSG_MASK);
	if (key->proto != IPPROTO_ICMP)
		return false;
	switch (key->type) {
	case ICMP_DEST_UNREACH:
	case ICMP_SOURCE_QUENCH:
	case ICMP_REDIRECT:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		return true;
	default:
		return false;
	}
}

bool cs_key_quoted(struct cs_key *key, struct cs_quote *quoted)
{
	const struct sk_buff *skb = key->skb;
	unsigned int octets, addrs;
	int off;

	if (!skb || cs_key_is_not_icmp(key))
		return false;
	off = key_transport(key);
	if (off < 0 || !is_icmp_error(key))
		return false;
	/* Both kinds have a header of eight octets. */
	off += sizeof(struct icmphdr);
	if (key->family == CS_IPV4) {
		octets = sizeof(struct in_addr);
		addrs = offsetof(struct iphdr, saddr);
	} else {
		octets = sizeof(struct in6_addr);
		addrs = offsetof(struct ipv6hdr, saddr);
	}
	if (skb_copy_bits(skb, off + addrs, quoted->addrs[0], octets) ||
	    skb_copy_bits(skb, off + addrs + octets, quoted->addrs[1], octets))
		return false;
	quoted->key = (struct cs_key){
		.family = key->family,
		.saddr = quoted->addrs[0],
		.daddr = quoted->addrs[1],
		.dev = key->dev,
	};
	off = find_transport(&quoted->key, skb, off);
	if (off >= 0)
		read_transport(&quoted->key, skb, off);
	return true;
}

static bool redirected6(struct cs_key *key, struct cs_quote *about)
{
	int off = key_transport(key);

	if (off < 0 || key->later_fragment || key->proto != IPPROTO_ICMPV6 ||
	    key->type != NDISC_REDIRECT ||
	    skb_copy_bits(key->skb, off + offsetof(struct rd_msg, dest),
			  about->addrs[1], sizeof(about->addrs[1])))
		return false;
	about->key = (struct cs_key){
		.family = key->family,
		.saddr = key->daddr,
		.daddr = about->addrs[1],
		.dev = key->dev,
	};
	return true;
}

bool cs_key_redirected(struct cs_key *key, struct cs_quote *about)
{
	if (cs_key_is_not_icmp(key))
		return false;
	if (key->family == CS_IPV6)
		return redirected6(key, about);
	return cs_key_quoted(key, about) && key->type == ICMP_REDIRECT;
}
