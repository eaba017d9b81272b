// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The contract: batches of sources and routes, each applied whole or not at
 * all; what is refused and what the refusal points at; dumps.
 */
#include "contract.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kern/parse.h"
#include "kselftest_harness.h"

#define NEW CESTEER_CMD_ROUTE_NEW
#define DEL CESTEER_CMD_ROUTE_DEL
#define MAX_ROUTES "/sys/module/cesteer/parameters/max_routes"
#define MAX_SOURCES "/sys/module/cesteer/parameters/max_sources"

FIXTURE(table) {
	struct sock s;
};

FIXTURE_SETUP(table) {
	const char *why;

	if (!contract_begin(&why))
		SKIP(return, "%s", why);
	ASSERT_TRUE(sock_open(&self->s));
	ASSERT_EQ(0, add_vpn(&self->s, 0));
	ASSERT_EQ(0, add_gateway(&self->s, 1));
	ASSERT_EQ(0, add_gateway(&self->s, 2));
}

FIXTURE_TEARDOWN(table) {
	sock_close(&self->s);
}

static const char *routes(struct sock *s)
{
	return table_text(s, CESTEER_CMD_ROUTE_GET, 0);
}

static const char *sources(struct sock *s)
{
	return table_text(s, CESTEER_CMD_SOURCE_GET, 0);
}

static struct answer bypass(struct sock *s, const char *prefixes)
{
	return change(s, NEW, 0, false, prefixes, CESTEER_ACTION_BYPASS, 0);
}

TEST_F(table, sources_come_and_go) {
	struct sock *s = &self->s;

	EXPECT_DONE(change(s, CESTEER_CMD_SOURCE_NEW, 0, false,
			   "10.2.0.0/16 10.1.0.0/16 10.1.0.0/24", 0, 0));
	EXPECT_DONE(change(s, CESTEER_CMD_SOURCE_NEW, 0, false,
			   "2001:db8::/32 ::/0", 0, 0));
	/* One that is there stays. */
	EXPECT_DONE(change(s, CESTEER_CMD_SOURCE_NEW, 0, false,
			   "10.1.0.0/16 0.0.0.0/0", 0, 0));
	EXPECT_STREQ("0.0.0.0/0\n10.1.0.0/16\n10.1.0.0/24\n10.2.0.0/16\n"
		     "::/0\n2001:db8::/32\n",
		     sources(s));
	EXPECT_DONE(change(s, CESTEER_CMD_SOURCE_DEL, 0, false,
			   "10.1.0.0/16 0.0.0.0/0", 0, 0));
	EXPECT_DONE(change(s, CESTEER_CMD_SOURCE_DEL, 0, false, "::/0", 0, 0));
	EXPECT_STREQ("10.1.0.0/24\n10.2.0.0/16\n2001:db8::/32\n", sources(s));
}

TEST_F(table, routes_say_what_was_last_said) {
	struct sock *s = &self->s;

	EXPECT_DONE(change(s, NEW, 0, false, "10.1.0.0/16 10.2.0.0/16",
			   CESTEER_ACTION_PROTECT, 1));
	EXPECT_DONE(change(s, NEW, 0, false, "2001:db8::1 ::/0",
			   CESTEER_ACTION_PROTECT, 2));
	EXPECT_DONE(change(s, NEW, 0, false, "10.2.0.0/16",
			   CESTEER_ACTION_DISCARD, 0));
	EXPECT_DONE(change(s, NEW, 0, false, "10.2.0.0/16 10.2.0.0/17",
			   CESTEER_ACTION_PROTECT, 2));
	EXPECT_STREQ("10.1.0.0/16 protect 1\n10.2.0.0/16 protect 2\n"
		     "10.2.0.0/17 protect 2\n"
		     "::/0 protect 2\n2001:db8::1/128 protect 2\n",
		     routes(s));
	EXPECT_DONE(change(s, DEL, 0, false, "10.2.0.0/16", 0, 0));
	EXPECT_STREQ("10.1.0.0/16 protect 1\n10.2.0.0/17 protect 2\n"
		     "::/0 protect 2\n2001:db8::1/128 protect 2\n",
		     routes(s));
}

