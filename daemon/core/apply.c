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
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/cover.h"
#include "core/decide.h"
#include "core/journal.h"
#include "core/vpn.h"

#define ROOM "table"
/*
 * Entries a turn of the event loop, at most and at least; how many follows from
 * what the kernel took for them in the last one.
 */
#define BATCH 1024
#define BATCH_MIN 32
#define KERNEL_US 5000
/*
 * Deciding takes longer where each names a gateway that has to be made, or has
 * many paths: then the clock is looked at after each.
 */
#define DECIDE_US 5000
#define LOOK_AT_CLOCK 32 /* entries */
/*
 * Changes a turn that are told one by one, above a summary; and refusals, from
 * one attempt at what was refused to the next.
 */
#define TELL_MAX 32
/*
 * Refusals a turn that are looked for, among what is new, what changes and what
 * goes: above, the rest waits for that attempt.
 */
#define REFUSED_MAX 64

struct change {
	struct rib_entry *entry;
	uint32_t number; /* the new target, 0: to be removed */
	enum join_reason said; /* by the neighbors and by policy */
	bool lacks; /* a gateway, which the kernel refuses */
};

struct adds {
	struct kern_route route[BATCH];
	struct change change[BATCH];
	size_t n;
};

struct apply {
	/* A full table still takes the latter. */
	struct adds new, replacing;
	struct prefix del[BATCH];
	struct change del_change[BATCH];
	size_t n_del;
	size_t batch;
	/* of this turn */
	size_t added, replaced, deleted, told;
	size_t refused; /* of the part that is applied */
};

struct apply *apply_create(void)
{
	struct apply *a = xcalloc(1, sizeof(*a));

	a->batch = BATCH_MIN;
	return a;
}

void apply_free(struct apply *a)
{
	free(a);
}

/* Traffic that one of them serves does not move to one that just came. */
static void join_served(struct gateways *g, struct gateway **gws, uint8_t n,
			time_t now)
{
	bool served = false;
	uint8_t i;

	for (i = 0; i < n; i++) {
		if (gws[i]->users && gws[i]->state == CESTEER_GATEWAY_USABLE)
			served = true;
	}
	for (i = 0; served && i < n; i++) {
		if (!gws[i]->users)
			gateway_join(g, gws[i], now);
	}
}

/*
 * The target's number for a decision, with a reference; 0: no entry.
 * False: memory was short.
 */
static bool resolve(struct vpn *v, const struct decision *d, time_t now,
		    struct change *c)
{
	const struct hold_state why = { d->is.reason, d->since };
	struct gateway *gws[CESTEER_GATEWAYS_MAX], *gw;
	uint8_t action = d->is.action, i, n = 0;

