// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kern/sync: a diff, applied to what is there, gives what is wanted, and
 * touches nothing else.
 */
#include "kern/sync.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "kselftest_harness.h"

#define UNIVERSE 64
#define ROUNDS 2000

static struct kern_route route(const char *text, uint8_t action, uint32_t gw)
{
	struct kern_route r;
	const char *why;

	memset(&r, 0, sizeof(r));
	if (!prefix_parse(text, &r.prefix, &why))
		abort();
	r.target.action = action;
	r.target.n_gateways = gw ? 1 : 0;
	r.target.gateways[0] = gw;
	return r;
}

static bool same(const struct prefix *p, const char *text)
{
	char buf[PREFIX_STRLEN];

	return !strcmp(prefix_format(p, buf), text);
}

TEST(each_kind_of_difference) {
	const struct kern_route want[] = {
		route("10.0.0.0/8", CESTEER_ACTION_PROTECT, 1),
		route("10.1.0.0/16", CESTEER_ACTION_BYPASS, 0),
		route("10.2.0.0/16", CESTEER_ACTION_PROTECT, 3),
		route("2001:db8::/32", CESTEER_ACTION_DISCARD, 0),
	};
	const struct kern_route have[] = {
		route("10.0.0.0/8", CESTEER_ACTION_PROTECT, 1),
		route("10.2.0.0/16", CESTEER_ACTION_PROTECT, 2),
		route("10.3.0.0/16", CESTEER_ACTION_PROTECT, 2),
	};
	struct kern_route_diff d;

	ASSERT_EQ(0, kern_diff_routes(want, 4, have, 3, &d));
	ASSERT_EQ(3, d.n_add);
	EXPECT_TRUE(same(&d.add[0].prefix, "10.1.0.0/16"));
	EXPECT_TRUE(same(&d.add[1].prefix, "10.2.0.0/16"));
	EXPECT_EQ(3, d.add[1].target.gateways[0]);
	EXPECT_TRUE(same(&d.add[2].prefix, "2001:db8::/32"));
	ASSERT_EQ(1, d.n_del);
	EXPECT_TRUE(same(&d.del[0], "10.3.0.0/16"));
	kern_route_diff_free(&d);
}

TEST(preference_of_gateways_is_a_difference) {
	struct kern_route want = route("10.0.0.0/8", CESTEER_ACTION_PROTECT, 1);
	struct kern_route have = want;
	struct kern_route_diff d;

	want.target.n_gateways = 2;
	have.target.n_gateways = 2;
	want.target.gateways[1] = 2;
	have.target.gateways[0] = 2;
	have.target.gateways[1] = 1;
	ASSERT_EQ(0, kern_diff_routes(&want, 1, &have, 1, &d));
	EXPECT_EQ(1, d.n_add);
	EXPECT_EQ(0, d.n_del);
	kern_route_diff_free(&d);
	/* What is behind n_gateways says nothing. */
	have = want;
	have.target.gateways[5] = 77;
	ASSERT_EQ(0, kern_diff_routes(&want, 1, &have, 1, &d));
	EXPECT_EQ(0, d.n_add);
	kern_route_diff_free(&d);
}

TEST(empty_sides) {
	const struct kern_route r = route("::/0", CESTEER_ACTION_DISCARD, 0);
	struct kern_route_diff d;

	ASSERT_EQ(0, kern_diff_routes(NULL, 0, NULL, 0, &d));
	EXPECT_EQ(0, d.n_add + d.n_del);
	kern_route_diff_free(&d);
	ASSERT_EQ(0, kern_diff_routes(&r, 1, NULL, 0, &d));
	EXPECT_EQ(1, d.n_add);
	EXPECT_EQ(0, d.n_del);
	kern_route_diff_free(&d);
	ASSERT_EQ(0, kern_diff_routes(NULL, 0, &r, 1, &d));
	EXPECT_EQ(0, d.n_add);
	EXPECT_EQ(1, d.n_del);
	kern_route_diff_free(&d);
}

