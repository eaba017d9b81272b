// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * daemon.c and core/: what is asked of the kernel and of the IKE daemon, in
 * which order, as neighbors come and go, the daemon restarts and its
 * configuration changes. Time is real; the timers are short.
 */
#include "unit/daemon_life.h"
#include "core/journal.h"

TEST_F(life, order_of_making_and_removing) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER))
	{
		TH_LOG("%s", self->why);
	}
	EXPECT_STREQ("+source 10.5.0.0/16\n+speaker\n+peer pe\n"
		     "+route 10.5.0.0/16 bypass 0\n",
		     asked(self));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.3.0.0/16", NULL);
	fake_reach(pe, "10.4.0.0/16", "192.0.2.5");
	fake_reach(pe, "10.5.0.0/16", "192.0.2.1");
	EXPECT_STREQ("+gateway 192.0.2.1\n+ike 192.0.2.1\n"
		     "+route 10.1.0.0/16 protect 1\n"
		     "+route 10.2.0.0/16 protect 1\n",
		     asked(self));
	fake_end_of_rib(pe);
	run(self, 1200);
	/* Nothing changes, nothing is asked. */
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	EXPECT_STREQ("", asked(self));
	/* To another gateway: replaced in place, never removed in between. */
	fake_reach(pe, "10.1.0.0/16", "192.0.2.2");
	EXPECT_STREQ("+gateway 192.0.2.2\n+ike 192.0.2.2\n"
		     "+route 10.1.0.0/16 protect 1\n",
		     asked(self));
	fake_withdraw(pe, "10.2.0.0/16");
	EXPECT_STREQ("-route 10.2.0.0/16\n", asked(self));
	/* The gateway goes once it was idle, connection first. */
	run(self, 500);
	EXPECT_STREQ("", asked(self));
	run(self, 2500);
	EXPECT_STREQ("-ike 192.0.2.1\n-gateway 192.0.2.1\n", asked(self));
	/* What loses its identity loses its own entry. */
	fake_reach(pe, "10.1.0.0/16", NULL);
	EXPECT_STREQ("-route 10.1.0.0/16\n", asked(self));
}

/* Ends with what the neighbor says, not with the timer. */
#define LONG "timers: { settle: 60, stale: 2, idle: 2 }\n"

TEST_F(life, restart_without_a_gap) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF LONG VPN NO_HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.3.0.0/16", "192.0.2.3");
	asked(self);
	end(self, false);
	EXPECT_STREQ("-peer pe\n", asked(self));
	EXPECT_EQ(4, fake.n_routes);

	fake_swept = false;
	ASSERT_TRUE(begin(self, CONF LONG VPN NO_HOLD PEER));
	EXPECT_STREQ("+ike 192.0.2.1\n+ike 192.0.2.3\n+speaker\n+peer pe\n",
		     asked(self));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.2.0.0/16", "192.0.2.2");
	/* What differs, and what nobody repeats, waits until all is said. */
	run(self, 1200);
	EXPECT_STREQ("", asked(self));
	EXPECT_FALSE(fake_swept);
	fake_end_of_rib(pe);
	run(self, 1200);
	EXPECT_TRUE(fake_swept);
	EXPECT_STREQ("+gateway 192.0.2.2\n+ike 192.0.2.2\n"
		     "+route 10.2.0.0/16 protect 1\n"
		     "-route 10.3.0.0/16\n",
		     asked(self));
	run(self, 2500);
	EXPECT_STREQ("-ike 192.0.2.3\n-gateway 192.0.2.3\n", asked(self));
	/* The ids and if_ids of those that stayed are the same. */
	EXPECT_EQ(2, fake.n_gateways);
	EXPECT_EQ(1, fake.gateways[0].id);
}

TEST_F(life, settles_by_the_timer) {
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1");
	run(self, 50);
	end(self, false);
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	asked(self);
	run(self, 800);
	EXPECT_STREQ("", asked(self));
	run(self, 2500);
	EXPECT_EQ(0, strncmp("-route 10.1.0.0/16\n", asked(self), 19));
}

