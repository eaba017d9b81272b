/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VPN's life: made from the configuration, what the kernel already holds
 * for it taken over, changed by a reload, removed.
 */
#ifndef CESTEER_CORE_VPN_H
#define CESTEER_CORE_VPN_H

#include "core/core.h"

/*
 * Make a VPN, set its default and sources in the kernel, and begin to take over
 * the entries it has there (core/adoption.h): they are held until
 * vpn_release(). What the kernel refuses is logged and tried again by
 * vpn_install().
 */
struct vpn *vpn_create(struct daemon *d, const struct conf_vpn *conf);
/* Take over another configuration; the neighbors are not touched here. */
void vpn_reconfigure(struct vpn *v, const struct conf_vpn *conf);
/*
 * Default, sources and (the first time) the entries of the run before. Return:
 * how many sources were not as they should be, and in *devices (or NULL) how
 * many devices.
 */
size_t vpn_install(struct vpn *v, size_t *devices);
/* Entries of the run before go, unless they are wanted. */
void vpn_release(struct vpn *v);
/* Take what the kernel has into the rib, to be there for that reason. */
int vpn_take_over(struct vpn *v, const struct kern_route *k,
		  const struct hold_state *why, struct rib_entry **entry);
/*
 * What is installed for an entry is now target number, whose reference is
 * taken over; 0: nothing. May free the entry.
 */
void vpn_entry_set(struct vpn *v, struct rib_entry *e, uint32_t number,
		   time_t now);
/*
 * Set the gateways' modes anew: at once, or when it is known what VPNs whose
 * own mode changed want of them.
 */
void vpns_modes_set(struct daemon *d);
/* Decide again about entries whose hold is over; soon, as all that follows. */
void vpn_tick(struct vpn *v, time_t now);
/* Decide again about what hangs on covers, and delete what waits for that. */
void vpn_recheck(struct vpn *v);
/* So many entries were decided about, and what follows was asked for. */
void vpn_decided(struct vpn *v, size_t n);
/*
 * An entry is to be deleted, or no more. What is rejected and lives under it
 * gets its "discard" before that: there is no moment without either. Whether
 * that has been seen to.
 */
void vpn_leaving(struct vpn *v, struct rib_entry *e, bool leaving);
bool vpn_may_delete(const struct vpn *v, const struct rib_entry *e);
/* End the hold of one prefix. False: it is not held. */
bool vpn_release_hold(struct vpn *v, const struct prefix *p);
/* What the kernel does not take of an entry is tried again by vpn_retry(). */
void vpn_refused(struct vpn *v, struct rib_entry *e, bool refused);
/*
 * The same of source prefixes. Seconds later each time, while that helps none
 * of them.
 */
void vpn_retry(struct vpn *v, time_t now);
/* The kernel's table has room again: next time, whatever there is to wait. */
void vpns_have_room(struct daemon *d);
/* Decide about every entry again. */
void vpn_requeue(struct vpn *v);
/* About those with several paths: some of them rank otherwise than before. */
void vpn_rerank(struct vpn *v);
/*
 * A VPN, whose neighbors are gone, goes; with remove, all of it in the kernel
 * does at once, else that stays. Its memory does by and by.
 */
void vpn_destroy(struct vpn *v, bool remove);
/* Free such VPNs until the clock (base/clock.h) says so. True: there is more. */
bool vpns_leave(struct daemon *d, uint64_t until_us);

/* Delete everything of a VPN in the kernel. */
void vpn_purge(struct kern *kern, uint32_t table);

#endif /* CESTEER_CORE_VPN_H */
