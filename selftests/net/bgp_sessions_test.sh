#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a BGP session may be made of, beside what bgp_peers_test has, with real
# speakers, asserting on both sides. Our AS has four octets.
#
#   frr     eBGP over IPv6, in a VRF, TCP-MD5
#   bird    eBGP between loopbacks: multihop, GTSM for two hops, TCP-MD5;
#           extended messages; why it is shut down, and we are told that it is
#   exabgp  eBGP, passive here: a speaker of two-octet ASes, several paths
#   gobgp   iBGP: VPNv6, route target membership, TCP-MD5, GTSM
#
# cesteerd is "ce", 172.16.N.2 on the link to the Nth of them.
#
# What is asserted with whom, here (s), in bgp_peers_test (p), bgp_vpn_test (v),
# bgp_limit_test (x), life_bgp_test (l); the send hold timer, which none of them
# has, in unit/bgp_greedy_test:
#
#                              frr  bird  exabgp  gobgp
#   we connect, they do        p s  p s           p s
#   only they connect                      p s
#   IPv6: unicast, transport   p s  p
#   link-local addresses            p
#   in a VRF                   s
#   multihop                        s
#   TCP-MD5, GTSM              p s  s             s
#   four-octet ASes            s    s             s
#   two-octet ASes                         s
#   extended messages               s
#   refresh, both ways              p
#   several paths                   p      s
#   VPNv4, VPNv6               v                  p s
#   route target membership                       p s
#   graceful restart           p    l
#   why it ends, both ways     p    s
#   more than it may                x      p
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh

PEERS=(frr bird exabgp gobgp)
AS=4200000005

links_up()
{
	local n=0 peer

	modprobe -a veth vrf
	draw_ns ce "${PEERS[@]}"
	draw_ip ce "link add red type vrf table 10" "link set red up"
	for peer in "${PEERS[@]}"; do
		n=$((n + 1))
		draw_link ce "$peer" "$peer" eth0
		[ "$peer" != frr ] || draw_ip ce "link set frr master red"
		draw_ip ce "addr add 172.16.$n.2/30 dev $peer" \
			"addr add 2001:db8:$n::2/64 dev $peer nodad"
		draw_ip "$peer" "addr add 172.16.$n.1/30 dev eth0" \
			"addr add 2001:db8:$n::1/64 dev eth0 nodad"
	done
	draw_ip ce "addr add 192.0.2.5/32 dev lo" \
		"route add 192.0.2.102 via 172.16.2.1 src 192.0.2.5"
	draw_ip bird "addr add 192.0.2.102/32 dev lo" \
		"route add 192.0.2.5 via 172.16.2.2 src 192.0.2.102"
	cesteer_load && draw
}

ce_conf()
{
	mkdir -p "$WORK/ce"
	(umask 077 && printf 'a-secret' >"$WORK/ce/md5")
	cat >"$WORK/ce/cesteerd.yaml" <<-END
	router-id: 192.0.2.5
	as: $AS
	identity: { address: 192.0.2.5 }
	vpns:
	  - name: red
	    vrf: red
	    table: 10
	    source-prefixes: [10.5.0.0/24, "2001:db8:50::/48"]
	    trusted-subnets: ["2001:db8:50::/48"]
	    neighbors:
	      - { name: frr, address: "2001:db8:1::1", as: 64501, md5-file: md5 }
	  - name: default
	    source-prefixes: [10.5.0.0/24, "2001:db8:50::/48"]
	    trusted-subnets: [10.5.0.0/24]
	    import-targets: ["65000:1"]
	    hold: { withdrawn: 0, downgraded: 0 }
	    neighbors:
	      - { name: bird, address: 192.0.2.102, local: 192.0.2.5,
	          as: 4200000102, ttl-security: 2, md5-file: md5 }
	      - { name: exabgp, address: 172.16.3.1, as: 64503, passive: true,
	          add-path: true }
	neighbors:
	  - { name: gobgp, address: 172.16.4.1, as: $AS, families: [vpnv6],
	      ttl-security: 1, md5-file: md5 }
	control: { socket: $WORK/ce/control }
	log: debug
	END
}

