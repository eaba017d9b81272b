// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of shared path attributes: a chained hash that grows by a bucket
 * at a time (linear hashing), as nobody waits for a million to move, and goes
 * when it is empty. The hash is SipHash-1-3 under a key drawn
 * at random: peers choose what is put in here. Single-threaded, like all of
 * the room.
 */
#include "bgp/intern.h"

#include <stdlib.h>
#include <sys/random.h>
#include "bgp/wire.h"

struct node {
	struct node *next;
	uint64_t hash;
	struct bgp_attrs attrs; /* its flexible array ends the node */
};

/* What a number stands for, or the next number that is free. */
union numbered {
	struct node *node;
	uint32_t free;
};

static struct {
	struct node **buckets;
	size_t size, count;
	size_t half; /* a power of two: half < size <= 2 * half */
	size_t room_buckets;
	uint64_t key[2];
	union numbered *numbers; /* [number - 1] */
	uint32_t n_numbers, room, free;
} table;

struct sip {
	uint64_t v[4];
};

static uint64_t rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static struct sip sip_init(void)
{
	return (struct sip){ { table.key[0] ^ 0x736f6d6570736575,
			       table.key[1] ^ 0x646f72616e646f6d,
			       table.key[0] ^ 0x6c7967656e657261,
			       table.key[1] ^ 0x7465646279746573 } };
}

static void sip_word(struct sip *s, uint64_t m)
{
	s->v[3] ^= m;
	sip_round(s->v);
	s->v[0] ^= m;
}

/* The length goes in with the last octets, so lists do not run together. */
static void sip_bytes(struct sip *s, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t m;

	for (; len >= 8; len -= 8, p += 8) {
		memcpy(&m, p, 8);
		sip_word(s, m);
	}
	m = (uint64_t)len << 56;
	memcpy(&m, p, len);
	sip_word(s, m);
}

static uint64_t sip_end(struct sip *s)
{
	s->v[2] ^= 0xff;
	sip_round(s->v);
	sip_round(s->v);
	sip_round(s->v);
	return s->v[0] ^ s->v[1] ^ s->v[2] ^ s->v[3];
}

static uint64_t hash(const struct bgp_path *path, const struct addr *next_hop)
{
	const struct bgp_as_path *as_path = &path->as_path;
	struct sip s = sip_init();
	unsigned int i;

	sip_word(&s, path->origin | (uint64_t)path->sgi.n << 8 |
			     (uint64_t)as_path->len << 32);
	sip_word(&s, (uint64_t)path->med << 32 | path->local_pref);
	sip_bytes(&s, next_hop, sizeof(*next_hop));
	for (i = 0; i < path->sgi.n; i++) {
		const struct bgp_sgi *sgi = &path->sgi.sgi[i];

		sip_bytes(&s, &sgi->gateway, sizeof(sgi->gateway));
		sip_word(&s, sgi->flags << 1 | sgi->transitive);
	}
	sip_bytes(&s, as_path->p, as_path->len);
	sip_word(&s, (uint64_t)path->originator_id << 32 | path->clusters << 8 |
			     path->vpn);
	sip_bytes(&s, path->targets, path->n_targets * sizeof(*path->targets));
	return sip_end(&s);
}

static bool same_sgi(const struct bgp_sgi *a, const struct bgp_sgi *b,
		     unsigned int n)
{
	for (; n; n--, a++, b++)
		if (a->flags != b->flags || a->transitive != b->transitive ||
		    addr_cmp(&a->gateway, &b->gateway))
			return false;
	return true;
}

static bool same(const struct bgp_attrs *a, const struct bgp_path *path,
		 const struct addr *next_hop)
{
	return a->origin == path->origin &&
	       a->has_med == bgp_path_has(path, BGP_ATTR_MED) &&
	       a->has_local_pref == bgp_path_has(path, BGP_ATTR_LOCAL_PREF) &&
	       a->med == path->med && a->local_pref == path->local_pref &&
	       !addr_cmp(&a->next_hop, next_hop) && a->n_sgi == path->sgi.n &&
	       same_sgi(a->sgi, path->sgi.sgi, a->n_sgi) &&
	       a->originator_id == path->originator_id &&
	       a->clusters == path->clusters && a->vpn == path->vpn &&
	       a->as_path_len == path->as_path.len &&
	       (!a->as_path_len ||
		!memcmp(a->as_path, path->as_path.p, a->as_path_len)) &&
	       a->n_targets == path->n_targets &&
	       !memcmp(bgp_attrs_targets(a), path->targets,
		       a->n_targets * sizeof(*path->targets));
}

/* Where the identities are, behind what else differs in length. */
static size_t sgi_at(const struct bgp_path *path)
{
	size_t at = offsetof(struct bgp_attrs, as_path) + path->as_path.len +
		    path->n_targets * sizeof(*path->targets);
	const size_t align = __alignof__(struct bgp_sgi);

	return (at + align - 1) / align * align;
}

