// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/neighbor.c and what it asks of the rest: two neighbors that announce
 * the same, sessions that are lost and come back, refreshes. Time is real; the
 * timers are short.
 */
#include "unit/daemon_life.h"

#define TWO                                                        \
	"    neighbors:\n"                                         \
	"      - { address: 198.51.100.1, as: 64500, name: pe }\n" \
	"      - { address: 198.51.100.2, as: 64500, name: pe2 }\n"
#define SLOW "timers: { settle: 2, stale: 60, idle: 2 }\n"

/* Of the only route with that prefix; NULL: there is none, or no such member. */
static const char *route(FIXTURE_DATA(life) * self, const char *prefix,
			 const char *member)
{
	json_t *args = json_pack("{s:s}", "prefix", prefix);
	json_t *o = daemon_show(self->d, "routes", args, self->why,
				sizeof(self->why));
	const json_t *r = json_array_get(json_object_get(o, "routes"), 0);
	const json_t *m = json_object_get(r, member);
	static char text[256];

	snprintf(text, sizeof(text), "%s",
		 json_is_string(m) ? json_string_value(m) : "-");
	json_decref(args);
	json_decref(o);
	return text;
}

/* The gateways that the kernel has for a prefix: "1 2"; "-": no entry. */
static const char *gateways(const char *prefix)
{
	static char text[64];
	struct kern_route *r;
	const char *why;
	struct prefix p;
	size_t i, n = 0;

	prefix_parse(prefix, &p, &why);
	i = fake_route(0, &p);
	if (i == fake.n_routes)
		return "-";
	*text = '\0';
	r = &fake.routes[i].r;
	for (i = 0; i < r->target.n_gateways; i++)
		n += (size_t)snprintf(
			text + n, sizeof(text) - n, "%s%u", i ? " " : "",
			fake_gateway(r->target.gateways[i])->address.b[3]);
	return text;
}

/* Two neighbors that say the same prefix, the first the better; all is said. */
static void both(struct bgp_peer **pe, struct bgp_peer **pe2)
{
	*pe = fake_peer("pe");
	*pe2 = fake_peer("pe2");
	fake_up(*pe);
	fake_up(*pe2);
	fake_reach(*pe, "10.1.0.0/16", "192.0.2.1");
	fake_reach(*pe2, "10.1.0.0/16", "192.0.2.2");
	fake_end_of_rib(*pe);
	fake_end_of_rib(*pe2);
}

#define BEHIND "a session that is up over one that was lost"

TEST_F(life, the_next_best_is_promoted) {
	struct bgp_peer *pe, *pe2;

	ASSERT_TRUE(begin(self, CONF SLOW VPN NO_HOLD TWO));
	both(&pe, &pe2);
	asked(self);
	EXPECT_STREQ("1 2", gateways("10.1.0.0/16"));
	EXPECT_STREQ("lower neighbor address",
		     route(self, "10.1.0.0/16", "best-by"));
	/* The loss of the better: in place, and nothing in between. */
	fake_down(pe);
	EXPECT_STREQ("+route 10.1.0.0/16 protect 2\n", asked(self));
	EXPECT_STREQ("2 1", gateways("10.1.0.0/16"));
	EXPECT_STREQ(BEHIND, route(self, "10.1.0.0/16", "best-by"));
	/* It is back: what it repeats is as good as before. */
	fake_up(pe);
	EXPECT_STREQ("", asked(self));
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	EXPECT_STREQ("+route 10.1.0.0/16 protect 2\n", asked(self));
	EXPECT_STREQ("1 2", gateways("10.1.0.0/16"));
	/* The loss of the other changes nothing. */
	fake_down(pe2);
	EXPECT_STREQ("", asked(self));
	/* Of both: they are equals again. */
	fake_down(pe);
	EXPECT_STREQ("", asked(self));
	EXPECT_STREQ("1 2", gateways("10.1.0.0/16"));
}

