#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The way out is closed unless there is an SA: no policy, no SA, an SA, and its
# end again; both families; forwarded traffic and the CE's own; and packets too
# long for the tunnel.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh

# all_blocked: nothing gets through, forwarded or the CE's own.
all_blocked()
{
	local to

	for to in 10.2.0.2 fd02::2; do
		isnt ping_ok host1 $to || return
	done
	isnt ping_ok ce1 10.2.0.2 -I 10.1.0.1 &&
		isnt ping_ok ce1 fd02::2 -I fd01::1
}

all_through()
{
	ping_ok host1 10.2.0.2 && ping_ok host1 fd02::2 &&
		ping_ok ce1 10.2.0.2 -I 10.1.0.1 &&
		ping_ok ce1 fd02::2 -I fd01::1
}

# transfer FROM SOURCE TO ADDRESS: a megabyte over TCP arrives whole.
transfer()
{
	local receiver

	on "$3" timeout 20 nc -l -N "$4" 5000 >"$WORK/received" &
	receiver=$!
	wait_for 5 eval "on $3 ss -Hltn | grep -q :5000" || return
	head -c 1000000 /dev/zero |
		on "$1" timeout 20 nc -N -s "$2" "$4" 5000 || return
	wait $receiver
	is 1000000 stat -c %s "$WORK/received"
}

# too_long FROM ADDRESS OPTION...: the sender is told the tunnel's MTU.
too_long()
{
	local out

	out=$(on "$1" ping -n -c 3 -i 0.3 -W 1 -M "do" -s 1460 "${@:2}" 2>&1)
	grep -q 'mtu=14[0-9][0-9]\|mtu = 14[0-9][0-9]' <<<"$out" && return
	echo "$out"
	return 1
}

t_plan 18
t_need "two sites" sites_up
t_check "they talk in clear text before cesteer is asked" all_through
t_need "trusted subnets and gateways are set" tables_set
# What waits for an SA is wait_test.sh's.
table ce1 queue set packets 0
cap_start wire core ce1 || t_bail "no capture"

t_check "no policy: nothing leaves" counts ce1 no-policy 4 all_blocked
t_need "policies are set" policies_set
t_check "no SA: nothing leaves" counts ce1 no-sa 4 all_blocked
t_need "SAs are set" sas_set
t_check "with SAs everything gets through" counts ce1 protected 4 all_through
t_check "what came by the SA was verified" counts ce1 verified 4 all_through
t_check "too long for the tunnel, forwarded: ICMP says how long" \
	counts ce1 too-big 1 too_long host1 10.2.0.2
t_check "too long for the tunnel, the CE's own: ICMP says how long" \
	too_long ce1 -I 10.1.0.1 10.2.0.2
t_check "TCP gets through, forwarded" transfer host1 10.1.0.2 host2 10.2.0.2
t_check "TCP gets through, the CE's own (IPv4)" \
	transfer ce1 10.1.0.1 host2 10.2.0.2
t_check "TCP gets through, the CE's own (IPv6)" \
	transfer ce1 fd01::1 host2 fd02::2
t_check "fragments get through" ping_ok host1 10.2.0.2 -s 4000 -M dont
on ce1 ip xfrm state flush
t_check "SA deleted: nothing leaves" counts ce1 no-sa 4 all_blocked
cap_stop wire
t_check "not one packet left in clear text" cap_none wire "$CLEAR"
t_check "ESP did" cap_some wire esp
