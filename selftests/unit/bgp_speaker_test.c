// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two speakers of ours over loopback, in one loop.
 */
#include <signal.h>
#include "base/log.h"
#include "bgp/intern.h"
#include "unit/bgp_ends.h"

FIXTURE(speakers) {
	struct event_base *base;
	struct end a, b;
	uint16_t port;
	unsigned int ticks;
};

static struct addr *find(struct end *e, const char *prefix)
{
	static struct addr none;
	struct prefix p = px(prefix);
	size_t i;

	for (i = 0; i < e->n; i++)
		if (!prefix_cmp(&e->routes[i].prefix, &p))
			return e->routes[i].attrs->n_sgi ?
				       &e->routes[i].attrs->sgi[0].gateway :
				       &none;
	return NULL;
}

static bool protects(struct end *e, const char *prefix, const char *gateway)
{
	struct addr *found = find(e, prefix), want = ad(gateway);

	return found && !addr_cmp(found, &want);
}

FIXTURE_SETUP(speakers) {
	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_ERROR);
	memset(self, 0, sizeof(*self));
	self->base = event_base_new();
	self->port = free_port();
}

FIXTURE_TEARDOWN(speakers) {
	end_close(&self->a);
	end_close(&self->b);
	event_base_free(self->base);
	EXPECT_EQ(bgp_attrs_count(), 0);
}

TEST_F(speakers, exchange_over_ipv4) {
	struct bgp_origin of_a[] = {
		origin("10.1.0.0/16", "192.0.2.1"),
		origin("10.2.0.0/16", "2001:db8::99"),
		origin("2001:db8:a::/48", "192.0.2.1"),
	};
	struct bgp_origin of_b[] = { origin("10.9.0.0/16", NULL) };
	struct bgp_speaker_conf sa = speaker_conf(65001, 1, NULL, 0);
	struct bgp_speaker_conf sb =
		speaker_conf(4200000002, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 4200000002);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);
	json_t *json;

	pa.origins = of_a;
	pa.n_origins = ARRAY_SIZE(of_a);
	pb.origins = of_b;
	pb.n_origins = ARRAY_SIZE(of_b);
	pb.passive = true;
	ASSERT_TRUE(end_open(self->base, &self->b, &sb, &pb));
	ASSERT_TRUE(end_open(self->base, &self->a, &sa, &pa));
	EXPECT_TRUE(bgp_peer_is_ebgp(self->a.peer));
	RUN_UNTIL(self->a.eor6 && self->b.eor6);
	EXPECT_EQ(bgp_peer_state(self->a.peer), BGP_ESTABLISHED);
	EXPECT_EQ(bgp_peer_router_id(self->a.peer), 2);
	EXPECT_EQ(self->a.ups, 1);
	EXPECT_EQ(self->a.eor4, 1);
	EXPECT_EQ(self->b.n, 3);
	EXPECT_TRUE(protects(&self->b, "10.1.0.0/16", "192.0.2.1"));
	EXPECT_TRUE(protects(&self->b, "10.2.0.0/16", "2001:db8::99"));
	EXPECT_TRUE(protects(&self->b, "2001:db8:a::/48", "192.0.2.1"));
	ASSERT_EQ(self->a.n, 1);
	EXPECT_EQ(self->a.routes[0].attrs->n_sgi, 0);
	EXPECT_EQ(self->a.routes[0].attrs->neighbor_as, 4200000002);
	json = bgp_peer_json(self->a.peer);
	EXPECT_STREQ(json_string_value(json_object_get(json, "state")),
		     "established");
	EXPECT_STREQ(json_string_value(json_object_get(json, "router_id")),
		     "0.0.0.2");
	json_decref(json);
}

