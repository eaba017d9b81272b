// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes that come by BMP and from MRT files, from the octets to what is asked
 * of the kernel: core/feed, bmp/, mrt/. The router is a socket of this test's,
 * the kernel is a fake. Time is real; the timers are short.
 */
#include "unit/daemon_life.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include "bgp/msg.h"
#include "bgp/sgi.h"
#include "bmp/msg.h"

#define PORT 21019
#define BMP(more)                       \
	"bmp:\n"                        \
	"  listen: [127.177.177.177]\n" \
	"  port: 21019\n"               \
	"  routers: [{address: 127.0.0.1, name: r" more "}]\n"
#define OURS ", vpn: default, rib: pre-policy"
#define RED                            \
	"  - name: red\n"              \
	"    table: 100\n"             \
	"    hold: { withdrawn: 0 }\n" \
	"    import-targets: [\"64500:1\"]\n"
#define MRT "mrt: [{file: t.mrt, vpn: default}]\n"

static uint8_t out[65536];
static unsigned int sent; /* messages, since the router was added */

/* ---- What a router says --------------------------------------------------- */

/* The text, with an address of this process's own: others run beside it. */
static const char *here(const char *text)
{
	unsigned int pid = (unsigned int)getpid();
	static char copy[2048];
	char own[16], *at;

	snprintf(own, sizeof(own), "127.%u.%u.%u", 100 + pid / 10000 % 100,
		 100 + pid / 100 % 100, 100 + pid % 100);
	strcpy(copy, text);
	at = strstr(copy, "127.177.177.177");
	if (at)
		memcpy(at, own, strlen(own));
	return copy;
}

static bool start(FIXTURE_DATA(life) * self, const char *text)
{
	return begin(self, here(text));
}

static bool again(FIXTURE_DATA(life) * self, const char *text)
{
	return reload(self, here(text));
}

static int dial(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, here("127.177.177.177"), &to.sin_addr);
	if (connect(fd, (const void *)&to, sizeof(to)))
		abort();
	return fd;
}

static struct wr begin_message(enum bmp_msg_type type)
{
	struct wr w = wr_init(out, sizeof(out));

	wr_u8(&w, BMP_VERSION);
	wr_u32(&w, 0);
	wr_u8(&w, type);
	return w;
}

static void put_peer(struct wr *w, uint8_t type, uint8_t flags, uint64_t rd,
		     uint8_t last)
{
	const uint8_t address[16] = { [12] = 203, 0, 113, last };

	wr_u8(w, type);
	wr_u8(w, flags);
	wr_u32(w, rd >> 32);
	wr_u32(w, (uint32_t)rd);
	wr_bytes(w, address, sizeof(address));
	wr_u32(w, 64000 + last);
	wr_u32(w, last);
	wr_u32(w, 0);
	wr_u32(w, 0);
}

static void say(int fd, const struct wr *w)
{
	size_t n = w->p - out;

	out[1] = n >> 24;
	out[2] = n >> 16;
	out[3] = n >> 8;
	out[4] = n;
	if (write(fd, out, n) != (ssize_t)n)
		abort();
	sent++;
}

static void peer_up(int fd, uint8_t type, uint64_t rd, uint8_t last)
{
	struct wr w = begin_message(BMP_PEER_UP);
	struct bgp_open o = {
		.as = 65005,
		.router_id = 99,
		.hold_time = 90,
		.families = BGP_IPV4 | BGP_VPNV4,
		.multiprotocol = true,
		.as4 = true,
	};

	put_peer(&w, type, 0, rd, last);
	wr_bytes(&w, "0123456789abcdef0123", 20);
	bgp_open_encode(&w, &o);
	o.as = 64000 + last;
	bgp_open_encode(&w, &o);
	say(fd, &w);
}

static void peer_down(int fd, uint8_t last)
{
	struct wr w = begin_message(BMP_PEER_DOWN);

	put_peer(&w, 0, 0, 0, last);
	wr_u8(&w, 4);
	say(fd, &w);
}