TEST(disorder_is_refused) {
	const struct kern_route r[] = {
		route("10.1.0.0/16", CESTEER_ACTION_BYPASS, 0),
		route("10.0.0.0/8", CESTEER_ACTION_BYPASS, 0),
	};
	const struct prefix twice[] = { r[0].prefix, r[0].prefix };
	struct kern_source_diff s;
	struct kern_route_diff d;

	EXPECT_EQ(-EINVAL, kern_diff_routes(r, 2, NULL, 0, &d));
	EXPECT_EQ(-EINVAL, kern_diff_routes(NULL, 0, r, 2, &d));
	EXPECT_EQ(-EINVAL, kern_diff_sources(twice, 2, NULL, 0, &s));
	EXPECT_EQ(-EINVAL, kern_diff_sources(NULL, 0, twice, 2, &s));
}

/* Prefix number i of a small universe in order of prefix_cmp(). */
static struct prefix numbered(unsigned int i)
{
	struct prefix p;

	memset(&p, 0, sizeof(p));
	p.family = i < UNIVERSE / 2 ? AF_INET : AF_INET6;
	p.b[0] = 10;
	p.b[1] = (uint8_t)i;
	p.len = 16;
	return p;
}

/* Target of each prefix, 0: not there. */
static size_t random_table(uint8_t *model, struct kern_route *r)
{
	size_t n = 0;
	unsigned int i;

	for (i = 0; i < UNIVERSE; i++) {
		model[i] = (uint8_t)(rand() % 4);
		if (!model[i])
			continue;
		memset(&r[n], 0, sizeof(r[n]));
		r[n].prefix = numbered(i);
		r[n].target.action = CESTEER_ACTION_PROTECT;
		r[n].target.n_gateways = 1;
		r[n].target.gateways[0] = model[i];
		n++;
	}
	return n;
}

TEST(random_tables_against_a_model) {
	struct kern_route want[UNIVERSE], have[UNIVERSE];
	uint8_t wanted[UNIVERSE], there[UNIVERSE];
	unsigned int round;

	srand(4301);
	for (round = 0; round < ROUNDS; round++) {
		size_t n_want = random_table(wanted, want);
		size_t n_have = random_table(there, have);
		size_t differ = 0, i;
		struct kern_route_diff d;

		for (i = 0; i < UNIVERSE; i++)
			differ += wanted[i] != there[i];
		ASSERT_EQ(0, kern_diff_routes(want, n_want, have, n_have, &d));
		EXPECT_EQ(differ, d.n_add + d.n_del);
		for (i = 0; i < d.n_add; i++)
			there[d.add[i].prefix.b[1]] =
				(uint8_t)d.add[i].target.gateways[0];
		for (i = 0; i < d.n_del; i++)
			there[d.del[i].b[1]] = 0;
		EXPECT_EQ(0, memcmp(wanted, there, sizeof(there)));
		kern_route_diff_free(&d);
	}
}

TEST(sources) {
	const struct prefix want[] = { numbered(1), numbered(2), numbered(40) };
	const struct prefix have[] = { numbered(0), numbered(2), numbered(41) };
	struct kern_source_diff d;

	ASSERT_EQ(0, kern_diff_sources(want, 3, have, 3, &d));
	ASSERT_EQ(2, d.n_add);
	ASSERT_EQ(2, d.n_del);
	EXPECT_EQ(0, prefix_cmp(&want[0], &d.add[0]));
	EXPECT_EQ(0, prefix_cmp(&want[2], &d.add[1]));
	EXPECT_EQ(0, prefix_cmp(&have[0], &d.del[0]));
	EXPECT_EQ(0, prefix_cmp(&have[2], &d.del[1]));
	kern_source_diff_free(&d);
}

TEST_HARNESS_MAIN
