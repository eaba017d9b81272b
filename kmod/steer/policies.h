/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether XFRM holds policies that packets without an if_id could match. Where
 * it holds none, which is so where all are gateways', XFRM's own looks at packets
 * find nothing (spare.c).
 */
#ifndef CS_STEER_POLICIES_H
#define CS_STEER_POLICIES_H

#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "xfrm.h"

/**
 * struct cs_policies - of a namespace
 * @net: the namespace
 * @foreign: there may be one without an if_id; READ_ONCE on the packet path
 * @open: looked for when one has gone; under @lock
 * @events: how many came; under @lock
 * @lock: keeps what was looked for from hiding what came meanwhile; innermost,
 *        BH disabled
 * @work: looks for one
 */
struct cs_policies {
	struct net *net;
	bool foreign;
	bool open;
	u32 events;
	spinlock_t lock; /* see above */
	struct delayed_work work;
};

/**
 * cs_policies_init() - there may be some
 * @p: in place
 * @net: namespace
 */
void cs_policies_init(struct cs_policies *p, struct net *net);

/**
 * cs_policies_open() - look whether there are, and keep up with changes
 * @p: the namespace's
 * Context: any but hard interrupts. Harmless when repeated.
 */
void cs_policies_open(struct cs_policies *p);

/**
 * cs_policies_close() - not any more: assume there are
 * @p: the namespace's
 * Context: may sleep. Harmless when repeated.
 */
void cs_policies_close(struct cs_policies *p);

/**
 * cs_policies_changed() - a policy without an if_id came, or some have gone
 * @p: the namespace's
 * @came: one did
 * Context: any but hard interrupts.
 */
void cs_policies_changed(struct cs_policies *p, bool came);

/**
 * cs_policies_has_none() - would XFRM let pass whatever is forwarded
 * @p: the namespace's
 *
 * If no SA brought it: there is neither a policy that it could match nor a
 * default that blocks.
 *
 * Context: RCU.
 */
static inline bool cs_policies_has_none(const struct cs_policies *p)
{
	return !READ_ONCE(p->foreign) && cs_xfrm_forwards(p->net);
}

#endif /* CS_STEER_POLICIES_H */
