/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's table is this daemon's own. Where somebody else changes it (an
 * operator's "flush"), traffic may leave in clear text: the kernel's events
 * tell of it at once, the table is then read and put right. Beside that its
 * size is looked at from time to time.
 */
#ifndef CESTEER_CORE_AUDIT_H
#define CESTEER_CORE_AUDIT_H

#include "core/core.h"

struct audit;

/* Listen from here on. NULL on failure, with a sentence in why. */
struct audit *audit_create(struct daemon *d, char *why, size_t why_len);
void audit_free(struct audit *a);
/*
 * Look at sizes, or at every entry when somebody was heard to change some, and
 * put right what differs, in the turns that follow.
 */
void audit_run(struct audit *a);

/*
 * Look again, as when somebody was heard; looking took so long the last time.
 */
void audit_soon(struct audit *a, unsigned int took_ms);

/* Set the limits of what waits for SAs, where they differ. True: they did. */
bool audit_queue(struct daemon *d);

/* The VPNs that the kernel has. */
struct audit_vpns {
	struct kern_vpn *list; /* to be freed, whatever the result */
	size_t n;
};

/* 0 or a negative errno. */
int audit_vpns(struct kern *kern, struct audit_vpns *l);

#endif /* CESTEER_CORE_AUDIT_H */
