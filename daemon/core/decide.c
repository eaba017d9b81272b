// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The shell around rib/join.h and rib/hold.h: it gathers what they ask for.
 */
#include "core/decide.h"

#include <string.h>
#include "core/cover.h"

struct limit {
	const struct vpn *v;
	const struct target *was;
};

static bool names(const struct target *t, const struct addr *gateway)
{
	uint8_t i;

	for (i = 0; t && i < t->kern.n_gateways; i++) {
		if (!addr_cmp(&t->gateways[i]->address, gateway))
			return true;
	}
	return false;
}

/* Limits are for what is new: whoever is in is not put out by others. */
static bool full(void *arg, uint16_t peer, const struct addr *gateway)
{
	const struct limit *l = arg;
	const struct claims *c = &l->v->conf->claims;
	const struct gateway *gw;

	if (names(l->was, gateway))
		return false;
	if (c->max_neighbor &&
	    rib_peer_identities(l->v->rib, peer) > c->max_neighbor)
		return true;
	if (!c->max_gateway)
		return false;
	gw = gateways_find(&l->v->d->gateways, gateway);
	return gw && gw->users >= c->max_gateway;
}

/*
 * Into out, what was installed, as far as policy still takes it. False: none of
 * it is left; *gone is then a gateway that is not taken any more, unless all are
 * this one.
 */
static bool keep(const struct vpn *v, const struct prefix *p,
		 const struct target *was, struct join_result *out,
		 struct addr *gone)
{
	const struct claims *c = &v->conf->claims;
	uint8_t i;

	out->action = was->kern.action;
	out->n_gateways = 0;
	out->truncated = false;
	for (i = 0; i < was->kern.n_gateways; i++) {
		const struct addr *a = &was->gateways[i]->address;
		enum claim_state state = claims_check(c, a, p);

		if (conf_is_own(v->d->conf, a))
			continue;
		if (!claims_accept(c, state)) {
			*gone = *a;
			continue;
		}
		if (!out->n_gateways)
			out->claim = state;
		out->gateways[out->n_gateways++] = *a;
	}
	return out->n_gateways || !was->kern.n_gateways;
}

static bool same(const struct target *was, const struct join_result *is)
{
	uint8_t i;

	if (was->kern.action != is->action ||
	    was->kern.n_gateways != is->n_gateways)
		return false;
	for (i = 0; i < is->n_gateways; i++) {
		if (addr_cmp(&was->gateways[i]->address, &is->gateways[i]))
			return false;
	}
	return true;
}

/*
 * A speaker that restarts does not select before all have spoken (RFC 4724,
 * section 4.1): what protects goes on as it did, unless that is confirmed.
 */
static bool deferred(const struct vpn *v, const struct target *was,
		     const struct join_result *is)
{
	return !v->d->settled && is->reason == JOIN_LEARNED &&
	       was->kern.action == CESTEER_ACTION_PROTECT && !same(was, is);
}

/* True when was, not what is said, is to be in force. */
static bool held(const struct vpn *v, const struct rib_entry *e,
		 const struct target *was, const struct join_result *is,
		 time_t now, struct hold_state *how)
{
	static const struct hold_policy forever = { HOLD_FOREVER,
						    HOLD_FOREVER };

	if (rib_entry_marked(e, ENTRY_ADOPTED)) {
		if (!deferred(v, was, is) &&
		    !hold_decide(&forever, &was->why, is->reason, (uint32_t)now,
				 how))
			return false;
		*how = was->why;
		return true;
	}
	/* "discard" where it stands for protection that was not to be had. */
	if (was->kern.action == CESTEER_ACTION_BYPASS ||
	    rib_entry_marked(e, ENTRY_RELEASED))
		return false;
	return hold_decide(&v->conf->hold, &was->why, is->reason, (uint32_t)now,
			   how);
}

/* Where there are more paths than are looked at: what those that are say. */
struct choice {
	enum join_worth worth[JOIN_PATHS_MAX]; /* of the decision's paths */
	size_t last; /* of them, the one that goes first */
};

static int cmp(enum join_worth a, const struct best_path *pa, enum join_worth b,
	       const struct best_path *pb)
{
	return a != b ? (int)a - (int)b : best_cmp(pa, pb);
}

static void find_last(struct choice *c, const struct decision *d)
{
	size_t i;

	c->last = 0;
	for (i = 1; i < d->n_paths; i++) {
		if (cmp(c->worth[i], &d->paths[i], c->worth[c->last],
			&d->paths[c->last]) > 0)
			c->last = i;
	}
}

