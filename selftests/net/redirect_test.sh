#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A gateway with LAN and provider on one interface tells no host to send past it
# what it protects, or drops: in clear text it would be, and it would never see
# it. Of anything else it may.
#
#   host -- lan [ce]      the host is the provider's router, too
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh

REDIRECT="icmp[icmptype] == icmp-redirect or (icmp6 and ip6[40] == 137)"

# The redirects' rate is limited by who they are for: an address each.
one_arm()
{
	draw_ns host ce
	draw_link host lan ce lan
	draw_ip host "addr add 10.1.0.254/24 dev lan" \
		"addr add 10.1.0.2/24 dev lan" "addr add 10.1.0.3/24 dev lan" \
		"addr add 10.1.0.4/24 dev lan" "addr add fd01::2/64 dev lan" \
		"addr add fd01::3/64 dev lan" "addr add fd01::4/64 dev lan" \
		"addr add fe80::2/64 dev lan" \
		"route add default via 10.1.0.1" "route add default via fd01::1"
	draw_ip ce "addr add 10.1.0.1/24 dev lan" "addr add fd01::1/64 dev lan" \
		"route add default via 10.1.0.254" \
		"route add default via fe80::2 dev lan"
	cesteer_load && draw || return
	# Nothing goes round and round.
	on host sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
	on ce sysctl -qw net.ipv4.conf.lan.send_redirects=1
}

protects()
{
	table_set ce 198.51.100.1 10.1.0.0/24 fd01::/64 10.2.0.0/24 fd02::/64 &&
		table ce route add 10.4.0.0/24 fd04::/64 discard &&
		policy ce 10.1.0.1 198.51.100.1 &&
		sa ce 10.1.0.1 198.51.100.1 0x100
}

# sends N NETWORK: the N-th of the host's addresses, to that of both families.
sends()
{
	on host ping -n -q -c 1 -W 1 -I "10.1.0.$1" "10.$2.0.2"
	on host ping -n -q -c 1 -W 1 -I "fd01::$1" "fd0$2::2"
	return 0
}

# heard N: so many redirects up to now.
heard()
{
	is "$1" cap_count host "$REDIRECT"
}

t_plan 8
t_need "one interface for all" one_arm
t_need "a trusted subnet, and one that is discarded" protects
cap_start host host lan || t_bail "no capture"
t_check "what is protected: two redirects are dropped" \
	counts ce redirect 2 sends 2 2
t_check "what is discarded: two more" counts ce redirect 2 sends 3 4
t_check "the host heard none" heard 0
t_check "of what is neither it is told" \
	eval "sends 4 3 && wait_for 10 heard 2"
cap_stop host
t_check "what is protected left so" cap_some host esp
mac=$(ip -n "$TAG-ce" -j link show dev lan | jq -r '.[0].address')
t_check "and in no other way" cap_none host \
	"ether src $mac and (dst net 10.2.0.0/24 or dst net fd02::/64)"
