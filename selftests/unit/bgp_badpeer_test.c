// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A speaker of ours against a scripted peer that is not as it should be.
 */
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
static int dial(uint16_t port)
{
	struct addr to = ad("127.0.0.2"), from = ad("127.0.0.1");
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&from, 0, &ss);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	bind(fd, (struct sockaddr *)&ss, len);
	len = addr_to_sockaddr(&to, port, &ss);
	connect(fd, (struct sockaddr *)&ss, len);
	return fd;
}

static void write_all(int fd, const void *data, size_t len)
{
	if (write(fd, data, len) != (ssize_t)len)
		abort();
}

/* How the scripted peer opens, unless a test says otherwise. */
static uint16_t hold_time = 3;
static bool graceful_restart;

static void say_open(int fd, uint32_t as, uint16_t hold, uint8_t families)
{
	const struct bgp_open open = { .as = as,
				       .router_id = 7,
				       .hold_time = hold,
				       .families = families,
				       .refresh = true,
				       .graceful_restart = graceful_restart,
				       .as4 = true };
	uint8_t m[BGP_MSG_MAX];
	struct wr w = wr_init(m, sizeof(m));

	bgp_open_encode(&w, &open);
	bgp_keepalive_encode(&w);
	write_all(fd, m, w.p - m);
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

TEST_F(badpeer, bad_opens) {
	static const struct {
		uint32_t as;
		uint16_t hold_time;
		uint8_t families, subcode;
	} bad[] = {
		{ 65009, 90, 3, BGP_OPEN_PEER_AS },
		{ 65001, 2, 3, BGP_OPEN_HOLD_TIME },
	};
	size_t i;

	ASSERT_TRUE(passive_b(self->base, &self->b, self->port));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		int fd = dial(self->port);

		memset(&heard, 0, sizeof(heard));
		RUN_UNTIL(hears(fd) && heard.count[BGP_MSG_OPEN]);
		say_open(fd, bad[i].as, bad[i].hold_time, bad[i].families);
		RUN_UNTIL(hears(fd) && heard.closed);
		EXPECT_EQ(heard.error.code, BGP_ERR_OPEN);
		EXPECT_EQ(heard.error.subcode, bad[i].subcode);
		close(fd);
	}
	EXPECT_EQ(self->b.ups, 0);
}

TEST_F(badpeer, no_family_in_common) {
	struct bgp_speaker_conf s =
		speaker_conf(65002, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf p =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);
	int fd;

	p.passive = true;
	p.families = BGP_IPV6;
	memset(&heard, 0, sizeof(heard));
	ASSERT_TRUE(end_open(self->base, &self->b, &s, &p));
	fd = dial(self->port);
	RUN_UNTIL(hears(fd) && heard.count[BGP_MSG_OPEN]);
	say_open(fd, 65001, 90, BGP_IPV4);
	RUN_UNTIL(hears(fd) && heard.closed);
	EXPECT_EQ(heard.error.subcode, BGP_OPEN_CAPABILITY);
	EXPECT_EQ(memcmp(heard.error.data, "\x01\x04\x00\x02\x00\x01", 6), 0);
	close(fd);
}

/* Bring b up; the peer agrees on both families. */
#define ESTABLISH()                                                       \
	do {                                                              \
		ASSERT_TRUE(passive_b(self->base, &self->b, self->port)); \
		self->fd = dial(self->port);                              \
		RUN_UNTIL(hears(self->fd) && heard.count[BGP_MSG_OPEN]);  \
		say_open(self->fd, 65001, hold_time, 3);                  \
		RUN_UNTIL(hears(self->fd) && self->b.ups == 1);           \
	} while (0)

/* 10.7.0.0/16 by AS 65001. */
#define ROUTE                                  \
	"\x00\x00\x00\x14\x40\x01\x01\x00"     \
	"\x40\x02\x06\x02\x01\x00\x00\xfd\xe9" \
	"\x40\x03\x04\x0a\x00\x00\x01\x10\x0a\x07"
#define SAY_UPDATE(fd, body) say(fd, BGP_MSG_UPDATE, body, sizeof(body) - 1)

