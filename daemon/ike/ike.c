// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver: the room's face, and what happens when the VICI connection
 * comes and goes. Owns the copy of the configuration, with its secrets, and
 * the table of gateways.
 */
#include "ike/ike.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/array.h"
#include "base/log.h"
#include "base/mem.h"
#include "ike/driver.h"

time_t ike_now(void)
{
	return clock_s();
}

/* Peers choose addresses, but only as many as gateways are admitted. */
struct gateway_bucket *ike_bucket(struct ike *ike, const struct addr *a)
{
	uint32_t h = 2166136261u;
	size_t i;

	for (i = 0; i < sizeof(a->b); i++)
		h = (h ^ a->b[i]) * 16777619u;
	return &ike->bucket[(h ^ h >> 16) % IKE_BUCKETS];
}

void ike_each(struct ike *ike, void (*fn)(struct ike_gateway *gw))
{
	struct ike_gateway *gw;
	size_t i;

	for (i = 0; i < IKE_BUCKETS; i++)
		LIST_FOREACH(gw, &ike->bucket[i], hash)
	fn(gw);
}

void ike_kick(struct ike *ike)
{
	event_active(ike->kick, EV_TIMEOUT, 0);
}

/*
 * Gateways are freed here, and commands sent here, never from within a call
 * of the room's users or one of its callbacks.
 */
static void on_kick(evutil_socket_t fd, short what, void *arg)
{
	struct gateway_queue now;
	struct ike_gateway *gw;
	struct ike *ike = arg;

	TAILQ_INIT(&now);
	TAILQ_CONCAT(&now, &ike->work, work_link);
	while ((gw = TAILQ_FIRST(&now)) && ike->steps < IKE_STEPS_MAX) {
		TAILQ_REMOVE(&now, gw, work_link);
		gw->in_work = false;
		ike_gw_work(gw);
	}
	ike_ring_flush(ike);
	/* The rest waits for a step's end, which kicks again. */
	TAILQ_CONCAT(&now, &ike->work, work_link);
	TAILQ_CONCAT(&ike->work, &now, work_link);
}

static void up(void *arg)
{
	struct ike *ike = arg;

	log_info("ike", "connected to %s", ike->conf.socket);
	ike->ev.link(ike->arg, true, "");
	ike_lane_open(ike);
	ike_own_load(ike);
	ike_survey_all(ike);
	ike_loss_look(ike);
	ike_each(ike, ike_gw_update);
}

static void down(void *arg, const char *why)
{
	struct ike *ike = arg;

	log_warn("ike", "%s is lost: %s", ike->conf.socket, why);
	ike_survey_link_down(ike);
	ike_own_link_down(ike);
	ike_lane_close(ike);
	ike_ring_link_down(ike);
	ike_each(ike, ike_gw_link_down);
	ike->ev.link(ike->arg, false, why);
}

static void event(void *arg, struct vici_view name, struct vici_view msg)
{
	ike_survey_event(arg, name, msg);
}

static struct vici *open_vici(struct ike *ike)
{
	static const char *const names[] = { "list-sa",	     "list-conn",
					     "ike-updown",   "ike-rekey",
					     "child-updown", "child-rekey",
					     "log",	     NULL };
	static const struct vici_events ev = { up, down, event };

	return vici_create(ike->base, ike->conf.socket, names, &ev, ike);
}

struct ike *ike_create(struct event_base *base, const struct ike_conf *conf,
		       const struct ike_events *ev, void *arg)
{
	struct ike *ike = xcalloc(1, sizeof(*ike));
	size_t i;

	ike->base = base;
	ike->ev = *ev;
	ike->arg = arg;
	ike_conf_copy(&ike->conf, conf);
	TAILQ_INIT(&ike->work);
	ike_ring_init(ike);
	for (i = 0; i < IKE_BUCKETS; i++)
		LIST_INIT(&ike->bucket[i]);
	ike->kick = event_new(base, -1, 0, on_kick, ike);
	ike->v = open_vici(ike);
	if (!ike->kick || !ike->v || ike_survey_init(ike) ||
	    ike_own_init(ike) || ike_lane_init(ike) || ike_manual_init(ike) ||
	    ike_loss_init(ike)) {
		ike_destroy(ike, false);
		return NULL;
	}
	return ike;
}

