// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The contract: a namespace that is a socket's own. What would change it is
 * refused to others, unless they force it, for as long as the socket is open.
 */
#include "contract.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "kern/parse.h"
#include "kselftest_harness.h"

FIXTURE(owner) {
	struct sock s, other;
};

static struct answer own(struct sock *s)
{
	return ask(s, request(s, CESTEER_CMD_OWN, 0), NULL, NULL);
}

FIXTURE_SETUP(owner) {
	const char *why;

	if (!contract_begin(&why))
		SKIP(return, "%s", why);
	ASSERT_TRUE(sock_open(&self->s));
	ASSERT_TRUE(sock_open(&self->other));
	ASSERT_EQ(0, add_vpn(&self->s, 0));
	ASSERT_EQ(0, add_gateway(&self->s, 1));
	EXPECT_DONE(change(&self->s, CESTEER_CMD_ROUTE_NEW, 0, false,
			   "10.1.0.0/16", CESTEER_ACTION_PROTECT, 1));
	EXPECT_DONE(own(&self->s));
}

FIXTURE_TEARDOWN(owner) {
	sock_close(&self->s);
	sock_close(&self->other);
}

/* A request for a change of each kind; 0 for a force that is not to be. */
static struct nl_msg *change_of(struct sock *s, uint8_t cmd, bool force)
{
	struct nl_msg *msg = request(s, cmd, 0);
	struct nlattr *group;
	int attr = CESTEER_A_TABLE_FORCE;

	switch (cmd) {
	case CESTEER_CMD_VPN_NEW:
	case CESTEER_CMD_VPN_DEL:
		nla_put_u32(msg, CESTEER_A_VPN_ID, 0);
		attr = CESTEER_A_VPN_FORCE;
		break;
	case CESTEER_CMD_GATEWAY_NEW:
		nla_put_u32(msg, CESTEER_A_GATEWAY_ID, 2);
		nla_put_u32(msg, CESTEER_A_GATEWAY_IF_ID, 2);
		nla_put(msg, CESTEER_A_GATEWAY_ADDR4, 4, "\xc0\0\2\2");
		attr = CESTEER_A_GATEWAY_FORCE;
		break;
	case CESTEER_CMD_GATEWAY_SET:
	case CESTEER_CMD_GATEWAY_DEL:
		nla_put_u32(msg, CESTEER_A_GATEWAY_ID,
			    cmd == CESTEER_CMD_GATEWAY_SET ? 1 : 2);
		attr = CESTEER_A_GATEWAY_FORCE;
		break;
	case CESTEER_CMD_QUEUE_SET:
		nla_put_u32(msg, CESTEER_A_INFO_QUEUE_PACKETS, 7);
		attr = CESTEER_A_INFO_FORCE;
		break;
	case CESTEER_CMD_TABLE_BEGIN:
	case CESTEER_CMD_TABLE_COMMIT:
		break;
	default:
		group = group_begin(msg);
		if (cmd == CESTEER_CMD_ROUTE_NEW)
			group_target(msg, CESTEER_ACTION_BYPASS, NULL, 0);
		group_prefixes(msg, "10.9.0.0/16");
		nla_nest_end(msg, group);
	}
	if (force)
		nla_put_flag(msg, attr);
	return msg;
}

/* In an order in which each can be done. */
static const uint8_t changes[] = {
	CESTEER_CMD_VPN_NEW,	  CESTEER_CMD_GATEWAY_NEW,
	CESTEER_CMD_GATEWAY_SET,  CESTEER_CMD_GATEWAY_DEL,
	CESTEER_CMD_SOURCE_NEW,	  CESTEER_CMD_SOURCE_DEL,
	CESTEER_CMD_ROUTE_NEW,	  CESTEER_CMD_ROUTE_DEL,
	CESTEER_CMD_QUEUE_SET,	  CESTEER_CMD_TABLE_BEGIN,
	CESTEER_CMD_TABLE_COMMIT, CESTEER_CMD_VPN_DEL,
};

