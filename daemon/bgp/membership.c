// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which route targets are ours, told to the peers that send only what is
 * asked for (RFC 4684). What peers say of their own memberships is not kept:
 * of the few routes that we announce a peer ignores what it has no use for.
 */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "bgp/peer.h"

/* A next hop is mandatory, though nothing is ever sent to it: our end's. */
static void tell(struct bgp_session *s, const struct bgp_target *targets,
		 size_t n)
{
	struct bgp_announce_ctx ctx = s->out;
	uint8_t message[BGP_MSG_MAX];

	ctx.next_hop4 = (struct addr){ 0 };
	if (s->local.family == AF_INET)
		ctx.next_hop4 = s->local;
	else
		ctx.next_hop6 = s->local;
	while (n) {
		struct wr w = wr_init(message, sizeof(message));
		size_t taken = bgp_membership_encode(&w, &ctx, targets, n);

		bgp_session_send(s, &w, message);
		targets += taken;
		n -= taken;
	}
}

static void untell(struct bgp_session *s, const struct bgp_target *targets,
		   size_t n)
{
	uint8_t message[BGP_MSG_MAX];

	while (n) {
		struct wr w = wr_init(message, sizeof(message));
		size_t taken = bgp_membership_withdraw_encode(&w, s->out.as,
							      targets, n);

		bgp_session_send(s, &w, message);
		targets += taken;
		n -= taken;
	}
}

void bgp_membership_all(struct bgp_session *s)
{
	if (s->families & BGP_RTC)
		tell(s, s->peer->imports, s->peer->n_imports);
}

/* Those of a that are not in b, both in order, into out; how many. */
static size_t difference(const struct bgp_target *a, size_t n_a,
			 const struct bgp_target *b, size_t n_b,
			 struct bgp_target *out)
{
	size_t i, k = 0, n = 0;

	for (i = 0; i < n_a; i++) {
		while (k < n_b && memcmp(&b[k], &a[i], sizeof(*a)) < 0)
			k++;
		if (k == n_b || memcmp(&b[k], &a[i], sizeof(*a)))
			out[n++] = a[i];
	}
	return n;
}

/* Tell an established peer what has come and what has gone. */
static void tell_difference(struct bgp_session *s, const struct bgp_target *new,
			    size_t n)
{
	const struct bgp_target *old = s->peer->imports;
	size_t n_old = s->peer->n_imports, k;
	struct bgp_target *some = xcalloc(n + n_old + 1, sizeof(*some));

	k = difference(old, n_old, new, n, some);
	untell(s, some, k);
	k = difference(new, n, old, n_old, some);
	tell(s, some, k);
	free(some);
}

void bgp_peer_import(struct bgp_peer *peer, const struct bgp_target *targets,
		     size_t n)
{
	struct bgp_target *copy = xcalloc(n + 1, sizeof(*copy));

	if (n)
		memcpy(copy, targets, n * sizeof(*copy));
	if (peer->up && peer->up->families & BGP_RTC)
		tell_difference(peer->up, targets, n);
	free(peer->imports);
	peer->imports = copy;
	peer->n_imports = n;
}
