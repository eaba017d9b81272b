/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: a path as the address of a unix socket.
 */
#ifndef CESTEER_CTL_ADDRESS_H
#define CESTEER_CTL_ADDRESS_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* False, and a sentence in why, when the path is too long. */
static inline bool ctl_address(const char *path, struct sockaddr_un *un,
			       char *why, size_t why_len)
{
	size_t len = strlen(path);

	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	if (!len || len >= sizeof(un->sun_path)) {
		snprintf(why, why_len,
			 "a socket's path has 1 to %zu characters: %s",
			 sizeof(un->sun_path) - 1, path);
		return false;
	}
	memcpy(un->sun_path, path, len);
	return true;
}

#endif /* CESTEER_CTL_ADDRESS_H */
