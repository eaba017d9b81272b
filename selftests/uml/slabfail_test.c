// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation that a request makes in the kernel fails once. The request
 * must then be refused and have changed nothing, or be done and whole; and in
 * the end the tables must hold what they held, to the octet of memory. That nothing else
 * was lost is kmemleak's to say, when the guest ends.
 */
#include "../netlink/contract.h"
#include "fault.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include "kselftest_harness.h"

#define GATEWAYS 8
#define GROUPS 24 /* more targets than a namespace begins with room for */
#define VPN 0

/* All that the namespace's dumps say, as it came. */
struct state {
	size_t len;
	char b[128 * 1024];
};

static struct state before, after, now;

/* What each fixture has: a namespace with a VPN, gateways and a listener. */
struct bench {
	struct sock s, listener;
};

FIXTURE(object) {
	struct bench b;
};

FIXTURE(batch) {
	struct bench b;
};

FIXTURE_VARIANT(batch)
{
	uint8_t there, back;
	bool v6;
};

FIXTURE(question) {
	struct bench b;
};

static const char *bench_begin(struct bench *b)
{
	struct timeval patience = { .tv_sec = 5 };
	const char *why;
	uint32_t i;

	if (!contract_begin(&why) || !fault_begin(&why))
		return why;
	if (!sock_open(&b->s) || !sock_open(&b->listener) ||
	    sock_listen(&b->listener))
		abort();
	setsockopt(b->s.fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		   sizeof(patience));
	if (add_vpn(&b->s, VPN))
		abort();
	for (i = 1; i <= GATEWAYS; i++)
		if (add_gateway(&b->s, i))
			abort();
	return NULL;
}

static void bench_end(struct bench *b)
{
	sock_close(&b->listener);
	sock_close(&b->s);
}

static void keep(void *arg, struct nlmsghdr *nlh)
{
	struct state *st = arg;
	size_t len = nlh->nlmsg_len - NLMSG_HDRLEN;

	if (st->len + len > sizeof(st->b))
		abort();
	memcpy(st->b + st->len, NLMSG_DATA(nlh), len);
	st->len += len;
}

static void take(struct sock *s, struct state *st)
{
	static const struct {
		uint8_t cmd;
		int flags;
	} all[] = {
		{ CESTEER_CMD_INFO_GET, 0 },
		{ CESTEER_CMD_VPN_GET, NLM_F_DUMP },
		{ CESTEER_CMD_GATEWAY_GET, NLM_F_DUMP },
		{ CESTEER_CMD_SOURCE_GET, NLM_F_DUMP },
		{ CESTEER_CMD_ROUTE_GET, NLM_F_DUMP },
	};
	size_t i;

	st->len = 0;
	for (i = 0; i < ARRAY_SIZE(all); i++)
		ask(s, request(s, all[i].cmd, all[i].flags), keep, st);
}

static bool same(const struct state *a, const struct state *b)
{
	return a->len == b->len && !memcmp(a->b, b->b, a->len);
}

enum outcome {
	REFUSED, /* whatever the reason */
	DONE,
	UNSAID, /* even the answer failed: done or not */
};

/* One request, with its nth allocation failing. */
static enum outcome attempt(struct sock *s, struct nl_msg *msg,
			    unsigned int nth, bool *fired)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct answer a = { .error = 0 };
	ssize_t sent;

	s->seq = nlh->nlmsg_seq;
	fault_arm(nth);
	sent = send(s->fd, nlh, nlh->nlmsg_len, 0);
	*fired = fault_disarm();
	nlmsg_free(msg);
	if (sent < 0)
		return REFUSED;
	while (receive_some(s, &a, NULL, NULL))
		;
	if (a.error == -ENOBUFS)
		return UNSAID;
	return a.error ? REFUSED : DONE;
}

static void drain(struct sock *s)
{
	static char buf[65536];

	while (recv(s->fd, buf, sizeof(buf), MSG_DONTWAIT) > 0 ||
	       errno != EAGAIN)
		;
}

typedef struct nl_msg *(*make_fn)(struct sock *s);
typedef void (*undo_fn)(struct sock *s);

