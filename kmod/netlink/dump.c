// SPDX-License-Identifier: GPL-2.0-only
/*
 * SOURCE_GET and ROUTE_GET: the table read back. A message holds one group, a
 * run of neighbouring prefixes that say the same.
 */
#include "compat/genl.h"
#include "family.h"

/* Where a dump goes on; lives in netlink_callback.ctx. */
struct cursor {
	u32 vpn;
	int len; /* of the last prefix seen; -1: none */
	u8 family;
	u8 addr[16];
};

static struct cursor *dump_cursor(struct netlink_callback *cb)
{
	struct nlattr *nla = cs_compat_dump_attrs(cb)[CESTEER_A_TABLE_VPN];
	struct cursor *cur = (struct cursor *)cb->ctx;

	BUILD_BUG_ON(sizeof(*cur) > sizeof(cb->ctx) - sizeof(cb->args[0]));
	if (!cb->args[5]) {
		cb->args[5] = 1;
		cur->vpn = nla ? nla_get_u32(nla) : 0;
		cur->len = -1;
	}
	return cur;
}

static int prefixes_attr(const struct cursor *cur)
{
	return cur->family == CS_IPV4 ? CESTEER_A_GROUP_PREFIXES4 :
					CESTEER_A_GROUP_PREFIXES6;
}

static int put_target(struct sk_buff *skb, const struct cs_target *target)
{
	u32 ids[CESTEER_GATEWAYS_MAX];
	u32 i;

	if (nla_put_u8(skb, CESTEER_A_GROUP_ACTION, target->key.action))
		return -EMSGSIZE;
	if (!target->key.n)
		return 0;
	for (i = 0; i < target->key.n; i++)
		ids[i] = target->key.gateways[i]->id;
	return nla_put(skb, CESTEER_A_GROUP_GATEWAYS, i * sizeof(u32), ids);
}

/* One record; both families lay them out as address, length, zeroes. */
static int append_prefix(struct sk_buff *skb, const struct cursor *cur)
{
	size_t octets = cur->family == CS_IPV4 ? 4 : 16;
	u8 *rec;

	if (skb_tailroom(skb) < octets + 4)
		return -EMSGSIZE;
	rec = skb_put_zero(skb, octets + 4);
	memcpy(rec, cur->addr, octets);
	rec[octets] = cur->len;
	return 0;
}

/* An attribute's length is 16 bits. */
static bool attr_full(const struct sk_buff *skb, const struct nlattr *nla)
{
	return skb_tail_pointer(skb) - (const u8 *)nla > U16_MAX - 256;
}

/*
 * Appends one group that begins at the cursor's next prefix. Return: 1 when
 * there may be more of the family, 0 at its end, -EMSGSIZE when not even one
 * prefix found room.
 */
static int put_group(struct sk_buff *skb, struct cs_net *cn,
		     const struct cs_lpm *lpm, bool sources, struct cursor *cur)
{
	struct cursor next = *cur;
	struct nlattr *group, *prefixes;
	const struct cs_target *target;
	u16 value, first;
	int n = 0;

	first = cs_lpm_next(lpm, next.addr, &next.len);
	if (first == CS_LPM_NONE)
		return 0;
	group = nla_nest_start(skb, CESTEER_A_TABLE_GROUP);
	if (!group)
		return -EMSGSIZE;
	if (!sources) {
		rcu_read_lock();
		target = cs_target_lookup(&cn->targets, first);
		rcu_read_unlock();
		/* Entries hold it, and the writers' mutex holds the entries. */
		if (put_target(skb, target))
			return -EMSGSIZE;
	}
	prefixes = nla_nest_start_noflag(skb, prefixes_attr(cur));
	if (!prefixes)
		return -EMSGSIZE;
	value = first;
	while (value == first && !attr_full(skb, group)) {
		if (append_prefix(skb, &next))
			break;
		*cur = next;
		n++;
		value = cs_lpm_next(lpm, next.addr, &next.len);
	}
	if (!n)
		return -EMSGSIZE;
	nla_nest_end(skb, prefixes);
	nla_nest_end(skb, group);
	return 1;
}

