// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The contract: transactions, which replace a VPN's table as a whole, and
 * events, which tell what was changed.
 */
#include "contract.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include "kern/parse.h"
#include "kselftest_harness.h"

#define NEW CESTEER_CMD_ROUTE_NEW
#define DEL CESTEER_CMD_ROUTE_DEL
#define BEGIN CESTEER_CMD_TABLE_BEGIN
#define COMMIT CESTEER_CMD_TABLE_COMMIT
#define ABORT CESTEER_CMD_TABLE_ABORT

FIXTURE(transaction) {
	struct sock s, other;
};

FIXTURE_SETUP(transaction) {
	struct sock *s = &self->s;
	const char *why;

	if (!contract_begin(&why))
		SKIP(return, "%s", why);
	ASSERT_TRUE(sock_open(s));
	ASSERT_TRUE(sock_open(&self->other));
	ASSERT_EQ(0, add_vpn(s, 0));
	ASSERT_EQ(0, add_gateway(s, 1));
	ASSERT_EQ(0, add_gateway(s, 2));
	EXPECT_DONE(change(s, NEW, 0, false, "10.1.0.0/16",
			   CESTEER_ACTION_PROTECT, 1));
	EXPECT_DONE(change(s, CESTEER_CMD_SOURCE_NEW, 0, false, "10.5.0.0/16",
			   0, 0));
}

FIXTURE_TEARDOWN(transaction) {
	sock_close(&self->s);
	sock_close(&self->other);
}

static struct answer table(struct sock *s, uint8_t cmd, uint32_t vpn)
{
	struct nl_msg *msg = request(s, cmd, 0);

	nla_put_u32(msg, CESTEER_A_TABLE_VPN, vpn);
	return ask(s, msg, NULL, NULL);
}

static struct answer del_gateway(struct sock *s, uint32_t id)
{
	struct nl_msg *msg = request(s, CESTEER_CMD_GATEWAY_DEL, 0);

	nla_put_u32(msg, CESTEER_A_GATEWAY_ID, id);
	return ask(s, msg, NULL, NULL);
}

static const char *routes(struct sock *s)
{
	return table_text(s, CESTEER_CMD_ROUTE_GET, 0);
}

static const char *sources(struct sock *s)
{
	return table_text(s, CESTEER_CMD_SOURCE_GET, 0);
}

TEST_F(transaction, commit_replaces_all) {
	struct sock *s = &self->s;

	EXPECT_DONE(table(s, BEGIN, 0));
	EXPECT_DONE(change(s, NEW, 0, true, "10.2.0.0/16 10.3.0.0/16",
			   CESTEER_ACTION_PROTECT, 2));
	EXPECT_DONE(change(s, NEW, 0, true, "2001:db8::/32",
			   CESTEER_ACTION_BYPASS, 0));
	EXPECT_DONE(change(s, DEL, 0, true, "10.3.0.0/16", 0, 0));
	EXPECT_DONE(change(s, CESTEER_CMD_SOURCE_NEW, 0, true, "10.6.0.0/16", 0,
			   0));
	/* Nobody sees it yet; and it is not the VPN's own. */
	EXPECT_STREQ("10.1.0.0/16 protect 1\n", routes(s));
	EXPECT_STREQ("10.5.0.0/16\n", sources(s));
	EXPECT_REFUSED(ENOENT, change(s, DEL, 0, true, "10.1.0.0/16", 0, 0));
	EXPECT_DONE(table(s, COMMIT, 0));
	EXPECT_STREQ("10.2.0.0/16 protect 2\n2001:db8::/32 bypass\n",
		     routes(s));
	EXPECT_STREQ("10.6.0.0/16\n", sources(s));
	/* What it replaced is let go of; what it holds, held. */
	EXPECT_DONE(del_gateway(s, 1));
	EXPECT_REFUSED(EBUSY, del_gateway(s, 2));
	EXPECT_REFUSED(EINVAL, table(s, COMMIT, 0));
}

TEST_F(transaction, an_empty_one_empties) {
	EXPECT_DONE(table(&self->s, BEGIN, 0));
	EXPECT_DONE(table(&self->s, COMMIT, 0));
	EXPECT_STREQ("", routes(&self->s));
	EXPECT_STREQ("", sources(&self->s));
	EXPECT_DONE(del_gateway(&self->s, 1));
}

