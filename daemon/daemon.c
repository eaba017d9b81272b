// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Starting, reloading, ending; and the two timers that everything hangs on:
 * "flush" applies what is queued, "tick" looks each second at what is due.
 *
 * Order of a start: what the kernel holds of a VPN is taken over before
 * anything is applied to it, so that no step can open a gap; meanwhile the
 * sessions come up. Until all neighbors have said what they know, or the settle
 * timer ends, nothing that a run before installed is removed, nor replaced by
 * other gateways.
 */
#include "daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/adoption.h"
#include "core/apply.h"
#include "core/audit.h"
#include "core/core.h"
#include "core/feed.h"
#include "core/guard.h"
#include "core/import.h"
#include "core/inspection.h"
#include "core/journal.h"
#include "core/neighbor.h"
#include "core/vpn.h"
#include "ctl/ctl.h"

#define ROOM "daemon"
#define RETRY_TIME 10 /* seconds */
#define PASSES_US 2000 /* a turn */
#define VPNS_US 10000 /* a turn: the other VPNs have the next one */

time_t core_now(void)
{
	return clock_s();
}

time_t core_turn(struct daemon *d)
{
	turns_begin(&d->turns);
	return (time_t)(d->turns.began / 1000000);
}

void core_schedule(struct daemon *d)
{
	static const struct timeval soon = { .tv_usec = 5000 };

	if (d->ending)
		return;
	turns_begin(&d->turns);
	if (!evtimer_pending(d->flush, NULL))
		evtimer_add(d->flush, &soon);
}

/* It has entries of the run before: wait for who may confirm them, as ever. */
static void unsettle(struct daemon *d, const struct vpn *v)
{
	if (!v->installed)
		return;
	d->settled = false;
	d->unsettled = core_now();
}

/* What is queued, and what is to be; true: there is more. */
static bool flush_vpn(struct daemon *d, struct vpn *v, uint64_t until)
{
	bool more = pass_all(v, until);

	if (v->adoption) {
		if (adoption_run(v, until))
			return true;
		if (v->adopted)
			unsettle(d, v);
	}
	inspection_run(v, until);
	if (v->inspection)
		return true;
	/* The kernel does not have it yet. */
	if (v->unset)
		return more;
	apply_run(d->apply, v);
	/* That may have begun a pass. */
	return more || rib_dirty_count(v->rib) ||
	       pass_under_way(v, PASS_RECHECK);
}

static void flush(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval at_once = { 0 };
	uint64_t began = clock_us(), until = began + PASSES_US;
	struct daemon *d = arg;
	bool more;
	size_t i;

	turns_begin(&d->turns);
	more = vpns_leave(d, until);
	for (i = 0; i < d->n_vpns && clock_us() < began + VPNS_US; i++)
		more |= flush_vpn(d, d->vpns[(d->first + i) % d->n_vpns],
				  until);
	more |= i < d->n_vpns;
	d->first = d->n_vpns ? (d->first + i) % d->n_vpns : 0;
	if (more)
		evtimer_add(d->flush, &at_once);
}

static void settle(struct daemon *d, time_t now)
{
	bool complete = true;
	size_t i;

	for (i = 0; i < d->n_vpns; i++)
		complete &= neighbors_complete(d->vpns[i]);
	complete &= feeds_complete(d);
	if (!complete && now - d->unsettled < d->conf->settle_time)
		return;
	d->settled = true;
	bgp_speaker_settled(d->bgp);
	log_info(ROOM, "settled: %s",
		 complete ? "every neighbor has said what it knows" :
			    "the settle timer ended");
	for (i = 0; i < d->n_vpns; i++)
		vpn_release(d->vpns[i]);
	/* Now it is known which connections of the run before are not. */
	ike_sweep(d->ike);
}

/* Ask the kernel again about what it refused. */
static void retry(struct daemon *d, time_t now)
{
	size_t i;

	for (i = 0; i < d->n_vpns; i++) {
		struct vpn *v = d->vpns[i];

		if (v->unset)
			vpn_install(v, NULL);
		vpn_retry(v, now);
		/* What a limit kept out may have room now. */
		v->recheck |= v->bare > 0;
		vpn_recheck(v);
		if (rib_dirty_count(v->rib))
			core_schedule(d);
	}
}

/* Which gateways have entries is not known yet. */
static bool adopts(const struct daemon *d)
{
	size_t i;

	for (i = 0; i < d->n_vpns; i++) {
		if (d->vpns[i]->adoption)
			return true;
	}
	return false;
}

