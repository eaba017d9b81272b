/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UPDATE messages from octets: which prefixes are withdrawn, which reached,
 * by which path, and what RFC 7606 makes of errors. RFC 4271, section 4.3;
 * RFC 4760. Pure; allocates nothing.
 */
#ifndef CESTEER_BGP_UPDATE_H
#define CESTEER_BGP_UPDATE_H

#include "bgp/attr.h"

struct bgp_update {
	struct bgp_nlri withdrawn, reach; /* the IPv4 fields of the message */
	struct bgp_path path; /* attributes, MP_ prefixes among them */
	uint8_t end_of_rib; /* BGP_IPV4, ...; 0: it is none */
	struct bgp_faults faults;
};

/*
 * Decode an UPDATE's body. u->path.as_path.p and .size are set on entry; all
 * else is written, and points into body. faults.verdict says what to do:
 *
 * BGP_ACCEPT, BGP_DISCARD: withdraw what is withdrawn, take what is reached.
 * BGP_TREAT_AS_WITHDRAW: what is reached is withdrawn too.
 * BGP_SESSION_RESET: *e is the NOTIFICATION; nothing else may be used.
 */
void bgp_update_decode(struct bgp_update *u, const uint8_t *body, size_t len,
		       const struct bgp_update_ctx *ctx, struct bgp_error *e);

#endif /* CESTEER_BGP_UPDATE_H */