static void fill(struct bgp_attrs *a, const struct bgp_path *path,
		 const struct addr *next_hop)
{
	const struct bgp_as_path *as_path = &path->as_path;

	a->refs = 1;
	a->origin = path->origin;
	a->has_med = bgp_path_has(path, BGP_ATTR_MED);
	a->has_local_pref = bgp_path_has(path, BGP_ATTR_LOCAL_PREF);
	a->med = path->med;
	a->local_pref = path->local_pref;
	a->originator_id = path->originator_id;
	a->clusters = path->clusters;
	a->vpn = path->vpn;
	a->n_targets = path->n_targets;
	a->next_hop = *next_hop;
	a->as_path_len = as_path->len;
	a->as_hops = bgp_as_path_hops(as_path->p, as_path->len);
	a->neighbor_as = bgp_as_path_first(as_path->p, as_path->len);
	a->n_sgi = path->sgi.n;
	if (as_path->len)
		memcpy(a->as_path, as_path->p, as_path->len);
	memcpy(a->as_path + as_path->len, path->targets,
	       path->n_targets * sizeof(*path->targets));
	if (!a->n_sgi)
		return;
	a->sgi = (struct bgp_sgi *)((char *)a + sgi_at(path));
	memcpy(a->sgi, path->sgi.sgi, a->n_sgi * sizeof(*a->sgi));
}

static bool begin(void)
{
	if (getrandom(table.key, sizeof(table.key), 0) != sizeof(table.key))
		return false;
	table.buckets = calloc(64, sizeof(*table.buckets));
	if (!table.buckets)
		return false;
	table.room_buckets = 64;
	table.size = 64;
	table.half = 32;
	return true;
}

/* Those of buckets that are split have moved, those of others not yet. */
static struct node **bucket_of(uint64_t hash)
{
	size_t i = hash & (2 * table.half - 1);

	return &table.buckets[i < table.size ? i : i - table.half];
}

/* One more bucket, for those of another that belong there. */
static void split(void)
{
	struct node **from, *n;

	if (table.size == 2 * table.half)
		table.half *= 2;
	from = &table.buckets[table.size - table.half];
	table.buckets[table.size++] = NULL;
	while ((n = *from)) {
		struct node **to = bucket_of(n->hash);

		if (to == &table.buckets[table.size - 1]) {
			*from = n->next;
			n->next = *to;
			*to = n;
		} else {
			from = &n->next;
		}
	}
}

/* Without memory for a bigger table the old one does, only slower. */
static bool grow(void)
{
	size_t room = table.room_buckets * 2;
	struct node **buckets;

	if (!table.size)
		return begin();
	if (table.count < table.size)
		return true;
	if (table.size == table.room_buckets) {
		buckets = realloc(table.buckets, room * sizeof(*buckets));
		if (!buckets)
			return true;
		table.buckets = buckets;
		table.room_buckets = room;
	}
	split();
	return true;
}

static bool number(struct node *n)
{
	uint32_t room = table.room ? table.room * 2 : 64;
	union numbered *more;

	if (table.free) {
		n->attrs.number = table.free;
		table.free = table.numbers[table.free - 1].free;
	} else {
		if (table.n_numbers == table.room) {
			more = realloc(table.numbers, room * sizeof(*more));
			if (!more)
				return false;
			table.numbers = more;
			table.room = room;
		}
		n->attrs.number = ++table.n_numbers;
	}
	table.numbers[n->attrs.number - 1].node = n;
	return true;
}

struct bgp_attrs *bgp_attrs_at(uint32_t at)
{
	return &table.numbers[at - 1].node->attrs;
}

struct bgp_attrs *bgp_attrs_intern(const struct bgp_path *path,
				   const struct addr *next_hop)
{
	struct node *n, **bucket;
	uint64_t h;

	if (!grow())
		return NULL;
	h = hash(path, next_hop);
	bucket = bucket_of(h);
	for (n = *bucket; n; n = n->next)
		if (n->hash == h && same(&n->attrs, path, next_hop))
			return bgp_attrs_get(&n->attrs);
	n = calloc(1, offsetof(struct node, attrs) + sgi_at(path) +
			      path->sgi.n * sizeof(*path->sgi.sgi));
	if (!n || !number(n)) {
		free(n);
		return NULL;
	}
	fill(&n->attrs, path, next_hop);
	n->hash = h;
	n->next = *bucket;
	*bucket = n;
	table.count++;
	return &n->attrs;
}

struct bgp_attrs *bgp_attrs_get(struct bgp_attrs *a)
{
	a->refs++;
	return a;
}

void bgp_attrs_put(struct bgp_attrs *a)
{
	struct node *n, **at;

	if (--a->refs)
		return;
	n = (struct node *)((char *)a - offsetof(struct node, attrs));
	at = bucket_of(n->hash);
	while (*at != n)
		at = &(*at)->next;
	*at = n->next;
	table.numbers[a->number - 1].free = table.free;
	table.free = a->number;
	free(n);
	if (!--table.count) {
		free(table.buckets);
		free(table.numbers);
		memset(&table, 0, sizeof(table));
	}
}

size_t bgp_attrs_count(void)
{
	return table.count;
}
