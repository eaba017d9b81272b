// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two speakers of ours over loopback, in one loop; and one of ours against a
 * scripted peer that is not as it should be.
 */
#include "bgp/bgp.h"

#include <event2/event.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/log.h"
#include "bgp/intern.h"
#include "bgp/msg.h"
#include "kselftest_harness.h"

enum { ROUTES = 64 };

struct route {
	struct prefix prefix;
	struct bgp_attrs *attrs;
};

/* One end: a speaker, its neighbor, and what was heard from it. */
struct end {
	struct bgp_speaker *speaker;
	struct bgp_peer *peer;
	struct route routes[ROUTES];
	size_t n;
	unsigned int ups, downs, eor4, eor6, reaches, withdrawals;
	char why[512];
};

FIXTURE(speakers) {
	struct event_base *base;
	struct end a, b;
	uint16_t port;
	unsigned int ticks;
};

static struct prefix px(const char *text)
{
	struct prefix p;
	const char *why;

	if (!prefix_parse(text, &p, &why))
		abort();
	return p;
}

static struct addr ad(const char *text)
{
	struct addr a;

	if (!addr_parse(text, &a))
		abort();
	return a;
}

static void forget(struct end *e, const struct prefix *p)
{
	size_t i;

	for (i = 0; i < e->n; i++) {
		if (p && prefix_cmp(&e->routes[i].prefix, p))
			continue;
		bgp_attrs_put(e->routes[i].attrs);
		e->routes[i--] = e->routes[--e->n];
	}
}

static void on_reach(void *arg, struct bgp_peer *peer, struct bgp_attrs *attrs,
		     const struct prefix *p, size_t n)
{
	struct end *e = arg;

	e->reaches++;
	for (; n && e->n < ROUTES; n--, p++) {
		forget(e, p);
		e->routes[e->n++] = (struct route){ *p, bgp_attrs_get(attrs) };
	}
}

static void on_withdraw(void *arg, struct bgp_peer *peer,
			const struct prefix *p, size_t n)
{
	struct end *e = arg;

	e->withdrawals += n;
	for (; n; n--, p++)
		forget(e, p);
}

static void on_end_of_rib(void *arg, struct bgp_peer *peer, uint8_t family)
{
	struct end *e = arg;

	e->eor4 += family == AF_INET;
	e->eor6 += family == AF_INET6;
}

static void on_up(void *arg, struct bgp_peer *peer)
{
	((struct end *)arg)->ups++;
}

static void on_down(void *arg, struct bgp_peer *peer, const char *why)
{
	struct end *e = arg;

	e->downs++;
	snprintf(e->why, sizeof(e->why), "%s", why);
	forget(e, NULL);
}

static const struct bgp_events events = {
	.reach = on_reach,
	.withdraw = on_withdraw,
	.end_of_rib = on_end_of_rib,
	.up = on_up,
	.down = on_down,
};

static struct addr *find(struct end *e, const char *prefix)
{
	static struct addr none;
	struct prefix p = px(prefix);
	size_t i;

	for (i = 0; i < e->n; i++)
		if (!prefix_cmp(&e->routes[i].prefix, &p))
			return e->routes[i].attrs->n_sgi ?
				       &e->routes[i].attrs->sgi[0].gateway :
				       &none;
	return NULL;
}

static bool protects(struct end *e, const char *prefix, const char *gateway)
{
	struct addr *found = find(e, prefix), want = ad(gateway);

	return found && !addr_cmp(found, &want);
}

/* Ticks keep the loop turning: a scripted peer is no event of it. */
static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	++*(unsigned int *)arg;
}

/* Run the loop until a condition holds, at most ten seconds. */
#define RUN_UNTIL(condition)                                             \
	do {                                                             \
		struct timeval tv_ = { .tv_usec = 10000 };               \
		struct event *t_ = event_new(self->base, -1, EV_PERSIST, \
					     on_tick, &self->ticks);     \
		self->ticks = 0;                                         \
		evtimer_add(t_, &tv_);                                   \
		while (self->ticks < 1000 && !(condition))               \
			event_base_loop(self->base, EVLOOP_ONCE);        \
		event_free(t_);                                          \
		ASSERT_LT(self->ticks, 1000)                             \
		{                                                        \
			TH_LOG("never: %s", #condition);                 \
		}                                                        \
	} while (0)

/* Run the loop for a while in which nothing of note should happen. */
#define RUN_FOR(ms)                                                       \
	do {                                                              \
		struct timeval tv_ = { (ms) / 1000, (ms) % 1000 * 1000 }; \
		event_base_loopexit(self->base, &tv_);                    \
		event_base_dispatch(self->base);                          \
	} while (0)

/* A port that nobody listens on, on either address. */
static uint16_t free_port(void)
{
	static unsigned int next;

	return 20000 + (getpid() * 31 + next++ * 7) % 12000;
}

FIXTURE_SETUP(speakers) {
	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_ERROR);
	memset(self, 0, sizeof(*self));
	self->base = event_base_new();
	self->port = free_port();
}

