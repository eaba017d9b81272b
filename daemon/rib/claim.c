// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Validation of identities: a look-up for each length of a prefix that claims
 * have, and there for each length of a gateway's. Claims are as many as
 * gateways, or more, and each path is held against them.
 */
#include "rib/claim.h"

#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

/* Of one prefix and gateway, what allows most comes first. */
static int claim_cmp(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int c = prefix_cmp(&x->prefix, &y->prefix);

	if (!c)
		c = prefix_cmp(&x->gateways, &y->gateways);
	return c ? c : (int)y->max_len - (int)x->max_len;
}

static int gateways_cmp(const void *a, const void *b)
{
	return prefix_cmp(a, b);
}

static bool is_v6(uint8_t family)
{
	return family == AF_INET6;
}

void claims_settle(struct claims *c)
{
	size_t i;

	memset(c->lengths, 0, sizeof(c->lengths));
	memset(c->gateway_lengths, 0, sizeof(c->gateway_lengths));
	free(c->gateways);
	c->gateways = NULL;
	if (!c->n)
		return;
	qsort(c->list, c->n, sizeof(*c->list), claim_cmp);
	c->gateways = xcalloc(c->n, sizeof(*c->gateways));
	for (i = 0; i < c->n; i++) {
		const struct prefix *p = &c->list[i].prefix;
		const struct prefix *g = &c->list[i].gateways;

		c->lengths[is_v6(p->family)][p->len] = true;
		c->gateway_lengths[is_v6(g->family)][g->len] = true;
		c->gateways[i] = *g;
	}
	qsort(c->gateways, c->n, sizeof(*c->gateways), gateways_cmp);
}

void claims_free(struct claims *c)
{
	free(c->list);
	free(c->gateways);
}

static bool too_long(const struct claims *c, const struct prefix *p)
{
	uint8_t max = p->family == AF_INET ? c->max_len4 : c->max_len6;

	return max && p->len > max;
}

/* The first claim of that prefix, from those gateways on; NULL: none. */
static const struct claim *first_of(const struct claims *c,
				    const struct prefix *p,
				    const struct prefix *gateways)
{
	const struct claim key = { *gateways, *p, UINT8_MAX };
	size_t low = 0, high = c->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (claim_cmp(&c->list[mid], &key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < c->n && !prefix_cmp(&c->list[low].prefix, p) ?
		       &c->list[low] :
		       NULL;
}

static struct prefix group_of(const struct addr *gateway, unsigned int len)
{
	struct prefix p = { .family = gateway->family, .len = (uint8_t)len };

	memcpy(p.b, gateway->b, sizeof(p.b));
	prefix_mask(&p);
	return p;
}

static bool has_claims(const struct claims *c, const struct addr *gateway)
{
	const bool *lengths = c->gateway_lengths[is_v6(gateway->family)];
	unsigned int len, bits = addr_bits(gateway->family);

	for (len = 0; len <= bits; len++) {
		struct prefix g;

		if (!lengths[len])
			continue;
		g = group_of(gateway, len);
		if (bsearch(&g, c->gateways, c->n, sizeof(g), gateways_cmp))
			return true;
	}
	return false;
}

/* Whether the gateway may claim what is in p, which is a claim's, to length. */
static bool allows(const struct claims *c, const struct prefix *p,
		   const struct addr *gateway, uint8_t length)
{
	const bool *lengths = c->gateway_lengths[is_v6(gateway->family)];
	unsigned int len, bits = addr_bits(gateway->family);

	for (len = 0; len <= bits; len++) {
		const struct claim *l;
		struct prefix g;

		if (!lengths[len])
			continue;
		g = group_of(gateway, len);
		l = first_of(c, p, &g);
		if (l && !prefix_cmp(&l->gateways, &g) && length <= l->max_len)
			return true;
	}
	return false;
}

enum claim_state claims_check(const struct claims *c,
			      const struct addr *gateway,
			      const struct prefix *p)
{
	const struct prefix any = { 0 };
	bool in = false;
	unsigned int len;

	if (too_long(c, p))
		return CLAIM_INVALID;
	if (!c->n)
		return CLAIM_UNKNOWN;
	for (len = 0; len <= p->len; len++) {
		struct prefix q = *p;

		if (!c->lengths[is_v6(p->family)][len])
			continue;
		q.len = (uint8_t)len;
		prefix_mask(&q);
		if (!first_of(c, &q, &any))
			continue;
		if (allows(c, &q, gateway, p->len))
			return CLAIM_VALID;
		in = true;
	}
	return in || has_claims(c, gateway) ? CLAIM_INVALID : CLAIM_UNKNOWN;
}

bool claims_accept(const struct claims *c, enum claim_state state)
{
	switch (state) {
	case CLAIM_INVALID:
		return c->accept_invalid;
	case CLAIM_UNKNOWN:
		return !c->reject_unknown;
	case CLAIM_VALID:
		break;
	}
	return true;
}

bool claims_equal(const struct claims *a, const struct claims *b)
{
	size_t i;

	if (a->n != b->n || a->max_len4 != b->max_len4 ||
	    a->max_len6 != b->max_len6 ||
	    a->accept_invalid != b->accept_invalid ||
	    a->reject_unknown != b->reject_unknown ||
	    a->max_gateway != b->max_gateway ||
	    a->max_neighbor != b->max_neighbor)
		return false;
	for (i = 0; i < a->n; i++) {
		if (prefix_cmp(&a->list[i].gateways, &b->list[i].gateways) ||
		    prefix_cmp(&a->list[i].prefix, &b->list[i].prefix) ||
		    a->list[i].max_len != b->list[i].max_len)
			return false;
	}
	return true;
}

const char *claim_state_name(enum claim_state state)
{
	static const char *const names[] = {
		[CLAIM_UNKNOWN] = "unknown",
		[CLAIM_VALID] = "valid",
		[CLAIM_INVALID] = "invalid",
	};

	return names[state];
}
