// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The commands that are about one object: VPNs, gateways, a question. Batches
 * are batch.c's, dumps dump.c's.
 */
#include <errno.h>
#include <string.h>
#include <netlink/attr.h>
#include "kern/genl.h"
#include "kern/kern.h"
#include "kern/parse.h"

/* Room for the attributes of any of these requests. */
#define REQUEST_LEN 256

/* Send what is built; fits: everything was put into it. */
static int request(struct kern *k, struct nl_msg *msg, bool fits,
		   kern_reply_fn cb, void *arg)
{
	int err;

	if (!fits) {
		nlmsg_free(msg);
		return kern_fail(k, -EMSGSIZE,
				 "the message is too small for this");
	}
	err = kern_request(k, msg, cb, arg);
	return err == -EBADMSG ? kern_fail_reply(k) : err;
}

static bool put_address(struct nl_msg *msg, int type4, int type6,
			const struct addr *a)
{
	if (a->family == AF_INET)
		return !nla_put(msg, type4, 4, a->b);
	return a->family != AF_INET6 || !nla_put(msg, type6, 16, a->b);
}

static int info_reply(struct nlmsghdr *nlh, void *arg)
{
	return kern_parse_info(nlh, arg);
}

int kern_info(struct kern *k, struct kern_info *info)
{
	struct nl_msg *msg = kern_msg(k, CESTEER_CMD_INFO_GET, 0, REQUEST_LEN);

	memset(info, 0, sizeof(*info));
	if (!msg)
		return -ENOMEM;
	return request(k, msg, true, info_reply, info);
}

int kern_own(struct kern *k)
{
	struct nl_msg *msg;

	if (!k->can_own)
		return 0;
	msg = kern_msg(k, CESTEER_CMD_OWN, 0, REQUEST_LEN);
	if (!msg)
		return -ENOMEM;
	return request(k, msg, true, NULL, NULL);
}

int kern_queue_set(struct kern *k, const struct kern_queue *q)
{
	struct nl_msg *msg = kern_msg(k, CESTEER_CMD_QUEUE_SET, 0, REQUEST_LEN);
	bool fits;

	if (!msg)
		return -ENOMEM;
	fits = !nla_put_u32(msg, CESTEER_A_INFO_QUEUE_PACKETS, q->packets) &&
	       !nla_put_u32(msg, CESTEER_A_INFO_QUEUE_BYTES, q->bytes) &&
	       !nla_put_u32(msg, CESTEER_A_INFO_QUEUE_AGE, q->age) &&
	       !nla_put_u32(msg, CESTEER_A_INFO_QUEUE_TOTAL, q->total);
	return request(k, msg, fits, NULL, NULL);
}

int kern_vpn_set(struct kern *k, uint32_t id, uint8_t default_action)
{
	struct nl_msg *msg = kern_msg(k, CESTEER_CMD_VPN_NEW, 0, REQUEST_LEN);
	bool fits;

	if (!msg)
		return -ENOMEM;
	fits = !nla_put_u32(msg, CESTEER_A_VPN_ID, id) &&
	       !nla_put_u8(msg, CESTEER_A_VPN_DEFAULT, default_action);
	return request(k, msg, fits, NULL, NULL);
}

int kern_vpn_del(struct kern *k, uint32_t id)
{
	struct nl_msg *msg = kern_msg(k, CESTEER_CMD_VPN_DEL, 0, REQUEST_LEN);

	if (!msg)
		return -ENOMEM;
	return request(k, msg, !nla_put_u32(msg, CESTEER_A_VPN_ID, id), NULL,
		       NULL);
}

static int device(struct kern *k, uint8_t cmd, uint32_t vpn, const char *name)
{
	struct nl_msg *msg = kern_msg(k, cmd, 0, REQUEST_LEN);
	bool fits;

	if (!msg)
		return -ENOMEM;
	fits = !nla_put_u32(msg, CESTEER_A_DEVICE_VPN, vpn) &&
	       !nla_put_string(msg, CESTEER_A_DEVICE_NAME, name);
	return request(k, msg, fits, NULL, NULL);
}