	c->number = 0;
	if (!action)
		return true;
	for (i = 0; i < d->is.n_gateways; i++) {
		gw = gateways_get(&v->d->gateways, &d->is.gateways[i],
				  v->conf->mode, now);
		if (!gw)
			return false;
		if (gw->in_kernel)
			gws[n++] = gw;
		else
			c->lacks = true;
	}
	if (action == CESTEER_ACTION_PROTECT && !n)
		action = CESTEER_ACTION_DISCARD;
	if (v->d->settled)
		join_served(&v->d->gateways, gws, n, now);
	c->number = targets_get(&v->d->targets, action, gws, n, &why);
	return c->number;
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

/* What was decided is in force, but for gateways that it lacks. */
static void set(struct vpn *v, const struct change *c, time_t now)
{
	vpn_entry_set(v, c->entry, c->number, now);
	vpn_refused(v, c->entry, c->lacks);
}

/* A few changes are told at info, many are told at debug and summed up. */
static enum log_level tell_level(const struct apply *a)
{
	return a->added + a->replaced + a->deleted <= TELL_MAX ?
		       LOG_LEVEL_INFO :
		       LOG_LEVEL_DEBUG;
}

/* What an operator should hear of an entry that changes from one to another. */
static void tell_change(struct apply *a, const struct vpn *v,
			const struct prefix *p, const struct change *c)
{
	const struct target *was =
		targets_at(&v->d->targets, rib_entry_number(c->entry));
	const struct target *is = targets_at(&v->d->targets, c->number);
	enum join_reason old = was ? was->why.reason : JOIN_NO_PATH;
	enum join_reason new = is ? is->why.reason : c->said;
	char buf[PREFIX_STRLEN], what[64 + CESTEER_GATEWAYS_MAX * ADDR_STRLEN];

	if (old == new || (!hold_is_held(old) && !hold_is_held(new)))
		return;
	if (old == JOIN_ADOPTED && !hold_is_held(new))
		return;
	if (a->told++ >= TELL_MAX)
		return;
	prefix_format(p, buf);
	if (!is) {
		journal_add(v->d->journal, LOG_LEVEL_WARN, "released", v->name,
			    buf, "no longer held: %s", join_reason_text(new));
		return;
	}
	describe(v, c->number, what, sizeof(what));
	if (hold_is_held(new))
		journal_add(v->d->journal, LOG_LEVEL_WARN,
			    join_reason_name(new), v->name, buf, "%s: %s",
			    join_reason_text(new), what);
	else
		journal_add(v->d->journal, LOG_LEVEL_INFO, "restored", v->name,
			    buf, "%s: %s", join_reason_text(new), what);
}

static void added(struct apply *a, struct vpn *v, struct adds *l, size_t i,
		  time_t now)
{
	const struct prefix *prefix = &l->route[i].prefix;
	struct change *c = &l->change[i];
	bool old = rib_entry_number(c->entry);
	char p[PREFIX_STRLEN], what[64 + CESTEER_GATEWAYS_MAX * ADDR_STRLEN];

	if (old)
		a->replaced++;
	else
		a->added++;
	if (log_has_level(tell_level(a))) {
		describe(v, c->number, what, sizeof(what));
		log_write(tell_level(a), ROOM, "%s: %s: %s%s: %s", v->name,
			  prefix_format(prefix, p), old ? "now " : "", what,
			  join_reason_text(c->said));
	}
	tell_change(a, v, prefix, c);
	set(v, c, now);
}

static void deleted(struct apply *a, struct vpn *v, size_t i, time_t now)
{
	struct change *c = &a->del_change[i];
	char p[PREFIX_STRLEN];

	a->deleted++;
	if (log_has_level(tell_level(a)))
		log_write(tell_level(a), ROOM, "%s: %s: removed: %s", v->name,
			  prefix_format(&a->del[i], p),
			  join_reason_text(c->said));
	tell_change(a, v, &a->del[i], c);
	vpn_leaving(v, c->entry, false);
	vpn_entry_set(v, c->entry, 0, now);
	vpns_have_room(v->d);
}

/* What becomes of the traffic of an entry that is not as was decided. */
static const char *outcome(const struct vpn *v, const struct rib_entry *e,
			   const struct prefix *p, char *buf, size_t len)
{
	const struct target *is =
		targets_at(&v->d->targets, rib_entry_number(e));
	const struct rib_entry *cover = is ? NULL : cover_find(v, p);
	uint8_t action = v->conf->default_action;
	char by[PREFIX_STRLEN];
	struct prefix c;

	if (is) {
		action = is->kern.action;
	} else if (cover) {
		rib_entry_prefix(cover, &c);
		action = targets_at(&v->d->targets, rib_entry_number(cover))
				 ->kern.action;
	}
	snprintf(buf, len, "its traffic %s, as %s%s",
		 action == CESTEER_ACTION_PROTECT ? "is protected" :
		 action == CESTEER_ACTION_DISCARD ? "is discarded" :
						    "goes in clear text",
		 is    ? "before" :
		 cover ? prefix_format(&c, by) :
			 "nothing covers it",
		 cover ? " says" : "");
	return buf;
}

/* Not done this time; vpn_retry() brings it back. what: NULL: not tried. */
static void refused(struct apply *a, struct vpn *v, struct rib_entry *e,
		    const char *what, const char *why)
{
	bool new = !rib_entry_marked(e, ENTRY_REFUSED);
	char buf[PREFIX_STRLEN], then[128];
	struct prefix p;

	a->refused++;
	vpn_leaving(v, e, false);
	vpn_refused(v, e, true);
	if (new && v->retry.told < TELL_MAX && what) {
		v->retry.told++;
		rib_entry_prefix(e, &p);
		journal_add(v->d->journal, LOG_LEVEL_ERROR, "refused", v->name,
			    prefix_format(&p, buf), "%s: not %s: %s",
			    outcome(v, e, &p, then, sizeof(then)), what, why);
	} else if (new && v->retry.told == TELL_MAX) {
		v->retry.told++;
		journal_add(
			v->d->journal, LOG_LEVEL_ERROR, "refused", v->name, "-",
			"more entries are refused: see \"show vpns\" and the routes");
	}
	rib_settle(v->rib, e);
}

/* The target of an entry that did not get it. */
static void add_refused(struct apply *a, struct vpn *v, struct adds *l,
			size_t i, const char *what, time_t now)
{
	struct change *c = &l->change[i];

	targets_put(&v->d->targets, c->number, now);
	refused(a, v, c->entry, what, kern_error(v->d->kern));
}

static void add_range(struct apply *a, struct vpn *v, struct adds *l, size_t i,
		      size_t n, time_t now)
{
	bool try = a->refused < REFUSED_MAX;
	size_t done = 0, k;
	int err = -EAGAIN;

	if (try)
		err = kern_routes_add(v->d->kern, v->table, l->route + i, n,
				      &done);
	if (err >= 0)
		done = n;
	for (k = 0; k < done; k++)
		added(a, v, l, i + k, now);
	i += done;
	n -= done;
	if (!n)
		return;
	if (n == 1 || !try) {
		for (k = 0; k < n; k++)
			add_refused(a, v, l, i + k, try ? "installed" : NULL,
				    now);
		return;
	}
	add_range(a, v, l, i, n / 2, now);
	add_range(a, v, l, i + n / 2, n - n / 2, now);
}

static void del_range(struct apply *a, struct vpn *v, size_t i, size_t n,
		      time_t now)
{
	bool try = a->refused < REFUSED_MAX;
	size_t done = 0, k;
	int err = -EAGAIN;

	if (try)
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
	if (n == 1 || !try) {
		for (k = 0; k < n; k++)
			refused(a, v, a->del_change[i + k].entry,
				try ? "removed" : NULL, kern_error(v->d->kern));
		return;
	}
	del_range(a, v, i, n / 2, now);
	del_range(a, v, i + n / 2, n - n / 2, now);
}

/* Set a mark that is told once, when it is new and not one of too many. */
static bool newly(struct apply *a, struct rib_entry *e, enum entry_mark mark,
		  bool on)
{
	bool old = rib_entry_marked(e, mark);

	rib_entry_mark(e, mark, on);
	return on && !old && a->told++ < TELL_MAX;
}

/* What is said of a prefix and does not take effect, or only in part. */
static void tell_said(struct apply *a, struct vpn *v, struct rib_entry *e,
		      const struct decision *d)
{
	char buf[PREFIX_STRLEN], other[PREFIX_STRLEN];
	struct prefix p, c;

	rib_entry_prefix(e, &p);
	if (newly(a, e, ENTRY_REJECTS, d->is.rejected.family))
		journal_add(v->d->journal, LOG_LEVEL_WARN,
			    d->said == JOIN_LIMITED ? "limited" : "rejected",
			    v->name, prefix_format(&p, buf),
			    "local policy does not take gateway %s for it",
			    addr_format(&d->is.rejected, other));
	if (newly(a, e, ENTRY_PIERCES, d->pierces)) {
		rib_entry_prefix(d->cover, &c);
		journal_add(
			v->d->journal, LOG_LEVEL_WARN, "pierced", v->name,
			prefix_format(&p, buf),
			"announced without a gateway identity: no hole in %s",
			prefix_format(&c, other));
	}
}

static void set_bare(struct vpn *v, struct rib_entry *e, bool bare)
{
	v->bare += bare;
	v->bare -= rib_entry_marked(e, ENTRY_BARE);
	rib_entry_mark(e, ENTRY_BARE, bare);
}

/* Decide about one entry, and note what has to be done. */
static void consider(struct apply *a, struct vpn *v, struct rib_entry *e,
		     time_t now)
{
	uint32_t old = rib_entry_number(e);
	struct change c = { .entry = e };
	bool missing = rib_entry_marked(e, ENTRY_MISSING);
	const struct target *was, *is;
	struct decision d;

	decide_entry(v, e, now, &d);
	if (d.is.reason != JOIN_ADOPTED)
		rib_entry_mark(e, ENTRY_ADOPTED, false);
	set_bare(v, e, d.bare);
	tell_said(a, v, e, &d);
	if (!resolve(v, &d, now, &c)) {
		refused(a, v, e, "installed", "out of memory");
		return;
	}
	c.said = d.said;
	was = targets_at(&v->d->targets, old);
	is = targets_at(&v->d->targets, c.number);
	vpn_leaving(v, e, old && !c.number);
	if (c.number == old && !missing) {
		targets_put(&v->d->targets, c.number, now);
		rib_entry_mark(e, ENTRY_RELEASED, false);
		vpn_refused(v, e, c.lacks);
		rib_settle(v->rib, e);
	} else if (is && was && !missing &&
		   kern_target_equal(&is->kern, &was->kern)) {
		struct prefix p;

		/* The same to the kernel, for another reason. */
		rib_entry_prefix(e, &p);
		tell_change(a, v, &p, &c);
		set(v, &c, now);
	} else if (c.number) {
		struct adds *l = old ? &a->replacing : &a->new;

		rib_entry_prefix(e, &l->route[l->n].prefix);
		l->route[l->n].target = is->kern;
		l->change[l->n++] = c;
	} else if (vpn_may_delete(v, e)) {
		rib_entry_prefix(e, &a->del[a->n_del]);
		a->del_change[a->n_del++] = c;
	} else {
		vpn_refused(v, e, false);
		rib_settle(v->rib, e);
	}
}

static void flush_all(struct apply *a, struct vpn *v, time_t now)
{
	size_t n = a->replacing.n + a->new.n + a->n_del;
	uint64_t began, us;

	if (!n)
		return;
	began = clock_us();
	a->refused = 0;
	if (a->replacing.n)
		add_range(a, v, &a->replacing, 0, a->replacing.n, now);
	a->refused = 0;
	if (a->new.n)
		add_range(a, v, &a->new, 0, a->new.n, now);
	a->refused = 0;
	if (a->n_del)
		del_range(a, v, 0, a->n_del, now);
	us = clock_us() - began;
	if (us > KERNEL_US && a->batch > BATCH_MIN)
		a->batch /= 2;
	else if (us < KERNEL_US / 2 && n == a->batch && a->batch < BATCH)
		a->batch *= 2;
}

static void summarize(const struct apply *a, const struct vpn *v)
{
	if (a->added + a->replaced + a->deleted > TELL_MAX)
		log_info(
			ROOM,
			"%s: %zu entries added, %zu changed, %zu removed; %zu installed",
			v->name, a->added, a->replaced, a->deleted,
			v->installed);
	if (a->told > TELL_MAX)
		journal_add(v->d->journal, LOG_LEVEL_WARN, "more", v->name, "-",
			    "%zu more events at once: see the routes",
			    a->told - TELL_MAX);
}

void apply_run(struct apply *a, struct vpn *v)
{
	uint64_t until = clock_us() + DECIDE_US;
	time_t now = core_now();
	struct rib_entry *e;
	size_t n;

	a->new.n = 0;
	a->replacing.n = 0;
	a->n_del = 0;
	a->added = 0;
	a->replaced = 0;
	a->deleted = 0;
	a->told = 0;
	for (n = 0; n < a->batch && (e = rib_dirty_next(v->rib));) {
		size_t asked = v->d->gateways.asked;
		bool contested = rib_entry_contested(v->rib, e);

		consider(a, v, e, now);
		if ((n++ % LOOK_AT_CLOCK == 0 || contested ||
		     asked != v->d->gateways.asked) &&
		    clock_us() >= until)
			break;
	}
	flush_all(a, v, now);
	vpn_decided(v, n);
	summarize(a, v);
	if (!rib_dirty_count(v->rib))
		vpn_recheck(v);
}
