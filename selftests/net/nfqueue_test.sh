#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Packets that nftables queues to user space on their way, which lets them go
# on: protected as ever, held against the table as it is by then, and not in
# clear text.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh

# queue_at HOOK: what host1 sends on goes to user space.
queue_at()
{
	on ce1 nft -f - <<-END
	table inet queued
	delete table inet queued
	table inet queued {
		chain c {
			type filter hook $1 priority 0
			ip saddr 10.1.0.0/24 queue num 1
			ip6 saddr fd01::/64 meta l4proto icmpv6 icmpv6 type echo-request queue num 1
		}
	}
	END
}

# listen [HELD]
listen()
{
	rm -f "$WORK/queue"
	spawn "$WORK/queue" nsenter --net="/run/netns/$TAG-ce1" \
		python3 nfqueue.py 1 "$@"
	wait_for 20 grep -q ready "$WORK/queue"
}

queued()
{
	[ "$(grep -c '^[0-9]' "$WORK/queue")" -ge "$1" ]
}

# goes_on: six packets by user space, and all are answered.
goes_on()
{
	listen || return
	on host1 ping -n -q -c 3 -i 0.05 -W 10 10.2.0.2 || return
	on host1 ping -n -q -c 3 -i 0.05 -W 10 fd02::2 || return
	queued 6 || return
	end_pid "$spawned"
}

# One packet to a subnet that is no trusted one yet is with user space.
held_back()
{
	listen 1 || return
	on host1 ping -n -q -c 1 -W 10 10.2.0.2 >"$WORK/late" 2>&1 &
	pids+=($!)
	wait_for 10 queued 1
}

let_go()
{
	kill -USR1 "$spawned"
}

# It comes to be one, and the packet is let go.
becomes_trusted()
{
	table ce1 route del 10.2.0.0/24 || return
	held_back || return
	table ce1 route add 10.2.0.0/24 protect via 1 || return
	"$@" || return
	end_pid "$spawned"
}

protected_late()
{
	counts ce1 protected 1 let_go
}

dropped_late()
{
	counts ce1 late-nat 1 let_go
}

# The SA of a packet that is with user space goes.
sa_goes()
{
	held_back || return
	on ce1 ip xfrm state flush
	let_go
	on host1 ping -n -q -c 1 -W 1 10.1.0.1
	end_pid "$spawned"
	sas_ce1
}

sas_ce1()
{
	sa ce1 192.0.2.1 198.51.100.1 0x100 && sa ce1 198.51.100.1 192.0.2.1 0x200
}

nobody_listens()
{
	isnt ping_ok host1 10.2.0.2
}

if ! modprobe -qa nfnetlink_queue nft_queue; then
	echo "1..0 # SKIP this kernel queues no packets to user space"
	exit 4
fi

no_fast_way
t_plan 13
t_need "two sites" sites_up
t_need "trusted subnets and gateways are set" tables_set
t_need "policies and SAs are set" eval "policies_set && sas_set"
t_need "they talk" ping_ok host1 10.2.0.2
cap_start wire core ce1 || t_bail "no capture"
t_need "queued in forward" queue_at forward
t_check "goes on protected" goes_on
t_check "its subnet becomes a trusted one meanwhile: protected" \
	becomes_trusted protected_late
t_check "nobody listens: dropped" nobody_listens
t_need "queued in postrouting" queue_at postrouting
t_check "goes on protected from there" goes_on
t_check "its subnet becomes a trusted one there: dropped" \
	becomes_trusted dropped_late
t_check "its SA goes meanwhile" sa_goes
cap_stop wire
t_check "not one packet left in clear text" cap_none wire "$CLEAR"
