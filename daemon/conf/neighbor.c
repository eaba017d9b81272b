// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The keys of one neighbor, be it a VPN's or one that carries all VPNs.
 */
#include "conf/neighbor.h"

#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "conf/secret.h"
#include "conf/vpn.h"

#define AT(type, member) offsetof(type, member)

struct families {
	uint8_t allowed, listed;
};

static bool family_each(struct doc *d, yaml_node_t *item, void *dst)
{
	static const struct doc_word unicast[] = { { "ipv4", BGP_IPV4 },
						   { "ipv6", BGP_IPV6 } };
	static const struct doc_word vpn[] = { { "vpnv4", BGP_VPNV4 },
					       { "vpnv6", BGP_VPNV6 } };
	struct families *l = dst;
	int v;

	if (!doc_choice(d, item, l->allowed & BGP_IPV4 ? unicast : vpn, 2, &v))
		return false;
	l->listed |= (uint8_t)v;
	return true;
}

/* p->families is what may be listed, on entry. */
static bool read_families(struct doc *d, yaml_node_t *node, void *dst,
			  const struct doc_field *f)
{
	struct bgp_peer_conf *p = dst;
	struct families l = { .allowed = p->families };

	if (!doc_list(d, node, &l, family_each))
		return false;
	if (!l.listed)
		return doc_fail(d, node, "expected %s or both",
				l.allowed & BGP_IPV4 ? "\"ipv4\", \"ipv6\"" :
						       "\"vpnv4\", \"vpnv6\"");
	p->families = l.listed;
	return true;
}

bool neighbor_read_md5(struct doc *d, yaml_node_t *node, void *dst,
		       const struct doc_field *f)
{
	char *md5 = (char *)dst + f->offset;
	const char *text = doc_text(d, node, "a path");
	char why[256], *path;
	size_t len;
	bool ok;

	if (!text)
		return false;
	path = conf_path(d, text);
	ok = secret_read_line(path, NEIGHBOR_MD5_MAX, (uint8_t *)md5, &len, why,
			      sizeof(why));
	free(path);
	if (!ok)
		return doc_fail(d, node, "%s", why);
	md5[len] = '\0';
	return true;
}

static bool read_ao_key(struct doc *d, yaml_node_t *node, void *dst,
			const struct doc_field *f)
{
	const char *text = doc_text(d, node, "a path");
	struct bgp_ao *ao = dst;
	char why[256], *path;
	size_t len;
	bool ok;

	if (!text)
		return false;
	path = conf_path(d, text);
	ok = secret_read_line(path, sizeof(ao->key), ao->key, &len, why,
			      sizeof(why));
	free(path);
	ao->len = (uint8_t)len;
	return ok || doc_fail(d, node, "%s", why);
}

static const struct doc_word macs[] = {
	{ "hmac-sha1", BGP_AO_SHA1 },
	{ "aes128-cmac", BGP_AO_AES128 },
};

static bool read_ao(struct doc *d, yaml_node_t *node, void *dst,
		    const struct doc_field *f)
{
	static const struct doc_field fields[] = {
		{ .key = "file", .read = read_ao_key, .required = true },
		{ .key = "algorithm",
		  .read = doc_read_word,
		  .offset = AT(struct bgp_ao, mac),
		  .words = macs,
		  .n_words = ARRAY_SIZE(macs) },
		{ .key = "send-id",
		  .read = doc_read_u8,
		  .offset = AT(struct bgp_ao, send_id),
		  .max = 255 },
		{ .key = "receive-id",
		  .read = doc_read_u8,
		  .offset = AT(struct bgp_ao, receive_id),
		  .max = 255 },
	};
	struct bgp_ao *ao = &((struct bgp_peer_conf *)dst)->ao;

	ao->mac = BGP_AO_SHA1;
	return doc_map(d, node, fields, ARRAY_SIZE(fields), ao);
}

