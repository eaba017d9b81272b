#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where no hook but cesteer's is at FORWARD, or POST_ROUTING, what is forwarded
# goes past it, as it would have gone by it: hops, MTU, errors, counters. From the
# moment on when somebody else has a hook there, that sees every packet.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/trace.sh
. ./trace.sh

# To core, which is in no trusted subnet, and to the other site.
CLEAR4=192.0.2.2 CLEAR6=fd0a::2
everyone="10.2.0.2 fd02::2 $CLEAR4 $CLEAR6"

burst()
{
	on host1 ping -n -q -c 10 -i 0.01 -W 2 "$1"
}

all_answer()
{
	local to

	for to in $everyone; do
		ping_ok host1 "$to" || return
	done
}

none_answers()
{
	local to

	for to in $everyone; do
		isnt ping_ok host1 "$to" -W 0.5 || return
	done
}

# A table with a chain: HOOK RULE...
chain()
{
	on ce1 nft -f - <<-END
	table inet other {
		chain c {
			type filter hook $1 priority 0
			${*:2}
		}
	}
	END
}

# Packets of the LAN's: from the first on that comes behind the rule.
sees()
{
	all_answer && chain "$1" iifname lan drop && none_answers || return
	on ce1 nft delete table inet other && all_answer
}

# forwards ADDRESS: how often a packet came by the function that ends in FORWARD.
forwards()
{
	calls "ip_forward ip6_forward" ' ip6?_forward ' burst "$1"
}

# outputs ADDRESS: how often a forwarded packet came by what ends in POST_ROUTING.
outputs()
{
	calls ip_output ' ip_output <-(ip_forward|ip_rcv|ip_sublist|nf_|cs_|__netif)' \
		burst "$1"
}

# AppArmor has a hook at POST_ROUTING, which lets pass what is forwarded.
has_apparmor()
{
	grep -q Y /sys/module/apparmor/parameters/enabled 2>/dev/null
}

# Addresses of core's by other ways than its own network, and one of nobody's.
BY_GATEWAY=198.51.100.129 BY_IPV6=198.51.100.145 NOBODY=198.51.100.161
more_ways()
{
	ip_on core <<-END && ip_on ce1 <<-END
	addr add $BY_GATEWAY/32 dev lo
	addr add $BY_IPV6/32 dev lo
	END
	route add $BY_GATEWAY/32 via 192.0.2.2
	route add $BY_IPV6/32 via inet6 fd0a::2
	route add $NOBODY/32 dev wan
	END
}

# One behind whom somebody is between our hooks of PRE_ROUTING.
behind_prerouting()
{
	local rc=0

	chain prerouting counter || return
	"$@" || rc=$?
	on ce1 nft delete table inet other
	return $rc
}

# without COMMAND...: with the short cuts off.
without()
{
	local rc=0

	short_cuts 0
	"$@" || rc=$?
	short_cuts 1
	return $rc
}

# What VPN 0 lets pass, but enters a VRF whose VPN does not.
into_vrf()
{
	modprobe vrf
	ip_on ce1 <<-END || return
	link add red type vrf table 10
	link set red up
	link add out type dummy
	link set out vrf red up
	route add 203.0.113.0/24 dev out
	route add fd0c::/64 dev out
	END
	burst 203.0.113.1
	table ce1 vpn add 10 &&
		table ce1 source add 10.1.0.0/24 fd01::/64 --vpn 10 &&
		table ce1 route add 203.0.113.0/24 fd0c::/64 discard --vpn 10 &&
		counts ce1 late-nat 10 burst 203.0.113.1 &&
		counts ce1 late-nat 10 burst fd0c::1
}

# says PATTERN ADDRESS OPTION...: what one ping is told.
says()
{
	local out

	out=$(on host1 ping -n -c 1 -W 2 "${@:3}" "$2" 2>&1)
	grep -qi "$1" <<<"$out" && return
	echo "$out"
	return 1
}

# A hop is counted once, and the last one is told of.
hops()
{
	local to

	for to in $CLEAR4 $CLEAR6; do
		says ttl=63 "$to" && says exceeded "$to" -t 1 || return
	done
}

# What is too long is told so or, where that is asked for, cut.
lengths()
{
	local rc=0

	ip_on ce1 <<<"link set wan mtu 1300" || return
	ip_on core <<<"link set ce1 mtu 1300" || return
	says 'mtu = 1300' $CLEAR4 -M "do" -s 1372 &&
		says 'too big' $CLEAR6 -M "do" -s 1372 || rc=1
	on host1 ip route flush cache
	ping_ok host1 $CLEAR4 -M dont -s 1372 || rc=1
	ip_on ce1 <<<"link set wan mtu 1500"
	ip_on core <<<"link set ce1 mtu 1500"
	on host1 ip route flush cache
	on host1 ip -6 route flush cache
	return $rc
}

# MIB: of the namespace's, as the stack counts.
forwarded()
{
	on ce1 nstat -asz "$1" | awk -v n="$1" '$1 == n { print $2 }'
}

