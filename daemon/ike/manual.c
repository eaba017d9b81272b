// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SAs whose keys are configured: manual keying (RFC 4301, section 4.5.1), for
 * labs and tests, without an IKE daemon. Owns what bears our mark in the
 * kernel: it is compared with what is wanted, and only the difference is
 * changed, so that a restart touches no SA that is as it should be. Looks again
 * every while, as somebody else may flush them.
 *
 * What an earlier life installed, and nobody wants so far, is left until the
 * sweep, as with the IKE daemon's.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/log.h"
#include "base/mem.h"
#include "ike/driver.h"
#include "ike/xfrm.h"

#define PAUSE_S 10 /* between looks */

/* How the gateway's SAs are configured; NULL: they are not, it has IKE's. */
static const struct ike_manual *find(const struct ike_conf *conf,
				     const struct addr *gateway)
{
	size_t i;

	for (i = 0; i < conf->n_manual; i++)
		if (!addr_cmp(&conf->manual[i].gateway, gateway))
			return &conf->manual[i];
	return NULL;
}

static void set_key(struct ike_xfrm_key *key, const char *name,
		    const uint8_t *octet, size_t len)
{
	snprintf(key->name, sizeof(key->name), "%s", name);
	memcpy(key->octet, octet, len);
	key->len = len;
}

/* How the gateway's SA should be; to be wiped. */
static void wanted_sa(const struct ike_gateway *gw, const struct ike_manual *m,
		      bool out, struct ike_xfrm_sa *sa)
{
	const struct addr *own =
		ike_conn_local(&gw->ike->conf, &gw->conf.address);
	const struct ike_blob *key = out ? &m->key_out : &m->key_in;

	memset(sa, 0, sizeof(*sa));
	sa->src = out ? *own : gw->conf.address;
	sa->dst = out ? gw->conf.address : *own;
	sa->spi = out ? m->spi_out : m->spi_in;
	sa->if_id = gw->conf.if_id;
	set_key(&sa->enc, m->suite->enc, key->data, m->suite->enc_len);
	set_key(&sa->auth, m->suite->auth, key->data + m->suite->enc_len,
		m->suite->auth_len);
	sa->auth.icv_bits = m->suite->icv_bits;
}

/* A kernel that is locked down tells no keys: zeros. */
static bool same_key(const struct ike_xfrm_key *a,
		     const struct ike_xfrm_key *told)
{
	static const uint8_t zeros[IKE_XFRM_KEY_MAX];

	return !strcmp(a->name, told->name) && a->len == told->len &&
	       a->icv_bits == told->icv_bits &&
	       (!memcmp(a->octet, told->octet, a->len) ||
		!memcmp(zeros, told->octet, a->len));
}

static bool same_sa(const struct ike_xfrm_sa *a, const struct ike_xfrm_sa *told)
{
	return !addr_cmp(&a->src, &told->src) &&
	       !addr_cmp(&a->dst, &told->dst) && a->spi == told->spi &&
	       a->if_id == told->if_id && same_key(&a->enc, &told->enc) &&
	       same_key(&a->auth, &told->auth);
}

static void wanted_policy(const struct ike_gateway *gw,
			  const struct ike_manual *m, uint8_t family,
			  struct ike_xfrm_policy *p)
{
	memset(p, 0, sizeof(*p));
	p->src = *ike_conn_local(&gw->ike->conf, &gw->conf.address);
	p->dst = gw->conf.address;
	p->family = family;
	p->if_id = gw->conf.if_id;
	p->spi = m->spi_out;
}

void ike_manual_configure(struct ike_gateway *gw)
{
	gw->manual_conf = gw->conf.session ?
				  NULL :
				  find(&gw->ike->conf, &gw->conf.address);
	/* Seldom: there may be ten thousand gateways. */
	if (gw->manual_conf && !gw->manual)
		gw->manual = xcalloc(1, sizeof(*gw->manual));
}

bool ike_manual_has_sas(const struct ike_gateway *gw)
{
	return gw->manual && gw->manual->kept;
}

/*
 * Who keeps SAs by hand: it is wanted, can be reached, and no SA of IKE's is in
 * the way.
 */
static const struct ike_manual *keeps(const struct ike_gateway *gw)
{
	const struct ike_conf *conf = &gw->ike->conf;

	if (!gw->wanted || gw->blocked || gw->conf.session ||
	    !ike_conn_local(conf, &gw->conf.address)->family)
		return NULL;
	return gw->manual_conf;
}

/* A look at what the kernel holds. */
struct look {
	struct ike *ike;
	struct ike_xfrm_sa *sa; /* to be deleted */
	size_t n_sa;
	struct ike_xfrm_policy *policy;
	size_t n_policy;
	bool all; /* is to be deleted */
};

/* True when it is not the business of a gateway that may still be told of. */
static bool stray(const struct look *l, const struct ike_gateway *gw)
{
	return l->all || gw || l->ike->sweep;
}

