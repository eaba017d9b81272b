// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lanes: VICI connections of their own for "initiate", which blocks its
 * connection until the SA is there, refused, or TIMEOUT_MS have passed. Owns
 * how many are initiated at a time, and the reason of a failure: strongSwan's
 * last words about it, as its control log tells them to the one who asked
 * (there is no other way to learn them: 5.9 has no "alert" event).
 *
 * An attempt that timed out goes on in the IKE daemon; the survey sees it.
 */
#include <stdio.h>
#include <string.h>
#include "ike/driver.h"

#define TIMEOUT_MS 5000

static void run(struct ike *ike);

static void hear(void *arg, struct vici_view name, struct vici_view msg)
{
	struct vici_view group;
	struct lane *lane = arg;

	if (!lane->busy || !vici_is(name, "control-log") ||
	    !vici_find(msg, VICI_KEY_VALUE, "group", &group) ||
	    !(vici_is(group, "IKE") || vici_is(group, "CFG")))
		return;
	/* The peer's own notification says more than what is made of it. */
	if (!strstr(lane->said, " notify"))
		vici_get_str(msg, "msg", lane->said, sizeof(lane->said));
}

static void ended(void *arg, int err, struct vici_view msg)
{
	char reply[IKE_WHY_LEN], why[2 * IKE_WHY_LEN + 4];
	struct lane *lane = arg;
	struct ike_gateway *gw = lane->gw;
	bool ok = vici_reply_ok(err, msg, reply, sizeof(reply));

	lane->busy = false;
	lane->gw = NULL;
	if (gw) {
		gw->lane = NULL;
		snprintf(why, sizeof(why), "%s%s%s", reply,
			 *lane->said ? ": " : "", lane->said);
		/* A lost connection says nothing about the gateway. */
		ike_gw_attempted(gw, ok || err ? NULL : why);
	}
	run(lane->ike);
}

static void start(struct lane *lane, struct ike_gateway *gw)
{
	struct vici_wr w;

	vici_wr_init(&w, VICI_CMD_REQUEST, "initiate");
	vici_wr_str(&w, "child", gw->name);
	vici_wr_str(&w, "ike", gw->name);
	vici_wr_num(&w, "timeout", TIMEOUT_MS);
	vici_wr_num(&w, "loglevel", 1);
	lane->said[0] = 0;
	if (vici_send(lane->v, &w, ended, lane))
		return;
	lane->busy = true;
	lane->gw = gw;
	gw->lane = lane;
	TAILQ_REMOVE(&lane->ike->turns, gw, turn_link);
	gw->in_turn = false;
}

static void run(struct ike *ike)
{
	struct ike_gateway *gw;
	size_t i;

	for (i = 0; i < IKE_LANES; i++) {
		gw = TAILQ_FIRST(&ike->turns);
		if (!gw)
			return;
		if (ike->lane[i].v && !ike->lane[i].busy &&
		    vici_up(ike->lane[i].v))
			start(&ike->lane[i], gw);
	}
}

static void lane_up(void *arg)
{
	struct lane *lane = arg;

	run(lane->ike);
}

static void lane_down(void *arg, const char *why)
{
}

void ike_lane_open(struct ike *ike)
{
	static const char *const names[] = { "control-log", NULL };
	static const struct vici_events ev = { lane_up, lane_down, hear };
	size_t i;

	for (i = 0; i < IKE_LANES; i++) {
		ike->lane[i] = (struct lane){ .ike = ike };
		ike->lane[i].v = vici_create(ike->base, ike->conf.socket, names,
					     &ev, &ike->lane[i]);
	}
}

void ike_lane_close(struct ike *ike)
{
	size_t i;

	for (i = 0; i < IKE_LANES; i++) {
		if (ike->lane[i].gw)
			ike->lane[i].gw->lane = NULL;
		vici_destroy(ike->lane[i].v);
		ike->lane[i] = (struct lane){ .ike = ike };
	}
}

void ike_lane_queue(struct ike_gateway *gw)
{
	if (gw->in_turn || gw->lane)
		return;
	gw->in_turn = true;
	TAILQ_INSERT_TAIL(&gw->ike->turns, gw, turn_link);
	run(gw->ike);
}

void ike_lane_leave(struct ike_gateway *gw)
{
	if (gw->in_turn)
		TAILQ_REMOVE(&gw->ike->turns, gw, turn_link);
	gw->in_turn = false;
	if (gw->lane)
		gw->lane->gw = NULL;
	gw->lane = NULL;
}