TEST_F(speakers, exchange_over_ipv6) {
	struct bgp_origin o = origin("10.1.0.0/16", "192.0.2.1");
	struct bgp_speaker_conf sa = speaker_conf(65001, 1, NULL, 0);
	struct bgp_speaker_conf sb = speaker_conf(65001, 2, "::1", self->port);
	struct bgp_peer_conf pa = peer_conf("::1", "::1", self->port, 65001);
	struct bgp_peer_conf pb = pa;

	pa.origins = &o;
	pa.n_origins = 1;
	pa.next_hop4 = ad("192.0.2.7");
	pb.passive = true;
	ASSERT_TRUE(end_open(self->base, &self->b, &sb, &pb));
	ASSERT_TRUE(end_open(self->base, &self->a, &sa, &pa));
	EXPECT_FALSE(bgp_peer_is_ebgp(self->a.peer));
	RUN_UNTIL(self->a.eor6 && self->b.eor6);
	ASSERT_EQ(self->b.n, 1);
	EXPECT_TRUE(protects(&self->b, "10.1.0.0/16", "192.0.2.1"));
	EXPECT_EQ(self->b.routes[0].attrs->local_pref, 100);
	EXPECT_EQ(self->b.routes[0].attrs->as_hops, 0);
}

/* Both connect, both listen: one session comes of it, and stays. */
TEST_F(speakers, collision) {
	struct bgp_speaker_conf sa =
		speaker_conf(65001, 1, "127.0.0.1", self->port);
	struct bgp_speaker_conf sb =
		speaker_conf(65002, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65002);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);

	self->a.speaker =
		bgp_speaker_create(self->base, &sa, &end_events, &self->a);
	self->b.speaker =
		bgp_speaker_create(self->base, &sb, &end_events, &self->b);
	/* Both listen before either connects. */
	pa.passive = true;
	pb.passive = true;
	self->a.peer = bgp_peer_add(self->a.speaker, &pa, NULL, self->a.why,
				    sizeof(self->a.why));
	self->b.peer = bgp_peer_add(self->b.speaker, &pb, NULL, self->b.why,
				    sizeof(self->b.why));
	ASSERT_NE(self->a.peer, NULL);
	ASSERT_NE(self->b.peer, NULL);
	bgp_peer_del(self->a.peer);
	bgp_peer_del(self->b.peer);
	pa.passive = false;
	pb.passive = false;
	self->a.peer = bgp_peer_add(self->a.speaker, &pa, NULL, self->a.why,
				    sizeof(self->a.why));
	self->b.peer = bgp_peer_add(self->b.speaker, &pb, NULL, self->b.why,
				    sizeof(self->b.why));
	RUN_UNTIL(self->a.eor6 && self->b.eor6);
	run_for(self->base, 1500);
	EXPECT_EQ(self->a.ups, 1);
	EXPECT_EQ(self->b.ups, 1);
	EXPECT_EQ(self->a.downs + self->b.downs, 0);
}

TEST_F(speakers, only_the_difference_is_sent) {
	struct bgp_origin before[] = {
		origin("10.1.0.0/16", "192.0.2.1"),
		origin("10.2.0.0/16", "192.0.2.1"),
		origin("10.3.0.0/16", "192.0.2.1"),
	};
	struct bgp_origin after[] = {
		origin("10.4.0.0/16", NULL),
		origin("10.2.0.0/16", "192.0.2.2"),
		origin("10.1.0.0/16", "192.0.2.1"),
	};
	struct bgp_speaker_conf sa = speaker_conf(65001, 1, NULL, 0);
	struct bgp_speaker_conf sb =
		speaker_conf(65002, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65002);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);

	pa.origins = before;
	pa.n_origins = ARRAY_SIZE(before);
	pb.passive = true;
	ASSERT_TRUE(end_open(self->base, &self->b, &sb, &pb));
	ASSERT_TRUE(end_open(self->base, &self->a, &sa, &pa));
	RUN_UNTIL(self->b.eor6);
	EXPECT_EQ(self->b.reaches, 1);
	bgp_peer_originate(self->a.peer, after, ARRAY_SIZE(after));
	RUN_UNTIL(self->b.reaches == 3 && self->b.withdrawals == 1);
	EXPECT_EQ(self->b.n, 3);
	EXPECT_TRUE(protects(&self->b, "10.1.0.0/16", "192.0.2.1"));
	EXPECT_TRUE(protects(&self->b, "10.2.0.0/16", "192.0.2.2"));
	EXPECT_NE(find(&self->b, "10.4.0.0/16"), NULL);
	EXPECT_EQ(find(&self->b, "10.3.0.0/16"), NULL);
	/* The same again is nothing. */
	bgp_peer_originate(self->a.peer, after, ARRAY_SIZE(after));
	bgp_peer_originate(self->a.peer, NULL, 0);
	RUN_UNTIL(self->b.withdrawals == 4);
	EXPECT_EQ(self->b.reaches, 3);
	EXPECT_EQ(self->b.n, 0);
}

