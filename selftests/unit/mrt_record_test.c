// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mrt/record: records as routers write them, cut short at every octet, and
 * wrong; and that a table's path is the UPDATE that it was.
 */
#include "mrt/record.h"

#include <stdlib.h>
#include "bgp/update.h"
#include "bgp/wire.h"
#include "kselftest_harness.h"

static const char *why;
static uint8_t out[MRT_UPDATE_MAX];

#define BYTES(literal) rd_init(literal, sizeof(literal) - 1)
#define ATTRS                                  \
	"\x40\x01\x01\x00"                     \
	"\x40\x02\x06\x02\x01\x00\x00\xfd\xe9" \
	"\x40\x03\x04\x0a\x00\x00\x01"
#define HOP6 "\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"

TEST(header) {
	uint8_t h16[] = { 0, 0, 0, 1, 0, 16, 0, 4, 0, 0, 0, 9 };
	struct mrt_header h;
	size_t n;

	for (n = 0; n < sizeof(h16); n++)
		EXPECT_EQ(0, mrt_header_decode(h16, n, &h, &why));
	ASSERT_EQ(1, mrt_header_decode(h16, n, &h, &why));
	EXPECT_EQ(MRT_MESSAGE, h.kind);
	EXPECT_EQ(9, h.len);
	h16[7] = 5;
	mrt_header_decode(h16, n, &h, &why);
	EXPECT_EQ(MRT_STATE, h.kind);
	h16[7] = 12;
	mrt_header_decode(h16, n, &h, &why);
	EXPECT_EQ(MRT_OTHER, h.kind);
	h16[5] = 13;
	mrt_header_decode(h16, n, &h, &why);
	EXPECT_EQ(MRT_RIB, h.kind);
	h16[7] = 1;
	mrt_header_decode(h16, n, &h, &why);
	EXPECT_EQ(MRT_INDEX, h.kind);
	h16[7] = 3; /* multicast */
	mrt_header_decode(h16, n, &h, &why);
	EXPECT_EQ(MRT_OTHER, h.kind);
	h16[8] = 1;
	EXPECT_EQ(-1, mrt_header_decode(h16, n, &h, &why));
}

#define INDEX                            \
	"\xc0\0\2\1\0\4view\0\2"         \
	"\0\xc0\0\2\2\x0a\0\0\2\xfd\xe9" \
	"\3\xc0\0\2\3\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\3\xfa\x56\xea\1"

/* How many peers of the first n octets could be read; -1: no index. */
static int index_peers(const char *p, size_t n, struct mrt_peer *peers)
{
	uint8_t *own = malloc(n + 1);
	struct rd r = rd_init(own, n);
	uint16_t claimed;
	int got = 0;

	memcpy(own, p, n);
	if (!mrt_index_begin(&r, &claimed, &why))
		got = -1;
	else
		while (got < claimed && mrt_index_next(&r, &peers[got], &why))
			got++;
	free(own);
	return got;
}

TEST(compressed) {
	/* What the compressors make of an MRT file begins like this. */
	static const struct {
		const char *begin, *by;
	} kinds[] = {
		{ "\x1f\x8b\x08\0\0\0\0\0\0\x03\x63\x60", "gzip" },
		{ "BZh91AY&SY\x5d\x06", "bzip2" },
		{ "\xfd\x37zXZ\0\0\x04\xe6\xd6\xb4\x46", "xz" },
		{ "\x28\xb5\x2f\xfd\x04\x58\x71\0\0\x10\0\0", "zstd" },
	};
	struct mrt_header h;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		why = "";
		EXPECT_EQ(-1, mrt_header_decode((const uint8_t *)kinds[i].begin,
						MRT_HEADER_LEN, &h, &why));
		EXPECT_NE(NULL, strstr(why, kinds[i].by));
	}
}

TEST(peer_index) {
	static const char index[] = INDEX;
	const size_t len = sizeof(index) - 1;
	struct mrt_peer peers[2];
	size_t n;

	for (n = 0; n < len; n++)
		EXPECT_EQ(n < 12 ? -1 : n >= 23, index_peers(index, n, peers));
	ASSERT_EQ(2, index_peers(index, len, peers));
	EXPECT_EQ(AF_INET, peers[0].address.family);
	EXPECT_EQ(65001, peers[0].as);
	EXPECT_EQ(0xc0000202, peers[0].router_id);
	EXPECT_EQ(AF_INET6, peers[1].address.family);
	EXPECT_EQ(3, peers[1].address.b[15]);
	EXPECT_EQ(4200000001, peers[1].as);
}

