// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A neighbor: its sessions, which of them is kept, and what it is told of
 * them. Never looks into a message. RFC 4271, sections 6.8 and 8.1.1.
 */
#include "bgp/peer.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "bgp/sock.h"

enum {
	SESSIONS_MAX = 4, /* accepted at a time, from one neighbor */
	IDLE_HOLD_MAX = 60, /* seconds */
	FAILURES_MANY = 16, /* after which the idle hold time is longest */
	STABLE = 60, /* seconds up, after which failures are forgotten */
	FLAPS_MAX = 2, /* failures in a row that may be a restart's */
	COLLISION_WINDOW = 5, /* seconds in which both ends may have opened */
};

time_t bgp_now(void)
{
	return clock_s();
}

void bgp_peer_changed(struct bgp_peer *peer)
{
	enum bgp_state state = BGP_IDLE;
	struct bgp_session *s;

	for (s = peer->sessions; s; s = s->next)
		if (s->state > state)
			state = s->state;
	if (state == peer->state)
		return;
	peer->state = state;
	peer->since = bgp_now();
}

void bgp_peer_forgive(struct bgp_peer *peer)
{
	if (bgp_now() - peer->since >= STABLE)
		peer->failures = 0;
}

/* Refuse connections for that many seconds, or as long as there was to go. */
static void hold_off(struct bgp_peer *peer, unsigned int seconds)
{
	time_t until = bgp_now() + seconds;

	if (peer->hold_off < until)
		peer->hold_off = until;
}

void bgp_peer_hold_off(struct bgp_peer *peer)
{
	peer->failures = FAILURES_MANY;
	hold_off(peer, IDLE_HOLD_MAX);
}

/* Seconds that so many failures in a row are worth. */
static unsigned int penalty(const struct bgp_peer *peer)
{
	unsigned int hold = peer->conf.connect_retry, i;

	for (i = 1; i < peer->failures && hold < IDLE_HOLD_MAX; i++)
		hold *= 2;
	return hold < IDLE_HOLD_MAX ? hold : IDLE_HOLD_MAX;
}

unsigned int bgp_peer_idle_hold(const struct bgp_peer *peer)
{
	unsigned int hold = penalty(peer);
	time_t left = peer->hold_off - bgp_now();

	return left > (time_t)hold ? (unsigned int)left : hold;
}

void bgp_peer_failed(struct bgp_peer *peer, bool error)
{
	peer->failures++;
	if (error)
		hold_off(peer, penalty(peer));
}

void bgp_peer_flapped(struct bgp_peer *peer)
{
	bgp_peer_failed(peer, peer->failures >= FLAPS_MAX);
}

/* Whether s, whose OPEN has come, goes because of other. */
static bool loses(const struct bgp_session *s, const struct bgp_session *other)
{
	const struct bgp_speaker_conf *conf = &s->peer->speaker->conf;

	if (s->ours == other->ours)
		return false;
	return s->ours != bgp_collision_keeps_ours(conf->router_id, conf->as,
						   s->open.router_id,
						   s->open.as);
}

/*
 * A neighbor that restarts without having closed its old connection opens a
 * new one; RFC 4724, section 5, has us believe the new one, if the neighbor
 * speaks graceful restart. In the first seconds it is a collision.
 */
static bool restarted(const struct bgp_session *established)
{
	const struct bgp_peer *peer = established->peer;

	return established->open.graceful_restart &&
	       bgp_now() - peer->since >= COLLISION_WINDOW;
}

bool bgp_peer_resolve(struct bgp_peer *peer, struct bgp_session *s)
{
	struct bgp_session *other;

	for (other = peer->sessions; other; other = other->next) {
		if (other == s || other->state < BGP_OPENCONFIRM)
			continue;
		if (other->state == BGP_ESTABLISHED) {
			if (restarted(other)) {
				bgp_session_end(other, BGP_EV_TCP_FAILS,
						"the peer has restarted");
				continue;
			}
		} else if (!loses(s, other)) {
			bgp_session_end(other, BGP_EV_COLLISION,
					"another connection is kept");
			continue;
		}
		bgp_session_end(s, BGP_EV_COLLISION,
				"another connection is kept");
		return false;
	}
	return true;
}

