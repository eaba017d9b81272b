/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one VPN's neighbors say: prefix -> paths, made for a million prefixes.
 *
 * Entries live in slabs and never move; a hash table of 32-bit handles finds
 * them. An entry holds one path itself, when its id is 0; others are in a
 * list. An entry of an IPv4 prefix takes 24 octets and 6 to 11 of the hash
 * table.
 *
 * Every change puts its entry on a queue; the owner takes entries from it and
 * acts (rib_dirty_next). Beside the paths an entry carries, for the owner, a
 * number (what is installed for it), a flag, pinned, which keeps it though it
 * has no path (a static entry), and nine marks of the owner's choice.
 *
 * An entry goes when it has no path, no number, is not pinned and not queued.
 * No descriptor is touched here, and nobody is called back.
 */
#ifndef CESTEER_RIB_RIB_H
#define CESTEER_RIB_RIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/addr.h"
#include "bgp/bgp.h"

/* Neighbors of one VPN. */
#define RIB_PEERS_MAX 1024
/* Paths of one neighbor to one prefix; with those that are stale, twice that. */
#define RIB_PATHS_MAX 64

struct rib;
struct rib_entry;

struct rib_path {
	struct bgp_attrs *attrs; /* the rib's reference */
	uint64_t id; /* tells a neighbor's paths to one prefix apart */
	uint32_t since; /* seconds, the caller's clock */
	uint16_t peer;
	bool stale; /* its session is gone, it may come back */
	bool behind; /* stale, and any that is not comes before it */
};

/* What the decision needs to know of a neighbor. */
struct rib_peer {
	struct addr address;
	uint32_t router_id; /* host byte order */
	bool ebgp;
};

/* NULL when memory is short. seed: keys the hash, of the caller's choice. */
struct rib *rib_create(uint64_t seed);
void rib_destroy(struct rib *r);
/* peer < RIB_PEERS_MAX; may be set again (a session with another router). */
void rib_peer_set(struct rib *r, uint16_t peer, const struct rib_peer *info);
const struct rib_peer *rib_peer(const struct rib *r, uint16_t peer);

/*
 * A neighbor's path to a prefix, in the place of the one it had by that id. A
 * reference of attrs is taken. 0, or -ENOMEM (nothing is changed), or, where
 * the neighbor has RIB_PATHS_MAX others that are not stale,
 *	1	one of these, without an identity, went for it: it has one
 *	-ENOSPC	it has none, or they all have one: nothing is changed
 * so that a prefix that has a path with an identity is not without one.
 */
int rib_reach(struct rib *r, uint16_t peer, uint64_t id, const struct prefix *p,
	      struct bgp_attrs *attrs, uint32_t now);
/* False when the neighbor had none. */
bool rib_withdraw(struct rib *r, uint16_t peer, uint64_t id,
		  const struct prefix *p);
/* True when what it says of another path to the prefix may be -ENOSPC. */
bool rib_full(struct rib *r, uint16_t peer, const struct prefix *p);
/*
 * All paths of a neighbor, of a family (0: both), are stale from now on; how
 * many there are.
 */
size_t rib_stale(struct rib *r, uint16_t peer, uint8_t family);
/*
 * Whether a neighbor's stale paths of a family (0: both), those of now and of
 * later, rank behind all that are not stale, as RFC 4271 (section 8.2.2) would
 * have deleted them; else they are as good as others (RFC 4724, section 4.2).
 * True when that changes for some that there are: entries that are contested
 * have to be decided about again, which is the caller's to see to.
 */
bool rib_demote(struct rib *r, uint16_t peer, uint8_t family, bool behind);
/*
 * A neighbor's paths of a family (0: both), the stale ones only or all, are
 * gone from now on; how many. At once, for whoever looks at an entry; what is
 * still to be done about each, that it is queued, rib_tidy() does.
 */
size_t rib_sweep(struct rib *r, uint16_t peer, uint8_t family, bool stale_only);
/*
 * Look at so many entries for paths that are gone. True: there are more, to be
 * looked at later, whatever is said and swept meanwhile.
 */
bool rib_tidy(struct rib *r, size_t n);

struct rib_entry *rib_find(struct rib *r, const struct prefix *p);
/* Found or made; NULL when memory is short. Queued when made. */
struct rib_entry *rib_get(struct rib *r, const struct prefix *p);
void rib_pin(struct rib *r, struct rib_entry *e, bool pinned);
/* The owner's number; 0 is none. May free the entry. */
void rib_install(struct rib *r, struct rib_entry *e, uint32_t number);

void rib_dirty(struct rib *r, struct rib_entry *e);
/*
 * Take the next entry off the queue, or NULL. It stays until rib_settle() or
 * rib_install() is called on it, also when it has become empty.
 */
struct rib_entry *rib_dirty_next(struct rib *r);
void rib_settle(struct rib *r, struct rib_entry *e);
size_t rib_dirty_count(const struct rib *r);

/*
 * A walk over all entries, in no order. *cursor is 0 at first; NULL at the
 * end. An entry that is there all the time is seen exactly once, whatever
 * changes between the calls.
 */
struct rib_entry *rib_walk(struct rib *r, size_t *cursor);
/* Whether a walk that is there has passed the entry, or its place. */
bool rib_walked(const struct rib_entry *e, size_t cursor);

void rib_entry_prefix(const struct rib_entry *e, struct prefix *p);
/*
 * The paths, one a call and in no order; *at is 0 at first, then the rib's own.
 * Between the calls nothing may be said, withdrawn or tidied.
 */
bool rib_entry_path(const struct rib *r, const struct rib_entry *e, size_t *at,
		    struct rib_path *p);
/* True when it has several paths, also such as are gone: their order counts. */
bool rib_entry_contested(const struct rib *r, const struct rib_entry *e);
uint32_t rib_entry_number(const struct rib_entry *e);
bool rib_entry_pinned(const struct rib_entry *e);
/* Set or clear the owner's marks; whether any of them is set. */
void rib_entry_mark(struct rib_entry *e, uint16_t marks, bool on);
bool rib_entry_marked(const struct rib_entry *e, uint16_t marks);

struct rib_stats {
	size_t entries, paths, stale;
	size_t bytes; /* of slabs, hash table and queue */
};

void rib_stats(const struct rib *r, struct rib_stats *s);
/* Paths of one neighbor. */
size_t rib_peer_paths(const struct rib *r, uint16_t peer);
/* Of those, how many are not stale. */
size_t rib_peer_fresh(const struct rib *r, uint16_t peer);
/* Of all, how many carry an identity. */
size_t rib_peer_identities(const struct rib *r, uint16_t peer);

#endif /* CESTEER_RIB_RIB_H */
