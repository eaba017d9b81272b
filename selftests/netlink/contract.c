// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plain send(2) and recv(2): libnl only lays out the messages. The kernel's
 * answers are read by the daemon's parsers, which have tests of their own.
 */
#include "contract.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include "kern/kern.h"
#include "kern/parse.h"
#include "kern/refusal.h"

#define MESSAGE_LEN (256 * 1024)

static char text[1024 * 1024];

static bool load_module(const char **why)
{
	const char *build = getenv("B");
	char path[256];
	int fd, err;

	snprintf(path, sizeof(path), "%s/cesteer.ko", build ? build : "build");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		*why = "no cesteer.ko in the build folder";
		return false;
	}
	err = (int)syscall(SYS_finit_module, fd, "", 0);
	close(fd);
	if (!err || errno == EEXIST)
		return true;
	*why = "the kernel does not take cesteer.ko";
	return false;
}

bool contract_begin(const char **why)
{
	if (!getenv("CESTEER_GUEST")) {
		*why = "not in the guest";
		return false;
	}
	if (!load_module(why))
		return false;
	*why = "unshare";
	return !unshare(CLONE_NEWNET);
}

static void find_family(void *arg, struct nlmsghdr *nlh)
{
	struct nlattr *tb[CTRL_ATTR_MAX + 1], *group;
	struct sock *s = arg;
	int rem;

	if (genlmsg_parse(nlh, 0, tb, CTRL_ATTR_MAX, NULL) ||
	    !tb[CTRL_ATTR_FAMILY_ID] || !tb[CTRL_ATTR_MCAST_GROUPS])
		return;
	s->family = nla_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	nla_for_each_nested(group, tb[CTRL_ATTR_MCAST_GROUPS], rem) {
		struct nlattr *g[CTRL_ATTR_MCAST_GRP_MAX + 1];

		if (nla_parse_nested(g, CTRL_ATTR_MCAST_GRP_MAX, group, NULL))
			continue;
		if (!nla_strcmp(g[CTRL_ATTR_MCAST_GRP_NAME],
				CESTEER_MCGRP_EVENTS))
			s->group = nla_get_u32(g[CTRL_ATTR_MCAST_GRP_ID]);
	}
}

bool sock_open(struct sock *s)
{
	struct sockaddr_nl local = { .nl_family = AF_NETLINK };
	const int on = 1, large = 1024 * 1024;
	struct nl_msg *msg;

	memset(s, 0, sizeof(*s));
	s->family = GENL_ID_CTRL;
	s->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&local, sizeof(local)))
		return false;
	setsockopt(s->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(s->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &large, sizeof(large));
	setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &large, sizeof(large));
	msg = request(s, CTRL_CMD_GETFAMILY, 0);
	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, CESTEER_GENL_NAME);
	ask(s, msg, find_family, s);
	return s->family != GENL_ID_CTRL && s->group;
}

void sock_close(struct sock *s)
{
	close(s->fd);
}

int sock_listen(struct sock *s)
{
	return setsockopt(s->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &s->group,
			  sizeof(s->group));
}

struct nl_msg *request(const struct sock *s, uint8_t cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc_size(MESSAGE_LEN);

	if (!(flags & NLM_F_DUMP))
		flags |= NLM_F_ACK;
	if (!msg || !genlmsg_put(msg, 0, s->seq + 1, s->family, 0,
				 NLM_F_REQUEST | flags, cmd, 1))
		abort();
	return msg;
}

struct nlattr *group_begin(struct nl_msg *msg)
{
	struct nlattr *nest =
		nla_nest_start(msg, NLA_F_NESTED | CESTEER_A_TABLE_GROUP);

	if (!nest)
		abort();
	return nest;
}

void group_target(struct nl_msg *msg, uint8_t action, const uint32_t *gateways,
		  unsigned int n)
{
	if (action)
		nla_put_u8(msg, CESTEER_A_GROUP_ACTION, action);
	if (n)
		nla_put(msg, CESTEER_A_GROUP_GATEWAYS, (int)(n * 4), gateways);
}

void group_prefixes(struct nl_msg *msg, const char *prefixes)
{
	static uint8_t records[60 * 1024];
	size_t len = 0, octets = 0;
	struct prefix p;
	char one[64];

	while (*prefixes) {
		size_t word = strcspn(prefixes, " ");
		const char *why;

		snprintf(one, sizeof(one), "%.*s", (int)word, prefixes);
		if (!prefix_parse(one, &p, &why))
			abort();
		octets = addr_bits(p.family) / 8;
		if (len + octets + 4 > sizeof(records))
			abort();
		memset(records + len, 0, octets + 4);
		memcpy(records + len, p.b, octets);
		records[len + octets] = p.len;
		len += octets + 4;
		prefixes += word;
		prefixes += strspn(prefixes, " ");
	}
	nla_put(msg,
		octets == 4 ? CESTEER_A_GROUP_PREFIXES4 :
			      CESTEER_A_GROUP_PREFIXES6,
		(int)len, records);
}

/* What the last request of a socket was, to name what an offset points at. */
static char sent[MESSAGE_LEN];

void send_only(struct sock *s, struct nl_msg *msg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);

	s->seq = nlh->nlmsg_seq;
	memcpy(sent, nlh, nlh->nlmsg_len);
	if (send(s->fd, nlh, nlh->nlmsg_len, 0) != (ssize_t)nlh->nlmsg_len)
		abort();
	nlmsg_free(msg);
}