/* Which have, of all that the kernel holds. */
static bool adopted(const struct daemon *d)
{
	size_t i;

	for (i = 0; i < d->n_vpns; i++) {
		if (!d->vpns[i]->adopted)
			return false;
	}
	return true;
}

static void tick(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;
	time_t now = core_now();
	size_t i;

	turns_begin(&d->turns);
	if (d->old_ctl) {
		ctl_destroy(d->old_ctl);
		d->old_ctl = NULL;
	}
	for (i = 0; i < d->n_vpns; i++) {
		neighbors_tick(d->vpns[i], now);
		vpn_tick(d->vpns[i], now);
	}
	guards_tick(d);
	feeds_tick(d, now);
	gateways_tick(&d->gateways);
	targets_recover(&d->targets, &d->gateways, now);
	demand_tick(&d->demand, &d->gateways);
	if (now >= d->retry_at) {
		d->retry_at = now + RETRY_TIME;
		audit_run(d->audit);
		retry(d, now);
	}
	if (adopts(d))
		return;
	if (!d->settled)
		settle(d, now);
	else if (adopted(d) && gateways_sweep(&d->gateways, now))
		vpns_have_room(d);
}

static void ike_state(void *arg, struct ike_gateway *ig, enum ike_state state,
		      const char *why)
{
	struct daemon *d = arg;

	gateway_ike_state(&d->gateways, ike_gateway_user(ig), state, why,
			  core_now());
	/* Once for all that change together, as when the IKE daemon returns. */
	event_active(d->recover, EV_TIMEOUT, 0);
}

static void recover(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;

	turns_begin(&d->turns);
	targets_recover(&d->targets, &d->gateways, core_now());
}

/* The driver says that the connection is gone; we, what follows from it. */
static void ike_link(void *arg, bool up, const char *why)
{
	if (!up)
		log_warn(
			ROOM,
			"until the IKE daemon is back no tunnel comes up, and what needs a new one is dropped");
}

static void ike_session(void *arg, struct ike_gateway *ig, enum ike_state state,
			const char *why)
{
	guard_state(arg, ig, state, why);
}

static const struct ike_events ike_events = {
	.state = ike_state,
	.session = ike_session,
	.link = ike_link,
};

static struct vpn *vpn_find(const struct daemon *d, const struct conf_vpn *c)
{
	size_t i;

	for (i = 0; i < d->n_vpns; i++) {
		if (d->vpns[i]->table == c->table &&
		    !strcmp(d->vpns[i]->name, c->name))
			return d->vpns[i];
	}
	return NULL;
}

static void vpn_add(struct daemon *d, const struct conf_vpn *c)
{
	d->vpns = xrealloc(d->vpns, (d->n_vpns + 1) * sizeof(struct vpn *));
	d->vpns[d->n_vpns++] = vpn_create(d, c);
}

/* Whether a VPN is configured for the table, whatever its name. */
static bool has_table(const struct conf *c, uint32_t table)
{
	size_t i;

	for (i = 0; i < c->n_vpns; i++) {
		if (c->vpns[i].table == table)
			return true;
	}
	return false;
}

/* VPNs that an earlier configuration had. */
static bool purge_others(struct daemon *d, char *why, size_t why_len)
{
	struct audit_vpns l;
	size_t i;

	if (audit_vpns(d->kern, &l) < 0) {
		snprintf(why, why_len, "%s", kern_error(d->kern));
		free(l.list);
		return false;
	}
	for (i = 0; i < l.n; i++) {
		if (!has_table(d->conf, l.list[i].id))
			vpn_purge(d->kern, l.list[i].id);
	}
	free(l.list);
	return true;
}

