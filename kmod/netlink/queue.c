// SPDX-License-Identifier: GPL-2.0-only
/*
 * QUEUE_SET: what may wait for SAs. INFO_GET shows it.
 */
#include "family.h"
#include "notify.h"

/* Sums of octets do not overflow, with a packet more. */
static const struct {
	int attr;
	u32 min;
	u32 max;
	const char *what;
} limits[] = {
	{
		.attr = CESTEER_A_INFO_QUEUE_PACKETS,
		.max = 65536,
		.what = "at most 65536 packets may wait for a gateway",
	},
	{
		.attr = CESTEER_A_INFO_QUEUE_BYTES,
		.max = SZ_1G,
		.what = "at most 1 GiB may wait for a gateway",
	},
	{
		.attr = CESTEER_A_INFO_QUEUE_AGE,
		.min = 1,
		.max = 3600000,
		.what = "packets wait from a millisecond to an hour",
	},
	{
		.attr = CESTEER_A_INFO_QUEUE_TOTAL,
		.max = SZ_1G,
		.what = "at most 1 GiB may wait in a namespace",
	},
};

static int check(struct genl_info *info)
{
	u32 value;
	int i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		struct nlattr *nla = info->attrs[limits[i].attr];

		if (!nla)
			continue;
		value = nla_get_u32(nla);
		if (value < limits[i].min || value > limits[i].max) {
			NL_SET_BAD_ATTR(info->extack, nla);
			info->extack->_msg = limits[i].what;
			return -ERANGE;
		}
	}
	return 0;
}

static void set(const struct nlattr *nla, u32 *value)
{
	if (nla)
		WRITE_ONCE(*value, nla_get_u32(nla));
}

int cs_netlink_queue_set(struct sk_buff *skb, struct genl_info *info)
{
	struct cs_net *cn = cs_netns_get(genl_info_net(info));
	const struct cs_change change = {};
	struct nlattr **tb = info->attrs;
	int err = check(info);

	if (err)
		return err;
	err = cs_netlink_lock(cn, info, CESTEER_A_INFO_FORCE);
	if (err)
		return err;
	set(tb[CESTEER_A_INFO_QUEUE_PACKETS], &cn->queues.packets);
	set(tb[CESTEER_A_INFO_QUEUE_BYTES], &cn->queues.bytes);
	set(tb[CESTEER_A_INFO_QUEUE_AGE], &cn->queues.age);
	set(tb[CESTEER_A_INFO_QUEUE_TOTAL], &cn->queues.total_bytes);
	cs_notify_change(cn, info, NULL, &change);
	mutex_unlock(&cn->lock);
	return 0;
}

int cs_netlink_queue_put(struct sk_buff *skb, const struct cs_queue_pool *pool)
{
	if (nla_put_u32(skb, CESTEER_A_INFO_QUEUE_PACKETS, pool->packets) ||
	    nla_put_u32(skb, CESTEER_A_INFO_QUEUE_BYTES, pool->bytes) ||
	    nla_put_u32(skb, CESTEER_A_INFO_QUEUE_AGE, pool->age) ||
	    nla_put_u32(skb, CESTEER_A_INFO_QUEUE_TOTAL, pool->total_bytes) ||
	    nla_put_u32(skb, CESTEER_A_INFO_QUEUE_HELD,
			atomic_read(&pool->held)))
		return -EMSGSIZE;
	return 0;
}
