// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One connection to the IKE daemon's VICI socket. Owns the socket, the queue
 * of commands and the clock that says when a silent peer is given up; never
 * looks into a message beyond "success" and "errmsg".
 */
#include "ike/vici.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 2000
#define STABLE_S 5 /* up for so long: the next backoff starts anew */
#define SILENCE_MS 10000 /* while something is owed to us */
/*
 * Commands in flight. charon takes a connection's in strict order, and spends
 * most of a command's time on waking its threads, once for all that are there.
 */
#define WINDOW 32
#define READ_HIGH (2 * (VICI_SEGMENT_MAX + VICI_HEADER_LEN))

struct cmd {
	TAILQ_ENTRY(cmd) link;
	uint8_t *buf; /* NULL once handed to the socket */
	size_t len;
	vici_reply_fn done;
	void *arg;
};

TAILQ_HEAD(cmds, cmd);

enum state {
	DOWN, /* the timer says when to connect */
	CONNECTING,
	REGISTERING, /* events, one after the other */
	UP,
};

struct vici {
	struct event_base *base;
	char *path;
	const char *const *names;
	size_t registered;
	struct vici_events ev;
	void *arg;
	enum state state;
	struct bufferevent *bev;
	struct event *timer; /* reconnect or silence */
	struct cmds queue; /* the first ones of it are in flight */
	unsigned int sent; /* so many */
	struct cmd *next; /* the one after them; NULL: all are */
	unsigned int backoff_ms;
	time_t up_at;
	const char *doomed; /* why the timer, set to now, is to give it up */
	bool told; /* of this outage, in the log */
};

static void set_timer(struct vici *v, unsigned int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	event_add(v->timer, &tv);
}

static void drop(struct vici *v, const char *why)
{
	bool was_up = v->state == UP;
	struct cmds lost;
	struct cmd *c;

	if (was_up && clock_s() - v->up_at >= STABLE_S)
		v->backoff_ms = BACKOFF_MIN_MS;
	v->state = DOWN;
	v->sent = 0;
	v->next = NULL;
	v->doomed = NULL;
	if (v->bev)
		bufferevent_free(v->bev);
	v->bev = NULL;
	set_timer(v, v->backoff_ms);
	v->backoff_ms *= 2;
	if (v->backoff_ms > BACKOFF_MAX_MS)
		v->backoff_ms = BACKOFF_MAX_MS;
	TAILQ_INIT(&lost);
	TAILQ_CONCAT(&lost, &v->queue, link);
	while ((c = TAILQ_FIRST(&lost))) {
		TAILQ_REMOVE(&lost, c, link);
		vici_wipe(c->buf, c->len);
		c->done(c->arg, -ECONNRESET, (struct vici_view){ NULL, 0 });
		free(c);
	}
	if (was_up)
		v->ev.down(v->arg, why);
	else if (!v->told)
		log_warn("ike", "%s: %s; trying again", v->path, why);
	v->told = true;
}

/* For callers that must see no callback before they return. */
static void drop_later(struct vici *v, const char *why)
{
	v->doomed = why;
	set_timer(v, 0);
}

/* The socket's buffer refers to the segment, so that no copy outlives it. */
static void sent_out(const void *data, size_t len, void *arg)
{
	vici_wipe(arg, len);
}

static void put_out(struct vici *v, uint8_t *buf, size_t len)
{
	struct evbuffer *out = bufferevent_get_output(v->bev);

	if (!evbuffer_add_reference(out, buf, len, sent_out, buf))
		return;
	vici_wipe(buf, len);
	drop_later(v, "out of memory");
}

static void send_more(struct vici *v)
{
	struct cmd *c;
	uint8_t *buf;

	if (v->state != UP)
		return;
	if (TAILQ_EMPTY(&v->queue)) {
		event_del(v->timer);
		return;
	}
	while ((c = v->next) && v->sent < WINDOW && !v->doomed) {
		v->next = TAILQ_NEXT(c, link);
		if (!v->sent++)
			set_timer(v, SILENCE_MS);
		buf = c->buf;
		c->buf = NULL;
		put_out(v, buf, c->len);
	}
}

