// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bgp/attr, bgp/update: UPDATE messages in, and each case of RFC 7606.
 */
#include "bgp/update.h"

#include <stdio.h>
#include <stdlib.h>
#include "bgp/intern.h"
#include "bgp/wire.h"
#include "kselftest_harness.h"

static const struct bgp_update_ctx ebgp = { .as4 = true,
					    .families = 3,
					    .sgi_subtype = 0x80 };
static const struct bgp_update_ctx ibgp = { .as4 = true,
					    .ibgp = true,
					    .families = 3,
					    .sgi_subtype = 0x80 };
static const struct bgp_update_ctx old = { .families = 3, .sgi_subtype = 0x80 };
static const struct bgp_update_ctx ipv6_only = { .as4 = true, .families = 2 };

static uint8_t body[8192], path[BGP_AS_PATH_MAX];
static struct bgp_update u;
static struct bgp_error error;

/* Decode a whole list into out. */
static size_t nlri_all(const struct bgp_nlri *list, struct prefix *out)
{
	struct bgp_nlri rest = *list;
	uint64_t id;
	size_t n = 0, k;

	while ((k = bgp_nlri_take(&rest, &id, out + n)))
		n += k;
	return n;
}

/* Attributes, well-formed; AS_PATH 65001 in four octets. */
#define ORIGIN "\x40\x01\x01\x00"
#define AS_PATH "\x40\x02\x06\x02\x01\x00\x00\xfd\xe9"
#define NEXT_HOP "\x40\x03\x04\x0a\x00\x00\x01"
#define GOOD                                   \
	"\x40\x01\x01\x00"                     \
	"\x40\x02\x06\x02\x01\x00\x00\xfd\xe9" \
	"\x40\x03\x04\x0a\x00\x00\x01"
#define MP_HOP "\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
#define MP_REACH                                 \
	"\x80\x0e\x1c\x00\x02\x01" MP_HOP "\x00" \
	"\x30\x20\x01\x0d\xb8\x00\x09"
#define MP_UNREACH                 \
	"\x80\x0f\x0a\x00\x02\x01" \
	"\x30\x20\x01\x0d\xb8\x00\x09"
#define NLRI "\x18\xc0\x00\x02"

struct bytes {
	const char *p;
	size_t n;
};

#define BYTES(literal) ((struct bytes){ literal, sizeof(literal) - 1 })

static void update(const struct bgp_update_ctx *ctx, struct bytes withdrawn,
		   struct bytes attrs, struct bytes nlri)
{
	struct wr w = wr_init(body, sizeof(body));

	wr_u16(&w, withdrawn.n);
	wr_bytes(&w, withdrawn.p, withdrawn.n);
	wr_u16(&w, attrs.n);
	wr_bytes(&w, attrs.p, attrs.n);
	wr_bytes(&w, nlri.p, nlri.n);
	memset(&error, 0, sizeof(error));
	u.path.as_path =
		(struct bgp_as_path){ .p = path, .size = sizeof(path) };
	bgp_update_decode(&u, body, w.p - body, ctx, &error);
}

#define UPDATE(ctx, attrs, nlri) \
	update(&(ctx), BYTES(""), BYTES(attrs), BYTES(nlri))

/* Whether one fault decided, and is this one. */
static bool worst_is(uint8_t type, enum bgp_verdict verdict, uint8_t subcode)
{
	const struct bgp_fault *f = bgp_faults_worst(&u.faults);

	if (f && f->type == type && f->verdict == verdict &&
	    u.faults.verdict == verdict && f->subcode == subcode)
		return true;
	printf("# verdict %d: attribute %d, subcode %d, %s\n", u.faults.verdict,
	       f ? f->type : 0, f ? f->subcode : 0, f ? f->why : "no fault");
	return false;
}

#define EXPECT_FAULT(type, verdict, subcode) \
	EXPECT_TRUE(worst_is(type, verdict, subcode))

TEST(good) {
	struct prefix p[8];

	update(&ebgp, BYTES("\x10\x0a\x01\x00"), BYTES(GOOD), BYTES(NLRI NLRI));
	EXPECT_EQ(u.faults.verdict, BGP_ACCEPT);
	EXPECT_EQ(u.faults.n, 0);
	EXPECT_EQ(u.end_of_rib, 0);
	ASSERT_EQ(nlri_all(&u.withdrawn, p), 2);
	EXPECT_EQ(p[0].len, 16);
	EXPECT_EQ(p[1].len, 0);
	ASSERT_EQ(nlri_all(&u.reach, p), 2);
	EXPECT_EQ(p[1].len, 24);
	EXPECT_EQ(p[1].b[0], 192);
	EXPECT_EQ(u.path.next_hop.b[0], 10);
	EXPECT_EQ(u.path.as_path.len, 6);
}

TEST(bits_beyond_the_prefix_are_cleared) {
	struct prefix p[4];

	UPDATE(ebgp, GOOD, "\x09\x0a\xff");
	ASSERT_EQ(nlri_all(&u.reach, p), 1);
	EXPECT_EQ(p[0].b[1], 0x80);
}

