/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The join: what should be done with traffic to one prefix, from what the
 * neighbors say of it, what local policy says of it, and who we are. A pure
 * function; it sees one prefix and knows nothing of those around it:
 *
 * - A static entry for the very prefix decides alone.
 * - A prefix that we originate is behind us: "bypass", so that no aggregate
 *   that covers it (a "discard" umbrella, a hub's default route) comes between
 *   this site's own hosts, or between them and this gateway.
 * - Any path with an identity of somebody else, that local policy takes (see
 *   claim.h), makes the entry "protect". Its gateways are the best such
 *   path's, then those of the next, ...  A better path without an identity
 *   does not make clear text right.
 * - Without an identity there is no entry, not a "bypass": so a shorter
 *   prefix that is protected stays so for all that it covers (fail closed),
 *   and what nothing covers is sent in clear text (the VPN's default).
 *   Policy may say otherwise: then it is a "bypass", a hole in its cover.
 * - When policy rejects every identity, what covers the prefix applies; where
 *   nothing does, its traffic is discarded: somebody says that it needs
 *   protection. Which of both holds is for the caller, who sees the others.
 *
 * What was in force before may still outlive this decision: see hold.h.
 */
#ifndef CESTEER_RIB_JOIN_H
#define CESTEER_RIB_JOIN_H

#include <linux/cesteer.h>
#include "rib/best.h"
#include "rib/claim.h"

/* Of one prefix, at most this many paths: those that have most to say. */
#define JOIN_PATHS_MAX 64

enum join_reason {
	JOIN_NO_PATH, /* nobody says anything */
	JOIN_NO_IDENTITY, /* reachable, by no gateway */
	JOIN_OWN_IDENTITY, /* the only gateway named is this one */
	JOIN_ORIGINATED, /* we say it ourselves */
	JOIN_LEARNED, /* protect */
	JOIN_STATIC,
	JOIN_REJECTED, /* policy takes none of the identities */
	JOIN_LIMITED, /* there are more than policy takes */
	JOIN_WITHDRAWN, /* held: it was protected, nobody announces it now */
	JOIN_DOWNGRADED, /* held: announced now with no identity that counts */
	JOIN_ADOPTED, /* held: of the run before, not yet confirmed */
};

/* Local policy for exactly this prefix. */
struct join_static {
	uint8_t action; /* enum cesteer_action */
	uint8_t n_gateways;
	const struct addr *gateways;
};

/* What a path has to say. Smaller: it goes before others. */
enum join_worth {
	JOIN_TAKEN, /* a gateway that policy takes */
	JOIN_REFUSED, /* one that it does not take */
	JOIN_NOTHING, /* no identity, or ours alone */
};

/* True when a neighbor or a gateway has all the entries that it may have. */
typedef bool (*join_full_fn)(void *arg, uint16_t peer,
			     const struct addr *gateway);

struct join_input {
	const struct prefix *prefix;
	struct best_path *paths; /* will be put in order */
	size_t n_paths;
	const struct claims *claims;
	join_full_fn full; /* NULL: nobody is */
	void *full_arg;
	bool hole; /* what has no identity is "bypass" */
	const struct join_static *fixed; /* NULL: no static entry */
	bool originated;
	struct addr own4, own6; /* our own identities; family 0: none */
};

struct join_result {
	uint8_t action; /* enum cesteer_action, 0: no entry */
	uint8_t n_gateways;
	struct addr gateways[CESTEER_GATEWAYS_MAX]; /* preferred first */
	bool truncated; /* there were more */
	enum join_reason reason;
	enum claim_state claim; /* of the first gateway, or of what is rejected */
	struct addr rejected; /* one that policy does not take; family 0: none */
	enum best_step step; /* why paths[0] is the best */
};

void join_decide(struct join_input *in, struct join_result *out);
/*
 * What join_decide() would make of a path, alone. in: the prefix, policy and
 * who we are; its paths are not looked at.
 */
enum join_worth join_worth(const struct join_input *in,
			   const struct rib_path *path);
/* "no-identity", ... for machines; and a sentence. */
const char *join_reason_name(enum join_reason reason);
const char *join_reason_text(enum join_reason reason);

#endif /* CESTEER_RIB_JOIN_H */