TEST_F(life, flush_on_exit) {
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1");
	asked(self);
	EXPECT_TRUE(end(self, true));
	EXPECT_STREQ("-peer pe\n-vpn 0\n-ike all\n-gateway 192.0.2.1\n",
		     asked(self));
	EXPECT_EQ(0, fake.n_vpns);
}

/* What "show bgp" says of the first neighbor's routes. */
static bool shown_stale(struct daemon *d)
{
	char why[256];
	json_t *o = daemon_show(d, "bgp", NULL, why, sizeof(why));
	json_t *first = json_array_get(json_object_get(o, "neighbors"), 0);
	bool stale = json_is_true(json_object_get(first, "stale"));

	json_decref(o);
	return stale;
}

TEST_F(life, lost_session_is_stale_then_swept) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	fake_end_of_rib(pe);
	asked(self);
	fake_down(pe);
	run(self, 300);
	EXPECT_STREQ("", asked(self));
	EXPECT_TRUE(shown_stale(self->d));
	/* Back: what it repeats never moved, the rest goes with End-of-RIB. */
	fake_up(pe);
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	EXPECT_STREQ("", asked(self));
	EXPECT_TRUE(shown_stale(self->d));
	fake_end_of_rib(pe);
	EXPECT_STREQ("-route 10.1.0.0/16\n", asked(self));
	EXPECT_FALSE(shown_stale(self->d));
	/* Gone for good. */
	fake_down(pe);
	run(self, 800);
	EXPECT_STREQ("", asked(self));
	run(self, 2500);
	EXPECT_EQ(0, strncmp("-route 10.2.0.0/16\n", asked(self), 19));
}

TEST_F(life, operator_and_neighbor) {
	static const struct {
		const char *what, *name, *why;
	} bad[] = {
		{ "refresh", "nobody", "there is no neighbor \"nobody\"" },
		{ "stop", "pe",
		  "expected \"refresh\" or \"reset\", not \"stop\"" },
		{ "reset", "pe", "pe: the session is not established" },
	};
	size_t i;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN PEER));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_FALSE(daemon_neighbor(self->d, bad[i].what, bad[i].name,
					     "", self->why, sizeof(self->why)));
		EXPECT_STREQ(bad[i].why, self->why);
	}
	fake_up(fake_peer("pe"));
	asked(self);
	EXPECT_TRUE(daemon_neighbor(self->d, "refresh", "pe", "", self->why,
				    sizeof(self->why)));
	EXPECT_TRUE(daemon_neighbor(self->d, "reset", "pe", "new optics",
				    self->why, sizeof(self->why)));
	EXPECT_STREQ("peer pe refreshes\npeer pe is reset: new optics\n",
		     asked(self));
}

#define TWO_VPNS(red, blue)                                          \
	"vpns:\n"                                                    \
	"  - name: red\n"                                            \
	"    table: 1\n"                                             \
	"    source-prefixes: [10.5.0.0/16]\n"                       \
	"    import-targets: [" red "]\n" NO_HOLD "  - name: blue\n" \
	"    table: 2\n"                                             \
	"    source-prefixes: [10.6.0.0/16]\n"                       \
	"    import-targets: [" blue "]\n" NO_HOLD
#define RR "neighbors: [{address: 198.51.100.9, as: 65005, name: rr}]\n"

