/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which gateway may claim which prefix: local policy, against which the
 * identities of a route are held as origin ASes are against ROAs (RFC 6811,
 * section 2), with the same three states. Pure.
 *
 * One rule goes beyond the RFC: a gateway that has claims of its own is
 * invalid outside them also where nobody else's claim covers the prefix.
 */
#ifndef CESTEER_RIB_CLAIM_H
#define CESTEER_RIB_CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/addr.h"

/* These gateways may claim what is in a prefix, down to a length. */
struct claim {
	struct prefix gateways;
	struct prefix prefix;
	uint8_t max_len;
};

enum claim_state {
	CLAIM_UNKNOWN, /* neither the prefix nor the gateway has a claim */
	CLAIM_VALID, /* a claim covers both */
	CLAIM_INVALID, /* there are claims, none of which allows it */
};

/* Local policy on identities. All zero accepts everything, as unknown. */
struct claims {
	struct claim *list; /* in any order, until claims_settle() */
	size_t n;
	struct prefix *gateways; /* those of the list, in order; n of them */
	bool lengths[2][129], gateway_lengths[2][129]; /* those that occur */
	uint8_t max_len4, max_len6; /* of any claim; 0: any length */
	bool accept_invalid, reject_unknown;
	/* Prefixes; 0: any number. */
	uint32_t max_gateway; /* that may name one gateway */
	uint32_t max_neighbor; /* that a neighbor may announce with one */
};

/* Once the list is complete: in order, so that checks need no walk over it. */
void claims_settle(struct claims *c);
/* What the list and the rest hold; not c itself. */
void claims_free(struct claims *c);
enum claim_state claims_check(const struct claims *c,
			      const struct addr *gateway,
			      const struct prefix *p);
/* Whether policy lets an identity of that state be used. */
bool claims_accept(const struct claims *c, enum claim_state state);
bool claims_equal(const struct claims *a, const struct claims *b);
/* "valid", "invalid", "unknown" */
const char *claim_state_name(enum claim_state state);

#endif /* CESTEER_RIB_CLAIM_H */