static int dump(struct sk_buff *skb, struct netlink_callback *cb, bool sources)
{
	struct cs_net *cn = cs_netns_get(sock_net(skb->sk));
	struct cursor *cur = dump_cursor(cb);
	const struct cs_table *table;
	struct cs_vpn *vpn;
	int more, err = 0;
	void *hdr;

	mutex_lock(&cn->lock);
	cb->seq = cn->generation + 1;
	vpn = cs_vpn_find(&cn->vpns, cur->vpn);
	if (!vpn) {
		NL_SET_ERR_MSG(cb->extack, "no such VPN");
		err = -ENOENT;
		goto unlock;
	}
	table = cs_vpn_table(vpn);
	while (cur->family < CS_FAMILIES) {
		const struct cs_lpm *lpm = sources ?
						   table->sources[cur->family] :
						   table->routes[cur->family];

		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &cs_netlink_family,
				  NLM_F_MULTI,
				  sources ? CESTEER_CMD_SOURCE_GET :
					    CESTEER_CMD_ROUTE_GET);
		if (!hdr)
			break;
		if (nla_put_u32(skb, CESTEER_A_TABLE_VPN, cur->vpn))
			more = -EMSGSIZE;
		else
			more = put_group(skb, cn, lpm, sources, cur);
		if (more <= 0)
			genlmsg_cancel(skb, hdr);
		if (more < 0)
			break;
		if (more) {
			genl_dump_check_consistent(cb, hdr);
			genlmsg_end(skb, hdr);
		} else {
			cur->family++;
			cur->len = -1;
		}
	}
unlock:
	mutex_unlock(&cn->lock);
	return err ?: skb->len;
}

int cs_netlink_source_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, true);
}

int cs_netlink_route_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, false);
}

/* The one prefix that a ROUTE_GET asks about. */
static int parse_one(struct genl_info *info, struct cursor *cur)
{
	struct nlattr *tb[CESTEER_A_GROUP_MAX + 1];
	struct nlattr *group, *p4, *p6;
	size_t octets;
	int err;

	group = cs_netlink_need(info, CESTEER_A_TABLE_GROUP, "which prefix?");
	if (!group)
		return -EINVAL;
	err = nla_parse_nested(tb, CESTEER_A_GROUP_MAX, group, NULL,
			       info->extack);
	if (err)
		return err;
	p4 = tb[CESTEER_A_GROUP_PREFIXES4];
	p6 = tb[CESTEER_A_GROUP_PREFIXES6];
	octets = p4 ? 4 : 16;
	if (!p4 == !p6 || nla_len(p4 ?: p6) != octets + 4) {
		NL_SET_ERR_MSG_ATTR(info->extack, group,
				    "exactly one prefix can be asked for");
		return -EINVAL;
	}
	cur->family = p4 ? CS_IPV4 : CS_IPV6;
	memcpy(cur->addr, nla_data(p4 ?: p6), octets);
	cur->len = ((u8 *)nla_data(p4 ?: p6))[octets];
	if (cur->len > octets * 8) {
		NL_SET_ERR_MSG_ATTR(info->extack, p4 ?: p6,
				    "prefix length out of range");
		return -EINVAL;
	}
	return 0;
}

static int put_one(struct sk_buff *skb, struct cs_net *cn, u16 value,
		   const struct cursor *cur)
{
	const struct cs_target *target;
	struct nlattr *group, *prefixes;
	int err;

	if (nla_put_u32(skb, CESTEER_A_TABLE_VPN, cur->vpn))
		return -EMSGSIZE;
	group = nla_nest_start(skb, CESTEER_A_TABLE_GROUP);
	if (!group)
		return -EMSGSIZE;
	rcu_read_lock();
	target = cs_target_lookup(&cn->targets, value);
	rcu_read_unlock();
	err = put_target(skb, target);
	if (err)
		return err;
	prefixes = nla_nest_start_noflag(skb, prefixes_attr(cur));
	if (!prefixes || append_prefix(skb, cur))
		return -EMSGSIZE;
	nla_nest_end(skb, prefixes);
	nla_nest_end(skb, group);
	return 0;
}

int cs_netlink_route_get(struct sk_buff *skb, struct genl_info *info)
{
	struct cs_net *cn = cs_netns_get(genl_info_net(info));
	struct cursor cur = {};
	struct sk_buff *reply;
	struct cs_vpn *vpn;
	void *hdr;
	u16 value;
	int err;

	err = parse_one(info, &cur);
	if (err)
		return err;
	reply = cs_netlink_reply(info, CESTEER_CMD_ROUTE_GET, &hdr);
	if (!reply)
		return -ENOMEM;
	mutex_lock(&cn->lock);
	vpn = cs_netlink_vpn(cn, info, CESTEER_A_TABLE_VPN);
	err = -ENOENT;
	if (!vpn)
		goto unlock;
	cur.vpn = vpn->id;
	value = cs_lpm_get(cs_vpn_table(vpn)->routes[cur.family], cur.addr,
			   cur.len);
	if (value == CS_LPM_NONE) {
		NL_SET_ERR_MSG(info->extack, "no such prefix");
		goto unlock;
	}
	err = put_one(reply, cn, value, &cur);
unlock:
	mutex_unlock(&cn->lock);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
}