/* One session carries both VPNs: the route target says whose a route is. */
TEST_F(life, membership) {
	struct bgp_peer *rr;

	ASSERT_TRUE(begin(self, CONF TIMERS TWO_VPNS("\"64500:1\"",
						     "\"64500:2\"") RR))
	{
		TH_LOG("%s", self->why);
	}
	EXPECT_STREQ("+source 10.5.0.0/16\n+source 10.6.0.0/16\n+speaker\n"
		     "+peer rr\npeer rr imports 2\n",
		     asked(self));
	rr = fake_peer("rr");
	fake_up(rr);
	fake_reach_vpn(rr, "10.1.0.0/16", "192.0.2.1", 1);
	EXPECT_STREQ("+gateway 192.0.2.1\n+ike 192.0.2.1\n"
		     "+route 10.1.0.0/16 protect 1\n",
		     asked(self));
	/* The same prefix is another one in the other VPN. */
	fake_reach_vpn(rr, "10.1.0.0/16", "192.0.2.2", 2);
	EXPECT_STREQ("+gateway 192.0.2.2\n+ike 192.0.2.2\n"
		     "+route 10.1.0.0/16 protect 1\n",
		     asked(self));
	/* Nobody's. */
	fake_reach_vpn(rr, "10.3.0.0/16", "192.0.2.3", 3);
	EXPECT_STREQ("", asked(self));
	fake_end_of_rib(rr);
	/* Blue takes what was red's, and nothing that was its own. */
	ASSERT_TRUE(reload(self, CONF TIMERS TWO_VPNS("\"64500:1\"",
						      "\"64500:1\"") RR));
	EXPECT_STREQ("peer rr originates 0\npeer rr originates 0\n"
		     "peer rr imports 1\npeer rr refreshes\n"
		     "-route 10.1.0.0/16\n",
		     asked(self));
	fake_reach_vpn(rr, "10.1.0.0/16", "192.0.2.1", 1);
	EXPECT_STREQ("+route 10.1.0.0/16 protect 1\n", asked(self));
	/* One VPN less does not end what the other one shares. */
	ASSERT_TRUE(reload(self, CONF TIMERS TWO_VPNS("", "\"64500:1\"") RR));
	EXPECT_STREQ("peer rr originates 0\n"
		     "peer rr imports 1\npeer rr refreshes\n"
		     "-route 10.1.0.0/16\n",
		     asked(self));
	fake_reach_vpn(rr, "10.4.0.0/16", "192.0.2.1", 1);
	EXPECT_STREQ("+route 10.4.0.0/16 protect 1\n", asked(self));
	ASSERT_TRUE(reload(self, CONF TIMERS TWO_VPNS("", "\"64500:1\"")));
	EXPECT_STREQ("-peer rr\n-route 10.1.0.0/16\n-route 10.4.0.0/16\n",
		     asked(self));
}

/* One prefix by many distinguishers, some of which are ours no more. */
TEST_F(life, many_paths_lose_their_membership) {
	enum { MANY = RIB_PATHS_MAX / 3 };
	struct rib_stats stats;
	struct bgp_peer *rr;

	ASSERT_TRUE(begin(self, CONF TIMERS TWO_VPNS("\"64500:1\", \"64500:2\"",
						     "") RR));
	rr = fake_peer("rr");
	fake_up(rr);
	fake_reach_vpn_by(rr, "10.1.0.0/16", "192.0.2.1", 1, 1, MANY);
	fake_reach_vpn_by(rr, "10.1.0.0/16", "192.0.2.2", 2, 101, MANY);
	fake_reach_vpn_by(rr, "10.1.0.0/16", "192.0.2.1", 1, 201, MANY);
	fake_reach_vpn_by(rr, "10.2.0.0/16", "192.0.2.2", 2, 1, MANY);
	asked(self);
	ASSERT_TRUE(reload(self, CONF TIMERS TWO_VPNS("\"64500:1\"", "") RR));
	EXPECT_NE(NULL, strstr(asked(self), "-route 10.2.0.0/16\n"));
	rib_stats(self->d->vpns[0]->rib, &stats);
	EXPECT_EQ(2 * MANY, stats.paths);
}

