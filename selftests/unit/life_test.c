// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon's side of the life cycle: what becomes of protection that is
 * taken away, of claims that policy does not take, of traffic whose gateway
 * fails. Time is real; the timers are short.
 */
#include "unit/daemon_life.h"
#include "core/adoption.h"
#include "core/audit.h"
#include "core/vpn.h"

/* The last event: "withdrawn 10.1.0.0/16"; "-": there is none. */
static const char *event(FIXTURE_DATA(life) * self)
{
	json_t *o = daemon_show(self->d, "events", NULL, self->why,
				sizeof(self->why));
	const json_t *list = json_object_get(o, "events");
	size_t n = json_array_size(list);
	const json_t *e = n ? json_array_get(list, n - 1) : NULL;
	static char text[128];

	strcpy(text, "-");
	if (e)
		snprintf(text, sizeof(text), "%s %s",
			 json_string_value(json_object_get(e, "event")),
			 json_string_value(json_object_get(e, "subject")));
	json_decref(o);
	return text;
}

/* "protect withdrawn alarm" of one prefix. */
static const char *route(FIXTURE_DATA(life) * self, const char *prefix)
{
	json_t *args = json_pack("{s:s}", "prefix", prefix);
	json_t *o = daemon_show(self->d, "routes", args, self->why,
				sizeof(self->why));
	const json_t *r = json_array_get(json_object_get(o, "routes"), 0);
	const char *state = json_string_value(json_object_get(r, "state"));
	static char text[128];

	if (r)
		snprintf(text, sizeof(text), "%s %s%s%s%s",
			 json_string_value(json_object_get(r, "action")),
			 json_string_value(json_object_get(r, "reason")),
			 state ? " " : "", state ? state : "",
			 json_is_true(json_object_get(r, "alarm")) ? " alarm" :
								     "");
	else
		strcpy(text, "no route");
	json_decref(args);
	json_decref(o);
	return text;
}

#define HOLD "    hold: { withdrawn: 2, downgraded: forever }\n"

TEST_F(life, withdrawn_is_held_for_a_while) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	fake_end_of_rib(pe);
	asked(self);
	EXPECT_STREQ("-", event(self));
	fake_withdraw(pe, "10.1.0.0/16");
	fake_withdraw(pe, "10.2.0.0/16");
	EXPECT_STREQ("", asked(self));
	EXPECT_STREQ("withdrawn 10.2.0.0/16", event(self));
	EXPECT_STREQ("protect withdrawn unknown alarm",
		     route(self, "10.1.0.0/16"));
	/* What is said again is as it was; the rest goes in time. */
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	EXPECT_STREQ("", asked(self));
	EXPECT_STREQ("restored 10.2.0.0/16", event(self));
	run(self, 1000);
	EXPECT_STREQ("", asked(self));
	run(self, 3500);
	EXPECT_STREQ("-route 10.1.0.0/16\n", asked(self));
	EXPECT_STREQ("released 10.1.0.0/16", event(self));
	EXPECT_STREQ("protect learned unknown", route(self, "10.2.0.0/16"));
}

TEST_F(life, downgraded_is_held_until_released) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN HOLD PEER));
	EXPECT_FALSE(fake_preserved);
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_end_of_rib(pe);
	asked(self);
	fake_reach(pe, "10.1.0.0/16", NULL);
	EXPECT_STREQ("", asked(self));
	EXPECT_STREQ("downgraded 10.1.0.0/16", event(self));
	run(self, 3000);
	EXPECT_STREQ("", asked(self));
	EXPECT_STREQ("protect downgraded unknown alarm",
		     route(self, "10.1.0.0/16"));
	/* A restart does not wash it clean. */
	end(self, false);
	ASSERT_TRUE(begin(self, CONF TIMERS VPN HOLD PEER));
	EXPECT_TRUE(fake_preserved);
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", NULL);
	asked(self);
	EXPECT_STREQ("protect adopted unknown", route(self, "10.1.0.0/16"));
	fake_end_of_rib(pe);
	run(self, 1200);
	EXPECT_STREQ("", asked(self));
	EXPECT_STREQ("protect downgraded unknown alarm",
		     route(self, "10.1.0.0/16"));

	EXPECT_FALSE(daemon_release(self->d, "default", "10.1.0.0", self->why,
				    sizeof(self->why)));
	EXPECT_STREQ("default: 10.1.0.0 is not held", self->why);
	EXPECT_FALSE(daemon_release(self->d, "red", "10.1.0.0/16", self->why,
				    sizeof(self->why)));
	EXPECT_STREQ("there is no VPN \"red\"", self->why);
	EXPECT_TRUE(daemon_release(self->d, "default", "10.1.0.0/16", self->why,
				   sizeof(self->why)));
	EXPECT_STREQ("-route 10.1.0.0/16\n", asked(self));
	EXPECT_STREQ("none no-identity", route(self, "10.1.0.0/16"));
}