TEST_F(badpeer, treat_as_withdraw) {
	ESTABLISH();
	SAY_UPDATE(self->fd, ROUTE);
	RUN_UNTIL(self->b.n == 1);
	/* The same with a broken MED behind. */
	SAY_UPDATE(self->fd, "\x00\x00\x00\x18\x40\x01\x01\x00"
			     "\x40\x02\x06\x02\x01\x00\x00\xfd\xe9"
			     "\x40\x03\x04\x0a\x00\x00\x01"
			     "\x80\x04\x01\x00"
			     "\x10\x0a\x07");
	RUN_UNTIL(self->b.withdrawals == 1);
	EXPECT_EQ(self->b.n, 0);
	EXPECT_EQ(bgp_peer_state(self->b.peer), BGP_ESTABLISHED);
}

TEST_F(badpeer, loops_replace_what_was_there) {
	ESTABLISH();
	SAY_UPDATE(self->fd, ROUTE);
	RUN_UNTIL(self->b.n == 1);
	/* Our own AS, 65002, is in the path. */
	SAY_UPDATE(self->fd, "\x00\x00\x00\x14\x40\x01\x01\x00"
			     "\x40\x02\x06\x02\x01\x00\x00\xfd\xea"
			     "\x40\x03\x04\x0a\x00\x00\x01"
			     "\x10\x0a\x07");
	RUN_UNTIL(self->b.withdrawals == 1);
	EXPECT_EQ(self->b.n, 0);
	/* So it is when the next hop is our own address. */
	SAY_UPDATE(self->fd, ROUTE);
	RUN_UNTIL(self->b.n == 1);
	SAY_UPDATE(self->fd, "\x00\x00\x00\x14\x40\x01\x01\x00"
			     "\x40\x02\x06\x02\x01\x00\x00\xfd\xe9"
			     "\x40\x03\x04\x7f\x00\x00\x02"
			     "\x10\x0a\x07");
	RUN_UNTIL(self->b.withdrawals == 2);
	EXPECT_EQ(self->b.n, 0);
}

TEST_F(badpeer, session_reset) {
	ESTABLISH();
	SAY_UPDATE(self->fd, "\x00\x00\x00\x00\x21\x0a\x00\x00\x00\x00");
	RUN_UNTIL(hears(self->fd) && heard.closed);
	EXPECT_EQ(heard.error.code, BGP_ERR_UPDATE);
	EXPECT_EQ(heard.error.subcode, BGP_UPDATE_NETWORK);
	EXPECT_EQ(self->b.downs, 1);
	EXPECT_NE(strstr(self->b.why, "Invalid Network Field"), NULL);
}

TEST_F(badpeer, not_synchronized) {
	static const char junk[] = "GET / HTTP/1.1\r\n\r\n\r\n";

	ESTABLISH();
	EXPECT_GT(write(self->fd, junk, sizeof(junk)), 0);
	RUN_UNTIL(hears(self->fd) && heard.closed);
	EXPECT_EQ(heard.error.code, BGP_ERR_HEADER);
	EXPECT_EQ(heard.error.subcode, BGP_HEADER_SYNC);
}

TEST_F(badpeer, hold_timer) {
	/* Three seconds were agreed, and nothing more is said. */
	ESTABLISH();
	RUN_UNTIL(hears(self->fd) && heard.closed);
	EXPECT_EQ(heard.error.code, BGP_ERR_HOLD_TIMER);
	EXPECT_STREQ(self->b.why, "hold timer expired");
	/* It said so every second itself. */
	EXPECT_GE(heard.count[BGP_MSG_KEEPALIVE], 3);
}

TEST_F(badpeer, refresh_is_answered) {
	unsigned int before;

	ESTABLISH();
	/* One route and two times End-of-RIB. */
	RUN_UNTIL(hears(self->fd) && heard.count[BGP_MSG_UPDATE] == 3);
	before = heard.count[BGP_MSG_UPDATE];
	say(self->fd, BGP_MSG_REFRESH, "\x00\x01\x00\x01", 4);
	RUN_UNTIL(hears(self->fd) && heard.count[BGP_MSG_UPDATE] == before + 1);
	/* Nothing to say of IPv6, and nothing of a family not agreed on. */
	say(self->fd, BGP_MSG_REFRESH, "\x00\x02\x00\x01", 4);
	say(self->fd, BGP_MSG_REFRESH, "\x00\x01\x00\x80", 4);
	run_for(self->base, 200);
	hears(self->fd);
	EXPECT_EQ(heard.count[BGP_MSG_UPDATE], before + 1);
	EXPECT_EQ(bgp_peer_state(self->b.peer), BGP_ESTABLISHED);
}

