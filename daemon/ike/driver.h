/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this room share: the driver, its gateways, its lanes.
 *
 *   ike.c      the driver: its life, the VICI connection's events
 *   gateway.c  one gateway's life: facts to steps, attempts and a state
 *   survey.c   what the IKE daemon holds: connections, secrets, SAs
 *   ring.c     secrets that gateways share
 *   own.c      our own certificate's key and what vouches for it
 *   lane.c     initiating, which blocks a VICI connection while it lasts
 *   manual.c   SAs without the IKE daemon, and xfrm.c, the kernel's of them
 *   loss.c     what others take out of the kernel behind it
 *   longest.c  whose key and identity counts for a gateway
 *   parting.c  unloading everything when the daemon ends
 *
 * A gateway is freed in one place, the driver's kick, from the event loop and
 * with no command of its own under way: nobody else need care whether a
 * callback has ended it.
 */
#ifndef CESTEER_IKE_DRIVER_H
#define CESTEER_IKE_DRIVER_H

#include <sys/queue.h>
#include <time.h>
#include "ike/conn.h"
#include "ike/ike.h"
#include "ike/sa.h"
#include "ike/vici.h"

#define IKE_LANES 4 /* each blocks one of charon's 16 threads */
#define IKE_BUCKETS 1024
#define IKE_STEPS_MAX 32 /* commands of gateways in the VICI queue */
#define IKE_WHY_LEN 160
#define KEY_ID_LEN 65 /* hexadecimal digits, and the end */

enum step {
	STEP_NONE,
	STEP_LOAD_PSK,
	STEP_LOAD_CONN,
	STEP_END_SA, /* one that is not as wanted */
	STEP_UNLOAD_CONN,
	STEP_END_SAS,
	STEP_UNLOAD_PSK,
};

/* Whether the kernel holds what the IKE daemon has installed there. */
enum suspicion {
	SUSPICION_NONE,
	SUSPICION_UNSEEN, /* look, and once more where something is missing */
	SUSPICION_LOSS, /* some was missing, or flushed: look once more */
};

TAILQ_HEAD(gateway_queue, ike_gateway);

struct lane {
	struct ike *ike;
	struct vici *v;
	bool busy;
	struct ike_gateway *gw; /* NULL when it lost interest meanwhile */
	char said[IKE_WHY_LEN]; /* the IKE daemon's last words about it */
};

/* SAs whose keys are configured: what manual.c has found, or made. */
struct ike_manual_state {
	bool has_in, has_out, has_policy4, has_policy6;
	bool kept; /* all of them are there; they are the gateway's sas */
	char why[IKE_WHY_LEN]; /* not */
	struct ike_sa_child child;
};

struct ike_gateway {
	LIST_ENTRY(ike_gateway) hash;
	TAILQ_ENTRY(ike_gateway) work_link, turn_link;
	struct ike *ike;
	struct ike_gateway_conf conf;
	struct addr key; /* ike_conn_key() of it: what it is found by */
	void *user;
	char name[CONN_NAME_LEN];
	/* What the driver's configuration says of it: ike_gw_configure(). */
	struct ike_proof proof;
	const struct ike_manual *manual_conf; /* NULL: it has IKE's */

	bool wanted; /* false: to be unloaded and forgotten */
	bool blocked; /* another of the same address must go first */
	struct ike_gateway *heir; /* the one that is blocked by this */

	/* What the IKE daemon holds, as far as known. */
	bool has_psk; /* its own */
	bool in_ring; /* one that it shares */
	bool has_conn, may_have_sas;
	bool ever_loaded; /* something of it, over whatever link */
	unsigned int psk_round, conn_round; /* that last named it */
	/* And whether it was loaded as it is wanted now. */
	bool psk_right, conn_right;
	char mark[CONN_MARK_LEN]; /* of the connection that is loaded, or "" */
	enum step step; /* under way */
	struct ike_ring *ring; /* that is to be loaded, as this step */
	bool ring_due; /* and is being loaded */
	bool in_work;
	struct gateway_queue *turn; /* that it waits in for a lane */
	char refused[IKE_WHY_LEN]; /* why it could not be loaded, or "" */

	struct ike_sa_set sas;
	unsigned int born; /* listings begun before it could be part of one */
	bool known; /* it was part of one: its SAs are known */
	bool asked; /* traffic waits, and the IKE daemon does nothing */
	bool no_sas, no_policies; /* others removed them: to be had anew */
	enum suspicion suspicion; /* loss.c's */
	bool up; /* a child SA is installed */
	time_t up_at;
	bool coming; /* an IKE SA is being set up, by whomever */
	time_t coming_at;
	unsigned int heard; /* listing that last held an IKE SA coming */
	unsigned int begun; /* listing that tells how an attempt goes, or 0 */

