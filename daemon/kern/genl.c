// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The socket: one request at a time, all its replies, and what the kernel
 * says when it refuses (extack). Knows nothing of tables.
 *
 * libnl's own acknowledgment and sequence checks are off: every reply is
 * held against the request's sequence number here, so that what a failed
 * request left in the socket is never taken for an answer.
 */
#include "kern/genl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include "base/array.h"
#include "kern/kern.h"
#include "kern/refusal.h"

/* The kernel fills dump messages up to 32 KiB, and what it is given. */
#define RECEIVE_LEN (128 * 1024)
/* A batch's message must fit, with the kernel's own overhead. */
#define SEND_BUFFER (256 * 1024)

struct exchange {
	struct kern *k;
	const struct nlmsghdr *request;
	kern_reply_fn cb;
	void *arg;
	bool done, interrupted;
	int err; /* of the kernel */
	int stop; /* of the callback */
};

int kern_fail(struct kern *k, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(k->error, sizeof(k->error), fmt, ap);
	va_end(ap);
	return err;
}

int kern_fail_memory(struct kern *k)
{
	return kern_fail(k, -ENOMEM, "out of memory");
}

int kern_fail_reply(struct kern *k)
{
	return kern_fail(k, -EBADMSG,
			 "the kernel's reply is not one this program knows");
}

static void name_owner(struct kern *k)
{
	size_t n = strlen(k->error);

	snprintf(k->error + n, sizeof(k->error) - n, ": %s", k->owner);
}

static bool is_ours(const struct exchange *x, const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_seq == x->request->nlmsg_seq;
}

static void refused(struct exchange *x, int error, const struct nlmsghdr *nlh,
		    size_t skip)
{
	struct kern_refusal r = { .error = error };

	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS &&
	    nlh->nlmsg_len >= NLMSG_HDRLEN + skip)
		kern_refusal_parse(&r, (const char *)NLMSG_DATA(nlh) + skip,
				   nlh->nlmsg_len - NLMSG_HDRLEN - skip);
	kern_refusal_format(&r, x->request, x->k->error, sizeof(x->k->error));
	x->err = error;
	/* Only an owner makes it busy for who does not force his way. */
	if (error == -EBUSY && *x->k->owner && !x->k->force)
		name_owner(x->k);
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct exchange *x = arg;

	if (is_ours(x, nlh) && x->cb && !x->stop)
		x->stop = x->cb(nlh, x->arg);
	return NL_OK;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;

	if (is_ours(x, nlmsg_hdr(msg)))
		x->done = true;
	return NL_OK;
}

/* The end of a dump carries an error number, and its sentence behind. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct exchange *x = arg;
	int error = 0;

	if (!is_ours(x, nlh))
		return NL_OK;
	if ((size_t)nlmsg_datalen(nlh) >= sizeof(error))
		memcpy(&error, nlmsg_data(nlh), sizeof(error));
	if (error < 0)
		refused(x, error, nlh, NLMSG_ALIGN(sizeof(error)));
	x->done = true;
	return NL_OK;
}

static int on_interrupted(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;

	if (is_ours(x, nlmsg_hdr(msg)))
		x->interrupted = true;
	return NL_OK;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	const struct nlmsghdr *nlh =
		(const struct nlmsghdr *)((const char *)e - NLMSG_HDRLEN);
	struct exchange *x = arg;
	size_t skip = sizeof(*e);

	(void)from;
	if (!is_ours(x, nlh))
		return NL_SKIP;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += e->msg.nlmsg_len - NLMSG_HDRLEN;
	refused(x, e->error, nlh, NLMSG_ALIGN(skip));
	x->done = true;
	return NL_SKIP;
}

static int transport_failed(struct kern *k, int err)
{
	return kern_fail(k, err == -NLE_NOMEM ? -ENOMEM : -EIO,
			 "netlink socket: %s", nl_geterror(err));
}

static int receive(struct kern *k, struct exchange *x)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_CUSTOM);
	int err = 0;

	if (!cb)
		return kern_fail_memory(k);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, x);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, x);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, x);
	nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, x);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, x);
	while (!x->done) {
		err = nl_recvmsgs(k->sk, cb);
		if (err < 0 && err != -NLE_INTR) {
			err = transport_failed(k, err);
			break;
		}
		err = 0;
	}
	nl_cb_put(cb);
	return err;
}

int kern_request(struct kern *k, struct nl_msg *msg, kern_reply_fn cb,
		 void *arg)
{
	struct exchange x = { .k = k, .cb = cb, .arg = arg };
	int err;

	nl_complete_msg(k->sk, msg);
	x.request = nlmsg_hdr(msg);
	err = nl_send(k->sk, msg);
	err = err < 0 ? transport_failed(k, err) : receive(k, &x);
	nlmsg_free(msg);
	if (err)
		return err;
	if (x.err)
		return x.err;
	if (x.stop)
		return x.stop;
	if (x.interrupted)
		return kern_fail(k, -EAGAIN,
				 "the table changed while it was read");
	return 0;
}

/* The attribute by which a change is forced; 0: it changes nothing. */
static int force_attr(uint8_t cmd)
{
	switch (cmd) {
	case CESTEER_CMD_VPN_NEW:
	case CESTEER_CMD_VPN_DEL:
		return CESTEER_A_VPN_FORCE;
	case CESTEER_CMD_GATEWAY_NEW:
	case CESTEER_CMD_GATEWAY_SET:
	case CESTEER_CMD_GATEWAY_DEL:
		return CESTEER_A_GATEWAY_FORCE;
	case CESTEER_CMD_SOURCE_NEW:
	case CESTEER_CMD_SOURCE_DEL:
	case CESTEER_CMD_ROUTE_NEW:
	case CESTEER_CMD_ROUTE_DEL:
		return CESTEER_A_TABLE_FORCE;
	case CESTEER_CMD_QUEUE_SET:
		return CESTEER_A_INFO_FORCE;
	case CESTEER_CMD_DEVICE_NEW:
	case CESTEER_CMD_DEVICE_DEL:
		return CESTEER_A_DEVICE_FORCE;
	default:
		return 0;
	}
}

