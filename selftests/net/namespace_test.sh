#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The module and its namespaces: not unloaded while one holds a VPN; a
# namespace that goes under traffic takes what it held with it.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh

unloads()
{
	rmmod cesteer
}

# says_who: the namespaces that hold the module, and no other.
says_who()
{
	local ce

	for ce in ce1 ce2; do
		echo "net:[$(stat -L -c %i "/run/netns/$TAG-$ce")] 1"
	done | sort >"$WORK/holders"
	sort "$held_by" | diff "$WORK/holders" -
}

flows()
{
	[ "$(counter ce1 protected)" -gt 50 ]
}

# The tunnel's own address, and the route that it came with, go under traffic;
# when they are back, so is the tunnel.
address_goes()
{
	local flow

	on host1 ping -q -i 0.01 -w 60 10.2.0.2 >/dev/null 2>&1 &
	flow=$!
	wait_for 10 flows || return
	ip_on ce1 <<<"addr del 192.0.2.1/30 dev wan" || return
	isnt ping_ok host1 10.2.0.2 || return
	ip_on ce1 <<-END || return
	addr add 192.0.2.1/30 dev wan
	route add default via 192.0.2.2
	END
	wait_for 20 ping_ok host1 10.2.0.2 || return
	kill -INT $flow
	wait $flow
	return 0
}

# Ends while packets arrive from both sides.
ends_under_traffic()
{
	on host1 ping -q -f -c 2000 10.2.0.2 >/dev/null 2>&1 &
	on host2 ping -q -f -c 2000 10.1.0.2 >/dev/null 2>&1 &
	wait_for 10 flows || return
	ip netns del "$TAG-ce1"
}

held_by=/sys/module/cesteer/parameters/held_by

t_plan 13
t_need "two sites" sites_up
t_check "unloads while nothing holds a VPN" unloads
t_need "loads again" cesteer_load
t_need "trusted subnets and gateways are set" tables_set
t_need "policies and SAs are set" eval "policies_set && sas_set"
t_check "does not unload while a namespace holds a VPN" isnt unloads
t_check "and says which" says_who
cap_start wire core ce1 || t_bail "no capture"
t_check "an address goes under traffic, and comes back" address_goes
cap_stop wire
t_check "not one packet left in clear text" cap_none wire "$CLEAR"
t_check "a namespace ends under traffic" ends_under_traffic
table ce2 vpn del 0
t_check "then nothing holds it" wait_for 30 eval "[ -z \"\$(cat $held_by)\" ]"
t_check "and it unloads" wait_for 30 unloads
t_check "the kernel has no complaint" \
	isnt kernel_says 'WARNING|BUG:|refcount|leaked'
