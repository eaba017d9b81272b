/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faulty UPDATE messages in the log: what RFC 7606 made of which attribute,
 * with its octets; a bounded number of lines a minute and sender.
 */
#ifndef CESTEER_BGP_FAULT_LOG_H
#define CESTEER_BGP_FAULT_LOG_H

#include <time.h>
#include "bgp/update.h"

/* One sender's; all zero at first. */
struct bgp_fault_log {
	time_t since; /* when this minute began, seconds of CLOCK_MONOTONIC */
	unsigned int lines, resets; /* asked for in it */
};

/*
 * Log what is wrong in a decoded UPDATE (RFC 7606, section 8), and what is odd
 * in its identities. What ends a session is logged whatever was before.
 * room: of the log line; name: the sender's.
 */
void bgp_fault_log(struct bgp_fault_log *l, const char *room, const char *name,
		   const struct bgp_update *u);

#endif /* CESTEER_BGP_FAULT_LOG_H */
