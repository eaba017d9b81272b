// SPDX-License-Identifier: GPL-2.0-only
/*
 * SOURCE_NEW, SOURCE_DEL, ROUTE_NEW and ROUTE_DEL: batches of prefixes, each
 * applied whole or not at all; and the transactions that replace a VPN's table
 * as a whole.
 *
 * A batch is first turned into changes of the lookup table, which checks every
 * prefix and takes a reference on what it will say; then the table applies
 * them; then what they replaced is given back.
 */
#include <linux/module.h>
#include <linux/notifier.h>

#include "family.h"
#include "limits.h"
#include "notify.h"

static unsigned int max_sources = 65536;
module_param(max_sources, uint, 0644);
MODULE_PARM_DESC(max_sources, "source prefixes a namespace may hold");

static unsigned int max_routes = 4194304;
module_param(max_routes, uint, 0644);
MODULE_PARM_DESC(max_routes, "trusted subnets a namespace may hold");

/* What a source prefix maps to: there is nothing more to say about it. */
#define SOURCE_VALUE 1

unsigned int cs_netlink_max_sources(void)
{
	return READ_ONCE(max_sources);
}

unsigned int cs_netlink_max_routes(void)
{
	return READ_ONCE(max_routes);
}

/* One request under way. */
struct batch {
	struct cs_net *cn;
	struct genl_info *info;
	struct cs_lpm *lpm;
	struct cs_lpm_op *ops;
	size_t n;
	size_t room;
	enum cs_family family;
	bool sources;
	bool del;
};

static const struct {
	int attr;
	size_t size;
	u8 bits;
} wire[CS_FAMILIES] = {
	[CS_IPV4] = {
		.attr = CESTEER_A_GROUP_PREFIXES4,
		.size = sizeof(struct cesteer_prefix4),
		.bits = 32,
	},
	[CS_IPV6] = {
		.attr = CESTEER_A_GROUP_PREFIXES6,
		.size = sizeof(struct cesteer_prefix6),
		.bits = 128,
	},
};

/* The request's groups: the same attribute, repeated. */
static bool is_group(const struct nlattr *nla)
{
	return nla_type(nla) == CESTEER_A_TABLE_GROUP;
}

/* How many prefixes the request holds, and of which family. */
static int count_prefixes(struct batch *b)
{
	struct nlattr *nla, *tb[CESTEER_A_GROUP_MAX + 1];
	size_t n[CS_FAMILIES] = {};
	int rem, f, err;

	nla_for_each_attr(nla, genlmsg_data(b->info->genlhdr),
			  genlmsg_len(b->info->genlhdr), rem) {
		if (!is_group(nla))
			continue;
		err = nla_parse_nested(tb, CESTEER_A_GROUP_MAX, nla, NULL,
				       b->info->extack);
		if (err)
			return err;
		for (f = 0; f < CS_FAMILIES; f++) {
			struct nlattr *p = tb[wire[f].attr];

			if (!p)
				continue;
			if (nla_len(p) % wire[f].size) {
				NL_SET_ERR_MSG_ATTR(b->info->extack, p,
						    "cut within a prefix");
				return -EINVAL;
			}
			n[f] += nla_len(p) / wire[f].size;
		}
	}
	if (!n[CS_IPV4] && !n[CS_IPV6]) {
		NL_SET_ERR_MSG(b->info->extack, "no prefixes in the request");
		return -EINVAL;
	}
	if (n[CS_IPV4] && n[CS_IPV6]) {
		NL_SET_ERR_MSG(b->info->extack,
			       "IPv4 and IPv6 prefixes need a request each");
		return -EINVAL;
	}
	b->family = n[CS_IPV4] ? CS_IPV4 : CS_IPV6;
	b->room = n[b->family];
	return 0;
}

/* Points the complaint at the very prefix. */
static int bad_prefix(struct batch *b, const void *rec)
{
	NL_SET_BAD_ATTR(b->info->extack, rec);
	return -EINVAL;
}

static bool has_bits_beyond(const u8 *addr, u8 len, u8 bits)
{
	u8 i = len / 8;

	if (len % 8) {
		if (addr[i] & (0xff >> len % 8))
			return true;
		i++;
	}
	for (; i < bits / 8; i++)
		if (addr[i])
			return true;
	return false;
}

