// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sockets that routers connect to, one for each family, and the list of
 * who may. Never reads from a connection. RFC 7854, section 3.2.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/accept.h"
#include "base/log.h"
#include "base/mem.h"
#include "bgp/sock.h"
#include "bmp/router.h"

#define ROOM "bmp"

struct bmp_listener {
	struct bmp_listener *next;
	struct accept_listener *ev;
	int fd; /* ev's */
	uint8_t family;
};

static void turn_away(struct bmp_station *s, const struct addr *from, int fd)
{
	time_t now = bmp_now();
	char text[ADDR_STRLEN];

	if (!s->stranger || now - s->stranger >= 10) {
		log_info(ROOM, "%s is no router of ours: connection refused",
			 addr_format(from, text));
		s->stranger = now;
	}
	close(fd);
}

static void on_accept(void *arg, int fd, const struct sockaddr *sa)
{
	struct bmp_station *s = arg;
	struct addr from = { 0 };
	struct bmp_router *r;

	addr_from_sockaddr(sa, &from);
	for (r = s->routers; r; r = r->next) {
		if (!addr_cmp(&r->conf.address, &from)) {
			bmp_router_accept(r, fd);
			return;
		}
	}
	turn_away(s, &from, fd);
}

/* Where the kernel has no IPv6, "::" is nothing more than 0.0.0.0. */
static bool may_lack(const struct bmp_station *s, const struct addr *address,
		     int err)
{
	static const struct addr any = { .family = AF_INET6 };

	return err == -EAFNOSUPPORT && s->listeners && !addr_cmp(address, &any);
}

static bool start(struct bmp_station *s, const struct addr *address, char *why,
		  size_t why_len)
{
	struct bmp_listener *l;
	char text[ADDR_STRLEN];
	int fd;

	if (!address->family)
		return true;
	fd = bgp_sock_listen(address, s->conf.port, "");
	if (may_lack(s, address, fd)) {
		log_info(ROOM, "no IPv6 in this kernel: routers come by IPv4");
		return true;
	}
	if (fd < 0) {
		snprintf(why, why_len,
			 "BMP: listening on %s port %u failed: %s",
			 addr_format(address, text), s->conf.port,
			 strerror(-fd));
		return false;
	}
	l = xcalloc(1, sizeof(*l));
	l->ev = accept_start(s->base, fd, 0, ROOM, addr_format(address, text),
			     on_accept, s);
	if (!l->ev) {
		snprintf(why, why_len, "BMP: out of memory");
		close(fd);
		free(l);
		return false;
	}
	l->fd = fd;
	l->family = address->family;
	l->next = s->listeners;
	s->listeners = l;
	return true;
}

struct bmp_station *bmp_station_create(struct event_base *base,
				       const struct bmp_station_conf *conf,
				       const struct bmp_events *ev, char *why,
				       size_t why_len)
{
	struct bmp_station *s = xcalloc(1, sizeof(*s));

	s->base = base;
	s->conf = *conf;
	s->events = *ev;
	bgp_scratch_init(&s->scratch);
	if (bmp_station_listen(s, why, why_len))
		return s;
	bmp_station_destroy(s);
	return NULL;
}

const struct bmp_station_conf *bmp_station_conf(const struct bmp_station *s)
{
	return &s->conf;
}

void bmp_station_close(struct bmp_station *s)
{
	while (s->listeners) {
		struct bmp_listener *l = s->listeners;

		s->listeners = l->next;
		accept_stop(l->ev);
		free(l);
	}
}

void bmp_station_destroy(struct bmp_station *s)
{
	while (s->routers)
		bmp_router_del(s->routers);
	bmp_station_close(s);
	bgp_scratch_fini(&s->scratch);
	free(s);
}

/* 0 or a negative errno; "" removes the key. */
static int set_key(const struct bmp_station *s, const struct addr *router,
		   const char *password)
{
	const struct bmp_listener *l;

	for (l = s->listeners; l; l = l->next) {
		if (l->family == router->family)
			return bgp_sock_md5(l->fd, router, password);
	}
	return 0;
}

static bool add_key(const struct bmp_station *s,
		    const struct bmp_router_conf *conf, char *why,
		    size_t why_len)
{
	int err = *conf->md5 ? set_key(s, &conf->address, conf->md5) : 0;

	if (err)
		snprintf(why, why_len, "%s: TCP-MD5: %s", conf->name,
			 strerror(-err));
	return !err;
}

bool bmp_station_listen(struct bmp_station *s, char *why, size_t why_len)
{
	const struct bmp_router *r;
	bool ok = start(s, &s->conf.listen4, why, why_len) &&
		  start(s, &s->conf.listen6, why, why_len);

	/* Not without a key that there should be. */
	for (r = s->routers; r && ok; r = r->next)
		ok = add_key(s, &r->conf, why, why_len);
	if (!ok)
		bmp_station_close(s);
	return ok;
}

struct bmp_router *bmp_router_add(struct bmp_station *s,
				  const struct bmp_router_conf *conf,
				  void *user, char *why, size_t why_len)
{
	struct bmp_router *r;

	if (!add_key(s, conf, why, why_len))
		return NULL;
	r = xcalloc(1, sizeof(*r));
	r->station = s;
	r->conf = *conf;
	r->user = user;
	r->fd = -1;
	r->since = bmp_now();
	r->next = s->routers;
	s->routers = r;
	return r;
}

void bmp_router_del(struct bmp_router *r)
{
	struct bmp_router **at = &r->station->routers;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	if (*r->conf.md5)
		set_key(r->station, &r->conf.address, "");
	bmp_router_free(r);
}
