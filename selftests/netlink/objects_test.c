// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The contract: what is asked and told about single objects. Information,
 * VPNs, gateways, counters, and the explaining lookup.
 */
#include "contract.h"

#include <errno.h>
#include <string.h>
#include "kern/parse.h"
#include "kselftest_harness.h"

FIXTURE(objects) {
	struct sock s;
	struct last last;
};

FIXTURE_SETUP(objects) {
	const char *why;

	memset(&self->last, 0, sizeof(self->last));
	if (!contract_begin(&why))
		SKIP(return, "%s", why);
	ASSERT_TRUE(sock_open(&self->s));
}

FIXTURE_TEARDOWN(objects) {
	sock_close(&self->s);
}

/* One VPN request: which attributes, and as what. */
static struct answer vpn(struct sock *s, uint8_t cmd, int id, int action)
{
	struct nl_msg *msg = request(s, cmd, 0);

	if (id >= 0)
		nla_put_u32(msg, CESTEER_A_VPN_ID, (uint32_t)id);
	if (action >= 0)
		nla_put_u8(msg, CESTEER_A_VPN_DEFAULT, (uint8_t)action);
	return ask(s, msg, NULL, NULL);
}

/* A request of one command with one attribute, of any kind. */
static struct answer one(struct sock *s, uint8_t cmd, int type,
			 const void *data, int len)
{
	struct nl_msg *msg = request(s, cmd, 0);

	nla_put(msg, type, len, data);
	return ask(s, msg, NULL, NULL);
}

TEST_F(objects, info) {
	struct nl_msg *msg = request(&self->s, CESTEER_CMD_INFO_GET, 0);
	struct nlattr **tb = self->last.tb;

	EXPECT_DONE(ask(&self->s, msg, keep_last, &self->last));
	ASSERT_EQ(1, self->last.n);
	ASSERT_TRUE(tb[CESTEER_A_INFO_VERSION]);
	EXPECT_EQ(CESTEER_GENL_VERSION,
		  nla_get_u32(tb[CESTEER_A_INFO_VERSION]));
	ASSERT_TRUE(tb[CESTEER_A_INFO_MODULE]);
	EXPECT_LT(1, nla_len(tb[CESTEER_A_INFO_MODULE]));
	EXPECT_LT(0, nla_get_u32(tb[CESTEER_A_INFO_MAX_GATEWAYS]));
	EXPECT_LT(0, nla_get_u32(tb[CESTEER_A_INFO_MAX_SOURCES]));
	EXPECT_LT(0, nla_get_u32(tb[CESTEER_A_INFO_MAX_ROUTES]));
	EXPECT_EQ(0, nla_get_u32(tb[CESTEER_A_INFO_GATEWAYS]));
	EXPECT_EQ(0, nla_get_u32(tb[CESTEER_A_INFO_SOURCES]));
	EXPECT_EQ(0, nla_get_u32(tb[CESTEER_A_INFO_ROUTES]));
	EXPECT_EQ(0, nla_get_u64(tb[CESTEER_A_INFO_BYTES]));
	ASSERT_TRUE(tb[CESTEER_A_INFO_FEATURES]);
	EXPECT_EQ(1ull << __CESTEER_FEATURE_MAX,
		  nla_get_u64(tb[CESTEER_A_INFO_FEATURES]) + 1);
}

TEST_F(objects, info_counts_what_is_held) {
	struct nlattr **tb = self->last.tb;
	struct sock *s = &self->s;

	ASSERT_EQ(0, add_vpn(s, 0));
	ASSERT_EQ(0, add_vpn(s, 5));
	ASSERT_EQ(0, add_gateway(s, 1));
	EXPECT_DONE(change(s, CESTEER_CMD_SOURCE_NEW, 0, false,
			   "10.1.0.0/16 10.2.0.0/16", 0, 0));
	EXPECT_DONE(change(s, CESTEER_CMD_ROUTE_NEW, 0, false, "10.3.0.0/16",
			   CESTEER_ACTION_PROTECT, 1));
	EXPECT_DONE(change(s, CESTEER_CMD_ROUTE_NEW, 5, false, "2001:db8::/32",
			   CESTEER_ACTION_DISCARD, 0));
	EXPECT_DONE(ask(s, request(s, CESTEER_CMD_INFO_GET, 0), keep_last,
			&self->last));
	EXPECT_EQ(1, nla_get_u32(tb[CESTEER_A_INFO_GATEWAYS]));
	EXPECT_EQ(2, nla_get_u32(tb[CESTEER_A_INFO_SOURCES]));
	EXPECT_EQ(2, nla_get_u32(tb[CESTEER_A_INFO_ROUTES]));
	EXPECT_LT(0, nla_get_u64(tb[CESTEER_A_INFO_BYTES]));
}

/* Set one limit of what may wait for SAs. */
static struct answer queue(struct sock *s, int type, uint32_t value)
{
	return one(s, CESTEER_CMD_QUEUE_SET, type, &value, sizeof(value));
}