/* Two addresses with the same hash: an if_id is one gateway's. */
TEST_F(life, if_ids_differ) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "2001:db8:cacb::6e68");
	fake_reach(pe, "10.2.0.0/16", "2001:db8:9be5::e160");
	run(self, 50);
	ASSERT_EQ(2, fake.n_gateways);
	EXPECT_EQ(0xf6cc0c62, fake.gateways[0].if_id);
	EXPECT_EQ(0xf6cc0c63, fake.gateways[1].if_id);
}

/* One bad entry among many: all others go in, it is tried again. */
TEST_F(life, refused_entry) {
	struct bgp_peer *pe;
	char text[32];
	const char *why;
	int i;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	pe = fake_peer("pe");
	prefix_parse("10.1.37.0/24", &fake.refuse, &why);
	fake_up(pe);
	for (i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "10.1.%d.0/24", i);
		fake_reach(pe, text, "192.0.2.1");
	}
	run(self, 50);
	EXPECT_EQ(100, fake.n_routes);
	fake.refuse.family = 0;
	EXPECT_TRUE(reload(self, CONF TIMERS VPN NO_HOLD PEER));
	run(self, 1500);
	EXPECT_EQ(101, fake.n_routes);
}

/* An operator's "flush", and an entry that nobody here wanted. */
TEST_F(life, changed_by_somebody_else) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	run(self, 50);
	fake.n_vpns = 0;
	fake.n_gateways = 0;
	fake.n_routes = 1;
	fake.n_sources = 0;
	fake.routes[0].vpn = 0;
	prefix_parse("10.66.0.0/16", &fake.routes[0].r.prefix,
		     &(const char *){ NULL });
	fake.routes[0].r.target = (struct kern_target){
		.action = CESTEER_ACTION_BYPASS,
	};
	*fake_log = '\0';
	/* A reload makes it look at once. */
	EXPECT_TRUE(reload(self, CONF TIMERS VPN NO_HOLD PEER));
	run(self, 1200);
	EXPECT_STREQ("+source 10.5.0.0/16\npeer pe originates 1\n"
		     "+gateway 192.0.2.1\n"
		     "+route 10.5.0.0/16 bypass 0\n"
		     "+route 10.1.0.0/16 protect 1\n"
		     "-route 10.66.0.0/16\n",
		     asked(self));
	EXPECT_EQ(2, fake.n_routes);
	run(self, 1200);
	EXPECT_STREQ("", asked(self));
}

/* Idle, it is nobody's need: nothing is asked for again on its behalf. */
TEST_F(life, an_idle_gateway_deleted_by_somebody_else) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF VPN NO_HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	run(self, 50);
	fake_withdraw(pe, "10.1.0.0/16");
	asked(self);
	ASSERT_EQ(1, fake.n_gateways);
	fake.n_gateways = 0;
	fake_changed(2);
	asked(self);
	ASSERT_EQ(1, self->d->gateways.n);
	ASSERT_FALSE(self->d->gateways.list[0]->in_kernel);
	self->d->retry_at = core_now();
	run(self, 1200);
	EXPECT_STREQ("", asked(self));
	/* An entry that needs it has it at once. */
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	EXPECT_STREQ("+gateway 192.0.2.1\n+route 10.2.0.0/16 protect 1\n",
		     asked(self));
}

/* The text of an event's only occurrence, or "". */
static const char *told(FIXTURE_DATA(life) * self, const char *event)
{
	json_t *all = journal_json(self->d->journal, 0), *e;
	static char text[512];
	size_t i;

	text[0] = '\0';
	json_array_foreach(all, i, e) {
		if (!strcmp(json_string_value(json_object_get(e, "event")),
			    event))
			snprintf(text, sizeof(text), "%s",
				 json_string_value(json_object_get(e, "text")));
	}
	json_decref(all);
	return text;
}