static void read_refusal(struct answer *a, int error,
			 const struct nlmsghdr *nlh, size_t skip)
{
	struct kern_refusal r = { .error = error };
	struct prefix p;
	size_t more;

	a->error = error;
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		kern_refusal_parse(&r, (const char *)NLMSG_DATA(nlh) + skip,
				   nlh->nlmsg_len - NLMSG_HDRLEN - skip);
	if (r.sentence)
		snprintf(a->sentence, sizeof(a->sentence), "%s", r.sentence);
	a->offset = r.offset;
	if (r.offset &&
	    kern_refusal_prefix((const struct nlmsghdr *)sent, r.offset, &p,
				&more) &&
	    !more)
		prefix_format(&p, a->about);
}

bool receive_some(struct sock *s, struct answer *a, reply_fn cb, void *arg)
{
	static char buf[MESSAGE_LEN];
	ssize_t len = recv(s->fd, buf, sizeof(buf), 0);
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	int left = (int)len;

	if (len <= 0) {
		a->error = -errno;
		return false;
	}
	a->datagrams++;
	for (; nlmsg_ok(nlh, left); nlh = nlmsg_next(nlh, &left)) {
		const struct nlmsgerr *e = NLMSG_DATA(nlh);
		int error;

		if (nlh->nlmsg_seq != s->seq)
			continue;
		a->interrupted |= !!(nlh->nlmsg_flags & NLM_F_DUMP_INTR);
		switch (nlh->nlmsg_type) {
		case NLMSG_ERROR:
			if (e->error)
				read_refusal(a, e->error, nlh, sizeof(*e));
			return false;
		case NLMSG_DONE:
			memcpy(&error, NLMSG_DATA(nlh), sizeof(error));
			if (error < 0)
				read_refusal(a, error, nlh, 4);
			return false;
		}
		a->messages++;
		if (cb)
			cb(arg, nlh);
	}
	return true;
}

struct answer ask(struct sock *s, struct nl_msg *msg, reply_fn cb, void *arg)
{
	struct answer a = { .error = 0 };

	send_only(s, msg);
	while (receive_some(s, &a, cb, arg))
		;
	return a;
}

int add_vpn(struct sock *s, uint32_t vpn)
{
	struct nl_msg *msg = request(s, CESTEER_CMD_VPN_NEW, 0);

	nla_put_u32(msg, CESTEER_A_VPN_ID, vpn);
	return ask(s, msg, NULL, NULL).error;
}

/* 192.0.2.ID, whose if_id is 1000 + ID. */
int add_gateway(struct sock *s, uint32_t id)
{
	const uint8_t addr[4] = { 192, 0, 2, (uint8_t)id };
	struct nl_msg *msg = request(s, CESTEER_CMD_GATEWAY_NEW, 0);

	nla_put_u32(msg, CESTEER_A_GATEWAY_ID, id);
	nla_put(msg, CESTEER_A_GATEWAY_ADDR4, sizeof(addr), addr);
	nla_put_u32(msg, CESTEER_A_GATEWAY_IF_ID, 1000 + id);
	return ask(s, msg, NULL, NULL).error;
}

struct answer change(struct sock *s, uint8_t cmd, uint32_t vpn,
		     bool transaction, const char *prefixes, uint8_t action,
		     uint32_t gateway)
{
	struct nl_msg *msg = request(s, cmd, 0);
	struct nlattr *group;

	nla_put_u32(msg, CESTEER_A_TABLE_VPN, vpn);
	if (transaction)
		nla_put_flag(msg, CESTEER_A_TABLE_TRANSACTION);
	group = group_begin(msg);
	group_target(msg, action, &gateway, gateway ? 1 : 0);
	group_prefixes(msg, prefixes);
	nla_nest_end(msg, group);
	return ask(s, msg, NULL, NULL);
}

struct writing {
	size_t len;
	bool sources;
};

static int write_route(void *arg, const struct kern_route *r)
{
	struct writing *w = arg;
	char buf[PREFIX_STRLEN];
	uint8_t i;

	if (w->len + 256 > sizeof(text))
		return -1;
	w->len += sprintf(text + w->len, "%s", prefix_format(&r->prefix, buf));
	if (!w->sources)
		w->len += sprintf(text + w->len, " %s",
				  kern_action_name(r->target.action));
	for (i = 0; i < r->target.n_gateways; i++)
		w->len += sprintf(text + w->len, "%c%u", i ? ',' : ' ',
				  r->target.gateways[i]);
	w->len += sprintf(text + w->len, "\n");
	return 0;
}

static void write_table(void *arg, struct nlmsghdr *nlh)
{
	uint32_t vpn;

	if (kern_parse_table(nlh, &vpn, write_route, arg))
		strcpy(text, "error: a reply that is wrong");
}

const char *table_text(struct sock *s, uint8_t cmd, uint32_t vpn)
{
	struct writing w = { .sources = cmd == CESTEER_CMD_SOURCE_GET };
	struct nl_msg *msg = request(s, cmd, NLM_F_DUMP);
	struct answer a;

	nla_put_u32(msg, CESTEER_A_TABLE_VPN, vpn);
	text[0] = 0;
	a = ask(s, msg, write_table, &w);
	if (a.error)
		snprintf(text, sizeof(text), "error: %s", a.sentence);
	return text;
}

void keep_last(void *arg, struct nlmsghdr *nlh)
{
	struct last *l = arg;

	l->n++;
	if (nlh->nlmsg_len > sizeof(l->copy))
		return;
	memcpy(l->copy, nlh, nlh->nlmsg_len);
	genlmsg_parse((struct nlmsghdr *)l->copy, 0, l->tb, 31, NULL);
}
