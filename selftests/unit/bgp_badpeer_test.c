// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A speaker of ours against a scripted peer that is not as it should be.
 */
#include "bgp/peer.h"
#include "unit/bgp_script.h"

/* What is wrong, as it is on the wire, and what is said of it. */
struct wrong {
	const char *what, *bytes;
	size_t len;
	uint8_t code, subcode;
};

#define MARK "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
#define WRONG(what, bytes, code, subcode)                     \
	{                                                     \
		what, bytes, sizeof(bytes) - 1, code, subcode \
	}
#define OPEN(length) MARK "\x00" length "\x01"
/* AS 65001, 90 s, 0.0.0.7 */
#define OPENING "\x04\xfd\xe9\x00\x5a\x00\x00\x00\x07"
#define UPDATE(length) MARK "\x00" length "\x02"

/* RFC 4271, 6.1, 6.2 and 6.6 (RFC 6608), of one that has just connected. */
static const struct wrong at_first[] = {
	WRONG("marker", "\xff\xff\xff\xff\xfe", BGP_ERR_HEADER,
	      BGP_HEADER_SYNC),
	WRONG("no header's length", MARK "\x00\x12\x04", BGP_ERR_HEADER,
	      BGP_HEADER_LENGTH),
	WRONG("short OPEN", MARK "\x00\x1c\x01", BGP_ERR_HEADER,
	      BGP_HEADER_LENGTH),
	WRONG("long OPEN", MARK "\x10\x01\x01", BGP_ERR_HEADER,
	      BGP_HEADER_LENGTH),
	WRONG("short UPDATE", MARK "\x00\x16\x02", BGP_ERR_HEADER,
	      BGP_HEADER_LENGTH),
	WRONG("short NOTIFICATION", MARK "\x00\x14\x03", BGP_ERR_HEADER,
	      BGP_HEADER_LENGTH),
	WRONG("long KEEPALIVE", MARK "\x00\x14\x04\x00", BGP_ERR_HEADER,
	      BGP_HEADER_LENGTH),
	WRONG("type 0", MARK "\x00\x13\x00", BGP_ERR_HEADER, BGP_HEADER_TYPE),
	WRONG("type 6", MARK "\x00\x13\x06", BGP_ERR_HEADER, BGP_HEADER_TYPE),
	WRONG("version",
	      OPEN("\x1d") "\x03\xfd\xe9\x00\x5a\x00\x00\x00\x07\x00",
	      BGP_ERR_OPEN, BGP_OPEN_VERSION),
	WRONG("another AS",
	      OPEN("\x1d") "\x04\xfd\xf1\x00\x5a\x00\x00\x00\x07\x00",
	      BGP_ERR_OPEN, BGP_OPEN_PEER_AS),
	WRONG("AS 0", OPEN("\x1d") "\x04\x00\x00\x00\x5a\x00\x00\x00\x07\x00",
	      BGP_ERR_OPEN, BGP_OPEN_PEER_AS),
	WRONG("identifier 0",
	      OPEN("\x1d") "\x04\xfd\xe9\x00\x5a\x00\x00\x00\x00\x00",
	      BGP_ERR_OPEN, BGP_OPEN_IDENTIFIER),
	WRONG("hold time of 1 s",
	      OPEN("\x1d") "\x04\xfd\xe9\x00\x01\x00\x00\x00\x07\x00",
	      BGP_ERR_OPEN, BGP_OPEN_HOLD_TIME),
	WRONG("hold time of 2 s",
	      OPEN("\x1d") "\x04\xfd\xe9\x00\x02\x00\x00\x00\x07\x00",
	      BGP_ERR_OPEN, BGP_OPEN_HOLD_TIME),
	WRONG("a parameter of old", OPEN("\x20") OPENING "\x03\x01\x01\x00",
	      BGP_ERR_OPEN, BGP_OPEN_PARAMETER),
	WRONG("parameters beyond the end", OPEN("\x1d") OPENING "\x05",
	      BGP_ERR_OPEN, 0),
	WRONG("a capability beyond its parameter",
	      OPEN("\x21") OPENING "\x04\x02\x02\x41\x04", BGP_ERR_OPEN, 0),
	WRONG("KEEPALIVE", MARK "\x00\x13\x04", BGP_ERR_FSM, BGP_FSM_OPENSENT),
	WRONG("UPDATE", UPDATE("\x17") "\x00\x00\x00\x00", BGP_ERR_FSM,
	      BGP_FSM_OPENSENT),
	WRONG("ROUTE-REFRESH", MARK "\x00\x17\x05\x00\x01\x00\x01", BGP_ERR_FSM,
	      BGP_FSM_OPENSENT),
};

