/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests of a speaker of ours, b, against a scripted peer: a plain socket
 * that says what the test has it say, and what was heard from b. Included by one
 * program only.
 */
#ifndef CESTEER_UNIT_BGP_SCRIPT_H
#define CESTEER_UNIT_BGP_SCRIPT_H

#include <errno.h>
#include <signal.h>
#include "base/log.h"
#include "bgp/intern.h"
#include "bgp/msg.h"
#include "unit/bgp_ends.h"

FIXTURE(badpeer) {
	struct event_base *base;
	struct end b;
	int fd; /* the scripted peer's */
	uint16_t port;
	unsigned int ticks;
};

FIXTURE_SETUP(badpeer) {
	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_ERROR);
	memset(self, 0, sizeof(*self));
	self->fd = -1;
	self->base = event_base_new();
	self->port = free_port();
}

FIXTURE_TEARDOWN(badpeer) {
	if (self->fd >= 0)
		close(self->fd);
	end_close(&self->b);
	event_base_free(self->base);
	EXPECT_EQ(bgp_attrs_count(), 0);
}

/* The scripted peer: a plain socket that b connects to or accepts from. */
static int dial_from(const char *address, uint16_t port)
{
	struct addr to = ad("127.0.0.2"), from = ad(address);
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&from, 0, &ss);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	bind(fd, (struct sockaddr *)&ss, len);
	len = addr_to_sockaddr(&to, port, &ss);
	connect(fd, (struct sockaddr *)&ss, len);
	return fd;
}

static int dial(uint16_t port)
{
	return dial_from("127.0.0.1", port);
}

static void write_all(int fd, const void *data, size_t len)
{
	if (write(fd, data, len) != (ssize_t)len)
		abort();
}

/* How the scripted peer opens, unless a test says otherwise. */
static uint16_t hold_time = 3;
static bool graceful_restart, enhanced_refresh;

static void say_only_open(int fd, uint32_t as, uint16_t hold, uint8_t families)
{
	const struct bgp_open open = { .as = as,
				       .router_id = 7,
				       .hold_time = hold,
				       .families = families,
				       .refresh = true,
				       .enhanced_refresh = enhanced_refresh,
				       .graceful_restart = graceful_restart,
				       .as4 = true };
	uint8_t m[BGP_MSG_MAX];
	struct wr w = wr_init(m, sizeof(m));

	bgp_open_encode(&w, &open);
	write_all(fd, m, w.p - m);
}

static void say_keepalive(int fd)
{
	uint8_t m[BGP_HEADER_LEN];
	struct wr w = wr_init(m, sizeof(m));

	bgp_keepalive_encode(&w);
	write_all(fd, m, sizeof(m));
}

static void say_open(int fd, uint32_t as, uint16_t hold, uint8_t families)
{
	say_only_open(fd, as, hold, families);
	say_keepalive(fd);
}

static void say(int fd, uint8_t type, const char *body, size_t len)
{
	uint8_t m[BGP_MSG_MAX];
	struct wr w = wr_init(m, sizeof(m));
	uint8_t *start = bgp_msg_begin(&w, type);

	wr_bytes(&w, body, len);
	bgp_msg_end(&w, start);
	write_all(fd, m, w.p - m);
}

/* Read all that has come: counts by type, and the last NOTIFICATION. */
struct heard {
	uint8_t in[65536];
	size_t n;
	unsigned int count[BGP_MSG_TYPES];
	struct bgp_error error;
	bool closed;
};

static void listen_to(int fd, struct heard *h)
{
	ssize_t n;

	while ((n = read(fd, h->in + h->n, sizeof(h->in) - h->n)) > 0)
		h->n += n;
	h->closed |= !n;
	for (;;) {
		struct bgp_header head;
		struct bgp_error e;

		if (bgp_header_decode(h->in, h->n, BGP_MSG_MAX, &head, &e) <
			    1 ||
		    h->n < head.len)
			return;
		h->count[head.type]++;
		if (head.type == BGP_MSG_NOTIFICATION)
			bgp_notification_decode(h->in + 19, head.len - 19,
						&h->error);
		h->n -= head.len;
		memmove(h->in, h->in + head.len, h->n);
	}
}

static struct heard heard;

static bool hears(int fd)
{
	listen_to(fd, &heard);
	return true;
}

/* b as a passive neighbor of a scripted peer in AS 65001. */
static bool passive_b(struct event_base *base, struct end *b, uint16_t port)
{
	struct bgp_origin o = origin("10.1.0.0/16", "192.0.2.1");
	struct bgp_speaker_conf s = speaker_conf(65002, 2, "127.0.0.2", port);
	struct bgp_peer_conf p =
		peer_conf("127.0.0.2", "127.0.0.1", port, 65001);

	p.passive = true;
	p.origins = &o;
	p.n_origins = 1;
	memset(&heard, 0, sizeof(heard));
	return end_open(base, b, &s, &p);
}

/* Connect anew, and hear b's OPEN. */
#define KNOCK()                                                          \
	do {                                                             \
		if (self->fd >= 0)                                       \
			close(self->fd);                                 \
		memset(&heard, 0, sizeof(heard));                        \
		self->fd = dial(self->port);                             \
		RUN_UNTIL(hears(self->fd) && heard.count[BGP_MSG_OPEN]); \
	} while (0)

/* Bring b up; the peer agrees on both families. */
#define ESTABLISH()                                                       \
	do {                                                              \
		ASSERT_TRUE(passive_b(self->base, &self->b, self->port)); \
		KNOCK();                                                  \
		say_open(self->fd, 65001, hold_time, 3);                  \
		RUN_UNTIL(hears(self->fd) && self->b.ups == 1);           \
	} while (0)

/* 10.7.0.0/16 by AS 65001. */
#define ROUTE                                  \
	"\x00\x00\x00\x14\x40\x01\x01\x00"     \
	"\x40\x02\x06\x02\x01\x00\x00\xfd\xe9" \
	"\x40\x03\x04\x0a\x00\x00\x01\x10\x0a\x07"
#define SAY_UPDATE(fd, body) say(fd, BGP_MSG_UPDATE, body, sizeof(body) - 1)

#endif /* CESTEER_UNIT_BGP_SCRIPT_H */
