// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A session: the state machine's actions on a connection and its timers.
 * Decides nothing that bgp_fsm() decides. RFC 4271, sections 6.2, 8 and 10.
 */
#include "bgp/session.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "bgp/peer.h"
#include "bgp/sock.h"

enum {
	HOLD_BEFORE_OPEN = 240, /* RFC 4271, 8.2.2: "4 minutes" */
	UNICAST = BGP_IPV4 | BGP_IPV6,
	/* Refreshes of a family that nobody asked for, and their seconds. */
	BEGUN_MAX = 8,
	BEGUN_WINDOW = 10,
};

/* RFC 4271, section 10: three quarters to all of it. */
static void arm_jittered(struct event *timer, unsigned int seconds)
{
	uint64_t us = seconds * 1000000ULL;
	struct timeval tv;
	uint32_t r;

	evutil_secure_rng_get_bytes(&r, sizeof(r));
	us -= us / 4 * r / UINT32_MAX;
	tv = (struct timeval){ us / 1000000, us % 1000000 };
	event_add(timer, &tv);
}

static void arm(struct event *timer, unsigned int seconds)
{
	struct timeval tv = { .tv_sec = seconds };

	if (seconds)
		event_add(timer, &tv);
	else
		event_del(timer);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct bgp_session *s = arg;

	bgp_session_event(s, s->state == BGP_IDLE ? BGP_EV_IDLE_TIMER :
						    BGP_EV_RETRY_TIMER);
}

static void on_hold(evutil_socket_t fd, short what, void *arg)
{
	bgp_session_end(arg, BGP_EV_HOLD_TIMER, "hold timer expired");
}

static void on_keepalive(evutil_socket_t fd, short what, void *arg)
{
	bgp_session_event(arg, BGP_EV_KEEPALIVE_TIMER);
}

static void on_hop(evutil_socket_t fd, short what, void *arg)
{
	bgp_originate_waiting(arg);
}

void bgp_session_send(struct bgp_session *s, const struct wr *w,
		      const uint8_t *message)
{
	s->peer->out.messages[message[18]]++;
	bgp_conn_send(&s->conn, message, w->p - message);
}

static void send_notification(struct bgp_session *s)
{
	uint8_t message[BGP_HEADER_LEN + 2 + BGP_ERROR_DATA_MAX];
	struct wr w = wr_init(message, sizeof(message));
	struct bgp_peer *peer = s->peer;
	char text[BGP_ERROR_TEXT];

	bgp_error_text(&s->error, text);
	log_write(s->error.code == BGP_ERR_CEASE ? LOG_LEVEL_INFO :
						   LOG_LEVEL_WARN,
		  "bgp", "%s: sent NOTIFICATION %s", peer->conf.name, text);
	snprintf(peer->last_error, sizeof(peer->last_error), "sent: %.400s",
		 text);
	if (!*s->why)
		snprintf(s->why, sizeof(s->why), "%.400s", text);
	s->notified = true;
	bgp_notification_encode(&w, &s->error);
	bgp_session_send(s, &w, message);
}

/* Whether what we installed before this session began is still in force. */
static bool forwards(const struct bgp_speaker *speaker)
{
	return speaker->preserved || !speaker->restarting;
}

static void send_open(struct bgp_session *s)
{
	const struct bgp_peer_conf *conf = &s->peer->conf;
	const struct bgp_speaker_conf *speaker = &s->peer->speaker->conf;
	const struct bgp_open open = {
		.as = speaker->as,
		.router_id = speaker->router_id,
		.hold_time = conf->hold_time,
		.families = conf->families,
		.as4 = true,
		.refresh = true,
		.enhanced_refresh = true,
		.extended_message = true,
		.add_path_receive = conf->add_path ? conf->families & UNICAST :
						     0,
		/* Without families: we heed the peer's restart, that is all. */
		.graceful_restart = true,
		.restarted = s->peer->speaker->restarting,
		.restart_time = speaker->restart_time,
		.restart_families = speaker->restart_time ? conf->families : 0,
		.forwarding = forwards(s->peer->speaker) ? conf->families : 0,
	};
	uint8_t message[BGP_MSG_MAX];
	struct wr w = wr_init(message, sizeof(message));

	s->notified = false;
	bgp_open_encode(&w, &open);
	bgp_session_send(s, &w, message);
	arm(s->hold, HOLD_BEFORE_OPEN);
}

