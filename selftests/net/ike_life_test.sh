#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A gateway's SAs from birth to death, with strongSwan on both sides: brought up
# by a packet or by both sides at once, rekeyed under traffic, refused for a
# wrong key, missed by DPD.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/two_gateways.sh
. ./two_gateways.sh

# steady COMMAND...: while the command runs, and a while after it, not one
# packet between the hosts is lost.
steady()
{
	local pings rc=0

	on host1 ping -n -q -i 0.02 -c 200 10.2.0.2 >"$WORK/ping" 2>&1 &
	pings=$!
	"$@" || rc=$?
	wait $pings
	cat "$WORK/ping"
	[ $rc -eq 0 ] && grep -q '200 received' "$WORK/ping"
}

sa_shown()
{
	cesteer ce1 show sas --json >"$WORK/sas" || return
	jq -e '.[0] | .gateway == "198.51.100.1" and .state == "installed" and
		."bytes-in" > 0 and ."bytes-out" > 0 and ."rekey-in" > 0 and
		(.cipher | startswith("AES"))' "$WORK/sas" && return
	cat "$WORK/sas"
	return 1
}

one_sa()
{
	is ESTABLISHED ike_sas ce1 && is ESTABLISHED ike_sas ce2 &&
		ike_state ce1 up && ike_state ce2 up
}

t_plan 17
t_need "two sites" sites_up
psk_confs
t_need "strongSwan and cesteerd on both" gateways_up ce1 ce2
t_check "loaded, waiting for traffic" wait_for 20 ike_state ce1 waiting
wait_for 20 ike_state ce2 waiting
cap_start wire core ce1 || t_bail "no capture"
t_check "traffic brings the SA up" wait_for 10 ping_ok host1 10.2.0.2
t_check "both ends know" eval "wait_for 5 ike_state ce1 up && wait_for 5 ike_state ce2 up"
t_check "both families, both ways" both_reach
t_check "the SA is shown, with its cipher and what it carried" \
	wait_for 15 sa_shown
t_check "no packet is lost while the child SA is rekeyed" \
	steady rekeyed ce1 child
t_check "nor when the other side does it" steady rekeyed ce2 child
t_check "nor while the IKE SA is rekeyed" steady rekeyed ce1 ike
t_check "up all the while" eval "ike_state ce1 up && ike_state ce2 up"
cap_stop wire
t_check "nothing left in clear text" cap_none wire "$CLEAR"
gateways_down

secret "$WORK/psk2"
gateway_conf ce2 "psk: [{ file: $WORK/psk2 }]"
gateways_up ce1 ce2
wait_for 20 ike_state ce1 waiting
wait_for 20 ike_state ce2 waiting
ping_ok host1 10.2.0.2 >/dev/null
t_check "a wrong key: failed, with the peer's reason" \
	wait_for 10 ike_why ce1 AUTHENTICATION_FAILED
t_check "and nothing gets through" isnt ping_ok host1 10.2.0.2
gateways_down

MODE=pre-established psk_confs "dpd-delay: 2s"
t_need "both pre-establish" gateways_up ce1 ce2
t_check "both initiate at once: one SA remains" wait_for 30 one_sa
kill -STOP "${ike_pid[ce2]}"
t_check "a peer that falls silent is missed (DPD)" \
	wait_for 40 ike_state ce1 failed connecting
kill -CONT "${ike_pid[ce2]}"
