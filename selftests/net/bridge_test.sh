#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Frames that pass between two ports of a bridge, which has IP's hooks see them
# (br_netfilter): where DNAT makes one a packet to protect it is dropped, for the
# bridge would send it as it is, and a frame that had waited for an SA could not
# be let go. What is routed by that bridge is protected as ever.
#
#   host -- host [ce, bridge br0] core -- core      all on one link
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh

if ! modprobe -q br_netfilter; then
	echo "1..0 # SKIP this kernel's bridges show no frames to IP's hooks"
	exit 4
fi

# Core is the next router of both the host and ce: what the host sends to it
# passes ce's bridge. What is for the networks 2 ce is asked to route.
one_link()
{
	draw_ns host ce core
	draw_link host lan ce host
	draw_link core lan ce core
	draw_ip host "addr add 10.1.0.2/24 dev lan" "addr add fd01::2/64 dev lan" \
		"route add default via 10.1.0.254" \
		"route add default via fd01::fe" \
		"route add 10.2.0.0/24 via 10.1.0.1" \
		"route add fd02::/64 via fd01::1"
	draw_ip ce "link add br0 type bridge" "link set br0 up" \
		"link set host master br0" "link set core master br0" \
		"addr add 10.1.0.1/24 dev br0" "addr add fd01::1/64 dev br0" \
		"route add default via 10.1.0.254" \
		"route add default via fd01::fe"
	draw_ip core "addr add 10.1.0.254/24 dev lan" \
		"addr add fd01::fe/64 dev lan"
	cesteer_load && draw || return
	on core sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
	on ce sysctl -qw net.bridge.bridge-nf-call-iptables=1 \
		net.bridge.bridge-nf-call-ip6tables=1 \
		net.ipv4.conf.all.send_redirects=0 \
		net.ipv4.conf.br0.send_redirects=0
}

# What the host sends to the networks 7 is rewritten to networks 2, and what it
# sends to 8 to 9.
nat()
{
	on ce nft -f - <<-END2
	table ip nat {
		chain pre {
			type nat hook prerouting priority dstnat
			ip daddr 10.7.0.2 dnat to 10.2.0.2
			ip daddr 10.8.0.2 dnat to 10.9.0.2
		}
	}
	table ip6 nat {
		chain pre {
			type nat hook prerouting priority dstnat
			ip6 daddr fd07::2 dnat to fd02::2
			ip6 daddr fd08::2 dnat to fd09::2
		}
	}
	END2
}

protects()
{
	table_set ce 198.51.100.1 10.1.0.0/24 fd01::/64 10.2.0.0/24 fd02::/64 &&
		policy ce 10.1.0.1 198.51.100.1
}

sa_comes()
{
	sa ce 10.1.0.1 198.51.100.1 0x100
}

# sends N ADDRESS: of which none is answered.
sends()
{
	on host ping -n -q -c "$1" -i 0.05 -W 0.5 "$2"
	return 0
}

# passed FILTER N COMMAND...: the command has N such packets come to core.
passed()
{
	local before

	cap_sync wire || return
	before=$(cap_count wire "$1") || return
	"${@:3}" && cap_sync wire && is $((before + $2)) cap_count wire "$1"
}

none_waits()
{
	is 0 eval "table ce show gateways --json | jq '.[0].waiting'"
}

t_plan 16
t_need "a bridge" one_link
t_need "DNAT, and a trusted subnet" eval "nat && protects"
cap_start wire core lan || t_bail "no capture"
t_check "a bridged packet that is to be protected is dropped, no SA: IPv4" \
	counts ce bridged 2 sends 2 10.7.0.2
t_check "and IPv6" counts ce bridged 2 sends 2 fd07::2
t_check "it does not wait for one" none_waits
t_need "an SA" sa_comes
t_check "it is dropped when there is one: IPv4" \
	counts ce bridged 2 sends 2 10.7.0.2
t_check "and IPv6" counts ce bridged 2 sends 2 fd07::2
t_check "what is not to be protected passes: IPv4" \
	passed "icmp and dst 10.9.0.2" 2 sends 2 10.8.0.2
t_check "and IPv6" passed "icmp6 and dst fd09::2" 2 sends 2 fd08::2
t_check "so does what is not rewritten: IPv4" \
	passed "icmp and dst 10.3.0.2" 2 sends 2 10.3.0.2
t_check "what the bridge's host routes is protected: IPv4" \
	passed esp 2 sends 2 10.2.0.2
t_check "and IPv6" passed esp 2 sends 2 fd02::2
cap_stop wire
t_check "not one packet left in clear text" cap_none wire "$CLEAR"
t_check "ESP did" cap_some wire esp
t_check "the kernel has no complaint" isnt kernel_says 'WARNING|BUG:'
