// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One gateway's life. Owns the decisions: from what is wanted, what the IKE
 * daemon holds and which SAs there are, the next command, the next attempt,
 * and the state that others see. All of them are derived anew whenever a fact
 * changes; there is no state to get out of step with the facts.
 *
 * A gateway that failed stays failed while it is tried again, until a child
 * SA is there, so that who depends on it is not moved back and forth: whatever
 * is configured meanwhile, and whether the IKE daemon is there or not.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/mem.h"
#include "ike/driver.h"

#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 60000
#define PATIENCE_S 10 /* for an attempt that others make */
#define GLANCE_MS 200 /* to an attempt's outcome, if all goes well */
#define COMING_MS 2000 /* looking again while one is made */
#define TWIN_S 5 /* an SA's age from which on a second one is too many */
#define SHORT_LIFE_S 10 /* an SA that ends sooner counts as a failure */

static void set_timer(struct ike_gateway *gw, unsigned int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	event_add(gw->timer, &tv);
}

/* 0, then doubling, a quarter more or less so that gateways spread out. */
static unsigned int backoff_ms(unsigned int attempts)
{
	unsigned int ms;

	if (!attempts)
		return 0;
	ms = attempts > 6 ? RETRY_MAX_MS : RETRY_MIN_MS << (attempts - 1);
	return ms - ms / 4 + arc4random_uniform(ms / 2);
}

static void queue_work(struct ike_gateway *gw)
{
	if (!gw->in_work)
		TAILQ_INSERT_TAIL(&gw->ike->work, gw, work_link);
	gw->in_work = true;
	ike_kick(gw->ike);
}

/* Our own end, family 0 when none is configured. */
static const struct addr *local_end(const struct ike_gateway *gw)
{
	return gw->conf.session ?
		       &gw->conf.local :
		       ike_conn_local(&gw->ike->conf, &gw->conf.address);
}

/* Why it cannot be loaded; NULL when it can. */
static const char *lacking(const struct ike_gateway *gw)
{
	if (!local_end(gw)->family)
		return gw->conf.address.family == AF_INET6 ?
			       "no own IPv6 gateway address is configured" :
			       "no own IPv4 gateway address is configured";
	if (gw->proof.auth == IKE_AUTH_NONE && !gw->manual_conf)
		return "no pre-shared key and no certificate is configured for it";
	return NULL;
}

static bool by_psk(const struct ike_gateway *gw)
{
	return gw->proof.auth == IKE_AUTH_PSK;
}

/* By one that it shares with others. */
static bool by_ring(const struct ike_gateway *gw)
{
	return gw->proof.shared;
}

static bool by_own_psk(const struct ike_gateway *gw)
{
	return by_psk(gw) && !by_ring(gw);
}

static bool has_secret(const struct ike_gateway *gw)
{
	if (by_psk(gw))
		return gw->psk_right &&
		       (by_ring(gw) ? gw->in_ring : gw->has_psk);
	return gw->ike->own.loaded;
}

static bool loaded(const struct ike_gateway *gw)
{
	return has_secret(gw) && gw->has_conn && gw->conn_right;
}

static bool is_kept(const struct ike_sa_child *c)
{
	return c->phase == SA_THERE && !c->ended;
}

/* As it is wanted, and the kernel has all of it. */
static bool is_right(const struct ike_gateway *gw, const struct ike_sa_child *c)
{
	return !c->astray && !c->lost && c->if_id == gw->conf.if_id;
}

static struct ike_sa_child *wrong_sa(struct ike_gateway *gw)
{
	struct ike_sa_child *c;
	size_t i;

	for (i = 0; i < gw->sas.n; i++) {
		c = &gw->sas.child[i];
		if (is_kept(c) && !is_right(gw, c))
			return c;
	}
	return NULL;
}

static uint32_t lesser_spi(const struct ike_sa_child *c)
{
	return c->spi_in < c->spi_out ? c->spi_in : c->spi_out;
}

/*
 * Where both ends initiate at once two SAs may remain. Both know both SPIs of
 * each, and so end the same one.
 */
static struct ike_sa_child *redundant_sa(struct ike_gateway *gw)
{
	struct ike_sa_child *c, *keep = NULL, *end = NULL;
	time_t old = ike_now() - TWIN_S;
	size_t i;

