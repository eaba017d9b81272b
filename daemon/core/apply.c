// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The shell around the join. An entry whose gateways the kernel refused is
 * installed as "discard": protection that cannot be had is no reason for
 * clear text.
 */
#include "core/apply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/mem.h"

#define ROOM "table"
/* Entries a turn of the event loop. */
#define BATCH 8192
/* Changes a turn that are told one by one; above, a summary. */
#define TELL_MAX 32
/* Refusals a turn that are looked for; above, the rest of the batch waits. */
#define REFUSED_MAX 64

struct change {
	struct rib_entry *entry;
	uint32_t number; /* the new target, 0: to be removed */
	enum join_reason reason;
};

struct apply {
	struct kern_route add[BATCH];
	struct change add_change[BATCH];
	struct prefix del[BATCH];
	struct change del_change[BATCH];
	size_t n_add, n_del;
	/* of this turn */
	size_t added, replaced, deleted, refused, put_off;
};

struct apply *apply_create(void)
{
	return xcalloc(1, sizeof(struct apply));
}

void apply_free(struct apply *a)
{
	free(a);
}

void apply_decide(const struct vpn *v, const struct rib_entry *e,
		  struct best_path *paths, size_t *n_paths,
		  struct join_result *out)
{
	struct join_input in = {
		.paths = paths,
		.own4 = v->d->conf->identity4,
		.own6 = v->d->conf->identity6,
	};
	const struct conf_static *s = NULL;
	const struct rib_path *path;
	struct join_static fixed;
	struct prefix p;

	rib_entry_prefix(e, &p);
	for (path = rib_entry_paths(e); path && in.n_paths < JOIN_PATHS_MAX;
	     path = path->next) {
		paths[in.n_paths].path = path;
		paths[in.n_paths].peer = rib_peer(v->rib, path->peer);
		in.n_paths++;
	}
	if (rib_entry_pinned(e))
		s = conf_static_find(v->conf, &p);
	if (s) {
		fixed.action = s->action;
		fixed.n_gateways = s->n_gateways;
		fixed.gateways = s->gateways;
		in.fixed = &fixed;
	}
	in.originated = conf_origin_find(v->conf, &p);
	join_decide(&in, out);
	*n_paths = in.n_paths;
}

/*
 * The target's number for a decision, with a reference; 0: no entry.
 * False: memory was short.
 */
static bool resolve(struct vpn *v, const struct join_result *r, time_t now,
		    uint32_t *number)
{
	struct gateway *gws[CESTEER_GATEWAYS_MAX], *gw;
	uint8_t action = r->action, i, n = 0;

	*number = 0;
	if (!action)
		return true;
	for (i = 0; i < r->n_gateways; i++) {
		gw = gateways_get(&v->d->gateways, &r->gateways[i], now);
		if (!gw)
			return false;
		if (gw->in_kernel)
			gws[n++] = gw;
	}
	if (action == CESTEER_ACTION_PROTECT && !n)
		action = CESTEER_ACTION_DISCARD;
	*number = targets_get(&v->d->targets, action, gws, n);
	return *number;
}

static void describe(const struct vpn *v, uint32_t number, char *buf,
		     size_t len)
{
	const struct target *t = targets_at(&v->d->targets, number);
	char a[ADDR_STRLEN];
	size_t n;
	uint8_t i;

	n = (size_t)snprintf(buf, len, "%s", kern_action_name(t->kern.action));
	for (i = 0; i < t->kern.n_gateways && n < len; i++)
		n += (size_t)snprintf(buf + n, len - n, "%s%s",
				      i ? ", " : " by ",
				      addr_format(&t->gateways[i]->address, a));
}

/* A few changes are told at info, many are told at debug and summed up. */
static enum log_level tell_level(const struct apply *a)
{
	return a->added + a->replaced + a->deleted <= TELL_MAX ?
		       LOG_LEVEL_INFO :
		       LOG_LEVEL_DEBUG;
}

static void added(struct apply *a, struct vpn *v, size_t i, time_t now)
{
	struct change *c = &a->add_change[i];
	uint32_t old = rib_entry_number(c->entry);
	char p[PREFIX_STRLEN], what[64 + CESTEER_GATEWAYS_MAX * ADDR_STRLEN];

	if (old)
		a->replaced++;
	else
		a->added++;
	describe(v, c->number, what, sizeof(what));
	log_write(tell_level(a), ROOM, "%s: %s: %s%s: %s", v->name,
		  prefix_format(&a->add[i].prefix, p), old ? "now " : "", what,
		  join_reason_text(c->reason));
	v->installed += !old;
	rib_install(v->rib, c->entry, c->number);
	targets_put(&v->d->targets, old, now);
}

static void deleted(struct apply *a, struct vpn *v, size_t i, time_t now)
{
	struct change *c = &a->del_change[i];
	uint32_t old = rib_entry_number(c->entry);
	enum log_level level = tell_level(a);
	char p[PREFIX_STRLEN];

	a->deleted++;
	/* Still reachable, no longer protected: somebody may not expect it. */
	if (c->reason == JOIN_NO_IDENTITY)
		level = LOG_LEVEL_WARN;
	log_write(level, ROOM, "%s: %s: removed: %s", v->name,
		  prefix_format(&a->del[i], p), join_reason_text(c->reason));
	v->installed--;
	rib_install(v->rib, c->entry, 0);
	targets_put(&v->d->targets, old, now);
}

