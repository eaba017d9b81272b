// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ike/vici against a server that splits frames, interleaves events, refuses,
 * dies in mid reply and says nothing.
 */
#include "ike/vici.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "fake/vici_peer.h"
#include "kselftest_harness.h"

FIXTURE(link) {
	struct event_base *base;
	struct vici_peer *peer;
	struct vici *v;
	char dir[32], path[64];
	unsigned int up, down, events;
	char why[128];
	char seen[512]; /* in order: "reply:NAME", "event:NAME" */
	int err;
};

static void note(struct _test_data_link *t, const char *what,
		 struct vici_view name)
{
	size_t used = strlen(t->seen);
	char text[32];

	vici_copy(name, text, sizeof(text));
	snprintf(t->seen + used, sizeof(t->seen) - used, " %s:%s", what, text);
}

static void on_up(void *arg)
{
	struct _test_data_link *t = arg;

	t->up++;
}

static void on_down(void *arg, const char *why)
{
	struct _test_data_link *t = arg;

	t->down++;
	snprintf(t->why, sizeof(t->why), "%s", why);
}

static void on_event(void *arg, struct vici_view name, struct vici_view msg)
{
	struct _test_data_link *t = arg;

	t->events++;
	if (t->events < 10)
		note(t, "event", name);
}

static void on_reply(void *arg, int err, struct vici_view msg)
{
	struct vici_view what = { (const uint8_t *)"-", 1 };
	struct _test_data_link *t = arg;

	t->err = err;
	vici_find(msg, VICI_KEY_VALUE, "what", &what);
	note(t, "reply", what);
}

/* Run the loop until *n reaches want, for at most ms. */
static bool wait_for(struct _test_data_link *t, const unsigned int *n,
		     unsigned int want, unsigned int ms)
{
	struct timeval tick = { 0, 1000 };

	while (*n < want && ms--) {
		event_base_loopexit(t->base, &tick);
		event_base_dispatch(t->base);
	}
	return *n >= want;
}

static bool wait_seen(struct _test_data_link *t, const char *text,
		      unsigned int ms)
{
	struct timeval tick = { 0, 1000 };

	while (!strstr(t->seen, text) && ms--) {
		event_base_loopexit(t->base, &tick);
		event_base_dispatch(t->base);
	}
	return strstr(t->seen, text);
}

static int send_cmd(struct _test_data_link *t, const char *name)
{
	struct vici_wr w;

	vici_wr_init(&w, VICI_CMD_REQUEST, name);
	return vici_send(t->v, &w, on_reply, t);
}

FIXTURE_SETUP(link) {
	static const char *const names[] = { "one", "two", NULL };
	static const struct vici_events ev = { on_up, on_down, on_event };

	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_ERROR);
	memset(self, 0, sizeof(*self));
	strcpy(self->dir, "/tmp/vici-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->path, sizeof(self->path), "%s/s", self->dir);
	self->base = event_base_new();
	self->peer = vici_peer_create(self->base, self->path);
	self->v = vici_create(self->base, self->path, names, &ev, self);
}

FIXTURE_TEARDOWN(link) {
	vici_destroy(self->v);
	vici_peer_destroy(self->peer);
	event_base_free(self->base);
	unlink(self->path);
	rmdir(self->dir);
}

static void put_what(struct vici_peer_conn *c, enum vici_packet_type type,
		     const char *name, const char *what)
{
	struct vici_wr w;

	vici_wr_init(&w, type, name);
	vici_wr_str(&w, "what", what);
	vici_peer_send(c, &w);
}

/* Answers "echo" with its name and events before and after. */
static bool echo(void *arg, struct vici_peer *p, struct vici_peer_conn *c,
		 const struct vici_packet *pkt)
{
	char name[32];

	if (pkt->type != VICI_CMD_REQUEST)
		return false;
	vici_copy(pkt->name, name, sizeof(name));
	put_what(c, VICI_EVENT, "one", name);
	put_what(c, VICI_CMD_RESPONSE, NULL, name);
	put_what(c, VICI_EVENT, "two", name);
	return true;
}

