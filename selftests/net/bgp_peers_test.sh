#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# cesteerd against BGP speakers as providers run them, asserting on both sides:
#
#   frr     eBGP, TCP-MD5, GTSM; keeps our routes while we restart
#   bird    iBGP: identities, several paths to a prefix, refresh, a prefix
#           limit; a second session over link-local addresses
#   exabgp  eBGP, passive: each form of an identity, and broken ones
#   gobgp   iBGP: VPNv4 with route target membership
#
# cesteerd is "ce", 172.16.N.2 on the link to the Nth of them.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh

PEERS=(frr bird exabgp gobgp)
OURS="(generic, 0x3800000, 0xc0000205)"

links_up()
{
	local n=0 peer

	modprobe -a veth dummy
	draw_ns ce "${PEERS[@]}"
	for peer in "${PEERS[@]}"; do
		n=$((n + 1))
		draw_link ce "$peer" "$peer" eth0
		draw_ip ce "addr add 172.16.$n.2/30 dev $peer" \
			"addr add 2001:db8:$n::2/64 dev $peer nodad"
		draw_ip "$peer" "addr add 172.16.$n.1/30 dev eth0" \
			"addr add 2001:db8:$n::1/64 dev eth0 nodad"
	done
	draw_ip ce "addr add 192.0.2.5/32 dev lo" \
		"addr add fe80::5/64 dev bird nodad"
	draw_ip bird "addr add fe80::6/64 dev eth0 nodad"
	cesteer_load && draw
}

ce_conf()
{
	mkdir -p "$WORK/ce"
	(umask 077 && printf 'a-secret' >"$WORK/ce/md5")
	cat >"$WORK/ce/cesteerd.yaml" <<-END
	router-id: 192.0.2.5
	as: 65000
	identity: { address: 192.0.2.5 }
	vpns:
	  - name: default
	    source-prefixes: [10.5.0.0/24, "2001:db8:50::/48"]
	    trusted-subnets:
	      - 10.5.0.0/24
	      - { prefix: 10.6.0.0/24, gateway: "2001:db8::99" }
	      - "2001:db8:50::/48"
	    import-targets: ["65000:1"]
	    hold: { withdrawn: 0, downgraded: 0 }
	    neighbors:
	      - { name: frr, address: 172.16.1.1, as: 64501, md5-file: md5,
	          ttl-security: 1 }
	      - { name: bird, address: 172.16.2.1, as: 65000, add-path: true }

	      - { name: bird6, address: "fe80::6", interface: bird, as: 65000,
	          families: [ipv6] }
	      - { name: exabgp, address: 172.16.3.1, as: 64503, passive: true }
	neighbors:
	  - { name: gobgp, address: 172.16.4.1, as: 65000, families: [vpnv4] }
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
	 neighbor 172.16.1.2 remote-as 65000
	 neighbor 172.16.1.2 password a-secret
	 neighbor 172.16.1.2 ttl-security hops 1
	 neighbor 172.16.1.2 timers connect 1
	 address-family ipv4 unicast
	  network 10.10.0.0/24
	 exit-address-family
	 address-family ipv6 unicast
	  neighbor 172.16.1.2 activate
	  network 2001:db8:10::/48
	 exit-address-family
	END
	cat >"$WORK/bird/bird.conf" <<-END
	router id 192.0.2.102;
	debug protocols { states };
	protocol device { }
	protocol static one { ipv4 { import filter {
		bgp_ext_community.add((generic, 0x03800000, 0xC0000201));
		accept; }; };
		route 10.20.0.0/24 blackhole; route 10.21.0.0/24 blackhole; }
	protocol static two { ipv4 { preference 150; import filter {
		bgp_ext_community.add((generic, 0x43800000, 0xC0000202));
		accept; }; };
		route 10.20.0.0/24 blackhole; }
	protocol static six { ipv6 { import filter {
		bgp_ext_community.add((generic, 0x03800000, 0xC0000201));
		accept; }; };
		route 2001:db8:20::/48 blackhole; }
	protocol bgp ce {
		local 172.16.2.1 as 65000;
		neighbor 172.16.2.2 as 65000;
		connect delay time 1;
		ipv4 { import all; export where source = RTS_STATIC; add paths on; };
		ipv6 { import all; export none; };
	}
	protocol bgp ce6 {
		local fe80::6 as 65000;
		neighbor fe80::5%eth0 as 65000;
		direct;
		connect delay time 1;
		ipv6 { import all; export where source = RTS_STATIC;
			next hop address 2001:db8:2::1; };
	}
	END
	cat >"$WORK/exabgp/exabgp.conf" <<-END
	neighbor 172.16.3.2 {
		router-id 192.0.2.103;
		local-address 172.16.3.1;
		local-as 64503;
		peer-as 65000;
		family { ipv4 unicast; }
		static {
			route 10.30.0.0/24 next-hop 172.16.3.1 extended-community [ 0x03800000C0000203 ];
			route 10.31.0.0/24 next-hop 172.16.3.1 extended-community [ 0x43800000C0000204 ];
			route 10.32.0.0/24 next-hop 172.16.3.1 extended-community [ 0x03800000C0000203 0x03800000C0000204 ];
			route 10.33.0.0/24 next-hop 172.16.3.1 attribute [ 0x19 0xc0 0x008020010db80000000000000000000000030000 ];
			route 10.34.0.0/24 next-hop 172.16.3.1 attribute [ 0x19 0xc0 0x0080c0ffee ];
			route 10.35.0.0/24 next-hop 172.16.3.1 extended-community [ 0x03810000C0000203 ];
		}
	}
	END
	cat >"$WORK/gobgp/gobgpd.toml" <<-END
	[global.config]
	  as = 65000
	  router-id = "192.0.2.104"
	[[neighbors]]
	  [neighbors.config]
	    neighbor-address = "172.16.4.2"
	    peer-as = 65000
	  [neighbors.transport.config]
	    passive-mode = true
	  [[neighbors.afi-safis]]
	    [neighbors.afi-safis.config]
	      afi-safi-name = "l3vpn-ipv4-unicast"
	  [[neighbors.afi-safis]]
	    [neighbors.afi-safis.config]
	      afi-safi-name = "rtc"
	END
}