/* One path of a record; false where either cannot be read. */
static bool one(uint16_t subtype, struct rd r, struct mrt_rib *rib,
		struct mrt_path *path)
{
	const struct mrt_header h = { .kind = MRT_RIB,
				      .type = 13,
				      .subtype = subtype };

	return mrt_rib_begin(&r, &h, rib, &why) && rib->n == 1 &&
	       mrt_rib_next(&r, rib, path, &why);
}

static struct bgp_update u;
static uint8_t as_path[BGP_AS_PATH_MAX];
static struct prefix prefixes[8];

/* What the UPDATE made of a path reaches: "10.1.0.0/16 id 7", or the error. */
static const char *reached(const struct mrt_rib *rib,
			   const struct mrt_path *path)
{
	const struct bgp_update_ctx ctx = {
		.as4 = true,
		.ibgp = true,
		.families = BGP_IPV4 | BGP_IPV6 | BGP_VPNV4 | BGP_VPNV6,
		.add_path = rib->add_path ? rib->family : 0,
		.sgi_subtype = 0x80,
	};
	char text[PREFIX_STRLEN];
	static char said[96];
	struct bgp_nlri list;
	struct bgp_error e;
	uint64_t id = 0;
	size_t len, n;

	len = mrt_path_update(rib, path, out, &why);
	if (!len)
		return why;
	u.path.as_path =
		(struct bgp_as_path){ .p = as_path, .size = sizeof(as_path) };
	bgp_update_decode(&u, out, len, &ctx, &e);
	if (u.faults.verdict)
		return bgp_faults_worst(&u.faults)->why;
	list = u.reach.len ? u.reach : u.path.reach;
	n = bgp_nlri_take(&list, &id, prefixes);
	snprintf(said, sizeof(said), "%zu: %s id %llx", n,
		 prefix_format(&prefixes[0], text), (unsigned long long)id);
	return said;
}

#define RIB4 "\0\0\0\1\x10\x0a\x01\0\1\0\1\0\0\0\5\0\x14" ATTRS

TEST(table) {
	static const char rib4[] = RIB4;
	const size_t len = sizeof(rib4) - 1;
	struct mrt_path path;
	struct mrt_rib rib;
	size_t n;

	for (n = 0; n < len; n++) {
		uint8_t *own = malloc(n + 1);

		memcpy(own, rib4, n);
		EXPECT_FALSE(one(2, rd_init(own, n), &rib, &path));
		free(own);
	}
	ASSERT_TRUE(one(2, BYTES(rib4), &rib, &path));
	EXPECT_EQ(BGP_IPV4, rib.family);
	EXPECT_EQ(1, path.peer);
	EXPECT_STREQ("1: 10.1.0.0/16 id 0", reached(&rib, &path));
	EXPECT_EQ(10, u.path.next_hop.b[0]);
	/* A path identifier (RFC 8050). */
	ASSERT_TRUE(one(
		8,
		BYTES("\0\0\0\1\x10\x0a\x01\0\1\0\1\0\0\0\5\0\0\0\7\0\x14" ATTRS),
		&rib, &path));
	EXPECT_STREQ("1: 10.1.0.0/16 id 7", reached(&rib, &path));
}

#define HEAD4 "\x40\x01\x01\x00\x40\x02\x00"

TEST(table_next_hops) {
	struct mrt_path path;
	struct mrt_rib rib;

	/* The next hop alone, as it should be. */
	ASSERT_TRUE(one(
		4,
		BYTES("\0\0\0\1\x20\x20\x01\x0d\xb8\0\1\0\1\0\0\0\5\0\x1b" HEAD4
		      "\x80\x0e\x11" HOP6),
		&rib, &path));
	EXPECT_STREQ("1: 2001:db8::/32 id 0", reached(&rib, &path));
	EXPECT_EQ(1, u.path.mp_next_hop.b[15]);
	/* The whole attribute, as some write it. */
	ASSERT_TRUE(one(
		4,
		BYTES("\0\0\0\1\x20\x20\x01\x0d\xb8\0\1\0\1\0\0\0\5\0\x21" HEAD4
		      "\x80\x0e\x17\0\2\1" HOP6 "\0\x10\x20\x02"),
		&rib, &path));
	EXPECT_STREQ("1: 2001:db8::/32 id 0", reached(&rib, &path));
	/* None. */
	ASSERT_TRUE(one(
		4,
		BYTES("\0\0\0\1\x20\x20\x01\x0d\xb8\0\1\0\1\0\0\0\5\0\7" HEAD4),
		&rib, &path));
	EXPECT_STREQ("it has no next hop", reached(&rib, &path));
	ASSERT_TRUE(one(
		4,
		BYTES("\0\0\0\1\x20\x20\x01\x0d\xb8\0\1\0\1\0\0\0\5\0\x0c" HEAD4
		      "\x80\x0e\x02\x10\x20"),
		&rib, &path));
	EXPECT_STREQ("its next hop cannot be read", reached(&rib, &path));
	ASSERT_TRUE(one(2, BYTES("\0\0\0\1\x08\x0a\0\1\0\1\0\0\0\5\0\7" HEAD4),
			&rib, &path));
	EXPECT_STREQ("the UPDATE lacks it", reached(&rib, &path));
	ASSERT_TRUE(one(2,
			BYTES("\0\0\0\1\x08\x0a\0\1\0\1\0\0\0\5\0\3\x40\1\2"),
			&rib, &path));
	EXPECT_STREQ("its attributes are cut short", reached(&rib, &path));
}