/* A better path without an identity does not end protection that is stale. */
TEST_F(life, stale_protection_is_no_clear_text) {
	struct bgp_peer *pe, *pe2;

	ASSERT_TRUE(begin(self, CONF SLOW VPN NO_HOLD TWO));
	both(&pe, &pe2);
	fake_reach(pe2, "10.1.0.0/16", NULL);
	asked(self);
	EXPECT_STREQ("1", gateways("10.1.0.0/16"));
	fake_down(pe);
	EXPECT_STREQ("", asked(self));
	EXPECT_STREQ("1", gateways("10.1.0.0/16"));
	EXPECT_STREQ(BEHIND, route(self, "10.1.0.0/16", "best-by"));
}

/* RFC 4724, section 4.2: one that restarts gracefully competes meanwhile. */
TEST_F(life, restarts_gracefully) {
	struct bgp_peer *pe, *pe2;

	ASSERT_TRUE(begin(self, CONF SLOW VPN NO_HOLD TWO));
	both(&pe, &pe2);
	pe->restart_time = 2;
	pe->forwards = true;
	asked(self);
	fake_down(pe);
	EXPECT_STREQ("", asked(self));
	fake_up(pe);
	EXPECT_STREQ("", asked(self));
	run(self, 3200);
	EXPECT_STREQ("", asked(self));
	/* What it forwarded by is gone, it says. */
	fake_down(pe);
	pe->forwards = false;
	EXPECT_STREQ("", asked(self));
	fake_up(pe);
	EXPECT_STREQ("+route 10.1.0.0/16 protect 2\n", asked(self));
	EXPECT_STREQ("2 1", gateways("10.1.0.0/16"));
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	EXPECT_STREQ("+route 10.1.0.0/16 protect 2\n", asked(self));
	/* It does not come back in time. */
	fake_end_of_rib(pe);
	fake_down(pe);
	EXPECT_STREQ("", asked(self));
	run(self, 3200);
	EXPECT_STREQ("+route 10.1.0.0/16 protect 2\n", asked(self));
	EXPECT_STREQ("2 1", gateways("10.1.0.0/16"));
}

/* RFC 7313: what is not repeated between begin and end is gone. */
TEST_F(life, refreshed) {
	struct bgp_peer *pe, *pe2;

	ASSERT_TRUE(begin(self, CONF SLOW VPN NO_HOLD TWO));
	both(&pe, &pe2);
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	asked(self);
	fake_refresh(pe);
	EXPECT_STREQ("", asked(self));
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	EXPECT_STREQ("", asked(self));
	fake_end_of_rib(pe);
	EXPECT_STREQ("-route 10.2.0.0/16\n", asked(self));
	EXPECT_STREQ("1 2", gateways("10.1.0.0/16"));
	/* Lost in the middle: then it ranks as what is lost. */
	fake_refresh(pe);
	fake_down(pe);
	EXPECT_STREQ("+route 10.1.0.0/16 protect 2\n", asked(self));
	/* Back, and refreshed before it has said all: as good as before. */
	fake_up(pe);
	fake_refresh(pe);
	EXPECT_STREQ("+route 10.1.0.0/16 protect 2\n", asked(self));
	EXPECT_STREQ("1 2", gateways("10.1.0.0/16"));
}

/* An end that never comes does not keep what is gone. */
TEST_F(life, refresh_without_an_end) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	fake_end_of_rib(pe);
	asked(self);
	fake_refresh(pe);
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	run(self, 800);
	EXPECT_STREQ("", asked(self));
	run(self, 2500);
	EXPECT_STREQ("-route 10.1.0.0/16\n", asked(self));
	EXPECT_STREQ("1", gateways("10.2.0.0/16"));
}