TEST(multiprotocol) {
	struct prefix p[4];

	UPDATE(ebgp, MP_REACH ORIGIN AS_PATH, "");
	EXPECT_EQ(u.faults.verdict, BGP_ACCEPT);
	ASSERT_EQ(nlri_all(&u.path.reach, p), 1);
	EXPECT_EQ(p[0].family, AF_INET6);
	EXPECT_EQ(p[0].len, 48);
	EXPECT_EQ(u.path.mp_next_hop.family, AF_INET6);
	UPDATE(ebgp, MP_UNREACH, "");
	EXPECT_EQ(u.faults.verdict, BGP_ACCEPT);
	ASSERT_EQ(nlri_all(&u.path.unreach, p), 1);
	EXPECT_EQ(u.end_of_rib, 0);
	/* IPv4 over MP_REACH_NLRI. */
	UPDATE(ebgp,
	       "\x80\x0e\x0d\x00\x01\x01\x04\x0a\x00\x00\x01\x00" NLRI ORIGIN
		       AS_PATH,
	       "");
	EXPECT_EQ(u.faults.verdict, BGP_ACCEPT);
	ASSERT_EQ(nlri_all(&u.path.reach, p), 1);
	EXPECT_EQ(p[0].family, AF_INET);
}

TEST(next_hop_with_link_local) {
	UPDATE(ebgp,
	       "\x80\x0e\x2c\x00\x02\x01\x20"
	       "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"
	       "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"
	       "\x00\x30\x20\x01\x0d\xb8\x00\x09" ORIGIN AS_PATH,
	       "");
	EXPECT_EQ(u.faults.verdict, BGP_ACCEPT);
	EXPECT_EQ(u.path.mp_next_hop.b[15], 7);
}

/* A prefix of IPv4, or a membership, by a next hop of that length. */
static enum bgp_verdict hop_of(const struct bgp_update_ctx *ctx, uint8_t safi,
			       uint8_t len)
{
	static const char rtc[] = "\x60\0\0\xfb\xf4\0\2\xfb\xf4\0\0\0\1";
	static const char ipv4[] = "\x10\x0a\1";
	char attrs[256] = ORIGIN AS_PATH, *p = attrs;
	size_t n = safi == 1 ? sizeof(ipv4) - 1 : sizeof(rtc) - 1;

	p += sizeof(ORIGIN AS_PATH) - 1;
	*p++ = '\x80';
	*p++ = BGP_ATTR_MP_REACH;
	*p++ = 5 + len + n;
	*p++ = 0;
	*p++ = 1;
	*p++ = (char)safi;
	*p++ = (char)len;
	memset(p, 0x20, len);
	p += len + 1;
	memcpy(p, safi == 1 ? ipv4 : rtc, n);
	p += n;
	update(ctx, BYTES(""), (struct bytes){ attrs, p - attrs }, BYTES(""));
	return u.faults.verdict;
}

/* RFC 8950, which others may have agreed on, though we do not. */
TEST(next_hop_of_a_feed) {
	const struct bgp_update_ctx feed = { .as4 = true,
					     .families = BGP_IPV4 | BGP_IPV6,
					     .feed = true };

	EXPECT_EQ(hop_of(&feed, 1, 4), BGP_ACCEPT);
	EXPECT_EQ(hop_of(&feed, 1, 16), BGP_ACCEPT);
	EXPECT_EQ(u.path.mp_next_hop.family, AF_INET6);
	EXPECT_EQ(u.path.mp_next_hop.b[15], 0x20);
	EXPECT_EQ(hop_of(&feed, 1, 32), BGP_ACCEPT);
	/* Its prefixes can be read: they are lost, the feed is not. */
	EXPECT_EQ(hop_of(&feed, 1, 5), BGP_TREAT_AS_WITHDRAW);
	EXPECT_EQ(hop_of(&feed, 1, 24), BGP_TREAT_AS_WITHDRAW);
	EXPECT_EQ(u.path.reach.len, 3);
	EXPECT_EQ(hop_of(&ebgp, 1, 16), BGP_SESSION_RESET);
}

/* It is never used: RFC 4684 has 4 and 16 octets. */
TEST(next_hop_of_a_membership) {
	static const uint8_t good[] = { 4, 12, 16, 24, 32, 48 };
	const struct bgp_update_ctx vpn = { .as4 = true,
					    .families = BGP_VPNV4 | BGP_RTC };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++)
		EXPECT_EQ(hop_of(&vpn, 132, good[i]), BGP_ACCEPT);
	EXPECT_EQ(hop_of(&vpn, 132, 8), BGP_SESSION_RESET);
}

