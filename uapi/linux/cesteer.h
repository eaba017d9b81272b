/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Generic netlink family "cesteer": the contract between cesteer.ko and user
 * space. uapi/cesteer.yaml describes each command and attribute; a test holds
 * this file against it. Compiles alone, as C90 and as C++.
 *
 * Integers are in host byte order unless named __be; addresses are in network
 * byte order. All state is per network namespace; every command needs
 * CAP_NET_ADMIN in the user namespace that owns the network namespace.
 */
#ifndef _UAPI_LINUX_CESTEER_H
#define _UAPI_LINUX_CESTEER_H

#include <linux/types.h>

#define CESTEER_GENL_NAME "cesteer"
#define CESTEER_GENL_VERSION 1
#define CESTEER_MCGRP_EVENTS "events"

/* Gateways an entry may name, in order of preference. */
#define CESTEER_GATEWAYS_MAX 8

enum cesteer_cmd {
	CESTEER_CMD_UNSPEC,
	CESTEER_CMD_INFO_GET,
	CESTEER_CMD_VPN_NEW, /* create, or set the default of an existing one */
	CESTEER_CMD_VPN_DEL,
	CESTEER_CMD_VPN_GET,
	CESTEER_CMD_GATEWAY_NEW, /* create only */
	CESTEER_CMD_GATEWAY_SET, /* mode, state */
	CESTEER_CMD_GATEWAY_DEL,
	CESTEER_CMD_GATEWAY_GET,
	CESTEER_CMD_SOURCE_NEW, /* a batch: applied whole or not at all */
	CESTEER_CMD_SOURCE_DEL,
	CESTEER_CMD_SOURCE_GET,
	CESTEER_CMD_ROUTE_NEW, /* a batch: applied whole or not at all */
	CESTEER_CMD_ROUTE_DEL,
	CESTEER_CMD_ROUTE_GET,
	CESTEER_CMD_TABLE_BEGIN, /* open an empty table beside a VPN's own */
	CESTEER_CMD_TABLE_COMMIT, /* put it in the place of the VPN's own */
	CESTEER_CMD_TABLE_ABORT,
	CESTEER_CMD_COUNTERS_GET,
	CESTEER_CMD_EXPLAIN,
	CESTEER_CMD_CHANGE_NTF, /* notifications, to CESTEER_MCGRP_EVENTS */
	CESTEER_CMD_GATEWAY_NTF,
	CESTEER_CMD_DROP_NTF,
	CESTEER_CMD_QUEUE_SET, /* limits of packets that wait for an SA */
	CESTEER_CMD_OWN, /* until this socket is closed only it makes changes */
	CESTEER_CMD_DEVICE_NEW, /* a device whose packets may go the fast way */
	CESTEER_CMD_DEVICE_DEL,
	CESTEER_CMD_DEVICE_GET,
	__CESTEER_CMD_MAX
};

#define CESTEER_CMD_MAX (__CESTEER_CMD_MAX - 1)

/* What an entry says (RFC 4301, section 4.4.1). */
enum cesteer_action {
	CESTEER_ACTION_UNSPEC,
	CESTEER_ACTION_PROTECT,
	CESTEER_ACTION_BYPASS,
	CESTEER_ACTION_DISCARD,
	__CESTEER_ACTION_MAX
};

enum cesteer_mode {
	CESTEER_MODE_ON_DEMAND,
	CESTEER_MODE_PRE_ESTABLISHED,
	__CESTEER_MODE_MAX
};

enum cesteer_gateway_state {
	CESTEER_GATEWAY_USABLE,
	CESTEER_GATEWAY_DOWN, /* passed over while another of the set is usable */
	__CESTEER_GATEWAY_STATE_MAX
};

/*
 * What the module can do that not every module of this version of the contract
 * can. Commands and attributes are only added within a version.
 */
enum cesteer_feature {
	CESTEER_FEATURE_ICMP_ERRORS, /* ICMP errors: by what they quote */
	CESTEER_FEATURE_WAITING, /* packets wait for an SA */
	CESTEER_FEATURE_OWNER, /* CESTEER_CMD_OWN, and attributes that force */
	CESTEER_FEATURE_FAST, /* devices may be named for the fast way */
	__CESTEER_FEATURE_MAX
};

enum cesteer_direction {
	CESTEER_DIR_OUT, /* towards the provider: forwarded or locally sent */
	CESTEER_DIR_IN, /* from the provider, before routing */
	__CESTEER_DIR_MAX
};

enum cesteer_verdict {
	CESTEER_VERDICT_PASS,
	CESTEER_VERDICT_PROTECT,
	CESTEER_VERDICT_DROP,
	__CESTEER_VERDICT_MAX
};

