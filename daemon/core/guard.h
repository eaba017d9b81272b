/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BGP sessions that IPsec protects: a connection in the IKE daemon for each
 * neighbor that is configured so, and, where the session is to be held until
 * its SA is up, whether it may be.
 */
#ifndef CESTEER_CORE_GUARD_H
#define CESTEER_CORE_GUARD_H

#include "core/core.h"

/* What is configured has changed: load and unload what differs. */
void guards_sync(struct daemon *d);
/* Forget all; what the IKE daemon has is the driver's business. */
void guards_free(struct daemon *d);
/* Each second: see to sessions while nothing is heard of the IKE daemon. */
void guards_tick(struct daemon *d);
/* The driver tells of a session's connection. */
void guard_state(struct daemon *d, struct ike_gateway *ig, enum ike_state state,
		 const char *why);
/*
 * Whether the session with a neighbor may be. False: why says what it waits
 * for, until the next call of this room.
 */
bool guard_permits(const struct daemon *d, const struct bgp_peer_conf *conf,
		   const char **why);

/*
 * Whether the kernel has the policy that takes what a neighbor sends from its
 * SA only: what connected just now did so by that.
 */
bool guard_admits(const struct daemon *d, const struct bgp_peer_conf *conf);

#endif /* CESTEER_CORE_GUARD_H */