TEST(end_of_rib) {
	UPDATE(ebgp, "", "");
	EXPECT_EQ(u.end_of_rib, BGP_IPV4);
	UPDATE(ebgp, "\x80\x0f\x03\x00\x02\x01", "");
	EXPECT_EQ(u.end_of_rib, BGP_IPV6);
	UPDATE(ebgp, "\x90\x0f\x00\x03\x00\x02\x01", "");
	EXPECT_EQ(u.end_of_rib, BGP_IPV6);
	UPDATE(ipv6_only, "", "");
	EXPECT_EQ(u.end_of_rib, 0);
	/* VPNv4's is not ours. */
	UPDATE(ebgp, "\x80\x0f\x03\x00\x01\x80", "");
	EXPECT_EQ(u.end_of_rib, 0);
}

TEST(frame) {
	static const char *const bad[] = {
		"\x00\x05\x00\x00",
		"\x00\x00\x00\x01",
		"\xff\xff\xff\xff",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		u.path.as_path.p = path;
		u.path.as_path.size = sizeof(path);
		bgp_update_decode(&u, (const uint8_t *)bad[i], 4, &ebgp,
				  &error);
		EXPECT_EQ(u.faults.verdict, BGP_SESSION_RESET);
		EXPECT_EQ(error.code, BGP_ERR_UPDATE);
		EXPECT_EQ(error.subcode, BGP_UPDATE_ATTR_LIST);
	}
}

/* RFC 7606, 5.3. */
TEST(prefixes_that_cannot_be_read) {
	UPDATE(ebgp, GOOD, "\x21\x0a\x00\x00\x00\x00");
	EXPECT_FAULT(0, BGP_SESSION_RESET, BGP_UPDATE_NETWORK);
	EXPECT_EQ(error.subcode, BGP_UPDATE_NETWORK);
	UPDATE(ebgp, GOOD, "\x18\x0a\x00");
	EXPECT_FAULT(0, BGP_SESSION_RESET, BGP_UPDATE_NETWORK);
	update(&ebgp, BYTES("\x18\x0a"), BYTES(""), BYTES(""));
	EXPECT_FAULT(0, BGP_SESSION_RESET, BGP_UPDATE_NETWORK);
	UPDATE(ebgp, "\x80\x0f\x05\x00\x02\x01\x81\x20", "");
	EXPECT_FAULT(BGP_ATTR_MP_UNREACH, BGP_SESSION_RESET,
		     BGP_UPDATE_NETWORK);
}

/* 7.1 */
TEST(origin) {
	UPDATE(ebgp, "\x40\x01\x02\x00\x00" AS_PATH NEXT_HOP, NLRI);
	EXPECT_FAULT(BGP_ATTR_ORIGIN, BGP_TREAT_AS_WITHDRAW, BGP_UPDATE_LENGTH);
	UPDATE(ebgp, "\x40\x01\x01\x03" AS_PATH NEXT_HOP, NLRI);
	EXPECT_FAULT(BGP_ATTR_ORIGIN, BGP_TREAT_AS_WITHDRAW, BGP_UPDATE_ORIGIN);
	/* The octets are there for the log. */
	EXPECT_EQ(u.faults.list[0].len, 4);
	EXPECT_EQ(memcmp(u.faults.list[0].p, "\x40\x01\x01\x03", 4), 0);
}

/* 7.2 */
TEST(as_path) {
	const struct bytes bad[] = {
		/* no count */
		BYTES("\x40\x02\x01\x02"),
		/* cut short */
		BYTES("\x40\x02\x05\x02\x01\x00\x00\xfd"),
		/* overrun */
		BYTES("\x40\x02\x07\x02\x01\x00\x00\xfd\xe9\x02"),
		/* empty segment */
		BYTES("\x40\x02\x02\x02\x00"),
		/* type */
		BYTES("\x40\x02\x06\x05\x01\x00\x00\xfd\xe9"),
		BYTES("\x40\x02\x06\x00\x01\x00\x00\xfd\xe9"),
		/* confederation */
		BYTES("\x40\x02\x06\x03\x01\x00\x00\xfd\xe9"),
		/* RFC 7607 */
		BYTES("\x40\x02\x06\x02\x01\x00\x00\x00\x00"),
		/* RFC 9774: a set, and one behind a sequence */
		BYTES("\x40\x02\x06\x01\x01\x00\x00\xfd\xe9"),
		BYTES("\x40\x02\x0c\x02\x01\x00\x00\xfd\xe9"
		      "\x01\x01\x00\x00\xfd\xea"),
	};
	char attrs[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		memcpy(attrs, ORIGIN NEXT_HOP, 11);
		memcpy(attrs + 11, bad[i].p, bad[i].n);
		update(&ebgp, BYTES(""), (struct bytes){ attrs, 11 + bad[i].n },
		       BYTES(NLRI));
		EXPECT_FAULT(BGP_ATTR_AS_PATH, BGP_TREAT_AS_WITHDRAW,
			     BGP_UPDATE_AS_PATH);
	}
	/* Inside of a confederation its segments are in order. */
	UPDATE(ibgp, ORIGIN NEXT_HOP "\x40\x02\x06\x03\x01\x00\x00\xfd\xe9",
	       NLRI);
	EXPECT_EQ(u.faults.verdict, BGP_ACCEPT);
	/* But for sets. */
	UPDATE(ibgp, ORIGIN NEXT_HOP "\x40\x02\x06\x04\x01\x00\x00\xfd\xe9",
	       NLRI);
	EXPECT_FAULT(BGP_ATTR_AS_PATH, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_AS_PATH);
	/* An empty path is one. */
	UPDATE(ibgp, ORIGIN NEXT_HOP "\x40\x02\x00", NLRI);
	EXPECT_EQ(u.faults.verdict, BGP_ACCEPT);
	EXPECT_EQ(u.path.as_path.len, 0);
}

