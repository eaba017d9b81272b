// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two speakers of ours over loopback, in one loop.
 */
#include <signal.h>
#include "base/log.h"
#include "bgp/intern.h"
#include "bgp/sock.h"
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
	EXPECT_STREQ(json_string_value(json_object_get(json, "router-id")),
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
	bgp_peer_del(self->a.peer, BGP_GONE);
	bgp_peer_del(self->b.peer, BGP_GONE);
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

static struct bgp_origin vpn_origin(const char *prefix, uint64_t rd,
				    uint32_t label)
{
	struct bgp_origin o = origin(prefix, "192.0.2.1");

	o.rd = rd;
	o.label = label;
	o.n_targets = 1;
	o.targets[0] = (struct bgp_target){ { 0, 2, 0xfb, 0xf4, 0, 0, 0, 1 } };
	return o;
}

static size_t had; /* routes, when one was withdrawn */

static void had_when_withdrawn(void *arg, struct bgp_peer *peer, uint64_t id,
			       const struct prefix *p, size_t n)
{
	had = ((struct end *)arg)->n;
	end_withdraw(arg, peer, id, p, n);
}

/* By another distinguisher it is there before it goes. */
TEST_F(speakers, another_distinguisher) {
	struct bgp_events events = end_events;
	struct bgp_origin before = vpn_origin("10.1.0.0/16", 1, 3);
	struct bgp_origin after = vpn_origin("10.1.0.0/16", 2, 3);
	struct bgp_speaker_conf sa = speaker_conf(65001, 1, NULL, 0);
	struct bgp_speaker_conf sb =
		speaker_conf(65001, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65001);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);

	events.withdraw = had_when_withdrawn;
	pa.families = BGP_VPNV4;
	pa.origins = &before;
	pa.n_origins = 1;
	pb.families = BGP_VPNV4;
	pb.passive = true;
	self->b.speaker =
		bgp_speaker_create(self->base, &sb, &events, &self->b);
	self->b.peer = bgp_peer_add(self->b.speaker, &pb, &self->b, self->b.why,
				    sizeof(self->b.why));
	ASSERT_TRUE(end_open(self->base, &self->a, &sa, &pa));
	RUN_UNTIL(self->b.eor4);
	bgp_peer_originate(self->a.peer, &after, 1);
	RUN_UNTIL(self->b.withdrawals == 1 && self->b.reaches == 2);
	EXPECT_EQ(had, 2);
	EXPECT_EQ(self->b.n, 1);
}

/* What has targets goes on VPN sessions only; a label that differs is told. */
TEST_F(speakers, originating_on_vpn_sessions) {
	struct bgp_origin before[] = {
		origin("10.1.0.0/16", "192.0.2.1"),
		vpn_origin("10.1.0.0/16", 1, 3),
		vpn_origin("10.1.0.0/16", 2, 3),
		vpn_origin("2001:db8:a::/48", 2, 3),
	};
	struct bgp_origin after[] = {
		vpn_origin("2001:db8:a::/48", 2, 3),
		vpn_origin("10.1.0.0/16", 2, 100),
	};
	const struct addr mapped = ad("::ffff:127.0.0.1");
	struct bgp_speaker_conf sa = speaker_conf(65001, 1, NULL, 0);
	struct bgp_speaker_conf sb =
		speaker_conf(65001, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65001);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);
	size_t i;

	pa.families = BGP_VPNV4 | BGP_VPNV6;
	pa.next_hop6 = (struct addr){ 0 };
	pa.origins = before;
	pa.n_origins = ARRAY_SIZE(before);
	pb.families = pa.families;
	pb.passive = true;
	ASSERT_TRUE(end_open(self->base, &self->b, &sb, &pb));
	ASSERT_TRUE(end_open(self->base, &self->a, &sa, &pa));
	RUN_UNTIL(self->b.eor6);
	ASSERT_EQ(self->b.n, 3);
	for (i = 0; i < 3; i++) {
		const struct bgp_attrs *a = self->b.routes[i].attrs;

		EXPECT_EQ(a->n_targets, 1);
		EXPECT_EQ(a->n_sgi, 1);
		if (self->b.routes[i].prefix.family == AF_INET6) {
			EXPECT_EQ(addr_cmp(&a->next_hop, &mapped), 0);
			EXPECT_EQ(self->b.routes[i].id, 2);
		}
	}
	EXPECT_EQ(self->b.reaches, 3);
	bgp_peer_originate(self->a.peer, after, ARRAY_SIZE(after));
	RUN_UNTIL(self->b.reaches == 4 && self->b.withdrawals == 1);
	EXPECT_EQ(self->b.n, 2);
	/* The same again is nothing. */
	bgp_peer_originate(self->a.peer, after, ARRAY_SIZE(after));
	bgp_peer_originate(self->a.peer, NULL, 0);
	RUN_UNTIL(self->b.withdrawals == 3);
	EXPECT_EQ(self->b.reaches, 4);
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
	bgp_peer_del(self->a.peer, BGP_GONE);
	EXPECT_EQ(self->a.downs, 1);
	RUN_UNTIL(self->b.downs);
	EXPECT_STREQ(self->b.why, "the peer said: Cease / Peer De-configured");
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
	bgp_peer_del(self->a.peer, BGP_GONE);
	strcpy(pa.md5, "a secret");
	self->a.peer = bgp_peer_add(self->a.speaker, &pa, NULL, self->a.why,
				    sizeof(self->a.why));
	RUN_UNTIL(self->a.ups && self->b.ups);
}

