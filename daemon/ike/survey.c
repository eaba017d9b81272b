// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the IKE daemon holds: the connections and secrets that bear our name,
 * asked for when the VICI connection is new, and now and then; and the SAs,
 * which are listed again and again, as not every end of one is an event (an
 * attempt that fails is none, and neither are octets). Owns the listing's clock;
 * changes nothing in the IKE daemon, and hears of nothing that is not ours.
 */
#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include "base/log.h"
#include "ike/driver.h"

#define PAUSE_MS 10000 /* between listings that nothing asks for, at least */
#define PAUSE_FACTOR 20 /* they may cost a twentieth of the time */
#define HURRY_FACTOR 4 /* and a fifth when something changes */
#define HINT_MS 100 /* an IKE SA came or went */

static unsigned int elapsed_ms(const struct timespec *since)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (ts.tv_sec - since->tv_sec) * 1000 +
	       (ts.tv_nsec - since->tv_nsec) / 1000000;
}

static void listed(void *arg, int err, struct vici_view msg)
{
	struct ike *ike = arg;
	unsigned int pause;

	ike->listing = false;
	if (err == -ECONNRESET)
		return;
	ike->listed = ike->listings;
	ike->list_ms = elapsed_ms(&ike->list_began);
	pause = PAUSE_FACTOR * ike->list_ms;
	if (pause < PAUSE_MS)
		pause = PAUSE_MS;
	ike_survey_soon(ike, ike->list_again ? 0 : pause);
	ike_each(ike, ike_gw_listed);
}

static void ask_sas(struct ike *ike)
{
	struct vici_wr w;

	if (ike->listing || !vici_up(ike->v))
		return;
	event_del(ike->survey_timer);
	vici_wr_init(&w, VICI_CMD_REQUEST, "list-sas");
	if (vici_send(ike->v, &w, listed, ike))
		return;
	ike->listing = true;
	ike->list_again = false;
	ike->listings++;
	clock_gettime(CLOCK_MONOTONIC, &ike->list_began);
}

void ike_survey_soon(struct ike *ike, unsigned int ms)
{
	struct timeval tv, due, now;

	if (!vici_up(ike->v))
		return;
	if (ms < HURRY_FACTOR * ike->list_ms)
		ms = HURRY_FACTOR * ike->list_ms;
	tv = (struct timeval){ ms / 1000, ms % 1000 * 1000 };
	if (event_pending(ike->survey_timer, EV_TIMEOUT, &due)) {
		event_base_gettimeofday_cached(ike->base, &now);
		evutil_timeradd(&now, &tv, &now);
		if (evutil_timercmp(&due, &now, <=))
			return;
	}
	event_add(ike->survey_timer, &tv);
}

/*
 * Names in a list of a reply. Commands and replies are in order, so what has
 * been loaded and is not named has been unloaded by somebody else.
 */
static void conn_named(struct ike *ike, struct ike_gateway *gw)
{
	gw->has_conn = true;
	gw->conn_round = ike->conn_round;
}

static void psk_named(struct ike *ike, struct ike_gateway *gw)
{
	gw->has_psk = true;
	gw->psk_round = ike->psk_round;
}

static void name(struct ike *ike, struct vici_view text,
		 void (*named)(struct ike *ike, struct ike_gateway *gw))
{
	struct ike_gateway *gw;
	struct addr a;

	if (!ike_conn_gateway(text, &a)) {
		if (named == psk_named)
			ike_ring_named(ike, text);
		return;
	}
	gw = ike_gw_holder(ike, &a);
	if (!gw && ike->sweep)
		gw = ike_gw_orphan(ike, &a);
	if (!gw)
		return;
	named(ike, gw);
	gw->may_have_sas = true;
	ike_gw_update(gw);
}

/* Its secrets' values the IKE daemon does not tell: these are loaded anyway. */
static void conn_listed(struct ike *ike, const struct vici_elem *conn)
{
	struct ike_gateway *gw;
	struct addr a;

	name(ike, conn->name, conn_named);
	if (ike->told || !ike_conn_gateway(conn->name, &a))
		return;
	gw = ike_gw_holder(ike, &a);
	if (!gw)
		return;
	ike_conn_read_mark(conn->value, gw->mark);
	ike_gw_compare(gw);
}

static void each_name(struct ike *ike, struct vici_view msg, const char *list,
		      void (*named)(struct ike *ike, struct ike_gateway *gw))
{
	struct vici_view names;
	struct vici_elem e;

	if (!vici_find(msg, VICI_LIST_START, list, &names))
		return;
	while (vici_next(&names, &e))
		name(ike, e.value, named);
}

static void conn_missed(struct ike_gateway *gw)
{
	if (gw->has_conn && gw->conn_round != gw->ike->conn_round)
		ike_gw_lost(gw, false);
}

static void psk_missed(struct ike_gateway *gw)
{
	if (gw->has_psk && gw->psk_round != gw->ike->psk_round)
		ike_gw_lost(gw, true);
}

/*
 * A reply that does not fit in one message is discarded by strongSwan, which
 * says so in its log alone: here the next command's comes in its place, which
 * has no such list.
 */
static bool was_discarded(struct ike *ike, struct vici_view msg,
			  const char *list)
{
	struct vici_view names;

	if (vici_find(msg, VICI_LIST_START, list, &names))
		return false;
	ike->many = true;
	vici_restart(
		ike->v,
		"its names do not fit in one message; from now on connections are listed one by one, and secrets are not");
	return true;
}

static void conns_found(void *arg, int err, struct vici_view msg)
{
	struct ike *ike = arg;

	if (err || was_discarded(ike, msg, "conns"))
		return;
	ike->conn_round++;
	each_name(ike, msg, "conns", conn_named);
	ike_each(ike, conn_missed);
}

