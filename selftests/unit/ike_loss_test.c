// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What others take out of the kernel behind strongSwan's back: it is missed,
 * and had anew; what strongSwan takes out itself is not.
 */
#include <linux/xfrm.h>
#include <sys/socket.h>
#include "unit/ike_driver.h"

/* What others took out of the kernel is loaded anew. */
TEST_F(driver, robbed_by_others) {
	struct ike_gateway *gw = add(self, "192.0.2.2", 42, IKE_ON_DEMAND);

	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	run(self, 100);
	EXPECT_TRUE(ike_gw_settled(gw));
	self->peer->log[0] = 0;
	ike_gw_robbed(gw, true);
	EXPECT_TRUE(wait_log(self, " load-conn " GW, 10000));
	EXPECT_TRUE(wait_state(self, IKE_WAITING, 10000));
	run(self, 300);
	EXPECT_STREQ(" unload-conn " GW " terminate " GW " load-conn " GW,
		     self->peer->log);

	/* It had an SA: it gets one again. */
	vici_peer_sa_told(self->peer, vici_peer_sa_add(self->peer, GW, 42),
			  true);
	EXPECT_TRUE(wait_state(self, IKE_UP, 10000));
	self->peer->log[0] = 0;
	gw->sas.child[0].lost = true;
	ike_gw_robbed(gw, false);
	EXPECT_TRUE(wait_log(self, " initiate " GW, 10000));
	EXPECT_STREQ(" terminate " GW " initiate " GW, self->peer->log);
	EXPECT_TRUE(wait_state(self, IKE_UP, 10000));
}

/* The driver hears this in the kernel's place. */
static bool told(struct _test_data_driver *t, uint16_t type, uint32_t spi)
{
	struct event *heard = t->ike->loss.readable;
	char buf[NLMSG_SPACE(sizeof(spi))] = { 0 };
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	int fd[2];

	nlh->nlmsg_type = type;
	nlh->nlmsg_len = sizeof(buf);
	memcpy(NLMSG_DATA(nlh), &spi, sizeof(spi));
	if (!heard || socketpair(AF_UNIX, SOCK_DGRAM, 0, fd))
		return false;
	event_del(heard);
	dup2(fd[0], event_get_fd(heard));
	event_add(heard, NULL);
	send(fd[1], buf, sizeof(buf), 0);
	run(t, 10);
	close(fd[0]);
	close(fd[1]);
	event_del(heard);
	return true;
}

/* Of two SAs, the one that was deleted behind strongSwan's back is ended. */
TEST_F(driver, one_sa_is_deleted_by_others) {
	struct vici_peer_sa *sa[2];
	size_t i;

	for (i = 0; i < 2; i++) {
		sa[i] = vici_peer_sa_add(self->peer, GW, 42);
		sa[i]->spi_in = 0xc0000010 + 0x10 * i;
	}
	add(self, "192.0.2.2", 42, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_state(self, IKE_UP, 10000));
	run(self, 1500);
	self->peer->log[0] = 0;
	kernel.no_spi = 0xc0000021;
	if (!told(self, XFRM_MSG_DELSA, kernel.no_spi))
		SKIP(return, "no XFRM notifications here");
	EXPECT_TRUE(wait_log(self, " terminate 2", 4000));
	run(self, 1500);
	EXPECT_STREQ(" terminate 2", self->peer->log);
	EXPECT_EQ(IKE_UP, self->state);

	/* The only one: it is had anew. */
	self->peer->log[0] = 0;
	kernel.no_spi = 0xc0000010;
	told(self, XFRM_MSG_DELSA, kernel.no_spi);
	EXPECT_TRUE(wait_log(self, " initiate " GW, 4000));
	EXPECT_STREQ(" terminate " GW " initiate " GW, self->peer->log);
	EXPECT_TRUE(wait_state(self, IKE_UP, 10000));
}