/* Attributes with an AS path of one, and an identity. */
static void put_attrs(struct wr *w, uint32_t as, const char *gateway,
		      const char *target)
{
	struct addr a;

	addr_parse(gateway, &a);
	wr_bytes(w, "\x40\x01\x01\x00\x40\x02\x06\x02\x01", 9);
	wr_u32(w, as);
	wr_bytes(w, "\xc0\x10", 2);
	wr_u8(w, target ? 16 : 8);
	if (target)
		wr_bytes(w, target, 8);
	bgp_sgi_encode(w, 0x80, true, &a);
}

static uint8_t *begin_update(struct wr *w, uint8_t flags, uint8_t type,
			     uint64_t rd, uint8_t last)
{
	*w = begin_message(BMP_ROUTE_MONITORING);
	put_peer(w, type, flags, rd, last);
	return bgp_msg_begin(w, BGP_MSG_UPDATE);
}

/* Announce 10.net/16 by way of a gateway; NULL: withdraw it. */
static void route(int fd, uint8_t flags, uint8_t type, uint64_t rd,
		  uint8_t last, uint8_t net, const char *gateway)
{
	struct wr w;
	uint8_t *start = begin_update(&w, flags, type, rd, last), *len;
	const uint8_t nlri[] = { 16, 10, net };

	wr_u16(&w, gateway ? 0 : 3);
	if (!gateway)
		wr_bytes(&w, nlri, 3);
	wr_u16(&w, 0);
	len = w.p;
	if (gateway) {
		put_attrs(&w, 64000 + last, gateway, NULL);
		wr_bytes(&w, "\x40\x03\x04\x0a\0\0\x01", 7);
		len[-1] = w.p - len;
		wr_bytes(&w, nlri, 3);
	}
	bgp_msg_end(&w, start);
	say(fd, &w);
}

static void end_of_rib(int fd, uint8_t last)
{
	struct wr w;
	uint8_t *start = begin_update(&w, 0, 0, 0, last);

	wr_u32(&w, 0);
	bgp_msg_end(&w, start);
	say(fd, &w);
	start = begin_update(&w, 0, 0, 0, last);
	wr_bytes(&w, "\0\0\0\6\x80\x0f\3\0\1\x80", 10);
	bgp_msg_end(&w, start);
	say(fd, &w);
}

/* A VPNv4 route with target 64500:N and distinguisher 64500:N. */
static void vpn_route(int fd, uint8_t last, uint8_t net, uint8_t number,
		      const char *gateway)
{
	const uint8_t nlri[] = { 88 + 16, 0, 0, 0x11, 0,      0,  0xfb,
				 0xf4,	  0, 0, 0,    number, 10, net };
	const char target[] = { 0, 2, '\xfb', '\xf4', 0, 0, 0, (char)number };
	struct wr w;
	uint8_t *start = begin_update(&w, 0, 0, 0, last), *len;

	wr_u32(&w, 0);
	len = w.p;
	put_attrs(&w, 64000 + last, gateway, target);
	wr_bytes(&w, "\x80\x0e", 2);
	wr_u8(&w, 5 + 12 + sizeof(nlri));
	wr_bytes(&w, "\0\1\x80\x0c\0\0\0\0\0\0\0\0\x0a\0\0\1\0", 17);
	wr_bytes(&w, nlri, sizeof(nlri));
	len[-1] = w.p - len;
	bgp_msg_end(&w, start);
	say(fd, &w);
}

/* ---- What a file says ----------------------------------------------------- */

struct mrt {
	uint8_t b[131072];
	struct wr w;
};

static void record(struct mrt *m, uint16_t type, uint16_t subtype,
		   const void *body, size_t n)
{
	wr_u32(&m->w, 0);
	wr_u16(&m->w, type);
	wr_u16(&m->w, subtype);
	wr_u32(&m->w, n);
	wr_bytes(&m->w, body, n);
}

