// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the driver leaves behind when it is to leave nothing, and says of it.
 * It ends without the event loop: the model of strongSwan runs in a child process
 * and is looked at through the memory that it shares.
 */
#include <arpa/inet.h>
#include <sys/wait.h>
#include "unit/ike_driver.h"

struct apart {
	struct event_base *base;
	char path[80];
	pid_t child;
};

/* It takes 60 ms for whatever ends something. */
static bool slow_to_end(void *arg, struct vici_peer *p,
			struct vici_peer_conn *c, const struct vici_packet *pkt)
{
	if (pkt->name.len > 8 && (!memcmp(pkt->name.p, "unload-", 7) ||
				  !memcmp(pkt->name.p, "terminate", 9)))
		usleep(60000);
	return false;
}

static void part(struct _test_data_driver *t, struct apart *a)
{
	snprintf(a->path, sizeof(a->path), "%s/child", t->dir);
	vici_peer_destroy(t->peer);
	a->base = event_base_new();
	t->peer = vici_peer_create(a->base, a->path);
	t->peer->hook = slow_to_end;
	kernel.peer = t->peer;
	a->child = fork();
	if (!a->child) {
		event_reinit(a->base);
		alarm(20);
		event_base_dispatch(a->base);
		_exit(0);
	}
	t->conf.socket = a->path;
	ike_reconfigure(t->ike, &t->conf);
}

/* What the driver says of its end. */
static bool end(struct _test_data_driver *t)
{
	struct ike *ike = t->ike;

	t->ike = NULL;
	t->peer->log[0] = 0;
	return ike_destroy(ike, true);
}

static void rejoin(struct _test_data_driver *t, struct apart *a)
{
	kill(a->child, SIGKILL);
	waitpid(a->child, NULL, 0);
	memset(t->peer->conn, 0, sizeof(t->peer->conn)); /* child's */
	vici_peer_destroy(t->peer);
	event_base_free(a->base);
	unlink(a->path);
	t->peer = vici_peer_create(t->base, t->path);
}

TEST_F(driver, unloaded_at_the_end) {
	struct apart a;

	part(self, &a);
	add(self, "192.0.2.2", 42, IKE_PRE_ESTABLISHED);
	EXPECT_TRUE(wait_state(self, IKE_UP, 5000));
	ike_sweep(self->ike);
	EXPECT_TRUE(end(self));
	EXPECT_STREQ(" unload-conn " GW " terminate " GW " unload-shared " GW,
		     self->peer->log);
	rejoin(self, &a);
}

/* So many that it takes a while; nobody is waited for twice. */
TEST_F(driver, many_are_unloaded_at_the_end) {
	struct apart a;
	char text[32];
	int i;

	part(self, &a);
	for (i = 2; i < 14; i++) {
		snprintf(text, sizeof(text), "192.0.2.%d", i);
		add(self, text, i, IKE_PRE_ESTABLISHED);
	}
	for (i = 0; i < 5000 && !*self->peer->sas[11].name; i++)
		run(self, 1);
	run(self, 100);
	ike_sweep(self->ike);
	EXPECT_TRUE(end(self));
	for (i = 0; i < VICI_PEER_MAX; i++) {
		EXPECT_EQ(0, *self->peer->conns[i].s);
		EXPECT_EQ(0, *self->peer->keys[i].s);
		EXPECT_EQ(0, *self->peer->sas[i].name);
	}
	rejoin(self, &a);
}

/*
 * Without a link when it ends: what was loaded is unloaded all the same, but
 * it is not said that nothing is left.
 */
TEST_F(driver, unloaded_without_a_link) {
	struct ike_blob chain = { (uint8_t *)"own", 3 };
	struct apart a;

	part(self, &a);
	self->conf.chain = &chain;
	self->conf.n_chain = 1;
	self->conf.key = (struct ike_blob){ (uint8_t *)"key1", 4 };
	self->psk[1].gateways.family = AF_INET;
	self->psk[1].gateways.len = 24;
	inet_pton(AF_INET, "198.51.100.0", self->psk[1].gateways.b);
	ike_reconfigure(self->ike, &self->conf);
	add(self, "203.0.113.2", 44, IKE_ON_DEMAND);
	EXPECT_TRUE(wait_state(self, IKE_WAITING, 5000));
	add(self, "198.51.100.2", 43, IKE_ON_DEMAND);
	run(self, 200);
	add(self, "192.0.2.2", 42, IKE_PRE_ESTABLISHED);
	EXPECT_TRUE(wait_state(self, IKE_UP, 5000));
	ike_sweep(self->ike);
	vici_restart(self->ike->v, "a test");
	EXPECT_FALSE(end(self));
	EXPECT_EQ(0, *self->peer->sas[0].name);
	EXPECT_EQ(0, *self->peer->conns[0].s);
	EXPECT_EQ(0, *self->peer->conns[1].s);
	EXPECT_EQ(0, *self->peer->conns[2].s);
	EXPECT_EQ(0, *self->peer->keys[0].s);
	EXPECT_EQ(0, *self->peer->keys[1].s);
	EXPECT_EQ(0, *self->peer->private[0].s);
	rejoin(self, &a);
}

/* Whoever does not answer is not awaited for long. */
TEST_F(driver, silent_at_the_end) {
	struct apart a;

	part(self, &a);
	add(self, "192.0.2.2", 42, IKE_ON_DEMAND);
	EXPECT_TRUE(wait_state(self, IKE_WAITING, 5000));
	ike_sweep(self->ike);
	run(self, 100);
	kill(a.child, SIGSTOP);
	EXPECT_FALSE(end(self));
	rejoin(self, &a);
}

/* Nor is there anything to be left where there never was an IKE daemon. */
TEST_F(driver, no_ike_daemon_at_the_end) {
	self->conf.socket = self->dir;
	ike_reconfigure(self->ike, &self->conf);
	add(self, "192.0.2.2", 42, IKE_ON_DEMAND);
	run(self, 100);
	EXPECT_TRUE(end(self));
}

TEST_HARNESS_MAIN