TEST_F(objects, queue_limits_are_set) {
	struct nlattr **tb = self->last.tb;
	struct sock *s = &self->s;

	EXPECT_DONE(ask(s, request(s, CESTEER_CMD_INFO_GET, 0), keep_last,
			&self->last));
	EXPECT_EQ(256, nla_get_u32(tb[CESTEER_A_INFO_QUEUE_PACKETS]));
	EXPECT_EQ(1 << 20, nla_get_u32(tb[CESTEER_A_INFO_QUEUE_BYTES]));
	EXPECT_EQ(5000, nla_get_u32(tb[CESTEER_A_INFO_QUEUE_AGE]));
	EXPECT_EQ(16 << 20, nla_get_u32(tb[CESTEER_A_INFO_QUEUE_TOTAL]));
	EXPECT_EQ(0, nla_get_u32(tb[CESTEER_A_INFO_QUEUE_HELD]));

	/* Each alone, and the others stay. */
	EXPECT_DONE(queue(s, CESTEER_A_INFO_QUEUE_PACKETS, 0));
	EXPECT_DONE(queue(s, CESTEER_A_INFO_QUEUE_BYTES, 1 << 30));
	EXPECT_DONE(queue(s, CESTEER_A_INFO_QUEUE_AGE, 3600000));
	EXPECT_DONE(queue(s, CESTEER_A_INFO_QUEUE_TOTAL, 7));
	EXPECT_DONE(ask(s, request(s, CESTEER_CMD_INFO_GET, 0), keep_last,
			&self->last));
	EXPECT_EQ(0, nla_get_u32(tb[CESTEER_A_INFO_QUEUE_PACKETS]));
	EXPECT_EQ(1 << 30, nla_get_u32(tb[CESTEER_A_INFO_QUEUE_BYTES]));
	EXPECT_EQ(3600000, nla_get_u32(tb[CESTEER_A_INFO_QUEUE_AGE]));
	EXPECT_EQ(7, nla_get_u32(tb[CESTEER_A_INFO_QUEUE_TOTAL]));
}

TEST_F(objects, queue_refusals) {
	struct sock *s = &self->s;

	EXPECT_REFUSED(ERANGE, queue(s, CESTEER_A_INFO_QUEUE_PACKETS, 65537));
	EXPECT_REFUSED(ERANGE,
		       queue(s, CESTEER_A_INFO_QUEUE_BYTES, (1 << 30) + 1));
	EXPECT_REFUSED(ERANGE, queue(s, CESTEER_A_INFO_QUEUE_AGE, 0));
	EXPECT_REFUSED(ERANGE, queue(s, CESTEER_A_INFO_QUEUE_AGE, 3600001));
	EXPECT_REFUSED(ERANGE,
		       queue(s, CESTEER_A_INFO_QUEUE_TOTAL, (1 << 30) + 1));
	EXPECT_REFUSED(EINVAL, queue(s, CESTEER_A_INFO_QUEUE_HELD, 1));
}

TEST_F(objects, commands_without_attributes_take_none) {
	const uint32_t zero = 0;
	struct nl_msg *msg;

	EXPECT_REFUSED(EINVAL, one(&self->s, CESTEER_CMD_INFO_GET, 1, &zero,
				   sizeof(zero)));
	msg = request(&self->s, CESTEER_CMD_VPN_GET, NLM_F_DUMP);
	nla_put_u32(msg, CESTEER_A_VPN_ID, 3);
	EXPECT_REFUSED(EINVAL, ask(&self->s, msg, NULL, NULL));
	msg = request(&self->s, CESTEER_CMD_COUNTERS_GET, NLM_F_DUMP);
	nla_put_u32(msg, CESTEER_A_COUNTER_REASON, 3);
	EXPECT_REFUSED(EINVAL, ask(&self->s, msg, NULL, NULL));
}

TEST_F(objects, no_such_command) {
	static const uint8_t cmds[] = { 0,
					CESTEER_CMD_CHANGE_NTF,
					CESTEER_CMD_GATEWAY_NTF,
					CESTEER_CMD_DROP_NTF,
					__CESTEER_CMD_MAX,
					255 };
	size_t i;

	for (i = 0; i < sizeof(cmds); i++)
		EXPECT_EQ(-EOPNOTSUPP,
			  ask(&self->s, request(&self->s, cmds[i], 0), NULL,
			      NULL)
				  .error);
}

/* What VPN_GET says of one VPN. */
struct vpn_query {
	struct kern_vpn v;
	uint32_t id;
	unsigned int n, all;
};

static void see_vpn(void *arg, struct nlmsghdr *nlh)
{
	struct vpn_query *q = arg;
	struct kern_vpn v;

	q->all++;
	if (kern_parse_vpn(nlh, &v) || v.id != q->id)
		return;
	q->v = v;
	q->n++;
}