static struct bgp_ao ao_key(enum bgp_ao_mac mac, const char *key, uint8_t send,
			    uint8_t receive)
{
	struct bgp_ao ao = { .mac = mac,
			     .send_id = send,
			     .receive_id = receive,
			     .len = strlen(key) };

	memcpy(ao.key, key, ao.len);
	return ao;
}

/* Without the key, with another one, under another number: no session. */
TEST_F(speakers, ao) {
	const struct bgp_ao wrong[] = {
		{ .mac = BGP_AO_NONE },
		ao_key(BGP_AO_SHA1, "wrong", 7, 5),
		ao_key(BGP_AO_SHA1, "a secret", 7, 6),
		ao_key(BGP_AO_AES128, "a secret", 7, 5),
	};
	struct bgp_speaker_conf sa = speaker_conf(65001, 1, NULL, 0);
	struct bgp_speaker_conf sb =
		speaker_conf(65002, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65002);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);
	size_t i;

	pb.ao = ao_key(BGP_AO_SHA1, "a secret", 5, 7);
	pb.passive = true;
	if (!end_open(self->base, &self->b, &sb, &pb)) {
		EXPECT_NE(strstr(self->b.why,
				 "neighbor peer: TCP-AO: this kernel has none"),
			  NULL);
		SKIP(return, "%s", self->b.why);
	}
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		pa.ao = wrong[i];
		ASSERT_TRUE(end_open(self->base, &self->a, &sa, &pa));
		run_for(self->base, 1500);
		EXPECT_EQ(self->a.ups + self->b.ups, 0);
		end_close(&self->a);
	}
	pa.ao = ao_key(BGP_AO_SHA1, "a secret", 7, 5);
	ASSERT_TRUE(end_open(self->base, &self->a, &sa, &pa));
	RUN_UNTIL(self->a.ups && self->b.ups);
	/* Its key goes with a neighbor: the next one by its address has none. */
	bgp_peer_del(self->b.peer, BGP_GONE);
	end_close(&self->a);
	pb.ao = wrong[0];
	pa.ao = wrong[0];
	self->b.peer = bgp_peer_add(self->b.speaker, &pb, &self->b, self->b.why,
				    sizeof(self->b.why));
	ASSERT_TRUE(end_open(self->base, &self->a, &sa, &pa));
	RUN_UNTIL(self->b.ups == 2);
}

