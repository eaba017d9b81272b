/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Forwarded IPv4 packets that XFRM need not look at. Where all policies are
 * gateways', told apart by if_id, its two looks at each packet that is
 * forwarded find nothing, and are as dear as forwarding itself.
 */
#ifndef CS_STEER_SPARE_H
#define CS_STEER_SPARE_H

#include <linux/skbuff.h>
#include <linux/spinlock.h>

#include "spd/vpn.h"

struct cs_spare_pair;

/* Routes that are remembered, a power of two: one for each next hop. */
#define CS_SPARE_PAIRS 16

/**
 * struct cs_spare - of a namespace
 * @pairs: routes and their copies; RCU, changed under @lock
 * @lock: innermost, BH disabled
 * @open: copies may be made; under @lock
 * @again: jiffies from when on the next copy may be made
 * A packet writes to what is below @pairs, for a next hop that it is the first
 * to use.
 */
struct cs_spare {
	struct cs_spare_pair __rcu *pairs[CS_SPARE_PAIRS];
	spinlock_t lock ____cacheline_aligned_in_smp; /* see above */
	bool open;
	unsigned long again;
};

/**
 * cs_spare_init() - spare no packet yet
 * @s: in place
 */
void cs_spare_init(struct cs_spare *s);

/**
 * cs_spare_open() - spare packets from now on
 * @s: the namespace's
 * Context: any but hard interrupts. Harmless when repeated.
 */
void cs_spare_open(struct cs_spare *s);

/**
 * cs_spare_close() - not any more: let go of all routes
 * @s: the namespace's
 * Context: any but hard interrupts. Harmless when repeated.
 */
void cs_spare_close(struct cs_spare *s);

/**
 * cs_spare_forget() - a device goes: let go of the routes by it
 * @s: the namespace's
 * @dev: the device
 * Context: any but hard interrupts.
 */
void cs_spare_forget(struct cs_spare *s, const struct net_device *dev);

/**
 * cs_spare_is_on() - are a family's packets spared
 * @family: which
 */
bool cs_spare_is_on(enum cs_family family);

/**
 * cs_spare() - spare an IPv4 packet that is to be forwarded XFRM's looks
 * @s: the namespace's
 * @skb: packet with a unicast route that leads on and is the routing table's to
 *       keep. One for this host is never spared: it may be decapsulated yet
 * Context: RCU, softirq or process.
 */
void cs_spare(struct cs_spare *s, struct sk_buff *skb);

#endif /* CS_STEER_SPARE_H */