/*
 * One path more than there is room for: the one that has least to say goes, in
 * an order that does not depend on which came when.
 */
static void choose(struct choice *c, struct decision *d,
		   const struct join_input *in, const struct best_path *more)
{
	enum join_worth worth = join_worth(in, more->path);
	size_t i;

	for (i = 0; !d->n_more && i < d->n_paths; i++)
		c->worth[i] = join_worth(in, d->paths[i].path);
	if (!d->n_more++)
		find_last(c, d);
	if (cmp(worth, more, c->worth[c->last], &d->paths[c->last]) > 0)
		return;
	d->found[c->last] = *more->path;
	d->paths[c->last].peer = more->peer;
	c->worth[c->last] = worth;
	find_last(c, d);
}

static void gather(const struct vpn *v, const struct rib_entry *e,
		   const struct join_input *in, struct decision *d)
{
	struct rib_path path;
	struct choice c;
	size_t at = 0;

	c.last = 0;
	while (rib_entry_path(v->rib, e, &at, &path)) {
		struct best_path p = { &path, rib_peer(v->rib, path.peer) };

		if (d->n_paths == JOIN_PATHS_MAX) {
			choose(&c, d, in, &p);
			continue;
		}
		d->found[d->n_paths] = path;
		p.path = &d->found[d->n_paths];
		d->paths[d->n_paths++] = p;
	}
}

static bool is_bypass(const struct vpn *v, const struct rib_entry *e)
{
	return targets_at(&v->d->targets, rib_entry_number(e))->kern.action ==
	       CESTEER_ACTION_BYPASS;
}

/*
 * It is held, by no gateway that policy still takes: nobody says that clear
 * text is right. What covers it protects it, or else it is discarded, as long
 * as it is held.
 */
static void distrust(const struct vpn *v, const struct prefix *p,
		     const struct hold_state *how, const struct addr *gone,
		     struct decision *d)
{
	d->is.rejected = *gone;
	d->is.claim = claims_check(&v->conf->claims, gone, p);
	d->cover = cover_find(v, p);
	if (d->cover && !is_bypass(v, d->cover)) {
		d->pierces = d->said == JOIN_NO_IDENTITY;
		return;
	}
	d->cover = NULL;
	d->is.action = CESTEER_ACTION_DISCARD;
	d->is.reason = how->reason;
	d->since = how->since;
}

void decide_entry(const struct vpn *v, const struct rib_entry *e, time_t now,
		  struct decision *d)
{
	const struct target *was =
		targets_at(&v->d->targets, rib_entry_number(e));
	struct limit limit = { .v = v, .was = was };
	const struct conf_static *s = NULL;
	struct join_static fixed;
	struct addr gone = { 0 };
	struct hold_state how;
	struct prefix p;
	struct join_input in = {
		.prefix = &p,
		.claims = &v->conf->claims,
		.full = full,
		.full_arg = &limit,
		.hole = v->conf->hole,
		.own4 = v->d->conf->identity4,
		.own6 = v->d->conf->identity6,
	};

	/* A million times: not also all the room for paths. */
	memset(d, 0, offsetof(struct decision, paths));
	rib_entry_prefix(e, &p);
	gather(v, e, &in, d);
	in.paths = d->paths;
	in.n_paths = d->n_paths;
	if (rib_entry_pinned(e))
		s = conf_static_find(v->conf, &p);
	if (s) {
		fixed.action = s->action;
		fixed.n_gateways = s->n_gateways;
		fixed.gateways = s->gateways;
		in.fixed = &fixed;
	}
	in.originated = conf_origin_find(v->conf, &p);
	join_decide(&in, &d->is);
	d->said = d->is.reason;
	if (was && held(v, e, was, &d->is, now, &how)) {
		struct join_result kept = d->is;

		if (keep(v, &p, was, &kept, &gone)) {
			d->is = kept;
			d->is.reason = how.reason;
			d->since = how.since;
			return;
		}
	}
	d->bare = d->said == JOIN_REJECTED || d->said == JOIN_LIMITED;
	if (!d->is.action && !d->bare && gone.family) {
		distrust(v, &p, &how, &gone, d);
		return;
	}
	if (d->is.action || (!d->bare && d->said != JOIN_NO_IDENTITY))
		return;
	d->cover = cover_find(v, &p);
	if (d->bare && !d->cover)
		d->is.action = CESTEER_ACTION_DISCARD;
	if (!d->bare && d->cover)
		d->pierces = !is_bypass(v, d->cover);
}
