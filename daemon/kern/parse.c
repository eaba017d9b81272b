// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replies and notifications, octets to structs. Lengths are checked by the
 * policies; the kernel is trusted no further than that.
 */
#include "kern/parse.h"

#include <errno.h>
#include <string.h>
#include <netlink/genl/genl.h>

static void set_string(char *to, size_t len, const struct nlattr *a)
{
	if (a)
		nla_strlcpy(to, a, len);
}

static void set_u8(uint8_t *to, const struct nlattr *a)
{
	if (a)
		*to = nla_get_u8(a);
}

static void set_u32(uint32_t *to, const struct nlattr *a)
{
	if (a)
		*to = nla_get_u32(a);
}

static void set_u64(uint64_t *to, const struct nlattr *a)
{
	if (a)
		*to = nla_get_u64(a);
}

static int parse(struct nlmsghdr *nlh, struct nlattr **tb, int max,
		 const struct nla_policy *policy)
{
	if (!genlmsg_valid_hdr(nlh, 0))
		return -EBADMSG;
	return genlmsg_parse(nlh, 0, tb, max, policy) ? -EBADMSG : 0;
}

/* A CESTEER_A_..._{ADDR,SRC,DST} pair: at most one of the two is there. */
static int parse_address(const struct nlattr *a4, const struct nlattr *a6,
			 struct addr *a)
{
	const struct nlattr *attr = a4 ? a4 : a6;

	memset(a, 0, sizeof(*a));
	if (!attr)
		return 0;
	if (a4 && a6)
		return -EBADMSG;
	a->family = a4 ? AF_INET : AF_INET6;
	if ((unsigned int)nla_len(attr) != addr_bits(a->family) / 8)
		return -EBADMSG;
	memcpy(a->b, nla_data(attr), nla_len(attr));
	return 0;
}

/* One record, and whether it is a prefix at all. */
static int parse_record(uint8_t family, const uint8_t *rec, struct prefix *p)
{
	size_t octets = addr_bits(family) / 8;
	struct prefix masked;

	memset(p, 0, sizeof(*p));
	p->family = family;
	p->len = rec[octets];
	memcpy(p->b, rec, octets);
	if (p->len > addr_bits(family))
		return -EBADMSG;
	masked = *p;
	prefix_mask(&masked);
	return prefix_cmp(p, &masked) ? -EBADMSG : 0;
}

static int parse_prefix(const struct nlattr *a4, const struct nlattr *a6,
			struct prefix *p)
{
	memset(p, 0, sizeof(*p));
	if (a4 && a6)
		return -EBADMSG;
	if (a4)
		return nla_len(a4) == sizeof(struct cesteer_prefix4) ?
			       parse_record(AF_INET, nla_data(a4), p) :
			       -EBADMSG;
	if (a6)
		return nla_len(a6) == sizeof(struct cesteer_prefix6) ?
			       parse_record(AF_INET6, nla_data(a6), p) :
			       -EBADMSG;
	return 0;
}