/* 7.3 */
TEST(next_hop) {
	UPDATE(ebgp, ORIGIN AS_PATH "\x40\x03\x03\x0a\x00\x00", NLRI);
	EXPECT_FAULT(BGP_ATTR_NEXT_HOP, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_LENGTH);
	UPDATE(ebgp, ORIGIN AS_PATH "\x40\x03\x04\x00\x00\x00\x00", NLRI);
	EXPECT_FAULT(BGP_ATTR_NEXT_HOP, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_NEXT_HOP);
	UPDATE(ebgp, ORIGIN AS_PATH "\x40\x03\x04\xe0\x00\x00\x01", NLRI);
	EXPECT_FAULT(BGP_ATTR_NEXT_HOP, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_NEXT_HOP);
}

/* 7.4 */
TEST(med) {
	UPDATE(ebgp, GOOD "\x80\x04\x04\x00\x00\x00\x07", NLRI);
	EXPECT_EQ(u.faults.verdict, BGP_ACCEPT);
	EXPECT_TRUE(bgp_path_has(&u.path, BGP_ATTR_MED));
	EXPECT_EQ(u.path.med, 7);
	UPDATE(ebgp, GOOD "\x80\x04\x03\x00\x00\x00", NLRI);
	EXPECT_FAULT(BGP_ATTR_MED, BGP_TREAT_AS_WITHDRAW, BGP_UPDATE_LENGTH);
}

/* 7.5 */
TEST(local_pref) {
	UPDATE(ibgp, GOOD "\x40\x05\x04\x00\x00\x00\xc8", NLRI);
	EXPECT_EQ(u.faults.verdict, BGP_ACCEPT);
	EXPECT_EQ(u.path.local_pref, 200);
	UPDATE(ibgp, GOOD "\x40\x05\x02\x00\x00", NLRI);
	EXPECT_FAULT(BGP_ATTR_LOCAL_PREF, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_LENGTH);
	UPDATE(ebgp, GOOD "\x40\x05\x04\x00\x00\x00\xc8", NLRI);
	EXPECT_FAULT(BGP_ATTR_LOCAL_PREF, BGP_DISCARD, BGP_UPDATE_OPTIONAL);
	EXPECT_FALSE(bgp_path_has(&u.path, BGP_ATTR_LOCAL_PREF));
	EXPECT_GT(u.reach.len, 0);
}

/* 7.6 and 7.7 */
TEST(aggregation) {
	UPDATE(ebgp, GOOD "\x40\x06\x01\x00", NLRI);
	EXPECT_FAULT(BGP_ATTR_ATOMIC_AGGREGATE, BGP_DISCARD,
		     BGP_UPDATE_OPTIONAL);
	UPDATE(ebgp, GOOD "\xc0\x07\x06\xfd\xe9\x0a\x00\x00\x01", NLRI);
	EXPECT_FAULT(BGP_ATTR_AGGREGATOR, BGP_DISCARD, BGP_UPDATE_OPTIONAL);
	UPDATE(old,
	       ORIGIN "\x40\x02\x04\x02\x01\xfd\xe9" NEXT_HOP
		      "\xc0\x07\x06\xfd\xe9\x0a\x00\x00\x01",
	       NLRI);
	EXPECT_EQ(u.faults.verdict, BGP_ACCEPT);
	UPDATE(ebgp, GOOD "\xc0\x07\x08\0\0\0\0\x0a\x00\x00\x01", NLRI);
	EXPECT_FAULT(BGP_ATTR_AGGREGATOR, BGP_DISCARD, BGP_UPDATE_OPTIONAL);
}

