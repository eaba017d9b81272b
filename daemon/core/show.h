/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the room: what routes look like from outside (daemon.h has the
 * words).
 */
#ifndef CESTEER_CORE_SHOW_H
#define CESTEER_CORE_SHOW_H

#include <jansson.h>
#include "core/core.h"

json_t *show_routes(struct daemon *d, const json_t *args, char *why,
		    size_t why_len);
/* New JSON string, null for no address. */
json_t *show_addr(const struct addr *a);

/* How long a page is, as args say or by default. False: why says it. */
bool show_limit(const json_t *args, size_t *limit, char *why, size_t why_len);

#endif /* CESTEER_CORE_SHOW_H */