static void register_next(struct vici *v)
{
	struct vici_wr w;

	if (!v->names[v->registered]) {
		v->state = UP;
		v->up_at = clock_s();
		v->told = false;
		event_del(v->timer);
		v->ev.up(v->arg);
		return;
	}
	vici_wr_init(&w, VICI_EVENT_REGISTER, v->names[v->registered]);
	if (vici_wr_finish(&w)) {
		vici_wr_free(&w);
		drop(v, vici_error_name(w.error));
		return;
	}
	put_out(v, w.buf, w.len);
}

static void on_reply(struct vici *v, const struct vici_packet *pkt)
{
	struct cmd *c = TAILQ_FIRST(&v->queue);
	struct bufferevent *bev = v->bev;

	if (!v->sent) {
		drop(v, "a reply came to no command");
		return;
	}
	TAILQ_REMOVE(&v->queue, c, link);
	v->sent--;
	c->done(c->arg, pkt->type == VICI_CMD_UNKNOWN ? -EOPNOTSUPP : 0,
		pkt->msg);
	free(c);
	if (v->bev == bev)
		send_more(v);
}

static void on_confirm(struct vici *v, bool known)
{
	if (v->state != REGISTERING) {
		drop(v, "an event was confirmed that was not asked for");
		return;
	}
	if (!known)
		log_warn("ike", "the IKE daemon has no event '%s'",
			 v->names[v->registered]);
	v->registered++;
	register_next(v);
}

static void on_packet(struct vici *v, const uint8_t *data, size_t len)
{
	struct vici_packet pkt;
	enum vici_error error = vici_packet_parse(data, len, &pkt);
	char why[96];

	if (error) {
		snprintf(why, sizeof(why), "malformed packet: %s",
			 vici_error_name(error));
		drop(v, why);
		return;
	}
	switch (pkt.type) {
	case VICI_CMD_RESPONSE:
	case VICI_CMD_UNKNOWN:
		on_reply(v, &pkt);
		break;
	case VICI_EVENT_CONFIRM:
	case VICI_EVENT_UNKNOWN:
		on_confirm(v, pkt.type == VICI_EVENT_CONFIRM);
		break;
	case VICI_EVENT:
		/* Not before up(): a listing will say the same. */
		if (v->state == UP)
			v->ev.event(v->arg, pkt.name, pkt.msg);
		break;
	default:
		drop(v, "a packet came that only a client sends");
		break;
	}
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct vici *v = arg;
	uint8_t *p;
	uint32_t len;

	/* Events of a long listing are signs of life as well. */
	if (!v->doomed && (v->state == REGISTERING || v->sent))
		set_timer(v, SILENCE_MS);
	while (v->bev == bev &&
	       evbuffer_copyout(in, &len, sizeof(len)) == sizeof(len)) {
		len = ntohl(len);
		if (!len || len > VICI_SEGMENT_MAX) {
			drop(v, "a segment's length is out of bounds");
			return;
		}
		if (evbuffer_get_length(in) < VICI_HEADER_LEN + len)
			return;
		p = evbuffer_pullup(in, VICI_HEADER_LEN + len);
		if (!p) {
			drop(v, "out of memory");
			return;
		}
		on_packet(v, p + VICI_HEADER_LEN, len);
		if (v->bev == bev)
			evbuffer_drain(in, VICI_HEADER_LEN + len);
	}
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct vici *v = arg;

	if (what & BEV_EVENT_CONNECTED) {
		v->state = REGISTERING;
		set_timer(v, SILENCE_MS);
		register_next(v);
	} else if (what & BEV_EVENT_EOF) {
		drop(v, "closed by the IKE daemon");
	} else {
		drop(v, strerror(EVUTIL_SOCKET_ERROR()));
	}
}