TEST_F(transaction, abort_leaves_all) {
	struct sock *s = &self->s;

	EXPECT_DONE(table(s, BEGIN, 0));
	EXPECT_DONE(change(s, NEW, 0, true, "10.2.0.0/16",
			   CESTEER_ACTION_PROTECT, 2));
	EXPECT_REFUSED(EBUSY, del_gateway(s, 2));
	EXPECT_DONE(table(s, ABORT, 0));
	EXPECT_STREQ("10.1.0.0/16 protect 1\n", routes(s));
	EXPECT_DONE(del_gateway(s, 2));
	EXPECT_REFUSED(EINVAL, change(s, NEW, 0, true, "10.2.0.0/16",
				      CESTEER_ACTION_BYPASS, 0));
	EXPECT_REFUSED(EINVAL, table(s, ABORT, 0));
}

TEST_F(transaction, belongs_to_its_socket) {
	struct sock *s = &self->s, *other = &self->other;

	EXPECT_REFUSED(EINVAL, table(s, COMMIT, 0));
	EXPECT_REFUSED(EINVAL, change(s, NEW, 0, true, "10.2.0.0/16",
				      CESTEER_ACTION_BYPASS, 0));
	EXPECT_DONE(table(s, BEGIN, 0));
	EXPECT_REFUSED(EBUSY, table(s, BEGIN, 0));
	EXPECT_REFUSED(EBUSY, table(other, BEGIN, 0));
	EXPECT_REFUSED(EINVAL, change(other, NEW, 0, true, "10.2.0.0/16",
				      CESTEER_ACTION_BYPASS, 0));
	EXPECT_REFUSED(EINVAL, table(other, COMMIT, 0));
	EXPECT_REFUSED(EINVAL, table(other, ABORT, 0));
	/* The VPN's own can be changed all the while; that is replaced too. */
	EXPECT_DONE(change(other, NEW, 0, false, "10.9.0.0/16",
			   CESTEER_ACTION_BYPASS, 0));
	EXPECT_DONE(change(s, NEW, 0, true, "10.2.0.0/16",
			   CESTEER_ACTION_BYPASS, 0));
	EXPECT_DONE(table(s, COMMIT, 0));
	EXPECT_STREQ("10.2.0.0/16 bypass\n", routes(s));
}

TEST_F(transaction, goes_with_its_socket) {
	struct sock *s = &self->s, *other = &self->other;

	EXPECT_DONE(table(other, BEGIN, 0));
	EXPECT_DONE(change(other, NEW, 0, true, "10.2.0.0/16",
			   CESTEER_ACTION_PROTECT, 2));
	EXPECT_REFUSED(EBUSY, del_gateway(s, 2));
	EXPECT_REFUSED(EBUSY, table(s, BEGIN, 0));
	sock_close(other);
	EXPECT_DONE(del_gateway(s, 2));
	EXPECT_DONE(table(s, BEGIN, 0));
	EXPECT_DONE(table(s, COMMIT, 0));
	EXPECT_STREQ("", routes(s));
	ASSERT_TRUE(sock_open(other));
}

TEST_F(transaction, goes_with_its_vpn) {
	struct sock *s = &self->s;
	struct nl_msg *msg;

	ASSERT_EQ(0, add_vpn(s, 5));
	EXPECT_DONE(table(s, BEGIN, 5));
	EXPECT_DONE(change(s, NEW, 5, true, "10.2.0.0/16",
			   CESTEER_ACTION_PROTECT, 2));
	msg = request(s, CESTEER_CMD_VPN_DEL, 0);
	nla_put_u32(msg, CESTEER_A_VPN_ID, 5);
	EXPECT_DONE(ask(s, msg, NULL, NULL));
	EXPECT_DONE(del_gateway(s, 2));
	EXPECT_REFUSED(ENOENT, table(s, COMMIT, 5));
	EXPECT_REFUSED(ENOENT, table(s, BEGIN, 5));
}