int kern_parse_info(struct nlmsghdr *nlh, struct kern_info *info)
{
	static const struct nla_policy policy[CESTEER_A_INFO_MAX + 1] = {
		[CESTEER_A_INFO_VERSION] = { .type = NLA_U32 },
		[CESTEER_A_INFO_MODULE] = { .type = NLA_STRING },
		[CESTEER_A_INFO_MAX_GATEWAYS] = { .type = NLA_U32 },
		[CESTEER_A_INFO_MAX_SOURCES] = { .type = NLA_U32 },
		[CESTEER_A_INFO_MAX_ROUTES] = { .type = NLA_U32 },
		[CESTEER_A_INFO_GATEWAYS] = { .type = NLA_U32 },
		[CESTEER_A_INFO_SOURCES] = { .type = NLA_U32 },
		[CESTEER_A_INFO_ROUTES] = { .type = NLA_U32 },
		[CESTEER_A_INFO_BYTES] = { .type = NLA_U64 },
		[CESTEER_A_INFO_FEATURES] = { .type = NLA_U64 },
		[CESTEER_A_INFO_QUEUE_PACKETS] = { .type = NLA_U32 },
		[CESTEER_A_INFO_QUEUE_BYTES] = { .type = NLA_U32 },
		[CESTEER_A_INFO_QUEUE_AGE] = { .type = NLA_U32 },
		[CESTEER_A_INFO_QUEUE_TOTAL] = { .type = NLA_U32 },
		[CESTEER_A_INFO_QUEUE_HELD] = { .type = NLA_U32 },
		[CESTEER_A_INFO_OWNER_PID] = { .type = NLA_U32 },
		[CESTEER_A_INFO_OWNER_COMM] = { .type = NLA_STRING },
	};
	struct nlattr *tb[CESTEER_A_INFO_MAX + 1];

	memset(info, 0, sizeof(*info));
	if (parse(nlh, tb, CESTEER_A_INFO_MAX, policy) ||
	    !tb[CESTEER_A_INFO_VERSION])
		return -EBADMSG;
	set_u32(&info->version, tb[CESTEER_A_INFO_VERSION]);
	set_string(info->module, sizeof(info->module),
		   tb[CESTEER_A_INFO_MODULE]);
	set_u32(&info->max_gateways, tb[CESTEER_A_INFO_MAX_GATEWAYS]);
	set_u32(&info->max_sources, tb[CESTEER_A_INFO_MAX_SOURCES]);
	set_u32(&info->max_routes, tb[CESTEER_A_INFO_MAX_ROUTES]);
	set_u32(&info->gateways, tb[CESTEER_A_INFO_GATEWAYS]);
	set_u32(&info->sources, tb[CESTEER_A_INFO_SOURCES]);
	set_u32(&info->routes, tb[CESTEER_A_INFO_ROUTES]);
	set_u64(&info->bytes, tb[CESTEER_A_INFO_BYTES]);
	set_u64(&info->features, tb[CESTEER_A_INFO_FEATURES]);
	set_u32(&info->queue.packets, tb[CESTEER_A_INFO_QUEUE_PACKETS]);
	set_u32(&info->queue.bytes, tb[CESTEER_A_INFO_QUEUE_BYTES]);
	set_u32(&info->queue.age, tb[CESTEER_A_INFO_QUEUE_AGE]);
	set_u32(&info->queue.total, tb[CESTEER_A_INFO_QUEUE_TOTAL]);
	set_u32(&info->queue_held, tb[CESTEER_A_INFO_QUEUE_HELD]);
	set_u32(&info->owner_pid, tb[CESTEER_A_INFO_OWNER_PID]);
	set_string(info->owner, sizeof(info->owner),
		   tb[CESTEER_A_INFO_OWNER_COMM]);
	return 0;
}

int kern_parse_vpn(struct nlmsghdr *nlh, struct kern_vpn *v)
{
	static const struct nla_policy policy[CESTEER_A_VPN_MAX + 1] = {
		[CESTEER_A_VPN_ID] = { .type = NLA_U32 },
		[CESTEER_A_VPN_DEFAULT] = { .type = NLA_U8 },
		[CESTEER_A_VPN_SOURCES] = { .type = NLA_U32 },
		[CESTEER_A_VPN_ROUTES] = { .type = NLA_U32 },
		[CESTEER_A_VPN_BYTES] = { .type = NLA_U64 },
	};
	struct nlattr *tb[CESTEER_A_VPN_MAX + 1];

	memset(v, 0, sizeof(*v));
	if (parse(nlh, tb, CESTEER_A_VPN_MAX, policy) || !tb[CESTEER_A_VPN_ID])
		return -EBADMSG;
	set_u32(&v->id, tb[CESTEER_A_VPN_ID]);
	set_u8(&v->default_action, tb[CESTEER_A_VPN_DEFAULT]);
	set_u32(&v->sources, tb[CESTEER_A_VPN_SOURCES]);
	set_u32(&v->routes, tb[CESTEER_A_VPN_ROUTES]);
	set_u64(&v->bytes, tb[CESTEER_A_VPN_BYTES]);
	return 0;
}

int kern_parse_device(struct nlmsghdr *nlh, struct kern_device *d)
{
	static const struct nla_policy policy[CESTEER_A_DEVICE_MAX + 1] = {
		[CESTEER_A_DEVICE_VPN] = { .type = NLA_U32 },
		[CESTEER_A_DEVICE_NAME] = { .type = NLA_STRING },
		[CESTEER_A_DEVICE_IFINDEX] = { .type = NLA_U32 },
		[CESTEER_A_DEVICE_PACKETS] = { .type = NLA_U64 },
	};
	struct nlattr *tb[CESTEER_A_DEVICE_MAX + 1];

	memset(d, 0, sizeof(*d));
	if (parse(nlh, tb, CESTEER_A_DEVICE_MAX, policy) ||
	    !tb[CESTEER_A_DEVICE_NAME])
		return -EBADMSG;
	set_u32(&d->vpn, tb[CESTEER_A_DEVICE_VPN]);
	set_string(d->name, sizeof(d->name), tb[CESTEER_A_DEVICE_NAME]);
	set_u32(&d->ifindex, tb[CESTEER_A_DEVICE_IFINDEX]);
	set_u64(&d->packets, tb[CESTEER_A_DEVICE_PACKETS]);
	return 0;
}

