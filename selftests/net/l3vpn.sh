# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The network of the seed's figures 1 to 4, to be sourced after lib.sh: what is
# in namespaces and links, and the provider's routers. The customers' speakers,
# IKE and cesteerd come on top (the demo).
#
#   hosts 160-1..7, Z   10.1.0.0/24                       10.5.0.0/24
#   network 150-1 ---- CE 140-1 --+                     +-- network 150-5
#                      65001      |                     |   hosts 162-1, 162-2
#                               PE 1 --- P --- PE 2 -- CE 140-5
#                      65002      |   AS 64500          | 65005
#   network 150-2 ---- CE 140-2 --+                     +-- network 150-6
#   host 161-1          10.2.0.0/24                         host 163-1
#                                                           10.6.0.0/24
#
# Each CE-PE link has 172.16.N.0/30, PE .1 and CE .2 (2001:db8:ff:N::1 and ::2);
# each CE ends tunnels on 192.0.2.N, which is on its loopback. Host N of
# network M has 10.M.0.N and 2001:db8:M::N.
#
# The PEs are FRR: a VRF "red", eBGP with the CEs, VPNv4 and VPNv6 between them
# with a route target; P only switches labels. Linux cannot send IPv6 to an IPv4
# next hop, so the core and the VPNv6 session have IPv6 addresses.

L3VPN_CES=(1 2 5)
L3VPN_HOSTS=(160-1 160-2 160-3 160-4 160-5 160-6 160-7 160-z 161-1 162-1 162-2
	163-1)

# l3vpn_pe_of CE: the PE's number that a CE hangs on.
l3vpn_pe_of()
{
	case $1 in
	1 | 2) echo 1 ;;
	5) echo 2 ;;
	esac
}

# host_addr HOST, host_addr6 HOST, host_ce HOST
host_addr()
{
	case $1 in
	160-z) echo 10.1.0.26 ;;
	160-*) echo "10.1.0.${1#160-}" ;;
	161-*) echo "10.2.0.${1#161-}" ;;
	162-*) echo "10.5.0.${1#162-}" ;;
	163-*) echo "10.6.0.${1#163-}" ;;
	esac
}

host_addr6()
{
	local addr

	addr=$(host_addr "$1")
	addr=${addr#10.}
	echo "2001:db8:${addr%%.*}::${addr##*.}"
}

host_ce()
{
	case $1 in
	160-*) echo 1 ;;
	161-*) echo 2 ;;
	162-* | 163-*) echo 5 ;;
	esac
}

# lan NET CE HOST...: a network behind a CE: a bridge there, hosts on it.
lan()
{
	local net=$1 ce=$2 host

	shift 2
	draw_ip "ce$ce" "link add lan$net type bridge" "link set lan$net up" \
		"addr add 10.$net.0.254/24 dev lan$net" \
		"addr add 2001:db8:$net::254/64 dev lan$net nodad"
	for host; do
		draw_link "ce$ce" "h$host" "$host" eth0
		draw_ip "ce$ce" "link set h$host master lan$net"
		draw_ip "$host" \
			"addr add $(host_addr "$host")/24 dev eth0" \
			"addr add $(host_addr6 "$host")/64 dev eth0 nodad" \
			"route add default via 10.$net.0.254" \
			"route add default via 2001:db8:$net::254"
	done
}

