/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A flow as it differs between kernels.
 */
#ifndef CS_COMPAT_FLOW_H
#define CS_COMPAT_FLOW_H

#include <net/flow.h>
#include <net/inet_dscp.h>
#include <net/inet_ecn.h>

/*
 * The type of service that an IPv4 flow is routed by: @dsfield, the header's
 * octet, without its two bits of ECN (RFC 3168).
 */
static inline void cs_compat_flow_set_tos(struct flowi *fl, u8 dsfield)
{
#ifdef CS_HAVE_FLOW_DSCP
	fl->u.ip4.flowi4_dscp = inet_dsfield_to_dscp(dsfield);
#else
	fl->u.ip4.flowi4_tos = dsfield & ~INET_ECN_MASK;
#endif
}

#endif /* CS_COMPAT_FLOW_H */
