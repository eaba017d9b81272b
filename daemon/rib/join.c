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

/* Does policy take this identity? JOIN_LEARNED: it does; else why not. */
static enum join_reason judge(const struct join_input *in,
			      const struct rib_path *path,
			      const struct addr *gateway,
			      enum claim_state *state)
{
	*state = claims_check(in->claims, gateway, in->prefix);
	if (!claims_accept(in->claims, *state))
		return JOIN_REJECTED;
	if (in->full && in->full(in->full_arg, path->peer, gateway))
		return JOIN_LIMITED;
	return JOIN_LEARNED;
}

/* The same; why not, and whose, is kept in out. */
static bool take(const struct join_input *in, struct join_result *out,
		 const struct rib_path *path, const struct addr *gateway)
{
	enum claim_state state;
	enum join_reason why = judge(in, path, gateway, &state);

	if (why == JOIN_LEARNED) {
		if (!out->n_gateways)
			out->claim = state;
		return true;
	}
	if (!out->rejected.family) {
		out->rejected = *gateway;
		if (!out->n_gateways) {
			out->reason = why;
			out->claim = state;
		}
	}
	return false;
}

static void decide_learned(const struct join_input *in, struct join_result *out)
{
	bool own = false;
	size_t i;
	uint8_t k;

	for (i = 0; i < in->n_paths; i++) {
		const struct rib_path *path = in->paths[i].path;
		const struct bgp_attrs *a = path->attrs;

		for (k = 0; k < a->n_sgi; k++) {
			const struct addr *gateway = &a->sgi[k].gateway;

			if (is_own(in, gateway))
				own = true;
			else if (take(in, out, path, gateway))
				add_gateway(out, gateway);
		}
	}
	if (out->n_gateways) {
		out->action = CESTEER_ACTION_PROTECT;
		out->reason = JOIN_LEARNED;
	} else if (!out->rejected.family) {
		out->reason = own ? JOIN_OWN_IDENTITY : JOIN_NO_IDENTITY;
		if (in->hole && !own)
			out->action = CESTEER_ACTION_BYPASS;
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

enum join_worth join_worth(const struct join_input *in,
			   const struct rib_path *path)
{
	const struct bgp_attrs *a = path->attrs;
	enum join_worth worth = JOIN_NOTHING;
	enum claim_state state;
	uint8_t k;

	for (k = 0; k < a->n_sgi && worth != JOIN_TAKEN; k++) {
		const struct addr *gateway = &a->sgi[k].gateway;

		if (is_own(in, gateway))
			continue;
		worth = judge(in, path, gateway, &state) == JOIN_LEARNED ?
				JOIN_TAKEN :
				JOIN_REFUSED;
	}
	return worth;
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
		[JOIN_REJECTED] = "rejected",
		[JOIN_LIMITED] = "limited",
		[JOIN_WITHDRAWN] = "withdrawn",
		[JOIN_DOWNGRADED] = "downgraded",
		[JOIN_ADOPTED] = "adopted",
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
		[JOIN_REJECTED] = "local policy rejects its gateway identity",
		[JOIN_LIMITED] =
			"its gateway or neighbor has as many as policy allows",
		[JOIN_WITHDRAWN] =
			"held though no neighbor announces it any more",
		[JOIN_DOWNGRADED] =
			"held though announced with no identity that counts",
		[JOIN_ADOPTED] = "kept from the run before until confirmed",
	};

	return texts[reason];
}
