// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dumps. One that changes interrupted is asked for again, from the start; a
 * table that never holds still is given up on.
 */
#include <errno.h>
#include <netlink/attr.h>
#include "kern/genl.h"
#include "kern/kern.h"
#include "kern/parse.h"

#define RESTARTS_MAX 16

struct dump {
	uint8_t cmd;
	bool filtered; /* by vpn */
	uint32_t vpn;
	kern_reply_fn reply;
	void (*restart)(void *arg);
	void *arg; /* the caller's */
	int (*vpn_cb)(void *arg, const struct kern_vpn *v);
	int (*device_cb)(void *arg, const struct kern_device *dev);
	int (*gateway_cb)(void *arg, const struct kern_gateway *g);
	int (*source_cb)(void *arg, const struct prefix *p);
	int (*route_cb)(void *arg, const struct kern_route *r);
	int (*counter_cb)(void *arg, const struct kern_counter *c);
	int stop; /* what the caller's callback said */
};

static int run(struct kern *k, struct dump *d)
{
	unsigned int tries;
	int err = 0;

	for (tries = 0; tries <= RESTARTS_MAX; tries++) {
		struct nl_msg *msg =
			kern_msg(k, d->cmd, NLM_F_DUMP, nla_total_size(4));

		if (!msg)
			return -ENOMEM;
		if (tries && d->restart)
			d->restart(d->arg);
		if (d->filtered &&
		    nla_put_u32(msg, CESTEER_A_TABLE_VPN, d->vpn)) {
			nlmsg_free(msg);
			return kern_fail_memory(k);
		}
		err = kern_request(k, msg, d->reply, d);
		if (d->stop)
			return d->stop;
		if (err != -EAGAIN)
			break;
	}
	return err == -EBADMSG ? kern_fail_reply(k) : err;
}

static int vpn_reply(struct nlmsghdr *nlh, void *arg)
{
	struct dump *d = arg;
	struct kern_vpn v;
	int err = kern_parse_vpn(nlh, &v);

	if (err)
		return err;
	d->stop = d->vpn_cb(d->arg, &v);
	return d->stop;
}

int kern_vpns(struct kern *k, int (*cb)(void *arg, const struct kern_vpn *v),
	      void (*restart)(void *arg), void *arg)
{
	struct dump d = {
		.cmd = CESTEER_CMD_VPN_GET,
		.reply = vpn_reply,
		.restart = restart,
		.arg = arg,
		.vpn_cb = cb,
	};

	return run(k, &d);
}

static int device_reply(struct nlmsghdr *nlh, void *arg)
{
	struct kern_device dev;
	struct dump *d = arg;
	int err = kern_parse_device(nlh, &dev);

	if (err)
		return err;
	d->stop = d->device_cb(d->arg, &dev);
	return d->stop;
}

int kern_devices(struct kern *k,
		 int (*cb)(void *arg, const struct kern_device *dev),
		 void (*restart)(void *arg), void *arg)
{
	struct dump d = {
		.cmd = CESTEER_CMD_DEVICE_GET,
		.reply = device_reply,
		.restart = restart,
		.arg = arg,
		.device_cb = cb,
	};

	return run(k, &d);
}

static int gateway_reply(struct nlmsghdr *nlh, void *arg)
{
	struct dump *d = arg;
	struct kern_gateway g;
	int err = kern_parse_gateway(nlh, &g);

	if (err)
		return err;
	d->stop = d->gateway_cb(d->arg, &g);
	return d->stop;
}

int kern_gateways(struct kern *k,
		  int (*cb)(void *arg, const struct kern_gateway *g),
		  void (*restart)(void *arg), void *arg)
{
	struct dump d = {
		.cmd = CESTEER_CMD_GATEWAY_GET,
		.reply = gateway_reply,
		.restart = restart,
		.arg = arg,
		.gateway_cb = cb,
	};

	return run(k, &d);
}

static int one_source(void *arg, const struct kern_route *r)
{
	struct dump *d = arg;

	d->stop = d->source_cb(d->arg, &r->prefix);
	return d->stop;
}

static int one_route(void *arg, const struct kern_route *r)
{
	struct dump *d = arg;

	d->stop = d->route_cb(d->arg, r);
	return d->stop;
}

static int table_reply(struct nlmsghdr *nlh, void *arg)
{
	struct dump *d = arg;
	uint32_t vpn;
	int err = kern_parse_table(nlh, &vpn,
				   d->source_cb ? one_source : one_route, d);

	return !err && vpn != d->vpn ? -EBADMSG : err;
}

int kern_sources(struct kern *k, uint32_t vpn,
		 int (*cb)(void *arg, const struct prefix *p),
		 void (*restart)(void *arg), void *arg)
{
	struct dump d = {
		.cmd = CESTEER_CMD_SOURCE_GET,
		.filtered = true,
		.vpn = vpn,
		.reply = table_reply,
		.restart = restart,
		.arg = arg,
		.source_cb = cb,
	};

	return run(k, &d);
}

int kern_routes(struct kern *k, uint32_t vpn,
		int (*cb)(void *arg, const struct kern_route *r),
		void (*restart)(void *arg), void *arg)
{
	struct dump d = {
		.cmd = CESTEER_CMD_ROUTE_GET,
		.filtered = true,
		.vpn = vpn,
		.reply = table_reply,
		.restart = restart,
		.arg = arg,
		.route_cb = cb,
	};

	return run(k, &d);
}

static int counter_reply(struct nlmsghdr *nlh, void *arg)
{
	struct dump *d = arg;
	struct kern_counter c;
	int err = kern_parse_counter(nlh, &c);

	if (err)
		return err;
	d->stop = d->counter_cb(d->arg, &c);
	return d->stop;
}

int kern_counters(struct kern *k,
		  int (*cb)(void *arg, const struct kern_counter *c), void *arg)
{
	struct dump d = {
		.cmd = CESTEER_CMD_COUNTERS_GET,
		.reply = counter_reply,
		.arg = arg,
		.counter_cb = cb,
	};

	return run(k, &d);
}