/* Sizes stay the same: the kernel tells, and everything is looked at. */
TEST_F(life, changed_in_place_by_somebody_else) {
	const struct kern_gateway other = {
		.id = 99,
		.if_id = 99,
		.address = { .family = AF_INET, .b = { 192, 0, 2, 99 } },
	};
	struct kern_route *r;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1");
	fake_reach(fake_peer("pe"), "10.2.0.0/16", "192.0.2.1");
	run(self, 50);
	asked(self);
	r = &fake.routes[fake.n_routes - 1].r;
	r->target.action = CESTEER_ACTION_BYPASS;
	r->target.n_gateways = 0;
	fake.gateways[0].state = CESTEER_GATEWAY_DOWN;
	fake.gateways[fake.n_gateways++] = other;
	/* What we ourselves do is no reason to look. */
	fake_changed(1);
	EXPECT_STREQ("", asked(self));
	EXPECT_STREQ("", told(self, "changed"));
	fake_changed(2);
	EXPECT_STREQ("gateway 192.0.2.1 on-demand usable\n"
		     "-gateway 192.0.2.99\n"
		     "+route 10.2.0.0/16 protect 1\n",
		     asked(self));
	EXPECT_STREQ(
		"somebody else changed the kernel's table, it is put right: 1 entries and 0 source prefixes, 0 entries of others: operator (process 4711, route-del)",
		told(self, "changed"));
	fake_changed(2);
	EXPECT_STREQ("", asked(self));
}

/* Heard of while the kernel does not take the VPN: looked for once it does. */
TEST_F(life, changed_while_it_could_not_be_looked_at) {
	struct kern_route *r;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1");
	run(self, 50);
	asked(self);
	fake.no_vpns = true;
	EXPECT_TRUE(reload(self, CONF TIMERS VPN NO_HOLD PEER));
	EXPECT_STREQ("peer pe originates 1\n", asked(self));
	r = &fake.routes[fake.n_routes - 1].r;
	r->target.action = CESTEER_ACTION_BYPASS;
	r->target.n_gateways = 0;
	fake_changed(2);
	EXPECT_STREQ("", asked(self));
	fake.no_vpns = false;
	EXPECT_TRUE(reload(self, CONF TIMERS VPN NO_HOLD PEER));
	run(self, 1200);
	EXPECT_STREQ("peer pe originates 1\n+route 10.1.0.0/16 protect 1\n",
		     asked(self));
}

/* What nobody could read is nobody's change; it is looked at again. */
TEST_F(life, changed_while_it_could_not_be_read) {
	struct kern_route *r;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1");
	fake_reach(fake_peer("pe"), "10.2.0.0/16", "192.0.2.1");
	asked(self);
	r = &fake.routes[fake.n_routes - 1].r;
	r->target.action = CESTEER_ACTION_BYPASS;
	r->target.n_gateways = 0;
	fake.no_reading = true;
	fake_changed(2);
	EXPECT_STREQ("", asked(self));
	fake.no_reading = false;
	fake.bad_reading = true;
	fake_changed(2);
	EXPECT_STREQ("", asked(self));
	EXPECT_STREQ("", told(self, "changed"));
	fake.bad_reading = false;
	self->d->retry_at = core_now();
	run(self, 1200);
	EXPECT_STREQ("+route 10.2.0.0/16 protect 1\n", asked(self));
	EXPECT_STRNE("", told(self, "changed"));
	self->d->retry_at = core_now();
	run(self, 1200);
	EXPECT_STREQ("", asked(self));
	/* Where there is nothing, nothing need be read. */
	fake.no_reading = true;
	fake.n_vpns = 0;
	fake.n_routes = 0;
	fake_changed(2);
	EXPECT_STREQ("+route 10.5.0.0/16 bypass 0\n"
		     "+route 10.1.0.0/16 protect 1\n"
		     "+route 10.2.0.0/16 protect 1\n",
		     asked(self));
}