TEST_F(table, preference_is_kept) {
	static const uint32_t there[] = { 1, 2 }, back[] = { 2, 1 };
	struct nl_msg *msg = request(&self->s, NEW, 0);
	struct nlattr *group = group_begin(msg);

	group_target(msg, CESTEER_ACTION_PROTECT, there, 2);
	group_prefixes(msg, "10.1.0.0/16");
	nla_nest_end(msg, group);
	group = group_begin(msg);
	group_target(msg, CESTEER_ACTION_PROTECT, back, 2);
	group_prefixes(msg, "10.2.0.0/16 10.3.0.0/16");
	nla_nest_end(msg, group);
	EXPECT_DONE(ask(&self->s, msg, NULL, NULL));
	EXPECT_STREQ("10.1.0.0/16 protect 1,2\n10.2.0.0/16 protect 2,1\n"
		     "10.3.0.0/16 protect 2,1\n",
		     routes(&self->s));
}

TEST_F(table, vpns_are_apart) {
	struct sock *s = &self->s;

	ASSERT_EQ(0, add_vpn(s, 10));
	EXPECT_DONE(change(s, NEW, 10, false, "10.1.0.0/16",
			   CESTEER_ACTION_PROTECT, 1));
	EXPECT_DONE(bypass(s, "10.1.0.0/16"));
	EXPECT_STREQ("10.1.0.0/16 bypass\n", routes(s));
	EXPECT_STREQ("10.1.0.0/16 protect 1\n",
		     table_text(s, CESTEER_CMD_ROUTE_GET, 10));
	EXPECT_REFUSED(ENOENT, change(s, NEW, 11, false, "10.1.0.0/16",
				      CESTEER_ACTION_BYPASS, 0));
	EXPECT_REFUSED(ENOENT, change(s, CESTEER_CMD_SOURCE_NEW, 11, false,
				      "10.1.0.0/16", 0, 0));
	EXPECT_STREQ("error: no such VPN",
		     table_text(s, CESTEER_CMD_ROUTE_GET, 11));
}

static struct answer get_route(struct sock *s, const char *prefix,
			       struct last *last)
{
	struct nl_msg *msg = request(s, CESTEER_CMD_ROUTE_GET, 0);
	struct nlattr *group = group_begin(msg);

	group_prefixes(msg, prefix);
	nla_nest_end(msg, group);
	return ask(s, msg, keep_last, last);
}

TEST_F(table, one_route) {
	struct sock *s = &self->s;
	struct last last = { .n = 0 };

	EXPECT_DONE(change(s, NEW, 0, false, "10.1.0.0/16",
			   CESTEER_ACTION_PROTECT, 2));
	EXPECT_DONE(get_route(s, "10.1.0.0/16", &last));
	EXPECT_EQ(1, last.n);
	EXPECT_REFUSED(ENOENT, get_route(s, "10.1.0.0/17", &last));
	EXPECT_REFUSED(ENOENT, get_route(s, "10.0.0.0/8", &last));
	EXPECT_REFUSED(ENOENT, get_route(s, "::/0", &last));
	EXPECT_REFUSED(EINVAL, get_route(s, "10.1.0.0/16 10.2.0.0/16", &last));
	EXPECT_REFUSED(EINVAL, ask(s, request(s, CESTEER_CMD_ROUTE_GET, 0),
				   NULL, NULL));
}

TEST_F(table, what_is_missing_cannot_be_deleted) {
	struct sock *s = &self->s;
	struct answer a;

	EXPECT_DONE(bypass(s, "10.1.0.0/16 10.2.0.0/16 10.3.0.0/16"));
	a = change(s, DEL, 0, false, "10.1.0.0/16 10.9.0.0/16 10.2.0.0/16", 0,
		   0);
	EXPECT_REFUSED(ENOENT, a);
	EXPECT_STREQ("10.9.0.0/16", a.about);
	EXPECT_STREQ("10.1.0.0/16 bypass\n10.2.0.0/16 bypass\n"
		     "10.3.0.0/16 bypass\n",
		     routes(s));
	a = change(s, CESTEER_CMD_SOURCE_DEL, 0, false, "2001:db8::/32", 0, 0);
	EXPECT_REFUSED(ENOENT, a);
	EXPECT_STREQ("2001:db8::/32", a.about);
}