static struct vpn_query get_vpn(struct sock *s, uint32_t id)
{
	struct vpn_query q = { .id = id };

	ask(s, request(s, CESTEER_CMD_VPN_GET, NLM_F_DUMP), see_vpn, &q);
	return q;
}

TEST_F(objects, a_vpns_life) {
	struct sock *s = &self->s;
	struct vpn_query q;

	EXPECT_DONE(vpn(s, CESTEER_CMD_VPN_NEW, 7, -1));
	EXPECT_DONE(vpn(s, CESTEER_CMD_VPN_NEW, 0, CESTEER_ACTION_DISCARD));
	q = get_vpn(s, 7);
	EXPECT_EQ(1, q.n);
	EXPECT_EQ(2, q.all);
	EXPECT_EQ(CESTEER_ACTION_BYPASS, q.v.default_action);
	/* It is there: its default is set, what it holds stays. */
	EXPECT_DONE(change(s, CESTEER_CMD_SOURCE_NEW, 7, false, "10.0.0.0/8", 0,
			   0));
	EXPECT_DONE(vpn(s, CESTEER_CMD_VPN_NEW, 7, CESTEER_ACTION_DISCARD));
	q = get_vpn(s, 7);
	EXPECT_EQ(CESTEER_ACTION_DISCARD, q.v.default_action);
	EXPECT_EQ(1, q.v.sources);
	EXPECT_DONE(vpn(s, CESTEER_CMD_VPN_DEL, 7, -1));
	EXPECT_EQ(0, get_vpn(s, 7).n);
	/* And again, empty. */
	EXPECT_DONE(vpn(s, CESTEER_CMD_VPN_NEW, 7, -1));
	EXPECT_EQ(0, get_vpn(s, 7).v.sources);
}

TEST_F(objects, vpn_refusals) {
	struct sock *s = &self->s;
	const uint16_t two = 0;
	const uint32_t four[2] = { 0, 0 };

	EXPECT_REFUSED(EINVAL, vpn(s, CESTEER_CMD_VPN_NEW, -1, -1));
	EXPECT_REFUSED(EINVAL, vpn(s, CESTEER_CMD_VPN_DEL, -1, -1));
	EXPECT_REFUSED(ENOENT, vpn(s, CESTEER_CMD_VPN_DEL, 4, -1));
	EXPECT_REFUSED(ERANGE,
		       vpn(s, CESTEER_CMD_VPN_NEW, 1, CESTEER_ACTION_PROTECT));
	EXPECT_REFUSED(ERANGE, vpn(s, CESTEER_CMD_VPN_NEW, 1, 0));
	EXPECT_REFUSED(ERANGE, vpn(s, CESTEER_CMD_VPN_NEW, 1, 4));
	EXPECT_REFUSED(EINVAL,
		       one(s, CESTEER_CMD_VPN_NEW, CESTEER_A_VPN_ID, &two, 2));
	EXPECT_REFUSED(EINVAL,
		       one(s, CESTEER_CMD_VPN_NEW, CESTEER_A_VPN_ID, four, 8));
	EXPECT_REFUSED(EINVAL, one(s, CESTEER_CMD_VPN_NEW, 99, four, 4));
	EXPECT_REFUSED(EINVAL, one(s, CESTEER_CMD_VPN_NEW,
				   CESTEER_A_VPN_SOURCES, four, 4));
	EXPECT_EQ(0, get_vpn(s, 0).all);
}

static struct answer device(struct sock *s, uint8_t cmd, int64_t id,
			    const char *name)
{
	struct nl_msg *msg = request(s, cmd, 0);

	if (id >= 0)
		nla_put_u32(msg, CESTEER_A_DEVICE_VPN, (uint32_t)id);
	if (name)
		nla_put_string(msg, CESTEER_A_DEVICE_NAME, name);
	return ask(s, msg, NULL, NULL);
}

/* What a dump shows of one name. */
struct device_query {
	const char *name;
	int n, all;
	struct kern_device d;
};

static void see_device(void *arg, struct nlmsghdr *nlh)
{
	struct device_query *q = arg;
	struct kern_device d;

	q->all++;
	if (kern_parse_device(nlh, &d) || strcmp(d.name, q->name))
		return;
	q->d = d;
	q->n++;
}

static struct device_query get_device(struct sock *s, const char *name)
{
	struct device_query q = { .name = name };

	ask(s, request(s, CESTEER_CMD_DEVICE_GET, NLM_F_DUMP), see_device, &q);
	return q;
}