static void no_undo(struct sock *s)
{
}

/* Try a request with each of its allocations failing, and with none. */
static void fail_each(struct __test_metadata *_metadata, struct bench *b,
		      make_fn make, undo_fn undo)
{
	struct sock *s = &b->s;
	enum outcome outcome;
	unsigned int nth;
	bool fired;

	/* Once there and back: a table keeps the shape that it grew into. */
	EXPECT_DONE(ask(s, make(s), NULL, NULL));
	undo(s);
	take(s, &before);
	EXPECT_DONE(ask(s, make(s), NULL, NULL));
	take(s, &after);
	undo(s);
	take(s, &now);
	ASSERT_TRUE(same(&now, &before))
	{
		TH_LOG("the test's own way back is not one");
	}
	for (nth = 1; nth < FAULT_MAX; nth++) {
		outcome = attempt(s, make(s), nth, &fired);
		drain(&b->listener);
		take(s, &now);
		if (!fired)
			break;
		if (same(&now, &after)) {
			if (undo != no_undo)
				EXPECT_NE(REFUSED, outcome)
				{
					TH_LOG("%u: done, but refused", nth);
				}
			undo(s);
			continue;
		}
		ASSERT_TRUE(same(&now, &before))
		{
			TH_LOG("%u: neither done nor undone", nth);
		}
		EXPECT_NE(DONE, outcome)
		{
			TH_LOG("%u: not done, but said so", nth);
		}
	}
	TH_LOG("%u allocations failed", nth - 1);
	ASSERT_GT(FAULT_MAX, nth);
	EXPECT_LT(2, nth);
	EXPECT_EQ(DONE, outcome);
	EXPECT_TRUE(same(&now, &after));
}

/* ---- requests ------------------------------------------------------------ */

static struct nl_msg *vpn_request(struct sock *s, uint8_t cmd, uint32_t id)
{
	struct nl_msg *msg = request(s, cmd, 0);

	nla_put_u32(msg, CESTEER_A_VPN_ID, id);
	return msg;
}

static struct nl_msg *gateway_request(struct sock *s, uint8_t cmd, uint32_t id)
{
	struct nl_msg *msg = request(s, cmd, 0);

	nla_put_u32(msg, CESTEER_A_GATEWAY_ID, id);
	return msg;
}

static struct nl_msg *table_request(struct sock *s, uint8_t cmd)
{
	struct nl_msg *msg = request(s, cmd, 0);

	nla_put_u32(msg, CESTEER_A_TABLE_VPN, VPN);
	return msg;
}

/*
 * A batch of many groups. Two batches with another set, 0 or 1, say something
 * else about the same prefixes.
 */
struct batch {
	uint8_t cmd;
	bool v6, transaction;
	unsigned int set;
};

static struct nl_msg *batch(struct sock *s, const struct batch *b)
{
	struct nl_msg *msg = table_request(s, b->cmd);
	uint32_t ids[2];
	unsigned int i;
	char text[128];

	if (b->transaction)
		nla_put_flag(msg, CESTEER_A_TABLE_TRANSACTION);
	for (i = 0; i < GROUPS; i++) {
		struct nlattr *group = group_begin(msg);

		/* Pairs, all different: 1 to 3 apart, in either order. */
		ids[b->set] = 1 + i % GATEWAYS;
		ids[!b->set] = 1 + (i + 1 + i / GATEWAYS) % GATEWAYS;
		if (b->cmd == CESTEER_CMD_ROUTE_NEW)
			group_target(msg, CESTEER_ACTION_PROTECT, ids, 2);
		if (b->v6)
			sprintf(text, "2001:db8:%u::/48 2001:db8:%u:1::/64", i,
				i);
		else
			sprintf(text, "10.%u.0.0/16 10.%u.1.0/24 10.%u.1.9/32",
				i, i, i);
		group_prefixes(msg, text);
		nla_nest_end(msg, group);
	}
	return msg;
}

static struct answer send_batch(struct sock *s, uint8_t cmd, bool v6,
				bool transaction, unsigned int set)
{
	const struct batch b = { cmd, v6, transaction, set };

	return ask(s, batch(s, &b), NULL, NULL);
}