/* Address, length and zeroes, in that order, for either family. */
static int check_prefix(struct batch *b, const u8 *rec)
{
	struct netlink_ext_ack *extack = b->info->extack;
	u8 bits = wire[b->family].bits;
	u8 len = rec[bits / 8];
	const u8 *zero = rec + bits / 8 + 1;

	if (len > bits) {
		NL_SET_ERR_MSG(extack, "prefix length out of range");
		return bad_prefix(b, rec);
	}
	if (zero[0] | zero[1] | zero[2]) {
		NL_SET_ERR_MSG(extack, "octets behind the length must be zero");
		return bad_prefix(b, rec);
	}
	if (has_bits_beyond(rec, len, bits)) {
		NL_SET_ERR_MSG(extack, "bits set beyond the prefix length");
		return bad_prefix(b, rec);
	}
	if (b->del && cs_lpm_get(b->lpm, rec, len) == CS_LPM_NONE) {
		NL_SET_ERR_MSG(extack, "no such prefix");
		bad_prefix(b, rec);
		return -ENOENT;
	}
	return 0;
}

static int parse_gateways(struct batch *b, struct nlattr *nla,
			  struct cs_target_key *key)
{
	u32 ids[CESTEER_GATEWAYS_MAX];
	u32 i, j, n;

	n = nla_len(nla) / sizeof(u32);
	if (!n || nla_len(nla) % sizeof(u32)) {
		NL_SET_ERR_MSG_ATTR(b->info->extack, nla,
				    "not a whole number of gateway ids");
		return -EINVAL;
	}
	memcpy(ids, nla_data(nla), n * sizeof(u32));
	for (i = 0; i < n; i++) {
		key->gateways[i] = cs_gateway_by_id(&b->cn->gateways, ids[i]);
		if (!key->gateways[i]) {
			NL_SET_ERR_MSG_ATTR(b->info->extack, nla,
					    "no such gateway");
			return -ENOENT;
		}
		for (j = 0; j < i; j++) {
			if (key->gateways[i] != key->gateways[j])
				continue;
			NL_SET_ERR_MSG_ATTR(b->info->extack, nla,
					    "the same gateway twice");
			return -EINVAL;
		}
	}
	key->n = n;
	return 0;
}

/* What a group's prefixes are to say: a target's number, or nothing. */
static int parse_target(struct batch *b, struct nlattr **tb, u32 n, u16 *value)
{
	struct nlattr *action = tb[CESTEER_A_GROUP_ACTION];
	struct nlattr *gateways = tb[CESTEER_A_GROUP_GATEWAYS];
	struct netlink_ext_ack *extack = b->info->extack;
	struct cs_target_key key = {};
	struct cs_target *target;
	int err;

	if (b->sources || b->del) {
		*value = b->del ? CS_LPM_NONE : SOURCE_VALUE;
		if (!action && !gateways)
			return 0;
		if (b->sources)
			NL_SET_ERR_MSG_ATTR(extack, action ?: gateways,
					    "a source prefix has no action");
		else
			NL_SET_ERR_MSG_ATTR(extack, action ?: gateways,
					    "deleting looks at prefixes only");
		return -EINVAL;
	}
	if (!action) {
		NL_SET_ERR_MSG(extack, "a trusted subnet needs an action");
		return -EINVAL;
	}
	key.action = nla_get_u8(action);
	if (key.action == CESTEER_ACTION_PROTECT && !gateways) {
		NL_SET_ERR_MSG_ATTR(extack, action,
				    "to protect needs a gateway");
		return -EINVAL;
	}
	if (key.action != CESTEER_ACTION_PROTECT && gateways) {
		NL_SET_ERR_MSG_ATTR(extack, gateways,
				    "only to protect takes gateways");
		return -EINVAL;
	}
	if (gateways) {
		err = parse_gateways(b, gateways, &key);
		if (err)
			return err;
	}
	target = cs_target_get(&b->cn->targets, &key, n, extack);
	if (IS_ERR(target))
		return PTR_ERR(target);
	*value = target->id;
	return 0;
}

static int parse_group(struct batch *b, struct nlattr *nla)
{
	struct nlattr *tb[CESTEER_A_GROUP_MAX + 1];
	size_t size = wire[b->family].size;
	u8 octets = wire[b->family].bits / 8;
	struct nlattr *prefixes;
	const u8 *rec;
	u16 value;
	u32 n, i;
	int err;

	err = nla_parse_nested(tb, CESTEER_A_GROUP_MAX, nla, NULL, NULL);
	if (err)
		return err;
	prefixes = tb[wire[b->family].attr];
	n = prefixes ? nla_len(prefixes) / size : 0;
	if (!n)
		return 0;
	rec = nla_data(prefixes);
	for (i = 0; i < n; i++) {
		err = check_prefix(b, rec + i * size);
		if (err)
			return err;
	}
	err = parse_target(b, tb, n, &value);
	if (err)
		return err;
	for (i = 0; i < n; i++, rec += size)
		b->ops[b->n++] = (struct cs_lpm_op){
			.addr = rec,
			.len = rec[octets],
			.value = value,
		};
	cond_resched();
	return 0;
}

