// SPDX-License-Identifier: GPL-2.0-only
/*
 * EXPLAIN: what would happen to a packet, decided by the code that decides
 * about real ones.
 */
#include "family.h"
#include "steer/verdict.h"

static u16 optional_u16(struct genl_info *info, int attr)
{
	return info->attrs[attr] ? nla_get_u16(info->attrs[attr]) : 0;
}

static int parse_key(struct genl_info *info, struct cs_key *key)
{
	struct nlattr **tb = info->attrs;
	bool v4 = tb[CESTEER_A_EXPLAIN_SRC4] && tb[CESTEER_A_EXPLAIN_DST4];
	bool v6 = tb[CESTEER_A_EXPLAIN_SRC6] && tb[CESTEER_A_EXPLAIN_DST6];

	if (v4 == v6) {
		NL_SET_ERR_MSG(info->extack,
			       "need source and destination of one family");
		return -EINVAL;
	}
	key->family = v4 ? CS_IPV4 : CS_IPV6;
	key->saddr = nla_data(v4 ? tb[CESTEER_A_EXPLAIN_SRC4] :
				   tb[CESTEER_A_EXPLAIN_SRC6]);
	key->daddr = nla_data(v4 ? tb[CESTEER_A_EXPLAIN_DST4] :
				   tb[CESTEER_A_EXPLAIN_DST6]);
	if (tb[CESTEER_A_EXPLAIN_PROTO])
		key->proto = nla_get_u8(tb[CESTEER_A_EXPLAIN_PROTO]);
	key->sport = optional_u16(info, CESTEER_A_EXPLAIN_SPORT);
	key->dport = optional_u16(info, CESTEER_A_EXPLAIN_DPORT);
	return 0;
}

static int put_prefix(struct sk_buff *skb, const struct cs_lpm *lpm,
		      enum cs_family family, const void *addr, int attr4,
		      int attr6)
{
	u8 octets = family == CS_IPV4 ? 4 : 16;
	u8 rec[sizeof(struct cesteer_prefix6)] = {};
	u8 len, i;

	if (cs_lpm_match(lpm, addr, &len) == CS_LPM_NONE)
		return 0;
	memcpy(rec, addr, octets);
	for (i = len; i < octets * 8; i++)
		rec[i / 8] &= ~(0x80 >> i % 8);
	rec[octets] = len;
	return nla_put(skb, family == CS_IPV4 ? attr4 : attr6, octets + 4, rec);
}

/* Which prefixes matched: coming in, the packet's two ends change places. */
static int put_prefixes(struct sk_buff *skb, const struct cs_table *table,
			const struct cs_key *key, u8 dir)
{
	const void *inside = dir == CESTEER_DIR_OUT ? key->saddr : key->daddr;
	const void *outside = dir == CESTEER_DIR_OUT ? key->daddr : key->saddr;

	int err;

	err = put_prefix(skb, table->sources[key->family], key->family, inside,
			 CESTEER_A_EXPLAIN_SOURCE4, CESTEER_A_EXPLAIN_SOURCE6);
	if (err)
		return err;
	return put_prefix(skb, table->routes[key->family], key->family, outside,
			  CESTEER_A_EXPLAIN_ROUTE4, CESTEER_A_EXPLAIN_ROUTE6);
}

static int put_verdict(struct sk_buff *skb, const struct cs_verdict *v)
{
	if (nla_put_u8(skb, CESTEER_A_EXPLAIN_VERDICT,
		       cs_stats_reason_verdict(v->reason)) ||
	    nla_put_u32(skb, CESTEER_A_EXPLAIN_REASON, v->reason) ||
	    nla_put_string(skb, CESTEER_A_EXPLAIN_REASON_NAME,
			   cs_stats_reason_name(v->reason)))
		return -EMSGSIZE;
	if (v->target &&
	    nla_put_u8(skb, CESTEER_A_EXPLAIN_ACTION, v->target->key.action))
		return -EMSGSIZE;
	if (v->gateway &&
	    (nla_put_u32(skb, CESTEER_A_EXPLAIN_GATEWAY, v->gateway->id) ||
	     nla_put_u32(skb, CESTEER_A_EXPLAIN_IF_ID, v->gateway->if_id)))
		return -EMSGSIZE;
	return 0;
}

int cs_netlink_explain(struct sk_buff *skb, struct genl_info *info)
{
	struct cs_net *cn = cs_netns_get(genl_info_net(info));
	struct nlattr **tb = info->attrs;
	u8 dir = CESTEER_DIR_OUT;
	struct cs_key key = {};
	struct sk_buff *reply;
	struct cs_verdict v;
	struct cs_vpn *vpn;
	void *hdr;
	int err;

	err = parse_key(info, &key);
	if (err)
		return err;
	if (tb[CESTEER_A_EXPLAIN_DIRECTION])
		dir = nla_get_u8(tb[CESTEER_A_EXPLAIN_DIRECTION]);
	if (dir == CESTEER_DIR_OUT && tb[CESTEER_A_EXPLAIN_IF_ID]) {
		NL_SET_ERR_MSG_ATTR(info->extack, tb[CESTEER_A_EXPLAIN_IF_ID],
				    "an if_id is what a packet came in by");
		return -EINVAL;
	}
	reply = cs_netlink_reply(info, CESTEER_CMD_EXPLAIN, &hdr);
	if (!reply)
		return -ENOMEM;
	mutex_lock(&cn->lock);
	vpn = cs_netlink_vpn(cn, info, CESTEER_A_EXPLAIN_VPN);
	if (!vpn) {
		err = -ENOENT;
		goto unlock;
	}
	rcu_read_lock();
	if (dir == CESTEER_DIR_OUT) {
		/* Only from this host could it be a tunnel's own packet. */
		key.local = true;
		cs_verdict_out(cn, vpn, &key, &v);
	} else {
		struct nlattr *if_id = tb[CESTEER_A_EXPLAIN_IF_ID];

		cs_verdict_in(cn, vpn, &key, if_id,
			      if_id ? nla_get_u32(if_id) : 0, &v);
	}
	err = put_verdict(reply, &v);
	rcu_read_unlock();
	if (!err)
		err = put_prefixes(reply, cs_vpn_table(vpn), &key, dir);
unlock:
	mutex_unlock(&cn->lock);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
}
