#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What lies between two gateways: IPv4 or IPv6, with the other inside, and a
# path whose MTU is smaller than the link's, where DF is set. The host that
# sends is told, and TCP does not stall. With strongSwan on both sides.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/two_gateways.sh
. ./two_gateways.sh

# up: both gateways have an SA with each other.
up()
{
	MODE=pre-established psk_confs "dpd-delay: 30" && gateways_up ce1 ce2 &&
		wait_for 20 ike_state ce1 up && wait_for 20 ike_state ce2 up
}

# told FROM ADDRESS MAX: who sends packets that may not be fragmented learns of
# an MTU below MAX, and of none that IPv6 could not do with.
told()
{
	local out mtu

	out=$(on "$1" ping -n -c 6 -i 0.3 -W 1 -M "do" -s 1350 "$2" 2>&1)
	mtu=$(grep -o 'mtu *= *[0-9]*' <<<"$out" | grep -o '[0-9]*$' | tail -1)
	[ -n "$mtu" ] && [ "$mtu" -lt "$3" ] && [ "$mtu" -ge 1280 ] && return
	echo "$out"
	return 1
}

# transfer SOURCE ADDRESS: a megabyte over TCP from host1 to host2, in time.
transfer()
{
	local receiver

	on host2 timeout 20 nc -l -N "$2" 5000 >"$WORK/received" &
	receiver=$!
	wait_for 5 eval "on host2 ss -Hltn | grep -q :5000" || return
	head -c 1000000 /dev/zero |
		on host1 timeout 10 nc -N -s "$1" "$2" 5000 || return
	wait $receiver
	is 1000000 stat -c %s "$WORK/received"
}

# narrow MTU: of the link between the provider and ce2; what was learned of the
# path is forgotten.
narrow()
{
	local name

	ip_on core <<<"link set ce2 mtu $1" && ip_on ce2 <<<"link set wan mtu $1"
	for name in host1 ce1 core ce2 host2; do
		on "$name" ip route flush cache
		on "$name" ip -6 route flush cache
	done
}

# path OUTER: the checks, with that family outside.
path()
{
	export OUTER=$1
	t_need "IPv$1 outside: up" up
	cap_start "wire$1" core ce1 || t_bail "no capture"
	t_check "IPv$1 outside: both inside, both ways" both_reach
	narrow 1400
	t_check "IPv$1 outside, small path: the host is told (IPv4)" \
		told host1 10.2.0.2 1400
	t_check "IPv$1 outside, small path: the host is told (IPv6)" \
		told host1 fd02::2 1400
	t_check "IPv$1 outside, small path: TCP does not stall (IPv4)" \
		transfer 10.1.0.2 10.2.0.2
	t_check "IPv$1 outside, small path: TCP does not stall (IPv6)" \
		transfer fd01::2 fd02::2
	cap_stop "wire$1"
	t_check "IPv$1 outside: ESP on the wire" \
		cap_some "wire$1" "ip$2 proto 50 and not icmp and not icmp6"
	t_check "IPv$1 outside: nothing in clear text" \
		cap_none "wire$1" "$CLEAR"
	gateways_down
	narrow 1500
}

t_plan 17
t_need "two sites" sites_up
path 4 ""
path 6 6