/* A group of raw records. */
static struct answer raw(struct sock *s, uint8_t cmd, int type,
			 const void *records, int len)
{
	struct nl_msg *msg = request(s, cmd, 0);
	struct nlattr *group = group_begin(msg);

	if (cmd == NEW)
		nla_put_u8(msg, CESTEER_A_GROUP_ACTION, CESTEER_ACTION_BYPASS);
	nla_put(msg, type, len, records);
	nla_nest_end(msg, group);
	return ask(s, msg, NULL, NULL);
}

TEST_F(table, prefixes_that_are_none) {
	static const struct cesteer_prefix4 bad4[] = {
		{ { 10, 0, 0, 1 }, 8, { 0 } },
		{ { 10, 128, 0, 0 }, 8, { 0 } },
		{ { 128, 0, 0, 0 }, 0, { 0 } },
		{ { 10, 0, 0, 1 }, 31, { 0 } },
		{ { 10, 0, 0, 0 }, 33, { 0 } },
		{ { 10, 0, 0, 0 }, 255, { 0 } },
		{ { 10, 0, 0, 0 }, 8, { 1, 0, 0 } },
		{ { 10, 0, 0, 0 }, 8, { 0, 0, 1 } },
	};
	static const struct cesteer_prefix6 bad6[] = {
		{ { 0x20, 1, [15] = 1 }, 127, { 0 } },
		{ { 0x20, 1 }, 8, { 0 } },
		{ { 0x20 }, 129, { 0 } },
		{ { 0x20 }, 8, { 0, 1, 0 } },
	};
	struct sock *s = &self->s;
	size_t i;

	for (i = 0; i < sizeof(bad4) / sizeof(*bad4); i++) {
		EXPECT_REFUSED(EINVAL, raw(s, NEW, CESTEER_A_GROUP_PREFIXES4,
					   &bad4[i], sizeof(*bad4)));
		EXPECT_REFUSED(EINVAL, raw(s, CESTEER_CMD_SOURCE_NEW,
					   CESTEER_A_GROUP_PREFIXES4, &bad4[i],
					   sizeof(*bad4)));
		EXPECT_REFUSED(EINVAL, raw(s, DEL, CESTEER_A_GROUP_PREFIXES4,
					   &bad4[i], sizeof(*bad4)));
	}
	for (i = 0; i < sizeof(bad6) / sizeof(*bad6); i++) {
		EXPECT_REFUSED(EINVAL, raw(s, NEW, CESTEER_A_GROUP_PREFIXES6,
					   &bad6[i], sizeof(*bad6)));
		EXPECT_REFUSED(EINVAL, raw(s, CESTEER_CMD_SOURCE_NEW,
					   CESTEER_A_GROUP_PREFIXES6, &bad6[i],
					   sizeof(*bad6)));
	}
	/* Cut within a record, at each octet. */
	for (i = 1; i < sizeof(*bad4); i++)
		EXPECT_REFUSED(EINVAL, raw(s, NEW, CESTEER_A_GROUP_PREFIXES4,
					   bad4, (int)i));
	for (i = 1; i < sizeof(*bad6); i++)
		EXPECT_REFUSED(EINVAL, raw(s, NEW, CESTEER_A_GROUP_PREFIXES6,
					   bad6, (int)i));
	EXPECT_REFUSED(EINVAL, raw(s, NEW, CESTEER_A_GROUP_PREFIXES4, bad4, 0));
	EXPECT_STREQ("", routes(s));
	EXPECT_STREQ("", sources(s));
}

/* A route's target, whatever it is. */
static struct answer target(struct sock *s, int action, const uint32_t *gws,
			    int len)
{
	struct nl_msg *msg = request(s, NEW, 0);
	struct nlattr *group = group_begin(msg);

	if (action >= 0)
		nla_put_u8(msg, CESTEER_A_GROUP_ACTION, (uint8_t)action);
	if (len >= 0)
		nla_put(msg, CESTEER_A_GROUP_GATEWAYS, len, gws);
	group_prefixes(msg, "10.1.0.0/16");
	nla_nest_end(msg, group);
	return ask(s, msg, NULL, NULL);
}

