/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The room's face: the control socket, a unix stream socket of mode 0660. One
 * JSON object a line is a request, one JSON object a line answers it, in
 * order:
 *
 *	{"command": "show", "what": "bgp", "args": {...}}
 *	{"command": "reload"}
 *	{"command": "release", "vpn": "default", "prefix": "10.1.0.0/24"}
 *
 *	{"ok": true, "result": ...} or {"ok": false, "error": "a sentence"}
 *
 * "what", "args" and the results are daemon_show()'s. Who sends too much, too
 * slowly, or does not read, is hung up on.
 */
#ifndef CESTEER_CTL_CTL_H
#define CESTEER_CTL_CTL_H

#include <stddef.h>

#define CTL_FOLDER "/run/cesteer"
#define CTL_SOCKET CTL_FOLDER "/control"
/* Seconds that either side may be silent, or not read. */
#define CTL_TIMEOUT 10

struct ctl_server;
struct daemon;
struct event_base;

/*
 * Answer for d on path; d outlives the server. A socket file that nobody
 * listens on is replaced; one that somebody does, or a file that is no
 * socket, is an error. SIGPIPE must be ignored. NULL on failure, with a
 * sentence in why.
 */
struct ctl_server *ctl_create(struct event_base *base, const char *path,
			      struct daemon *d, char *why, size_t why_len);
/* Hang up on all, remove the socket file if it is still ours. */
void ctl_destroy(struct ctl_server *s);

#endif /* CESTEER_CTL_CTL_H */