TEST(table_of_any_family) {
	struct mrt_path path;
	struct mrt_rib rib;

	/* VPNv4: label 100, distinguisher 65000:2, 10.41/16. */
	ASSERT_TRUE(one(6,
			BYTES("\0\0\0\1\0\1\x80"
			      "\x68\0\x06\x41\0\0\xfd\xe8\0\0\0\2\x0a\x29"
			      "\0\1\0\1\0\0\0\5\0\x17" HEAD4
			      "\x80\x0e\x0d\x0c\0\0\0\0\0\0\0\0\x0a\0\0\1"),
			&rib, &path));
	EXPECT_EQ(BGP_VPNV4, rib.family);
	EXPECT_STREQ("1: 10.41.0.0/16 id fde800000002", reached(&rib, &path));
	/* One that nobody here knows. */
	ASSERT_TRUE(one(6, BYTES("\0\0\0\1\0\x19\x46\0\0\1\0\1\0\0\0\5\0\0"),
			&rib, &path));
	EXPECT_EQ(0, rib.family);
}

#define SESSION "\xfd\xe9\xfd\xe8\0\0\0\1\x0a\0\0\1\x0a\0\0\2"

TEST(sessions) {
	static const char state[] = SESSION "\0\6\0\1";
	struct mrt_header h = { .kind = MRT_STATE, .type = 16 };
	const size_t len = sizeof(state) - 1;
	struct mrt_session s;
	size_t n;

	for (n = 0; n < len; n++) {
		uint8_t *own = malloc(n + 1);

		memcpy(own, state, n);
		EXPECT_FALSE(mrt_session_decode(rd_init(own, n), &h, &s, &why));
		free(own);
	}
	ASSERT_TRUE(mrt_session_decode(BYTES(state), &h, &s, &why));
	EXPECT_EQ(65001, s.peer.as);
	EXPECT_EQ(65000, s.local_as);
	EXPECT_EQ(6, s.from);
	EXPECT_EQ(1, s.to);
	EXPECT_EQ(1, s.peer.address.b[3]);
	h.kind = MRT_MESSAGE;
	h.subtype = 1;
	ASSERT_TRUE(mrt_session_decode(BYTES(state), &h, &s, &why));
	EXPECT_EQ(4, rd_left(&s.message));
	EXPECT_FALSE(s.as4 || s.add_path || s.local);
	/* With microseconds, large ASes, IPv6, and path identifiers. */
	h.type = 17;
	h.subtype = 9;
	ASSERT_TRUE(mrt_session_decode(
		BYTES("\0\1\2\3\xfa\x56\xea\1\0\0\xfd\xe8\0\0\0\2"
		      "0123456789abcdefABCDEFGHIJKLMNOP!"),
		&h, &s, &why));
	EXPECT_EQ(4200000001, s.peer.as);
	EXPECT_EQ(AF_INET6, s.peer.address.family);
	EXPECT_EQ('!', *s.message.p);
	EXPECT_TRUE(s.as4 && s.add_path && !s.local);
	h.subtype = 11;
	ASSERT_TRUE(mrt_session_decode(
		BYTES("\0\1\2\3\xfa\x56\xea\1\0\0\xfd\xe8\0\0\0\2"
		      "0123456789abcdefABCDEFGHIJKLMNOP"),
		&h, &s, &why));
	EXPECT_TRUE(s.local);
	h.type = 16;
	h.subtype = 1;
	EXPECT_FALSE(mrt_session_decode(BYTES("\0\1\0\2\0\0\0\3" SESSION), &h,
					&s, &why));
	EXPECT_STREQ("its session is of an unknown address family", why);
}

TEST_HARNESS_MAIN
