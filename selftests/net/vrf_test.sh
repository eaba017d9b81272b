#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A VPN is a VRF: what one holds says nothing about another's traffic, nor
# about traffic outside any.
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

# All of ce1's interfaces move into a VRF; its routes go with them.
vrf_up()
{
	modprobe vrf
	ip_on ce1 <<-END
	link add red type vrf table 10
	link set red up
	link set lan vrf red
	link set wan vrf red
	addr add fd01::1/64 dev lan
	addr add fd0a::1/64 dev wan
	route replace default via 192.0.2.2 vrf red
	route replace default via fd0a::2 vrf red
	END
}

red_set()
{
	table ce1 vpn add 10 && table ce1 gateway add 1 198.51.100.1 if-id 7 &&
		table ce1 source add 10.1.0.0/24 fd01::/64 --vpn 10 &&
		table ce1 route add 10.2.0.0/24 fd02::/64 protect via 1 --vpn 10
}

# own_sa: from core to ce1, an SA that is no gateway's.
own_sa()
{
	local sa="src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x900 reqid 9 mode tunnel
		auth digest_null '' enc cipher_null ''"

	ip_on ce1 <<<"xfrm state add ${sa//$'\n'/}" && ip_on core <<-END
	addr add 172.31.0.2/32 dev lo
	route add 172.31.0.1/32 via 192.0.2.1 src 172.31.0.2
	xfrm state add ${sa//$'\n'/}
	xfrm policy add src 172.31.0.2 dst 172.31.0.1 dir out tmpl src 192.0.2.2 dst 192.0.2.1 proto esp reqid 9 mode tunnel
	END
}

# once: each of its packets is counted as ESP and as what was in it, though that
# passes by the VRF twice. There may be a few more, of the links' own.
once()
{
	local before n

	before=$(counter ce1 in-other)
	on core ping -n -q -c 20 -i 0.01 -W 0.5 -I 172.31.0.2 172.31.0.1
	n=$(($(counter ce1 in-other) - before))
	[ $n -ge 40 ] && [ $n -lt 55 ] && return
	echo "counted $n times"
	return 1
}

t_plan 13
t_need "two sites" sites_up
t_need "ce1 is in a VRF" vrf_up
t_need "they talk" ping_ok host1 10.2.0.2
table ce1 vpn add 0
table ce1 source add 0.0.0.0/0 ::/0
table ce1 route add 0.0.0.0/0 ::/0 discard
t_check "VPN 0 says nothing about the VRF (IPv4)" ping_ok host1 10.2.0.2
t_check "VPN 0 says nothing about the VRF (IPv6)" ping_ok host1 fd02::2
t_need "VPN 10 protects" red_set
t_check "the VRF's traffic is held to it" \
	counts ce1 no-policy 1 blocked host1 10.2.0.2
t_need "ce2's table is set" table_set ce2 192.0.2.1 10.2.0.0/24 fd02::/64 \
	10.1.0.0/24 fd01::/64
t_need "policies are set" policies_set
t_need "SAs are set" sas_set
t_check "the VRF's traffic goes through the SA" ping_ok host1 10.2.0.2
t_need "an SA that is no gateway's" own_sa
t_check "what it brings into the VRF is counted once" once
