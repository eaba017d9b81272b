// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rib/rib: against a model that is an array of prefixes by neighbors.
 */
#include "rib/rib.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bgp/intern.h"
#include "kselftest_harness.h"

#define PREFIXES 600
#define PEERS 3
#define IDS 2 /* paths that a neighbor may have to one prefix */
#define PATHS (PEERS * IDS)
#define ATTRS 5

struct model {
	struct prefix prefix[PREFIXES];
	int path[PREFIXES][PATHS]; /* which attrs, -1 for none */
	bool stale[PREFIXES][PATHS];
	bool pinned[PREFIXES];
	uint32_t number[PREFIXES];
	struct bgp_attrs *attrs[ATTRS];
};

/* Some of them carry an identity. */
static struct bgp_attrs *some_attrs(uint32_t i)
{
	static uint8_t none[1];
	struct bgp_path path = { .med = i, .sgi.n = i % 2, .as_path.p = none };
	struct addr hop = { .family = AF_INET };

	return bgp_attrs_intern(&path, &hop);
}

/* Both families, every length, many of them nested. */
static void model_init(struct model *m)
{
	int i, k;

	memset(m, 0, sizeof(*m));
	for (i = 0; i < PREFIXES; i++) {
		struct prefix *p = &m->prefix[i];

		p->family = i % 3 ? AF_INET : AF_INET6;
		do {
			p->len = random() % (addr_bits(p->family) + 1);
			memset(p->b, 0, sizeof(p->b));
			for (k = 0; k < (int)addr_bits(p->family) / 8; k++)
				p->b[k] = random() % 4;
			prefix_mask(p);
			for (k = 0; k < i && prefix_cmp(&m->prefix[k], p); k++)
				;
		} while (k < i);
		for (k = 0; k < PATHS; k++)
			m->path[i][k] = -1;
	}
	for (i = 0; i < ATTRS; i++)
		m->attrs[i] = some_attrs(i);
}

static struct rib *new_rib(void)
{
	struct rib *r = rib_create(random());
	struct rib_peer peer = { 0 };
	int i;

	for (i = 0; i < PEERS; i++)
		rib_peer_set(r, i, &peer);
	return r;
}

static int model_paths(const struct model *m, int i)
{
	int k, n = 0;

	for (k = 0; k < PATHS; k++)
		n += m->path[i][k] >= 0;
	return n;
}

/* What the rib says of a prefix is what the model says. */
static bool same(const struct model *m, struct rib *r, int i)
{
	struct rib_entry *e = rib_find(r, &m->prefix[i]);
	struct rib_path p;
	struct prefix back;
	size_t at = 0;
	int n = 0;

	if (!e)
		return !model_paths(m, i) && !m->pinned[i] && !m->number[i];
	rib_entry_prefix(e, &back);
	if (prefix_cmp(&back, &m->prefix[i]) ||
	    rib_entry_number(e) != m->number[i] ||
	    rib_entry_pinned(e) != m->pinned[i])
		return false;
	for (; rib_entry_path(r, e, &at, &p); n++) {
		int k = p.peer * IDS + (int)p.id;

		if (m->path[i][k] < 0 || p.attrs != m->attrs[m->path[i][k]] ||
		    p.stale != m->stale[i][k])
			return false;
	}
	return n == model_paths(m, i);
}

/* Empty the queue; what is taken gets a number if it has a path. */
static void drain(struct model *m, struct rib *r)
{
	struct rib_entry *e;
	struct prefix p;
	int i;

	while ((e = rib_dirty_next(r))) {
		rib_entry_prefix(e, &p);
		for (i = 0; prefix_cmp(&m->prefix[i], &p); i++)
			;
		m->number[i] = model_paths(m, i) ? 1 + random() % 9 : 0;
		rib_install(r, e, m->number[i]);
	}
}

/* Columns k of the model are paths of neighbor k / IDS, by the id k % IDS. */
static size_t stale_peer(struct model *m, struct rib *r, int peer,
			 uint8_t family)
{
	size_t n = 0;
	int i, k;

	for (i = 0; i < PREFIXES; i++) {
		if (family && m->prefix[i].family != family)
			continue;
		for (k = peer * IDS; k < (peer + 1) * IDS; k++) {
			if (m->path[i][k] < 0)
				continue;
			m->stale[i][k] = true;
			n++;
		}
	}
	return n - rib_stale(r, peer, family);
}

