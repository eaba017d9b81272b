// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The running kernel's own routing table in the bench, in a network namespace
 * of the process's own: routes to gateways on a bridge without ports, asked by a
 * program in the kernel (bpf_fib_lookup()), which costs what the framing of the
 * question costs, too. What its memory is, the kernel does not tell.
 */
#include "table.h"
#include "table_kernel.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

/* Whole messages, sent at a time. */
#define BATCH (48 * 1024)

struct batch {
	int fd;
	size_t len;
	bool failed;
	char data[BATCH + 512] __attribute__((aligned(8)));
};

static void put(struct nlmsghdr *n, unsigned short type, const void *data,
		size_t len)
{
	struct rtattr *a = (void *)((char *)n + NLMSG_ALIGN(n->nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(a), data, len);
	n->nlmsg_len = NLMSG_ALIGN(n->nlmsg_len) + RTA_ALIGN(a->rta_len);
}

static struct nlmsghdr *begin(struct batch *b, unsigned short type, size_t head)
{
	struct nlmsghdr *n = (void *)(b->data + b->len);

	memset(n, 0, NLMSG_SPACE(head));
	n->nlmsg_len = NLMSG_LENGTH(head);
	n->nlmsg_type = type;
	n->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE;
	return n;
}

/* Send what is there, and wait until it is done: the last one is answered. */
static void flush(struct batch *b, struct nlmsghdr *last)
{
	char answer[8192];
	struct nlmsghdr *n = (void *)answer;
	struct nlmsgerr *e = NLMSG_DATA(n);

	last->nlmsg_flags |= NLM_F_ACK;
	last->nlmsg_seq = 1;
	b->failed |= send(b->fd, b->data, b->len, 0) != (ssize_t)b->len;
	b->len = 0;
	while (!b->failed) {
		if (recv(b->fd, answer, sizeof(answer), 0) < (int)NLMSG_HDRLEN)
			b->failed = true;
		else if (n->nlmsg_type == NLMSG_ERROR && e->error)
			b->failed = true;
		else if (n->nlmsg_seq == 1)
			return;
	}
}

static void end(struct batch *b, struct nlmsghdr *n, bool now)
{
	b->len += NLMSG_ALIGN(n->nlmsg_len);
	if (now || b->len >= BATCH)
		flush(b, n);
}

/* A bridge, which gets this index, is up, and leads nowhere. */
#define DEVICE 77

static void add_device(struct batch *b)
{
	struct nlmsghdr *n = begin(b, RTM_NEWLINK, sizeof(struct ifinfomsg));
	struct ifinfomsg *link = NLMSG_DATA(n);
	struct rtattr *info;

	link->ifi_index = DEVICE;
	link->ifi_flags = IFF_UP;
	link->ifi_change = IFF_UP;
	info = (void *)((char *)n + NLMSG_ALIGN(n->nlmsg_len));
	put(n, IFLA_LINKINFO, NULL, 0);
	put(n, IFLA_INFO_KIND, "bridge", 7);
	info->rta_len = (char *)n + n->nlmsg_len - (char *)info;
	end(b, n, true);
}

/* Without an address, each gateway's would be taken for a broadcast's. */
static void add_address(struct batch *b)
{
	static const uint8_t address[4] = { 192, 0, 2, 1 };
	struct nlmsghdr *n = begin(b, RTM_NEWADDR, sizeof(struct ifaddrmsg));
	struct ifaddrmsg *of = NLMSG_DATA(n);

	of->ifa_family = AF_INET;
	of->ifa_prefixlen = 32;
	of->ifa_index = DEVICE;
	put(n, IFA_LOCAL, address, sizeof(address));
	end(b, n, true);
}

static void add_route(struct batch *b, unsigned int bits, const struct entry *p,
		      bool last)
{
	struct nlmsghdr *n = begin(b, RTM_NEWROUTE, sizeof(struct rtmsg));
	uint8_t gateway[16] = { 0xfe, 0x80 };
	struct rtmsg *route = NLMSG_DATA(n);
	uint32_t metric = p->value;
	int device = DEVICE;

	route->rtm_family = bits == 32 ? AF_INET : AF_INET6;
	route->rtm_dst_len = p->len;
	route->rtm_table = RT_TABLE_MAIN;
	route->rtm_protocol = RTPROT_STATIC;
	route->rtm_type = RTN_UNICAST;
	route->rtm_flags = RTNH_F_ONLINK;
	/* The gateway's address ends with the value. */
	if (bits == 32) {
		gateway[0] = 198;
		gateway[1] = 18;
	}
	gateway[bits / 8 - 2] = p->value >> 8;
	gateway[bits / 8 - 1] = p->value;
	put(n, RTA_DST, p->addr, bits / 8);
	put(n, RTA_GATEWAY, gateway, bits / 8);
	put(n, RTA_OIF, &device, sizeof(device));
	/* IPv4 finds next hops to share by this and the device alone. */
	put(n, RTA_PRIORITY, &metric, sizeof(metric));
	end(b, n, last);
}

static bool forward(const char *family)
{
	char path[128];
	bool ok;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/all/forwarding",
		 family);
	f = fopen(path, "w");
	ok = f && fputs("1", f) > 0;
	return f && !fclose(f) && ok;
}

static void *fib_load(const struct set *set, const char **why)
{
	static struct batch b;
	void *table;
	size_t i;

	/* A namespace for each table: with the last, its routes go. */
	if (unshare(CLONE_NEWNET) || !forward("ipv4") || !forward("ipv6")) {
		*why = "no network namespace (not root?)";
		return NULL;
	}
	memset(&b, 0, sizeof(b));
	b.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	add_device(&b);
	add_address(&b);
	for (i = 0; i < set->n && !b.failed; i++)
		add_route(&b, set->bits, &set->prefix[i], i + 1 == set->n);
	close(b.fd);
	if (b.failed) {
		*why = "the kernel refuses routes";
		return NULL;
	}
	table = kernel_open(set->bits == 32 ? "fib4" : "fib6", why);
	if (table)
		kernel_set_device(table, DEVICE);
	return table;
}

const struct peer peer_fib = {
	.name = "kernel-fib",
	.load = fib_load,
	.walk = kernel_walk,
	.free = kernel_close,
};
