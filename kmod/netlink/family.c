// SPDX-License-Identifier: GPL-2.0-only
/*
 * The family's commands and what their attributes may be. The core refuses
 * unknown attributes, wrong lengths and values out of range, and says so; what
 * one attribute cannot say alone is checked by the command.
 */
#include <linux/module.h>

#include "compat/genl.h"
#include "family.h"

/* A VPN's default cannot be to protect: no gateway goes with it. */
enum {
	MIN_DEFAULT = CESTEER_ACTION_BYPASS,
	MAX_DEFAULT = CESTEER_ACTION_DISCARD,
};

static const struct nla_policy info_policy[CESTEER_A_INFO_MAX + 1] = {
	[CESTEER_A_INFO_QUEUE_PACKETS] = { .type = NLA_U32 },
	[CESTEER_A_INFO_QUEUE_BYTES] = { .type = NLA_U32 },
	[CESTEER_A_INFO_QUEUE_AGE] = { .type = NLA_U32 },
	[CESTEER_A_INFO_QUEUE_TOTAL] = { .type = NLA_U32 },
	[CESTEER_A_INFO_FORCE] = { .type = NLA_FLAG },
};

static const struct nla_policy vpn_policy[CESTEER_A_VPN_MAX + 1] = {
	[CESTEER_A_VPN_ID] = { .type = NLA_U32 },
	[CESTEER_A_VPN_DEFAULT] =
		NLA_POLICY_RANGE(NLA_U8, MIN_DEFAULT, MAX_DEFAULT),
	[CESTEER_A_VPN_FORCE] = { .type = NLA_FLAG },
};

