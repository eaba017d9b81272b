// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/import: whose a route is.
 */
#include "core/import.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "kselftest_harness.h"

enum { IMPORTS = 500 };

static struct bgp_target targets[IMPORTS];

static struct bgp_target target(unsigned int number)
{
	return (struct bgp_target){ { 0, 2, 0xfb, 0xf4, 0, 0, number >> 8,
				      number & 255 } };
}

/* Attributes with n targets from 64500:FIRST on; never interned. */
static struct bgp_attrs *attrs_of(unsigned int first, uint8_t n)
{
	struct bgp_attrs *a =
		calloc(1, sizeof(*a) + n * sizeof(struct bgp_target));
	struct bgp_target *t = (void *)a->as_path;
	uint8_t i;

	a->refs = 1;
	a->vpn = true;
	a->n_targets = n;
	for (i = 0; i < n; i++)
		t[i] = target(first + i);
	return a;
}

TEST(whose_it_is) {
	struct bgp_attrs *a = attrs_of(0, 3), *b = attrs_of(2, 64);
	struct conf_vpn conf = { .imports = targets, .n_imports = 1 };
	struct vpn v = { .conf = &conf };
	unsigned int i, again;

	for (i = 0; i < 100; i++) {
		targets[0] = target(i);
		/* Another configuration: what was said of this one counts not. */
		import_forget(&v);
		EXPECT_EQ(1, a->refs);
		EXPECT_EQ(1, b->refs);
		for (again = 0; again < 2; again++) {
			EXPECT_EQ(i < 3, import_wants(&v, a));
			EXPECT_EQ(i < 3, import_wants(&v, a));
			EXPECT_EQ(i >= 2 && i < 66, import_wants(&v, b));
		}
	}
	/* None of a VPN family, or without targets. */
	targets[0] = target(0);
	import_forget(&v);
	EXPECT_TRUE(import_wants(&v, a));
	a->vpn = false;
	EXPECT_FALSE(import_wants(&v, a));
	a->vpn = true;
	conf.n_imports = 0;
	EXPECT_FALSE(import_wants(&v, a));
	import_forget(&v);
	EXPECT_EQ(1, a->refs);
	free(a);
	free(b);
}

/* A run of an UPDATE costs the same, however many targets there are. */
TEST(decided_once) {
	struct conf_vpn conf = { .imports = targets, .n_imports = IMPORTS };
	struct bgp_attrs *a = attrs_of(IMPORTS, BGP_TARGETS_MAX);
	struct vpn v = { .conf = &conf };
	struct timespec from, to;
	unsigned int i;

	for (i = 0; i < IMPORTS; i++)
		targets[i] = target(i);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	for (i = 0; i < 100000; i++)
		ASSERT_FALSE(import_wants(&v, a));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	EXPECT_LT(to.tv_sec - from.tv_sec, 3);
	import_forget(&v);
	free(a);
}

TEST_HARNESS_MAIN
