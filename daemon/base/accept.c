// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Listening with libevent, and a rest after each error.
 */
#include "base/accept.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

enum {
	REST = 1, /* seconds after an error */
	QUIET = 10, /* seconds between lines about errors */
};

struct accept_listener {
	struct evconnlistener *ev;
	struct event *again;
	const char *room;
	char *name;
	accept_fn on_accept;
	void *arg;
	bool said;
	time_t said_at;
};

static void on_accept(struct evconnlistener *ev, evutil_socket_t fd,
		      struct sockaddr *from, int len, void *arg)
{
	struct accept_listener *l = arg;

	(void)ev;
	(void)len;
	l->on_accept(l->arg, fd, from);
}

static void on_error(struct evconnlistener *ev, void *arg)
{
	const struct timeval rest = { .tv_sec = REST };
	struct accept_listener *l = arg;
	const char *why = strerror(errno);

	evconnlistener_disable(ev);
	event_add(l->again, &rest);
	if (l->said && clock_s() - l->said_at < QUIET)
		return;
	log_error(l->room, "%s: accepting a connection failed: %s", l->name,
		  why);
	l->said = true;
	l->said_at = clock_s();
}

static void rested(evutil_socket_t fd, short what, void *arg)
{
	struct accept_listener *l = arg;

	(void)fd;
	(void)what;
	evconnlistener_enable(l->ev);
}

struct accept_listener *accept_start(struct event_base *base, int fd,
				     int backlog, const char *room,
				     const char *name, accept_fn accept,
				     void *arg)
{
	const unsigned int flags = LEV_OPT_CLOSE_ON_FREE |
				   LEV_OPT_CLOSE_ON_EXEC;
	struct accept_listener *l = xcalloc(1, sizeof(*l));

	l->room = room;
	l->name = xstrdup(name);
	l->on_accept = accept;
	l->arg = arg;
	l->again = evtimer_new(base, rested, l);
	if (l->again)
		l->ev = evconnlistener_new(base, on_accept, l, flags, backlog,
					   fd);
	if (!l->ev) {
		accept_stop(l);
		return NULL;
	}
	evconnlistener_set_error_cb(l->ev, on_error);
	return l;
}

void accept_stop(struct accept_listener *l)
{
	if (!l)
		return;
	if (l->ev)
		evconnlistener_free(l->ev);
	if (l->again)
		event_free(l->again);
	free(l->name);
	free(l);
}