#define N_CHANGES (sizeof(changes) / sizeof(changes[0]))

static bool info(struct sock *s, struct kern_info *i)
{
	static struct last last;
	struct answer a;

	memset(&last, 0, sizeof(last));
	a = ask(s, request(s, CESTEER_CMD_INFO_GET, 0), keep_last, &last);
	return !a.error && !kern_parse_info((struct nlmsghdr *)last.copy, i);
}

TEST_F(owner, others_change_nothing) {
	struct kern_info i;
	size_t k;

	for (k = 0; k < N_CHANGES; k++)
		EXPECT_REFUSED(EBUSY,
			       ask(&self->other,
				   change_of(&self->other, changes[k], false),
				   NULL, NULL));
	EXPECT_STREQ("10.1.0.0/16 protect 1\n",
		     table_text(&self->other, CESTEER_CMD_ROUTE_GET, 0));
	EXPECT_STREQ("", table_text(&self->other, CESTEER_CMD_SOURCE_GET, 0));
	ASSERT_TRUE(info(&self->other, &i));
	EXPECT_NE(7, i.queue.packets);
	EXPECT_EQ(1, i.gateways);
}

TEST_F(owner, the_owner_does) {
	size_t k;

	for (k = 0; k < N_CHANGES; k++)
		EXPECT_DONE(ask(&self->s,
				change_of(&self->s, changes[k], false), NULL,
				NULL));
}

TEST_F(owner, who_forces_does) {
	size_t k;

	for (k = 0; k < N_CHANGES; k++)
		EXPECT_DONE(ask(&self->other,
				change_of(&self->other, changes[k], true), NULL,
				NULL));
	/* It is not theirs for that. */
	EXPECT_REFUSED(EBUSY, own(&self->other));
	EXPECT_EQ(-EBUSY, add_vpn(&self->other, 7));
}

TEST_F(owner, is_named) {
	struct kern_info i;
	char comm[16];

	prctl(PR_GET_NAME, comm);
	ASSERT_TRUE(info(&self->other, &i));
	EXPECT_EQ(getpid(), (pid_t)i.owner_pid);
	EXPECT_STREQ(comm, i.owner);
	EXPECT_TRUE(i.features & 1ull << CESTEER_FEATURE_OWNER);
	sock_close(&self->s);
	ASSERT_TRUE(info(&self->other, &i));
	EXPECT_EQ(0, i.owner_pid);
	ASSERT_TRUE(sock_open(&self->s));
}

TEST_F(owner, ends_with_its_socket) {
	EXPECT_REFUSED(EBUSY, own(&self->other));
	/* Twice is no harm. */
	EXPECT_DONE(own(&self->s));
	sock_close(&self->s);
	EXPECT_EQ(0, add_vpn(&self->other, 7));
	EXPECT_DONE(own(&self->other));
	ASSERT_TRUE(sock_open(&self->s));
	EXPECT_EQ(-EBUSY, add_vpn(&self->s, 8));
}

/* What another's socket left open cannot be put in the table's place. */
TEST_F(owner, a_transaction_from_before) {
	sock_close(&self->s);
	ASSERT_TRUE(sock_open(&self->s));
	EXPECT_DONE(ask(&self->other,
			change_of(&self->other, CESTEER_CMD_TABLE_BEGIN, false),
			NULL, NULL));
	EXPECT_DONE(own(&self->s));
	EXPECT_REFUSED(EBUSY, ask(&self->other,
				  change_of(&self->other,
					    CESTEER_CMD_TABLE_COMMIT, false),
				  NULL, NULL));
	EXPECT_STREQ("10.1.0.0/16 protect 1\n",
		     table_text(&self->s, CESTEER_CMD_ROUTE_GET, 0));
}

TEST_HARNESS_MAIN