/* ---- objects ------------------------------------------------------------- */

FIXTURE_SETUP(object) {
	const char *why = bench_begin(&self->b);

	if (why)
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN(object) {
	bench_end(&self->b);
}

static struct nl_msg *vpn_new(struct sock *s)
{
	return vpn_request(s, CESTEER_CMD_VPN_NEW, 7);
}

static void vpn_new_undo(struct sock *s)
{
	ask(s, vpn_request(s, CESTEER_CMD_VPN_DEL, 7), NULL, NULL);
}

TEST_F_TIMEOUT(object, vpn_new, 120)
{
	fail_each(_metadata, &self->b, vpn_new, vpn_new_undo);
}

TEST_F_TIMEOUT(object, vpn_new_that_is_the_first, 120)
{
	ask(&self->b.s, vpn_request(&self->b.s, CESTEER_CMD_VPN_DEL, VPN), NULL,
	    NULL);
	fail_each(_metadata, &self->b, vpn_new, vpn_new_undo);
}

static struct nl_msg *vpn_del(struct sock *s)
{
	return vpn_request(s, CESTEER_CMD_VPN_DEL, VPN);
}

static void vpn_del_undo(struct sock *s)
{
	add_vpn(s, VPN);
	send_batch(s, CESTEER_CMD_ROUTE_NEW, false, false, 0);
	send_batch(s, CESTEER_CMD_SOURCE_NEW, true, false, 0);
}

TEST_F_TIMEOUT(object, vpn_del, 120)
{
	send_batch(&self->b.s, CESTEER_CMD_ROUTE_NEW, false, false, 0);
	send_batch(&self->b.s, CESTEER_CMD_SOURCE_NEW, true, false, 0);
	fail_each(_metadata, &self->b, vpn_del, vpn_del_undo);
}

static struct nl_msg *gateway_new(struct sock *s)
{
	static const uint8_t addr[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 9 };
	struct nl_msg *msg = gateway_request(s, CESTEER_CMD_GATEWAY_NEW, 900);

	nla_put(msg, CESTEER_A_GATEWAY_ADDR6, sizeof(addr), addr);
	nla_put_u32(msg, CESTEER_A_GATEWAY_IF_ID, 9000000);
	return msg;
}

static void gateway_new_undo(struct sock *s)
{
	ask(s, gateway_request(s, CESTEER_CMD_GATEWAY_DEL, 900), NULL, NULL);
}

TEST_F_TIMEOUT(object, gateway_new, 120)
{
	fail_each(_metadata, &self->b, gateway_new, gateway_new_undo);
}

static struct nl_msg *gateway_del(struct sock *s)
{
	return gateway_request(s, CESTEER_CMD_GATEWAY_DEL, 3);
}

static void gateway_del_undo(struct sock *s)
{
	add_gateway(s, 3);
}

TEST_F_TIMEOUT(object, gateway_del, 120)
{
	fail_each(_metadata, &self->b, gateway_del, gateway_del_undo);
}

static struct nl_msg *gateway_set(struct sock *s)
{
	struct nl_msg *msg = gateway_request(s, CESTEER_CMD_GATEWAY_SET, 3);

	nla_put_u8(msg, CESTEER_A_GATEWAY_STATE, CESTEER_GATEWAY_DOWN);
	return msg;
}

static void gateway_set_undo(struct sock *s)
{
	struct nl_msg *msg = gateway_request(s, CESTEER_CMD_GATEWAY_SET, 3);

	nla_put_u8(msg, CESTEER_A_GATEWAY_STATE, CESTEER_GATEWAY_USABLE);
	ask(s, msg, NULL, NULL);
}

TEST_F_TIMEOUT(object, gateway_set, 120)
{
	fail_each(_metadata, &self->b, gateway_set, gateway_set_undo);
}

/* ---- batches ------------------------------------------------------------- */

/* The batch that the running test is about, and the one that takes it back. */
static struct batch there, back;

static struct nl_msg *batch_there(struct sock *s)
{
	return batch(s, &there);
}

static void batch_back(struct sock *s)
{
	ask(s, batch(s, &back), NULL, NULL);
}

/* clang-format off */
FIXTURE_VARIANT_ADD(batch, routes4_new) {
	CESTEER_CMD_ROUTE_NEW, CESTEER_CMD_ROUTE_DEL, false,
};

FIXTURE_VARIANT_ADD(batch, routes4_del) {
	CESTEER_CMD_ROUTE_DEL, CESTEER_CMD_ROUTE_NEW, false,
};

FIXTURE_VARIANT_ADD(batch, routes6_new) {
	CESTEER_CMD_ROUTE_NEW, CESTEER_CMD_ROUTE_DEL, true,
};

FIXTURE_VARIANT_ADD(batch, routes6_del) {
	CESTEER_CMD_ROUTE_DEL, CESTEER_CMD_ROUTE_NEW, true,
};

FIXTURE_VARIANT_ADD(batch, sources4_new) {
	CESTEER_CMD_SOURCE_NEW, CESTEER_CMD_SOURCE_DEL, false,
};

FIXTURE_VARIANT_ADD(batch, sources4_del) {
	CESTEER_CMD_SOURCE_DEL, CESTEER_CMD_SOURCE_NEW, false,
};

FIXTURE_VARIANT_ADD(batch, sources6_new) {
	CESTEER_CMD_SOURCE_NEW, CESTEER_CMD_SOURCE_DEL, true,
};

FIXTURE_VARIANT_ADD(batch, sources6_del) {
	CESTEER_CMD_SOURCE_DEL, CESTEER_CMD_SOURCE_NEW, true,
};

/* clang-format on */

FIXTURE_SETUP(batch) {
	const char *why = bench_begin(&self->b);

	if (why)
		SKIP(return, "%s", why);
	there.cmd = variant->there;
	there.v6 = variant->v6;
	back.cmd = variant->back;
	back.v6 = variant->v6;
}

FIXTURE_TEARDOWN(batch) {
	bench_end(&self->b);
}

TEST_F_TIMEOUT(batch, whole_or_not, 240)
{
	batch_back(&self->b.s);
	fail_each(_metadata, &self->b, batch_there, batch_back);
}

TEST_F_TIMEOUT(object, routes_replaced, 240)
{
	there.cmd = CESTEER_CMD_ROUTE_NEW;
	back.cmd = CESTEER_CMD_ROUTE_NEW;
	there.set = 1;
	batch_back(&self->b.s);
	fail_each(_metadata, &self->b, batch_there, batch_back);
}

/* ---- transactions -------------------------------------------------------- */

static void end_transaction(struct sock *s, uint8_t cmd)
{
	ask(s, table_request(s, cmd), NULL, NULL);
}

static struct nl_msg *begin(struct sock *s)
{
	return table_request(s, CESTEER_CMD_TABLE_BEGIN);
}

static void begin_undo(struct sock *s)
{
	end_transaction(s, CESTEER_CMD_TABLE_ABORT);
}

TEST_F_TIMEOUT(object, transaction_begun, 120)
{
	fail_each(_metadata, &self->b, begin, begin_undo);
}

static void begin_again(struct sock *s)
{
	end_transaction(s, CESTEER_CMD_TABLE_ABORT);
	ask(s, begin(s), NULL, NULL);
}

TEST_F_TIMEOUT(object, routes_in_a_transaction, 240)
{
	there.cmd = CESTEER_CMD_ROUTE_NEW;
	there.transaction = true;
	ask(&self->b.s, begin(&self->b.s), NULL, NULL);
	fail_each(_metadata, &self->b, batch_there, begin_again);
}

/* A table of set 0 in use, one of set 1 beside it. */
static void two_tables(struct sock *s)
{
	unsigned int set;

	for (set = 0; set < 2; set++) {
		ask(s, begin(s), NULL, NULL);
		send_batch(s, CESTEER_CMD_ROUTE_NEW, false, true, set);
		send_batch(s, CESTEER_CMD_SOURCE_NEW, true, true, 0);
		if (!set)
			end_transaction(s, CESTEER_CMD_TABLE_COMMIT);
	}
}

static struct nl_msg *commit(struct sock *s)
{
	return table_request(s, CESTEER_CMD_TABLE_COMMIT);
}

TEST_F_TIMEOUT(object, transaction_committed, 120)
{
	two_tables(&self->b.s);
	fail_each(_metadata, &self->b, commit, two_tables);
}

static struct nl_msg *abandon(struct sock *s)
{
	return table_request(s, CESTEER_CMD_TABLE_ABORT);
}

static void two_tables_again(struct sock *s)
{
	end_transaction(s, CESTEER_CMD_TABLE_ABORT);
	two_tables(s);
}

TEST_F_TIMEOUT(object, transaction_abandoned, 120)
{
	two_tables(&self->b.s);
	fail_each(_metadata, &self->b, abandon, two_tables_again);
}

/* ---- questions ----------------------------------------------------------- */

static struct nl_msg *explain(struct sock *s)
{
	static const uint8_t dst[4] = { 10, 3, 1, 9 }, src[4] = { 10, 9 };
	struct nl_msg *msg = request(s, CESTEER_CMD_EXPLAIN, 0);

	nla_put(msg, CESTEER_A_EXPLAIN_SRC4, sizeof(src), src);
	nla_put(msg, CESTEER_A_EXPLAIN_DST4, sizeof(dst), dst);
	return msg;
}

static struct nl_msg *gateway_get(struct sock *s)
{
	return gateway_request(s, CESTEER_CMD_GATEWAY_GET, 3);
}

static struct nl_msg *route_get(struct sock *s)
{
	struct nl_msg *msg = table_request(s, CESTEER_CMD_ROUTE_GET);
	struct nlattr *group = group_begin(msg);

	group_prefixes(msg, "10.3.1.9/32");
	nla_nest_end(msg, group);
	return msg;
}

FIXTURE_VARIANT(question)
{
	uint8_t cmd;
	int flags;
	make_fn make; /* NULL: there are no attributes */
};

/* clang-format off */
FIXTURE_VARIANT_ADD(question, info) {
	CESTEER_CMD_INFO_GET, 0, NULL,
};

FIXTURE_VARIANT_ADD(question, vpns) {
	CESTEER_CMD_VPN_GET, NLM_F_DUMP, NULL,
};

FIXTURE_VARIANT_ADD(question, gateways) {
	CESTEER_CMD_GATEWAY_GET, NLM_F_DUMP, NULL,
};

FIXTURE_VARIANT_ADD(question, sources) {
	CESTEER_CMD_SOURCE_GET, NLM_F_DUMP, NULL,
};

FIXTURE_VARIANT_ADD(question, routes) {
	CESTEER_CMD_ROUTE_GET, NLM_F_DUMP, NULL,
};

FIXTURE_VARIANT_ADD(question, counters) {
	CESTEER_CMD_COUNTERS_GET, NLM_F_DUMP, NULL,
};

FIXTURE_VARIANT_ADD(question, gateway) {
	0, 0, gateway_get,
};

FIXTURE_VARIANT_ADD(question, route) {
	0, 0, route_get,
};

FIXTURE_VARIANT_ADD(question, explain) {
	0, 0, explain,
};

/* clang-format on */

/* The variant that the running test is about. */
static uint8_t plain_cmd;
static int plain_flags;

static struct nl_msg *plain(struct sock *s)
{
	return request(s, plain_cmd, plain_flags);
}

FIXTURE_SETUP(question) {
	const char *why = bench_begin(&self->b);

	if (why)
		SKIP(return, "%s", why);
	plain_cmd = variant->cmd;
	plain_flags = variant->flags;
	send_batch(&self->b.s, CESTEER_CMD_ROUTE_NEW, false, false, 0);
	send_batch(&self->b.s, CESTEER_CMD_SOURCE_NEW, true, false, 0);
}

FIXTURE_TEARDOWN(question) {
	bench_end(&self->b);
}

TEST_F_TIMEOUT(question, changes_nothing, 120)
{
	fail_each(_metadata, &self->b, variant->make ?: plain, no_undo);
}

TEST_HARNESS_MAIN