int kern_parse_gateway(struct nlmsghdr *nlh, struct kern_gateway *g)
{
	static const struct nla_policy policy[CESTEER_A_GATEWAY_MAX + 1] = {
		[CESTEER_A_GATEWAY_ID] = { .type = NLA_U32 },
		[CESTEER_A_GATEWAY_IF_ID] = { .type = NLA_U32 },
		[CESTEER_A_GATEWAY_MODE] = { .type = NLA_U8 },
		[CESTEER_A_GATEWAY_STATE] = { .type = NLA_U8 },
		[CESTEER_A_GATEWAY_ROUTES] = { .type = NLA_U32 },
		[CESTEER_A_GATEWAY_OUT_PACKETS] = { .type = NLA_U64 },
		[CESTEER_A_GATEWAY_OUT_BYTES] = { .type = NLA_U64 },
		[CESTEER_A_GATEWAY_IN_PACKETS] = { .type = NLA_U64 },
		[CESTEER_A_GATEWAY_IN_BYTES] = { .type = NLA_U64 },
		[CESTEER_A_GATEWAY_DROPS] = { .type = NLA_U64 },
		[CESTEER_A_GATEWAY_WAITING] = { .type = NLA_U32 },
		[CESTEER_A_GATEWAY_WAITED] = { .type = NLA_U64 },
	};
	struct nlattr *tb[CESTEER_A_GATEWAY_MAX + 1];

	memset(g, 0, sizeof(*g));
	if (parse(nlh, tb, CESTEER_A_GATEWAY_MAX, policy) ||
	    !tb[CESTEER_A_GATEWAY_ID])
		return -EBADMSG;
	set_u32(&g->id, tb[CESTEER_A_GATEWAY_ID]);
	set_u32(&g->if_id, tb[CESTEER_A_GATEWAY_IF_ID]);
	set_u8(&g->mode, tb[CESTEER_A_GATEWAY_MODE]);
	set_u8(&g->state, tb[CESTEER_A_GATEWAY_STATE]);
	set_u32(&g->routes, tb[CESTEER_A_GATEWAY_ROUTES]);
	set_u64(&g->out_packets, tb[CESTEER_A_GATEWAY_OUT_PACKETS]);
	set_u64(&g->out_bytes, tb[CESTEER_A_GATEWAY_OUT_BYTES]);
	set_u64(&g->in_packets, tb[CESTEER_A_GATEWAY_IN_PACKETS]);
	set_u64(&g->in_bytes, tb[CESTEER_A_GATEWAY_IN_BYTES]);
	set_u64(&g->drops, tb[CESTEER_A_GATEWAY_DROPS]);
	set_u32(&g->waiting, tb[CESTEER_A_GATEWAY_WAITING]);
	set_u64(&g->waited, tb[CESTEER_A_GATEWAY_WAITED]);
	return parse_address(tb[CESTEER_A_GATEWAY_ADDR4],
			     tb[CESTEER_A_GATEWAY_ADDR6], &g->address);
}

int kern_parse_counter(struct nlmsghdr *nlh, struct kern_counter *c)
{
	static const struct nla_policy policy[CESTEER_A_COUNTER_MAX + 1] = {
		[CESTEER_A_COUNTER_REASON] = { .type = NLA_U32 },
		[CESTEER_A_COUNTER_NAME] = { .type = NLA_STRING },
		[CESTEER_A_COUNTER_VERDICT] = { .type = NLA_U8 },
		[CESTEER_A_COUNTER_PACKETS] = { .type = NLA_U64 },
	};
	struct nlattr *tb[CESTEER_A_COUNTER_MAX + 1];

	memset(c, 0, sizeof(*c));
	if (parse(nlh, tb, CESTEER_A_COUNTER_MAX, policy) ||
	    !tb[CESTEER_A_COUNTER_REASON])
		return -EBADMSG;
	set_u32(&c->reason, tb[CESTEER_A_COUNTER_REASON]);
	set_string(c->name, sizeof(c->name), tb[CESTEER_A_COUNTER_NAME]);
	set_u8(&c->verdict, tb[CESTEER_A_COUNTER_VERDICT]);
	set_u64(&c->packets, tb[CESTEER_A_COUNTER_PACKETS]);
	return 0;
}