/* Not done this time; vpn_requeue() brings it back. */
static void refused(struct apply *a, struct vpn *v, struct rib_entry *e,
		    const char *what, const char *why)
{
	struct prefix p;
	char buf[PREFIX_STRLEN];

	v->refused++;
	if (a->refused < REFUSED_MAX) {
		rib_entry_prefix(e, &p);
		log_error(ROOM, "%s: %s: not %s: %s", v->name,
			  prefix_format(&p, buf), what, why);
		a->refused++;
	} else {
		a->put_off++;
	}
	rib_settle(v->rib, e);
}

/* The target of an entry that did not get it. */
static void add_refused(struct apply *a, struct vpn *v, size_t i, time_t now)
{
	struct change *c = &a->add_change[i];

	targets_put(&v->d->targets, c->number, now);
	refused(a, v, c->entry, "installed", kern_error(v->d->kern));
}

static void add_range(struct apply *a, struct vpn *v, size_t i, size_t n,
		      time_t now)
{
	size_t done = 0, k;
	int err;

	if (a->refused >= REFUSED_MAX)
		err = -EAGAIN;
	else
		err = kern_routes_add(v->d->kern, v->table, a->add + i, n,
				      &done);
	if (err >= 0)
		done = n;
	for (k = 0; k < done; k++)
		added(a, v, i + k, now);
	i += done;
	n -= done;
	if (!n)
		return;
	if (n == 1 || a->refused >= REFUSED_MAX) {
		for (k = 0; k < n; k++)
			add_refused(a, v, i + k, now);
		return;
	}
	add_range(a, v, i, n / 2, now);
	add_range(a, v, i + n / 2, n - n / 2, now);
}

static void del_range(struct apply *a, struct vpn *v, size_t i, size_t n,
		      time_t now)
{
	size_t done = 0, k;
	int err;

	if (a->refused >= REFUSED_MAX)
		err = -EAGAIN;
	else
		err = kern_routes_del(v->d->kern, v->table, a->del + i, n,
				      &done);
	/* Somebody else deleted it: that is what we wanted. */
	if (err >= 0 || (n - done == 1 && err == -ENOENT))
		done = n;
	for (k = 0; k < done; k++)
		deleted(a, v, i + k, now);
	i += done;
	n -= done;
	if (!n)
		return;
	if (n == 1 || a->refused >= REFUSED_MAX) {
		for (k = 0; k < n; k++)
			refused(a, v, a->del_change[i + k].entry, "removed",
				kern_error(v->d->kern));
		return;
	}
	del_range(a, v, i, n / 2, now);
	del_range(a, v, i + n / 2, n - n / 2, now);
}

/* Decide about one entry, and note what has to be done. */
static void consider(struct apply *a, struct vpn *v, struct rib_entry *e,
		     time_t now)
{
	struct best_path paths[JOIN_PATHS_MAX];
	uint32_t old = rib_entry_number(e);
	struct join_result r;
	struct change c = { .entry = e };
	size_t n_paths;

	apply_decide(v, e, paths, &n_paths, &r);
	/* Held: a run before installed it, and it may yet be confirmed. */
	if (!r.action && old && rib_entry_held(e)) {
		rib_settle(v->rib, e);
		return;
	}
	rib_entry_hold(e, false);
	if (!resolve(v, &r, now, &c.number)) {
		refused(a, v, e, "installed", "out of memory");
		return;
	}
	c.reason = r.reason;
	if (c.number == old) {
		targets_put(&v->d->targets, c.number, now);
		rib_settle(v->rib, e);
	} else if (c.number) {
		struct kern_route *k = &a->add[a->n_add];

		rib_entry_prefix(e, &k->prefix);
		k->target = targets_at(&v->d->targets, c.number)->kern;
		a->add_change[a->n_add++] = c;
	} else {
		rib_entry_prefix(e, &a->del[a->n_del]);
		a->del_change[a->n_del++] = c;
	}
}

static void summarize(const struct apply *a, const struct vpn *v)
{
	if (a->added + a->replaced + a->deleted > TELL_MAX)
		log_info(
			ROOM,
			"%s: %zu entries added, %zu changed, %zu removed; %zu installed",
			v->name, a->added, a->replaced, a->deleted,
			v->installed);
	if (a->put_off)
		log_error(ROOM, "%s: %zu more entries were not tried", v->name,
			  a->put_off);
}

bool apply_run(struct apply *a, struct vpn *v)
{
	time_t now = core_now();
	struct rib_entry *e;
	size_t n;

	a->n_add = 0;
	a->n_del = 0;
	a->added = 0;
	a->replaced = 0;
	a->deleted = 0;
	a->refused = 0;
	a->put_off = 0;
	for (n = 0; n < BATCH && (e = rib_dirty_next(v->rib)); n++)
		consider(a, v, e, now);
	if (a->n_add)
		add_range(a, v, 0, a->n_add, now);
	if (a->n_del)
		del_range(a, v, 0, a->n_del, now);
	summarize(a, v);
	return rib_dirty_count(v->rib);
}
