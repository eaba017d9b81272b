#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What we announce, as real speakers have it: trusted subnets with identity,
# next hop, communities; for each of them a unicast session (IPv4 and IPv6) and
# a VPN session (VPNv4 and VPNv6: distinguisher, route target, label, and the
# identity also as a tunnel, RFC 9012). A reload sends the difference, a
# shutdown withdraws all, and what one announces no other one is told.
#
#   frr, bird        eBGP
#   exabgp, gobgp    iBGP
#
# What is asserted is what each shows: FRR of an opaque community only that there
# is one, and no tunnel.
#
# On the link to the Nth of them: unicast between 172.16.N.2 (cesteerd, "ce")
# and 172.16.N.1, VPN between 172.16.N.6 and 172.16.N.5.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh

PEERS=(frr bird exabgp gobgp)
AS=(64501 64502 65000 65000)

links_up()
{
	local n=0 peer

	modprobe -a veth dummy mpls_router
	draw_ns ce "${PEERS[@]}"
	for peer in "${PEERS[@]}"; do
		n=$((n + 1))
		draw_link ce "$peer" "$peer" eth0
		draw_ip ce "addr add 172.16.$n.2/30 dev $peer" \
			"addr add 172.16.$n.6/30 dev $peer" \
			"addr add 2001:db8:$n::2/64 dev $peer nodad"
		draw_ip "$peer" "addr add 172.16.$n.1/30 dev eth0" \
			"addr add 172.16.$n.5/30 dev eth0" \
			"addr add 2001:db8:$n::1/64 dev eth0 nodad"
	done
	cesteer_load && draw
}

# ce_conf IPV6-GATEWAY LINE...: lines of trusted subnets beside these two. BIRD
# takes no next hop of VPNv6 that is an IPv4 address: it has one configured.
ce_conf()
{
	local gateway6=$1 i n more

	shift
	mkdir -p "$WORK/ce"
	{
		cat <<-END
		router-id: 192.0.2.5
		as: 65000
		identity: { address: 192.0.2.5, vpn-encoding: both }
		bgp: { restart-time: 0 }
		vpns:
		  - name: default
		    source-prefixes: [10.5.0.0/24]
		    export-targets: ["65000:7"]
		    distinguisher: "65000:70"
		    label: 77
		    trusted-subnets:
		      - 10.5.0.0/24
		      - { prefix: "2001:db8:50::/48", gateway: $gateway6 }
		END
		printf '      - %s\n' "$@"
		echo "    neighbors:"
		for i in 0 1 2 3; do
			n=$((i + 1))
			more=$([ $i != 2 ] || echo ", passive: true")
			echo "      - { name: ${PEERS[i]}, address: 172.16.$n.1, as: ${AS[i]}$more }"
		done
		echo "neighbors:"
		for i in 0 1 2 3; do
			n=$((i + 1))
			more=$([ $i != 2 ] || echo ", passive: true")
			more+=$([ $i != 1 ] || echo ', next-hop6: "2001:db8:2::2"')
			echo "  - { name: ${PEERS[i]}-vpn, address: 172.16.$n.5, local: 172.16.$n.6, as: ${AS[i]}, families: [vpnv4, vpnv6]$more }"
		done
		echo "control: { socket: $WORK/ce/control }"
		echo "log: debug"
	} >"$WORK/ce/cesteerd.yaml"
}

# Those that wait for us have one connection, and hear each route once: of two that
# collide either side may have established the one that the other side closes.
frr_conf()
{
	echo "hostname frr" >"$WORK/frr/zebra.conf"
	cat >"$WORK/frr/bgpd.conf" <<-END
	hostname frr
	router bgp 64501
	 bgp router-id 192.0.2.101
	 no bgp default ipv4-unicast
	 no bgp ebgp-requires-policy
	 neighbor 172.16.1.2 remote-as 65000
	 neighbor 172.16.1.2 passive
	 neighbor 172.16.1.6 remote-as 65000
	 neighbor 172.16.1.6 passive
	 address-family ipv4 unicast
	  neighbor 172.16.1.2 activate
	 exit-address-family
	 address-family ipv6 unicast
	  neighbor 172.16.1.2 activate
	 exit-address-family
	 address-family ipv4 vpn
	  neighbor 172.16.1.6 activate
	 exit-address-family
	 address-family ipv6 vpn
	  neighbor 172.16.1.6 activate
	 exit-address-family
	END
}

