// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bridge from bmp/ and mrt/ to rib/. RFC 7854, 9069; RFC 6396.
 */
#include "core/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/mem.h"
#include "bgp/family.h"
#include "bgp/target.h"
#include "bmp/bmp.h"
#include "core/import.h"
#include "core/neighbor.h"
#include "core/vpn.h"
#include "mrt/mrt.h"

#define ROOM "feed"

#define VPN_FAMILIES (BGP_VPNV4 | BGP_VPNV6)

/* One peer that a feed tells of; it outlives its sessions, as a neighbor. */
struct feed_peer {
	struct feed_peer *next; /* of the feed's */
	struct feed *feed;
	struct bgp_feed_peer who;
	struct bgp_peer_conf conf; /* of its neighbors */
	struct neighbor *first; /* of one VPN; the others are its siblings */
	bool up;
	bool refused; /* a VPN had no room for it: that was logged */
	uint8_t ended; /* families whose End-of-RIB has come */
};

/* A router or a file. */
struct feed {
	struct feed *next;
	struct daemon *d;
	const struct conf_router *router_conf; /* NULL: a file */
	const struct conf_file *file_conf;
	struct bmp_router *router; /* NULL: refused, tried again */
	struct mrt_file *file;
	struct feed_peer *peers;
	uint64_t unused; /* prefixes announced that are no VPN's */
};

struct feeds {
	struct feed *list;
	struct bmp_station *station;
	struct bmp_station *next; /* ready to take its place, NULL: none does */
	bool moves; /* something is to take its place */
};

static const char *name_of(const struct feed *f)
{
	return f->router_conf ? f->router_conf->bmp.name : f->file_conf->name;
}

/* The name of the VPN that takes a peer's unicast routes, or NULL. */
static const char *vpn_name(const struct feed *f,
			    const struct bgp_feed_peer *who)
{
	size_t i;

	if (f->file_conf)
		return f->file_conf->vpn;
	if (!who->in_vrf)
		return f->router_conf->vpn;
	for (i = 0; i < f->router_conf->n_vrfs; i++) {
		if (f->router_conf->vrfs[i].rd == who->rd)
			return f->router_conf->vrfs[i].vpn;
	}
	return NULL;
}

static bool same_peer(const struct bgp_feed_peer *a,
		      const struct bgp_feed_peer *b)
{
	return a->rd == b->rd && a->in_vrf == b->in_vrf &&
	       a->loc_rib == b->loc_rib && a->as == b->as &&
	       !addr_cmp(&a->address, &b->address);
}

static void name_peer(struct feed_peer *fp)
{
	char address[ADDR_STRLEN], rd[BGP_TARGET_TEXT];

	snprintf(fp->conf.name, sizeof(fp->conf.name), "%.40s/%s%s%s",
		 name_of(fp->feed),
		 fp->who.in_vrf ? bgp_rd_format(fp->who.rd, rd) : "",
		 fp->who.in_vrf ? "/" : "",
		 fp->who.loc_rib ? "loc-rib" :
				   addr_format(&fp->who.address, address));
}

/* Found or made. */
static struct feed_peer *peer_get(struct feed *f,
				  const struct bgp_feed_peer *who)
{
	struct feed_peer *fp;

	for (fp = f->peers; fp; fp = fp->next) {
		if (same_peer(&fp->who, who))
			break;
	}
	if (!fp) {
		fp = xcalloc(1, sizeof(*fp));
		fp->feed = f;
		fp->next = f->peers;
		f->peers = fp;
	}
	fp->who = *who;
	fp->conf.address = who->address;
	fp->conf.as = who->as;
	fp->conf.max_prefixes = f->router_conf ? f->router_conf->max_prefixes :
						 0;
	name_peer(fp);
	return fp;
}

static void set_info(const struct neighbor *nb, const struct feed_peer *fp)
{
	struct rib_peer info = {
		.address = fp->who.address,
		.router_id = fp->who.router_id,
		.ebgp = fp->who.ebgp,
	};
	const struct rib_peer *old = rib_peer(nb->vpn->rib, nb->index);
	bool changed = old->router_id != info.router_id ||
		       old->ebgp != info.ebgp;

	rib_peer_set(nb->vpn->rib, nb->index, &info);
	if (changed && rib_peer_paths(nb->vpn->rib, nb->index))
		vpn_requeue(nb->vpn);
}

