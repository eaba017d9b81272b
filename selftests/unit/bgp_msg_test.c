// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bgp/msg, bgp/notify: framing, OPEN, NOTIFICATION, ROUTE-REFRESH.
 */
#include "bgp/msg.h"

#include <jansson.h>
#include <string.h>
#include "kselftest_harness.h"

static struct bgp_header header;
static struct bgp_error error;

static int frame(const uint8_t *p, size_t n, size_t max)
{
	memset(&error, 0, sizeof(error));
	return bgp_header_decode(p, n, max, &header, &error);
}

static void make(uint8_t *m, uint16_t len, uint8_t type)
{
	memset(m, 0xff, 16);
	m[16] = len >> 8;
	m[17] = len & 0xff;
	m[18] = type;
}

TEST(header_needs_all_of_itself) {
	uint8_t m[19];
	size_t n;

	make(m, 19, BGP_MSG_KEEPALIVE);
	for (n = 0; n < 19; n++)
		EXPECT_EQ(frame(m, n, BGP_MSG_MAX), 0);
	EXPECT_EQ(frame(m, 19, BGP_MSG_MAX), 1);
	EXPECT_EQ(header.len, 19);
	EXPECT_EQ(header.type, BGP_MSG_KEEPALIVE);
}

TEST(header_marker) {
	uint8_t m[19];
	size_t i;

	for (i = 0; i < 16; i++) {
		make(m, 19, BGP_MSG_KEEPALIVE);
		m[i] = 0xfe;
		/* Seen at once, before the rest has come. */
		EXPECT_EQ(frame(m, i + 1, BGP_MSG_MAX), -1);
		EXPECT_EQ(error.code, BGP_ERR_HEADER);
		EXPECT_EQ(error.subcode, BGP_HEADER_SYNC);
	}
}

TEST(header_length_by_type) {
	static const struct {
		uint8_t type;
		uint16_t min, max;
	} types[] = {
		{ BGP_MSG_OPEN, 29, 4096 },
		{ BGP_MSG_UPDATE, 23, 65535 },
		{ BGP_MSG_NOTIFICATION, 21, 65535 },
		{ BGP_MSG_KEEPALIVE, 19, 19 },
		{ BGP_MSG_REFRESH, 19, 65535 },
	};
	uint8_t m[19];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		make(m, types[i].min, types[i].type);
		EXPECT_EQ(frame(m, 19, BGP_MSG_EXT_MAX), 1);
		make(m, types[i].max, types[i].type);
		EXPECT_EQ(frame(m, 19, BGP_MSG_EXT_MAX), 1);
		make(m, types[i].min - 1, types[i].type);
		EXPECT_EQ(frame(m, 19, BGP_MSG_EXT_MAX), -1);
		EXPECT_EQ(error.subcode, BGP_HEADER_LENGTH);
		/* The length is quoted. */
		EXPECT_EQ(error.data_len, 2);
		EXPECT_EQ(error.data[1], types[i].min - 1);
		if (types[i].max == 65535)
			continue;
		make(m, types[i].max + 1, types[i].type);
		EXPECT_EQ(frame(m, 19, BGP_MSG_EXT_MAX), -1);
	}
	make(m, 4097, BGP_MSG_UPDATE);
	EXPECT_EQ(frame(m, 19, BGP_MSG_MAX), -1);
}

TEST(header_type) {
	static const uint8_t bad[] = { 0, 6, 128, 255 };
	uint8_t m[19];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		make(m, 19, bad[i]);
		EXPECT_EQ(frame(m, 19, BGP_MSG_MAX), -1);
		EXPECT_EQ(error.subcode, BGP_HEADER_TYPE);
		EXPECT_EQ(error.data_len, 1);
		EXPECT_EQ(error.data[0], bad[i]);
	}
}

