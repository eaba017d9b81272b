#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Life cycle: no SA yet, or not any more. Two sites that learn of each other
# over BGP; before either strongSwan runs, before the other one does, and after
# SAs and policies were deleted, by strongSwan or behind its back, nothing
# leaves in clear text; and what can come back does.
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

# dropped CE REASON: packets of the traffic are, for that reason.
dropped()
{
	local before

	before=$(counter "$1" "$2")
	wait_for 20 eval "[ \"\$(counter $1 $2)\" -ge $((before + 50)) ]" &&
		isnt ping_ok host1 10.2.0.2 && isnt ping_ok host1 fd02::2
}

# half: ce1 has strongSwan and asks for SAs, and nobody answers.
half()
{
	ike_start ce1 && dropped ce1 queue-expired
}

whole()
{
	ike_start ce2 && wait_for 40 through
}

# terminate CE CONNECTION: its SAs; of two that were begun at once, one may go by
# itself meanwhile.
terminate()
{
	local said

	said=$(swan "$1" --terminate --ike "$2" 2>&1) && return
	grep -q 'unable to terminate IKE_SA: ID [0-9]* not found' <<<"$said" &&
		return
	echo "$said"
	return 1
}

terminated()
{
	flowing ce1 50 && terminate ce1 cesteer-198.51.100.1 &&
		terminate ce1 cesteer-fd0b::1 &&
		wait_for 20 through
}

terminated_there()
{
	flowing ce1 50 && terminate ce2 cesteer-192.0.2.1 &&
		terminate ce2 cesteer-fd0a::1 &&
		wait_for 20 through
}

# flushed WHAT WORD: strongSwan does not notice, but cesteerd does.
flushed()
{
	flowing ce1 50 && on ce1 ip xfrm "$1" flush &&
		wait_for 30 grep "its $2 were removed from the kernel" \
			"$WORK/ce1/cesteerd.log" &&
		wait_for 30 through
}

t_plan 26
t_need "two sites and a provider" learned_start
t_need "cesteerd on both" eval "cesteer_load && cesteerd_start ce1 && cesteerd_start ce2"
t_need "they learn of each other" eval "wait_for 20 learned ce1 && wait_for 20 learned ce2"
t_need "both wires are captured" wires_start esp
under_traffic "no strongSwan anywhere" dropped ce1 no-policy
under_traffic "no strongSwan at the other site" half
under_traffic "both have strongSwan: the SAs come up" whole
under_traffic "SAs terminated" terminated
t_check "few packets are lost" few_lost 1000
under_traffic "SAs terminated by the other side" terminated_there
t_check "few packets are lost" few_lost 1000
under_traffic "the kernel's SAs flushed" flushed state SAs
t_check "few packets are lost" few_lost 1000
under_traffic "the kernel's policies flushed" flushed policy policies
t_check "few packets are lost" few_lost 1000
t_check "the captures are whole" wires_stop
t_check "what is protected left as ESP" cap_some wire1 esp
t_check "over IPv6 too" cap_some wire1 "ip6 and esp"
t_check "and nothing else ever" eval "cap_none wire1 '$CLEAR' && cap_none wire2 '$CLEAR'"
