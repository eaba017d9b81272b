#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ICMP errors quote the packet that caused them (RFC 4301, section 6). An error
# about a packet that came protected goes back protected, from whichever router;
# one about a packet that left protected is believed only if it comes so.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh

# expires ADDRESS TTL: a ping of host1's ends on the way, and host1 is told.
expires()
{
	local out

	out=$(on host1 ping -n -c 1 -W 3 -t "$2" "$1")
	grep -qE 'Time (to live )?exceeded' <<<"$out" && return
	echo "$out"
	return 1
}

# Behind host2 is another network, and host2 signs its errors with an address
# that is in no source prefix. Without "nodad" it may not be a source before the
# kernel has come to look at it.
inner_router()
{
	ip_on host2 <<-END &&
	addr add 172.31.0.2/32 dev lo
	addr add fdff::2/128 dev lo nodad
	route replace default via 10.2.0.1 src 172.31.0.2
	route replace default via fd02::1 src fdff::2
	END
	ip_on ce2 <<-END
	route add 10.2.0.128/25 via 10.2.0.2
	route add fd02::8000:0/112 via fd02::2
	END
}

# forge QUOTED-SOURCE QUOTED-DESTINATION: somebody in the provider's network
# tells host1 that this packet of its was too big.
forge()
{
	on core python3 - "$1" "$2" <<-'END'
	import sys
	from scapy.all import *
	src, dst = sys.argv[1:]
	if ":" in src:
	    p = (IPv6(src="fd0a::2", dst=src) / ICMPv6PacketTooBig(mtu=1280) /
	         IPv6(src=src, dst=dst) / UDP() / (b"x" * 64))
	else:
	    p = (IP(src="192.0.2.2", dst=src) /
	         ICMP(type=3, code=4, nexthopmtu=600) /
	         IP(src=src, dst=dst) / UDP() / (b"x" * 64))
	send(p, verbose=False)
	END
}

# mtu_is N: what ce1 knows about the way to the other gateway.
mtu_is()
{
	on ce1 ip route get 198.51.100.1 | grep -q " mtu $1 "
}

# learns N: packets too long for the way, until ce1 has been told.
learns()
{
	on host1 ping -n -q -c 1 -W 1 -M "do" -s 1372 10.2.0.2
	mtu_is "$1"
}

t_plan 16
t_need "two sites" sites_up
t_need "trusted subnets and gateways are set" tables_set
t_need "policies are set" policies_set
t_need "SAs are set" sas_set
t_need "they talk" ping_ok host1 10.2.0.2
t_need "there is a router behind host2" inner_router
t_need "the wire is watched" cap_start wire core ce2

t_check "the far gateway's error arrives (IPv4)" expires 10.2.0.2 2
t_check "the far gateway's error arrives (IPv6)" expires fd02::2 2
t_check "an inner router's error arrives (IPv4)" expires 10.2.0.200 3
t_check "an inner router's error arrives (IPv6)" expires fd02::8000:1 3
cap_stop wire
t_check "none of them was seen in clear text" cap_none wire \
	"(net 10.1.0.0/24 or net fd01::/64) and not esp"

t_check "clear text about a protected packet is dropped (IPv4)" \
	counts ce1 in-clear 1 forge 10.1.0.2 10.2.0.2
t_check "clear text about a protected packet is dropped (IPv6)" \
	counts ce1 in-clear 1 forge fd01::2 fd02::2
t_check "about other packets it is let pass" \
	counts ce1 no-route 1 forge 10.1.0.2 10.9.0.9

# The gateways' own addresses become subject to protection themselves.
table ce1 source add 192.0.2.1/32
table ce1 route add 198.51.100.1/32 protect via 1
ip_on core <<-END
	link set dev ce2 mtu 1400
END
t_check "an error about the tunnel's own packets is heard" \
	wait_for 10 learns 1400
