#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Source NAT happens after the packet was looked at. It must neither take a
# packet off its way into the SA nor let one out that is to be protected by
# the addresses it then has. The VPN that it came in by says what these are, also
# where it leaves by another.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh

# nat RULE...: the only one of ce1.
nat()
{
	on ce1 nft -f - <<-END
	flush ruleset
	table ip nat {
		chain post {
			type nat hook postrouting priority srcnat
			$*
		}
	}
	END
}

# leaks: ce1's LAN comes into a VRF, whose VPN protects and whose routes lead out
# of it; the VPN outside has other entries.
leaks()
{
	modprobe vrf
	table ce1 source del 10.1.0.0/24 && table ce1 source add 10.3.0.0/24 &&
		table ce1 vpn add 10 &&
		table ce1 source add 10.1.0.0/24 --vpn 10 &&
		table ce1 route add 10.2.0.0/24 protect via 1 --vpn 10 &&
		ip_on ce1 <<-END
	link add red type vrf table 10
	link set red up
	link set lan vrf red
	route add default via 192.0.2.2 dev wan vrf red
	END
}

blocked()
{
	isnt ping_ok "$@"
}

t_plan 12
t_need "two sites" sites_up
t_need "trusted subnets and gateways are set" tables_set
t_need "policies are set" policies_set
t_need "SAs are set" sas_set
on host1 ip addr add 172.16.0.2/24 dev lan
on ce1 ip addr add 172.16.0.1/24 dev lan
cap_start wire core ce1 || t_bail "no capture"

nat oifname wan masquerade
t_check "masquerading takes nothing off its SA: late-nat" \
	counts ce1 late-nat 1 blocked host1 10.2.0.2
nat oifname wan ip daddr != 10.2.0.0/24 masquerade
t_check "without it for protected traffic all is well" ping_ok host1 10.2.0.2
nat ip saddr 172.16.0.0/24 snat to 10.1.0.77
t_check "NAT into a source prefix does not leave in clear: late-nat" \
	counts ce1 late-nat 1 blocked host1 10.2.0.2 -I 172.16.0.2
nat ip saddr 10.1.0.2 snat to 10.1.0.7
t_check "NAT within the source prefixes goes through the SA" \
	ping_ok host1 10.2.0.2
t_need "a VRF whose routes lead out of it" leaks
nat ip saddr 10.1.0.2 snat to 10.1.0.7
t_check "NAT within the source prefixes of its VPN, too" \
	counts ce2 verified 1 blocked host1 10.2.0.2
cap_stop wire
t_check "not one packet left in clear text" cap_none wire "$CLEAR"
t_check "nor with an address that NAT gave it" \
	cap_none wire "src 192.0.2.1 and net 10.2.0.0/24"
