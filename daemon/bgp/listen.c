// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sockets that neighbors connect to: one for each VRF and family, shared
 * by the neighbors in it, who are told apart by address. Where a VRF's device
 * goes and another comes by its name, there is another socket. Never reads from
 * a connection: that is handed to its neighbor.
 */
#include <errno.h>
#include <event2/event.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/accept.h"
#include "base/log.h"
#include "base/mem.h"
#include "bgp/peer.h"
#include "bgp/sock.h"

struct bgp_listener {
	struct bgp_listener *next;
	struct bgp_speaker *speaker;
	struct accept_listener *ev;
	int fd; /* ev's */
	uint8_t family;
	char vrf[16];
	unsigned int device; /* of that name, when it was opened */
};

enum {
	LOOK = 2, /* seconds between looks at the VRFs' devices */
};

/* Link-local addresses are of a link: sa says of which. */
static bool same_link(const struct bgp_peer *p, const struct sockaddr *sa)
{
	const struct sockaddr_in6 *sin6 = (const void *)sa;

	return !addr_is_link_local(&p->conf.address) ||
	       sin6->sin6_scope_id == if_nametoindex(p->conf.interface);
}

/*
 * Of those that have one address, the one whose end this is comes before one
 * that has any. to: our end.
 */
static struct bgp_peer *neighbor(const struct bgp_listener *l,
				 const struct addr *from, const struct addr *to,
				 const struct sockaddr *sa)
{
	struct bgp_peer *p, *any = NULL;

	for (p = l->speaker->peers; p; p = p->next) {
		if (addr_cmp(&p->conf.address, from) ||
		    strcmp(p->conf.vrf, l->vrf) || !same_link(p, sa))
			continue;
		if (!addr_cmp(&p->conf.local, to))
			return p;
		if (!p->conf.local.family && !any)
			any = p;
	}
	return any;
}

/* Strangers may knock as often as they like, but not fill the log. */
static void turn_away(struct bgp_speaker *s, const struct addr *from, int fd)
{
	time_t now = bgp_now();

	if (now - s->stranger >= 10) {
		char text[ADDR_STRLEN];

		log_info("bgp", "%s is not a neighbor: connection refused",
			 addr_format(from, text));
		s->stranger = now;
	}
	close(fd);
}

static void on_accept(void *arg, int fd, const struct sockaddr *sa)
{
	struct bgp_listener *l = arg;
	struct bgp_peer *peer = NULL;
	struct addr from = { 0 }, to = { 0 };

	if (addr_from_sockaddr(sa, &from) && bgp_sock_local(fd, &to))
		peer = neighbor(l, &from, &to, sa);
	if (peer)
		bgp_peer_accept(peer, fd);
	else
		turn_away(l->speaker, &from, fd);
}

static struct bgp_listener *find(const struct bgp_speaker *s, uint8_t family,
				 const char *vrf)
{
	struct bgp_listener *l;

	for (l = s->listeners; l; l = l->next)
		if (l->family == family && !strcmp(l->vrf, vrf))
			return l;
	return NULL;
}

/* A listening socket, or a negative errno and a sentence. */
static int open_at(const struct addr *address, uint16_t port, const char *vrf,
		   char *why, size_t why_len)
{
	int fd = bgp_sock_listen(address, port, vrf);
	char text[ADDR_STRLEN];

	if (fd < 0)
		snprintf(why, why_len, "listening on %s port %u%s%s failed: %s",
			 addr_format(address, text), port,
			 *vrf ? " of VRF " : "", vrf, strerror(-fd));
	return fd;
}

static void look(evutil_socket_t fd, short what, void *arg);

/* A device may go, and another one come by its name. */
static void look_after_vrfs(struct bgp_speaker *s)
{
	const struct timeval tv = { .tv_sec = LOOK };

	if (s->vrfs)
		return;
	s->vrfs = event_new(s->base, -1, EV_PERSIST, look, s);
	if (!s->vrfs) {
		log_error("bgp", "out of memory");
		abort();
	}
	event_add(s->vrfs, &tv);
}

static struct bgp_listener *start(struct bgp_speaker *s,
				  const struct addr *address, const char *vrf,
				  char *why, size_t why_len)
{
	struct bgp_listener *l;
	char text[ADDR_STRLEN];
	int fd = open_at(address, s->conf.listen_port, vrf, why, why_len);

	if (fd < 0)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->ev = accept_start(s->base, fd, 0, "bgp", addr_format(address, text),
			     on_accept, l);
	if (!l->ev) {
		snprintf(why, why_len, "out of memory");
		close(fd);
		free(l);
		return NULL;
	}
	l->speaker = s;
	l->fd = fd;
	l->family = address->family;
	snprintf(l->vrf, sizeof(l->vrf), "%s", vrf);
	l->device = bgp_sock_device(fd);
	if (*vrf)
		look_after_vrfs(s);
	l->next = s->listeners;
	s->listeners = l;
	return l;
}

static const struct addr *own_address(const struct bgp_speaker_conf *conf,
				      uint8_t family)
{
	return family == AF_INET6 ? &conf->listen6 : &conf->listen4;
}

