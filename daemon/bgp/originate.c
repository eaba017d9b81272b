// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What we announce to a neighbor: our own trusted subnets, and nothing that
 * was received. Keeps them in order of route, so that a new set is compared
 * with the old in one pass and only the difference is sent.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "bgp/peer.h"
#include "bgp/sock.h"

enum {
	HOP_RETRY = 2, /* seconds between two looks for a next hop */
	/*
	 * End-of-RIB is held back so long for one: at it a peer forgets what it
	 * kept of us. At boot an address is there after seconds (DAD, a router's
	 * advertisement), and who waits for our End-of-RIB does so for minutes.
	 */
	HOP_WAIT = 30,
};

static int by_route(const void *a, const void *b)
{
	return bgp_origin_route_cmp(a, b);
}

static int by_message(const void *a, const void *b)
{
	return bgp_origin_cmp(a, b);
}

/* An IPv4 address as IPv6 has it: what VPNv6 is sent to over IPv4 (RFC 4659). */
static struct addr mapped(const struct addr *a)
{
	struct addr m = { .family = AF_INET6, .b = { [10] = 0xff, 0xff } };

	memcpy(m.b + 12, a->b, 4);
	return m;
}

/* The next hop to announce for a family: configured, or found. */
static struct addr *next_hop(struct bgp_session *s, uint8_t family)
{
	uint8_t af = bgp_family_of(family)->af;
	struct addr *hop = af == AF_INET6 ? &s->out.next_hop6 :
					    &s->out.next_hop4;

	if (hop->family)
		return hop;
	if (family == BGP_VPNV6 && s->local.family == AF_INET)
		*hop = mapped(&s->local);
	else if (s->local.family == af && !addr_is_link_local(&s->local))
		*hop = s->local;
	else if (!bgp_sock_sibling(&s->local, s->peer->conf.interface, af, hop))
		*hop = (struct addr){ 0 };
	return hop;
}

/*
 * Whether origins of a family can be announced on the session now. If not, they
 * are once there is a next hop.
 */
static bool can_announce(struct bgp_session *s, uint8_t family)
{
	static const struct timeval retry = { .tv_sec = HOP_RETRY };

	if (!(s->families & family))
		return false;
	if (next_hop(s, family)->family) {
		s->hopless &= ~family;
		return true;
	}
	if (!(s->hopless & family))
		log_warn(
			"bgp",
			"%s: our %s subnets wait: no next hop configured, nor found on the link",
			s->peer->conf.name, bgp_family_of(family)->name);
	s->hopless |= family;
	event_add(s->hop, &retry);
	return false;
}

/* Send messages for the origins, in the order of bgp_origin_cmp(). */
static void announce(struct bgp_session *s, const struct bgp_origin *o,
		     size_t n)
{
	uint8_t message[BGP_MSG_EXT_MAX];

	while (n) {
		struct wr w = wr_init(message, s->max_out);
		size_t taken = bgp_announce_encode(&w, &s->out, o, n);

		bgp_session_send(s, &w, message);
		s->peer->out.reached += taken;
		o += taken;
		n -= taken;
	}
}

static void withdraw(struct bgp_session *s, const struct bgp_origin *o,
		     size_t n)
{
	uint8_t message[BGP_MSG_EXT_MAX];

	while (n) {
		struct wr w = wr_init(message, s->max_out);
		size_t taken = bgp_withdraw_encode(&w, o, n);

		bgp_session_send(s, &w, message);
		s->peer->out.withdrawn += taken;
		o += taken;
		n -= taken;
	}
}

/* Keep, of origins, what is of the families of the set. Returns how many. */
static size_t keep_families(struct bgp_origin *o, size_t n, uint8_t families)
{
	size_t kept = 0, i;

	for (i = 0; i < n; i++)
		if (bgp_origin_family(&o[i]) & families)
			o[kept++] = o[i];
	return kept;
}

static uint8_t announceable(struct bgp_session *s, uint8_t families)
{
	unsigned int i;

	for (i = 0; i < BGP_FAMILIES; i++) {
		uint8_t family = bgp_families[i].bit;

		if (families & family && !can_announce(s, family))
			families &= ~family;
	}
	return families;
}

static uint8_t families_of(const struct bgp_origin *o, size_t n)
{
	uint8_t families = 0;

	for (; n; n--, o++)
		families |= bgp_origin_family(o);
	return families;
}

static void fail(struct bgp_session *s)
{
	log_error("bgp", "%s: out of memory", s->peer->conf.name);
	bgp_error_set(&s->error, BGP_ERR_CEASE, BGP_CEASE_RESOURCES,
		      "out of memory", NULL, 0);
	bgp_session_event(s, BGP_EV_BAD_MESSAGE);
}

/* Announce all origins of some families; false when memory is short. */
static bool announce_families(struct bgp_session *s, uint8_t families)
{
	struct bgp_peer *peer = s->peer;
	struct bgp_origin *o;
	size_t n;

	families &= families_of(peer->origins, peer->n_origins);
	families = announceable(s, families);
	if (!families)
		return true;
	o = malloc(peer->n_origins * sizeof(*o));
	if (!o)
		return false;
	memcpy(o, peer->origins, peer->n_origins * sizeof(*o));
	n = keep_families(o, peer->n_origins, families);
	qsort(o, n, sizeof(*o), by_message);
	announce(s, o, n);
	free(o);
	return true;
}

