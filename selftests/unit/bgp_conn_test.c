// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bgp/conn: what is read and dealt with in a turn of the event loop.
 */
#include "bgp/conn.h"

#include <event2/event.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/clock.h"
#include "bgp/msg.h"
#include "bgp/sock.h"
#include "kselftest_harness.h"

#define MOST (32 * 1024)

static size_t taken; /* octets */
static uint64_t takes_us; /* what a message does */
static bool over; /* the connection failed */

static void message(void *arg, uint8_t type, const uint8_t *body, size_t len)
{
	uint64_t until = clock_us() + takes_us;

	taken += BGP_HEADER_LEN + len;
	while (takes_us && clock_us() < until)
		;
}

static void failed(void *arg, const char *why)
{
	over = true;
}

FIXTURE(conn) {
	struct event_base *base;
	struct bgp_conn conn;
	int peer;
};

FIXTURE_SETUP(conn) {
	static const struct bgp_conn_ops ops = { .failed = failed,
						 .message = message };
	int fds[2];

	taken = 0;
	over = false;
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

static void keepalives(int fd, size_t n)
{
	uint8_t m[1000 * BGP_HEADER_LEN];
	struct wr w = wr_init(m, n * BGP_HEADER_LEN);

	while (w.p < w.end)
		bgp_keepalive_encode(&w);
	if (write(fd, m, n * BGP_HEADER_LEN) != (ssize_t)(n * BGP_HEADER_LEN))
		abort();
}

/* What one turn takes; a message may have begun in the turn before. */
static size_t turn(FIXTURE_DATA(conn) * self)
{
	size_t before = taken;

	event_base_loop(self->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	return taken - before;
}

TEST_F(conn, reads_so_much_in_a_turn) {
	size_t most = 0, n;

	takes_us = 0;
	say(self);
	while ((n = turn(self)))
		most = n > most ? n : most;
	EXPECT_LT(0, most);
	EXPECT_GE(MOST + BGP_HEADER_LEN, most);
}

/* Whatever a message does; and nothing is lost, nor waits for more to come. */
TEST_F(conn, takes_so_much_time_in_a_turn) {
	size_t turns, n, i;

	/* A message takes longer than a turn: each has one. */
	takes_us = 6000;
	keepalives(self->peer, 4);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(BGP_HEADER_LEN, turn(self));
	EXPECT_EQ(0, turn(self));
	/* At most a hundred in 5 ms, and one more. */
	takes_us = 50;
	keepalives(self->peer, 1000);
	taken = 0;
	for (turns = 0; taken < 1000 * BGP_HEADER_LEN; turns++) {
		n = turn(self);
		ASSERT_LT(0, n);
		EXPECT_GE(101 * BGP_HEADER_LEN, n);
	}
	EXPECT_EQ(1000 * BGP_HEADER_LEN, taken);
	EXPECT_LT(9, turns);
}

/* What came whole before the peer closed is still handed out. */
TEST_F(conn, ends_behind_what_was_put_off) {
	size_t i;

	takes_us = 6000;
	keepalives(self->peer, 3);
	shutdown(self->peer, SHUT_WR);
	for (i = 0; i < 3; i++) {
		EXPECT_FALSE(over);
		EXPECT_EQ(BGP_HEADER_LEN, turn(self));
	}
	turn(self);
	EXPECT_TRUE(over);
}

/* CS6, in either family. */
TEST(network_control) {
	int fd4 = socket(AF_INET, SOCK_STREAM, 0);
	int fd6 = socket(AF_INET6, SOCK_STREAM, 0);
	socklen_t len = sizeof(int);
	int tos = 0;

	bgp_sock_tune(fd4);
	EXPECT_EQ(0, getsockopt(fd4, IPPROTO_IP, IP_TOS, &tos, &len));
	EXPECT_EQ(0xc0, tos);
	bgp_sock_tune(fd6);
	tos = 0;
	EXPECT_EQ(0, getsockopt(fd6, IPPROTO_IPV6, IPV6_TCLASS, &tos, &len));
	EXPECT_EQ(0xc0, tos);
	close(fd4);
	close(fd6);
}

TEST_HARNESS_MAIN
