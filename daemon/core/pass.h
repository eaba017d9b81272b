/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks over all entries of a VPN, a part of it a turn of the event loop: no
 * session waits for a million entries. What changes meanwhile is seen or not;
 * an entry that is there all the time is seen exactly once.
 */
#ifndef CESTEER_CORE_PASS_H
#define CESTEER_CORE_PASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rib_entry;
struct vpn;

enum pass_kind {
	PASS_REQUEUE, /* decide about all again */
	PASS_RETRY, /* what the kernel refused */
	PASS_RANK, /* a neighbor's stale paths rank otherwise */
	PASS_EXPIRE, /* holds that are over */
	PASS_RECHECK, /* what hangs on covers */
	PASS_RELEASE, /* of the run before, not confirmed */
	PASS_IMPORT, /* what the VPN does not want any more */
	PASS_MODE, /* the VPN's mode is another */
	PASS_INSPECTION, /* see inspection.h */
	PASS_FORGET, /* the VPN goes */
	PASS_KINDS,
};

struct pass {
	/* Whether this entry counts. NULL: the pass is not under way. */
	bool (*visit)(struct vpn *v, struct rib_entry *e);
	void (*end)(struct vpn *v, size_t n); /* n counted; may be NULL */
	size_t cursor, n;
	bool again; /* once more when it is at its end */
};

/* From the first entry on, also when one of the kind is under way. */
void pass_start(struct vpn *v, enum pass_kind kind,
		bool (*visit)(struct vpn *v, struct rib_entry *e),
		void (*end)(struct vpn *v, size_t n));
/*
 * The same, without an end, for what neighbors cause: one that is under way goes
 * on and is followed by another, for one that began anew each time would never
 * come to the last entries.
 */
void pass_again(struct vpn *v, enum pass_kind kind,
		bool (*visit)(struct vpn *v, struct rib_entry *e));
bool pass_under_way(const struct vpn *v, enum pass_kind kind);
/* Under way, and yet to come to this entry. */
bool pass_ahead(const struct vpn *v, enum pass_kind kind,
		const struct rib_entry *e);
/* All that is left of it, now. */
void pass_finish(struct vpn *v, enum pass_kind kind);
/*
 * Go on with all of a VPN's passes, and with the rib's own (rib_tidy), until
 * they end or the clock (base/clock.h) says so. True: there is more.
 */
bool pass_all(struct vpn *v, uint64_t until_us);

#endif /* CESTEER_CORE_PASS_H */