static void end_close(struct end *e)
{
	if (e->speaker)
		bgp_speaker_destroy(e->speaker);
	e->speaker = NULL;
	forget(e, NULL);
}

FIXTURE_TEARDOWN(speakers) {
	end_close(&self->a);
	end_close(&self->b);
	event_base_free(self->base);
	EXPECT_EQ(bgp_attrs_count(), 0);
}

static struct bgp_speaker_conf speaker_conf(uint32_t as, uint32_t id,
					    const char *listen, uint16_t port)
{
	struct bgp_speaker_conf c = { .as = as,
				      .router_id = id,
				      .sgi_subtype = 0x80,
				      .sgi_transitive = true,
				      .listen_port = port };
	struct addr a = { 0 };

	if (listen)
		a = ad(listen);
	if (a.family == AF_INET6)
		c.listen6 = a;
	else
		c.listen4 = a;
	return c;
}

static struct bgp_peer_conf peer_conf(const char *local, const char *address,
				      uint16_t port, uint32_t as)
{
	struct bgp_peer_conf c = { .name = "peer",
				   .local = ad(local),
				   .address = ad(address),
				   .port = port,
				   .as = as,
				   .hold_time = 30,
				   .connect_retry = 1,
				   .ipv4 = true,
				   .ipv6 = true,
				   .next_hop6 = ad("2001:db8::1") };

	return c;
}

static bool add(struct event_base *base, struct end *e,
		const struct bgp_speaker_conf *s, const struct bgp_peer_conf *p)
{
	e->speaker = bgp_speaker_create(base, s, &events, e);
	e->peer = bgp_peer_add(e->speaker, p, e, e->why, sizeof(e->why));
	return e->peer;
}

static struct bgp_origin origin(const char *prefix, const char *gateway)
{
	struct bgp_origin o = { .prefix = px(prefix) };

	o.has_sgi = gateway && addr_parse(gateway, &o.gateway);
	return o;
}

TEST_F(speakers, exchange_over_ipv4) {
	struct bgp_origin of_a[] = {
		origin("10.1.0.0/16", "192.0.2.1"),
		origin("10.2.0.0/16", "2001:db8::99"),
		origin("2001:db8:a::/48", "192.0.2.1"),
	};
	struct bgp_origin of_b[] = { origin("10.9.0.0/16", NULL) };
	struct bgp_speaker_conf sa = speaker_conf(65001, 1, NULL, 0);
	struct bgp_speaker_conf sb =
		speaker_conf(4200000002, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 4200000002);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);
	json_t *json;

	pa.origins = of_a;
	pa.n_origins = ARRAY_SIZE(of_a);
	pb.origins = of_b;
	pb.n_origins = ARRAY_SIZE(of_b);
	pb.passive = true;
	ASSERT_TRUE(add(self->base, &self->b, &sb, &pb));
	ASSERT_TRUE(add(self->base, &self->a, &sa, &pa));
	EXPECT_TRUE(bgp_peer_is_ebgp(self->a.peer));
	RUN_UNTIL(self->a.eor6 && self->b.eor6);
	EXPECT_EQ(bgp_peer_state(self->a.peer), BGP_ESTABLISHED);
	EXPECT_EQ(bgp_peer_router_id(self->a.peer), 2);
	EXPECT_EQ(self->a.ups, 1);
	EXPECT_EQ(self->a.eor4, 1);
	EXPECT_EQ(self->b.n, 3);
	EXPECT_TRUE(protects(&self->b, "10.1.0.0/16", "192.0.2.1"));
	EXPECT_TRUE(protects(&self->b, "10.2.0.0/16", "2001:db8::99"));
	EXPECT_TRUE(protects(&self->b, "2001:db8:a::/48", "192.0.2.1"));
	ASSERT_EQ(self->a.n, 1);
	EXPECT_EQ(self->a.routes[0].attrs->n_sgi, 0);
	EXPECT_EQ(self->a.routes[0].attrs->neighbor_as, 4200000002);
	json = bgp_peer_json(self->a.peer);
	EXPECT_STREQ(json_string_value(json_object_get(json, "state")),
		     "established");
	EXPECT_STREQ(json_string_value(json_object_get(json, "router_id")),
		     "0.0.0.2");
	json_decref(json);
}