	if (gw->ike->conf.per_cpu_sas)
		return NULL;
	for (i = 0; i < gw->sas.n; i++) {
		c = &gw->sas.child[i];
		if (!is_kept(c) || !is_right(gw, c) || c->rekeying ||
		    c->installed > old)
			continue;
		if (!keep || lesser_spi(c) > lesser_spi(keep)) {
			end = keep;
			keep = c;
		} else {
			end = c;
		}
	}
	return end;
}

static bool only_child(const struct ike_gateway *gw,
		       const struct ike_sa_child *c)
{
	size_t i, n = 0;

	for (i = 0; i < gw->sas.n; i++)
		n += gw->sas.child[i].ike_id == c->ike_id;
	return n == 1;
}

/* An SA as wanted, one that is not being rekeyed rather than another. */
static const struct ike_sa_child *right_sa(const struct ike_gateway *gw)
{
	const struct ike_sa_child *c, *right = NULL;
	size_t i;

	for (i = 0; i < gw->sas.n; i++) {
		c = &gw->sas.child[i];
		if (c->phase == SA_THERE && !c->astray &&
		    c->if_id == gw->conf.if_id && (!right || right->rekeying))
			right = c;
	}
	return right;
}

static enum step next_step(struct ike_gateway *gw)
{
	if (gw->blocked || !vici_up(gw->ike->v))
		return STEP_NONE;
	if (!gw->wanted || lacking(gw) || gw->manual_conf) {
		/* No new SA may come before the last one is ended. */
		if (gw->has_conn)
			return STEP_UNLOAD_CONN;
		if (gw->may_have_sas)
			return STEP_END_SAS;
		return gw->has_psk ? STEP_UNLOAD_PSK : STEP_NONE;
	}
	if (*gw->refused)
		return STEP_NONE;
	if (gw->no_policies && gw->has_conn)
		return STEP_UNLOAD_CONN;
	if (gw->no_policies || gw->no_sas)
		return STEP_END_SAS;
	if (!has_secret(gw))
		return by_psk(gw) ? STEP_LOAD_PSK : STEP_NONE;
	if (!gw->has_conn || !gw->conn_right)
		return gw->ike->told ? STEP_LOAD_CONN : STEP_NONE;
	if (gw->has_psk && !by_own_psk(gw))
		return STEP_UNLOAD_PSK;
	return wrong_sa(gw) || redundant_sa(gw) ? STEP_END_SA : STEP_NONE;
}

/* Should an attempt be made or repeated? */
static bool tries(const struct ike_gateway *gw)
{
	return gw->wanted && !gw->blocked && !gw->manual_conf && loaded(gw) &&
	       !*gw->refused && !gw->up && gw->known &&
	       (gw->conf.mode == IKE_PRE_ESTABLISHED || gw->failed ||
		gw->asked);
}

static enum ike_state derive(const struct ike_gateway *gw, const char **why)
{
	const char *lack = lacking(gw);

	*why = "";
	if (gw->manual_conf) {
		if (lack) {
			*why = lack;
			return IKE_LEARNED;
		}
		*why = gw->manual->why;
		if (gw->manual->kept)
			return IKE_UP;
		return *gw->manual->why ? IKE_FAILED : IKE_LOADING;
	}
	if (!vici_up(gw->ike->v)) {
		*why = "no connection to the IKE daemon";
		return IKE_LEARNED;
	}
	if (lack) {
		*why = lack;
		return IKE_LEARNED;
	}
	if (gw->blocked) {
		*why = "an earlier connection to it is being unloaded";
		return IKE_LOADING;
	}
	/* What was configured since may still be refused. */
	if (*gw->refused)
		*why = gw->refused;
	if (gw->up)
		return right_sa(gw)->rekeying ? IKE_REKEYING : IKE_UP;
	if (*gw->refused)
		return IKE_FAILED;
	if (!by_psk(gw) && *gw->ike->own.refused) {
		*why = gw->ike->own.refused;
		return IKE_FAILED;
	}
	if (!loaded(gw) || !gw->known)
		return IKE_LOADING;
	if (gw->failed) {
		*why = gw->failure;
		return IKE_FAILED;
	}
	if (gw->conf.mode == IKE_PRE_ESTABLISHED || gw->coming || gw->lane)
		return IKE_CONNECTING;
	return IKE_WAITING;
}

