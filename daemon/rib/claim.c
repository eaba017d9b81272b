// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Validation of identities, by a walk over all claims: there are about as many
 * as gateways.
 */
#include "rib/claim.h"

static bool too_long(const struct claims *c, const struct prefix *p)
{
	uint8_t max = p->family == AF_INET ? c->max_len4 : c->max_len6;

	return max && p->len > max;
}

enum claim_state claims_check(const struct claims *c,
			      const struct addr *gateway,
			      const struct prefix *p)
{
	enum claim_state state = CLAIM_UNKNOWN;
	size_t i;

	if (too_long(c, p))
		return CLAIM_INVALID;
	for (i = 0; i < c->n; i++) {
		const struct claim *l = &c->list[i];
		bool of = prefix_contains(&l->gateways, gateway);
		bool in = prefix_covers(&l->prefix, p);

		if (of && in && p->len <= l->max_len)
			return CLAIM_VALID;
		if (of || in)
			state = CLAIM_INVALID;
	}
	return state;
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
