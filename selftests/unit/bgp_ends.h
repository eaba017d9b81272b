/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests of whole BGP sessions: one end, which remembers what it was told,
 * and its configuration; and running the loop until something is so.
 */
#ifndef CESTEER_SELFTESTS_BGP_ENDS_H
#define CESTEER_SELFTESTS_BGP_ENDS_H

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bgp/bgp.h"
#include "kselftest_harness.h"

enum { END_ROUTES = 64 };

struct route {
	struct prefix prefix;
	uint64_t id;
	struct bgp_attrs *attrs;
};

/* One end: a speaker, its neighbor, and what was heard from it. */
struct end {
	struct bgp_speaker *speaker;
	struct bgp_peer *peer;
	struct route routes[END_ROUTES];
	size_t n;
	unsigned int ups, downs, eor4, eor6, reaches, withdrawals, refreshes;
	char why[512];
};

static inline struct prefix px(const char *text)
{
	struct prefix p;
	const char *why;

	if (!prefix_parse(text, &p, &why))
		abort();
	return p;
}

static inline struct addr ad(const char *text)
{
	struct addr a;

	if (!addr_parse(text, &a))
		abort();
	return a;
}

static inline void end_forget(struct end *e, const struct prefix *p,
			      uint64_t id)
{
	size_t i;

	for (i = 0; i < e->n; i++) {
		if (p && (prefix_cmp(&e->routes[i].prefix, p) ||
			  e->routes[i].id != id))
			continue;
		bgp_attrs_put(e->routes[i].attrs);
		e->routes[i--] = e->routes[--e->n];
	}
}

static inline void end_reach(void *arg, struct bgp_peer *peer,
			     struct bgp_attrs *attrs, uint64_t id,
			     const struct prefix *p, size_t n)
{
	struct end *e = arg;

	e->reaches++;
	for (; n && e->n < END_ROUTES; n--, p++) {
		end_forget(e, p, id);
		e->routes[e->n++] =
			(struct route){ *p, id, bgp_attrs_get(attrs) };
	}
}

static inline void end_withdraw(void *arg, struct bgp_peer *peer, uint64_t id,
				const struct prefix *p, size_t n)
{
	struct end *e = arg;

	e->withdrawals += n;
	for (; n; n--, p++)
		end_forget(e, p, id);
}

static inline void end_refresh(void *arg, struct bgp_peer *peer, uint8_t family)
{
	((struct end *)arg)->refreshes++;
}

static inline void end_end_of_rib(void *arg, struct bgp_peer *peer,
				  uint8_t family)
{
	struct end *e = arg;

	e->eor4 += family == AF_INET;
	e->eor6 += family == AF_INET6;
}

static inline void end_up(void *arg, struct bgp_peer *peer)
{
	((struct end *)arg)->ups++;
}

static inline void end_down(void *arg, struct bgp_peer *peer, const char *why)
{
	struct end *e = arg;

	e->downs++;
	snprintf(e->why, sizeof(e->why), "%s", why);
	end_forget(e, NULL, 0);
}

static const struct bgp_events end_events = {
	.reach = end_reach,
	.withdraw = end_withdraw,
	.end_of_rib = end_end_of_rib,
	.refresh = end_refresh,
	.up = end_up,
	.down = end_down,
};

static inline void end_close(struct end *e)
{
	if (e->speaker)
		bgp_speaker_destroy(e->speaker, false);
	e->speaker = NULL;
	end_forget(e, NULL, 0);
}

/* A port that nobody listens on, on either address. */
static inline uint16_t free_port(void)
{
	static unsigned int next;

	return 20000 + (getpid() * 31 + next++ * 7) % 12000;
}

static inline struct bgp_speaker_conf
speaker_conf(uint32_t as, uint32_t id, const char *listen, uint16_t port)
{
	struct bgp_speaker_conf c = { .as = as,
				      .router_id = id,
				      .sgi_subtype = 0x80,
				      .sgi_transitive = true,
				      .vpn_encoding = BGP_ENCODE_COMMUNITY,
				      .listen_port = port };
	struct addr a = { 0 };

	if (listen)
		a = ad(listen);
	if (a.family == AF_INET6)
		c.listen6 = a;
	else
		c.listen4 = a;
	return c;
}

static inline struct bgp_peer_conf
peer_conf(const char *local, const char *address, uint16_t port, uint32_t as)
{
	struct bgp_peer_conf c = { .name = "peer",
				   .local = ad(local),
				   .address = ad(address),
				   .port = port,
				   .as = as,
				   .hold_time = 30,
				   .connect_retry = 1,
				   .families = BGP_IPV4 | BGP_IPV6,
				   .next_hop6 = ad("2001:db8::1") };

	return c;
}

static inline bool end_open(struct event_base *base, struct end *e,
			    const struct bgp_speaker_conf *s,
			    const struct bgp_peer_conf *p)
{
	e->speaker = bgp_speaker_create(base, s, &end_events, e);
	e->peer = bgp_peer_add(e->speaker, p, e, e->why, sizeof(e->why));
	return e->peer;
}

static inline struct bgp_origin origin(const char *prefix, const char *gateway)
{
	struct bgp_origin o = { .prefix = px(prefix) };

	o.gateways.n = gateway && addr_parse(gateway, &o.gateways.a[0]);
	return o;
}

/* Ticks keep the loop turning: a scripted peer is no event of it. */
static inline void on_tick(evutil_socket_t fd, short what, void *arg)
{
	++*(unsigned int *)arg;
}

/* Let the loop run on for a hundredth of a second at most. */
static inline void run_tick(struct event_base *base, unsigned int *ticks)
{
	struct timeval tv = { .tv_usec = 10000 };
	struct event *tick = evtimer_new(base, on_tick, ticks);

	evtimer_add(tick, &tv);
	event_base_loop(base, EVLOOP_ONCE);
	event_free(tick);
}

/* Run the loop for a while in which nothing of note should happen. */
static inline void run_for(struct event_base *base, unsigned int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	event_base_loopexit(base, &tv);
	event_base_dispatch(base);
}

/*
 * Run the loop of a fixture with base and ticks until a condition holds, at
 * most ten seconds.
 */
#define RUN_UNTIL(condition)                                \
	do {                                                \
		self->ticks = 0;                            \
		while (self->ticks < 1000 && !(condition))  \
			run_tick(self->base, &self->ticks); \
		ASSERT_LT(self->ticks, 1000);               \
	} while (0)

#endif /* CESTEER_SELFTESTS_BGP_ENDS_H */