static void tell(struct ike_gateway *gw)
{
	char text[ADDR_STRLEN];
	enum ike_state state;
	const char *why;

	if (!gw->wanted)
		return;
	state = derive(gw, &why);
	if (state == gw->state && !strcmp(why, gw->why))
		return;
	if (state != gw->state)
		gw->since = time(NULL);
	gw->state = state;
	snprintf(gw->why, sizeof(gw->why), "%s", why);
	log_write(state == IKE_FAILED ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "ike",
		  "%s %s: %s%s%s",
		  gw->conf.session ? "session with" : "gateway",
		  addr_format(&gw->conf.address, text), ike_state_name(state),
		  *why ? ": " : "", why);
	if (gw->conf.session)
		gw->ike->ev.session(gw->ike->arg, gw, state, gw->why);
	else
		gw->ike->ev.state(gw->ike->arg, gw, state, gw->why);
}

static void note_up(struct ike_gateway *gw)
{
	bool up = right_sa(gw);

	if (up == gw->up)
		return;
	gw->up = up;
	if (up) {
		gw->up_at = ike_now();
		gw->failed = false;
		gw->asked = false;
		gw->begun = 0;
		ike_lane_leave(gw);
	} else if (ike_now() - gw->up_at < SHORT_LIFE_S) {
		gw->attempts++;
	} else {
		gw->attempts = 0;
	}
}

void ike_gw_update(struct ike_gateway *gw)
{
	note_up(gw);
	if (next_step(gw) != STEP_NONE || !gw->wanted)
		queue_work(gw);
	if (!tries(gw)) {
		ike_lane_leave(gw);
		if (!*gw->refused)
			event_del(gw->timer);
	} else if (!gw->lane && !gw->turn &&
		   !event_pending(gw->timer, EV_TIMEOUT, NULL)) {
		set_timer(gw, backoff_ms(gw->attempts));
	}
	tell(gw);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct ike_gateway *gw = arg;

	if (*gw->refused) {
		gw->refused[0] = 0;
	} else if (gw->ike->listed <= gw->await) {
		/* The attempt before this one may have led somewhere. */
		ike_survey_soon(gw->ike, 0);
		set_timer(gw, COMING_MS / 4);
	} else if (gw->coming) {
		/* Initiating now would make a second child SA. */
		ike_survey_soon(gw->ike, 0);
		set_timer(gw, COMING_MS);
	} else {
		ike_lane_queue(gw);
	}
	ike_gw_update(gw);
}

static void fail(struct ike_gateway *gw, const char *why)
{
	gw->failed = true;
	snprintf(gw->failure, sizeof(gw->failure), "%s", why);
}

void ike_gw_attempted(struct ike_gateway *gw, const char *failure)
{
	gw->await = gw->ike->listings;
	gw->attempts++;
	gw->asked = false;
	if (failure)
		fail(gw, failure);
	ike_survey_soon(gw->ike, 0);
	ike_gw_update(gw);
}

void ike_gw_begun(struct ike_gateway *gw)
{
	if (gw->up || gw->lane || gw->failed)
		return;
	gw->begun = gw->ike->listings + 1;
	ike_survey_soon(gw->ike, GLANCE_MS);
}

void ike_gw_child(struct ike_gateway *gw, const struct ike_sa *ike,
		  struct ike_sa_child *child)
{
	const struct addr *local = local_end(gw);

	gw->may_have_sas = true;
	if (gw->manual_conf)
		return;
	child->listing = gw->ike->listings;
	child->astray = ike->local.family && local->family &&
			addr_cmp(&ike->local, local);
	ike_sa_set_put(&gw->sas, child);
}

void ike_gw_listed(struct ike_gateway *gw)
{
	bool came = gw->coming || (gw->begun && gw->ike->listed >= gw->begun);

	if (!gw->wanted || gw->blocked || gw->manual_conf)
		return;
	gw->known = gw->ike->listed > gw->born;
	ike_sa_set_sweep(&gw->sas, gw->ike->listed);
	gw->coming = gw->heard == gw->ike->listed;
	if (came)
		gw->begun = 0;
	note_up(gw);
	if (!gw->up && !gw->lane && !gw->failed) {
		if (came && !gw->coming)
			fail(gw, "the IKE daemon's attempt came to nothing");
		else if (gw->coming && ike_now() - gw->coming_at >= PATIENCE_S)
			fail(gw, "no SA for all the IKE daemon's attempts");
	}
	if (gw->coming && !gw->up)
		ike_survey_soon(gw->ike, COMING_MS);
	ike_gw_update(gw);
}

