/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BGP messages but for UPDATE: framing, OPEN with its capabilities,
 * NOTIFICATION, KEEPALIVE and ROUTE-REFRESH, to and from octets. Pure;
 * allocates nothing. RFC 4271, section 4; RFC 5492, 9072 (OPEN parameters).
 */
#ifndef CESTEER_BGP_MSG_H
#define CESTEER_BGP_MSG_H

#include "base/buf.h"
#include "bgp/family.h"
#include "bgp/notify.h"
#include "bgp/wire.h"

struct bgp_header {
	uint16_t len; /* of the whole message, BGP_HEADER_LEN and up */
	uint8_t type; /* enum bgp_msg_type */
};

/*
 * Look at the message that starts at p, of which n octets are here. Returns 1
 * when its header is complete and right (its body may still be on the way), 0
 * when more octets are needed, -1 and *e for what RFC 4271, 6.1 refuses. max:
 * longest message that may come, BGP_MSG_MAX or BGP_MSG_EXT_MAX.
 */
int bgp_header_decode(const uint8_t *p, size_t n, size_t max,
		      struct bgp_header *h, struct bgp_error *e);

/* What an OPEN says; and, of ours, what to say. */
struct bgp_open {
	uint32_t as; /* from the capability when it is there */
	uint32_t router_id; /* host byte order */
	uint16_t hold_time; /* seconds */
	uint8_t families; /* a set of BGP_IPV4, ... */
	bool multiprotocol; /* whether families were announced at all */
	bool as4, refresh, enhanced_refresh, extended_message;
	uint8_t add_path_send, add_path_receive; /* families, RFC 7911 */
	/* RFC 4724: whether it was said at all, and what. */
	bool graceful_restart;
	bool restarted; /* the R bit */
	uint16_t restart_time; /* seconds */
	uint8_t restart_families; /* that outlive a restart */
	uint8_t forwarding; /* of them, those whose F bit is set */
};

/*
 * Decode an OPEN's body. Refuses, with *e, what is wrong whoever sends it
 * (RFC 4271, 6.2); whether it is the peer we expect is the caller's question.
 */
bool bgp_open_decode(const uint8_t *body, size_t len, struct bgp_open *o,
		     struct bgp_error *e);
/* The encoders write one whole message, header included. */
void bgp_open_encode(struct wr *w, const struct bgp_open *o);
void bgp_notification_encode(struct wr *w, const struct bgp_error *e);
void bgp_keepalive_encode(struct wr *w);

/* A ROUTE-REFRESH (RFC 2918, 7313). */
struct bgp_refresh {
	uint8_t family; /* 0: not one of ours */
	uint8_t subtype; /* BGP_REFRESH_REQUEST, ... */
};

bool bgp_refresh_decode(const uint8_t *body, size_t len, struct bgp_refresh *r,
			struct bgp_error *e);
void bgp_refresh_encode(struct wr *w, const struct bgp_refresh *r);

/* Start a message; returns where, for bgp_msg_end(). */
uint8_t *bgp_msg_begin(struct wr *w, enum bgp_msg_type type);
/* Fill the length in; start may be NULL when w has failed. */
void bgp_msg_end(struct wr *w, uint8_t *start);

#endif /* CESTEER_BGP_MSG_H */
