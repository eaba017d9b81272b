// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rib/hold: what outlives the route that said so, and for how long.
 */
#include "rib/hold.h"

#include <stdio.h>
#include "kselftest_harness.h"

static const struct hold_policy policy = { 600, HOLD_FOREVER };

/* "withdrawn 100": held since then; "-": it is not. */
static const char *decide(enum join_reason was, uint32_t since,
			  enum join_reason said, uint32_t now)
{
	struct hold_state s = { was, since }, held;
	static char text[64];

	if (!hold_decide(&policy, &s, said, now, &held))
		return "-";
	snprintf(text, sizeof(text), "%s %u", join_reason_name(held.reason),
		 held.since);
	return text;
}

TEST(begins) {
	EXPECT_STREQ("withdrawn 100",
		     decide(JOIN_LEARNED, 0, JOIN_NO_PATH, 100));
	EXPECT_STREQ("downgraded 100",
		     decide(JOIN_LEARNED, 0, JOIN_NO_IDENTITY, 100));
	EXPECT_STREQ("downgraded 100",
		     decide(JOIN_LEARNED, 0, JOIN_OWN_IDENTITY, 100));
	EXPECT_STREQ("downgraded 100",
		     decide(JOIN_LEARNED, 0, JOIN_REJECTED, 100));
	EXPECT_STREQ("downgraded 100",
		     decide(JOIN_LEARNED, 0, JOIN_LIMITED, 100));
	EXPECT_STREQ("withdrawn 100",
		     decide(JOIN_ADOPTED, 7, JOIN_NO_PATH, 100));
}

TEST(goes_on_and_ends) {
	EXPECT_STREQ("withdrawn 100",
		     decide(JOIN_WITHDRAWN, 100, JOIN_NO_PATH, 700));
	EXPECT_STREQ("-", decide(JOIN_WITHDRAWN, 100, JOIN_NO_PATH, 701));
	EXPECT_STREQ("downgraded 100", decide(JOIN_DOWNGRADED, 100,
					      JOIN_NO_IDENTITY, 4000000000));
}

/* Each kind of loss has its own time, from when it began. */
TEST(changes) {
	EXPECT_STREQ("downgraded 300",
		     decide(JOIN_WITHDRAWN, 100, JOIN_NO_IDENTITY, 300));
	EXPECT_STREQ("withdrawn 300",
		     decide(JOIN_DOWNGRADED, 100, JOIN_NO_PATH, 300));
}

/* Protected again, or the operator's own decision. */
TEST(no_loss) {
	EXPECT_STREQ("-", decide(JOIN_WITHDRAWN, 100, JOIN_LEARNED, 101));
	EXPECT_STREQ("-", decide(JOIN_LEARNED, 0, JOIN_STATIC, 101));
	EXPECT_STREQ("-", decide(JOIN_LEARNED, 0, JOIN_ORIGINATED, 101));
	EXPECT_STREQ("-", decide(JOIN_STATIC, 0, JOIN_NO_PATH, 101));
	EXPECT_STREQ("-", decide(JOIN_ORIGINATED, 0, JOIN_NO_PATH, 101));
	EXPECT_STREQ("-", decide(JOIN_REJECTED, 0, JOIN_NO_PATH, 101));
	EXPECT_STREQ("-", decide(JOIN_NO_IDENTITY, 0, JOIN_NO_PATH, 101));
}

TEST(ends) {
	struct hold_state s = { JOIN_WITHDRAWN, 100 };
	struct hold_policy none = { 0, 0 }, long_time = { 4294967200, 1 };

	EXPECT_EQ(701, hold_end(&policy, &s));
	EXPECT_EQ(100, hold_end(&none, &s));
	/* No overflow. */
	EXPECT_EQ(HOLD_FOREVER, hold_end(&long_time, &s));
	s.reason = JOIN_DOWNGRADED;
	EXPECT_EQ(HOLD_FOREVER, hold_end(&policy, &s));
	EXPECT_EQ(102, hold_end(&long_time, &s));
	s.reason = JOIN_ADOPTED;
	EXPECT_EQ(HOLD_FOREVER, hold_end(&none, &s));
}

TEST_HARNESS_MAIN