int kern_device_add(struct kern *k, uint32_t vpn, const char *name)
{
	return device(k, CESTEER_CMD_DEVICE_NEW, vpn, name);
}

int kern_device_del(struct kern *k, uint32_t vpn, const char *name)
{
	return device(k, CESTEER_CMD_DEVICE_DEL, vpn, name);
}

int kern_gateway_add(struct kern *k, const struct kern_gateway *gw)
{
	struct nl_msg *msg =
		kern_msg(k, CESTEER_CMD_GATEWAY_NEW, 0, REQUEST_LEN);
	bool fits;

	if (!msg)
		return -ENOMEM;
	fits = !nla_put_u32(msg, CESTEER_A_GATEWAY_ID, gw->id) &&
	       put_address(msg, CESTEER_A_GATEWAY_ADDR4,
			   CESTEER_A_GATEWAY_ADDR6, &gw->address) &&
	       !nla_put_u32(msg, CESTEER_A_GATEWAY_IF_ID, gw->if_id) &&
	       !nla_put_u8(msg, CESTEER_A_GATEWAY_MODE, gw->mode) &&
	       !nla_put_u8(msg, CESTEER_A_GATEWAY_STATE, gw->state);
	return request(k, msg, fits, NULL, NULL);
}

int kern_gateway_set(struct kern *k, uint32_t id, uint8_t mode, uint8_t state)
{
	struct nl_msg *msg =
		kern_msg(k, CESTEER_CMD_GATEWAY_SET, 0, REQUEST_LEN);
	bool fits;

	if (!msg)
		return -ENOMEM;
	fits = !nla_put_u32(msg, CESTEER_A_GATEWAY_ID, id) &&
	       !nla_put_u8(msg, CESTEER_A_GATEWAY_MODE, mode) &&
	       !nla_put_u8(msg, CESTEER_A_GATEWAY_STATE, state);
	return request(k, msg, fits, NULL, NULL);
}

int kern_gateway_del(struct kern *k, uint32_t id)
{
	struct nl_msg *msg =
		kern_msg(k, CESTEER_CMD_GATEWAY_DEL, 0, REQUEST_LEN);

	if (!msg)
		return -ENOMEM;
	return request(k, msg, !nla_put_u32(msg, CESTEER_A_GATEWAY_ID, id),
		       NULL, NULL);
}

static bool put_query(struct nl_msg *msg, const struct kern_query *q)
{
	return !nla_put_u32(msg, CESTEER_A_EXPLAIN_VPN, q->vpn) &&
	       !nla_put_u8(msg, CESTEER_A_EXPLAIN_DIRECTION, q->direction) &&
	       put_address(msg, CESTEER_A_EXPLAIN_SRC4, CESTEER_A_EXPLAIN_SRC6,
			   &q->src) &&
	       put_address(msg, CESTEER_A_EXPLAIN_DST4, CESTEER_A_EXPLAIN_DST6,
			   &q->dst) &&
	       (!q->proto ||
		!nla_put_u8(msg, CESTEER_A_EXPLAIN_PROTO, q->proto)) &&
	       (!q->sport ||
		!nla_put_u16(msg, CESTEER_A_EXPLAIN_SPORT, q->sport)) &&
	       (!q->dport ||
		!nla_put_u16(msg, CESTEER_A_EXPLAIN_DPORT, q->dport)) &&
	       (!q->if_id ||
		!nla_put_u32(msg, CESTEER_A_EXPLAIN_IF_ID, q->if_id));
}

static int explain_reply(struct nlmsghdr *nlh, void *arg)
{
	return kern_parse_answer(nlh, arg);
}

int kern_explain(struct kern *k, const struct kern_query *q,
		 struct kern_answer *a)
{
	struct nl_msg *msg = kern_msg(k, CESTEER_CMD_EXPLAIN, 0, REQUEST_LEN);

	memset(a, 0, sizeof(*a));
	if (!msg)
		return -ENOMEM;
	return request(k, msg, put_query(msg, q), explain_reply, a);
}
