// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rings: secrets that gateways have in common, in the IKE daemon. One secret
 * there has many owners, rather than each gateway a secret of its own:
 * strongSwan walks its list of them for each that is loaded and for each IKE
 * SA, and ten thousand loaded one by one took longer than all else.
 *
 * Still nobody but gateways that are wanted is an owner. Those of one key are
 * spread over RINGS by address, so that one that comes or goes has a small part
 * of them loaded again: whole, as strongSwan replaces a secret of the same
 * name. A ring that nobody is in is unloaded. Owns what of them is loaded, and
 * when; who is in one is found by looking.
 *
 * A ring's name says which key of the configuration it is, by number, and
 * which of the key's rings. So whatever was in it, of an earlier configuration
 * or an earlier life, is replaced. Of an earlier life's those that were not
 * replaced go with the sweep; gateways that a ring loses before that, as they
 * are not known yet, are none that the kernel's table names: those are known
 * from the start.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/mem.h"
#include "ike/driver.h"

#define RINGS 32 /* of each key; divides IKE_BUCKETS */
#define KEYS_MAX 10000 /* of an earlier life's: more are nobody's */

struct ike_ring {
	LIST_ENTRY(ike_ring) link;
	TAILQ_ENTRY(ike_ring) due; /* while it is dirty, and not busy */
	struct ike *ike;
	size_t key, part;
	bool dirty; /* to be loaded, or unloaded */
	bool busy; /* a command about it is under way */
	bool loaded;
	bool ever; /* a command about it was sent, or others named it */
	bool ours; /* and by this life */
	unsigned int round; /* of get-shared, that last named it */
};

/* Made when absent. */
static struct ike_ring *ring_get(struct ike *ike, size_t key, size_t part)
{
	size_t n = ike->n_ring_keys;
	struct ike_ring *ring;

	if (key >= n) {
		ike->ring = xrealloc(ike->ring,
				     (key + 1) * sizeof(struct ike_ring **));
		memset(&ike->ring[n], 0,
		       (key + 1 - n) * sizeof(struct ike_ring **));
		ike->n_ring_keys = key + 1;
	}
	if (!ike->ring[key])
		ike->ring[key] = xcalloc(RINGS, sizeof(struct ike_ring *));
	ring = ike->ring[key][part];
	if (ring)
		return ring;
	ring = xcalloc(1, sizeof(*ring));
	ring->ike = ike;
	ring->key = key;
	ring->part = part;
	LIST_INSERT_HEAD(&ike->rings, ring, link);
	ike->ring[key][part] = ring;
	return ring;
}

static void ring_name(const struct ike_ring *ring, char name[CONN_NAME_LEN])
{
	snprintf(name, CONN_NAME_LEN, CONN_RING "%zu-%zu", ring->key,
		 ring->part);
}

/* The one that the gateway's secret is in, or NULL. */
static struct ike_ring *ring_of(struct ike_gateway *gw)
{
	struct ike *ike = gw->ike;

	if (!gw->proof.shared)
		return NULL;
	return ring_get(ike, (size_t)(gw->proof.psk - ike->conf.psk),
			(size_t)(ike_bucket(ike, &gw->key) - ike->bucket) %
				RINGS);
}

/* All that may have to do with it, whatever their key is now. */
static void each_near(struct ike_ring *ring,
		      void (*fn)(struct ike_ring *ring, struct ike_gateway *gw,
				 void *arg),
		      void *arg)
{
	struct gateway_bucket *bucket = ring->ike->bucket;
	struct ike_gateway *gw;
	size_t i;

	for (i = ring->part; i < IKE_BUCKETS; i += RINGS)
		LIST_FOREACH(gw, &bucket[i], hash)
	fn(ring, gw, arg);
}

static void touch(struct ike_ring *ring)
{
	/* A busy one is due when it is busy no more. */
	if (!ring->dirty && !ring->busy)
		TAILQ_INSERT_TAIL(&ring->ike->rings_due, ring, due);
	ring->dirty = true;
	ike_kick(ring->ike);
}

struct message {
	struct vici_wr w;
	size_t owners;
};

static void put_owner(struct ike_ring *ring, struct ike_gateway *gw, void *arg)
{
	const struct ike_conf *conf = &ring->ike->conf;
	struct message *m = arg;

	/* Whoever asked hears of it, even if it is in another ring by now. */
	if (gw->ring == ring)
		gw->ring_due = true;
	if (!gw->wanted || gw->blocked || ring_of(gw) != ring ||
	    gw->manual_conf)
		return;
	ike_conn_put_owner(&m->w, conf, &gw->conf);
	m->owners++;
}

static void tell_one(struct ike_ring *ring, struct ike_gateway *gw, void *arg)
{
	if (gw->ring != ring || !gw->ring_due)
		return;
	gw->ring = NULL;
	gw->ring_due = false;
	ike_gw_in_ring(gw, arg);
}

/* Those that wait for the command that ended; why is NULL when it worked. */
static void tell(struct ike_ring *ring, char *why)
{
	bool again = ring->dirty;

	ring->busy = false;
	ring->dirty = false;
	if (again)
		touch(ring);
	each_near(ring, tell_one, why);
}

static void on_loaded(void *arg, int err, struct vici_view msg)
{
	struct ike_ring *ring = arg;
	char why[IKE_WHY_LEN];
	bool ok = vici_reply_ok(err, msg, why, sizeof(why));

	if (err == -ECONNRESET) /* ike_ring_link_down() follows */
		return;
	ring->loaded = ring->loaded || ok;
	ring->ours = ring->ours || ok;
	tell(ring, ok ? NULL : why);
}

