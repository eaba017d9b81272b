/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: the cutting of a batch into messages, and of a message
 * into groups. Pure.
 */
#ifndef CESTEER_KERN_BATCH_H
#define CESTEER_KERN_BATCH_H

#include <stddef.h>
#include <netlink/msg.h>
#include "kern/kern.h"

/* Octets of attributes in a message, at most. */
#define KERN_BATCH_LEN (120 * 1024)

/* One entry to say; target NULL: sources, and deleting. */
struct kern_entry {
	const struct prefix *prefix;
	const struct kern_target *target;
};

/*
 * How many entries, from the first on, fit in one message: at least one, all
 * of the first one's family. octets: their attributes' at most.
 */
size_t kern_batch_fit(const struct kern_entry *e, size_t n, size_t *octets);
/*
 * Add n entries' groups to a message with room for that many octets, having
 * sorted e by target (else in the order that they had). All are of one
 * family. False: they do not fit.
 */
bool kern_batch_put(struct nl_msg *msg, struct kern_entry *e, size_t n);

#endif /* CESTEER_KERN_BATCH_H */