TEST_F(link, split_and_interleaved) {
	self->peer->chunk = 1;
	self->peer->hook = echo;
	ASSERT_TRUE(wait_for(self, &self->up, 1, 2000));
	EXPECT_EQ(0, send_cmd(self, "a"));
	EXPECT_EQ(0, send_cmd(self, "b"));
	EXPECT_STREQ("", self->seen);
	ASSERT_TRUE(wait_for(self, &self->events, 4, 2000));
	EXPECT_STREQ(" event:one reply:a event:two event:one reply:b event:two",
		     self->seen);
	EXPECT_EQ(0, self->down);
}

/* Holds the replies back, and remembers whose turn is next. */
struct held {
	struct vici_peer_conn *c;
	unsigned int n;
	char name[64][32];
};

static bool hold(void *arg, struct vici_peer *p, struct vici_peer_conn *c,
		 const struct vici_packet *pkt)
{
	struct held *held = arg;

	if (pkt->type != VICI_CMD_REQUEST)
		return false;
	held->c = c;
	vici_copy(pkt->name, held->name[held->n++], sizeof(held->name[0]));
	return true;
}

/* So many in flight and no more, whatever is queued; each has its reply. */
TEST_F(link, in_flight) {
	struct held held = { 0 };
	char name[32], all[sizeof(self->seen)] = "";
	unsigned int i, never = 0;
	size_t used = 0;

	self->peer->hook = hold;
	self->peer->arg = &held;
	ASSERT_TRUE(wait_for(self, &self->up, 1, 2000));
	for (i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "%u", i);
		ASSERT_EQ(0, send_cmd(self, name));
		used += (size_t)snprintf(all + used, sizeof(all) - used,
					 " reply:%u", i);
	}
	wait_for(self, &held.n, 32, 2000);
	wait_for(self, &never, 1, 20);
	ASSERT_EQ(32, held.n);
	put_what(held.c, VICI_CMD_RESPONSE, NULL, held.name[0]);
	wait_for(self, &held.n, 33, 2000);
	wait_for(self, &never, 1, 20);
	ASSERT_EQ(33, held.n);
	for (i = 1; i < 40; i++) {
		ASSERT_TRUE(wait_for(self, &held.n, i + 1, 2000));
		put_what(held.c, VICI_CMD_RESPONSE, NULL, held.name[i]);
	}
	EXPECT_TRUE(wait_seen(self, "reply:39", 2000));
	EXPECT_STREQ(all, self->seen);
}

static bool flood(void *arg, struct vici_peer *p, struct vici_peer_conn *c,
		  const struct vici_packet *pkt)
{
	static char big[60000];
	struct vici_wr w;
	int i;

	if (pkt->type != VICI_CMD_REQUEST)
		return false;
	for (i = 0; i < 2000; i++)
		put_what(c, VICI_EVENT, "one", "flood");
	vici_wr_init(&w, VICI_CMD_RESPONSE, NULL);
	vici_wr_str(&w, "what", "huge");
	for (i = 0; i < 8; i++)
		vici_wr_kv(&w, "pad", big, sizeof(big));
	vici_peer_send(c, &w);
	return true;
}

TEST_F(link, huge_list) {
	self->peer->hook = flood;
	ASSERT_TRUE(wait_for(self, &self->up, 1, 2000));
	send_cmd(self, "list");
	EXPECT_TRUE(wait_seen(self, "reply:huge", 5000));
	EXPECT_EQ(2000, self->events);
}

TEST_F(link, unknown_command) {
	ASSERT_TRUE(wait_for(self, &self->up, 1, 2000));
	send_cmd(self, "no-such");
	ASSERT_TRUE(wait_seen(self, "reply:-", 1000));
	EXPECT_EQ(-EOPNOTSUPP, self->err);
	EXPECT_EQ(0, self->down);
}

static bool no_events(void *arg, struct vici_peer *p, struct vici_peer_conn *c,
		      const struct vici_packet *pkt)
{
	struct vici_wr w;

	if (pkt->type != VICI_EVENT_REGISTER)
		return false;
	vici_wr_init(&w, VICI_EVENT_UNKNOWN, NULL);
	vici_peer_send(c, &w);
	return true;
}

