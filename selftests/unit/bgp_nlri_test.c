// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bgp/nlri, and the attributes of VPN families: distinguishers, path
 * identifiers, next hops, route targets.
 */
#include "bgp/nlri.h"

#include <stdlib.h>
#include "bgp/intern.h"
#include "bgp/update.h"
#include "bgp/wire.h"
#include "kselftest_harness.h"

static struct prefix out[64];

static struct bgp_nlri list_of(uint8_t family, bool add_path, const char *p,
			       size_t n)
{
	return (struct bgp_nlri){ (const uint8_t *)p, n, family, add_path };
}

#define LIST(family, add_path, literal) \
	list_of(family, add_path, literal, sizeof(literal) - 1)

static struct prefix px(const char *text)
{
	struct prefix p;
	const char *why;

	if (!prefix_parse(text, &p, &why))
		abort();
	return p;
}

static bool is(const struct prefix *p, const char *text)
{
	struct prefix want = px(text);

	return !prefix_cmp(p, &want);
}

/* Label 3, bottom of stack; distinguisher 64500:N. */
#define VPN(n) "\x00\x00\x31\x00\x00\xfb\xf4\x00\x00\x00" n

TEST(runs_of_one_distinguisher) {
	struct bgp_nlri l = LIST(
		BGP_VPNV4, false,
		"\x68" VPN(
			"\x01") "\x0a\x01"
				"\x71" VPN(
					"\x01") "\x0a\x02\xff\xff"
						"\x58" VPN("\x02") "\x78" VPN(
							"\x01") "\x0a\x03\x04\x05");
	uint64_t id = 0;

	ASSERT_TRUE(bgp_nlri_valid(&l));
	ASSERT_EQ(bgp_nlri_take(&l, &id, out), 2);
	EXPECT_EQ(id, 0x0000fbf400000001);
	EXPECT_TRUE(is(&out[0], "10.1.0.0/16"));
	/* Bits beyond /25 are cleared, also behind a distinguisher. */
	EXPECT_TRUE(is(&out[1], "10.2.255.128/25"));
	ASSERT_EQ(bgp_nlri_take(&l, &id, out), 1);
	EXPECT_EQ(id, 0x0000fbf400000002);
	EXPECT_TRUE(is(&out[0], "0.0.0.0/0"));
	ASSERT_EQ(bgp_nlri_take(&l, &id, out), 1);
	EXPECT_TRUE(is(&out[0], "10.3.4.5/32"));
	EXPECT_EQ(bgp_nlri_take(&l, &id, out), 0);
}

TEST(vpnv6) {
	struct bgp_nlri l = LIST(BGP_VPNV6, false,
				 "\x88" VPN("\x01") "\x20\x01\x0d\xb8\x00\x07");
	uint64_t id;

	ASSERT_TRUE(bgp_nlri_valid(&l));
	ASSERT_EQ(bgp_nlri_take(&l, &id, out), 1);
	EXPECT_TRUE(is(&out[0], "2001:db8:7::/48"));
}

TEST(path_identifiers) {
	struct bgp_nlri l = LIST(BGP_IPV4, true,
				 "\x00\x00\x00\x07\x10\x0a\x01"
				 "\x00\x00\x00\x07\x10\x0a\x02"
				 "\xff\xff\xff\xff\x10\x0a\x01");
	uint64_t id;

	ASSERT_TRUE(bgp_nlri_valid(&l));
	ASSERT_EQ(bgp_nlri_take(&l, &id, out), 2);
	EXPECT_EQ(id, 7);
	ASSERT_EQ(bgp_nlri_take(&l, &id, out), 1);
	EXPECT_EQ(id, 0xffffffff);
	EXPECT_EQ(l.len, 0);
}

