#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A single SA that is deleted behind strongSwan's back, outbound or inbound,
# under traffic: it is missed, and one SA that works is left. With strongSwan on
# both sides.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/two_gateways.sh
. ./two_gateways.sh

# spis CE: of the SAs of its kernel that have keys, one a line.
spis()
{
	on "$1" ip xfrm state |
		awk '/spi/ { spi = $4 } /enc|aead/ { print spi }' | sort
}

# listed CE: the same, of its strongSwan's.
listed()
{
	swan "$1" --list-sas --raw |
		grep -o 'spi-\(in\|out\)=[0-9a-f]*' | sed 's/.*=/0x/' | sort
}

# whole: one SA on each side, of which the kernels have both halves, and it
# carries packets.
whole()
{
	local ce

	for ce in ce1 ce2; do
		[ "$(listed $ce | wc -l)" -eq 2 ] &&
			[ "$(listed $ce)" = "$(spis $ce)" ] &&
			ike_state $ce up && continue
		echo "$ce lists" "$(listed $ce)" "its kernel has" "$(spis $ce)"
		return 1
	done
	ping_ok host1 10.2.0.2 && ping_ok host2 10.1.0.2
}

# lose WAY: ce1's SA of that way.
lose()
{
	local spi from=192.0.2.1 to=198.51.100.1

	[ "$1" = out ] || { from=198.51.100.1 to=192.0.2.1; }
	spi=$(swan ce1 --list-sas --raw | grep -o "spi-$1=[0-9a-f]*")
	on ce1 ip xfrm state delete src $from dst $to proto esp \
		spi "0x${spi#*=}"
}

# judged: ce1's SAs are old enough that one of two would have been ended.
judged()
{
	local ages

	ages=$(swan ce1 --list-sas --raw | grep -o 'install-time=[0-9]*') &&
		awk -F = '$2 < 6 { exit 1 }' <<<"$ages"
}

# mended WAY: under traffic; and it stays mended when twins would be judged.
mended()
{
	local pings rc=0

	on host1 ping -n -q -i 0.05 -w 40 10.2.0.2 >"$WORK/ping" 2>&1 &
	pings=$!
	lose "$1" && wait_for 5 isnt whole
	wait_for 25 whole && wait_for 20 judged && whole || rc=$?
	kill -INT $pings
	wait $pings
	cat "$WORK/ping"
	return $rc
}

t_plan 7
t_need "two sites" sites_up
MODE=on-demand psk_confs "dpd-delay: 30"
t_need "strongSwan and cesteerd on both" gateways_up ce1 ce2
wait_for 20 ike_state ce1 waiting up
wait_for 20 ike_state ce2 waiting up
cap_start wire core ce1 || t_bail "no capture"
t_need "traffic brings the SA up" eval \
	"wait_for 10 ping_ok host1 10.2.0.2 && wait_for 20 whole"
t_check "an outbound SA is deleted: one that works is left" mended out
t_check "an inbound SA is deleted: one that works is left" mended in
t_check "cesteerd missed them" grep -q \
	'its SAs were removed from the kernel by others' "$WORK/ce1/cesteerd.log"
cap_stop wire
t_check "nothing left in clear text" cap_none wire "$CLEAR"