static void note_sa(struct ike_gateway *gw, bool out,
		    const struct ike_xfrm_sa *sa)
{
	struct ike_sa_child *c = &gw->manual->child;

	if (out) {
		gw->manual->has_out = true;
		c->bytes_out = sa->bytes;
		c->packets_out = sa->packets;
	} else {
		gw->manual->has_in = true;
		c->bytes_in = sa->bytes;
		c->packets_in = sa->packets;
		c->installed = ike_now() - (time(NULL) - (time_t)sa->added);
	}
}

static void look_sa(void *arg, const struct ike_xfrm_sa *sa)
{
	const struct ike_manual *m = NULL;
	struct look *l = arg;
	struct ike_gateway *gw = ike_gw_holder(l->ike, &sa->dst);
	bool out = gw, right = false;
	struct ike_xfrm_sa want;

	if (!gw)
		gw = ike_gw_holder(l->ike, &sa->src);
	if (gw)
		m = keeps(gw);
	if (m && !l->all) {
		wanted_sa(gw, m, out, &want);
		right = same_sa(&want, sa);
		explicit_bzero(&want, sizeof(want));
	}
	if (right) {
		note_sa(gw, out, sa);
	} else if (stray(l, gw)) {
		l->sa = xrealloc(l->sa, (l->n_sa + 1) * sizeof(*l->sa));
		l->sa[l->n_sa] =
			(struct ike_xfrm_sa){ .dst = sa->dst, .spi = sa->spi };
		l->n_sa++;
	}
}

static void look_policy(void *arg, const struct ike_xfrm_policy *p)
{
	struct look *l = arg;
	struct ike_gateway *gw = ike_gw_holder(l->ike, &p->dst);
	const struct ike_manual *m = gw ? keeps(gw) : NULL;
	struct ike_xfrm_policy want;
	bool right = false;

	if (m && !l->all) {
		wanted_policy(gw, m, p->family, &want);
		right = !addr_cmp(&want.src, &p->src) &&
			want.if_id == p->if_id && want.spi == p->spi;
	}
	if (right && p->family == AF_INET) {
		gw->manual->has_policy4 = true;
	} else if (right) {
		gw->manual->has_policy6 = true;
	} else if (stray(l, gw)) {
		l->policy = xrealloc(l->policy,
				     (l->n_policy + 1) * sizeof(*l->policy));
		l->policy[l->n_policy++] = *p;
	}
}

/*
 * Policies first: without one nothing is asked of the IKE daemon. False: some of
 * it stays.
 */
static bool clear(struct look *l)
{
	struct ike_xfrm *x = l->ike->manual.xfrm;
	char text[ADDR_STRLEN];
	size_t i, left = 0;
	int err;

	for (i = 0; i < l->n_policy; i++) {
		err = ike_xfrm_policy_del(x, &l->policy[i]);
		if (!err || err == -ENOENT)
			continue;
		left++;
		log_warn("ike", "policy for %s not removed: %s",
			 addr_format(&l->policy[i].dst, text), strerror(-err));
	}
	for (i = 0; i < l->n_sa; i++) {
		err = ike_xfrm_sa_del(x, &l->sa[i]);
		addr_format(&l->sa[i].dst, text);
		if (err && err != -ESRCH) {
			left++;
			log_warn("ike", "SA 0x%08x to %s not removed: %s",
				 l->sa[i].spi, text, strerror(-err));
		} else {
			log_info("ike", "manual SA 0x%08x to %s removed",
				 l->sa[i].spi, text);
		}
	}
	free(l->policy);
	free(l->sa);
	return !left;
}

static void blame(struct ike_gateway *gw, int err, const char *what,
		  uint32_t spi)
{
	const char *why = err == -EEXIST ? "another one is in its place" :
			  err == -ENOENT ? "this kernel lacks its algorithms" :
					   strerror(-err);

	snprintf(gw->manual->why, sizeof(gw->manual->why),
		 "%s 0x%08x is refused: %s", what, spi, why);
}

static bool install_sa(struct ike_gateway *gw, const struct ike_manual *m,
		       bool out)
{
	struct ike_xfrm_sa sa;
	int err;

	wanted_sa(gw, m, out, &sa);
	err = ike_xfrm_sa_add(gw->ike->manual.xfrm, &sa);
	explicit_bzero(&sa, sizeof(sa));
	if (err)
		blame(gw, err, out ? "outbound SA" : "inbound SA",
		      out ? m->spi_out : m->spi_in);
	return !err;
}

static bool install_policy(struct ike_gateway *gw, const struct ike_manual *m,
			   uint8_t family)
{
	struct ike_xfrm_policy p;
	int err;

	wanted_policy(gw, m, family, &p);
	err = ike_xfrm_policy_add(gw->ike->manual.xfrm, &p);
	if (err)
		blame(gw, err, "policy of if_id", p.if_id);
	return !err;
}

