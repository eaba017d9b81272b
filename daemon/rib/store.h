/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What only this room's files see of a rib: slabs, the hash table over them,
 * and the queue through them.
 *
 *	handle:  slab number (from 1) << 12 | index in the slab
 *	slab:    64 KiB, aligned to its size: an entry finds its slab's header,
 *	         and so its family and its handle, by masking its own address
 *	slots:   handles, linear probing, at most 3/4 full, no tombstones. When
 *	         they double, the old table is emptied bit by bit: nobody waits
 *	         for a million handles to move
 *	queue:   a list through the entries: queueing never allocates
 *	path:    in the entry itself when it is the only one and its id is 0,
 *	         as nearly all are; else the entry has a list
 *	epoch:   a neighbor's paths of a family become stale, or go, all at
 *	         once: a path has the number of the epoch in which it was said
 *	         last, the neighbor has that of now, and how many before it are
 *	         kept. What is gone is so for everybody from then on; its memory
 *	         and its place on the queue follow bit by bit (rib_tidy)
 */
#ifndef CESTEER_RIB_STORE_H
#define CESTEER_RIB_STORE_H

#include "rib/rib.h"

#define SLAB_SIZE 65536
/* Slabs that are allocated at once: each alignment wastes up to one. */
#define CHUNK 16
/* Slots of the old table that are emptied for each new entry. */
#define MIGRATE 128
#define INDEX_BITS 12
#define INDEX_MASK ((1u << INDEX_BITS) - 1)

#define USED 1
#define QUEUED 2 /* on the queue */
#define TAKEN 4 /* off it, with the owner */
#define PINNED 8
#define LIST 16 /* the paths are in a list */

#define NUMBER_BITS 28
#define NUMBER_MAX ((1u << NUMBER_BITS) - 1)
#define EPOCH_MASK 15

/* There are a million of these: every octet counts. */
struct rib_entry {
	/* Number of the path's attributes, or of the list; 0: no path. */
	uint32_t attrs : NUMBER_BITS;
	uint32_t epoch : 4; /* of the only path */
	uint32_t since;
	uint32_t number;
	uint32_t next; /* handle: on the queue, or the next that is free */
	uint32_t peer : 10;
	uint32_t flags : 5;
	uint32_t marks : 9; /* the owner's */
	uint32_t len : 8;
	uint8_t b[]; /* 4 or 16 octets */
};

/* A path of a list. */
struct item {
	struct item *next;
	uint64_t id;
	uint32_t attrs; /* number */
	uint32_t since;
	uint16_t peer;
	uint8_t epoch;
};

/* A list, or the number of the next that is free. */
union list {
	struct item *first;
	uint32_t free;
};

struct slab {
	uint32_t number;
	uint8_t family;
	uint32_t count; /* entries that were ever given out */
	uint8_t entries[] __attribute__((aligned(8)));
};

/* How old a path is: said by this session, by one before, or no longer there. */
enum path_age { FRESH, STALE, GONE, AGES };

/* What a neighbor has said of a family. */
struct said {
	uint8_t epoch; /* now */
	uint8_t keep; /* that many before it are stale, all others gone */
	uint8_t span; /* before it, of which there are paths */
	uint8_t begun; /* since tidying began */
	bool behind; /* what is stale ranks behind what is not */
	size_t paths[AGES], identities[AGES];
};

struct peer {
	struct rib_peer info;
	struct said said[2]; /* by family */
};

struct slots {
	uint32_t *p;
	size_t n; /* a power of two */
};

struct rib {
	uint64_t seed;
	struct slab **slabs; /* [number - 1] */
	size_t n_slabs;
	struct slab *open[2]; /* where new entries come from, by family */
	uint32_t free[2]; /* handles, by family */
	union list *lists; /* [number - 1] */
	uint32_t n_lists, room_lists, free_list;
	struct slots slots;
	struct slots old; /* being emptied; p NULL: there is none */
	size_t old_at, old_left; /* of its slots: the next, and how many */
	size_t n_entries;
	bool untidy, tidying; /* to be done, under way */
	size_t tidy_at; /* the walk's cursor */
	uint32_t queue_head, queue_tail;
	size_t n_queued;
	struct peer *peers;
	size_t n_peers;
};

static inline unsigned int family_index(uint8_t family)
{
	return family == AF_INET6;
}

static inline size_t entry_size(uint8_t family)
{
	return offsetof(struct rib_entry, b) + addr_bits(family) / 8;
}

static inline struct slab *slab_of(const struct rib_entry *e)
{
	return (struct slab *)((uintptr_t)e & ~(uintptr_t)(SLAB_SIZE - 1));
}

static inline struct rib_entry *slab_entry(struct slab *s, uint32_t index)
{
	return (void *)(s->entries + index * entry_size(s->family));
}

static inline uint32_t handle_of(const struct rib_entry *e)
{
	struct slab *s = slab_of(e);
	size_t at = (size_t)((const uint8_t *)e - s->entries);

	return s->number << INDEX_BITS | (uint32_t)(at / entry_size(s->family));
}

static inline struct rib_entry *entry_of(const struct rib *r, uint32_t handle)
{
	return slab_entry(r->slabs[(handle >> INDEX_BITS) - 1],
			  handle & INDEX_MASK);
}

static inline struct item *list_of(const struct rib *r,
				   const struct rib_entry *e)
{
	return r->lists[e->attrs - 1].first;
}

static inline struct said *said_of(const struct rib *r, uint16_t peer,
				   const struct rib_entry *e)
{
	return &r->peers[peer].said[family_index(slab_of(e)->family)];
}

static inline enum path_age age_of(const struct said *s, unsigned int epoch)
{
	unsigned int age = (s->epoch - epoch) & EPOCH_MASK;

	return !age ? FRESH : age <= s->keep ? STALE : GONE;
}

/* Remove paths of the entry that are gone, and forget how stale others are. */
void rib_paths_tidy(struct rib *r, struct rib_entry *e);
/* Forget the entry if nothing keeps it. */
void rib_entry_unref(struct rib *r, struct rib_entry *e);
/* Give the references of its paths back; it keeps their numbers. */
void rib_paths_free(struct rib *r, struct rib_entry *e);

#endif /* CESTEER_RIB_STORE_H */