TEST(open_round_trip) {
	const struct bgp_open in = { .as = 4200000001,
				     .router_id = 0xc0000201,
				     .hold_time = 90,
				     .families = BGP_IPV4 | BGP_VPNV6 | BGP_RTC,
				     .as4 = true,
				     .refresh = true,
				     .enhanced_refresh = true,
				     .extended_message = true,
				     .add_path_send = BGP_IPV4,
				     .add_path_receive = BGP_IPV4 | BGP_IPV6,
				     .graceful_restart = true,
				     .restarted = true,
				     .restart_time = 4095,
				     .restart_families = BGP_IPV4 | BGP_VPNV6,
				     .forwarding = BGP_VPNV6 };
	uint8_t m[BGP_MSG_MAX];
	struct wr w = wr_init(m, sizeof(m));
	struct bgp_open out;

	bgp_open_encode(&w, &in);
	ASSERT_FALSE(w.failed);
	ASSERT_EQ(frame(m, w.p - m, BGP_MSG_MAX), 1);
	EXPECT_EQ(header.len, w.p - m);
	/* AS_TRANS stands where a large AS does not fit. */
	EXPECT_EQ(m[20] << 8 | m[21], 23456);
	ASSERT_TRUE(bgp_open_decode(m + 19, header.len - 19, &out, &error));
	EXPECT_EQ(out.as, in.as);
	EXPECT_EQ(out.router_id, in.router_id);
	EXPECT_EQ(out.hold_time, in.hold_time);
	EXPECT_EQ(out.families, in.families);
	EXPECT_TRUE(out.as4 && out.refresh && out.extended_message);
	EXPECT_TRUE(out.enhanced_refresh);
	EXPECT_EQ(out.add_path_send, in.add_path_send);
	EXPECT_EQ(out.add_path_receive, in.add_path_receive);
	EXPECT_TRUE(out.graceful_restart && out.restarted);
	EXPECT_EQ(out.restart_time, 4095);
	EXPECT_EQ(out.restart_families, in.restart_families);
	EXPECT_EQ(out.forwarding, in.forwarding);
}

static bool open_bytes(const char *data, size_t len, struct bgp_open *o)
{
	memset(&error, 0, sizeof(error));
	return bgp_open_decode((const uint8_t *)data, len, o, &error);
}

#define OPEN(bytes) open_bytes(bytes, sizeof(bytes) - 1, &o)
#define FIXED "\x04\xfd\xe8\x00\x5a\x0a\x00\x00\x01" /* AS 65000, 90 s */

TEST(open_of_an_old_speaker) {
	struct bgp_open o;

	ASSERT_TRUE(OPEN(FIXED "\x00"));
	EXPECT_EQ(o.as, 65000);
	EXPECT_EQ(o.router_id, 0x0a000001);
	EXPECT_EQ(o.families, BGP_IPV4);
	EXPECT_FALSE(o.as4 || o.refresh || o.multiprotocol);
}

TEST(open_capabilities_in_several_parameters) {
	struct bgp_open o;

	ASSERT_TRUE(OPEN(FIXED "\x10"
			       "\x02\x06\x01\x04\x00\x02\x00\x01"
			       "\x02\x06\x41\x04\x00\x01\x00\x00"));
	EXPECT_EQ(o.families, BGP_IPV6);
	EXPECT_TRUE(o.as4);
	EXPECT_EQ(o.as, 65536);
}

TEST(open_unknown_capability_is_passed) {
	struct bgp_open o;

	ASSERT_TRUE(OPEN(FIXED "\x07"
			       "\x02\x05\xc7\x03\x61\x62\x63"));
	EXPECT_EQ(o.families, BGP_IPV4);
}

TEST(open_graceful_restart) {
	struct bgp_open o;

	/* No family: the peer only heeds our restarts (RFC 4724, 3). */
	ASSERT_TRUE(OPEN(FIXED "\x06\x02\x04\x40\x02\x00\x78"));
	EXPECT_TRUE(o.graceful_restart);
	EXPECT_FALSE(o.restarted);
	EXPECT_EQ(o.restart_time, 120);
	EXPECT_EQ(o.restart_families, 0);
	/* IPv4 with, IPv6 without its forwarding state; multicast is passed. */
	ASSERT_TRUE(OPEN(FIXED "\x12\x02\x10\x40\x0e\x80\x05"
			       "\x00\x01\x01\x80\x00\x02\x01\x00"
			       "\x00\x01\x02\x80"));
	EXPECT_TRUE(o.restarted);
	EXPECT_EQ(o.restart_families, BGP_IPV4 | BGP_IPV6);
	EXPECT_EQ(o.forwarding, BGP_IPV4);
	/* One octet is too few to mean anything. */
	ASSERT_TRUE(OPEN(FIXED "\x05\x02\x03\x40\x01\x80"));
	EXPECT_FALSE(o.graceful_restart);
}