/* What strongSwan deletes itself is no loss, and nobody looks for it. */
TEST_F(driver, strongswan_deletes_an_sa) {
	struct vici_peer_sa *sa;
	unsigned int looks;

	add(self, "192.0.2.2", 42, IKE_ON_DEMAND);
	sa = vici_peer_sa_add(self->peer, GW, 42);
	ASSERT_TRUE(wait_state(self, IKE_UP, 10000));
	run(self, 1500);
	EXPECT_NE(0, kernel.looks);
	looks = kernel.looks;
	self->peer->log[0] = 0;
	if (!told(self, XFRM_MSG_DELSA, vici_peer_spi_in(sa)))
		SKIP(return, "no XFRM notifications here");
	vici_peer_sa_told(self->peer, sa, false);
	sa->name[0] = 0;
	run(self, 1500);
	EXPECT_EQ(looks, kernel.looks);
	EXPECT_STREQ("", self->peer->log);
	EXPECT_EQ(IKE_WAITING, self->state);
}

/* What was taken out while VICI was down, or before, is seen afterwards. */
TEST_F(driver, robbed_while_nobody_listens) {
	add(self, "192.0.2.2", 42, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	run(self, 1500);
	self->peer->log[0] = 0;
	kernel.no_policies = true;
	if (!told(self, XFRM_MSG_FLUSHPOLICY, 0))
		SKIP(return, "no XFRM notifications here");
	vici_peer_hang_up(self->peer);
	ASSERT_TRUE(wait_state(self, IKE_LEARNED, 10000));
	ASSERT_TRUE(wait_log(self, " unload-conn " GW, 10000));
	kernel.no_policies = false;
	run(self, 2500);
	EXPECT_STREQ(" load-shared " GW " unload-conn " GW " terminate " GW
		     " load-conn " GW,
		     self->peer->log);
	EXPECT_EQ(IKE_WAITING, self->state);
}

/* Others' policies come and go: no reason to look at all of them. */
TEST_F(driver, a_policy_of_nobody) {
	unsigned int looks;

	add(self, "192.0.2.2", 42, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	run(self, 1500);
	looks = kernel.looks;
	if (!told(self, XFRM_MSG_DELPOLICY, 7))
		SKIP(return, "no XFRM notifications here");
	run(self, 400);
	EXPECT_EQ(looks, kernel.looks);
	told(self, XFRM_MSG_DELPOLICY, 42);
	run(self, 400);
	EXPECT_EQ(looks + 1, kernel.looks);

	/* Its last one is missed, and had anew. */
	self->peer->log[0] = 0;
	kernel.no_policies = true;
	told(self, XFRM_MSG_DELPOLICY, 42);
	EXPECT_TRUE(wait_log(self, " unload-conn " GW, 4000));
	kernel.no_policies = false;
	EXPECT_TRUE(wait_log(self, " load-conn " GW, 4000));
}

static bool no_load_conn(void *arg, struct vici_peer *p,
			 struct vici_peer_conn *c,
			 const struct vici_packet *pkt)
{
	return pkt->type == VICI_CMD_REQUEST && vici_is(pkt->name, "load-conn");
}

/* While all of them are being loaded there is nothing to be learned. */
TEST_F(driver, no_look_while_loading) {
	self->peer->hook = no_load_conn;
	add(self, "192.0.2.2", 42, IKE_ON_DEMAND);
	add(self, "192.0.2.3", 43, IKE_ON_DEMAND);
	run(self, 2500);
	EXPECT_EQ(IKE_LOADING, self->state);
	EXPECT_EQ(0, kernel.looks);
}

/* A look that takes long is not repeated soon. */
TEST_F(driver, looks_are_costly) {
	unsigned int looks, i;

	kernel.cost_ms = 200;
	add(self, "192.0.2.2", 42, IKE_ON_DEMAND);
	ASSERT_TRUE(wait_state(self, IKE_WAITING, 10000));
	run(self, 3500);
	looks = kernel.looks;
	for (i = 0; i < 30; i++) {
		if (!told(self, XFRM_MSG_DELPOLICY, 42))
			SKIP(return, "no XFRM notifications here");
		run(self, 50);
	}
	EXPECT_EQ(looks + 1, kernel.looks);
	run(self, 2500);
	EXPECT_EQ(looks + 2, kernel.looks);
}

/* Whether a session is protected is asked of one policy. */
TEST_F(driver, session_without_a_look) {
	struct addr local, remote;

	addr_parse("192.0.2.1", &local);
	addr_parse("192.0.2.9", &remote);
	EXPECT_FALSE(ike_session_protected(self->ike, &local, &remote));
	kernel.takes_tcp = true;
	EXPECT_TRUE(ike_session_protected(self->ike, &local, &remote));
	EXPECT_EQ(0, kernel.looks);
}

TEST_HARNESS_MAIN
