// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bmp/msg: messages as a router sends them, cut short at every octet, and
 * wrong.
 */
#include "bmp/msg.h"

#include <stdlib.h>
#include "kselftest_harness.h"

static uint8_t buf[1024];
static const char *why;

/* In memory of its own, so that a read beyond it is seen. */
static struct rd copy_of(const uint8_t *p, size_t n, uint8_t **own)
{
	*own = malloc(n ? n : 1);
	memcpy(*own, p, n);
	return rd_init(*own, n);
}

static size_t put_peer(uint8_t type, uint8_t flags, uint64_t rd)
{
	struct wr w = wr_init(buf, sizeof(buf));

	wr_u8(&w, type);
	wr_u8(&w, flags);
	wr_u32(&w, rd >> 32);
	wr_u32(&w, (uint32_t)rd);
	wr_bytes(&w, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\xcb\0\x71\x07", 16);
	wr_u32(&w, 64501);
	wr_u32(&w, 0xc0000265);
	wr_u32(&w, 1);
	wr_u32(&w, 2);
	return w.p - buf;
}

static void put_open(struct wr *w, uint32_t as, bool add_path)
{
	const struct bgp_open o = {
		.as = as,
		.router_id = as,
		.hold_time = 90,
		.families = BGP_IPV4 | BGP_VPNV4,
		.multiprotocol = true,
		.as4 = true,
		.add_path_send = add_path ? BGP_IPV4 : 0,
		.add_path_receive = add_path ? BGP_IPV4 : 0,
	};

	bgp_open_encode(w, &o);
}

TEST(header) {
	const uint8_t good[] = { 3, 0, 0, 0, 6, 4 };
	uint8_t bad[] = { 3, 0, 0, 0, 5, 4 };
	struct bmp_header h;
	size_t n;

	for (n = 0; n < sizeof(good); n++)
		EXPECT_EQ(0, bmp_header_decode(good, n, &h, &why));
	EXPECT_EQ(1, bmp_header_decode(good, n, &h, &why));
	EXPECT_EQ(6, h.len);
	EXPECT_EQ(BMP_INITIATION, h.type);
	EXPECT_EQ(-1, bmp_header_decode(bad, 6, &h, &why));
	EXPECT_STREQ("no message is that long", why);
	bad[1] = 1;
	EXPECT_EQ(-1, bmp_header_decode(bad, 6, &h, &why));
	/* Another version is seen in the very first octet. */
	bad[0] = 1;
	EXPECT_EQ(-1, bmp_header_decode(bad, 1, &h, &why));
}

TEST(peer_header) {
	static const struct {
		uint8_t type, flags;
		enum bmp_rib rib;
		uint8_t family;
		bool as2;
	} cases[] = {
		{ 0, 0x00, BMP_PRE_POLICY, AF_INET, false },
		{ 0, 0x80, BMP_PRE_POLICY, AF_INET6, false },
		{ 1, 0x40, BMP_POST_POLICY, AF_INET, false },
		{ 2, 0xe0, BMP_POST_POLICY, AF_INET6, true },
		{ 0, 0x10, BMP_RIB_OUT, AF_INET, false },
		{ 0, 0x50, BMP_RIB_OUT, AF_INET, false },
		{ 3, 0xa0, BMP_LOC_RIB, 0, false },
	};
	struct bmp_peer_header h;
	size_t i, n, len;
	uint8_t *own;
	struct rd r;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		len = put_peer(cases[i].type, cases[i].flags, 0x100000002ULL);
		for (n = 0; n < len; n++) {
			r = copy_of(buf, n, &own);
			EXPECT_FALSE(bmp_peer_header_decode(&r, &h, &why));
			free(own);
		}
		r = rd_init(buf, len);
		ASSERT_TRUE(bmp_peer_header_decode(&r, &h, &why));
		EXPECT_EQ(0, rd_left(&r));
		EXPECT_EQ(cases[i].rib, h.rib);
		EXPECT_EQ(cases[i].family, h.address.family);
		EXPECT_EQ(cases[i].as2, h.as2);
		EXPECT_EQ(0x100000002ULL, h.distinguisher);
		EXPECT_EQ(64501, h.as);
		EXPECT_EQ(0xc0000265, h.router_id);
		if (h.address.family == AF_INET)
			EXPECT_EQ(0, memcmp(h.address.b, "\xcb\0\x71\x07", 5));
		if (h.address.family == AF_INET6)
			EXPECT_EQ(0x20, h.address.b[0]);
	}
	r = rd_init(buf, put_peer(4, 0, 0));
	EXPECT_FALSE(bmp_peer_header_decode(&r, &h, &why));
	EXPECT_STREQ("its peer's type is unknown", why);
}

TEST(peer_up) {
	struct wr w = wr_init(buf, sizeof(buf));
	struct bmp_peer_up up;
	uint8_t add_path, *own;
	size_t n, len;
	bool ok;

	wr_bytes(&w, "0123456789abcdef", 16);
	wr_u32(&w, 0x00b31234);
	put_open(&w, 64500, true);
	put_open(&w, 4200000001, true);
	len = w.p - buf;
	for (n = 0; n < len; n++) {
		ok = bmp_peer_up_decode(copy_of(buf, n, &own), &up, &why);
		EXPECT_FALSE(ok);
		free(own);
	}
	wr_bytes(&w, "\0\0\0\4info", 8); /* is not looked at */
	ASSERT_TRUE(bmp_peer_up_decode(rd_init(buf, w.p - buf), &up, &why));
	EXPECT_TRUE(up.has_sent && up.has_received);
	EXPECT_EQ(64500, up.sent.as);
	EXPECT_EQ(4200000001, up.received.as);
	EXPECT_EQ(BGP_IPV4 | BGP_VPNV4, bmp_peer_up_families(&up, &add_path));
	EXPECT_EQ(BGP_IPV4, add_path);
	up.sent.add_path_receive = 0;
	up.received.families = BGP_IPV4;
	EXPECT_EQ(BGP_IPV4, bmp_peer_up_families(&up, &add_path));
	EXPECT_EQ(0, add_path);
}