int kern_parse_answer(struct nlmsghdr *nlh, struct kern_answer *a)
{
	static const struct nla_policy policy[CESTEER_A_EXPLAIN_MAX + 1] = {
		[CESTEER_A_EXPLAIN_IF_ID] = { .type = NLA_U32 },
		[CESTEER_A_EXPLAIN_VERDICT] = { .type = NLA_U8 },
		[CESTEER_A_EXPLAIN_REASON] = { .type = NLA_U32 },
		[CESTEER_A_EXPLAIN_REASON_NAME] = { .type = NLA_STRING },
		[CESTEER_A_EXPLAIN_ACTION] = { .type = NLA_U8 },
		[CESTEER_A_EXPLAIN_GATEWAY] = { .type = NLA_U32 },
	};
	struct nlattr *tb[CESTEER_A_EXPLAIN_MAX + 1];

	memset(a, 0, sizeof(*a));
	if (parse(nlh, tb, CESTEER_A_EXPLAIN_MAX, policy) ||
	    !tb[CESTEER_A_EXPLAIN_VERDICT])
		return -EBADMSG;
	set_u8(&a->verdict, tb[CESTEER_A_EXPLAIN_VERDICT]);
	set_u32(&a->reason, tb[CESTEER_A_EXPLAIN_REASON]);
	set_string(a->reason_name, sizeof(a->reason_name),
		   tb[CESTEER_A_EXPLAIN_REASON_NAME]);
	set_u8(&a->action, tb[CESTEER_A_EXPLAIN_ACTION]);
	set_u32(&a->gateway, tb[CESTEER_A_EXPLAIN_GATEWAY]);
	set_u32(&a->if_id, tb[CESTEER_A_EXPLAIN_IF_ID]);
	if (parse_prefix(tb[CESTEER_A_EXPLAIN_SOURCE4],
			 tb[CESTEER_A_EXPLAIN_SOURCE6], &a->source))
		return -EBADMSG;
	return parse_prefix(tb[CESTEER_A_EXPLAIN_ROUTE4],
			    tb[CESTEER_A_EXPLAIN_ROUTE6], &a->route);
}

static int parse_target(struct nlattr **tb, struct kern_target *t)
{
	const struct nlattr *a = tb[CESTEER_A_GROUP_GATEWAYS];
	size_t len;

	memset(t, 0, sizeof(*t));
	set_u8(&t->action, tb[CESTEER_A_GROUP_ACTION]);
	if (!a)
		return 0;
	len = (size_t)nla_len(a);
	if (len % sizeof(uint32_t) || len > sizeof(t->gateways))
		return -EBADMSG;
	t->n_gateways = (uint8_t)(len / sizeof(uint32_t));
	memcpy(t->gateways, nla_data(a), len);
	return 0;
}

static int parse_records(const struct nlattr *a, uint8_t family,
			 struct kern_route *r,
			 int (*cb)(void *arg, const struct kern_route *r),
			 void *arg)
{
	size_t size = family == AF_INET ? sizeof(struct cesteer_prefix4) :
					  sizeof(struct cesteer_prefix6);
	const uint8_t *rec, *end;

	if (!a)
		return 0;
	if ((size_t)nla_len(a) % size)
		return -EBADMSG;
	rec = nla_data(a);
	end = rec + nla_len(a);
	for (; rec < end; rec += size) {
		int err = parse_record(family, rec, &r->prefix);

		if (!err)
			err = cb(arg, r);
		if (err)
			return err;
	}
	return 0;
}

int kern_parse_table(struct nlmsghdr *nlh, uint32_t *vpn,
		     int (*cb)(void *arg, const struct kern_route *r),
		     void *arg)
{
	static const struct nla_policy policy[CESTEER_A_TABLE_MAX + 1] = {
		[CESTEER_A_TABLE_VPN] = { .type = NLA_U32 },
		[CESTEER_A_TABLE_GROUP] = { .type = NLA_NESTED },
	};
	static const struct nla_policy group_policy[CESTEER_A_GROUP_MAX + 1] = {
		[CESTEER_A_GROUP_ACTION] = { .type = NLA_U8 },
	};
	struct nlattr *tb[CESTEER_A_TABLE_MAX + 1];
	struct nlattr *a;
	int err, rem;

	if (parse(nlh, tb, CESTEER_A_TABLE_MAX, policy) ||
	    !tb[CESTEER_A_TABLE_VPN])
		return -EBADMSG;
	*vpn = nla_get_u32(tb[CESTEER_A_TABLE_VPN]);
	nlmsg_for_each_attr(a, nlh, GENL_HDRLEN, rem) {
		struct nlattr *group[CESTEER_A_GROUP_MAX + 1];
		struct kern_route r;

		if (nla_type(a) != CESTEER_A_TABLE_GROUP)
			continue;
		if (nla_parse_nested(group, CESTEER_A_GROUP_MAX, a,
				     group_policy) ||
		    parse_target(group, &r.target))
			return -EBADMSG;
		err = parse_records(group[CESTEER_A_GROUP_PREFIXES4], AF_INET,
				    &r, cb, arg);
		if (!err)
			err = parse_records(group[CESTEER_A_GROUP_PREFIXES6],
					    AF_INET6, &r, cb, arg);
		if (err)
			return err;
	}
	return 0;
}