peers_conf()
{
	local peer

	for peer in "${PEERS[@]}"; do
		mkdir -p "$WORK/$peer"
	done
	echo "hostname frr" >"$WORK/frr/zebra.conf"
	cat >"$WORK/frr/bgpd.conf" <<-END
	hostname frr
	router bgp 64501
	 bgp router-id 192.0.2.101
	 no bgp ebgp-requires-policy
	 no bgp network import-check
	 no bgp default ipv4-unicast
	 neighbor 2001:db8:1::2 remote-as $AS
	 neighbor 2001:db8:1::2 password a-secret
	 neighbor 2001:db8:1::2 timers connect 1
	 address-family ipv6 unicast
	  neighbor 2001:db8:1::2 activate
	  network 2001:db8:10::/48
	 exit-address-family
	END
	# 400 of 12 octets: more than a message of 4096 has room for.
	seq -f 'bgp_large_community.add((1, 2, %.0f));' 400 \
		>"$WORK/bird/communities"
	cat >"$WORK/bird/bird.conf" <<-END
	log stderr all;
	router id 192.0.2.102;
	protocol device { }
	protocol static four { ipv4 { import filter {
		bgp_ext_community.add((generic, 0x03800000, 0xC0000201));
		include "$WORK/bird/communities";
		accept; }; };
		route 10.20.0.0/24 blackhole; }
	protocol bgp ce {
		local 192.0.2.102 as 4200000102;
		neighbor 192.0.2.5 as $AS;
		multihop 2;
		ttl security on;
		password "a-secret";
		enable extended messages on;
		connect delay time 1;
		error wait time 1, 2;
		ipv4 { import all; export where source = RTS_STATIC; };
	}
	END
	cat >"$WORK/exabgp/exabgp.conf" <<-END
	neighbor 172.16.3.2 {
		router-id 192.0.2.103;
		local-address 172.16.3.1;
		local-as 64503;
		peer-as 23456;
		capability { asn4 disable; add-path send; }
		family { ipv4 unicast; }
		add-path { ipv4 unicast; }
		static {
			route 10.30.0.0/24 next-hop 172.16.3.1 path-information 0.0.0.1 as-path [ 64503 4200000077 ] extended-community [ 0x03800000C0000203 ];
			route 10.30.0.0/24 next-hop 172.16.3.1 path-information 0.0.0.2 as-path [ 64503 4200000078 ] extended-community [ 0x03800000C0000204 ];
		}
	}
	END
	cat >"$WORK/gobgp/gobgpd.toml" <<-END
	[global.config]
	  as = $AS
	  router-id = "192.0.2.104"
	[[neighbors]]
	  [neighbors.config]
	    neighbor-address = "172.16.4.2"
	    peer-as = $AS
	    auth-password = "a-secret"
	  [neighbors.ttl-security.config]
	    enabled = true
	    ttl-min = 255
	  [[neighbors.afi-safis]]
	    [neighbors.afi-safis.config]
	      afi-safi-name = "l3vpn-ipv6-unicast"
	  [[neighbors.afi-safis]]
	    [neighbors.afi-safis.config]
	      afi-safi-name = "rtc"
	END
}

# gobgp_route PREFIX DISTINGUISHER-AND-TARGET
gobgp_route()
{
	gobgp global rib add -a vpnv6 "$1" label 100 rd "$2" rt "$2" \
		nexthop 2001:db8:4::1
}

peers_up()
{
	peers_conf
	frr_start frr zebra bgpd && bird_start bird || return
	exabgp_start
	gobgp_start
	wait_for 60 gobgp_route 2001:db8:40::/48 65000:1 &&
		wait_for 60 gobgp_route 2001:db8:41::/48 65000:2
}

# neighbor NAME FILTER: of what cesteerd says of a neighbor.
neighbor()
{
	cesteer ce show bgp --json |
		jq -rc --arg name "$1" ".[] | select(.name == \$name) | $2"
}

