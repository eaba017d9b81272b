// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A speaker of ours against a scripted peer that says too little at a time, or
 * too much, or reads nothing: it costs us little, and others nothing.
 */
#include "bgp/peer.h"
#include "unit/bgp_script.h"

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

/*
 * Connections that say nothing make room for one that does: a neighbor that
 * lost them, or somebody who has its address, does not keep it out.
 */
TEST_F(badpeer, a_thousand_that_say_nothing) {
	static int many[1000];
	unsigned int open = 0, i;

	ASSERT_TRUE(passive_b(self->base, &self->b, self->port));
	for (i = 0; i < ARRAY_SIZE(many); i++) {
		many[i] = dial(self->port);
		ASSERT_GE(many[i], 0);
		if (i % 50 == 0)
			run_for(self->base, 5);
	}
	KNOCK();
	for (i = 0; i < ARRAY_SIZE(many); i++) {
		memset(&heard, 0, sizeof(heard));
		listen_to(many[i], &heard);
		open += !heard.closed;
	}
	EXPECT_LE(open, 4);
	say_open(self->fd, 65001, 90, 3);
	RUN_UNTIL(hears(self->fd) && self->b.ups == 1);
	for (i = 0; i < ARRAY_SIZE(many); i++)
		close(many[i]);
}

/* b with another neighbor, 127.0.0.3, and much to say to either. */
static bool open_two(struct event_base *base, struct end *b, uint16_t port,
		     const struct bgp_origin *o, size_t n)
{
	struct bgp_speaker_conf s = speaker_conf(65002, 2, "127.0.0.2", port);
	struct bgp_peer_conf p =
		peer_conf("127.0.0.2", "127.0.0.1", port, 65001);

	p.passive = true;
	p.origins = (struct bgp_origin *)o;
	p.n_origins = n;
	if (!end_open(base, b, &s, &p))
		return false;
	strcpy(p.name, "other");
	p.address = ad("127.0.0.3");
	return bgp_peer_add(b->speaker, &p, b, b->why, sizeof(b->why));
}

static size_t queued(const struct bgp_peer *peer)
{
	return peer->up ? bgp_conn_queued(&peer->up->conn) : 0;
}

/*
 * A peer that asks for all again and again, but never reads: one answer waits
 * for it at most, and the send hold timer (RFC 9687), here of two seconds, ends
 * it. The other one feels nothing.
 */
TEST_F(badpeer, never_reads) {
	enum { ROUTES = 20000, ANSWER = ROUTES * 5 * 5 / 4 };
	struct bgp_origin *o = calloc(ROUTES, sizeof(*o));
	unsigned int i, still = 0, answers;
	int small = 4096, silent;
	size_t last = 0, now;

	for (i = 0; i < ROUTES; i++)
		o[i].prefix = (struct prefix){
			.family = AF_INET,
			.len = 32,
			.b = { 10, i >> 16, i >> 8 & 255, i & 255 },
		};
	ASSERT_TRUE(open_two(self->base, &self->b, self->port, o, ROUTES));
	free(o);
	KNOCK();
	silent = self->fd;
	self->fd = -1;
	setsockopt(silent, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	say_open(silent, 65001, 90, 3);
	RUN_UNTIL(self->b.ups == 1);
	memset(&heard, 0, sizeof(heard));
	self->fd = dial_from("127.0.0.3", self->port);
	RUN_UNTIL(hears(self->fd) && heard.count[BGP_MSG_OPEN]);
	say_open(self->fd, 65001, 90, 3);
	RUN_UNTIL(hears(self->fd) && self->b.ups == 2);
	self->b.peer->up->conn.send_hold = 2;
	/* The kernel's buffers take the first answers. */
	for (i = 0; still < 50 && i < 50000; i++) {
		say(silent, BGP_MSG_REFRESH, "\x00\x01\x00\x01", 4);
		run_tick(self->base, &self->ticks);
		now = queued(self->b.peer);
		EXPECT_LE(now, ANSWER);
		still = now && now == last ? still + 1 : 0;
		last = now;
	}
	EXPECT_EQ(still, 50);
	/* The other one is heard, and answered. */
	hears(self->fd);
	answers = heard.count[BGP_MSG_UPDATE];
	SAY_UPDATE(self->fd, ROUTE);
	say(self->fd, BGP_MSG_REFRESH, "\x00\x01\x00\x01", 4);
	RUN_UNTIL(hears(self->fd) && self->b.n == 1 &&
		  heard.count[BGP_MSG_UPDATE] > answers);
	EXPECT_EQ(self->b.downs, 0);
	RUN_UNTIL(hears(self->fd) && self->b.downs == 1);
	EXPECT_STREQ(self->b.why,
		     "send hold timer expired: the peer does not read");
	EXPECT_NE(bgp_peer_state(self->b.peer), BGP_ESTABLISHED);
	close(silent);
}

/*
 * It is in the middle of much that nobody will read: our last words reach it
 * all the same, and no reset of the connection does before it has read them.
 */
TEST_F(badpeer, hears_our_last_words) {
	uint8_t much[65536];
	socklen_t len = sizeof(int);
	int i, error = 0;

	ESTABLISH();
	/* Nothing but markers: it is not synchronized, soon. */
	memset(much, 255, sizeof(much));
	for (i = 0; i < 1000 && !self->b.downs; i++) {
		if (write(self->fd, much, sizeof(much)) < 0 && errno != EAGAIN)
			break;
		event_base_loop(self->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	}
	ASSERT_EQ(self->b.downs, 1);
	run_for(self->base, 100);
	getsockopt(self->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	EXPECT_EQ(error, 0);
	hears(self->fd);
	EXPECT_EQ(heard.error.code, BGP_ERR_HEADER);
	EXPECT_TRUE(heard.closed);
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
