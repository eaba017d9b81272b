#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Life cycle: strongSwan restarts. Killed or ended in order, on this side or the
# other, under traffic: nothing leaks; when it is back, SAs come back for what
# needs them, on demand and pre-established.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/sites.sh
. ./sites.sh
# shellcheck source=selftests/net/learned_sites.sh
. ./learned_sites.sh

# state CE GATEWAY: of its IKE.
state()
{
	cesteer "$1" show gateways --json | jq -r --arg address "$2" \
		'.[] | select(.address == $address) | .ike.state'
}

# gone CE: cesteerd has missed its strongSwan.
gone()
{
	is learned state "$1" "$(of GW4 "$(other_ce "$1")")"
}

# ended CE SIGNAL: under traffic.
ended()
{
	flowing ce1 50 && ike_stop "$1" "$2" && wait_for 10 gone "$1"
}

returned()
{
	ike_start "$1" && wait_for 40 learned_ready && wait_for 40 through
}

# up CE: an SA with each gateway, as cesteerd has it.
up()
{
	local other

	other=$(other_ce "$1")
	is up state "$1" "$(of GW4 "$other")" &&
		is up state "$1" "$(of GW6 "$other")"
}

pre_established()
{
	sed -i 's/^mode: .*/mode: pre-established/' "$WORK/ce1/cesteerd.yaml"
	kill -HUP "${daemon_pid[ce1]}"
	wait_for 20 up ce1
}

back_by_itself()
{
	ike_stop ce1 KILL && wait_for 10 gone ce1 && ike_start ce1 &&
		wait_for 30 up ce1
}

t_plan 27
t_need "two sites learn of each other" learned_up
t_need "traffic gets through" wait_for 20 through
t_need "both wires are captured" wires_start
under_traffic "strongSwan is killed" ended ce1 KILL
t_check "its SAs go on without it" nothing_lost
under_traffic "strongSwan returns" returned ce1
t_check "few packets are lost" few_lost 1000
under_traffic "the other side's is killed" ended ce2 KILL
t_check "its SAs go on without it" nothing_lost
under_traffic "the other side's returns" returned ce2
t_check "few packets are lost" few_lost 1000
under_traffic "strongSwan ends in order" ended ce1 TERM
t_check "its SAs are gone" isnt ping_ok host1 10.2.0.2
under_traffic "strongSwan starts again" returned ce1
under_traffic "the other side's ends in order" ended ce2 TERM
under_traffic "the other side's starts again" returned ce2
t_check "pre-established: SAs come up" pre_established
t_check "killed, and back without a packet" back_by_itself
t_check "the captures are whole" wires_stop
