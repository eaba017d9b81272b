/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One TCP connection that carries BGP messages: reads and frames what comes,
 * queues and writes what goes. Knows nothing of what messages mean.
 */
#ifndef CESTEER_BGP_CONN_H
#define CESTEER_BGP_CONN_H

#include "bgp/msg.h"

struct event;
struct event_base;
struct evbuffer;

/*
 * Callbacks; each may close the connection, none may free the struct around
 * it.
 */
struct bgp_conn_ops {
	void (*up)(void *arg); /* a connect succeeded */
	void (*failed)(void *arg, const char *why);
	/* A whole message; body points into the read buffer. */
	void (*message)(void *arg, uint8_t type, const uint8_t *body,
			size_t len);
	void (*error)(void *arg, const struct bgp_error *e);
	void (*drained)(void *arg); /* all that was queued is written */
};

struct bgp_conn {
	int fd; /* -1: closed */
	bool connecting;
	struct event *readable, *writable;
	struct event *rest; /* pending: messages wait for the loop's next turn */
	struct evbuffer *out;
	uint8_t *in; /* IN_SIZE octets, have of them filled */
	size_t have;
	size_t max; /* longest message that may come */
	unsigned int send_hold; /* seconds that writing may make no progress */
	const struct bgp_conn_ops *ops;
	void *arg;
};

/*
 * Take a descriptor (closed by bgp_conn_close, and on failure). connecting:
 * it is not up yet, up() will tell. False when memory is short.
 */
bool bgp_conn_open(struct bgp_conn *c, struct event_base *base, int fd,
		   bool connecting, const struct bgp_conn_ops *ops, void *arg);
/* Queue octets; what cannot be queued fails the connection soon. */
void bgp_conn_send(struct bgp_conn *c, const void *data, size_t len);
/* Octets that wait to be written. */
size_t bgp_conn_queued(const struct bgp_conn *c);
/*
 * Close. What is queued is written if the kernel takes it all, and the peer has
 * time to read it (parting.h): a last NOTIFICATION is not lost to a reset.
 */
void bgp_conn_close(struct bgp_conn *c);

#endif /* CESTEER_BGP_CONN_H */
