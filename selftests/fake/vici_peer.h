/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VICI server for tests, in the test's own event loop: a small model of what
 * strongSwan does with our commands, and awkward on request. A hook sees every
 * packet first and may answer in the model's place.
 *
 * The structure is in shared memory, so that a server that runs in a child
 * process can be looked at from the parent.
 */
#ifndef CESTEER_FAKE_VICI_PEER_H
#define CESTEER_FAKE_VICI_PEER_H

#include "ike/vici_msg.h"

#define VICI_PEER_MAX 16 /* of each kind */

struct event_base;
struct vici_peer_conn;

struct vici_peer_name {
	char s[64]; /* "": none */
};

/* An SA of the model; its IKE SA and its child have the same id. */
struct vici_peer_sa {
	char name[64];
	unsigned int id, if_id;
	char ike_state[16];
	char child_state[16]; /* "": no child */
	unsigned int spi_in; /* the other is one more; 0: by default */
	unsigned int age; /* s; 0: by default */
};

struct vici_peer {
	struct event_base *base;
	void *listener;
	struct vici_peer_conn *conn[VICI_PEER_MAX];
	/* True when the packet was seen to. */
	bool (*hook)(void *arg, struct vici_peer *p, struct vici_peer_conn *c,
		     const struct vici_packet *pkt);
	void *arg;
	size_t chunk; /* octets written at a time, 0: all */
	/* Octets of a segment: a longer list of names is discarded; 0: none is. */
	size_t fits;

	/* The model. */
	struct vici_peer_name conns[VICI_PEER_MAX], keys[VICI_PEER_MAX];
	unsigned int if_ids[VICI_PEER_MAX]; /* of conns */
	char marks[VICI_PEER_MAX][64]; /* of conns */
	char owners[VICI_PEER_MAX][256]; /* of keys: " 192.0.2.1 192.0.2.2" */
	struct vici_peer_sa sas[VICI_PEER_MAX];
	unsigned int next_id;
	const char *refuse_load; /* load-conn's errmsg, NULL: it works */
	const char *refuse_initiate;
	const char *refuse_key; /* load-key's */
	const char *refuse_shared; /* load-shared's */
	struct vici_peer_name private[VICI_PEER_MAX]; /* keys, by their text */
	/* Connections that have this in their names are initiated in vain. */
	const char *never_answer;
	unsigned int unanswered;
	char log[4096]; /* " load-shared cesteer-192.0.2.1 load-conn ..." */
};

struct vici_peer *vici_peer_create(struct event_base *base, const char *path);
void vici_peer_destroy(struct vici_peer *p);
/* Send a segment; takes w. */
void vici_peer_send(struct vici_peer_conn *c, struct vici_wr *w);
void vici_peer_raw(struct vici_peer_conn *c, const void *data, size_t len);
/* Send an event to all connections; takes w. */
void vici_peer_event(struct vici_peer *p, struct vici_wr *w);
/* "success = yes", or an errmsg. */
void vici_peer_reply(struct vici_peer_conn *c, const char *errmsg);
/* End what never_answer holds up, with an errmsg. */
void vici_peer_answer_all(struct vici_peer *p, const char *errmsg);
/* Close a connection once what was sent is out; or all, at once. */
void vici_peer_close(struct vici_peer_conn *c);
void vici_peer_hang_up(struct vici_peer *p);
/* Add to the model; up, and "child-updown", when child_state says so. */
struct vici_peer_sa *vici_peer_sa_add(struct vici_peer *p, const char *name,
				      unsigned int if_id);
unsigned int vici_peer_spi_in(const struct vici_peer_sa *sa);
void vici_peer_sa_told(struct vici_peer *p, const struct vici_peer_sa *sa,
		       bool up);
bool vici_peer_has(struct vici_peer_name *names, const char *name);
void vici_peer_put(struct vici_peer_name *names, const char *name);
void vici_peer_drop(struct vici_peer_name *names, const char *name);

#endif /* CESTEER_FAKE_VICI_PEER_H */
