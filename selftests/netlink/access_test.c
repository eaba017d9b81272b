// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The contract: who may ask, what a namespace sees of another, and that no
 * message, however wrong, does harm.
 */
#include "contract.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kern/parse.h"
#include "kselftest_harness.h"

#define NOBODY 65534
#define MUTANTS 6000

FIXTURE(access) {
	struct sock s;
};

FIXTURE_SETUP(access) {
	const char *why;

	if (!contract_begin(&why))
		SKIP(return, "%s", why);
	ASSERT_TRUE(sock_open(&self->s));
}

FIXTURE_TEARDOWN(access) {
	sock_close(&self->s);
}

static bool become_nobody(void)
{
	return !setgroups(0, NULL) && !setresgid(NOBODY, NOBODY, NOBODY) &&
	       !setresuid(NOBODY, NOBODY, NOBODY);
}

/* The core refuses these, so there is no sentence of the family's. */
TEST_F(access, nothing_without_net_admin) {
	static const uint8_t dumps[] = { CESTEER_CMD_VPN_GET,
					 CESTEER_CMD_GATEWAY_GET,
					 CESTEER_CMD_SOURCE_GET,
					 CESTEER_CMD_ROUTE_GET,
					 CESTEER_CMD_COUNTERS_GET };
	struct sock s;
	uint8_t cmd;
	size_t i;

	ASSERT_EQ(0, add_vpn(&self->s, 0));
	ASSERT_TRUE(become_nobody());
	ASSERT_TRUE(sock_open(&s));
	for (cmd = CESTEER_CMD_INFO_GET; cmd <= CESTEER_CMD_EXPLAIN; cmd++) {
		struct answer a = ask(&s, request(&s, cmd, 0), NULL, NULL);

		/* What can only be dumped is no command without the flag. */
		bool dump_only = cmd == CESTEER_CMD_VPN_GET ||
				 cmd == CESTEER_CMD_SOURCE_GET ||
				 cmd == CESTEER_CMD_COUNTERS_GET;

		EXPECT_TRUE(a.error == -EPERM ||
			    (dump_only && a.error == -EOPNOTSUPP))
		{
			TH_LOG("command %u: %d", cmd, a.error);
		}
	}
	for (i = 0; i < sizeof(dumps); i++)
		EXPECT_EQ(-EPERM,
			  ask(&s, request(&s, dumps[i], NLM_F_DUMP), NULL, NULL)
				  .error);
	EXPECT_EQ(-1, sock_listen(&s));
	EXPECT_EQ(EPERM, errno);
	sock_close(&s);
}

/* Who owns a namespace is its admin, and of no other. */
TEST_F(access, the_owner_of_a_namespace) {
	struct sock s;

	ASSERT_TRUE(become_nobody());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		SKIP(return, "no user namespaces");
	ASSERT_TRUE(sock_open(&s));
	EXPECT_EQ(0, add_vpn(&s, 3));
	EXPECT_EQ(0, add_gateway(&s, 1));
	EXPECT_DONE(change(&s, CESTEER_CMD_ROUTE_NEW, 3, false, "10.0.0.0/8",
			   CESTEER_ACTION_PROTECT, 1));
	EXPECT_EQ(0, sock_listen(&s));
	sock_close(&s);
	/* The first namespace is still not its own. */
	EXPECT_EQ(-EPERM, add_vpn(&self->s, 3));
}

static void count(void *arg, struct nlmsghdr *nlh)
{
	unsigned int *n = arg;

	(void)nlh;
	++*n;
}