static void mrt_begin(struct mrt *m)
{
	m->w = wr_init(m->b, sizeof(m->b));
}

static void mrt_index(struct mrt *m)
{
	record(m, 13, 1,
	       "\xc0\0\2\1\0\0\0\2"
	       "\0\0\0\0\1\xcb\0\x71\1\xfa\x01"
	       "\0\0\0\0\2\xcb\0\x71\2\xfa\x02",
	       8 + 22);
}

static void mrt_route_by(struct mrt *m, uint16_t peer, uint32_t as, uint8_t net,
			 const char *gateway)
{
	uint8_t body[256];
	struct wr w = wr_init(body, sizeof(body));
	uint8_t *len;

	wr_bytes(&w, "\0\0\0\0\x10\x0a", 6);
	wr_u8(&w, net);
	wr_u16(&w, 1);
	wr_u16(&w, peer);
	wr_u32(&w, 0);
	wr_u16(&w, 0);
	len = w.p;
	put_attrs(&w, as, gateway, NULL);
	wr_bytes(&w, "\x40\x03\x04\x0a\0\0\x01", 7);
	len[-1] = w.p - len;
	record(m, 13, 2, body, w.p - body);
}

static void mrt_route(struct mrt *m, uint16_t peer, uint8_t net,
		      const char *gateway)
{
	mrt_route_by(m, peer, 64001 + peer, net, gateway);
}

static void mrt_put(FIXTURE_DATA(life) * self, const struct mrt *m)
{
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "%s/t.mrt", self->dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (write(fd, m->b, m->w.p - m->b) != m->w.p - m->b)
		abort();
	close(fd);
}

static void mrt_gone(FIXTURE_DATA(life) * self)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/t.mrt", self->dir);
	unlink(path);
}

/* A word of the first of "bmp"'s routers, "mrt"'s files, "bgp"'s neighbors. */
static const char *shown(FIXTURE_DATA(life) * self, const char *what,
			 const char *key)
{
	json_t *o =
		daemon_show(self->d, what, NULL, self->why, sizeof(self->why));
	const json_t *list = json_object_iter_value(json_object_iter(o));
	const json_t *v = json_object_get(json_array_get(list, 0), key);
	static char text[600];

	if (json_is_string(v))
		snprintf(text, sizeof(text), "%s", json_string_value(v));
	else
		snprintf(text, sizeof(text), "%lld",
			 (long long)json_integer_value(v));
	json_decref(o);
	return text;
}

/* Go round the loop until that word is that, for ten seconds at most. */
static bool until(FIXTURE_DATA(life) * self, const char *what, const char *key,
		  const char *value)
{
	int i;

	for (i = 0; i < 500 && strcmp(shown(self, what, key), value); i++)
		run(self, 20);
	return i < 500;
}

/* What was asked since the last time, once all that was sent is understood. */
static const char *told(FIXTURE_DATA(life) * self)
{
	char n[16];

	snprintf(n, sizeof(n), "%u", sent);
	until(self, "bmp", "messages", n);
	return asked(self);
}

static int dial_in(FIXTURE_DATA(life) * self)
{
	int fd = dial();

	until(self, "bmp", "state", "connected");
	return fd;
}

/* ---- BMP ------------------------------------------------------------------ */