/* 7.8, 7.14, 7.15, and RFC 8092 */
TEST(communities) {
	UPDATE(ebgp, GOOD "\xc0\x08\x00", NLRI);
	EXPECT_FAULT(BGP_ATTR_COMMUNITIES, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_OPTIONAL);
	UPDATE(ebgp, GOOD "\xc0\x08\x05\0\0\0\0\0", NLRI);
	EXPECT_FAULT(BGP_ATTR_COMMUNITIES, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_OPTIONAL);
	UPDATE(ebgp, GOOD "\xc0\x10\x07\x03\x80\0\0\xc0\0\x02", NLRI);
	EXPECT_FAULT(BGP_ATTR_EXT_COMMUNITIES, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_OPTIONAL);
	UPDATE(ebgp, GOOD "\xc0\x10\x00", NLRI);
	EXPECT_FAULT(BGP_ATTR_EXT_COMMUNITIES, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_OPTIONAL);
	UPDATE(ebgp, GOOD "\xc0\x19\x08\0\0\0\0\0\0\0\0", NLRI);
	EXPECT_FAULT(BGP_ATTR_EXT_COMMUNITIES6, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_OPTIONAL);
	UPDATE(ebgp, GOOD "\xc0\x20\x04\0\0\0\0", NLRI);
	EXPECT_FAULT(BGP_ATTR_LARGE_COMMUNITIES, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_OPTIONAL);
	/* An unknown community is no error. */
	UPDATE(ebgp, GOOD "\xc0\x10\x08\x99\x99\0\0\0\0\0\0", NLRI);
	EXPECT_EQ(u.faults.verdict, BGP_ACCEPT);
	UPDATE(ebgp, GOOD "\xc0\x10\x08\x03\x80\0\0\xc0\0\x02\x63", NLRI);
	ASSERT_EQ(u.path.sgi.n, 1);
	EXPECT_EQ(u.path.sgi.sgi[0].gateway.b[3], 0x63);
}

/* 7.9 and 7.10 */
TEST(reflection) {
	UPDATE(ibgp, GOOD "\x80\x09\x04\x0a\0\0\x01\x80\x0a\x04\x0a\0\0\x02",
	       NLRI);
	EXPECT_EQ(u.faults.verdict, BGP_ACCEPT);
	EXPECT_EQ(u.path.originator_id, 0x0a000001);
	UPDATE(ibgp, GOOD "\x80\x09\x05\x0a\0\0\x01\0", NLRI);
	EXPECT_FAULT(BGP_ATTR_ORIGINATOR_ID, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_LENGTH);
	UPDATE(ibgp, GOOD "\x80\x0a\x00", NLRI);
	EXPECT_FAULT(BGP_ATTR_CLUSTER_LIST, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_OPTIONAL);
	UPDATE(ebgp, GOOD "\x80\x09\x04\x0a\0\0\x01", NLRI);
	EXPECT_FAULT(BGP_ATTR_ORIGINATOR_ID, BGP_DISCARD, BGP_UPDATE_OPTIONAL);
	UPDATE(ebgp, GOOD "\x80\x0a\x04\x0a\0\0\x01", NLRI);
	EXPECT_FAULT(BGP_ATTR_CLUSTER_LIST, BGP_DISCARD, BGP_UPDATE_OPTIONAL);
}

/* 7.11 and 7.12 */
TEST(multiprotocol_faults) {
	/* A next hop of 5 octets: the prefixes cannot be found. */
	UPDATE(ebgp,
	       ORIGIN AS_PATH
	       "\x80\x0e\x0b\x00\x02\x01\x05\0\0\0\0\x01\x00\x00",
	       "");
	EXPECT_FAULT(BGP_ATTR_MP_REACH, BGP_SESSION_RESET, BGP_UPDATE_OPTIONAL);
	EXPECT_EQ(error.code, BGP_ERR_UPDATE);
	EXPECT_EQ(error.data_len, 14);
	UPDATE(ebgp, "\x80\x0e\x04\x00\x02\x01\x10", "");
	EXPECT_FAULT(BGP_ATTR_MP_REACH, BGP_SESSION_RESET, BGP_UPDATE_OPTIONAL);
	UPDATE(ebgp, "\x80\x0f\x02\x00\x02", "");
	EXPECT_FAULT(BGP_ATTR_MP_UNREACH, BGP_SESSION_RESET,
		     BGP_UPDATE_OPTIONAL);
	/* A next hop that no host has can be withdrawn. */
	UPDATE(ebgp,
	       ORIGIN AS_PATH "\x80\x0e\x1c\x00\x02\x01\x10"
			      "\xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x00"
			      "\x30\x20\x01\x0d\xb8\x00\x09",
	       "");
	EXPECT_FAULT(BGP_ATTR_MP_REACH, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_OPTIONAL);
	EXPECT_EQ(u.path.reach.len, 7);
	/* A family that was not negotiated. */
	UPDATE(ebgp, ORIGIN AS_PATH "\x80\x0e\x06\x00\x01\x80\x00\x00\x00", "");
	EXPECT_FAULT(BGP_ATTR_MP_REACH, BGP_DISCARD, BGP_UPDATE_OPTIONAL);
	EXPECT_EQ(u.path.reach.len, 0);
	UPDATE(ipv6_only, GOOD, NLRI);
	EXPECT_EQ(u.faults.verdict, BGP_DISCARD);
	EXPECT_EQ(u.reach.len, 0);
}