/* The same, of one whose OPEN was right. */
static const struct wrong after_open[] = {
	WRONG("a second OPEN", OPEN("\x1d") OPENING "\x00", BGP_ERR_FSM,
	      BGP_FSM_OPENCONFIRM),
	WRONG("UPDATE", UPDATE("\x17") "\x00\x00\x00\x00", BGP_ERR_FSM,
	      BGP_FSM_OPENCONFIRM),
	WRONG("ROUTE-REFRESH", MARK "\x00\x17\x05\x00\x01\x00\x01", BGP_ERR_FSM,
	      BGP_FSM_OPENCONFIRM),
	WRONG("type 255", MARK "\x00\x13\xff", BGP_ERR_HEADER, BGP_HEADER_TYPE),
};

/* And what ends a session that is up: RFC 7606 leaves these. */
static const struct wrong when_up[] = {
	WRONG("OPEN", OPEN("\x1d") OPENING "\x00", BGP_ERR_FSM,
	      BGP_FSM_ESTABLISHED),
	WRONG("long KEEPALIVE", MARK "\x00\x14\x04\x00", BGP_ERR_HEADER,
	      BGP_HEADER_LENGTH),
	WRONG("short ROUTE-REFRESH", MARK "\x00\x16\x05\x00\x01\x01",
	      BGP_ERR_REFRESH, BGP_REFRESH_LENGTH),
	WRONG("long ROUTE-REFRESH", MARK "\x00\x18\x05\x00\x01\x01\x01\x00",
	      BGP_ERR_REFRESH, BGP_REFRESH_LENGTH),
	WRONG("withdrawn beyond the end", UPDATE("\x17") "\x00\x05\x00\x00",
	      BGP_ERR_UPDATE, BGP_UPDATE_ATTR_LIST),
	WRONG("attributes beyond the end", UPDATE("\x17") "\x00\x00\x00\x01",
	      BGP_ERR_UPDATE, BGP_UPDATE_ATTR_LIST),
	WRONG("well-known and unknown",
	      UPDATE("\x1a") "\x00\x00\x00\x03\x40\x63\x00", BGP_ERR_UPDATE,
	      BGP_UPDATE_WELL_KNOWN),
	WRONG("a /33 withdrawn",
	      UPDATE("\x1d") "\x00\x06\x21\x0a\x00\x00\x00\x00\x00\x00",
	      BGP_ERR_UPDATE, BGP_UPDATE_NETWORK),
	WRONG("a prefix cut short", UPDATE("\x19") "\x00\x00\x00\x00\x18\x0a",
	      BGP_ERR_UPDATE, BGP_UPDATE_NETWORK),
	WRONG("MP_REACH_NLRI cut short",
	      UPDATE("\x1e") "\x00\x00\x00\x07\x80\x0e\x04\x00\x02\x01\x10",
	      BGP_ERR_UPDATE, BGP_UPDATE_OPTIONAL),
	WRONG("a next hop of 5 octets",
	      UPDATE("\x24") "\x00\x00\x00\x0d\x80\x0e\x0a\x00\x02\x01\x05"
			     "\x0a\x00\x00\x01\x00\x00",
	      BGP_ERR_UPDATE, BGP_UPDATE_OPTIONAL),
	WRONG("MP_UNREACH_NLRI cut short",
	      UPDATE("\x1c") "\x00\x00\x00\x05\x80\x0f\x02\x00\x02",
	      BGP_ERR_UPDATE, BGP_UPDATE_OPTIONAL),
	WRONG("MP_UNREACH_NLRI twice",
	      UPDATE("\x23") "\x00\x00\x00\x0c\x80\x0f\x03\x00\x02\x01"
			     "\x80\x0f\x03\x00\x02\x01",
	      BGP_ERR_UPDATE, BGP_UPDATE_ATTR_LIST),
	WRONG("an IPv6 /129",
	      UPDATE("\x1f") "\x00\x00\x00\x08\x80\x0f\x05\x00\x02\x01\x81\x20",
	      BGP_ERR_UPDATE, BGP_UPDATE_NETWORK),
	WRONG("a fault, and no prefixes to withdraw",
	      UPDATE("\x1c") "\x00\x00\x00\x05\x40\x01\x02\x00\x00",
	      BGP_ERR_UPDATE, BGP_UPDATE_LENGTH),
};

