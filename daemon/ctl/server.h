/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: a server of lines on a unix socket. It knows nothing
 * of what is asked.
 */
#ifndef CESTEER_CTL_SERVER_H
#define CESTEER_CTL_SERVER_H

#include <stddef.h>
#include <jansson.h>

struct ctl_server;
struct event_base;

/* Octets of a request's line; a longer one is answered with an error. */
#define CTL_REQUEST_MAX (64 * 1024)
#define CTL_CLIENTS_MAX 32

/* One thing that can be asked. */
struct ctl_command {
	const char *name;
	/*
	 * A new JSON value; NULL when it cannot be answered, and a sentence
	 * in why.
	 */
	json_t *(*run)(void *arg, const json_t *request, char *why,
		       size_t why_len);
};

/*
 * As ctl_create(). commands is an array of n that outlives the server; arg is
 * handed to them. timeout: as CTL_TIMEOUT.
 */
struct ctl_server *ctl_server_create(struct event_base *base, const char *path,
				     const struct ctl_command *commands,
				     size_t n, void *arg, unsigned int timeout,
				     char *why, size_t why_len);
void ctl_server_destroy(struct ctl_server *s);

#endif /* CESTEER_CTL_SERVER_H */
