#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Life cycle: a route's gateway changes. BGP announces the same subnets with
# another identity, under traffic: the old SA is not used for them any more, the
# new one comes up, and in between nothing leaves in clear text. So it is for an
# identity where nobody answers.
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

# Where ce2's tunnels end after the change, and where nobody is.
NEW4=198.51.100.9 NEW6=fd0b::9
NONE4=198.51.100.7 NONE6=fd0b::7

# says GATEWAY4 GATEWAY6: what ce2 announces has reached ce1.
says()
{
	has_routes ce1 "10.2.0.0/24 protect $1" "fd02::/64 protect $2"
}

reload()
{
	kill -HUP "${daemon_pid[ce2]}"
}

moved()
{
	flowing ce1 50 && learned_conf ce2 $NEW4 $NEW6 && reload &&
		wait_for 20 says $NEW4 $NEW6 && wait_for 40 through
}

# The old SAs are still there, and must not be used any more.
nowhere()
{
	flowing ce1 50 &&
		learned_conf ce2 $NEW4 $NEW6 $NONE4 $NONE6 && reload &&
		wait_for 20 says $NONE4 $NONE6 &&
		wait_for 20 expired ce1 20 && blocked
}

# expired CE N: so many packets have waited for an SA in vain.
expired()
{
	[ "$(counter "$1" queue-expired)" -ge "$2" ]
}

blocked()
{
	isnt ping_ok host1 10.2.0.2 && isnt ping_ok host1 fd02::2
}

back()
{
	learned_conf ce2 && reload && wait_for 20 learned ce1 &&
		wait_for 40 through
}

t_plan 13
KEYS="ce2=$NEW4 ce2=$NEW6 ce2=$NONE4 ce2=$NONE6"
t_need "two sites learn of each other" learned_up
KEYS=
on ce2 ip addr add $NEW4/32 dev wan
on ce2 ip addr add $NEW6/64 dev wan
on core ip route add $NEW4/32 via 198.51.100.1
t_need "traffic gets through" wait_for 20 through
t_need "both wires are captured" wires_start esp
under_traffic "the gateway changes" moved
t_check "few packets are lost" few_lost 1000
t_check "over the new SAs" cap_some wire1 "esp and dst $NEW4"
t_check "and over IPv6" cap_some wire1 "ip6 and esp and dst $NEW6"
under_traffic "the gateway changes to where nobody is" nowhere
under_traffic "the gateway is the first one again" back
t_check "the captures are whole" wires_stop
