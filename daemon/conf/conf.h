/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The room's face: the configuration file as a value. It is read whole and
 * checked whole; nothing half-valid ever leaves this room. Every key is
 * explained in daemon/dist/cesteerd.yaml.
 */
#ifndef CESTEER_CONF_CONF_H
#define CESTEER_CONF_CONF_H

#include <linux/cesteer.h>
#include "base/addr.h"
#include "base/log.h"
#include "bgp/bgp.h"
#include "bmp/bmp.h"
#include "ike/ike.h"
#include "rib/claim.h"
#include "rib/hold.h"

#define CONF_DEFAULT_PATH "/etc/cesteer/cesteerd.yaml"

/* A local decision about one prefix; wins over what is learned for it. */
struct conf_static {
	struct prefix prefix;
	uint8_t action; /* enum cesteer_action */
	uint8_t n_gateways; /* to protect: preferred first */
	struct addr gateways[CESTEER_GATEWAYS_MAX];
};

struct conf_vpn {
	char *name; /* unique */
	uint32_t table; /* FIB table of the VRF, 0 outside any; unique */
	char vrf[16]; /* its device, "" outside any */
	uint8_t default_action; /* CESTEER_ACTION_BYPASS or _DISCARD */
	bool has_mode;
	uint8_t mode; /* enum cesteer_mode, of gateways that it names */
	bool hole; /* what has no identity is "bypass", also under a cover */
	struct hold_policy hold;
	struct claims claims;
	/* In order; so are origins and statics, by prefix. */
	struct prefix *sources;
	size_t n_sources;
	struct bgp_gateways announce; /* of origins that name none; or none */
	struct bgp_origin *origins; /* as they go on the VPN's own sessions */
	size_t n_origins;
	/* How they go on those of neighbors that carry all VPNs. */
	bool has_rd, has_label;
	uint64_t rd; /* unique */
	uint32_t label;
	uint8_t n_exports; /* route targets; 0: they are not announced there */
	struct bgp_target exports[BGP_ORIGIN_TARGETS]; /* in order, unique */
	struct conf_static *statics;
	size_t n_statics;
	char (*devices)[16]; /* whose packets may go the fast way; unique */
	size_t n_devices;
	/*
	 * What the VPN takes of the neighbors that carry all VPNs: routes with
	 * one of these targets. In order, unique.
	 */
	struct bgp_target *imports;
	size_t n_imports;
	struct bgp_peer_conf *neighbors; /* their origins are the VPN's */
	size_t n_neighbors;
};

/* What is particular to one gateway, or to a group. */
struct conf_gateway {
	struct prefix address; /* unique; the longest match counts */
	bool has_mode;
	uint8_t mode; /* enum cesteer_mode */
};

/* What may wait for SAs, in packets and octets of memory. */
struct conf_queue {
	uint32_t packets, bytes; /* a gateway's; 0 packets: none waits */
	uint32_t age; /* seconds */
	uint32_t total; /* octets of all gateways together */
};

/* Whose the unicast routes of a VRF's peers are. */
struct conf_vrf {
	uint64_t rd; /* unique */
	char *vpn; /* name */
};

/* A router whose BMP is listened to. */
struct conf_router {
	struct bmp_router_conf bmp;
	uint32_t max_prefixes; /* of one of its peers; 0: any number */
	char *vpn; /* of its peers in no VRF, NULL: they are not listened to */
	struct conf_vrf *vrfs;
	size_t n_vrfs;
};

/* An MRT file that is replayed. */
struct conf_file {
	char name[64]; /* unique */
	char *path;
	char *vpn; /* of its unicast routes, NULL: they are not used */
};

struct conf {
	char *file;
	char **warnings; /* "FILE:LINE:COLUMN: warning: ..." */
	size_t n_warnings;
	struct addr identity4, identity6; /* own gateway; at least one */
	struct bgp_gateways announce; /* as a VPN's, which counts before */
	struct bgp_speaker_conf bgp;
	struct ike_conf ike;
	uint8_t mode; /* enum cesteer_mode, of VPNs that have none */
	struct conf_gateway *gateways; /* in order of address */
	size_t n_gateways;
	struct conf_vpn *vpns; /* at least one */
	size_t n_vpns;
	struct bgp_peer_conf *neighbors; /* that carry all VPNs */
	size_t n_neighbors;
	struct bgp_origin *exports; /* what is announced to them */
	size_t n_exports;
	struct conf_queue queue;
	struct bmp_station_conf bmp;
	struct conf_router *routers;
	size_t n_routers;
	struct conf_file *files;
	size_t n_files;
	char *control; /* path of the control socket */
	enum log_level log;
	uint32_t settle_time, stale_time, idle_time, hold_up_time; /* seconds */
};

/*
 * Read a file. NULL on failure, with one sentence in why:
 * "FILE:LINE:COLUMN: KEY: what was expected". What is allowed, but protects
 * nothing or cannot work, is in its warnings.
 */
struct conf *conf_load(const char *file, char *why, size_t why_len);
void conf_free(struct conf *c);
/* To the log; it is not said there by conf_load(). */
void conf_warnings_log(const struct conf *c);
/*
 * All neighbors, shared ones first: an array that the caller frees, of pointers
 * into the configuration. n: how many.
 */
const struct bgp_peer_conf **conf_neighbors(const struct conf *c, size_t *n);

/* The static entry for exactly this prefix, or NULL. */
const struct conf_static *conf_static_find(const struct conf_vpn *v,
					   const struct prefix *p);
/* What is originated for exactly this prefix, or NULL. */
const struct bgp_origin *conf_origin_find(const struct conf_vpn *v,
					  const struct prefix *p);
/* A neighbor that carries all VPNs, by name, or NULL. */
const struct bgp_peer_conf *conf_neighbor_find(const struct conf *c,
					       const char *name);
/* Mode of a gateway: what is listed for it or its group, else fallback. */
uint8_t conf_gateway_mode(const struct conf *c, const struct addr *a,
			  uint8_t fallback);
/* True when a is this gateway's own identity. */
bool conf_is_own(const struct conf *c, const struct addr *a);

#endif /* CESTEER_CONF_CONF_H */
