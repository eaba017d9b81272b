// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kern/batch, kern/parse and kern/refusal against each other: what a batch
 * says is what its messages parse to, and an offset into a message names the
 * record that is there.
 */
#include "kern/batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <netlink/genl/genl.h>
#include "kern/parse.h"
#include "kern/refusal.h"
#include "kselftest_harness.h"

#define VPN 7

struct seen {
	struct kern_route *r;
	size_t n;
};

/* With room for so many octets of entries, and no more. */
static struct nl_msg *message(uint8_t cmd, size_t octets)
{
	struct nl_msg *msg =
		nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN +
				 (size_t)nla_total_size(4) + octets);

	if (!msg || !genlmsg_put(msg, 0, 1, 0x20, 0, NLM_F_REQUEST, cmd, 1) ||
	    nla_put_u32(msg, CESTEER_A_TABLE_VPN, VPN))
		abort();
	return msg;
}

static int see(void *arg, const struct kern_route *r)
{
	struct seen *s = arg;

	s->r[s->n++] = *r;
	return 0;
}

/* Route number i: n_targets targets in turn. */
static struct kern_route numbered(uint32_t i, uint32_t n_targets, bool v6)
{
	struct kern_route r;
	uint32_t t = i % n_targets;

	memset(&r, 0, sizeof(r));
	r.prefix.family = v6 ? AF_INET6 : AF_INET;
	r.prefix.len = 24;
	r.prefix.b[0] = (uint8_t)(i >> 16);
	r.prefix.b[1] = (uint8_t)(i >> 8);
	r.prefix.b[2] = (uint8_t)i;
	r.target.action = t ? CESTEER_ACTION_PROTECT : CESTEER_ACTION_BYPASS;
	r.target.n_gateways = t ? 1 + t % CESTEER_GATEWAYS_MAX : 0;
	for (t = 0; t < r.target.n_gateways; t++)
		r.target.gateways[t] = i % n_targets + t;
	return r;
}

static int route_cmp(const void *a, const void *b)
{
	const struct kern_route *ra = a, *rb = b;

	return prefix_cmp(&ra->prefix, &rb->prefix);
}

FIXTURE(batch) {
	struct kern_route *r;
	struct kern_entry *e;
	struct seen seen;
	size_t n, messages;
};