TEST_F(speakers, deleting_a_neighbor_says_so) {
	struct bgp_speaker_conf sa = speaker_conf(65001, 1, NULL, 0);
	struct bgp_speaker_conf sb =
		speaker_conf(65002, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65002);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);

	pb.passive = true;
	ASSERT_TRUE(end_open(self->base, &self->b, &sb, &pb));
	ASSERT_TRUE(end_open(self->base, &self->a, &sa, &pa));
	RUN_UNTIL(self->a.eor6 && self->b.eor6);
	bgp_peer_del(self->a.peer);
	EXPECT_EQ(self->a.downs, 1);
	RUN_UNTIL(self->b.downs);
	EXPECT_STREQ(self->b.why,
		     "the peer said: Cease / Administrative Shutdown");
	/* And it may come back. */
	self->a.peer = bgp_peer_add(self->a.speaker, &pa, NULL, self->a.why,
				    sizeof(self->a.why));
	RUN_UNTIL(self->b.ups == 2);
}

TEST_F(speakers, md5) {
	struct bgp_speaker_conf sa = speaker_conf(65001, 1, NULL, 0);
	struct bgp_speaker_conf sb =
		speaker_conf(65002, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65002);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);

	strcpy(pa.md5, "wrong");
	strcpy(pb.md5, "a secret");
	pb.passive = true;
	if (!end_open(self->base, &self->b, &sb, &pb))
		SKIP(return, "%s", self->b.why);
	ASSERT_TRUE(end_open(self->base, &self->a, &sa, &pa));
	run_for(self->base, 1500);
	EXPECT_EQ(self->a.ups + self->b.ups, 0);
	bgp_peer_del(self->a.peer);
	strcpy(pa.md5, "a secret");
	self->a.peer = bgp_peer_add(self->a.speaker, &pa, NULL, self->a.why,
				    sizeof(self->a.why));
	RUN_UNTIL(self->a.ups && self->b.ups);
}

/* Whether a neighbor is refused with a sentence that says why. */
static bool turns_down(struct end *e, const struct bgp_peer_conf *conf,
		       const char *text)
{
	char why[256] = "";

	if (!bgp_peer_add(e->speaker, conf, NULL, why, sizeof(why)) &&
	    strstr(why, text))
		return true;
	printf("# accepted, or not for \"%s\": %s\n", text, why);
	return false;
}

TEST_F(speakers, configurations_refused) {
	struct bgp_speaker_conf sa =
		speaker_conf(65001, 1, "127.0.0.1", self->port);
	struct bgp_peer_conf good =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65002);
	struct bgp_peer_conf bad;

	good.passive = true;
	ASSERT_TRUE(end_open(self->base, &self->a, &sa, &good));
	bad = good;
	EXPECT_TRUE(turns_down(&self->a, &bad, "name"));
	strcpy(bad.name, "other");
	EXPECT_TRUE(turns_down(&self->a, &bad, "address is another"));
	bad.address = ad("127.0.0.3");
	bad.hold_time = 2;
	EXPECT_TRUE(turns_down(&self->a, &bad, "hold time"));
	bad.hold_time = 90;
	bad.ipv4 = false;
	bad.ipv6 = false;
	EXPECT_TRUE(turns_down(&self->a, &bad, "family"));
	bad.ipv4 = true;
	bad.as = 0;
	EXPECT_TRUE(turns_down(&self->a, &bad, "AS 0"));
	bad.as = 65003;
	bad.local.family = 0;
	bad.address = ad("::1");
	EXPECT_TRUE(turns_down(&self->a, &bad, "do not listen"));
	bad.address = ad("127.0.0.3");
	strcpy(bad.vrf, "no-such-device");
	EXPECT_TRUE(turns_down(&self->a, &bad, "VRF no-such-device"));
}

TEST_HARNESS_MAIN