TEST_F(table, targets_that_are_none) {
	static const uint32_t gws[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	static const uint32_t twice[] = { 1, 2, 1 };
	struct sock *s = &self->s;
	struct nl_msg *msg;
	struct nlattr *group;

	EXPECT_REFUSED(EINVAL, target(s, -1, gws, 4));
	EXPECT_REFUSED(ERANGE, target(s, CESTEER_ACTION_UNSPEC, gws, 4));
	EXPECT_REFUSED(ERANGE, target(s, __CESTEER_ACTION_MAX, gws, 4));
	EXPECT_REFUSED(EINVAL, target(s, CESTEER_ACTION_PROTECT, gws, -1));
	EXPECT_REFUSED(EINVAL, target(s, CESTEER_ACTION_PROTECT, gws, 0));
	EXPECT_REFUSED(EINVAL, target(s, CESTEER_ACTION_PROTECT, gws, 3));
	EXPECT_REFUSED(EINVAL, target(s, CESTEER_ACTION_PROTECT, gws, 7));
	EXPECT_REFUSED(ERANGE, target(s, CESTEER_ACTION_PROTECT, gws, 36));
	EXPECT_REFUSED(ENOENT, target(s, CESTEER_ACTION_PROTECT, gws, 12));
	EXPECT_REFUSED(EINVAL, target(s, CESTEER_ACTION_PROTECT, twice, 12));
	EXPECT_REFUSED(EINVAL, target(s, CESTEER_ACTION_BYPASS, gws, 4));
	EXPECT_REFUSED(EINVAL, target(s, CESTEER_ACTION_DISCARD, gws, 4));
	/* Sources have no target, and deleting looks at none. */
	EXPECT_REFUSED(EINVAL, change(s, CESTEER_CMD_SOURCE_NEW, 0, false,
				      "10.1.0.0/16", CESTEER_ACTION_BYPASS, 0));
	EXPECT_DONE(bypass(s, "10.2.0.0/16"));
	EXPECT_REFUSED(EINVAL, change(s, DEL, 0, false, "10.2.0.0/16",
				      CESTEER_ACTION_BYPASS, 0));
	/* Nothing to do, both families, an attribute that is none. */
	EXPECT_REFUSED(EINVAL, ask(s, request(s, NEW, 0), NULL, NULL));
	msg = request(s, NEW, 0);
	group = group_begin(msg);
	group_target(msg, CESTEER_ACTION_BYPASS, NULL, 0);
	group_prefixes(msg, "10.1.0.0/16");
	group_prefixes(msg, "2001:db8::/32");
	nla_nest_end(msg, group);
	EXPECT_REFUSED(EINVAL, ask(s, msg, NULL, NULL));
	msg = request(s, NEW, 0);
	group = group_begin(msg);
	group_target(msg, CESTEER_ACTION_BYPASS, NULL, 0);
	group_prefixes(msg, "10.1.0.0/16");
	nla_put_u32(msg, 77, 1);
	nla_nest_end(msg, group);
	EXPECT_REFUSED(EINVAL, ask(s, msg, NULL, NULL));
	/* A nest that does not say that it is one. */
	msg = request(s, NEW, 0);
	group = nla_nest_start(msg, CESTEER_A_TABLE_GROUP);
	group->nla_type &= (uint16_t)~NLA_F_NESTED;
	group_target(msg, CESTEER_ACTION_BYPASS, NULL, 0);
	group_prefixes(msg, "10.1.0.0/16");
	nla_nest_end(msg, group);
	EXPECT_REFUSED(EINVAL, ask(s, msg, NULL, NULL));
	EXPECT_STREQ("10.2.0.0/16 bypass\n", routes(s));
}

/* n prefixes 10.x.y.0/24 from number first on, as text. */
static const char *many(unsigned int first, unsigned int n)
{
	static char text[128 * 1024];
	size_t len = 0;
	unsigned int i;

	for (i = first; i < first + n; i++)
		len += sprintf(text + len, "%s10.%u.%u.0/24", len ? " " : "",
			       i >> 8, i & 0xff);
	return text;
}

/* One record of a batch made wrong, wherever it is: nothing happens. */
TEST_F(table, a_batch_is_applied_whole_or_not_at_all) {
	static const unsigned int places[] = { 0, 1, 499, 500, 501, 999 };
	struct sock *s = &self->s;
	struct answer a;
	size_t i;

	EXPECT_DONE(change(s, NEW, 0, false, "10.0.0.0/24 10.1.244.0/24",
			   CESTEER_ACTION_PROTECT, 1));
	for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
		struct nl_msg *msg = request(s, NEW, 0);
		struct cesteer_prefix4 *records;
		struct nlattr *group;
		char name[64];
		unsigned int half;

		/* Two groups of 500, with different targets. */
		for (half = 0; half < 2; half++) {
			const uint32_t gateway = 2;

			group = group_begin(msg);
			if (half)
				group_target(msg, CESTEER_ACTION_DISCARD, NULL,
					     0);
			else
				group_target(msg, CESTEER_ACTION_PROTECT,
					     &gateway, 1);
			group_prefixes(msg, many(half * 500, 500));
			/* The records are what was put last. */
			records = nlmsg_tail(nlmsg_hdr(msg));
			records -= 500;
			if (places[i] / 500 == half)
				records[places[i] % 500].addr[3] = 1;
			nla_nest_end(msg, group);
		}
		a = ask(s, msg, NULL, NULL);
		EXPECT_REFUSED(EINVAL, a);
		snprintf(name, sizeof(name), "10.%u.%u.1/24", places[i] >> 8,
			 places[i] & 0xff);
		EXPECT_STREQ(name, a.about);
		EXPECT_STREQ("10.0.0.0/24 protect 1\n10.1.244.0/24 protect 1\n",
			     routes(s));
	}
	/* What the refused batches took hold of, they let go of. */
	a = change(s, DEL, 0, false, "10.0.0.0/24 10.1.244.0/24", 0, 0);
	EXPECT_EQ(0, a.error);
	for (i = 1; i <= 2; i++) {
		struct nl_msg *msg = request(s, CESTEER_CMD_GATEWAY_DEL, 0);

		nla_put_u32(msg, CESTEER_A_GATEWAY_ID, (uint32_t)i);
		EXPECT_DONE(ask(s, msg, NULL, NULL));
	}
}

