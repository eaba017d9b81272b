// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A router's connection: messages in, peers and their routes out. Never
 * writes. What cannot be understood ends the connection: nobody knows what it
 * would have withdrawn, and the router says all again when it comes back. RFC
 * 7854, sections 3.3 and 4.
 */
#include "bmp/router.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "bgp/target.h"

#define ROOM "bmp"

enum {
	/* Octets that are taken before others have their turn. */
	READ_MAX = 64 * 1024,
	/* BMP has no keepalives: TCP finds out that a router is gone. */
	IDLE = 30, /* seconds */
	INTERVAL = 10,
	PROBES = 3,
	REFUSED = 10, /* seconds, doubled with each failure in a row */
	/* What others have said is not to become too old meanwhile ("stale"). */
	REFUSED_MAX = 60,
};

time_t bmp_now(void)
{
	return clock_s();
}

static const char *rib_name(enum bmp_rib rib)
{
	static const char *const names[] = {
		[BMP_PRE_POLICY] = "pre-policy",
		[BMP_POST_POLICY] = "post-policy",
		[BMP_LOC_RIB] = "loc-rib",
		[BMP_RIB_OUT] = "adj-rib-out",
	};

	return names[rib];
}

/* The peer's place in the list, or where the list ends. */
static struct bmp_peer **peer_at(struct bmp_router *r,
				 const struct bmp_peer_header *h)
{
	struct bmp_peer **at = &r->peers;

	for (; *at; at = &(*at)->next) {
		const struct bmp_peer_header *who = &(*at)->who;

		if (who->type == h->type &&
		    who->distinguisher == h->distinguisher &&
		    !addr_cmp(&who->address, &h->address))
			break;
	}
	return at;
}

static struct bmp_peer *peer_find(struct bmp_router *r,
				  const struct bmp_peer_header *h)
{
	struct bmp_peer **at = peer_at(r, h), *p = *at;

	if (!p)
		return NULL;
	*at = p->next;
	p->next = r->peers;
	r->peers = p;
	return p;
}

/* Take the first peer off the list, and tell that it is gone. */
static void peer_drop(struct bmp_router *r, const char *why)
{
	struct bmp_peer *p = r->peers;

	r->peers = p->next;
	r->n_peers--;
	r->faults += p->feed.treated_as_withdrawn;
	if (p->feed.arg)
		r->station->events.peer_down(p->feed.arg, why);
	free(p);
}

static void disconnect(struct bmp_router *r, const char *why)
{
	if (r->fd < 0)
		return;
	log_warn(ROOM, "%s: %s", r->conf.name, why);
	snprintf(r->last_error, sizeof(r->last_error), "%s", why);
	while (r->peers)
		peer_drop(r, why);
	if (bmp_now() - r->since >= REFUSED_MAX)
		r->failures = 0;
	event_free(r->readable);
	close(r->fd);
	free(r->in);
	r->fd = -1;
	r->readable = NULL;
	r->in = NULL;
	r->have = 0;
	r->reset = false;
	r->refuse = false;
	r->since = bmp_now();
}

/* The same for what will happen again if it comes back at once. */
static void refuse(struct bmp_router *r, const char *why)
{
	unsigned int hold = REFUSED << (r->failures < 3 ? r->failures : 3);

	if (hold > REFUSED_MAX)
		hold = REFUSED_MAX;
	disconnect(r, why);
	r->failures++;
	r->refused_until = bmp_now() + hold;
}

/* Without a distinguisher a VRF is none that could be configured. */
static void describe(const struct bmp_peer_header *h, struct bgp_feed_peer *who)
{
	*who = (struct bgp_feed_peer){
		.rd = h->distinguisher,
		.in_vrf = h->type == BMP_PEER_RD || h->type == BMP_PEER_LOCAL ||
			  h->distinguisher,
		.loc_rib = h->type == BMP_PEER_LOC_RIB,
		.address = h->address,
		.as = h->as,
		.router_id = h->router_id,
	};
}