/* What is not known of is not unloaded. */
static bool is_all_known(const struct ike *ike)
{
	return vici_up(ike->v) && ike->told && ike->sweep;
}

static bool unload_all(struct ike *ike, bool known)
{
	bool clean = ike_manual_flush(ike);

	clean &= ike_parting_unload(ike);
	/* There was no IKE daemon. */
	if (known || !ike->listings)
		return clean;
	log_warn(
		"ike",
		"connections of ours that nobody wanted any more were not looked for: some may stay in the IKE daemon");
	return false;
}

bool ike_destroy(struct ike *ike, bool unload)
{
	struct ike_gateway *gw;
	bool clean = true, known;
	size_t i;

	if (!ike)
		return true;
	ike_lane_close(ike);
	known = ike->v && is_all_known(ike);
	vici_destroy(ike->v);
	ike->v = NULL;
	if (unload)
		clean = unload_all(ike, known);
	for (i = 0; i < IKE_BUCKETS; i++) {
		while ((gw = LIST_FIRST(&ike->bucket[i]))) {
			gw->heir = NULL;
			ike_gw_free(gw);
		}
	}
	ike_loss_fini(ike);
	ike_manual_fini(ike);
	ike_lane_fini(ike);
	ike_own_fini(ike);
	ike_ring_fini(ike);
	ike_survey_fini(ike);
	if (ike->kick)
		event_free(ike->kick);
	ike_conf_free(&ike->conf);
	free(ike);
	return clean;
}

static void load_again(struct ike_gateway *gw)
{
	ike_gw_compare(gw);
	gw->refused[0] = 0;
	gw->attempts = 0;
	event_del(gw->timer);
	ike_gw_update(gw);
}

static bool has_ca(const struct ike_conf *conf, const struct ike_blob *ca)
{
	size_t i;

	for (i = 0; i < conf->n_ca; i++)
		if (ike_blob_same(&conf->ca[i], ca))
			return true;
	return false;
}

/*
 * VICI has no command that unloads one certificate, and what unloads all of
 * them would take others' as well.
 */
static void tell_stale_ca(const struct ike_conf *old,
			  const struct ike_conf *conf)
{
	size_t i, n = 0;

	for (i = 0; i < old->n_ca; i++)
		n += !has_ca(conf, &old->ca[i]);
	if (n)
		log_warn(
			"ike",
			"%zu CA certificates are trusted no more: no connection of ours names them, so that they vouch for no new SA; SAs that they vouched for go on, and strongSwan lists them until it ends",
			n);
}

/* The secrets that are loaded, where they are others now. */
static void compare_secrets(struct ike *ike, const struct ike_conf *old)
{
	struct ike_gateway *gw;
	size_t i;

	for (i = 0; i < IKE_BUCKETS; i++)
		LIST_FOREACH(gw, &ike->bucket[i], hash)
	gw->psk_right =
		gw->psk_right && !gw->manual_conf &&
		ike_conn_same_secret(old, &ike->conf, &gw->conf.address);
}

static bool own_differs(const struct ike_conf *a, const struct ike_conf *b)
{
	size_t i;

	if (a->n_chain != b->n_chain || !ike_blob_same(&a->key, &b->key))
		return true;
	for (i = 0; i < a->n_chain; i++)
		if (!ike_blob_same(&a->chain[i], &b->chain[i]))
			return true;
	return false;
}