/* Names hold whether there is such a device or not, and go with their VPN. */
TEST_F(objects, a_devices_life) {
	struct sock *s = &self->s;
	struct device_query q;

	EXPECT_DONE(vpn(s, CESTEER_CMD_VPN_NEW, 0, -1));
	EXPECT_DONE(vpn(s, CESTEER_CMD_VPN_NEW, 7, -1));
	EXPECT_DONE(device(s, CESTEER_CMD_DEVICE_NEW, -1, "lo"));
	EXPECT_DONE(device(s, CESTEER_CMD_DEVICE_NEW, 7, "none.such"));
	q = get_device(s, "lo");
	EXPECT_EQ(1, q.n);
	EXPECT_EQ(2, q.all);
	EXPECT_EQ(0, q.d.vpn);
	EXPECT_EQ(1, q.d.ifindex);
	EXPECT_EQ(0, q.d.packets);
	q = get_device(s, "none.such");
	EXPECT_EQ(1, q.n);
	EXPECT_EQ(7, q.d.vpn);
	EXPECT_EQ(0, q.d.ifindex);
	EXPECT_DONE(device(s, CESTEER_CMD_DEVICE_DEL, 0, "lo"));
	EXPECT_EQ(0, get_device(s, "lo").n);
	EXPECT_DONE(vpn(s, CESTEER_CMD_VPN_DEL, 7, -1));
	EXPECT_EQ(0, get_device(s, "").all);
}

TEST_F(objects, device_refusals) {
	struct sock *s = &self->s;
	const uint32_t four = 0;
	char name[16];
	int i;

	EXPECT_REFUSED(ENOENT, device(s, CESTEER_CMD_DEVICE_NEW, 0, "lo"));
	EXPECT_DONE(vpn(s, CESTEER_CMD_VPN_NEW, 0, -1));
	EXPECT_REFUSED(EINVAL, device(s, CESTEER_CMD_DEVICE_NEW, 0, NULL));
	EXPECT_REFUSED(EINVAL, device(s, CESTEER_CMD_DEVICE_NEW, 0, ""));
	EXPECT_REFUSED(EINVAL, device(s, CESTEER_CMD_DEVICE_NEW, 0, "a/b"));
	EXPECT_REFUSED(EINVAL, device(s, CESTEER_CMD_DEVICE_NEW, 0,
				      "averylongdevice0"));
	EXPECT_REFUSED(EINVAL, one(s, CESTEER_CMD_DEVICE_NEW,
				   CESTEER_A_DEVICE_IFINDEX, &four, 4));
	EXPECT_REFUSED(EINVAL, device(s, CESTEER_CMD_DEVICE_DEL, 0, NULL));
	EXPECT_REFUSED(ENOENT, device(s, CESTEER_CMD_DEVICE_DEL, 0, "lo"));
	EXPECT_DONE(device(s, CESTEER_CMD_DEVICE_NEW, 0, "lo"));
	EXPECT_REFUSED(EEXIST, device(s, CESTEER_CMD_DEVICE_NEW, 0, "lo"));
	for (i = 1; i < 256; i++) {
		snprintf(name, sizeof(name), "no%d", i);
		EXPECT_DONE(device(s, CESTEER_CMD_DEVICE_NEW, 0, name));
	}
	EXPECT_REFUSED(ENOSPC, device(s, CESTEER_CMD_DEVICE_NEW, 0, "more"));
	/* A dump of several messages shows each once. */
	EXPECT_EQ(256, get_device(s, "").all);
}

/* A new gateway; what is negative or NULL is not said. */
static struct answer gateway(struct sock *s, int64_t id, const char *address,
			     int64_t if_id, int mode, int state)
{
	struct nl_msg *msg = request(s, CESTEER_CMD_GATEWAY_NEW, 0);
	struct addr a;

	if (id >= 0)
		nla_put_u32(msg, CESTEER_A_GATEWAY_ID, (uint32_t)id);
	if (address && addr_parse(address, &a))
		nla_put(msg,
			a.family == AF_INET ? CESTEER_A_GATEWAY_ADDR4 :
					      CESTEER_A_GATEWAY_ADDR6,
			(int)addr_bits(a.family) / 8, a.b);
	if (if_id >= 0)
		nla_put_u32(msg, CESTEER_A_GATEWAY_IF_ID, (uint32_t)if_id);
	if (mode >= 0)
		nla_put_u8(msg, CESTEER_A_GATEWAY_MODE, (uint8_t)mode);
	if (state >= 0)
		nla_put_u8(msg, CESTEER_A_GATEWAY_STATE, (uint8_t)state);
	return ask(s, msg, NULL, NULL);
}

static struct answer gateway_by_id(struct sock *s, uint8_t cmd, uint32_t id,
				   struct last *last)
{
	struct nl_msg *msg = request(s, cmd, 0);

	nla_put_u32(msg, CESTEER_A_GATEWAY_ID, id);
	return ask(s, msg, last ? keep_last : NULL, last);
}

static struct kern_gateway get_gateway(struct sock *s, uint32_t id,
				       struct last *last)
{
	struct kern_gateway g = { .id = 0 };

