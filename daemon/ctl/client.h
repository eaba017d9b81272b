/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket, the CLI's side: one question, one answer. Blocks, for
 * CTL_TIMEOUT seconds of silence at most. Needs no event loop.
 */
#ifndef CESTEER_CTL_CLIENT_H
#define CESTEER_CTL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>

/*
 * Send request (an object) to the daemon at path. Returns its "result" (a new
 * reference), or NULL with a sentence in why. *absent, when not NULL, says
 * whether nobody listens there.
 */
json_t *ctl_request(const char *path, const json_t *request, bool *absent,
		    char *why, size_t why_len);

#endif /* CESTEER_CTL_CLIENT_H */
