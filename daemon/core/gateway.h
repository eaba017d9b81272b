/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The gateways that entries name: one object a Security Gateway Identity,
 * the same towards the kernel (id, if_id) and the IKE daemon (connection).
 *
 * A gateway is made in the kernel first, then its connection is loaded, then
 * entries may name it; it goes in the reverse order, once it was idle for a
 * while. Its if_id follows from its address, so that neither a restart of
 * this daemon nor a reload of the module changes it under an SA. Ids only
 * grow: what was told about a gateway that is gone is never mistaken for
 * another's.
 */
#ifndef CESTEER_CORE_GATEWAY_H
#define CESTEER_CORE_GATEWAY_H

#include "base/addr.h"
#include "conf/conf.h"
#include "ike/ike.h"
#include "kern/kern.h"

struct gateway {
	struct addr address;
	uint32_t id, if_id;
	uint8_t mode; /* enum cesteer_mode */
	uint8_t state; /* enum cesteer_gateway_state */
	bool in_kernel;
	/* Of targets_recover(): an entry names another that is usable. */
	bool served;
	bool seen; /* by the audit that is under way */
	bool altered; /* as it saw it: not as we set it */
	char *refusal; /* why the kernel refused it; NULL: it did not */
	time_t retry_at; /* of one that it refused */
	unsigned int users; /* entries that name it */
	unsigned int named,
		eager; /* installed ones; of VPNs that pre-establish */
	time_t idle_since; /* without users */
	time_t good_since; /* down, but said to be well again; 0: it is not */
	bool doubted; /* it failed, or was down before us: only an SA says better */
	bool drained; /* down, because an operator said so */
	struct ike_gateway *ike;
	uint64_t drops; /* packets, when demand.c last looked */
	uint32_t unserved; /* the look at which traffic had no SA coming; or 0 */
};

struct gateways {
	struct kern *kern;
	struct ike *ike;
	const struct conf *conf;
	struct journal *journal;
	struct gateway **list; /* in order of address */
	size_t n;
	struct gateway **by_id, **by_if_id; /* in order of these */
	uint32_t last_id;
	size_t asked; /* how often the kernel was asked to make one */
	size_t refused; /* of them, by the kernel */
	size_t told; /* refusals, since none was refused */
	bool unsure; /* a setting failed: what the kernel has is not known */
};

/*
 * Take over what the kernel holds (a run before made it). 0 or a negative
 * errno. ike is set before, conf is too.
 */
int gateways_adopt(struct gateways *g);
/* Free all; what is in the kernel and in the IKE daemon is left alone. */
void gateways_free(struct gateways *g);

/*
 * The gateway with this address, made where there is none, for a VPN of that
 * mode. Check in_kernel before an entry names it: one that the kernel refuses
 * is asked for again by another call, some seconds later. NULL: memory.
 */
struct gateway *gateways_get(struct gateways *g, const struct addr *a,
			     uint8_t mode, time_t now);
/* The place in the list of the first one behind this address. */
size_t gateways_after(const struct gateways *g, const struct addr *a);
/* The gateway with this address, or NULL. */
struct gateway *gateways_find(const struct gateways *g, const struct addr *a);
struct gateway *gateways_by_id(const struct gateways *g, uint32_t id);
void gateway_use(struct gateway *gw);
void gateway_unuse(struct gateway *gw, time_t now);
/*
 * by (1 or -1) installed entries of VPNs of that mode name it: where nothing is
 * configured for the gateway itself, it is pre-established for the sake of one.
 */
void gateway_named(struct gateways *g, struct gateway *gw, uint8_t mode,
		   int by);

/* Unload and delete what was idle long enough. True: there was any. */
bool gateways_sweep(struct gateways *g, time_t now);
/*
 * Look which gateways the kernel has, where it has not as many as we made or has
 * refused a setting, or in any case when whole is set: those that somebody else
 * deleted are made again, now or when an entry names them, those that were
 * changed are set again, and others' are deleted. who: to be told who that was.
 * Return: how many these are, or a negative errno.
 */
int gateways_audit(struct gateways *g, bool whole, const char *who);
/* Delete all from the kernel; the IKE driver is gone, no entry is left. */
void gateways_purge(struct gateways *g);
/* conf was replaced: set the modes anew. */
void gateways_reconfigure(struct gateways *g);
/*
 * What the IKE daemon says decides whether entries pass the gateway over. One
 * that failed is well again when there is an SA with it, and not used again at
 * once: see targets_recover().
 */
void gateway_ike_state(struct gateways *g, struct gateway *gw,
		       enum ike_state state, const char *why, time_t now);
/*
 * Each second: initiate SAs with those that are down and that nobody tries, and
 * tell the kernel again what it did not take of those that failed.
 */
void gateways_tick(struct gateways *g);
/*
 * A gateway joins entries that another one serves: it is passed over until it
 * has been well for as long as one that was down.
 */
void gateway_join(struct gateways *g, struct gateway *gw, time_t now);
/*
 * An operator takes it out of service, or puts it back: it is passed over, well
 * or not, while another gateway of an entry can serve. Kept as long as this
 * daemon runs, also while no entry names it. False, and a sentence in why: the
 * kernel refuses.
 */
bool gateway_drain(struct gateways *g, struct gateway *gw, bool drain,
		   char *why, size_t why_len);
/* It was well for long enough. */
void gateway_recovered(struct gateways *g, struct gateway *gw);

#endif /* CESTEER_CORE_GATEWAY_H */