TEST_F(life, a_router_tells) {
	int fd;

	ASSERT_TRUE(start(self, CONF TIMERS VPN NO_HOLD BMP(OURS)))
	{
		TH_LOG("%s", self->why);
	}
	told(self);
	fd = dial_in(self);
	peer_up(fd, 0, 0, 1);
	route(fd, 0, 0, 0, 1, 1, "192.0.2.1");
	route(fd, 0, 0, 0, 1, 2, "192.0.2.1");
	EXPECT_STREQ("+gateway 192.0.2.1\n+ike 192.0.2.1\n"
		     "+route 10.1.0.0/16 protect 1\n"
		     "+route 10.2.0.0/16 protect 1\n",
		     told(self));
	EXPECT_STREQ("r/203.0.113.1", shown(self, "bgp", "name"));
	EXPECT_STREQ("monitored", shown(self, "bgp", "state"));
	EXPECT_STREQ("2", shown(self, "bgp", "routes"));
	/* Of other tables, and of peers that are not there, nothing is taken. */
	route(fd, 0x40, 0, 0, 1, 3, "192.0.2.1");
	route(fd, 0x10, 0, 0, 1, 3, "192.0.2.1");
	route(fd, 0, 0, 0, 2, 3, "192.0.2.1");
	route(fd, 0, 0, 0, 1, 1, NULL);
	EXPECT_STREQ("-route 10.1.0.0/16\n", told(self));
	EXPECT_STREQ("3", shown(self, "bmp", "ignored"));
	close(fd);
	EXPECT_TRUE(until(self, "bmp", "state", "waiting"));
	EXPECT_STREQ("lost", shown(self, "bgp", "state"));
	EXPECT_STREQ("1", shown(self, "bgp", "routes"));
	/* Kept until it has said all again. */
	EXPECT_STREQ("", told(self));
	fd = dial_in(self);
	peer_up(fd, 0, 0, 1);
	route(fd, 0, 0, 0, 1, 4, "192.0.2.1");
	EXPECT_STREQ("+route 10.4.0.0/16 protect 1\n", told(self));
	end_of_rib(fd, 1);
	EXPECT_STREQ("-route 10.2.0.0/16\n", told(self));
	/* Two seconds after a Peer Down its routes go, and it is forgotten. */
	peer_down(fd, 1);
	EXPECT_STREQ("", told(self));
	run(self, 3500);
	EXPECT_EQ(0, strncmp("-route 10.4.0.0/16\n", told(self), 19));
	EXPECT_STREQ("0", shown(self, "bgp", "name"));
	close(fd);
}

TEST_F(life, whose_a_routers_routes_are) {
	int fd;

	ASSERT_TRUE(start(
		self,
		CONF TIMERS VPN NO_HOLD RED BMP(
			OURS
			", vrfs: [{distinguisher: \"64500:9\", vpn: red}]")))
	{
		TH_LOG("%s", self->why);
	}
	told(self);
	fd = dial();
	/* By the VRF that its peer is in. */
	peer_up(fd, 1, 0xfbf400000009ULL, 1);
	route(fd, 0, 1, 0xfbf400000009ULL, 1, 1, "192.0.2.1");
	told(self);
	ASSERT_EQ(2, fake.n_routes); /* ours, of the first VPN, is one */
	EXPECT_EQ(100, fake.routes[1].vpn);
	EXPECT_STREQ("r/64500:9/203.0.113.1", shown(self, "bgp", "name"));
	/* Of a VRF that is not ours. */
	peer_up(fd, 1, 0xfbf400000008ULL, 1);
	route(fd, 0, 1, 0xfbf400000008ULL, 1, 2, "192.0.2.1");
	EXPECT_STREQ("", told(self));
	/* By its route target. */
	peer_up(fd, 0, 0, 2);
	vpn_route(fd, 2, 3, 1, "192.0.2.1");
	vpn_route(fd, 2, 4, 2, "192.0.2.1");
	EXPECT_STREQ("+route 10.3.0.0/16 protect 1\n", told(self));
	EXPECT_EQ(100, fake.routes[2].vpn);
	/* Two that are no VPN's. */
	EXPECT_STREQ("2", shown(self, "bmp", "unused"));
	/* With other targets the router has to say all again. */
	ASSERT_TRUE(again(
		self, CONF TIMERS VPN NO_HOLD
		"    import-targets: [\"64500:2\"]\n" RED BMP(
			OURS
			", vrfs: [{distinguisher: \"64500:9\", vpn: red}]")));
	EXPECT_STREQ("waiting", shown(self, "bmp", "state"));
	close(fd);
	fd = dial_in(self);
	peer_up(fd, 0, 0, 2);
	vpn_route(fd, 2, 4, 2, "192.0.2.1");
	EXPECT_STREQ("+route 10.4.0.0/16 protect 1\n", told(self));
	close(fd);
}