/* Gives references back, the new ones or the old; equal ones come in runs. */
static void put_targets(struct batch *b, bool old)
{
	size_t i, run;
	u16 id;

	if (b->sources)
		return;
	for (i = 0; i < b->n; i += run) {
		id = old ? b->ops[i].old : b->ops[i].value;
		for (run = 1; i + run < b->n; run++)
			if (id !=
			    (old ? b->ops[i + run].old : b->ops[i + run].value))
				break;
		if (id != CS_LPM_NONE)
			cs_target_put(&b->cn->targets, id, run);
	}
}

/* Prefixes of the kind, over all VPNs; the table to be changed for its own. */
static size_t count_held(struct batch *b, struct cs_vpn *vpn,
			 struct cs_table *table)
{
	size_t sum = 0;
	struct cs_vpn *v;
	int i;

	hash_for_each(b->cn->vpns.by_id, i, v, node) {
		struct cs_table *t = v == vpn ? table : cs_vpn_table(v);

		sum += b->sources ? cs_table_sources(t) : cs_table_routes(t);
	}
	return sum;
}

static int check_limit(struct batch *b, struct cs_vpn *vpn,
		       struct cs_table *table)
{
	size_t max = b->sources ? cs_netlink_max_sources() :
				  cs_netlink_max_routes();
	size_t i, held = count_held(b, vpn, table);

	if (b->del || held + b->n <= max)
		return 0;
	for (i = 0; i < b->n; i++)
		if (cs_lpm_get(b->lpm, b->ops[i].addr, b->ops[i].len) ==
		    CS_LPM_NONE)
			held++;
	if (held <= max)
		return 0;
	if (b->sources)
		NL_SET_ERR_MSG(b->info->extack, "limit reached: max_sources");
	else
		NL_SET_ERR_MSG(b->info->extack, "limit reached: max_routes");
	return -ENOSPC;
}

static void count_change(const struct batch *b, struct cs_change *change)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		if (b->ops[i].value == CS_LPM_NONE)
			change->deleted += b->ops[i].old != CS_LPM_NONE;
		else if (b->ops[i].old == CS_LPM_NONE)
			change->added++;
		else
			change->replaced++;
	}
}

static int batch_apply(struct batch *b, struct cs_vpn *vpn,
		       struct cs_table *table)
{
	struct cs_change change = {};
	struct nlattr *nla;
	int rem, err;

	nla_for_each_attr(nla, genlmsg_data(b->info->genlhdr),
			  genlmsg_len(b->info->genlhdr), rem) {
		if (!is_group(nla))
			continue;
		err = parse_group(b, nla);
		if (err)
			goto err_put;
	}
	err = check_limit(b, vpn, table);
	if (err)
		goto err_put;
	if (!b->del && table != vpn->shadow) {
		err = cs_netns_look(b->cn, b->info->extack);
		if (err)
			goto err_put;
	}
	err = cs_lpm_apply(b->lpm, b->ops, b->n);
	if (err)
		NL_SET_ERR_MSG(b->info->extack, "no memory for the prefixes");
	if (err || b->del)
		cs_netns_look_away(b->cn);
	if (err)
		goto err_put;
	put_targets(b, true);
	if (table == vpn->shadow)
		return 0;
	cs_netns_changed(b->cn);
	count_change(b, &change);
	cs_notify_change(b->cn, b->info, &vpn->id, &change);
	return 0;

err_put:
	put_targets(b, false);
	return err;
}

/* The table that a request is about: a VPN's own, or its open transaction's. */
static struct cs_table *request_table(struct genl_info *info,
				      const struct cs_vpn *vpn)
{
	struct nlattr *flag = info->attrs[CESTEER_A_TABLE_TRANSACTION];

	if (!flag)
		return cs_vpn_table(vpn);
	if (vpn->shadow && vpn->shadow_portid == info->snd_portid)
		return vpn->shadow;
	NL_SET_ERR_MSG_ATTR(info->extack, flag,
			    "this socket has no transaction open on the VPN");
	return NULL;
}