TEST_F(badpeer, octet_by_octet) {
	static const char route[] = ROUTE;
	uint8_t m[128];
	struct wr w = wr_init(m, sizeof(m));
	uint8_t *start = bgp_msg_begin(&w, BGP_MSG_UPDATE), *p;

	wr_bytes(&w, route, sizeof(route) - 1);
	bgp_msg_end(&w, start);
	ESTABLISH();
	for (p = m; p < w.p; p++) {
		EXPECT_EQ(self->b.n, 0);
		EXPECT_EQ(write(self->fd, p, 1), 1);
		event_base_loop(self->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	}
	RUN_UNTIL(self->b.n == 1);
}

TEST_F(badpeer, strangers_are_turned_away) {
	struct bgp_speaker_conf s =
		speaker_conf(65002, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf p =
		peer_conf("127.0.0.2", "127.0.0.9", self->port, 65001);

	p.passive = true;
	memset(&heard, 0, sizeof(heard));
	ASSERT_TRUE(end_open(self->base, &self->b, &s, &p));
	self->fd = dial(self->port);
	RUN_UNTIL(hears(self->fd) && heard.closed);
	EXPECT_EQ(heard.count[BGP_MSG_OPEN], 0);
}

TEST_F(badpeer, vanishes) {
	ESTABLISH();
	SAY_UPDATE(self->fd, ROUTE);
	RUN_UNTIL(self->b.n == 1);
	shutdown(self->fd, SHUT_WR);
	RUN_UNTIL(self->b.downs == 1);
	EXPECT_STREQ(self->b.why, "the peer closed the connection");
	EXPECT_EQ(self->b.n, 0);
}

TEST_F(badpeer, second_connection_is_refused) {
	int second;

	ESTABLISH();
	second = dial(self->port);
	memset(&heard, 0, sizeof(heard));
	RUN_UNTIL(hears(second) && heard.count[BGP_MSG_OPEN]);
	say_open(second, 65001, 90, 3);
	RUN_UNTIL(hears(second) && heard.closed);
	EXPECT_EQ(heard.error.code, BGP_ERR_CEASE);
	EXPECT_EQ(heard.error.subcode, BGP_CEASE_COLLISION);
	EXPECT_EQ(self->b.downs, 0);
	close(second);
}

/*
 * With graceful restart the second connection means that the peer has lost
 * the first: it does not have to wait for our hold timer.
 */
TEST_F(badpeer, restarts_without_closing) {
	int second;

	graceful_restart = true;
	hold_time = 90;
	ESTABLISH();
	run_for(self->base, 5500);
	second = dial(self->port);
	memset(&heard, 0, sizeof(heard));
	RUN_UNTIL(hears(second) && heard.count[BGP_MSG_OPEN]);
	say_open(second, 65001, 90, 3);
	RUN_UNTIL(hears(second) && self->b.ups == 2);
	EXPECT_EQ(self->b.downs, 1);
	EXPECT_STREQ(self->b.why, "the peer has restarted");
	EXPECT_EQ(bgp_peer_state(self->b.peer), BGP_ESTABLISHED);
	close(second);
}

TEST_F(badpeer, resets_in_mid_message) {
	static const struct linger now = { 1, 0 };
	static const uint8_t half[40] = { 255, 255, 255, 255, 255, 255, 255,
					  255, 255, 255, 255, 255, 255, 255,
					  255, 255, 1,	 0,   2,   0 };

	ESTABLISH();
	SAY_UPDATE(self->fd, ROUTE);
	RUN_UNTIL(self->b.n == 1);
	write_all(self->fd, half, sizeof(half));
	setsockopt(self->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(self->fd);
	self->fd = -1;
	RUN_UNTIL(self->b.downs == 1);
	EXPECT_STREQ(self->b.why, "reading failed: Connection reset by peer");
	/* And may come back. */
	self->fd = dial(self->port);
	memset(&heard, 0, sizeof(heard));
	RUN_UNTIL(hears(self->fd) && heard.count[BGP_MSG_OPEN]);
	say_open(self->fd, 65001, 90, 3);
	RUN_UNTIL(hears(self->fd) && self->b.ups == 2);
}

/*
 * A thousand connections from the neighbor's own address: few are let in, the
 * session that is up does not feel it.
 */
TEST_F(badpeer, a_thousand_connections) {
	static int many[1000];
	unsigned int open = 0, i;
	struct heard *h = &heard;

	hold_time = 90;
	ESTABLISH();
	for (i = 0; i < ARRAY_SIZE(many); i++) {
		many[i] = dial(self->port);
		ASSERT_GE(many[i], 0);
		if (i % 50 == 0)
			run_for(self->base, 5);
	}
	run_for(self->base, 200);
	for (i = 0; i < ARRAY_SIZE(many); i++) {
		memset(h, 0, sizeof(*h));
		listen_to(many[i], h);
		open += !h->closed && h->count[BGP_MSG_OPEN];
		close(many[i]);
	}
	EXPECT_LE(open, 4);
	EXPECT_EQ(self->b.downs, 0);
	SAY_UPDATE(self->fd, ROUTE);
	RUN_UNTIL(self->b.n == 1);
}

/* More prefixes than it may: it ends at the first message beyond. */
static size_t counted;

static void count_reach(void *arg, struct bgp_peer *peer,
			struct bgp_attrs *attrs, uint64_t id,
			const struct prefix *p, size_t n)
{
	counted += n;
	if (counted > bgp_peer_conf(peer)->max_prefixes)
		bgp_peer_over_limit(peer);
}

TEST_F(badpeer, a_million_prefixes) {
	struct bgp_events events = end_events;
	struct bgp_speaker_conf s =
		speaker_conf(65002, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf p =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);
	uint8_t m[BGP_MSG_MAX];
	uint32_t next = 0;

	p.passive = true;
	p.max_prefixes = 1000;
	events.reach = count_reach;
	memset(&heard, 0, sizeof(heard));
	self->b.speaker = bgp_speaker_create(self->base, &s, &events, &self->b);
	self->b.peer = bgp_peer_add(self->b.speaker, &p, &self->b, self->b.why,
				    sizeof(self->b.why));
	self->fd = dial(self->port);
	RUN_UNTIL(hears(self->fd) && heard.count[BGP_MSG_OPEN]);
	say_open(self->fd, 65001, 90, 3);
	RUN_UNTIL(hears(self->fd) && self->b.ups == 1);
	/* 800 /32 a message, until it is told to stop. */
	while (next < 1000000 && !heard.closed) {
		struct wr w = wr_init(m, sizeof(m));
		uint8_t *start = bgp_msg_begin(&w, BGP_MSG_UPDATE);
		unsigned int i;

		wr_bytes(&w,
			 "\x00\x00\x00\x14\x40\x01\x01\x00"
			 "\x40\x02\x06\x02\x01\x00\x00\xfd\xe9"
			 "\x40\x03\x04\x0a\x00\x00\x01",
			 24);
		for (i = 0; i < 800; i++) {
			wr_u8(&w, 32);
			wr_u32(&w, 0x0b000000 + next++);
		}
		bgp_msg_end(&w, start);
		if (write(self->fd, m, w.p - m) < 0 && errno != EAGAIN)
			break;
		run_tick(self->base, &self->ticks);
		hears(self->fd);
	}
	EXPECT_EQ(heard.error.code, BGP_ERR_CEASE);
	EXPECT_EQ(heard.error.subcode, BGP_CEASE_MAX_PREFIXES);
	EXPECT_EQ(self->b.downs, 1);
	/* The second message went over it. */
	EXPECT_EQ(counted, 1600);
	EXPECT_LE(next, 8000);
}

TEST_HARNESS_MAIN