static void send_keepalive(struct bgp_session *s)
{
	uint8_t message[BGP_HEADER_LEN];
	struct wr w = wr_init(message, sizeof(message));

	bgp_keepalive_encode(&w);
	bgp_session_send(s, &w, message);
	if (s->hold_time)
		arm_jittered(s->keepalive, (s->hold_time + 2) / 3);
}

static void drop(struct bgp_session *s)
{
	bgp_conn_close(&s->conn);
	event_del(s->retry);
	event_del(s->hold);
	event_del(s->keepalive);
	event_del(s->hop);
	s->hopless = 0;
	s->unended = 0;
	s->refresh = 0;
	s->refreshing = 0;
	s->ended = 0;
	s->early = 0;
	memset(s->begun, 0, sizeof(s->begun));
}

void bgp_session_rest(struct bgp_session *s)
{
	arm_jittered(s->retry, bgp_peer_idle_hold(s->peer));
}

static void on_failed(void *arg, const char *why)
{
	struct bgp_session *s = arg;
	struct bgp_peer *peer = s->peer;

	/* A neighbor that is away would fill the log: once is enough. */
	if (s->state >= BGP_OPENSENT || strcmp(peer->last_error, why))
		log_info("bgp", "%s: %s", peer->conf.name, why);
	snprintf(peer->last_error, sizeof(peer->last_error), "%s", why);
	bgp_session_end(s, BGP_EV_TCP_FAILS, why);
}

static const struct bgp_conn_ops conn_ops;

static void do_connect(struct bgp_session *s)
{
	const struct bgp_peer_conf *conf = &s->peer->conf;
	char why[256];
	int fd;

	bgp_conn_close(&s->conn);
	fd = bgp_sock_connect(conf);
	if (fd >= 0 && bgp_conn_open(&s->conn, s->peer->speaker->base, fd, true,
				     &conn_ops, s))
		return;
	if (fd == -ENOPROTOOPT && conf->ao.mac)
		snprintf(why, sizeof(why), "TCP-AO: %s", bgp_sock_ao_error(fd));
	else
		snprintf(why, sizeof(why), "connecting failed: %s",
			 fd == -EAGAIN ? "its SA is not up" :
			 fd < 0	       ? strerror(-fd) :
					 "out of memory");
	on_failed(s, why);
}

static void moved(struct bgp_session *s, enum bgp_event event,
		  enum bgp_state was)
{
	struct bgp_peer *peer = s->peer;

	log_debug("bgp", "%s: %s connection: %s: %s to %s", peer->conf.name,
		  s->ours ? "own" : "accepted", bgp_event_name(event),
		  bgp_state_name(was), bgp_state_name(s->state));
	/* An accepted connection has no second try. */
	if (!s->ours && s->conn.fd < 0)
		s->dead = true;
	bgp_peer_changed(peer);
	if (was == BGP_ESTABLISHED)
		bgp_peer_down(peer, s->why);
	if (was >= BGP_OPENSENT && s->conn.fd < 0)
		bgp_peer_reap(peer);
}

/*
 * A session has failed. The peer was told if it broke the protocol; for a reset
 * by the operator nobody is to blame.
 */
static void blame(struct bgp_session *s, unsigned int actions)
{
	bool error = actions & BGP_DO_NOTIFY;

	if (error && s->error.code == BGP_ERR_CEASE &&
	    s->error.subcode == BGP_CEASE_RESET)
		return;
	/* An accepted connection that just breaks may be made again at once. */
	if (s->ours || error)
		bgp_peer_failed(s->peer, error);
	else if (s->state == BGP_ESTABLISHED)
		bgp_peer_flapped(s->peer);
}