static void conns_told(void *arg, int err, struct vici_view msg)
{
	struct ike *ike = arg;

	if (err == -ECONNRESET)
		return;
	if (!err)
		ike_each(ike, conn_missed);
	if (ike->told)
		return;
	ike->told = true;
	ike_each(ike, ike_gw_update);
}

static void psks_found(void *arg, int err, struct vici_view msg)
{
	struct ike *ike = arg;

	if (err || was_discarded(ike, msg, "keys"))
		return;
	ike->psk_round++;
	each_name(ike, msg, "keys", psk_named);
	ike_each(ike, psk_missed);
	ike_ring_listed(ike);
}

static void keys_found(void *arg, int err, struct vici_view msg)
{
	if (!err)
		ike_own_keys(arg, msg);
}

static void ask_names(struct ike *ike)
{
	struct vici_wr w;

	ike->asked = ike_now();
	/* At first all is compared with what is wanted, then the names do. */
	if (ike->many || !ike->told) {
		ike->conn_round++;
		vici_wr_init(&w, VICI_CMD_REQUEST, "list-conns");
		vici_send(ike->v, &w, conns_told, ike);
	} else {
		vici_wr_init(&w, VICI_CMD_REQUEST, "get-conns");
		vici_send(ike->v, &w, conns_found, ike);
	}
	vici_wr_init(&w, VICI_CMD_REQUEST, "get-keys");
	vici_send(ike->v, &w, keys_found, ike);
	/*
	 * Secrets are not told one by one: those of many go unseen. Last, as no
	 * other command that lists "keys" may come after it: was_discarded().
	 */
	if (!ike->many) {
		vici_wr_init(&w, VICI_CMD_REQUEST, "get-shared");
		vici_send(ike->v, &w, psks_found, ike);
	}
}

void ike_survey_all(struct ike *ike)
{
	ask_names(ike);
	ask_sas(ike);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct ike *ike = arg;

	if (ike_now() - ike->asked >= PAUSE_MS / 1000)
		ask_names(ike);
	ike->list_again = ike->listing;
	ask_sas(ike);
}

static void sa_listed(struct ike *ike, struct ike_gateway *gw,
		      const struct ike_sa *sa)
{
	gw->may_have_sas = true;
	if (sa->phase != SA_COMING)
		return;
	if (!gw->coming)
		gw->coming_at = ike_now();
	gw->coming = true;
	gw->heard = ike->listings;
}

static void children(struct ike_gateway *gw, const struct ike_sa *sa, bool down)
{
	struct vici_view rest = sa->children;
	struct ike_sa_child child;

	while (ike_sa_next_child(&rest, sa, ike_now(), &child)) {
		if (down)
			ike_sa_set_del(&gw->sas, child.id);
		else
			ike_gw_child(gw, sa, &child);
	}
}

/*
 * An attempt that we did not ask for, on a packet's behalf, is told by the
 * log alone, and so quick to fail that no listing may ever hold it.
 */
static void hint(struct ike *ike, struct vici_view msg)
{
	struct ike_gateway *gw;
	struct vici_view name;
	struct addr a;
	char text[32];

	if (!vici_find(msg, VICI_KEY_VALUE, "ikesa-name", &name) ||
	    !ike_conn_gateway(name, &a))
		return;
	vici_get_str(msg, "msg", text, sizeof(text));
	if (strncmp(text, "initiating IKE_SA", 17) &&
	    strncmp(text, "establishing CHILD_SA", 21))
		return;
	gw = ike_gw_find(ike, &a);
	if (gw)
		ike_gw_begun(gw);
}

void ike_survey_event(struct ike *ike, struct vici_view event,
		      struct vici_view msg)
{
	bool listing = vici_is(event, "list-sa");
	struct vici_view rest = msg;
	struct vici_elem e;
	struct ike_sa_child old, new;
	struct ike_gateway *gw;
	struct ike_sa sa;

	if (vici_is(event, "log")) {
		hint(ike, msg);
		return;
	}
	if (vici_is(event, "list-conn")) {
		if (vici_next(&rest, &e))
			conn_listed(ike, &e);
		return;
	}
	if (!ike_sa_read_ike(msg, &sa))
		return;
	gw = ike_gw_find(ike, &sa.gateway);
	if (!gw) {
		/* One that survived its connection's end. */
		if (listing && ike->sweep && !ike_gw_holder(ike, &sa.gateway)) {
			gw = ike_gw_orphan(ike, &sa.gateway);
			if (gw)
				gw->may_have_sas = true;
		}
		return;
	}
	if (listing) {
		sa_listed(ike, gw, &sa);
		children(gw, &sa, false);
		/* Not before the list is whole: its state may be elsewhere. */
		return;
	}
	if (vici_is(event, "child-rekey")) {
		if (!ike_sa_read_rekey(&sa, ike_now(), &old, &new))
			return;
		ike_sa_set_del(&gw->sas, old.id);
		ike_gw_child(gw, &sa, &new);
	} else if (vici_is(event, "child-updown")) {
		children(gw, &sa, !sa.up);
	} else {
		/* An IKE SA's own ups and downs: its children may follow. */
		ike_survey_soon(ike, HINT_MS);
	}
	ike_gw_update(gw);
}

void ike_survey_link_down(struct ike *ike)
{
	event_del(ike->survey_timer);
	ike->told = false;
	ike->listing = false;
	ike->listed = 0;
	ike->list_ms = 0;
}

int ike_survey_init(struct ike *ike)
{
	ike->survey_timer = evtimer_new(ike->base, on_timer, ike);
	return ike->survey_timer ? 0 : -ENOMEM;
}

void ike_survey_fini(struct ike *ike)
{
	if (ike->survey_timer)
		event_free(ike->survey_timer);
}