/* Whether that is what b has said of it. */
static bool told(const struct wrong *w)
{
	if (heard.error.code == w->code && heard.error.subcode == w->subcode)
		return true;
	printf("# %s: wanted %u/%u, got %u/%u\n", w->what, w->code, w->subcode,
	       heard.error.code, heard.error.subcode);
	return false;
}

/* b anew: it would hold off one whose errors it knows. */
#define FORGIVEN()                                                        \
	do {                                                              \
		end_close(&self->b);                                      \
		ASSERT_TRUE(passive_b(self->base, &self->b, self->port)); \
	} while (0)

TEST_F(badpeer, wrong_at_first) {
	size_t i;

	for (i = 0; i < ARRAY_SIZE(at_first); i++) {
		const struct wrong *w = &at_first[i];

		FORGIVEN();
		KNOCK();
		write_all(self->fd, w->bytes, w->len);
		RUN_UNTIL(hears(self->fd) && heard.closed);
		EXPECT_TRUE(told(w));
	}
	EXPECT_EQ(self->b.ups, 0);
}

TEST_F(badpeer, wrong_after_open) {
	size_t i;

	for (i = 0; i < ARRAY_SIZE(after_open); i++) {
		const struct wrong *w = &after_open[i];

		FORGIVEN();
		KNOCK();
		say_only_open(self->fd, 65001, 90, 3);
		write_all(self->fd, w->bytes, w->len);
		RUN_UNTIL(hears(self->fd) && heard.closed);
		EXPECT_TRUE(told(w));
	}
	EXPECT_EQ(self->b.ups, 0);
}

TEST_F(badpeer, wrong_when_up) {
	size_t i;

	for (i = 0; i < ARRAY_SIZE(when_up); i++) {
		const struct wrong *w = &when_up[i];

		FORGIVEN();
		KNOCK();
		say_open(self->fd, 65001, 90, 3);
		RUN_UNTIL(hears(self->fd) && self->b.ups == i + 1);
		write_all(self->fd, w->bytes, w->len);
		RUN_UNTIL(hears(self->fd) && heard.closed);
		EXPECT_TRUE(told(w));
		EXPECT_EQ(self->b.downs, i + 1);
	}
}

/* Whether b takes a connection, which then says nothing. */
static bool lets_in(FIXTURE_DATA(badpeer) * self)
{
	unsigned int i;

	close(self->fd);
	memset(&heard, 0, sizeof(heard));
	self->fd = dial(self->port);
	for (i = 0; i < 200 && !heard.closed && !heard.count[BGP_MSG_OPEN];
	     i++) {
		run_tick(self->base, &self->ticks);
		hears(self->fd);
	}
	return heard.count[BGP_MSG_OPEN];
}

/* How long b lets nobody in, in seconds. */
static time_t held_off(FIXTURE_DATA(badpeer) * self)
{
	time_t begun = bgp_now();

	while (!lets_in(self) && bgp_now() - begun < 10)
		run_for(self->base, 100);
	return bgp_now() - begun;
}

