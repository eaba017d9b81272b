#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Life cycle: cesteerd dies or is upgraded. Killed, restarted, replaced by
# another binary and reloaded under traffic: not one packet is treated
# differently, counters and SAs stay, and what BGP changed meanwhile is
# reconciled when it is back.
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

# The SAs in ce1's kernel.
sas_now()
{
	on ce1 ip xfrm state | grep -o 'spi 0x[0-9a-f]*' | sort
}

# announce PREFIX: ce2 does, beside its own subnets.
announce()
{
	MORE=$1 learned_conf ce2
	kill -HUP "${daemon_pid[ce2]}"
}

killed()
{
	flowing ce1 50 && cesteerd_stop ce1 KILL && flowing ce1 100 &&
		is "$table" routes ce1
}

# provider_has PREFIX: among its routes.
provider_has()
{
	bird_on core "show route $1" | grep "^$1"
}

# While it is away: one subnet goes, another comes.
missed()
{
	announce 10.2.8.0/24 && wait_for 10 provider_has 10.2.8.0/24 &&
		wait_for 10 isnt provider_has 10.2.7.0/24 &&
		is "$table" routes ce1
}

back()
{
	cesteerd_start ce1 && wait_for 20 reconciled && flowing ce1 50
}

reconciled()
{
	is "${table/10.2.7.0/10.2.8.0}" routes ce1
}

restarted()
{
	flowing ce1 50 && cesteerd_stop ce1 TERM && flowing ce1 50 &&
		cesteerd_start ce1 && wait_for 20 learned_ready &&
		flowing ce1 50
}

upgraded()
{
	cp "$BUILD/cesteerd" "$WORK/cesteerd-new" &&
		CESTEERD=$WORK/cesteerd-new restarted &&
		[ "/proc/${daemon_pid[ce1]}/exe" -ef "$WORK/cesteerd-new" ]
}

reloaded()
{
	flowing ce1 50 && kill -HUP "${daemon_pid[ce1]}" &&
		wait_for 10 grep -q 'configuration reloaded' \
			"$WORK/ce1/cesteerd.log" && flowing ce1 50
}

# The socket has another path: the connection ends, and strongSwan does not.
reconnected()
{
	ln -s "$WORK/ce1/vici" "$WORK/ce1/again" &&
		sed -i "s#$WORK/ce1/vici#$WORK/ce1/again#" \
			"$WORK/ce1/cesteerd.yaml" &&
		flowing ce1 50 && kill -HUP "${daemon_pid[ce1]}" &&
		wait_for 10 grep "connected to $WORK/ce1/again" \
			"$WORK/ce1/cesteerd.log" && flowing ce1 100
}

# Counters of before are still in those of now.
counted()
{
	[ "$(counter ce1 protected)" -ge "$((protected + 50))" ]
}

# What BGP does not say for a second is believed gone.
export HOLD=1s
t_plan 29
t_need "two sites learn of each other" learned_up
announce 10.2.7.0/24
t_need "a subnet more" \
	wait_for 20 has_routes ce1 "10.2.7.0/24 protect 198.51.100.1"
t_need "traffic gets through" wait_for 20 through
t_need "both wires are captured" wires_start
table=$(routes ce1)
sas=$(sas_now)
protected=$(counter ce1 protected)
under_traffic "cesteerd is killed" killed
t_check "cesteerd is killed: nothing lost" nothing_lost
under_traffic "BGP changes while it is away" missed
t_check "BGP changes while it is away: nothing lost" nothing_lost
under_traffic "cesteerd is back, and reconciles" back
t_check "cesteerd is back: nothing lost" nothing_lost
under_traffic "cesteerd is restarted" restarted
t_check "cesteerd is restarted: nothing lost" nothing_lost
under_traffic "cesteerd is upgraded" upgraded
t_check "cesteerd is upgraded: nothing lost" nothing_lost
under_traffic "the configuration is reloaded" reloaded
t_check "the configuration is reloaded: nothing lost" nothing_lost
under_traffic "the connection to strongSwan is lost" reconnected
t_check "the connection to strongSwan is lost: nothing lost" nothing_lost
t_check "all counters survived" counted
t_check "the SAs are the same" is "$sas" sas_now
# The provider's routers keep what is announced while the kernel serves it.
t_check "the other site missed nothing (graceful restart)" \
	lacks withdrawn "$WORK/ce2/cesteerd.log"
t_check "the captures are whole" wires_stop