/* RFC 9069: what is made up for a Loc-RIB may have no identifier. */
TEST(peer_up_without_an_identifier) {
	struct wr w = wr_init(buf, sizeof(buf));
	struct bmp_peer_up up;
	uint8_t add_path;

	wr_room(&w, 20);
	put_open(&w, 64500, true);
	put_open(&w, 64500, true);
	memset(buf + 20 + BGP_HEADER_LEN + 5, 0, 4);
	ASSERT_TRUE(bmp_peer_up_decode(rd_init(buf, w.p - buf), &up, &why));
	EXPECT_EQ(64500, up.sent.as);
	EXPECT_EQ(BGP_IPV4 | BGP_VPNV4, bmp_peer_up_families(&up, &add_path));
	/* An AS has a number. */
	memset(buf + 20 + BGP_HEADER_LEN + 1, 0, 2);
	bmp_peer_up_decode(rd_init(buf, w.p - buf), &up, &why);
}

/* As FRR writes what it does not remember: an OPEN without a body. */
TEST(peer_up_without_opens) {
	struct wr w = wr_init(buf, sizeof(buf));
	struct bmp_peer_up up;
	uint8_t add_path;
	uint8_t *open;

	wr_room(&w, 20);
	open = w.p;
	memset(wr_room(&w, 16), 0xff, 16);
	wr_bytes(&w, "\0\x13\1", 3);
	wr_bytes(&w, open, 19);
	ASSERT_TRUE(bmp_peer_up_decode(rd_init(buf, w.p - buf), &up, &why));
	EXPECT_FALSE(up.has_sent || up.has_received);
	EXPECT_EQ(BGP_FEED_FAMILIES, bmp_peer_up_families(&up, &add_path));
	open[18] = BGP_MSG_KEEPALIVE;
	EXPECT_FALSE(bmp_peer_up_decode(rd_init(buf, w.p - buf), &up, &why));
	EXPECT_STREQ("there is no OPEN where one should be", why);
	open[18] = BGP_MSG_OPEN;
	open[17] = 18;
	EXPECT_FALSE(bmp_peer_up_decode(rd_init(buf, w.p - buf), &up, &why));
}

TEST(peer_down) {
	static const struct {
		const char *body;
		size_t n;
		const char *text;
	} cases[] = {
		{ "\2\0\x12", 3, "the router ended it, event 18" },
		{ "\4", 1, "the peer closed the session" },
		{ "\5", 1, "it is no longer monitored" },
		{ "\6", 1, "the table is gone" },
		{ "\x63", 1, "reason 99" },
		{ "\3", 1, "the peer sent a NOTIFICATION that cannot be read" },
	};
	char text[BMP_TEXT];
	struct wr w;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		ASSERT_TRUE(bmp_peer_down_decode(
			rd_init(cases[i].body, cases[i].n), text, &why));
		EXPECT_STREQ(cases[i].text, text);
	}
	EXPECT_FALSE(bmp_peer_down_decode(rd_init("", 0), text, &why));
	w = wr_init(buf, sizeof(buf));
	wr_u8(&w, 1);
	memset(wr_room(&w, 16), 0xff, 16);
	wr_bytes(&w, "\0\x15\3\6\2", 5);
	ASSERT_TRUE(bmp_peer_down_decode(rd_init(buf, w.p - buf), text, &why));
	EXPECT_NE(NULL, strstr(text, "the router sent a NOTIFICATION: Cease"));
}

TEST(text) {
	static const char info[] = "\0\2\0\3frr\0\1\0\5a\x1b[2J\0\2\0\1x";
	char text[8];
	uint8_t *own;
	size_t n;

	ASSERT_TRUE(bmp_text_decode(rd_init(info, sizeof(info) - 1),
				    BMP_INFO_NAME, text, sizeof(text), &why));
	EXPECT_STREQ("frr", text);
	/* Nothing that a terminal would obey. */
	ASSERT_TRUE(bmp_text_decode(rd_init(info, sizeof(info) - 1),
				    BMP_INFO_DESCRIPTION, text, sizeof(text),
				    &why));
	EXPECT_STREQ("a?[2J", text);
	ASSERT_TRUE(bmp_text_decode(rd_init(info, sizeof(info) - 1),
				    BMP_INFO_DESCRIPTION, text, 3, &why));
	EXPECT_STREQ("a?", text);
	ASSERT_TRUE(bmp_text_decode(rd_init("", 0), BMP_INFO_NAME, text,
				    sizeof(text), &why));
	EXPECT_STREQ("", text);
	for (n = 1; n < sizeof(info) - 1; n++) {
		bool ok = bmp_text_decode(
			copy_of((const uint8_t *)info, n, &own), BMP_INFO_NAME,
			text, sizeof(text), &why);

		/* Whole TLVs end at 7, 16 and 21. */
		EXPECT_EQ(n == 7 || n == 16, ok);
		free(own);
	}
}

TEST_HARNESS_MAIN