	last->n = 0;
	gateway_by_id(s, CESTEER_CMD_GATEWAY_GET, id, last);
	if (last->n == 1)
		kern_parse_gateway((struct nlmsghdr *)last->copy, &g);
	return g;
}

static struct answer set_gateway(struct sock *s, uint32_t id, int type,
				 const void *data, int len)
{
	struct nl_msg *msg = request(s, CESTEER_CMD_GATEWAY_SET, 0);

	nla_put_u32(msg, CESTEER_A_GATEWAY_ID, id);
	nla_put(msg, type, len, data);
	return ask(s, msg, NULL, NULL);
}

static void order_of_ids(void *arg, struct nlmsghdr *nlh)
{
	uint32_t *ids = arg;
	struct kern_gateway g;

	if (!kern_parse_gateway(nlh, &g) && ids[0] < 7)
		ids[++ids[0]] = g.id;
}

TEST_F(objects, a_gateways_life) {
	struct sock *s = &self->s;
	const uint8_t one_octet = 1;
	uint32_t ids[8] = { 0 };
	struct kern_gateway g;
	char buf[ADDR_STRLEN];

	EXPECT_DONE(gateway(s, 4294967295, "2001:db8::9", 4294967295, 1, 1));
	EXPECT_DONE(gateway(s, 2, "192.0.2.2", 20, -1, -1));
	EXPECT_DONE(gateway(s, 1, "192.0.2.2", 10, -1, -1));
	g = get_gateway(s, 4294967295, &self->last);
	EXPECT_STREQ("2001:db8::9", addr_format(&g.address, buf));
	EXPECT_EQ(4294967295, g.if_id);
	EXPECT_EQ(CESTEER_MODE_PRE_ESTABLISHED, g.mode);
	EXPECT_EQ(CESTEER_GATEWAY_DOWN, g.state);
	g = get_gateway(s, 2, &self->last);
	EXPECT_STREQ("192.0.2.2", addr_format(&g.address, buf));
	EXPECT_EQ(CESTEER_MODE_ON_DEMAND, g.mode);
	EXPECT_EQ(CESTEER_GATEWAY_USABLE, g.state);
	EXPECT_EQ(0, g.routes + g.drops + g.out_packets + g.in_packets);
	EXPECT_DONE(ask(s, request(s, CESTEER_CMD_GATEWAY_GET, NLM_F_DUMP),
			order_of_ids, ids));
	EXPECT_EQ(3, ids[0]);
	EXPECT_EQ(1, ids[1]);
	EXPECT_EQ(2, ids[2]);
	EXPECT_EQ(4294967295, ids[3]);
	/* What is not said stays. */
	EXPECT_DONE(set_gateway(s, 2, CESTEER_A_GATEWAY_STATE, &one_octet, 1));
	g = get_gateway(s, 2, &self->last);
	EXPECT_EQ(CESTEER_GATEWAY_DOWN, g.state);
	EXPECT_EQ(CESTEER_MODE_ON_DEMAND, g.mode);
	EXPECT_DONE(set_gateway(s, 2, CESTEER_A_GATEWAY_MODE, &one_octet, 1));
	g = get_gateway(s, 2, &self->last);
	EXPECT_EQ(CESTEER_GATEWAY_DOWN, g.state);
	EXPECT_EQ(CESTEER_MODE_PRE_ESTABLISHED, g.mode);
	EXPECT_DONE(gateway_by_id(s, CESTEER_CMD_GATEWAY_DEL, 2, NULL));
	EXPECT_REFUSED(ENOENT,
		       gateway_by_id(s, CESTEER_CMD_GATEWAY_GET, 2, NULL));
	/* Its id and its if_id are free again. */
	EXPECT_DONE(gateway(s, 2, "192.0.2.3", 20, -1, -1));
}