/* The kernel's names follow the configuration, and are put right. */
TEST_F(life, fast_devices) {
	ASSERT_TRUE(begin(self,
			  CONF TIMERS VPN "    fast-devices: [eth1, eth2]\n"));
	EXPECT_NE(NULL, strstr(fake_log, "+device eth1\n+device eth2\n"));
	asked(self);
	EXPECT_TRUE(reload(self,
			   CONF TIMERS VPN "    fast-devices: [eth2, eth3]\n"));
	EXPECT_STREQ("-device eth1\n+device eth3\n", asked(self));
	EXPECT_TRUE(reload(self, CONF TIMERS VPN));
	EXPECT_STREQ("-device eth2\n-device eth3\n", asked(self));
}

/* The fake cannot listen on port 1. */
TEST_F(life, reload_that_could_not_listen) {
	ASSERT_TRUE(begin(self, CONF VPN PEER));
	asked(self);
	EXPECT_FALSE(reload(self, CONF VPN PEER "bgp: { port: 1 }\n"));
	EXPECT_STREQ("listening failed", self->why);
	EXPECT_STREQ("", asked(self));
}

TEST_F(life, limits_of_what_waits) {
	ASSERT_TRUE(begin(self, CONF VPN PEER "queue: { packets: 7 }\n"));
	EXPECT_EQ(7, fake.queue.packets);
	EXPECT_EQ(5000, fake.queue.age);
	fake.queue.total = 1;
	fake_changed(2);
	run(self, 50);
	EXPECT_EQ(16 << 20, fake.queue.total);
	EXPECT_TRUE(reload(self, CONF VPN PEER "queue: { age: 1m }\n"));
	EXPECT_EQ(256, fake.queue.packets);
	EXPECT_EQ(60000, fake.queue.age);
	EXPECT_FALSE(reload(self, CONF VPN PEER "queue: { age: 0 }\n"));
	EXPECT_EQ(60000, fake.queue.age);
}

/* Protection that cannot be had is no reason for clear text. */
TEST_F(life, refused_gateway_is_discard) {
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	fake.no_gateways = true;
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1");
	ASSERT_NE(NULL, strstr(asked(self), "+route 10.1.0.0/16 discard 0\n"));
}

TEST_F(life, reload_changes_the_difference_only) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_end_of_rib(pe);
	run(self, 1200);
	asked(self);

	EXPECT_TRUE(reload(self, CONF TIMERS VPN NO_HOLD PEER));
	EXPECT_STREQ("peer pe originates 1\n", asked(self));

	EXPECT_FALSE(reload(self, CONF TIMERS VPN NO_HOLD PEER "wrong: 1\n"));
	EXPECT_NE(NULL, strstr(self->why, "f.yaml:13:1: unknown key"))
	{
		TH_LOG("%s", self->why);
	}
	EXPECT_STREQ("", asked(self));

	EXPECT_TRUE(
		reload(self, CONF TIMERS VPN NO_HOLD
		       "    static:\n"
		       "      - {prefix: 10.1.0.0/16, action: discard}\n"
		       "      - {prefix: 10.9.0.0/16, action: bypass}\n" PEER));
	EXPECT_STREQ("peer pe originates 1\n"
		     "+route 10.1.0.0/16 discard 0\n"
		     "+route 10.9.0.0/16 bypass 0\n",
		     asked(self));
	EXPECT_TRUE(reload(self, CONF TIMERS VPN NO_HOLD PEER));
	EXPECT_STREQ("peer pe originates 1\n"
		     "+route 10.1.0.0/16 protect 1\n"
		     "-route 10.9.0.0/16\n",
		     asked(self));

	EXPECT_TRUE(reload(self, CONF TIMERS
			   "mode: pre-established\n" VPN NO_HOLD PEER));
	EXPECT_STREQ("peer pe originates 1\n"
		     "gateway 192.0.2.1 pre-established usable\n"
		     "ike 192.0.2.1 1\n",
		     asked(self));

	/* A VPN's own mode counts before that, and a gateway's before both. */
	EXPECT_TRUE(reload(self,
			   CONF TIMERS "mode: pre-established\n" VPN NO_HOLD
				       "    mode: on-demand\n" PEER));
	EXPECT_STREQ("peer pe originates 1\n"
		     "gateway 192.0.2.1 on-demand usable\n"
		     "ike 192.0.2.1 0\n",
		     asked(self));
	EXPECT_TRUE(reload(self,
			   CONF TIMERS "gateways:\n"
				       "  - address: 192.0.2.0/24\n"
				       "    mode: pre-established\n" VPN NO_HOLD
				       "    mode: on-demand\n" PEER));
	EXPECT_STREQ("peer pe originates 1\n"
		     "gateway 192.0.2.1 pre-established usable\n"
		     "ike 192.0.2.1 1\n",
		     asked(self));

	/* The session restarts; its routes are kept meanwhile. */
	EXPECT_TRUE(reload(
		self, CONF TIMERS
		"mode: pre-established\n" VPN NO_HOLD
		"    neighbors: [{address: 198.51.100.1, as: 64501, name: pe}]\n"));
	EXPECT_STREQ("-peer pe\n+peer pe\n", asked(self));

	/* The neighbor goes, and its routes go with it. */
	EXPECT_TRUE(reload(self,
			   CONF TIMERS "mode: pre-established\n" VPN NO_HOLD));
	EXPECT_STREQ("-peer pe\n-route 10.1.0.0/16\n", asked(self));
}