TEST(open_add_path) {
	struct bgp_open o;

	/* Values beyond 3 are ignored (RFC 7911, section 4). */
	ASSERT_TRUE(OPEN(FIXED "\x0c\x02\x0a\x45\x08"
			       "\x00\x01\x01\x02\x00\x02\x01\x07"));
	EXPECT_EQ(o.add_path_send, BGP_IPV4);
	EXPECT_EQ(o.add_path_receive, 0);
}

TEST(open_extended_parameters) {
	struct bgp_open o;

	/* RFC 9072: 255, 255, then lengths of two octets. */
	ASSERT_TRUE(OPEN(FIXED "\xff\xff\x00\x09"
			       "\x02\x00\x06\x41\x04\x00\x01\x00\x00"));
	EXPECT_EQ(o.as, 65536);
}

TEST(open_refusals) {
	static const struct {
		const char *data;
		size_t len;
		uint8_t subcode;
	} bad[] = {
#define BAD(bytes, code)                       \
	{                                      \
		bytes, sizeof(bytes) - 1, code \
	}
		BAD("\x03\xfd\xe8\x00\x5a\x0a\x00\x00\x01\x00",
		    BGP_OPEN_VERSION),
		BAD("\x04\x00\x00\x00\x5a\x0a\x00\x00\x01\x00",
		    BGP_OPEN_PEER_AS),
		BAD(FIXED "\x08\x02\x06\x41\x04\x00\x00\x00\x00",
		    BGP_OPEN_PEER_AS),
		BAD("\x04\xfd\xe8\x00\x5a\x00\x00\x00\x00\x00",
		    BGP_OPEN_IDENTIFIER),
		BAD("\x04\xfd\xe8\x00\x01\x0a\x00\x00\x01\x00",
		    BGP_OPEN_HOLD_TIME),
		BAD("\x04\xfd\xe8\x00\x02\x0a\x00\x00\x01\x00",
		    BGP_OPEN_HOLD_TIME),
		/* An authentication parameter, long deprecated. */
		BAD(FIXED "\x03\x01\x01\x00", BGP_OPEN_PARAMETER),
		/* Lengths that do not agree. */
		BAD(FIXED "\x01", 0),
		BAD(FIXED "\x00\x00", 0),
		BAD(FIXED "\x02\x02\x01", 0),
		BAD(FIXED "\x04\x02\x02\x01\x04", 0),
		BAD(FIXED "\xff\xff\x00", 0),
	};
	struct bgp_open o;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_FALSE(open_bytes(bad[i].data, bad[i].len, &o))
		{
			TH_LOG("case %zu", i);
		}
		EXPECT_EQ(error.code, BGP_ERR_OPEN);
		EXPECT_EQ(error.subcode, bad[i].subcode)
		{
			TH_LOG("case %zu", i);
		}
	}
	/* The version that we do speak is told. */
	OPEN("\x03\xfd\xe8\x00\x5a\x0a\x00\x00\x01\x00");
	EXPECT_EQ(error.data_len, 2);
	EXPECT_EQ(error.data[1], 4);
}

TEST(notification_round_trip) {
	struct bgp_error in, out;
	uint8_t m[BGP_MSG_MAX];
	struct wr w = wr_init(m, sizeof(m));

	bgp_error_set(&in, BGP_ERR_UPDATE, BGP_UPDATE_LENGTH, "why", "\x40\x01",
		      2);
	bgp_notification_encode(&w, &in);
	ASSERT_EQ(frame(m, w.p - m, BGP_MSG_MAX), 1);
	EXPECT_EQ(header.type, BGP_MSG_NOTIFICATION);
	ASSERT_TRUE(bgp_notification_decode(m + 19, header.len - 19, &out));
	EXPECT_EQ(out.code, in.code);
	EXPECT_EQ(out.subcode, in.subcode);
	ASSERT_EQ(out.data_len, 2);
	EXPECT_EQ(memcmp(out.data, in.data, 2), 0);
	EXPECT_FALSE(bgp_notification_decode(m + 19, 1, &out));
}