TEST_F(life, what_a_router_may_not) {
	struct wr w;
	int fd, i;

	ASSERT_TRUE(start(
		self, CONF TIMERS VPN NO_HOLD BMP(OURS ", max-prefixes: 2")));
	told(self);
	/* A message of any type can come in single octets. */
	fd = dial_in(self);
	w = begin_message(BMP_INITIATION);
	wr_bytes(&w, "\0\2\0\4ours", 8);
	out[4] = w.p - out;
	for (i = 0; i < w.p - out; i++) {
		EXPECT_EQ(1, write(fd, out + i, 1));
		run(self, 5);
	}
	sent++;
	EXPECT_TRUE(until(self, "bmp", "system", "ours"));
	/* Unknown types are passed over; what is not BMP ends it. */
	w = begin_message(200);
	say(fd, &w);
	told(self);
	EXPECT_STREQ("connected", shown(self, "bmp", "state"));
	peer_up(fd, 0, 0, 1);
	for (i = 1; i <= 3; i++)
		route(fd, 0, 0, 0, 1, i, "192.0.2.1");
	EXPECT_TRUE(until(self, "bmp", "state", "waiting"));
	EXPECT_STREQ("a peer has announced more prefixes than it may",
		     shown(self, "bmp", "last-error"));
	/* And it is not let in again at once. */
	close(fd);
	fd = dial();
	run(self, 50);
	EXPECT_EQ(0, read(fd, out, 1));
	close(fd);
}

/* What each of these says ends the connection. */
static const char *said(FIXTURE_DATA(life) * self, const struct wr *w)
{
	int fd = dial_in(self);

	say(fd, w);
	until(self, "bmp", "state", "waiting");
	close(fd);
	return shown(self, "bmp", "last-error");
}

TEST_F(life, a_router_that_is_wrong) {
	struct wr w;

	ASSERT_TRUE(start(self, CONF TIMERS VPN NO_HOLD BMP(OURS)));
	w = begin_message(BMP_PEER_UP);
	wr_bytes(&w, "short", 5);
	EXPECT_STREQ("Peer Up: its per-peer header is cut short",
		     said(self, &w));
	end(self, false);
	sent = 0;
	ASSERT_TRUE(start(self, CONF TIMERS VPN NO_HOLD BMP(OURS)));
	w = begin_message(BMP_TERMINATION);
	wr_bytes(&w, "\0\0\0\3bye", 7);
	EXPECT_STREQ("the router ends the connection: bye", said(self, &w));
	/* That is no fault: it may come back. */
	w = begin_message(BMP_PEER_DOWN);
	put_peer(&w, 0, 0, 0, 1);
	EXPECT_STREQ("Peer Down: it is cut short", said(self, &w));
	end(self, false);
	/* An UPDATE that RFC 7606 has no way out for. */
	ASSERT_TRUE(start(self, CONF TIMERS VPN NO_HOLD BMP(OURS)));
	{
		int fd = dial_in(self);
		uint8_t *message;

		peer_up(fd, 0, 0, 1);
		message = begin_update(&w, 0, 0, 0, 1);
		wr_bytes(&w, "\0\x09\0\0", 4);
		bgp_msg_end(&w, message);
		say(fd, &w);
		EXPECT_TRUE(until(self, "bmp", "state", "waiting"));
		EXPECT_NE(NULL, strstr(shown(self, "bmp", "last-error"),
				       "r: 203.0.113.1: UPDATE"));
		close(fd);
	}
}