/* A session is held until its SA is up, and ends when that is lost. */
TEST_F(life, a_session_that_ipsec_protects) {
#define GUARDED(how)                      \
	"    neighbors:\n"                \
	"      - address: 198.51.100.1\n" \
	"        as: 64500\n"             \
	"        name: pe\n"              \
	"        local: 198.51.100.2\n"   \
	"        ipsec: " how "\n"
	struct ike_gateway *ike;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD GUARDED("hold")));
	EXPECT_EQ(NULL, strstr(fake_log, "+peer pe"));
	ASSERT_NE(NULL, strstr(asked(self), "+ike session 198.51.100.1\n"));
	ike = fake_ike_last;
	fake_ike.ev.session(fake_ike.arg, ike, IKE_UP, "");
	EXPECT_STREQ("+peer pe\n", asked(self));
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1");
	asked(self);
	/* Rekeying is no loss, nor is an IKE daemon that leaves policies. */
	fake_protected = true;
	fake_ike.ev.session(fake_ike.arg, ike, IKE_REKEYING, "");
	fake_ike.ev.session(fake_ike.arg, ike, IKE_LEARNED, "gone");
	run(self, 2100);
	EXPECT_STREQ("", asked(self));
	/* One that takes them along is. */
	fake_protected = false;
	asked(self);
	run(self, 2100);
	EXPECT_STREQ("-peer pe\n", asked(self));
	fake_ike.ev.session(fake_ike.arg, ike, IKE_CONNECTING, "");
	EXPECT_STREQ("", asked(self));
	fake_ike.ev.session(fake_ike.arg, ike, IKE_UP, "");
	EXPECT_STREQ("+peer pe\n", asked(self));
	fake_ike.ev.session(fake_ike.arg, ike, IKE_FAILED, "no answer");
	EXPECT_STREQ("-peer pe\n", asked(self));
	/* Not held any more. */
	EXPECT_TRUE(reload(self, CONF TIMERS VPN NO_HOLD GUARDED("trap")));
	EXPECT_STREQ("ike 198.51.100.1 0\n+peer pe\n", asked(self));
	EXPECT_TRUE(reload(self, CONF TIMERS VPN NO_HOLD PEER));
	EXPECT_STREQ("-ike 198.51.100.1\n-peer pe\n+peer pe\n", asked(self));
}

