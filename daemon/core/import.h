/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Membership: which VPN a route belongs to, on sessions that carry all of
 * them. The receiving side decides, by the route targets (RFC 4364, section
 * 4.3.1); what no VPN wants is not kept, and asked for again when one does.
 */
#ifndef CESTEER_CORE_IMPORT_H
#define CESTEER_CORE_IMPORT_H

#include "core/core.h"

/*
 * Whether one of the VPN's targets is on the route (RFC 4364, section 4.3.1).
 * The VPN remembers the last answer, with a reference to attrs.
 */
bool import_wants(struct vpn *v, struct bgp_attrs *attrs);
/* Forget that: the VPN, or its configuration, goes. */
void import_forget(struct vpn *v);
/* Tell a peer what all VPNs together want. */
void import_tell(struct daemon *d, struct bgp_peer *peer);
/* Whether two configurations differ in the VPNs, or in what one wants. */
bool import_differs(const struct conf *a, const struct conf *b);
/* They did: drop what is not wanted, ask for what may be wanted now. */
void import_changed(struct daemon *d);

#endif /* CESTEER_CORE_IMPORT_H */
