/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One connection to a neighbor with its state machine and timers: carries out
 * what bgp_fsm() says. A peer (peer.h) has one that connects, and one for each
 * connection that it accepted.
 */
#ifndef CESTEER_BGP_SESSION_H
#define CESTEER_BGP_SESSION_H

#include "bgp/announce.h"
#include "bgp/attr.h"
#include "bgp/conn.h"
#include "bgp/fault_log.h"
#include "bgp/fsm.h"

/* How often the peer has begun to refresh a family, and how often we asked. */
struct bgp_begun {
	time_t since; /* when the first of n was, of bgp_now() */
	uint8_t n; /* unasked for, in ten seconds */
	uint8_t asked; /* by us, and not begun yet */
};

struct bgp_session {
	struct bgp_session *next; /* of the peer's */
	struct bgp_peer *peer;
	bool ours; /* we connect */
	bool dead; /* to be freed once nothing on the stack uses it */
	enum bgp_state state;
	struct bgp_conn conn;
	/* retry also serves the idle hold time: never both at once. */
	struct event *retry, *hold, *keepalive;
	struct event *hop; /* looks for a next hop, of hopless */
	struct bgp_open open; /* theirs, from OpenConfirm on */
	uint16_t hold_time; /* agreed, seconds; 0: none */
	struct bgp_update_ctx in;
	struct bgp_announce_ctx out;
	uint8_t families; /* agreed: a set of BGP_IPV4, ... */
	uint8_t hopless; /* not announced yet, for want of a next hop */
	uint8_t unended; /* whose End-of-RIB is to be sent: */
	time_t wait_until; /* until then not that of what is hopless */
	uint16_t max_out; /* octets of an UPDATE that it takes (RFC 8654) */
	uint8_t refresh; /* families asked for again and not sent yet */
	uint8_t refreshing; /* begun by the peer, and not ended (RFC 7313) */
	uint8_t ended; /* families whose End-of-RIB has come (RFC 4724) */
	uint8_t early; /* families of which a refresh came before that */
	struct bgp_begun begun[BGP_FAMILIES];
	struct addr local;
	/* The message that an event is about. */
	const uint8_t *body;
	size_t len;
	struct bgp_error error; /* for BGP_DO_NOTIFY */
	bool notified; /* a NOTIFICATION was sent, or has come */
	uint8_t cease; /* subcode, for BGP_EV_STOP */
	char why[BGP_ERROR_TEXT]; /* it ended, or will */
	struct bgp_fault_log faults;
};

/* The one that connects; starts with BGP_EV_START. Never fails: bounded. */
struct bgp_session *bgp_session_new(struct bgp_peer *peer);
/*
 * One for an accepted connection, which it takes (and closes on failure), and
 * which sends its OPEN at once. NULL when memory is short.
 */
struct bgp_session *bgp_session_accept(struct bgp_peer *peer, int fd);
/* Free; the connection is closed without a word. */
void bgp_session_free(struct bgp_session *s);
void bgp_session_event(struct bgp_session *s, enum bgp_event event);
/* The same, with the reason that goes to the log and to down(). */
void bgp_session_end(struct bgp_session *s, enum bgp_event event,
		     const char *why);
/* Stop it, telling the peer a subcode of Cease, and why (RFC 9003). */
void bgp_session_stop(struct bgp_session *s, uint8_t subcode, const char *why);
/* Start the idle hold timer of one that rests in Idle. */
void bgp_session_rest(struct bgp_session *s);
/* The family was asked for again: the peer may begin once more. */
void bgp_session_asked(struct bgp_session *s, uint8_t family);
/* Queue one message, counting it by its type. */
void bgp_session_send(struct bgp_session *s, const struct wr *w,
		      const uint8_t *message);

#endif /* CESTEER_BGP_SESSION_H */
