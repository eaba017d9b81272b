#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Packets that find no SA wait for it, and go on in order as soon as it comes:
# forwarded or the CE's own, of either family, with NAT. A connection that opens
# meanwhile notices nothing.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/waiting.sh
. ./waiting.sh

# in_order COMMAND...: N packets sent without an SA wait; the command brings it,
# and the first to the last arrive, in that order.
in_order()
{
	local n=$1

	shift
	on ce1 ip xfrm state flush
	cap_start order host2 lan icmp || return
	burst "$n"
	waiting "$n" || return
	"$@" || return
	wait_for 5 waiting 0 || return
	cap_stop order
	is "$(seq -s ' ' "$n")" arrived order
}

sa_comes_late()
{
	sleep 1.5
	sa_comes
}

# woken N: so many times, from the SA's coming to the packet's going it takes
# next to nothing.
woken()
{
	local n=$1 i came went

	for ((i = 0; i < n; i++)); do
		on ce1 ip xfrm state flush
		cap_start woken core ce1 esp || return
		burst 1
		waiting 1 || return
		sa_comes
		came=$(date +%s%N)
		gone || return
		cap_stop woken
		went=$(cap_read woken -c 1 -tt src 192.0.2.1 |
			cut -d ' ' -f 1 | tr -d .)000 || return
		[ "$went" != 000 ] || return
		[ $((went - came)) -lt 50000000 ] && continue
		echo "went $(((went - came) / 1000000)) ms after the SA came"
		return 1
	done
}

# sas_soon SECONDS: then ce1's SAs come, by an ip(8) that has started already.
sas_soon()
{
	local fifo=$WORK/batch

	rm -f "$fifo"
	mkfifo "$fifo"
	ip -n "$TAG-ce1" -batch "$fifo" &
	{
		sleep "$1"
		sa_line 198.51.100.1 192.0.2.1 0x200
		sa_line 192.0.2.1 198.51.100.1 0x100
	} >"$fifo" &
}

# connects FROM SOURCE TO ADDRESS SECONDS: a TCP connection opens and carries a
# line; the SA comes after so long.
connects()
{
	local receiver rc

	on "$3" timeout 20 nc -l -N "$4" 5000 >"$WORK/received" &
	receiver=$!
	wait_for 5 eval "on $3 ss -Hltn | grep -q :5000" || return
	sas_soon "$5"
	echo hello | on "$1" timeout 20 nc -N -s "$2" "$4" 5000
	rc=$?
	wait $receiver
	[ $rc -eq 0 ] && is hello cat "$WORK/received"
}

# opens FROM SOURCE TO ADDRESS: the same, without an SA at first; the SYN waits,
# and is the only one. A second of which the machine does nothing is not held
# against it: then another try.
opens()
{
	local before try syns

	for try in 0.3 0.6 0.1; do
		on ce1 ip xfrm state flush
		before=$(gw ce1 waited)
		cap_start syn host2 lan 'tcp port 5000' || return
		connects "$@" $try || return
		cap_stop syn
		syns=$(cap_count syn "$SYN")
		[ "$(gw ce1 waited)" -gt "$before" ] && [ "$syns" -eq 1 ] && return
		echo "$syns SYNs, of $(gw ce1 waited) packets $before waited before"
	done
	return 1
}

SYN="(ip and tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn) or (ip6 and ip6[53] & 0x12 == 0x02)"
NAT="add table ip nat
add chain ip nat post { type nat hook postrouting priority srcnat; }
add rule ip nat post ip saddr 10.1.0.2 snat to 10.1.0.7"

opens_with_nat()
{
	on ce1 nft "$NAT" && opens host1 10.1.0.2 host2 10.2.0.2
}

have_waited()
{
	[ "$(gw ce1 waited)" -ge "$1" ]
}

t_plan 16
t_need "two sites" sites_up
t_need "trusted subnets and gateways are set" tables_set
t_need "policies and SAs are set" eval "policies_set && sas_set"
t_need "packets may wait for a minute" table ce1 queue set age 60000
cap_start wire core ce1 || t_bail "no capture"
t_check "they wait, and go on in order when the SA comes" in_order 20 sa_comes
t_check "also when it takes long" in_order 5 sa_comes_late
t_check "they are woken, not polled for" woken 3
t_check "how many ever waited is counted" have_waited 28
t_check "nothing is held any more" held 0
t_check "a TCP connection opens with one SYN, forwarded (IPv4)" \
	opens host1 10.1.0.2 host2 10.2.0.2
t_check "a TCP connection opens with one SYN, forwarded (IPv6)" \
	opens host1 fd01::2 host2 fd02::2
t_check "a TCP connection opens with one SYN, the CE's own (IPv4)" \
	opens ce1 10.1.0.1 host2 10.2.0.2
t_check "a TCP connection opens with one SYN, the CE's own (IPv6)" \
	opens ce1 fd01::1 host2 fd02::2
t_check "and with source NAT within the source prefixes" opens_with_nat
cap_stop wire
t_check "not one packet left in clear text" cap_none wire "$CLEAR"
t_check "ESP did" cap_some wire esp