/* RFC 4271, 8.2.2: errors one after the other, each time longer in Idle. */
TEST_F(badpeer, errors_are_held_off) {
	ASSERT_TRUE(passive_b(self->base, &self->b, self->port));
	/* The second one: the clock is of whole seconds. */
	self->b.peer->failures = 1;
	KNOCK();
	write_all(self->fd, MARK "\x00\x13\x00", 19);
	RUN_UNTIL(hears(self->fd) && heard.closed);
	EXPECT_FALSE(lets_in(self));
	EXPECT_LE(held_off(self), 3);
	write_all(self->fd, MARK "\x00\x13\x00", 19);
	RUN_UNTIL(hears(self->fd) && heard.closed);
	EXPECT_EQ(self->b.peer->failures, 3);
	EXPECT_FALSE(lets_in(self));
	EXPECT_GE(held_off(self), 2);
	self->b.peer->failures = 0;
	/* What is no error is not held off: a connection that is lost, */
	EXPECT_TRUE(lets_in(self));
	say_open(self->fd, 65001, 90, 3);
	RUN_UNTIL(hears(self->fd) && self->b.ups == 1);
	EXPECT_TRUE(lets_in(self));
	/* a NOTIFICATION, */
	say(self->fd, BGP_MSG_NOTIFICATION, "\x06\x04", 2);
	RUN_UNTIL(hears(self->fd) && heard.closed);
	EXPECT_TRUE(lets_in(self));
	/* a reset by the operator. */
	say_open(self->fd, 65001, 90, 3);
	RUN_UNTIL(hears(self->fd) && self->b.ups == 2);
	EXPECT_TRUE(bgp_peer_reset(self->b.peer, "again"));
	RUN_UNTIL(hears(self->fd) && heard.closed);
	EXPECT_TRUE(lets_in(self));
	EXPECT_EQ(self->b.peer->failures, 1);
}

/* RFC 4271, 8.1.1: one that comes and goes has to wait, from the third time on. */
TEST_F(badpeer, flaps) {
	unsigned int i;

	ASSERT_TRUE(passive_b(self->base, &self->b, self->port));
	for (i = 1; i <= 3; i++) {
		EXPECT_TRUE(lets_in(self));
		say_open(self->fd, 65001, 90, 3);
		RUN_UNTIL(hears(self->fd) && self->b.ups == i);
		shutdown(self->fd, SHUT_WR);
		RUN_UNTIL(self->b.downs == i);
	}
	EXPECT_FALSE(lets_in(self));
	EXPECT_LE(held_off(self), 5);
	/* After one that lasted, it may at once. */
	say_open(self->fd, 65001, 90, 3);
	RUN_UNTIL(hears(self->fd) && self->b.ups == 4);
	self->b.peer->since -= 61;
	shutdown(self->fd, SHUT_WR);
	RUN_UNTIL(self->b.downs == 4);
	EXPECT_TRUE(lets_in(self));
}

/* What it does not carry it has not kept forwarding (RFC 4724, section 4.2). */
TEST_F(badpeer, forwards_what_it_carries) {
	ASSERT_TRUE(passive_b(self->base, &self->b, self->port));
	KNOCK();
	say_open(self->fd, 65001, 90, BGP_IPV4);
	RUN_UNTIL(hears(self->fd) && self->b.ups == 1);
	EXPECT_FALSE(bgp_peer_forwards(self->b.peer, AF_INET6));
	EXPECT_FALSE(bgp_peer_forwards(self->b.peer, AF_INET));
}

/* Why connecting fails at once is said too. */
TEST_F(badpeer, cannot_even_connect) {
	struct bgp_speaker_conf s = speaker_conf(65002, 2, NULL, 0);
	struct bgp_peer_conf p =
		peer_conf("192.0.2.77", "127.0.0.1", self->port, 65001);
	json_t *o;

	ASSERT_TRUE(end_open(self->base, &self->b, &s, &p));
	o = bgp_peer_json(self->b.peer);
	EXPECT_STREQ("connecting failed: Cannot assign requested address",
		     json_string_value(json_object_get(o, "last-error")));
	json_decref(o);
}

static int listen_on(const char *address, uint16_t port)
{
	struct addr a = ad(address);
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&a, port, &ss);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&ss, len) || listen(fd, 8))
		abort();
	return fd;
}

/* A connection that says nothing does not keep b from connecting. */
TEST_F(badpeer, silent_beside_us) {
	struct bgp_speaker_conf s =
		speaker_conf(65002, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf p =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);
	int silent, listener, fd = -1;

	ASSERT_TRUE(end_open(self->base, &self->b, &s, &p));
	KNOCK();
	say_open(self->fd, 65001, 90, 3);
	RUN_UNTIL(hears(self->fd) && self->b.ups == 1);
	silent = dial(self->port);
	memset(&heard, 0, sizeof(heard));
	RUN_UNTIL(hears(silent) && heard.count[BGP_MSG_OPEN]);
	listener = listen_on("127.0.0.1", self->port);
	shutdown(self->fd, SHUT_WR);
	RUN_UNTIL(self->b.downs == 1);
	RUN_UNTIL((fd = accept(listener, NULL, NULL)) >= 0);
	close(fd);
	close(listener);
	close(silent);
}

