// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver against a model of strongSwan: what is loaded, initiated, left
 * alone and unloaded, in which order, and what others are told.
 */
#include <arpa/inet.h>
#include "base/clock.h"
#include "unit/ike_driver.h"

TEST_F(driver, on_demand) {
	add(self, "192.0.2.2", 42, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	run(self, 100);
	/* The secret first: a packet may call for the SA at once. */
	EXPECT_STREQ(" load-shared " GW " load-conn " GW, self->peer->log);
	EXPECT_EQ(42, self->peer->if_ids[0]);

	vici_peer_sa_told(self->peer, vici_peer_sa_add(self->peer, GW, 42),
			  true);
	EXPECT_TRUE(wait_state(self, IKE_UP, 10000));
	vici_peer_sa_told(self->peer, &self->peer->sas[0], false);
	self->peer->sas[0].name[0] = 0;
	EXPECT_TRUE(wait_state(self, IKE_WAITING, 10000));
	EXPECT_EQ(NULL, strstr(self->peer->log, "initiate"));
}

/* Asked for once: tried until it is there, or failed. */
TEST_F(driver, on_demand_but_asked_for) {
	struct ike_gateway *gw = add(self, "192.0.2.2", 42, IKE_ON_DEMAND);

	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	ike_gateway_initiate(gw);
	EXPECT_TRUE(wait_log(self, " initiate " GW, 10000));
	EXPECT_TRUE(wait_state(self, IKE_UP, 10000));
	vici_peer_sa_told(self->peer, &self->peer->sas[0], false);
	self->peer->sas[0].name[0] = 0;
	EXPECT_TRUE(wait_state(self, IKE_WAITING, 10000));
	self->peer->log[0] = 0;
	run(self, 300);
	EXPECT_EQ(NULL, strstr(self->peer->log, "initiate"));
}

TEST_F(driver, pre_established) {
	struct ike_gateway *gw;
	json_t *o, *sa;

	gw = add(self, "192.0.2.2", 42, IKE_PRE_ESTABLISHED);
	ASSERT_TRUE(wait_state(self, IKE_UP, 10000));
	EXPECT_TRUE(ike_link_up(self->ike));
	EXPECT_STREQ(" load-shared " GW " load-conn " GW " initiate " GW,
		     self->peer->log);
	o = ike_gateway_json(gw);
	EXPECT_STREQ("up", json_string_value(json_object_get(o, "state")));
	sa = json_array_get(json_object_get(o, "sas"), 0);
	EXPECT_STREQ("0xc0000001",
		     json_string_value(json_object_get(sa, "spi-in")));
	EXPECT_EQ(84, json_integer_value(json_object_get(sa, "bytes-in")));
	json_decref(o);

	/* It ends: it is set up again. */
	self->peer->log[0] = 0;
	vici_peer_sa_told(self->peer, &self->peer->sas[0], false);
	self->peer->sas[0].name[0] = 0;
	ASSERT_TRUE(wait_state(self, IKE_CONNECTING, 10000));
	ASSERT_TRUE(wait_state(self, IKE_UP, 10000));
	EXPECT_STREQ(" initiate " GW, self->peer->log);
}

TEST_F(driver, rekeying) {
	struct vici_peer_sa *sa;

	add(self, "192.0.2.2", 42, IKE_ON_DEMAND);
	sa = vici_peer_sa_add(self->peer, GW, 42);
	strcpy(sa->child_state, "REKEYING");
	ASSERT_TRUE(wait_state(self, IKE_REKEYING, 10000));
	/* The new one is there before the old one goes. */
	vici_peer_sa_told(self->peer, vici_peer_sa_add(self->peer, GW, 42),
			  true);
	EXPECT_TRUE(wait_state(self, IKE_UP, 10000));
	vici_peer_sa_told(self->peer, sa, false);
	run(self, 100);
	EXPECT_EQ(IKE_UP, self->state);
	EXPECT_EQ(NULL, strstr(self->states, "waiting"));
}

TEST_F(driver, mode_changes_without_loading) {
	struct ike_gateway *gw = add(self, "192.0.2.2", 42, IKE_ON_DEMAND);

	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	self->peer->log[0] = 0;
	ike_gateway_set_mode(gw, IKE_PRE_ESTABLISHED);
	ASSERT_TRUE(wait_state(self, IKE_UP, 10000));
	ike_gateway_set_mode(gw, IKE_ON_DEMAND);
	run(self, 100);
	EXPECT_EQ(IKE_UP, self->state);
	EXPECT_STREQ(" initiate " GW, self->peer->log);
}

/* An earlier life's SA is adopted: nothing is initiated, nothing ended. */
TEST_F(driver, returns_to_what_is_there) {
	vici_peer_put(self->peer->conns, GW);
	vici_peer_put(self->peer->keys, GW);
	vici_peer_sa_add(self->peer, GW, 42);
	run(self, 200); /* still learning */
	EXPECT_STREQ("", self->peer->log);
	add(self, "192.0.2.2", 42, IKE_PRE_ESTABLISHED);
	ASSERT_TRUE(wait_state(self, IKE_UP, 10000));
	ike_sweep(self->ike);
	run(self, 1500);
	EXPECT_STREQ(" load-shared " GW " load-conn " GW, self->peer->log);
	EXPECT_STREQ(" loading up", self->states);
}

/* Of what is loaded only the difference is loaded again. */
TEST_F(driver, only_the_difference_is_loaded) {
	struct ike_gateway_conf gw = { .if_id = 42 };

	addr_parse("192.0.2.2", &gw.address);
	vici_peer_put(self->peer->conns, GW);
	ike_conn_mark(&self->conf, &gw, self->peer->marks[0]);
	self->peer->if_ids[0] = 42;
	vici_peer_put(self->peer->conns, "cesteer-192.0.2.3");
	strcpy(self->peer->marks[1], self->peer->marks[0]);
	add(self, "192.0.2.3", 43, IKE_ON_DEMAND);
	add(self, "192.0.2.2", 42, IKE_ON_DEMAND);
	EXPECT_TRUE(wait_log(self, " load-conn cesteer-192.0.2.3", 10000));
	run(self, 200);
	EXPECT_EQ(NULL, strstr(self->peer->log, " load-conn " GW));
	EXPECT_EQ(IKE_WAITING, self->state);

	/* The link dies, and nothing else does. */
	self->peer->log[0] = 0;
	self->states[0] = 0;
	vici_peer_hang_up(self->peer);
	ASSERT_TRUE(wait_state(self, IKE_LEARNED, 10000));
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	run(self, 200);
	EXPECT_NE(NULL, strstr(self->peer->log, " load-shared " GW));
	EXPECT_EQ(NULL, strstr(self->peer->log, "load-conn"));

	/* Configured anew: the same, another secret, then another lifetime. */
	self->peer->log[0] = 0;
	self->states[0] = 0;
	ike_reconfigure(self->ike, &self->conf);
	run(self, 200);
	EXPECT_EQ(NULL, strstr(self->peer->log, " load-shared " GW));
	EXPECT_EQ(NULL, strstr(self->peer->log, "load-conn"));
	EXPECT_STREQ("", self->states);
	self->psk[0].key.data = (uint8_t *)"SECRET";
	ike_reconfigure(self->ike, &self->conf);
	EXPECT_TRUE(wait_log(self, " load-shared " GW, 10000));
	run(self, 200);
	EXPECT_EQ(NULL, strstr(self->peer->log, "load-conn"));
	self->peer->log[0] = 0;
	self->conf.rekey_time = 1800;
	ike_reconfigure(self->ike, &self->conf);
	EXPECT_TRUE(wait_log(self, " load-conn " GW, 10000));
	EXPECT_TRUE(wait_log(self, " load-conn cesteer-192.0.2.3", 10000));
	EXPECT_EQ(NULL, strstr(self->peer->log, " load-shared " GW));

	/* Who must prove it is the secret's owner. */
	self->conf.peer_id = &(struct ike_peer_id){
		.gateways = self->psk[0].gateways,
		.identity = "two.example.org",
	};
	self->conf.n_peer_id = 1;
	ike_reconfigure(self->ike, &self->conf);
	EXPECT_TRUE(wait_log(self, " load-shared " GW, 10000));
}

/* One that never answers keeps its lane, and its turn, whatever is reloaded. */
TEST_F(driver, a_reload_ends_no_attempt) {
	char text[32];
	int i;

	self->peer->never_answer = "192.0.2.";
	for (i = 2; i < 8; i++) {
		snprintf(text, sizeof(text), "192.0.2.%d", i);
		add(self, text, i, IKE_PRE_ESTABLISHED);
	}
	for (i = 0; i < 2000 && self->peer->unanswered < 4; i++)
		run(self, 1);
	ASSERT_EQ(4, self->peer->unanswered);
	ike_reconfigure(self->ike, &self->conf);
	run(self, 100);
	for (i = 0; i < IKE_LANES; i++)
		EXPECT_NE(NULL, self->ike->lane[i].gw);
	EXPECT_EQ(IKE_CONNECTING, self->state);
}

TEST_F(driver, an_sa_of_another_if_id_is_ended) {
	vici_peer_sa_add(self->peer, GW, 41);
	add(self, "192.0.2.2", 42, IKE_PRE_ESTABLISHED);
	ASSERT_TRUE(wait_state(self, IKE_UP, 10000));
	EXPECT_NE(NULL, strstr(self->peer->log, " terminate 1"));
	EXPECT_NE(NULL, strstr(self->peer->log, " initiate " GW));
}

/*
 * Both ends initiated at once: both end the same one, whichever they heard of
 * first; not before a rekeying would be over.
 */
TEST_F(driver, one_of_two_sas_is_ended) {
	struct vici_peer_sa *sa[2];
	size_t i;

	for (i = 0; i < 2; i++) {
		sa[i] = vici_peer_sa_add(self->peer, GW, 42);
		sa[i]->age = 60;
		sa[i]->spi_in = 0xc0000010 + 0x10 * i;
	}
	sa[0]->age = 4;
	add(self, "192.0.2.2", 42, IKE_PRE_ESTABLISHED);
	ASSERT_TRUE(wait_state(self, IKE_UP, 10000));
	run(self, 200);
	EXPECT_EQ(NULL, strstr(self->peer->log, "terminate"));
	sa[0]->age = 60;
	vici_peer_sa_told(self->peer, sa[0], true);
	ASSERT_TRUE(wait_log(self, " terminate 1", 10000));
	run(self, 200);
	EXPECT_EQ(NULL, strstr(self->peer->log, " terminate 2"));
	EXPECT_EQ(IKE_UP, self->state);
}

/* One for each CPU is as it should be; those of a mode that ended are not. */
TEST_F(driver, an_sa_for_each_cpu) {
	struct vici_peer_sa *sa;
	size_t i, n = 0;

	self->conf.per_cpu_sas = true;
	ike_reconfigure(self->ike, &self->conf);
	for (i = 0; i < 3; i++) {
		sa = vici_peer_sa_add(self->peer, GW, 42);
		sa->age = 60;
		sa->spi_in = 0xc0000010 + 0x10 * i;
	}
	add(self, "192.0.2.2", 42, IKE_PRE_ESTABLISHED);
	ASSERT_TRUE(wait_state(self, IKE_UP, 10000));
	vici_peer_sa_told(self->peer, sa, true);
	run(self, 500);
	EXPECT_EQ(NULL, strstr(self->peer->log, "terminate"));

	self->conf.per_cpu_sas = false;
	ike_reconfigure(self->ike, &self->conf);
	EXPECT_TRUE(wait_log(self, " terminate 1", 10000));
	EXPECT_TRUE(wait_log(self, " terminate 2", 10000));
	run(self, 200);
	for (i = 0; i < VICI_PEER_MAX; i++)
		n += *self->peer->sas[i].name != 0;
	EXPECT_EQ(1, n);
	EXPECT_EQ(IKE_UP, self->state);
}

TEST_F(driver, sweep_spares_what_is_foreign) {
	vici_peer_put(self->peer->conns, GW);
	vici_peer_put(self->peer->conns, "cesteer-hq");
	vici_peer_put(self->peer->conns, "site");
	vici_peer_put(self->peer->keys, "site");
	vici_peer_put(self->peer->keys, GW);
	vici_peer_sa_add(self->peer, GW, 42);
	vici_peer_sa_add(self->peer, "cesteer-192.0.2.9", 49);
	vici_peer_sa_add(self->peer, "site", 0);
	run(self, 200);
	EXPECT_STREQ("", self->peer->log);
	ike_sweep(self->ike);
	EXPECT_TRUE(wait_log(self, " unload-shared " GW, 10000));
	EXPECT_TRUE(wait_log(self, " terminate cesteer-192.0.2.9", 10000));
	run(self, 100);
	EXPECT_NE(NULL, strstr(self->peer->log, " unload-conn " GW));
	EXPECT_NE(NULL, strstr(self->peer->log, " terminate " GW));
	EXPECT_TRUE(vici_peer_has(self->peer->conns, "cesteer-hq"));
	EXPECT_TRUE(vici_peer_has(self->peer->conns, "site"));
	EXPECT_TRUE(vici_peer_has(self->peer->keys, "site"));
	EXPECT_FALSE(vici_peer_has(self->peer->conns, GW));
	EXPECT_STREQ("", self->peer->sas[0].name);
	EXPECT_STREQ("", self->peer->sas[1].name);
	EXPECT_STREQ("site", self->peer->sas[2].name);
}

static bool no_memory;

static void *scarce(size_t size)
{
	return no_memory ? NULL : malloc(size);
}

/* One that is listed and wanted by nobody, while memory is short. */
TEST_F(driver, an_orphan_without_memory) {
	struct vici_packet pkt;
	struct vici_wr w;

	ike_sweep(self->ike);
	run(self, 200);
	vici_wr_init(&w, VICI_EVENT, "list-sa");
	vici_wr_section(&w, "cesteer-192.0.2.9");
	vici_wr_num(&w, "uniqueid", 1);
	vici_wr_section_end(&w);
	ASSERT_FALSE(vici_wr_finish(&w));
	ASSERT_FALSE(vici_packet_parse(w.buf + VICI_HEADER_LEN,
				       w.len - VICI_HEADER_LEN, &pkt));
	event_set_mem_functions(scarce, realloc, free);
	no_memory = true;
	ike_survey_event(self->ike, pkt.name, pkt.msg);
	no_memory = false;
	run(self, 50);
	EXPECT_STREQ("", self->peer->log);
	ike_survey_event(self->ike, pkt.name, pkt.msg);
	EXPECT_TRUE(wait_log(self, " terminate cesteer-192.0.2.9", 10000));
	vici_wr_free(&w);
}

TEST_F(driver, deleted_and_added_again) {
	struct ike_gateway *gw;

	gw = add(self, "192.0.2.2", 42, IKE_PRE_ESTABLISHED);
	ASSERT_TRUE(wait_state(self, IKE_UP, 10000));
	self->peer->log[0] = 0;
	self->states[0] = 0;
	ike_gateway_del(gw);
	add(self, "192.0.2.2", 43, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	EXPECT_STREQ(" unload-conn " GW " terminate " GW " unload-shared " GW
		     " load-shared " GW " load-conn " GW,
		     self->peer->log);
	EXPECT_EQ(43, self->peer->if_ids[0]);
}

TEST_F(driver, refused_with_the_peers_reason) {
	struct ike_gateway *gw;
	json_t *o;

	self->peer->refuse_initiate = "no";
	gw = add(self, "192.0.2.2", 42, IKE_PRE_ESTABLISHED);
	ASSERT_TRUE(wait_state(self, IKE_FAILED, 10000));
	EXPECT_STREQ("no: received NO_GOOD notify error", self->why);
	o = ike_gateway_json(gw);
	EXPECT_TRUE(json_is_integer(json_object_get(o, "retry-in")));
	EXPECT_LE(json_integer_value(json_object_get(o, "retry-in")), 2);
	json_decref(o);
	self->states[0] = 0;
	run(self, 2000);
	EXPECT_STREQ("", self->states); /* failed while it is tried again */
	self->peer->refuse_initiate = NULL;
	EXPECT_TRUE(wait_state(self, IKE_UP, 6000));
	EXPECT_STREQ("", self->why);
}

/*
 * Neither a reload nor the IKE daemon's return makes one that failed look well:
 * it is tried at once, and stays failed until it is up.
 */
TEST_F(driver, failed_until_it_is_up) {
	self->peer->refuse_initiate = "no";
	ike_gateway_initiate(add(self, "192.0.2.2", 42, IKE_ON_DEMAND));
	ASSERT_TRUE(wait_state(self, IKE_FAILED, 10000));
	run(self, 100);
	self->states[0] = 0;
	self->peer->log[0] = 0;
	ike_reconfigure(self->ike, &self->conf);
	EXPECT_TRUE(wait_log(self, " initiate " GW, 500));
	run(self, 500);
	EXPECT_EQ(NULL, strstr(self->states, "waiting"));
	EXPECT_EQ(IKE_FAILED, self->state);
	EXPECT_STREQ("no: received NO_GOOD notify error", self->why);

	self->peer->log[0] = 0;
	vici_peer_hang_up(self->peer);
	ASSERT_TRUE(wait_state(self, IKE_LEARNED, 10000));
	EXPECT_TRUE(wait_log(self, " initiate " GW, 10000));
	run(self, 500);
	EXPECT_EQ(NULL, strstr(self->states, "waiting"));
	EXPECT_EQ(IKE_FAILED, self->state);

	self->peer->refuse_initiate = NULL;
	ike_reconfigure(self->ike, &self->conf);
	EXPECT_TRUE(wait_state(self, IKE_UP, 1000));
	vici_peer_sa_told(self->peer, &self->peer->sas[0], false);
	self->peer->sas[0].name[0] = 0;
	EXPECT_TRUE(wait_state(self, IKE_WAITING, 10000));
}

TEST_F(driver, a_connection_that_is_refused) {
	self->peer->refuse_load = "invalid value for: proposals";
	add(self, "192.0.2.2", 42, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_state(self, IKE_FAILED, 10000));
	EXPECT_STREQ("invalid value for: proposals", self->why);
	self->peer->refuse_load = NULL;
	EXPECT_TRUE(wait_state(self, IKE_WAITING, 10000));
}

/* Tried because of traffic, and over before anybody looked. */
TEST_F(driver, an_attempt_of_the_ike_daemons_own) {
	struct vici_wr w;

	self->peer->refuse_initiate = "no";
	add(self, "192.0.2.2", 42, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	vici_wr_init(&w, VICI_EVENT, "log");
	vici_wr_str(&w, "group", "IKE");
	vici_wr_str(&w, "ikesa-name", GW);
	vici_wr_str(&w, "msg", "initiating IKE_SA " GW "[1] to 192.0.2.2");
	vici_peer_event(self->peer, &w);
	ASSERT_TRUE(wait_state(self, IKE_FAILED, 10000));
	/* It is asked for then, to learn the reason and when it is over. */
	EXPECT_TRUE(wait_log(self, " initiate " GW, 10000));
	self->peer->refuse_initiate = NULL;
	EXPECT_TRUE(wait_state(self, IKE_UP, 5000));
}

TEST_F(driver, seen_connecting) {
	struct vici_peer_sa *sa;

	add(self, "192.0.2.2", 42, IKE_PRE_ESTABLISHED);
	sa = vici_peer_sa_add(self->peer, GW, 42);
	strcpy(sa->ike_state, "CONNECTING");
	sa->child_state[0] = 0;
	ASSERT_TRUE(wait_state(self, IKE_CONNECTING, 10000));
	run(self, 2500);
	/* One that is under way already is not made twice. */
	EXPECT_EQ(NULL, strstr(self->peer->log, "initiate"));
	strcpy(sa->ike_state, "ESTABLISHED");
	strcpy(sa->child_state, "INSTALLED");
	EXPECT_TRUE(wait_state(self, IKE_UP, 10000));
}

TEST_F(driver, the_ike_daemon_goes_and_returns) {
	add(self, "192.0.2.2", 42, IKE_PRE_ESTABLISHED);
	ASSERT_TRUE(wait_state(self, IKE_UP, 10000));
	self->peer->log[0] = 0;
	memset(self->peer->conns, 0, sizeof(self->peer->conns));
	memset(self->peer->keys, 0, sizeof(self->peer->keys));
	memset(self->peer->sas, 0, sizeof(self->peer->sas));
	vici_peer_hang_up(self->peer);
	ASSERT_TRUE(wait_state(self, IKE_LEARNED, 10000));
	EXPECT_STREQ("no connection to the IKE daemon", self->why);
	EXPECT_FALSE(ike_link_up(self->ike));
	ASSERT_TRUE(wait_state(self, IKE_UP, 10000));
	EXPECT_STREQ(" load-shared " GW " load-conn " GW " initiate " GW,
		     self->peer->log);
}

TEST_F(driver, unloaded_by_others) {
	add(self, "192.0.2.2", 42, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	self->peer->log[0] = 0;
	vici_peer_drop(self->peer->conns, GW);
	vici_peer_drop(self->peer->keys, GW);
	ike_sweep(self->ike); /* asks for the names, as time would */
	EXPECT_TRUE(wait_log(self, " load-conn " GW, 10000));
	run(self, 50);
	EXPECT_TRUE(vici_peer_has(self->peer->keys, GW));
}

TEST_F(driver, more_connections_than_fit_in_a_message) {
	self->peer->fits = 50;
	vici_peer_put(self->peer->conns, "cesteer-192.0.2.9");
	vici_peer_put(self->peer->conns, "site");
	add(self, "192.0.2.2", 42, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	ike_sweep(self->ike);
	EXPECT_TRUE(wait_log(self, " unload-conn cesteer-192.0.2.9", 10000));
	run(self, 100);
	EXPECT_TRUE(vici_peer_has(self->peer->conns, "site"));
	EXPECT_EQ(IKE_WAITING, self->state);

	self->peer->log[0] = 0;
	vici_peer_drop(self->peer->conns, GW);
	ike_survey_all(self->ike);
	EXPECT_TRUE(wait_log(self, " load-conn " GW, 10000));
}

/* Nor do secrets, while connections do: no reply is taken for another's. */
TEST_F(driver, more_secrets_than_fit_in_a_message) {
	self->peer->fits = 50;
	vici_peer_put(self->peer->keys, "a road warrior's");
	vici_peer_put(self->peer->keys, "another one's");
	vici_peer_put(self->peer->keys, "yet another's");
	add(self, "192.0.2.2", 42, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 5000));
	run(self, 500);
	ASSERT_EQ(IKE_WAITING, self->state);
	self->peer->log[0] = 0;
	self->states[0] = 0;
	ike_survey_all(self->ike);
	run(self, 100);
	ike_survey_all(self->ike);
	run(self, 100);
	EXPECT_STREQ("", self->peer->log);
	EXPECT_STREQ("", self->states);

	vici_peer_drop(self->peer->conns, GW);
	ike_survey_all(self->ike);
	EXPECT_TRUE(wait_log(self, " load-conn " GW, 5000));
}

TEST_F(driver, lacking_and_reconfigured) {
	self->conf.n_psk = 0;
	ike_reconfigure(self->ike, &self->conf);
	add(self, "192.0.2.2", 42, IKE_ON_DEMAND);
	run(self, 200);
	EXPECT_EQ(IKE_LEARNED, self->state);
	EXPECT_STREQ(
		"no pre-shared key and no certificate is configured for it",
		self->why);
	EXPECT_STREQ("", self->peer->log);

	self->conf.n_psk = 1;
	ike_reconfigure(self->ike, &self->conf);
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));

	/* Without credentials there shall be no SA. */
	self->conf.n_psk = 0;
	self->peer->log[0] = 0;
	ike_reconfigure(self->ike, &self->conf);
	ASSERT_TRUE(wait_state(self, IKE_LEARNED, 10000));
	ASSERT_TRUE(wait_log(self, " unload-shared " GW, 10000));
	EXPECT_STREQ(" unload-conn " GW " terminate " GW " unload-shared " GW,
		     self->peer->log);

	add(self, "2001:db8::2", 43, IKE_ON_DEMAND);
	EXPECT_STREQ("no own IPv6 gateway address is configured", self->why);
}

/* The chain and the key first; then the connections that need them. */
TEST_F(driver, certificates) {
	struct ike_blob chain[] = { { (uint8_t *)"own", 3 },
				    { (uint8_t *)"between", 7 } };
	struct ike_blob ca = { (uint8_t *)"ca", 2 };

	self->conf.n_psk = 0;
	self->conf.chain = chain;
	self->conf.n_chain = 2;
	self->conf.ca = &ca;
	self->conf.n_ca = 1;
	self->conf.key = (struct ike_blob){ (uint8_t *)"key1", 4 };
	self->peer->refuse_key = "parsing the key failed";
	ike_reconfigure(self->ike, &self->conf);
	add(self, "192.0.2.2", 42, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_state(self, IKE_FAILED, 10000));
	EXPECT_STREQ("our own private key is refused: parsing the key failed",
		     self->why);
	EXPECT_STREQ(" load-cert between load-key key1", self->peer->log);

	self->peer->refuse_key = NULL;
	ike_reconfigure(self->ike, &self->conf);
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));

	/* The same again: no connection waits for it. */
	self->peer->log[0] = 0;
	self->states[0] = 0;
	ike_reconfigure(self->ike, &self->conf);
	run(self, 100);
	EXPECT_STREQ("", self->peer->log);
	EXPECT_STREQ("", self->states);

	/* Unloaded by somebody else. */
	memset(self->peer->private, 0, sizeof(self->peer->private));
	ike_sweep(self->ike);
	EXPECT_TRUE(wait_log(self, " load-key key1", 10000));

	/* A new key takes the place of the old one. */
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	self->peer->log[0] = 0;
	self->conf.key = (struct ike_blob){ (uint8_t *)"key2", 4 };
	ike_reconfigure(self->ike, &self->conf);
	EXPECT_TRUE(wait_log(self, " unload-key key1", 10000));
	run(self, 50);
	EXPECT_STREQ(" load-cert between load-key key2 unload-key key1",
		     self->peer->log);

	/* From certificates to a key of its own, and the reverse. */
	self->peer->log[0] = 0;
	self->conf.n_chain = 0;
	self->conf.n_psk = 1;
	ike_reconfigure(self->ike, &self->conf);
	EXPECT_TRUE(wait_log(self, " load-conn " GW, 10000));
	EXPECT_STREQ(" unload-key key2 load-shared " GW " load-conn " GW,
		     self->peer->log);
	self->conf.n_chain = 2;
	self->conf.n_psk = 0;
	self->peer->log[0] = 0;
	ike_reconfigure(self->ike, &self->conf);
	EXPECT_TRUE(wait_log(self, " unload-shared " GW, 10000));
	EXPECT_STREQ(" load-cert between load-key key2 load-conn " GW
		     " unload-shared " GW,
		     self->peer->log);
}

