// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/pass: a bounded part a turn, each entry once, whatever changes between.
 */
#include "core/pass.h"

#include <string.h>
#include "bgp/intern.h"
#include "core/core.h"
#include "core/vpn.h"
#include "kselftest_harness.h"

#define ENTRIES 10000
/* More than an entry costs, less than a million do. */
#define PART 1000

FIXTURE(passes) {
	struct daemon daemon;
	struct vpn vpn;
	struct bgp_attrs *attrs;
};

static size_t visited, ended;

static bool visit(struct vpn *v, struct rib_entry *e)
{
	rib_entry_mark(e, ENTRY_REJECTS, true);
	visited++;
	return !rib_entry_marked(e, ENTRY_BARE);
}

static void end(struct vpn *v, size_t n)
{
	ended += n;
}

static void once_more(struct vpn *v, size_t n)
{
	ended += n;
	pass_start(v, PASS_REQUEUE, visit, end);
}

static struct prefix numbered(uint32_t i)
{
	struct prefix p = { .family = AF_INET, .len = 32 };

	memcpy(p.b, &i, sizeof(i));
	return p;
}

static struct rib_entry *at(FIXTURE_DATA(passes) * self, uint32_t i)
{
	struct prefix p = numbered(i);

	return rib_find(self->vpn.rib, &p);
}

static void say(FIXTURE_DATA(passes) * self, uint32_t i)
{
	struct prefix p = numbered(i);

	rib_reach(self->vpn.rib, 0, 0, &p, self->attrs, 1);
}

static void settle(FIXTURE_DATA(passes) * self)
{
	struct rib_entry *e;

	while ((e = rib_dirty_next(self->vpn.rib)))
		rib_settle(self->vpn.rib, e);
}

FIXTURE_SETUP(passes) {
	static uint8_t none[1];
	struct bgp_path path = { .as_path.p = none };
	struct addr hop = { .family = AF_INET };
	struct rib_peer peer = { 0 };
	uint32_t i;

	memset(&self->daemon, 0, sizeof(self->daemon));
	memset(&self->vpn, 0, sizeof(self->vpn));
	/* Nothing is scheduled. */
	self->daemon.ending = true;
	self->vpn.d = &self->daemon;
	self->vpn.rib = rib_create(1);
	self->attrs = bgp_attrs_intern(&path, &hop);
	rib_peer_set(self->vpn.rib, 0, &peer);
	for (i = 0; i < ENTRIES; i++)
		say(self, i);
	settle(self);
	visited = 0;
	ended = 0;
}

FIXTURE_TEARDOWN(passes) {
	rib_destroy(self->vpn.rib);
	EXPECT_EQ(1, self->attrs->refs);
	bgp_attrs_put(self->attrs);
}

TEST_F(passes, a_part_a_turn) {
	size_t turns = 0, before;
	bool more;

	EXPECT_FALSE(pass_all(&self->vpn, 0));
	pass_start(&self->vpn, PASS_REQUEUE, visit, end);
	do {
		before = visited;
		more = pass_all(&self->vpn, 0);
		ASSERT_GE(before + PART, visited);
		turns++;
	} while (more);
	EXPECT_LT(ENTRIES / PART, turns);
	EXPECT_EQ(ENTRIES, visited);
	EXPECT_EQ(ENTRIES, ended);
	EXPECT_FALSE(pass_under_way(&self->vpn, PASS_REQUEUE));
	/* With time enough, all at once. */
	pass_start(&self->vpn, PASS_REQUEUE, visit, end);
	EXPECT_FALSE(pass_all(&self->vpn, UINT64_MAX));
	EXPECT_EQ(2 * ENTRIES, visited);
}

/* What the rib itself has to do is done in the same way. */
TEST_F(passes, a_sweep) {
	struct rib_stats s;
	size_t before;

	EXPECT_EQ(ENTRIES, rib_sweep(self->vpn.rib, 0, 0, false));
	EXPECT_EQ(0, rib_dirty_count(self->vpn.rib));
	do
		before = rib_dirty_count(self->vpn.rib);
	while (pass_all(&self->vpn, 0) &&
	       rib_dirty_count(self->vpn.rib) <= before + PART);
	EXPECT_EQ(ENTRIES, rib_dirty_count(self->vpn.rib));
	settle(self);
	rib_stats(self->vpn.rib, &s);
	EXPECT_EQ(0, s.entries);
}

TEST_F(passes, changes_meanwhile) {
	uint32_t i;
	size_t n;

	pass_start(&self->vpn, PASS_MODE, visit, end);
	EXPECT_TRUE(pass_ahead(&self->vpn, PASS_MODE, at(self, 0)));
	EXPECT_FALSE(pass_ahead(&self->vpn, PASS_REQUEUE, at(self, 0)));
	EXPECT_TRUE(pass_all(&self->vpn, 0));
	EXPECT_FALSE(pass_ahead(&self->vpn, PASS_MODE, at(self, 0)));
	EXPECT_TRUE(pass_ahead(&self->vpn, PASS_MODE, at(self, ENTRIES - 1)));
	for (i = 0, n = 0; i < ENTRIES; i++)
		n += pass_ahead(&self->vpn, PASS_MODE, at(self, i));
	EXPECT_EQ(ENTRIES - visited, n);
	/* The last half goes, and as many others come. */
	for (i = ENTRIES / 2; i < ENTRIES; i++) {
		struct prefix p = numbered(i);

		rib_withdraw(self->vpn.rib, 0, 0, &p);
	}
	settle(self);
	for (; i < ENTRIES + ENTRIES / 2; i++)
		say(self, i);
	/* One of another kind begins, and begins again. */
	pass_start(&self->vpn, PASS_RELEASE, visit, end);
	EXPECT_TRUE(pass_all(&self->vpn, 0));
	pass_start(&self->vpn, PASS_RELEASE, visit, end);
	while (pass_all(&self->vpn, 0))
		;
	for (i = 0; i < ENTRIES / 2; i++)
		EXPECT_TRUE(rib_entry_marked(at(self, i), ENTRY_REJECTS));
	EXPECT_EQ(2 * ENTRIES, ended);
}

TEST_F(passes, an_end_that_begins) {
	pass_start(&self->vpn, PASS_REQUEUE, visit, once_more);
	EXPECT_TRUE(pass_all(&self->vpn, 0));
	pass_finish(&self->vpn, PASS_REQUEUE);
	EXPECT_EQ(2 * ENTRIES, ended);
	EXPECT_FALSE(pass_all(&self->vpn, 0));
}

/* What is begun again in each turn comes to the last entry all the same. */
TEST_F(passes, begun_again_and_again) {
	size_t turns;

	for (turns = 0; turns < ENTRIES / 10; turns++) {
		vpn_requeue(&self->vpn);
		vpn_rerank(&self->vpn);
		pass_all(&self->vpn, 0);
	}
	EXPECT_EQ(ENTRIES, rib_dirty_count(self->vpn.rib));
	/* Once more is not for ever. */
	pass_finish(&self->vpn, PASS_REQUEUE);
	EXPECT_FALSE(pass_under_way(&self->vpn, PASS_REQUEUE));
}

/* Those that the pass had gone by when it was begun again are seen too. */
TEST_F(passes, begun_again_once) {
	vpn_requeue(&self->vpn);
	EXPECT_TRUE(pass_all(&self->vpn, 0));
	settle(self);
	vpn_requeue(&self->vpn);
	while (pass_all(&self->vpn, 0))
		;
	EXPECT_EQ(ENTRIES, rib_dirty_count(self->vpn.rib));
}

TEST_HARNESS_MAIN