/* Our own address of a family may come when the session has long been up. */
TEST_F(badpeer, next_hop_comes_late) {
	const struct bgp_origin both[] = {
		origin("10.1.0.0/16", "192.0.2.1"),
		origin("2001:db8:1::/48", "192.0.2.1"),
	};
	struct bgp_speaker_conf s =
		speaker_conf(65002, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf p =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);
	unsigned int i;

	p.passive = true;
	p.next_hop6 = (struct addr){ 0 };
	strcpy(p.interface, "nowhere");
	p.origins = (struct bgp_origin *)both;
	p.n_origins = ARRAY_SIZE(both);
	ASSERT_TRUE(end_open(self->base, &self->b, &s, &p));
	for (i = 1; i <= 2; i++) {
		KNOCK();
		say_open(self->fd, 65001, 90, 3);
		RUN_UNTIL(hears(self->fd) && self->b.ups == i);
		/* IPv4 and its end; nothing of IPv6, which is asked for too. */
		say(self->fd, BGP_MSG_REFRESH, "\x00\x02\x00\x01", 4);
		run_for(self->base, 500);
		hears(self->fd);
		ASSERT_EQ(heard.count[BGP_MSG_UPDATE], 2);
		/* The second time it has waited for too long. */
		if (i == 2) {
			self->b.peer->up->wait_until = 0;
			RUN_UNTIL(hears(self->fd) &&
				  heard.count[BGP_MSG_UPDATE] == 3);
		}
		strcpy(self->b.peer->conf.interface, "lo");
		RUN_UNTIL(hears(self->fd) && heard.count[BGP_MSG_UPDATE] >= 4);
		strcpy(self->b.peer->conf.interface, "nowhere");
		EXPECT_FALSE(self->b.peer->up->hopless);
	}
}

/* A minute without one makes up for all errors but the one that ended it. */
TEST_F(badpeer, errors_are_forgotten) {
	ESTABLISH();
	self->b.peer->failures = 5;
	self->b.peer->since -= 61;
	say(self->fd, BGP_MSG_REFRESH, "\x00", 1);
	RUN_UNTIL(hears(self->fd) && heard.closed);
	EXPECT_EQ(self->b.peer->failures, 1);
	EXPECT_EQ(bgp_peer_idle_hold(self->b.peer), 1);
}

/* RFC 4271, 6.4: what is wrong with a NOTIFICATION is not answered. */
TEST_F(badpeer, unknown_notification) {
	ASSERT_TRUE(passive_b(self->base, &self->b, self->port));
	KNOCK();
	say_open(self->fd, 65001, 90, 3);
	RUN_UNTIL(hears(self->fd) && self->b.ups == 1);
	say(self->fd, BGP_MSG_NOTIFICATION, "\x63\x07", 2);
	RUN_UNTIL(hears(self->fd) && heard.closed);
	EXPECT_EQ(heard.count[BGP_MSG_NOTIFICATION], 0);
	EXPECT_STREQ(self->b.why, "the peer said: error code 99 / subcode 7");
}

/* RFC 8654: 2000 prefixes fit into one message, if the peer takes such. */
TEST_F(badpeer, long_messages) {
	static struct bgp_origin many[2000];
	const struct bgp_open open = { .as = 65001,
				       .router_id = 7,
				       .hold_time = 90,
				       .families = BGP_IPV4,
				       .as4 = true,
				       .extended_message = true };
	uint8_t m[BGP_MSG_MAX];
	struct wr w = wr_init(m, sizeof(m));
	size_t i;

	for (i = 0; i < ARRAY_SIZE(many); i++) {
		many[i] = origin("10.0.0.0/24", "192.0.2.1");
		many[i].prefix.b[1] = i >> 8;
		many[i].prefix.b[2] = i;
	}
	ASSERT_TRUE(passive_b(self->base, &self->b, self->port));
	bgp_peer_originate(self->b.peer, many, ARRAY_SIZE(many));
	/* One that does not say so would not even be heard out here. */
	KNOCK();
	say_open(self->fd, 65001, 90, BGP_IPV4);
	RUN_UNTIL(hears(self->fd) && heard.count[BGP_MSG_UPDATE] == 3);
	EXPECT_EQ(heard.n, 0);
	KNOCK();
	bgp_open_encode(&w, &open);
	write_all(self->fd, m, w.p - m);
	say_keepalive(self->fd);
	RUN_UNTIL(hears(self->fd) && heard.n > 4 * ARRAY_SIZE(many));
	EXPECT_EQ(heard.count[BGP_MSG_UPDATE], 0);
	EXPECT_GT(heard.in[16] << 8 | heard.in[17], 4 * ARRAY_SIZE(many));
	EXPECT_EQ(heard.in[18], BGP_MSG_UPDATE);
}

