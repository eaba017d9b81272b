// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rib/best: each step of RFC 4271, section 9.1, and that the order in which
 * paths came never matters.
 */
#include "rib/best.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "kselftest_harness.h"

#define MAX 6
#define MANY 64 /* as many as are looked at */

struct world {
	struct bgp_attrs attrs[MAX];
	struct rib_path paths[MAX];
	struct rib_peer peers[MAX];
	struct best_path in[MAX];
};

/* n paths that differ in the neighbor's address only: 192.0.2.(i + 1). */
static void world_init(struct world *w, size_t n)
{
	size_t i;

	memset(w, 0, sizeof(*w));
	for (i = 0; i < n; i++) {
		w->peers[i].address =
			(struct addr){ AF_INET, { 192, 0, 2, i + 1 } };
		w->peers[i].ebgp = true;
		w->peers[i].router_id = 1;
		w->attrs[i].as_hops = 2;
		w->attrs[i].neighbor_as = 64500;
		w->paths[i].attrs = &w->attrs[i];
		w->paths[i].peer = i;
		w->in[i].path = &w->paths[i];
		w->in[i].peer = &w->peers[i];
	}
}

static unsigned int best(struct world *w, size_t n, enum best_step *step)
{
	*step = best_sort(w->in, n);
	return w->in[0].path->peer;
}

/* Path 1 is better for one reason; every later step speaks for path 0. */
TEST(steps) {
	enum best_step step;
	struct world w;

	world_init(&w, 2);
	EXPECT_EQ(0, best(&w, 2, &step));
	EXPECT_EQ(BEST_ADDRESS, step);
	EXPECT_GT(0, best_cmp(&w.in[0], &w.in[1]));
	EXPECT_LT(0, best_cmp(&w.in[1], &w.in[0]));
	EXPECT_EQ(0, best_cmp(&w.in[0], &w.in[0]));

	w.peers[0].router_id = 2;
	EXPECT_EQ(1, best(&w, 2, &step));
	EXPECT_EQ(BEST_ROUTER_ID, step);
	w.peers[1].ebgp = false;
	EXPECT_EQ(0, best(&w, 2, &step));
	EXPECT_EQ(BEST_EBGP, step);
	w.attrs[0].has_med = true;
	w.attrs[0].med = 1;
	EXPECT_EQ(1, best(&w, 2, &step));
	EXPECT_EQ(BEST_MED, step);
	w.attrs[1].origin = 1;
	EXPECT_EQ(0, best(&w, 2, &step));
	EXPECT_EQ(BEST_ORIGIN, step);
	w.attrs[0].as_hops = 3;
	EXPECT_EQ(1, best(&w, 2, &step));
	EXPECT_EQ(BEST_AS_PATH, step);
	w.attrs[1].has_local_pref = true;
	w.attrs[1].local_pref = 99;
	EXPECT_EQ(0, best(&w, 2, &step));
	EXPECT_EQ(BEST_LOCAL_PREF, step);
	/* Stale alone is no reason; unless it would have been deleted. */
	w.paths[0].stale = true;
	EXPECT_EQ(0, best(&w, 2, &step));
	EXPECT_EQ(BEST_LOCAL_PREF, step);
	w.paths[0].behind = true;
	EXPECT_EQ(1, best(&w, 2, &step));
	EXPECT_EQ(BEST_FRESH, step);
	w.paths[0].behind = false;
	EXPECT_EQ(0, best(&w, 2, &step));
	EXPECT_EQ(0, best(&w, 1, &step));
	EXPECT_EQ(BEST_ONLY, step);
}

TEST(local_pref_means_nothing_from_ebgp) {
	enum best_step step;
	struct world w;

	world_init(&w, 2);
	w.attrs[1].has_local_pref = true;
	w.attrs[1].local_pref = 1000;
	EXPECT_EQ(0, best(&w, 2, &step));
	w.peers[1].ebgp = false;
	EXPECT_EQ(1, best(&w, 2, &step));
	EXPECT_EQ(BEST_LOCAL_PREF, step);
}

TEST(med_counts_within_one_as_only) {
	enum best_step step;
	struct world w;

	world_init(&w, 2);
	w.attrs[0].has_med = true;
	w.attrs[0].med = 100;
	w.attrs[0].neighbor_as = 64501;
	EXPECT_EQ(0, best(&w, 2, &step));
	EXPECT_EQ(BEST_ADDRESS, step);
}

/*
 * The case that comparing pairs gets wrong: 0 beats 1 by address, 1 beats 2
 * by address, 2 beats 0 by MED.
 */
TEST(med_cycle) {
	static const int order[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					 { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	enum best_step step;
	struct world w;
	int i, k;

	for (i = 0; i < 6; i++) {
		world_init(&w, 3);
		w.attrs[0].has_med = true;
		w.attrs[0].med = 10;
		w.attrs[1].neighbor_as = 64501;
		for (k = 0; k < 3; k++) {
			w.in[k].path = &w.paths[order[i][k]];
			w.in[k].peer = &w.peers[order[i][k]];
		}
		EXPECT_EQ(1, best(&w, 3, &step));
		EXPECT_EQ(2, w.in[1].path->peer);
		EXPECT_EQ(0, w.in[2].path->peer);
	}
}

/* Random paths, shuffled: always the same order. */
TEST(order_of_arrival) {
	struct best_path first[MAX], t;
	struct world w;
	size_t i, k;
	int round;

	srandom(1);
	for (round = 0; round < 20000; round++) {
		world_init(&w, MAX);
		for (i = 0; i < MAX; i++) {
			w.attrs[i].as_hops = random() % 2;
			w.attrs[i].origin = random() % 2;
			w.attrs[i].has_med = random() % 2;
			w.attrs[i].med = random() % 3;
			w.attrs[i].neighbor_as = random() % 3;
			w.attrs[i].has_local_pref = random() % 2;
			w.attrs[i].local_pref = 99 + random() % 3;
			w.peers[i].ebgp = random() % 2;
			w.peers[i].router_id = random() % 2;
			w.peers[i].address.b[3] = random() % 2;
		}
		best_sort(w.in, MAX);
		memcpy(first, w.in, sizeof(first));
		for (i = MAX - 1; i; i--) {
			k = random() % (i + 1);
			t = w.in[i];
			w.in[i] = w.in[k];
			w.in[k] = t;
		}
		best_sort(w.in, MAX);
		ASSERT_EQ(0, memcmp(first, w.in, sizeof(first)));
	}
}

static uint64_t cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000ULL + t.tv_nsec / 1000;
}

/* All alike but for their id: each step leaves all of them. */
TEST(many_take_no_longer_than_they_must) {
	static struct rib_path paths[MANY];
	struct best_path in[MANY];
	uint64_t begun = cpu_us();
	int round, i;
	struct world w;

	world_init(&w, 1);
	for (round = 0; round < 10; round++) {
		for (i = 0; i < MANY; i++) {
			paths[i] = w.paths[0];
			paths[i].id = MANY - i;
			in[i] = (struct best_path){ .path = &paths[i],
						    .peer = &w.peers[0] };
		}
		EXPECT_EQ(BEST_ID, best_sort(in, MANY));
		for (i = 0; i < MANY; i++)
			ASSERT_EQ(i + 1, in[i].path->id);
	}
	EXPECT_GT(25000, cpu_us() - begun);
}

TEST_HARNESS_MAIN