TEST(cease_with_words) {
	char text[BGP_ERROR_TEXT], many[300];
	struct bgp_error e;

	bgp_error_set_cease(&e, BGP_CEASE_SHUTDOWN, "maintenance");
	EXPECT_EQ(e.data_len, 12);
	EXPECT_EQ(e.data[0], 11);
	EXPECT_STREQ(bgp_error_text(&e, text),
		     "Cease / Administrative Shutdown: \"maintenance\"");
	/* 254 octets and one of two: the second half would not fit. */
	memset(many, 'a', 254);
	memcpy(many + 254, "\xc3\xa4", 3);
	bgp_error_set_cease(&e, BGP_CEASE_RESET, many);
	EXPECT_EQ(e.data[0], 254);
	EXPECT_EQ(e.data_len, 255);
}

/* What is said of a communication. */
static const char *said(const char *octets, size_t len)
{
	static const char head[] = "Cease / Administrative Shutdown: ";
	static char text[BGP_ERROR_TEXT];
	struct bgp_error e;
	uint8_t data[256];

	data[0] = len;
	memcpy(data + 1, octets, len);
	bgp_error_set(&e, BGP_ERR_CEASE, BGP_CEASE_SHUTDOWN, NULL, data,
		      len + 1);
	bgp_error_text(&e, text);
	return strncmp(text, head, sizeof(head) - 1) ? text :
						       text + sizeof(head) - 1;
}

#define SAID(octets) said(octets, sizeof(octets) - 1)

TEST(words_in_utf8) {
	static const struct {
		const char *octets, *text;
	} bad[] = {
		{ "a\xff", "malformed text (data 02 61 ff)" },
		{ "\x80", "malformed text (data 01 80)" },
		/* cut short, overlong, */
		{ "\xc3", "malformed text (data 01 c3)" },
		{ "\xe2\x82", "malformed text (data 02 e2 82)" },
		{ "\xc3z", "malformed text (data 02 c3 7a)" },
		{ "\xc1\xa1", "malformed text (data 02 c1 a1)" },
		{ "\xe0\x9f\xbf", "malformed text (data 03 e0 9f bf)" },
		{ "\xf0\x8f\xbf\xbf", "malformed text (data 04 f0 8f bf bf)" },
		/* a surrogate, and beyond the last one. */
		{ "\xed\xa0\x80", "malformed text (data 03 ed a0 80)" },
		{ "\xf4\x90\x80\x80", "malformed text (data 04 f4 90 80 80)" },
		{ "\xf8\x88\x80\x80\x80",
		  "malformed text (data 05 f8 88 80 80 80)" },
	};
	static const char *const good[] = {
		"\xc3\xa4",	"\xe2\x82\xac",	    "\xed\x9f\xbf",
		"\xee\x80\x80", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf",
	};
	char quoted[16], text[BGP_ERROR_TEXT];
	struct bgp_error e;
	json_t *json;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_STREQ(said(bad[i].octets, strlen(bad[i].octets)),
			     bad[i].text);
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		snprintf(quoted, sizeof(quoted), "\"%s\"", good[i]);
		EXPECT_STREQ(said(good[i], strlen(good[i])), quoted);
		json = json_string(quoted);
		EXPECT_NE(json, NULL);
		json_decref(json);
	}
	/* Controls of either kind. */
	EXPECT_STREQ(SAID("a\xc2\x9bz\0c\x7f\xc2\x80\xc2\x9f\xc2\xa0"),
		     "\"a?z?c???\xc2\xa0\"");
	/* A length that is not that of what follows. */
	bgp_error_set(&e, BGP_ERR_CEASE, BGP_CEASE_RESET, NULL, "\x05xy", 3);
	EXPECT_STREQ(
		bgp_error_text(&e, text),
		"Cease / Administrative Reset: malformed text (data 05 78 79)");
	bgp_error_set(&e, BGP_ERR_CEASE, BGP_CEASE_RESET, NULL, "\0", 1);
	EXPECT_STREQ(bgp_error_text(&e, text), "Cease / Administrative Reset");
}

