/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One connection to the IKE daemon's VICI socket, kept up: it connects, and
 * connects again whenever it is lost, registers for events, and sends the
 * commands of a queue, a few of them ahead of the replies: the protocol has no
 * sequence numbers, but charon answers a connection's commands in their order.
 * Knows no command and no event by name.
 *
 * Commands and events share the connection on purpose: strongSwan queues both
 * in the order in which they came about, so that a listing and the events
 * around it never contradict each other.
 */
#ifndef CESTEER_IKE_VICI_H
#define CESTEER_IKE_VICI_H

#include <stdbool.h>
#include "ike/vici_msg.h"

struct event_base;
struct vici;

/* Called from the event loop; must not destroy the connection. */
struct vici_events {
	void (*up)(void *arg); /* connected, events registered */
	void (*down)(void *arg, const char *why);
	void (*event)(void *arg, struct vici_view name, struct vici_view msg);
};

/*
 * The end of a command. err: 0; -EOPNOTSUPP, the IKE daemon does not know it;
 * -ECONNRESET, the connection went first (called before down()).
 */
typedef void (*vici_reply_fn)(void *arg, int err, struct vici_view msg);

/*
 * path is copied, names (of the events, NULL at the end) is not. Never
 * connects before it returns.
 */
struct vici *vici_create(struct event_base *base, const char *path,
			 const char *const *names, const struct vici_events *ev,
			 void *arg);
/* Drops what is queued; no callback is called. */
void vici_destroy(struct vici *v);
/*
 * Queue a command; w is finished and taken, whatever happens. done is called
 * exactly once if 0 is returned, and never from within this call. -ENOTCONN;
 * -EMSGSIZE or -ENOMEM when w is broken (logged).
 */
int vici_send(struct vici *v, struct vici_wr *w, vici_reply_fn done, void *arg);
bool vici_up(const struct vici *v);
/* Give the connection up, and connect again at once. */
void vici_restart(struct vici *v, const char *why);

/*
 * What a reply says: true for success. Otherwise why (of size octets) gets
 * the IKE daemon's own message, or one for err.
 */
bool vici_reply_ok(int err, struct vici_view msg, char *why, size_t size);

#endif /* CESTEER_IKE_VICI_H */