TEST_F(access, namespaces_are_apart) {
	struct sock other, listener;
	unsigned int n = 0;

	ASSERT_EQ(0, add_vpn(&self->s, 0));
	ASSERT_EQ(0, add_gateway(&self->s, 1));
	EXPECT_DONE(change(&self->s, CESTEER_CMD_ROUTE_NEW, 0, false,
			   "10.0.0.0/8", CESTEER_ACTION_PROTECT, 1));
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_TRUE(sock_open(&other));
	ASSERT_TRUE(sock_open(&listener));
	ASSERT_EQ(0, sock_listen(&listener));
	EXPECT_DONE(ask(&other,
			request(&other, CESTEER_CMD_VPN_GET, NLM_F_DUMP), count,
			&n));
	EXPECT_DONE(ask(&other,
			request(&other, CESTEER_CMD_GATEWAY_GET, NLM_F_DUMP),
			count, &n));
	EXPECT_EQ(0, n);
	EXPECT_STREQ("error: no such VPN",
		     table_text(&other, CESTEER_CMD_ROUTE_GET, 0));
	/* The same names are free here, and nothing is heard from there. */
	EXPECT_EQ(0, add_gateway(&self->s, 2));
	EXPECT_EQ(-1, recv(listener.fd, &n, sizeof(n), MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(0, add_vpn(&other, 0));
	EXPECT_EQ(0, add_gateway(&other, 1));
	EXPECT_STREQ("10.0.0.0/8 protect 1\n",
		     table_text(&self->s, CESTEER_CMD_ROUTE_GET, 0));
	EXPECT_STREQ("", table_text(&other, CESTEER_CMD_ROUTE_GET, 0));
	sock_close(&other);
	sock_close(&listener);
}

/* A namespace that ends with all it holds, many times over. */
TEST_F(access, namespaces_come_and_go) {
	int i;

	for (i = 0; i < 20; i++) {
		struct sock s;

		ASSERT_EQ(0, unshare(CLONE_NEWNET));
		ASSERT_TRUE(sock_open(&s));
		ASSERT_EQ(0, add_vpn(&s, 0));
		ASSERT_EQ(0, add_gateway(&s, 1));
		EXPECT_DONE(change(&s, CESTEER_CMD_ROUTE_NEW, 0, false,
				   "10.0.0.0/8 10.1.0.0/16",
				   CESTEER_ACTION_PROTECT, 1));
		sock_close(&s);
	}
}

TEST_F(access, the_module_stays_while_it_is_needed) {
	ASSERT_EQ(0, add_vpn(&self->s, 0));
	EXPECT_EQ(-1, syscall(SYS_delete_module, "cesteer", O_NONBLOCK));
	EXPECT_TRUE(errno == EWOULDBLOCK || errno == EBUSY);
	EXPECT_STREQ("", table_text(&self->s, CESTEER_CMD_ROUTE_GET, 0));
}

TEST_F(access, reserved_flags) {
	struct nl_msg *msg = request(&self->s, CESTEER_CMD_VPN_NEW, 0);

	nla_put_u32(msg, CESTEER_A_VPN_ID, 1);
	nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_EXCL;
	EXPECT_REFUSED(EINVAL, ask(&self->s, msg, NULL, NULL));
	msg = request(&self->s, CESTEER_CMD_VPN_NEW, 0);
	nla_put_u32(msg, CESTEER_A_VPN_ID, 1);
	((struct genlmsghdr *)nlmsg_data(nlmsg_hdr(msg)))->reserved = 1;
	EXPECT_REFUSED(EINVAL, ask(&self->s, msg, NULL, NULL));
}

/* A request that is right, of kind i. */
static struct nl_msg *right(struct sock *s, unsigned int i)
{
	static const uint32_t gateways[] = { 1, 2 };
	static const uint8_t address[16] = { 192, 0, 2, 7 };
	static const uint8_t cmds[] = {
		CESTEER_CMD_ROUTE_NEW,	 CESTEER_CMD_ROUTE_DEL,
		CESTEER_CMD_SOURCE_NEW,	 CESTEER_CMD_SOURCE_DEL,
		CESTEER_CMD_ROUTE_GET,	 CESTEER_CMD_GATEWAY_NEW,
		CESTEER_CMD_GATEWAY_SET, CESTEER_CMD_VPN_NEW,
		CESTEER_CMD_TABLE_BEGIN, CESTEER_CMD_TABLE_COMMIT,
		CESTEER_CMD_EXPLAIN,	 CESTEER_CMD_GATEWAY_DEL,
	};
	uint8_t cmd = cmds[i % sizeof(cmds)];
	struct nl_msg *msg = request(s, cmd, 0);
	struct nlattr *group;

	switch (cmd) {
	case CESTEER_CMD_GATEWAY_NEW:
		nla_put_u32(msg, CESTEER_A_GATEWAY_ID, 3 + i % 9);
		nla_put(msg, CESTEER_A_GATEWAY_ADDR6, 16, address);
		nla_put_u32(msg, CESTEER_A_GATEWAY_IF_ID, 3 + i % 9);
		break;
	case CESTEER_CMD_GATEWAY_SET:
	case CESTEER_CMD_GATEWAY_DEL:
		nla_put_u32(msg, CESTEER_A_GATEWAY_ID, 1 + i % 9);
		break;
	case CESTEER_CMD_VPN_NEW:
		nla_put_u32(msg, CESTEER_A_VPN_ID, i % 3);
		nla_put_u8(msg, CESTEER_A_VPN_DEFAULT, 2 + i % 2);
		break;
	case CESTEER_CMD_EXPLAIN:
		nla_put(msg, CESTEER_A_EXPLAIN_SRC4, 4, address);
		nla_put(msg, CESTEER_A_EXPLAIN_DST4, 4, address);
		break;
	default:
		nla_put_u32(msg, CESTEER_A_TABLE_VPN, i / 7 % 3);
		if (i % 5 == 0)
			nla_put_flag(msg, CESTEER_A_TABLE_TRANSACTION);
		if (cmd == CESTEER_CMD_TABLE_BEGIN ||
		    cmd == CESTEER_CMD_TABLE_COMMIT)
			break;
		group = group_begin(msg);
		if (cmd == CESTEER_CMD_ROUTE_NEW)
			group_target(msg, CESTEER_ACTION_PROTECT, gateways,
				     1 + i % 2);
		group_prefixes(msg, i % 3 ? "10.1.0.0/16 10.2.0.0/16" :
					    "2001:db8::/32");
		nla_nest_end(msg, group);
	}
	return msg;
}

/* Change up to four octets behind the headers, and sometimes the length. */
static void mutate(struct nl_msg *msg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	size_t head = NLMSG_HDRLEN + GENL_HDRLEN;
	size_t len = nlh->nlmsg_len - head;
	int changes = rand() % 5;

	if (!len)
		return;
	while (changes--) {
		uint8_t *octet = (uint8_t *)nlh + head + (size_t)rand() % len;

		*octet = rand() % 2 ? (uint8_t)rand() :
				      (uint8_t)(*octet ^ 1 << rand() % 8);
	}
	if (rand() % 8 == 0)
		nlh->nlmsg_len = (uint32_t)(head + (size_t)rand() % len);
}

/* The id of the last object of a kind; false when there is none. */
static bool any_id(struct sock *s, uint8_t cmd, int type, uint32_t *id)
{
	struct last last = { .n = 0 };

	ask(s, request(s, cmd, NLM_F_DUMP), keep_last, &last);
	if (!last.n || !last.tb[type])
		return false;
	*id = nla_get_u32(last.tb[type]);
	return true;
}

static int delete_one(struct sock *s, uint8_t cmd, int type, uint32_t id)
{
	struct nl_msg *msg = request(s, cmd, 0);

	nla_put_u32(msg, type, id);
	return ask(s, msg, NULL, NULL).error;
}

/* What went in comes out in order, and nothing is held in the end. */
TEST_F_TIMEOUT(access, wrong_messages_do_no_harm, 120)
{
	struct sock *s = &self->s;
	struct last info = { .n = 0 };
	unsigned int refused = 0, i;
	struct nl_msg *msg;
	uint32_t id;

	srand(2547);
	ASSERT_EQ(0, add_vpn(s, 0));
	ASSERT_EQ(0, add_gateway(s, 1));
	ASSERT_EQ(0, add_gateway(s, 2));
	for (i = 0; i < MUTANTS; i++) {
		struct answer a;

		msg = right(s, (unsigned int)rand());
		mutate(msg);
		a = ask(s, msg, NULL, NULL);
		refused += a.error != 0;
		EXPECT_TRUE(!a.error || a.sentence[0])
		{
			TH_LOG("mutant %u: error %d without a sentence", i,
			       a.error);
		}
	}
	EXPECT_LT(MUTANTS / 10, refused);
	EXPECT_GT(MUTANTS, refused);
	/* Empty it all, whatever is there by now. */
	while (any_id(s, CESTEER_CMD_VPN_GET, CESTEER_A_VPN_ID, &id)) {
		const char *table = table_text(s, CESTEER_CMD_ROUTE_GET, id);

		EXPECT_FALSE(strstr(table, "error"));
		ASSERT_EQ(0, delete_one(s, CESTEER_CMD_VPN_DEL,
					CESTEER_A_VPN_ID, id));
	}
	while (any_id(s, CESTEER_CMD_GATEWAY_GET, CESTEER_A_GATEWAY_ID, &id))
		ASSERT_EQ(0, delete_one(s, CESTEER_CMD_GATEWAY_DEL,
					CESTEER_A_GATEWAY_ID, id));
	msg = request(s, CESTEER_CMD_INFO_GET, 0);
	EXPECT_DONE(ask(s, msg, keep_last, &info));
	EXPECT_EQ(0, nla_get_u32(info.tb[CESTEER_A_INFO_ROUTES]));
	EXPECT_EQ(0, nla_get_u32(info.tb[CESTEER_A_INFO_GATEWAYS]));
}

TEST_HARNESS_MAIN