TEST_F(table, a_prefix_twice_in_a_batch) {
	struct sock *s = &self->s;
	struct nl_msg *msg;

	EXPECT_DONE(change(s, NEW, 0, false, "10.1.0.0/16 10.1.0.0/16",
			   CESTEER_ACTION_PROTECT, 1));
	EXPECT_STREQ("10.1.0.0/16 protect 1\n", routes(s));
	EXPECT_DONE(change(s, NEW, 0, false, "10.1.0.0/16 10.1.0.0/16",
			   CESTEER_ACTION_PROTECT, 2));
	EXPECT_STREQ("10.1.0.0/16 protect 2\n", routes(s));
	msg = request(s, CESTEER_CMD_GATEWAY_DEL, 0);
	nla_put_u32(msg, CESTEER_A_GATEWAY_ID, 1);
	EXPECT_DONE(ask(s, msg, NULL, NULL));
	EXPECT_DONE(change(s, DEL, 0, false, "10.1.0.0/16", 0, 0));
	msg = request(s, CESTEER_CMD_GATEWAY_DEL, 0);
	nla_put_u32(msg, CESTEER_A_GATEWAY_ID, 2);
	EXPECT_DONE(ask(s, msg, NULL, NULL));
}

struct order {
	struct prefix last;
	unsigned int n, wrong;
};

static int in_order(void *arg, const struct kern_route *r)
{
	struct order *o = arg;

	o->wrong += o->n && prefix_cmp(&o->last, &r->prefix) >= 0;
	o->wrong += r->target.gateways[0] != 1U + (r->prefix.b[2] & 1);
	o->last = r->prefix;
	o->n++;
	return 0;
}