/* What the operator decides himself takes effect at once. */
TEST_F(life, no_hold_against_the_operator) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_end_of_rib(pe);
	asked(self);
	fake_reach(pe, "10.1.0.0/16", NULL);
	run(self, 50);
	EXPECT_TRUE(
		reload(self, CONF TIMERS VPN HOLD
		       "    static:\n"
		       "      - {prefix: 10.1.0.0/16, action: bypass}\n" PEER));
	EXPECT_STREQ("peer pe originates 1\n+route 10.1.0.0/16 bypass 0\n",
		     asked(self));
	/* And policy that changes: only what it is about. */
	EXPECT_TRUE(reload(self, CONF TIMERS VPN HOLD PEER));
	asked(self);
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.3.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.2.0.0/16", NULL);
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	run(self, 50);
	fake_reach(pe, "10.2.0.0/16", NULL);
	asked(self);
	EXPECT_STREQ("protect downgraded unknown alarm",
		     route(self, "10.2.0.0/16"));
	EXPECT_TRUE(reload(self, CONF TIMERS VPN NO_HOLD PEER));
	EXPECT_STREQ("peer pe originates 1\n-route 10.2.0.0/16\n", asked(self));
}

TEST_F(life, no_hole_in_a_cover) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.9.9.0/24", NULL);
	fake_end_of_rib(pe);
	asked(self);
	EXPECT_STREQ("-", event(self));
	EXPECT_STREQ("none no-identity", route(self, "10.9.9.0/24"));
	fake_reach(pe, "10.1.7.0/24", NULL);
	EXPECT_STREQ("", asked(self));
	EXPECT_STREQ("pierced 10.1.7.0/24", event(self));
	EXPECT_STREQ("none pierced alarm", route(self, "10.1.7.0/24"));
	/* Policy may say so: then it is one. */
	EXPECT_TRUE(reload(self, CONF TIMERS VPN HOLD
			   "    no-identity: bypass\n" PEER));
	EXPECT_STREQ("peer pe originates 1\n"
		     "+route 10.9.9.0/24 bypass 0\n"
		     "+route 10.1.7.0/24 bypass 0\n",
		     asked(self));
	/* But not for what was protected. */
	fake_reach(pe, "10.1.0.0/16", NULL);
	EXPECT_STREQ("", asked(self));
	EXPECT_STREQ("downgraded 10.1.0.0/16", event(self));
}

#define CLAIMS                                                               \
	"    identities:\n"                                                  \
	"      claims:\n"                                                    \
	"        - { gateway: 192.0.2.1, prefixes: [{ prefix: 10.1.0.0/16, " \
	"max-length: 24 }] }\n"

