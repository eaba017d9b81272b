#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What changes under the fast way, while packets take it: the SA, the route and
# the MTU to the gateway, the table, the device, the module, the namespace.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/waiting.sh
. ./waiting.sh
# shellcheck source=selftests/net/fast_way.sh
. ./fast_way.sh

# A second way from ce1 to the provider, and back.
second_way()
{
	ip_on ce1 <<-END && ip_on core <<-END2
	link add wan2 type veth peer name ce1b netns $TAG-core
	addr add 192.0.2.5/30 dev wan2
	link set wan2 up
	END
	addr add 192.0.2.6/30 dev ce1b
	link set ce1b up
	END2
}

# After a change each family's first packet goes the normal way, and makes the
# bundle that others take.

# esp_by INTERFACE: it is there that core gets what ce1 sends.
esp_by()
{
	cap_start esp core "$1" esp || return
	wait_for 10 takes 6 pings || return
	cap_stop esp && cap_some esp src 192.0.2.1
}

moves()
{
	ip_on ce1 <<<"route replace 198.51.100.0/30 via 192.0.2.6 dev wan2" &&
		esp_by ce1b || return
	timeout 20 ip -n "$TAG-ce1" link del wan2 || return
	esp_by ce1
}

# sinks: the way's MTU does; what does not fit is refused at once.
sinks()
{
	wait_for 10 takes 1 ping_ok host1 10.2.0.2 -M "do" -s 1272 || return
	ip_on ce1 <<<"link set wan mtu 1300" || return
	isnt ping_ok host1 10.2.0.2 -M "do" -s 1272 || return
	on host1 ip route flush cache
	wait_for 10 takes 1 ping_ok host1 10.2.0.2 -M "do" -s 1000 || return
	ip_on ce1 <<<"link set wan mtu 1500" && on host1 ip route flush cache
}

# rekeyed: SAs are replaced while packets go by.
rekeyed()
{
	local spi old=0x100

	flow_start rekeyed host1 10.2.0.2 fd02::2 || return
	for spi in 0x300 0x301 0x302; do
		sa ce2 192.0.2.1 198.51.100.1 $spi &&
			sa ce1 192.0.2.1 198.51.100.1 $spi &&
			wait_for 10 takes 6 pings &&
			on ce1 ip xfrm state del src 192.0.2.1 \
				dst 198.51.100.1 proto esp spi $old &&
			wait_for 10 takes 6 pings || return
		old=$spi
	done
	flow_stop rekeyed
	answered rekeyed 4
}

# answered FLOW N: but for N.
answered()
{
	local sent lost

	read -r sent lost _ < <(flow_said "$1")
	[ "${sent:-0}" -gt 10 ] && [ "$lost" -le "$2" ] && return
	echo "of ${sent:-0} packets $lost were lost"
	return 1
}

# no_sa: packets wait for one, and go on when it comes.
no_sa()
{
	on ce1 ip xfrm state flush
	burst 5
	waiting 5 && sa_comes && gone && wait_for 10 takes 6 pings
}

# withdrawn: from under traffic; what covers it discards.
withdrawn()
{
	local before

	table ce1 route add 10.2.0.0/16 fd02::/48 discard || return
	flow_start withdrawn host1 10.2.0.2 fd02::2 || return
	table ce1 route del 10.2.0.0/24 fd02::/64 || return
	before=$(table ce1 show counters --json |
		jq '.[] | select(.reason == "discard").packets')
	wait_for 10 discarded $((before + 20)) || return
	isnt ping_ok host1 10.2.0.2 || return
	table ce1 route add 10.2.0.0/24 fd02::/64 protect via 1 &&
		wait_for 10 takes 6 pings || return
	flow_stop withdrawn
}

discarded()
{
	[ "$(table ce1 show counters --json |
		jq '.[] | select(.reason == "discard").packets')" -ge "$1" ]
}

# lan_again DEVICE: the address that it lost when it went down.
lan_again()
{
	ip_on ce1 <<-END
	addr replace fd01::1/64 dev $1 nodad
	END
}

# renamed: to another name, and back.
renamed()
{
	ip_on ce1 <<-END && lan_again other || return
	link set lan down
	link set lan name other
	link set other up
	END
	is false device present && wait_for 10 by_foot pings || return
	ip_on ce1 <<-END && lan_again lan || return
	link set other down
	link set other name lan
	link set lan up
	END
	is true device present && wait_for 10 takes 6 pings
}

# replaced: the device goes, and another one of that name comes.
replaced()
{
	ip_on ce1 <<<"link del lan" || return
	is false device present || return
	lan_added && is true device present &&
		wait_for 10 takes 6 pings
}

lan_added()
{
	ip_on ce1 <<-END && ip_on host1 <<-END2
	link add lan type veth peer name lan netns $TAG-host1
	link set lan up
	addr add 10.1.0.1/24 dev lan
	addr add fd01::1/64 dev lan nodad
	END
	link set lan up
	addr add 10.1.0.2/24 dev lan
	addr add fd01::2/64 dev lan nodad
	route add default via 10.1.0.1
	route add default via fd01::1
	END2
}

# moved: into another namespace, with its hook, and back.
moved()
{
	ip_on ce1 <<<"link set lan netns $TAG-core" && is false device present &&
		ip_on core <<<"link del lan" && lan_added &&
		wait_for 10 takes 6 pings
}

# In a VRF it is another VPN's, of which there is none.
in_vrf()
{
	ip_on ce1 <<-END || return
	link add red type vrf table 10
	link set red up
	link set lan master red
	END
	by_foot isnt ping_ok host1 10.2.0.2 || return
	ip_on ce1 <<-END && lan_again lan && wait_for 10 takes 6 pings
	link set lan nomaster
	link del red
	END
}

# unloaded: the VPN and the module go and come while packets come in.
unloaded()
{
	local i

	flow_start unloaded host1 10.2.0.2 fd02::2 || return
	for i in 1 2 3; do
		wait_for 10 takes 6 pings || return
		isnt rmmod cesteer 2>/dev/null || return
		table ce1 flush && table ce2 flush && wait_for 10 rmmod cesteer || return
		cesteer_load && tables_set && table ce1 device add lan || return
	done
	flow_stop unloaded
}

# ended: a namespace ends while its device is hooked and packets come.
ended()
{
	flow_start ended host1 10.2.0.2 fd02::2 && wait_for 10 takes 6 pings || return
	ip netns del "$TAG-ce1" || return
	wait_for 20 isnt ip -n "$TAG-host1" link show lan
	flow_stop ended
}

t_plan 16
# Whatever the others do.
export FAST=1
t_need "two sites talk by the fast way" fast_up
cap_start wire core ce1 || t_bail "no capture"
t_check "rekeyed" rekeyed
t_need "a second way" second_way
t_check "the route to the gateway moves, and its device goes" moves
t_check "the MTU of the way sinks" sinks
t_check "withdrawn: discarded" withdrawn
t_check "no SA: packets wait" no_sa
t_check "the device is renamed" renamed
t_check "the device goes, another one comes" replaced
t_check "the device moves to another namespace" moved
t_check "the device comes into a VRF" in_vrf
cap_stop wire
t_check "not one packet left in clear text" cap_none wire "$CLEAR"
t_check "ESP did" cap_some wire esp
t_check "the module goes and comes" unloaded
t_check "the namespace ends" ended
t_check "no device was held, no hook lost" \
	isnt kernel_says 'waiting for lan|hook not found'