TEST_F(objects, gateway_refusals) {
	struct sock *s = &self->s;
	const uint8_t octets[20] = { 192, 0, 2, 1 };
	struct nl_msg *msg;

	ASSERT_EQ(0, add_gateway(s, 1));
	EXPECT_REFUSED(EEXIST, gateway(s, 1, "192.0.2.7", 7, -1, -1));
	EXPECT_REFUSED(EEXIST, gateway(s, 7, "192.0.2.7", 1001, -1, -1));
	EXPECT_REFUSED(ERANGE, gateway(s, 0, "192.0.2.7", 7, -1, -1));
	EXPECT_REFUSED(ERANGE, gateway(s, 7, "192.0.2.7", 0, -1, -1));
	EXPECT_REFUSED(EINVAL, gateway(s, -1, "192.0.2.7", 7, -1, -1));
	EXPECT_REFUSED(EINVAL, gateway(s, 7, "192.0.2.7", -1, -1, -1));
	EXPECT_REFUSED(EINVAL, gateway(s, 7, NULL, 7, -1, -1));
	EXPECT_REFUSED(ERANGE, gateway(s, 7, "192.0.2.7", 7, 2, -1));
	EXPECT_REFUSED(ERANGE, gateway(s, 7, "192.0.2.7", 7, -1, 2));
	msg = request(s, CESTEER_CMD_GATEWAY_NEW, 0);
	nla_put_u32(msg, CESTEER_A_GATEWAY_ID, 7);
	nla_put_u32(msg, CESTEER_A_GATEWAY_IF_ID, 7);
	nla_put(msg, CESTEER_A_GATEWAY_ADDR4, 4, octets);
	nla_put(msg, CESTEER_A_GATEWAY_ADDR6, 16, octets);
	EXPECT_REFUSED(EINVAL, ask(s, msg, NULL, NULL));
	msg = request(s, CESTEER_CMD_GATEWAY_NEW, 0);
	nla_put_u32(msg, CESTEER_A_GATEWAY_ID, 7);
	nla_put_u32(msg, CESTEER_A_GATEWAY_IF_ID, 7);
	nla_put(msg, CESTEER_A_GATEWAY_ADDR4, 5, octets);
	EXPECT_REFUSED(ERANGE, ask(s, msg, NULL, NULL));
	EXPECT_REFUSED(ERANGE, one(s, CESTEER_CMD_GATEWAY_NEW,
				   CESTEER_A_GATEWAY_ADDR6, octets, 15));
	EXPECT_REFUSED(EINVAL, one(s, CESTEER_CMD_GATEWAY_NEW,
				   CESTEER_A_GATEWAY_DROPS, octets, 8));
	EXPECT_REFUSED(EINVAL, one(s, CESTEER_CMD_GATEWAY_NEW, 50, octets, 4));
	/* What it is does not change. */
	EXPECT_REFUSED(EINVAL,
		       set_gateway(s, 1, CESTEER_A_GATEWAY_ADDR4, octets, 4));
	EXPECT_REFUSED(EINVAL,
		       set_gateway(s, 1, CESTEER_A_GATEWAY_IF_ID, octets, 4));
	EXPECT_REFUSED(ENOENT, set_gateway(s, 7, CESTEER_A_GATEWAY_STATE,
					   octets + 4, 1));
	EXPECT_REFUSED(ERANGE,
		       set_gateway(s, 1, CESTEER_A_GATEWAY_STATE, octets, 1));
	EXPECT_REFUSED(EINVAL, ask(s, request(s, CESTEER_CMD_GATEWAY_DEL, 0),
				   NULL, NULL));
	EXPECT_REFUSED(ENOENT,
		       gateway_by_id(s, CESTEER_CMD_GATEWAY_DEL, 7, NULL));
	EXPECT_EQ(1001, get_gateway(s, 1, &self->last).if_id);
	EXPECT_EQ(0, get_gateway(s, 7, &self->last).id);
}

TEST_F(objects, a_gateway_in_use_stays) {
	struct sock *s = &self->s;

	ASSERT_EQ(0, add_vpn(s, 0));
	ASSERT_EQ(0, add_gateway(s, 1));
	EXPECT_DONE(change(s, CESTEER_CMD_ROUTE_NEW, 0, false,
			   "10.1.0.0/16 10.2.0.0/16", CESTEER_ACTION_PROTECT,
			   1));
	EXPECT_EQ(2, get_gateway(s, 1, &self->last).routes);
	EXPECT_REFUSED(EBUSY,
		       gateway_by_id(s, CESTEER_CMD_GATEWAY_DEL, 1, NULL));
	/* Changed, deleted, gone with its VPN: each gives it back. */
	EXPECT_DONE(change(s, CESTEER_CMD_ROUTE_NEW, 0, false, "10.1.0.0/16",
			   CESTEER_ACTION_BYPASS, 0));
	EXPECT_EQ(1, get_gateway(s, 1, &self->last).routes);
	EXPECT_DONE(change(s, CESTEER_CMD_ROUTE_DEL, 0, false, "10.2.0.0/16", 0,
			   0));
	EXPECT_EQ(0, get_gateway(s, 1, &self->last).routes);
	EXPECT_DONE(change(s, CESTEER_CMD_ROUTE_NEW, 0, false, "10.1.0.0/16",
			   CESTEER_ACTION_PROTECT, 1));
	EXPECT_REFUSED(EBUSY,
		       gateway_by_id(s, CESTEER_CMD_GATEWAY_DEL, 1, NULL));
	EXPECT_DONE(vpn(s, CESTEER_CMD_VPN_DEL, 0, -1));
	EXPECT_DONE(gateway_by_id(s, CESTEER_CMD_GATEWAY_DEL, 1, NULL));
}

struct counters {
	unsigned int n, wrong;
	char names[__CESTEER_REASON_MAX][32];
};