/* One that connects says what is the matter, and does not in the clear. */
TEST_F(speakers, ao_of_one_that_connects) {
	struct bgp_speaker_conf sa = speaker_conf(65001, 1, NULL, 0);
	struct bgp_speaker_conf sb =
		speaker_conf(65002, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65002);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool supported;
	json_t *json;
	const char *why;

	pb.passive = true;
	pa.ao = ao_key(BGP_AO_SHA1, "a secret", 7, 5);
	supported = !bgp_sock_ao(fd, &pa.address, &pa.ao);
	close(fd);
	ASSERT_TRUE(end_open(self->base, &self->b, &sb, &pb));
	ASSERT_TRUE(end_open(self->base, &self->a, &sa, &pa));
	run_for(self->base, 1500);
	EXPECT_EQ(self->a.ups + self->b.ups, 0);
	json = bgp_peer_json(self->a.peer);
	why = json_string_value(json_object_get(json, "last-error"));
	EXPECT_TRUE(supported ||
		    (why && strstr(why, "TCP-AO: this kernel has none")));
	json_decref(json);
}

/* A port that somebody has; the session that there is goes on. */
TEST_F(speakers, a_port_that_is_taken) {
	struct bgp_speaker_conf sa =
		speaker_conf(65001, 1, "127.0.0.1", self->port);
	struct bgp_speaker_conf sb =
		speaker_conf(65002, 2, "127.0.0.2", self->port);
	struct bgp_speaker_conf other;
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65002);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);
	const struct bgp_peer_conf *peers[] = { &pa };
	char why[256] = "", want[256];

	ASSERT_TRUE(end_open(self->base, &self->b, &sb, &pb));
	ASSERT_TRUE(end_open(self->base, &self->a, &sa, &pa));
	RUN_UNTIL(self->a.ups && self->b.ups);
	other = speaker_conf(65001, 1, "127.0.0.2", self->port);
	EXPECT_FALSE(bgp_speaker_may_listen(self->a.speaker, &other, peers, 1,
					    why, sizeof(why)));
	snprintf(
		want, sizeof(want),
		"listening on 127.0.0.2 port %u failed: Address already in use",
		self->port);
	EXPECT_STREQ(want, why);
	/* Its own address is not in its way. */
	other = speaker_conf(65001, 1, "0.0.0.0", free_port());
	EXPECT_TRUE(bgp_speaker_may_listen(self->a.speaker, &other, peers, 1,
					   why, sizeof(why)));
	EXPECT_EQ(0, self->a.downs + self->b.downs);
	/* It listens as before. */
	pa.passive = true;
	bgp_peer_del(self->a.peer, BGP_CHANGED);
	self->a.peer = bgp_peer_add(self->a.speaker, &pa, NULL, self->a.why,
				    sizeof(self->a.why));
	RUN_UNTIL(self->b.ups == 2);
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
	bad.families = 0;
	EXPECT_TRUE(turns_down(&self->a, &bad, "family"));
	bad.families = BGP_IPV4;
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

/* Two ends of one AS; a restarts gracefully. False when either refuses. */
static bool open_both(struct event_base *base, struct end *a, struct end *b,
		      const struct bgp_peer_conf *pa, struct bgp_peer_conf *pb)
{
	struct bgp_speaker_conf sa = speaker_conf(65001, 1, NULL, 0);
	struct bgp_speaker_conf sb =
		speaker_conf(65001, 2, "127.0.0.2", pa->port);

	sa.restart_time = 120;
	pb->passive = true;
	return end_open(base, b, &sb, pb) && end_open(base, a, &sa, pa);
}

#define BRING_UP(pa, pb)                                                    \
	do {                                                                \
		ASSERT_TRUE(                                                \
			open_both(self->base, &self->a, &self->b, pa, pb)); \
		RUN_UNTIL(self->a.eor4 && self->b.eor4);                    \
	} while (0)

static json_t *member(struct end *e, const char *a, const char *b)
{
	static json_t *json;

	json_decref(json);
	json = bgp_peer_json(e->peer);
	return json_object_get(json_object_get(json, a), b);
}

