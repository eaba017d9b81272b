// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rib/claim: the three states of an identity.
 */
#include "rib/claim.h"

#include "kselftest_harness.h"

static struct prefix prefix(const char *text)
{
	const char *why;
	struct prefix p;

	if (!prefix_parse(text, &p, &why))
		abort();
	return p;
}

static const char *check(const struct claims *c, const char *gateway,
			 const char *text)
{
	struct prefix p = prefix(text);
	struct addr a;

	addr_parse(gateway, &a);
	return claim_state_name(claims_check(c, &a, &p));
}

TEST(states) {
	struct claim list[] = {
		{ prefix("192.0.2.1"), prefix("10.1.0.0/16"), 16 },
		{ prefix("192.0.2.2"), prefix("10.2.0.0/16"), 24 },
		{ prefix("198.51.100.0/24"), prefix("10.3.0.0/16"), 32 },
		{ prefix("192.0.2.1"), prefix("2001:db8:1::/48"), 64 },
	};
	struct claims c = { .list = list, .n = ARRAY_SIZE(list) };
	static const struct {
		const char *gateway, *prefix, *state;
	} t[] = {
		{ "192.0.2.1", "10.1.0.0/16", "valid" },
		/* Its own, too long; not all of it is its own. */
		{ "192.0.2.1", "10.1.5.0/24", "invalid" },
		{ "192.0.2.1", "10.0.0.0/8", "invalid" },
		{ "192.0.2.2", "10.2.0.0/16", "valid" },
		{ "192.0.2.2", "10.2.9.0/24", "valid" },
		{ "192.0.2.2", "10.2.9.0/25", "invalid" },
		/* Somebody else's. */
		{ "192.0.2.2", "10.1.0.0/16", "invalid" },
		{ "203.0.113.9", "10.1.0.0/16", "invalid" },
		{ "203.0.113.9", "10.1.5.5/32", "invalid" },
		/* Nobody's, by one that is listed, and by one that is not. */
		{ "192.0.2.2", "10.9.0.0/16", "invalid" },
		{ "203.0.113.9", "10.9.0.0/16", "unknown" },
		/* A shorter prefix is no one's claim (RFC 6811, section 2). */
		{ "203.0.113.9", "10.0.0.0/8", "unknown" },
		{ "198.51.100.7", "10.3.5.5/32", "valid" },
		{ "198.51.101.7", "10.3.5.5/32", "invalid" },
		{ "192.0.2.1", "2001:db8:1:2::/64", "valid" },
		{ "192.0.2.1", "2001:db8:1:2::/65", "invalid" },
		{ "2001:db8::1", "2001:db8:1:2::/64", "invalid" },
		{ "2001:db8::1", "2001:db8:2::/48", "unknown" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(t); i++)
		EXPECT_STREQ(t[i].state, check(&c, t[i].gateway, t[i].prefix))
		{
			TH_LOG("case %zu", i);
		}
}

TEST(no_policy) {
	struct claims c = { 0 };

	EXPECT_STREQ("unknown", check(&c, "192.0.2.1", "10.1.0.0/16"));
	EXPECT_STREQ("unknown", check(&c, "192.0.2.1", "0.0.0.0/0"));
}

TEST(lengths) {
	struct claim list[] = {
		{ prefix("192.0.2.1"), prefix("10.1.0.0/16"), 32 },
	};
	struct claims c = {
		.list = list, .n = 1, .max_len4 = 24, .max_len6 = 64
	};

	EXPECT_STREQ("valid", check(&c, "192.0.2.1", "10.1.1.0/24"));
	EXPECT_STREQ("invalid", check(&c, "192.0.2.1", "10.1.1.0/25"));
	EXPECT_STREQ("invalid", check(&c, "192.0.2.9", "10.2.1.0/25"));
	EXPECT_STREQ("unknown", check(&c, "192.0.2.9", "2001:db8::/64"));
	EXPECT_STREQ("invalid", check(&c, "192.0.2.9", "2001:db8::/65"));
}

TEST(acceptance) {
	struct claims c = { 0 };

	EXPECT_TRUE(claims_accept(&c, CLAIM_VALID));
	EXPECT_TRUE(claims_accept(&c, CLAIM_UNKNOWN));
	EXPECT_FALSE(claims_accept(&c, CLAIM_INVALID));
	c.accept_invalid = true;
	c.reject_unknown = true;
	EXPECT_TRUE(claims_accept(&c, CLAIM_VALID));
	EXPECT_FALSE(claims_accept(&c, CLAIM_UNKNOWN));
	EXPECT_TRUE(claims_accept(&c, CLAIM_INVALID));
}

TEST(equality) {
	struct claim one[] = {
		{ prefix("192.0.2.1"), prefix("10.1.0.0/16"), 16 },
	};
	struct claim other[] = {
		{ prefix("192.0.2.1"), prefix("10.1.0.0/16"), 24 },
	};
	struct claims a = { .list = one, .n = 1 }, b = { .list = one, .n = 1 };

	EXPECT_TRUE(claims_equal(&a, &b));
	b.list = other;
	EXPECT_FALSE(claims_equal(&a, &b));
	b = a;
	b.max_neighbor = 7;
	EXPECT_FALSE(claims_equal(&a, &b));
}

TEST_HARNESS_MAIN