static struct neighbor *neighbor_of(const struct feed_peer *fp,
				    const struct vpn *v, bool shared)
{
	struct neighbor *nb;

	for (nb = fp->first; nb; nb = nb->sibling) {
		if (nb->vpn == v && nb->shared == shared)
			return nb;
	}
	return NULL;
}

/* Found or made: a VPN has none before the first route that it takes. */
static struct neighbor *neighbor_get(struct feed_peer *fp, struct vpn *v,
				     bool shared)
{
	struct neighbor *nb = neighbor_of(fp, v, shared);

	if (nb)
		return nb;
	nb = neighbor_create(v, &fp->conf, shared, fp);
	if (!nb && !fp->refused)
		log_error(
			ROOM,
			"%s: not listened to: VPN %s has %d neighbors already",
			fp->conf.name, v->name, RIB_PEERS_MAX);
	fp->refused = !nb;
	if (!nb)
		return NULL;
	nb->sibling = fp->first;
	fp->first = nb;
	set_info(nb, fp);
	return nb;
}

void feed_forget(struct neighbor *nb)
{
	struct neighbor **at = &nb->feed->first;

	while (*at != nb)
		at = &(*at)->sibling;
	*at = nb->sibling;
	nb->sibling = NULL;
}

static bool wants(struct vpn *v, struct bgp_attrs *attrs, const char *vpn)
{
	return attrs->vpn ? import_wants(v, attrs) :
			    vpn && !strcmp(v->name, vpn);
}

static void reach(void *arg, uint8_t family, struct bgp_attrs *attrs,
		  uint64_t id, const struct prefix *p, size_t n)
{
	struct feed_peer *fp = arg;
	const struct daemon *d = fp->feed->d;
	const char *vpn = vpn_name(fp->feed, &fp->who);
	bool used = false, within = true;
	struct neighbor *nb;
	size_t i;

	(void)family;
	for (i = 0; i < d->n_vpns; i++) {
		struct vpn *v = d->vpns[i];

		if (!wants(v, attrs, vpn)) {
			/* What is no longer a VPN's replaces what was. */
			nb = neighbor_of(fp, v, attrs->vpn);
			if (nb)
				neighbor_withdraw(nb, id, p, n);
			continue;
		}
		used = true;
		nb = neighbor_get(fp, v, attrs->vpn);
		if (nb)
			within &= neighbor_reach(nb, attrs, id, p, n);
	}
	if (!used)
		fp->feed->unused += n;
	if (!within)
		bmp_router_refuse(
			fp->feed->router,
			"a peer has announced more prefixes than it may");
}

static void withdraw(void *arg, uint8_t family, uint64_t id,
		     const struct prefix *p, size_t n)
{
	struct feed_peer *fp = arg;
	struct neighbor *nb;

	for (nb = fp->first; nb; nb = nb->sibling) {
		if (nb->shared == !!(family & VPN_FAMILIES))
			neighbor_withdraw(nb, id, p, n);
	}
}

static void end_of_rib(void *arg, uint8_t family)
{
	struct feed_peer *fp = arg;
	struct neighbor *nb;

	fp->ended |= family;
	for (nb = fp->first; nb; nb = nb->sibling) {
		if (nb->shared == !!(family & VPN_FAMILIES))
			neighbor_end_of_rib(nb, bgp_family_of(family)->af);
	}
}

static void peer_free(struct feed_peer *fp)
{
	while (fp->first)
		neighbor_del(fp->first);
	free(fp);
}

/* ---- Routers ------------------------------------------------------------- */

static void *peer_up(void *router, const struct bgp_feed_peer *who)
{
	struct feed *f = router;
	struct feed_peer *fp;
	struct neighbor *nb;

	if (!vpn_name(f, who) && !(who->families & VPN_FAMILIES))
		return NULL;
	fp = peer_get(f, who);
	fp->up = true;
	fp->ended = 0;
	for (nb = fp->first; nb; nb = nb->sibling) {
		set_info(nb, fp);
		neighbor_returned(nb);
	}
	return fp;
}

static void peer_down(void *peer, const char *why)
{
	struct feed_peer *fp = peer;
	struct neighbor *nb;

	fp->up = false;
	for (nb = fp->first; nb; nb = nb->sibling)
		neighbor_lost(nb, why);
}

static const struct bmp_events bmp_events = {
	.peer_up = peer_up,
	.peer_down = peer_down,
	.feed = { .reach = reach,
		  .withdraw = withdraw,
		  .end_of_rib = end_of_rib },
};

