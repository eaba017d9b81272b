// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The keys "hold" and "identities" of a VPN.
 */
#include "conf/policy.h"

#include <stdlib.h>
#include <string.h>
#include "base/array.h"

#define WITHDRAWN_DEFAULT 600 /* seconds */

void policy_defaults(struct conf_vpn *v)
{
	v->hold.withdrawn = WITHDRAWN_DEFAULT;
	v->hold.downgraded = HOLD_FOREVER;
}

void policy_free(struct conf_vpn *v)
{
	claims_free(&v->claims);
}

static bool read_time(struct doc *d, yaml_node_t *node, void *dst,
		      const struct doc_field *f)
{
	const char *text = doc_text(d, node, "a time, or \"forever\"");

	if (!text)
		return false;
	if (strcmp(text, "forever"))
		return doc_read_time32(d, node, dst, f) ||
		       doc_fail(
			       d, node,
			       "expected seconds from 0 to %lld (90, 90s, 5m, 1h), or \"forever\", not \"%s\"",
			       (long long)f->max, text);
	*(uint32_t *)(void *)((char *)dst + f->offset) = HOLD_FOREVER;
	return true;
}

#define HOLD(name, member)                                      \
	{                                                       \
		.key = name, .read = read_time,                 \
		.offset = offsetof(struct hold_policy, member), \
		.max = 366 * 24 * 3600                          \
	}

bool policy_read_hold(struct doc *d, yaml_node_t *node, void *dst,
		      const struct doc_field *f)
{
	static const struct doc_field fields[] = {
		HOLD("withdrawn", withdrawn),
		HOLD("downgraded", downgraded),
	};
	struct conf_vpn *v = dst;

	return doc_map(d, node, fields, ARRAY_SIZE(fields), &v->hold);
}

/* One item of "claims" while it is read: prefixes go to the list as found. */
struct claim_item {
	struct prefix gateways;
	struct claims *claims;
};

struct claim_prefix {
	struct prefix prefix;
	uint8_t max_len;
};

static const struct doc_field prefix_fields[] = {
	{ .key = "prefix",
	  .read = doc_read_prefix,
	  .offset = offsetof(struct claim_prefix, prefix),
	  .required = true },
	{ .key = "max-length",
	  .read = doc_read_u8,
	  .offset = offsetof(struct claim_prefix, max_len),
	  .max = 128,
	  .required = true },
};

static bool prefix_each(struct doc *d, yaml_node_t *item, void *dst)
{
	struct claim_item *c = dst;
	struct claim_prefix p = { 0 };
	struct claim *to;

	/* A bare prefix allows that very one (RFC 9582, maxLength absent). */
	if (item->type == YAML_SCALAR_NODE) {
		if (!doc_prefix(d, item, &p.prefix))
			return false;
		p.max_len = p.prefix.len;
	} else if (!doc_map(d, item, prefix_fields, ARRAY_SIZE(prefix_fields),
			    &p)) {
		return false;
	}
	if (p.max_len < p.prefix.len || p.max_len > addr_bits(p.prefix.family))
		return doc_fail(d, item,
				"expected \"max-length\" from %u to %u",
				p.prefix.len, addr_bits(p.prefix.family));
	c->claims->list = doc_grow(c->claims->list, &c->claims->n, sizeof(*to));
	to = &c->claims->list[c->claims->n - 1];
	to->prefix = p.prefix;
	to->max_len = p.max_len;
	return true;
}

static bool read_prefixes(struct doc *d, yaml_node_t *node, void *dst,
			  const struct doc_field *f)
{
	return doc_list(d, node, dst, prefix_each);
}

static bool claim_each(struct doc *d, yaml_node_t *item, void *dst)
{
	static const struct doc_field fields[] = {
		{ .key = "gateway",
		  .read = doc_read_group,
		  .offset = offsetof(struct claim_item, gateways),
		  .required = true },
		{ .key = "prefixes", .read = read_prefixes, .required = true },
	};
	struct claim_item c = { .claims = dst };
	size_t first = c.claims->n;

	if (!doc_map(d, item, fields, ARRAY_SIZE(fields), &c))
		return false;
	if (first == c.claims->n)
		return doc_fail(d, item, "expected at least one prefix");
	for (; first < c.claims->n; first++)
		c.claims->list[first].gateways = c.gateways;
	return true;
}

static bool read_claims(struct doc *d, yaml_node_t *node, void *dst,
			const struct doc_field *f)
{
	if (!doc_list(d, node, dst, claim_each))
		return false;
	claims_settle(dst);
	return true;
}

#define CLAIMS(name, member, reader, ...)                                \
	{                                                                \
		.key = name, .read = reader,                             \
		.offset = offsetof(struct claims, member), ##__VA_ARGS__ \
	}

bool policy_read_identities(struct doc *d, yaml_node_t *node, void *dst,
			    const struct doc_field *f)
{
	static const struct doc_word invalid[] = { { "reject", false },
						   { "accept", true } };
	static const struct doc_word unknown[] = { { "accept", false },
						   { "reject", true } };
	static const struct doc_field fields[] = {
		CLAIMS("invalid", accept_invalid, doc_read_word,
		       .words = invalid, .n_words = ARRAY_SIZE(invalid)),
		CLAIMS("unknown", reject_unknown, doc_read_word,
		       .words = unknown, .n_words = ARRAY_SIZE(unknown)),
		CLAIMS("max-length4", max_len4, doc_read_u8, .min = 1,
		       .max = 32),
		CLAIMS("max-length6", max_len6, doc_read_u8, .min = 1,
		       .max = 128),
		CLAIMS("max-per-gateway", max_gateway, doc_read_u32,
		       .max = UINT32_MAX),
		CLAIMS("max-per-neighbor", max_neighbor, doc_read_u32,
		       .max = UINT32_MAX),
		{ .key = "claims", .read = read_claims },
	};
	struct conf_vpn *v = dst;

	return doc_map(d, node, fields, ARRAY_SIZE(fields), &v->claims);
}