static void peer_name(const struct bmp_router *r, struct bmp_peer *p)
{
	char address[ADDR_STRLEN], rd[BGP_TARGET_TEXT];

	snprintf(p->name, sizeof(p->name), "%s: %s%s%s", r->conf.name,
		 p->who.type == BMP_PEER_LOC_RIB ?
			 "Loc-RIB" :
			 addr_format(&p->who.address, address),
		 p->who.distinguisher ? " in " : "",
		 p->who.distinguisher ?
			 bgp_rd_format(p->who.distinguisher, rd) :
			 "");
}

/* What a table after policy has, an external peer's routes may have too. */
static void peer_context(const struct bmp_router *r, struct bmp_peer *p,
			 const struct bmp_peer_up *up,
			 struct bgp_feed_peer *who)
{
	const struct bmp_station_conf *conf = &r->station->conf;
	uint32_t as = up->has_sent ? up->sent.as : conf->as;
	uint8_t add_path;

	who->families = bmp_peer_up_families(up, &add_path);
	who->ebgp = !who->loc_rib && as != who->as;
	p->feed.ctx = (struct bgp_update_ctx){
		.as4 = true,
		.ibgp = !who->ebgp || r->conf.rib != BMP_PRE_POLICY,
		.feed = true,
		.families = BGP_FEED_FAMILIES | BGP_RTC,
		.add_path = add_path,
		.sgi_subtype = conf->sgi_subtype,
	};
	/*
	 * What the router did with it is known of the other tables. Its own AS
	 * in a path says nothing: FRR 8.4 puts it there as if it passed the
	 * route on.
	 */
	if (r->conf.rib == BMP_PRE_POLICY && up->has_sent)
		p->feed.own_id = up->sent.router_id;
}

static const char *peer_up(struct bmp_router *r,
			   const struct bmp_peer_header *h, struct rd body)
{
	bool is_loc_rib = r->conf.rib == BMP_LOC_RIB;
	struct bgp_feed_peer who;
	struct bmp_peer_up up;
	const char *why = NULL;
	struct bmp_peer *p;

	if (!bmp_peer_up_decode(body, &up, &why))
		return why;
	/* Told twice: what it said before is gone. */
	if (peer_find(r, h))
		peer_drop(r, "it came up again");
	if (r->n_peers == BMP_PEERS_MAX)
		return "it has more peers than are looked at";
	p = xcalloc(1, sizeof(*p));
	p->who = *h;
	peer_name(r, p);
	describe(h, &who);
	peer_context(r, p, &up, &who);
	p->feed.room = ROOM;
	p->feed.name = p->name;
	p->feed.events = &r->station->events.feed;
	p->next = r->peers;
	r->peers = p;
	r->n_peers++;
	/* Peers of another table say nothing here. */
	if (who.loc_rib == is_loc_rib)
		p->feed.arg = r->station->events.peer_up(r->user, &who);
	log_info(ROOM, "%s: up, AS %u%s", p->name, h->as,
		 p->feed.arg ? "" : ", not listened to");
	return NULL;
}

static const char *peer_down(struct bmp_router *r,
			     const struct bmp_peer_header *h, struct rd body)
{
	const char *why = NULL;
	struct bmp_peer *p;
	char text[BMP_TEXT];

	if (!bmp_peer_down_decode(body, text, &why))
		return why;
	p = peer_find(r, h);
	if (!p)
		return NULL;
	log_info(ROOM, "%s: down: %s", p->name, text);
	peer_drop(r, text);
	return NULL;
}