static bool read_hold_time(struct doc *d, yaml_node_t *node, void *dst,
			   const struct doc_field *f)
{
	struct bgp_peer_conf *p = dst;

	if (!doc_read_time16(d, node, dst, f))
		return false;
	/* RFC 4271, section 4.2 */
	if (p->hold_time == 1 || p->hold_time == 2)
		return doc_fail(d, node,
				"expected 0 or at least 3 seconds, not %u",
				p->hold_time);
	return true;
}

static const struct doc_word ipsec_words[] = {
	{ "none", BGP_IPSEC_NONE },
	{ "trap", BGP_IPSEC_TRAP },
	{ "hold", BGP_IPSEC_HOLD },
};

#define NEIGHBOR(name, member, reader, ...)                               \
	{                                                                 \
		.key = name, .read = reader,                              \
		.offset = AT(struct bgp_peer_conf, member), ##__VA_ARGS__ \
	}

static const struct doc_field neighbor_fields[] = {
	NEIGHBOR("name", name, doc_read_chars,
		 .max = sizeof(((struct bgp_peer_conf *)0)->name) - 1),
	NEIGHBOR("address", address, doc_read_addr, .required = true),
	NEIGHBOR("as", as, doc_read_u32, .min = 1, .max = UINT32_MAX,
		 .required = true),
	NEIGHBOR("local", local, doc_read_addr),
	NEIGHBOR("port", port, doc_read_u16, .min = 1, .max = UINT16_MAX),
	NEIGHBOR("passive", passive, doc_read_bool),
	NEIGHBOR("hold-time", hold_time, read_hold_time, .max = UINT16_MAX),
	NEIGHBOR("connect-retry", connect_retry, doc_read_time16, .min = 1,
		 .max = 3600),
	{ .key = "families", .read = read_families },
	NEIGHBOR("add-path", add_path, doc_read_bool),
	NEIGHBOR("interface", interface, doc_read_chars, .max = 15),
	NEIGHBOR("ttl-security", ttl_security, doc_read_u8, .max = 255),
	NEIGHBOR("max-prefixes", max_prefixes, doc_read_u32, .max = UINT32_MAX),
	NEIGHBOR("md5-file", md5, neighbor_read_md5),
	{ .key = "ao", .read = read_ao },
	NEIGHBOR("ipsec", ipsec, doc_read_word, .words = ipsec_words,
		 .n_words = ARRAY_SIZE(ipsec_words)),
	NEIGHBOR("next-hop4", next_hop4, doc_read_addr4),
	NEIGHBOR("next-hop6", next_hop6, doc_read_addr6),
};

bool neighbor_read(struct doc *d, yaml_node_t *item, struct bgp_peer_conf *p,
		   uint8_t families)
{
	p->port = BGP_PORT;
	p->hold_time = 90;
	p->connect_retry = 5;
	p->families = families;
	if (!doc_map(d, item, neighbor_fields, ARRAY_SIZE(neighbor_fields), p))
		return false;
	if (p->local.family && p->local.family != p->address.family)
		return doc_fail(
			d, item,
			"expected \"local\" and \"address\" of one family");
	if (addr_is_link_local(&p->address) != !!*p->interface)
		return doc_fail(
			d, item,
			*p->interface ?
				"key \"interface\" belongs to a link-local address" :
				"key \"interface\" is missing: the address is link-local");
	if (*p->md5 && p->ao.mac)
		return doc_fail(d, item,
				"expected \"md5-file\" or \"ao\", not both");
	if (p->ipsec && (!p->local.family || *p->interface))
		return doc_fail(
			d, item,
			"key \"ipsec\" needs \"local\", and no link-local address");
	if (p->ipsec)
		p->reqid = addr_pair_number(&p->local, &p->address);
	if (!*p->name)
		addr_format(&p->address, p->name);
	return true;
}

void neighbor_wipe(struct bgp_peer_conf *p)
{
	secret_wipe(p->md5, sizeof(p->md5));
	secret_wipe(&p->ao, sizeof(p->ao));
}