TEST(what_cannot_be_read) {
	const struct bgp_nlri bad[] = {
		/* No room for a label and a distinguisher. */
		LIST(BGP_VPNV4, false, "\x57" VPN("\x01")),
		LIST(BGP_VPNV4, false, "\x10\x0a\x01"),
		/* 33 bits of IPv4, 129 of IPv6. */
		LIST(BGP_VPNV4, false, "\x79" VPN("\x01") "\x0a\x01\x02\x03\0"),
		LIST(BGP_VPNV6, false, "\xd9" VPN("\x01") "0123456789abcdef\0"),
		/* Cut short. */
		LIST(BGP_VPNV4, false, "\x68" VPN("\x01") "\x0a"),
		LIST(BGP_IPV4, true, "\x00\x00\x00"),
		LIST(BGP_IPV4, true, "\x00\x00\x00\x01"),
		LIST(BGP_IPV4, true, "\x00\x00\x00\x01\x10\x0a"),
		/* A membership of less than an AS, or of more than there is. */
		LIST(BGP_RTC, false, "\x10\x00\x00"),
		LIST(BGP_RTC, false, "a0123456789abc"), /* 97 bits */
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_FALSE(bgp_nlri_valid(&bad[i]))
		{
			TH_LOG("case %zu", i);
		}
}

TEST(memberships) {
	const struct bgp_nlri l =
		LIST(BGP_RTC, false,
		     "\x00\x60\x00\x00\xfb\xf4\x00\x02\xfb\xf4\x00\x00\x00\x01"
		     "\x20\x00\x00\xfb\xf4");

	EXPECT_TRUE(bgp_nlri_valid(&l));
}

static uint8_t body[1024], path[BGP_AS_PATH_MAX];
static struct bgp_update u;
static struct bgp_error error;

static void update(const char *attrs, size_t n)
{
	static const struct bgp_update_ctx ctx = {
		.as4 = true,
		.ibgp = true,
		.families = BGP_VPNV4 | BGP_VPNV6 | BGP_RTC,
		.sgi_subtype = 0x80,
	};
	struct wr w = wr_init(body, sizeof(body));

	wr_u16(&w, 0);
	wr_u16(&w, n);
	wr_bytes(&w, attrs, n);
	memset(&error, 0, sizeof(error));
	u.path.as_path =
		(struct bgp_as_path){ .p = path, .size = sizeof(path) };
	bgp_update_decode(&u, body, w.p - body, &ctx, &error);
}

#define UPDATE(attrs) update(attrs, sizeof(attrs) - 1)
#define COMMON "\x40\x01\x01\x00\x40\x02\x00\x40\x05\x04\x00\x00\x00\x64"
#define TARGETS                            \
	"\xc0\x10\x20"                     \
	"\x00\x02\xfb\xf4\x00\x00\x00\x01" \
	"\x03\x80\x00\x00\xc0\x00\x02\x01" \
	"\x02\x02\x00\x01\x00\x00\x00\x09" \
	"\x00\x03\xfb\xf4\x00\x00\x00\x01"
#define NLRI "\x68" VPN("\x01") "\x0a\x01"

TEST(route_targets) {
	struct bgp_attrs *a, *b;

	UPDATE("\x80\x0e\x1f\x00\x01\x80\x0c\0\0\0\0\0\0\0\0\x0a\x00\x00\x01"
	       "\x00" NLRI COMMON TARGETS);
	ASSERT_EQ(u.faults.verdict, BGP_ACCEPT);
	EXPECT_EQ(u.path.mp_next_hop.family, AF_INET);
	EXPECT_EQ(u.path.mp_next_hop.b[0], 10);
	EXPECT_TRUE(u.path.vpn);
	/* An identity and a site of origin are none. */
	ASSERT_EQ(u.path.n_targets, 2);
	EXPECT_EQ(u.path.targets[1].b[0], 2);
	EXPECT_EQ(u.path.sgi.n, 1);
	a = bgp_attrs_intern(&u.path, &u.path.mp_next_hop);
	ASSERT_NE(a, NULL);
	EXPECT_EQ(memcmp(bgp_attrs_targets(a), u.path.targets, 16), 0);
	/* Others are other attributes. */
	u.path.targets[1].b[7] = 8;
	b = bgp_attrs_intern(&u.path, &u.path.mp_next_hop);
	EXPECT_NE(a, b);
	bgp_attrs_put(a);
	bgp_attrs_put(b);
	EXPECT_EQ(bgp_attrs_count(), 0);
}

TEST(next_hops) {
	/* VPNv4 over IPv6. */
	UPDATE("\x80\x0e\x2b\x00\x01\x80\x18\0\0\0\0\0\0\0\0"
	       "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x05"
	       "\x00" NLRI COMMON);
	ASSERT_EQ(u.faults.verdict, BGP_ACCEPT);
	EXPECT_EQ(u.path.mp_next_hop.family, AF_INET6);
	EXPECT_EQ(u.path.mp_next_hop.b[15], 5);
	/* An IPv4 address without a distinguisher is none. */
	UPDATE("\x80\x0e\x17\x00\x01\x80\x04\x0a\x00\x00\x01\x00" NLRI COMMON);
	EXPECT_EQ(u.faults.verdict, BGP_SESSION_RESET);
}

TEST(end_of_rib) {
	UPDATE("\x80\x0f\x03\x00\x02\x80");
	EXPECT_EQ(u.end_of_rib, BGP_VPNV6);
	UPDATE("\x80\x0f\x03\x00\x01\x84");
	EXPECT_EQ(u.end_of_rib, BGP_RTC);
	/* Not agreed on. */
	UPDATE("\x80\x0f\x03\x00\x01\x01");
	EXPECT_EQ(u.end_of_rib, 0);
}

TEST_HARNESS_MAIN