l3vpn_links()
{
	local ce pe other

	modprobe -a vrf mpls_router mpls_iptunnel bridge veth || return
	draw_ns p pe1 pe2 "${L3VPN_CES[@]/#/ce}" "${L3VPN_HOSTS[@]}"

	for pe in 1 2; do
		other=$((3 - pe))
		draw_link "pe$pe" core p "pe$pe"
		draw_ip p "addr add 100.64.1$pe.2/30 dev pe$pe" \
			"addr add 2001:db8:64:$pe::2/64 dev pe$pe nodad" \
			"route add 100.64.0.$pe/32 via 100.64.1$pe.1" \
			"route add 2001:db8:64::$pe/128 via 2001:db8:64:$pe::1"
		draw_ip "pe$pe" "addr add 100.64.0.$pe/32 dev lo" \
			"addr add 2001:db8:64::$pe/128 dev lo nodad" \
			"addr add 100.64.1$pe.1/30 dev core" \
			"addr add 2001:db8:64:$pe::1/64 dev core nodad" \
			"link add red type vrf table 100" "link set red up" \
			"route add 100.64.0.$other/32 encap mpls 30$other via 100.64.1$pe.2" \
			"route add 2001:db8:64::$other/128 encap mpls 31$other via inet6 2001:db8:64:$pe::2"
	done
	for ce in "${L3VPN_CES[@]}"; do
		pe=$(l3vpn_pe_of "$ce")
		draw_link "pe$pe" "ce$ce" "ce$ce" pe
		draw_ip "pe$pe" "link set ce$ce master red" \
			"addr add 172.16.$ce.1/30 dev ce$ce" \
			"addr add 2001:db8:ff:$ce::1/64 dev ce$ce nodad"
		draw_ip "ce$ce" "addr add 192.0.2.$ce/32 dev lo" \
			"addr add 172.16.$ce.2/30 dev pe" \
			"addr add 2001:db8:ff:$ce::2/64 dev pe nodad" \
			"route add default via 172.16.$ce.1 src 192.0.2.$ce" \
			"route add default via 2001:db8:ff:$ce::1"
	done
	lan 1 1 160-1 160-2 160-3 160-4 160-5 160-6 160-7 160-z
	lan 2 2 161-1
	lan 5 5 162-1 162-2
	lan 6 5 163-1
	draw || return

	for pe in 1 2; do
		on "pe$pe" bash -s <<-'END' || return
		cd /proc/sys/net || exit
		echo 1000 >mpls/platform_labels
		echo 1 >mpls/conf/core/input
		echo 1 >ipv4/tcp_l3mdev_accept
		END
	done
	on p bash -s <<-'END' || return
	cd /proc/sys/net/mpls || exit
	echo 1000 >platform_labels
	# P takes the outer label off: its neighbor is the last.
	for pe in 1 2; do
		echo 1 >conf/pe$pe/input
		ip -f mpls route add 30$pe via inet 100.64.1$pe.1 dev pe$pe
		ip -f mpls route add 31$pe via inet6 2001:db8:64:$pe::1 dev pe$pe
	done
	END
}

l3vpn_pe_conf()
{
	local pe=$1 other=$2 dir=$WORK/pe$1 ce family

	mkdir -p "$dir"
	echo "hostname pe$pe" >"$dir/zebra.conf"
	cat >"$dir/bgpd.conf" <<-END
	hostname pe$pe
	router bgp 64500
	 bgp router-id 100.64.0.$pe
	 no bgp default ipv4-unicast
	 neighbor 100.64.0.$other remote-as 64500
	 neighbor 100.64.0.$other update-source 100.64.0.$pe
	 neighbor 100.64.0.$other timers connect 1
	 neighbor 2001:db8:64::$other remote-as 64500
	 neighbor 2001:db8:64::$other update-source 2001:db8:64::$pe
	 neighbor 2001:db8:64::$other timers connect 1
	 address-family ipv4 vpn
	  neighbor 100.64.0.$other activate
	 exit-address-family
	 address-family ipv6 vpn
	  neighbor 2001:db8:64::$other activate
	 exit-address-family
	router bgp 64500 vrf red
	 bgp router-id 100.64.0.$pe
	 no bgp default ipv4-unicast
	 no bgp ebgp-requires-policy
	END
	for ce in "${L3VPN_CES[@]}"; do
		[ "$(l3vpn_pe_of "$ce")" = "$pe" ] || continue
		cat >>"$dir/bgpd.conf" <<-END
		 neighbor 172.16.$ce.2 remote-as 6500$ce
		 neighbor 172.16.$ce.2 timers connect 1
		 address-family ipv4 unicast
		  neighbor 172.16.$ce.2 activate
		 exit-address-family
		 address-family ipv6 unicast
		  neighbor 172.16.$ce.2 activate
		 exit-address-family
		END
	done
	for family in 4 6; do
		cat >>"$dir/bgpd.conf" <<-END
		 address-family ipv$family unicast
		  redistribute connected
		  label vpn export ${family}0$pe
		  rd vpn export 64500:$pe
		  rt vpn both 64500:100
		  export vpn
		  import vpn
		 exit-address-family
		END
	done
}

# l3vpn_up: links and the provider, whose PEs see each other.
l3vpn_up()
{
	local pe

	l3vpn_links || return
	l3vpn_pe_conf 1 2
	l3vpn_pe_conf 2 1
	for pe in 1 2; do
		frr_start "pe$pe" zebra bgpd || return
	done
	wait_for 60 l3vpn_peering pe1 ipv4 && wait_for 60 l3vpn_peering pe1 ipv6
}

# l3vpn_peering PE FAMILY: its VPN session with the other is up.
l3vpn_peering()
{
	frr "$1" "show bgp $2 vpn summary json" |
		jq -e '[.peers[] | select(.state == "Established")] != []'
}