static void act(struct bgp_session *s, unsigned int actions)
{
	struct bgp_peer *peer = s->peer;

	if (actions & BGP_DO_NOTIFY)
		send_notification(s);
	if (actions & BGP_DO_DROP)
		drop(s);
	if (actions & BGP_DO_IDLE_HOLD)
		blame(s, actions);
	if (actions & BGP_DO_IDLE_HOLD && s->ours)
		bgp_session_rest(s);
	if (actions & BGP_DO_RETRY && s->ours)
		arm_jittered(s->retry, peer->conf.connect_retry);
	if (actions & BGP_DO_NO_RETRY)
		event_del(s->retry);
	if (actions & BGP_DO_OPEN)
		send_open(s);
	if (actions & BGP_DO_KEEPALIVE)
		send_keepalive(s);
	if (actions & (BGP_DO_NEGOTIATE | BGP_DO_HOLD))
		arm(s->hold, s->hold_time);
}

/* Only these two may have words with them (RFC 9003, section 2). */
static void set_cease(struct bgp_session *s)
{
	if (s->cease == BGP_CEASE_SHUTDOWN || s->cease == BGP_CEASE_RESET)
		bgp_error_set_cease(&s->error, s->cease, s->why);
	else
		bgp_error_set(&s->error, BGP_ERR_CEASE, s->cease, NULL, NULL,
			      0);
}

void bgp_session_event(struct bgp_session *s, enum bgp_event event)
{
	struct bgp_step step = bgp_fsm(s->state, event);
	struct bgp_peer *peer = s->peer;
	enum bgp_state was = s->state;

	if (s->dead)
		return;
	if (step.code && event == BGP_EV_STOP)
		set_cease(s);
	else if (step.code)
		bgp_error_set(&s->error, step.code, step.subcode, NULL, NULL,
			      0);
	if (was == BGP_ESTABLISHED && step.next != was)
		bgp_peer_forgive(peer);
	act(s, step.actions);
	s->state = step.next;
	if (was != s->state)
		moved(s, event, was);
	if (step.actions & BGP_DO_CONNECT)
		do_connect(s);
	if (step.actions & BGP_DO_UP)
		bgp_peer_up(peer, s);
	if (step.actions & BGP_DO_UPDATE &&
	    !bgp_receive_update(s, s->body, s->len))
		bgp_session_event(s, BGP_EV_BAD_MESSAGE);
	if (step.actions & BGP_DO_REFRESH)
		bgp_originate_refresh(s);
}

void bgp_session_end(struct bgp_session *s, enum bgp_event event,
		     const char *why)
{
	snprintf(s->why, sizeof(s->why), "%s", why);
	bgp_session_event(s, event);
}

void bgp_session_stop(struct bgp_session *s, uint8_t subcode, const char *why)
{
	s->cease = subcode;
	bgp_session_end(s, BGP_EV_STOP, why);
}

/* Whether the OPEN is the one that our configuration expects. */
static bool expected(struct bgp_session *s, const struct bgp_open *open)
{
	const struct bgp_speaker_conf *speaker = &s->peer->speaker->conf;
	const struct bgp_peer_conf *conf = &s->peer->conf;
	uint8_t ours = conf->families;
	struct bgp_error *e = &s->error;

	if (open->as != conf->as) {
		bgp_error_set(e, BGP_ERR_OPEN, BGP_OPEN_PEER_AS,
			      "not the AS configured", NULL, 0);
		log_warn("bgp", "%s: is AS %u, where AS %u is configured",
			 conf->name, open->as, conf->as);
		return false;
	}
	if (open->router_id == speaker->router_id && conf->as == speaker->as) {
		bgp_error_set(e, BGP_ERR_OPEN, BGP_OPEN_IDENTIFIER,
			      "the identifier is our own", NULL, 0);
		return false;
	}
	/* Memberships alone are of no use. */
	if (!(open->families & ours & ~BGP_RTC)) {
		const struct bgp_family *f = bgp_family_of(ours & -ours);
		const uint8_t missing[] = {
			BGP_CAP_MULTIPROTOCOL, 4, 0, f->afi, 0, f->safi
		};

		bgp_error_set(e, BGP_ERR_OPEN, BGP_OPEN_CAPABILITY,
			      "no address family in common", missing,
			      sizeof(missing));
		return false;
	}
	s->families = open->families & ours;
	return true;
}