void bgp_peer_up(struct bgp_peer *peer, struct bgp_session *s)
{
	struct bgp_speaker *speaker = peer->speaker;
	char address[ADDR_STRLEN], families[BGP_FAMILIES_TEXT];
	struct bgp_session *other;

	peer->up = s;
	peer->over = false;
	log_info("bgp", "%s: established with %s, AS %u, %s, hold time %u s",
		 peer->conf.name, addr_format(&peer->conf.address, address),
		 peer->conf.as, bgp_families_text(s->families, families),
		 s->hold_time);
	for (other = peer->sessions; other; other = other->next)
		if (other != s)
			bgp_session_end(other, BGP_EV_COLLISION,
					"another connection is established");
	if (speaker->events.up)
		speaker->events.up(speaker->arg, peer);
	bgp_originate_all(s);
}

void bgp_peer_down(struct bgp_peer *peer, const char *why)
{
	struct bgp_speaker *speaker = peer->speaker;
	const struct bgp_session *s = peer->up;

	/* A NOTIFICATION ends it for good (RFC 4724, section 4.2). */
	peer->dropped = s->families;
	if (!s->notified)
		peer->dropped &= ~s->open.restart_families;
	peer->restart_time = s->open.restart_time;
	peer->up = NULL;
	log_warn("bgp", "%s: session down: %s", peer->conf.name, why);
	if (speaker->events.down)
		speaker->events.down(speaker->arg, peer, why);
}

/*
 * If no session is about to be established, the one that connects has its turn.
 * A connection that says nothing does not keep it waiting.
 */
static void revive(struct bgp_peer *peer)
{
	struct bgp_session *ours = peer->sessions, *s;

	if (!ours || !ours->ours || ours->state != BGP_IDLE ||
	    evtimer_pending(ours->retry, NULL))
		return;
	for (s = ours->next; s; s = s->next)
		if (s->state >= BGP_OPENCONFIRM)
			return;
	bgp_session_rest(ours);
}

/* Only where no session of the peer's is on the stack. */
static void free_dead(struct bgp_peer *peer)
{
	struct bgp_session **at = &peer->sessions;

	while (*at) {
		struct bgp_session *s = *at;

		if (!s->dead) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		bgp_session_free(s);
	}
}

static void on_reap(evutil_socket_t fd, short what, void *arg)
{
	free_dead(arg);
	revive(arg);
}

void bgp_peer_reap(struct bgp_peer *peer)
{
	event_active(peer->reap, EV_TIMEOUT, 0);
}

static unsigned int accepted(const struct bgp_peer *peer)
{
	const struct bgp_session *s;
	unsigned int n = 0;

	for (s = peer->sessions; s; s = s->next)
		n += !s->ours;
	return n;
}

/*
 * Room for one more connection: the oldest that has not sent its OPEN goes,
 * so that those of which the neighbor knows no more do not keep it out.
 */
static bool make_room(struct bgp_peer *peer)
{
	struct bgp_session *s;

	free_dead(peer);
	if (accepted(peer) < SESSIONS_MAX)
		return true;
	for (s = peer->sessions; s; s = s->next)
		if (!s->ours && s->state == BGP_OPENSENT)
			break;
	if (!s)
		return false;
	bgp_session_end(s, BGP_EV_TCP_FAILS, "there are newer connections");
	free_dead(peer);
	return true;
}

/* Why a connection from the neighbor is not taken, or NULL. */
static const char *unwelcome(struct bgp_peer *peer)
{
	const struct bgp_speaker *s = peer->speaker;

	if (bgp_now() < peer->hold_off)
		return peer->over ? "it announced too much" :
				    "it rests after an error";
	if (peer->conf.ipsec && s->events.admits &&
	    !s->events.admits(s->arg, peer))
		return "it may have come in clear text";
	return make_room(peer) ? NULL : "too many at once";
}

