// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bgp/tunnel: identities as tunnels' endpoints, and what RFC 9012, section 13,
 * makes of errors; in a whole UPDATE, who looks at them.
 */
#include "bgp/tunnel.h"

#include <stdlib.h>
#include "bgp/update.h"
#include "kselftest_harness.h"

static struct bgp_sgi_set set;

static struct addr ad(const char *text)
{
	struct addr a;

	if (!addr_parse(text, &a))
		abort();
	return a;
}

/* The set that an attribute gives, or why there is none. */
static const char *decode(const char *value, size_t len)
{
	const struct addr hop = ad("::ffff:198.51.100.7");
	static char text[256];
	char buf[ADDR_STRLEN];
	const char *why;
	size_t n = 0;
	unsigned int i;

	memset(&set, 0, sizeof(set));
	*text = '\0';
	why = bgp_tunnel_decode(&set, (const uint8_t *)value, len, &hop);
	if (why)
		return why;
	for (i = 0; i < set.n; i++)
		n += snprintf(text + n, sizeof(text) - n, "%s%s", i ? " " : "",
			      addr_format(&set.sgi[i].gateway, buf));
	return text;
}

#define DECODE(literal) decode(literal, sizeof(literal) - 1)

/* A tunnel of type 4 that has LEN octets; endpoints. */
#define TUNNEL(len) "\0\4\0" len
#define V4(last) "\6\x0a\0\0\0\0\0\1\xc0\0\2" last
#define V6 "\6\x16\0\0\0\0\0\2\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09"
#define HOP "\6\6\0\0\0\0\0\0"

TEST(round_trip) {
	static const char *const texts[] = { "192.0.2.1", "192.0.2.9",
					     "2001:db8::1" };
	uint8_t m[3 * BGP_TUNNEL_LEN];
	struct wr w = wr_init(m, sizeof(m));
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		struct addr a = ad(texts[i]);

		bgp_tunnel_encode(&w, &a);
	}
	ASSERT_FALSE(w.failed);
	EXPECT_STREQ(decode((char *)m, w.p - m),
		     "192.0.2.1 192.0.2.9 2001:db8::1");
	EXPECT_TRUE(set.sgi[0].transitive);
	EXPECT_EQ(set.sgi[0].flags, 0);
}

TEST(endpoints) {
	EXPECT_STREQ(DECODE(TUNNEL("\x0c") V4("\1")), "192.0.2.1");
	EXPECT_STREQ(DECODE(TUNNEL("\x18") V6), "2001:db8::9");
	/* The next hop, as IPv4 again. */
	EXPECT_STREQ(DECODE(TUNNEL("\x08") HOP), "198.51.100.7");
	/* Others' parts are passed, with lengths of either size. */
	EXPECT_STREQ(DECODE(TUNNEL("\x14") "\x63\2ab" V4("\1") "\xc8\0\1x"),
		     "192.0.2.1");
	/* And others' tunnels. */
	EXPECT_STREQ(DECODE("\0\2\0\x0c" V4("\2") TUNNEL("\x0c") V4("\1")),
		     "192.0.2.1");
	EXPECT_STREQ(DECODE("\0\2\0\x0c" V4("\2")), "");
	EXPECT_STREQ(DECODE("\0\2\0\0"), "");
	/* The same twice is one. */
	EXPECT_STREQ(DECODE(TUNNEL("\x0c") V4("\1") TUNNEL("\x0c") V4("\1")),
		     "192.0.2.1");
}

/* Lengths that do not add up: nothing is taken, not even what was right. */
TEST(broken_frames) {
	const char *beyond = "a tunnel reaches beyond its end";
	const char *parts = "a tunnel's parts reach beyond its end";

	EXPECT_STREQ(DECODE("\0"), beyond);
	EXPECT_STREQ(DECODE("\0\4\0"), beyond);
	EXPECT_STREQ(DECODE(TUNNEL("\x0d") V4("\1")), beyond);
	EXPECT_STREQ(DECODE(TUNNEL("\x0c") V4("\1") "\0"), beyond);
	EXPECT_STREQ(DECODE(TUNNEL("\x0b") V4("")), parts);
	EXPECT_STREQ(DECODE(TUNNEL("\x0d") V4("\1") "\1"), parts);
	EXPECT_STREQ(DECODE(TUNNEL("\x0f") V4("\1") "\xc8\1\0"), parts);
	EXPECT_STREQ(DECODE(TUNNEL("\x0c") V4("\1") "\0\2\0\1\6"), parts);
	EXPECT_EQ(set.n, 0);
}

