// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel does not take: how it is told, shown and tried again. Time is
 * real; the timers are short.
 */
#include "unit/daemon_life.h"
#include "core/vpn.h"

/* A member of the route of a prefix, as text: "no", "yes", a word. */
static const char *route(FIXTURE_DATA(life) * self, const char *prefix,
			 const char *key)
{
	json_t *args = json_pack("{s:s}", "prefix", prefix);
	json_t *o = daemon_show(self->d, "routes", args, self->why,
				sizeof(self->why));
	json_t *m = json_object_get(
		json_array_get(json_object_get(o, "routes"), 0), key);
	static char text[64];

	snprintf(text, sizeof(text), "%s",
		 json_is_string(m) ? json_string_value(m) :
		 json_is_true(m)   ? "yes" :
		 json_is_false(m)  ? "no" :
				     "-");
	json_decref(args);
	json_decref(o);
	return text;
}

/* Events of a kind; of the last one, "subject: text" in *text. */
static size_t events(FIXTURE_DATA(life) * self, const char *event,
		     const char **text)
{
	json_t *o = daemon_show(self->d, "events", NULL, self->why,
				sizeof(self->why));
	static char last[512];
	json_t *e;
	size_t i, n = 0;

	*last = '\0';
	json_array_foreach(json_object_get(o, "events"), i, e) {
		if (strcmp(json_string_value(json_object_get(e, "event")),
			   event))
			continue;
		n++;
		snprintf(last, sizeof(last), "%s: %s",
			 json_string_value(json_object_get(e, "subject")),
			 json_string_value(json_object_get(e, "text")));
	}
	json_decref(o);
	if (text)
		*text = last;
	return n;
}

static void refuse(const char *prefix)
{
	const char *why;

	prefix_parse(prefix, &fake.refuse, &why);
}

/* A trusted subnet that goes in clear text is told, and shown. */
TEST_F(life, refused_is_told) {
	struct bgp_peer *pe;
	const char *text;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	pe = fake_peer("pe");
	refuse("10.1.0.0/16");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	asked(self);
	EXPECT_STREQ("none", route(self, "10.1.0.0/16", "action"));
	EXPECT_STREQ("yes", route(self, "10.1.0.0/16", "alarm"));
	EXPECT_STREQ("yes", route(self, "10.1.0.0/16", "refused"));
	EXPECT_EQ(1, events(self, "refused", &text));
	EXPECT_STREQ(
		"10.1.0.0/16: its traffic goes in clear text, as nothing covers it: not installed: refused by the fake",
		text);
	EXPECT_EQ(1, self->d->vpns[0]->refused);
	/* Once, however often it is tried. */
	fake_reach(pe, "10.1.0.0/16", "192.0.2.2");
	asked(self);
	EXPECT_EQ(1, events(self, "refused", NULL));
	EXPECT_EQ(1, self->d->vpns[0]->refused);
	/* Under a cover, and what was there before. */
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	asked(self);
	EXPECT_STREQ("no", route(self, "10.2.0.0/16", "refused"));
	refuse("10.2.7.0/24");
	fake_reach(pe, "10.2.7.0/24", "192.0.2.1");
	asked(self);
	events(self, "refused", &text);
	EXPECT_STREQ(
		"10.2.7.0/24: its traffic is protected, as 10.2.0.0/16 says: not installed: refused by the fake",
		text);
	refuse("10.2.0.0/16");
	fake_reach(pe, "10.2.0.0/16", "192.0.2.2");
	asked(self);
	events(self, "refused", &text);
	EXPECT_STREQ(
		"10.2.0.0/16: its traffic is protected, as before: not installed: refused by the fake",
		text);
	EXPECT_STREQ("protect", route(self, "10.2.0.0/16", "action"));
	EXPECT_STREQ("yes", route(self, "10.2.0.0/16", "alarm"));
	EXPECT_EQ(3, self->d->vpns[0]->refused);
	/* What nobody wants any more is not refused. */
	fake_withdraw(pe, "10.1.0.0/16");
	asked(self);
	EXPECT_EQ(2, self->d->vpns[0]->refused);
	/* A reload tries again at once. */
	fake.refuse.family = 0;
	EXPECT_TRUE(reload(self, CONF TIMERS VPN NO_HOLD PEER));
	run(self, 1200);
	asked(self);
	EXPECT_EQ(0, self->d->vpns[0]->refused);
	EXPECT_STREQ("no", route(self, "10.2.0.0/16", "alarm"));
	vpn_retry(self->d->vpns[0], core_now());
	EXPECT_EQ(1, events(self, "restored", NULL));
	vpn_retry(self->d->vpns[0], core_now());
	EXPECT_EQ(1, events(self, "restored", NULL));
}

