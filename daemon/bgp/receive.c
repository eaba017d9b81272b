// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an UPDATE of an established session means: prefixes withdrawn and
 * reached, told to the listener, faults told to the log. Keeps no routes. RFC
 * 4271, sections 6.3 and 9.1.2; RFC 4456, section 8; RFC 7606.
 */
#include "base/log.h"
#include "bgp/intern.h"
#include "bgp/peer.h"
#include "bgp/update.h"

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

static void withdraw_run(struct bgp_session *s, uint64_t id,
			 const struct prefix *p, size_t n)
{
	struct bgp_speaker *speaker = s->peer->speaker;

	if (speaker->events.withdraw)
		speaker->events.withdraw(speaker->arg, s->peer, id, p, n);
}

/* Withdraw all of a list; how many prefixes. */
static size_t withdraw_list(struct bgp_session *s, struct bgp_nlri list)
{
	struct prefix *p = s->peer->speaker->prefixes;
	size_t all = 0, n;
	uint64_t id = 0;

	/* Which targets a peer is interested in is not ours to keep. */
	if (list.family == BGP_RTC)
		return 0;
	while ((n = bgp_nlri_take(&list, &id, p))) {
		withdraw_run(s, id, p, n);
		all += n;
	}
	return all;
}

static bool end_with(struct bgp_session *s, uint8_t subcode, const char *why,
		     const void *data, size_t len)
{
	bgp_error_set(&s->error, BGP_ERR_CEASE, subcode, why, data, len);
	return false;
}

/* RFC 4486, section 4: AFI, SAFI and the limit are quoted. */
static bool too_many(struct bgp_session *s, uint8_t family)
{
	const struct bgp_family *f = bgp_family_of(family);
	uint8_t data[7];
	struct wr w = wr_init(data, sizeof(data));

	wr_u16(&w, f->afi);
	wr_u8(&w, f->safi);
	wr_u32(&w, s->peer->conf.max_prefixes);
	bgp_peer_hold_off(s->peer);
	return end_with(s, BGP_CEASE_MAX_PREFIXES,
			"more prefixes than it may announce", data,
			sizeof(data));
}

static bool tell_reach(struct bgp_session *s, const struct bgp_path *path,
		       const struct addr *next_hop, struct bgp_nlri list)
{
	struct bgp_speaker *speaker = s->peer->speaker;
	struct bgp_attrs *attrs = bgp_attrs_intern(path, next_hop);
	struct prefix *p = speaker->prefixes;
	uint64_t id = 0;
	size_t n;

	if (!attrs)
		return end_with(s, BGP_CEASE_RESOURCES, "out of memory", NULL,
				0);
	while (!s->peer->over && (n = bgp_nlri_take(&list, &id, p))) {
		s->peer->in.reached += n;
		if (speaker->events.reach)
			speaker->events.reach(speaker->arg, s->peer, attrs, id,
					      p, n);
	}
	bgp_attrs_put(attrs);
	return !s->peer->over || too_many(s, list.family);
}

/*
 * A route that is not used replaces the one before it all the same (RFC 4271,
 * section 9): to the listener, it is withdrawn.
 */
static bool reach(struct bgp_session *s, const struct bgp_update *u,
		  const struct bgp_nlri *list, const struct addr *next_hop)
{
	const char *why;
	size_t n;

	if (!list->len || list->family == BGP_RTC)
		return true;
	if (u->faults.verdict == BGP_TREAT_AS_WITHDRAW) {
		n = withdraw_list(s, *list);
		s->peer->in.reached += n;
		s->peer->treated_as_withdrawn += n;
		return true;
	}
	why = ineligible(s, &u->path, next_hop);
	if (why) {
		n = withdraw_list(s, *list);
		log_debug("bgp", "%s: %zu prefixes ignored: %s",
			  s->peer->conf.name, n, why);
		s->peer->in.reached += n;
		s->peer->looped += n;
		return true;
	}
	return tell_reach(s, &u->path, next_hop, *list);
}

void bgp_receive_end(struct bgp_session *s, uint8_t family, const char *what)
{
	const struct bgp_family *f = bgp_family_of(family);
	struct bgp_speaker *speaker = s->peer->speaker;

	log_debug("bgp", "%s: %s, %s", s->peer->conf.name, what, f->name);
	if (family != BGP_RTC && speaker->events.end_of_rib)
		speaker->events.end_of_rib(speaker->arg, s->peer, f->af);
}

bool bgp_receive_update(struct bgp_session *s, const uint8_t *body, size_t len)
{
	struct bgp_update u = {
		.path.as_path = { .p = s->peer->speaker->as_path,
				  .size = BGP_AS_PATH_MAX },
	};

	bgp_update_decode(&u, body, len, &s->in, &s->error);
	bgp_fault_log(&s->faults, "bgp", s->peer->conf.name, &u);
	if (u.faults.verdict == BGP_SESSION_RESET)
		return false;
	if (u.end_of_rib) {
		s->ended |= u.end_of_rib;
		bgp_receive_end(s, u.end_of_rib, "End-of-RIB");
		return true;
	}
	s->peer->in.withdrawn += withdraw_list(s, u.withdrawn) +
				 withdraw_list(s, u.path.unreach);
	return reach(s, &u, &u.reach, &u.path.next_hop) &&
	       reach(s, &u, &u.path.reach, &u.path.mp_next_hop);
}
