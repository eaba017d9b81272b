// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rib/claim: the three states of an identity.
 */
#include "rib/claim.h"

#include <stdlib.h>
#include <string.h>
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

	claims_settle(&c);
	for (i = 0; i < ARRAY_SIZE(t); i++)
		EXPECT_STREQ(t[i].state, check(&c, t[i].gateway, t[i].prefix))
		{
			TH_LOG("case %zu", i);
		}
	free(c.gateways);
}

/* What a walk over all claims says. */
static enum claim_state walk(const struct claims *c, const struct addr *gateway,
			     const struct prefix *p)
{
	enum claim_state state = CLAIM_UNKNOWN;
	size_t i;

	for (i = 0; i < c->n; i++) {
		const struct claim *l = &c->list[i];
		bool of = prefix_contains(&l->gateways, gateway);
		bool in = prefix_covers(&l->prefix, p);

		if (of && in && p->len <= l->max_len)
			return CLAIM_VALID;
		if (of || in)
			state = CLAIM_INVALID;
	}
	return state;
}

/* Few bits differ, so that one is often in another. */
static struct prefix some_prefix(void)
{
	struct prefix p = { .family = random() % 3 ? AF_INET : AF_INET6 };

	p.b[0] = (uint8_t)(random() % 4 << 6);
	p.b[1] = (uint8_t)(random() % 2);
	p.b[3] = (uint8_t)(random() % 4);
	p.len = (uint8_t)(random() % 4 ? random() % 5 * 8 :
					 random() % (addr_bits(p.family) + 1));
	prefix_mask(&p);
	return p;
}

static struct claims some_claims(void)
{
	struct claims c = { .n = (size_t)(random() % 12) };
	size_t i;

	c.list = calloc(c.n + 1, sizeof(*c.list));
	if (!c.list)
		abort();
	for (i = 0; i < c.n; i++) {
		struct claim *l = &c.list[i];
		unsigned int bits;

		l->gateways = some_prefix();
		l->prefix = some_prefix();
		bits = addr_bits(l->prefix.family);
		l->max_len = (uint8_t)(l->prefix.len +
				       random() % (bits - l->prefix.len + 1));
	}
	claims_settle(&c);
	return c;
}

TEST(like_a_walk) {
	unsigned int round, i, states[3] = { 0 };

	for (round = 0; round < 2000; round++) {
		struct claims c = some_claims();

		for (i = 0; i < 50; i++) {
			struct prefix p = some_prefix(), g = some_prefix();
			struct addr a = { .family = g.family };
			enum claim_state is;

			memcpy(a.b, g.b, sizeof(a.b));
			is = claims_check(&c, &a, &p);
			ASSERT_EQ(walk(&c, &a, &p), is);
			states[is]++;
		}
		claims_free(&c);
	}
	for (i = 0; i < ARRAY_SIZE(states); i++)
		EXPECT_GT(states[i], 1000);
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

	claims_settle(&c);
	EXPECT_STREQ("valid", check(&c, "192.0.2.1", "10.1.1.0/24"));
	EXPECT_STREQ("invalid", check(&c, "192.0.2.1", "10.1.1.0/25"));
	EXPECT_STREQ("invalid", check(&c, "192.0.2.9", "10.2.1.0/25"));
	EXPECT_STREQ("unknown", check(&c, "192.0.2.9", "2001:db8::/64"));
	EXPECT_STREQ("invalid", check(&c, "192.0.2.9", "2001:db8::/65"));
	free(c.gateways);
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
