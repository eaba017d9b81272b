// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which gateways entries pass over: what the IKE daemon, an operator and a run
 * before have said. Time is real.
 */
#include "unit/daemon_life.h"

/* What the IKE daemon says of the last gateway, from here on. */
static void ike(enum ike_state state)
{
	fake_ike_state = state;
	fake_ike.ev.state(fake_ike.arg, fake_ike_last, state, "why");
}

/* What failed is used again when it was reached, not when nobody has tried. */
TEST_F(life, ike_failure_passes_a_gateway_over) {
	static const struct {
		enum ike_state state;
		const char *asked;
	} t[] = {
		{ IKE_LOADING, "" },
		{ IKE_FAILED, "gateway 192.0.2.1 on-demand down\n" },
		{ IKE_FAILED, "" },
		{ IKE_CONNECTING, "" },
		{ IKE_UP, "gateway 192.0.2.1 on-demand usable\n" },
		{ IKE_FAILED, "gateway 192.0.2.1 on-demand down\n" },
		{ IKE_LEARNED, "" },
		{ IKE_LOADING, "" },
		{ IKE_WAITING, "" },
		{ IKE_UP, "gateway 192.0.2.1 on-demand usable\n" },
		{ IKE_WAITING, "" },
	};
	size_t i;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1");
	asked(self);
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		fake_ike.ev.state(fake_ike.arg, fake_ike_last, t[i].state,
				  "why");
		EXPECT_STREQ(t[i].asked, asked(self));
	}
}

/* As after a reload, or when the IKE daemon was away: it has to be tried. */
TEST_F(life, what_was_down_is_tried) {
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1 192.0.2.2");
	asked(self);
	ike(IKE_FAILED);
	ike(IKE_WAITING);
	EXPECT_STREQ("gateway 192.0.2.2 on-demand down\n", asked(self));
	run(self, 1100);
	EXPECT_STREQ("initiate 192.0.2.2\n", asked(self));
	ike(IKE_UP);
	run(self, 1100);
	asked(self);
	ike(IKE_FAILED);
	asked(self);
	/* Also what a run before left so, whatever it was told. */
	end(self, false);
	fake_ike_state = IKE_WAITING;
	ASSERT_TRUE(begin(self, CONF VPN NO_HOLD PEER));
	asked(self);
	ike(IKE_WAITING);
	EXPECT_STREQ("", asked(self));
	EXPECT_EQ(0, self->d->gateways.list[1]->good_since);
	run(self, 1100);
	EXPECT_STREQ("initiate 192.0.2.2\n", asked(self));
	ike(IKE_UP);
	EXPECT_NE(0, self->d->gateways.list[1]->good_since);
	run(self, 1100);
	EXPECT_STREQ("", asked(self));
	fake_ike_state = IKE_LEARNED;
}

/* The kernel is told again what it did not take. */
TEST_F(life, down_is_refused) {
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1");
	asked(self);
	fake.no_settings = true;
	ike(IKE_FAILED);
	EXPECT_STREQ("", asked(self));
	fake.no_settings = false;
	run(self, 1100);
	EXPECT_STREQ("gateway 192.0.2.1 on-demand down\n", asked(self));
	run(self, 1100);
	EXPECT_STREQ("", asked(self));
	fake_ike_state = IKE_LEARNED;
}

/* An operator's word stands, whatever the IKE daemon and the entries do. */
TEST_F(life, drained) {
	struct bgp_peer *pe;
	char why[256];

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	asked(self);
	EXPECT_FALSE(daemon_gateway(self->d, "drain", "192.0.2.9", why,
				    sizeof(why)));
	EXPECT_STREQ("there is no gateway 192.0.2.9", why);
	EXPECT_FALSE(daemon_gateway(self->d, "undrain", "192.0.2.1", why,
				    sizeof(why)));
	EXPECT_STREQ("192.0.2.1 is not drained", why);
	ASSERT_TRUE(daemon_gateway(self->d, "drain", "192.0.2.1", why,
				   sizeof(why)));
	EXPECT_STREQ("gateway 192.0.2.1 on-demand down\n", asked(self));
	EXPECT_FALSE(daemon_gateway(self->d, "drain", "192.0.2.1", why,
				    sizeof(why)));
	fake_ike.ev.state(fake_ike.arg, fake_ike_last, IKE_FAILED, "why");
	fake_ike.ev.state(fake_ike.arg, fake_ike_last, IKE_UP, "");
	EXPECT_TRUE(reload(self, CONF TIMERS VPN NO_HOLD PEER));
	EXPECT_STREQ("peer pe originates 1\n", asked(self));
	/* Idle for longer than idle gateways are kept. */
	fake_withdraw(pe, "10.1.0.0/16");
	run(self, 4500);
	EXPECT_STREQ("-route 10.1.0.0/16\n", asked(self));
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	EXPECT_STREQ("+route 10.1.0.0/16 protect 1\n", asked(self));
	EXPECT_EQ(CESTEER_GATEWAY_DOWN, fake.gateways[0].state);
	/* What is not well stays down until it is. */
	fake_ike_state = IKE_FAILED;
	ASSERT_TRUE(daemon_gateway(self->d, "undrain", "192.0.2.1", why,
				   sizeof(why)));
	EXPECT_STREQ("", asked(self));
	fake_ike.ev.state(fake_ike.arg, fake_ike_last, IKE_UP, "");
	EXPECT_STREQ("gateway 192.0.2.1 on-demand usable\n", asked(self));
	fake_ike_state = IKE_UP;
	ASSERT_TRUE(daemon_gateway(self->d, "drain", "192.0.2.1", why,
				   sizeof(why)));
	ASSERT_TRUE(daemon_gateway(self->d, "undrain", "192.0.2.1", why,
				   sizeof(why)));
	EXPECT_STREQ("gateway 192.0.2.1 on-demand down\n"
		     "gateway 192.0.2.1 on-demand usable\n",
		     asked(self));
	fake_ike_state = IKE_LEARNED;
}

TEST_HARNESS_MAIN
