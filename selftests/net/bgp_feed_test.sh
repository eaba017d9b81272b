#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Routes that come by other ways than BGP sessions of ours. The CE's own router
# (FRR) has the session with BIRD, which announces with an identity, and tells
# cesteerd by BMP. It writes the messages of that session to an MRT file, too,
# which is replayed then. (FRR leaves extended communities out of its tables, and
# has nothing to say post-policy when a next hop is resolved later.)
#
#   bird (AS 65001) --- pe (FRR, AS 64500) --- ce (cesteerd; no session)
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh

links_up()
{
	modprobe -a veth
	draw_ns ce pe bird
	draw_link ce pe pe ce
	draw_link bird pe pe bird
	draw_ip ce "addr add 192.0.2.5/32 dev lo" \
		"addr add 172.16.1.2/30 dev pe"
	draw_ip pe "addr add 172.16.1.1/30 dev ce" \
		"addr add 172.16.2.1/30 dev bird" \
		"addr add 2001:db8:2::1/64 dev bird nodad"
	draw_ip bird "addr add 172.16.2.2/30 dev pe" \
		"addr add 2001:db8:2::2/64 dev pe nodad"
	cesteer_load && draw
}

peers_conf()
{
	mkdir -p "$WORK/pe/dump"
	chown frr:frr "$WORK/pe/dump"
	echo "hostname pe" >"$WORK/pe/zebra.conf"
	cat >"$WORK/pe/bgpd.conf" <<-END
	hostname pe
	dump bgp all $WORK/pe/dump/messages
	router bgp 64500
	 bgp router-id 192.0.2.100
	 no bgp ebgp-requires-policy
	 neighbor 172.16.2.2 remote-as 65001
	 neighbor 172.16.2.2 timers connect 1
	 address-family ipv4 unicast
	  neighbor 172.16.2.2 soft-reconfiguration inbound
	 exit-address-family
	 address-family ipv6 unicast
	  neighbor 172.16.2.2 activate
	  neighbor 172.16.2.2 soft-reconfiguration inbound
	 exit-address-family
	 bmp targets ce
	  bmp monitor ipv4 unicast pre-policy
	  bmp monitor ipv6 unicast pre-policy
	  bmp connect 172.16.1.2 port 11019 min-retry 100 max-retry 1000
	END
	bird_site bird 1 2
}

# ce_conf FEED: with one of the two.
ce_conf()
{
	mkdir -p "$WORK/ce"
	cat >"$WORK/ce/cesteerd.yaml" <<-END
	router-id: 192.0.2.5
	as: 64500
	identity: { address: 192.0.2.5 }
	vpns:
	  - name: default
	    source-prefixes: [10.5.0.0/24]
	    hold: { withdrawn: 0, downgraded: 0 }
	$1
	control: { socket: $WORK/ce/control }
	log: debug
	END
}

BMP="bmp: { routers: [{ address: 172.16.1.1, name: pe, vpn: default, rib: pre-policy }] }"
MRT="mrt: [{ file: file, vpn: default }]"

peers_up()
{
	peers_conf
	frr_modules[bgpd]=bmp
	frr_start pe zebra bgpd && bird_start bird
}

# neighbor KEY: of the only one.
neighbor()
{
	cesteer ce show bgp --json | jq -r ".[0].$1"
}

gateways()
{
	cesteer ce show routes --json | jq -r --arg prefix "$1" \
		'.[] | select(.prefix == $prefix) | .gateways | join(",")'
}

# has PREFIX GATEWAY: in the kernel; "" for no entry.
has()
{
	is "$2" gateways "$1"
}

both()
{
	has 10.1.0.0/24 192.0.2.1 && has 2001:db8:f::/48 192.0.2.1
}

withdrawn()
{
	bird_on bird "disable four" >/dev/null &&
		wait_for 30 has 10.1.0.0/24 "" &&
		has 2001:db8:f::/48 192.0.2.1
}

again()
{
	bird_on bird "enable four" >/dev/null && wait_for 30 both
}

# The router's session ends, and what it brought is kept.
peer_lost()
{
	bird_on bird "disable edge" >/dev/null &&
		wait_for 30 is lost neighbor state && both &&
		bird_on bird "enable edge" >/dev/null &&
		wait_for 30 is monitored neighbor state
}

# replayed FILE CHECK...: the routers write their files as it suits them: one
# that is copied meanwhile is not whole.
replayed()
{
	cp "$1" "$WORK/ce/file" || return
	kill -HUP "${daemon_pid[ce]}"
	wait_for 5 loaded "${@:2}"
}

# loaded CHECK...: all of the file was read, and the check holds.
loaded()
{
	is loaded file_state && is mrt neighbor source && "$@"
}

# Nothing is left of what came by BMP.
by_messages()
{
	ce_conf "$MRT"
	wait_for 60 replayed "$WORK/pe/dump/messages" both
}

file_state()
{
	cesteer ce show mrt --json | jq -r '.[0].state'
}

# A file that is cut short changes nothing.
cut_short()
{
	truncate -s -1 "$WORK/ce/file"
	kill -HUP "${daemon_pid[ce]}"
	wait_for 30 is failed file_state && both &&
		cesteer ce show mrt | grep -q 'the file ends within a record'
}

t_plan 9
t_need "links" links_up
t_need "the routers run" peers_up
ce_conf "$BMP"
t_need "cesteerd runs" cesteerd_start ce
t_check "what the router's peer announces is protected" wait_for 60 both
t_check "a withdrawal takes it away" withdrawn
t_check "and it comes back" again
t_check "a Peer Down is a session lost: routes are kept" peer_lost
t_check "the router's messages, from a file, are the same" by_messages
t_check "a bad file changes nothing" cut_short