void bgp_peer_accept(struct bgp_peer *peer, int fd)
{
	struct bgp_session *s, **end = &peer->sessions;
	/* First of all: a refusal must not be in clear text either. */
	int err = bgp_sock_ipsec(fd, &peer->conf);
	const char *why;

	if (err) {
		log_error("bgp", "%s: ipsec cannot be set: %s", peer->conf.name,
			  strerror(-err));
		close(fd);
		return;
	}
	why = unwelcome(peer);
	if (why) {
		log_debug("bgp", "%s: connection refused: %s", peer->conf.name,
			  why);
		close(fd);
		return;
	}
	if (bgp_sock_gtsm(fd, peer->conf.address.family,
			  peer->conf.ttl_security)) {
		log_warn("bgp", "%s: ttl-security cannot be set: %s",
			 peer->conf.name, strerror(errno));
		close(fd);
		return;
	}
	s = bgp_session_accept(peer, fd);
	if (!s)
		return;
	while (*end)
		end = &(*end)->next;
	*end = s;
	bgp_session_event(s, BGP_EV_TCP_UP);
}

static bool check_key(const struct bgp_speaker *s,
		      const struct bgp_peer_conf *conf, char *why,
		      size_t why_len)
{
	const struct bgp_peer *other;

	for (other = s->peers; other; other = other->next) {
		if (!bgp_keys_clash(&other->conf, conf))
			continue;
		snprintf(
			why, why_len,
			"neighbor %s: its key is not that of neighbor %s, which has the same address",
			conf->name, other->conf.name);
		return false;
	}
	return true;
}

static bool check(const struct bgp_speaker *s, const struct bgp_peer_conf *conf,
		  char *why, size_t why_len)
{
	const struct bgp_peer *other;
	const char *problem = NULL;

	if (!conf->address.family)
		problem = "it has no address";
	else if (conf->local.family &&
		 conf->local.family != conf->address.family)
		problem = "the local address is of another family";
	else if (!conf->as)
		problem = "AS 0 is nobody's";
	else if (conf->hold_time == 1 || conf->hold_time == 2)
		problem = "the hold time is neither 0 nor at least 3 seconds";
	else if (!conf->connect_retry)
		problem = "the connect retry time is 0";
	else if (!(conf->families & ~BGP_RTC))
		problem = "no address family is offered to it";
	else if (addr_is_link_local(&conf->address) && !*conf->interface)
		problem = "a link-local address needs an interface";
	else if (conf->next_hop4.family && conf->next_hop4.family != AF_INET)
		problem = "the IPv4 next hop is not an IPv4 address";
	else if (conf->next_hop6.family && conf->next_hop6.family != AF_INET6)
		problem = "the IPv6 next hop is not an IPv6 address";
	for (other = s->peers; other && !problem; other = other->next)
		if (!strcmp(other->conf.name, conf->name))
			problem = "the name is another neighbor's";
		else if (!addr_cmp(&other->conf.address, &conf->address) &&
			 !addr_cmp(&other->conf.local, &conf->local) &&
			 !strcmp(other->conf.interface, conf->interface) &&
			 !strcmp(other->conf.vrf, conf->vrf))
			problem = "the address is another neighbor's";
	if (problem)
		snprintf(why, why_len, "neighbor %s: %s", conf->name, problem);
	return !problem && check_key(s, conf, why, why_len);
}

struct bgp_peer *bgp_peer_add(struct bgp_speaker *s,
			      const struct bgp_peer_conf *conf, void *user,
			      char *why, size_t why_len)
{
	struct bgp_peer *peer, **end = &s->peers;

	if (!check(s, conf, why, why_len) ||
	    !bgp_listen_for(s, conf, why, why_len))
		return NULL;
	while (*end)
		end = &(*end)->next;
	peer = xcalloc(1, sizeof(*peer));
	peer->speaker = s;
	peer->conf = *conf;
	peer->conf.origins = NULL;
	peer->conf.n_origins = 0;
	peer->user = user;
	peer->since = bgp_now();
	peer->reap = event_new(s->base, -1, 0, on_reap, peer);
	if (!peer->reap) {
		snprintf(why, why_len, "out of memory");
		bgp_listen_forget(s, conf);
		free(peer);
		return NULL;
	}
	*end = peer;
	bgp_peer_originate(peer, conf->origins, conf->n_origins);
	if (!conf->passive) {
		peer->sessions = bgp_session_new(peer);
		bgp_session_event(peer->sessions, BGP_EV_START);
	}
	return peer;
}