static void on_unloaded(void *arg, int err, struct vici_view msg)
{
	struct ike_ring *ring = arg;

	if (err == -ECONNRESET)
		return;
	ring->loaded = false;
	ring->ever = false;
	tell(ring, NULL);
}

static void flush(struct ike_ring *ring)
{
	const struct ike_conf *conf = &ring->ike->conf;
	static const struct ike_psk none = {
		.key = { (uint8_t *)"", 0 },
	};
	struct message m = { .owners = 0 };
	char name[CONN_NAME_LEN];
	int err;

	ring_name(ring, name);
	ring->dirty = false;
	ring->busy = true;
	ring->ever = true;
	/* A key that is configured no more has no owners. */
	ike_conn_put_secret(
		&m.w, ring->key < conf->n_psk ? &conf->psk[ring->key] : &none,
		name);
	each_near(ring, put_owner, &m);
	vici_wr_list_end(&m.w);
	if (m.owners) {
		err = vici_send(ring->ike->v, &m.w, on_loaded, ring);
	} else {
		vici_wr_free(&m.w);
		vici_wr_init(&m.w, VICI_CMD_REQUEST, "unload-shared");
		vici_wr_str(&m.w, "id", name);
		err = vici_send(ring->ike->v, &m.w, on_unloaded, ring);
	}
	if (err)
		tell(ring, strerror(-err));
}

void ike_ring_flush(struct ike *ike)
{
	struct ring_queue now;
	struct ike_ring *ring;

	if (!vici_up(ike->v))
		return;
	TAILQ_INIT(&now);
	TAILQ_CONCAT(&now, &ike->rings_due, due);
	while ((ring = TAILQ_FIRST(&now))) {
		TAILQ_REMOVE(&now, ring, due);
		flush(ring);
	}
}

void ike_ring_join(struct ike_gateway *gw)
{
	gw->ring = ring_of(gw);
	gw->ring_due = false;
	touch(gw->ring);
}

void ike_ring_leave(struct ike_gateway *gw)
{
	struct ike_ring *ring = ring_of(gw);

	if (ring && gw->in_ring)
		touch(ring);
}

/* What is under way may be of the configuration before. */
void ike_ring_reconfigure(struct ike *ike)
{
	struct ike_ring *ring;

	LIST_FOREACH(ring, &ike->rings, link)
	{
		if (ring->loaded || ring->busy)
			touch(ring);
	}
}

/* Whoever else may name one has no part in how much memory it takes. */
static bool may_be_ours(const struct ike *ike, size_t key)
{
	return key < KEYS_MAX || key < ike->conf.n_psk ||
	       key < ike->n_ring_keys;
}

void ike_ring_named(struct ike *ike, struct vici_view name)
{
	char text[CONN_NAME_LEN], again[CONN_NAME_LEN];
	struct ike_ring *ring;
	size_t key, part;

	vici_copy(name, text, sizeof(text));
	if (sscanf(text, CONN_RING "%9zu-%2zu", &key, &part) != 2 ||
	    !may_be_ours(ike, key) || part >= RINGS)
		return;
	snprintf(again, sizeof(again), CONN_RING "%zu-%zu", key, part);
	if (strcmp(text, again))
		return;
	ring = ring_get(ike, key, part);
	ring->loaded = true;
	ring->ever = true;
	ring->round = ike->psk_round;
}

static void lose(struct ike_ring *ring, struct ike_gateway *gw, void *arg)
{
	if (!gw->in_ring || ring_of(gw) != ring)
		return;
	gw->in_ring = false;
	ike_gw_update(gw);
}

void ike_ring_listed(struct ike *ike)
{
	struct ike_ring *ring;

	LIST_FOREACH(ring, &ike->rings, link)
	{
		if (!ring->loaded)
			continue;
		if (ring->round != ike->psk_round) {
			ring->loaded = false;
			log_warn(
				"ike",
				"a secret that gateways share was unloaded by others");
			each_near(ring, lose, NULL);
		} else if (!ring->ours && ike->sweep) {
			touch(ring);
		}
	}
}

void ike_ring_link_down(struct ike *ike)
{
	struct ike_ring *ring;

	TAILQ_INIT(&ike->rings_due);
	LIST_FOREACH(ring, &ike->rings, link)
	{
		ring->dirty = false;
		ring->busy = false;
		ring->loaded = false;
		ring->ours = false;
	}
}

bool ike_ring_next(struct ike *ike, const struct ike_ring **at,
		   char name[CONN_NAME_LEN])
{
	const struct ike_ring *ring = *at ? LIST_NEXT(*at, link) :
					    LIST_FIRST(&ike->rings);

	while (ring && !ring->ever)
		ring = LIST_NEXT(ring, link);
	if (!ring)
		return false;
	ring_name(ring, name);
	*at = ring;
	return true;
}

void ike_ring_init(struct ike *ike)
{
	LIST_INIT(&ike->rings);
	TAILQ_INIT(&ike->rings_due);
}

void ike_ring_fini(struct ike *ike)
{
	struct ike_ring *ring;
	size_t i;

	while ((ring = LIST_FIRST(&ike->rings))) {
		LIST_REMOVE(ring, link);
		free(ring);
	}
	for (i = 0; i < ike->n_ring_keys; i++)
		free(ike->ring[i]);
	free(ike->ring);
}