static size_t sweep_peer(struct model *m, struct rib *r, int peer,
			 uint8_t family, bool only)
{
	size_t n = 0;
	int i, k;

	for (i = 0; i < PREFIXES; i++) {
		if (family && m->prefix[i].family != family)
			continue;
		for (k = peer * IDS; k < (peer + 1) * IDS; k++) {
			if (m->path[i][k] < 0 || (only && !m->stale[i][k]))
				continue;
			m->path[i][k] = -1;
			m->stale[i][k] = false;
			n++;
		}
	}
	return n - rib_sweep(r, peer, family, only);
}

/* One random thing happens to both; 0 when they agree about it. */
static size_t step(struct model *m, struct rib *r)
{
	int i = random() % PREFIXES, k = random() % PATHS;
	struct rib_entry *e;
	bool had;

	switch (random() % 64) {
	case 0:
		return stale_peer(m, r, k / IDS, random() % 2 ? 0 : AF_INET);
	case 1:
		return sweep_peer(m, r, k / IDS,
				  random() % 2 ? AF_INET : AF_INET6, true);
	case 2:
		return sweep_peer(m, r, k / IDS, 0, random() % 2);
	case 3 ... 6:
		e = rib_get(r, &m->prefix[i]);
		m->pinned[i] = random() % 2;
		rib_pin(r, e, m->pinned[i]);
		return 0;
	case 7 ... 9:
		drain(m, r);
		return 0;
	case 10:
		rib_tidy(r, random() % (PREFIXES / 4));
		return 0;
	case 11 ... 35:
		had = m->path[i][k] >= 0;
		m->path[i][k] = -1;
		m->stale[i][k] = false;
		return rib_withdraw(r, k / IDS, k % IDS, &m->prefix[i]) != had;
	default:
		m->path[i][k] = random() % ATTRS;
		m->stale[i][k] = false;
		return rib_reach(r, k / IDS, k % IDS, &m->prefix[i],
				 m->attrs[m->path[i][k]], 1) != 0;
	}
}

TEST(against_a_model) {
	struct rib_stats s;
	struct rib_entry *e;
	size_t paths, seen, cursor, of_peer, fresh;
	struct model m;
	struct rib *r;
	int n, i, k;

	srandom(7);
	model_init(&m);
	r = new_rib();
	for (n = 0; n < 40000; n++) {
		ASSERT_EQ(0, step(&m, r))
		{
			TH_LOG("step %d", n);
		}
		if (n % 100)
			continue;
		drain(&m, r);
		for (i = 0, paths = 0; i < PREFIXES; i++) {
			ASSERT_TRUE(same(&m, r, i))
			{
				TH_LOG("prefix %d after step %d", i, n);
			}
			paths += model_paths(&m, i);
		}
		rib_stats(r, &s);
		ASSERT_EQ(paths, s.paths);
		for (k = 0, of_peer = 0, fresh = 0; k < PEERS; k++) {
			of_peer += rib_peer_paths(r, k);
			fresh += rib_peer_fresh(r, k);
		}
		ASSERT_EQ(paths, of_peer);
		ASSERT_EQ(paths - s.stale, fresh);
		/* A walk sees each once. */
		seen = 0;
		cursor = 0;
		while ((e = rib_walk(r, &cursor)))
			seen++;
		ASSERT_EQ(s.entries, seen);
	}
	/* Nothing is left once nobody says anything. */
	for (k = 0; k < PEERS; k++)
		ASSERT_EQ(0, sweep_peer(&m, r, k, 0, false));
	for (i = 0; i < PREFIXES; i++) {
		e = rib_find(r, &m.prefix[i]);
		m.pinned[i] = false;
		if (e)
			rib_pin(r, e, false);
	}
	while (rib_tidy(r, 7))
		;
	drain(&m, r);
	rib_stats(r, &s);
	EXPECT_EQ(0, s.entries);
	EXPECT_EQ(0, s.paths);
	EXPECT_EQ(0, s.stale);
	for (i = 0; i < ATTRS; i++) {
		EXPECT_EQ(1, m.attrs[i]->refs);
		bgp_attrs_put(m.attrs[i]);
	}
	rib_destroy(r);
}