counted()
{
	local mib=$1 to=$2 before after

	before=$(forwarded "$mib")
	burst "$to" || return
	after=$(forwarded "$mib")
	[ $((after - before)) -ge 20 ] && return
	echo "$mib: $before, then $after"
	return 1
}

# What only looks like the link's own traffic: both ends are others.
linklike()
{
	counts ce1 protected 5 on host1 python3 neighbor.py fd01::2 fd02::2 5 &&
		counts ce1 protected 3 on host1 \
			ping -n -q -c 3 -i 0.01 -W 1 169.254.7.7
}

# heard: no packet has XFRM look for its bundle anew because somebody listens
# to all that XFRM says. Each CPU may, once, for it had none.
heard()
{
	local rc=0 listener n

	spawn "$WORK/monitor" nsenter --net="/run/netns/$TAG-ce1" \
		ip xfrm monitor
	listener=$spawned
	wait_for 10 eval "burst 10.2.0.2 && grep -q '^Async event' $WORK/monitor" ||
		rc=1
	n=$(calls xfrm_lookup_with_ifid '<-cs_' burst 10.2.0.2)
	[ "$n" -le "$(nproc)" ] || {
		echo "$n packets of 10 did"
		rc=1
	}
	end_pid "$listener"
	return $rc
}

# flush: ce1's two SAs end, though no packet has come since.
flush()
{
	on ce1 ip xfrm state flush
	wait_for 10 eval "[ \$(grep -c ' __xfrm_state_destroy' $TRACE/trace) -ge 2 ]"
}

# Whatever had been at hand: with no policy and no SA nothing leaves.
closed()
{
	on ce1 ip xfrm policy flush
	isnt ping_ok host1 10.2.0.2 && isnt ping_ok host1 fd02::2
}

no_fast_way
t_plan 39
# Whatever FAST says: one short cut is what is tested.
t_need "two sites" eval "sites_up && short_cuts 1"
t_need "trusted subnets and gateways are set" tables_set
t_need "and one that looks like a link's" \
	table ce1 route add 169.254.7.0/24 protect via 1
t_need "policies and SAs are set" eval "policies_set && sas_set"
cap_start wire core ce1 || t_bail "no capture"
t_need "all answer" all_answer
# Core forwards ESP, both ways.
told "what is protected skips FORWARD" wait_for 10 is 20 forwards 10.2.0.2
told "so does IPv6" wait_for 10 is 20 forwards fd02::2
told "and what leaves in clear text" wait_for 10 is 0 forwards $CLEAR4
told "so does that of IPv6" wait_for 10 is 0 forwards $CLEAR6
told "not without the short cut" without is 60 forwards 10.2.0.2
if has_apparmor; then
	told "clear text of IPv4 goes by POST_ROUTING" is 20 outputs $CLEAR4
else
	told "clear text of IPv4 skips POST_ROUTING" \
		wait_for 10 is 0 outputs $CLEAR4
fi
told "and without the short cut it goes by it" without is 20 outputs $CLEAR4
told "what is between our hooks does not keep FORWARD" \
	behind_prerouting is 0 forwards $CLEAR4
t_need "there are more ways out" more_ways
t_check "one by a gateway" ping_ok host1 $BY_GATEWAY
t_check "one by a gateway of IPv6" ping_ok host1 $BY_IPV6
t_check "and one where nobody answers" says unreachable $NOBODY -W 10
t_check "hops are counted" hops
t_check "and lengths are held against the MTU" lengths
t_check "IPv4's counter of what was forwarded" counted IpForwDatagrams $CLEAR4
t_check "and of the octets that leave" counted IpExtOutOctets $CLEAR4
t_check "IPv6's" counted Ip6OutForwDatagrams $CLEAR6
t_check "IPv4's of what is protected" counted IpForwDatagrams 10.2.0.2
t_check "and IPv6's of that" counted Ip6OutForwDatagrams fd02::2
t_check "ours of IPv4" counts ce1 no-route 10 burst $CLEAR4
t_check "ours of IPv6" counts ce1 no-route 10 burst $CLEAR6
t_check "ours of what is protected" counts ce1 protected 10 burst 10.2.0.2
t_check "another's hook at FORWARD sees all, at once" sees forward
t_check "so does one at POST_ROUTING" sees postrouting
t_check "and one between our hooks of PRE_ROUTING" sees prerouting
t_check "all answer still" all_answer
t_check "what enters a VRF is its VPN's to judge" into_vrf
t_check "nor is it the link's own where no end is ours" linklike
t_check "nor without the short cut" without linklike
told "who listens to XFRM does not slow it down" heard
told "SAs that are flushed are not held" is 2 \
	calls __xfrm_state_destroy ' __xfrm_state_destroy' flush
on ce1 ip xfrm state flush
t_check "without policies and SAs nothing is protected" closed
cap_stop wire
t_check "not one packet left in clear text" cap_none wire \
	"$CLEAR or dst net 169.254.7.0/24"
t_check "ESP did" cap_some wire esp