TEST_F(speakers, exchange_over_ipv6) {
	struct bgp_origin o = origin("10.1.0.0/16", "192.0.2.1");
	struct bgp_speaker_conf sa = speaker_conf(65001, 1, NULL, 0);
	struct bgp_speaker_conf sb = speaker_conf(65001, 2, "::1", self->port);
	struct bgp_peer_conf pa = peer_conf("::1", "::1", self->port, 65001);
	struct bgp_peer_conf pb = pa;

	pa.origins = &o;
	pa.n_origins = 1;
	pa.next_hop4 = ad("192.0.2.7");
	pb.passive = true;
	ASSERT_TRUE(add(self->base, &self->b, &sb, &pb));
	ASSERT_TRUE(add(self->base, &self->a, &sa, &pa));
	EXPECT_FALSE(bgp_peer_is_ebgp(self->a.peer));
	RUN_UNTIL(self->a.eor6 && self->b.eor6);
	ASSERT_EQ(self->b.n, 1);
	EXPECT_TRUE(protects(&self->b, "10.1.0.0/16", "192.0.2.1"));
	EXPECT_EQ(self->b.routes[0].attrs->local_pref, 100);
	EXPECT_EQ(self->b.routes[0].attrs->as_hops, 0);
}

/* Both connect, both listen: one session comes of it, and stays. */
TEST_F(speakers, collision) {
	struct bgp_speaker_conf sa =
		speaker_conf(65001, 1, "127.0.0.1", self->port);
	struct bgp_speaker_conf sb =
		speaker_conf(65002, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65002);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);

	self->a.speaker =
		bgp_speaker_create(self->base, &sa, &events, &self->a);
	self->b.speaker =
		bgp_speaker_create(self->base, &sb, &events, &self->b);
	/* Both listen before either connects. */
	pa.passive = true;
	pb.passive = true;
	self->a.peer = bgp_peer_add(self->a.speaker, &pa, NULL, self->a.why,
				    sizeof(self->a.why));
	self->b.peer = bgp_peer_add(self->b.speaker, &pb, NULL, self->b.why,
				    sizeof(self->b.why));
	ASSERT_NE(self->a.peer, NULL);
	ASSERT_NE(self->b.peer, NULL);
	bgp_peer_del(self->a.peer);
	bgp_peer_del(self->b.peer);
	pa.passive = false;
	pb.passive = false;
	self->a.peer = bgp_peer_add(self->a.speaker, &pa, NULL, self->a.why,
				    sizeof(self->a.why));
	self->b.peer = bgp_peer_add(self->b.speaker, &pb, NULL, self->b.why,
				    sizeof(self->b.why));
	RUN_UNTIL(self->a.eor6 && self->b.eor6);
	RUN_FOR(1500);
	EXPECT_EQ(self->a.ups, 1);
	EXPECT_EQ(self->b.ups, 1);
	EXPECT_EQ(self->a.downs + self->b.downs, 0);
}

TEST_F(speakers, only_the_difference_is_sent) {
	struct bgp_origin before[] = {
		origin("10.1.0.0/16", "192.0.2.1"),
		origin("10.2.0.0/16", "192.0.2.1"),
		origin("10.3.0.0/16", "192.0.2.1"),
	};
	struct bgp_origin after[] = {
		origin("10.4.0.0/16", NULL),
		origin("10.2.0.0/16", "192.0.2.2"),
		origin("10.1.0.0/16", "192.0.2.1"),
	};
	struct bgp_speaker_conf sa = speaker_conf(65001, 1, NULL, 0);
	struct bgp_speaker_conf sb =
		speaker_conf(65002, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65002);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);

	pa.origins = before;
	pa.n_origins = ARRAY_SIZE(before);
	pb.passive = true;
	ASSERT_TRUE(add(self->base, &self->b, &sb, &pb));
	ASSERT_TRUE(add(self->base, &self->a, &sa, &pa));
	RUN_UNTIL(self->b.eor6);
	EXPECT_EQ(self->b.reaches, 1);
	bgp_peer_originate(self->a.peer, after, ARRAY_SIZE(after));
	RUN_UNTIL(self->b.reaches == 3 && self->b.withdrawals == 1);
	EXPECT_EQ(self->b.n, 3);
	EXPECT_TRUE(protects(&self->b, "10.1.0.0/16", "192.0.2.1"));
	EXPECT_TRUE(protects(&self->b, "10.2.0.0/16", "192.0.2.2"));
	EXPECT_NE(find(&self->b, "10.4.0.0/16"), NULL);
	EXPECT_EQ(find(&self->b, "10.3.0.0/16"), NULL);
	/* The same again is nothing. */
	bgp_peer_originate(self->a.peer, after, ARRAY_SIZE(after));
	bgp_peer_originate(self->a.peer, NULL, 0);
	RUN_UNTIL(self->b.withdrawals == 4);
	EXPECT_EQ(self->b.reaches, 3);
	EXPECT_EQ(self->b.n, 0);
}