/* What did not change is not queued: a neighbor that repeats itself is free. */
TEST(queue) {
	struct rib_entry *e;
	struct model m;
	struct rib *r;
	int i;

	srandom(8);
	model_init(&m);
	r = new_rib();
	for (i = 0; i < PREFIXES; i++)
		rib_reach(r, 0, 0, &m.prefix[i], m.attrs[0], 1);
	EXPECT_EQ(PREFIXES, rib_dirty_count(r));
	/* In the order in which they came. */
	for (i = 0; (e = rib_dirty_next(r)); i++) {
		struct prefix p;

		rib_entry_prefix(e, &p);
		ASSERT_EQ(0, prefix_cmp(&p, &m.prefix[i]));
		rib_settle(r, e);
	}
	rib_stale(r, 0, 0);
	for (i = 0; i < PREFIXES; i++)
		rib_reach(r, 0, 0, &m.prefix[i], m.attrs[0], 2);
	EXPECT_EQ(0, rib_dirty_count(r));
	EXPECT_EQ(0, rib_sweep(r, 0, 0, true));
	rib_reach(r, 0, 0, &m.prefix[3], m.attrs[1], 2);
	rib_reach(r, 0, 0, &m.prefix[3], m.attrs[2], 2);
	EXPECT_EQ(1, rib_dirty_count(r));
	rib_destroy(r);
	for (i = 0; i < ATTRS; i++) {
		EXPECT_EQ(1, m.attrs[i]->refs);
		bgp_attrs_put(m.attrs[i]);
	}
}

static struct prefix numbered(uint32_t i)
{
	struct prefix p = { .family = AF_INET, .len = 32 };
	uint32_t v = i * 2654435761u;

	memcpy(p.b, &v, sizeof(v));
	return p;
}

/* "3s": path 3 is stale; "3": it is not; in order, with a blank behind each. */
static const char *paths_of(struct rib *r, size_t n)
{
	static char text[4096];
	size_t at, len = 0;
	struct rib_path p;
	uint32_t i;

	*text = '\0';
	for (i = 0; i < n; i++) {
		struct prefix q = numbered(i);
		struct rib_entry *e = rib_find(r, &q);

		for (at = 0; e && rib_entry_path(r, e, &at, &p);)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
						"%u%s ", i, p.stale ? "s" : "");
	}
	return text;
}

static void say(struct rib *r, uint32_t i, struct bgp_attrs *a)
{
	struct prefix p = numbered(i);

	rib_reach(r, 0, 0, &p, a, 1);
}

static size_t settle_all(struct rib *r)
{
	struct rib_entry *e;
	size_t n = 0;

	for (; (e = rib_dirty_next(r)); n++)
		rib_settle(r, e);
	return n;
}

/*
 * What is swept is gone at once; its memory goes a bounded part a call,
 * whatever is said, lost and swept meanwhile.
 */
TEST(changes_while_swept) {
	struct bgp_attrs *a = some_attrs(1);
	struct rib *r = new_rib();
	struct rib_stats s;
	struct prefix p;
	uint32_t i;

	for (i = 0; i < 8; i++)
		say(r, i, a);
	settle_all(r);
	EXPECT_FALSE(rib_tidy(r, 100));
	EXPECT_EQ(8, rib_stale(r, 0, 0));
	say(r, 1, a);
	say(r, 6, a);
	EXPECT_EQ(0, rib_dirty_count(r));
	EXPECT_EQ(6, rib_sweep(r, 0, 0, true));
	EXPECT_STREQ("1 6 ", paths_of(r, 8));
	EXPECT_EQ(2, rib_peer_paths(r, 0));
	EXPECT_EQ(2, rib_peer_identities(r, 0));
	/* Half of it; no more is queued than was looked at. */
	EXPECT_TRUE(rib_tidy(r, 4));
	EXPECT_EQ(3, rib_dirty_count(r));
	/* Said again, before the walk and behind it: here, and looked at. */
	say(r, 0, a);
	say(r, 7, a);
	EXPECT_EQ(4, settle_all(r));
	EXPECT_STREQ("0 1 6 7 ", paths_of(r, 8));
	/* Lost again, and said in part; then the timer ends. */
	EXPECT_EQ(4, rib_stale(r, 0, 0));
	say(r, 7, a);
	EXPECT_STREQ("0s 1s 6s 7 ", paths_of(r, 8));
	EXPECT_EQ(3, rib_sweep(r, 0, 0, true));
	EXPECT_STREQ("7 ", paths_of(r, 8));
	while (rib_tidy(r, 1))
		;
	settle_all(r);
	rib_stats(r, &s);
	EXPECT_EQ(1, s.entries);
	EXPECT_EQ(1, s.paths);
	EXPECT_EQ(0, s.stale);
	/* What is withdrawn while it is gone was not there. */
	EXPECT_EQ(1, rib_sweep(r, 0, 0, false));
	p = numbered(7);
	EXPECT_FALSE(rib_withdraw(r, 0, 0, &p));
	EXPECT_STREQ("", paths_of(r, 8));
	rib_destroy(r);
	EXPECT_EQ(1, a->refs);
	bgp_attrs_put(a);
}