static void refuse(struct ike_gateway *gw, const char *why)
{
	gw->psk_right = false;
	gw->conn_right = false;
	gw->mark[0] = 0;
	snprintf(gw->refused, sizeof(gw->refused), "%s", why);
	set_timer(gw, backoff_ms(++gw->attempts));
}

static void step_done(void *arg, int err, struct vici_view msg)
{
	struct ike_gateway *gw = arg;
	enum step step = gw->step;
	char why[IKE_WHY_LEN];
	bool ok = vici_reply_ok(err, msg, why, sizeof(why));

	gw->step = STEP_NONE;
	gw->ike->steps--;
	if (err == -ECONNRESET) /* ike_gw_link_down() follows */
		return;
	switch (step) {
	case STEP_LOAD_PSK:
		gw->has_psk = gw->has_psk || ok;
		break;
	case STEP_LOAD_CONN:
		gw->has_conn = gw->has_conn || ok;
		if (ok && !gw->up)
			gw->attempts = 0;
		break;
	/* That there was nothing to end or unload is as good. */
	case STEP_UNLOAD_CONN:
		gw->has_conn = false;
		break;
	case STEP_END_SAS:
		/* What had SAs has use for them. */
		gw->asked = gw->no_sas;
		gw->no_sas = false;
		gw->no_policies = false;
		gw->may_have_sas = gw->has_conn;
		if (!ike_manual_has_sas(gw))
			gw->sas.n = 0;
		gw->coming = false;
		if (gw->manual_conf)
			ike_manual_soon(gw->ike);
		break;
	case STEP_UNLOAD_PSK:
		gw->has_psk = false;
		break;
	case STEP_END_SA:
		ike_survey_soon(gw->ike, 0);
		break;
	case STEP_NONE:
		break;
	}
	if (!ok && (step == STEP_LOAD_PSK || step == STEP_LOAD_CONN))
		refuse(gw, why);
	ike_gw_update(gw);
	queue_work(gw);
}

static void encode_named(struct vici_wr *w, const char *cmd, const char *key,
			 const char *name)
{
	vici_wr_init(w, VICI_CMD_REQUEST, cmd);
	vici_wr_str(w, key, name);
}

/*
 * Ended by force: the DELETE is sent, and not waited for. A dead peer's SA
 * would otherwise keep its if_id for minutes, which another gateway may get.
 */
static void encode_end(struct vici_wr *w)
{
	vici_wr_init(w, VICI_CMD_REQUEST, "terminate");
	vici_wr_str(w, "force", "yes");
	vici_wr_str(w, "timeout", "-1");
}

static int take(struct ike_gateway *gw, enum step step)
{
	const struct ike_conf *conf = &gw->ike->conf;
	struct ike_sa_child *c;
	struct vici_wr w;
	bool whole;

	gw->ever_loaded = true;
	switch (step) {
	case STEP_LOAD_PSK:
		ike_conn_encode_psk(&w, conf, &gw->conf);
		gw->psk_right = true;
		break;
	case STEP_LOAD_CONN:
		ike_conn_mark(conf, &gw->conf, gw->mark);
		ike_conn_encode(&w, conf, &gw->conf, gw->mark);
		gw->may_have_sas = true;
		gw->conn_right = true;
		break;
	case STEP_END_SA:
		c = wrong_sa(gw) ?: redundant_sa(gw);
		whole = c->astray || (!wrong_sa(gw) && only_child(gw, c));
		encode_end(&w);
		vici_wr_num(&w, whole ? "ike-id" : "child-id",
			    whole ? c->ike_id : c->id);
		c->ended = true;
		break;
	case STEP_UNLOAD_CONN:
		encode_named(&w, "unload-conn", "name", gw->name);
		break;
	case STEP_END_SAS:
		encode_end(&w);
		vici_wr_str(&w, "ike", gw->name);
		break;
	case STEP_UNLOAD_PSK:
		encode_named(&w, "unload-shared", "id", gw->name);
		break;
	case STEP_NONE:
		return 0;
	}
	return vici_send(gw->ike->v, &w, step_done, gw);
}

