// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/turns.h: each turn in its class, the longest, and how it is told.
 */
#include "core/turns.h"

#include <time.h>
#include "base/clock.h"
#include "kselftest_harness.h"

static long long class_count(json_t *o, size_t i)
{
	json_t *turn = json_array_get(json_object_get(o, "turns"), i);

	return json_integer_value(json_object_get(turn, "count"));
}

TEST(classes) {
	struct turns t = { 0 };
	json_t *o, *last;

	turns_count(&t, 0);
	turns_count(&t, 999);
	turns_count(&t, 1000);
	turns_count(&t, 49999);
	turns_count(&t, 2500000);
	turns_count(&t, 50000);
	o = turns_json(&t);
	EXPECT_EQ(2, class_count(o, 0)); /* below 1 ms */
	EXPECT_EQ(1, class_count(o, 1)); /* 5 */
	EXPECT_EQ(1, class_count(o, 4)); /* 50 */
	EXPECT_EQ(1, class_count(o, 5)); /* 100 */
	EXPECT_EQ(1, class_count(o, TURNS_CLASSES - 1));
	EXPECT_EQ(2500.0, json_real_value(json_object_get(o, "longest-ms")));
	last = json_array_get(json_object_get(o, "turns"), TURNS_CLASSES - 1);
	EXPECT_TRUE(json_is_null(json_object_get(last, "below-ms")));
	EXPECT_EQ(TURNS_CLASSES, json_array_size(json_object_get(o, "turns")));
	json_decref(o);
}

static void busy(evutil_socket_t fd, short what, void *arg)
{
	static const struct timespec wait = { .tv_nsec = 20 * 1000 * 1000 };

	turns_begin(arg);
	nanosleep(&wait, NULL);
}

/* Two that are called in one turn are one, and waiting is none. */
TEST(a_turn) {
	static const struct timeval at_once = { 0 },
				    later = { .tv_usec = 200 * 1000 };
	struct event_base *base = event_base_new();
	struct turns t = { 0 };
	uint64_t from;

	ASSERT_TRUE(turns_init(&t, base));
	event_base_once(base, -1, EV_TIMEOUT, busy, &t, &at_once);
	event_base_once(base, -1, EV_TIMEOUT, busy, &t, &at_once);
	event_base_dispatch(base);
	EXPECT_LE(40000, t.longest);
	t.longest = 0;
	from = clock_us();
	event_base_once(base, -1, EV_TIMEOUT, busy, &t, &later);
	event_base_dispatch(base);
	EXPECT_LE(20000, t.longest);
	/*
	 * However long a busy machine takes for it; the clock of the timer is
	 * a coarse one.
	 */
	EXPECT_GT(clock_us() - from - 150 * 1000, t.longest);
	EXPECT_EQ(0, t.count[0]);
	turns_free(&t);
	event_base_free(base);
}

TEST_HARNESS_MAIN