	struct ike_manual_state *manual; /* NULL: it never was to have such */

	struct lane *lane; /* initiating */
	bool failed; /* since it was last up */
	char failure[IKE_WHY_LEN];
	unsigned int attempts; /* that led nowhere, in a row */
	unsigned int await; /* no attempt before a later listing than this */
	struct event *timer; /* the next attempt, or to load again */

	enum ike_state state;
	char why[IKE_WHY_LEN];
	time_t since; /* CLOCK_REALTIME */
};

LIST_HEAD(gateway_bucket, ike_gateway);
LIST_HEAD(ring_list, ike_ring);
TAILQ_HEAD(ring_queue, ike_ring);

struct ike {
	struct event_base *base;
	struct ike_conf conf;
	struct ike_events ev;
	void *arg;
	struct vici *v;
	struct lane lane[IKE_LANES];
	struct event *kick;
	struct gateway_bucket bucket[IKE_BUCKETS];
	struct gateway_queue work; /* may have a step to do */
	struct gateway_queue turns; /* wait for a lane */
	struct gateway_queue retries; /* the same, having failed */
	uint64_t tokens; /* microseconds times conf.setup_rate */
	struct timespec filled; /* the bucket, last */
	struct event *token_timer;
	unsigned int steps; /* under way */
	bool sweep; /* what nobody wants may be unloaded */

	/* ring.c */
	struct ike_ring ***ring; /* by key and part; most are not there */
	size_t n_ring_keys;
	struct ring_list rings; /* all that are */
	struct ring_queue rings_due; /* to be loaded or unloaded */

	/* own.c */
	struct {
		struct event *timer; /* to load again what was refused */
		bool loading, loaded; /* all that conf has */
		bool again; /* what is being loaded is conf's no more */
		size_t next; /* of conf.chain, then the key */
		char id[KEY_ID_LEN]; /* of the last that was loaded, strongSwan's */
		char old_id[KEY_ID_LEN]; /* to be unloaded */
		char refused[IKE_WHY_LEN];
	} own;

	/* manual.c */
	struct {
		struct ike_xfrm *xfrm; /* NULL until it is needed */
		struct event *timer;
		bool used; /* there may be some of ours */
		bool swept; /* what an earlier life left is gone */
		int err; /* of the last look: an errno */
	} manual;

	/* loss.c */
	struct {
		struct event *readable, *timer;
		struct ike_xfrm *xfrm; /* NULL until it is needed */
		bool again; /* soon: it is not known yet */
		/* Policies that were deleted, as loss.c numbers them. */
		struct ike_found {
			uint64_t *list;
			size_t n, room;
		} gone;
		uint64_t next; /* no look before that: microseconds */
	} loss;

	/* survey.c */
	struct event *survey_timer;
	unsigned int conn_round, psk_round; /* get-conns, get-shared replies */
	bool told; /* list-conns was answered: what is there is known */
	bool many; /* more than fit in one message: told one by one */
	time_t asked; /* for both, last */
	bool listing; /* list-sas is under way */
	bool list_again; /* asked for meanwhile */
	unsigned int listings; /* begun */
	unsigned int listed; /* the last one that was completed, 0: none */
	struct timespec list_began;
	unsigned int list_ms; /* that the last one took */
};

/* ike.c */
time_t ike_now(void); /* CLOCK_MONOTONIC, seconds */
struct gateway_bucket *ike_bucket(struct ike *ike, const struct addr *a);
/* Calls that may add or free gateways are not for fn. */
void ike_each(struct ike *ike, void (*fn)(struct ike_gateway *gw));
/* Run the work queue, soon. */
void ike_kick(struct ike *ike);

/* gateway.c */
struct ike_gateway *ike_gw_new(struct ike *ike,
			       const struct ike_gateway_conf *conf, void *user);
/* The driver's configuration is new, or the gateway. */
void ike_gw_configure(struct ike_gateway *gw);
/* The one of that key that is not blocked; or NULL. */
struct ike_gateway *ike_gw_holder(struct ike *ike, const struct addr *a);
/* The same, if it is wanted. */
struct ike_gateway *ike_gw_find(struct ike *ike, const struct addr *a);
/* Loaded by an earlier life and wanted by nobody; goes when swept. */
struct ike_gateway *ike_gw_orphan(struct ike *ike, const struct addr *a);
/* Facts have changed: derive the state, plan what is next. */
void ike_gw_update(struct ike_gateway *gw);
/* Take the next step, if any; may free the gateway. */
void ike_gw_work(struct ike_gateway *gw);
/* Its connection or secret is gone, by somebody else's hand. */
void ike_gw_lost(struct ike_gateway *gw, bool secret);
/* Without a VICI connection nothing is known. */
void ike_gw_link_down(struct ike_gateway *gw);
/* A child SA was heard of; its event's IKE SA with it. */
void ike_gw_child(struct ike_gateway *gw, const struct ike_sa *ike,
		  struct ike_sa_child *child);