static bool start(struct daemon *d, char *why, size_t why_len)
{
	static const struct timeval second = { .tv_sec = 1 };
	struct kern_info info;
	size_t i;

	d->flush = evtimer_new(d->base, flush, d);
	d->tick = event_new(d->base, -1, EV_PERSIST, tick, d);
	d->recover = event_new(d->base, -1, 0, recover, d);
	if (!d->flush || !d->tick || !d->recover ||
	    !turns_init(&d->turns, d->base)) {
		snprintf(why, why_len, "out of memory");
		return false;
	}
	if (kern_open(&d->kern, why, why_len) < 0)
		return false;
	if (kern_own(d->kern) < 0) {
		snprintf(why, why_len, "%s", kern_error(d->kern));
		return false;
	}
	d->audit = audit_create(d, why, why_len);
	if (!d->audit)
		return false;
	d->ctl = ctl_create(d->base, d->conf->control, d, why, why_len);
	if (!d->ctl)
		return false;
	audit_queue(d);
	d->ike = ike_create(d->base, &d->conf->ike, &ike_events, d);
	d->gateways.kern = d->kern;
	d->gateways.ike = d->ike;
	d->gateways.conf = d->conf;
	guards_sync(d);
	if (gateways_adopt(&d->gateways) < 0) {
		snprintf(why, why_len, "%s", kern_error(d->kern));
		return false;
	}
	if (!purge_others(d, why, why_len))
		return false;
	if (kern_info(d->kern, &info) < 0) {
		snprintf(why, why_len, "%s", kern_error(d->kern));
		return false;
	}
	for (i = 0; i < d->conf->n_vpns; i++)
		vpn_add(d, &d->conf->vpns[i]);
	d->bgp =
		bgp_speaker_create(d->base, &d->conf->bgp, &neighbor_events, d);
	if (!d->bgp) {
		snprintf(why, why_len, "the BGP speaker does not start");
		return false;
	}
	/* Peers keep our routes for the sake of what the kernel still does. */
	bgp_speaker_restarted(d->bgp, info.routes > 0);
	for (i = 0; i < d->n_vpns; i++)
		neighbors_add(d->vpns[i]);
	feeds_create(d);
	event_add(d->tick, &second);
	return true;
}

struct daemon *daemon_create(struct event_base *base, struct conf *conf,
			     char *why, size_t why_len)
{
	struct daemon *d = xcalloc(1, sizeof(*d));

	log_set_level(conf->log);
	conf_warnings_log(conf);
	d->base = base;
	d->conf = conf;
	d->started = core_now();
	d->unsettled = d->started;
	d->loaded = d->started;
	d->retry_at = d->started + RETRY_TIME;
	d->apply = apply_create();
	d->journal = journal_create();
	d->gateways.journal = d->journal;
	if (!start(d, why, why_len)) {
		daemon_destroy(d, false);
		return NULL;
	}
	return d;
}

static bool speaker_differs(const struct bgp_speaker_conf *a,
			    const struct bgp_speaker_conf *b)
{
	return a->as != b->as || a->router_id != b->router_id ||
	       a->sgi_subtype != b->sgi_subtype ||
	       a->sgi_transitive != b->sgi_transitive ||
	       a->vpn_encoding != b->vpn_encoding ||
	       addr_cmp(&a->listen4, &b->listen4) ||
	       addr_cmp(&a->listen6, &b->listen6) ||
	       a->listen_port != b->listen_port ||
	       a->restart_time != b->restart_time;
}

static bool may_listen(const struct daemon *d, const struct conf *to, char *why,
		       size_t why_len)
{
	const struct bgp_peer_conf **peers;
	size_t n;
	bool may;

	peers = conf_neighbors(to, &n);
	may = bgp_speaker_may_listen(d->bgp, &to->bgp, peers, n, why, why_len);
	free(peers);
	return may;
}

/*
 * All sessions end, and their routes become stale; neighbors_tick() or
 * neighbors_reconfigure() starts them again.
 */
static bool speaker_restart(struct daemon *d, const struct conf *to, char *why,
			    size_t why_len)
{
	size_t i;

	log_info(
		ROOM,
		"the BGP speaker's configuration changed: all sessions restart");
	bgp_speaker_destroy(d->bgp, true);
	for (i = 0; i < d->n_vpns; i++)
		neighbors_forget(d->vpns[i]);
	d->bgp = bgp_speaker_create(d->base, &to->bgp, &neighbor_events, d);
	if (d->bgp)
		return true;
	snprintf(why, why_len,
		 "the BGP speaker does not start with what \"bgp\" says");
	d->bgp =
		bgp_speaker_create(d->base, &d->conf->bgp, &neighbor_events, d);
	d->retry_at = core_now();
	return false;
}