bird_conf()
{
	cat >"$WORK/bird/bird.conf" <<-END
	log stderr all;
	router id 192.0.2.102;
	vpn4 table vpn4tab;
	vpn6 table vpn6tab;
	protocol device { }
	protocol static { ipv4; route 10.20.0.0/24 blackhole; }
	template bgp common {
		passive;
		error wait time 1, 2;
	}
	protocol bgp ce from common {
		local 172.16.2.1 as 64502;
		neighbor 172.16.2.2 as 65000;
		ipv4 { import all; export where source = RTS_STATIC; };
		ipv6 { import all; export none; };
	}
	protocol bgp ce_vpn from common {
		local 172.16.2.5 as 64502;
		neighbor 172.16.2.6 as 65000;
		vpn4 mpls { table vpn4tab; import all; export none; };
		vpn6 mpls { table vpn6tab; import all; export none; };
	}
	END
}

exabgp_conf()
{
	# It runs its processes as nobody, who may write to its log only, and
	# takes one that closes its output for dead.
	printf '#!/bin/sh\nexec cat 3>&1 >&2\n' >"$WORK/exabgp/keep"
	chmod 755 "$WORK/exabgp/keep"
	cat >"$WORK/exabgp/exabgp.conf" <<-END
	process keep {
		run $WORK/exabgp/keep;
		encoder json;
	}
	template { neighbor common {
		router-id 192.0.2.103;
		local-as 65000;
		peer-as 65000;
		api { processes [ keep ]; receive { parsed; update; } }
	} }
	neighbor 172.16.3.2 {
		inherit common;
		local-address 172.16.3.1;
		family { ipv4 unicast; ipv6 unicast; }
	}
	neighbor 172.16.3.6 {
		inherit common;
		local-address 172.16.3.5;
		family { ipv4 mpls-vpn; ipv6 mpls-vpn; }
	}
	END
}

gobgp_conf()
{
	local i family

	cat >"$WORK/gobgp/gobgpd.toml" <<-END
	[global.config]
	  as = 65000
	  router-id = "192.0.2.104"
	END
	for i in 2 6; do
		cat >>"$WORK/gobgp/gobgpd.toml" <<-END
		[[neighbors]]
		  [neighbors.config]
		    neighbor-address = "172.16.4.$i"
		    peer-as = 65000
		  [neighbors.transport.config]
		    passive-mode = true
		END
		for family in ipv4 ipv6; do
			[ $i = 2 ] || family=l3vpn-$family
			cat >>"$WORK/gobgp/gobgpd.toml" <<-END
			  [[neighbors.afi-safis]]
			    [neighbors.afi-safis.config]
			      afi-safi-name = "$family-unicast"
			END
		done
	done
}

peers_up()
{
	local peer

	for peer in "${PEERS[@]}"; do
		mkdir -p "$WORK/$peer"
		"${peer}_conf"
	done
	frr_start frr zebra bgpd && bird_start bird || return
	exabgp_start
	gobgp_start
	wait_for 20 gobgp global
}

# sessions FILTER: of what cesteerd says of all of them, without what repeats.
sessions()
{
	cesteer ce show bgp --json | jq -rc "[.[] | $1] | unique | join(\" \")"
}

established()
{
	is established sessions .state
}

# announced TOTAL REACHED WITHDRAWN: on each session, as we say.
announced()
{
	is "$1 $2 $3" sessions '"\(.announced) \(.sent["prefixes-reached"]) \(.sent["prefixes-withdrawn"])"'
}

# opens: how many connections there were until now, of each neighbor.
opens()
{
	cesteer ce show bgp --json | jq -c '[.[].sent.open]'
}

