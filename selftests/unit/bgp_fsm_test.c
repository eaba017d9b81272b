// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bgp/fsm: the whole table of RFC 4271, section 8.2.2, and collisions.
 */
#include "bgp/fsm.h"

#include "bgp/wire.h"
#include "kselftest_harness.h"

enum {
	STATES = BGP_ESTABLISHED + 1,
	FAIL = BGP_DO_DROP | BGP_DO_IDLE_HOLD,
	LOUD = FAIL | BGP_DO_NOTIFY,
	GO = BGP_DO_RETRY | BGP_DO_CONNECT,
	SAY_STOP = BGP_DO_NOTIFY | BGP_DO_DROP,
};

struct want {
	enum bgp_state next;
	unsigned int actions;
	uint8_t code, subcode;
};

/* Down: events. Across: Idle, Connect, Active. */
static const struct want unconnected[BGP_EV_COUNT][3] = {
	[BGP_EV_START] = { { BGP_CONNECT, GO },
			   { BGP_CONNECT },
			   { BGP_ACTIVE } },
	[BGP_EV_STOP] = { { BGP_IDLE, BGP_DO_DROP },
			  { BGP_IDLE, BGP_DO_DROP },
			  { BGP_IDLE, BGP_DO_DROP } },
	[BGP_EV_RETRY_TIMER] = { { BGP_IDLE },
				 { BGP_CONNECT, GO },
				 { BGP_CONNECT, GO } },
	[BGP_EV_HOLD_TIMER] = { { BGP_IDLE },
				{ BGP_IDLE, FAIL },
				{ BGP_IDLE, FAIL } },
	[BGP_EV_KEEPALIVE_TIMER] = { { BGP_IDLE },
				     { BGP_IDLE, FAIL },
				     { BGP_IDLE, FAIL } },
	[BGP_EV_IDLE_TIMER] = { { BGP_CONNECT, GO },
				{ BGP_CONNECT },
				{ BGP_ACTIVE } },
	[BGP_EV_TCP_UP] = { { BGP_IDLE },
			    { BGP_OPENSENT, BGP_DO_NO_RETRY | BGP_DO_OPEN },
			    { BGP_OPENSENT, BGP_DO_NO_RETRY | BGP_DO_OPEN } },
	[BGP_EV_TCP_FAILS] = { { BGP_IDLE },
			       { BGP_ACTIVE, BGP_DO_DROP | BGP_DO_RETRY },
			       { BGP_ACTIVE, BGP_DO_DROP | BGP_DO_RETRY } },
	[BGP_EV_OPEN] = { { BGP_IDLE }, { BGP_IDLE, FAIL }, { BGP_IDLE, FAIL } },
	[BGP_EV_BAD_MESSAGE] = { { BGP_IDLE },
				 { BGP_IDLE, FAIL },
				 { BGP_IDLE, FAIL } },
	[BGP_EV_COLLISION] = { { BGP_IDLE, BGP_DO_DROP },
			       { BGP_IDLE, BGP_DO_DROP },
			       { BGP_IDLE, BGP_DO_DROP } },
	[BGP_EV_NOTIFICATION] = { { BGP_IDLE },
				  { BGP_IDLE, FAIL },
				  { BGP_IDLE, FAIL } },
	[BGP_EV_KEEPALIVE] = { { BGP_IDLE },
			       { BGP_IDLE, FAIL },
			       { BGP_IDLE, FAIL } },
	[BGP_EV_UPDATE] = { { BGP_IDLE },
			    { BGP_IDLE, FAIL },
			    { BGP_IDLE, FAIL } },
	[BGP_EV_REFRESH] = { { BGP_IDLE },
			     { BGP_IDLE, FAIL },
			     { BGP_IDLE, FAIL } },
};