/* Two at once, then four a second. */
TEST_F(driver, paced) {
	struct timespec from, to;
	char text[32];
	long long ms;
	int i;

	self->conf.setup_rate = 4;
	ike_reconfigure(self->ike, &self->conf);
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (i = 1; i <= 8; i++) {
		snprintf(text, sizeof(text), "198.51.100.%d", i);
		add(self, text, i, IKE_PRE_ESTABLISHED);
	}
	for (i = 0; i < 5000 && !*self->peer->sas[7].name; i++)
		run(self, 1);
	clock_gettime(CLOCK_MONOTONIC, &to);
	ms = (to.tv_sec - from.tv_sec) * 1000LL +
	     (to.tv_nsec - from.tv_nsec) / 1000000;
	EXPECT_NE(0, *self->peer->sas[7].name);
	EXPECT_GE(ms, 900); /* four from the bucket, four more take a second */
}

/* Those that never answer leave lanes to the others. */
TEST_F(driver, the_dead_do_not_block_the_living) {
	char text[32];
	int i;

	self->peer->never_answer = "198.51.100.";
	for (i = 1; i <= 6; i++) {
		snprintf(text, sizeof(text), "198.51.100.%d", i);
		add(self, text, i, IKE_PRE_ESTABLISHED);
	}
	for (i = 0; i < 2000 && self->peer->unanswered < 4; i++)
		run(self, 1);
	ASSERT_EQ(4, self->peer->unanswered);
	/* Their first attempts fail; from then on they have two of the lanes. */
	vici_peer_answer_all(self->peer, "no");
	for (i = 0; i < 2000 && self->peer->unanswered < 4; i++)
		run(self, 1);
	vici_peer_answer_all(self->peer, "no");
	for (i = 0; i < 6000 && self->peer->unanswered < 2; i++)
		run(self, 1);
	run(self, 2000);
	EXPECT_EQ(2, self->peer->unanswered);
	add(self, "192.0.2.2", 42, IKE_PRE_ESTABLISHED);
	EXPECT_TRUE(wait_log(self, " initiate " GW, 10000));
	EXPECT_TRUE(wait_state(self, IKE_UP, 10000));
}