/* 3 c */
TEST(flags) {
	UPDATE(ebgp, "\xc0\x01\x01\x00" AS_PATH NEXT_HOP, NLRI);
	EXPECT_FAULT(BGP_ATTR_ORIGIN, BGP_TREAT_AS_WITHDRAW, BGP_UPDATE_FLAGS);
	UPDATE(ebgp, GOOD "\x40\x10\x08\x03\x80\0\0\xc0\0\x02\x63", NLRI);
	EXPECT_FAULT(BGP_ATTR_EXT_COMMUNITIES, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_FLAGS);
	UPDATE(ebgp, GOOD "\xc0\x04\x04\0\0\0\0", NLRI);
	EXPECT_FAULT(BGP_ATTR_MED, BGP_TREAT_AS_WITHDRAW, BGP_UPDATE_FLAGS);
	/* Partial, and the bits without a meaning, are no conflict. */
	UPDATE(ebgp, GOOD "\xef\x10\x08\x03\x80\0\0\xc0\0\x02\x63", NLRI);
	EXPECT_NE(u.faults.verdict, BGP_SESSION_RESET);
	UPDATE(ebgp, GOOD "\xe0\x10\x08\x03\x80\0\0\xc0\0\x02\x63", NLRI);
	EXPECT_EQ(u.faults.verdict, BGP_ACCEPT);
	UPDATE(ebgp, MP_REACH ORIGIN "\x80\x02\x00", "");
	EXPECT_FAULT(BGP_ATTR_AS_PATH, BGP_TREAT_AS_WITHDRAW, BGP_UPDATE_FLAGS);
}

/* 3 d */
TEST(mandatory) {
	UPDATE(ebgp, AS_PATH NEXT_HOP, NLRI);
	EXPECT_FAULT(BGP_ATTR_ORIGIN, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_MISSING);
	UPDATE(ebgp, ORIGIN NEXT_HOP, NLRI);
	EXPECT_FAULT(BGP_ATTR_AS_PATH, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_MISSING);
	UPDATE(ebgp, ORIGIN AS_PATH, NLRI);
	EXPECT_FAULT(BGP_ATTR_NEXT_HOP, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_MISSING);
	UPDATE(ebgp, "", NLRI);
	EXPECT_EQ(u.faults.verdict, BGP_TREAT_AS_WITHDRAW);
	EXPECT_EQ(u.faults.n, 3);
	UPDATE(ebgp, MP_REACH, "");
	EXPECT_EQ(u.faults.n, 2);
	/* Nothing is due where nothing is reached. */
	update(&ebgp, BYTES(NLRI), BYTES(""), BYTES(""));
	EXPECT_EQ(u.faults.verdict, BGP_ACCEPT);
}

/* 3 g */
TEST(twice) {
	UPDATE(ebgp, GOOD "\x40\x01\x01\x02", NLRI);
	EXPECT_FAULT(BGP_ATTR_ORIGIN, BGP_DISCARD, BGP_UPDATE_OPTIONAL);
	EXPECT_EQ(u.path.origin, 0);
	UPDATE(ebgp, MP_REACH MP_REACH ORIGIN AS_PATH, "");
	EXPECT_FAULT(BGP_ATTR_MP_REACH, BGP_SESSION_RESET,
		     BGP_UPDATE_ATTR_LIST);
	UPDATE(ebgp, MP_UNREACH MP_UNREACH, "");
	EXPECT_FAULT(BGP_ATTR_MP_UNREACH, BGP_SESSION_RESET,
		     BGP_UPDATE_ATTR_LIST);
}

/* 3 h: the strongest counts, whatever the order. */
TEST(several_faults) {
	UPDATE(ebgp,
	       GOOD "\x40\x06\x01\x00"
		    "\x80\x04\x01\x00"
		    "\x40\x05\x04\x00\x00\x00\xc8",
	       NLRI);
	EXPECT_FAULT(BGP_ATTR_MED, BGP_TREAT_AS_WITHDRAW, BGP_UPDATE_LENGTH);
	EXPECT_EQ(u.faults.n, 3);
}

/* Section 4: an attribute that reaches beyond the end. */
TEST(length_beyond_the_end) {
	UPDATE(ebgp, GOOD "\x80\x04\x05\x00\x00\x00\x00", NLRI);
	EXPECT_FAULT(BGP_ATTR_MED, BGP_TREAT_AS_WITHDRAW, BGP_UPDATE_LENGTH);
	EXPECT_EQ(u.reach.len, 4);
	UPDATE(ebgp, GOOD "\x80", NLRI);
	EXPECT_EQ(u.faults.verdict, BGP_TREAT_AS_WITHDRAW);
	UPDATE(ebgp, GOOD "\x90\x04\x00", NLRI);
	EXPECT_EQ(u.faults.verdict, BGP_TREAT_AS_WITHDRAW);
}

/* 5.2: without prefixes to withdraw the session has to go. */
TEST(nothing_to_withdraw) {
	UPDATE(ebgp, "\x40\x01\x02\x00\x00", "");
	EXPECT_FAULT(BGP_ATTR_ORIGIN, BGP_SESSION_RESET, BGP_UPDATE_LENGTH);
	EXPECT_EQ(error.code, BGP_ERR_UPDATE);
	EXPECT_EQ(error.subcode, BGP_UPDATE_LENGTH);
	/* The attribute is quoted. */
	EXPECT_EQ(error.data_len, 5);
	UPDATE(ebgp, "\x80\x0e\xff\x00\x02\x01\x10", "");
	EXPECT_EQ(u.faults.verdict, BGP_SESSION_RESET);
	/* What is only discarded does no harm. */
	UPDATE(ebgp, MP_UNREACH "\x40\x06\x01\x00", "");
	EXPECT_EQ(u.faults.verdict, BGP_DISCARD);
}

