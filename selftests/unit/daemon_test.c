// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * daemon.c and core/: what is asked of the kernel and of the IKE daemon, in
 * which order, as neighbors come and go, the daemon restarts and its
 * configuration changes. Time is real; the timers are short.
 */
#include "daemon.h"

#include <event2/event.h>
#include <fcntl.h>
#include <unistd.h>
#include "conf/conf.h"
#include "fake/kernel.h"
#include "kselftest_harness.h"

#define CONF                                 \
	"router-id: 192.0.2.5\n"             \
	"as: 65005\n"                        \
	"identity: { address: 192.0.2.5 }\n" \
	"control: { socket: ctl }\n"         \
	"log: error\n"
#define TIMERS "timers: { settle: 2, stale: 2, idle: 2 }\n"
#define VPN                                    \
	"vpns:\n"                              \
	"  - name: default\n"                  \
	"    source-prefixes: [10.5.0.0/16]\n" \
	"    trusted-subnets: [10.5.0.0/16]\n"
#define NO_HOLD "    hold: { withdrawn: 0, downgraded: 0 }\n"
#define PEER "    neighbors: [{address: 198.51.100.1, as: 64500, name: pe}]\n"

FIXTURE(life) {
	char dir[32], file[64];
	char why[1024];
	struct event_base *base;
	struct daemon *d;
};

