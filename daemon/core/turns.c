// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A histogram of the event loop's turns. The end of one is an event of our own
 * that is made active in it: those that are active already are run before.
 */
#include "core/turns.h"

#include "base/clock.h"

/* Milliseconds; what took longer is in the last class. */
static const unsigned int below[TURNS_CLASSES - 1] = { 1,  5,	10,  20,
						       50, 100, 1000 };

static void ended(evutil_socket_t fd, short what, void *arg)
{
	struct turns *t = arg;

	t->under_way = false;
	turns_count(t, clock_us() - t->began);
}

bool turns_init(struct turns *t, struct event_base *base)
{
	t->end = evtimer_new(base, ended, t);
	return t->end;
}

void turns_free(struct turns *t)
{
	if (t->end)
		event_free(t->end);
}

void turns_begin(struct turns *t)
{
	if (t->under_way)
		return;
	t->under_way = true;
	t->began = clock_us();
	event_active(t->end, EV_TIMEOUT, 0);
}

void turns_count(struct turns *t, uint64_t us)
{
	size_t i = 0;

	while (i < TURNS_CLASSES - 1 && us >= below[i] * UINT64_C(1000))
		i++;
	t->count[i]++;
	if (us > t->longest)
		t->longest = us;
}

json_t *turns_json(const struct turns *t)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < TURNS_CLASSES; i++) {
		json_t *limit = i < TURNS_CLASSES - 1 ? json_integer(below[i]) :
							json_null();

		json_array_append_new(list, json_pack("{s:o, s:I}", "below-ms",
						      limit, "count",
						      (json_int_t)t->count[i]));
	}
	return json_pack("{s:f, s:o}", "longest-ms", (double)t->longest / 1000,
			 "turns", list);
}