static void forget(struct bgp_peer *peer)
{
	struct bgp_speaker *speaker = peer->speaker;
	struct bgp_peer **at = &speaker->peers;
	struct bgp_session *s;

	while (peer->sessions) {
		s = peer->sessions;
		peer->sessions = s->next;
		bgp_session_free(s);
	}
	while (*at != peer)
		at = &(*at)->next;
	*at = peer->next;
	bgp_listen_forget(speaker, &peer->conf);
	event_free(peer->reap);
	free(peer->origins);
	free(peer->imports);
	free(peer);
}

static void stop(struct bgp_peer *peer, uint8_t subcode, const char *why)
{
	struct bgp_session *s;

	for (s = peer->sessions; s; s = s->next)
		bgp_session_stop(s, subcode, why);
}

void bgp_peer_del(struct bgp_peer *peer, enum bgp_reason reason)
{
	if (reason == BGP_GONE)
		stop(peer, BGP_CEASE_DECONFIGURED, "no longer configured");
	else
		stop(peer, BGP_CEASE_CONFIGURATION, "configuration changed");
	forget(peer);
}

/* Whether the peer keeps our routes when the connection just closes. */
static bool keeps(const struct bgp_peer *peer)
{
	return peer->up && peer->up->open.graceful_restart &&
	       peer->speaker->conf.restart_time;
}

void bgp_peer_end(struct bgp_peer *peer, bool graceful)
{
	/* Any NOTIFICATION ends it for good (RFC 4724, section 4.2). */
	if (graceful && keeps(peer))
		bgp_session_end(peer->up, BGP_EV_TCP_FAILS, "we restart");
	stop(peer, BGP_CEASE_SHUTDOWN, "cesteerd is shut down");
	forget(peer);
}

bool bgp_peer_reset(struct bgp_peer *peer, const char *text)
{
	struct bgp_session *s = peer->up;

	if (!s)
		return false;
	bgp_error_set_cease(&s->error, BGP_CEASE_RESET, text);
	bgp_session_end(s, BGP_EV_BAD_MESSAGE, text);
	return true;
}

bool bgp_peer_refresh(struct bgp_peer *peer)
{
	struct bgp_session *s = peer->up;
	unsigned int i;

	if (!s || !s->open.refresh)
		return false;
	for (i = 0; i < BGP_FAMILIES; i++) {
		struct bgp_refresh r = { .family = bgp_families[i].bit };
		uint8_t message[BGP_MSG_MAX];
		struct wr w = wr_init(message, sizeof(message));

		if (!(s->families & r.family & ~BGP_RTC))
			continue;
		bgp_refresh_encode(&w, &r);
		bgp_session_send(s, &w, message);
		bgp_session_asked(s, r.family);
	}
	return true;
}

void bgp_peer_over_limit(struct bgp_peer *peer)
{
	peer->over = true;
}

const struct bgp_peer_conf *bgp_peer_conf(const struct bgp_peer *peer)
{
	return &peer->conf;
}

void *bgp_peer_user(const struct bgp_peer *peer)
{
	return peer->user;
}

void bgp_peer_set_user(struct bgp_peer *peer, void *user)
{
	peer->user = user;
}

enum bgp_state bgp_peer_state(const struct bgp_peer *peer)
{
	return peer->state;
}

uint32_t bgp_peer_router_id(const struct bgp_peer *peer)
{
	return peer->up ? peer->up->open.router_id : 0;
}

bool bgp_peer_is_ebgp(const struct bgp_peer *peer)
{
	return peer->conf.as != peer->speaker->conf.as;
}

/* Unicast and VPN. */
static uint8_t families_of(uint8_t af)
{
	return af == AF_INET6 ? BGP_IPV6 | BGP_VPNV6 : BGP_IPV4 | BGP_VPNV4;
}

bool bgp_peer_carries(const struct bgp_peer *peer, uint8_t family)
{
	return peer->up && peer->up->families & families_of(family);
}

uint16_t bgp_peer_restart_time(const struct bgp_peer *peer, uint8_t family)
{
	return peer->dropped & families_of(family) ? 0 : peer->restart_time;
}

bool bgp_peer_forwards(const struct bgp_peer *peer, uint8_t family)
{
	const struct bgp_session *s = peer->up;

	return bgp_peer_carries(peer, family) &&
	       !(s->families & families_of(family) & ~s->open.forwarding);
}