established()
{
	is established neighbor "$1" .state
}

# learned PREFIX FILTER: of what cesteerd learned of a prefix.
learned()
{
	cesteer ce show routes --detail --json | jq -rc --arg prefix "$1" \
		".[] | select(.prefix == \$prefix) | $2"
}

# single: both ends connect, or only one of them; one connection stays.
single()
{
	local address n

	for address in '\[2001:db8:1::1\]' 192.0.2.102 172.16.3.1 172.16.4.1; do
		n=$(on ce ss -Htn state established |
			awk '{ print $4 }' | grep -c "^$address:")
		[ "$n" -eq 1 ] || {
			echo "$n connections with $address"
			return 1
		}
	done
}

# in_vrf: each has the other's route, with all of our AS.
in_vrf()
{
	is red neighbor frr .vrf &&
		is none learned 2001:db8:10::/48 .action &&
		is $AS eval "frr frr 'show bgp ipv6 unicast 2001:db8:50::/48 json' |
			jq -r '.paths[0].aspath.string'"
}

# extended: its route comes in a message of more than 4096 octets.
extended()
{
	is true neighbor bird '."extended-message"' &&
		is protect learned 10.20.0.0/24 .action &&
		is 2 eval "bird_on bird 'show protocols all ce' |
			grep -c 'Extended message'" &&
		bird_on bird "show route 10.5.0.0/24 all" |
		grep -F "BGP.as_path: $AS"
}

# reset: BIRD is told why, and comes back.
reset()
{
	cesteer ce neighbor reset bird "new optics" &&
		wait_for 10 grep -F 'Received: Administrative reset: "new optics"' \
			"$WORK/bird/bird.log" &&
		wait_for 30 established bird
}

# shut: BIRD says why, and comes back.
shut()
{
	bird_on bird 'disable ce "fibre is cut"' >/dev/null &&
		wait_for 10 eval "neighbor bird '.\"last-error\"' |
			grep -F 'Administrative Shutdown: \"fibre is cut\"'" &&
		bird_on bird "enable ce" >/dev/null &&
		wait_for 30 established bird
}

# old: two paths, and ASes that its AS_PATH has no room for.
old()
{
	is false neighbor exabgp .as4 &&
		is '["ipv4"]' neighbor exabgp '."add-path"' &&
		is 192.0.2.3,192.0.2.4 learned 10.30.0.0/24 \
			'.gateways | sort | join(",")' &&
		is '["64503 4200000077","64503 4200000078"]' learned \
			10.30.0.0/24 '[.learned.paths[]["as-path"]] | sort'
}

membership()
{
	is none learned 2001:db8:40::/48 .action &&
		is '["65000:1"]' learned 2001:db8:40::/48 \
			'.learned.paths[0].targets' &&
		is "" learned 2001:db8:41::/48 .action
}

# asked_for: of two VPNs' routes GoBGP sends what was asked for.
asked_for()
{
	local sent

	sent=$(gobgp neighbor 172.16.4.2 adj-out -a vpnv6)
	grep -q 2001:db8:40::/48 <<<"$sent" &&
		isnt grep -q 2001:db8:41::/48 <<<"$sent" && return
	echo "$sent"
	return 1
}

t_plan 15
t_need "links" links_up
t_need "the peers run" peers_up
ce_conf
t_need "cesteerd runs" cesteerd_start ce
for peer in "${PEERS[@]}"; do
	t_check "$peer: established" wait_for 30 established "$peer"
done
t_check "one connection with each" wait_for 10 single
t_check "frr: routes over IPv6, in a VRF" wait_for 10 in_vrf
t_check "bird: a message of more than 4096 octets" wait_for 10 extended
t_check "bird: reads why its session was reset" reset
t_check "bird: says why it shuts down" shut
t_check "exabgp: several paths, of a speaker of two-octet ASes" wait_for 10 old
t_check "gobgp: VPNv6, by the route target" wait_for 20 membership
t_check "gobgp: sends only what is asked for" wait_for 10 asked_for
