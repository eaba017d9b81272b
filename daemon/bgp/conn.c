// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A TCP connection with BGP's framing on libevent. Messages are handed out
 * where they were read; only the beginning of one that is not all here moves.
 */
#include "bgp/conn.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "bgp/parting.h"
#include "bgp/sock.h"

enum {
	/* Room to read on behind the longest message. */
	IN_SIZE = 2 * (BGP_MSG_EXT_MAX + 1),
	/* Read at once, and dealt with: a peer that has much to say waits. */
	TURN_LEN = 32 * 1024,
	TURN_US = 5000,
	SEND_HOLD = 480, /* RFC 9687 */
};

static void fail(struct bgp_conn *c, const char *what, int err)
{
	char why[128];

	if (err)
		snprintf(why, sizeof(why), "%s: %s", what, strerror(err));
	else
		snprintf(why, sizeof(why), "%s", what);
	c->ops->failed(c->arg, why);
}

/* What is left comes in the loop's next turn, when others have had theirs. */
static void put_off(struct bgp_conn *c)
{
	static const struct timeval next_turn = { 0 };

	/* As in bgp_conn_send(): the loop will find it failed. */
	if (event_add(c->rest, &next_turn))
		shutdown(c->fd, SHUT_RDWR);
}

/* Hand out the whole messages in the buffer, for as long as a turn may take. */
static void deliver(struct bgp_conn *c)
{
	uint64_t until = clock_us() + TURN_US;
	size_t at = 0;

	for (;;) {
		struct bgp_header h;
		struct bgp_error e;
		int rc = bgp_header_decode(c->in + at, c->have - at, c->max, &h,
					   &e);

		if (rc < 0) {
			c->ops->error(c->arg, &e);
			return;
		}
		if (!rc || c->have - at < h.len)
			break;
		if (at && clock_us() >= until) {
			put_off(c);
			break;
		}
		c->ops->message(c->arg, h.type, c->in + at + BGP_HEADER_LEN,
				h.len - BGP_HEADER_LEN);
		if (c->fd < 0)
			return;
		at += h.len;
	}
	c->have -= at;
	if (at && c->have)
		memmove(c->in, c->in + at, c->have);
}

static void on_rest(evutil_socket_t fd, short what, void *arg)
{
	deliver(arg);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct bgp_conn *c = arg;
	size_t room = IN_SIZE - c->have;
	ssize_t n;

	if (evtimer_pending(c->rest, NULL))
		return;
	n = recv(fd, c->in + c->have, room < TURN_LEN ? room : TURN_LEN, 0);
	if (n > 0) {
		c->have += n;
		deliver(c);
	} else if (!n) {
		fail(c, "the peer closed the connection", 0);
	} else if (errno != EAGAIN && errno != EINTR) {
		fail(c, "reading failed", errno);
	}
}

static void want_write(struct bgp_conn *c)
{
	struct timeval tv = { .tv_sec = c->send_hold };

	/* As in bgp_conn_send(): the loop will find it failed. */
	if (event_add(c->writable, &tv))
		shutdown(c->fd, SHUT_RDWR);
}

static void connected(struct bgp_conn *c)
{
	int err = bgp_sock_error(c->fd);

	if (err) {
		fail(c, "connecting failed", -err);
		return;
	}
	c->connecting = false;
	event_add(c->readable, NULL);
	c->ops->up(c->arg);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct bgp_conn *c = arg;

	if (what & EV_TIMEOUT) {
		fail(c, "send hold timer expired: the peer does not read", 0);
		return;
	}
	if (c->connecting) {
		connected(c);
		return;
	}
	if (evbuffer_write(c->out, fd) < 0 && errno != EAGAIN &&
	    errno != EINTR) {
		fail(c, "writing failed", errno);
		return;
	}
	if (evbuffer_get_length(c->out))
		want_write(c);
	else
		c->ops->drained(c->arg);
}

/* Free all but the descriptor. */
static void release(struct bgp_conn *c)
{
	if (c->readable)
		event_free(c->readable);
	if (c->rest)
		event_free(c->rest);
	if (c->writable)
		event_free(c->writable);
	if (c->out)
		evbuffer_free(c->out);
	free(c->in);
	*c = (struct bgp_conn){ .fd = -1 };
}

bool bgp_conn_open(struct bgp_conn *c, struct event_base *base, int fd,
		   bool connecting, const struct bgp_conn_ops *ops, void *arg)
{
	*c = (struct bgp_conn){ .fd = fd,
				.connecting = connecting,
				.max = BGP_MSG_EXT_MAX,
				.send_hold = SEND_HOLD,
				.ops = ops,
				.arg = arg };
	c->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, c);
	c->rest = evtimer_new(base, on_rest, c);
	c->writable = event_new(base, fd, EV_WRITE, on_writable, c);
	c->out = evbuffer_new();
	c->in = malloc(IN_SIZE);
	if (c->readable && c->rest && c->writable && c->out && c->in &&
	    !event_add(connecting ? c->writable : c->readable, NULL))
		return true;
	release(c);
	close(fd);
	return false;
}

void bgp_conn_send(struct bgp_conn *c, const void *data, size_t len)
{
	bool idle = !evbuffer_get_length(c->out);

	/*
	 * A message that is lost would leave the peer with a wrong picture.
	 * The shutdown fails the connection from the loop, not from in here.
	 */
	if (evbuffer_add(c->out, data, len))
		shutdown(c->fd, SHUT_RDWR);
	else if (idle)
		want_write(c);
}

size_t bgp_conn_queued(const struct bgp_conn *c)
{
	return evbuffer_get_length(c->out);
}

/* Write all that is queued without waiting; false when that cannot be. */
static bool flush(struct bgp_conn *c)
{
	while (evbuffer_get_length(c->out))
		if (evbuffer_write(c->out, c->fd) <= 0)
			return false;
	return true;
}

void bgp_conn_close(struct bgp_conn *c)
{
	struct event_base *base;
	int fd = c->fd;

	if (fd < 0)
		return;
	base = event_get_base(c->readable);
	if (!c->connecting && evbuffer_get_length(c->out) && flush(c)) {
		release(c);
		bgp_parting_begin(base, fd);
		return;
	}
	release(c);
	close(fd);
}
