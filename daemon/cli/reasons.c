// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel names its reasons ("no-sa"); here is what they mean to whoever
 * looks for a packet.
 */
#include "cli/reasons.h"

#include <stddef.h>
#include <linux/cesteer.h>
#include "base/array.h"

static const char *const sentences[] = {
	[CESTEER_REASON_NO_SOURCE] = "the source is in no source prefix",
	[CESTEER_REASON_NO_ROUTE] = "no route covers the destination",
	[CESTEER_REASON_BYPASS] = "the route says that clear text is right",
	[CESTEER_REASON_LINK_SCOPE] = "it does not leave the link",
	[CESTEER_REASON_OWN_TUNNEL] = "it is the gateway's own IKE or ESP",
	[CESTEER_REASON_SPD] = "the system's own SPD transforms it already",
	[CESTEER_REASON_PROTECTED] = "it is handed to XFRM for its gateway",
	[CESTEER_REASON_VERIFIED] = "it came by the SA of the right gateway",
	[CESTEER_REASON_IN_OTHER] = "it is for no source prefix",
	[CESTEER_REASON_DISCARD] = "the route, or the VPN's default, says so",
	[CESTEER_REASON_NO_SA] =
		"there is no SA yet, and no packet may wait for one",
	[CESTEER_REASON_NO_POLICY] =
		"no XFRM policy has the gateway's if_id: is IKE loaded?",
	[CESTEER_REASON_XFRM_ERROR] =
		"XFRM refused it, or the way to the gateway is gone",
	[CESTEER_REASON_TOO_BIG] =
		"it exceeds the tunnel's MTU; ICMP told the sender",
	[CESTEER_REASON_LATE_NAT] =
		"NAT made it a packet to protect after it was looked at",
	[CESTEER_REASON_IN_CLEAR] =
		"a trusted subnet's packet came in clear text",
	[CESTEER_REASON_IN_WRONG_SA] =
		"it came by an SA of a gateway that its source does not have",
	[CESTEER_REASON_IN_NOT_LOCAL] =
		"it came by an SA, and is for no source prefix",
	[CESTEER_REASON_MALFORMED] = "reserved: counts nothing",
	[CESTEER_REASON_QUEUE_FULL] =
		"too many packets wait for the gateway's SA",
	[CESTEER_REASON_QUEUE_EXPIRED] =
		"it waited for the gateway's SA for too long",
	[CESTEER_REASON_QUEUE_FLUSHED] =
		"its gateway was deleted while it waited for an SA",
	[CESTEER_REASON_QUEUE_WITHDRAWN] =
		"while it waited for an SA, protecting it ceased to be right",
	[CESTEER_REASON_QUEUE_UNROUTABLE] =
		"while it waited for an SA, its route went",
	[CESTEER_REASON_REDIRECT] =
		"it would tell a host to send past this gateway",
	[CESTEER_REASON_BRIDGED] =
		"DNAT made it a packet to protect, which a bridge cannot do",
};

const char *cli_reason(uint32_t reason)
{
	if (reason < ARRAY_SIZE(sentences) && sentences[reason])
		return sentences[reason];
	return "for a reason that this program does not know";
}
