// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bgp/target: route targets and distinguishers as text.
 */
#include "bgp/target.h"

#include <string.h>
#include "kselftest_harness.h"

TEST(round_trip) {
	static const struct {
		const char *text;
		uint8_t b[8];
	} t[] = {
		{ "64500:1", { 0, 2, 0xfb, 0xf4, 0, 0, 0, 1 } },
		{ "0:4294967295", { 0, 2, 0, 0, 255, 255, 255, 255 } },
		{ "192.0.2.1:65535", { 1, 2, 192, 0, 2, 1, 255, 255 } },
		{ "4200000001:7", { 2, 2, 0xfa, 0x56, 0xea, 0x01, 0, 7 } },
	};
	char text[BGP_TARGET_TEXT];
	struct bgp_target target;
	const char *why;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		ASSERT_TRUE(bgp_target_parse(t[i].text, &target, &why));
		EXPECT_EQ(memcmp(target.b, t[i].b, 8), 0)
		{
			TH_LOG("%s", t[i].text);
		}
		EXPECT_STREQ(bgp_target_format(&target, text), t[i].text);
	}
}

TEST(refusals) {
	static const char *const bad[] = {
		"",
		":",
		"1",
		"1:",
		":1",
		"1:2:3",
		"-1:1",
		"1:-1",
		"1 :1",
		"1: 1",
		"1:1 ",
		"4294967296:1",
		"65536:65536",
		"1:4294967296",
		"192.0.2.1:65536",
		"192.0.2:1",
		"2001:db8::1:1",
		"111111111111111111111111:1",
	};
	struct bgp_target t;
	const char *why;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		why = NULL;
		EXPECT_FALSE(bgp_target_parse(bad[i], &t, &why))
		{
			TH_LOG("%s", bad[i]);
		}
		EXPECT_NE(why, NULL);
	}
}

TEST(distinguishers) {
	char text[BGP_TARGET_TEXT];

	EXPECT_STREQ(bgp_rd_format(0x0000fbf400000001, text), "64500:1");
	EXPECT_STREQ(bgp_rd_format(0x0001c00002010009, text), "192.0.2.1:9");
	EXPECT_STREQ(bgp_rd_format(0x0002fa56ea010009, text), "4200000001:9");
	/* A type of later days. */
	EXPECT_STREQ(bgp_rd_format(0xffffffffffffffff, text),
		     "65535:ffffffffffff");
}

TEST_HARNESS_MAIN
