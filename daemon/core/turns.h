/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long the event loop is kept busy: while entries are queued, the time
 * from the end of one turn's work on them to the end of the next one's. What
 * comes in meanwhile waits so long; a hold timer must never notice.
 */
#ifndef CESTEER_CORE_TURNS_H
#define CESTEER_CORE_TURNS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum { TURNS_CLASSES = 8 };

struct turns {
	size_t count[TURNS_CLASSES]; /* by what they took */
	uint64_t longest; /* microseconds */
	uint64_t began; /* microseconds, this turn */
};

/* A turn begins, or will have to, so many microseconds from now. */
void turns_begin(struct turns *t, uint64_t in);
/* It ends, and another one begins. */
void turns_end(struct turns *t);
/* Count one that took so many microseconds. */
void turns_count(struct turns *t, uint64_t us);
/* {"longest-ms": X, "turns": [{"below-ms": N, "count": N}, ...]} */
json_t *turns_json(const struct turns *t);

#endif /* CESTEER_CORE_TURNS_H */