/*
 * Why a packet got its verdict. Each is a counter of the namespace; the ones
 * from CESTEER_REASON_DISCARD on are drops.
 */
enum cesteer_reason {
	CESTEER_REASON_NO_SOURCE, /* out: source in no source prefix */
	CESTEER_REASON_NO_ROUTE, /* no entry, and the VPN's default lets pass */
	CESTEER_REASON_BYPASS, /* the entry says clear text is right */
	CESTEER_REASON_LINK_SCOPE, /* multicast; our own on the link */
	CESTEER_REASON_OWN_TUNNEL, /* IKE or ESP of the entry's own gateway */
	CESTEER_REASON_SPD, /* the operator's own SPD transforms it already */
	CESTEER_REASON_PROTECTED, /* out: handed to XFRM */
	CESTEER_REASON_VERIFIED, /* in: from the right gateway's SA */
	CESTEER_REASON_IN_OTHER, /* in: not for a source prefix */
	CESTEER_REASON_DISCARD, /* the entry, or the VPN's default, says so */
	CESTEER_REASON_NO_SA, /* no SA yet, and no packet may wait for one */
	CESTEER_REASON_NO_POLICY, /* no XFRM policy for the gateway's if_id */
	CESTEER_REASON_XFRM_ERROR, /* XFRM refused, or the outer route is gone */
	CESTEER_REASON_TOO_BIG, /* exceeds the tunnel's MTU; ICMP was sent */
	CESTEER_REASON_LATE_NAT, /* became protectable after it was looked at */
	CESTEER_REASON_IN_CLEAR, /* in: trusted source in clear text */
	CESTEER_REASON_IN_WRONG_SA, /* in: by an SA of another gateway */
	CESTEER_REASON_IN_NOT_LOCAL, /* in: by an SA, to no source prefix */
	CESTEER_REASON_MALFORMED, /* reserved: counts nothing */
	CESTEER_REASON_QUEUE_FULL, /* waited for an SA, or was to: no room */
	CESTEER_REASON_QUEUE_EXPIRED, /* waited for an SA, too long */
	CESTEER_REASON_QUEUE_FLUSHED, /* waited, and its gateway was deleted */
	CESTEER_REASON_QUEUE_WITHDRAWN, /* waited, and is not to be protected now */
	CESTEER_REASON_QUEUE_UNROUTABLE, /* waited, and has no route any more */
	CESTEER_REASON_REDIRECT, /* would tell a host to send past this gateway */
	CESTEER_REASON_BRIDGED, /* DNAT made it protectable, a bridge sends it */
	__CESTEER_REASON_MAX
};

#define CESTEER_REASON_MAX (__CESTEER_REASON_MAX - 1)

/* One prefix of a batch; bits beyond len must be zero, zero[] must be zero. */
struct cesteer_prefix4 {
	__u8 addr[4];
	__u8 len; /* 0 to 32 */
	__u8 zero[3];
};

struct cesteer_prefix6 {
	__u8 addr[16];
	__u8 len; /* 0 to 128 */
	__u8 zero[3];
};

enum cesteer_a_info {
	CESTEER_A_INFO_UNSPEC,
	CESTEER_A_INFO_PAD,
	CESTEER_A_INFO_VERSION, /* u32, CESTEER_GENL_VERSION */
	CESTEER_A_INFO_MODULE, /* string, the module's own version */
	CESTEER_A_INFO_MAX_GATEWAYS, /* u32, limits of the namespace */
	CESTEER_A_INFO_MAX_SOURCES, /* u32 */
	CESTEER_A_INFO_MAX_ROUTES, /* u32 */
	CESTEER_A_INFO_GATEWAYS, /* u32, held now */
	CESTEER_A_INFO_SOURCES, /* u32 */
	CESTEER_A_INFO_ROUTES, /* u32 */
	CESTEER_A_INFO_BYTES, /* u64, memory of the tables */
	CESTEER_A_INFO_FEATURES, /* u64, a bit for each enum cesteer_feature */
	CESTEER_A_INFO_QUEUE_PACKETS, /* u32, limit a gateway; 0: none waits */
	CESTEER_A_INFO_QUEUE_BYTES, /* u32, limit a gateway, of memory */
	CESTEER_A_INFO_QUEUE_AGE, /* u32, limit in milliseconds */
	CESTEER_A_INFO_QUEUE_TOTAL, /* u32, limit of the namespace, of memory */
	CESTEER_A_INFO_QUEUE_HELD, /* u32, octets held now */
	CESTEER_A_INFO_FORCE, /* flag, QUEUE_SET: whoever owns the namespace */
	CESTEER_A_INFO_OWNER_PID, /* u32, of the process that owns it */
	CESTEER_A_INFO_OWNER_COMM, /* string, its name */
	__CESTEER_A_INFO_MAX
};

