/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The finite state machine of RFC 4271, section 8, as a pure function: a
 * state and an event give the next state and what there is to do. One machine
 * a connection (8.2.1): a peer has one that connects, unless it is passive,
 * and one for each connection that it accepted; collision detection, which
 * looks at all of them, is one event more.
 */
#ifndef CESTEER_BGP_FSM_H
#define CESTEER_BGP_FSM_H

#include "bgp/bgp.h"

/* RFC 4271, 8.1; its event numbers in brackets. */
enum bgp_event {
	BGP_EV_START, /* [1, 3] */
	BGP_EV_STOP, /* [2, 8] the operator's, or ours on ending */
	BGP_EV_RETRY_TIMER, /* [9] */
	BGP_EV_HOLD_TIMER, /* [10] */
	BGP_EV_KEEPALIVE_TIMER, /* [11] */
	BGP_EV_IDLE_TIMER, /* [13] idle hold time is over */
	BGP_EV_TCP_UP, /* [16, 17] */
	BGP_EV_TCP_FAILS, /* [18] */
	BGP_EV_OPEN, /* [19] an OPEN that is right */
	BGP_EV_BAD_MESSAGE, /* [21, 22, 28] an error with its NOTIFICATION */
	BGP_EV_COLLISION, /* [23] another connection is kept instead */
	BGP_EV_NOTIFICATION, /* [24, 25] */
	BGP_EV_KEEPALIVE, /* [26] */
	BGP_EV_UPDATE, /* [27] */
	BGP_EV_REFRESH, /* a ROUTE-REFRESH, RFC 2918 */
	BGP_EV_COUNT
};

/* What there is to do, in this order. */
enum bgp_action {
	BGP_DO_NOTIFY = 1 << 0, /* send the NOTIFICATION of the step or error */
	BGP_DO_DROP = 1 << 1, /* close, all timers off, routes gone */
	BGP_DO_IDLE_HOLD = 1 << 2, /* start the idle hold timer */
	BGP_DO_RETRY = 1 << 3, /* start the connect retry timer */
	BGP_DO_NO_RETRY = 1 << 4, /* stop it */
	BGP_DO_CONNECT = 1 << 5, /* close what there is, begin to connect */
	BGP_DO_OPEN = 1 << 6, /* send an OPEN, hold timer to four minutes */
	BGP_DO_KEEPALIVE = 1 << 7, /* send one, and restart its timer */
	BGP_DO_NEGOTIATE = 1 << 8, /* hold timer to what was agreed */
	BGP_DO_HOLD = 1 << 9, /* restart the hold timer */
	BGP_DO_UP = 1 << 10, /* the session is established */
	BGP_DO_UPDATE = 1 << 11, /* take the UPDATE */
	BGP_DO_REFRESH = 1 << 12, /* answer the ROUTE-REFRESH */
};

struct bgp_step {
	enum bgp_state next;
	unsigned int actions; /* set of enum bgp_action */
	/* The NOTIFICATION, when the event did not bring one; code 0: none */
	uint8_t code, subcode;
};

struct bgp_step bgp_fsm(enum bgp_state state, enum bgp_event event);

/*
 * Collision detection (RFC 4271, 6.8; RFC 6286): whether the connection that
 * we made is the one to keep. Identifiers in host byte order.
 */
bool bgp_collision_keeps_ours(uint32_t our_id, uint32_t our_as,
			      uint32_t their_id, uint32_t their_as);

const char *bgp_event_name(enum bgp_event event);

#endif /* CESTEER_BGP_FSM_H */
