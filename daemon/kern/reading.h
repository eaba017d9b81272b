/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's routes, a part at a time: a dump on a socket of its own, so that
 * requests go on in between. The dump goes on behind the last prefix that it
 * told, so an entry that is there all the time is told exactly once, whatever
 * is changed meanwhile.
 */
#ifndef CESTEER_KERN_READING_H
#define CESTEER_KERN_READING_H

#include "kern/kern.h"

struct kern_reading;

/* Of the routes of a VPN. 0, or a negative errno and a sentence in why. */
int kern_reading_open(struct kern_reading **rp, uint32_t vpn, char *why,
		      size_t why_len);
void kern_reading_close(struct kern_reading *r);
/*
 * What comes next, some hundreds at least, and more until clock_us() says
 * until_us: cb sees each, and returns 0. Without waiting. 1: there is more; 0:
 * that was all; or a negative errno, see kern_reading_error().
 */
int kern_reading_next(struct kern_reading *r, uint64_t until_us,
		      int (*cb)(void *arg, const struct kern_route *route),
		      void *arg);
/* Why it failed, a sentence. */
const char *kern_reading_error(const struct kern_reading *r);

#endif /* CESTEER_KERN_READING_H */