FIXTURE_SETUP(life) {
	memset(&fake, 0, sizeof(fake));
	memset(fake_ikes, 0, sizeof(fake_ikes));
	*fake_log = '\0';
	strcpy(self->dir, "/tmp/cesteer-daemon-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->file, sizeof(self->file), "%s/f.yaml", self->dir);
	self->base = event_base_new();
	self->d = NULL;
}

FIXTURE_TEARDOWN(life) {
	char path[80];

	if (self->d)
		daemon_destroy(self->d, false);
	event_base_free(self->base);
	EXPECT_EQ(0, fake.handle.opened);
	snprintf(path, sizeof(path), "%s/ctl", self->dir);
	EXPECT_NE(0, access(path, F_OK));
	unlink(self->file);
	rmdir(self->dir);
}

static void put(FIXTURE_DATA(life) * self, const char *text)
{
	int fd = open(self->file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (write(fd, text, strlen(text)) < 0)
		abort();
	close(fd);
}

static bool begin(FIXTURE_DATA(life) * self, const char *text)
{
	struct conf *c;

	put(self, text);
	c = conf_load(self->file, self->why, sizeof(self->why));
	if (!c)
		return false;
	self->d = daemon_create(self->base, c, self->why, sizeof(self->why));
	return self->d;
}

static bool reload(FIXTURE_DATA(life) * self, const char *text)
{
	put(self, text);
	return daemon_reload(self->d, self->why, sizeof(self->why));
}

static void end(FIXTURE_DATA(life) * self, bool flush)
{
	daemon_destroy(self->d, flush);
	self->d = NULL;
}

static void run(FIXTURE_DATA(life) * self, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	event_base_loopexit(self->base, &tv);
	event_base_dispatch(self->base);
}

/* What was asked since the last time, after what is queued was applied. */
static const char *asked(FIXTURE_DATA(life) * self)
{
	static char text[sizeof(fake_log)];

	run(self, 50);
	strcpy(text, fake_log);
	*fake_log = '\0';
	return text;
}

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

TEST_F(life, restart_without_a_gap) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
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
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	EXPECT_STREQ("+ike 192.0.2.1\n+ike 192.0.2.3\n+speaker\n+peer pe\n",
		     asked(self));
	pe = fake_peer("pe");
	fake_up(pe);
	fake_reach(pe, "10.1.0.0/16", "192.0.2.1");
	fake_reach(pe, "10.2.0.0/16", "192.0.2.2");
	EXPECT_STREQ("+gateway 192.0.2.2\n+ike 192.0.2.2\n"
		     "+route 10.2.0.0/16 protect 1\n",
		     asked(self));
	/* Only what nobody repeats goes, and only once all has been said. */
	run(self, 1200);
	EXPECT_STREQ("", asked(self));
	EXPECT_FALSE(fake_swept);
	fake_end_of_rib(pe);
	run(self, 1200);
	EXPECT_TRUE(fake_swept);
	EXPECT_STREQ("-route 10.3.0.0/16\n", asked(self));
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
	end(self, true);
	EXPECT_STREQ("-peer pe\n-vpn 0\n-ike all\n-gateway 192.0.2.1\n",
		     asked(self));
	EXPECT_EQ(0, fake.n_vpns);
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
	/* Back: what it repeats never moved, the rest goes with End-of-RIB. */
	fake_up(pe);
	fake_reach(pe, "10.2.0.0/16", "192.0.2.1");
	EXPECT_STREQ("", asked(self));
	fake_end_of_rib(pe);
	EXPECT_STREQ("-route 10.1.0.0/16\n", asked(self));
	/* Gone for good. */
	fake_down(pe);
	run(self, 800);
	EXPECT_STREQ("", asked(self));
	run(self, 2500);
	EXPECT_EQ(0, strncmp("-route 10.2.0.0/16\n", asked(self), 19));
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

/* Protection that cannot be had is no reason for clear text. */
TEST_F(life, refused_gateway_is_discard) {
	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	fake.no_gateways = true;
	fake_up(fake_peer("pe"));
	fake_reach(fake_peer("pe"), "10.1.0.0/16", "192.0.2.1");
	ASSERT_NE(NULL, strstr(asked(self), "+route 10.1.0.0/16 discard 0\n"));
}

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
		{ IKE_WAITING, "gateway 192.0.2.1 on-demand usable\n" },
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
	EXPECT_STREQ("gateway 192.0.2.1 pre-established usable\n"
		     "ike 192.0.2.1 1\npeer pe originates 1\n",
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
	run(self, 2500);
	EXPECT_STREQ("-route 10.1.0.0/16\n", asked(self));
	EXPECT_STREQ("released 10.1.0.0/16", event(self));
	EXPECT_STREQ("protect learned unknown", route(self, "10.2.0.0/16"));
}

TEST_F(life, downgraded_is_held_until_released) {
	struct bgp_peer *pe;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN HOLD PEER));
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
	EXPECT_STREQ("-route 10.2.0.0/16\n"
		     "+gateway 192.0.2.4\n+ike 192.0.2.4\n"
		     "+route 10.3.0.0/16 protect 1\n"
		     "+route 10.4.0.0/16 protect 1\n",
		     asked(self));
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

TEST_F(life, no_module) {
	fake.gone = true;
	EXPECT_FALSE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	EXPECT_STREQ("no module", self->why);
}

TEST_F(life, show) {
	static const char *const views[] = { "status",	"bgp",	  "gateways",
					     "sources", "routes", "events" };
	json_t *o, *args, *list;
	struct bgp_peer *pe;
	char text[32];
	size_t i, n = 0;

	ASSERT_TRUE(begin(self, CONF TIMERS VPN NO_HOLD PEER));
	pe = fake_peer("pe");
	fake_up(pe);
	for (i = 0; i < 25; i++) {
		snprintf(text, sizeof(text), "10.1.%zu.0/24", i);
		fake_reach(pe, text, i % 2 ? "192.0.2.1" : NULL);
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

	/* Pages: each route once. */
	args = json_pack("{s:i}", "limit", 10);
	do {
		o = daemon_show(self->d, "routes", args, self->why,
				sizeof(self->why));
		ASSERT_NE(NULL, o);
		n += json_array_size(json_object_get(o, "routes"));
		json_object_set(args, "after", json_object_get(o, "next"));
		i = json_is_null(json_object_get(o, "next"));
		json_decref(o);
	} while (!i);
	EXPECT_EQ(26, n);
	json_decref(args);

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
