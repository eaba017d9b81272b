#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A bundle that is kept for a gateway's next packets goes no stale way: the
# route to the gateway moves, the MTU of the way sinks, its device goes, the SA
# is replaced under traffic. With and without bundles kept.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh

# A second way from ce1 to the provider.
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
			ip saddr 192.0.2.1 ip protocol esp update @spis { iifname . esp spi }
			ip saddr 192.0.2.1 ip protocol esp meta length > 1300 update @longs { iifname }
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
		grep -o '"[^"]*"[^"]*counter packets [0-9]*' |
		sed 's/"//g; s/ \. / /; s/ counter packets / /' | sort
}

pings()
{
	on host1 ping -n -q -c 3 -i 0.05 -W 10 10.2.0.2 &&
		on host1 ping -n -q -c 3 -i 0.05 -W 10 fd02::2
}

# takes WAY: from now on ce1's ESP goes by it (the name of core's interface),
# and none by another.
takes()
{
	forget && pings && is "$1 256 6" seen spis
}

moves()
{
	pings || return
	ip_on ce1 <<<"route replace 198.51.100.0/30 via 192.0.2.6 dev wan2" &&
		takes ce1b
}

moves_back()
{
	ip_on ce1 <<<"route del 198.51.100.0/30 via 192.0.2.6 dev wan2" &&
		takes ce1
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

# goes: a device by which a kept bundle leads is not held.
goes()
{
	ip_on ce1 <<<"route replace 198.51.100.0/30 via 192.0.2.6 dev wan2" &&
		pings || return
	timeout 20 ip -n "$TAG-ce1" link del wan2 || return
	pings && isnt kernel_says 'waiting for wan2'
}

# rekeyed: SAs are replaced while packets go by; none goes by the old one once
# it was deleted.
rekeyed()
{
	local spi old=0x100 flow

	on host1 ping -n -q -i 0.01 -w 60 10.2.0.2 >"$WORK/flow" &
	flow=$!
	pids+=("$flow")
	for spi in 0x300 0x301 0x302; do
		sa ce2 192.0.2.1 198.51.100.1 $spi &&
			sa ce1 192.0.2.1 198.51.100.1 $spi || return
		on ce1 ip xfrm state del src 192.0.2.1 dst 198.51.100.1 \
			proto esp spi $old || return
		forget && pings || return
		is "ce1 $((spi))" eval "seen spis | cut -d ' ' -f 1-2" || return
		old=$spi
	done
	kill -INT $flow
	wait $flow
	few_lost
}

# few_lost: of the flow, one at most a change of its SA, and the last.
few_lost()
{
	local sent got

	read -r sent got < <(sed -n \
		's/^\([0-9]*\) packets transmitted, \([0-9]*\) received.*/\1 \2/p' \
		"$WORK/flow")
	[ "${sent:-0}" -gt 10 ] && [ $((sent - got)) -le 4 ] && return
	cat "$WORK/flow"
	return 1
}

# ways WORDS: the checks.
ways()
{
	t_need "$1: a second way" second_way
	t_need "$1: they talk" eval "sas_set && pings"
	t_check "$1: the route to the gateway moves" moves
	t_check "$1: and back" moves_back
	t_check "$1: the MTU of the way sinks" sinks
	t_check "$1: the device goes" goes
	t_check "$1: rekeyed under traffic" rekeyed
	on ce1 ip xfrm state flush
	on ce2 ip xfrm state flush
}

t_plan 18
t_need "two sites" sites_up
t_need "trusted subnets, gateways and policies are set" \
	eval "tables_set && policies_set && count_esp"
cap_start wire core ce1 || t_bail "no capture"
ways "kept"
short_cuts 0
ways "not kept"
cap_stop wire
t_check "not one packet left in clear text" cap_none wire "$CLEAR"
t_check "ESP did" cap_some wire esp
