// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Our own certificate's private key, and the certificates that vouch for it
 * up to a CA that the others trust, in the IKE daemon. (The certificate itself
 * is part of each connection.) One thing is loaded after the other whenever
 * the VICI connection is new, the configuration changes, or somebody else
 * unloaded the key; gateways that need it wait. A key that the configuration
 * has no more is unloaded.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "ike/driver.h"

#define RETRY_S 10 /* after a refusal */

static void load_next(struct ike *ike);

/* What is under way was configured anew meanwhile. */
static bool began_again(struct ike *ike)
{
	if (!ike->own.again)
		return false;
	ike->own.again = false;
	ike->own.next = 1;
	load_next(ike);
	return true;
}

static void refuse(struct ike *ike, const char *what, const char *why)
{
	static const struct timeval later = { RETRY_S, 0 };
	char said[sizeof(ike->own.refused)];

	if (began_again(ike))
		return;
	snprintf(said, sizeof(said), "our own %s is refused: %s", what, why);
	if (strcmp(said, ike->own.refused))
		log_error("ike", "%s", said);
	memcpy(ike->own.refused, said, sizeof(said));
	ike->own.loading = false;
	event_add(ike->own.timer, &later);
	ike_each(ike, ike_gw_own);
}

static void cert_loaded(void *arg, int err, struct vici_view msg)
{
	char why[IKE_WHY_LEN / 2];
	struct ike *ike = arg;

	if (err == -ECONNRESET)
		return;
	if (!vici_reply_ok(err, msg, why, sizeof(why))) {
		refuse(ike, "certificate chain", why);
		return;
	}
	if (began_again(ike))
		return;
	ike->own.next++;
	load_next(ike);
}

static void key_unloaded(void *arg, int err, struct vici_view msg)
{
	char why[IKE_WHY_LEN];

	if (err != -ECONNRESET && !vici_reply_ok(err, msg, why, sizeof(why)))
		log_warn("ike", "our former private key stays loaded: %s", why);
}

/* Whoever has the former key may still have uses for it: it is not ours. */
static void unload_old(struct ike *ike)
{
	struct vici_wr w;

	if (!*ike->own.old_id)
		return;
	vici_wr_init(&w, VICI_CMD_REQUEST, "unload-key");
	vici_wr_str(&w, "id", ike->own.old_id);
	vici_send(ike->v, &w, key_unloaded, ike);
	ike->own.old_id[0] = 0;
}

static void key_loaded(void *arg, int err, struct vici_view msg)
{
	char why[IKE_WHY_LEN / 2], id[KEY_ID_LEN];
	struct ike *ike = arg;

	if (err == -ECONNRESET)
		return;
	if (!vici_reply_ok(err, msg, why, sizeof(why))) {
		refuse(ike, "private key", why);
		return;
	}
	vici_get_str(msg, "id", id, sizeof(id));
	if (*ike->own.id && strcmp(id, ike->own.id)) {
		memcpy(ike->own.old_id, ike->own.id, sizeof(id));
		unload_old(ike);
	}
	memcpy(ike->own.id, id, sizeof(id));
	if (began_again(ike))
		return;
	ike->own.loading = false;
	ike->own.loaded = true;
	ike->own.refused[0] = 0;
	ike_each(ike, ike_gw_own);
}

static void load_next(struct ike *ike)
{
	const struct ike_conf *conf = &ike->conf;
	const struct ike_blob *b;
	struct vici_wr w;
	int err;

	if (!conf->n_chain) {
		ike->own.loading = false;
		ike_own_load(ike);
		return;
	}
	if (ike->own.next < conf->n_chain) {
		b = &conf->chain[ike->own.next];
		vici_wr_init(&w, VICI_CMD_REQUEST, "load-cert");
		vici_wr_str(&w, "type", "X509");
		vici_wr_str(&w, "flag", "NONE");
		vici_wr_kv(&w, "data", b->data, b->len);
		err = vici_send(ike->v, &w, cert_loaded, ike);
	} else {
		vici_wr_init(&w, VICI_CMD_REQUEST, "load-key");
		vici_wr_str(&w, "type", "any");
		vici_wr_kv(&w, "data", conf->key.data, conf->key.len);
		err = vici_send(ike->v, &w, key_loaded, ike);
	}
	if (err)
		ike->own.loading = false;
}

void ike_own_load(struct ike *ike)
{
	event_del(ike->own.timer);
	ike->own.refused[0] = 0;
	ike->own.loaded = false;
	if (!vici_up(ike->v))
		return;
	if (!ike->conf.n_chain) {
		ike->own.again = ike->own.loading;
		memcpy(ike->own.old_id, ike->own.id, sizeof(ike->own.id));
		ike->own.id[0] = 0;
		unload_old(ike);
		return;
	}
	ike->own.again = ike->own.loading;
	if (ike->own.loading)
		return;
	ike->own.loading = true;
	/* The first of the chain is part of the connections. */
	ike->own.next = 1;
	load_next(ike);
}

void ike_own_link_down(struct ike *ike)
{
	event_del(ike->own.timer);
	ike->own.loading = false;
	ike->own.again = false;
	ike->own.loaded = false;
	ike->own.refused[0] = 0;
}

void ike_own_keys(struct ike *ike, struct vici_view msg)
{
	struct vici_view names;
	struct vici_elem e;

	if (!ike->own.loaded ||
	    !vici_find(msg, VICI_LIST_START, "keys", &names))
		return;
	while (vici_next(&names, &e)) {
		if (vici_is(e.value, ike->own.id))
			return;
	}
	log_warn("ike", "our private key was unloaded by others");
	ike_own_load(ike);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	ike_own_load(arg);
}

int ike_own_init(struct ike *ike)
{
	ike->own.timer = evtimer_new(ike->base, on_timer, ike);
	return ike->own.timer ? 0 : -ENOMEM;
}

void ike_own_fini(struct ike *ike)
{
	if (ike->own.timer)
		event_free(ike->own.timer);
}
