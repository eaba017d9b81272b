/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: what the kernel said when it refused a request, with
 * the prefix or the attribute that it was about. Pure.
 */
#ifndef CESTEER_KERN_REFUSAL_H
#define CESTEER_KERN_REFUSAL_H

#include <stddef.h>
#include <stdint.h>
#include <linux/netlink.h>
#include "base/addr.h"

struct kern_refusal {
	int error; /* negative errno */
	const char *sentence; /* the kernel's; NULL: it said nothing */
	uint32_t offset; /* into the request; 0: the kernel did not say */
	uint16_t missing; /* type of a missing attribute; 0: not said */
};

/*
 * Read the attributes of an error or of the end of a dump (NLM_F_ACK_TLVS is
 * set). r->sentence points into them. Garbage is left out.
 */
void kern_refusal_parse(struct kern_refusal *r, const void *tlvs, size_t len);

/*
 * The prefix of a SOURCE_* or ROUTE_* request that the offset points into, or
 * (any octet of a group's other attributes) the group's first one, with *more
 * set to how many others the same holds for. False: neither.
 */
bool kern_refusal_prefix(const struct nlmsghdr *request, uint32_t offset,
			 struct prefix *p, size_t *more);

/* One sentence about it all into buf. request is what was sent. */
void kern_refusal_format(const struct kern_refusal *r,
			 const struct nlmsghdr *request, char *buf, size_t len);

#endif /* CESTEER_KERN_REFUSAL_H */