TEST_F(life, strangers_are_turned_away) {
	int fd;

	ASSERT_TRUE(start(self, CONF TIMERS VPN
			  "bmp: { listen: [127.177.177.177], port: 21019,\n"
			  "  routers: [{address: 192.0.2.9}] }\n"));
	fd = dial();
	run(self, 50);
	EXPECT_EQ(0, read(fd, out, 1));
	close(fd);
	/* Without routers nobody listens; a busy port does not end the daemon. */
	ASSERT_TRUE(again(self, CONF TIMERS VPN));
	EXPECT_STREQ("0", shown(self, "bmp", "name"));
	ASSERT_TRUE(again(self, CONF TIMERS VPN BMP(OURS)));
	fd = dial();
	EXPECT_TRUE(until(self, "bmp", "state", "connected"));
	close(fd);
}

/* After a start, what a router has not said is kept as long as it may say it. */
TEST_F(life, settling_waits_for_routers) {
	int fd;

	ASSERT_TRUE(start(self, CONF TIMERS VPN NO_HOLD BMP(OURS)));
	fd = dial_in(self);
	peer_up(fd, 0, 0, 1);
	route(fd, 0, 0, 0, 1, 1, "192.0.2.1");
	route(fd, 0, 0, 0, 1, 2, "192.0.2.1");
	told(self);
	end(self, false);
	sent = 0;
	close(fd);
	ASSERT_TRUE(start(
		self, CONF
		"timers: { settle: 60, stale: 2, idle: 2 }\n" VPN NO_HOLD BMP(
			OURS)));
	told(self);
	run(self, 1500);
	EXPECT_STREQ("", told(self));
	fd = dial_in(self);
	peer_up(fd, 0, 0, 1);
	route(fd, 0, 0, 0, 1, 1, "192.0.2.1");
	run(self, 1500);
	EXPECT_STREQ("", told(self));
	end_of_rib(fd, 1);
	run(self, 1500);
	EXPECT_STREQ("-route 10.2.0.0/16\n", told(self));
	close(fd);
}

/* ---- MRT ------------------------------------------------------------------ */

TEST_F(life, a_file_is_replayed) {
	struct mrt m;

	mrt_begin(&m);
	mrt_index(&m);
	mrt_route(&m, 0, 1, "192.0.2.1");
	mrt_route(&m, 1, 2, "192.0.2.2");
	mrt_put(self, &m);
	ASSERT_TRUE(start(self, CONF TIMERS VPN NO_HOLD MRT));
	EXPECT_TRUE(until(self, "mrt", "state", "loaded"));
	asked(self);
	EXPECT_EQ(2, fake.n_gateways);
	EXPECT_EQ(3, fake.n_routes); /* with our own */
	EXPECT_STREQ("2", shown(self, "mrt", "peers"));
	EXPECT_STREQ("replayed", shown(self, "bgp", "state"));
	/* Read again: what it does not repeat goes, the rest is not touched. */
	mrt_begin(&m);
	mrt_index(&m);
	mrt_route(&m, 0, 1, "192.0.2.1");
	mrt_route(&m, 0, 3, "192.0.2.1");
	mrt_put(self, &m);
	ASSERT_TRUE(again(self, CONF TIMERS VPN NO_HOLD MRT));
	EXPECT_TRUE(until(self, "mrt", "state", "loaded"));
	EXPECT_STREQ("+route 10.3.0.0/16 protect 1\n-route 10.2.0.0/16\n",
		     asked(self));
	/* No longer configured. */
	ASSERT_TRUE(again(self, CONF TIMERS VPN NO_HOLD));
	EXPECT_STREQ("-route 10.1.0.0/16\n-route 10.3.0.0/16\n", asked(self));
	mrt_gone(self);
}

/* An index of n peers, from 10.FIRST.0.0 on. */
static void mrt_index_of(struct mrt *m, uint8_t first, unsigned int n)
{
	static uint8_t body[32768];
	struct wr w = wr_init(body, sizeof(body));
	unsigned int i;

	wr_bytes(&w, "\xc0\0\2\1\0\0", 6);
	wr_u16(&w, n);
	for (i = 0; i < n; i++) {
		wr_bytes(&w, "\0\0\0\0\1\x0a", 6);
		wr_u8(&w, first);
		wr_u16(&w, i);
		wr_u16(&w, 64001);
	}
	record(m, 13, 1, body, w.p - body);
}