/* What is rejected is never clear text: its cover, or else discard. */
TEST_F(life, rejected_claim) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD CLAIMS PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_end_of_rib(pe);
	asked(self);
	EXPECT_STREQ("protect learned valid", route(self, "10.1.0.0/16"));
	/* Somebody else wants a part of it. */
	fake_reach(pe, "10.1.7.0/24", "192.0.2.66");
	EXPECT_STREQ("", asked(self));
	EXPECT_STREQ("rejected 10.1.7.0/24", event(self));
	EXPECT_STREQ("none rejected invalid alarm", route(self, "10.1.7.0/24"));
	/* Its cover goes: discard comes first. */
	fake_withdraw(pe, "10.1.0.0/16");
	EXPECT_STREQ("+route 10.1.7.0/24 discard 0\n-route 10.1.0.0/16\n",
		     asked(self));
	EXPECT_STREQ("discard rejected invalid alarm",
		     route(self, "10.1.7.0/24"));
	/* And comes back: what covers it applies again. */
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	EXPECT_STREQ("+route 10.1.0.0/16 protect 1\n-route 10.1.7.0/24\n",
		     asked(self));
	fake_reach(pe, "10.1.7.0/24", "192.0.2.66 192.0.2.1");
	EXPECT_STREQ("+route 10.1.7.0/24 protect 1\n", asked(self));
	EXPECT_STREQ("protect learned valid alarm", route(self, "10.1.7.0/24"));
	/* Nobody's prefix, a gateway that is not listed. */
	fake_reach(pe, "10.8.0.0/16", "192.0.2.88");
	asked(self);
	EXPECT_STREQ("protect learned unknown", route(self, "10.8.0.0/16"));
	EXPECT_TRUE(reload(self, CONF TIMERS VPN NO_HOLD CLAIMS
			   "      unknown: reject\n" PEER));
	EXPECT_STREQ("peer pe originates 1\n+route 10.8.0.0/16 discard 0\n",
		     asked(self));
	/* Trust that the operator takes away is not held. */
	EXPECT_TRUE(reload(self, CONF TIMERS VPN HOLD CLAIMS PEER));
	asked(self);
	EXPECT_STREQ("protect learned unknown", route(self, "10.8.0.0/16"));
	EXPECT_TRUE(reload(self, CONF TIMERS VPN HOLD CLAIMS
			   "      unknown: reject\n" PEER));
	EXPECT_STREQ("peer pe originates 1\n+route 10.8.0.0/16 discard 0\n",
		     asked(self));
}

/* Where a line of what was asked begins; the end, where it is not. */
static size_t line_at(const char *log, const char *line)
{
	const char *at = strstr(log, line);

	return at ? (size_t)(at - log) : strlen(log);
}

/* Many covers go at once; some are themselves rejected, or come back. */
TEST_F(life, covers_that_go_together) {
	char cover[32], part[32], gone[64], discard[64];
	struct bgp_peer *pe;
	const char *log;
	int i;

	ASSERT_TRUE(begin(
		self, CONF TIMERS VPN NO_HOLD
		"    identities:\n"
		"      claims:\n"
		"        - gateway: 192.0.2.1\n"
		"          prefixes:\n"
		"            - { prefix: 10.0.0.0/8, max-length: 16 }\n" PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.0.0.0/8", "192.0.2.1");
	for (i = 101; i < 160; i++) {
		snprintf(cover, sizeof(cover), "10.%d.0.0/16", i);
		snprintf(part, sizeof(part), "10.%d.7.0/24", i);
		fake_reach(pe, cover, "192.0.2.1");
		fake_reach(pe, part, "192.0.2.66");
	}
	fake_end_of_rib(pe);
	asked(self);
	EXPECT_EQ(61, fake.n_routes);
	fake_withdraw(pe, "10.0.0.0/8");
	fake_reach(pe, "10.101.0.0/16", "192.0.2.66");
	for (i = 102; i < 160; i++) {
		snprintf(cover, sizeof(cover), "10.%d.0.0/16", i);
		fake_withdraw(pe, cover);
	}
	/* They are leaving by now, and wait. */
	event_base_loop(self->base, EVLOOP_ONCE);
	event_base_loop(self->base, EVLOOP_ONCE);
	fake_reach(pe, "10.102.0.0/16", "192.0.2.1");
	log = asked(self);
	for (i = 103; i < 160; i++) {
		snprintf(discard, sizeof(discard),
			 "+route 10.%d.7.0/24 discard 0\n", i);
		snprintf(gone, sizeof(gone), "-route 10.%d.0.0/16\n", i);
		EXPECT_LT(line_at(log, discard), line_at(log, gone));
		EXPECT_LT(line_at(log, discard),
			  line_at(log, "-route 10.0.0.0/8\n"));
		EXPECT_NE(strlen(log), line_at(log, gone));
	}
	/* Its own cover may not go before it, nor may it be clear text. */
	EXPECT_STREQ("discard rejected invalid alarm",
		     route(self, "10.101.0.0/16"));
	EXPECT_STREQ("none rejected invalid alarm",
		     route(self, "10.101.7.0/24"));
	EXPECT_STREQ("protect learned valid", route(self, "10.102.0.0/16"));
	EXPECT_STREQ("none rejected invalid alarm",
		     route(self, "10.102.7.0/24"));
	EXPECT_EQ(60, fake.n_routes);
}

/* The same in IPv6, where a cover may be at any of 128 lengths. */
TEST_F(life, covers_in_ipv6) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD
			  "    identities: { max-length6: 64 }\n" PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "2001:db8::/33", "192.0.2.1");
	fake_reach(pe, "2001:db8:1::/48", NULL);
	fake_end_of_rib(pe);
	asked(self);
	EXPECT_STREQ("none pierced alarm", route(self, "2001:db8:1::/48"));
	fake_reach(pe, "2001:db8:1::7/128", "192.0.2.1");
	EXPECT_STREQ("", asked(self));
	EXPECT_STREQ("none rejected invalid alarm",
		     route(self, "2001:db8:1::7/128"));
	fake_withdraw(pe, "2001:db8::/33");
	EXPECT_STREQ("+route 2001:db8:1::7/128 discard 0\n"
		     "-route 2001:db8::/33\n",
		     asked(self));
	EXPECT_STREQ("none no-identity", route(self, "2001:db8:1::/48"));
}