static void see_counter(void *arg, struct nlmsghdr *nlh)
{
	struct counters *all = arg;
	struct kern_counter c;
	unsigned int i;

	if (kern_parse_counter(nlh, &c) || c.reason != all->n ||
	    all->n == __CESTEER_REASON_MAX || !c.name[0] || c.packets) {
		all->wrong++;
		return;
	}
	all->wrong += (c.reason >= CESTEER_REASON_DISCARD) !=
		      (c.verdict == CESTEER_VERDICT_DROP);
	all->wrong += (c.reason == CESTEER_REASON_PROTECTED) !=
		      (c.verdict == CESTEER_VERDICT_PROTECT);
	for (i = 0; i < all->n; i++)
		all->wrong += !strcmp(all->names[i], c.name);
	strcpy(all->names[all->n++], c.name);
}

TEST_F(objects, counters) {
	struct counters all = { .n = 0 };

	EXPECT_DONE(ask(&self->s,
			request(&self->s, CESTEER_CMD_COUNTERS_GET, NLM_F_DUMP),
			see_counter, &all));
	EXPECT_EQ(__CESTEER_REASON_MAX, all.n);
	EXPECT_EQ(0, all.wrong);
	EXPECT_STREQ("no-sa", all.names[CESTEER_REASON_NO_SA]);
}

/* EXPLAIN of VPN 0: direction and if_id are not said when negative. */
static struct nl_msg *question(struct sock *s, const char *src, const char *dst,
			       int direction, int64_t if_id)
{
	struct nl_msg *msg = request(s, CESTEER_CMD_EXPLAIN, 0);
	struct addr a;

	if (src && addr_parse(src, &a))
		nla_put(msg,
			a.family == AF_INET ? CESTEER_A_EXPLAIN_SRC4 :
					      CESTEER_A_EXPLAIN_SRC6,
			(int)addr_bits(a.family) / 8, a.b);
	if (dst && addr_parse(dst, &a))
		nla_put(msg,
			a.family == AF_INET ? CESTEER_A_EXPLAIN_DST4 :
					      CESTEER_A_EXPLAIN_DST6,
			(int)addr_bits(a.family) / 8, a.b);
	if (direction >= 0)
		nla_put_u8(msg, CESTEER_A_EXPLAIN_DIRECTION,
			   (uint8_t)direction);
	if (if_id >= 0)
		nla_put_u32(msg, CESTEER_A_EXPLAIN_IF_ID, (uint32_t)if_id);
	return msg;
}

/* "verdict reason (action) source route gateway", "-" for what is not said. */
static const char *explain(struct sock *s, const char *src, const char *dst,
			   int direction, int64_t if_id)
{
	static char text[512];
	char source[PREFIX_STRLEN] = "-", route[PREFIX_STRLEN] = "-";
	static struct last last;
	struct kern_answer a;
	struct answer got;

	got = ask(s, question(s, src, dst, direction, if_id), keep_last, &last);
	if (got.error || kern_parse_answer((struct nlmsghdr *)last.copy, &a)) {
		snprintf(text, sizeof(text), "error %d: %s", got.error,
			 got.sentence);
		return text;
	}
	if (a.source.family)
		prefix_format(&a.source, source);
	if (a.route.family)
		prefix_format(&a.route, route);
	snprintf(text, sizeof(text), "%s %s (%s) %s %s %u",
		 kern_verdict_name(a.verdict), a.reason_name,
		 kern_action_name(a.action), source, route, a.gateway);
	return text;
}

static bool explain_table(struct sock *s)
{
	return !add_vpn(s, 0) && !add_gateway(s, 1) && !add_gateway(s, 2) &&
	       !change(s, CESTEER_CMD_SOURCE_NEW, 0, false, "10.5.0.0/16", 0, 0)
			.error &&
	       !change(s, CESTEER_CMD_SOURCE_NEW, 0, false, "2001:db8:5::/48",
		       0, 0)
			.error &&
	       !change(s, CESTEER_CMD_ROUTE_NEW, 0, false, "10.1.0.0/16",
		       CESTEER_ACTION_PROTECT, 1)
			.error &&
	       !change(s, CESTEER_CMD_ROUTE_NEW, 0, false, "10.1.2.0/24",
		       CESTEER_ACTION_PROTECT, 2)
			.error &&
	       !change(s, CESTEER_CMD_ROUTE_NEW, 0, false, "10.1.2.128/25",
		       CESTEER_ACTION_BYPASS, 0)
			.error &&
	       !change(s, CESTEER_CMD_ROUTE_NEW, 0, false, "10.1.2.255",
		       CESTEER_ACTION_DISCARD, 0)
			.error &&
	       !change(s, CESTEER_CMD_ROUTE_NEW, 0, false, "::/0",
		       CESTEER_ACTION_PROTECT, 2)
			.error;
}

