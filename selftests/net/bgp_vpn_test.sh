#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Membership with a real PE: FRR has two VRFs, each with a BIRD CE that
# announces the same prefix with an identity of its own, and gives both to
# cesteerd on one VPNv4 and VPNv6 session. The route target says whose it is.
#
#   bird1 (AS 65001) --- VRF red  --+
#                                   pe (FRR, AS 64500) --- ce (cesteerd)
#   bird2 (AS 65002) --- VRF blue --+
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh

links_up()
{
	local n vrf

	modprobe -a veth vrf mpls_router mpls_iptunnel
	draw_ns ce pe bird1 bird2
	draw_link ce pe pe ce
	draw_ip ce "addr add 192.0.2.5/32 dev lo" \
		"addr add 172.16.9.2/30 dev pe" \
		"addr add 2001:db8:9::2/64 dev pe nodad"
	draw_ip pe "addr add 172.16.9.1/30 dev ce" \
		"addr add 2001:db8:9::1/64 dev ce nodad"
	for n in 1 2; do
		vrf=$([ $n = 1 ] && echo red || echo blue)
		draw_link bird$n pe pe bird$n
		draw_ip bird$n "addr add 172.16.$n.2/30 dev pe" \
			"addr add 2001:db8:$n::2/64 dev pe nodad"
		draw_ip pe "link add $vrf type vrf table ${n}00" \
			"link set $vrf up" "link set bird$n master $vrf" \
			"addr add 172.16.$n.1/30 dev bird$n" \
			"addr add 2001:db8:$n::1/64 dev bird$n nodad"
	done
	cesteer_load && draw || return
	on pe bash -c 'echo 1000 >/proc/sys/net/mpls/platform_labels;
		echo 1 >/proc/sys/net/ipv4/tcp_l3mdev_accept'
}

pe_conf()
{
	local n vrf family

	mkdir -p "$WORK/pe"
	echo "hostname pe" >"$WORK/pe/zebra.conf"
	cat >"$WORK/pe/bgpd.conf" <<-END
	hostname pe
	router bgp 64500
	 bgp router-id 192.0.2.100
	 no bgp default ipv4-unicast
	 neighbor 172.16.9.2 remote-as 64500
	 neighbor 172.16.9.2 timers connect 1
	 address-family ipv4 vpn
	  neighbor 172.16.9.2 activate
	 exit-address-family
	 address-family ipv6 vpn
	  neighbor 172.16.9.2 activate
	 exit-address-family
	END
	for n in 1 2; do
		vrf=$([ $n = 1 ] && echo red || echo blue)
		cat >>"$WORK/pe/bgpd.conf" <<-END
		router bgp 64500 vrf $vrf
		 bgp router-id 192.0.2.100
		 no bgp default ipv4-unicast
		 no bgp ebgp-requires-policy
		 neighbor 172.16.$n.2 remote-as 6500$n
		 neighbor 172.16.$n.2 timers connect 1
		END
		for family in 4 6; do
			cat >>"$WORK/pe/bgpd.conf" <<-END
			 address-family ipv$family unicast
			  neighbor 172.16.$n.2 activate
			  label vpn export ${family}0$n
			  rd vpn export 64500:$n
			  rt vpn both 64500:${n}00
			  export vpn
			  import vpn
			 exit-address-family
			END
		done
	done
}

# ce_conf RED BLUE: the targets that each VPN takes.
ce_conf()
{
	mkdir -p "$WORK/ce"
	cat >"$WORK/ce/cesteerd.yaml" <<-END
	router-id: 192.0.2.5
	as: 64500
	identity: { address: 192.0.2.5 }
	vpns:
	  - name: red
	    table: 100
	    source-prefixes: [10.5.0.0/24]
	    import-targets: [$1]
	    hold: { withdrawn: 0, downgraded: 0 }
	  - name: blue
	    table: 200
	    source-prefixes: [10.5.0.0/24]
	    import-targets: [$2]
	    hold: { withdrawn: 0, downgraded: 0 }
	neighbors:
	  - { name: pe, address: 172.16.9.1, as: 64500 }
	control: { socket: $WORK/ce/control }
	log: debug
	END
}

peers_up()
{
	pe_conf
	bird_site bird1 1 1
	bird_site bird2 2 2
	frr_start pe zebra bgpd && bird_start bird1 && bird_start bird2
}

pe_established()
{
	local family

	for family in ipv4 ipv6; do
		is '"Established"' frr_state $family || return
	done
}

frr_state()
{
	frr pe "show bgp $1 vpn summary json" |
		jq '.peers["172.16.9.2"].state'
}

# has TABLE PREFIX GATEWAYS: what the kernel does, "" for no entry.
has()
{
	is "$3" vpn_gateways "$1" "$2"
}

vpn_gateways()
{
	cesteer ce show routes --json | jq -r --arg prefix "$2" \
		".[] | select(.vpn == $1 and .prefix == \$prefix) | .gateways | sort | join(\",\")"
}

both()
{
	wait_for 20 has 100 10.1.0.0/24 192.0.2.1 &&
		wait_for 20 has 200 10.1.0.0/24 192.0.2.2 &&
		wait_for 20 has 100 2001:db8:f::/48 192.0.2.1 &&
		wait_for 20 has 200 2001:db8:f::/48 192.0.2.2
}

# What was not wanted before is asked for again; what is not now is gone.
reloaded()
{
	ce_conf '"64500:100", "64500:200"' ""
	kill -HUP "${daemon_pid[ce]}"
	wait_for 20 has 100 10.1.0.0/24 192.0.2.1,192.0.2.2 &&
		wait_for 20 has 100 2001:db8:f::/48 192.0.2.1,192.0.2.2 &&
		has 200 10.1.0.0/24 ""
}

# Of two VPNs' routes in one, each goes by its own distinguisher.
one_withdrawn()
{
	bird_on bird1 "disable four" >/dev/null &&
		wait_for 20 has 100 10.1.0.0/24 192.0.2.2
}

again()
{
	bird_on bird1 "enable four" >/dev/null &&
		wait_for 20 has 100 10.1.0.0/24 192.0.2.1,192.0.2.2
}

t_plan 8
t_need "links" links_up
t_need "the provider runs" peers_up
ce_conf '"64500:100"' '"64500:200"'
t_need "cesteerd runs" cesteerd_start ce
t_check "pe: both VPN families are established" wait_for 30 pe_established
t_check "a prefix of two VPNs has each one's gateway" both
t_check "changed targets take effect, without a new session" reloaded
t_check "a withdrawal takes one VPN's route only" one_withdrawn
t_check "and it comes back" again
