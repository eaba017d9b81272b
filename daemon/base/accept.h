/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A listening socket whose connections are accepted. Where accept(2) fails,
 * for want of descriptors mostly, it rests for a second: the connections wait,
 * and the socket would be readable all that time.
 */
#ifndef CESTEER_BASE_ACCEPT_H
#define CESTEER_BASE_ACCEPT_H

struct accept_listener;
struct event_base;
struct sockaddr;

/* A connection, which is the callee's. */
typedef void (*accept_fn)(void *arg, int fd, const struct sockaddr *from);

/*
 * Accept on fd, which is closed with the listener; backlog 0: it listens
 * already. name, in the room's log: what listens. NULL: out of memory, and fd
 * is still the caller's.
 */
struct accept_listener *accept_start(struct event_base *base, int fd,
				     int backlog, const char *room,
				     const char *name, accept_fn on_accept,
				     void *arg);
/* NULL will do. */
void accept_stop(struct accept_listener *l);

#endif /* CESTEER_BASE_ACCEPT_H */