TEST_F(objects, explain_going_out) {
	struct sock *s = &self->s;

	ASSERT_TRUE(explain_table(s));
	EXPECT_STREQ("protect protected (protect) 10.5.0.0/16 10.1.0.0/16 1",
		     explain(s, "10.5.0.1", "10.1.3.1", -1, -1));
	EXPECT_STREQ("protect protected (protect) 10.5.0.0/16 10.1.2.0/24 2",
		     explain(s, "10.5.0.1", "10.1.2.1", 0, -1));
	EXPECT_STREQ("pass bypass (bypass) 10.5.0.0/16 10.1.2.128/25 0",
		     explain(s, "10.5.0.1", "10.1.2.129", 0, -1));
	EXPECT_STREQ("drop discard (discard) 10.5.0.0/16 10.1.2.255/32 0",
		     explain(s, "10.5.0.1", "10.1.2.255", 0, -1));
	EXPECT_STREQ("pass no-source (none) - 10.1.0.0/16 0",
		     explain(s, "10.6.0.1", "10.1.3.1", 0, -1));
	EXPECT_STREQ("pass no-route (none) 10.5.0.0/16 - 0",
		     explain(s, "10.5.0.1", "10.9.0.1", 0, -1));
	EXPECT_STREQ("protect protected (protect) 2001:db8:5::/48 ::/0 2",
		     explain(s, "2001:db8:5::1", "2001:db8:1::1", 0, -1));
	EXPECT_DONE(vpn(s, CESTEER_CMD_VPN_NEW, 0, CESTEER_ACTION_DISCARD));
	EXPECT_STREQ("drop discard (none) 10.5.0.0/16 - 0",
		     explain(s, "10.5.0.1", "10.9.0.1", 0, -1));
	EXPECT_STREQ("pass no-source (none) - - 0",
		     explain(s, "10.6.0.1", "10.9.0.1", 0, -1));
}

TEST_F(objects, explain_coming_in) {
	struct sock *s = &self->s;

	ASSERT_TRUE(explain_table(s));
	EXPECT_STREQ("drop in-clear (protect) 10.5.0.0/16 10.1.0.0/16 0",
		     explain(s, "10.1.3.1", "10.5.0.1", 1, -1));
	EXPECT_STREQ("pass verified (protect) 10.5.0.0/16 10.1.0.0/16 1",
		     explain(s, "10.1.3.1", "10.5.0.1", 1, 1001));
	EXPECT_STREQ("drop in-wrong-sa (protect) 10.5.0.0/16 10.1.0.0/16 2",
		     explain(s, "10.1.3.1", "10.5.0.1", 1, 1002));
	EXPECT_STREQ("drop in-wrong-sa (none) 10.5.0.0/16 - 1",
		     explain(s, "10.9.3.1", "10.5.0.1", 1, 1001));
	EXPECT_STREQ("drop in-not-local (none) - 10.1.0.0/16 1",
		     explain(s, "10.1.3.1", "10.9.0.1", 1, 1001));
	EXPECT_STREQ("pass in-other (none) - 10.1.0.0/16 0",
		     explain(s, "10.1.3.1", "10.9.0.1", 1, -1));
	EXPECT_STREQ("pass bypass (bypass) 10.5.0.0/16 10.1.2.128/25 0",
		     explain(s, "10.1.2.129", "10.5.0.1", 1, -1));
	EXPECT_STREQ("pass no-route (none) 10.5.0.0/16 - 0",
		     explain(s, "10.9.0.1", "10.5.0.1", 1, -1));
}

TEST_F(objects, explain_refusals) {
	struct sock *s = &self->s;
	struct nl_msg *msg;

	EXPECT_REFUSED(ENOENT,
		       ask(s, question(s, "10.0.0.1", "10.0.0.2", -1, -1), NULL,
			   NULL));
	ASSERT_EQ(0, add_vpn(s, 0));
	EXPECT_REFUSED(EINVAL,
		       ask(s, question(s, NULL, NULL, -1, -1), NULL, NULL));
	EXPECT_REFUSED(EINVAL, ask(s, question(s, "10.0.0.1", NULL, -1, -1),
				   NULL, NULL));
	EXPECT_REFUSED(EINVAL, ask(s, question(s, "10.0.0.1", "::1", -1, -1),
				   NULL, NULL));
	EXPECT_REFUSED(ERANGE,
		       ask(s, question(s, "10.0.0.1", "10.0.0.2", 2, -1), NULL,
			   NULL));
	EXPECT_REFUSED(EINVAL, ask(s, question(s, "10.0.0.1", "10.0.0.2", 0, 1),
				   NULL, NULL));
	msg = question(s, "10.0.0.1", "10.0.0.2", 0, -1);
	nla_put_u32(msg, CESTEER_A_EXPLAIN_VPN, 9);
	EXPECT_REFUSED(ENOENT, ask(s, msg, NULL, NULL));
	msg = question(s, "10.0.0.1", "10.0.0.2", 0, -1);
	nla_put_u8(msg, CESTEER_A_EXPLAIN_VERDICT, 1);
	EXPECT_REFUSED(EINVAL, ask(s, msg, NULL, NULL));
}

TEST_HARNESS_MAIN