static bool set_key(const struct bgp_listener *l,
		    const struct bgp_peer_conf *conf, char *why, size_t why_len)
{
	int err = 0;

	if (*conf->md5)
		err = bgp_sock_md5(l->fd, &conf->address, conf->md5);
	if (err) {
		snprintf(why, why_len, "neighbor %s: TCP-MD5: %s", conf->name,
			 strerror(-err));
		return false;
	}
	if (conf->ao.mac)
		err = bgp_sock_ao(l->fd, &conf->address, &conf->ao);
	/* By a neighbor of the same address: bgp_keys_clash() has compared. */
	if (err && err != -EEXIST)
		snprintf(why, why_len, "neighbor %s: TCP-AO: %s", conf->name,
			 bgp_sock_ao_error(err));
	return !err || err == -EEXIST;
}

bool bgp_listen_for(struct bgp_speaker *s, const struct bgp_peer_conf *conf,
		    char *why, size_t why_len)
{
	uint8_t family = conf->address.family;
	const struct addr *address = own_address(&s->conf, family);
	struct bgp_listener *l = find(s, family, conf->vrf);

	if (!address->family) {
		snprintf(why, why_len,
			 "neighbor %s is passive, but we do not listen",
			 conf->name);
		return !conf->passive;
	}
	if (!l)
		l = start(s, address, conf->vrf, why, why_len);
	if (!l)
		return false;
	return set_key(l, conf, why, why_len);
}

/* Whether a neighbor has the address and VRF, and so the same key. */
static bool shares_key(const struct bgp_speaker *s,
		       const struct bgp_peer_conf *conf)
{
	const struct bgp_peer *p;

	for (p = s->peers; p; p = p->next)
		if (!addr_cmp(&p->conf.address, &conf->address) &&
		    !strcmp(p->conf.vrf, conf->vrf))
			return true;
	return false;
}

void bgp_listen_forget(struct bgp_speaker *s, const struct bgp_peer_conf *conf)
{
	struct bgp_listener *l = find(s, conf->address.family, conf->vrf);
	struct bgp_ao none = conf->ao;

	none.len = 0;
	if (shares_key(s, conf))
		l = NULL;
	if (l && *conf->md5)
		bgp_sock_md5(l->fd, &conf->address, "");
	if (l && conf->ao.mac)
		bgp_sock_ao(l->fd, &conf->address, &none);
	explicit_bzero(&none, sizeof(none));
}

static void stop(struct bgp_listener *l)
{
	struct bgp_listener **at = &l->speaker->listeners;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	accept_stop(l->ev);
	free(l);
}

void bgp_listen_close(struct bgp_speaker *s)
{
	while (s->listeners)
		stop(s->listeners);
}

/* Listeners whose VRF is another device than their socket's. */
static void stop_outdated(struct bgp_speaker *s)
{
	struct bgp_listener *l, *next;

	for (l = s->listeners; l; l = next) {
		unsigned int device = *l->vrf ? if_nametoindex(l->vrf) : 0;

		next = l->next;
		if (!device || device == l->device)
			continue;
		log_info("bgp", "VRF %s is another device: listening anew",
			 l->vrf);
		stop(l);
	}
}

/* Listen where p is, with the keys of all who are there. */
static bool listen_anew(struct bgp_speaker *s, const struct bgp_peer *p,
			char *why, size_t why_len)
{
	uint8_t family = p->conf.address.family;
	const struct bgp_peer *q;
	struct bgp_listener *l = start(s, own_address(&s->conf, family),
				       p->conf.vrf, why, why_len);
	bool ok = l;

	for (q = s->peers; q && ok; q = q->next)
		if (find(s, q->conf.address.family, q->conf.vrf) == l)
			ok = set_key(l, &q->conf, why, why_len);
	/* Not without a key that there should be. */
	if (l && !ok)
		stop(l);
	return ok;
}

static void look(evutil_socket_t fd, short what, void *arg)
{
	struct bgp_speaker *s = arg;
	const struct bgp_peer *p;
	bool deaf = false;
	char why[256];

	stop_outdated(s);
	for (p = s->peers; p; p = p->next) {
		const struct bgp_peer_conf *c = &p->conf;

		if (!*c->vrf || find(s, c->address.family, c->vrf) ||
		    !own_address(&s->conf, c->address.family)->family ||
		    !if_nametoindex(c->vrf))
			continue;
		if (!listen_anew(s, p, why, sizeof(why))) {
			if (!s->deaf)
				log_error("bgp", "%s", why);
			deaf = true;
		}
	}
	s->deaf = deaf;
}

static bool may_listen(const struct bgp_speaker_conf *to,
		       const struct bgp_peer_conf *peer, char *why,
		       size_t why_len)
{
	const struct addr *address = own_address(to, peer->address.family);
	int fd;

	if (!address->family)
		return true;
	fd = open_at(address, to->listen_port, peer->vrf, why, why_len);
	if (fd >= 0)
		close(fd);
	return fd >= 0 || fd == -ENODEV;
}

bool bgp_speaker_may_listen(struct bgp_speaker *s,
			    const struct bgp_speaker_conf *to,
			    const struct bgp_peer_conf *const *peers, size_t n,
			    char *why, size_t why_len)
{
	const struct bgp_peer *p;
	char lost[256];
	bool may = true;
	size_t i;

	if (s->conf.listen_port == to->listen_port &&
	    !addr_cmp(&s->conf.listen4, &to->listen4) &&
	    !addr_cmp(&s->conf.listen6, &to->listen6))
		return true;
	/* Ours are in the way where both have the port, or one is of any. */
	bgp_listen_close(s);
	for (i = 0; i < n && may; i++)
		may = may_listen(to, peers[i], why, why_len);
	for (p = s->peers; p; p = p->next)
		if (!bgp_listen_for(s, &p->conf, lost, sizeof(lost)))
			log_error("bgp", "%s", lost);
	return may;
}
