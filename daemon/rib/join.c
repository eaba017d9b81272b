// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The truth table of the join.
 */
#include "rib/join.h"

#include <string.h>

static bool is_own(const struct join_input *in, const struct addr *a)
{
	return !addr_cmp(a, &in->own4) || !addr_cmp(a, &in->own6);
}

static void add_gateway(struct join_result *out, const struct addr *a)
{
	uint8_t i;

	for (i = 0; i < out->n_gateways; i++) {
		if (!addr_cmp(&out->gateways[i], a))
			return;
	}
	if (out->n_gateways == CESTEER_GATEWAYS_MAX) {
		out->truncated = true;
		return;
	}
	out->gateways[out->n_gateways++] = *a;
}

static void decide_static(const struct join_static *s, struct join_result *out)
{
	uint8_t i;

	out->reason = JOIN_STATIC;
	out->action = s->action;
	for (i = 0; i < s->n_gateways; i++)
		add_gateway(out, &s->gateways[i]);
}

static void decide_originated(struct join_result *out)
{
	out->reason = JOIN_ORIGINATED;
	out->action = CESTEER_ACTION_BYPASS;
}

static void decide_learned(const struct join_input *in, struct join_result *out)
{
	bool own = false;
	size_t i;
	uint8_t k;

	for (i = 0; i < in->n_paths; i++) {
		const struct bgp_attrs *a = in->paths[i].path->attrs;

		for (k = 0; k < a->n_sgi; k++) {
			if (is_own(in, &a->sgi[k].gateway))
				own = true;
			else
				add_gateway(out, &a->sgi[k].gateway);
		}
	}
	if (out->n_gateways) {
		out->action = CESTEER_ACTION_PROTECT;
		out->reason = JOIN_LEARNED;
	} else {
		out->reason = own ? JOIN_OWN_IDENTITY : JOIN_NO_IDENTITY;
	}
}

void join_decide(struct join_input *in, struct join_result *out)
{
	memset(out, 0, sizeof(*out));
	out->step = best_sort(in->paths, in->n_paths);
	if (in->fixed)
		decide_static(in->fixed, out);
	else if (in->originated)
		decide_originated(out);
	else if (in->n_paths)
		decide_learned(in, out);
}

const char *join_reason_name(enum join_reason reason)
{
	static const char *const names[] = {
		[JOIN_NO_PATH] = "no-path",
		[JOIN_NO_IDENTITY] = "no-identity",
		[JOIN_OWN_IDENTITY] = "own-identity",
		[JOIN_ORIGINATED] = "originated",
		[JOIN_LEARNED] = "learned",
		[JOIN_STATIC] = "static",
	};

	return names[reason];
}

const char *join_reason_text(enum join_reason reason)
{
	static const char *const texts[] = {
		[JOIN_NO_PATH] = "no neighbor announces it",
		[JOIN_NO_IDENTITY] = "announced without a gateway identity",
		[JOIN_OWN_IDENTITY] = "the only gateway identity is our own",
		[JOIN_ORIGINATED] = "we originate it ourselves",
		[JOIN_LEARNED] = "announced with a gateway identity",
		[JOIN_STATIC] = "a static entry says so",
	};

	return texts[reason];
}