/* What can fail, before anything else is touched. */
static bool reload_faces(struct daemon *d, const struct conf *to, char *why,
			 size_t why_len)
{
	struct ctl_server *ctl = NULL;

	if (strcmp(to->control, d->conf->control)) {
		if (d->old_ctl) {
			snprintf(
				why, why_len,
				"the control socket has just moved: try again in a second");
			return false;
		}
		ctl = ctl_create(d->base, to->control, d, why, why_len);
		if (!ctl)
			return false;
	}
	if (!feeds_listen(d, to, why, why_len))
		goto fail;
	if (speaker_differs(&to->bgp, &d->conf->bgp) &&
	    (!may_listen(d, to, why, why_len) ||
	     !speaker_restart(d, to, why, why_len))) {
		feeds_stay(d);
		goto fail;
	}
	feeds_move(d);
	if (ctl) {
		/* It may be the one that was asked for this reload. */
		d->old_ctl = d->ctl;
		d->ctl = ctl;
	}
	return true;
fail:
	if (ctl)
		ctl_destroy(ctl);
	return false;
}

/*
 * A VPN that came with a reload. What its table holds, as of one that had
 * another name, is kept until the neighbors have said what they know, as after
 * a start: without it traffic would go in clear text.
 */
static void vpn_join(struct daemon *d, const struct conf_vpn *c)
{
	struct vpn *v;

	vpn_add(d, c);
	v = d->vpns[d->n_vpns - 1];
	neighbors_add(v);
}

/* What is configured of a VPN that there is, or NULL: it goes. */
static const struct conf_vpn *vpn_conf(const struct conf *c,
				       const struct vpn *v)
{
	size_t i;

	for (i = 0; i < c->n_vpns; i++) {
		if (c->vpns[i].table == v->table &&
		    !strcmp(c->vpns[i].name, v->name))
			return &c->vpns[i];
	}
	return NULL;
}

static void reload_vpns(struct daemon *d)
{
	const struct conf *c = d->conf;
	size_t i, n = 0;

	/*
	 * A table may pass from one VPN to another, a neighbor's name, address
	 * or key too: old ones go first.
	 */
	for (i = 0; i < d->n_vpns; i++) {
		struct vpn *v = d->vpns[i];

		if (vpn_conf(c, v)) {
			d->vpns[n++] = v;
			continue;
		}
		log_info(ROOM, "VPN %s is no longer configured", v->name);
		neighbors_del(v);
		vpn_destroy(v, !has_table(c, v->table));
	}
	d->n_vpns = n;
	for (i = 0; i < n; i++) {
		struct vpn *v = d->vpns[i];

		vpn_reconfigure(v, vpn_conf(c, v));
		neighbors_retire(v);
	}
	for (i = 0; i < c->n_vpns; i++) {
		struct vpn *v = vpn_find(d, &c->vpns[i]);

		if (v)
			neighbors_reconfigure(v);
		else
			vpn_join(d, &c->vpns[i]);
	}
}

/* Read it, and do what can fail. NULL: nothing has changed. */
static struct conf *reload_conf(struct daemon *d, char *why, size_t why_len)
{
	struct conf *to = conf_load(d->conf->file, why, why_len);

	if (to && reload_faces(d, to, why, why_len))
		return to;
	if (to)
		conf_free(to);
	log_error(ROOM, "%s; the configuration of before stays", why);
	return NULL;
}

bool daemon_reload(struct daemon *d, char *why, size_t why_len)
{
	struct conf *to, *old = d->conf;
	bool identity;
	size_t i;

	turns_begin(&d->turns);
	to = reload_conf(d, why, why_len);
	if (!to)
		return false;
	identity = addr_cmp(&to->identity4, &old->identity4) ||
		   addr_cmp(&to->identity6, &old->identity6);
	d->conf = to;
	d->gateways.conf = to;
	d->loaded = core_now();
	d->retry_at = d->loaded;
	log_set_level(to->log);
	conf_warnings_log(to);
	ike_reconfigure(d->ike, &to->ike);
	audit_queue(d);
	guards_sync(d);
	reload_vpns(d);
	vpns_modes_set(d);
	feeds_reconfigure(d);
	if (import_differs(old, to))
		import_changed(d);
	for (i = 0; identity && i < d->n_vpns; i++)
		vpn_requeue(d->vpns[i]);
	core_schedule(d);
	conf_free(old);
	log_info(ROOM, "configuration reloaded");
	return true;
}

