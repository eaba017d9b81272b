/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this room share: the driver, its gateways, its lanes.
 *
 *   ike.c      the driver: its life, the VICI connection's events
 *   gateway.c  one gateway's life: facts to steps, attempts and a state
 *   survey.c   what the IKE daemon holds: connections, secrets, SAs
 *   lane.c     initiating, which blocks a VICI connection while it lasts
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
#define IKE_STEPS_MAX 8 /* commands of gateways in the VICI queue */
#define IKE_WHY_LEN 160

enum step {
	STEP_NONE,
	STEP_LOAD_PSK,
	STEP_LOAD_CONN,
	STEP_END_SA, /* one that is not as wanted */
	STEP_UNLOAD_CONN,
	STEP_END_SAS,
	STEP_UNLOAD_PSK,
};

struct lane {
	struct ike *ike;
	struct vici *v;
	bool busy;
	struct ike_gateway *gw; /* NULL when it lost interest meanwhile */
	char said[IKE_WHY_LEN]; /* the IKE daemon's last words about it */
};

struct ike_gateway {
	LIST_ENTRY(ike_gateway) hash;
	TAILQ_ENTRY(ike_gateway) work_link, turn_link;
	struct ike *ike;
	struct ike_gateway_conf conf;
	void *user;
	char name[CONN_NAME_LEN];

	bool wanted; /* false: to be unloaded and forgotten */
	bool blocked; /* another of the same address must go first */
	struct ike_gateway *heir; /* the one that is blocked by this */

	/* What the IKE daemon holds, as far as known. */
	bool has_psk, has_conn, may_have_sas;
	/* And whether it was loaded as it is wanted now. */
	bool psk_right, conn_right;
	enum step step; /* under way */
	bool in_work, in_turn;
	char refused[IKE_WHY_LEN]; /* why it could not be loaded, or "" */

	struct sa_set sas;
	unsigned int born; /* listings begun before it could be part of one */
	bool known; /* it was part of one: its SAs are known */
	bool up; /* a child SA is installed */
	time_t up_at;
	bool coming; /* an IKE SA is being set up, by whomever */
	time_t coming_at;
	unsigned int heard; /* listing that last held an IKE SA coming */
	unsigned int begun; /* listing that tells how an attempt goes, or 0 */

	struct lane *lane; /* initiating */
	bool failed; /* since it was last up, or loaded */
	char failure[IKE_WHY_LEN];
	unsigned int attempts; /* that led nowhere, in a row */
	unsigned int await; /* no attempt before a later listing than this */
	struct event *timer; /* the next attempt, or to load again */

	enum ike_state state;
	char why[IKE_WHY_LEN];
	time_t since; /* CLOCK_REALTIME */
};

TAILQ_HEAD(gateway_queue, ike_gateway);
LIST_HEAD(gateway_bucket, ike_gateway);

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
	unsigned int steps; /* under way */
	bool sweep; /* what nobody wants may be unloaded */

	/* survey.c */
	struct event *survey_timer;
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
/* Run the work queue, soon. */
void ike_kick(struct ike *ike);

/* gateway.c */
struct ike_gateway *
gateway_new(struct ike *ike, const struct ike_gateway_conf *conf, void *user);
/* The wanted, unblocked one of that address; or any of it. */
struct ike_gateway *gateway_find(struct ike *ike, const struct addr *a);
struct ike_gateway *gateway_find_any(struct ike *ike, const struct addr *a);
/* Loaded by an earlier life and wanted by nobody; goes when swept. */
struct ike_gateway *gateway_orphan(struct ike *ike, const struct addr *a);
/* Facts have changed: derive the state, plan what is next. */
void gateway_update(struct ike_gateway *gw);
/* Take the next step, if any; may free the gateway. */
void gateway_work(struct ike_gateway *gw);
/* Without a VICI connection nothing is known. */
void gateway_link_down(struct ike_gateway *gw);
/* A child SA was heard of; its event's IKE SA with it. */
void gateway_child(struct ike_gateway *gw, const struct sa_ike *ike,
		   struct sa_child *child);
/* The IKE daemon attempts something that we did not ask for. */
void gateway_begun(struct ike_gateway *gw);
/* An attempt of ours ended; failure is NULL when it may have led somewhere. */
void gateway_attempted(struct ike_gateway *gw, const char *failure);
/* A listing is complete. */
void gateway_listed(struct ike_gateway *gw);
/* Unlink and free, whatever is loaded. */
void gateway_free(struct ike_gateway *gw);

/* survey.c */
int survey_init(struct ike *ike);
void survey_fini(struct ike *ike);
/* Ask for everything; the connection is new, or unwanted ones may go. */
void survey_all(struct ike *ike);
/* List the SAs within ms milliseconds. */
void survey_soon(struct ike *ike, unsigned int ms);
void survey_link_down(struct ike *ike);
/* An event of the VICI connection. */
void survey_event(struct ike *ike, struct vici_view name, struct vici_view msg);

/* lane.c */
void lane_open(struct ike *ike);
void lane_close(struct ike *ike);
/* Initiate the gateway's SA when a lane is free; gateway_attempted() follows. */
void lane_queue(struct ike_gateway *gw);
/* Lose interest. */
void lane_leave(struct ike_gateway *gw);

/* parting.c */
/* Unload all of ours, blocking, until the deadline; returns what is left. */
unsigned int parting_unload(struct ike *ike, unsigned int ms);

#endif /* CESTEER_IKE_DRIVER_H */