/* RFC 6286: an identifier is unique within an AS. */
TEST_F(badpeer, our_own_identifier) {
	struct bgp_speaker_conf s =
		speaker_conf(65001, 7, "127.0.0.2", self->port);
	struct bgp_peer_conf p =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);

	p.passive = true;
	ASSERT_TRUE(end_open(self->base, &self->b, &s, &p));
	KNOCK();
	say_open(self->fd, 65001, 90, 3);
	RUN_UNTIL(hears(self->fd) && heard.closed);
	EXPECT_EQ(heard.error.code, BGP_ERR_OPEN);
	EXPECT_EQ(heard.error.subcode, BGP_OPEN_IDENTIFIER);
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

#define BEGIN4 "\x00\x01\x01\x01"
#define END4 "\x00\x01\x02\x01"
#define EOR4 "\x00\x00\x00\x00"

/* RFC 7313, 4: before End-of-RIB there is nothing to be said again. */
TEST_F(badpeer, refresh_before_end_of_rib) {
	graceful_restart = true;
	enhanced_refresh = true;
	ESTABLISH();
	say(self->fd, BGP_MSG_REFRESH, BEGIN4, 4);
	say(self->fd, BGP_MSG_REFRESH, END4, 4);
	/* The end of another family is not this one's. */
	SAY_UPDATE(self->fd, "\x00\x00\x00\x06\x80\x0f\x03\x00\x02\x01");
	say(self->fd, BGP_MSG_REFRESH, BEGIN4, 4);
	RUN_UNTIL(self->b.eor6 == 1);
	run_for(self->base, 100);
	EXPECT_EQ(self->b.refreshes, 0);
	EXPECT_EQ(self->b.eor4, 0);
	SAY_UPDATE(self->fd, EOR4);
	say(self->fd, BGP_MSG_REFRESH, BEGIN4, 4);
	say(self->fd, BGP_MSG_REFRESH, END4, 4);
	RUN_UNTIL(self->b.eor4 == 2);
	EXPECT_EQ(self->b.refreshes, 1);
}

/* Without graceful restart there may be no End-of-RIB. */
TEST_F(badpeer, refresh_without_end_of_rib) {
	enhanced_refresh = true;
	ESTABLISH();
	say(self->fd, BGP_MSG_REFRESH, BEGIN4, 4);
	RUN_UNTIL(self->b.refreshes == 1);
}

/* Those that we asked for are no nuisance, others are. */
TEST_F(badpeer, refreshes_without_end) {
	unsigned int i;

	enhanced_refresh = true;
	ESTABLISH();
	for (i = 0; i < 20; i++)
		EXPECT_TRUE(bgp_peer_refresh(self->b.peer));
	for (i = 0; i < 28; i++)
		say(self->fd, BGP_MSG_REFRESH, BEGIN4, 4);
	RUN_UNTIL(self->b.refreshes == 28);
	/* Of the other family there may be as many. */
	for (i = 0; i < 8; i++)
		say(self->fd, BGP_MSG_REFRESH, "\x00\x02\x01\x01", 4);
	RUN_UNTIL(self->b.refreshes == 36);
	EXPECT_EQ(self->b.downs, 0);
	say(self->fd, BGP_MSG_REFRESH, BEGIN4, 4);
	RUN_UNTIL(hears(self->fd) && heard.closed);
	EXPECT_EQ(heard.error.code, BGP_ERR_CEASE);
	EXPECT_EQ(heard.error.subcode, BGP_CEASE_RESOURCES);
	EXPECT_EQ(self->b.refreshes, 36);
	EXPECT_STREQ(self->b.why,
		     "Cease / Out of Resources: refreshes without end");
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

TEST_HARNESS_MAIN