static void see_order(void *arg, struct nlmsghdr *nlh)
{
	struct order *o = arg;
	uint32_t vpn;

	o->wrong += !!kern_parse_table(nlh, &vpn, in_order, o);
}

/* Routes number first to end, those of one gateway: every second one. */
static bool fill_part(struct sock *s, unsigned int first, unsigned int end,
		      bool v6, uint32_t gateway)
{
	static uint8_t records[60 * 1024];
	size_t size = v6 ? 20 : 8, len = 0;
	struct nl_msg *msg = request(s, NEW, 0);
	struct nlattr *group = group_begin(msg);
	unsigned int i;

	for (i = first; i < end; i++) {
		uint8_t *rec = records + len;

		if (1 + (i & 1) != gateway)
			continue;
		memset(rec, 0, size);
		rec[0] = v6 ? 0x20 : 10;
		rec[1] = (uint8_t)(i >> 8);
		rec[2] = (uint8_t)i;
		rec[size - 4] = 24;
		len += size;
	}
	group_target(msg, CESTEER_ACTION_PROTECT, &gateway, 1);
	nla_put(msg, v6 ? CESTEER_A_GROUP_PREFIXES6 : CESTEER_A_GROUP_PREFIXES4,
		(int)len, records);
	nla_nest_end(msg, group);
	return !ask(s, msg, NULL, NULL).error;
}

/* Neighbours have different targets, so that each is a group of its own. */
static bool fill(struct sock *s, unsigned int n, bool v6)
{
	unsigned int first;

	for (first = 0; first < n; first += 4000) {
		unsigned int end = first + 4000 < n ? first + 4000 : n;

		if (!fill_part(s, first, end, v6, 1) ||
		    !fill_part(s, first, end, v6, 2))
			return false;
	}
	return true;
}

TEST_F_TIMEOUT(table, a_dump_larger_than_one_message, 120)
{
	struct order o = { .n = 0 };
	struct answer a;

	ASSERT_TRUE(fill(&self->s, 20000, false) && fill(&self->s, 5000, true));
	a = ask(&self->s, request(&self->s, CESTEER_CMD_ROUTE_GET, NLM_F_DUMP),
		see_order, &o);
	EXPECT_EQ(0, a.error);
	EXPECT_EQ(25000, o.n);
	EXPECT_EQ(0, o.wrong);
	EXPECT_LT(10, a.datagrams);
	EXPECT_FALSE(a.interrupted);
}

TEST_F_TIMEOUT(table, a_dump_that_changes_interrupt, 120)
{
	struct answer a = { .error = 0 };
	struct order o = { .n = 0 };
	struct sock other;

	ASSERT_TRUE(sock_open(&other));
	ASSERT_TRUE(fill(&self->s, 20000, false));
	send_only(&self->s,
		  request(&self->s, CESTEER_CMD_ROUTE_GET, NLM_F_DUMP));
	ASSERT_TRUE(receive_some(&self->s, &a, see_order, &o));
	EXPECT_FALSE(a.interrupted);
	/* Behind and before where the dump is. */
	EXPECT_DONE(change(&other, NEW, 0, false, "1.0.0.0/8 240.0.0.0/8",
			   CESTEER_ACTION_PROTECT, 1));
	while (receive_some(&self->s, &a, see_order, &o))
		;
	EXPECT_EQ(0, a.error);
	EXPECT_TRUE(a.interrupted);
	EXPECT_EQ(20001, o.n);
	EXPECT_EQ(0, o.wrong);
	/* Undisturbed, it is not. */
	o = (struct order){ .n = 0 };
	a = ask(&self->s, request(&self->s, CESTEER_CMD_ROUTE_GET, NLM_F_DUMP),
		see_order, &o);
	EXPECT_FALSE(a.interrupted);
	EXPECT_EQ(20002, o.n);
	sock_close(&other);
}