/* The same route of each of n peers. */
static void mrt_of(struct mrt *m, uint8_t first, unsigned int n)
{
	unsigned int i;

	mrt_begin(m);
	mrt_index_of(m, first, n);
	for (i = 0; i < n; i++)
		mrt_route_by(m, i, 64001, 1, "192.0.2.1");
}

/* Peers of the VPN that are shown. */
static size_t neighbors(FIXTURE_DATA(life) * self)
{
	json_t *o =
		daemon_show(self->d, "bgp", NULL, self->why, sizeof(self->why));
	size_t n = json_array_size(json_object_iter_value(json_object_iter(o)));

	json_decref(o);
	return n;
}

/* One peer more than are looked at, though not in one table. */
TEST_F(life, a_file_of_too_many_peers_changes_nothing) {
	static struct mrt m;

	mrt_of(&m, 1, 2);
	mrt_put(self, &m);
	ASSERT_TRUE(start(self, CONF TIMERS VPN NO_HOLD MRT));
	EXPECT_TRUE(until(self, "mrt", "state", "loaded"));
	asked(self);
	mrt_of(&m, 2, 1024);
	/* Of which no path is there: it is no peer of the file's. */
	mrt_index_of(&m, 3, 7);
	mrt_put(self, &m);
	ASSERT_TRUE(again(self, CONF TIMERS VPN NO_HOLD MRT));
	EXPECT_TRUE(until(self, "mrt", "state", "loaded"));
	EXPECT_STREQ("1024", shown(self, "mrt", "peers"));
	mrt_of(&m, 4, 1024);
	mrt_index_of(&m, 5, 1);
	mrt_route(&m, 0, 2, "192.0.2.1");
	mrt_put(self, &m);
	asked(self);
	ASSERT_TRUE(again(self, CONF TIMERS VPN NO_HOLD MRT));
	EXPECT_TRUE(until(self, "mrt", "state", "failed"));
	EXPECT_NE(NULL, strstr(shown(self, "mrt", "last-error"),
			       "more peers than are looked at"));
	EXPECT_STREQ("", asked(self));
	mrt_gone(self);
}

/* Reloads leave nothing behind of peers that are in the file no more. */
TEST_F(life, peers_of_a_file_go) {
	static struct mrt m;
	uint8_t i;

	for (i = 1; i < 6; i++) {
		mrt_of(&m, i, 400);
		mrt_put(self, &m);
		ASSERT_TRUE(i == 1 ? start(self, CONF TIMERS VPN NO_HOLD MRT) :
				     again(self, CONF TIMERS VPN NO_HOLD MRT));
		EXPECT_TRUE(until(self, "mrt", "state", "loaded"));
		EXPECT_STREQ("400", shown(self, "mrt", "peers"));
		EXPECT_STREQ("400", shown(self, "mrt", "routes"));
		EXPECT_EQ(400, neighbors(self));
	}
	mrt_gone(self);
}