/* Of the first VPN. */
static bool ready(FIXTURE_DATA(life) * self)
{
	json_t *o = daemon_show(self->d, "status", NULL, self->why,
				sizeof(self->why));
	bool is = json_is_true(json_object_get(
		json_array_get(json_object_get(o, "vpns"), 0), "ready"));

	json_decref(o);
	return is;
}

/* Those that are there have what BGP says, whatever becomes of others. */
TEST_F(life, refused_sources_keep_nothing_up) {
	static const char more[] = CONF TIMERS
		"vpns:\n"
		"  - name: default\n"
		"    source-prefixes: [10.5.0.0/16, 10.6.0.0/16]\n"
		"    trusted-subnets: [10.5.0.0/16]\n" NO_HOLD PEER;
	const char *text;
	struct vpn *v;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	v = self->d->vpns[0];
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1");
	asked(self);
	EXPECT_TRUE(ready(self));
	fake.no_sources = true;
	ASSERT_TRUE(reload(self, more));
	fake_reach(fake_peer("pe"), "10.2.0.0/16", "192.0.2.1");
	EXPECT_STREQ("peer pe originates 1\n+route 10.2.0.0/16 protect 1\n",
		     asked(self));
	EXPECT_FALSE(ready(self));
	EXPECT_EQ(1, events(self, "refused", &text));
	EXPECT_STREQ(
		"-: not all source prefixes are set, what the others send goes in clear text: refused by the fake",
		text);
	/* That they are fewer is nobody's change. */
	self->d->retry_at = core_now();
	run(self, 1200);
	EXPECT_STREQ("", asked(self));
	EXPECT_EQ(0, events(self, "changed", NULL));
	/* Tried again later each time, and told once. */
	vpn_retry(v, core_now() + 11);
	EXPECT_FALSE(ready(self));
	fake.no_sources = false;
	vpn_retry(v, core_now() + 11);
	EXPECT_FALSE(ready(self));
	vpn_retry(v, core_now() + 21);
	EXPECT_TRUE(ready(self));
	EXPECT_STREQ("+source 10.6.0.0/16\n", asked(self));
	EXPECT_EQ(1, events(self, "refused", NULL));
	EXPECT_EQ(1, events(self, "restored", NULL));
	/* What a run before has left is taken over all the same. */
	end(self, false);
	fake.no_sources = true;
	fake.n_sources = 0;
	ASSERT_TRUE(begin(self, more));
	asked(self);
	EXPECT_STREQ("adopted", route(self, "10.2.0.0/16", "reason"));
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.3.0.0/16", "192.0.2.1");
	EXPECT_STREQ("+route 10.3.0.0/16 protect 1\n", asked(self));
}

/* What the daemon says of its first gateway: "state: why". */
static const char *gateway(FIXTURE_DATA(life) * self)
{
	json_t *o = daemon_show(self->d, "gateways", NULL, self->why,
				sizeof(self->why));
	const json_t *g = json_array_get(json_object_get(o, "gateways"), 0);
	const char *why = json_string_value(json_object_get(g, "why"));
	static char text[128];

	snprintf(text, sizeof(text), "%s: %s",
		 json_string_value(json_object_get(g, "state")),
		 why ? why : "-");
	json_decref(o);
	return text;
}

/* Ask the kernel again, some seconds from now. */
static const char *retry(FIXTURE_DATA(life) * self, int seconds)
{
	vpn_retry(self->d->vpns[0], core_now() + seconds);
	core_schedule(self->d);
	return asked(self);
}

/*
 * The gateway is what is refused: discarded, which is an alarm too, until there
 * is room for it, however short what is idle is kept.
 */
TEST_F(life, a_refused_gateway_is_an_alarm) {
	const char *text;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	fake.no_gateways = true;
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1");
	fake_end_of_rib(fake_peer("pe"));
	asked(self);
	EXPECT_STREQ("discard", route(self, "10.1.0.0/16", "action"));
	EXPECT_STREQ("yes", route(self, "10.1.0.0/16", "alarm"));
	EXPECT_EQ(1, events(self, "refused", &text));
	EXPECT_STREQ(
		"192.0.2.1: trusted subnets that name no other gateway are discarded: refused by the fake",
		text);
	run(self, 5500);
	ASSERT_TRUE(self->d->settled);
	EXPECT_STREQ("refused: refused by the fake", gateway(self));
	EXPECT_STREQ("", retry(self, 0));
	EXPECT_EQ(1, self->d->vpns[0]->refused);
	EXPECT_EQ(1, events(self, "refused", NULL));
	run(self, 5500);
	fake.no_gateways = false;
	EXPECT_STREQ("+gateway 192.0.2.1\n+ike 192.0.2.1\n"
		     "+route 10.1.0.0/16 protect 1\n",
		     retry(self, 11));
	EXPECT_STREQ("usable: -", gateway(self));
	EXPECT_STREQ("no", route(self, "10.1.0.0/16", "alarm"));
	EXPECT_EQ(0, self->d->vpns[0]->refused);
	EXPECT_EQ(1, events(self, "restored", &text));
	EXPECT_STREQ("-: the kernel refuses none of the gateways now", text);
}