TEST_F(transaction, one_a_vpn_and_several_vpns) {
	struct sock *s = &self->s;

	ASSERT_EQ(0, add_vpn(s, 5));
	EXPECT_DONE(table(s, BEGIN, 0));
	EXPECT_DONE(table(s, BEGIN, 5));
	EXPECT_DONE(change(s, NEW, 5, true, "10.2.0.0/16",
			   CESTEER_ACTION_BYPASS, 0));
	EXPECT_DONE(table(s, ABORT, 0));
	EXPECT_DONE(table(s, COMMIT, 5));
	EXPECT_STREQ("10.1.0.0/16 protect 1\n", routes(s));
	EXPECT_STREQ("10.2.0.0/16 bypass\n",
		     table_text(s, CESTEER_CMD_ROUTE_GET, 5));
}

/* What takes no transaction and no prefixes, refuses them. */
TEST_F(transaction, attributes_that_are_not_taken) {
	static const uint8_t cmds[] = { BEGIN, COMMIT, ABORT };
	struct sock *s = &self->s;
	size_t i;

	for (i = 0; i < sizeof(cmds); i++) {
		struct nl_msg *msg = request(s, cmds[i], 0);

		nla_put_u32(msg, 44, 0);
		EXPECT_REFUSED(EINVAL, ask(s, msg, NULL, NULL));
		msg = request(s, cmds[i], 0);
		nla_put(msg, CESTEER_A_TABLE_VPN, 2, "ab");
		EXPECT_REFUSED(EINVAL, ask(s, msg, NULL, NULL));
	}
}

static uint32_t port(const struct sock *s)
{
	struct sockaddr_nl a = { 0 };
	socklen_t len = sizeof(a);

	getsockname(s->fd, (struct sockaddr *)&a, &len);
	return a.nl_pid;
}

/* The next event as text; "" when none comes. */
static const char *next_event(struct sock *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	static char text[128];
	char buf[8192], addr[ADDR_STRLEN];
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	struct kern_event e;
	ssize_t len;

	text[0] = 0;
	if (poll(&p, 1, 500) != 1)
		return text;
	len = recv(s->fd, buf, sizeof(buf), 0);
	if (len <= 0 || !nlmsg_ok(nlh, (int)len) || kern_parse_event(nlh, &e))
		return "not an event";
	if (e.type == KERN_EVENT_CHANGE && e.change.pid != (uint32_t)getpid())
		snprintf(text, sizeof(text), "by %u", e.change.pid);
	else if (e.type == KERN_EVENT_CHANGE)
		snprintf(text, sizeof(text), "%s vpn %u: %u %u %u",
			 kern_command_name(e.change.cmd), e.change.vpn,
			 e.change.added, e.change.replaced, e.change.deleted);
	else if (e.type == KERN_EVENT_GATEWAY)
		snprintf(text, sizeof(text), "gateway %u %s %u %u %u",
			 e.gateway.id, addr_format(&e.gateway.address, addr),
			 e.gateway.if_id, e.gateway.mode, e.gateway.state);
	return text;
}

TEST_F(transaction, events_say_whose_request_it_was) {
	struct sock *s = &self->s, *listener = &self->other;
	char buf[8192], comm[16] = "";
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	struct kern_event e;
	struct nl_msg *msg;
	ssize_t len;
	uint32_t seq;

	prctl(PR_GET_NAME, comm);
	ASSERT_EQ(0, sock_listen(listener));
	msg = request(s, CESTEER_CMD_QUEUE_SET, 0);
	nla_put_u32(msg, CESTEER_A_INFO_QUEUE_PACKETS, 7);
	seq = nlmsg_hdr(msg)->nlmsg_seq;
	EXPECT_DONE(ask(s, msg, NULL, NULL));
	len = recv(listener->fd, buf, sizeof(buf), 0);
	ASSERT_TRUE(len > 0 && nlmsg_ok(nlh, (int)len));
	ASSERT_EQ(0, kern_parse_event(nlh, &e));
	EXPECT_EQ(KERN_EVENT_CHANGE, e.type);
	EXPECT_EQ(CESTEER_CMD_QUEUE_SET, e.change.cmd);
	EXPECT_EQ(seq, nlh->nlmsg_seq);
	EXPECT_EQ(port(s), e.change.port);
	EXPECT_NE(port(listener), e.change.port);
	EXPECT_EQ(getpid(), (int)e.change.pid);
	EXPECT_STREQ(comm, e.change.comm);
}