static bool install(struct ike_gateway *gw, const struct ike_manual *m)
{
	bool whole = gw->manual->has_in && gw->manual->has_out;
	char text[ADDR_STRLEN];

	gw->manual->why[0] = 0;
	if ((!gw->manual->has_in && !install_sa(gw, m, false)) ||
	    (!gw->manual->has_out && !install_sa(gw, m, true)) ||
	    (!gw->manual->has_policy4 && !install_policy(gw, m, AF_INET)) ||
	    (!gw->manual->has_policy6 && !install_policy(gw, m, AF_INET6)))
		return false;
	if (!whole)
		log_info("ike", "gateway %s: manual SAs 0x%08x, 0x%08x",
			 addr_format(&gw->conf.address, text), m->spi_in,
			 m->spi_out);
	return true;
}

static void keep(struct ike_gateway *gw)
{
	const struct ike_manual *m = keeps(gw);
	struct ike_sa_child *c;

	if (!gw->manual)
		return;
	c = &gw->manual->child;
	/* Its policies have the same key as IKE's: those must go first. */
	if (m && (gw->has_conn || gw->may_have_sas || gw->step != STEP_NONE)) {
		ike_gw_update(gw);
		return;
	}
	if (!m || !install(gw, m)) {
		if (!m && !gw->manual->kept)
			return;
		if (gw->manual->kept)
			gw->sas.n = 0;
		gw->manual->kept = false;
		ike_gw_update(gw);
		return;
	}
	if (!gw->manual->has_in)
		c->installed = ike_now();
	c->id = m->spi_in;
	c->phase = SA_THERE;
	c->if_id = gw->conf.if_id;
	c->spi_in = m->spi_in;
	c->spi_out = m->spi_out;
	c->manual = true;
	snprintf(c->cipher, sizeof(c->cipher), "%s", m->suite->name);
	gw->sas.n = 0;
	ike_sa_set_put(&gw->sas, c);
	gw->manual->kept = true;
	ike_gw_update(gw);
}

static void forget(struct ike_gateway *gw)
{
	struct ike_manual_state *s = gw->manual;

	if (!s)
		return;
	s->has_in = false;
	s->has_out = false;
	s->has_policy4 = false;
	s->has_policy6 = false;
	memset(&s->child, 0, sizeof(s->child));
}

static void fail(struct ike_gateway *gw)
{
	if (!keeps(gw))
		return;
	snprintf(gw->manual->why, sizeof(gw->manual->why),
		 "the kernel's SAs cannot be looked at: %s",
		 strerror(gw->ike->manual.err));
	ike_gw_update(gw);
}

static int look(struct look *l)
{
	int err;

	if (!l->ike->manual.xfrm)
		l->ike->manual.xfrm = ike_xfrm_open();
	if (!l->ike->manual.xfrm)
		return errno;
	err = ike_xfrm_policies(l->ike->manual.xfrm, look_policy, l);
	if (!err)
		err = ike_xfrm_sas(l->ike->manual.xfrm, look_sa, l);
	return -err;
}

void ike_manual_check(struct ike *ike)
{
	static const struct timeval pause = { PAUSE_S, 0 };
	static const struct timeval again = { 0, 100000 };
	struct look l = { .ike = ike };

	/* Nothing of ours: one look, for what an earlier life left. */
	if (!ike->conf.n_manual && !ike->manual.used &&
	    (!ike->sweep || ike->manual.swept))
		return;
	ike_each(ike, forget);
	ike->manual.err = look(&l);
	event_add(ike->manual.timer,
		  ike->manual.err == EAGAIN ? &again : &pause);
	if (ike->manual.err) {
		free(l.policy);
		free(l.sa);
		if (ike->manual.err != EAGAIN)
			ike_each(ike, fail);
		return;
	}
	clear(&l);
	ike->manual.swept = ike->sweep;
	ike->manual.used = ike->conf.n_manual;
	ike_each(ike, keep);
}

bool ike_session_protected(struct ike *ike, const struct addr *local,
			   const struct addr *remote)
{
	if (!ike->manual.xfrm)
		ike->manual.xfrm = ike_xfrm_open();
	return ike->manual.xfrm &&
	       ike_xfrm_takes_tcp(ike->manual.xfrm, remote, local);
}

void ike_manual_soon(struct ike *ike)
{
	static const struct timeval now = { 0, 0 };

	event_add(ike->manual.timer, &now);
}

bool ike_manual_flush(struct ike *ike)
{
	struct look l = { .ike = ike, .all = true };
	int err;

	if (!ike->conf.n_manual && !ike->manual.used)
		return true;
	err = look(&l);
	if (err)
		log_warn("ike", "manual SAs are not removed: %s",
			 strerror(err));
	return (!ike->manual.xfrm || clear(&l)) && !err;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	ike_manual_check(arg);
}

int ike_manual_init(struct ike *ike)
{
	ike->manual.timer = evtimer_new(ike->base, on_timer, ike);
	if (!ike->manual.timer)
		return -ENOMEM;
	if (ike->conf.n_manual)
		ike_manual_soon(ike);
	return 0;
}

void ike_manual_fini(struct ike *ike)
{
	if (ike->manual.timer)
		event_free(ike->manual.timer);
	ike_xfrm_close(ike->manual.xfrm);
}