int cs_netlink_table_change(struct sk_buff *skb, struct genl_info *info)
{
	struct cs_net *cn = cs_netns_get(genl_info_net(info));
	u8 cmd = info->genlhdr->cmd;
	struct batch b = {
		.cn = cn,
		.info = info,
		.sources = cmd == CESTEER_CMD_SOURCE_NEW ||
			   cmd == CESTEER_CMD_SOURCE_DEL,
		.del = cmd == CESTEER_CMD_SOURCE_DEL ||
		       cmd == CESTEER_CMD_ROUTE_DEL,
	};
	struct cs_table *table;
	struct cs_vpn *vpn;
	int err;

	err = count_prefixes(&b);
	if (err)
		return err;
	b.ops = kvmalloc_array(b.room, sizeof(*b.ops), GFP_KERNEL_ACCOUNT);
	if (!b.ops) {
		NL_SET_ERR_MSG(info->extack, "no memory for the batch");
		return -ENOMEM;
	}
	err = cs_netlink_lock(cn, info, CESTEER_A_TABLE_FORCE);
	if (err)
		goto free;
	vpn = cs_netlink_vpn(cn, info, CESTEER_A_TABLE_VPN);
	if (!vpn) {
		err = -ENOENT;
		goto unlock;
	}
	table = request_table(info, vpn);
	if (!table) {
		err = -EINVAL;
		goto unlock;
	}
	b.lpm = b.sources ? table->sources[b.family] : table->routes[b.family];
	err = batch_apply(&b, vpn, table);
unlock:
	mutex_unlock(&cn->lock);
free:
	kvfree(b.ops);
	return err;
}

int cs_netlink_table_begin(struct sk_buff *skb, struct genl_info *info)
{
	struct cs_net *cn = cs_netns_get(genl_info_net(info));
	struct cs_vpn *vpn;
	int err;

	err = cs_netlink_lock(cn, info, CESTEER_A_TABLE_FORCE);
	if (err)
		return err;
	vpn = cs_netlink_vpn(cn, info, CESTEER_A_TABLE_VPN);
	if (!vpn) {
		err = -ENOENT;
	} else if (vpn->shadow) {
		NL_SET_ERR_MSG(info->extack,
			       "a transaction is open on the VPN already");
		err = -EBUSY;
	} else {
		vpn->shadow = cs_table_create();
		vpn->shadow_portid = info->snd_portid;
		if (!vpn->shadow) {
			NL_SET_ERR_MSG(info->extack, "no memory for a table");
			err = -ENOMEM;
		}
	}
	mutex_unlock(&cn->lock);
	return err;
}

static int table_end(struct genl_info *info, bool commit)
{
	struct cs_net *cn = cs_netns_get(genl_info_net(info));
	struct cs_change change = {};
	struct cs_vpn *vpn;
	int err;

	err = cs_netlink_lock(cn, info, CESTEER_A_TABLE_FORCE);
	if (err)
		return err;
	vpn = cs_netlink_vpn(cn, info, CESTEER_A_TABLE_VPN);
	if (!vpn) {
		err = -ENOENT;
	} else if (!vpn->shadow || vpn->shadow_portid != info->snd_portid) {
		NL_SET_ERR_MSG(info->extack,
			       "no transaction of this socket is open");
		err = -EINVAL;
	} else if (!commit) {
		cs_vpn_abort(vpn, &cn->targets);
	} else {
		change.deleted = cs_table_sources(cs_vpn_table(vpn)) +
				 cs_table_routes(cs_vpn_table(vpn));
		change.added = cs_table_sources(vpn->shadow) +
			       cs_table_routes(vpn->shadow);
		if (change.added)
			err = cs_netns_look(cn, info->extack);
		if (err)
			goto unlock;
		cs_vpn_commit(vpn, &cn->targets);
		cs_netns_look_away(cn);
		cs_netns_changed(cn);
		cs_notify_change(cn, info, &vpn->id, &change);
	}
unlock:
	mutex_unlock(&cn->lock);
	return err;
}

int cs_netlink_table_commit(struct sk_buff *skb, struct genl_info *info)
{
	return table_end(info, true);
}

int cs_netlink_table_abort(struct sk_buff *skb, struct genl_info *info)
{
	return table_end(info, false);
}

/*
 * A socket is gone: so are the transactions that it left open, and the
 * namespace is its own no more.
 */
static int socket_gone(struct notifier_block *nb, unsigned long event,
		       void *data)
{
	const struct netlink_notify *n = data;
	struct cs_net *cn;
	struct cs_vpn *vpn;
	int i;

	if (event != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	cn = cs_netns_get(n->net);
	mutex_lock(&cn->lock);
	if (cn->owner.portid == n->portid)
		cn->owner.portid = 0;
	hash_for_each(cn->vpns.by_id, i, vpn, node)
		if (vpn->shadow_portid == n->portid)
			cs_vpn_abort(vpn, &cn->targets);
	mutex_unlock(&cn->lock);
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_gone,
};

int cs_netlink_table_init(void)
{
	return netlink_register_notifier(&socket_notifier);
}

void cs_netlink_table_fini(void)
{
	netlink_unregister_notifier(&socket_notifier);
}
