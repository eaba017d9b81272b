// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rib/join: the whole truth table.
 */
#include "rib/join.h"

#include <string.h>
#include <stdlib.h>
#include "kselftest_harness.h"

#define OWN 5 /* our identity is 192.0.2.5 */

static struct addr gw(uint8_t last)
{
	return (struct addr){ AF_INET, { 192, 0, 2, last } };
}

/*
 * Paths from the best on, separated by commas, each as the last digits of its
 * identities; NULL: no path. The decision in short: "protect 1 2 (learned)".
 */
static struct claims claims; /* of the test */
static bool hole; /* of the test */
static uint8_t full_gateway; /* of the test */

static bool full(void *arg, uint16_t peer, const struct addr *gateway)
{
	return gateway->b[3] == full_gateway;
}

static const char *decide(const char *identities,
			  const struct join_static *fixed, bool originated)
{
	static const struct prefix prefix = { AF_INET, 16, { 10, 1 } };

	static char text[256];
	static const char *const actions[] = { "none", "protect", "bypass",
					       "discard" };
	struct best_path paths[JOIN_PATHS_MAX];
	struct bgp_sgi sgi[8][BGP_SGI_MAX] = { 0 };
	struct bgp_attrs attrs[8] = { 0 };
	struct rib_path path[8] = { 0 };
	struct rib_peer peer = { .ebgp = true };
	struct join_input in = {
		.prefix = &prefix,
		.claims = &claims,
		.full = full,
		.hole = hole,
		.paths = paths,
		.fixed = fixed,
		.originated = originated,
		.own4 = gw(OWN),
	};
	struct join_result out;
	size_t i, n, len;
	const char *c;

	for (c = identities; c && (c == identities || c[-1]); c++) {
		struct bgp_attrs *a = &attrs[in.n_paths];

		a->sgi = sgi[in.n_paths];
		for (; *c && *c != ','; c++)
			a->sgi[a->n_sgi++].gateway = gw(*c - '0');
		a->as_hops = in.n_paths++;
	}
	n = in.n_paths;
	/* Handed over in the wrong order. */
	for (i = 0; i < n; i++) {
		path[i].attrs = &attrs[i];
		path[i].peer = i;
		paths[n - 1 - i].path = &path[i];
		paths[n - 1 - i].peer = &peer;
	}
	join_decide(&in, &out);
	len = snprintf(text, sizeof(text), "%s", actions[out.action]);
	for (i = 0; i < out.n_gateways; i++)
		len += snprintf(text + len, sizeof(text) - len, " %d",
				out.gateways[i].b[3]);
	snprintf(text + len, sizeof(text) - len, "%s (%s)",
		 out.truncated ? " ..." : "", join_reason_name(out.reason));
	return text;
}

TEST(learned) {
	EXPECT_STREQ("none (no-path)", decide(NULL, NULL, false));
	EXPECT_STREQ("protect 1 (learned)", decide("1", NULL, false));
	EXPECT_STREQ("protect 1 2 (learned)", decide("12", NULL, false));
	EXPECT_STREQ("protect 2 1 (learned)", decide("2,1", NULL, false));
	EXPECT_STREQ("protect 2 1 3 (learned)", decide("2,12,3", NULL, false));
	EXPECT_STREQ("protect 1 2 3 4 6 7 8 9 ... (learned)",
		     decide("1234,6789,:", NULL, false));
}

/* Figure 3, entry 2: reachable, not protected, and no hole in a cover. */
TEST(no_identity) {
	EXPECT_STREQ("none (no-identity)", decide("", NULL, false));
	EXPECT_STREQ("none (no-identity)", decide(",", NULL, false));
}

/* A better path without an identity does not take protection away. */
TEST(fails_closed) {
	EXPECT_STREQ("protect 1 (learned)", decide(",1", NULL, false));
}