static void listen_on(struct daemon *d, const struct conf *c)
{
	char why[256];

	if (!c->n_routers || d->feeds->station)
		return;
	d->feeds->station = bmp_station_create(d->base, &c->bmp, &bmp_events,
					       why, sizeof(why));
	if (!d->feeds->station)
		log_error(ROOM, "%s", why);
}

static void router_start(struct feed *f)
{
	struct bmp_station *station = f->d->feeds->station;
	char why[256];

	if (!station || f->router)
		return;
	f->router = bmp_router_add(station, &f->router_conf->bmp, f, why,
				   sizeof(why));
	if (!f->router)
		log_error(ROOM, "not started: %s", why);
}

static void router_stop(struct feed *f)
{
	if (f->router)
		bmp_router_del(f->router);
	f->router = NULL;
}

static void stop_listening(struct daemon *d)
{
	struct feed *f;

	for (f = d->feeds->list; f; f = f->next)
		router_stop(f);
	if (d->feeds->station)
		bmp_station_destroy(d->feeds->station);
	d->feeds->station = NULL;
}

static bool same_station(const struct bmp_station_conf *a,
			 const struct bmp_station_conf *b)
{
	return a->port == b->port && a->as == b->as &&
	       a->sgi_subtype == b->sgi_subtype &&
	       !addr_cmp(&a->listen4, &b->listen4) &&
	       !addr_cmp(&a->listen6, &b->listen6);
}

bool feeds_listen(struct daemon *d, const struct conf *to, char *why,
		  size_t why_len)
{
	struct feeds *f = d->feeds;
	const struct bmp_station_conf *is =
		f->station ? bmp_station_conf(f->station) : &d->conf->bmp;

	/* One that could not be had so far is tried again as before. */
	f->moves = !to->n_routers != !(f->station || d->conf->n_routers) ||
		   (to->n_routers && !same_station(is, &to->bmp));
	if (!f->moves || !to->n_routers)
		return true;
	/* Ours is in the way where both have the port. */
	if (f->station)
		bmp_station_close(f->station);
	f->next = bmp_station_create(d->base, &to->bmp, &bmp_events, why,
				     why_len);
	if (!f->next)
		feeds_stay(d);
	return f->next;
}

void feeds_stay(struct daemon *d)
{
	struct feeds *f = d->feeds;
	char why[256];

	if (f->next)
		bmp_station_destroy(f->next);
	f->next = NULL;
	if (!f->moves || !f->station)
		return;
	bmp_station_close(f->station);
	if (bmp_station_listen(f->station, why, sizeof(why)))
		return;
	/* Somebody has the port by now; feeds_tick() waits for it. */
	log_error(ROOM, "%s", why);
	stop_listening(d);
}

void feeds_move(struct daemon *d)
{
	struct feeds *f = d->feeds;

	if (!f->moves)
		return;
	stop_listening(d);
	f->station = f->next;
	f->next = NULL;
}

/* ---- Files --------------------------------------------------------------- */

static void *file_peer(void *file, const struct bgp_feed_peer *who)
{
	struct feed_peer *fp = peer_get(file, who);

	fp->up = true;
	return fp;
}

static void mark_stale(struct feed_peer *fp)
{
	struct neighbor *nb;

	for (nb = fp->first; nb; nb = nb->sibling)
		rib_stale(nb->vpn->rib, nb->index, 0);
}

/* What is stale goes, and neighbors of which nothing is left. */
static void sweep(struct feed_peer *fp)
{
	struct neighbor *nb = fp->first, *next;

	for (; nb; nb = next) {
		next = nb->sibling;
		rib_sweep(nb->vpn->rib, nb->index, 0, true);
		core_schedule(nb->vpn->d);
		if (!rib_peer_paths(nb->vpn->rib, nb->index))
			neighbor_del(nb);
	}
}

/* What the file does not repeat later goes at its end. */
static void file_peer_lost(void *peer)
{
	mark_stale(peer);
}

static void file_begin(void *file)
{
	struct feed *f = file;
	struct feed_peer *fp;

	f->unused = 0;
	for (fp = f->peers; fp; fp = fp->next)
		mark_stale(fp);
}

static void file_end(void *file)
{
	struct feed *f = file;
	struct feed_peer *fp;

	for (fp = f->peers; fp; fp = fp->next)
		sweep(fp);
}

static void file_peer_gone(void *peer)
{
	struct feed_peer *fp = peer, **at = &fp->feed->peers;

	while (*at != fp)
		at = &(*at)->next;
	*at = fp->next;
	peer_free(fp);
}

