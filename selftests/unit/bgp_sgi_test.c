// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bgp/sgi: identities as extended communities, drawn in sgi.h.
 */
#include "bgp/sgi.h"

#include <stdlib.h>
#include <time.h>
#include "kselftest_harness.h"

enum { SUB = 0x80 };

static uint8_t list[65535], list6[1024];
static struct wr w, w6;
static struct bgp_sgi_set set;

static struct addr ad(const char *text)
{
	struct addr a;

	if (!addr_parse(text, &a))
		abort();
	return a;
}

static void start(void)
{
	w = wr_init(list, sizeof(list));
	w6 = wr_init(list6, sizeof(list6));
}

static void put(const char *bytes)
{
	wr_bytes(&w, bytes, 8);
}

static void decode(void)
{
	memset(&set, 0, sizeof(set));
	bgp_sgi_decode(&set, SUB, list, w.p - list, list6, w6.p - list6);
}

static bool has(unsigned int at, const char *text)
{
	struct addr a = ad(text);

	return at < set.n && !addr_cmp(&set.sgi[at].gateway, &a);
}

TEST(ipv4_as_other_speakers_write_it) {
	struct addr gateway = ad("192.0.2.1");

	start();
	bgp_sgi_encode(&w, SUB, true, &gateway);
	bgp_sgi_encode6(&w6, SUB, true, &gateway);
	EXPECT_EQ(w6.p - list6, 0);
	ASSERT_EQ(w.p - list, 8);
	EXPECT_EQ(memcmp(list, "\x03\x80\x00\x00\xc0\x00\x02\x01", 8), 0);
	decode();
	ASSERT_EQ(set.n, 1);
	EXPECT_TRUE(has(0, "192.0.2.1"));
	EXPECT_TRUE(set.sgi[0].transitive);
	EXPECT_EQ(set.sgi[0].flags, 0);
}

TEST(ipv4_non_transitive_and_flags) {
	start();
	put("\x43\x80\x0a\xbc\xc0\x00\x02\x07");
	decode();
	ASSERT_EQ(set.n, 1);
	EXPECT_FALSE(set.sgi[0].transitive);
	EXPECT_EQ(set.sgi[0].flags, 0xabc);
}

TEST(others_communities_are_left_alone) {
	start();
	put("\x00\x02\xfd\xe8\x00\x00\x00\x01"); /* route target */
	put("\x03\x0c\x00\x00\x00\x00\x00\x08"); /* encapsulation */
	put("\x03\x81\x00\x00\xc0\x00\x02\x01"); /* another sub-type */
	put("\x83\x80\x00\x00\xc0\x00\x02\x01"); /* another type */
	decode();
	EXPECT_EQ(set.n, 0);
	EXPECT_FALSE(set.unknown || set.incomplete || set.more);
}

TEST(later_version_is_unknown) {
	start();
	put("\x03\x80\x20\x00\xc0\x00\x02\x01");
	decode();
	EXPECT_EQ(set.n, 0);
	EXPECT_TRUE(set.unknown);
}

TEST(no_hosts_address) {
	start();
	put("\x03\x80\x00\x00\x00\x00\x00\x00");
	decode();
	EXPECT_EQ(set.n, 0);
	EXPECT_FALSE(set.unknown);
	EXPECT_EQ(AF_INET, set.no_host.family);
}

TEST(sorted_and_once) {
	start();
	put("\x03\x80\x00\x00\xc0\x00\x02\x09");
	put("\x43\x80\x00\x00\xc0\x00\x02\x01");
	put("\x03\x80\x00\x00\xc0\x00\x02\x01");
	decode();
	ASSERT_EQ(set.n, 2);
	EXPECT_TRUE(has(0, "192.0.2.1"));
	EXPECT_TRUE(has(1, "192.0.2.9"));
	/* It came transitive too. */
	EXPECT_TRUE(set.sgi[0].transitive);
}

TEST(more_than_fit_keeps_the_lowest) {
	unsigned int i;

	start();
	for (i = 20; i > 0; i--) {
		struct addr a = { .family = AF_INET, .b = { 10, 0, 0, i } };

		bgp_sgi_encode(&w, SUB, true, &a);
	}
	decode();
	ASSERT_EQ(set.n, BGP_SGI_MAX);
	EXPECT_TRUE(set.more);
	for (i = 0; i < BGP_SGI_MAX; i++)
		EXPECT_EQ(set.sgi[i].gateway.b[3], i + 1);
}

TEST(ipv6_both_ways_is_one) {
	struct addr gateway = ad("2001:db8:99::1");

	start();
	bgp_sgi_encode(&w, SUB, true, &gateway);
	bgp_sgi_encode6(&w6, SUB, true, &gateway);
	EXPECT_EQ(w.p - list, 32);
	ASSERT_EQ(w6.p - list6, 20);
	EXPECT_EQ(memcmp(list6, "\x00\x80\x20\x01\x0d\xb8\x00\x99", 8), 0);
	list6[18] = 0x01; /* a flag that the fallback cannot carry */
	decode();
	ASSERT_EQ(set.n, 1);
	EXPECT_TRUE(has(0, "2001:db8:99::1"));
	EXPECT_EQ(set.sgi[0].flags, 0x100);
}

