// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * UPDATE messages of other routers' sessions. Keeps no routes. RFC 4271,
 * sections 6.3 and 9.1.2; RFC 4456, section 8; RFC 7606.
 */
#include "bgp/feed.h"

#include <stdlib.h>
#include "base/log.h"
#include "base/mem.h"
#include "bgp/intern.h"
#include "bgp/wire.h"

void bgp_scratch_init(struct bgp_scratch *s)
{
	s->prefixes = xmalloc(BGP_NLRI_MAX * sizeof(*s->prefixes));
	s->as_path = xmalloc(BGP_AS_PATH_MAX);
}

void bgp_scratch_fini(struct bgp_scratch *s)
{
	free(s->prefixes);
	free(s->as_path);
}

/* Withdraw all of a list; how many prefixes. */
static size_t withdraw(struct bgp_feed *f, const struct bgp_scratch *scratch,
		       struct bgp_nlri list)
{
	size_t all = 0, n;
	uint64_t id = 0;

	while (list.family & BGP_FEED_FAMILIES &&
	       (n = bgp_nlri_take(&list, &id, scratch->prefixes))) {
		f->events->withdraw(f->arg, list.family, id, scratch->prefixes,
				    n);
		all += n;
	}
	return all;
}

/* Why the router cannot have used a route, or NULL. */
static const char *ineligible(const struct bgp_feed *f,
			      const struct bgp_path *path)
{
	if (f->own_as &&
	    bgp_as_path_contains(path->as_path.p, path->as_path.len, f->own_as))
		return "the router's own AS is in its AS_PATH";
	if (f->own_id && bgp_path_has(path, BGP_ATTR_ORIGINATOR_ID) &&
	    path->originator_id == f->own_id)
		return "the router is its originator";
	return NULL;
}

static bool tell(struct bgp_feed *f, const struct bgp_scratch *scratch,
		 const struct bgp_path *path, const struct addr *next_hop,
		 struct bgp_nlri list, struct bgp_error *e)
{
	struct bgp_attrs *attrs = bgp_attrs_intern(path, next_hop);
	uint64_t id = 0;
	size_t n;

	if (!attrs) {
		bgp_error_set(e, BGP_ERR_CEASE, BGP_CEASE_RESOURCES,
			      "out of memory", NULL, 0);
		return false;
	}
	while ((n = bgp_nlri_take(&list, &id, scratch->prefixes))) {
		f->reached += n;
		f->events->reach(f->arg, list.family, attrs, id,
				 scratch->prefixes, n);
	}
	bgp_attrs_put(attrs);
	return true;
}

/* What is not used replaces what was before it: it is withdrawn. */
static bool reach(struct bgp_feed *f, const struct bgp_scratch *scratch,
		  const struct bgp_update *u, const struct bgp_nlri *list,
		  const struct addr *next_hop, struct bgp_error *e)
{
	const char *why;
	size_t n;

	if (!list->len || !(list->family & BGP_FEED_FAMILIES))
		return true;
	if (u->faults.verdict == BGP_TREAT_AS_WITHDRAW) {
		f->treated_as_withdrawn += withdraw(f, scratch, *list);
		return true;
	}
	why = ineligible(f, &u->path);
	if (why) {
		n = withdraw(f, scratch, *list);
		log_debug(f->room, "%s: %zu prefixes ignored: %s", f->name, n,
			  why);
		f->looped += n;
		return true;
	}
	return tell(f, scratch, &u->path, next_hop, *list, e);
}

bool bgp_feed_update(struct bgp_feed *f, const struct bgp_scratch *scratch,
		     const uint8_t *body, size_t len, struct bgp_error *e)
{
	struct bgp_update u = {
		.path.as_path = { .p = scratch->as_path,
				  .size = BGP_AS_PATH_MAX },
	};

	f->messages++;
	bgp_update_decode(&u, body, len, &f->ctx, e);
	bgp_fault_log(&f->log, f->room, f->name, &u);
	if (u.faults.verdict == BGP_SESSION_RESET)
		return false;
	if (u.end_of_rib) {
		if (u.end_of_rib & BGP_FEED_FAMILIES)
			f->events->end_of_rib(f->arg, u.end_of_rib);
		return true;
	}
	f->withdrawn += withdraw(f, scratch, u.withdrawn) +
			withdraw(f, scratch, u.path.unreach);
	return reach(f, scratch, &u, &u.reach, &u.path.next_hop, e) &&
	       reach(f, scratch, &u, &u.path.reach, &u.path.mp_next_hop, e);
}