#define CESTEER_A_INFO_MAX (__CESTEER_A_INFO_MAX - 1)

enum cesteer_a_vpn {
	CESTEER_A_VPN_UNSPEC,
	CESTEER_A_VPN_PAD,
	CESTEER_A_VPN_ID, /* u32, FIB table of the VRF, 0 outside any VRF */
	CESTEER_A_VPN_DEFAULT, /* u8, enum cesteer_action: bypass or discard */
	CESTEER_A_VPN_SOURCES, /* u32, prefixes */
	CESTEER_A_VPN_ROUTES, /* u32, prefixes */
	CESTEER_A_VPN_BYTES, /* u64, memory of its tables in octets */
	CESTEER_A_VPN_FORCE, /* flag: whoever owns the namespace */
	__CESTEER_A_VPN_MAX
};

#define CESTEER_A_VPN_MAX (__CESTEER_A_VPN_MAX - 1)

enum cesteer_a_gateway {
	CESTEER_A_GATEWAY_UNSPEC,
	CESTEER_A_GATEWAY_PAD,
	CESTEER_A_GATEWAY_ID, /* u32, 1 and up */
	CESTEER_A_GATEWAY_ADDR4, /* 4 octets, or */
	CESTEER_A_GATEWAY_ADDR6, /* 16 octets */
	CESTEER_A_GATEWAY_IF_ID, /* u32, not 0, unique */
	CESTEER_A_GATEWAY_MODE, /* u8, enum cesteer_mode */
	CESTEER_A_GATEWAY_STATE, /* u8, enum cesteer_gateway_state */
	CESTEER_A_GATEWAY_ROUTES, /* u32, entries that name it */
	CESTEER_A_GATEWAY_OUT_PACKETS, /* u64, inner packets and octets */
	CESTEER_A_GATEWAY_OUT_BYTES, /* u64 */
	CESTEER_A_GATEWAY_IN_PACKETS, /* u64 */
	CESTEER_A_GATEWAY_IN_BYTES, /* u64 */
	CESTEER_A_GATEWAY_DROPS, /* u64 */
	CESTEER_A_GATEWAY_WAITING, /* u32, packets that wait for its SA now */
	CESTEER_A_GATEWAY_WAITED, /* u64, packets that ever did */
	CESTEER_A_GATEWAY_FORCE, /* flag: whoever owns the namespace */
	__CESTEER_A_GATEWAY_MAX
};

#define CESTEER_A_GATEWAY_MAX (__CESTEER_A_GATEWAY_MAX - 1)

/* SOURCE_*, ROUTE_* and TABLE_*. */
enum cesteer_a_table {
	CESTEER_A_TABLE_UNSPEC,
	CESTEER_A_TABLE_VPN, /* u32 */
	CESTEER_A_TABLE_TRANSACTION, /* flag: into the table opened by BEGIN */
	CESTEER_A_TABLE_GROUP, /* nest of cesteer_a_group, repeated */
	CESTEER_A_TABLE_FORCE, /* flag: whoever owns the namespace */
	__CESTEER_A_TABLE_MAX
};

#define CESTEER_A_TABLE_MAX (__CESTEER_A_TABLE_MAX - 1)

/* Prefixes that say the same thing. */
enum cesteer_a_group {
	CESTEER_A_GROUP_UNSPEC,
	CESTEER_A_GROUP_ACTION, /* u8, enum cesteer_action; routes only */
	CESTEER_A_GROUP_GATEWAYS, /* u32[], gateway ids, preferred first */
	CESTEER_A_GROUP_PREFIXES4, /* struct cesteer_prefix4[] */
	CESTEER_A_GROUP_PREFIXES6, /* struct cesteer_prefix6[] */
	__CESTEER_A_GROUP_MAX
};

#define CESTEER_A_GROUP_MAX (__CESTEER_A_GROUP_MAX - 1)

enum cesteer_a_counter {
	CESTEER_A_COUNTER_UNSPEC,
	CESTEER_A_COUNTER_PAD,
	CESTEER_A_COUNTER_REASON, /* u32, enum cesteer_reason */
	CESTEER_A_COUNTER_NAME, /* string, "no-sa" */
	CESTEER_A_COUNTER_VERDICT, /* u8, enum cesteer_verdict */
	CESTEER_A_COUNTER_PACKETS, /* u64 */
	__CESTEER_A_COUNTER_MAX
};