TEST(own_identity) {
	EXPECT_STREQ("none (own-identity)", decide("5", NULL, false));
	EXPECT_STREQ("none (own-identity)", decide(",5", NULL, false));
	/* Somebody who names us beside another does not unprotect either. */
	EXPECT_STREQ("protect 1 (learned)", decide("51", NULL, false));
	EXPECT_STREQ("protect 1 (learned)", decide("5,1", NULL, false));
}

TEST(originated) {
	EXPECT_STREQ("bypass (originated)", decide(NULL, NULL, true));
	EXPECT_STREQ("bypass (originated)", decide("1", NULL, true));
}

TEST(statics) {
	struct addr gws[] = { gw(9), gw(8) };
	struct join_static protect = { CESTEER_ACTION_PROTECT, 2, gws };
	struct join_static bypass = { CESTEER_ACTION_BYPASS, 0, NULL };
	struct join_static discard = { CESTEER_ACTION_DISCARD, 0, NULL };

	EXPECT_STREQ("protect 9 8 (static)", decide(NULL, &protect, false));
	EXPECT_STREQ("protect 9 8 (static)", decide("1", &protect, false));
	EXPECT_STREQ("bypass (static)", decide("1", &bypass, false));
	EXPECT_STREQ("discard (static)", decide("1", &discard, true));
}

/* 192.0.2.1 alone may claim 10.1.0.0/16, .3 something else. */
static struct claim list[] = {
	{ { AF_INET, 32, { 192, 0, 2, 1 } }, { AF_INET, 16, { 10, 1 } }, 16 },
	{ { AF_INET, 32, { 192, 0, 2, 3 } }, { AF_INET, 16, { 10, 3 } }, 16 },
};

FIXTURE(policy) {
};

FIXTURE_SETUP(policy) {
	claims = (struct claims){ .list = list, .n = 2 };
	claims_settle(&claims);
	hole = false;
	full_gateway = 0;
}

FIXTURE_TEARDOWN(policy) {
	free(claims.gateways);
	claims = (struct claims){ 0 };
	hole = false;
	full_gateway = 0;
}

/* A claim that is not allowed leaves the others, and never clear text. */
TEST_F(policy, rejects) {
	EXPECT_STREQ("protect 1 (learned)", decide("2,1", NULL, false));
	EXPECT_STREQ("protect 1 (learned)", decide("12", NULL, false));
	EXPECT_STREQ("none (rejected)", decide("2", NULL, false));
	EXPECT_STREQ("none (rejected)", decide("3,", NULL, false));
	EXPECT_STREQ("none (rejected)", decide("5,2", NULL, false));
	claims.accept_invalid = true;
	EXPECT_STREQ("protect 2 1 (learned)", decide("2,1", NULL, false));
}

TEST_F(policy, unknown) {
	claims.n = 0;
	EXPECT_STREQ("protect 2 (learned)", decide("2", NULL, false));
	claims.reject_unknown = true;
	EXPECT_STREQ("none (rejected)", decide("2", NULL, false));
}

/* Local decisions are not claims. */
TEST_F(policy, not_for_statics) {
	struct addr gws[] = { gw(9) };
	struct join_static protect = { CESTEER_ACTION_PROTECT, 1, gws };

	EXPECT_STREQ("protect 9 (static)", decide("2", &protect, false));
	EXPECT_STREQ("bypass (originated)", decide("2", NULL, true));
}

TEST_F(policy, limits) {
	claims.n = 0;
	full_gateway = 1;
	EXPECT_STREQ("protect 2 (learned)", decide("1,2", NULL, false));
	EXPECT_STREQ("none (limited)", decide("1", NULL, false));
}

TEST_F(policy, hole) {
	hole = true;
	EXPECT_STREQ("bypass (no-identity)", decide("", NULL, false));
	EXPECT_STREQ("none (no-path)", decide(NULL, NULL, false));
	EXPECT_STREQ("none (own-identity)", decide("5", NULL, false));
	EXPECT_STREQ("none (rejected)", decide("2,", NULL, false));
	EXPECT_STREQ("protect 1 (learned)", decide(",1", NULL, false));
}

TEST_HARNESS_MAIN