bool daemon_release(struct daemon *d, const char *vpn, const char *prefix,
		    char *why, size_t why_len)
{
	const char *reason = "";
	struct prefix p;
	bool known = false;
	size_t i;

	if (!prefix_parse(prefix, &p, &reason)) {
		snprintf(why, why_len, "\"%s\": expected a prefix: %s", prefix,
			 reason);
		return false;
	}
	for (i = 0; i < d->n_vpns; i++) {
		if (strcmp(vpn, d->vpns[i]->name))
			continue;
		known = true;
		if (vpn_release_hold(d->vpns[i], &p))
			return true;
	}
	if (known)
		snprintf(why, why_len, "%s: %s is not held", vpn, prefix);
	else
		snprintf(why, why_len, "there is no VPN \"%s\"", vpn);
	return false;
}

bool daemon_gateway(struct daemon *d, const char *what, const char *address,
		    char *why, size_t why_len)
{
	bool drain = !strcmp(what, "drain");
	struct gateway *gw;
	struct addr a;

	if (!drain && strcmp(what, "undrain")) {
		snprintf(why, why_len,
			 "expected \"drain\" or \"undrain\", not \"%s\"", what);
		return false;
	}
	if (!addr_parse(address, &a)) {
		snprintf(why, why_len, "\"%s\": expected an address", address);
		return false;
	}
	gw = gateways_find(&d->gateways, &a);
	if (!gw) {
		snprintf(why, why_len, "there is no gateway %s", address);
		return false;
	}
	return gateway_drain(&d->gateways, gw, drain, why, why_len);
}

static struct neighbor *neighbor_by_name(const struct daemon *d,
					 const char *name)
{
	struct neighbor *nb = NULL;
	size_t i;

	for (i = 0; i < d->n_vpns && !nb; i++)
		nb = neighbors_find(d->vpns[i], name);
	return nb;
}

bool daemon_neighbor(struct daemon *d, const char *what, const char *name,
		     const char *text, char *why, size_t why_len)
{
	struct neighbor *nb = neighbor_by_name(d, name);
	bool reset = !strcmp(what, "reset");

	if (!reset && strcmp(what, "refresh"))
		snprintf(why, why_len,
			 "expected \"refresh\" or \"reset\", not \"%s\"", what);
	else if (!nb)
		snprintf(why, why_len, "there is no neighbor \"%s\"", name);
	else if (!nb->peer || bgp_peer_state(nb->peer) != BGP_ESTABLISHED)
		snprintf(why, why_len, "%s: the session is not established",
			 name);
	else if (!reset && !bgp_peer_refresh(nb->peer))
		snprintf(why, why_len,
			 "%s: it does not know route refresh (RFC 2918)", name);
	else
		return !reset || bgp_peer_reset(nb->peer, text);
	return false;
}

/* After all was removed. */
static bool is_kernel_empty(const struct daemon *d)
{
	struct kern_info info = { 0 };
	struct audit_vpns l;
	bool known = audit_vpns(d->kern, &l) >= 0 &&
		     kern_info(d->kern, &info) >= 0;

	free(l.list);
	if (!known)
		log_error(ROOM, "what is left in the kernel is not known: %s",
			  kern_error(d->kern));
	else if (l.n || info.gateways)
		log_error(ROOM,
			  "%zu tables and %u gateways are left in the kernel",
			  l.n, info.gateways);
	return known && !l.n && !info.gateways;
}

bool daemon_destroy(struct daemon *d, bool flush_all)
{
	bool clean = true;
	size_t i;

	d->ending = true;
	if (d->old_ctl)
		ctl_destroy(d->old_ctl);
	if (d->ctl)
		ctl_destroy(d->ctl);
	if (d->bgp)
		bgp_speaker_destroy(d->bgp, !flush_all);
	if (d->feeds)
		feeds_destroy(d);
	for (i = 0; i < d->n_vpns; i++) {
		neighbors_forget(d->vpns[i]);
		neighbors_del(d->vpns[i]);
		vpn_destroy(d->vpns[i], flush_all);
	}
	d->n_vpns = 0;
	vpns_leave(d, UINT64_MAX);
	free(d->vpns);
	if (d->ike)
		clean = ike_destroy(d->ike, flush_all);
	guards_free(d);
	if (flush_all) {
		gateways_purge(&d->gateways);
		clean &= is_kernel_empty(d);
	}
	gateways_free(&d->gateways);
	targets_free(&d->targets);
	audit_free(d->audit);
	if (d->kern)
		kern_close(d->kern);
	if (d->flush)
		event_free(d->flush);
	if (d->tick)
		event_free(d->tick);
	if (d->recover)
		event_free(d->recover);
	turns_free(&d->turns);
	apply_free(d->apply);
	journal_free(d->journal);
	conf_free(d->conf);
	free(d);
	return clean;
}
