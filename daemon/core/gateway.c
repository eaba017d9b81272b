// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sorted arrays of pointers, by address, by id and by if_id. Gateways are few
 * and change seldom beside entries.
 */
#include "core/gateway.h"

#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/core.h"
#include "core/journal.h"

#define ROOM "gateway"
/* Seconds for which the kernel is not asked again for one that it refused. */
#define REFUSED_MIN 5
/* By then an entry that names it has asked again, see vpn_retry(). */
#define REFUSED_MAX 600
#define TELL_MAX 32 /* refusals that are told one by one */
/* A sweep: ten thousand that are idle at once go in several. */
#define SWEEP_US 10000

/* First place in list whose address is not less. */
static size_t address_place(const struct gateways *g, const struct addr *a)
{
	size_t lo = 0, hi = g->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (addr_cmp(&g->list[mid]->address, a) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static uint32_t number_of(const struct gateway *gw, bool if_id)
{
	return if_id ? gw->if_id : gw->id;
}

/* The same of an array in order of id or if_id. */
static size_t number_place(struct gateway *const *list, size_t n, bool if_id,
			   uint32_t number)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (number_of(list[mid], if_id) < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct gateway *gateways_find(const struct gateways *g, const struct addr *a)
{
	size_t i = address_place(g, a);

	return i < g->n && !addr_cmp(&g->list[i]->address, a) ? g->list[i] :
								NULL;
}

size_t gateways_after(const struct gateways *g, const struct addr *a)
{
	size_t i = address_place(g, a);

	return i < g->n && !addr_cmp(&g->list[i]->address, a) ? i + 1 : i;
}

struct gateway *gateways_by_id(const struct gateways *g, uint32_t id)
{
	size_t i = number_place(g->by_id, g->n, false, id);

	return i < g->n && g->by_id[i]->id == id ? g->by_id[i] : NULL;
}

static bool if_id_taken(const struct gateways *g, uint32_t if_id)
{
	size_t i = number_place(g->by_if_id, g->n, true, if_id);

	return i < g->n && g->by_if_id[i]->if_id == if_id;
}

static void place_in(struct gateway **list, size_t n, size_t at,
		     struct gateway *gw)
{
	memmove(list + at + 1, list + at, (n - at) * sizeof(struct gateway *));
	list[at] = gw;
}

static void place_out(struct gateway **list, size_t n, size_t at)
{
	memmove(list + at, list + at + 1,
		(n - at - 1) * sizeof(struct gateway *));
}

/* Room for one more. */
static bool grow(struct gateways *g, struct gateway ***list)
{
	struct gateway **more = realloc(*list, (g->n + 1) * sizeof(*more));

	if (more)
		*list = more;
	return more;
}

static bool insert(struct gateways *g, struct gateway *gw)
{
	if (!grow(g, &g->list) || !grow(g, &g->by_id) || !grow(g, &g->by_if_id))
		return false;
	place_in(g->list, g->n, address_place(g, &gw->address), gw);
	place_in(g->by_id, g->n, number_place(g->by_id, g->n, false, gw->id),
		 gw);
	place_in(g->by_if_id, g->n,
		 number_place(g->by_if_id, g->n, true, gw->if_id), gw);
	g->n++;
	if (gw->id > g->last_id)
		g->last_id = gw->id;
	return true;
}

/* It is in the kernel, or is needed no more. */
static void not_refused(struct gateways *g, struct gateway *gw)
{
	if (!gw->refusal)
		return;
	free(gw->refusal);
	gw->refusal = NULL;
	if (--g->refused)
		return;
	g->told = 0;
	journal_add(g->journal, LOG_LEVEL_INFO, "restored", NULL, "-",
		    "the kernel refuses none of the gateways now");
}

static void forget(struct gateways *g, struct gateway *gw)
{
	not_refused(g, gw);
	place_out(g->list, g->n, address_place(g, &gw->address));
	place_out(g->by_id, g->n, number_place(g->by_id, g->n, false, gw->id));
	place_out(g->by_if_id, g->n,
		  number_place(g->by_if_id, g->n, true, gw->if_id));
	g->n--;
	free(gw);
}

/*
 * FNV-1a of the address, in the upper half: operators number their own XFRM
 * interfaces from 1.
 */
static uint32_t if_id_choose(const struct gateways *g, const struct addr *a)
{
	uint32_t h = 2166136261u;
	size_t i;

	for (i = 0; i < addr_bits(a->family) / 8; i++)
		h = (h ^ a->b[i]) * 16777619u;
	h |= 0x80000000u;
	while (if_id_taken(g, h))
		h = (h + 1) | 0x80000000u;
	return h;
}

/* In the kernel. */
static bool set(struct gateways *g, const struct gateway *gw, uint8_t mode,
		uint8_t state)
{
	bool done = kern_gateway_set(g->kern, gw->id, mode, state) >= 0;

	g->unsure |= !done;
	return done;
}

static enum ike_mode ike_mode(uint8_t mode)
{
	return mode == CESTEER_MODE_PRE_ESTABLISHED ? IKE_PRE_ESTABLISHED :
						      IKE_ON_DEMAND;
}

static void load(struct gateways *g, struct gateway *gw)
{
	struct ike_gateway_conf c = {
		.address = gw->address,
		.if_id = gw->if_id,
		.mode = ike_mode(gw->mode),
	};

	if (gw->ike)
		return;
	gw->ike = ike_gateway_add(g->ike, &c, gw);
	if (!gw->ike)
		log_error(ROOM, "out of memory: a connection is not loaded");
}

/* It is told once, and asked for again by the entries that name it. */
static void refused(struct gateways *g, struct gateway *gw, time_t now)
{
	bool new = !gw->refusal;
	char buf[ADDR_STRLEN];

	free(gw->refusal);
	gw->refusal = xstrdup(kern_error(g->kern));
	gw->retry_at = now + REFUSED_MIN;
	gw->idle_since = now;
	g->refused += new;
	if (!new || g->told > TELL_MAX)
		return;
	if (g->told++ < TELL_MAX)
		journal_add(
			g->journal, LOG_LEVEL_ERROR, "refused", NULL,
			addr_format(&gw->address, buf),
			"trusted subnets that name no other gateway are discarded: %s",
			gw->refusal);
	else
		journal_add(g->journal, LOG_LEVEL_ERROR, "refused", NULL, "-",
			    "more gateways are refused: see \"show gateways\"");
}

/* Make it in the kernel, then load its connection. */
static void establish(struct gateways *g, struct gateway *gw, time_t now)
{
	struct kern_gateway k = {
		.id = gw->id,
		.if_id = gw->if_id,
		.address = gw->address,
		.mode = gw->mode,
		.state = gw->state,
	};
	char buf[ADDR_STRLEN];

	g->asked++;
	if (kern_gateway_add(g->kern, &k) < 0) {
		refused(g, gw, now);
		return;
	}
	not_refused(g, gw);
	gw->in_kernel = true;
	log_info(ROOM, "%s: new, id %u, if_id 0x%x, %s",
		 addr_format(&gw->address, buf), gw->id, gw->if_id,
		 kern_mode_name(gw->mode));
	load(g, gw);
}

struct gateway *gateways_get(struct gateways *g, const struct addr *a,
			     uint8_t mode, time_t now)
{
	struct gateway *gw = gateways_find(g, a);

	if (gw) {
		if (!gw->in_kernel && now >= gw->retry_at)
			establish(g, gw, now);
		return gw;
	}
	gw = calloc(1, sizeof(*gw));
	if (!gw)
		return NULL;
	gw->address = *a;
	gw->id = g->last_id + 1;
	gw->if_id = if_id_choose(g, a);
	gw->mode = conf_gateway_mode(g->conf, a, mode);
	gw->idle_since = now;
	if (!insert(g, gw)) {
		free(gw);
		return NULL;
	}
	establish(g, gw, now);
	return gw;
}

static int adopt(void *arg, const struct kern_gateway *k)
{
	struct gateways *g = arg;
	struct gateway *gw;

	if (gateways_by_id(g, k->id))
		return 0; /* the dump was started again */
	gw = xcalloc(1, sizeof(*gw));
	gw->address = k->address;
	gw->id = k->id;
	gw->if_id = k->if_id;
	gw->mode = k->mode;
	gw->state = k->state;
	gw->in_kernel = true;
	gw->doubted = k->state == CESTEER_GATEWAY_DOWN;
	gw->idle_since = core_now();
	if (!insert(g, gw)) {
		free(gw);
		return -1;
	}
	return 0;
}

int gateways_adopt(struct gateways *g)
{
	int err = kern_gateways(g->kern, adopt, NULL, g);
	size_t i;

	if (err < 0)
		return err;
	for (i = 0; i < g->n; i++)
		load(g, g->list[i]);
	if (g->n)
		log_info(ROOM, "%zu taken over from the kernel", g->n);
	gateways_reconfigure(g);
	return 0;
}

void gateways_free(struct gateways *g)
{
	size_t i;

	for (i = 0; i < g->n; i++) {
		free(g->list[i]->refusal);
		free(g->list[i]);
	}
	free(g->list);
	free(g->by_id);
	free(g->by_if_id);
	memset(g, 0, sizeof(*g));
}

void gateway_use(struct gateway *gw)
{
	gw->users++;
}

void gateway_unuse(struct gateway *gw, time_t now)
{
	if (!--gw->users)
		gw->idle_since = now;
}

/* What the kernel has beside ours. */
struct audit_gateways {
	struct gateways *g;
	uint32_t *others; /* ids */
	size_t n_others;
};

static int see(void *arg, const struct kern_gateway *k)
{
	struct audit_gateways *a = arg;
	struct gateway *gw = gateways_by_id(a->g, k->id);

	if (!gw || gw->if_id != k->if_id ||
	    addr_cmp(&gw->address, &k->address)) {
		a->others = xrealloc(a->others,
				     (a->n_others + 1) * sizeof(*a->others));
		a->others[a->n_others++] = k->id;
		return 0;
	}
	gw->seen = true;
	gw->altered = k->mode != gw->mode || k->state != gw->state;
	return 0;
}

static void see_again(void *arg)
{
	((struct audit_gateways *)arg)->n_others = 0;
}

/* One that was looked for. Return: it was not as it should be. */
static bool repair(struct gateways *g, struct gateway *gw, const char *who)
{
	const char *what = "changed it: it is set again";
	char buf[ADDR_STRLEN];

	if (!gw->in_kernel && gw->seen) {
		not_refused(g, gw);
		gw->in_kernel = true;
		load(g, gw);
	}
	if (!gw->in_kernel || (gw->seen && !gw->altered))
		return false;
	if (!gw->seen) {
		gw->in_kernel = false;
		gw->retry_at = 0;
		what = "deleted it: it is made again when an entry needs it";
		if (gw->users)
			establish(g, gw, core_now());
	} else if (!set(g, gw, gw->mode, gw->state)) {
		what = "changed it, which cannot be undone now";
	}
	journal_add(g->journal, LOG_LEVEL_WARN, "changed", NULL,
		    addr_format(&gw->address, buf), "somebody else %s: %s",
		    what, who);
	return true;
}

/* Somebody else's. False: it is not to be had as long as entries name it. */
static bool expel(struct gateways *g, uint32_t id, const char *who)
{
	if (kern_gateway_del(g->kern, id) < 0)
		return false;
	journal_add(g->journal, LOG_LEVEL_WARN, "changed", NULL, "-",
		    "somebody else made a gateway, id %u: it is deleted: %s",
		    id, who);
	return true;
}

/* As many as we made: 1, others: 0, or a negative errno. */
static int as_many(const struct gateways *g)
{
	struct kern_info info;
	int err = kern_info(g->kern, &info);
	size_t i, n = 0;

	for (i = 0; i < g->n; i++)
		n += g->list[i]->in_kernel;
	return err < 0 ? err : n == info.gateways;
}

int gateways_audit(struct gateways *g, bool whole, const char *who)
{
	struct audit_gateways a = { .g = g };
	size_t i, n = 0;
	int err;

	err = whole || g->unsure ? 0 : as_many(g);
	if (err)
		return err < 0 ? err : 0;
	for (i = 0; i < g->n; i++)
		g->list[i]->seen = false;
	err = kern_gateways(g->kern, see, see_again, &a);
	if (err >= 0)
		g->unsure = false;
	for (i = 0; err >= 0 && i < g->n; i++)
		n += repair(g, g->list[i], who);
	for (i = 0; err >= 0 && i < a.n_others; i++)
		n += expel(g, a.others[i], who);
	free(a.others);
	return err < 0 ? err : (int)n;
}

/* Connection first: an SA must not outlive what names its if_id. */
static bool dismiss(struct gateways *g, struct gateway *gw)
{
	char buf[ADDR_STRLEN];

	if (gw->ike)
		ike_gateway_del(gw->ike);
	gw->ike = NULL;
	if (gw->in_kernel && kern_gateway_del(g->kern, gw->id) < 0) {
		log_warn(ROOM, "%s: not deleted: %s",
			 addr_format(&gw->address, buf), kern_error(g->kern));
		return false;
	}
	log_info(ROOM, "%s: gone, no entry names it any more",
		 addr_format(&gw->address, buf));
	forget(g, gw);
	return true;
}

/* How long it stays without users. */
static time_t idle_time(const struct gateways *g, const struct gateway *gw)
{
	return gw->refusal ? REFUSED_MAX : (time_t)g->conf->idle_time;
}

bool gateways_sweep(struct gateways *g, time_t now)
{
	uint64_t until = clock_us() + SWEEP_US;
	bool any = false;
	size_t i;

	for (i = g->n; i-- > 0;) {
		struct gateway *gw = g->list[i];

		if (gw->users || (gw->drained && gw->in_kernel) ||
		    now - gw->idle_since < idle_time(g, gw))
			continue;
		if (dismiss(g, gw)) {
			any = true;
		} else {
			load(g, gw);
			gw->idle_since = now;
		}
		if (clock_us() >= until)
			break;
	}
	return any;
}

/* What the VPNs want that name it; what it is where none does. */
static uint8_t demand(const struct gateway *gw)
{
	if (!gw->named)
		return gw->mode;
	return gw->eager ? CESTEER_MODE_PRE_ESTABLISHED :
			   CESTEER_MODE_ON_DEMAND;
}

static void set_mode(struct gateways *g, struct gateway *gw)
{
	uint8_t mode = conf_gateway_mode(g->conf, &gw->address, demand(gw));
	char buf[ADDR_STRLEN];

	if (mode == gw->mode)
		return;
	if (gw->in_kernel && !set(g, gw, mode, gw->state)) {
		log_error(ROOM, "%s: mode not set: %s",
			  addr_format(&gw->address, buf), kern_error(g->kern));
		return;
	}
	gw->mode = mode;
	log_info(ROOM, "%s: now %s", addr_format(&gw->address, buf),
		 kern_mode_name(mode));
	if (gw->ike)
		ike_gateway_set_mode(gw->ike, ike_mode(mode));
}

void gateway_named(struct gateways *g, struct gateway *gw, uint8_t mode, int by)
{
	bool named = gw->named, eager = gw->eager;

	gw->named += (unsigned int)by;
	if (mode == CESTEER_MODE_PRE_ESTABLISHED)
		gw->eager += (unsigned int)by;
	/* Seldom: there may be a million entries. */
	if (named != !!gw->named || eager != !!gw->eager)
		set_mode(g, gw);
}

void gateways_reconfigure(struct gateways *g)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		set_mode(g, g->list[i]);
}

/* Tell the kernel whether entries pass a gateway over. */
static bool set_state(struct gateways *g, struct gateway *gw, uint8_t to)
{
	char buf[ADDR_STRLEN];

	if (gw->in_kernel && !set(g, gw, gw->mode, to)) {
		log_error(ROOM, "%s: state not set: %s",
			  addr_format(&gw->address, buf), kern_error(g->kern));
		return false;
	}
	gw->state = to;
	return true;
}

void gateway_recovered(struct gateways *g, struct gateway *gw)
{
	char buf[ADDR_STRLEN];

	if (!set_state(g, gw, CESTEER_GATEWAY_USABLE))
		return;
	gw->good_since = 0;
	journal_add(g->journal, LOG_LEVEL_INFO, "gateway-usable", NULL,
		    addr_format(&gw->address, buf),
		    "entries that prefer it use it again");
}

void gateway_join(struct gateways *g, struct gateway *gw, time_t now)
{
	char buf[ADDR_STRLEN];

	if (gw->state == CESTEER_GATEWAY_DOWN || !g->conf->hold_up_time ||
	    !set_state(g, gw, CESTEER_GATEWAY_DOWN))
		return;
	gw->good_since = now;
	log_info(ROOM, "%s: passed over for %u s: another serves its entries",
		 addr_format(&gw->address, buf), g->conf->hold_up_time);
}

/* Entries that have another gateway pass it over from now on. */
static void set_down(struct gateways *g, struct gateway *gw, const char *why)
{
	char buf[ADDR_STRLEN];

	/* Where the kernel refuses, gateways_tick() tries again. */
	if (gw->state == CESTEER_GATEWAY_DOWN ||
	    !set_state(g, gw, CESTEER_GATEWAY_DOWN))
		return;
	journal_add(g->journal, LOG_LEVEL_WARN, "gateway-down", NULL,
		    addr_format(&gw->address, buf),
		    "entries that name another one use that: %s", why);
}

void gateway_ike_state(struct gateways *g, struct gateway *gw,
		       enum ike_state state, const char *why, time_t now)
{
	switch (state) {
	case IKE_UP:
	case IKE_REKEYING:
		gw->doubted = false;
		break;
	case IKE_WAITING:
		break;
	case IKE_FAILED:
		gw->doubted = true;
		gw->good_since = 0;
		set_down(g, gw, why);
		return;
	case IKE_LEARNED:
	case IKE_LOADING:
	case IKE_CONNECTING:
		/* Nothing is known: what it was before still counts. */
		gw->good_since = 0;
		return;
	}
	if (gw->state == CESTEER_GATEWAY_DOWN && !gw->doubted &&
	    !gw->good_since && !gw->drained)
		gw->good_since = now;
}

void gateways_tick(struct gateways *g)
{
	size_t i;

	for (i = 0; i < g->n; i++) {
		struct gateway *gw = g->list[i];

		if (!gw->ike || !gw->doubted)
			continue;
		if (ike_gateway_state(gw->ike) == IKE_FAILED)
			set_down(g, gw, "the kernel did not take it before");
		else if (ike_gateway_state(gw->ike) == IKE_WAITING &&
			 gw->state == CESTEER_GATEWAY_DOWN && gw->users)
			ike_gateway_initiate(gw->ike);
	}
}

static bool is_well(const struct gateway *gw)
{
	switch (gw->ike ? ike_gateway_state(gw->ike) : IKE_WAITING) {
	case IKE_UP:
	case IKE_REKEYING:
		return true;
	case IKE_WAITING:
		return !gw->doubted;
	default:
		return false;
	}
}

bool gateway_drain(struct gateways *g, struct gateway *gw, bool drain,
		   char *why, size_t why_len)
{
	char buf[ADDR_STRLEN];

	addr_format(&gw->address, buf);
	if (gw->drained == drain) {
		snprintf(why, why_len, "%s is %s", buf,
			 drain ? "drained already" : "not drained");
		return false;
	}
	if (drain && gw->state != CESTEER_GATEWAY_DOWN &&
	    !set_state(g, gw, CESTEER_GATEWAY_DOWN)) {
		snprintf(why, why_len, "%s: %s", buf, kern_error(g->kern));
		return false;
	}
	gw->drained = drain;
	gw->good_since = 0;
	journal_add(
		g->journal, LOG_LEVEL_WARN,
		drain ? "gateway-drained" : "gateway-undrained", NULL, buf,
		drain ? "by an operator: entries that name another one use that" :
			"by an operator");
	if (drain || !is_well(gw))
		return true;
	/* Where the kernel refuses, targets_recover() tries again. */
	gw->good_since = core_now();
	gateway_recovered(g, gw);
	return true;
}

void gateways_purge(struct gateways *g)
{
	char buf[ADDR_STRLEN];
	size_t i;

	for (i = 0; i < g->n; i++) {
		struct gateway *gw = g->list[i];

		gw->ike = NULL;
		if (gw->in_kernel && kern_gateway_del(g->kern, gw->id) < 0)
			log_error(ROOM, "%s: not deleted: %s",
				  addr_format(&gw->address, buf),
				  kern_error(g->kern));
	}
}