TEST_F(transaction, events_of_changes) {
	struct sock *s = &self->s, *listener = &self->other;
	const uint8_t down = CESTEER_GATEWAY_DOWN;
	struct nl_msg *msg;

	ASSERT_EQ(0, sock_listen(listener));
	ASSERT_EQ(0, add_vpn(s, 7));
	EXPECT_STREQ("vpn-new vpn 7: 0 0 0", next_event(listener));
	EXPECT_DONE(change(s, NEW, 7, false, "10.1.0.0/16 10.2.0.0/16",
			   CESTEER_ACTION_PROTECT, 1));
	EXPECT_STREQ("route-new vpn 7: 2 0 0", next_event(listener));
	EXPECT_DONE(change(s, NEW, 7, false, "10.2.0.0/16 10.3.0.0/16",
			   CESTEER_ACTION_BYPASS, 0));
	EXPECT_STREQ("route-new vpn 7: 1 1 0", next_event(listener));
	EXPECT_DONE(change(s, DEL, 7, false, "10.2.0.0/16", 0, 0));
	EXPECT_STREQ("route-del vpn 7: 0 0 1", next_event(listener));
	EXPECT_DONE(change(s, CESTEER_CMD_SOURCE_NEW, 7, false,
			   "2001:db8::/32 ::/0", 0, 0));
	EXPECT_STREQ("source-new vpn 7: 2 0 0", next_event(listener));
	EXPECT_DONE(change(s, CESTEER_CMD_SOURCE_DEL, 7, false, "::/0", 0, 0));
	EXPECT_STREQ("source-del vpn 7: 0 0 1", next_event(listener));
	ASSERT_EQ(0, add_gateway(s, 9));
	EXPECT_STREQ("gateway 9 192.0.2.9 1009 0 0", next_event(listener));
	EXPECT_STREQ("gateway-new vpn 0: 1 0 0", next_event(listener));
	msg = request(s, CESTEER_CMD_GATEWAY_SET, 0);
	nla_put_u32(msg, CESTEER_A_GATEWAY_ID, 9);
	nla_put(msg, CESTEER_A_GATEWAY_STATE, 1, &down);
	EXPECT_DONE(ask(s, msg, NULL, NULL));
	EXPECT_STREQ("gateway 9 192.0.2.9 1009 0 1", next_event(listener));
	EXPECT_STREQ("gateway-set vpn 0: 0 1 0", next_event(listener));
	EXPECT_DONE(del_gateway(s, 9));
	EXPECT_STREQ("gateway-del vpn 0: 0 0 1", next_event(listener));
	msg = request(s, CESTEER_CMD_VPN_DEL, 0);
	nla_put_u32(msg, CESTEER_A_VPN_ID, 7);
	EXPECT_DONE(ask(s, msg, NULL, NULL));
	EXPECT_STREQ("vpn-del vpn 7: 0 0 3", next_event(listener));
	EXPECT_STREQ("", next_event(listener));
}

TEST_F(transaction, what_changes_nothing_raises_no_event) {
	struct sock *s = &self->s, *listener = &self->other;

	ASSERT_EQ(0, sock_listen(listener));
	EXPECT_REFUSED(ENOENT, change(s, DEL, 0, false, "10.77.0.0/16", 0, 0));
	EXPECT_REFUSED(EINVAL, table(s, COMMIT, 0));
	EXPECT_EQ(-EEXIST, add_gateway(s, 1));
	EXPECT_DONE(table(s, BEGIN, 0));
	EXPECT_DONE(change(s, NEW, 0, true, "10.2.0.0/16 10.3.0.0/16",
			   CESTEER_ACTION_BYPASS, 0));
	EXPECT_STREQ("", next_event(listener));
	/* One event for all of it: two prefixes out, two in. */
	EXPECT_DONE(table(s, COMMIT, 0));
	EXPECT_STREQ("table-commit vpn 0: 2 0 2", next_event(listener));
	EXPECT_DONE(table(s, BEGIN, 0));
	EXPECT_DONE(table(s, ABORT, 0));
	EXPECT_STREQ("", next_event(listener));
}

TEST_HARNESS_MAIN
