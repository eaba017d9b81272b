// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Secrets that gateways share: who owns them in the IKE daemon, as gateways
 * come and go, keys change, and either daemon returns.
 */
#include <arpa/inet.h>
#include "unit/ike_driver.h"

#define RINGS 32

/* The ring's name, without the key. */
static unsigned int part(struct _test_data_driver *t, const char *address)
{
	struct addr a;

	addr_parse(address, &a);
	return (unsigned int)(ike_bucket(t->ike, &a) - t->ike->bucket) % RINGS;
}

/* Gateways of one ring: the first, and two others. */
static char *const *alike(struct _test_data_driver *t)
{
	static char text[3][32];
	static char *const list[] = { text[0], text[1], text[2] };
	unsigned int i, n = 0;

	for (i = 1; n < 3; i++) {
		snprintf(text[n], sizeof(text[n]), "198.51.%u.%u", i / 250,
			 i % 250 + 1);
		if (!n || part(t, text[n]) == part(t, text[0]))
			n++;
	}
	return list;
}

static const char *ring_name(struct _test_data_driver *t, unsigned int key,
			     const char *address)
{
	static char name[64];

	snprintf(name, sizeof(name), "cesteer-psk-%u-%u", key,
		 part(t, address));
	return name;
}

/* " A B" in any order; "" when there is no such secret. */
static bool owned(struct _test_data_driver *t, const char *name, const char *a,
		  const char *b)
{
	const char *is = NULL;
	size_t i;

	for (i = 0; i < VICI_PEER_MAX; i++)
		if (!strcmp(t->peer->keys[i].s, name))
			is = t->peer->owners[i];
	if (!a)
		return !is;
	return is && strstr(is, a) && (!b || strstr(is, b)) &&
	       strlen(is) == strlen(a) + 1 + (b ? strlen(b) + 1 : 0);
}

static bool wait_owned(struct _test_data_driver *t, const char *name,
		       const char *a, const char *b)
{
	unsigned int ms;

	for (ms = 5000; !owned(t, name, a, b) && ms; ms--)
		run(t, 1);
	return owned(t, name, a, b);
}

