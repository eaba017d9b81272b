// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of address families. RFC 4760; RFC 4364, section 4.3.4; RFC 4659;
 * RFC 4684.
 */
#include "bgp/family.h"

#include <stdio.h>
#include "bgp/wire.h"

const struct bgp_family bgp_families[BGP_FAMILIES] = {
	{ BGP_IPV4, BGP_AFI_IPV4, BGP_SAFI_UNICAST, AF_INET, "ipv4" },
	{ BGP_IPV6, BGP_AFI_IPV6, BGP_SAFI_UNICAST, AF_INET6, "ipv6" },
	{ BGP_VPNV4, BGP_AFI_IPV4, BGP_SAFI_VPN, AF_INET, "vpnv4" },
	{ BGP_VPNV6, BGP_AFI_IPV6, BGP_SAFI_VPN, AF_INET6, "vpnv6" },
	{ BGP_RTC, BGP_AFI_IPV4, BGP_SAFI_RTC, AF_INET, "rtc" },
};

uint8_t bgp_family(uint16_t afi, uint8_t safi)
{
	unsigned int i;

	for (i = 0; i < BGP_FAMILIES; i++)
		if (bgp_families[i].afi == afi && bgp_families[i].safi == safi)
			return bgp_families[i].bit;
	return 0;
}

const struct bgp_family *bgp_family_of(uint8_t bit)
{
	unsigned int i = 0;

	while (i < BGP_FAMILIES - 1 && bgp_families[i].bit != bit)
		i++;
	return &bgp_families[i];
}

const char *bgp_families_text(uint8_t set, char *buf)
{
	size_t n = 0;
	unsigned int i;

	*buf = '\0';
	for (i = 0; i < BGP_FAMILIES; i++)
		if (set & bgp_families[i].bit)
			n += snprintf(buf + n, BGP_FAMILIES_TEXT - n, "%s%s",
				      n ? " " : "", bgp_families[i].name);
	return buf;
}
