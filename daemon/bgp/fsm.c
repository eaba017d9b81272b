// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The finite state machine of RFC 4271, section 8.2.2, and nothing else: no
 * clock, no socket, no memory. We damp peer oscillations (8.1.1): whatever
 * fails passes Idle for a while before it is tried again.
 */
#include "bgp/fsm.h"

#include "base/array.h"
#include "bgp/wire.h"

enum {
	/* Ends a connection, to be tried again later. */
	FAIL = BGP_DO_DROP | BGP_DO_IDLE_HOLD,
	FAIL_LOUDLY = BGP_DO_NOTIFY | FAIL,
};

static struct bgp_step go(enum bgp_state state, unsigned int actions)
{
	return (struct bgp_step){ .next = state, .actions = actions };
}

static struct bgp_step say(unsigned int actions, uint8_t code, uint8_t subcode)
{
	return (struct bgp_step){ BGP_IDLE, actions, code, subcode };
}

/* What happens only to a connection that is not up yet. */
static struct bgp_step unconnected(enum bgp_state state, enum bgp_event event)
{
	switch (event) {
	case BGP_EV_STOP:
	case BGP_EV_COLLISION:
		return go(BGP_IDLE, BGP_DO_DROP);
	case BGP_EV_RETRY_TIMER:
		return go(BGP_CONNECT, BGP_DO_RETRY | BGP_DO_CONNECT);
	case BGP_EV_TCP_UP:
		return go(BGP_OPENSENT, BGP_DO_NO_RETRY | BGP_DO_OPEN);
	case BGP_EV_TCP_FAILS:
		return go(BGP_ACTIVE, BGP_DO_DROP | BGP_DO_RETRY);
	case BGP_EV_START:
	case BGP_EV_IDLE_TIMER:
		return go(state, 0);
	default:
		return go(BGP_IDLE, FAIL);
	}
}

static struct bgp_step idle(enum bgp_event event)
{
	switch (event) {
	case BGP_EV_START:
	case BGP_EV_IDLE_TIMER:
		return go(BGP_CONNECT, BGP_DO_RETRY | BGP_DO_CONNECT);
	case BGP_EV_STOP:
	case BGP_EV_COLLISION:
		return go(BGP_IDLE, BGP_DO_DROP);
	default:
		return go(BGP_IDLE, 0);
	}
}

/* What OpenSent, OpenConfirm and Established have in common. */
static struct bgp_step connected(enum bgp_state state, enum bgp_event event)
{
	static const uint8_t unexpected[] = {
		[BGP_OPENSENT] = BGP_FSM_OPENSENT,
		[BGP_OPENCONFIRM] = BGP_FSM_OPENCONFIRM,
		[BGP_ESTABLISHED] = BGP_FSM_ESTABLISHED,
	};

	switch (event) {
	case BGP_EV_START:
	case BGP_EV_RETRY_TIMER:
	case BGP_EV_IDLE_TIMER:
	case BGP_EV_TCP_UP:
		return go(state, 0);
	case BGP_EV_STOP:
		return say(BGP_DO_NOTIFY | BGP_DO_DROP, BGP_ERR_CEASE,
			   BGP_CEASE_SHUTDOWN);
	case BGP_EV_COLLISION:
		return say(BGP_DO_NOTIFY | BGP_DO_DROP, BGP_ERR_CEASE,
			   BGP_CEASE_COLLISION);
	case BGP_EV_HOLD_TIMER:
		return say(FAIL_LOUDLY, BGP_ERR_HOLD_TIMER, 0);
	case BGP_EV_TCP_FAILS:
	case BGP_EV_NOTIFICATION:
		return go(BGP_IDLE, FAIL);
	case BGP_EV_BAD_MESSAGE:
		return go(BGP_IDLE, FAIL_LOUDLY);
	default:
		return say(FAIL_LOUDLY, BGP_ERR_FSM, unexpected[state]);
	}
}

