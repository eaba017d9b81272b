/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a turn of the event loop takes in which anything is done that may
 * take long. What comes in meanwhile waits so long; a hold timer must never
 * notice.
 */
#ifndef CESTEER_CORE_TURNS_H
#define CESTEER_CORE_TURNS_H

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TURNS_CLASSES = 8 };

struct turns {
	size_t count[TURNS_CLASSES]; /* by what they took */
	uint64_t longest; /* microseconds */
	bool under_way;
	uint64_t began; /* microseconds, this turn */
	struct event *end; /* last in it */
};

/* False: memory. All zero is a value that turns_free() takes. */
bool turns_init(struct turns *t, struct event_base *base);
void turns_free(struct turns *t);
/*
 * Called from the loop, before anything that may take long: the time counts,
 * from the first call of a turn to its end.
 */
void turns_begin(struct turns *t);
/* Count one that took so many microseconds. */
void turns_count(struct turns *t, uint64_t us);
/* {"longest-ms": X, "turns": [{"below-ms": N, "count": N}, ...]} */
json_t *turns_json(const struct turns *t);

#endif /* CESTEER_CORE_TURNS_H */