/* Down: events. Across: OpenSent, OpenConfirm, Established. */
static const struct want connected[BGP_EV_COUNT][3] = {
	[BGP_EV_START] = { { BGP_OPENSENT },
			   { BGP_OPENCONFIRM },
			   { BGP_ESTABLISHED } },
	[BGP_EV_STOP] = { { BGP_IDLE, SAY_STOP, 6, 2 },
			  { BGP_IDLE, SAY_STOP, 6, 2 },
			  { BGP_IDLE, SAY_STOP, 6, 2 } },
	[BGP_EV_RETRY_TIMER] = { { BGP_OPENSENT },
				 { BGP_OPENCONFIRM },
				 { BGP_ESTABLISHED } },
	[BGP_EV_HOLD_TIMER] = { { BGP_IDLE, LOUD, 4, 0 },
				{ BGP_IDLE, LOUD, 4, 0 },
				{ BGP_IDLE, LOUD, 4, 0 } },
	[BGP_EV_KEEPALIVE_TIMER] = { { BGP_IDLE, LOUD, 5, 1 },
				     { BGP_OPENCONFIRM, BGP_DO_KEEPALIVE },
				     { BGP_ESTABLISHED, BGP_DO_KEEPALIVE } },
	[BGP_EV_IDLE_TIMER] = { { BGP_OPENSENT },
				{ BGP_OPENCONFIRM },
				{ BGP_ESTABLISHED } },
	[BGP_EV_TCP_UP] = { { BGP_OPENSENT },
			    { BGP_OPENCONFIRM },
			    { BGP_ESTABLISHED } },
	[BGP_EV_TCP_FAILS] = { { BGP_ACTIVE, BGP_DO_DROP | BGP_DO_RETRY },
			       { BGP_IDLE, FAIL },
			       { BGP_IDLE, FAIL } },
	[BGP_EV_OPEN] = { { BGP_OPENCONFIRM,
			    BGP_DO_KEEPALIVE | BGP_DO_NEGOTIATE },
			  { BGP_IDLE, LOUD, 5, 2 },
			  { BGP_IDLE, LOUD, 5, 3 } },
	[BGP_EV_BAD_MESSAGE] = { { BGP_IDLE, LOUD },
				 { BGP_IDLE, LOUD },
				 { BGP_IDLE, LOUD } },
	[BGP_EV_COLLISION] = { { BGP_IDLE, SAY_STOP, 6, 7 },
			       { BGP_IDLE, SAY_STOP, 6, 7 },
			       { BGP_IDLE, SAY_STOP, 6, 7 } },
	[BGP_EV_NOTIFICATION] = { { BGP_IDLE, FAIL },
				  { BGP_IDLE, FAIL },
				  { BGP_IDLE, FAIL } },
	[BGP_EV_KEEPALIVE] = { { BGP_IDLE, LOUD, 5, 1 },
			       { BGP_ESTABLISHED, BGP_DO_HOLD | BGP_DO_UP },
			       { BGP_ESTABLISHED, BGP_DO_HOLD } },
	[BGP_EV_UPDATE] = { { BGP_IDLE, LOUD, 5, 1 },
			    { BGP_IDLE, LOUD, 5, 2 },
			    { BGP_ESTABLISHED, BGP_DO_HOLD | BGP_DO_UPDATE } },
	[BGP_EV_REFRESH] = { { BGP_IDLE, LOUD, 5, 1 },
			     { BGP_IDLE, LOUD, 5, 2 },
			     { BGP_ESTABLISHED,
			       BGP_DO_HOLD | BGP_DO_REFRESH } },
};

static bool as_wanted(enum bgp_state state, enum bgp_event event)
{
	const struct want *w = state < BGP_OPENSENT ?
				       &unconnected[event][state] :
				       &connected[event][state - BGP_OPENSENT];
	struct bgp_step step = bgp_fsm(state, event);

	return step.next == w->next && step.actions == w->actions &&
	       step.code == w->code && step.subcode == w->subcode;
}

TEST(table) {
	unsigned int state, event;

	for (state = 0; state < STATES; state++) {
		for (event = 0; event < BGP_EV_COUNT; event++) {
			EXPECT_TRUE(as_wanted(state, event))
			{
				TH_LOG("%s in %s", bgp_event_name(event),
				       bgp_state_name(state));
			}
		}
	}
}

/* What must hold however the table is written. */
TEST(invariants) {
	unsigned int state, event;

	for (state = 0; state < STATES; state++) {
		for (event = 0; event < BGP_EV_COUNT; event++) {
			struct bgp_step s = bgp_fsm(state, event);

			/* Established is left with its routes gone. */
			if (state == BGP_ESTABLISHED && s.next != state)
				EXPECT_TRUE(s.actions & BGP_DO_DROP);
			/* Nothing is said before there is somebody. */
			if (s.actions & BGP_DO_NOTIFY)
				EXPECT_GE(state, BGP_OPENSENT);
			/* Only a KEEPALIVE establishes. */
			if (s.next == BGP_ESTABLISHED && state != s.next)
				EXPECT_EQ(event, BGP_EV_KEEPALIVE);
		}
	}
}

TEST(collision) {
	EXPECT_TRUE(bgp_collision_keeps_ours(2, 65001, 1, 65002));
	EXPECT_FALSE(bgp_collision_keeps_ours(1, 65002, 2, 65001));
	EXPECT_TRUE(bgp_collision_keeps_ours(0xc0000001, 1, 0x0a000001, 2));
	/* RFC 6286: the same identifier in two ASes. */
	EXPECT_TRUE(bgp_collision_keeps_ours(7, 65002, 7, 65001));
	EXPECT_FALSE(bgp_collision_keeps_ours(7, 65001, 7, 65002));
}

TEST_HARNESS_MAIN
