#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A bundle that is kept for a gateway's next packets goes no stale way: the
# route to the gateway moves, the MTU of the way sinks, its device goes, the SA
# is replaced under traffic. With tunnels over IPv4 and over IPv6. As a control,
# FAST=0 keeps none.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh

# The tunnels' own addresses by family: both ends', the other's network, a second
# way's near end and its far one.
declare -A HERE=([4]=192.0.2.1 [6]=fd0a::1)
declare -A THERE=([4]=198.51.100.1 [6]=fd0b::1)
declare -A NETWORK=([4]=198.51.100.0/30 [6]=fd0b::/64)
declare -A NEAR=([4]=192.0.2.5/30 [6]=fd0c::1/64)
declare -A FAR=([4]=192.0.2.6/30 [6]=fd0c::2/64)

# tunnels FAMILY: from here on they are between these.
tunnels()
{
	here=${HERE[$1]}
	there=${THERE[$1]}
	second="${NETWORK[$1]} via ${FAR[$1]%/*} dev wan2"
	table ce1 flush && table ce2 flush &&
		on ce1 ip xfrm policy flush && on ce2 ip xfrm policy flush &&
		table_set ce1 "$there" 10.1.0.0/24 fd01::/64 10.2.0.0/24 \
			fd02::/64 &&
		table_set ce2 "$here" 10.2.0.0/24 fd02::/64 10.1.0.0/24 \
			fd01::/64 &&
		policy ce1 "$here" "$there" && policy ce2 "$there" "$here"
}

# keys: an SA for each way.
keys()
{
	local ce

	for ce in ce1 ce2; do
		sa $ce "$here" "$there" 0x100 &&
			sa $ce "$there" "$here" 0x200 || return
	done
}

# second_way FAMILY: another from ce1 to the provider.
second_way()
{
	ip_on ce1 <<-END && ip_on core <<-END2
	link add wan2 type veth peer name ce1b netns $TAG-core
	addr add ${NEAR[$1]} dev wan2
	link set wan2 up
	END
	addr add ${FAR[$1]} dev ce1b
	link set ce1b up
	END2
}

# Core counts what ESP comes from ce1: by interface and SPI, and what is longer
# than 1300 octets.
count_esp()
{
	on core nft -f - <<-END
	table inet seen {
		set spis {
			typeof iifname . esp spi
			flags dynamic; size 64; counter
		}
		set longs {
			typeof iifname
			flags dynamic; size 64; counter
		}
		chain before {
			type filter hook prerouting priority -500
			iifname "ce1*" meta l4proto esp update @spis { iifname . esp spi }
			iifname "ce1*" meta l4proto esp meta length > 1300 update @longs { iifname }
		}
	}
	END
}

forget()
{
	on core nft "flush set inet seen spis; flush set inet seen longs"
}

# seen SET: a line an interface, or interface and SPI: that, and its packets.
seen()
{
	on core nft list set inet seen "$1" |
		{ grep -o '"[^"]*"[^"]*counter packets [0-9]*' || [ $? -eq 1 ]; } |
		sed 's/"//g; s/ \. / /; s/ counter packets / /' | sort
}

pings()
{
	on host1 ping -n -q -c 3 -i 0.05 -W 10 10.2.0.2 &&
		on host1 ping -n -q -c 3 -i 0.05 -W 10 fd02::2
}

# takes WAY: from now on ce1's ESP goes by it (the name of core's interface),
# and none by another, be there traffic or not.
takes()
{
	forget && pings &&
		is "$1 256" eval "seen spis | cut -d ' ' -f 1-2"
}

# flow COMMAND...: traffic goes on meanwhile. What is on its way when something
# changes may be lost: a few packets, and the last.
flow()
{
	local ping rc=0

	rm -f "$WORK/flow"
	spawn "$WORK/flow" nsenter --net="/run/netns/$TAG-host1" \
		ping -n -q -i 0.05 10.2.0.2
	ping=$spawned
	"$@" || rc=1
	end_pid "$ping" INT
	[ $rc -eq 0 ] && few_lost
}

moves()
{
	ip_on ce1 <<<"route replace $second" && takes ce1b
}

moves_back()
{
	ip_on ce1 <<<"route del $second" && takes ce1
}

