/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Generic netlink as it differs between kernels.
 */
#ifndef CS_COMPAT_GENL_H
#define CS_COMPAT_GENL_H

#include <net/genetlink.h>

#ifndef GENL_MCAST_CAP_NET_ADMIN
#define GENL_MCAST_CAP_NET_ADMIN 0
#endif

/* Parsed attributes of a dump's request. */
static inline struct nlattr **cs_compat_dump_attrs(struct netlink_callback *cb)
{
#ifdef CS_HAVE_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#endif /* CS_COMPAT_GENL_H */