TEST_F(driver, loaded_together) {
	char *const *gw = alike(self);
	const char *ring = ring_name(self, 1, gw[0]);
	char log[64];

	snprintf(log, sizeof(log), " load-shared %s load-conn", ring);
	add(self, gw[0], 42, IKE_ON_DEMAND);
	add(self, gw[1], 43, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	run(self, 50);
	/* Once, before the connections. */
	EXPECT_EQ(0, strncmp(self->peer->log, log, strlen(log)));
	EXPECT_EQ(NULL, strstr(self->peer->log + 2, "load-shared "));
	EXPECT_TRUE(owned(self, ring, gw[0], gw[1]));
}

TEST_F(driver, one_goes_and_the_others_stay) {
	char *const *gw = alike(self);
	const char *ring = ring_name(self, 1, gw[0]);
	struct ike_gateway *first, *second;

	first = add(self, gw[0], 42, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_owned(self, ring, gw[0], NULL));
	second = add(self, gw[1], 43, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_owned(self, ring, gw[0], gw[1]));
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	run(self, 50);
	self->peer->log[0] = 0;
	ike_gateway_del(first);
	EXPECT_TRUE(wait_owned(self, ring, gw[1], NULL));
	EXPECT_EQ(NULL, strstr(self->peer->log, "unload-shared"));
	ike_gateway_del(second);
	EXPECT_TRUE(wait_owned(self, ring, NULL, NULL));
	run(self, 50);
	EXPECT_STREQ("", self->peer->conns[0].s);
	EXPECT_STREQ("", self->peer->keys[0].s);
}

/* Wanted no more before its secret is loaded: it is freed, and owns nothing. */
TEST_F(driver, gone_before_it_is_loaded) {
	char *const *gw = alike(self);
	struct ike_gateway *left;
	size_t i, n;

	add(self, gw[0], 42, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	ike_gateway_del(add(self, gw[1], 43, IKE_ON_DEMAND));
	event_base_loop(self->base, EVLOOP_NONBLOCK);
	ike_gateway_del(add(self, gw[2], 44, IKE_ON_DEMAND));
	run(self, 200);
	EXPECT_TRUE(owned(self, ring_name(self, 1, gw[0]), gw[0], NULL));
	for (i = 0, n = 0; i < IKE_BUCKETS; i++)
		LIST_FOREACH(left, &self->ike->bucket[i], hash)
	n++;
	EXPECT_EQ(1, n);
}

/* From the key for all others to one of its own, to none, and back. */
TEST_F(driver, keys_change) {
	char *const *gw = alike(self);
	char own[80];

	add(self, gw[0], 42, IKE_ON_DEMAND);
	add(self, gw[1], 43, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_owned(self, ring_name(self, 1, gw[0]), gw[0], gw[1]));
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	run(self, 50);
	self->psk[0].gateways.family = AF_INET;
	inet_pton(AF_INET, gw[0], self->psk[0].gateways.b);
	ike_reconfigure(self->ike, &self->conf);
	snprintf(own, sizeof(own), "cesteer-%s", gw[0]);
	EXPECT_TRUE(wait_owned(self, own, gw[0], NULL));
	EXPECT_TRUE(wait_owned(self, ring_name(self, 1, gw[0]), gw[1], NULL));

	/* The first of the list is another: the names are the same. */
	self->conf.psk = &self->psk[1];
	self->conf.n_psk = 1;
	ike_reconfigure(self->ike, &self->conf);
	EXPECT_TRUE(wait_owned(self, ring_name(self, 0, gw[0]), gw[0], gw[1]));
	EXPECT_TRUE(wait_owned(self, ring_name(self, 1, gw[0]), NULL, NULL));
	EXPECT_TRUE(wait_owned(self, own, NULL, NULL));

	self->conf.n_psk = 0;
	ike_reconfigure(self->ike, &self->conf);
	EXPECT_TRUE(wait_owned(self, ring_name(self, 0, gw[0]), NULL, NULL));
	self->conf.n_psk = 1;
	ike_reconfigure(self->ike, &self->conf);
	EXPECT_TRUE(wait_owned(self, ring_name(self, 0, gw[0]), gw[0], gw[1]));
	EXPECT_TRUE(wait_state(self, IKE_WAITING, 10000));
}

/* It is no owner while its SAs' keys are configured, and then it is again. */
TEST_F(driver, manual_for_a_while) {
	char *const *gw = alike(self);
	const char *ring = ring_name(self, 1, gw[0]);
	uint8_t key[48] = { 1 };
	struct ike_manual manual = {
		.spi_in = 256,
		.spi_out = 257,
		.suite = ike_suite_find("aes128-sha256"),
		.key_in = { key, 48 },
		.key_out = { key, 48 },
	};

	add(self, gw[0], 42, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	addr_parse(gw[0], &manual.gateway);
	self->conf.manual = &manual;
	self->conf.n_manual = 1;
	ike_reconfigure(self->ike, &self->conf);
	EXPECT_TRUE(wait_owned(self, ring, NULL, NULL));
	run(self, 100);
	self->conf.n_manual = 0;
	ike_reconfigure(self->ike, &self->conf);
	EXPECT_TRUE(wait_owned(self, ring, gw[0], NULL));
	EXPECT_TRUE(wait_state(self, IKE_WAITING, 10000));
}

TEST_F(driver, a_shared_secret_is_refused) {
	self->peer->refuse_shared = "no room";
	add(self, "192.0.2.3", 42, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_state(self, IKE_FAILED, 10000));
	EXPECT_STREQ("no room", self->why);
	EXPECT_EQ(NULL, strstr(self->peer->log, "load-conn"));
	self->peer->refuse_shared = NULL;
	EXPECT_TRUE(wait_state(self, IKE_WAITING, 10000));
}

/* An earlier life's: what is wanted is replaced, the rest goes when swept. */
TEST_F(driver, shared_by_an_earlier_life) {
	char *const *gw = alike(self);
	char ring[64];

	strcpy(ring, ring_name(self, 1, gw[0]));
	vici_peer_put(self->peer->keys, ring);
	vici_peer_put(self->peer->keys, "cesteer-psk-7-31");
	vici_peer_put(self->peer->keys, "cesteer-psk-07-31");
	vici_peer_put(self->peer->keys, "cesteer-psk-7-32");
	run(self, 200);
	EXPECT_STREQ("", self->peer->log);
	add(self, gw[0], 42, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_owned(self, ring, gw[0], NULL));
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	EXPECT_TRUE(vici_peer_has(self->peer->keys, "cesteer-psk-7-31"));
	ike_sweep(self->ike);
	EXPECT_TRUE(wait_log(self, " unload-shared cesteer-psk-7-31", 10000));
	run(self, 100);
	EXPECT_TRUE(owned(self, ring, gw[0], NULL));
	/* Somebody else's. */
	EXPECT_TRUE(vici_peer_has(self->peer->keys, "cesteer-psk-07-31"));
	EXPECT_TRUE(vici_peer_has(self->peer->keys, "cesteer-psk-7-32"));
}

TEST_F(driver, shared_and_unloaded_by_others) {
	char *const *gw = alike(self);
	const char *ring = ring_name(self, 1, gw[0]);

	add(self, gw[0], 42, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	vici_peer_drop(self->peer->keys, ring);
	ike_sweep(self->ike); /* asks for the names, as time would */
	EXPECT_TRUE(wait_owned(self, ring, gw[0], NULL));
	EXPECT_TRUE(wait_state(self, IKE_WAITING, 10000));
}

TEST_F(driver, shared_when_the_ike_daemon_returns) {
	char *const *gw = alike(self);
	const char *ring = ring_name(self, 1, gw[0]);

	add(self, gw[0], 42, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	/* One is being loaded meanwhile. */
	add(self, gw[1], 43, IKE_ON_DEMAND);
	event_base_loop(self->base, EVLOOP_NONBLOCK);
	memset(self->peer->conns, 0, sizeof(self->peer->conns));
	memset(self->peer->keys, 0, sizeof(self->peer->keys));
	vici_peer_hang_up(self->peer);
	ASSERT_TRUE(wait_state(self, IKE_LEARNED, 10000));
	ASSERT_TRUE(wait_owned(self, ring, gw[0], gw[1]));
	EXPECT_TRUE(wait_state(self, IKE_WAITING, 10000));
}

/*
 * Of many keys, those that nobody shares have no rings; and a key of any number
 * is known when the IKE daemon names it.
 */
TEST_F(driver, one_ring_of_many_keys) {
#define MANY 10001
	struct ike_psk *psk = calloc(MANY, sizeof(*psk));
	const struct ike_ring *at = NULL;
	char name[CONN_NAME_LEN];
	size_t i, k, n = 0;

	for (i = 0; i < MANY - 1; i++) {
		psk[i].gateways.family = AF_INET;
		psk[i].gateways.len = 32;
		psk[i].gateways.b[0] = 10;
		psk[i].gateways.b[2] = (uint8_t)(i >> 8);
		psk[i].gateways.b[3] = (uint8_t)i;
		psk[i].key = self->psk[0].key;
	}
	psk[i].key = self->psk[1].key;
	self->conf.psk = psk;
	self->conf.n_psk = MANY;
	ike_reconfigure(self->ike, &self->conf);
	add(self, "192.0.2.3", 42, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	for (i = 0; i < self->ike->n_ring_keys; i++)
		for (k = 0; self->ike->ring[i] && k < RINGS; k++)
			n += !!self->ike->ring[i][k];
	EXPECT_EQ(1, n);
	ASSERT_TRUE(ike_ring_next(self->ike, &at, name));
	EXPECT_STREQ(ring_name(self, MANY - 1, "192.0.2.3"), name);
	EXPECT_FALSE(ike_ring_next(self->ike, &at, name));

	self->peer->log[0] = 0;
	self->states[0] = 0;
	ike_survey_all(self->ike);
	run(self, 200);
	EXPECT_STREQ("", self->peer->log);
	EXPECT_STREQ("", self->states);
	vici_peer_drop(self->peer->keys, name);
	ike_survey_all(self->ike);
	EXPECT_TRUE(wait_owned(self, name, "192.0.2.3", NULL));
	free(psk);
	self->conf.psk = self->psk;
	self->conf.n_psk = 2;
}

TEST_HARNESS_MAIN