/* One that begins late has all the time, whatever the deadline before it was. */
TEST_F(life, refresh_of_one_that_is_back) {
	struct bgp_peer *pe;

	ASSERT_TRUE(
		begin(self, CONF
		      "timers: { settle: 2, stale: 4 }\n" VPN NO_HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_down(pe);
	fake_up(pe);
	asked(self);
	run(self, 2850);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_refresh(pe);
	run(self, 2300);
	EXPECT_STREQ("", asked(self));
	EXPECT_STREQ("1", gateways("10.1.0.0/16"));
}

/* Refreshes without an end, each with other routes: few of these are kept. */
TEST_F(life, refreshes_count) {
	struct bgp_peer *pe;
	char prefix[32];
	int i, k;

	ASSERT_TRUE(begin(
		self, CONF SLOW VPN NO_HOLD
		"    neighbors:\n"
		"      - { address: 198.51.100.1, as: 64500, name: pe, max-prefixes: 4 }\n"));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_end_of_rib(pe);
	for (i = 0; i < 20; i++) {
		fake_refresh(pe);
		for (k = 0; k < 4; k++) {
			snprintf(prefix, sizeof(prefix), "10.%d.%d.0/24", i, k);
			fake_reach(pe, prefix, "192.0.2.1");
		}
	}
	EXPECT_FALSE(pe->over);
	EXPECT_GE(12, rib_peer_paths(self->d->vpns[0]->rib, 0));
	EXPECT_EQ(4, rib_peer_fresh(self->d->vpns[0]->rib, 0));
}

/* What a prefix has beyond the paths that are looked at. */
static int more_paths(FIXTURE_DATA(life) * self, const char *prefix)
{
	json_t *args = json_pack("{s:s}", "prefix", prefix);
	json_t *o = daemon_show(self->d, "routes", args, self->why,
				sizeof(self->why));
	const json_t *r = json_array_get(json_object_get(o, "routes"), 0);
	int n = (int)json_integer_value(json_object_get(r, "more-paths"));

	json_decref(args);
	json_decref(o);
	return n;
}

/* Of three neighbors, as each has but so many. */
#define CROWD TWO "      - { address: 198.51.100.3, as: 64500, name: pe3 }\n"
#define REJECTING           \
	"    identities:\n" \
	"      claims:\n"   \
	"        - { gateway: 192.0.2.9, prefixes: [10.9.0.0/16] }\n"

/* An identity protects, however many newer paths have none that counts. */
TEST_F(life, one_identity_in_a_crowd) {
	static const char *const others[] = { NULL, "192.0.2.5", "192.0.2.9" };
	static const char *const names[] = { "pe2", "pe3" };
	size_t i, k;

	ASSERT_TRUE(begin(self, CONF SLOW VPN NO_HOLD REJECTING CROWD))
	{
		TH_LOG("%s", self->why);
	}
	fake_up(fake_peer("pe"));
	for (i = 0; i < ARRAY_SIZE(names); i++)
		fake_up(fake_peer(names[i]));
	fake_reach_path(fake_peer("pe"), 7, "10.1.0.0/16", "192.0.2.1");
	fake_end_of_rib(fake_peer("pe"));
	asked(self);
	EXPECT_EQ(0, more_paths(self, "10.1.0.0/16"));
	for (k = 0; k < ARRAY_SIZE(others); k++) {
		for (i = 0; i < 100; i++)
			fake_reach_path(fake_peer(names[i % 2]), i,
					"10.1.0.0/16", others[k]);
		EXPECT_STREQ("", asked(self));
		EXPECT_STREQ("1", gateways("10.1.0.0/16"));
		EXPECT_EQ(37, more_paths(self, "10.1.0.0/16"));
	}
}

/* Which of too many identities are used does not hang on who came first. */
TEST_F(life, a_crowd_in_any_order) {
	static const char *const names[] = { "pe3", "pe2", "pe" };
	char gateway[32];
	int i, k;

	ASSERT_TRUE(begin(self, CONF SLOW VPN NO_HOLD CROWD));
	for (i = 0; i < 3; i++)
		fake_up(fake_peer(names[i]));
	for (k = 0; k < 2; k++) {
		const char *prefix = k ? "10.2.0.0/16" : "10.1.0.0/16";

		for (i = 0; i < 90; i++) {
			int at = k ? 89 - i : i;

			snprintf(gateway, sizeof(gateway), "192.0.2.%d",
				 200 - at);
			fake_reach_path(fake_peer(names[at / 30]), at % 30 + 1,
					prefix, gateway);
		}
	}
	asked(self);
	/* The best of all is pe's, with the smallest identifier. */
	EXPECT_STREQ("140 139 138 137 136 135 134 133",
		     gateways("10.1.0.0/16"));
	EXPECT_STREQ("140 139 138 137 136 135 134 133",
		     gateways("10.2.0.0/16"));
	EXPECT_EQ(26, more_paths(self, "10.2.0.0/16"));
}

/* What "show bgp" says of the first neighbor. */
static int left_out(FIXTURE_DATA(life) * self)
{
	json_t *o =
		daemon_show(self->d, "bgp", NULL, self->why, sizeof(self->why));
	json_t *first = json_array_get(json_object_get(o, "neighbors"), 0);
	int n = (int)json_integer_value(json_object_get(first, "left-out"));

	json_decref(o);
	return n;
}

static size_t events(FIXTURE_DATA(life) * self)
{
	json_t *o = daemon_show(self->d, "events", NULL, self->why,
				sizeof(self->why));
	size_t n = json_array_size(json_object_get(o, "events"));

	json_decref(o);
	return n;
}

/* One neighbor with too many paths: told once, and asked when there is room. */
TEST_F(life, too_many_paths) {
	struct bgp_peer *pe;
	const char *why;
	struct prefix p;
	int i;

	ASSERT_TRUE(begin(self, CONF SLOW VPN NO_HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_end_of_rib(pe);
	for (i = 0; i < 70; i++)
		fake_reach_path(pe, 100 + i, "10.1.0.0/16", NULL);
	EXPECT_EQ(6, left_out(self));
	/* An identity is not what is left out. */
	for (i = 0; i < 70; i++)
		fake_reach_path(pe, 200 + i, "10.1.0.0/16", "192.0.2.1");
	EXPECT_STREQ("1", (asked(self), gateways("10.1.0.0/16")));
	EXPECT_EQ(76, left_out(self));
	EXPECT_EQ(1, events(self));
	/* Of what was left out: that makes no room. */
	prefix_parse("10.1.0.0/16", &p, &why);
	fake_speaker.ev.withdraw(fake_speaker.arg, pe, 269, &p, 1);
	run(self, 1200);
	EXPECT_STREQ("", asked(self));
	fake_speaker.ev.withdraw(fake_speaker.arg, pe, 200, &p, 1);
	run(self, 1200);
	EXPECT_STREQ("peer pe refreshes\n", asked(self));
	EXPECT_EQ(0, left_out(self));
	/* Not again and again. */
	fake_reach_path(pe, 200, "10.1.0.0/16", "192.0.2.1");
	fake_reach_path(pe, 269, "10.1.0.0/16", "192.0.2.1");
	fake_speaker.ev.withdraw(fake_speaker.arg, pe, 200, &p, 1);
	run(self, 1200);
	EXPECT_STREQ("", asked(self));
	EXPECT_EQ(1, left_out(self));
}

/* Routes of 64 paths each: a page of them ends in time, and another follows. */
TEST_F(life, pages_of_many_paths) {
	json_t *args = json_pack("{s:i}", "limit", 1000), *o = NULL;
	size_t n = 0, turns = 0, k;
	struct bgp_peer *pe;
	char prefix[32];
	int i;

	ASSERT_TRUE(begin(self, CONF SLOW VPN NO_HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	for (i = 0; i < 60; i++) {
		snprintf(prefix, sizeof(prefix), "10.%d.0.0/16", 10 + i);
		for (k = 0; k < 64; k++)
			fake_reach_path(pe, k, prefix, NULL);
	}
	asked(self);
	do {
		json_decref(o);
		o = daemon_show(self->d, "routes", args, self->why,
				sizeof(self->why));
		n += json_array_size(json_object_get(o, "routes"));
		json_object_set(args, "after", json_object_get(o, "next"));
		turns++;
	} while (json_is_string(json_object_get(o, "next")));
	json_decref(o);
	json_decref(args);
	/* And our own. */
	EXPECT_EQ(61, n);
	EXPECT_LT(1, turns);
}

#define FIXED           \
	"    static:\n" \
	"      - { prefix: 10.4.0.0/16, action: discard }\n" TWO
#define PICKY                                                         \
	"    identities:\n"                                           \
	"      claims:\n"                                             \
	"        - { gateway: 192.0.2.2, prefixes: [10.3.0.0/16] }\n" \
	"        - { gateway: 192.0.2.1, prefixes: [10.1.0.0/16] }\n" \
	"        - { gateway: 192.0.2.3, prefixes: [10.3.0.0/16] }\n"

/* Who speaks first after a restart does not decide (RFC 4724, section 4.1). */
TEST_F(life, selection_is_deferred) {
	struct bgp_peer *pe, *pe2;

	ASSERT_TRUE(
		begin(self, CONF "timers: { settle: 60 }\n" VPN NO_HOLD TWO));
	both(&pe, &pe2);
	fake_reach(pe, "10.3.0.0/16", "192.0.2.1 192.0.2.2");
	fake_reach(pe, "10.4.0.0/16", "192.0.2.1");
	asked(self);
	end(self, false);
	ASSERT_TRUE(
		begin(self, CONF "timers: { settle: 60 }\n" VPN NO_HOLD FIXED));
	/* What the operator decides himself waits for nobody. */
	EXPECT_NE(NULL, strstr(asked(self), "+route 10.4.0.0/16 discard 0\n"));
	pe = fake_peer("pe");
	pe2 = fake_peer("pe2");
	fake_up(pe2);
	fake_reach(pe2, "10.1.0.0/16", "192.0.2.2");
	fake_reach(pe2, "10.3.0.0/16", "192.0.2.3");
	/* Nothing was there to be kept. */
	fake_reach(pe2, "10.6.0.0/16", "192.0.2.2");
	fake_end_of_rib(pe2);
	EXPECT_STREQ("+route 10.6.0.0/16 protect 1\n", asked(self));
	EXPECT_STREQ("adopted", route(self, "10.1.0.0/16", "reason"));
	run(self, 1200);
	EXPECT_STREQ("", asked(self));
	/* The same as it was: confirmed at once. */
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	EXPECT_STREQ("", asked(self));
	EXPECT_STREQ("learned", route(self, "10.1.0.0/16", "reason"));
	EXPECT_STREQ("adopted", route(self, "10.3.0.0/16", "reason"));
	EXPECT_STREQ("1 2", gateways("10.3.0.0/16"));
	/* All is said: what is said holds. */
	fake_end_of_rib(pe);
	run(self, 1200);
	EXPECT_STREQ("+gateway 192.0.2.3\n+ike 192.0.2.3\n"
		     "+route 10.3.0.0/16 protect 1\n",
		     asked(self));
	EXPECT_STREQ("1 2", gateways("10.1.0.0/16"));
	EXPECT_STREQ("learned", route(self, "10.3.0.0/16", "reason"));
}

/* What is kept meanwhile is only what policy takes. */
TEST_F(life, deferred_within_policy) {
	struct bgp_peer *pe, *pe2;

	ASSERT_TRUE(
		begin(self, CONF "timers: { settle: 60 }\n" VPN NO_HOLD TWO));
	both(&pe, &pe2);
	fake_reach(pe, "10.3.0.0/16", "192.0.2.1 192.0.2.2");
	asked(self);
	end(self, false);
	ASSERT_TRUE(begin(self, CONF
			  "timers: { settle: 60 }\n" VPN NO_HOLD PICKY TWO));
	asked(self);
	fake_up(fake_peer("pe2"));
	fake_reach(fake_peer("pe2"), "10.3.0.0/16", "192.0.2.3");
	asked(self);
	EXPECT_STREQ("2", gateways("10.3.0.0/16"));
	EXPECT_STREQ("adopted", route(self, "10.3.0.0/16", "reason"));
}

TEST_HARNESS_MAIN