/* How each path of the entry ranks: its neighbor, and "s" or "sb". */
static const char *ranks(struct rib *r, const struct prefix *p)
{
	struct rib_entry *e = rib_find(r, p);
	static char text[64];
	struct rib_path path;
	size_t at = 0, len = 0;

	*text = '\0';
	while (rib_entry_path(r, e, &at, &path))
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"%u%s%s ", path.peer,
					path.stale ? "s" : "",
					path.behind ? "b" : "");
	return text;
}

TEST(demoted) {
	struct bgp_attrs *a = some_attrs(1);
	struct prefix both = numbered(0), one = numbered(1);
	struct rib *r = new_rib();

	rib_reach(r, 0, 0, &both, a, 1);
	EXPECT_FALSE(rib_entry_contested(r, rib_find(r, &both)));
	rib_reach(r, 1, 0, &both, a, 1);
	EXPECT_TRUE(rib_entry_contested(r, rib_find(r, &both)));
	rib_reach(r, 0, 0, &one, a, 1);
	settle_all(r);
	/* Of what is not stale nothing changes. */
	EXPECT_FALSE(rib_demote(r, 0, 0, true));
	EXPECT_STREQ("1 0 ", ranks(r, &both));
	EXPECT_FALSE(rib_demote(r, 0, 0, false));
	rib_stale(r, 0, 0);
	EXPECT_STREQ("1 0s ", ranks(r, &both));
	EXPECT_FALSE(rib_demote(r, 0, AF_INET6, true));
	EXPECT_STREQ("1 0s ", ranks(r, &both));
	EXPECT_TRUE(rib_demote(r, 0, AF_INET, true));
	EXPECT_FALSE(rib_demote(r, 0, AF_INET, true));
	EXPECT_STREQ("1 0sb ", ranks(r, &both));
	EXPECT_STREQ("0sb ", ranks(r, &one));
	EXPECT_EQ(0, rib_dirty_count(r));
	/* Said again: looked at only where there are others to compare with. */
	rib_reach(r, 0, 0, &one, a, 2);
	EXPECT_EQ(0, rib_dirty_count(r));
	rib_reach(r, 0, 0, &both, a, 2);
	EXPECT_EQ(1, settle_all(r));
	EXPECT_STREQ("1 0 ", ranks(r, &both));
	rib_destroy(r);
	EXPECT_EQ(1, a->refs);
	bgp_attrs_put(a);
}

static int say_path(struct rib *r, uint64_t id, struct bgp_attrs *a)
{
	struct prefix p = numbered(0);

	return rib_reach(r, 1, id, &p, a, 1);
}

/* A neighbor has so many paths to a prefix, and loses none with an identity. */
TEST(paths_of_one_neighbor) {
	struct bgp_attrs *bare = some_attrs(0), *sgi = some_attrs(1);
	struct prefix p = numbered(0);
	struct rib *r = new_rib();
	uint64_t id;

	for (id = 0; id < RIB_PATHS_MAX; id++) {
		EXPECT_FALSE(rib_full(r, 1, &p));
		EXPECT_EQ(0, say_path(r, id, bare));
	}
	EXPECT_TRUE(rib_full(r, 1, &p));
	EXPECT_FALSE(rib_full(r, 0, &p));
	EXPECT_EQ(-ENOSPC, say_path(r, 99, bare));
	EXPECT_EQ(0, say_path(r, 3, bare));
	/* Others are not in their way. */
	EXPECT_EQ(0, rib_reach(r, 0, 0, &p, bare, 1));
	for (id = 100; id < 100 + RIB_PATHS_MAX; id++)
		EXPECT_EQ(1, say_path(r, id, sgi));
	EXPECT_EQ(RIB_PATHS_MAX, rib_peer_paths(r, 1));
	EXPECT_EQ(RIB_PATHS_MAX, rib_peer_identities(r, 1));
	EXPECT_EQ(-ENOSPC, say_path(r, 99, sgi));
	EXPECT_FALSE(rib_withdraw(r, 1, 3, &p));
	EXPECT_TRUE(rib_withdraw(r, 1, 100, &p));
	EXPECT_EQ(0, say_path(r, 99, bare));
	/* What is stale keeps nobody out, and is not without bounds. */
	for (id = 0; id < 1000; id++) {
		if (id % RIB_PATHS_MAX == 0)
			rib_stale(r, 1, 0);
		EXPECT_EQ(0, say_path(r, 1000 + id, bare));
		EXPECT_GE(2 * RIB_PATHS_MAX, rib_peer_paths(r, 1));
	}
	EXPECT_LT(0, rib_peer_identities(r, 1));
	rib_sweep(r, 1, 0, true);
	EXPECT_EQ(1000 % RIB_PATHS_MAX, rib_peer_paths(r, 1));
	/* A hundred thousand take no time. */
	for (id = 0; id < 100000; id++)
		say_path(r, id << 32, sgi);
	EXPECT_EQ(RIB_PATHS_MAX, rib_peer_paths(r, 1));
	while (rib_tidy(r, 1))
		;
	EXPECT_EQ(RIB_PATHS_MAX, rib_peer_paths(r, 1));
	rib_destroy(r);
	EXPECT_EQ(1, bare->refs);
	EXPECT_EQ(1, sgi->refs);
	bgp_attrs_put(bare);
	bgp_attrs_put(sgi);
}