void ike_reconfigure(struct ike *ike, const struct ike_conf *conf)
{
	bool own = *ike->own.refused || own_differs(&ike->conf, conf);
	bool moved = strcmp(ike->conf.socket, conf->socket);
	struct ike_conf old = ike->conf;

	ike_conf_copy(&ike->conf, conf);
	compare_secrets(ike, &old);
	ike_each(ike, ike_gw_configure);
	tell_stale_ca(&old, conf);
	ike_conf_free(&old);
	/* At once: the IKE daemon's policies may come in the place of some. */
	ike_manual_check(ike);
	if (moved) {
		if (vici_up(ike->v))
			vici_restart(ike->v, "its path was configured anew");
		vici_destroy(ike->v);
		ike->v = open_vici(ike);
		return;
	}
	if (own)
		ike_own_load(ike);
	ike_ring_reconfigure(ike);
	ike_each(ike, load_again);
	ike_survey_soon(ike, 0);
}

void ike_sweep(struct ike *ike)
{
	if (ike->sweep)
		return;
	ike->sweep = true;
	ike_manual_soon(ike);
	if (vici_up(ike->v))
		ike_survey_all(ike);
}

struct ike_gateway *ike_gateway_add(struct ike *ike,
				    const struct ike_gateway_conf *conf,
				    void *user)
{
	struct ike_gateway *gw = ike_gw_new(ike, conf, user);

	if (!gw)
		return NULL;
	if (gw->manual_conf)
		ike_manual_soon(ike);
	ike_survey_soon(ike, 0);
	ike_gw_update(gw);
	return gw;
}

void ike_gateway_set_mode(struct ike_gateway *gw, enum ike_mode mode)
{
	gw->conf.mode = mode;
	ike_gw_update(gw);
}

void ike_gateway_del(struct ike_gateway *gw)
{
	gw->wanted = false;
	gw->user = NULL;
	if (gw->manual_conf)
		ike_manual_soon(gw->ike);
	ike_gw_update(gw);
}

void ike_gateway_initiate(struct ike_gateway *gw)
{
	gw->asked = true;
	ike_gw_update(gw);
}

void *ike_gateway_user(const struct ike_gateway *gw)
{
	return gw->user;
}

enum ike_state ike_gateway_state(const struct ike_gateway *gw)
{
	return gw->state;
}

const char *ike_state_name(enum ike_state state)
{
	static const char *const names[] = {
		[IKE_LEARNED] = "learned", [IKE_LOADING] = "loading",
		[IKE_WAITING] = "waiting", [IKE_CONNECTING] = "connecting",
		[IKE_UP] = "up",	   [IKE_REKEYING] = "rekeying",
		[IKE_FAILED] = "failed",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "unknown";
}

/* Seconds to the next attempt; negative when there will be none. */
static json_int_t retry_in(const struct ike_gateway *gw)
{
	struct timeval due, now;

	if (gw->turn || gw->lane)
		return 0;
	if (!event_pending(gw->timer, EV_TIMEOUT, &due))
		return -1;
	event_base_gettimeofday_cached(gw->ike->base, &now);
	return due.tv_sec > now.tv_sec ? due.tv_sec - now.tv_sec : 0;
}

json_t *ike_gateway_json(const struct ike_gateway *gw)
{
	json_t *o = json_pack("{s:s, s:s, s:I, s:s, s:i, s:o}", "state",
			      ike_state_name(gw->state), "mode",
			      gw->conf.mode == IKE_PRE_ESTABLISHED ?
				      "pre-established" :
				      "on-demand",
			      "since", (json_int_t)gw->since, "connection",
			      gw->name, "attempts", (int)gw->attempts, "sas",
			      ike_sa_set_json(&gw->sas, ike_now()));

	if (gw->state == IKE_FAILED && retry_in(gw) >= 0)
		json_object_set_new(o, "retry-in", json_integer(retry_in(gw)));
	if (*gw->why)
		json_object_set_new(o, "why", json_string(gw->why));
	return o;
}

bool ike_link_up(const struct ike *ike)
{
	return vici_up(ike->v);
}