/* What a gateway is set to is a change like any other. */
TEST_F_TIMEOUT(table, a_gateway_that_is_set_interrupts_it, 120)
{
	struct answer a = { .error = 0 };
	struct order o = { .n = 0 };
	struct sock other;
	struct nl_msg *msg;

	ASSERT_TRUE(sock_open(&other));
	ASSERT_TRUE(fill(&self->s, 8000, false));
	send_only(&self->s,
		  request(&self->s, CESTEER_CMD_ROUTE_GET, NLM_F_DUMP));
	ASSERT_TRUE(receive_some(&self->s, &a, see_order, &o));
	msg = request(&other, CESTEER_CMD_GATEWAY_SET, 0);
	nla_put_u32(msg, CESTEER_A_GATEWAY_ID, 1);
	nla_put_u8(msg, CESTEER_A_GATEWAY_STATE, CESTEER_GATEWAY_DOWN);
	EXPECT_DONE(ask(&other, msg, NULL, NULL));
	while (receive_some(&self->s, &a, see_order, &o))
		;
	EXPECT_TRUE(a.interrupted);
	EXPECT_EQ(8000, o.n);
	sock_close(&other);
}

/* A VPN that is deleted ends its dump, and hurts nobody. */
TEST_F_TIMEOUT(table, a_dump_whose_vpn_goes, 120)
{
	struct answer a = { .error = 0 };
	struct order o = { .n = 0 };
	struct nl_msg *msg;
	struct sock other;

	ASSERT_TRUE(sock_open(&other));
	ASSERT_TRUE(fill(&self->s, 20000, false));
	send_only(&self->s,
		  request(&self->s, CESTEER_CMD_ROUTE_GET, NLM_F_DUMP));
	ASSERT_TRUE(receive_some(&self->s, &a, see_order, &o));
	msg = request(&other, CESTEER_CMD_VPN_DEL, 0);
	nla_put_u32(msg, CESTEER_A_VPN_ID, 0);
	EXPECT_DONE(ask(&other, msg, NULL, NULL));
	while (receive_some(&self->s, &a, see_order, &o))
		;
	EXPECT_EQ(-ENOENT, a.error);
	EXPECT_LT(o.n, 20000);
	sock_close(&other);
}

static bool set_limit(const char *path, const char *value, char *old,
		      size_t len)
{
	int fd = open(path, O_RDWR);
	ssize_t got;
	bool ok;

	if (fd < 0)
		return false;
	got = old ? read(fd, old, len - 1) : 1;
	if (old && got > 0)
		old[got] = 0;
	lseek(fd, 0, SEEK_SET);
	ok = got > 0 && write(fd, value, strlen(value)) > 0;
	close(fd);
	return ok;
}

TEST_F(table, limits_are_kept) {
	struct sock *s = &self->s;
	char max_routes[32], max_sources[32];

	ASSERT_TRUE(set_limit(MAX_ROUTES, "3", max_routes, 32));
	ASSERT_TRUE(set_limit(MAX_SOURCES, "1", max_sources, 32));
	ASSERT_EQ(0, add_vpn(s, 1));
	EXPECT_DONE(bypass(s, "10.1.0.0/16 10.2.0.0/16"));
	EXPECT_REFUSED(ENOSPC, bypass(s, "10.3.0.0/16 10.4.0.0/16"));
	/* What is there does not count twice; other VPNs count too. */
	EXPECT_DONE(bypass(s, "10.1.0.0/16 10.2.0.0/16 10.3.0.0/16"));
	EXPECT_REFUSED(ENOSPC, change(s, NEW, 1, false, "10.1.0.0/16",
				      CESTEER_ACTION_BYPASS, 0));
	EXPECT_REFUSED(ENOSPC, change(s, CESTEER_CMD_SOURCE_NEW, 1, false,
				      "10.1.0.0/16 10.2.0.0/16", 0, 0));
	EXPECT_DONE(change(s, DEL, 0, false, "10.1.0.0/16", 0, 0));
	EXPECT_DONE(change(s, NEW, 1, false, "10.1.0.0/16",
			   CESTEER_ACTION_BYPASS, 0));
	EXPECT_STREQ("10.2.0.0/16 bypass\n10.3.0.0/16 bypass\n", routes(s));
	EXPECT_TRUE(set_limit(MAX_ROUTES, max_routes, NULL, 0));
	EXPECT_TRUE(set_limit(MAX_SOURCES, max_sources, NULL, 0));
}

TEST_HARNESS_MAIN
