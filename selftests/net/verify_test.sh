#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The way in: a peer speaks only for its own subnets, to our source prefixes
# only, and nobody speaks for them in clear text.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh

blocked()
{
	isnt ping_ok "$@"
}

# Another gateway, whose SA is the one that packets now come by.
other_gateway()
{
	on ce2 ip xfrm state delete src 192.0.2.1 dst 198.51.100.1 proto esp \
		spi 0x100 &&
		sa ce2 192.0.2.1 198.51.100.1 0x100 8 &&
		table ce2 gateway add 2 203.0.113.9 if-id 8
}

t_plan 14
t_need "two sites" sites_up
t_need "trusted subnets and gateways are set" tables_set
t_need "policies are set" policies_set
t_need "SAs are set" sas_set
t_need "they talk" ping_ok host1 10.2.0.2

# A host in the provider's network that pretends to be in site 1.
on core ip addr add 10.1.0.99/32 dev lo
on core ip -6 addr add fd01::99/128 dev lo
t_check "clear text from a trusted source is dropped (IPv4)" \
	counts ce2 in-clear 1 blocked core 10.2.0.2 -I 10.1.0.99
t_check "clear text from a trusted source is dropped (IPv6)" \
	counts ce2 in-clear 1 blocked core fd02::2 -I fd01::99
t_check "nor does it pass as neighbor discovery, of which no end is ours" \
	counts ce2 in-clear 3 on core python3 neighbor.py fd01::99 fd02::2 3
t_check "clear text from elsewhere is not ours to judge" \
	ping_ok core 10.2.0.2 -I 198.51.100.2

table ce2 route del 10.1.0.0/24
table ce2 route add 10.1.0.128/25 protect via 1
t_check "an SA's inner source outside its subnets is dropped" \
	counts ce2 in-wrong-sa 1 blocked host1 10.2.0.2
table ce2 route add 10.1.0.0/24 protect via 1

table ce2 source del 10.2.0.0/24
t_check "an SA's packet to no source prefix is dropped" \
	counts ce2 in-not-local 1 blocked host1 10.2.0.2
table ce2 source add 10.2.0.0/24

t_need "the SA changes to another gateway's" other_gateway
t_check "an SA of another gateway does not speak for the subnet" \
	counts ce2 in-wrong-sa 1 blocked host1 10.2.0.2
table ce2 route add 10.1.0.0/24 protect via 1,2
t_check "as one of the subnet's gateways it does" \
	ping_ok host1 10.2.0.2
