// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A datagram at a time, which may hold thousands of entries, and of it a few
 * messages at a time.
 */
#include "kern/reading.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <netlink/genl/genl.h>
#include "base/clock.h"
#include "kern/genl.h"
#include "kern/parse.h"

/* Messages between two looks at the clock. */
#define STEP 16

struct kern_reading {
	struct kern *k;
	uint32_t vpn, seq;
	unsigned char *data; /* a datagram */
	struct nlmsghdr *at; /* its next message */
	int left; /* octets, from there on */
};

static int ask(struct kern_reading *r)
{
	struct nl_msg *msg = kern_msg(r->k, CESTEER_CMD_ROUTE_GET, NLM_F_DUMP,
				      nla_total_size(4));
	int err;

	if (!msg)
		return -ENOMEM;
	err = nla_put_u32(msg, CESTEER_A_TABLE_VPN, r->vpn);
	if (!err) {
		nl_complete_msg(r->k->sk, msg);
		r->seq = nlmsg_hdr(msg)->nlmsg_seq;
		err = nl_send(r->k->sk, msg);
	}
	nlmsg_free(msg);
	return err < 0 ? kern_fail(r->k, -EIO, "netlink socket: %s",
				   nl_geterror(err)) :
			 0;
}

int kern_reading_open(struct kern_reading **rp, uint32_t vpn, char *why,
		      size_t why_len)
{
	struct kern_reading *r = calloc(1, sizeof(*r));
	int err;

	*rp = NULL;
	if (!r) {
		snprintf(why, why_len, "out of memory");
		return -ENOMEM;
	}
	r->vpn = vpn;
	err = kern_open(&r->k, why, why_len);
	if (!err) {
		err = ask(r);
		if (err)
			snprintf(why, why_len, "%s", kern_error(r->k));
	}
	if (err)
		kern_reading_close(r);
	else
		*rp = r;
	return err;
}

void kern_reading_close(struct kern_reading *r)
{
	if (!r)
		return;
	kern_close(r->k);
	free(r->data);
	free(r);
}

/* The error that such a message ends with, or 0. */
static int end_error(const struct kern_reading *r, const struct nlmsghdr *nlh)
{
	int error = 0;

	if ((size_t)nlmsg_datalen(nlh) >= sizeof(error))
		memcpy(&error, nlmsg_data(nlh), sizeof(error));
	return error < 0 ? kern_fail(r->k, error, "%s", strerror(-error)) : 0;
}

static int message(const struct kern_reading *r, struct nlmsghdr *nlh,
		   int (*cb)(void *arg, const struct kern_route *route),
		   void *arg)
{
	uint32_t vpn = 0;
	int err;

	if (nlh->nlmsg_seq != r->seq)
		return 1;
	if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR)
		return end_error(r, nlh);
	err = kern_parse_table(nlh, &vpn, cb, arg);
	if (err == -ENOMEM)
		return kern_fail_memory(r->k);
	return err || vpn != r->vpn ? kern_fail_reply(r->k) : 1;
}

static int receive(struct kern_reading *r)
{
	struct sockaddr_nl from;
	int n;

	free(r->data);
	r->data = NULL;
	n = nl_recv(r->k->sk, &from, &r->data, NULL);
	r->at = (void *)r->data;
	r->left = n > 0 ? n : 0;
	if (n > 0 || n == -NLE_INTR)
		return 1;
	return kern_fail(r->k, -EIO, "netlink socket: %s", nl_geterror(n));
}

int kern_reading_next(struct kern_reading *r, uint64_t until_us,
		      int (*cb)(void *arg, const struct kern_route *route),
		      void *arg)
{
	unsigned int n = 0;
	int more;

	do {
		if (!r->at || !nlmsg_ok(r->at, r->left)) {
			more = receive(r);
			continue;
		}
		more = message(r, r->at, cb, arg);
		r->at = nlmsg_next(r->at, &r->left);
	} while (more == 1 && (++n % STEP || clock_us() < until_us));
	return more;
}

const char *kern_reading_error(const struct kern_reading *r)
{
	return kern_error(r->k);
}