TEST_F(speakers, graceful_end_is_silent) {
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65001);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);

	BRING_UP(&pa, &pb);
	EXPECT_EQ(json_integer_value(
			  member(&self->b, "graceful-restart", "time")),
		  120);
	EXPECT_EQ(json_array_size(
			  member(&self->b, "graceful-restart", "forwarding")),
		  2);
	bgp_speaker_destroy(self->a.speaker, true);
	self->a.speaker = NULL;
	RUN_UNTIL(self->b.downs);
	EXPECT_STREQ(self->b.why, "the peer closed the connection");
	EXPECT_EQ(bgp_peer_restart_time(self->b.peer, AF_INET), 120);
	EXPECT_EQ(bgp_peer_restart_time(self->b.peer, AF_INET6), 120);
	EXPECT_FALSE(bgp_peer_forwards(self->b.peer, AF_INET));
}

/* What is left of an agreement when a NOTIFICATION ends the session. */
TEST_F(speakers, graceful_until_notified) {
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65001);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);

	BRING_UP(&pa, &pb);
	/* a preserves what it says; b, whose restart time is 0, nothing. */
	EXPECT_TRUE(bgp_peer_forwards(self->b.peer, AF_INET));
	EXPECT_TRUE(bgp_peer_forwards(self->b.peer, AF_INET6));
	EXPECT_FALSE(bgp_peer_forwards(self->a.peer, AF_INET));
	EXPECT_TRUE(bgp_peer_reset(self->a.peer, "again"));
	RUN_UNTIL(self->b.downs && self->a.downs);
	EXPECT_EQ(bgp_peer_restart_time(self->a.peer, AF_INET), 0);
	EXPECT_EQ(bgp_peer_restart_time(self->b.peer, AF_INET), 0);
	EXPECT_EQ(bgp_peer_restart_time(self->b.peer, AF_INET6), 0);
	/* The next session knows nothing of it. */
	RUN_UNTIL(self->b.ups == 2);
	bgp_speaker_destroy(self->a.speaker, true);
	self->a.speaker = NULL;
	RUN_UNTIL(self->b.downs == 2);
	EXPECT_EQ(bgp_peer_restart_time(self->b.peer, AF_INET), 120);
}

TEST_F(speakers, end_with_words) {
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65001);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);

	BRING_UP(&pa, &pb);
	/* b keeps no routes of its own: it does not restart gracefully. */
	bgp_speaker_destroy(self->b.speaker, true);
	self->b.speaker = NULL;
	RUN_UNTIL(self->a.downs);
	EXPECT_STREQ(
		self->a.why,
		"the peer said: Cease / Administrative Shutdown: \"cesteerd is shut down\"");
}

TEST_F(speakers, restarted_says_so) {
	struct bgp_speaker_conf sa = speaker_conf(65001, 1, NULL, 0);
	struct bgp_speaker_conf sb =
		speaker_conf(65001, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65001);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);

	sa.restart_time = 99;
	pb.passive = true;
	ASSERT_TRUE(end_open(self->base, &self->b, &sb, &pb));
	self->a.speaker =
		bgp_speaker_create(self->base, &sa, &end_events, &self->a);
	/* A cold start: nothing is in force. */
	bgp_speaker_restarted(self->a.speaker, false);
	self->a.peer = bgp_peer_add(self->a.speaker, &pa, &self->a, self->a.why,
				    sizeof(self->a.why));
	RUN_UNTIL(self->b.eor4);
	EXPECT_TRUE(json_is_true(
		member(&self->b, "graceful-restart", "restarted")));
	EXPECT_EQ(json_array_size(
			  member(&self->b, "graceful-restart", "forwarding")),
		  0);
	/* Once all is said, what is installed is in force. */
	bgp_speaker_settled(self->a.speaker);
	EXPECT_TRUE(bgp_peer_reset(self->a.peer, "again"));
	RUN_UNTIL(self->b.ups == 2);
	EXPECT_TRUE(json_is_false(
		member(&self->b, "graceful-restart", "restarted")));
	EXPECT_EQ(json_array_size(
			  member(&self->b, "graceful-restart", "forwarding")),
		  2);
}

TEST_F(speakers, enhanced_refresh) {
	struct bgp_origin o = origin("10.1.0.0/16", "192.0.2.1");
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65001);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);

	pb.origins = &o;
	pb.n_origins = 1;
	BRING_UP(&pa, &pb);
	RUN_UNTIL(self->a.n == 1 && self->a.eor6 == 1);
	EXPECT_TRUE(bgp_peer_refresh(self->a.peer));
	/* Begin and end, of each family. */
	RUN_UNTIL(self->a.eor4 == 2 && self->a.eor6 == 2);
	EXPECT_EQ(self->a.refreshes, 2);
	EXPECT_EQ(self->a.reaches, 2);
}

