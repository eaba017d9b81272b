/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: the family's messages as structs. Pure. All return 0,
 * or -EBADMSG for what the contract does not allow; an attribute that is
 * absent leaves its field 0.
 */
#ifndef CESTEER_KERN_PARSE_H
#define CESTEER_KERN_PARSE_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include "kern/events.h"
#include "kern/kern.h"

int kern_parse_info(struct nlmsghdr *nlh, struct kern_info *info);
int kern_parse_vpn(struct nlmsghdr *nlh, struct kern_vpn *v);
int kern_parse_device(struct nlmsghdr *nlh, struct kern_device *d);
int kern_parse_gateway(struct nlmsghdr *nlh, struct kern_gateway *g);
int kern_parse_counter(struct nlmsghdr *nlh, struct kern_counter *c);
int kern_parse_answer(struct nlmsghdr *nlh, struct kern_answer *a);
int kern_parse_event(struct nlmsghdr *nlh, struct kern_event *e);

/*
 * Call cb for each prefix of a SOURCE_GET or ROUTE_GET reply, whose VPN is
 * vpn. Not 0: what cb returned, or -EBADMSG.
 */
int kern_parse_table(struct nlmsghdr *nlh, uint32_t *vpn,
		     int (*cb)(void *arg, const struct kern_route *r),
		     void *arg);

#endif /* CESTEER_KERN_PARSE_H */