void ike_gw_compare(struct ike_gateway *gw)
{
	char mark[CONN_MARK_LEN];

	gw->conn_right = false;
	if (!*gw->mark || !gw->wanted || lacking(gw) || gw->manual_conf)
		return;
	ike_conn_mark(&gw->ike->conf, &gw->conf, mark);
	gw->conn_right = !strcmp(mark, gw->mark);
}

void ike_gw_in_ring(struct ike_gateway *gw, const char *why)
{
	gw->step = STEP_NONE;
	if (why)
		refuse(gw, why);
	else
		gw->in_ring = true;
	ike_gw_update(gw);
	queue_work(gw);
}

void ike_gw_work(struct ike_gateway *gw)
{
	struct ike *ike = gw->ike;
	enum step step;
	int err;

	if (gw->step != STEP_NONE)
		return;
	step = next_step(gw);
	if (step == STEP_NONE) {
		if (!gw->wanted)
			ike_gw_free(gw);
		return;
	}
	if (step == STEP_LOAD_PSK && by_ring(gw)) {
		gw->step = step;
		gw->psk_right = true;
		ike_ring_join(gw);
		return;
	}
	err = take(gw, step);
	if (!err) {
		gw->step = step;
		ike->steps++;
	} else if (!gw->wanted) {
		ike_gw_free(gw);
	} else if (err != -ENOTCONN) {
		refuse(gw, strerror(-err));
		ike_gw_update(gw);
	}
}

/* "swanctl --load-all" does it to whatever its own file does not hold. */
void ike_gw_lost(struct ike_gateway *gw, bool secret)
{
	char text[ADDR_STRLEN];

	if (secret)
		gw->has_psk = false;
	else
		gw->has_conn = false;
	if (gw->wanted && !lacking(gw) && (!secret || by_own_psk(gw)))
		log_warn("ike", "gateway %s: its %s was unloaded by others",
			 addr_format(&gw->conf.address, text),
			 secret ? "secret" : "connection");
	ike_gw_update(gw);
}

bool ike_gw_settled(const struct ike_gateway *gw)
{
	return gw->wanted && !gw->blocked && !gw->manual_conf && loaded(gw) &&
	       gw->step == STEP_NONE && vici_up(gw->ike->v);
}

/* A reload loads it anew, and our own key before it. */
bool ike_gw_busy(const struct ike_gateway *gw)
{
	if (!gw->wanted || gw->blocked || gw->manual_conf)
		return false;
	return gw->step != STEP_NONE ||
	       ((!loaded(gw) || !gw->known) && vici_up(gw->ike->v) &&
		!lacking(gw) && !*gw->refused &&
		(by_psk(gw) || !*gw->ike->own.refused));
}

static bool has_right_sa(const struct ike_gateway *gw)
{
	size_t i;

	for (i = 0; i < gw->sas.n; i++)
		if (is_kept(&gw->sas.child[i]) &&
		    is_right(gw, &gw->sas.child[i]))
			return true;
	return false;
}

void ike_gw_robbed(struct ike_gateway *gw, bool policies)
{
	char text[ADDR_STRLEN];

	log_warn("ike", "%s %s: its %s were removed from the kernel by others",
		 gw->conf.session ? "session with" : "gateway",
		 addr_format(&gw->conf.address, text),
		 policies ? "policies" : "SAs");
	/* Where another carries the traffic, those that are lost are ended. */
	gw->no_sas = policies ? gw->up : !has_right_sa(gw);
	gw->no_policies = policies;
	ike_gw_update(gw);
}

void ike_gw_own(struct ike_gateway *gw)
{
	if (gw->wanted && !lacking(gw) && !gw->manual_conf && !by_psk(gw))
		ike_gw_update(gw);
}