/* A gateway that is replaced by one that may not: held as it was. */
TEST_F(life, claim_taken_over) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN HOLD CLAIMS PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_end_of_rib(pe);
	asked(self);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.66");
	EXPECT_STREQ("", asked(self));
	EXPECT_STREQ("downgraded 10.1.0.0/16", event(self));
	EXPECT_STREQ("protect downgraded valid alarm",
		     route(self, "10.1.0.0/16"));
}

TEST_F(life, limits) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD
			  "    identities:\n"
			  "      max-per-gateway: 2\n"
			  "      max-per-neighbor: 3\n" PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	asked(self);
	fake_reach(pe, "10.3.0.0/16", "192.0.2.1");
	EXPECT_STREQ("+route 10.3.0.0/16 discard 0\n", asked(self));
	EXPECT_STREQ("limited 10.3.0.0/16", event(self));
	/* The neighbor is full, too; who is in stays in. */
	fake_reach(pe, "10.4.0.0/16", "192.0.2.4");
	EXPECT_STREQ("+route 10.4.0.0/16 discard 0\n", asked(self));
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	EXPECT_STREQ("", asked(self));
	/* There is room again. */
	fake_withdraw(pe, "10.2.0.0/16");
	EXPECT_STREQ("+gateway 192.0.2.4\n+ike 192.0.2.4\n"
		     "+route 10.4.0.0/16 protect 1\n"
		     "-route 10.2.0.0/16\n"
		     "+route 10.3.0.0/16 protect 1\n",
		     asked(self));
}

/*
 * What is kept of a session that has ended does not count against the next,
 * which may say other things; but not all is kept for ever.
 */
TEST_F(life, prefix_limit) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD
			  "    neighbors: [{address: 198.51.100.1, as: 64500,\n"
			  "                 name: pe, max-prefixes: 2}]\n"));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_end_of_rib(pe);
	EXPECT_FALSE(pe->over);
	fake_reach(pe, "10.3.0.0/16", "192.0.2.1");
	EXPECT_TRUE(pe->over);
	asked(self);
	fake_down(pe);
	pe->over = false;
	fake_up(pe);
	fake_reach(pe, "10.3.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.4.0.0/16", "192.0.2.1");
	EXPECT_FALSE(pe->over);
	EXPECT_STREQ("+route 10.4.0.0/16 protect 1\n", asked(self));
	fake_reach(pe, "10.5.0.0/16", "192.0.2.1");
	EXPECT_TRUE(pe->over);
	asked(self);
	/* Five, where two are allowed: the three of the last session stay. */
	fake_down(pe);
	EXPECT_STREQ("-route 10.1.0.0/16\n-route 10.2.0.0/16\n", asked(self));
}