TEST(ipv6_fallback_octets) {
	struct addr gateway = ad("2001:db8:99::1");
	uint16_t tag = bgp_sgi_tag(gateway.b);
	uint64_t sum = 0;
	unsigned int i;

	/* The header's formula, by another road. */
	for (i = 0; i < 16; i += 2)
		sum = sum * 31 + (gateway.b[i] << 8 | gateway.b[i + 1]);
	EXPECT_EQ(tag, sum % 1021);
	start();
	bgp_sgi_encode(&w, SUB, false, &gateway);
	for (i = 0; i < 4; i++) {
		const uint8_t *c = list + i * 8;

		EXPECT_EQ(c[0], 0x43);
		EXPECT_EQ(c[1], SUB);
		EXPECT_EQ(c[2] << 8 | c[3], 0x1000 | i << 10 | tag);
		EXPECT_EQ(memcmp(c + 4, gateway.b + i * 4, 4), 0);
	}
	decode();
	ASSERT_EQ(set.n, 1);
	EXPECT_TRUE(has(0, "2001:db8:99::1"));
	EXPECT_FALSE(set.sgi[0].transitive);
}

/* Reverse the order of the communities, as sorting on the way may. */
static void reverse(void)
{
	uint8_t *a = list, *b = w.p - 8, swap[8];

	for (; a < b; a += 8, b -= 8) {
		memcpy(swap, a, 8);
		memcpy(a, b, 8);
		memcpy(b, swap, 8);
	}
}

TEST(ipv6_fallback_of_several_in_any_order) {
	static const char *const gateways[] = {
		"2001:db8::1",
		"2001:db8::2",
		"2001:db8:1::",
		"fd00::ffff",
	};
	unsigned int i;

	start();
	for (i = 0; i < ARRAY_SIZE(gateways); i++) {
		struct addr a = ad(gateways[i]);

		bgp_sgi_encode(&w, SUB, true, &a);
	}
	reverse();
	decode();
	ASSERT_EQ(set.n, ARRAY_SIZE(gateways));
	for (i = 0; i < ARRAY_SIZE(gateways); i++)
		EXPECT_TRUE(has(i, gateways[i]));
	EXPECT_FALSE(set.incomplete);
}

TEST(ipv6_fallback_of_one_tag) {
	/* w6 one more and w7 31 less: the same tag, only one quarter differs */
	struct addr a = ad("2001:db8::1:20"), b = ad("2001:db8::2:1");
	uint8_t once[64], *to = once;
	unsigned int i, j;

	ASSERT_EQ(bgp_sgi_tag(a.b), bgp_sgi_tag(b.b));
	start();
	bgp_sgi_encode(&w, SUB, true, &a);
	bgp_sgi_encode(&w, SUB, true, &b);
	/* A set holds what is equal once. */
	for (i = 0; i < 8; i++) {
		for (j = 0; j < i; j++)
			if (!memcmp(list + i * 8, list + j * 8, 8))
				break;
		if (j == i) {
			memcpy(to, list + i * 8, 8);
			to += 8;
		}
	}
	ASSERT_EQ(to - once, 40);
	memcpy(list, once, 40);
	w.p = list + 40;
	decode();
	ASSERT_EQ(set.n, 2);
	EXPECT_TRUE(has(0, "2001:db8::1:20"));
	EXPECT_TRUE(has(1, "2001:db8::2:1"));
}

TEST(ipv6_fallback_incomplete_or_forged) {
	struct addr a = ad("2001:db8::1");
	unsigned int missing;

	for (missing = 0; missing < 4; missing++) {
		start();
		bgp_sgi_encode(&w, SUB, true, &a);
		memmove(list + missing * 8, list + missing * 8 + 8,
			24 - missing * 8);
		w.p -= 8;
		decode();
		EXPECT_EQ(set.n, 0);
		EXPECT_TRUE(set.incomplete);
	}
	/* One octet changed on the way. */
	start();
	bgp_sgi_encode(&w, SUB, true, &a);
	list[7] ^= 1;
	decode();
	EXPECT_EQ(set.n, 0);
	EXPECT_TRUE(set.incomplete);
	/* Quarters of different types are not of one identity. */
	start();
	bgp_sgi_encode(&w, SUB, true, &a);
	list[0] = 0x43;
	decode();
	EXPECT_EQ(set.n, 0);
}

/* Microseconds that this process has computed. */
static uint64_t spent(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* As many quarters as there is room for, under all tags: read in no time. */
TEST(ipv6_fallback_of_as_many_as_fit) {
	struct addr gateway = ad("2001:db8::7");
	uint64_t begun;
	unsigned int i;

	start();
	for (i = 0; i < 65535 / 8 - 4; i++) {
		const uint8_t c[8] = { 0x03 | (i & 1) << 6,
				       SUB,
				       0x10 | (i / 2048 & 3) << 2 |
					       (i / 2 >> 8 & 3),
				       i / 2,
				       0x20,
				       i >> 8,
				       i,
				       1 };

		wr_bytes(&w, c, 8);
	}
	bgp_sgi_encode(&w, SUB, true, &gateway);
	begun = spent();
	for (i = 0; i < 30; i++)
		decode();
	EXPECT_LT(spent() - begun, 2000000);
	EXPECT_TRUE(set.incomplete);
	EXPECT_GT(set.n, 0);
}

TEST(ipv4_and_ipv6_together) {
	struct addr a = ad("2001:db8::1"), b = ad("192.0.2.1");

	start();
	bgp_sgi_encode(&w, SUB, true, &a);
	bgp_sgi_encode(&w, SUB, true, &b);
	decode();
	ASSERT_EQ(set.n, 2);
	EXPECT_TRUE(has(0, "192.0.2.1"));
	EXPECT_TRUE(has(1, "2001:db8::1"));
}

TEST_HARNESS_MAIN