/* NULL, or why the UPDATE in it ends everything; in text if need be. */
static const char *monitoring(struct bmp_router *r,
			      const struct bmp_peer_header *h, struct rd body,
			      char *text)
{
	struct bmp_peer *p = peer_find(r, h);
	char error[BGP_ERROR_TEXT];
	struct bgp_header header;
	struct bgp_error e;

	if (!p || !p->feed.arg || h->rib != r->conf.rib) {
		r->ignored++;
		return NULL;
	}
	if (bgp_header_decode(body.p, rd_left(&body), BGP_MSG_EXT_MAX, &header,
			      &e) < 1 ||
	    header.type != BGP_MSG_UPDATE || header.len != rd_left(&body))
		return "there is no UPDATE where one should be";
	p->feed.ctx.as4 = !h->as2;
	if (bgp_feed_update(&p->feed, &r->station->scratch,
			    body.p + BGP_HEADER_LEN,
			    header.len - BGP_HEADER_LEN, &e))
		return NULL;
	snprintf(text, BMP_TEXT, "%s: %s", p->name, bgp_error_text(&e, error));
	return text;
}

static const char *termination(struct rd body, char *text)
{
	char said[128];
	const char *why = NULL;

	if (!bmp_text_decode(body, BMP_INFO_STRING, said, sizeof(said), &why))
		return why;
	snprintf(text, BMP_TEXT, "the router ends the connection%s%s",
		 *said ? ": " : "", said);
	return text;
}

static const char *initiation(struct bmp_router *r, struct rd body)
{
	const char *why = NULL;

	if (!bmp_text_decode(body, BMP_INFO_NAME, r->system, sizeof(r->system),
			     &why))
		return why;
	log_info(ROOM, "%s: it is %s", r->conf.name,
		 *r->system ? r->system : "without a name");
	return NULL;
}

/* One whole message's body; why it is the last one, or NULL. */
static const char *message(struct bmp_router *r, uint8_t type, struct rd body,
			   char *text)
{
	struct bmp_peer_header h;
	const char *why = NULL;

	if (type >= BMP_MSG_TYPES) {
		r->unknown++;
		return NULL;
	}
	r->messages[type]++;
	switch (type) {
	case BMP_INITIATION:
		return initiation(r, body);
	case BMP_TERMINATION:
		return termination(body, text);
	case BMP_STATISTICS:
	case BMP_ROUTE_MIRRORING:
		return NULL;
	}
	if (!bmp_peer_header_decode(&body, &h, &why))
		return why;
	switch (type) {
	case BMP_PEER_UP:
		return peer_up(r, &h, body);
	case BMP_PEER_DOWN:
		return peer_down(r, &h, body);
	default:
		return monitoring(r, &h, body, text);
	}
}

static const char *const type_names[BMP_MSG_TYPES] = {
	[BMP_ROUTE_MONITORING] = "Route Monitoring",
	[BMP_STATISTICS] = "Statistics Report",
	[BMP_PEER_DOWN] = "Peer Down",
	[BMP_PEER_UP] = "Peer Up",
	[BMP_INITIATION] = "Initiation",
	[BMP_TERMINATION] = "Termination",
	[BMP_ROUTE_MIRRORING] = "Route Mirroring",
};

/* False when that ended the connection. */
static bool handle(struct bmp_router *r, uint8_t type, struct rd body)
{
	char text[BMP_TEXT], full[BMP_TEXT + 32];
	const char *why;

	r->handling = true;
	why = message(r, type, body, text);
	r->handling = false;
	if (why && type == BMP_TERMINATION) {
		disconnect(r, why);
		return false;
	}
	if (why) {
		snprintf(full, sizeof(full), "%s: %s", type_names[type], why);
		refuse(r, full);
		return false;
	}
	snprintf(text, sizeof(text), "%s", r->last_error);
	if (r->refuse)
		refuse(r, text);
	else if (r->reset)
		disconnect(r, text);
	return r->fd >= 0;
}