TEST_F(life, a_bad_file_changes_nothing) {
	struct mrt m;

	mrt_begin(&m);
	mrt_index(&m);
	mrt_route(&m, 0, 1, "192.0.2.1");
	mrt_put(self, &m);
	ASSERT_TRUE(start(self, CONF TIMERS VPN NO_HOLD MRT));
	EXPECT_TRUE(until(self, "mrt", "state", "loaded"));
	asked(self);
	/* Nothing of what is before the error is told either. */
	mrt_begin(&m);
	mrt_index(&m);
	mrt_route(&m, 0, 2, "192.0.2.1");
	mrt_route(&m, 7, 3, "192.0.2.1");
	mrt_put(self, &m);
	ASSERT_TRUE(again(self, CONF TIMERS VPN NO_HOLD MRT));
	EXPECT_TRUE(until(self, "mrt", "state", "failed"));
	EXPECT_STREQ("", asked(self));
	EXPECT_NE(
		NULL,
		strstr(shown(self, "mrt", "last-error"),
		       "t.mrt: octet 102: a path of a peer that is not in the index"));
	/* Cut short, empty, gone. */
	mrt_begin(&m);
	mrt_index(&m);
	m.w.p--;
	mrt_put(self, &m);
	ASSERT_TRUE(again(self, CONF TIMERS VPN NO_HOLD MRT));
	EXPECT_TRUE(until(self, "mrt", "state", "failed"));
	EXPECT_NE(NULL, strstr(shown(self, "mrt", "last-error"),
			       "octet 0: the file ends within a record"));
	mrt_begin(&m);
	mrt_put(self, &m);
	ASSERT_TRUE(again(self, CONF TIMERS VPN NO_HOLD MRT));
	EXPECT_TRUE(until(self, "mrt", "state", "failed"));
	EXPECT_NE(NULL,
		  strstr(shown(self, "mrt", "last-error"), "it is empty"));
	mrt_gone(self);
	ASSERT_TRUE(again(self, CONF TIMERS VPN NO_HOLD MRT));
	EXPECT_STREQ("failed", shown(self, "mrt", "state"));
	EXPECT_NE(NULL, strstr(shown(self, "mrt", "last-error"),
			       "No such file or directory"));
	EXPECT_STREQ("", asked(self));
	EXPECT_STREQ("1", shown(self, "mrt", "routes"));
}

/* Messages as they came: the last word on a prefix counts. */
TEST_F(life, messages_are_replayed) {
	uint8_t body[512];
	struct mrt m;
	struct wr w;
	uint8_t *len, *message;
	unsigned int i;

	mrt_begin(&m);
	for (i = 1; i <= 3; i++) {
		const uint8_t nlri[] = { 16, 10, i };

		w = wr_init(body, sizeof(body));
		wr_bytes(&w, "\xfa\1\xfd\xed\0\0\0\1\xcb\0\x71\1\xcb\0\x71\2",
			 16);
		message = bgp_msg_begin(&w, BGP_MSG_UPDATE);
		/* The third withdraws what the first announced. */
		wr_u16(&w, i == 3 ? 3 : 0);
		if (i == 3)
			wr_bytes(&w, "\x10\x0a\1", 3);
		wr_u16(&w, 0);
		len = w.p;
		wr_bytes(&w, "\x40\x01\x01\0\x40\x02\x04\x02\x01\xfa\1", 11);
		wr_bytes(&w, "\x40\x03\x04\x0a\0\0\x01", 7);
		wr_bytes(&w, "\xc0\x10\x08\x03\x80\0\0\xc0\0\2\1", 11);
		len[-1] = w.p - len;
		wr_bytes(&w, nlri, 3);
		bgp_msg_end(&w, message);
		record(&m, 16, 1, body, w.p - body);
	}
	mrt_put(self, &m);
	ASSERT_TRUE(start(self, CONF TIMERS VPN NO_HOLD MRT));
	EXPECT_TRUE(until(self, "mrt", "state", "loaded"));
	asked(self);
	EXPECT_STREQ("2", shown(self, "mrt", "routes"));
	EXPECT_EQ(3, fake.n_routes);
	/* Then the session ends: all of it is gone. */
	w = wr_init(body, sizeof(body));
	wr_bytes(&w, "\xfa\1\xfd\xed\0\0\0\1\xcb\0\x71\1\xcb\0\x71\2\0\6\0\1",
		 20);
	record(&m, 16, 0, body, 20);
	mrt_put(self, &m);
	ASSERT_TRUE(again(self, CONF TIMERS VPN NO_HOLD MRT));
	EXPECT_TRUE(until(self, "mrt", "state", "loaded"));
	EXPECT_STREQ("-route 10.2.0.0/16\n-route 10.3.0.0/16\n", asked(self));
	mrt_gone(self);
}

TEST_HARNESS_MAIN
