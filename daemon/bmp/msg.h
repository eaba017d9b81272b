/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BMP messages from octets: framing, the per-peer header, Peer Up and Down,
 * Initiation and Termination. The UPDATE in a Route Monitoring message is the
 * bgp room's. RFC 7854; RFC 8671 and 9069 (Adj-RIB-Out and Loc-RIB). Pure;
 * allocates nothing.
 */
#ifndef CESTEER_BMP_MSG_H
#define CESTEER_BMP_MSG_H

#include "bgp/feed.h"
#include "bgp/msg.h"

#define BMP_VERSION 3
#define BMP_HEADER_LEN 6
/* Room for a Peer Up with two OPENs of any length and as much text. */
#define BMP_MSG_MAX (256 * 1024)

enum bmp_msg_type {
	BMP_ROUTE_MONITORING = 0,
	BMP_STATISTICS = 1,
	BMP_PEER_DOWN = 2,
	BMP_PEER_UP = 3,
	BMP_INITIATION = 4,
	BMP_TERMINATION = 5,
	BMP_ROUTE_MIRRORING = 6,
	BMP_MSG_TYPES
};

struct bmp_header {
	uint32_t len; /* of the whole message */
	uint8_t type; /* enum bmp_msg_type, or an unknown one: to be skipped */
};

/*
 * Look at the message that starts at p, of which n octets are here. 1: *h is
 * complete and right (the rest may still be on the way). 0: more octets are
 * needed. -1: no BMP; *why is a static sentence.
 */
int bmp_header_decode(const uint8_t *p, size_t n, struct bmp_header *h,
		      const char **why);

enum bmp_peer_type {
	BMP_PEER_GLOBAL = 0,
	BMP_PEER_RD = 1, /* a session in a VRF, whose RD is given */
	BMP_PEER_LOCAL = 2, /* the same, with a number of local meaning */
	BMP_PEER_LOC_RIB = 3,
};

/* Which of the router's tables a route is in. */
enum bmp_rib {
	BMP_PRE_POLICY, /* Adj-RIB-In */
	BMP_POST_POLICY, /* Adj-RIB-In, after the router's import policy */
	BMP_LOC_RIB,
	BMP_RIB_OUT, /* Adj-RIB-Out: never of use here */
};

/* The per-peer header. */
struct bmp_peer_header {
	uint8_t type; /* enum bmp_peer_type */
	enum bmp_rib rib;
	bool as2; /* AS_PATH in the old form, of two-octet ASes */
	uint64_t distinguisher;
	struct addr address; /* family 0 for BMP_PEER_LOC_RIB */
	uint32_t as, router_id; /* host byte order */
};

/* Take it from the front of a message's body; false: *why. */
bool bmp_peer_header_decode(struct rd *r, struct bmp_peer_header *h,
			    const char **why);

/* Two OPENs; what a router does not remember of a session is left out. */
struct bmp_peer_up {
	bool has_sent, has_received;
	struct bgp_open sent, received; /* as the router saw them */
};

/* What follows the per-peer header; false: *why. */
bool bmp_peer_up_decode(struct rd r, struct bmp_peer_up *up, const char **why);
/*
 * Families that the peer may announce, and those of them whose prefixes have
 * path identifiers (RFC 7911).
 */
uint8_t bmp_peer_up_families(const struct bmp_peer_up *up, uint8_t *add_path);

/* What follows the per-peer header of a Peer Down, as a sentence in buf. */
#define BMP_TEXT (BGP_ERROR_TEXT + 64)
bool bmp_peer_down_decode(struct rd r, char *buf, const char **why);

/*
 * The one text (a NUL-terminated part of it, printable) of a TLV of that type
 * in an Initiation or Termination; "" when there is none. False: *why.
 */
bool bmp_text_decode(struct rd r, uint16_t type, char *buf, size_t size,
		     const char **why);
enum { BMP_INFO_STRING = 0, BMP_INFO_DESCRIPTION = 1, BMP_INFO_NAME = 2 };

#endif /* CESTEER_BMP_MSG_H */