static const struct mrt_events mrt_events = {
	.peer = file_peer,
	.peer_lost = file_peer_lost,
	.begin = file_begin,
	.end = file_end,
	.peer_gone = file_peer_gone,
	.feed = { .reach = reach,
		  .withdraw = withdraw,
		  .end_of_rib = end_of_rib },
};

static void file_start(struct feed *f)
{
	const struct conf *c = f->d->conf;
	struct mrt_conf conf = {
		.path = f->file_conf->path,
		.as = c->bgp.as,
		.sgi_subtype = c->bgp.sgi_subtype,
	};

	memcpy(conf.name, f->file_conf->name, sizeof(conf.name));
	f->file = mrt_file_create(f->d->base, &conf, &mrt_events, f);
}

/* ---- All ----------------------------------------------------------------- */

static struct feed *feed_add(struct daemon *d, const struct conf_router *router,
			     const struct conf_file *file)
{
	struct feed *f = xcalloc(1, sizeof(*f));

	f->d = d;
	f->router_conf = router;
	f->file_conf = file;
	f->next = d->feeds->list;
	d->feeds->list = f;
	return f;
}

static void feed_free(struct feed *f)
{
	router_stop(f);
	if (f->file)
		mrt_file_destroy(f->file);
	while (f->peers) {
		struct feed_peer *fp = f->peers;

		f->peers = fp->next;
		peer_free(fp);
	}
	free(f);
}

static struct feed *feed_find(const struct daemon *d, bool file,
			      const char *name)
{
	struct feed *f;

	for (f = d->feeds->list; f; f = f->next) {
		if (!f->router_conf == file && !strcmp(name_of(f), name))
			return f;
	}
	return NULL;
}

/* Add what is configured and is not there. */
static void add_all(struct daemon *d)
{
	const struct conf *c = d->conf;
	size_t i;

	for (i = 0; i < c->n_routers; i++) {
		struct feed *f = feed_find(d, false, c->routers[i].bmp.name);

		router_start(f ? f : feed_add(d, &c->routers[i], NULL));
	}
	for (i = 0; i < c->n_files; i++) {
		if (!feed_find(d, true, c->files[i].name))
			file_start(feed_add(d, NULL, &c->files[i]));
	}
}

void feeds_create(struct daemon *d)
{
	d->feeds = xcalloc(1, sizeof(*d->feeds));
	listen_on(d, d->conf);
	add_all(d);
}

void feeds_destroy(struct daemon *d)
{
	while (d->feeds->list) {
		struct feed *f = d->feeds->list;

		d->feeds->list = f->next;
		feed_free(f);
	}
	stop_listening(d);
	free(d->feeds);
	d->feeds = NULL;
}

static bool same_name(const char *a, const char *b)
{
	return !a == !b && (!a || !strcmp(a, b));
}

static bool same_router(const struct conf_router *a,
			const struct conf_router *b)
{
	size_t i;

	if (addr_cmp(&a->bmp.address, &b->bmp.address) ||
	    a->bmp.rib != b->bmp.rib || strcmp(a->bmp.md5, b->bmp.md5) ||
	    a->max_prefixes != b->max_prefixes || !same_name(a->vpn, b->vpn) ||
	    a->n_vrfs != b->n_vrfs)
		return false;
	for (i = 0; i < a->n_vrfs; i++) {
		if (a->vrfs[i].rd != b->vrfs[i].rd ||
		    strcmp(a->vrfs[i].vpn, b->vrfs[i].vpn))
			return false;
	}
	return true;
}

/*
 * What a router said stays, as stale, until it says it again; of VPNs that it
 * is no longer for, until the timer ends.
 */
static bool router_reconfigure(struct feed *f)
{
	const struct conf *c = f->d->conf;
	size_t i;

	for (i = 0; i < c->n_routers; i++) {
		const struct conf_router *to = &c->routers[i];

		if (strcmp(to->bmp.name, name_of(f)))
			continue;
		if (!same_router(f->router_conf, to)) {
			log_info(
				ROOM,
				"%s: configuration changed, it must connect again",
				to->bmp.name);
			router_stop(f);
		}
		f->router_conf = to;
		return true;
	}
	return false;
}

