// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A list, as neighbors are few. A guard is up while its SA is, and a little
 * longer, so that a session outlives an SA that is replaced: its sockets send
 * nothing in clear text meanwhile (bgp/sock.c). When the IKE daemon cannot be
 * asked (it was killed, or is being restarted) it stays up for as long as the
 * kernel has the policy that is for the SA.
 */
#include "core/guard.h"

#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/mem.h"
#include "core/neighbor.h"

#define ROOM "guard"
#define PATIENCE 10 /* seconds without an SA that a session may last */

struct guard {
	struct guard *next;
	struct addr address, local;
	uint8_t ipsec; /* enum bgp_ipsec */
	bool wanted;
	bool up; /* its SA is, or was a moment ago */
	time_t gone; /* when it was last seen up; 0: it is */
	enum ike_state state;
	char why[160]; /* it is not */
	struct ike_gateway *ike;
};

static struct guard *find(const struct daemon *d,
			  const struct bgp_peer_conf *conf)
{
	struct guard *g;

	for (g = d->guards; g; g = g->next)
		if (!addr_cmp(&g->address, &conf->address) &&
		    !addr_cmp(&g->local, &conf->local))
			return g;
	return NULL;
}

static enum ike_mode mode(uint8_t ipsec)
{
	return ipsec == BGP_IPSEC_HOLD ? IKE_PRE_ESTABLISHED : IKE_ON_DEMAND;
}

static void want(struct daemon *d, const struct bgp_peer_conf *conf)
{
	struct guard *g = find(d, conf);
	struct ike_gateway_conf ic = {
		.address = conf->address,
		.mode = mode(conf->ipsec),
		.session = true,
		.local = conf->local,
		.reqid = conf->reqid,
	};

	if (!conf->ipsec)
		return;
	if (g) {
		/* Of two neighbors by one address the stricter counts. */
		if (!g->wanted || conf->ipsec > g->ipsec)
			g->ipsec = conf->ipsec;
		g->wanted = true;
		ike_gateway_set_mode(g->ike, mode(g->ipsec));
		return;
	}
	g = xcalloc(1, sizeof(*g));
	g->address = conf->address;
	g->local = conf->local;
	g->ipsec = conf->ipsec;
	g->wanted = true;
	g->next = d->guards;
	d->guards = g;
	g->ike = ike_gateway_add(d->ike, &ic, g);
	if (!g->ike) {
		log_error(ROOM, "out of memory");
		abort();
	}
}

void guards_sync(struct daemon *d)
{
	const struct conf *c = d->conf;
	struct guard *g, **at;
	size_t i, k;

	for (g = d->guards; g; g = g->next)
		g->wanted = false;
	for (i = 0; i < c->n_neighbors; i++)
		want(d, &c->neighbors[i]);
	for (i = 0; i < c->n_vpns; i++)
		for (k = 0; k < c->vpns[i].n_neighbors; k++)
			want(d, &c->vpns[i].neighbors[k]);
	for (at = &d->guards; (g = *at);) {
		if (g->wanted) {
			at = &g->next;
			continue;
		}
		*at = g->next;
		ike_gateway_del(g->ike);
		free(g);
	}
}

void guards_free(struct daemon *d)
{
	struct guard *g;

	while ((g = d->guards)) {
		d->guards = g->next;
		free(g);
	}
}

static void set(struct daemon *d, struct guard *g, bool up)
{
	size_t i;

	if (g->up == up)
		return;
	g->up = up;
	for (i = 0; i < d->n_vpns; i++)
		neighbors_guarded(d->vpns[i], &g->address, &g->local);
}

/* Right after this the IKE daemon may take its policies along. */
static bool is_unknown(const struct guard *g)
{
	return g->state == IKE_LEARNED || g->state == IKE_LOADING;
}

void guards_tick(struct daemon *d)
{
	time_t now = core_now();
	struct guard *g;

	for (g = d->guards; g; g = g->next) {
		if (!g->up || !g->gone)
			continue;
		if (is_unknown(g) &&
		    ike_session_protected(d->ike, &g->local, &g->address))
			g->gone = now;
		else if (g->state == IKE_LEARNED || now - g->gone >= PATIENCE)
			set(d, g, false);
	}
}

void guard_state(struct daemon *d, struct ike_gateway *ig, enum ike_state state,
		 const char *why)
{
	struct guard *g = ike_gateway_user(ig);

	snprintf(g->why, sizeof(g->why), "%s", *why ? why : "it is not up");
	g->state = state;
	if (state == IKE_UP || state == IKE_REKEYING) {
		g->gone = 0;
		set(d, g, true);
	} else if (state == IKE_FAILED) {
		set(d, g, false);
	} else if (!g->gone) {
		g->gone = core_now();
	}
}

bool guard_permits(const struct daemon *d, const struct bgp_peer_conf *conf,
		   const char **why)
{
	const struct guard *g;

	if (conf->ipsec != BGP_IPSEC_HOLD)
		return true;
	g = find(d, conf);
	*why = g ? g->why : "there is no connection for it";
	return g && g->up;
}

bool guard_admits(const struct daemon *d, const struct bgp_peer_conf *conf)
{
	return ike_session_protected(d->ike, &conf->local, &conf->address);
}