TEST_F(driver, many) {
	char text[32];
	int i;

	for (i = 1; i <= 12; i++) {
		snprintf(text, sizeof(text), "198.51.100.%d", i);
		add(self, text, i, IKE_PRE_ESTABLISHED);
	}
	for (i = 0; i < 2000; i++) {
		run(self, 1);
		if (*self->peer->sas[11].name)
			break;
	}
	run(self, 50);
	/* Each was initiated once. */
	for (i = 0; i < 12; i++)
		EXPECT_NE(0, *self->peer->sas[i].name);
	EXPECT_EQ(0, *self->peer->sas[12].name);
}

/*
 * With a key for each gateway, what comes back from the IKE daemon updates all
 * gateways at once: none of them looks at all keys for it. Nor do those that
 * come, or a new configuration.
 */
TEST_F(driver, as_many_keys_as_gateways) {
#define MANY 3000
	struct ike_psk *psk = calloc(MANY, sizeof(*psk));
	uint64_t began;
	char text[32];
	size_t i;

	for (i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "10.0.%zu.%zu", i / 250,
			 i % 250 + 1);
		psk[i].gateways.family = AF_INET;
		psk[i].gateways.len = 32;
		inet_pton(AF_INET, text, psk[i].gateways.b);
		psk[i].key = self->psk[0].key;
	}
	self->conf.psk = psk;
	self->conf.n_psk = MANY;
	ike_reconfigure(self->ike, &self->conf);
	run(self, 100);
	began = clock_us();
	for (i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "10.0.%zu.%zu", i / 250,
			 i % 250 + 1);
		add(self, text, (uint32_t)i + 1, IKE_ON_DEMAND);
	}
	EXPECT_GT(500000, clock_us() - began);
	began = clock_us();
	for (i = 0; i < 5; i++)
		ike_each(self->ike, ike_gw_update);
	EXPECT_GT(500000, clock_us() - began);
	began = clock_us();
	ike_reconfigure(self->ike, &self->conf);
	EXPECT_GT(500000, clock_us() - began);
	free(psk);
	self->conf.psk = self->psk;
	self->conf.n_psk = 2;
}

TEST_HARNESS_MAIN
