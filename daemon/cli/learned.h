/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon knows of routes, by VPN's table and prefix: who announced
 * them, and why they became what they are.
 */
#ifndef CESTEER_CLI_LEARNED_H
#define CESTEER_CLI_LEARNED_H

#include "cli/cli.h"

/*
 * Ask for all routes, or for exactly one prefix's (NULL: all); brief: without
 * their paths. A new object:
 * "TABLE PREFIX" to what daemon_show("routes") says of it. NULL when the
 * daemon does not tell, and a sentence in why; *absent says whether it runs.
 */
json_t *cli_learned(const struct cli *c, const char *prefix, bool brief,
		    bool *absent, char *why, size_t why_len);
/* Of that object, one route's; borrowed, NULL: there is none. */
json_t *cli_learned_route(const json_t *learned, uint32_t vpn,
			  const char *prefix);
/* The neighbor whose path is the best; NULL: none, a static entry. */
const char *cli_learned_neighbor(const json_t *route);
/* The daemon's name for a VPN; a new string. NULL, and a sentence in why. */
json_t *cli_vpn_name(const struct cli *c, uint32_t vpn, char *why,
		     size_t why_len);

#endif /* CESTEER_CLI_LEARNED_H */