/* Endpoints that are wrong take their tunnel along, and no other one. */
TEST(wrong_endpoints) {
	static const char none[] = "it has no tunnel with an endpoint";

	EXPECT_STREQ(DECODE(""), none);
	EXPECT_STREQ(DECODE(TUNNEL("\0")), none);
	EXPECT_STREQ(DECODE(TUNNEL("\x18") V4("\1") V4("\2")), none);
	EXPECT_STREQ(DECODE(TUNNEL("\x07") "\6\5\0\0\0\0\0"), none);
	/* Families and lengths that do not go together, or are unknown. */
	EXPECT_STREQ(DECODE(TUNNEL("\x0c") "\6\x0a\0\0\0\0\0\2\xc0\0\2\1"),
		     none);
	EXPECT_STREQ(DECODE(TUNNEL("\x0c") "\6\x0a\0\0\0\0\0\0\xc0\0\2\1"),
		     none);
	EXPECT_STREQ(DECODE(TUNNEL("\x0c") "\6\x0a\0\0\0\0\0\7\xc0\0\2\1"),
		     none);
	EXPECT_STREQ(DECODE(TUNNEL("\x08") "\6\6\0\0\0\0\0\1"), none);
	/* Addresses that nothing can be sent to. */
	EXPECT_STREQ(DECODE(TUNNEL("\x0c") "\6\x0a\0\0\0\0\0\1\x7f\0\0\1"),
		     none);
	EXPECT_STREQ(DECODE(TUNNEL("\x0c") "\6\x0a\0\0\0\0\0\1\xa9\xfe\0\1"),
		     none);
	EXPECT_STREQ(DECODE(TUNNEL("\x0c") "\6\x0a\0\0\0\0\0\1\xe0\0\0\1"),
		     none);
	EXPECT_STREQ(DECODE(TUNNEL("\x0c") "\6\x0a\0\0\0\0\0\1\0\0\0\0"), none);
	EXPECT_STREQ(DECODE(TUNNEL("\x18") "\6\x16\0\0\0\0\0\2"
					   "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"),
		     none);
	EXPECT_STREQ(
		DECODE(TUNNEL("\x18") "\6\x16\0\0\0\0\0\2"
				      "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1"),
		none);
	/* A right one beside a wrong one. */
	EXPECT_STREQ(DECODE(TUNNEL("\x08") "\6\6\0\0\0\0\0\1" TUNNEL("\x0c")
				    V4("\1")),
		     "192.0.2.1");
}

static struct bgp_update u;

static enum bgp_verdict update(const char *attrs, size_t len)
{
	const struct bgp_update_ctx ctx = { .as4 = true,
					    .families = BGP_IPV4 | BGP_VPNV4,
					    .sgi_subtype = 0x80 };
	static uint8_t body[512], path[BGP_AS_PATH_MAX];
	struct wr w = wr_init(body, sizeof(body));
	struct bgp_error e;

	wr_u16(&w, 0);
	wr_u16(&w, len);
	wr_bytes(&w, attrs, len);
	u.path.as_path =
		(struct bgp_as_path){ .p = path, .size = sizeof(path) };
	bgp_update_decode(&u, body, w.p - body, &ctx, &e);
	return u.faults.verdict;
}

/* Origin, path; one prefix of a VPN; of none. */
#define PATH "\x40\1\1\0\x40\2\6\2\1\0\0\xfd\xe9"
#define VPN                                \
	"\x80\x0e\x1f\0\1\x80\x0c"         \
	"\0\0\0\0\0\0\0\0\xc6\x33\x64\x07" \
	"\0\x68\0\0\x31\0\0\xfb\xf4\0\0\0\1\x0a\1"
#define UNICAST "\x80\x0e\x0c\0\1\1\4\xc6\x33\x64\x07\0\x10\x0a\1"
#define COMMUNITY "\xc0\x10\x08\3\x80\0\0\xc0\0\2\2"
#define UPDATE(literal) update(literal, sizeof(literal) - 1)

TEST(in_updates) {
	EXPECT_EQ(UPDATE(VPN PATH "\xc0\x17\x10" TUNNEL("\x0c") V4("\1")),
		  BGP_ACCEPT);
	EXPECT_EQ(u.path.sgi.n, 1);
	/* Before or behind the rest, and beside a community. */
	EXPECT_EQ(UPDATE("\xc0\x17\x10" TUNNEL("\x0c") V4("\1")
				 PATH COMMUNITY VPN),
		  BGP_ACCEPT);
	EXPECT_EQ(u.path.sgi.n, 2);
	/* Elsewhere it is not looked at, right or wrong. */
	EXPECT_EQ(UPDATE(UNICAST PATH "\xc0\x17\x10" TUNNEL("\x0c") V4("\1")),
		  BGP_ACCEPT);
	EXPECT_EQ(u.path.sgi.n, 0);
	EXPECT_EQ(UPDATE(UNICAST PATH "\xc0\x17\1\0"), BGP_ACCEPT);
	/* Broken, empty, and not transitive. */
	EXPECT_EQ(UPDATE(VPN PATH "\xc0\x17\1\0"), BGP_TREAT_AS_WITHDRAW);
	EXPECT_EQ(u.faults.list[0].type, 23);
	EXPECT_EQ(UPDATE(VPN PATH "\xc0\x17\0"), BGP_TREAT_AS_WITHDRAW);
	EXPECT_EQ(UPDATE(VPN PATH "\x80\x17\x10" TUNNEL("\x0c") V4("\1")),
		  BGP_TREAT_AS_WITHDRAW);
}

TEST_HARNESS_MAIN