/* The IKE daemon attempts something that we did not ask for. */
void ike_gw_begun(struct ike_gateway *gw);
/* An attempt of ours ended; failure is NULL when it may have led somewhere. */
void ike_gw_attempted(struct ike_gateway *gw, const char *failure);
/* Whether what the IKE daemon has loaded is what is wanted now. */
void ike_gw_compare(struct ike_gateway *gw);
/* Its ring was loaded with it, or was not: why says so. */
void ike_gw_in_ring(struct ike_gateway *gw, const char *why);
/* The own certificate's key was loaded, or refused. */
void ike_gw_own(struct ike_gateway *gw);
/* A listing is complete. */
void ike_gw_listed(struct ike_gateway *gw);
/* Its policies should be in the kernel, and no command is under way. */
bool ike_gw_settled(const struct ike_gateway *gw);
/* A command is, or will be: that is not known yet. */
bool ike_gw_busy(const struct ike_gateway *gw);
/* Those SAs of it that are lost are, or policies neither are there. */
void ike_gw_robbed(struct ike_gateway *gw, bool policies);
/* Unlink and free, whatever is loaded. */
void ike_gw_free(struct ike_gateway *gw);

/* ring.c */
/* Load the one that the gateway shares its secret in; ike_gw_in_ring() follows. */
void ike_ring_join(struct ike_gateway *gw);
/* The gateway is wanted no more. */
void ike_ring_leave(struct ike_gateway *gw);
/* Send what is due; from the kick. */
void ike_ring_flush(struct ike *ike);
void ike_ring_reconfigure(struct ike *ike);
/* One of "get-shared", perhaps not a ring's. Then the list's end. */
void ike_ring_named(struct ike *ike, struct vici_view name);
void ike_ring_listed(struct ike *ike);
void ike_ring_link_down(struct ike *ike);
/*
 * The next that is loaded, or was over an earlier link, after *at (NULL: the
 * first); false: there is none.
 */
bool ike_ring_next(struct ike *ike, const struct ike_ring **at,
		   char name[CONN_NAME_LEN]);
void ike_ring_init(struct ike *ike);
void ike_ring_fini(struct ike *ike);

/* own.c */
int ike_own_init(struct ike *ike);
void ike_own_fini(struct ike *ike);
/* Load what the configuration has, again if it is loaded. */
void ike_own_load(struct ike *ike);
void ike_own_link_down(struct ike *ike);
/* Which keys the IKE daemon holds: the reply of "get-keys". */
void ike_own_keys(struct ike *ike, struct vici_view msg);

/* survey.c */
int ike_survey_init(struct ike *ike);
void ike_survey_fini(struct ike *ike);
/* Ask for everything; the connection is new, or unwanted ones may go. */
void ike_survey_all(struct ike *ike);
/* List the SAs within ms milliseconds. */
void ike_survey_soon(struct ike *ike, unsigned int ms);
void ike_survey_link_down(struct ike *ike);
/* An event of the VICI connection. */
void ike_survey_event(struct ike *ike, struct vici_view event,
		      struct vici_view msg);

/* lane.c */
int ike_lane_init(struct ike *ike);
void ike_lane_fini(struct ike *ike);
void ike_lane_open(struct ike *ike);
void ike_lane_close(struct ike *ike);
/* Initiate the gateway's SA when a lane is free; ike_gw_attempted() follows. */
void ike_lane_queue(struct ike_gateway *gw);
/* Lose interest. */
void ike_lane_leave(struct ike_gateway *gw);

/* manual.c */
int ike_manual_init(struct ike *ike);
void ike_manual_fini(struct ike *ike);
/* What the driver's configuration says of the gateway: ike_gw_configure(). */
void ike_manual_configure(struct ike_gateway *gw);
/* Whether its SAs are those that are configured. */
bool ike_manual_has_sas(const struct ike_gateway *gw);
/* Compare what the kernel holds with what is wanted, and mend it. */
void ike_manual_check(struct ike *ike);
/* The same, from the event loop. */
void ike_manual_soon(struct ike *ike);
/* Remove all of them; the daemon ends. False: some are left (logged). */
bool ike_manual_flush(struct ike *ike);

/* loss.c */
int ike_loss_init(struct ike *ike);
void ike_loss_fini(struct ike *ike);
/* The VICI connection is new: what went unseen before is looked for. */
void ike_loss_look(struct ike *ike);

/* parting.c */
/*
 * Unload all of ours, blocking, for a minute at most; false: some may be left
 * (logged).
 */
bool ike_parting_unload(struct ike *ike);

#endif /* CESTEER_IKE_DRIVER_H */
