/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon knows of routes, by VPN's table and prefix: who announced
 * them, and why they became what they are.
 */
#ifndef CESTEER_CLI_LEARNED_H
#define CESTEER_CLI_LEARNED_H

#include "base/addr.h"
#include "cli/cli.h"

/* What is asked for. */
struct learned_query {
	bool all_vpns;
	uint32_t vpn; /* table, unless all_vpns */
	const char *prefix; /* exactly this one; NULL: all */
	bool brief; /* without the paths */
};

/* A route, small: there may be a million. */
struct learned_route {
	const char *rest; /* what many routes have in common; a key there */
	uint32_t vpn; /* table */
	int32_t age, held_for; /* seconds, or LEARNED_NONE */
	struct prefix prefix;
	bool alarm; /* an operator should look at it */
	bool shown; /* for the caller */
};

#define LEARNED_NONE INT32_MIN

struct learned {
	struct learned_route *routes; /* in order of table and prefix */
	size_t n;
	json_t *rest; /* keys are texts */
};

/*
 * Ask for routes. NULL when the daemon does not tell, and a sentence in why;
 * *absent says whether it runs.
 */
struct learned *learned_ask(const struct cli *c, const struct learned_query *q,
			    bool *absent, char *why, size_t why_len);
/* NULL will do, here and as l below. */
void learned_free(struct learned *l);
/* One route; NULL: there is none. */
struct learned_route *learned_find(const struct learned *l, uint32_t vpn,
				   const struct prefix *p);
/* What daemon_show("routes") says of it; new. NULL: out of memory, or no r. */
json_t *learned_json(const struct learned_route *r);
/* The neighbor whose path is the best; NULL: none, a static entry. */
const char *learned_neighbor(const json_t *route);
/* The daemon's name for a VPN; a new string. NULL, and a sentence in why. */
json_t *cli_vpn_name(const struct cli *c, uint32_t vpn, char *why,
		     size_t why_len);

#endif /* CESTEER_CLI_LEARNED_H */