static int parse_change(struct nlmsghdr *nlh, struct kern_change *c)
{
	static const struct nla_policy policy[CESTEER_A_CHANGE_MAX + 1] = {
		[CESTEER_A_CHANGE_VPN] = { .type = NLA_U32 },
		[CESTEER_A_CHANGE_CMD] = { .type = NLA_U8 },
		[CESTEER_A_CHANGE_ADDED] = { .type = NLA_U32 },
		[CESTEER_A_CHANGE_REPLACED] = { .type = NLA_U32 },
		[CESTEER_A_CHANGE_DELETED] = { .type = NLA_U32 },
		[CESTEER_A_CHANGE_PID] = { .type = NLA_U32 },
		[CESTEER_A_CHANGE_COMM] = { .type = NLA_STRING },
	};
	struct nlattr *tb[CESTEER_A_CHANGE_MAX + 1];

	memset(c, 0, sizeof(*c));
	if (parse(nlh, tb, CESTEER_A_CHANGE_MAX, policy))
		return -EBADMSG;
	set_u32(&c->vpn, tb[CESTEER_A_CHANGE_VPN]);
	set_u8(&c->cmd, tb[CESTEER_A_CHANGE_CMD]);
	set_u32(&c->added, tb[CESTEER_A_CHANGE_ADDED]);
	set_u32(&c->replaced, tb[CESTEER_A_CHANGE_REPLACED]);
	set_u32(&c->deleted, tb[CESTEER_A_CHANGE_DELETED]);
	set_u32(&c->pid, tb[CESTEER_A_CHANGE_PID]);
	set_string(c->comm, sizeof(c->comm), tb[CESTEER_A_CHANGE_COMM]);
	c->port = nlh->nlmsg_pid;
	return 0;
}

static int parse_drop(struct nlmsghdr *nlh, struct kern_drop *d)
{
	static const struct nla_policy policy[CESTEER_A_DROP_MAX + 1] = {
		[CESTEER_A_DROP_VPN] = { .type = NLA_U32 },
		[CESTEER_A_DROP_REASON] = { .type = NLA_U32 },
		[CESTEER_A_DROP_REASON_NAME] = { .type = NLA_STRING },
		[CESTEER_A_DROP_PROTO] = { .type = NLA_U8 },
		[CESTEER_A_DROP_GATEWAY] = { .type = NLA_U32 },
	};
	struct nlattr *tb[CESTEER_A_DROP_MAX + 1];

	memset(d, 0, sizeof(*d));
	if (parse(nlh, tb, CESTEER_A_DROP_MAX, policy))
		return -EBADMSG;
	set_u32(&d->vpn, tb[CESTEER_A_DROP_VPN]);
	set_u32(&d->reason, tb[CESTEER_A_DROP_REASON]);
	set_string(d->reason_name, sizeof(d->reason_name),
		   tb[CESTEER_A_DROP_REASON_NAME]);
	set_u8(&d->proto, tb[CESTEER_A_DROP_PROTO]);
	set_u32(&d->gateway, tb[CESTEER_A_DROP_GATEWAY]);
	if (parse_address(tb[CESTEER_A_DROP_SRC4], tb[CESTEER_A_DROP_SRC6],
			  &d->src))
		return -EBADMSG;
	return parse_address(tb[CESTEER_A_DROP_DST4], tb[CESTEER_A_DROP_DST6],
			     &d->dst);
}

int kern_parse_event(struct nlmsghdr *nlh, struct kern_event *e)
{
	if (!genlmsg_valid_hdr(nlh, 0))
		return -EBADMSG;
	switch (genlmsg_hdr(nlh)->cmd) {
	case CESTEER_CMD_CHANGE_NTF:
		e->type = KERN_EVENT_CHANGE;
		return parse_change(nlh, &e->change);
	case CESTEER_CMD_GATEWAY_NTF:
		e->type = KERN_EVENT_GATEWAY;
		return kern_parse_gateway(nlh, &e->gateway);
	case CESTEER_CMD_DROP_NTF:
		e->type = KERN_EVENT_DROP;
		return parse_drop(nlh, &e->drop);
	default:
		return -EBADMSG;
	}
}
