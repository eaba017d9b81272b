// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VPNs and what the kernel holds of them.
 */
#include "core/vpn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "base/log.h"
#include "base/mem.h"
#include "core/adoption.h"
#include "core/cover.h"
#include "core/device.h"
#include "core/import.h"
#include "core/inspection.h"
#include "core/journal.h"
#include "kern/sync.h"

#define ROOM "vpn"
/* Seconds between two attempts at what the kernel refused. */
#define RETRY_MIN 10
#define RETRY_MAX 300

struct prefixes {
	struct prefix *p;
	size_t n, room;
};

static int prefixes_add(struct prefixes *l, const struct prefix *p)
{
	if (l->n == l->room) {
		size_t room = l->room ? l->room * 2 : 1024;
		struct prefix *more = realloc(l->p, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		l->p = more;
		l->room = room;
	}
	l->p[l->n++] = *p;
	return 0;
}

static int source_seen(void *arg, const struct prefix *p)
{
	return prefixes_add(arg, p);
}

static void seen_again(void *arg)
{
	struct prefixes *l = arg;

	l->n = 0;
}

/*
 * How many were not as they should be, or a negative number, with a sentence in
 * *why.
 */
static int sources_install(struct vpn *v, const char **why)
{
	struct kern *k = v->d->kern;
	struct kern_diff diff = { 0 };
	struct prefixes have = { 0 };
	size_t done, n = 0;
	int err;

	err = kern_sources(k, v->table, source_seen, seen_again, &have);
	if (err < 0)
		goto out;
	err = kern_diff(v->conf->sources, v->conf->n_sources, have.p, have.n,
			&diff);
	if (err < 0)
		goto out;
	if (diff.n_add)
		err = kern_sources_add(k, v->table, diff.add, diff.n_add,
				       &done);
	if (err >= 0 && diff.n_del)
		err = kern_sources_del(k, v->table, diff.del, diff.n_del,
				       &done);
	if (err >= 0 && (diff.n_add || diff.n_del))
		log_info(ROOM, "%s: %zu source prefixes added, %zu removed",
			 v->name, diff.n_add, diff.n_del);
	n = diff.n_add + diff.n_del;
	kern_diff_free(&diff);
out:
	free(have.p);
	*why = err == -ENOMEM ? "out of memory" : kern_error(k);
	return err < 0 ? err : (int)n;
}

static unsigned int wait_longer(unsigned int wait)
{
	wait = wait ? 2 * wait : RETRY_MIN;
	return wait < RETRY_MAX ? wait : RETRY_MAX;
}

/*
 * How many were not as they should be. What the kernel refuses is told once,
 * and tried again; nothing else waits for it.
 */
static size_t sources_set(struct vpn *v)
{
	const char *why;
	int n = sources_install(v, &why);

	if (n >= 0) {
		if (v->sources.refused)
			journal_add(v->d->journal, LOG_LEVEL_INFO, "restored",
				    v->name, "-",
				    "all source prefixes are set now");
		memset(&v->sources, 0, sizeof(v->sources));
		return (size_t)n;
	}
	if (!v->sources.refused)
		journal_add(
			v->d->journal, LOG_LEVEL_ERROR, "refused", v->name, "-",
			"not all source prefixes are set, what the others send goes in clear text: %s",
			why);
	v->sources.refused = true;
	v->sources.wait = wait_longer(v->sources.wait);
	v->sources.at = core_now() + v->sources.wait;
	log_error(ROOM, "%s: source prefixes not set: %s; tried again in %u s",
		  v->name, why, v->sources.wait);
	return 0;
}

/* by entries of VPNs of that mode name the target's gateways. */
static void name(struct vpn *v, const struct target *t, uint8_t mode, int by)
{
	uint8_t i;

	/* What we leave behind stays as it is. */
	if (!t || v->d->ending)
		return;
	for (i = 0; i < t->kern.n_gateways; i++)
		gateway_named(&v->d->gateways, t->gateways[i], mode, by);
}

/* By which it counts for its gateways. */
static uint8_t mode_of(const struct vpn *v, const struct rib_entry *e)
{
	return pass_ahead(v, PASS_MODE, e) ? v->old_mode : v->mode;
}

void vpn_entry_set(struct vpn *v, struct rib_entry *e, uint32_t number,
		   time_t now)
{
	uint32_t old = rib_entry_number(e);
	const struct target *was = targets_at(&v->d->targets, old);
	const struct target *is = targets_at(&v->d->targets, number);
	bool held = is && hold_is_held(is->why.reason);
	struct prefix p;

	if (!was != !is) {
		rib_entry_prefix(e, &p);
		cover_count(v, &p, is ? 1 : -1);
		v->installed += is ? 1 : -1;
		v->recheck = true;
	}
	v->held += held;
	v->held -= was && hold_is_held(was->why.reason);
	if (held) {
		uint32_t end = hold_end(&v->conf->hold, &is->why);

		if (end != HOLD_FOREVER && (!v->due || end < v->due))
			v->due = end;
	}
	name(v, is, mode_of(v, e), 1);
	name(v, was, mode_of(v, e), -1);
	vpn_refused(v, e, false);
	rib_entry_mark(e, ENTRY_MISSING | ENTRY_RELEASED, false);
	rib_install(v->rib, e, number);
	targets_put(&v->d->targets, old, now);
}

/* Its hold is over, or it says when the next one may be. */
static bool expire(struct vpn *v, struct rib_entry *e)
{
	const struct target *t =
		targets_at(&v->d->targets, rib_entry_number(e));
	uint32_t end;

	if (!t || !hold_is_held(t->why.reason))
		return false;
	end = hold_end(&v->conf->hold, &t->why);
	if (end <= core_turn(v->d)) {
		rib_dirty(v->rib, e);
		return true;
	}
	if (end != HOLD_FOREVER && (!v->due || end < v->due))
		v->due = end;
	return false;
}

void vpn_tick(struct vpn *v, time_t now)
{
	/* The queue may never be empty. */
	if (v->leaving)
		vpn_recheck(v);
	if (!v->due || now < v->due || pass_under_way(v, PASS_EXPIRE))
		return;
	v->due = 0;
	if (v->held)
		pass_start(v, PASS_EXPIRE, expire, NULL);
}

static bool recheck(struct vpn *v, struct rib_entry *e)
{
	bool bare = rib_entry_marked(e, ENTRY_BARE);

	if (bare)
		rib_dirty(v->rib, e);
	return bare;
}

/* It has been leaving since before the round began. */
static bool was_leaving(const struct vpn *v, const struct rib_entry *e)
{
	return rib_entry_marked(e, ENTRY_LEAVING) &&
	       rib_entry_marked(e, ENTRY_ODD) != v->odd;
}

static bool leave(struct vpn *v, struct rib_entry *e)
{
	bool leaves = was_leaving(v, e);

	if (leaves)
		rib_dirty(v->rib, e);
	return leaves;
}

static void next_step(struct vpn *v);

static void walked(struct vpn *v, size_t n)
{
	v->ahead = rib_dirty_count(v->rib);
	if (!v->ahead)
		next_step(v);
}

static void next_step(struct vpn *v)
{
	if (v->step == STEP_BARE && v->leaving) {
		v->step = STEP_LEAVING;
		pass_start(v, PASS_RECHECK, leave, walked);
	} else {
		v->step = STEP_NONE;
	}
}

void vpn_decided(struct vpn *v, size_t n)
{
	v->ahead -= n < v->ahead ? n : v->ahead;
	if (v->step && !v->ahead && !pass_under_way(v, PASS_RECHECK))
		next_step(v);
}

void vpn_recheck(struct vpn *v)
{
	/* One that began anew with each change would never end. */
	if (!v->recheck || v->step)
		return;
	v->recheck = false;
	if (!v->bare && !v->leaving)
		return;
	v->odd = !v->odd;
	v->step = STEP_BARE;
	pass_start(v, PASS_RECHECK, recheck, walked);
}

bool vpn_may_delete(const struct vpn *v, const struct rib_entry *e)
{
	return v->bare == rib_entry_marked(e, ENTRY_BARE) ||
	       (v->step == STEP_LEAVING && was_leaving(v, e));
}

void vpn_leaving(struct vpn *v, struct rib_entry *e, bool leaving)
{
	if (leaving == rib_entry_marked(e, ENTRY_LEAVING))
		return;
	rib_entry_mark(e, ENTRY_LEAVING, leaving);
	rib_entry_mark(e, ENTRY_ODD, leaving && v->odd);
	if (leaving)
		v->leaving++;
	else
		v->leaving--;
	v->recheck = true;
}

bool vpn_release_hold(struct vpn *v, const struct prefix *p)
{
	struct rib_entry *e = rib_find(v->rib, p);
	const struct target *t =
		e ? targets_at(&v->d->targets, rib_entry_number(e)) : NULL;

	if (!t || !hold_is_held(t->why.reason) ||
	    rib_entry_marked(e, ENTRY_ADOPTED))
		return false;
	rib_entry_mark(e, ENTRY_RELEASED, true);
	rib_dirty(v->rib, e);
	core_schedule(v->d);
	return true;
}

int vpn_take_over(struct vpn *v, const struct kern_route *k,
		  const struct hold_state *why, struct rib_entry **entry)
{
	struct gateway *gws[CESTEER_GATEWAYS_MAX], *gw;
	struct rib_entry *e = rib_get(v->rib, &k->prefix);
	uint32_t number;
	uint8_t i, n = 0;

	for (i = 0; i < k->target.n_gateways; i++) {
		gw = gateways_by_id(&v->d->gateways, k->target.gateways[i]);
		if (gw)
			gws[n++] = gw;
	}
	number = targets_get(&v->d->targets, k->target.action, gws, n, why);
	if (!e || !number)
		return -ENOMEM;
	vpn_entry_set(v, e, number, core_turn(v->d));
	*entry = e;
	return 0;
}

size_t vpn_install(struct vpn *v, size_t *devices)
{
	struct kern *k = v->d->kern;
	size_t n_devices, n;

	if (!devices)
		devices = &n_devices;
	*devices = 0;
	v->unset = true;
	if (kern_vpn_set(k, v->table, v->conf->default_action) < 0) {
		log_error(ROOM, "%s: not set: %s", v->name, kern_error(k));
		return 0;
	}
	*devices = devices_install(v);
	n = sources_set(v);
	if (v->adopted || adoption_begin(v))
		core_schedule(v->d);
	v->unset = !v->adopted;
	return n;
}

/* Once for each configuration. */
static void configured(struct vpn *v)
{
	if (!v->conf->n_sources)
		log_warn(ROOM,
			 "%s: no source prefixes: nothing will be protected",
			 v->name);
	vpn_install(v, NULL);
}

static void pin_one(struct vpn *v, const struct prefix *p, bool pinned)
{
	struct rib_entry *e = rib_get(v->rib, p);

	if (e)
		rib_pin(v->rib, e, pinned);
	else
		log_error(ROOM, "%s: out of memory", v->name);
}

/*
 * What the configuration decides about exists in the rib though no neighbor
 * announces it. A prefix may be both static and originated.
 */
static void pin(struct vpn *v, const struct conf_vpn *conf, bool pinned)
{
	size_t i;

	for (i = 0; i < conf->n_statics; i++)
		pin_one(v, &conf->statics[i].prefix, pinned);
	for (i = 0; i < conf->n_origins; i++)
		pin_one(v, &conf->origins[i].prefix, pinned);
}

struct vpn *vpn_create(struct daemon *d, const struct conf_vpn *conf)
{
	struct vpn *v = xcalloc(1, sizeof(*v));
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = (uint64_t)time(NULL) ^ (uintptr_t)v;
	v->d = d;
	v->name = xstrdup(conf->name);
	v->conf = conf;
	v->mode = conf->mode;
	v->table = conf->table;
	v->rib = rib_create(seed);
	if (!v->rib) {
		log_error(ROOM, "out of memory");
		abort();
	}
	pin(v, conf, true);
	configured(v);
	return v;
}

/* It counts for its gateways in the new mode. */
static bool rename_one(struct vpn *v, struct rib_entry *e)
{
	const struct target *t =
		targets_at(&v->d->targets, rib_entry_number(e));

	name(v, t, v->mode, 1);
	name(v, t, v->old_mode, -1);
	return t;
}

void vpns_modes_set(struct daemon *d)
{
	size_t i;

	if (d->ending)
		return;
	for (i = 0; i < d->n_vpns; i++) {
		if (pass_under_way(d->vpns[i], PASS_MODE))
			return;
	}
	gateways_reconfigure(&d->gateways);
}

static void renamed(struct vpn *v, size_t n)
{
	vpns_modes_set(v->d);
}

static void rename_all(struct vpn *v, uint8_t mode)
{
	if (mode == v->mode)
		return;
	/* Two are told apart, not three. */
	pass_finish(v, PASS_MODE);
	v->old_mode = v->mode;
	v->mode = mode;
	pass_start(v, PASS_MODE, rename_one, renamed);
}

void vpn_reconfigure(struct vpn *v, const struct conf_vpn *conf)
{
	const struct conf_vpn *old = v->conf;

	pin(v, old, false);
	import_forget(v);
	v->conf = conf;
	v->retry.at = 0;
	v->retry.wait = 0;
	v->sources.wait = 0;
	pin(v, conf, true);
	rename_all(v, conf->mode);
	configured(v);
	if (old->hole == conf->hole &&
	    old->hold.withdrawn == conf->hold.withdrawn &&
	    old->hold.downgraded == conf->hold.downgraded &&
	    claims_equal(&old->claims, &conf->claims))
		return;
	log_info(ROOM, "%s: policy changed: all routes are decided about again",
		 v->name);
	v->due = 1;
	vpn_requeue(v);
}

static bool release(struct vpn *v, struct rib_entry *e)
{
	if (!rib_entry_marked(e, ENTRY_ADOPTED))
		return false;
	rib_entry_mark(e, ENTRY_ADOPTED, false);
	rib_dirty(v->rib, e);
	return true;
}

static void released(struct vpn *v, size_t n)
{
	if (n)
		log_info(ROOM,
			 "%s: %zu entries of the run before were not confirmed",
			 v->name, n);
}

void vpn_release(struct vpn *v)
{
	pass_start(v, PASS_RELEASE, release, released);
}

static bool requeue(struct vpn *v, struct rib_entry *e)
{
	rib_dirty(v->rib, e);
	return true;
}

void vpn_refused(struct vpn *v, struct rib_entry *e, bool refused)
{
	v->refused += refused;
	v->refused -= rib_entry_marked(e, ENTRY_REFUSED);
	rib_entry_mark(e, ENTRY_REFUSED, refused);
}

static bool retry(struct vpn *v, struct rib_entry *e)
{
	bool refused = rib_entry_marked(e, ENTRY_REFUSED);

	if (refused)
		rib_dirty(v->rib, e);
	return refused;
}

void vpn_retry(struct vpn *v, time_t now)
{
	bool helped = v->refused < v->retry.left;

	if (v->sources.refused && !v->unset && now >= v->sources.at)
		sources_set(v);
	if (!v->refused && v->retry.told)
		journal_add(v->d->journal, LOG_LEVEL_INFO, "restored", v->name,
			    "-", "the kernel refuses none of the entries now");
	if (!v->refused)
		memset(&v->retry, 0, sizeof(v->retry));
	if (!v->refused || now < v->retry.at)
		return;
	v->retry.wait = wait_longer(helped ? 0 : v->retry.wait);
	v->retry.at = now + v->retry.wait;
	v->retry.left = v->refused;
	v->retry.told = 1; /* that there are some */
	log_error(
		ROOM,
		"%s: the kernel does not take %zu entries, or gateways of them: tried again now, and in %u s",
		v->name, v->refused, v->retry.wait);
	pass_start(v, PASS_RETRY, retry, NULL);
}

void vpns_have_room(struct daemon *d)
{
	size_t i;

	for (i = 0; i < d->n_vpns; i++)
		d->vpns[i]->retry.at = 0;
}

void vpn_requeue(struct vpn *v)
{
	pass_again(v, PASS_REQUEUE, requeue);
}

static bool rerank(struct vpn *v, struct rib_entry *e)
{
	bool contested = rib_entry_contested(v->rib, e);

	if (contested)
		rib_dirty(v->rib, e);
	return contested;
}

void vpn_rerank(struct vpn *v)
{
	pass_again(v, PASS_RANK, rerank);
}

static bool forget(struct vpn *v, struct rib_entry *e)
{
	bool installed = rib_entry_number(e);

	if (installed)
		vpn_entry_set(v, e, 0, core_turn(v->d));
	return installed;
}

void vpn_destroy(struct vpn *v, bool remove)
{
	struct daemon *d = v->d;
	size_t i;

	if (remove)
		vpn_purge(d->kern, v->table);
	/* But for one, they ask the configuration, which goes. */
	for (i = 0; i < PASS_KINDS; i++) {
		if (i != PASS_MODE)
			v->passes[i].visit = NULL;
	}
	inspection_stop(v);
	adoption_stop(v);
	import_forget(v);
	v->conf = NULL;
	v->next = d->leaving;
	d->leaving = v;
	pass_start(v, PASS_FORGET, forget, NULL);
}

bool vpns_leave(struct daemon *d, uint64_t until_us)
{
	struct vpn *v;

	while ((v = d->leaving)) {
		if (pass_all(v, until_us))
			return true;
		d->leaving = v->next;
		rib_destroy(v->rib);
		free(v->neighbors);
		free(v->name);
		free(v);
	}
	return false;
}

void vpn_purge(struct kern *kern, uint32_t table)
{
	if (kern_vpn_del(kern, table) < 0)
		log_error(ROOM, "table %u: not removed: %s", table,
			  kern_error(kern));
	else
		log_info(ROOM, "table %u: removed, no VPN has it", table);
}
