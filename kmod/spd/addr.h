/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An address of either family, as the key of a gateway.
 */
#ifndef CS_SPD_ADDR_H
#define CS_SPD_ADDR_H

#include <linux/in6.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <linux/types.h>

/* Index of a family's tables. */
enum cs_family {
	CS_IPV4,
	CS_IPV6,
	CS_FAMILIES,
};

/**
 * struct cs_addr - an IPv4 or IPv6 address; compares as memory
 * @in: the octets, network byte order; those IPv4 does not use are zero
 * @family: AF_INET or AF_INET6
 */
struct cs_addr {
	struct in6_addr in;
	u32 family;
};

/**
 * cs_addr_init() - fill in an address
 * @a: filled in whole
 * @family: AF_INET or AF_INET6
 * @octets: 4 or 16 octets
 */
static inline void cs_addr_init(struct cs_addr *a, u8 family,
				const void *octets)
{
	memset(a, 0, sizeof(*a));
	a->family = family;
	memcpy(&a->in, octets, family == AF_INET ? 4 : 16);
}

#endif /* CS_SPD_ADDR_H */