static bool put_force(const struct kern *k, struct nl_msg *msg, uint8_t cmd)
{
	int attr = k->force && k->can_own ? force_attr(cmd) : 0;

	return !attr || !nla_put_flag(msg, attr);
}

struct nl_msg *kern_msg(struct kern *k, uint8_t cmd, int flags, size_t len)
{
	struct nl_msg *msg =
		nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN + NLMSG_ALIGN(len) +
				 nla_total_size(0));

	/* A dump ends with NLMSG_DONE; all else with an acknowledgment. */
	if (!(flags & NLM_F_DUMP))
		flags |= NLM_F_ACK;
	if (msg &&
	    genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, k->family, 0,
			NLM_F_REQUEST | flags, cmd, CESTEER_GENL_VERSION) &&
	    put_force(k, msg, cmd))
		return msg;
	nlmsg_free(msg);
	kern_fail_memory(k);
	return NULL;
}

struct nl_sock *kern_socket(char *why, size_t why_len)
{
	static const int options[] = { NETLINK_EXT_ACK, NETLINK_CAP_ACK,
				       NETLINK_GET_STRICT_CHK };
	struct nl_sock *sk = nl_socket_alloc();
	const int on = 1;
	size_t i;
	int err;

	if (!sk) {
		snprintf(why, why_len, "out of memory");
		return NULL;
	}
	nl_socket_disable_auto_ack(sk);
	nl_socket_disable_msg_peek(sk);
	err = genl_connect(sk);
	if (!err)
		err = nl_socket_set_msg_buf_size(sk, RECEIVE_LEN);
	if (!err)
		err = nl_socket_set_buffer_size(sk, SEND_BUFFER, SEND_BUFFER);
	if (err) {
		snprintf(why, why_len, "netlink socket: %s", nl_geterror(err));
		nl_socket_free(sk);
		return NULL;
	}
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		if (!setsockopt(nl_socket_get_fd(sk), SOL_NETLINK, options[i],
				&on, sizeof(on)))
			continue;
		snprintf(why, why_len, "netlink socket option %d: %s",
			 options[i], strerror(errno));
		nl_socket_free(sk);
		return NULL;
	}
	return sk;
}

int kern_family(struct nl_sock *sk, char *why, size_t why_len)
{
	int family = genl_ctrl_resolve(sk, CESTEER_GENL_NAME);

	if (family >= 0)
		return family;
	if (family == -NLE_OBJ_NOTFOUND) {
		snprintf(why, why_len,
			 "the kernel has no \"%s\": is cesteer.ko loaded?",
			 CESTEER_GENL_NAME);
		return -ENOENT;
	}
	snprintf(why, why_len, "resolving \"%s\": %s", CESTEER_GENL_NAME,
		 nl_geterror(family));
	return -EIO;
}

/* Not sooner than here does a difference of versions show itself. */
static int check_version(struct kern *k)
{
	struct kern_info info;
	int err = kern_info(k, &info);

	if (err)
		return err;
	if (info.version != CESTEER_GENL_VERSION)
		return kern_fail(
			k, -EPROTONOSUPPORT,
			"cesteer.ko %s speaks version %u of the netlink family, this program version %u: they do not fit together",
			info.module, info.version, CESTEER_GENL_VERSION);
	k->can_own = info.features & 1ull << CESTEER_FEATURE_OWNER;
	if (info.owner_pid)
		snprintf(k->owner, sizeof(k->owner), "%s (process %u)",
			 info.owner, info.owner_pid);
	return 0;
}

int kern_open(struct kern **kp, char *why, size_t why_len)
{
	struct kern *k = calloc(1, sizeof(*k));
	int err = -EIO;

	*kp = NULL;
	if (!k) {
		snprintf(why, why_len, "out of memory");
		return -ENOMEM;
	}
	k->sk = kern_socket(why, why_len);
	if (!k->sk)
		goto fail;
	err = kern_family(k->sk, why, why_len);
	if (err < 0)
		goto fail;
	k->family = err;
	err = check_version(k);
	if (err) {
		snprintf(why, why_len, "%s", k->error);
		goto fail;
	}
	*kp = k;
	return 0;
fail:
	kern_close(k);
	return err;
}

void kern_close(struct kern *k)
{
	if (!k)
		return;
	nl_socket_free(k->sk);
	free(k);
}

void kern_force(struct kern *k)
{
	k->force = true;
}

uint32_t kern_port(const struct kern *k)
{
	return nl_socket_get_local_port(k->sk);
}

const char *kern_error(const struct kern *k)
{
	return k->error[0] ? k->error : "no error";
}