static struct bgp_step opensent(enum bgp_event event)
{
	switch (event) {
	case BGP_EV_OPEN:
		return go(BGP_OPENCONFIRM, BGP_DO_KEEPALIVE | BGP_DO_NEGOTIATE);
	case BGP_EV_TCP_FAILS:
		return go(BGP_ACTIVE, BGP_DO_DROP | BGP_DO_RETRY);
	default:
		return connected(BGP_OPENSENT, event);
	}
}

static struct bgp_step openconfirm(enum bgp_event event)
{
	switch (event) {
	case BGP_EV_KEEPALIVE_TIMER:
		return go(BGP_OPENCONFIRM, BGP_DO_KEEPALIVE);
	case BGP_EV_KEEPALIVE:
		return go(BGP_ESTABLISHED, BGP_DO_HOLD | BGP_DO_UP);
	default:
		return connected(BGP_OPENCONFIRM, event);
	}
}

static struct bgp_step established(enum bgp_event event)
{
	switch (event) {
	case BGP_EV_KEEPALIVE_TIMER:
		return go(BGP_ESTABLISHED, BGP_DO_KEEPALIVE);
	case BGP_EV_KEEPALIVE:
		return go(BGP_ESTABLISHED, BGP_DO_HOLD);
	case BGP_EV_UPDATE:
		return go(BGP_ESTABLISHED, BGP_DO_HOLD | BGP_DO_UPDATE);
	case BGP_EV_REFRESH:
		return go(BGP_ESTABLISHED, BGP_DO_HOLD | BGP_DO_REFRESH);
	default:
		return connected(BGP_ESTABLISHED, event);
	}
}

struct bgp_step bgp_fsm(enum bgp_state state, enum bgp_event event)
{
	switch (state) {
	case BGP_IDLE:
		return idle(event);
	case BGP_CONNECT:
	case BGP_ACTIVE:
		return unconnected(state, event);
	case BGP_OPENSENT:
		return opensent(event);
	case BGP_OPENCONFIRM:
		return openconfirm(event);
	case BGP_ESTABLISHED:
		return established(event);
	}
	return go(BGP_IDLE, 0);
}

bool bgp_collision_keeps_ours(uint32_t our_id, uint32_t our_as,
			      uint32_t their_id, uint32_t their_as)
{
	if (our_id != their_id)
		return our_id > their_id;
	return our_as > their_as;
}

const char *bgp_state_name(enum bgp_state state)
{
	static const char *const names[] = {
		[BGP_IDLE] = "idle",
		[BGP_CONNECT] = "connect",
		[BGP_ACTIVE] = "active",
		[BGP_OPENSENT] = "opensent",
		[BGP_OPENCONFIRM] = "openconfirm",
		[BGP_ESTABLISHED] = "established",
	};

	return names[state];
}

const char *bgp_event_name(enum bgp_event event)
{
	static const char *const names[BGP_EV_COUNT] = {
		[BGP_EV_START] = "start",
		[BGP_EV_STOP] = "stop",
		[BGP_EV_RETRY_TIMER] = "connect retry timer",
		[BGP_EV_HOLD_TIMER] = "hold timer",
		[BGP_EV_KEEPALIVE_TIMER] = "keepalive timer",
		[BGP_EV_IDLE_TIMER] = "idle hold timer",
		[BGP_EV_TCP_UP] = "connection up",
		[BGP_EV_TCP_FAILS] = "connection failed",
		[BGP_EV_OPEN] = "OPEN",
		[BGP_EV_BAD_MESSAGE] = "bad message",
		[BGP_EV_COLLISION] = "connection collision",
		[BGP_EV_NOTIFICATION] = "NOTIFICATION",
		[BGP_EV_KEEPALIVE] = "KEEPALIVE",
		[BGP_EV_UPDATE] = "UPDATE",
		[BGP_EV_REFRESH] = "ROUTE-REFRESH",
	};

	return names[event];
}