/* A neighbor that is lost again and again, each time having said something. */
TEST(never_at_rest) {
	struct bgp_attrs *a = some_attrs(1);
	struct rib *r = new_rib();
	uint32_t i;

	say(r, 0, a);
	for (i = 1; i < 100; i++) {
		EXPECT_EQ(i, rib_stale(r, 0, 0));
		say(r, i, a);
		/* Sometimes the walk gets a little further, mostly not. */
		if (i % 7 == 0)
			rib_tidy(r, 3);
		EXPECT_EQ(i + 1, rib_peer_paths(r, 0));
	}
	EXPECT_EQ(0, strncmp(paths_of(r, 100), "0s 1s 2s 3s ", 12));
	EXPECT_EQ(99, rib_sweep(r, 0, 0, true));
	EXPECT_STREQ("99 ", paths_of(r, 100));
	rib_destroy(r);
	EXPECT_EQ(1, a->refs);
	bgp_attrs_put(a);
}

/* While the table grows, what is in it is found, and what has gone is not. */
TEST(grows) {
	struct bgp_attrs *a = some_attrs(1);
	size_t cursor = 0, n = 0;
	struct rib_entry *e;
	struct prefix p;
	struct rib *r;
	uint32_t i;

	r = new_rib();
	for (i = 0; i < 30000; i++) {
		p = numbered(i);
		ASSERT_EQ(0, rib_reach(r, 1, 0, &p, a, 1));
		if (i % 3 == 2) {
			p = numbered(i / 3 * 2);
			ASSERT_TRUE(rib_withdraw(r, 1, 0, &p));
		}
		while ((e = rib_dirty_next(r)))
			rib_settle(r, e);
		if (i < 3)
			continue;
		p = numbered(i / 3 * 2 + 1);
		ASSERT_NE(NULL, rib_find(r, &p));
		p = numbered((i - 3) / 3 * 2);
		ASSERT_EQ(NULL, rib_find(r, &p));
	}
	for (i = 0; i < 30000; i++) {
		p = numbered(i);
		ASSERT_EQ(i % 2 || i >= 20000, !!rib_find(r, &p));
	}
	while (rib_walk(r, &cursor))
		n++;
	EXPECT_EQ(20000, n);
	rib_destroy(r);
	EXPECT_EQ(1, a->refs);
	bgp_attrs_put(a);
}

/* A hundred thousand prefixes: found again, and as small as promised. */
TEST(many) {
	struct bgp_attrs *a = some_attrs(1);
	struct prefix p = { .family = AF_INET, .len = 32 };
	struct rib_entry *e;
	struct rib_stats s;
	struct rib *r;
	uint32_t i;

	r = new_rib();
	for (i = 0; i < 100000; i++) {
		uint32_t v = i * 2654435761u;

		memcpy(p.b, &v, sizeof(v));
		ASSERT_EQ(0, rib_reach(r, 1, 0, &p, a, 1));
	}
	rib_stats(r, &s);
	EXPECT_EQ(100000, s.entries);
	EXPECT_LE(s.bytes / s.entries, 36);
	for (i = 0; i < 100000; i++) {
		uint32_t v = i * 2654435761u;

		memcpy(p.b, &v, sizeof(v));
		ASSERT_NE(NULL, rib_find(r, &p));
	}
	EXPECT_EQ(100000, rib_sweep(r, 1, 0, false));
	while (rib_tidy(r, 1000))
		;
	while ((e = rib_dirty_next(r)))
		rib_settle(r, e);
	rib_stats(r, &s);
	EXPECT_EQ(0, s.entries);
	EXPECT_EQ(1, a->refs);
	rib_destroy(r);
	bgp_attrs_put(a);
}

TEST_HARNESS_MAIN