TEST_F(life, reload_of_vpns) {
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1");
	asked(self);
	EXPECT_TRUE(reload(self,
			   CONF TIMERS "vpns:\n"
				       "  - name: red\n"
				       "    table: 7\n"
				       "    source-prefixes: [10.6.0.0/16]\n"));
	EXPECT_STREQ("-peer pe\n-vpn 0\n+source 10.6.0.0/16\n", asked(self));
	EXPECT_EQ(1, fake.n_vpns);
	EXPECT_EQ(7, fake.vpns[0].id);
	/* A VPN that only an earlier run's configuration had. */
	end(self, false);
	ASSERT_TRUE(begin(self, CONF TIMERS VPN));
	EXPECT_STREQ("+ike 192.0.2.1\n-vpn 7\n+source 10.5.0.0/16\n+speaker\n"
		     "+route 10.5.0.0/16 bypass 0\n",
		     asked(self));
}

TEST_F(life, no_module) {
	fake.gone = true;
	EXPECT_FALSE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	EXPECT_STREQ("no module", self->why);
}

/* How many there are, each once, in pages. */
static size_t pages(FIXTURE_DATA(life) * self, const char *what, int limit)
{
	json_t *args = json_pack("{s:i}", "limit", limit), *o, *page;
	size_t n = 0;
	bool more;

	do {
		o = daemon_show(self->d, what, args, self->why,
				sizeof(self->why));
		page = json_object_get(o, what);
		if (json_array_size(page) > (size_t)limit)
			abort();
		n += json_array_size(page);
		json_object_set(args, "after", json_object_get(o, "next"));
		more = json_is_string(json_object_get(o, "next"));
		json_decref(o);
	} while (more);
	json_decref(args);
	return n;
}

TEST_F(life, show) {
	static const char *const views[] = { "status",	"bgp",	  "gateways",
					     "sources", "routes", "events" };
	json_t *o, *args, *list;
	struct bgp_peer *pe;
	char text[32], gateway[32];
	size_t i;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	for (i = 0; i < 25; i++) {
		snprintf(text, sizeof(text), "10.1.%zu.0/24", i);
		snprintf(gateway, sizeof(gateway), "192.0.2.%zu", 100 + i);
		fake_reach(pe, text, i % 2 ? gateway : NULL);
	}
	run(self, 50);
	for (i = 0; i < ARRAY_SIZE(views); i++) {
		o = daemon_show(self->d, views[i], NULL, self->why,
				sizeof(self->why));
		EXPECT_NE(NULL, o)
		{
			TH_LOG("%s: %s", views[i], self->why);
		}
		json_decref(o);
	}
	EXPECT_EQ(NULL, daemon_show(self->d, "weather", NULL, self->why,
				    sizeof(self->why)));

	EXPECT_EQ(26, pages(self, "routes", 10));
	EXPECT_EQ(12, pages(self, "gateways", 5));

	args = json_pack("{s:s}", "prefix", "10.1.3.0/24");
	o = daemon_show(self->d, "routes", args, self->why, sizeof(self->why));
	list = json_object_get(o, "routes");
	ASSERT_EQ(1, json_array_size(list));
	list = json_array_get(list, 0);
	EXPECT_STREQ("protect",
		     json_string_value(json_object_get(list, "action")));
	EXPECT_STREQ("learned",
		     json_string_value(json_object_get(list, "reason")));
	json_decref(o);
	json_decref(args);

	args = json_pack("{s:s}", "within", "10.1.2.0/23");
	o = daemon_show(self->d, "routes", args, self->why, sizeof(self->why));
	EXPECT_EQ(2, json_array_size(json_object_get(o, "routes")));
	json_decref(o);
	json_decref(args);

	args = json_pack("{s:s}", "prefix", "10.1.2.0/8");
	EXPECT_EQ(NULL, daemon_show(self->d, "routes", args, self->why,
				    sizeof(self->why)));
	EXPECT_STREQ(
		"\"prefix\": expected a prefix: bits are set beyond the length",
		self->why);
	json_decref(args);
}

TEST_HARNESS_MAIN
