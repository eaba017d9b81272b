// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lanes: VICI connections of their own for "initiate", which blocks its
 * connection until the SA is there, refused, or TIMEOUT_MS have passed. Owns
 * how many are initiated at a time and a second (a token bucket), and the
 * reason of a failure: strongSwan's last words about it, as its control log
 * tells them to the one who asked (there is no other way to learn them: 5.9
 * has no "alert" event).
 *
 * An attempt that timed out goes on in the IKE daemon; the survey sees it.
 * Gateways that do not answer keep a lane for all of the timeout, again and
 * again, so some lanes are only for those that have not failed.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include "base/array.h"
#include "ike/driver.h"

#define TIMEOUT_MS 5000
#define HOPEFUL_LANES (IKE_LANES / 2) /* for those that have not failed */
#define OFFLOAD "HW offload" /* what it is told by, of the kernel's part */
#define TOKEN 1000000 /* microseconds of a second, per SA a second */

static void run(struct ike *ike);

/* Says why, rather than what came of it; it is kept from then on. */
static bool is_telling(const char *said)
{
	static const char *const words[] = { " notify", "no trusted",
					     "constraint check failed",
					     OFFLOAD };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(said, words[i]))
			return true;
	return false;
}

static void hear(void *arg, struct vici_view name, struct vici_view msg)
{
	char said[sizeof(((struct lane *)arg)->said)];
	struct vici_view group;
	struct lane *lane = arg;

	if (!lane->busy || !vici_is(name, "control-log") ||
	    !vici_find(msg, VICI_KEY_VALUE, "group", &group))
		return;
	vici_get_str(msg, "msg", said, sizeof(said));
	if (!vici_is(group, "IKE") && !vici_is(group, "CFG") &&
	    !strstr(said, OFFLOAD))
		return;
	if (!is_telling(lane->said))
		memcpy(lane->said, said, sizeof(said));
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

static void leave_turn(struct ike_gateway *gw)
{
	if (gw->turn)
		TAILQ_REMOVE(gw->turn, gw, turn_link);
	gw->turn = NULL;
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
	leave_turn(gw);
}

/* The bucket holds a second's worth, and begins full. */
static void fill(struct ike *ike)
{
	uint64_t full = (uint64_t)ike->conf.setup_rate * TOKEN, us;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	us = (uint64_t)(now.tv_sec - ike->filled.tv_sec) * 1000000 +
	     (uint64_t)((now.tv_nsec - ike->filled.tv_nsec) / 1000);
	/* So long that the product might not fit: it is full anyway. */
	if (us > 1000000)
		us = 1000000;
	ike->tokens += us * ike->conf.setup_rate;
	if (ike->tokens > full)
		ike->tokens = full;
	ike->filled = now;
}

/* Take a token; else the timer runs when there is one. */
static bool token(struct ike *ike)
{
	uint32_t rate = ike->conf.setup_rate;
	struct timeval tv = { 0 };

	if (!rate)
		return true;
	fill(ike);
	if (ike->tokens >= TOKEN) {
		ike->tokens -= TOKEN;
		return true;
	}
	/* rounded up; below a second as rate is at least 1 */
	tv.tv_usec = (TOKEN - ike->tokens + rate - 1) / rate;
	if (tv.tv_usec >= 1000000)
		tv = (struct timeval){ .tv_sec = 1 };
	if (!event_pending(ike->token_timer, EV_TIMEOUT, NULL))
		event_add(ike->token_timer, &tv);
	return false;
}

static bool is_free(const struct lane *lane)
{
	return lane->v && !lane->busy && vici_up(lane->v);
}

static void run(struct ike *ike)
{
	struct ike_gateway *gw;
	size_t i;

	for (i = 0; i < IKE_LANES; i++) {
		if (!is_free(&ike->lane[i]))
			continue;
		gw = TAILQ_FIRST(&ike->turns);
		if (!gw && i >= HOPEFUL_LANES)
			gw = TAILQ_FIRST(&ike->retries);
		if (!gw)
			continue;
		if (!token(ike))
			return;
		start(&ike->lane[i], gw);
	}
}

static void on_token(evutil_socket_t fd, short what, void *arg)
{
	run(arg);
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
	if (gw->turn || gw->lane)
		return;
	gw->turn = gw->failed ? &gw->ike->retries : &gw->ike->turns;
	TAILQ_INSERT_TAIL(gw->turn, gw, turn_link);
	run(gw->ike);
}

void ike_lane_leave(struct ike_gateway *gw)
{
	leave_turn(gw);
	if (gw->lane)
		gw->lane->gw = NULL;
	gw->lane = NULL;
}

int ike_lane_init(struct ike *ike)
{
	TAILQ_INIT(&ike->turns);
	TAILQ_INIT(&ike->retries);
	ike->token_timer = evtimer_new(ike->base, on_token, ike);
	return ike->token_timer ? 0 : -ENOMEM;
}

void ike_lane_fini(struct ike *ike)
{
	if (ike->token_timer)
		event_free(ike->token_timer);
}
