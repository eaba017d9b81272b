// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two looks in a row have to agree: an SA that is about to be asked for, or
 * that has just come, takes less than the second between them.
 */
#include "core/demand.h"

#include "base/log.h"

#define ROOM "gateway"

static int see(void *arg, const struct kern_gateway *k)
{
	struct gateway *gw = gateways_by_id(arg, k->id);
	bool idle, before;
	char buf[ADDR_STRLEN];

	if (!gw || !gw->ike)
		return 0;
	before = gw->unserved;
	idle = ike_gateway_state(gw->ike) == IKE_WAITING;
	gw->unserved = idle && (k->waiting || k->waited != gw->waited ||
				k->drops != gw->drops);
	gw->waited = k->waited;
	gw->drops = k->drops;
	if (!before || !gw->unserved)
		return 0;
	gw->unserved = false;
	log_info(
		ROOM,
		"%s: packets wait, and the IKE daemon was asked in vain: its SA is initiated",
		addr_format(&gw->address, buf));
	ike_gateway_initiate(gw->ike);
	return 0;
}

void demand_tick(struct gateways *g)
{
	/* What cannot be read is tried again in a second. */
	if (g->n)
		kern_gateways(g->kern, see, NULL, g);
}
