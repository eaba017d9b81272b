// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Route targets and VPNs. RFC 4364, section 4.3; RFC 4684.
 */
#include "core/import.h"

#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/mem.h"
#include "bgp/target.h"
#include "core/feed.h"

#define ROOM "import"

static bool decide(const struct conf_vpn *c, const struct bgp_attrs *attrs)
{
	const struct bgp_target *t = bgp_attrs_targets(attrs);
	size_t i, k;

	for (i = 0; i < attrs->n_targets; i++) {
		for (k = 0; k < c->n_imports; k++) {
			if (!bgp_target_cmp(&t[i], &c->imports[k]))
				return true;
		}
	}
	return false;
}

void import_forget(struct vpn *v)
{
	if (v->told.attrs)
		bgp_attrs_put(v->told.attrs);
	v->told.attrs = NULL;
}

bool import_wants(struct vpn *v, struct bgp_attrs *attrs)
{
	const struct conf_vpn *c = v->conf;

	if (!attrs->vpn || !attrs->n_targets || !c->n_imports)
		return false;
	if (v->told.attrs != attrs) {
		import_forget(v);
		v->told.attrs = bgp_attrs_get(attrs);
		v->told.wanted = decide(c, attrs);
	}
	return v->told.wanted;
}

void import_tell(struct daemon *d, struct bgp_peer *peer)
{
	struct bgp_target *all;
	size_t i, n = 0, kept = 0;

	for (i = 0; i < d->conf->n_vpns; i++)
		n += d->conf->vpns[i].n_imports;
	all = xcalloc(n + 1, sizeof(*all));
	for (i = 0, n = 0; i < d->conf->n_vpns; i++) {
		const struct conf_vpn *c = &d->conf->vpns[i];

		if (c->n_imports)
			memcpy(all + n, c->imports,
			       c->n_imports * sizeof(*all));
		n += c->n_imports;
	}
	qsort(all, n, sizeof(*all), bgp_target_cmp);
	for (i = 0; i < n; i++) {
		if (!kept || bgp_target_cmp(&all[kept - 1], &all[i]))
			all[kept++] = all[i];
	}
	bgp_peer_import(peer, all, kept);
	free(all);
}

bool import_differs(const struct conf *a, const struct conf *b)
{
	size_t i, k;

	if (a->n_vpns != b->n_vpns)
		return true;
	for (i = 0; i < a->n_vpns; i++) {
		const struct conf_vpn *x = &a->vpns[i], *y = &b->vpns[i];

		/* With another table it is another VPN, that was told nothing. */
		if (strcmp(x->name, y->name) || x->table != y->table ||
		    x->n_imports != y->n_imports)
			return true;
		for (k = 0; k < x->n_imports; k++) {
			if (bgp_target_cmp(&x->imports[k], &y->imports[k]))
				return true;
		}
	}
	return false;
}

/* All first, then they go: the paths of an entry that changes have no order. */
static bool drop_unwanted(struct vpn *v, struct rib_entry *e)
{
	struct rib_path p, *gone = NULL;
	size_t at = 0, n = 0, size = 0, i;
	struct prefix prefix;

	while (rib_entry_path(v->rib, e, &at, &p)) {
		if (!v->neighbors[p.peer]->shared || import_wants(v, p.attrs))
			continue;
		if (n == size) {
			size = size ? 2 * size : 8;
			gone = xrealloc(gone, size * sizeof(*gone));
		}
		gone[n++] = p;
	}
	rib_entry_prefix(e, &prefix);
	for (i = 0; i < n; i++)
		rib_withdraw(v->rib, gone[i].peer, gone[i].id, &prefix);
	free(gone);
	return n;
}

void import_changed(struct daemon *d)
{
	size_t i, k;

	feeds_refresh(d);
	for (i = 0; i < d->n_vpns; i++) {
		struct vpn *v = d->vpns[i];

		pass_start(v, PASS_IMPORT, drop_unwanted, NULL);
		for (k = 0; k < v->n_neighbors; k++) {
			struct neighbor *nb = v->neighbors[k];

			/* A session once, though several VPNs share it. */
			if (!nb || !nb->shared || !nb->peer ||
			    bgp_peer_user(nb->peer) != nb)
				continue;
			import_tell(d, nb->peer);
			if (bgp_peer_state(nb->peer) == BGP_ESTABLISHED &&
			    !bgp_peer_refresh(nb->peer))
				log_warn(
					ROOM,
					"%s: cannot be asked again for routes that were not wanted before: its session must be reset",
					nb->conf->name);
		}
	}
}