static void negotiate(struct bgp_session *s)
{
	const struct bgp_speaker_conf *speaker = &s->peer->speaker->conf;
	const struct bgp_peer_conf *conf = &s->peer->conf;
	bool ibgp = conf->as == speaker->as;

	s->hold_time = conf->hold_time < s->open.hold_time ? conf->hold_time :
							     s->open.hold_time;
	/* We have said that we take long ones: it is for the peer to say. */
	s->max_out = s->open.extended_message ? BGP_MSG_EXT_MAX : BGP_MSG_MAX;
	/* RFC 9687, section 3.1: eight minutes, or twice the hold time. */
	if (s->conn.send_hold < 2u * s->hold_time)
		s->conn.send_hold = 2u * s->hold_time;
	s->in = (struct bgp_update_ctx){
		.as4 = s->open.as4,
		.ibgp = ibgp,
		.families = s->families,
		.add_path = conf->add_path ? s->open.add_path_send &
						     s->families & UNICAST :
					     0,
		.sgi_subtype = speaker->sgi_subtype,
	};
	s->out = (struct bgp_announce_ctx){
		.as = speaker->as,
		.as4 = s->open.as4,
		.ibgp = ibgp,
		.sgi_subtype = speaker->sgi_subtype,
		.sgi_transitive = speaker->sgi_transitive,
		.vpn_encoding = speaker->vpn_encoding,
		.next_hop4 = conf->next_hop4,
		.next_hop6 = conf->next_hop6,
	};
}

static void got_open(struct bgp_session *s)
{
	if (s->state == BGP_OPENSENT) {
		if (!bgp_open_decode(s->body, s->len, &s->open, &s->error) ||
		    !expected(s, &s->open)) {
			bgp_session_event(s, BGP_EV_BAD_MESSAGE);
			return;
		}
		if (!bgp_peer_resolve(s->peer, s))
			return;
		negotiate(s);
	}
	bgp_session_event(s, BGP_EV_OPEN);
}

static void got_notification(struct bgp_session *s)
{
	struct bgp_peer *peer = s->peer;
	char text[BGP_ERROR_TEXT];
	struct bgp_error e;

	/* Framing saw to it that there are two octets at least. */
	bgp_notification_decode(s->body, s->len, &e);
	bgp_error_text(&e, text);
	log_warn("bgp", "%s: received NOTIFICATION %s", peer->conf.name, text);
	snprintf(peer->last_error, sizeof(peer->last_error), "received: %.400s",
		 text);
	snprintf(s->why, sizeof(s->why), "the peer said: %.400s", text);
	s->notified = true;
	bgp_session_event(s, BGP_EV_NOTIFICATION);
}

static struct bgp_begun *begun_of(struct bgp_session *s, uint8_t family)
{
	return &s->begun[bgp_family_of(family) - bgp_families];
}

void bgp_session_asked(struct bgp_session *s, uint8_t family)
{
	struct bgp_begun *b = begun_of(s, family);

	b->asked += b->asked < UINT8_MAX;
}

/* Each makes all that is known of the family stale: there is a limit. */
static bool may_begin(struct bgp_session *s, uint8_t family)
{
	struct bgp_begun *b = begun_of(s, family);
	time_t now = bgp_now();

	if (b->asked) {
		b->asked--;
		return true;
	}
	if (now - b->since >= BEGUN_WINDOW) {
		b->since = now;
		b->n = 0;
	}
	return b->n++ < BEGUN_MAX;
}

/* False when s->error says why the session must end. */
static bool refresh_begins(struct bgp_session *s, uint8_t family)
{
	struct bgp_speaker *speaker = s->peer->speaker;
	const struct bgp_family *f = bgp_family_of(family);

	if (s->open.graceful_restart && !(s->ended & family)) {
		if (!(s->early & family))
			log_warn("bgp",
				 "%s: refresh of %s before End-of-RIB: ignored",
				 s->peer->conf.name, f->name);
		s->early |= family;
		return true;
	}
	if (!may_begin(s, family)) {
		bgp_error_set(&s->error, BGP_ERR_CEASE, BGP_CEASE_RESOURCES,
			      "refreshes without end", NULL, 0);
		return false;
	}
	s->refreshing |= family;
	if (speaker->events.refresh)
		speaker->events.refresh(speaker->arg, s->peer, f->af);
	return true;
}

