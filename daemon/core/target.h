/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What entries say, each only once: a number for a table of a million entries
 * instead of a list of gateways. A number that is held keeps its gateways.
 */
#ifndef CESTEER_CORE_TARGET_H
#define CESTEER_CORE_TARGET_H

#include "core/gateway.h"
#include "kern/kern.h"

struct target {
	struct kern_target kern;
	struct gateway *gateways[CESTEER_GATEWAYS_MAX];
	unsigned int refs; /* 0: this number is free */
	uint32_t next; /* number: of the same bucket, or the next free one */
};

struct targets {
	struct target *list; /* [number - 1] */
	uint32_t n, free;
	uint32_t *buckets; /* numbers */
	uint32_t n_buckets, used;
};

/*
 * The number, from 1 up, of an action and n gateways (which are in the
 * kernel); a reference to it is the caller's. 0: memory.
 */
uint32_t targets_get(struct targets *t, uint8_t action, struct gateway **gws,
		     uint8_t n);
void targets_put(struct targets *t, uint32_t number, time_t now);
const struct target *targets_at(const struct targets *t, uint32_t number);
void targets_free(struct targets *t);

#endif /* CESTEER_CORE_TARGET_H */
