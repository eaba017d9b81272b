/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Security associations as strongSwan tells of them (list-sa, ike-updown,
 * child-updown and child-rekey), and the set of them that one gateway has.
 * Pure, but for the set's memory.
 */
#ifndef CESTEER_IKE_SA_H
#define CESTEER_IKE_SA_H

#include <jansson.h>
#include <time.h>
#include "base/addr.h"
#include "ike/vici_msg.h"

enum ike_sa_phase {
	SA_COMING, /* being set up */
	SA_THERE,
	SA_GOING, /* replaced, deleted, failed */
};

/* An IKE SA of ours. */
struct ike_sa {
	struct addr gateway; /* whose connection it is */
	struct addr local; /* our end, family 0 when not said */
	uint32_t id;
	enum ike_sa_phase phase;
	bool up; /* updown events: up rather than down */
	struct vici_view body; /* of the connection's section */
	struct vici_view children; /* of its child-sas */
};

/* A child SA. */
struct ike_sa_child {
	uint32_t id, ike_id;
	enum ike_sa_phase phase;
	uint32_t if_id; /* outbound */
	uint32_t spi_in, spi_out;
	uint64_t bytes_in, bytes_out, packets_in, packets_out;
	time_t installed, rekey_at; /* CLOCK_MONOTONIC; 0: never */
	bool rekeying, encap; /* encap: ESP in UDP */
	char cipher[40]; /* "AES_GCM_16-256" */
	unsigned int listing; /* the last one that held it */
	bool astray; /* its IKE SA ends at another address than ours now */
	bool ended; /* its end was asked for since it was last heard of */
	bool lost; /* the kernel has not got all of it any more */
	unsigned int missed; /* the kernel told so: the listing that confirms */
	bool manual; /* not IKE's: its keys are configured */
};

/* Read an event's message; false when it is not about one of ours. */
bool ike_sa_read_ike(struct vici_view msg, struct ike_sa *ike);
/* Next child of ike->children (a copy of it); now is CLOCK_MONOTONIC. */
bool ike_sa_next_child(struct vici_view *rest, const struct ike_sa *ike,
		       time_t now, struct ike_sa_child *child);
/* The old and the new child of a child-rekey event. */
bool ike_sa_read_rekey(const struct ike_sa *ike, time_t now,
		       struct ike_sa_child *old, struct ike_sa_child *new);

struct ike_sa_set {
	struct ike_sa_child *child;
	size_t n, room;
};

/* Add or replace by id; what was found of its loss stays. */
void ike_sa_set_put(struct ike_sa_set *set, const struct ike_sa_child *child);
void ike_sa_set_del(struct ike_sa_set *set, uint32_t id);
/* Forget what a listing did not hold. */
void ike_sa_set_sweep(struct ike_sa_set *set, unsigned int listing);
void ike_sa_set_free(struct ike_sa_set *set);
/* New JSON array. */
json_t *ike_sa_set_json(const struct ike_sa_set *set, time_t now);

#endif /* CESTEER_IKE_SA_H */