static void connect_now(struct vici *v)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	if (strlen(v->path) >= sizeof(sun.sun_path)) {
		drop(v, strerror(ENAMETOOLONG));
		return;
	}
	memcpy(sun.sun_path, v->path, strlen(v->path));
	v->bev = bufferevent_socket_new(v->base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!v->bev) {
		drop(v, "out of memory");
		return;
	}
	v->state = CONNECTING;
	v->registered = 0;
	set_timer(v, SILENCE_MS);
	bufferevent_setwatermark(v->bev, EV_READ, 0, READ_HIGH);
	bufferevent_setcb(v->bev, on_read, NULL, on_event, v);
	bufferevent_enable(v->bev, EV_READ | EV_WRITE);
	/* A failure may have been told to on_event() by now. */
	if (bufferevent_socket_connect(v->bev, (struct sockaddr *)&sun,
				       sizeof(sun)) < 0 &&
	    v->state == CONNECTING)
		drop(v, strerror(errno));
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct vici *v = arg;

	if (v->state == DOWN)
		connect_now(v);
	else
		drop(v, v->doomed ? v->doomed : "the IKE daemon is silent");
}

struct vici *vici_create(struct event_base *base, const char *path,
			 const char *const *names, const struct vici_events *ev,
			 void *arg)
{
	struct vici *v = xcalloc(1, sizeof(*v));

	v->base = base;
	v->path = xstrdup(path);
	v->names = names;
	v->ev = *ev;
	v->arg = arg;
	v->backoff_ms = BACKOFF_MIN_MS;
	TAILQ_INIT(&v->queue);
	v->timer = evtimer_new(base, on_timer, v);
	if (!v->timer) {
		vici_destroy(v);
		return NULL;
	}
	set_timer(v, 0);
	return v;
}

void vici_destroy(struct vici *v)
{
	struct cmd *c;

	if (!v)
		return;
	while ((c = TAILQ_FIRST(&v->queue))) {
		TAILQ_REMOVE(&v->queue, c, link);
		vici_wipe(c->buf, c->len);
		free(c);
	}
	if (v->bev)
		bufferevent_free(v->bev);
	if (v->timer)
		event_free(v->timer);
	free(v->path);
	free(v);
}

int vici_send(struct vici *v, struct vici_wr *w, vici_reply_fn done, void *arg)
{
	enum vici_error error = vici_wr_finish(w);
	struct cmd *c;

	if (error) {
		log_error("ike", "a command cannot be sent: %s",
			  vici_error_name(error));
		vici_wr_free(w);
		return error == VICI_E_MEMORY ? -ENOMEM : -EMSGSIZE;
	}
	if (v->state != UP) {
		vici_wr_free(w);
		return -ENOTCONN;
	}
	c = xcalloc(1, sizeof(*c));
	c->buf = w->buf;
	c->len = w->len;
	c->done = done;
	c->arg = arg;
	TAILQ_INSERT_TAIL(&v->queue, c, link);
	if (!v->next)
		v->next = c;
	send_more(v);
	return 0;
}

bool vici_up(const struct vici *v)
{
	return v->state == UP;
}

void vici_restart(struct vici *v, const char *why)
{
	v->backoff_ms = BACKOFF_MIN_MS;
	if (v->state != DOWN)
		drop(v, why);
	set_timer(v, 0);
}

bool vici_reply_ok(int err, struct vici_view msg, char *why, size_t size)
{
	struct vici_view v;

	if (err == -EOPNOTSUPP) {
		snprintf(why, size, "the IKE daemon does not know the command");
		return false;
	}
	if (err) {
		snprintf(why, size, "%s", strerror(-err));
		return false;
	}
	if (vici_find(msg, VICI_KEY_VALUE, "success", &v) && vici_is(v, "yes"))
		return true;
	if (!vici_get_str(msg, "errmsg", why, size) || !*why)
		snprintf(why, size, "refused without a reason");
	return false;
}
