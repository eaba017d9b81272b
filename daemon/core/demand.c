// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two looks in a row have to agree: an SA that is about to be asked for, or
 * that has just come, takes less than the second between them.
 */
#include "core/demand.h"

#include "base/log.h"

#define ROOM "gateway"

struct look {
	struct gateways *g;
	uint32_t number;
};

static int see(void *arg, const struct kern_gateway *k)
{
	const struct look *look = arg;
	struct gateway *gw = gateways_by_id(look->g, k->id);
	bool idle, unserved;
	char buf[ADDR_STRLEN];

	if (!gw || !gw->ike)
		return 0;
	idle = ike_gateway_state(gw->ike) == IKE_WAITING;
	unserved = idle && (k->waiting || k->drops != gw->drops);
	gw->drops = k->drops;
	if (!unserved)
		return 0;
	if (!gw->unserved || gw->unserved + 1 != look->number) {
		gw->unserved = look->number;
		return 0;
	}
	gw->unserved = 0;
	log_info(
		ROOM,
		"%s: packets wait, and the IKE daemon was asked in vain: its SA is initiated",
		addr_format(&gw->address, buf));
	ike_gateway_initiate(gw->ike);
	return 0;
}

/* Those that a gateway without an SA may be the reason of. */
static int add_drops(void *arg, const struct kern_counter *c)
{
	uint64_t *drops = arg;

	switch (c->reason) {
	case CESTEER_REASON_NO_SA:
	case CESTEER_REASON_NO_POLICY:
	case CESTEER_REASON_XFRM_ERROR:
	case CESTEER_REASON_QUEUE_FULL:
	case CESTEER_REASON_QUEUE_EXPIRED:
		*drops += c->packets;
	}
	return 0;
}

/*
 * Nothing waits, and nothing was dropped since the last look: no gateway's
 * counters, which are many processors' times many gateways', need be read.
 */
static bool is_quiet(const struct demand *d, struct kern *k, uint64_t *drops)
{
	struct kern_info info;

	*drops = 0;
	return kern_info(k, &info) >= 0 &&
	       kern_counters(k, add_drops, drops) >= 0 && !info.queue_held &&
	       *drops == d->drops;
}

void demand_tick(struct demand *d, struct gateways *g)
{
	struct look look = { g, d->looks + 1 };
	uint64_t drops;

	/* What cannot be read is tried again in a second. */
	if (g->n && !is_quiet(d, g->kern, &drops)) {
		if (kern_gateways(g->kern, see, NULL, &look) < 0)
			return;
		d->drops = drops;
	}
	d->looks++;
}
