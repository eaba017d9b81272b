/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's own state, shared by the files of this room and daemon.c.
 *
 *	neighbor --bgp events--> vpn's rib --queue--> join --> apply --> kernel
 *	  feed --bmp, mrt events----^                 |
 *	                                              +--> targets, gateways
 *
 * Everything runs in one thread, from one event loop.
 */
#ifndef CESTEER_CORE_CORE_H
#define CESTEER_CORE_CORE_H

#include <event2/event.h>
#include <time.h>
#include "bgp/bgp.h"
#include "conf/conf.h"
#include "core/demand.h"
#include "core/gateway.h"
#include "core/pass.h"
#include "core/target.h"
#include "core/turns.h"
#include "rib/rib.h"

struct adoption;
struct audit;
struct ctl_server;
struct daemon;
struct feed_peer;
struct feeds;
struct guard;
struct inspection;

/* One neighbor, and what is kept of it between sessions. */
struct neighbor {
	struct vpn *vpn;
	uint16_t index; /* in the VPN's rib */
	const struct bgp_peer_conf *conf; /* the daemon's configuration's */
	struct bgp_peer *peer; /* NULL: held or refused, tried again */
	/* Not a session of ours: what it says comes by a feed; peer is NULL. */
	struct feed_peer *feed;
	/*
	 * One session that carries all VPNs is a neighbor of each VPN that
	 * takes something of it; these are chained, and the peer's user is the
	 * first. Those of one feed_peer are chained, too.
	 */
	bool shared;
	struct neighbor *sibling;
	bool eor4, eor6; /* of this run of the daemon */
	/* Some routes may be stale, until End-of-RIB or then; 0: none is. */
	time_t stale4, stale6;
	time_t restart_until; /* it competes with what is not (RFC 4724) */
	size_t most; /* paths that one of its sessions ended with */
	size_t refused; /* paths, as it has too many to one prefix */
	bool again; /* there may be room for them: it is asked to repeat them */
	time_t asked; /* when it was */
};

/* What an entry of a rib is marked with. */
enum entry_mark {
	ENTRY_ADOPTED = 1, /* the kernel has had it; not confirmed so far */
	ENTRY_BARE = 2, /* rejected: what covers it decides */
	ENTRY_PIERCES = 4, /* without identity under a cover that protects */
	ENTRY_REJECTS = 8, /* an identity of it is not taken */
	ENTRY_RELEASED = 16, /* the operator ended its hold: until it is over */
	ENTRY_LEAVING = 32, /* to be deleted: it covers no more */
	ENTRY_MISSING = 64, /* somebody else took it out of the kernel */
	ENTRY_ODD = 128, /* leaving since an odd round, see struct vpn */
	ENTRY_REFUSED = 256, /* the kernel has not taken all that was decided */
};

/* One routing instance: what is learned, and what is installed. */
struct vpn {
	struct daemon *d;
	char *name; /* of the configuration, for logs */
	const struct conf_vpn *conf; /* not of one that is on its way out */
	uint8_t mode, old_mode; /* old: of what PASS_MODE has not come to */
	uint32_t table;
	struct rib *rib; /* an entry's number is the target that is installed */
	struct pass passes[PASS_KINDS];
	struct vpn *next; /* that is on its way out */
	struct neighbor **neighbors; /* [index]; NULL: free */
	size_t n_neighbors;
	size_t installed; /* entries with a target */
	uint32_t covers[2][129]; /* of those, by family and length */
	size_t held; /* entries that outlive what said so */
	size_t bare; /* entries marked so */
	bool recheck; /* covers changed: decide about these again */
	/*
	 * Rounds: those are decided about again; what was leaving before that
	 * is deleted then. "ahead" are queued, and decided about before the
	 * next step.
	 */
	enum vpn_step { STEP_NONE, STEP_BARE, STEP_LEAVING } step;
	bool odd; /* the round's number */
	size_t ahead;
	size_t leaving; /* entries marked so */
	time_t due; /* when the first hold ends; 0: none does */
	size_t refused; /* entries marked so */
	struct {
		size_t told; /* of these, since the last attempt */
		size_t left; /* of these, at the last attempt */
		unsigned int wait; /* seconds to the next; 0: none so far */
		time_t at; /* the next */
	} retry;
	struct {
		bool refused; /* the kernel has not taken all of them */
		unsigned int wait; /* seconds to the next attempt */
		time_t at; /* the next */
	} sources;
	bool adopted; /* entries of the run before were taken over */
	bool unset; /* the kernel has not taken the VPN yet, or we its entries */
	struct adoption *adoption; /* NULL: none is under way */
	struct inspection *inspection; /* NULL: none is under way */
	bool unread; /* its entries are to be compared, which was not done yet */
	/*
	 * Of import_wants(): an UPDATE has a run of prefixes for each route
	 * distinguisher in it, all with the same attributes.
	 */
	struct {
		struct bgp_attrs *attrs; /* a reference; NULL: none */
		bool wanted;
	} told;
};

struct daemon {
	struct event_base *base;
	struct conf *conf;
	struct kern *kern;
	struct ike *ike;
	struct bgp_speaker *bgp;
	struct feeds *feeds;
	struct ctl_server *ctl;
	struct ctl_server *old_ctl; /* to be closed at the next tick */
	struct guard *guards; /* of sessions that IPsec protects */
	struct gateways gateways;
	struct targets targets;
	struct demand demand;
	struct journal *journal;
	struct vpn **vpns;
	size_t n_vpns;
	struct vpn *leaving; /* no longer configured, freed bit by bit */
	struct event *flush; /* entries are queued */
	size_t first; /* VPN of the next turn of that */
	struct turns turns; /* of the event loop, while there are any */
	struct event *tick; /* each second */
	struct event *recover; /* a gateway's state has changed */
	bool settled; /* entries of the run before were confirmed or removed */
	bool ending;
	time_t started, loaded; /* CLOCK_MONOTONIC */
	time_t unsettled; /* since when it waits for who may confirm entries */
	time_t retry_at; /* entries that the kernel refused */
	struct apply *apply;
	struct audit *audit;
};

/* Seconds of CLOCK_MONOTONIC. */
time_t core_now(void);
/* The same when this turn of the loop began: for what is done a million times. */
time_t core_turn(struct daemon *d);
/* Have what is queued applied soon: changes that come together go together. */
void core_schedule(struct daemon *d);

#endif /* CESTEER_CORE_CORE_H */