/* Nor without a limit: twice what one of its sessions said. */
TEST_F(life, other_routes_with_each_session) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	fake_end_of_rib(pe);
	fake_down(pe);
	fake_up(pe);
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.3.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.4.0.0/16", "192.0.2.1");
	asked(self);
	fake_down(pe);
	EXPECT_STREQ("", asked(self));
	fake_up(pe);
	fake_reach(pe, "10.6.0.0/16", "192.0.2.1");
	EXPECT_STREQ("+route 10.6.0.0/16 protect 1\n", asked(self));
	fake_down(pe);
	EXPECT_STREQ("", asked(self));
	fake_up(pe);
	fake_reach(pe, "10.7.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.8.0.0/16", "192.0.2.1");
	EXPECT_STREQ("+route 10.7.0.0/16 protect 1\n"
		     "+route 10.8.0.0/16 protect 1\n",
		     asked(self));
	/* Seven, and no session had more than three: the last one's stay. */
	fake_down(pe);
	EXPECT_STREQ("-route 10.1.0.0/16\n-route 10.2.0.0/16\n"
		     "-route 10.3.0.0/16\n-route 10.4.0.0/16\n"
		     "-route 10.6.0.0/16\n",
		     asked(self));
}

/* A table of any size, a part a turn; nothing is applied before the end. */
TEST_F(life, taken_over_bit_by_bit) {
	size_t parts = 0, before;
	struct bgp_peer *pe;
	char prefix[32];
	struct vpn *v;
	int i;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	for (i = 0; i < 40; i++) {
		snprintf(prefix, sizeof(prefix), "10.%d.0.0/16", 100 + i);
		fake_reach(pe, prefix, "192.0.2.1");
	}
	fake_end_of_rib(pe);
	asked(self);
	end(self, false);
	ASSERT_EQ(41, fake.n_routes);
	/* It ends in the middle. */
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	EXPECT_TRUE(adoption_run(self->d->vpns[0], 0));
	end(self, false);
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	*fake_log = '\0';
	v = self->d->vpns[0];
	EXPECT_EQ(0, v->installed);
	do {
		EXPECT_TRUE(v->unset);
		before = v->installed;
		parts++;
		ASSERT_GT(50, parts);
	} while (adoption_run(v, 0) && v->installed - before <= 2);
	EXPECT_LT(20, parts);
	EXPECT_FALSE(v->unset);
	EXPECT_EQ(41, v->installed);
	/* Twice is once. */
	vpn_install(v, NULL);
	EXPECT_EQ(NULL, v->adoption);
	EXPECT_STREQ("protect adopted unknown", route(self, "10.139.0.0/16"));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.100.0.0/16", "192.0.2.1");
	EXPECT_STREQ("", asked(self));
	EXPECT_STREQ("protect learned unknown", route(self, "10.100.0.0/16"));
	fake_end_of_rib(pe);
	run(self, 1500);
	asked(self);
	EXPECT_EQ(2, fake.n_routes);
}

/* What nobody confirms goes, and not before all of it is known. */
TEST_F(life, taken_over_before_anything_settles) {
	struct kern_vpn vpn = { 0 };
	size_t i;

	fake.vpns[fake.n_vpns++] = vpn;
	for (i = 0; i < 40; i++) {
		struct kern_route *r = &fake.routes[i].r;

		r->prefix.family = AF_INET;
		r->prefix.len = 16;
		r->prefix.b[0] = 10;
		r->prefix.b[1] = 100 + i;
		r->target.action = CESTEER_ACTION_DISCARD;
	}
	fake.n_routes = 40;
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD));
	ASSERT_TRUE(self->d->vpns[0]->adoption);
	event_active(self->d->tick, EV_TIMEOUT, 0);
	event_base_loop(self->base, EVLOOP_ONCE);
	EXPECT_FALSE(self->d->settled);
	EXPECT_EQ(40, fake.n_routes);
	for (i = 0; i < 50 && !self->d->settled; i++)
		run(self, 100);
	asked(self);
	EXPECT_EQ(1, fake.n_routes);
}

#define HOLD_UP                                                              \
	"timers: { settle: 1, stale: 2, idle: 2, hold-up: 2 }\n" VPN NO_HOLD \
		PEER

static void ike(FIXTURE_DATA(life) * self, const char *gateway,
		enum ike_state state)
{
	char buf[ADDR_STRLEN];
	size_t i;

