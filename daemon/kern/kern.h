/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The room's face: the kernel's table, as objects. What is asked here becomes
 * generic netlink requests of the family "cesteer" (uapi/linux/cesteer.h);
 * requests are synchronous (the kernel answers without waiting for anything).
 *
 * Every function that can fail returns 0 or a negative errno, and leaves the
 * kernel's own sentence, with the prefix or attribute it is about, for
 * kern_error().
 */
#ifndef CESTEER_KERN_KERN_H
#define CESTEER_KERN_KERN_H

#include <net/if.h>
#include <stdio.h>
#include "base/addr.h"
#include <linux/cesteer.h>

/* What an entry says: an action and, to protect, gateways, preferred first. */
struct kern_target {
	uint8_t action; /* enum cesteer_action */
	uint8_t n_gateways;
	uint32_t gateways[CESTEER_GATEWAYS_MAX]; /* ids */
};

/* Any order, the same each time. */
int kern_target_cmp(const struct kern_target *a, const struct kern_target *b);
bool kern_target_equal(const struct kern_target *a,
		       const struct kern_target *b);

struct kern_route {
	struct prefix prefix;
	struct kern_target target;
};

struct kern_gateway {
	uint32_t id; /* 1 and up */
	uint32_t if_id;
	struct addr address;
	uint8_t mode; /* enum cesteer_mode */
	uint8_t state; /* enum cesteer_gateway_state */
	uint32_t routes;
	uint64_t out_packets, out_bytes, in_packets, in_bytes, drops;
	uint32_t waiting; /* packets that wait for its SA now */
	uint64_t waited; /* packets that ever did */
};

struct kern_vpn {
	uint32_t id; /* FIB table of the VRF, 0: outside any */
	uint8_t default_action; /* enum cesteer_action: bypass or discard */
	uint32_t sources, routes;
	uint64_t bytes;
};

/* A device whose packets may go the fast way; it need not be there yet. */
struct kern_device {
	uint32_t vpn;
	uint32_t ifindex; /* 0: there is none of that name now */
	uint64_t packets; /* that went the fast way */
	char name[IF_NAMESIZE];
};

/* What may wait for an SA: a gateway's packets, and all of a namespace's. */
struct kern_queue {
	uint32_t packets; /* a gateway's; 0: none waits */
	uint32_t bytes; /* a gateway's, octets of memory */
	uint32_t age; /* ms */
	uint32_t total; /* the namespace's, octets of memory */
};

struct kern_info {
	uint32_t version, max_gateways, max_sources, max_routes;
	uint32_t gateways, sources, routes;
	uint64_t bytes;
	uint64_t features; /* a bit for each enum cesteer_feature */
	struct kern_queue queue; /* limits */
	uint32_t queue_held; /* octets that wait now */
	char module[32];
	uint32_t owner_pid; /* of the process that owns the namespace; 0: none */
	char owner[16]; /* its name */
};

struct kern_counter {
	uint32_t reason; /* enum cesteer_reason */
	uint8_t verdict; /* enum cesteer_verdict */
	uint64_t packets;
	char name[32];
};

struct kern_query {
	uint32_t vpn;
	uint8_t direction; /* enum cesteer_direction */
	struct addr src, dst;
	uint8_t proto; /* 0: not said */
	uint16_t sport, dport; /* host byte order */
	uint32_t if_id;
};

struct kern_answer {
	uint8_t verdict; /* enum cesteer_verdict */
	uint32_t reason;
	char reason_name[32];
	struct prefix source, route; /* family 0: none matched */
	uint8_t action; /* of the entry; 0: none */
	uint32_t gateway; /* id; 0: none */
	uint32_t if_id;
};

struct kern;

/* -ENOENT: the module is not loaded. Version differences are refused here. */
int kern_open(struct kern **kp, char *why, size_t why_len);
void kern_close(struct kern *k);
/* What the last failure was: one sentence, never NULL. */
const char *kern_error(const struct kern *k);

/* The port id of its socket: what it changes raises events that say so. */
uint32_t kern_port(const struct kern *k);

int kern_info(struct kern *k, struct kern_info *info);

/*
 * Make the namespace this one's own until it is closed: what others change is
 * refused, unless they force it. A module that cannot do so changes nothing.
 */
int kern_own(struct kern *k);
/* From now on make changes whoever owns the namespace. */
void kern_force(struct kern *k);

/* Set the limits of what waits for SAs; packets over them go later on. */
int kern_queue_set(struct kern *k, const struct kern_queue *q);
int kern_vpn_set(struct kern *k, uint32_t id, uint8_t default_action);
int kern_vpn_del(struct kern *k, uint32_t id);
/* -EOPNOTSUPP: the module has no fast way. */
int kern_device_add(struct kern *k, uint32_t vpn, const char *name);
int kern_device_del(struct kern *k, uint32_t vpn, const char *name);
int kern_gateway_add(struct kern *k, const struct kern_gateway *gw);
int kern_gateway_set(struct kern *k, uint32_t id, uint8_t mode, uint8_t state);
int kern_gateway_del(struct kern *k, uint32_t id);

/*
 * Batches of any size, each prefix once; in order of prefix_cmp() they cost
 * least. They are cut into messages that the kernel applies whole or not at
 * all; *done says how many entries, from the first on, were applied when the
 * function fails. Deleting looks at the prefixes only.
 */
int kern_sources_add(struct kern *k, uint32_t vpn, const struct prefix *p,
		     size_t n, size_t *done);
int kern_sources_del(struct kern *k, uint32_t vpn, const struct prefix *p,
		     size_t n, size_t *done);
int kern_routes_add(struct kern *k, uint32_t vpn, const struct kern_route *r,
		    size_t n, size_t *done);
int kern_routes_del(struct kern *k, uint32_t vpn, const struct prefix *p,
		    size_t n, size_t *done);

/*
 * Dumps: the callback sees each object once, sources and routes in order of
 * prefix_cmp(). It returns 0 to go on. A dump that changes interrupted is
 * done again from the start after restart() (which may be NULL when cb bears
 * repetition) was called.
 */
int kern_vpns(struct kern *k, int (*cb)(void *arg, const struct kern_vpn *v),
	      void (*restart)(void *arg), void *arg);
int kern_devices(struct kern *k,
		 int (*cb)(void *arg, const struct kern_device *dev),
		 void (*restart)(void *arg), void *arg);
int kern_gateways(struct kern *k,
		  int (*cb)(void *arg, const struct kern_gateway *g),
		  void (*restart)(void *arg), void *arg);
int kern_sources(struct kern *k, uint32_t vpn,
		 int (*cb)(void *arg, const struct prefix *p),
		 void (*restart)(void *arg), void *arg);
int kern_routes(struct kern *k, uint32_t vpn,
		int (*cb)(void *arg, const struct kern_route *r),
		void (*restart)(void *arg), void *arg);
int kern_counters(struct kern *k,
		  int (*cb)(void *arg, const struct kern_counter *c),
		  void *arg);
int kern_explain(struct kern *k, const struct kern_query *q,
		 struct kern_answer *a);

/* The words of the field: "protect", "on-demand", "drop", ... */
const char *kern_action_name(uint8_t action);
const char *kern_mode_name(uint8_t mode);
const char *kern_verdict_name(uint8_t verdict);
const char *kern_gateway_state_name(uint8_t state);
const char *kern_feature_name(uint8_t feature);

#endif /* CESTEER_KERN_KERN_H */
