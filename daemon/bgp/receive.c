// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an UPDATE of an established session means: prefixes withdrawn and
 * reached, told to the listener, faults told to the log. Keeps no routes. RFC
 * 4271, sections 6.3 and 9.1.2; RFC 4456, section 8; RFC 7606.
 */
#include <stdio.h>
#include "base/log.h"
#include "bgp/intern.h"
#include "bgp/peer.h"
#include "bgp/update.h"

enum {
	FAULTS_LOGGED = 10, /* a minute and session */
};

/* Whether one more line may be logged. */
static bool may_log(struct bgp_session *s)
{
	time_t now = bgp_now();

	if (now - s->faults_since >= 60) {
		if (s->faults > FAULTS_LOGGED)
			log_warn("bgp", "%s: %u more faulty attributes",
				 s->peer->conf.name, s->faults - FAULTS_LOGGED);
		s->faults_since = now;
		s->faults = 0;
	}
	return s->faults++ < FAULTS_LOGGED;
}

static const char *verdict_text(enum bgp_verdict v)
{
	return v == BGP_DISCARD		  ? "attribute discarded" :
	       v == BGP_TREAT_AS_WITHDRAW ? "treated as withdrawn" :
					    "session reset";
}

static void log_faults(struct bgp_session *s, const struct bgp_faults *f)
{
	char name[BGP_ATTR_NAME], hex[256];
	unsigned int i;

	for (i = 0; i < f->n; i++) {
		const struct bgp_fault *fault = &f->list[i];

		if (!may_log(s))
			continue;
		bgp_hex(fault->p, fault->len, hex, sizeof(hex));
		log_warn("bgp", "%s: UPDATE: %s%s%s, %s%s%s",
			 s->peer->conf.name,
			 fault->type ? bgp_attr_name(fault->type, name) : "",
			 fault->type ? ": " : "", fault->why,
			 verdict_text(fault->verdict), fault->len ? ": " : "",
			 hex);
	}
}

static void log_identities(struct bgp_session *s, const struct bgp_sgi_set *set)
{
	const char *what = NULL;

	if (set->more)
		what = "more identities than a route may have: the last ignored";
	else if (set->incomplete)
		what = "quarters of an IPv6 identity that do not join";
	else if (set->unknown)
		what = "an identity of an unknown version, ignored";
	if (what && may_log(s))
		log_warn("bgp", "%s: UPDATE: %s", s->peer->conf.name, what);
}

/* Why a route must not be used although nothing is wrong with it, or NULL. */
static const char *ineligible(const struct bgp_session *s,
			      const struct bgp_path *path,
			      const struct addr *next_hop)
{
	const struct bgp_speaker_conf *conf = &s->peer->speaker->conf;

	if (bgp_as_path_contains(path->as_path.p, path->as_path.len, conf->as))
		return "our own AS is in its AS_PATH";
	if (bgp_path_has(path, BGP_ATTR_ORIGINATOR_ID) &&
	    path->originator_id == conf->router_id)
		return "we are its originator";
	if (!addr_cmp(next_hop, &s->local))
		return "its next hop is our own address";
	return NULL;
}

static void tell_withdraw(struct bgp_session *s, const struct prefix *p,
			  size_t n)
{
	struct bgp_speaker *speaker = s->peer->speaker;

	if (n && speaker->events.withdraw)
		speaker->events.withdraw(speaker->arg, s->peer, p, n);
}

static void withdraw(struct bgp_session *s, const struct bgp_nlri *list)
{
	struct prefix *p = s->peer->speaker->prefixes;
	size_t n = bgp_nlri_decode(list, p);

	s->peer->in.withdrawn += n;
	tell_withdraw(s, p, n);
}

static bool tell_reach(struct bgp_session *s, const struct bgp_path *path,
		       const struct addr *next_hop, const struct prefix *p,
		       size_t n)
{
	struct bgp_speaker *speaker = s->peer->speaker;
	struct bgp_attrs *attrs = bgp_attrs_intern(path, next_hop);

	if (!attrs) {
		bgp_error_set(&s->error, BGP_ERR_CEASE, BGP_CEASE_RESOURCES,
			      "out of memory", NULL, 0);
		return false;
	}
	if (speaker->events.reach)
		speaker->events.reach(speaker->arg, s->peer, attrs, p, n);
	bgp_attrs_put(attrs);
	return true;
}

/*
 * A route that is not used replaces the one before it all the same (RFC 4271,
 * section 9): to the listener, it is withdrawn.
 */
static bool reach(struct bgp_session *s, const struct bgp_update *u,
		  const struct bgp_nlri *list, const struct addr *next_hop)
{
	struct prefix *p = s->peer->speaker->prefixes;
	const char *why;
	size_t n;

	if (!list->len)
		return true;
	n = bgp_nlri_decode(list, p);
	s->peer->in.reached += n;
	if (u->faults.verdict == BGP_TREAT_AS_WITHDRAW) {
		s->peer->treated_as_withdrawn += n;
		tell_withdraw(s, p, n);
		return true;
	}
	why = ineligible(s, &u->path, next_hop);
	if (why) {
		log_debug("bgp", "%s: %zu prefixes ignored: %s",
			  s->peer->conf.name, n, why);
		s->peer->looped += n;
		tell_withdraw(s, p, n);
		return true;
	}
	return tell_reach(s, &u->path, next_hop, p, n);
}

static void end_of_rib(struct bgp_session *s, uint8_t family)
{
	struct bgp_speaker *speaker = s->peer->speaker;

	log_debug("bgp", "%s: End-of-RIB, %s", s->peer->conf.name,
		  family == BGP_IPV6 ? "IPv6" : "IPv4");
	if (speaker->events.end_of_rib)
		speaker->events.end_of_rib(speaker->arg, s->peer,
					   family == BGP_IPV6 ? AF_INET6 :
								AF_INET);
}

bool bgp_receive_update(struct bgp_session *s, const uint8_t *body, size_t len)
{
	struct bgp_update u = {
		.path.as_path = { .p = s->peer->speaker->as_path,
				  .size = BGP_AS_PATH_MAX },
	};

	bgp_update_decode(&u, body, len, &s->in, &s->error);
	if (u.faults.n)
		log_faults(s, &u.faults);
	if (u.faults.verdict == BGP_SESSION_RESET)
		return false;
	if (u.end_of_rib) {
		end_of_rib(s, u.end_of_rib);
		return true;
	}
	log_identities(s, &u.path.sgi);
	withdraw(s, &u.withdrawn);
	withdraw(s, &u.path.unreach);
	return reach(s, &u, &u.reach, &u.path.next_hop) &&
	       reach(s, &u, &u.path.reach, &u.path.mp_next_hop);
}