/* One that says the same of itself is read again. */
static bool file_reconfigure(struct feed *f)
{
	const struct conf *c = f->d->conf;
	size_t i;

	for (i = 0; i < c->n_files; i++) {
		const struct conf_file *to = &c->files[i];

		if (strcmp(to->name, name_of(f)))
			continue;
		if (!same_name(f->file_conf->vpn, to->vpn))
			return false;
		f->file_conf = to;
		mrt_file_reconfigure(f->file, to->path, c->bgp.as,
				     c->bgp.sgi_subtype);
		return true;
	}
	return false;
}

void feeds_reconfigure(struct daemon *d)
{
	struct feed **at = &d->feeds->list, *f;

	while ((f = *at)) {
		const char *name = name_of(f);

		if (f->router_conf ? router_reconfigure(f) :
				     file_reconfigure(f)) {
			at = &f->next;
			continue;
		}
		log_info(ROOM, "%s: no longer configured", name);
		*at = f->next;
		feed_free(f);
	}
	add_all(d);
}

void feeds_refresh(struct daemon *d)
{
	struct feed *f;

	for (f = d->feeds->list; f; f = f->next) {
		if (f->router && bmp_router_connected(f->router))
			bmp_router_reset(
				f->router,
				"import targets changed: it must say all again");
	}
}

/* Forget peers that are gone, once their routes are. */
static void forget_peers(struct feed *f)
{
	struct feed_peer **at = &f->peers, *fp;

	while ((fp = *at)) {
		const struct neighbor *nb = fp->first;

		while (nb && !rib_peer_paths(nb->vpn->rib, nb->index))
			nb = nb->sibling;
		if (fp->up || nb) {
			at = &fp->next;
			continue;
		}
		*at = fp->next;
		peer_free(fp);
	}
}

void feeds_tick(struct daemon *d, time_t now)
{
	struct feed *f;

	if (now >= d->retry_at)
		listen_on(d, d->conf);
	for (f = d->feeds->list; f; f = f->next) {
		if (!f->router_conf)
			continue;
		if (now >= d->retry_at)
			router_start(f);
		forget_peers(f);
	}
}

static bool router_complete(const struct feed *f)
{
	const struct feed_peer *fp;
	bool any = false;

	for (fp = f->peers; fp; fp = fp->next) {
		any |= fp->up;
		if (fp->up && fp->who.families & ~fp->ended)
			return false;
	}
	return any;
}

bool feeds_complete(const struct daemon *d)
{
	const struct feed *f;

	for (f = d->feeds->list; f; f = f->next) {
		if (f->router_conf ? !router_complete(f) :
				     mrt_file_state(f->file) != MRT_LOADED)
			return false;
	}
	return true;
}

void feed_json(const struct neighbor *nb, json_t *o)
{
	const struct feed *f = nb->feed->feed;

	json_object_set_new(o, "source",
			    json_string(f->router_conf ? "bmp" : "mrt"));
	json_object_set_new(o, "state",
			    json_string(!f->router_conf ? "replayed" :
					nb->feed->up	? "monitored" :
							  "lost"));
}

static json_t *feed_show(const struct feed *f, json_t *o)
{
	const struct feed_peer *fp;
	const struct neighbor *nb;
	json_int_t routes = 0;

	for (fp = f->peers; fp; fp = fp->next) {
		for (nb = fp->first; nb; nb = nb->sibling)
			routes += (json_int_t)rib_peer_paths(nb->vpn->rib,
							     nb->index);
	}
	json_object_set_new(o, "routes", json_integer(routes));
	json_object_set_new(o, "unused", json_integer((json_int_t)f->unused));
	return o;
}

/* One that cannot connect: nothing listens, or its key is not taken. */
static json_t *refused_json(const struct bmp_router_conf *r)
{
	char address[ADDR_STRLEN];

	return json_pack("{s:s, s:s, s:s, s:s}", "name", r->name, "address",
			 addr_format(&r->address, address), "state", "refused",
			 "last-error", "not listened to: see the log");
}

json_t *feeds_routers_json(const struct daemon *d)
{
	json_t *list = json_array();
	const struct feed *f;

	for (f = d->feeds->list; f; f = f->next) {
		if (f->router_conf)
			json_array_insert_new(
				list, 0,
				feed_show(
					f,
					f->router ?
						bmp_router_json(f->router) :
						refused_json(
							&f->router_conf->bmp)));
	}
	return list;
}

json_t *feeds_files_json(const struct daemon *d)
{
	json_t *list = json_array();
	const struct feed *f;

	for (f = d->feeds->list; f; f = f->next) {
		if (f->file)
			json_array_insert_new(
				list, 0, feed_show(f, mrt_file_json(f->file)));
	}
	return list;
}
