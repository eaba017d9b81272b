/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MRT records from octets: tables (TABLE_DUMP_V2) and messages as they came
 * (BGP4MP). RFC 6396; RFC 8050 (path identifiers). Pure; allocates nothing:
 * what is found points into the record.
 */
#ifndef CESTEER_MRT_RECORD_H
#define CESTEER_MRT_RECORD_H

#include "base/addr.h"
#include "base/buf.h"

#define MRT_HEADER_LEN 12
/* Of one record's body; a prefix with 65535 paths of a few octets fits. */
#define MRT_RECORD_MAX (4 * 1024 * 1024)

enum mrt_kind {
	MRT_OTHER, /* to be skipped */
	MRT_INDEX, /* the peers that the records of a table refer to */
	MRT_RIB, /* one prefix of a table */
	MRT_MESSAGE, /* a BGP message */
	MRT_STATE, /* a session's state changed */
};

struct mrt_header {
	enum mrt_kind kind;
	uint16_t type, subtype;
	uint32_t len; /* of the body, after the header */
};

/*
 * Look at the record that starts at p, of which n octets are here. 1: *h is
 * complete (the body may still be on the way). 0: more octets are needed. -1:
 * no MRT; *why is a static sentence, as everywhere below.
 */
int mrt_header_decode(const uint8_t *p, size_t n, struct mrt_header *h,
		      const char **why);

/* A peer of the table, or of a session. */
struct mrt_peer {
	struct addr address;
	uint32_t as, router_id; /* host byte order; router_id 0: unknown */
};

/* The front of MRT_INDEX: n peers follow. False: *why. */
bool mrt_index_begin(struct rd *r, uint16_t *n, const char **why);
bool mrt_index_next(struct rd *r, struct mrt_peer *peer, const char **why);

/* One prefix of a table. */
struct mrt_rib {
	uint8_t family; /* BGP_IPV4, ...; 0: one that is not looked at */
	uint16_t afi;
	uint8_t safi;
	bool add_path; /* its paths have identifiers */
	struct rd prefix; /* as in an UPDATE, without a path identifier */
	uint16_t n; /* paths that follow */
};

/* One path to it. */
struct mrt_path {
	uint16_t peer; /* in the index */
	uint32_t id;
	struct rd attrs;
};

/* The front of MRT_RIB. False: *why. */
bool mrt_rib_begin(struct rd *r, const struct mrt_header *h,
		   struct mrt_rib *rib, const char **why);
bool mrt_rib_next(struct rd *r, const struct mrt_rib *rib,
		  struct mrt_path *path, const char **why);
/*
 * The body of the UPDATE that would have brought a path, into out, which has
 * MRT_UPDATE_MAX octets: a table has the next hop alone where an UPDATE has
 * MP_REACH_NLRI (RFC 6396, section 4.3.4). Returns its length; 0 and *why
 * when none can be made of it.
 */
#define MRT_UPDATE_MAX (2 * 65536)
size_t mrt_path_update(const struct mrt_rib *rib, const struct mrt_path *path,
		       uint8_t *out, const char **why);

/* A message or a change of state, and whose. */
struct mrt_session {
	struct mrt_peer peer;
	uint32_t local_as;
	bool as4; /* AS_PATH of four-octet ASes */
	bool add_path; /* its prefixes have path identifiers */
	bool local; /* the router's own message, not the peer's */
	struct rd message; /* header and all; of MRT_MESSAGE */
	uint16_t from, to; /* states of RFC 4271, 1 to 6; of MRT_STATE */
};

/* MRT_MESSAGE or MRT_STATE. False: *why. */
bool mrt_session_decode(struct rd r, const struct mrt_header *h,
			struct mrt_session *s, const char **why);

#endif /* CESTEER_MRT_RECORD_H */