void ike_gw_link_down(struct ike_gateway *gw)
{
	/* What is left of steps is a ring's: others have ended by now. */
	gw->step = STEP_NONE;
	gw->ring = NULL;
	gw->ring_due = false;
	gw->in_ring = false;
	gw->ever_loaded = gw->ever_loaded || gw->may_have_sas;
	gw->has_psk = false;
	gw->has_conn = false;
	gw->may_have_sas = false;
	gw->psk_right = false;
	gw->conn_right = false;
	gw->mark[0] = 0;
	gw->refused[0] = 0;
	if (!ike_manual_has_sas(gw)) {
		gw->sas.n = 0;
		gw->up = false;
	}
	gw->coming = false;
	gw->asked = false;
	gw->no_sas = false;
	gw->no_policies = false;
	gw->begun = 0;
	gw->attempts = 0;
	gw->born = gw->ike->listings;
	gw->known = false;
	ike_lane_leave(gw);
	event_del(gw->timer);
	ike_gw_update(gw);
}

struct ike_gateway *ike_gw_holder(struct ike *ike, const struct addr *a)
{
	struct ike_gateway *gw;

	LIST_FOREACH(gw, ike_bucket(ike, a), hash)
	if (!gw->blocked && !addr_cmp(&gw->key, a))
		return gw;
	return NULL;
}

struct ike_gateway *ike_gw_find(struct ike *ike, const struct addr *a)
{
	struct ike_gateway *gw = ike_gw_holder(ike, a);

	return gw && gw->wanted ? gw : NULL;
}

void ike_gw_configure(struct ike_gateway *gw)
{
	gw->proof = ike_conn_proof(&gw->ike->conf, &gw->conf.address);
	ike_manual_configure(gw);
}

/* The last of those of that address, whom a new one has to wait for. */
static struct ike_gateway *last_of(struct ike *ike, const struct addr *a)
{
	struct ike_gateway *gw = ike_gw_holder(ike, a);

	while (gw && gw->heir)
		gw = gw->heir;
	return gw;
}

struct ike_gateway *ike_gw_new(struct ike *ike,
			       const struct ike_gateway_conf *conf, void *user)
{
	struct ike_gateway *gw = calloc(1, sizeof(*gw));
	struct ike_gateway *before;

	if (!gw)
		return NULL;
	gw->ike = ike;
	gw->conf = *conf;
	gw->user = user;
	gw->since = time(NULL);
	gw->wanted = true;
	gw->born = ike->listings;
	gw->key = ike_conn_key(conf);
	ike_conn_name(&gw->key, gw->name);
	ike_gw_configure(gw);
	gw->timer = evtimer_new(ike->base, on_timer, gw);
	if (!gw->timer) {
		free(gw->manual);
		free(gw);
		return NULL;
	}
	before = last_of(ike, &gw->key);
	if (before) {
		before->heir = gw;
		gw->blocked = true;
	}
	LIST_INSERT_HEAD(ike_bucket(ike, &gw->key), gw, hash);
	return gw;
}

struct ike_gateway *ike_gw_orphan(struct ike *ike, const struct addr *a)
{
	struct ike_gateway_conf conf = {
		.address = *a,
		.session = a->family & CONN_SESSION_MARK,
	};
	struct ike_gateway *gw;

	conf.address.family &= (uint8_t)~CONN_SESSION_MARK;
	gw = ike_gw_new(ike, &conf, NULL);
	if (!gw)
		return NULL;
	log_info("ike", "%s: loaded earlier, wanted no more", gw->name);
	gw->wanted = false;
	ike_gw_update(gw);
	return gw;
}

static void unblock(struct ike_gateway *gw)
{
	gw->blocked = false;
	gw->born = gw->ike->listings;
	ike_survey_soon(gw->ike, 0);
	ike_gw_update(gw);
}

void ike_gw_free(struct ike_gateway *gw)
{
	struct ike *ike = gw->ike;
	struct ike_gateway *heir = gw->heir, *other;

	LIST_FOREACH(other, ike_bucket(ike, &gw->key), hash)
	if (other->heir == gw)
		other->heir = heir;
	ike_ring_leave(gw);
	LIST_REMOVE(gw, hash);
	if (gw->in_work)
		TAILQ_REMOVE(&ike->work, gw, work_link);
	ike_lane_leave(gw);
	event_free(gw->timer);
	ike_sa_set_free(&gw->sas);
	free(gw->manual);
	/* A blocked one that goes leaves its heir to the one before it. */
	if (heir && !gw->blocked)
		unblock(heir);
	free(gw);
}