TEST_F(link, unknown_events_are_lived_without) {
	self->peer->hook = no_events;
	EXPECT_TRUE(wait_for(self, &self->up, 1, 2000));
}

static bool die(void *arg, struct vici_peer *p, struct vici_peer_conn *c,
		const struct vici_packet *pkt)
{
	if (pkt->type != VICI_CMD_REQUEST)
		return false;
	vici_peer_raw(c, "\0\0\0\20\1\3", 6);
	vici_peer_close(c);
	return true;
}

TEST_F(link, death_in_mid_reply) {
	self->peer->hook = die;
	ASSERT_TRUE(wait_for(self, &self->up, 1, 2000));
	send_cmd(self, "a");
	send_cmd(self, "b");
	ASSERT_TRUE(wait_for(self, &self->down, 1, 2000));
	EXPECT_STREQ(" reply:- reply:-", self->seen);
	EXPECT_EQ(-ECONNRESET, self->err);
	EXPECT_STREQ("closed by the IKE daemon", self->why);
	EXPECT_EQ(-ENOTCONN, send_cmd(self, "c"));
	self->peer->hook = echo;
	ASSERT_TRUE(wait_for(self, &self->up, 2, 3000));
	send_cmd(self, "d");
	EXPECT_TRUE(wait_seen(self, "reply:d", 1000));
}

static bool raw(void *arg, struct vici_peer *p, struct vici_peer_conn *c,
		const struct vici_packet *pkt)
{
	const struct vici_view *v = arg;

	if (pkt->type != VICI_CMD_REQUEST)
		return false;
	vici_peer_raw(c, v->p, v->len);
	return true;
}

#define RAW(text)                                         \
	{                                                 \
		(const uint8_t *)(text), sizeof(text) - 1 \
	}

TEST_F(link, broken_frames) {
	static const struct {
		struct vici_view octets;
		const char *why;
	} cases[] = {
		{ RAW("\0\0\0\0"), "length is out of bounds" },
		{ RAW("\0\10\0\1"), "length is out of bounds" },
		{ RAW("\0\0\0\1\11"), "unknown packet type" },
		{ RAW("\0\0\0\2\1\2"), "not balanced" },
		{ RAW("\0\0\0\1\1\0\0\0\1\1"), "a reply came to no command" },
		{ RAW("\0\0\0\1\5"), "not asked for" },
		{ RAW("\0\0\0\3\0\1a"), "only a client sends" },
	};
	unsigned int i;

	self->peer->hook = raw;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ASSERT_TRUE(wait_for(self, &self->up, i + 1, 4000));
		self->peer->arg = (void *)&cases[i].octets;
		send_cmd(self, "x");
		ASSERT_TRUE(wait_for(self, &self->down, i + 1, 2000))
		{
			TH_LOG("case %u", i);
		}
		EXPECT_NE(NULL, strstr(self->why, cases[i].why))
		{
			TH_LOG("case %u: %s", i, self->why);
		}
	}
}

static bool deaf(void *arg, struct vici_peer *p, struct vici_peer_conn *c,
		 const struct vici_packet *pkt)
{
	return pkt->type == VICI_CMD_REQUEST;
}

TEST_F(link, silence) {
	self->peer->hook = deaf;
	ASSERT_TRUE(wait_for(self, &self->up, 1, 2000));
	send_cmd(self, "x");
	ASSERT_TRUE(wait_for(self, &self->down, 1, 15000));
	EXPECT_STREQ("the IKE daemon is silent", self->why);
	EXPECT_EQ(-ECONNRESET, self->err);
}

TEST_F(link, server_comes_late) {
	ASSERT_TRUE(wait_for(self, &self->up, 1, 2000));
	vici_peer_destroy(self->peer);
	unlink(self->path);
	ASSERT_TRUE(wait_for(self, &self->down, 1, 2000));
	EXPECT_FALSE(wait_for(self, &self->up, 2, 300));
	self->peer = vici_peer_create(self->base, self->path);
	EXPECT_TRUE(wait_for(self, &self->up, 2, 4000));
}

TEST_HARNESS_MAIN