	for (i = 0; i < FAKE_MAX && fake_ikes[i]; i++) {
		if (!strcmp(addr_format(&fake_ikes[i]->address, buf), gateway))
			fake_ike.ev.state(fake_ike.arg, fake_ikes[i], state,
					  "why");
	}
}

/* Traffic moves when a gateway is down; it moves back when it stays up. */
TEST_F(life, hold_up) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF HOLD_UP));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1 192.0.2.2");
	fake_end_of_rib(pe);
	run(self, 1200);
	asked(self);
	ike(self, "192.0.2.1", IKE_UP);
	ike(self, "192.0.2.2", IKE_UP);
	EXPECT_STREQ("", asked(self));
	ike(self, "192.0.2.1", IKE_FAILED);
	EXPECT_STREQ("gateway 192.0.2.1 on-demand down\n", asked(self));
	EXPECT_STREQ("gateway-down 192.0.2.1", event(self));
	/* It comes and goes: no move. */
	ike(self, "192.0.2.1", IKE_UP);
	run(self, 1000);
	ike(self, "192.0.2.1", IKE_FAILED);
	ike(self, "192.0.2.1", IKE_UP);
	run(self, 1000);
	EXPECT_STREQ("", asked(self));
	run(self, 2500);
	EXPECT_STREQ("gateway 192.0.2.1 on-demand usable\n", asked(self));
	EXPECT_STREQ("gateway-usable 192.0.2.1", event(self));
	/* Both fail: the one that returns is used at once, whichever. */
	ike(self, "192.0.2.1", IKE_FAILED);
	ike(self, "192.0.2.2", IKE_FAILED);
	asked(self);
	ike(self, "192.0.2.2", IKE_UP);
	EXPECT_STREQ("gateway 192.0.2.2 on-demand usable\n", asked(self));
	ike(self, "192.0.2.1", IKE_UP);
	EXPECT_STREQ("", asked(self));
	/* And a recovering one when what served fails. */
	ike(self, "192.0.2.2", IKE_FAILED);
	EXPECT_STREQ("gateway 192.0.2.2 on-demand down\n"
		     "gateway 192.0.2.1 on-demand usable\n",
		     asked(self));
}

/* Of those that return together the first is used, whoever is heard of first. */
TEST_F(life, gateways_return_together) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF HOLD_UP));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1 192.0.2.2");
	fake_end_of_rib(pe);
	run(self, 1200);
	ike(self, "192.0.2.1", IKE_FAILED);
	ike(self, "192.0.2.2", IKE_FAILED);
	asked(self);
	ike(self, "192.0.2.2", IKE_UP);
	ike(self, "192.0.2.1", IKE_UP);
	event_base_loop(self->base, EVLOOP_NONBLOCK);
	EXPECT_STREQ("gateway 192.0.2.1 on-demand usable\n", fake_log);
	EXPECT_STREQ("gateway 192.0.2.1 on-demand usable\n", asked(self));
}

/* A path that returns brings its gateway back, but not the traffic at once. */
TEST_F(life, joining_gateway) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF HOLD_UP));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.2");
	fake_end_of_rib(pe);
	run(self, 1200);
	asked(self);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1 192.0.2.2");
	EXPECT_STREQ("+gateway 192.0.2.1\n+ike 192.0.2.1\n"
		     "gateway 192.0.2.1 on-demand down\n"
		     "+route 10.1.0.0/16 protect 2\n",
		     asked(self));
	run(self, 3200);
	EXPECT_STREQ("gateway 192.0.2.1 on-demand usable\n", asked(self));
	/* Alone, there is nothing to wait for. */
	fake_reach(pe, "10.3.0.0/16", "192.0.2.3 192.0.2.4");
	EXPECT_STREQ("+gateway 192.0.2.3\n+ike 192.0.2.3\n"
		     "+gateway 192.0.2.4\n+ike 192.0.2.4\n"
		     "+route 10.3.0.0/16 protect 2\n",
		     asked(self));
}