TEST(unknown_attributes) {
	UPDATE(ebgp,
	       GOOD "\xc0\x63\x03\x01\x02\x03"
		    "\x80\x64\x00",
	       NLRI);
	EXPECT_EQ(u.faults.verdict, BGP_ACCEPT);
	UPDATE(ebgp, GOOD "\x40\x63\x03\x01\x02\x03", NLRI);
	EXPECT_FAULT(0x63, BGP_SESSION_RESET, BGP_UPDATE_WELL_KNOWN);
	EXPECT_EQ(error.subcode, BGP_UPDATE_WELL_KNOWN);
	EXPECT_EQ(error.data_len, 6);
}

#define OLD_PATH "\x40\x02\x08\x02\x03\xfd\xe9\x5b\xa0\x5b\xa0"
#define AS4_PATH "\xc0\x11\x0a\x02\x02\x00\x03\x0d\x40\x00\x03\x0d\x41"

TEST(as4_path_merge) {
	UPDATE(old, ORIGIN NEXT_HOP OLD_PATH AS4_PATH, NLRI);
	EXPECT_EQ(u.faults.verdict, BGP_ACCEPT);
	EXPECT_EQ(bgp_as_path_hops(path, u.path.as_path.len), 3);
	EXPECT_EQ(bgp_as_path_first(path, u.path.as_path.len), 65001);
	EXPECT_TRUE(bgp_as_path_contains(path, u.path.as_path.len, 200000));
	EXPECT_TRUE(bgp_as_path_contains(path, u.path.as_path.len, 200001));
	EXPECT_FALSE(bgp_as_path_contains(path, u.path.as_path.len, 23456));
}

/* RFC 6793, 6: these segments are discarded, and the others count. */
TEST(as4_path_with_confederation) {
	/* (64512) 200000, (64513 64514) 200001. */
	UPDATE(old,
	       ORIGIN NEXT_HOP OLD_PATH
	       "\xc0\x11\x1c"
	       "\x03\x01\x00\x00\xfc\x00"
	       "\x02\x01\x00\x03\x0d\x40"
	       "\x03\x02\x00\x00\xfc\x01\x00\x00\xfc\x02"
	       "\x02\x01\x00\x03\x0d\x41",
	       NLRI);
	EXPECT_EQ(u.faults.verdict, BGP_ACCEPT);
	EXPECT_EQ(u.faults.n, 0);
	EXPECT_EQ(bgp_as_path_hops(path, u.path.as_path.len), 3);
	EXPECT_EQ(u.path.as_path.len, 3 * 6);
	EXPECT_EQ(bgp_as_path_first(path, u.path.as_path.len), 65001);
	EXPECT_TRUE(bgp_as_path_contains(path, u.path.as_path.len, 200000));
	EXPECT_TRUE(bgp_as_path_contains(path, u.path.as_path.len, 200001));
	EXPECT_FALSE(bgp_as_path_contains(path, u.path.as_path.len, 64512));
	EXPECT_FALSE(bgp_as_path_contains(path, u.path.as_path.len, 64514));
	/* Nothing else in it: AS_PATH stays. */
	UPDATE(old,
	       ORIGIN NEXT_HOP OLD_PATH "\xc0\x11\x06\x03\x01\x00\x00\xfc\x00",
	       NLRI);
	EXPECT_EQ(u.faults.verdict, BGP_ACCEPT);
	EXPECT_EQ(bgp_as_path_hops(path, u.path.as_path.len), 3);
	EXPECT_TRUE(bgp_as_path_contains(path, u.path.as_path.len, 23456));
	EXPECT_FALSE(bgp_as_path_contains(path, u.path.as_path.len, 64512));
	/* A set of them is a set all the same, RFC 9774. */
	UPDATE(old,
	       ORIGIN NEXT_HOP OLD_PATH "\xc0\x11\x06\x04\x01\x00\x00\xfc\x00",
	       NLRI);
	EXPECT_FAULT(BGP_ATTR_AS4_PATH, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_AS_PATH);
}