/* All whole messages; what is left of one moves to the front. */
static void deliver(struct bmp_router *r)
{
	struct bmp_header h;
	size_t at = 0;
	const char *why;

	for (;;) {
		int rc = bmp_header_decode(r->in + at, r->have - at, &h, &why);

		if (rc < 0) {
			refuse(r, why);
			return;
		}
		if (!rc || r->have - at < h.len)
			break;
		if (!handle(r, h.type,
			    rd_init(r->in + at + BMP_HEADER_LEN,
				    h.len - BMP_HEADER_LEN)))
			return;
		at += h.len;
	}
	r->have -= at;
	if (at && r->have)
		memmove(r->in, r->in + at, r->have);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct bmp_router *r = arg;
	size_t room = BMP_MSG_MAX - r->have;
	char why[128];
	ssize_t n;

	/* A whole message is never kept: there is room. */
	n = recv(fd, r->in + r->have, room < READ_MAX ? room : READ_MAX, 0);
	if (n > 0) {
		r->have += n;
		deliver(r);
	} else if (!n) {
		disconnect(r, "the router closed the connection");
	} else if (errno != EAGAIN && errno != EINTR) {
		snprintf(why, sizeof(why), "reading failed: %s",
			 strerror(errno));
		disconnect(r, why);
	}
}

static void tune(int fd)
{
	int one = 1, idle = IDLE, interval = INTERVAL, probes = PROBES;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
}

void bmp_router_accept(struct bmp_router *r, int fd)
{
	if (bmp_now() < r->refused_until) {
		close(fd);
		return;
	}
	/* A router that was restarted knows nothing of the one before. */
	disconnect(r, "the router connected again");
	r->in = malloc(BMP_MSG_MAX);
	r->readable = event_new(r->station->base, fd, EV_READ | EV_PERSIST,
				on_readable, r);
	if (!r->in || !r->readable || event_add(r->readable, NULL)) {
		log_error(ROOM, "%s: out of memory", r->conf.name);
		if (r->readable)
			event_free(r->readable);
		free(r->in);
		r->readable = NULL;
		r->in = NULL;
		close(fd);
		return;
	}
	tune(fd);
	r->fd = fd;
	r->have = 0;
	r->since = bmp_now();
	log_info(ROOM, "%s: connected", r->conf.name);
}

void bmp_router_reset(struct bmp_router *r, const char *why)
{
	if (!r->handling) {
		disconnect(r, why);
		return;
	}
	r->reset = true;
	snprintf(r->last_error, sizeof(r->last_error), "%s", why);
}

void bmp_router_refuse(struct bmp_router *r, const char *why)
{
	if (!r->handling) {
		refuse(r, why);
		return;
	}
	r->refuse = true;
	snprintf(r->last_error, sizeof(r->last_error), "%s", why);
}

bool bmp_router_connected(const struct bmp_router *r)
{
	return r->fd >= 0;
}

void bmp_router_free(struct bmp_router *r)
{
	disconnect(r, "the router is no longer listened to");
	explicit_bzero(r->conf.md5, sizeof(r->conf.md5));
	free(r);
}

json_t *bmp_router_json(const struct bmp_router *r)
{
	const struct bmp_peer *p;
	uint64_t messages = r->unknown, faults = r->faults;
	char address[ADDR_STRLEN];
	unsigned int i;

	for (i = 0; i < BMP_MSG_TYPES; i++)
		messages += r->messages[i];
	for (p = r->peers; p; p = p->next)
		faults += p->feed.treated_as_withdrawn;
	return json_pack(
		"{s:s, s:s, s:s, s:I, s:s, s:s, s:I, s:I, s:I, s:I, s:s?}",
		"name", r->conf.name, "address",
		addr_format(&r->conf.address, address), "state",
		r->fd >= 0 ? "connected" : "waiting", "since",
		(json_int_t)(bmp_now() - r->since), "system", r->system, "rib",
		rib_name(r->conf.rib), "peers", (json_int_t)r->n_peers,
		"messages", (json_int_t)messages, "ignored",
		(json_int_t)r->ignored, "faults", (json_int_t)faults,
		"last-error", *r->last_error ? r->last_error : NULL);
}
