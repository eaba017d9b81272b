// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * base/addr: text forms, order, cover.
 */
#include "base/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include "kselftest_harness.h"

static struct prefix px(const char *text)
{
	const char *why;
	struct prefix p;

	prefix_parse(text, &p, &why);
	return p;
}

static struct addr ad(const char *text)
{
	struct addr a;

	addr_parse(text, &a);
	return a;
}

TEST(addr_text) {
	static const char *const good[] = { "0.0.0.0", "192.0.2.255",
					    "::", "2001:db8::1", "fe80::1:2" };
	static const char *const bad[] = {
		"",	 "192.0.2",	 "192.0.2.256",	 "192.0.2.1 ",
		"1:2:3", "fe80::1%eth0", "192.0.2.1/32", "host"
	};
	char buf[ADDR_STRLEN];
	struct addr a;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		ASSERT_TRUE(addr_parse(good[i], &a));
		EXPECT_STREQ(good[i], addr_format(&a, buf));
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_FALSE(addr_parse(bad[i], &a))
		{
			TH_LOG("taken: %s", bad[i]);
		}
		EXPECT_EQ(0, a.family);
	}
	memset(&a, 0, sizeof(a));
	EXPECT_STREQ("-", addr_format(&a, buf));
}

TEST(addr_order) {
	struct addr none = { 0 }, v4 = ad("255.255.255.255"), v6 = ad("::");
	struct addr low = ad("10.0.0.1"), high = ad("10.0.1.0");

	EXPECT_LT(addr_cmp(&none, &v4), 0);
	EXPECT_LT(addr_cmp(&v4, &v6), 0);
	EXPECT_GT(addr_cmp(&v6, &v4), 0);
	EXPECT_LT(addr_cmp(&low, &high), 0);
	EXPECT_EQ(0, addr_cmp(&low, &low));
}

TEST(addr_sockaddr) {
	static const char *const text[] = { "192.0.2.1", "2001:db8::1" };
	struct sockaddr_storage ss;
	struct addr a, back;
	size_t i;

	for (i = 0; i < 2; i++) {
		a = ad(text[i]);
		ASSERT_NE(0, addr_to_sockaddr(&a, 179, &ss));
		ASSERT_TRUE(addr_from_sockaddr((struct sockaddr *)&ss, &back));
		EXPECT_EQ(0, addr_cmp(&a, &back));
	}
	EXPECT_EQ(htons(179), ((struct sockaddr_in6 *)&ss)->sin6_port);
	ss.ss_family = AF_UNIX;
	EXPECT_FALSE(addr_from_sockaddr((struct sockaddr *)&ss, &back));
	memset(&a, 0, sizeof(a));
	EXPECT_EQ(0, addr_to_sockaddr(&a, 179, &ss));
}

TEST(prefix_text) {
	static const struct {
		const char *text, *out, *why;
	} t[] = {
		{ "10.0.0.0/8", "10.0.0.0/8", NULL },
		{ "0.0.0.0/0", "0.0.0.0/0", NULL },
		{ "::/0", "::/0", NULL },
		{ "10.1.2.3", "10.1.2.3/32", NULL },
		{ "2001:db8::1", "2001:db8::1/128", NULL },
		{ "2001:db8:0:8000::/48", NULL,
		  "bits are set beyond the length" },
		{ "2001:db8:0:8000::/51", "2001:db8:0:8000::/51", NULL },
		{ "10.0.0.1/31", NULL, "bits are set beyond the length" },
		{ "10.0.0.0/33", NULL, "length is not 0 to 32" },
		{ "10.0.0.0/08", NULL, "length is not 0 to 32" },
		{ "10.0.0.0/", NULL, "length is not 0 to 32" },
		{ "10.0.0.0/+8", NULL, "length is not 0 to 32" },
		{ "10.0.0.0/4294967304", NULL, "length is not 0 to 32" },
		{ "::/129", NULL, "length is not 0 to 128" },
		{ "10/8", NULL, "not an IPv4 or IPv6 prefix" },
		{ "/8", NULL, "not an IPv4 or IPv6 prefix" },
		{ "aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:a/1", NULL,
		  "not an IPv4 or IPv6 prefix" },
	};
	char buf[PREFIX_STRLEN];
	const char *why;
	struct prefix p;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		EXPECT_EQ(!t[i].why, prefix_parse(t[i].text, &p, &why))
		{
			TH_LOG("%s", t[i].text);
		}
		EXPECT_STREQ(t[i].why ? t[i].why : t[i].out,
			     t[i].why ? why : prefix_format(&p, buf));
	}
}

TEST(prefix_mask_every_length) {
	unsigned int len, bit;
	struct prefix p;

	for (len = 0; len <= 128; len++) {
		p.family = AF_INET6;
		p.len = (uint8_t)len;
		memset(p.b, 0xff, sizeof(p.b));
		prefix_mask(&p);
		for (bit = 0; bit < 128; bit++)
			ASSERT_EQ(bit < len, p.b[bit / 8] >> (7 - bit % 8) & 1);
	}
}

TEST(prefix_order) {
	struct prefix a = px("10.0.0.0/8"), b = px("10.0.0.0/16");
	struct prefix c = px("11.0.0.0/8"), d = px("::/0");

	EXPECT_LT(prefix_cmp(&a, &b), 0);
	EXPECT_LT(prefix_cmp(&b, &c), 0);
	EXPECT_LT(prefix_cmp(&c, &d), 0);
	EXPECT_EQ(0, prefix_cmp(&b, &b));
}

TEST(prefix_cover) {
	struct prefix all4 = px("0.0.0.0/0"), all6 = px("::/0");
	struct prefix a = px("10.5.0.0/17"), b = px("10.5.127.0/24");
	struct prefix c = px("10.5.128.0/24");
	struct addr in = ad("10.5.127.255"), out = ad("10.5.128.0");
	struct addr v6 = ad("2001:db8::1");

	EXPECT_TRUE(prefix_covers(&a, &b));
	EXPECT_TRUE(prefix_covers(&a, &a));
	EXPECT_FALSE(prefix_covers(&b, &a));
	EXPECT_FALSE(prefix_covers(&a, &c));
	EXPECT_TRUE(prefix_covers(&all4, &c));
	EXPECT_FALSE(prefix_covers(&all6, &c));
	EXPECT_TRUE(prefix_contains(&a, &in));
	EXPECT_FALSE(prefix_contains(&a, &out));
	EXPECT_TRUE(prefix_contains(&all6, &v6));
	EXPECT_FALSE(prefix_contains(&all4, &v6));
}

TEST_HARNESS_MAIN
