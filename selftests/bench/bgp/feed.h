/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BGP bench: what a peer says (feed.c), what came of it in the kernel
 * (installed.c), and what the daemon says of itself (ask.c). peer.c is the
 * peer itself.
 */
#ifndef BENCH_BGP_FEED_H
#define BENCH_BGP_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/addr.h"

/* A route whose arrival is looked for: nothing is more specific than it. */
struct sample {
	struct prefix prefix;
	uint32_t gateway; /* a number: see feed_gateway() */
};

/* Whole messages, one behind the other, and what should come of them. */
struct feed {
	uint8_t *p;
	size_t len, room;
	struct sample *samples; /* in the order in which they are said */
	size_t n_samples;
};

struct feeds {
	size_t n4, n6; /* routes */
	uint32_t gateways;
	struct feed load; /* all of them, then End-of-RIB */
	/* A tenth: withdrawn, then announced from other gateways. */
	struct feed flap;
	struct feed none; /* End-of-RIB alone */
};

/* Next hops are those of the peer. */
void feeds_make(struct feeds *f, const struct addr *hop4,
		const struct addr *hop6);
/* The address of gateway number i. */
struct addr feed_gateway(uint32_t i);

/* The table that is filled: the module's, or the kernel's routes. */
struct installed;

struct installed *installed_open(bool module);
/* Whether the sample is there; of the module also, by that gateway. */
bool installed_has(struct installed *t, const struct sample *s);
/* How many entries, or routes of a routing daemon; that takes a second. */
size_t installed_count(struct installed *t);

/*
 * Ask the daemon at a control socket how long turns of its event loop took, and
 * print the histogram as a comment. Returns the longest, in ms.
 */
double ask_longest(const char *control);
/* Whether it has so many routes, and nothing left to do about any. */
bool ask_at_rest(const char *control, size_t routes);
/* Its process; 0: it does not answer. */
int ask_pid(const char *control);

#endif /* BENCH_BGP_FEED_H */
