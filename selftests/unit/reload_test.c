// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A reload that changes what is in force: VPNs that get another name or table,
 * neighbors that move, trust that is taken away, where we listen. Time is real;
 * the timers are short.
 */
#include "unit/daemon_life.h"

static int uptime(FIXTURE_DATA(life) * self)
{
	json_t *o = daemon_show(self->d, "status", NULL, self->why,
				sizeof(self->why));
	int s = (int)json_integer_value(json_object_get(o, "uptime"));

	json_decref(o);
	return s;
}

/* A VPN that comes waits for who may confirm its entries; the daemon is old. */
TEST_F(life, a_renamed_vpn_is_no_new_daemon) {
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD));
	run(self, 2200);
	EXPECT_TRUE(self->d->settled);
	EXPECT_LE(1, uptime(self));
	self->d->started -= 3600;
	ASSERT_TRUE(reload(self,
			   CONF TIMERS "vpns:\n"
				       "  - name: blue\n"
				       "    source-prefixes: [10.5.0.0/16]\n"
				       "    trusted-subnets: [10.5.0.0/16]\n"));
	run(self, 50);
	EXPECT_FALSE(self->d->settled);
	EXPECT_LE(3601, uptime(self));
}

TEST_HARNESS_MAIN
