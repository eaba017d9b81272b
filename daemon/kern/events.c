// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The multicast group. A socket of its own, so that events never stand
 * between a request and its replies.
 */
#include "kern/events.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include "kern/genl.h"
#include "kern/parse.h"

struct kern_events {
	struct nl_sock *sk;
	int family;
};

struct reading {
	int family;
	void (*cb)(void *arg, const struct kern_event *event);
	void *arg;
};

int kern_events_open(struct kern_events **ep, char *why, size_t why_len)
{
	struct kern_events *e = calloc(1, sizeof(*e));
	int group, err = -EIO;

	*ep = NULL;
	if (!e) {
		snprintf(why, why_len, "out of memory");
		return -ENOMEM;
	}
	e->sk = kern_socket(why, why_len);
	if (!e->sk)
		goto fail;
	err = kern_family(e->sk, why, why_len);
	if (err < 0)
		goto fail;
	e->family = err;
	err = -EIO;
	group = genl_ctrl_resolve_grp(e->sk, CESTEER_GENL_NAME,
				      CESTEER_MCGRP_EVENTS);
	if (group >= 0)
		group = nl_socket_add_membership(e->sk, group);
	if (group >= 0)
		group = nl_socket_set_nonblocking(e->sk);
	if (group < 0) {
		snprintf(why, why_len, "group \"%s\": %s", CESTEER_MCGRP_EVENTS,
			 nl_geterror(group));
		goto fail;
	}
	*ep = e;
	return 0;
fail:
	kern_events_close(e);
	return err;
}

void kern_events_close(struct kern_events *e)
{
	if (!e)
		return;
	nl_socket_free(e->sk);
	free(e);
}

int kern_events_fd(const struct kern_events *e)
{
	return nl_socket_get_fd(e->sk);
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct reading *r = arg;
	struct kern_event event;

	if (nlh->nlmsg_type == r->family && !kern_parse_event(nlh, &event))
		r->cb(r->arg, &event);
	return NL_OK;
}

int kern_events_read(struct kern_events *e,
		     void (*cb)(void *arg, const struct kern_event *event),
		     void *arg)
{
	struct reading r = { .family = e->family, .cb = cb, .arg = arg };
	struct nl_cb *nl = nl_cb_alloc(NL_CB_CUSTOM);
	int err;

	if (!nl)
		return -ENOMEM;
	nl_cb_set(nl, NL_CB_VALID, NL_CB_CUSTOM, on_valid, &r);
	do {
		err = nl_recvmsgs(e->sk, nl);
		/* libnl has one word for ENOBUFS and ENOMEM. */
		if (err == -NLE_NOMEM) {
			const struct kern_event lost = {
				.type = KERN_EVENT_LOST,
			};

			cb(arg, &lost);
			err = 0;
		}
	} while (err >= 0 || err == -NLE_INTR);
	nl_cb_put(nl);
	return err == -NLE_AGAIN ? 0 : -EIO;
}