# sinks: packets that were not too long are, at once, and their sender is told;
# none leaves that is.
sinks()
{
	local said

	forget
	on host1 ping -n -q -c 1 -W 10 -M "do" -s 1272 10.2.0.2 &&
		is "ce1 1" seen longs || return
	ip_on ce1 <<<"link set wan mtu 1300" && forget || return
	said=$(on host1 ping -n -c 1 -W 1 -M "do" -s 1272 10.2.0.2) && return 1
	grep -q 'mtu = 1[12]' <<<"$said" || {
		echo "$said"
		return 1
	}
	# Those that are not, get through.
	on host1 ip route flush cache
	on host1 ping -n -q -c 2 -W 10 -M "do" -s 1000 10.2.0.2 || return
	is "" seen longs || return
	ip_on ce1 <<<"link set wan mtu 1500" && on host1 ip route flush cache
}

# multicast: of ce1's own, under an entry that covers it, after an SA's coming
# has dropped what was kept. Of the next packet, which is too long, the sender is
# told.
multicast()
{
	local said

	sa ce1 "$there" "$here" 0x201 || return
	table ce1 route add 239.0.0.0/8 protect via 1 || return
	counts ce1 protected 1 \
		on ce1 ping -n -q -c 1 -W 0.5 -I 10.1.0.1 239.1.1.1 || return
	said=$(on host1 ping -n -c 1 -W 1 -M "do" -s 1472 10.2.0.2) && return 1
	on host1 ip route flush cache
	grep -q 'mtu = 14' <<<"$said" || {
		echo "$said"
		return 1
	}
}

# learns: the way's MTU is less further on, of which a router there tells. It is
# told of the first packet that is too long; the sender, of the next.
learns()
{
	local said

	ip_on core <<<"link set ce2 mtu 1300" && forget || return
	on host1 ping -n -q -c 1 -W 1 -M "do" -s 1272 10.2.0.2 && return 1
	is "ce1 1" seen longs || return
	said=$(on host1 ping -n -c 1 -W 1 -M "do" -s 1272 10.2.0.2) && return 1
	grep -q 'mtu = 1[12]' <<<"$said" || {
		echo "$said"
		return 1
	}
	is "ce1 1" seen longs || return
	on host1 ip route flush cache
	on host1 ping -n -q -c 2 -W 10 -M "do" -s 1000 10.2.0.2 || return
	ip_on core <<<"link set ce2 mtu 1500" && on ce1 ip route flush cache &&
		on ce1 ip -6 route flush cache && on host1 ip route flush cache
}

# goes: a device by which a kept bundle leads is not held.
goes()
{
	ip_on ce1 <<<"route replace $second" &&
		pings || return
	timeout 20 ip -n "$TAG-ce1" link del wan2 || return
	pings && isnt kernel_says 'waiting for wan2'
}

# rekeyed: SAs are replaced; no packet goes by the old one once it was deleted.
rekeyed()
{
	local spi old=0x100

	for spi in 0x300 0x301 0x302; do
		sa ce2 "$here" "$there" $spi && sa ce1 "$here" "$there" $spi ||
			return
		on ce1 ip xfrm state del src "$here" dst "$there" \
			proto esp spi $old || return
		forget && pings || return
		is "ce1 $((spi))" eval "seen spis | cut -d ' ' -f 1-2" || return
		old=$spi
	done
}

# few_lost: of the flow, one at most a change of its SA, and the last.
few_lost()
{
	local sent got

	read -r sent got < <(sed -n \
		's/^\([0-9]*\) packets transmitted, \([0-9]*\) received.*/\1 \2/p' \
		"$WORK/flow")
	[ "${got:-0}" -gt 2 ] && [ $((sent - got)) -le 4 ] && return
	cat "$WORK/flow"
	return 1
}

# ways WORDS FAMILY: the checks.
ways()
{
	t_need "$1: a second way" second_way "$2"
	t_need "$1: they talk" eval "keys && pings"
	t_check "$1: a packet to a group says nothing of others" multicast
	t_check "$1: the route to the gateway moves, under traffic" flow moves
	t_check "$1: and back" flow moves_back
	t_check "$1: the MTU of the way sinks" sinks
	t_check "$1: or is learned to" learns
	t_check "$1: the device goes" goes
	t_check "$1: rekeyed under traffic" flow rekeyed
	on ce1 ip xfrm state flush
	on ce2 ip xfrm state flush
}

t_plan 24
t_need "two sites" sites_up
t_need "what comes is counted" count_esp
cap_start wire core ce1 || t_bail "no capture"
for family in 4 6; do
	t_need "IPv$family: trusted subnets, gateways and policies are set" \
		tunnels $family
	ways "IPv$family" $family
done
cap_stop wire
t_check "not one packet left in clear text" cap_none wire "$CLEAR"
t_check "ESP did" cap_some wire esp