static const struct nla_policy gateway_policy[CESTEER_A_GATEWAY_MAX + 1] = {
	[CESTEER_A_GATEWAY_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[CESTEER_A_GATEWAY_ADDR4] = NLA_POLICY_EXACT_LEN(4),
	[CESTEER_A_GATEWAY_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[CESTEER_A_GATEWAY_IF_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[CESTEER_A_GATEWAY_MODE] =
		NLA_POLICY_MAX(NLA_U8, __CESTEER_MODE_MAX - 1),
	[CESTEER_A_GATEWAY_STATE] =
		NLA_POLICY_MAX(NLA_U8, __CESTEER_GATEWAY_STATE_MAX - 1),
	[CESTEER_A_GATEWAY_FORCE] = { .type = NLA_FLAG },
};

static const struct nla_policy group_policy[CESTEER_A_GROUP_MAX + 1] = {
	[CESTEER_A_GROUP_ACTION] = NLA_POLICY_RANGE(NLA_U8,
						    CESTEER_ACTION_PROTECT,
						    CESTEER_ACTION_DISCARD),
	[CESTEER_A_GROUP_GATEWAYS] = {
		.type = NLA_BINARY,
		.len = CESTEER_GATEWAYS_MAX * sizeof(u32),
	},
	[CESTEER_A_GROUP_PREFIXES4] = { .type = NLA_BINARY },
	[CESTEER_A_GROUP_PREFIXES6] = { .type = NLA_BINARY },
};

static const struct nla_policy table_policy[CESTEER_A_TABLE_MAX + 1] = {
	[CESTEER_A_TABLE_VPN] = { .type = NLA_U32 },
	[CESTEER_A_TABLE_TRANSACTION] = { .type = NLA_FLAG },
	[CESTEER_A_TABLE_GROUP] = NLA_POLICY_NESTED(group_policy),
	[CESTEER_A_TABLE_FORCE] = { .type = NLA_FLAG },
};

static const struct nla_policy explain_policy[CESTEER_A_EXPLAIN_MAX + 1] = {
	[CESTEER_A_EXPLAIN_VPN] = { .type = NLA_U32 },
	[CESTEER_A_EXPLAIN_DIRECTION] =
		NLA_POLICY_MAX(NLA_U8, __CESTEER_DIR_MAX - 1),
	[CESTEER_A_EXPLAIN_SRC4] = NLA_POLICY_EXACT_LEN(4),
	[CESTEER_A_EXPLAIN_DST4] = NLA_POLICY_EXACT_LEN(4),
	[CESTEER_A_EXPLAIN_SRC6] = NLA_POLICY_EXACT_LEN(16),
	[CESTEER_A_EXPLAIN_DST6] = NLA_POLICY_EXACT_LEN(16),
	[CESTEER_A_EXPLAIN_PROTO] = { .type = NLA_U8 },
	[CESTEER_A_EXPLAIN_SPORT] = { .type = NLA_U16 },
	[CESTEER_A_EXPLAIN_DPORT] = { .type = NLA_U16 },
	[CESTEER_A_EXPLAIN_IF_ID] = { .type = NLA_U32 },
};

static const struct nla_policy device_policy[CESTEER_A_DEVICE_MAX + 1] = {
	[CESTEER_A_DEVICE_VPN] = { .type = NLA_U32 },
	[CESTEER_A_DEVICE_NAME] = {
		.type = NLA_NUL_STRING,
		.len = IFNAMSIZ - 1,
	},
	[CESTEER_A_DEVICE_FORCE] = { .type = NLA_FLAG },
};

#define POLICY(name, max) .policy = name##_policy, .maxattr = (max)
#define NO_ATTRS .policy = NULL, .maxattr = 0

static const struct genl_ops ops[] = {
	{
		.cmd = CESTEER_CMD_INFO_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_info_get,
		NO_ATTRS,
	},
	{
		.cmd = CESTEER_CMD_VPN_NEW,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_vpn_new,
		POLICY(vpn, CESTEER_A_VPN_MAX),
	},
	{
		.cmd = CESTEER_CMD_VPN_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_vpn_del,
		POLICY(vpn, CESTEER_A_VPN_MAX),
	},
	{
		.cmd = CESTEER_CMD_VPN_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.dumpit = cs_netlink_vpn_dump,
		NO_ATTRS,
	},
	{
		.cmd = CESTEER_CMD_GATEWAY_NEW,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_gateway_new,
		POLICY(gateway, CESTEER_A_GATEWAY_MAX),
	},
	{
		.cmd = CESTEER_CMD_GATEWAY_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_gateway_set,
		POLICY(gateway, CESTEER_A_GATEWAY_MAX),
	},
	{
		.cmd = CESTEER_CMD_GATEWAY_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_gateway_del,
		POLICY(gateway, CESTEER_A_GATEWAY_MAX),
	},
	{
		.cmd = CESTEER_CMD_GATEWAY_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_gateway_get,
		.dumpit = cs_netlink_gateway_dump,
		POLICY(gateway, CESTEER_A_GATEWAY_MAX),
	},
	{
		.cmd = CESTEER_CMD_SOURCE_NEW,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_table_change,
		POLICY(table, CESTEER_A_TABLE_MAX),
	},
	{
		.cmd = CESTEER_CMD_SOURCE_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_table_change,
		POLICY(table, CESTEER_A_TABLE_MAX),
	},
	{
		.cmd = CESTEER_CMD_SOURCE_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.dumpit = cs_netlink_source_dump,
		POLICY(table, CESTEER_A_TABLE_MAX),
	},
	{
		.cmd = CESTEER_CMD_ROUTE_NEW,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_table_change,
		POLICY(table, CESTEER_A_TABLE_MAX),
	},
	{
		.cmd = CESTEER_CMD_ROUTE_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_table_change,
		POLICY(table, CESTEER_A_TABLE_MAX),
	},
	{
		.cmd = CESTEER_CMD_ROUTE_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_route_get,
		.dumpit = cs_netlink_route_dump,
		POLICY(table, CESTEER_A_TABLE_MAX),
	},
	{
		.cmd = CESTEER_CMD_TABLE_BEGIN,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_table_begin,
		POLICY(table, CESTEER_A_TABLE_MAX),
	},
	{
		.cmd = CESTEER_CMD_TABLE_COMMIT,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_table_commit,
		POLICY(table, CESTEER_A_TABLE_MAX),
	},
	{
		.cmd = CESTEER_CMD_TABLE_ABORT,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_table_abort,
		POLICY(table, CESTEER_A_TABLE_MAX),
	},
	{
		.cmd = CESTEER_CMD_COUNTERS_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.dumpit = cs_netlink_counters_dump,
		NO_ATTRS,
	},
	{
		.cmd = CESTEER_CMD_EXPLAIN,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_explain,
		POLICY(explain, CESTEER_A_EXPLAIN_MAX),
	},
	{
		.cmd = CESTEER_CMD_QUEUE_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_queue_set,
		POLICY(info, CESTEER_A_INFO_MAX),
	},
	{
		.cmd = CESTEER_CMD_OWN,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_own,
		NO_ATTRS,
	},
	{
		.cmd = CESTEER_CMD_DEVICE_NEW,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_device_new,
		POLICY(device, CESTEER_A_DEVICE_MAX),
	},
	{
		.cmd = CESTEER_CMD_DEVICE_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = cs_netlink_device_del,
		POLICY(device, CESTEER_A_DEVICE_MAX),
	},
	{
		.cmd = CESTEER_CMD_DEVICE_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.dumpit = cs_netlink_device_dump,
		NO_ATTRS,
	},
};

static const struct genl_multicast_group mcgrps[] = {
	[CS_MCGRP_EVENTS] = {
		.name = CESTEER_MCGRP_EVENTS,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

struct genl_family cs_netlink_family __ro_after_init = {
	.name = CESTEER_GENL_NAME,
	.version = CESTEER_GENL_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = mcgrps,
	.n_mcgrps = ARRAY_SIZE(mcgrps),
};

struct nlattr *cs_netlink_need(struct genl_info *info, int attr,
			       const char *what)
{
	if (!info->attrs[attr])
		info->extack->_msg = what;
	return info->attrs[attr];
}

struct cs_vpn *cs_netlink_vpn(struct cs_net *cn, struct genl_info *info,
			      int attr)
{
	struct nlattr *nla = info->attrs[attr];
	struct cs_vpn *vpn;

	lockdep_assert_held(&cn->lock);
	vpn = cs_vpn_find(&cn->vpns, nla ? nla_get_u32(nla) : 0);
	if (!vpn)
		NL_SET_ERR_MSG_ATTR(info->extack, nla, "no such VPN");
	return vpn;
}

struct sk_buff *cs_netlink_reply(struct genl_info *info, u8 cmd, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put_reply(skb, info, &cs_netlink_family, 0, cmd);
	if (!*hdr) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

int __init cs_netlink_init(void)
{
	int err;

	err = genl_register_family(&cs_netlink_family);
	if (err)
		return err;
	err = cs_netlink_table_init();
	if (err)
		genl_unregister_family(&cs_netlink_family);
	return err;
}

void cs_netlink_fini(void)
{
	cs_netlink_table_fini();
	genl_unregister_family(&cs_netlink_family);
}