#define CESTEER_A_COUNTER_MAX (__CESTEER_A_COUNTER_MAX - 1)

enum cesteer_a_explain {
	CESTEER_A_EXPLAIN_UNSPEC,
	/* request */
	CESTEER_A_EXPLAIN_VPN, /* u32, 0 when absent */
	CESTEER_A_EXPLAIN_DIRECTION, /* u8, enum cesteer_direction */
	CESTEER_A_EXPLAIN_SRC4, /* 4 octets */
	CESTEER_A_EXPLAIN_DST4, /* 4 octets */
	CESTEER_A_EXPLAIN_SRC6, /* 16 octets */
	CESTEER_A_EXPLAIN_DST6, /* 16 octets */
	CESTEER_A_EXPLAIN_PROTO, /* u8, IP protocol */
	CESTEER_A_EXPLAIN_SPORT, /* u16 */
	CESTEER_A_EXPLAIN_DPORT, /* u16 */
	CESTEER_A_EXPLAIN_IF_ID, /* u32, in: decapsulated by that SA; also reply */
	/* reply */
	CESTEER_A_EXPLAIN_VERDICT, /* u8, enum cesteer_verdict */
	CESTEER_A_EXPLAIN_REASON, /* u32, enum cesteer_reason */
	CESTEER_A_EXPLAIN_REASON_NAME, /* string */
	CESTEER_A_EXPLAIN_ACTION, /* u8, of the entry that matched */
	CESTEER_A_EXPLAIN_SOURCE4, /* struct cesteer_prefix4 that matched */
	CESTEER_A_EXPLAIN_SOURCE6,
	CESTEER_A_EXPLAIN_ROUTE4,
	CESTEER_A_EXPLAIN_ROUTE6,
	CESTEER_A_EXPLAIN_GATEWAY, /* u32, the one that is used */
	__CESTEER_A_EXPLAIN_MAX
};

#define CESTEER_A_EXPLAIN_MAX (__CESTEER_A_EXPLAIN_MAX - 1)

/* DEVICE_*: a device that need not be there yet. */
enum cesteer_a_device {
	CESTEER_A_DEVICE_UNSPEC,
	CESTEER_A_DEVICE_PAD,
	CESTEER_A_DEVICE_VPN, /* u32, 0 when absent */
	CESTEER_A_DEVICE_NAME, /* string */
	CESTEER_A_DEVICE_IFINDEX, /* u32; absent: there is no such device now */
	CESTEER_A_DEVICE_PACKETS, /* u64, that went the fast way */
	CESTEER_A_DEVICE_FORCE, /* flag: whoever owns the namespace */
	__CESTEER_A_DEVICE_MAX
};

#define CESTEER_A_DEVICE_MAX (__CESTEER_A_DEVICE_MAX - 1)

/*
 * CHANGE_NTF: what one applied request did. The message's port id and sequence
 * number are the request's.
 */
enum cesteer_a_change {
	CESTEER_A_CHANGE_UNSPEC,
	CESTEER_A_CHANGE_VPN, /* u32; absent: gateways, queues */
	CESTEER_A_CHANGE_CMD, /* u8, enum cesteer_cmd of the request */
	CESTEER_A_CHANGE_ADDED, /* u32 */
	CESTEER_A_CHANGE_REPLACED, /* u32 */
	CESTEER_A_CHANGE_DELETED, /* u32 */
	CESTEER_A_CHANGE_PID, /* u32, of the process that asked */
	CESTEER_A_CHANGE_COMM, /* string, its name */
	__CESTEER_A_CHANGE_MAX
};

#define CESTEER_A_CHANGE_MAX (__CESTEER_A_CHANGE_MAX - 1)

/* DROP_NTF: one of the packets dropped; rate-limited. */
enum cesteer_a_drop {
	CESTEER_A_DROP_UNSPEC,
	CESTEER_A_DROP_VPN, /* u32 */
	CESTEER_A_DROP_REASON, /* u32, enum cesteer_reason */
	CESTEER_A_DROP_REASON_NAME, /* string */
	CESTEER_A_DROP_SRC4, /* 4 octets */
	CESTEER_A_DROP_DST4, /* 4 octets */
	CESTEER_A_DROP_SRC6, /* 16 octets */
	CESTEER_A_DROP_DST6, /* 16 octets */
	CESTEER_A_DROP_PROTO, /* u8 */
	CESTEER_A_DROP_GATEWAY, /* u32, where the entry names one */
	__CESTEER_A_DROP_MAX
};

#define CESTEER_A_DROP_MAX (__CESTEER_A_DROP_MAX - 1)

#endif /* _UAPI_LINUX_CESTEER_H */