TEST(as4_path_that_does_not_count) {
	/* Longer than AS_PATH. */
	UPDATE(old, ORIGIN NEXT_HOP "\x40\x02\x04\x02\x01\x5b\xa0" AS4_PATH,
	       NLRI);
	EXPECT_TRUE(bgp_as_path_contains(path, u.path.as_path.len, 23456));
	/* An AGGREGATOR that is not AS_TRANS: an old speaker aggregated. */
	UPDATE(old,
	       ORIGIN NEXT_HOP OLD_PATH AS4_PATH
	       "\xc0\x07\x06\xfd\xe9\x0a\x00\x00\x01",
	       NLRI);
	EXPECT_TRUE(bgp_as_path_contains(path, u.path.as_path.len, 23456));
	/* From a speaker that should know better: discarded. */
	UPDATE(ebgp, GOOD AS4_PATH, NLRI);
	EXPECT_FAULT(BGP_ATTR_AS4_PATH, BGP_DISCARD, BGP_UPDATE_OPTIONAL);
	/* Malformed: discarded, RFC 6793, 6. */
	UPDATE(old, ORIGIN NEXT_HOP OLD_PATH "\xc0\x11\x03\x02\x01\x00", NLRI);
	EXPECT_FAULT(BGP_ATTR_AS4_PATH, BGP_DISCARD, BGP_UPDATE_OPTIONAL);
	/* A set in it is no such fault, RFC 9774. */
	UPDATE(old,
	       ORIGIN NEXT_HOP OLD_PATH "\xc0\x11\x06\x01\x01\x00\x03\x0d\x41",
	       NLRI);
	EXPECT_FAULT(BGP_ATTR_AS4_PATH, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_AS_PATH);
	UPDATE(old, ORIGIN NEXT_HOP "\x40\x02\x04\x01\x01\x5b\xa0", NLRI);
	EXPECT_FAULT(BGP_ATTR_AS_PATH, BGP_TREAT_AS_WITHDRAW,
		     BGP_UPDATE_AS_PATH);
}

TEST(hops) {
	static const uint8_t p[] = { 3, 1, 0, 0, 0, 9, 2, 2, 0, 0, 0, 1, 0,
				     0, 0, 2, 1, 2, 0, 0, 0, 3, 0, 0, 0, 4 };

	/* A confederation counts nothing, a set one. */
	EXPECT_EQ(bgp_as_path_hops(p, sizeof(p)), 3);
	EXPECT_EQ(bgp_as_path_first(p, sizeof(p)), 0);
	EXPECT_EQ(bgp_as_path_first(p + 6, sizeof(p) - 6), 1);
	EXPECT_EQ(bgp_as_path_first(p, 0), 0);
}

/* Every cut of a good message is refused or read, within its bounds. */
TEST(cut_anywhere) {
	static const char whole[] =
		"\x00\x04\x18\x0a\x00\x01\x00\x4c" MP_REACH ORIGIN AS_PATH
			NEXT_HOP "\xc0\x10\x08\x03\x80\0\0\xc0\0\x02\x63"
		"\x40\x05\x04\0\0\0\x64"
		"\x80\x04\x04\0\0\0\x01" NLRI;
	size_t n;

	for (n = 4; n < sizeof(whole); n++) {
		uint8_t *exact = malloc(n);

		memcpy(exact, whole, n);
		u.path.as_path.p = path;
		u.path.as_path.size = sizeof(path);
		bgp_update_decode(&u, exact, n, &ibgp, &error);
		free(exact);
	}
	EXPECT_EQ(u.faults.verdict, BGP_ACCEPT);
}

TEST(interning) {
	struct addr hop = { .family = AF_INET, .b = { 10, 0, 0, 1 } };
	struct bgp_attrs *a, *b, *c;

	UPDATE(ebgp, GOOD "\xc0\x10\x08\x03\x80\0\0\xc0\0\x02\x63", NLRI);
	a = bgp_attrs_intern(&u.path, &hop);
	b = bgp_attrs_intern(&u.path, &hop);
	ASSERT_NE(a, NULL);
	EXPECT_EQ(a, b);
	EXPECT_EQ(a->refs, 2);
	EXPECT_EQ(a->as_hops, 1);
	EXPECT_EQ(a->neighbor_as, 65001);
	ASSERT_EQ(a->n_sgi, 1);
	hop.b[3] = 2;
	c = bgp_attrs_intern(&u.path, &hop);
	EXPECT_NE(a, c);
	u.path.sgi.sgi[0].flags = 1;
	hop.b[3] = 1;
	b = bgp_attrs_intern(&u.path, &hop);
	EXPECT_NE(a, b);
	EXPECT_EQ(bgp_attrs_count(), 3);
	bgp_attrs_put(a);
	bgp_attrs_put(a);
	bgp_attrs_put(b);
	bgp_attrs_put(c);
	EXPECT_EQ(bgp_attrs_count(), 0);
}

TEST(interning_many) {
	enum { N = 5000 };
	struct addr hop = { .family = AF_INET, .b = { 10 } };
	struct bgp_attrs **all = calloc(N, sizeof(*all));
	unsigned int i;

	UPDATE(ebgp, GOOD, NLRI);
	for (i = 0; i < N; i++) {
		u.path.med = i;
		all[i] = bgp_attrs_intern(&u.path, &hop);
		ASSERT_NE(all[i], NULL);
	}
	EXPECT_EQ(bgp_attrs_count(), N);
	for (i = 0; i < N; i++) {
		u.path.med = i;
		EXPECT_EQ(bgp_attrs_intern(&u.path, &hop), all[i]);
		bgp_attrs_put(all[i]);
		bgp_attrs_put(all[i]);
	}
	EXPECT_EQ(bgp_attrs_count(), 0);
	free(all);
}

TEST_HARNESS_MAIN