/* The listener says after each route that it was one too many. */
static void over_limit(void *arg, struct bgp_peer *peer,
		       struct bgp_attrs *attrs, uint64_t id,
		       const struct prefix *p, size_t n)
{
	end_reach(arg, peer, attrs, id, p, n);
	bgp_peer_over_limit(peer);
}

TEST_F(speakers, too_many_prefixes) {
	struct bgp_events events = end_events;
	struct bgp_origin o = origin("10.1.0.0/16", "192.0.2.1");
	struct bgp_speaker_conf sa = speaker_conf(65001, 1, NULL, 0);
	struct bgp_speaker_conf sb =
		speaker_conf(65001, 2, "127.0.0.2", self->port);
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65001);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);

	events.reach = over_limit;
	pa.origins = &o;
	pa.n_origins = 1;
	pb.passive = true;
	pb.max_prefixes = 258;
	self->b.speaker =
		bgp_speaker_create(self->base, &sb, &events, &self->b);
	self->b.peer = bgp_peer_add(self->b.speaker, &pb, &self->b, self->b.why,
				    sizeof(self->b.why));
	ASSERT_TRUE(end_open(self->base, &self->a, &sa, &pa));
	RUN_UNTIL(self->a.downs == 1);
	EXPECT_STREQ(
		self->a.why,
		"the peer said: Cease / Maximum Number of Prefixes Reached (data 00 01 01 00 00 01 02)");
	/* It comes back at once, and is not let in. */
	bgp_peer_del(self->a.peer, BGP_GONE);
	self->a.peer = bgp_peer_add(self->a.speaker, &pa, &self->a, self->a.why,
				    sizeof(self->a.why));
	run_for(self->base, 300);
	EXPECT_EQ(self->a.ups, 1);
}

TEST_F(speakers, ttl_security) {
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65001);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);

	pa.ttl_security = 1;
	pb.ttl_security = 1;
	BRING_UP(&pa, &pb);
	EXPECT_EQ(bgp_peer_state(self->a.peer), BGP_ESTABLISHED);
}

TEST_F(speakers, memberships) {
	static const struct bgp_target one[] = {
		{ { 0, 2, 251, 244, 0, 0, 0, 1 } },
		{ { 0, 2, 251, 244, 0, 0, 0, 2 } }
	};
	static const struct bgp_target two[] = {
		{ { 0, 2, 251, 244, 0, 0, 0, 2 } },
		{ { 0, 2, 251, 244, 0, 0, 0, 3 } }
	};
	struct bgp_peer_conf pa =
		peer_conf("127.0.0.1", "127.0.0.2", self->port, 65001);
	struct bgp_peer_conf pb =
		peer_conf("127.0.0.2", "127.0.0.1", self->port, 65001);
	json_int_t updates;

	pa.families = BGP_VPNV4 | BGP_VPNV6 | BGP_RTC;
	pb.families = pa.families;
	BRING_UP(&pa, &pb);
	RUN_UNTIL(self->b.eor6 == 1);
	updates = json_integer_value(member(&self->b, "received", "update"));
	bgp_peer_import(self->a.peer, one, 2);
	RUN_UNTIL(json_integer_value(member(&self->b, "received", "update")) ==
		  updates + 1);
	/* One goes, one comes: two messages; nothing when nothing changes. */
	bgp_peer_import(self->a.peer, two, 2);
	RUN_UNTIL(json_integer_value(member(&self->b, "received", "update")) ==
		  updates + 3);
	bgp_peer_import(self->a.peer, two, 2);
	run_for(self->base, 100);
	EXPECT_EQ(json_integer_value(member(&self->b, "received", "update")),
		  updates + 3);
	EXPECT_EQ(bgp_peer_state(self->b.peer), BGP_ESTABLISHED);
	EXPECT_EQ(self->b.reaches, 0);
	member(&self->b, "", "");
}

TEST_HARNESS_MAIN