/*
 * RFC 7313, section 4: what is not repeated between begin and end is gone. An
 * end without a begin is ignored, and so is a begin before End-of-RIB of a peer
 * that speaks graceful restart. False when s->error says why the session must
 * end.
 */
static bool refresh_mark(struct bgp_session *s, const struct bgp_refresh *r)
{
	uint8_t family = r->family & s->families & ~BGP_RTC;

	if (!family || !s->open.enhanced_refresh)
		return true;
	if (r->subtype == BGP_REFRESH_BEGIN)
		return refresh_begins(s, family);
	if (s->refreshing & family) {
		s->refreshing &= ~family;
		bgp_receive_end(s, family, "end of refresh");
	}
	return true;
}

static void got_refresh(struct bgp_session *s)
{
	struct bgp_refresh r;
	bool good = bgp_refresh_decode(s->body, s->len, &r, &s->error);

	if (good && s->state == BGP_ESTABLISHED) {
		if (r.subtype == BGP_REFRESH_REQUEST)
			s->refresh |= r.family & s->families;
		else if (r.subtype <= BGP_REFRESH_END)
			good = refresh_mark(s, &r);
	}
	bgp_session_event(s, good ? BGP_EV_REFRESH : BGP_EV_BAD_MESSAGE);
}

static void on_message(void *arg, uint8_t type, const uint8_t *body, size_t len)
{
	struct bgp_session *s = arg;

	s->peer->in.messages[type]++;
	s->body = body;
	s->len = len;
	switch (type) {
	case BGP_MSG_OPEN:
		got_open(s);
		return;
	case BGP_MSG_UPDATE:
		bgp_session_event(s, BGP_EV_UPDATE);
		return;
	case BGP_MSG_NOTIFICATION:
		got_notification(s);
		return;
	case BGP_MSG_KEEPALIVE:
		bgp_session_event(s, BGP_EV_KEEPALIVE);
		return;
	case BGP_MSG_REFRESH:
		got_refresh(s);
		return;
	}
}

static void on_error(void *arg, const struct bgp_error *e)
{
	struct bgp_session *s = arg;

	s->error = *e;
	bgp_session_event(s, BGP_EV_BAD_MESSAGE);
}

static void on_up(void *arg)
{
	struct bgp_session *s = arg;

	*s->why = '\0';
	bgp_sock_local(s->conn.fd, &s->local);
	bgp_session_event(s, BGP_EV_TCP_UP);
}

static void on_drained(void *arg)
{
	struct bgp_session *s = arg;

	if (s->refresh)
		bgp_originate_refresh(s);
}

static const struct bgp_conn_ops conn_ops = {
	.up = on_up,
	.failed = on_failed,
	.message = on_message,
	.error = on_error,
	.drained = on_drained,
};

static struct event *timer(struct bgp_session *s, event_callback_fn fn)
{
	struct event *e = evtimer_new(s->peer->speaker->base, fn, s);

	if (!e) {
		log_error("bgp", "out of memory");
		abort();
	}
	return e;
}

struct bgp_session *bgp_session_new(struct bgp_peer *peer)
{
	struct bgp_session *s = xcalloc(1, sizeof(*s));

	s->peer = peer;
	s->ours = true;
	s->conn.fd = -1;
	s->retry = timer(s, on_retry);
	s->hold = timer(s, on_hold);
	s->keepalive = timer(s, on_keepalive);
	s->hop = timer(s, on_hop);
	return s;
}

struct bgp_session *bgp_session_accept(struct bgp_peer *peer, int fd)
{
	struct bgp_session *s = bgp_session_new(peer);

	s->ours = false;
	s->state = BGP_ACTIVE;
	bgp_sock_tune(fd);
	bgp_sock_local(fd, &s->local);
	if (bgp_conn_open(&s->conn, peer->speaker->base, fd, false, &conn_ops,
			  s))
		return s;
	bgp_session_free(s);
	return NULL;
}

void bgp_session_free(struct bgp_session *s)
{
	bgp_conn_close(&s->conn);
	event_free(s->retry);
	event_free(s->hold);
	event_free(s->keepalive);
	event_free(s->hop);
	free(s);
}
