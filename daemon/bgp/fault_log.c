// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults of UPDATE messages in the log. RFC 7606, section 8: an operator must
 * be able to find out what was wrong.
 */
#include "bgp/fault_log.h"

#include <stdio.h>
#include "base/clock.h"
#include "base/log.h"

enum {
	LINES = 10, /* a minute and sender */
};

/* Begin a minute, where one is over. */
static void keep_time(struct bgp_fault_log *l, const char *room,
		      const char *name)
{
	time_t now = clock_s();

	if (now - l->since < 60)
		return;
	if (l->lines > LINES)
		log_warn(room, "%s: %u more faulty attributes", name,
			 l->lines - LINES);
	l->since = now;
	l->lines = 0;
	l->resets = 0;
}

/*
 * Whether a fault may be logged. The one that ends a session is not among those
 * that others crowd out: no session, held off as it then is, ends so often, but
 * a file may be full of them.
 */
static bool may_log(struct bgp_fault_log *l, const struct bgp_faults *faults,
		    const struct bgp_fault *f)
{
	if (f->verdict == BGP_SESSION_RESET && f == bgp_faults_worst(faults))
		return l->resets++ < LINES;
	return l->lines++ < LINES;
}

static const char *verdict_text(enum bgp_verdict v)
{
	return v == BGP_DISCARD		  ? "attribute discarded" :
	       v == BGP_TREAT_AS_WITHDRAW ? "treated as withdrawn" :
					    "session reset";
}

static void log_fault(const char *room, const char *sender,
		      const struct bgp_fault *f)
{
	char name[BGP_ATTR_NAME], hex[256];

	bgp_hex(f->p, f->len, hex, sizeof(hex));
	log_warn(room, "%s: UPDATE: %s%s%s, %s%s%s", sender,
		 f->type ? bgp_attr_name(f->type, name) : "",
		 f->type ? ": " : "", f->why, verdict_text(f->verdict),
		 f->len ? ": " : "", hex);
}

enum { ODDITY_TEXT = 96 };

static const char *no_host(const struct addr *a, char *text)
{
	char addr[ADDR_STRLEN];

	snprintf(text, ODDITY_TEXT, "identity %s is no host's address, ignored",
		 addr_format(a, addr));
	return text;
}

/* What is odd, though no fault, or NULL; text if need be. */
static const char *oddity(const struct bgp_update *u, char *text)
{
	const struct bgp_sgi_set *set = &u->path.sgi;

	if (u->faults.verdict == BGP_SESSION_RESET)
		return NULL;
	if (u->path.as4_confed)
		return "segments of a confederation in AS4_PATH, ignored";
	if (u->path.more_targets)
		return "more route targets than are looked at: the last ignored";
	if (set->more)
		return "more identities than a route may have: the last ignored";
	if (set->incomplete)
		return "quarters of an IPv6 identity that do not join";
	if (set->unknown)
		return "an identity of an unknown version, ignored";
	if (set->no_host.family)
		return no_host(&set->no_host, text);
	return NULL;
}

void bgp_fault_log(struct bgp_fault_log *l, const char *room, const char *name,
		   const struct bgp_update *u)
{
	char text[ODDITY_TEXT];
	const char *what = oddity(u, text);
	unsigned int i;

	if (u->faults.n || what)
		keep_time(l, room, name);
	for (i = 0; i < u->faults.n; i++) {
		const struct bgp_fault *f = &u->faults.list[i];

		if (may_log(l, &u->faults, f))
			log_fault(room, name, f);
	}
	if (what && l->lines++ < LINES)
		log_warn(room, "%s: UPDATE: %s", name, what);
}