# frr_route TABLE PREFIX: valid, AS path, next hop, label, communities; what is
# absent is "null". Of an opaque community FRR shows no value.
frr_route()
{
	frr frr "show bgp $1 $2 json" | jq -r '
		(if has("paths") then . else .[] end).paths[0] | [.valid,
			.aspath.string, .nexthops[0].ip, .remoteLabel,
			.extendedCommunity.string] |
		map(tostring) | join(" ") | sub("UNK:3, [0-9]+"; "opaque")'
}

# frr_lacks TABLE PREFIX
frr_lacks()
{
	is "{}" eval "frr frr 'show bgp $1 $2 json' | jq -c ."
}

frr_has()
{
	is "true 65000 172.16.1.2 null opaque" \
		frr_route "ipv4 unicast" 10.5.0.0/24 &&
		is "true 65000 172.16.1.2 null null" \
			frr_route "ipv4 unicast" 10.7.0.0/24 &&
		is "true 65000 2001:db8:1::2 null opaque" \
			frr_route "ipv6 unicast" 2001:db8:50::/48
}

frr_has_vpn()
{
	is "true 65000 172.16.1.6 77 RT:65000:7 opaque" \
		frr_route "ipv4 vpn" 10.5.0.0/24 &&
		is "true 65000 172.16.1.6 77 RT:65000:7" \
			frr_route "ipv4 vpn" 10.7.0.0/24 &&
		is "true 65000 ::ffff:ac10:106 77 RT:65000:7 opaque" \
			frr_route "ipv6 vpn" 2001:db8:50::/48
}

# bird_route TABLE ROUTE: what it knows of that, beside who and when.
bird_route()
{
	bird_on bird "show route table $1 all" | awk -v "route=$2 " '
		/^[^\t]/ { on = index($0, route) == 1; next }
		on && sub(/^\tBGP\.(as_path|next_hop|ext_community|17|mpls_label_stack)[^:]*: /, "") {
			printf "%s%s", sep, $0; sep = " | " }'
}

bird_has()
{
	is "65000 | 172.16.2.2 | (generic, 0x3800000, 0xc0000205)" \
		bird_route master4 10.5.0.0/24 &&
		is "65000 | 172.16.2.2" bird_route master4 10.7.0.0/24 &&
		is "65000 | 2001:db8:2::2 | (generic, 0x3800000, 0xc0000205)" \
			bird_route master6 2001:db8:50::/48
}

TUNNEL="00 04 00 0c 06 0a 00 00 00 00 00 01 c0 00 02 05"

bird_has_vpn()
{
	is "65000 | 172.16.2.6 | (rt, 65000, 7) (generic, 0x3800000, 0xc0000205) | $TUNNEL | 77" \
		bird_route vpn4tab "65000:70 10.5.0.0/24" &&
		is "65000 | 172.16.2.6 | (rt, 65000, 7) | 77" \
			bird_route vpn4tab "65000:70 10.7.0.0/24" &&
		is "65000 | 2001:db8:2::2 | (rt, 65000, 7) (generic, 0x3800000, 0xc0000205) | $TUNNEL | 77" \
			bird_route vpn6tab "65000:70 2001:db8:50::/48"
}