TEST_F(speakers, deleting_a_neighbor_says_so) {
	struct bgp_speaker_conf sa = speaker_conf(65001, 1, NULL, 0);
	struct bgp_speaker_conf sb =
		speaker_conf(65002, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65002);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);

	pb.passive = true;
	ASSERT_TRUE(add(self->base, &self->b, &sb, &pb));
	ASSERT_TRUE(add(self->base, &self->a, &sa, &pa));
	RUN_UNTIL(self->a.eor6 && self->b.eor6);
	bgp_peer_del(self->a.peer);
	EXPECT_EQ(self->a.downs, 1);
	RUN_UNTIL(self->b.downs);
	EXPECT_STREQ(self->b.why,
		     "the peer said: Cease / Administrative Shutdown");
	/* And it may come back. */
	self->a.peer = bgp_peer_add(self->a.speaker, &pa, NULL, self->a.why,
				    sizeof(self->a.why));
	RUN_UNTIL(self->b.ups == 2);
}

TEST_F(speakers, md5) {
	struct bgp_speaker_conf sa = speaker_conf(65001, 1, NULL, 0);
	struct bgp_speaker_conf sb =
		speaker_conf(65002, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65002);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);

	strcpy(pa.md5, "wrong");
	strcpy(pb.md5, "a secret");
	pb.passive = true;
	if (!add(self->base, &self->b, &sb, &pb))
		SKIP(return, "%s", self->b.why);
	ASSERT_TRUE(add(self->base, &self->a, &sa, &pa));
	RUN_FOR(1500);
	EXPECT_EQ(self->a.ups + self->b.ups, 0);
	bgp_peer_del(self->a.peer);
	strcpy(pa.md5, "a secret");
	self->a.peer = bgp_peer_add(self->a.speaker, &pa, NULL, self->a.why,
				    sizeof(self->a.why));
	RUN_UNTIL(self->a.ups && self->b.ups);
}

TEST_F(speakers, configurations_refused) {
	struct bgp_speaker_conf sa =
		speaker_conf(65001, 1, "127.0.0.1", self->port);
	struct bgp_peer_conf good =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65002);
	struct bgp_peer_conf bad;
	char why[256];

	good.passive = true;
	ASSERT_TRUE(add(self->base, &self->a, &sa, &good));
#define REFUSED(text)                                                          \
	EXPECT_EQ(bgp_peer_add(self->a.speaker, &bad, NULL, why, sizeof(why)), \
		  NULL);                                                       \
	EXPECT_NE(strstr(why, text), NULL)                                     \
	{                                                                      \
		TH_LOG("%s", why);                                             \
	}
	bad = good;
	REFUSED("name");
	strcpy(bad.name, "other");
	REFUSED("address is another");
	bad.address = ad("127.0.0.3");
	bad.hold_time = 2;
	REFUSED("hold time");
	bad.hold_time = 90;
	bad.ipv4 = false;
	bad.ipv6 = false;
	REFUSED("family");
	bad.ipv4 = true;
	bad.as = 0;
	REFUSED("AS 0");
	bad.as = 65003;
	bad.local.family = 0;
	bad.address = ad("::1");
	REFUSED("do not listen");
	bad.address = ad("127.0.0.3");
	strcpy(bad.vrf, "no-such-device");
	REFUSED("VRF no-such-device");
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

