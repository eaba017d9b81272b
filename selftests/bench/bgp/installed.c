// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is in the kernel: the module's table is asked what it would do with a
 * packet to the sample, the routing table which route it would take.
 */
#include "feed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include "kern/kern.h"

struct installed {
	struct kern *kern; /* NULL: the kernel's routes */
	struct addr *gateways; /* [id] */
	size_t n_gateways;
	struct nl_sock *sk;
};

static void die(const char *what, const char *why)
{
	fprintf(stderr, "peer: %s: %s\n", what, why);
	exit(1);
}

struct installed *installed_open(bool module)
{
	struct installed *t = calloc(1, sizeof(*t));
	char why[512];

	if (!t)
		abort();
	if (module) {
		if (kern_open(&t->kern, why, sizeof(why)))
			die("cesteer", why);
		return t;
	}
	t->sk = nl_socket_alloc();
	if (!t->sk || nl_connect(t->sk, NETLINK_ROUTE))
		die("rtnetlink", "no socket");
	nl_socket_disable_auto_ack(t->sk);
	return t;
}

static int gateway_seen(void *arg, const struct kern_gateway *g)
{
	struct installed *t = arg;

	if (g->id >= t->n_gateways) {
		t->gateways = realloc(t->gateways,
				      (g->id + 1) * sizeof(*t->gateways));
		if (!t->gateways)
			abort();
		t->n_gateways = g->id + 1;
	}
	t->gateways[g->id] = g->address;
	return 0;
}

/* Gateways that are new to us: more may come while they are read. */
static bool read_gateways(struct installed *t)
{
	int err = kern_gateways(t->kern, gateway_seen, NULL, t);

	if (err && err != -EAGAIN)
		die("gateways", kern_error(t->kern));
	return !err;
}

static bool steered(struct installed *t, const struct sample *s)
{
	struct addr gateway = feed_gateway(s->gateway);
	struct kern_query q = { .direction = CESTEER_DIR_OUT };
	struct kern_answer a;

	q.dst.family = s->prefix.family;
	memcpy(q.dst.b, s->prefix.b, sizeof(q.dst.b));
	q.src.family = s->prefix.family;
	q.src.b[0] = s->prefix.family == AF_INET ? 10 : 0xfd;
	if (kern_explain(t->kern, &q, &a))
		die("explain", kern_error(t->kern));
	if (prefix_cmp(&a.route, &s->prefix))
		return false;
	if (a.gateway >= t->n_gateways && !read_gateways(t))
		return false;
	return a.gateway < t->n_gateways &&
	       !addr_cmp(&t->gateways[a.gateway], &gateway);
}

static int on_route(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *h = nlmsg_hdr(msg);

	if (h->nlmsg_type == RTM_NEWROUTE)
		*(unsigned int *)arg =
			((struct rtmsg *)nlmsg_data(h))->rtm_dst_len;
	return NL_OK;
}

/* No longer route than to the very sample: lookups find the longest. */
static bool routed(struct installed *t, const struct sample *s)
{
	struct rtmsg r = { .rtm_family = s->prefix.family,
			   .rtm_dst_len = s->prefix.len,
			   .rtm_flags = RTM_F_FIB_MATCH };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, 0);
	unsigned int len = 0;

	if (!msg || nlmsg_append(msg, &r, sizeof(r), NLMSG_ALIGNTO) ||
	    nla_put(msg, RTA_DST, (int)addr_bits(s->prefix.family) / 8,
		    s->prefix.b))
		abort();
	if (nl_send_auto(t->sk, msg) < 0)
		die("rtnetlink", "cannot send");
	nlmsg_free(msg);
	nl_socket_modify_cb(t->sk, NL_CB_VALID, NL_CB_CUSTOM, on_route, &len);
	nl_recvmsgs_default(t->sk); /* "unreachable" is an answer, too */
	return len == s->prefix.len;
}

bool installed_has(struct installed *t, const struct sample *s)
{
	return t->kern ? steered(t, s) : routed(t, s);
}

/* What a routing daemon put into the main table. */
static int on_learned(struct nl_msg *msg, void *arg)
{
	const struct rtmsg *r = nlmsg_data(nlmsg_hdr(msg));

	if (r->rtm_table == RT_TABLE_MAIN && r->rtm_protocol > RTPROT_STATIC)
		++*(size_t *)arg;
	return NL_OK;
}

static int on_end(struct nl_msg *msg, void *arg)
{
	*(bool *)arg = true;
	return NL_STOP;
}

static size_t count_routes(struct installed *t)
{
	struct rtgenmsg all = { .rtgen_family = AF_UNSPEC };
	bool ended = false;
	size_t n = 0;

	nl_socket_modify_cb(t->sk, NL_CB_VALID, NL_CB_CUSTOM, on_learned, &n);
	nl_socket_modify_cb(t->sk, NL_CB_FINISH, NL_CB_CUSTOM, on_end, &ended);
	if (nl_send_simple(t->sk, RTM_GETROUTE, NLM_F_DUMP, &all, sizeof(all)) <
	    0)
		die("rtnetlink", "cannot send");
	while (!ended) {
		int err = nl_recvmsgs_default(t->sk);

		if (err < 0 && err != -NLE_DUMP_INTR)
			die("rtnetlink", nl_geterror(err));
	}
	return n;
}

size_t installed_count(struct installed *t)
{
	struct kern_info info;

	if (!t->kern)
		return count_routes(t);
	if (kern_info(t->kern, &info))
		die("info", kern_error(t->kern));
	return info.routes;
}