# gobgp_route TABLE ROUTE: label, next hop, communities, tunnels; an opaque one
# is the base64 of all octets but the first.
gobgp_route()
{
	gobgp global rib -a "$1" -j | jq -r --arg route "$2" '.[$route][0] | [
		(.nlri.labels // [] | .[]),
		(.attrs // [] | .[] |
			select(.type == 3 or .type == 14).nexthop),
		(.attrs // [] | .[] | select(.type == 16).value[].value),
		(.attrs // [] | .[] | select(.type == 23).value[] |
			"\(.type):\(.value[0].address)")] | join(" ")'
}

gobgp_has()
{
	is "172.16.4.2 gAAAwAACBQ==" gobgp_route ipv4 10.5.0.0/24 &&
		is "172.16.4.2" gobgp_route ipv4 10.7.0.0/24 &&
		is "2001:db8:4::2 gAAAwAACBQ==" gobgp_route ipv6 2001:db8:50::/48
}

gobgp_has_vpn()
{
	is "77 172.16.4.6 65000:7 gAAAwAACBQ== 4:192.0.2.5" \
		gobgp_route vpnv4 65000:70:10.5.0.0/24 &&
		is "77 172.16.4.6 65000:7" \
			gobgp_route vpnv4 65000:70:10.7.0.0/24 &&
		is "77 172.16.4.6 65000:7 gAAAwAACBQ== 4:192.0.2.5" \
			gobgp_route vpnv6 65000:70:2001:db8:50::/48
}

# exabgp_route FAMILY PREFIX: what it was told of one, a line for each time:
# "withdrawn", or label, RD, next hop, communities, tunnel; an opaque community
# is the number of its eight octets.
exabgp_route()
{
	grep '^{' "$WORK/exabgp/exabgp.log" |
		sed 's/"value": \([0-9]*\), "string": ""/"string": "\1"/g' |
		jq -r --arg family "$1" --arg prefix "$2" '
		.neighbor.message.update | .attribute as $a |
		(.withdraw[$family] // [] | .[] | select(.nlri == $prefix) |
			"withdrawn"),
		(.announce[$family] // {} | to_entries[] | .key as $hop |
			.value[] | select(.nlri == $prefix) | [
			(.label // [] | .[][0]), (.rd // empty), $hop,
			($a["extended-community"] // [] | .[].string),
			($a | to_entries[] |
				select(.key | startswith("attribute-0x17")).value)
			] | join(" "))'
}

exabgp_has()
{
	is "172.16.3.2 $((0x03800000c0000205))" \
		exabgp_route "ipv4 unicast" 10.5.0.0/24 &&
		is "172.16.3.2" exabgp_route "ipv4 unicast" 10.7.0.0/24 &&
		is "2001:db8:3::2 $((0x03800000c0000205))" \
			exabgp_route "ipv6 unicast" 2001:db8:50::/48
}

exabgp_has_vpn()
{
	is "77 65000:70 172.16.3.6 target:65000:7 $((0x03800000c0000205)) 0x0004000c060a000000000001c0000205" \
		exabgp_route "ipv4 mpls-vpn" 10.5.0.0/24 &&
		is "77 65000:70 172.16.3.6 target:65000:7" \
			exabgp_route "ipv4 mpls-vpn" 10.7.0.0/24 &&
		is "77 65000:70 ::ffff:172.16.3.6 target:65000:7 $((0x03800000c0000205)) 0x0004000c060a000000000001c0000205" \
			exabgp_route "ipv6 mpls-vpn" 2001:db8:50::/48
}

# What BIRD announces we take, and no other one is told.
not_passed_on()
{
	is 10.20.0.0/24 eval "cesteer ce show routes --detail --json |
		jq -r '.[] | select(.prefix == \"10.20.0.0/24\") | .prefix'" &&
		announced 4 4 0 &&
		frr_lacks "ipv4 unicast" 10.20.0.0/24 &&
		is null eval "gobgp global rib -a ipv4 -j |
			jq '.[\"10.20.0.0/24\"]'"
}

# imports PROTOCOL: updates and withdrawals that each of its channels received.
imports()
{
	bird_on bird "show protocols all $1" |
		awk '/Import (updates|withdraws):/ { printf "%s%s", sep, $3; sep = " " }'
}

# reloaded: one subnet goes, one comes, one has another gateway; two stay, and
# are not said again.
reloaded()
{
	local before

	ce_conf 192.0.2.9 10.8.0.0/24 "{ prefix: 10.7.0.0/24, identity: false }"
	before=$(opens)
	kill -HUP "${daemon_pid[ce]}"
	wait_for 10 announced 4 6 1 && is "$before" opens &&
		wait_for 10 is "4 1 2 0" imports ce &&
		wait_for 10 is "4 1 2 0" imports ce_vpn
}

frr_changed()
{
	frr_lacks "ipv4 unicast" 10.6.0.0/24 &&
		frr_lacks "ipv4 vpn" 10.6.0.0/24 &&
		is "true 65000 172.16.1.2 null opaque" \
			frr_route "ipv4 unicast" 10.8.0.0/24 &&
		is "true 65000 172.16.1.6 77 RT:65000:7 opaque" \
			frr_route "ipv4 vpn" 10.8.0.0/24
}

bird_changed()
{
	is "" bird_route master4 10.6.0.0/24 &&
		is "" bird_route vpn4tab "65000:70 10.6.0.0/24" &&
		is "65000 | 172.16.2.2 | (generic, 0x3800000, 0xc0000205)" \
			bird_route master4 10.8.0.0/24 &&
		is "65000 | 2001:db8:2::2 | (rt, 65000, 7) (generic, 0x3800000, 0xc0000209) | ${TUNNEL%05}09 | 77" \
			bird_route vpn6tab "65000:70 2001:db8:50::/48"
}

exabgp_changed()
{
	is "172.16.3.2 $((0x03800000c0000205))"$'\nwithdrawn' \
		exabgp_route "ipv4 unicast" 10.6.0.0/24 &&
		is "172.16.3.2 $((0x03800000c0000205))" \
			exabgp_route "ipv4 unicast" 10.5.0.0/24 &&
		is "2001:db8:3::2 $((0x03800000c0000205))"$'\n'"2001:db8:3::2 $((0x03800000c0000209))" \
			exabgp_route "ipv6 unicast" 2001:db8:50::/48 &&
		exabgp_route "ipv4 mpls-vpn" 10.6.0.0/24 | grep -qx withdrawn
}

gobgp_changed()
{
	is "" gobgp_route ipv4 10.6.0.0/24 &&
		is "172.16.4.2 gAAAwAACBQ==" gobgp_route ipv4 10.8.0.0/24 &&
		is "" gobgp_route vpnv4 65000:70:10.6.0.0/24 &&
		is "77 172.16.4.6 65000:7 gAAAwAACCQ== 4:192.0.2.9" \
			gobgp_route vpnv6 65000:70:2001:db8:50::/48
}

WHY="cesteerd is shut down"

frr_left()
{
	local family

	for family in "ipv4 unicast" "ipv4 vpn"; do
		frr_lacks "$family" 10.5.0.0/24 || return
	done
	is "$WHY $WHY" eval "frr frr 'show bgp neighbors json' |
		jq -r '[.[].lastShutdownDescription? // empty] | join(\" \")'"
}

bird_left()
{
	is 0 eval "bird_on bird 'show route table all' | matches AS65000" &&
		is 2 grep -c "Received: Administrative shutdown: \"$WHY\"" \
			"$WORK/bird/bird.log"
}

gobgp_left()
{
	local table

	for table in ipv4 ipv6 vpnv4 vpnv6; do
		is "{}" gobgp global rib -a $table -j || return
	done
}

t_plan 22
t_need "links" links_up
t_need "the peers run" peers_up
ce_conf 192.0.2.5 10.6.0.0/24 "{ prefix: 10.7.0.0/24, identity: false }"
t_need "cesteerd runs" cesteerd_start ce
t_check "all sessions are established" wait_for 60 established
t_check "each was sent each subnet, once" wait_for 10 announced 4 4 0
for peer in "${PEERS[@]}"; do
	t_check "$peer: next hops and identities, IPv4 and IPv6" \
		wait_for 10 "${peer}_has"
	t_check "$peer: RD, target, label and tunnel too, VPNv4 and VPNv6" \
		wait_for 10 "${peer}_has_vpn"
done
t_check "what one announces no other one is told" wait_for 10 not_passed_on
t_check "a reload sends the difference, and nothing else" reloaded
for peer in "${PEERS[@]}"; do
	t_check "$peer: has the difference" wait_for 10 "${peer}_changed"
done
cesteerd_stop ce
# ExaBGP has no table.
for peer in frr bird gobgp; do
	t_check "$peer: nothing is left after a shutdown" \
		wait_for 10 "${peer}_left"
done