/* Of several, the others serve until then. */
TEST_F(life, a_refused_gateway_of_a_set) {
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.2.0.0/16", "192.0.2.1");
	asked(self);
	fake.no_gateways = true;
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1 192.0.2.2");
	EXPECT_STREQ("+route 10.1.0.0/16 protect 1\n", asked(self));
	EXPECT_STREQ("yes", route(self, "10.1.0.0/16", "refused"));
	EXPECT_STREQ("no", route(self, "10.2.0.0/16", "refused"));
	run(self, 5500);
	fake.no_gateways = false;
	EXPECT_STREQ("+gateway 192.0.2.2\n+ike 192.0.2.2\n"
		     "gateway 192.0.2.2 on-demand down\n"
		     "+route 10.1.0.0/16 protect 2\n",
		     retry(self, 0));
	EXPECT_STREQ("no", route(self, "10.1.0.0/16", "refused"));
}

static void reach_some(struct bgp_peer *pe, int net, int n)
{
	char text[32];
	int i;

	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "10.%d.%d.0/24", net, i);
		fake_reach(pe, text, "192.0.2.1");
	}
}

/* Of many, some are told; what changes, and what goes, is not in their way. */
TEST_F(life, a_full_table) {
	struct bgp_peer *pe;
	const char *text;
	struct vpn *v;
	time_t now;
	int i;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	v = self->d->vpns[0];
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.3.0.0/16", "192.0.2.1");
	fake_end_of_rib(pe);
	run(self, 1200);
	asked(self);
	fake.max_routes = fake.n_routes;
	reach_some(pe, 1, 200);
	asked(self);
	EXPECT_EQ(200, v->refused);
	EXPECT_EQ(33, events(self, "refused", &text));
	EXPECT_EQ(0, strncmp("-: more entries are refused", text, 27));
	/* Not for lack of an attempt at these. */
	reach_some(pe, 4, 200);
	fake_reach(pe, "10.2.0.0/16", "192.0.2.2");
	EXPECT_STREQ("+gateway 192.0.2.2\n+ike 192.0.2.2\n"
		     "+route 10.2.0.0/16 protect 1\n",
		     asked(self));
	EXPECT_EQ(400, v->refused);
	EXPECT_EQ(33, events(self, "refused", NULL));
	/* Tried again later each time: nothing more is told. */
	now = core_now();
	for (i = 10; i <= 300; i = i == 160 ? 300 : 2 * i) {
		vpn_retry(v, now);
		EXPECT_EQ(i, v->retry.at - now);
		vpn_retry(v, now + i - 1);
		now += i;
		EXPECT_EQ(now, v->retry.at);
		core_schedule(self->d);
		asked(self);
		EXPECT_EQ(400, v->refused);
	}
	EXPECT_EQ(33, events(self, "refused", NULL));
	/* Room for some: at once next time. */
	fake_withdraw(pe, "10.3.0.0/16");
	asked(self);
	EXPECT_EQ(0, v->retry.at);
	vpn_retry(v, now);
	core_schedule(self->d);
	asked(self);
	EXPECT_EQ(399, v->refused);
	vpn_retry(v, v->retry.at);
	EXPECT_EQ(10, v->retry.wait);
}

/* Who does not know what the kernel's entries name takes nothing from them. */
TEST_F(life, entries_that_cannot_be_read) {
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1");
	asked(self);
	end(self, false);
	fake.no_reading = true;
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	asked(self);
	run(self, 6000);
	EXPECT_TRUE(self->d->settled);
	EXPECT_EQ(NULL, strstr(fake_log, "-ike"));
	/* Then it waits for who may confirm them, as ever. */
	fake.no_reading = false;
	self->d->retry_at = core_now();
	run(self, 1200);
	asked(self);
	EXPECT_FALSE(self->d->settled);
	EXPECT_STREQ("adopted", route(self, "10.1.0.0/16", "reason"));
}

/* What stays, whoever has kept it, is not passed over in silence. */
TEST_F(life, flush_that_leaves_something) {
	const struct kern_gateway gw = { .id = 77, .if_id = 77 };

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD));
	fake.vpns[fake.n_vpns++].id = 77;
	EXPECT_FALSE(end(self, true));
	EXPECT_EQ(1, fake.n_vpns);
	fake.n_vpns = 0;
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD));
	fake.gateways[fake.n_gateways++] = gw;
	EXPECT_FALSE(end(self, true));
	fake.n_gateways = 0;
	fake_ike_stays = true;
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD));
	EXPECT_FALSE(end(self, true));
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD));
	EXPECT_TRUE(end(self, false));
	fake_ike_stays = false;
}

TEST_HARNESS_MAIN