FIXTURE_VARIANT(batch)
{
	uint32_t n, n_targets;
	bool v6;
	size_t messages_max;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(batch, one) { 1, 1, false, 1 };
FIXTURE_VARIANT_ADD(batch, one_target) { 40000, 1, false, 3 };
FIXTURE_VARIANT_ADD(batch, one_target_v6) { 20000, 1, true, 4 };
FIXTURE_VARIANT_ADD(batch, few_targets) { 20000, 5, true, 20 };
FIXTURE_VARIANT_ADD(batch, each_its_own) { 20000, 20000, true, 20 };
/* clang-format on */

FIXTURE_SETUP(batch) {
	size_t i;

	self->n = variant->n;
	self->messages = 0;
	self->r = calloc(self->n, sizeof(*self->r));
	self->e = calloc(self->n, sizeof(*self->e));
	self->seen.r = calloc(self->n, sizeof(*self->r));
	self->seen.n = 0;
	ASSERT_TRUE(self->r && self->e && self->seen.r);
	for (i = 0; i < self->n; i++)
		self->r[i] =
			numbered((uint32_t)i, variant->n_targets, variant->v6);
	for (i = 0; i < self->n; i++) {
		self->e[i].prefix = &self->r[i].prefix;
		self->e[i].target = &self->r[i].target;
	}
}

FIXTURE_TEARDOWN(batch) {
	free(self->r);
	free(self->e);
	free(self->seen.r);
}

TEST_F(batch, round_trip) {
	size_t done, fit, i;
	uint32_t vpn = 0;

	for (done = 0; done < self->n; done += fit) {
		size_t octets;
		struct nl_msg *msg;

		fit = kern_batch_fit(self->e + done, self->n - done, &octets);
		msg = message(CESTEER_CMD_ROUTE_NEW, octets);
		ASSERT_GE(KERN_BATCH_LEN, octets);
		ASSERT_GT(fit, 0);
		ASSERT_LE(done + fit, self->n);
		ASSERT_TRUE(kern_batch_put(msg, self->e + done, fit));
		ASSERT_EQ(0, kern_parse_table(nlmsg_hdr(msg), &vpn, see,
					      &self->seen));
		EXPECT_EQ(VPN, vpn);
		/* A message holds the entries that fit, and those alone. */
		EXPECT_EQ(done + fit, self->seen.n);
		nlmsg_free(msg);
		self->messages++;
	}
	EXPECT_LE(self->messages, variant->messages_max);
	ASSERT_EQ(self->n, self->seen.n);
	qsort(self->r, self->n, sizeof(*self->r), route_cmp);
	qsort(self->seen.r, self->n, sizeof(*self->r), route_cmp);
	for (i = 0; i < self->n; i++) {
		ASSERT_EQ(0, route_cmp(&self->r[i], &self->seen.r[i]));
		ASSERT_TRUE(kern_target_equal(&self->r[i].target,
					      &self->seen.r[i].target));
	}
}

/* The kernel takes one family a message; in order, that costs one cut. */
TEST(families_are_cut_apart) {
	struct kern_route r[4] = { numbered(1, 1, false), numbered(2, 1, false),
				   numbered(1, 1, true), numbered(2, 1, true) };
	struct kern_entry e[4];
	size_t octets;
	int i;

	for (i = 0; i < 4; i++)
		e[i] = (struct kern_entry){ &r[i].prefix, &r[i].target };
	EXPECT_EQ(2, kern_batch_fit(e, 4, &octets));
	EXPECT_EQ(2, kern_batch_fit(e + 2, 2, &octets));
	e[1] = e[2];
	EXPECT_EQ(1, kern_batch_fit(e, 4, &octets));
}

TEST(prefixes_alone_have_no_target) {
	struct kern_route r = numbered(9, 1, false), got;
	struct kern_entry e = { .prefix = &r.prefix };
	struct nl_msg *msg = message(CESTEER_CMD_ROUTE_DEL, 64);
	struct seen seen = { .r = &got };
	uint32_t vpn;

	ASSERT_TRUE(kern_batch_put(msg, &e, 1));
	ASSERT_EQ(0, kern_parse_table(nlmsg_hdr(msg), &vpn, see, &seen));
	ASSERT_EQ(1, seen.n);
	EXPECT_EQ(0, prefix_cmp(&r.prefix, &got.prefix));
	EXPECT_EQ(CESTEER_ACTION_UNSPEC, got.target.action);
	EXPECT_EQ(0, got.target.n_gateways);
	nlmsg_free(msg);
}

/* Every octet of every record, as the kernel would point at it. */
TEST(offsets_name_the_record) {
	enum { N = 60 };
	struct kern_route r[N];
	struct kern_entry e[N];
	struct nl_msg *msg = message(CESTEER_CMD_ROUTE_NEW, KERN_BATCH_LEN);
	struct nlmsghdr *nlh;
	unsigned int named = 0;
	uint32_t offset, i;

	for (i = 0; i < N; i++) {
		r[i] = numbered(i, 4, false);
		e[i].prefix = &r[i].prefix;
		e[i].target = &r[i].target;
	}
	ASSERT_TRUE(kern_batch_put(msg, e, N));
	nlh = nlmsg_hdr(msg);
	for (i = 0; i < N; i++) {
		size_t octets = addr_bits(r[i].prefix.family) / 8;
		char rec[sizeof(struct cesteer_prefix6)] = { 0 };
		struct prefix p;
		size_t more;

		memcpy(rec, r[i].prefix.b, octets);
		rec[octets] = (char)r[i].prefix.len;
		/* Records are found by what they hold: all differ. */
		for (offset = 0; offset + octets + 4 <= nlh->nlmsg_len;
		     offset += 4)
			if (!memcmp((char *)nlh + offset, rec, octets + 4))
				break;
		ASSERT_LT(offset + octets, nlh->nlmsg_len);
		ASSERT_TRUE(kern_refusal_prefix(nlh, offset, &p, &more));
		EXPECT_EQ(0, more);
		EXPECT_EQ(0, prefix_cmp(&p, &r[i].prefix));
		ASSERT_TRUE(kern_refusal_prefix(nlh, offset + octets + 3, &p,
						&more));
		EXPECT_EQ(0, prefix_cmp(&p, &r[i].prefix));
		named++;
	}
	EXPECT_EQ(N, named);
	nlmsg_free(msg);
}

/* No offset, however wrong, reads outside of the message. */
TEST(offsets_of_any_kind) {
	struct kern_route r[3] = { numbered(1, 2, true), numbered(3, 2, true),
				   numbered(2, 2, true) };
	struct kern_entry e[3];
	struct kern_refusal refusal = { .error = -EINVAL, .sentence = "no" };
	struct nl_msg *msg = message(CESTEER_CMD_ROUTE_NEW, KERN_BATCH_LEN);
	struct nlmsghdr *copy;
	char buf[256];
	uint32_t offset;
	int i;

	for (i = 0; i < 3; i++) {
		e[i].prefix = &r[i].prefix;
		e[i].target = &r[i].target;
	}
	ASSERT_TRUE(kern_batch_put(msg, e, 3));
	copy = malloc(nlmsg_hdr(msg)->nlmsg_len);
	ASSERT_TRUE(copy);
	memcpy(copy, nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	for (offset = 0; offset < copy->nlmsg_len + 100; offset++) {
		refusal.offset = offset;
		kern_refusal_format(&refusal, copy, buf, sizeof(buf));
		EXPECT_TRUE(strstr(buf, "no"));
	}
	refusal.offset = UINT32_MAX;
	kern_refusal_format(&refusal, copy, buf, sizeof(buf));
	EXPECT_STREQ("no", buf);
	free(copy);
	nlmsg_free(msg);
}

TEST(a_groups_gateways_name_its_prefixes) {
	struct kern_route r[2] = { numbered(1, 2, false),
				   numbered(3, 2, false) };
	struct kern_entry e[2] = { { &r[0].prefix, &r[0].target },
				   { &r[1].prefix, &r[1].target } };
	struct kern_refusal refusal = { .error = -ENOENT,
					.sentence = "no such gateway" };
	struct nl_msg *msg = message(CESTEER_CMD_ROUTE_NEW, KERN_BATCH_LEN);
	char buf[256];

	ASSERT_TRUE(kern_batch_put(msg, e, 2));
	/* headers, VPN, the nest's header, the action: gateways come next */
	refusal.offset = NLMSG_HDRLEN + GENL_HDRLEN + 8 + 4 + 8;
	kern_refusal_format(&refusal, nlmsg_hdr(msg), buf, sizeof(buf));
	EXPECT_STREQ("0.0.1.0/24 and 1 more: no such gateway", buf);
	nlmsg_free(msg);
}

TEST(attributes_are_named) {
	struct nl_msg *msg = nlmsg_alloc();
	struct kern_refusal r = { .error = -EEXIST, .sentence = "taken" };
	char buf[64];

	ASSERT_TRUE(genlmsg_put(msg, 0, 1, 0x20, 0, NLM_F_REQUEST,
				CESTEER_CMD_GATEWAY_NEW, 1));
	ASSERT_EQ(0, nla_put_u32(msg, CESTEER_A_GATEWAY_ID, 1));
	ASSERT_EQ(0, nla_put_u32(msg, CESTEER_A_GATEWAY_IF_ID, 1));
	r.offset = NLMSG_HDRLEN + GENL_HDRLEN + 8;
	kern_refusal_format(&r, nlmsg_hdr(msg), buf, sizeof(buf));
	EXPECT_STREQ("taken (attribute if-id)", buf);
	r.offset = 0;
	r.missing = CESTEER_A_GATEWAY_ADDR4;
	kern_refusal_format(&r, nlmsg_hdr(msg), buf, sizeof(buf));
	EXPECT_STREQ("taken (attribute addr4 is missing)", buf);
	r.missing = 999;
	kern_refusal_format(&r, nlmsg_hdr(msg), buf, sizeof(buf));
	EXPECT_STREQ("taken", buf);
	r = (struct kern_refusal){ .error = -EPERM };
	kern_refusal_format(&r, nlmsg_hdr(msg), buf, sizeof(buf));
	EXPECT_TRUE(strstr(buf, "CAP_NET_ADMIN"));
	nlmsg_free(msg);
}

TEST(extack_is_read) {
	struct nl_msg *msg = nlmsg_alloc();
	struct kern_refusal r = { .error = -EINVAL };
	char *tlvs;
	size_t len;

	ASSERT_TRUE(nlmsg_put(msg, 0, 1, NLMSG_ERROR, 0, 0));
	ASSERT_EQ(0, nla_put_string(msg, NLMSGERR_ATTR_MSG, "a sentence"));
	ASSERT_EQ(0, nla_put_u32(msg, NLMSGERR_ATTR_OFFS, 40));
	tlvs = nlmsg_data(nlmsg_hdr(msg));
	len = (size_t)nlmsg_datalen(nlmsg_hdr(msg));
	kern_refusal_parse(&r, tlvs, len);
	ASSERT_TRUE(r.sentence);
	EXPECT_STREQ("a sentence", r.sentence);
	EXPECT_EQ(40, r.offset);
	/* A sentence that does not end is none. */
	tlvs[NLA_HDRLEN + strlen("a sentence")] = 'x';
	r.sentence = NULL;
	kern_refusal_parse(&r, tlvs, len);
	EXPECT_FALSE(r.sentence);
	/* Cut short at any octet. */
	while (len--)
		kern_refusal_parse(&r, tlvs, len);
	nlmsg_free(msg);
}

TEST(bad_records_are_refused) {
	const struct cesteer_prefix4 beyond = { { 10, 0, 0, 1 }, 8, { 0 } };
	const struct cesteer_prefix4 long_one = { { 10, 0, 0, 0 }, 33, { 0 } };
	const void *const bad[] = { &beyond, &long_one };
	struct kern_route got;
	struct seen seen = { .r = &got };
	const int type = NLA_F_NESTED | CESTEER_A_TABLE_GROUP;
	uint32_t vpn;
	int i;

	for (i = 0; i < 2; i++) {
		struct nl_msg *msg =
			message(CESTEER_CMD_ROUTE_GET, KERN_BATCH_LEN);
		struct nlattr *nest = nla_nest_start(msg, type);

		ASSERT_EQ(0, nla_put(msg, CESTEER_A_GROUP_PREFIXES4,
				     sizeof(beyond), bad[i]));
		nla_nest_end(msg, nest);
		EXPECT_EQ(-EBADMSG,
			  kern_parse_table(nlmsg_hdr(msg), &vpn, see, &seen));
		EXPECT_EQ(0, seen.n);
		nlmsg_free(msg);
	}
}

TEST_HARNESS_MAIN
