// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bgp/conn: how much is read in a turn of the event loop, where messages are
 * dealt with quickly and where they are not.
 */
#include "bgp/conn.h"

#include <event2/event.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/clock.h"
#include "bgp/msg.h"
#include "kselftest_harness.h"

#define MOST (32 * 1024)
#define LEAST (4 * 1024)

static size_t taken; /* octets */
static uint64_t takes_us; /* what a message does */

static void message(void *arg, uint8_t type, const uint8_t *body, size_t len)
{
	uint64_t until = clock_us() + takes_us;

	taken += BGP_HEADER_LEN + len;
	while (takes_us && clock_us() < until)
		;
}

FIXTURE(conn) {
	struct event_base *base;
	struct bgp_conn conn;
	int peer;
};

FIXTURE_SETUP(conn) {
	static const struct bgp_conn_ops ops = { .message = message };
	int fds[2];

	taken = 0;
	self->base = event_base_new();
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
	self->peer = fds[0];
	ASSERT_TRUE(bgp_conn_open(&self->conn, self->base, fds[1], false, &ops,
				  NULL));
}

FIXTURE_TEARDOWN(conn) {
	bgp_conn_close(&self->conn);
	close(self->peer);
	event_base_free(self->base);
}

/* As much as the socket has room for. */
static void say(FIXTURE_DATA(conn) * self)
{
	uint8_t m[64 * BGP_HEADER_LEN];
	struct wr w = wr_init(m, sizeof(m));

	while (w.p < w.end)
		bgp_keepalive_encode(&w);
	while (write(self->peer, m, sizeof(m)) == sizeof(m))
		;
}

/* What one turn takes; a message may have begun in the turn before. */
static size_t turn(FIXTURE_DATA(conn) * self)
{
	size_t before = taken;

	event_base_loop(self->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	return taken - before;
}

TEST_F(conn, reads_what_a_turn_has_time_for) {
	size_t most = 0, n, i;

	takes_us = 0;
	say(self);
	while ((n = turn(self)))
		most = n > most ? n : most;
	EXPECT_LT(2 * LEAST, most);
	EXPECT_GE(MOST + BGP_HEADER_LEN, most);
	/* 215 messages are 4 KiB: more than 20 ms. */
	takes_us = 100;
	say(self);
	for (i = 0; i < 4; i++)
		EXPECT_LT(0, turn(self));
	for (i = 0; i < 3; i++) {
		n = turn(self);
		EXPECT_LT(0, n);
		EXPECT_GE(LEAST + BGP_HEADER_LEN, n);
	}
}

TEST_HARNESS_MAIN