# Two routes of two VPNs, of which one is ours.
gobgp_routes()
{
	wait_for 20 gobgp global &&
		gobgp global rib add -a vpnv4 10.40.0.0/24 label 100 rd 65000:1 rt 65000:1 &&
		gobgp global rib add -a vpnv4 10.41.0.0/24 label 101 rd 65000:2 rt 65000:2
}

peers_up()
{
	peers_conf
	frr_start frr zebra bgpd && bird_start bird || return
	exabgp_start
	gobgp_start
	gobgp_routes
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

# protected PREFIX GATEWAYS
protected()
{
	is "protect $2" learned "$1" '"\(.action) \(.gateways | join(","))"'
}

bird_has()
{
	bird_on bird "show route $1 all" | grep -qF "$2"
}

frr_route()
{
	frr frr "show bgp ipv4 unicast 10.5.0.0/24 json" | jq -rc "$1"
}

frr_neighbor()
{
	frr frr "show bgp neighbors 172.16.1.2 json" |
		jq -r ".[\"172.16.1.2\"] | $1"
}

forms()
{
	wait_for 10 protected 10.30.0.0/24 192.0.2.3 &&
		wait_for 10 protected 10.31.0.0/24 192.0.2.4 &&
		wait_for 10 protected 10.32.0.0/24 192.0.2.3,192.0.2.4 &&
		wait_for 10 protected 10.33.0.0/24 2001:db8::3
}

# The attribute's name and its octets, in our words; and no route.
broken()
{
	wait_for 10 grep -q 'exabgp: UPDATE: IPV6_EXTENDED_COMMUNITIES: .*, treated as withdrawn: c0 19 05 00 80 c0 ff ee' \
		"$WORK/ce/cesteerd.log" &&
		is "" learned 10.34.0.0/24 .action && established exabgp
}

# Equal but for their identifiers, which are BIRD's to choose.
two_paths()
{
	is 2 learned 10.20.0.0/24 '.learned.paths | length' &&
		is "lower path identifier" learned 10.20.0.0/24 \
			'.learned["best-by"]' &&
		is 192.0.2.1,192.0.2.2 learned 10.20.0.0/24 \
			'.gateways | sort | join(",")'
}

refreshes()
{
	neighbor bird '.received["route-refresh"]'
}

# refreshed COMMAND...: begin and end of a refresh come of it (RFC 7313), and
# no route is lost on the way.
refreshed()
{
	local before

	before=$(refreshes) || return
	"$@" >/dev/null &&
		wait_for 10 eval "[ \"\$(refreshes)\" -ge $((before + 2)) ]" &&
		two_paths && established bird
}

membership()
{
	wait_for 20 is none learned 10.40.0.0/24 .action &&
		is '["65000:1"]' learned 10.40.0.0/24 '.learned.paths[0].targets' &&
		is 65000:1 learned 10.40.0.0/24 '.learned.paths[0].distinguisher' &&
		is "" learned 10.41.0.0/24 .action
}

# GoBGP itself sends only what was asked for.
asked_for()
{
	local sent

	sent=$(gobgp neighbor 172.16.4.2 adj-out -a vpnv4)
	grep -q 10.40.0.0/24 <<<"$sent" && isnt grep -q 10.41.0.0/24 <<<"$sent" &&
		return
	echo "$sent"
	return 1
}

t_plan 22
t_need "links" links_up
t_need "the peers run" peers_up
ce_conf
t_need "cesteerd runs" cesteerd_start ce
for peer in frr bird bird6 exabgp gobgp; do
	t_check "$peer: established" wait_for 30 established $peer
done
t_check "frr: has our routes" wait_for 10 is valid frr_route \
	'.paths[0] | if .valid then "valid" else . end'
t_check "frr: a route without an identity is no entry" wait_for 10 \
	is none learned 10.10.0.0/24 .action
t_check "bird: has our identity as an opaque community" wait_for 10 \
	bird_has 10.5.0.0/24 "$OURS"
t_check "bird: has the four quarters of an IPv6 one" bird_has 10.6.0.0/24 \
	"(generic, 0x3801"
t_check "bird: several paths to a prefix, both gateways" wait_for 10 \
	two_paths
t_check "bird6: routes over link-local addresses" wait_for 10 \
	protected 2001:db8:20::/48 192.0.2.1
t_check "bird: says all again, and nothing is lost" refreshed \
	bird_on bird "reload out ce"
t_check "bird: says all again when it is asked to" refreshed \
	cesteer ce neighbor refresh bird
t_check "exabgp: each form of an identity" forms
t_check "exabgp: a broken attribute is named and quoted" broken
t_check "gobgp: the route target says that it is ours" membership
t_check "gobgp: sends only what is asked for" asked_for

# reset: FRR is told why, and comes back.
reset()
{
	cesteer ce neighbor reset frr "new optics" &&
		wait_for 10 is "new optics" frr_neighbor .lastShutdownDescription &&
		wait_for 30 established frr
}
t_check "frr: reads why its session was reset" reset

# restart: FRR keeps what we announced while we are away, and after.
restart()
{
	cesteerd_stop ce
	wait_for 10 is true frr_route '.paths[0].stale' || return
	cesteerd_start ce && wait_for 30 established frr &&
		wait_for 10 is null frr_route '.paths[0].stale'
}
t_check "frr: keeps our routes while we restart" restart
