// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What still comes on these connections is thrown away, unlooked at.
 */
#include "bgp/parting.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"

enum {
	PARTING_MAX = 16,
	PARTING_TIME = 2, /* seconds */
};

struct parting {
	struct parting *next;
	struct event *readable;
	int fd;
	time_t until; /* monotonic */
};

static struct parting *partings;
static char sink[64 * 1024];

static void end(struct parting *p)
{
	struct parting **at = &partings;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	event_free(p->readable);
	close(p->fd);
	free(p);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct parting *p = arg;
	ssize_t n;

	if (what & EV_TIMEOUT || clock_s() > p->until) {
		end(p);
		return;
	}
	n = recv(fd, sink, sizeof(sink), 0);
	if (!n || (n < 0 && errno != EAGAIN && errno != EINTR))
		end(p);
}

static unsigned int count(void)
{
	const struct parting *p;
	unsigned int n = 0;

	for (p = partings; p; p = p->next)
		n++;
	return n;
}

void bgp_parting_begin(struct event_base *base, int fd)
{
	struct timeval tv = { .tv_sec = PARTING_TIME };
	struct parting *p = NULL;

	shutdown(fd, SHUT_WR);
	if (count() < PARTING_MAX)
		p = calloc(1, sizeof(*p));
	if (!p) {
		close(fd);
		return;
	}
	p->fd = fd;
	p->until = clock_s() + PARTING_TIME;
	p->next = partings;
	partings = p;
	p->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, p);
	if (p->readable && !event_add(p->readable, &tv))
		return;
	/* Memory is short. */
	partings = p->next;
	if (p->readable)
		event_free(p->readable);
	close(fd);
	free(p);
}

void bgp_parting_close(struct event_base *base)
{
	struct parting *p, *next;
	int bound = 16;

	for (p = partings; p; p = next) {
		next = p->next;
		if (event_get_base(p->readable) != base)
			continue;
		/* What has come until now, at least. */
		while (bound-- > 0 && recv(p->fd, sink, sizeof(sink), 0) > 0)
			;
		end(p);
	}
}