/* What the kernel lost of what is held is put back. */
TEST_F(life, held_survives_a_flush) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN
			  "    hold: { withdrawn: 600 }\n" PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_end_of_rib(pe);
	run(self, 1200);
	fake_withdraw(pe, "10.1.0.0/16");
	run(self, 50);
	fake.n_routes = 0;
	asked(self);
	EXPECT_TRUE(reload(self, CONF TIMERS VPN
			   "    hold: { withdrawn: 600 }\n" PEER));
	run(self, 1200);
	EXPECT_STREQ("peer pe originates 1\n"
		     "+route 10.5.0.0/16 bypass 0\n"
		     "+route 10.1.0.0/16 protect 1\n",
		     asked(self));
	EXPECT_STREQ("protect withdrawn unknown alarm",
		     route(self, "10.1.0.0/16"));
}

static void reach_some(struct bgp_peer *pe, int from, int to)
{
	char text[32];

	for (; from < to; from++) {
		snprintf(text, sizeof(text), "10.1.%d.0/24", from);
		fake_reach(pe, text, "192.0.2.1");
	}
}

/* Lost, back, and all but a few is not said again: that goes in later turns. */
static void sweep(struct bgp_peer *pe, int from, int to)
{
	fake_down(pe);
	fake_up(pe);
	reach_some(pe, from, to);
	fake_end_of_rib(pe);
}

/* Nothing is in the way of what walks over a table are not done with. */
TEST_F(life, a_walk_meets_what_changes) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	reach_some(pe, 0, 200);
	fake_end_of_rib(pe);
	asked(self);
	EXPECT_EQ(201, fake.n_routes);
	/* A reload, and then what is said again after all. */
	sweep(pe, 0, 10);
	EXPECT_TRUE(reload(self,
			   CONF TIMERS "mode: pre-established\n" VPN NO_HOLD
				       "    no-identity: bypass\n" PEER));
	reach_some(pe, 100, 101);
	asked(self);
	EXPECT_EQ(12, fake.n_routes);
	EXPECT_EQ(CESTEER_MODE_PRE_ESTABLISHED, fake.gateways[0].mode);
	/* The neighbor goes, and another one has its place before the sweep. */
	EXPECT_TRUE(reload(self, CONF TIMERS VPN NO_HOLD));
	EXPECT_TRUE(reload(self, CONF TIMERS VPN NO_HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	reach_some(pe, 5, 8);
	asked(self);
	EXPECT_EQ(4, fake.n_routes);
	EXPECT_EQ(CESTEER_MODE_ON_DEMAND, fake.gateways[0].mode);
	/* Somebody else's change is looked at while there is one of ours. */
	fake.n_routes = 2;
	audit_soon(self->d->audit, 0);
	run(self, 3);
	reach_some(pe, 150, 160);
	run(self, 1200);
	EXPECT_EQ(14, fake.n_routes);
	/* The VPN goes with its walks, and its table to another. */
	sweep(pe, 0, 1);
	EXPECT_TRUE(reload(self, CONF TIMERS
			   "vpns:\n"
			   "  - name: red\n"
			   "    table: 0\n"
			   "    source-prefixes: [10.6.0.0/16]\n" PEER));
	asked(self);
	pe = fake_peer("pe");
	fake_up(pe);
	reach_some(pe, 0, 100);
	asked(self);
	/* The end. */
	sweep(pe, 0, 1);
	end(self, false);
}

/* Two looks a second apart, at a gateway that the IKE daemon is idle about. */
TEST_F(life, packets_that_wait_in_vain) {
	int i;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1");
	run(self, 1200);
	asked(self);
	fake.gateways[0].waiting = 1;
	fake_ike_state = IKE_CONNECTING;
	run(self, 2500);
	EXPECT_STREQ("", asked(self));
	fake_ike_state = IKE_WAITING;
	run(self, 2500);
	EXPECT_STREQ("initiate 192.0.2.1\n", asked(self));
	fake.gateways[0].waiting = 0;
	run(self, 2500);
	EXPECT_STREQ("", asked(self));
	/* Dropped in one second and in another: no two looks in a row. */
	fake.gateways[0].drops++;
	run(self, 2500);
	fake.gateways[0].drops++;
	run(self, 2500);
	EXPECT_STREQ("", asked(self));
	for (i = 0; i < 25; i++) {
		fake.gateways[0].drops++;
		run(self, 100);
	}
	EXPECT_STREQ("initiate 192.0.2.1\n", asked(self));
	fake_ike_state = IKE_LEARNED;
}

TEST_HARNESS_MAIN