static void say_open(int fd, uint32_t as, uint16_t hold_time, uint8_t families)
{
	const struct bgp_open open = { .as = as,
				       .router_id = 7,
				       .hold_time = hold_time,
				       .families = families,
				       .refresh = true,
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
	return add(base, b, &s, &p);
}

TEST_F(speakers, bad_opens) {
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

TEST_F(speakers, no_family_in_common) {
	struct bgp_speaker_conf s =
		speaker_conf(65002, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf p =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);
	int fd;

	p.passive = true;
	p.ipv4 = false;
	memset(&heard, 0, sizeof(heard));
	ASSERT_TRUE(add(self->base, &self->b, &s, &p));
	fd = dial(self->port);
	RUN_UNTIL(hears(fd) && heard.count[BGP_MSG_OPEN]);
	say_open(fd, 65001, 90, BGP_IPV4);
	RUN_UNTIL(hears(fd) && heard.closed);
	EXPECT_EQ(heard.error.subcode, BGP_OPEN_CAPABILITY);
	EXPECT_EQ(memcmp(heard.error.data, "\x01\x04\x00\x02\x00\x01", 6), 0);
	close(fd);
}

#define ESTABLISH(fd)                                                     \
	do {                                                              \
		ASSERT_TRUE(passive_b(self->base, &self->b, self->port)); \
		fd = dial(self->port);                                    \
		RUN_UNTIL(hears(fd) && heard.count[BGP_MSG_OPEN]);        \
		say_open(fd, 65001, 3, 3);                                \
		RUN_UNTIL(hears(fd) && self->b.ups == 1);                 \
	} while (0)

#define ROUTE(nlri, more)                      \
	"\x00\x00\x00" more "\x40\x01\x01\x00" \
	"\x40\x02\x06\x02\x01\x00\x00\xfd\xe9" \
	"\x40\x03\x04\x0a\x00\x00\x01" nlri
#define SAY_UPDATE(fd, body) say(fd, BGP_MSG_UPDATE, body, sizeof(body) - 1)

TEST_F(speakers, treat_as_withdraw) {
	int fd;

	ESTABLISH(fd);
	SAY_UPDATE(fd, ROUTE("\x10\x0a\x07", "\x14"));
	RUN_UNTIL(self->b.n == 1);
	/* The same with a broken MED behind. */
	SAY_UPDATE(fd, "\x00\x00\x00\x18\x40\x01\x01\x00"
		       "\x40\x02\x06\x02\x01\x00\x00\xfd\xe9"
		       "\x40\x03\x04\x0a\x00\x00\x01"
		       "\x80\x04\x01\x00"
		       "\x10\x0a\x07");
	RUN_UNTIL(self->b.withdrawals == 1);
	EXPECT_EQ(self->b.n, 0);
	EXPECT_EQ(bgp_peer_state(self->b.peer), BGP_ESTABLISHED);
	close(fd);
}

TEST_F(speakers, loops_replace_what_was_there) {
	int fd;

	ESTABLISH(fd);
	SAY_UPDATE(fd, ROUTE("\x10\x0a\x07", "\x14"));
	RUN_UNTIL(self->b.n == 1);
	/* Our own AS, 65002, is in the path. */
	SAY_UPDATE(fd, "\x00\x00\x00\x14\x40\x01\x01\x00"
		       "\x40\x02\x06\x02\x01\x00\x00\xfd\xea"
		       "\x40\x03\x04\x0a\x00\x00\x01"
		       "\x10\x0a\x07");
	RUN_UNTIL(self->b.withdrawals == 1);
	EXPECT_EQ(self->b.n, 0);
	/* So it is when the next hop is our own address. */
	SAY_UPDATE(fd, ROUTE("\x10\x0a\x07", "\x14"));
	RUN_UNTIL(self->b.n == 1);
	SAY_UPDATE(fd, "\x00\x00\x00\x14\x40\x01\x01\x00"
		       "\x40\x02\x06\x02\x01\x00\x00\xfd\xe9"
		       "\x40\x03\x04\x7f\x00\x00\x02"
		       "\x10\x0a\x07");
	RUN_UNTIL(self->b.withdrawals == 2);
	EXPECT_EQ(self->b.n, 0);
	close(fd);
}

TEST_F(speakers, session_reset) {
	int fd;

	ESTABLISH(fd);
	SAY_UPDATE(fd, "\x00\x00\x00\x00\x21\x0a\x00\x00\x00\x00");
	RUN_UNTIL(hears(fd) && heard.closed);
	EXPECT_EQ(heard.error.code, BGP_ERR_UPDATE);
	EXPECT_EQ(heard.error.subcode, BGP_UPDATE_NETWORK);
	EXPECT_EQ(self->b.downs, 1);
	EXPECT_NE(strstr(self->b.why, "Invalid Network Field"), NULL);
	close(fd);
}

TEST_F(speakers, not_synchronized) {
	static const char junk[] = "GET / HTTP/1.1\r\n\r\n\r\n";
	int fd;

	ESTABLISH(fd);
	EXPECT_GT(write(fd, junk, sizeof(junk)), 0);
	RUN_UNTIL(hears(fd) && heard.closed);
	EXPECT_EQ(heard.error.code, BGP_ERR_HEADER);
	EXPECT_EQ(heard.error.subcode, BGP_HEADER_SYNC);
	close(fd);
}

TEST_F(speakers, hold_timer) {
	int fd;

	/* Three seconds were agreed, and nothing more is said. */
	ESTABLISH(fd);
	RUN_UNTIL(hears(fd) && heard.closed);
	EXPECT_EQ(heard.error.code, BGP_ERR_HOLD_TIMER);
	EXPECT_STREQ(self->b.why, "hold timer expired");
	/* It said so every second itself. */
	EXPECT_GE(heard.count[BGP_MSG_KEEPALIVE], 3);
	close(fd);
}

TEST_F(speakers, refresh_is_answered) {
	unsigned int before;
	int fd;

	ESTABLISH(fd);
	/* One route and two times End-of-RIB. */
	RUN_UNTIL(hears(fd) && heard.count[BGP_MSG_UPDATE] == 3);
	before = heard.count[BGP_MSG_UPDATE];
	say(fd, BGP_MSG_REFRESH, "\x00\x01\x00\x01", 4);
	RUN_UNTIL(hears(fd) && heard.count[BGP_MSG_UPDATE] == before + 1);
	/* Nothing to say of IPv6, and nothing of a family not agreed on. */
	say(fd, BGP_MSG_REFRESH, "\x00\x02\x00\x01", 4);
	say(fd, BGP_MSG_REFRESH, "\x00\x01\x00\x80", 4);
	RUN_FOR(200);
	hears(fd);
	EXPECT_EQ(heard.count[BGP_MSG_UPDATE], before + 1);
	EXPECT_EQ(bgp_peer_state(self->b.peer), BGP_ESTABLISHED);
	close(fd);
}

TEST_F(speakers, octet_by_octet) {
	static const char route[] = ROUTE("\x10\x0a\x07", "\x14");
	uint8_t m[128];
	struct wr w = wr_init(m, sizeof(m));
	uint8_t *start = bgp_msg_begin(&w, BGP_MSG_UPDATE), *p;
	int fd;

	wr_bytes(&w, route, sizeof(route) - 1);
	bgp_msg_end(&w, start);
	ESTABLISH(fd);
	for (p = m; p < w.p; p++) {
		EXPECT_EQ(self->b.n, 0);
		EXPECT_EQ(write(fd, p, 1), 1);
		event_base_loop(self->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	}
	RUN_UNTIL(self->b.n == 1);
	close(fd);
}

TEST_F(speakers, strangers_are_turned_away) {
	struct bgp_speaker_conf s =
		speaker_conf(65002, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf p =
		peer_conf("127.0.0.2", "127.0.0.9", self->port, 65001);
	int fd;

	p.passive = true;
	memset(&heard, 0, sizeof(heard));
	ASSERT_TRUE(add(self->base, &self->b, &s, &p));
	fd = dial(self->port);
	RUN_UNTIL(hears(fd) && heard.closed);
	EXPECT_EQ(heard.count[BGP_MSG_OPEN], 0);
	close(fd);
}

/* A peer that restarts does not have to wait for our hold timer. */
TEST_F(speakers, second_connection_of_an_established_peer) {
	int fd, second;

	ESTABLISH(fd);
	second = dial(self->port);
	memset(&heard, 0, sizeof(heard));
	RUN_UNTIL(hears(second) && heard.count[BGP_MSG_OPEN]);
	say_open(second, 65001, 90, 3);
	/* Without graceful restart the new one is the one to go. */
	RUN_UNTIL(hears(second) && heard.closed);
	EXPECT_EQ(heard.error.code, BGP_ERR_CEASE);
	EXPECT_EQ(heard.error.subcode, BGP_CEASE_COLLISION);
	EXPECT_EQ(self->b.downs, 0);
	close(second);
	close(fd);
}

TEST_HARNESS_MAIN