TEST(notification_words) {
	char text[BGP_ERROR_TEXT];
	struct bgp_error e;
	uint8_t long_text[256];

	bgp_error_set(&e, BGP_ERR_OPEN, BGP_OPEN_PEER_AS, "not ours", NULL, 0);
	EXPECT_STREQ(bgp_error_text(&e, text),
		     "OPEN Message Error / Bad Peer AS: not ours");
	bgp_error_set(&e, BGP_ERR_HEADER, BGP_HEADER_TYPE, NULL, "\x09\xff", 2);
	EXPECT_STREQ(bgp_error_text(&e, text),
		     "Message Header Error / Bad Message Type (data 09 ff)");
	/* RFC 9003; what a terminal might obey is not passed on. */
	bgp_error_set(&e, BGP_ERR_CEASE, 2, NULL, "\x04xy\x1b[", 5);
	EXPECT_STREQ(bgp_error_text(&e, text),
		     "Cease / Administrative Shutdown: \"xy?[\"");
	bgp_error_set(&e, 99, 7, NULL, NULL, 0);
	EXPECT_STREQ(bgp_error_text(&e, text), "error code 99 / subcode 7");
	memset(long_text, 'a', sizeof(long_text));
	bgp_error_set(&e, BGP_ERR_CEASE, 4, NULL, long_text, 256);
	bgp_error_text(&e, text);
	EXPECT_LT(strlen(text), sizeof(text));
}

/* Subtype and family of a ROUTE-REFRESH, -1 for one that is refused. */
static int refreshed(const char *body, size_t len)
{
	struct bgp_refresh r;

	if (!bgp_refresh_decode((const uint8_t *)body, len, &r, &error))
		return -1;
	return r.subtype << 8 | r.family;
}

TEST(refresh) {
	EXPECT_EQ(refreshed("\0\1\0\1", 4), BGP_IPV4);
	EXPECT_EQ(refreshed("\0\2\0\1", 4), BGP_IPV6);
	EXPECT_EQ(refreshed("\0\1\0\x80", 4), BGP_VPNV4);
	EXPECT_EQ(refreshed("\0\2\0\x80", 4), BGP_VPNV6);
	EXPECT_EQ(refreshed("\0\1\1\1", 4), BGP_REFRESH_BEGIN << 8 | BGP_IPV4);
	/* Multicast is none of ours. */
	EXPECT_EQ(refreshed("\0\1\0\2", 4), 0);
}

/* The message is quoted, header and all (RFC 7313, section 5). */
TEST(refresh_of_another_length) {
	static const char many[BGP_ERROR_DATA_MAX] = { 0, 1, 0, 1 };

	EXPECT_EQ(refreshed("\0\1\0", 3), -1);
	EXPECT_EQ(error.code, BGP_ERR_REFRESH);
	EXPECT_EQ(error.subcode, BGP_REFRESH_LENGTH);
	EXPECT_EQ(error.data_len, 22);
	EXPECT_EQ(error.data[17], 22);
	EXPECT_EQ(memcmp(error.data + 18, "\5\0\1\0", 4), 0);
	EXPECT_EQ(refreshed("", 0), -1);
	EXPECT_EQ(error.data_len, 19);
	/* As much of it as there is room for. */
	EXPECT_EQ(refreshed(many, sizeof(many)), -1);
	EXPECT_EQ(error.data_len, BGP_ERROR_DATA_MAX);
	EXPECT_EQ(error.data[16] << 8 | error.data[17],
		  BGP_ERROR_DATA_MAX + 19);
}

TEST(refresh_round_trip) {
	const struct bgp_refresh in = { BGP_VPNV6, BGP_REFRESH_END };
	uint8_t m[BGP_MSG_MAX];
	struct wr w = wr_init(m, sizeof(m));
	struct bgp_refresh out;

	bgp_refresh_encode(&w, &in);
	ASSERT_EQ(frame(m, w.p - m, BGP_MSG_MAX), 1);
	ASSERT_TRUE(bgp_refresh_decode(m + 19, 4, &out, &error));
	EXPECT_EQ(out.family, in.family);
	EXPECT_EQ(out.subtype, in.subtype);
}

TEST_HARNESS_MAIN
