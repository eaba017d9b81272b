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

TEST(each_kind_of_difference) {
	const struct prefix want[] = { numbered(1), numbered(2), numbered(40) };
	const struct prefix have[] = { numbered(0), numbered(2), numbered(41) };
	struct kern_diff d;

	ASSERT_EQ(0, kern_diff(want, 3, have, 3, &d));
	ASSERT_EQ(2, d.n_add);
	ASSERT_EQ(2, d.n_del);
	EXPECT_EQ(0, prefix_cmp(&want[0], &d.add[0]));
	EXPECT_EQ(0, prefix_cmp(&want[2], &d.add[1]));
	EXPECT_EQ(0, prefix_cmp(&have[0], &d.del[0]));
	EXPECT_EQ(0, prefix_cmp(&have[2], &d.del[1]));
	kern_diff_free(&d);
}

/* A length more is another prefix. */
TEST(empty_sides_and_lengths) {
	struct prefix p = numbered(3), longer = numbered(3);
	struct kern_diff d;

	longer.len = 17;
	ASSERT_EQ(0, kern_diff(NULL, 0, NULL, 0, &d));
	EXPECT_EQ(0, d.n_add + d.n_del);
	kern_diff_free(&d);
	ASSERT_EQ(0, kern_diff(&p, 1, NULL, 0, &d));
	EXPECT_EQ(1, d.n_add);
	EXPECT_EQ(0, d.n_del);
	kern_diff_free(&d);
	ASSERT_EQ(0, kern_diff(&p, 1, &longer, 1, &d));
	EXPECT_EQ(1, d.n_add);
	EXPECT_EQ(1, d.n_del);
	kern_diff_free(&d);
}

TEST(disorder_is_refused) {
	const struct prefix twice[] = { numbered(5), numbered(5) };
	const struct prefix back[] = { numbered(5), numbered(4) };
	struct kern_diff d;

	EXPECT_EQ(-EINVAL, kern_diff(twice, 2, NULL, 0, &d));
	EXPECT_EQ(-EINVAL, kern_diff(NULL, 0, back, 2, &d));
}

static size_t random_set(bool *model, struct prefix *p)
{
	size_t n = 0;
	unsigned int i;

	for (i = 0; i < UNIVERSE; i++) {
		model[i] = rand() % 2;
		if (model[i])
			p[n++] = numbered(i);
	}
	return n;
}

TEST(random_sets_against_a_model) {
	struct prefix want[UNIVERSE], have[UNIVERSE];
	bool wanted[UNIVERSE], there[UNIVERSE];
	unsigned int round;

	srand(4301);
	for (round = 0; round < ROUNDS; round++) {
		size_t n_want = random_set(wanted, want);
		size_t n_have = random_set(there, have);
		size_t differ = 0, i;
		struct kern_diff d;

		for (i = 0; i < UNIVERSE; i++)
			differ += wanted[i] != there[i];
		ASSERT_EQ(0, kern_diff(want, n_want, have, n_have, &d));
		EXPECT_EQ(differ, d.n_add + d.n_del);
		for (i = 0; i < d.n_add; i++)
			there[d.add[i].b[1]] = true;
		for (i = 0; i < d.n_del; i++)
			there[d.del[i].b[1]] = false;
		EXPECT_EQ(0, memcmp(wanted, there, sizeof(there)));
		kern_diff_free(&d);
	}
}

TEST_HARNESS_MAIN
