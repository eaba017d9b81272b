/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of the room: a speaker, its listening sockets and its neighbors. A
 * neighbor outlives its sessions: it has configuration, counters, and what we
 * announce to it.
 */
#ifndef CESTEER_BGP_PEER_H
#define CESTEER_BGP_PEER_H

#include "bgp/session.h"

struct bgp_listener;

struct bgp_counters {
	uint64_t messages[BGP_MSG_TYPES];
	uint64_t reached, withdrawn; /* prefixes */
};

struct bgp_peer {
	struct bgp_peer *next;
	struct bgp_speaker *speaker;
	struct bgp_peer_conf conf; /* its origins are NULL: see below */
	void *user;
	struct bgp_session *sessions; /* ours first, if we connect */
	struct bgp_session *up; /* the established one */
	struct event *reap; /* frees dead sessions */
	enum bgp_state state; /* of the session that is furthest */
	time_t since; /* monotonic, of that state */
	unsigned int failures; /* in a row: the idle hold time grows */
	bool over; /* it announces more than it may */
	time_t hold_off; /* connections are refused until then */
	/* Of the session before: families that its end took along. */
	uint8_t dropped;
	uint16_t restart_time; /* seconds that it asked for */
	struct bgp_target *imports; /* in order */
	size_t n_imports;
	struct bgp_counters in, out;
	uint64_t looped; /* prefixes ignored: our own AS or identifier */
	uint64_t treated_as_withdrawn; /* prefixes */
	char last_error[BGP_ERROR_TEXT];
	/* What we announce, in order of route, each once. */
	struct bgp_origin *origins;
	size_t n_origins;
};

struct bgp_speaker {
	struct event_base *base;
	struct bgp_speaker_conf conf;
	struct bgp_events events;
	void *arg;
	struct bgp_peer *peers;
	struct bgp_listener *listeners;
	/* An UPDATE's prefixes and AS path, while it is handled. */
	struct prefix *prefixes; /* BGP_NLRI_MAX */
	uint8_t *as_path; /* BGP_AS_PATH_MAX */
	time_t stranger; /* when one was last logged */
	struct event *vrfs; /* looks at VRFs' devices; NULL: there is none */
	bool deaf; /* listening anew in one failed: that was logged */
	bool restarting; /* since bgp_speaker_restarted() */
	bool preserved;
};

time_t bgp_now(void);

/* peer.c: what sessions tell their peer. */
void bgp_peer_changed(struct bgp_peer *peer);
/*
 * An OPEN has come on s. Resolve collisions with the peer's other sessions;
 * false when s is the one that had to go.
 */
bool bgp_peer_resolve(struct bgp_peer *peer, struct bgp_session *s);
void bgp_peer_up(struct bgp_peer *peer, struct bgp_session *s);
void bgp_peer_down(struct bgp_peer *peer, const char *why);
/* s is dead: free it when the stack is unwound. */
void bgp_peer_reap(struct bgp_peer *peer);
/* The established session ends: a stable one makes up for failures before. */
void bgp_peer_forgive(struct bgp_peer *peer);
/*
 * A session ended otherwise than by our will; error: it has broken the
 * protocol, and connections are refused for the idle hold time, as Idle does
 * (RFC 4271, section 8.2.2).
 */
void bgp_peer_failed(struct bgp_peer *peer, bool error);
/*
 * An accepted session broke that was established. One that the peer makes again
 * and again, and breaks soon, is damped as ours are (RFC 4271, section 8.1.1).
 */
void bgp_peer_flapped(struct bgp_peer *peer);
/* Seconds to rest in Idle, growing with failures in a row. */
unsigned int bgp_peer_idle_hold(const struct bgp_peer *peer);
/* A connection from the neighbor was accepted: fd is the peer's. */
void bgp_peer_accept(struct bgp_peer *peer, int fd);

/* End and free; graceful: see bgp_speaker_destroy(). */
void bgp_peer_end(struct bgp_peer *peer, bool graceful);
/* Rest as long as there is, and accept nothing meanwhile. */
void bgp_peer_hold_off(struct bgp_peer *peer);

/* receive.c: an UPDATE came; false: s->error says why the session must end. */
bool bgp_receive_update(struct bgp_session *s, const uint8_t *body, size_t len);
/* All of a family has been said; what: how that was told. */
void bgp_receive_end(struct bgp_session *s, uint8_t family, const char *what);

/* originate.c */
/* Announce everything, and End-of-RIB, to a session that came up. */
void bgp_originate_all(struct bgp_session *s);
/* Look again for the next hop of what could not be announced. */
void bgp_originate_waiting(struct bgp_session *s);
/* Announce again what refreshes ask for, once the queue is empty. */
void bgp_originate_refresh(struct bgp_session *s);
/* membership.c: the route targets of ours, to a session that came up. */
void bgp_membership_all(struct bgp_session *s);

/* listen.c: sockets that neighbors connect to, shared by VRF and family. */
/*
 * Make sure that a neighbor of conf's VRF and family can reach us, and set
 * its key. False with a sentence in why.
 */
bool bgp_listen_for(struct bgp_speaker *s, const struct bgp_peer_conf *conf,
		    char *why, size_t why_len);
/* Forget a neighbor's key, unless it is the key of one that there is. */
void bgp_listen_forget(struct bgp_speaker *s, const struct bgp_peer_conf *conf);
/* All of them; bgp_listen_for() begins again. */
void bgp_listen_close(struct bgp_speaker *s);

#endif /* CESTEER_BGP_PEER_H */