static void end_of_rib(struct bgp_session *s, uint8_t family)
{
	uint8_t message[BGP_MSG_MAX];
	struct wr w = wr_init(message, sizeof(message));

	bgp_end_of_rib_encode(&w, family);
	bgp_session_send(s, &w, message);
}

/* End-of-RIB of what was announced, or has waited for too long. */
static void end_families(struct bgp_session *s)
{
	uint8_t due = s->unended;
	unsigned int i;

	if (bgp_now() < s->wait_until)
		due &= ~s->hopless;
	for (i = 0; i < BGP_FAMILIES; i++)
		if (due & bgp_families[i].bit)
			end_of_rib(s, bgp_families[i].bit);
	s->unended &= ~due;
}

void bgp_originate_all(struct bgp_session *s)
{
	bgp_membership_all(s);
	s->unended = s->families;
	s->wait_until = bgp_now() + HOP_WAIT;
	if (announce_families(s, s->families))
		end_families(s);
	else
		fail(s);
}

void bgp_originate_waiting(struct bgp_session *s)
{
	/* There may be none of a family any more. */
	s->hopless &= families_of(s->peer->origins, s->peer->n_origins);
	if (announce_families(s, s->hopless))
		end_families(s);
	else
		fail(s);
}

/* RFC 7313: where an answer begins and ends. */
static void mark(struct bgp_session *s, uint8_t families, uint8_t subtype)
{
	unsigned int i;

	if (!s->open.enhanced_refresh)
		return;
	for (i = 0; i < BGP_FAMILIES; i++) {
		struct bgp_refresh r = { bgp_families[i].bit, subtype };
		uint8_t message[BGP_MSG_MAX];
		struct wr w = wr_init(message, sizeof(message));

		if (!(families & r.family))
			continue;
		bgp_refresh_encode(&w, &r);
		bgp_session_send(s, &w, message);
	}
}

void bgp_originate_refresh(struct bgp_session *s)
{
	/* What is still being said for the first time is not repeated yet. */
	uint8_t families = s->refresh & ~s->unended;

	/* One at a time, or a peer that does not read fills our memory. */
	if (!families || bgp_conn_queued(&s->conn))
		return;
	s->refresh &= ~families;
	mark(s, families, BGP_REFRESH_BEGIN);
	if (families & BGP_RTC)
		bgp_membership_all(s);
	if (announce_families(s, families))
		mark(s, families, BGP_REFRESH_END);
	else
		fail(s);
}

/* Sort a copy by route, and drop what comes twice. NULL: out of memory. */
static struct bgp_origin *sorted(const struct bgp_origin *o, size_t *n)
{
	struct bgp_origin *copy = malloc((*n + 1) * sizeof(*copy));
	size_t kept = 0, i;

	if (!copy)
		return NULL;
	if (*n)
		memcpy(copy, o, *n * sizeof(*copy));
	qsort(copy, *n, sizeof(*copy), by_route);
	for (i = 0; i < *n; i++)
		if (!kept || by_route(&copy[kept - 1], &copy[i]))
			copy[kept++] = copy[i];
	*n = kept;
	return copy;
}

/*
 * The difference between two sets in order of route: what to announce and
 * what to withdraw. Each has room for all there could be.
 */
static void diff(const struct bgp_origin *old, size_t n_old,
		 const struct bgp_origin *new, size_t n_new,
		 struct bgp_origin *gone, size_t *n_gone,
		 struct bgp_origin *come, size_t *n_come)
{
	size_t i = 0, j = 0;

	*n_gone = 0;
	*n_come = 0;
	while (i < n_old || j < n_new) {
		int c = i == n_old ? 1 :
			j == n_new ? -1 :
				     by_route(&old[i], &new[j]);

		if (c < 0) {
			gone[(*n_gone)++] = old[i++];
			continue;
		}
		if (c > 0 || bgp_origin_cmp(&old[i], &new[j]))
			come[(*n_come)++] = new[j];
		j++;
		i += !c;
	}
}

/* Tell an established peer the difference; false when memory is short. */
static bool tell(struct bgp_session *s, const struct bgp_origin *new, size_t n)
{
	struct bgp_peer *peer = s->peer;
	struct bgp_origin *gone, *come;
	size_t n_gone, n_come;
	bool ok;

	gone = malloc((peer->n_origins + 1) * sizeof(*gone));
	come = malloc((n + 1) * sizeof(*come));
	ok = gone && come;
	if (ok) {
		uint8_t families;

		diff(peer->origins, peer->n_origins, new, n, gone, &n_gone,
		     come, &n_come);
		/* What waits is announced whole, once it can be. */
		families = announceable(s, s->families & ~s->hopless &
						   families_of(come, n_come));
		n_gone = keep_families(gone, n_gone, s->families);
		n_come = keep_families(come, n_come, families);
		qsort(come, n_come, sizeof(*come), by_message);
		/* By another distinguisher it is another route: no gap. */
		announce(s, come, n_come);
		withdraw(s, gone, n_gone);
	}
	free(gone);
	free(come);
	return ok;
}

void bgp_peer_originate(struct bgp_peer *peer, const struct bgp_origin *o,
			size_t n)
{
	struct bgp_origin *new = sorted(o, &n);
	bool ok = true;

	if (!new) {
		log_error("bgp",
			  "%s: out of memory: announcing what was before",
			  peer->conf.name);
		return;
	}
	if (peer->up)
		ok = tell(peer->up, new, n);
	free(peer->origins);
	peer->origins = new;
	peer->n_origins = n;
	/* The next session announces all of it. */
	if (!ok)
		fail(peer->up);
}
