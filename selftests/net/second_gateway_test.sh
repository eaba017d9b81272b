#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two gateways for a subnet, in order, without any daemon: the first is passed
# over while XFRM has no policy for it; what waits for it goes to the second
# when it is said to be down. Both families, nothing in clear text.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/waiting.sh
. ./waiting.sh

SECOND=198.51.100.9

# The second gateway is ce2 by another address; ce2 tells them not apart.
second_set()
{
	ip_on ce2 <<<"addr add $SECOND/32 dev wan" &&
		ip_on core <<<"route add $SECOND/32 via 198.51.100.1" &&
		table ce1 gateway add 2 "$SECOND" if-id 8 &&
		table ce1 route add 10.2.0.0/24 fd02::/64 protect via 1,2
}

second_sas()
{
	local all

	for all in 0.0.0.0/0 ::/0; do
		echo "xfrm policy add src $all dst $all dir out tmpl src 192.0.2.1 dst $SECOND proto esp reqid 1 mode tunnel if_id 8"
	done | ip_on ce1 &&
		sa ce1 192.0.2.1 "$SECOND" 0x300 8 &&
		sa ce2 192.0.2.1 "$SECOND" 0x300 &&
		sa ce1 198.51.100.1 192.0.2.1 0x200 &&
		sa ce2 198.51.100.1 192.0.2.1 0x200 &&
		policy ce2 198.51.100.1 192.0.2.1
}

# by ADDRESS: both families are answered, and went to that gateway only.
by()
{
	cap_start by core ce1 'esp and src 192.0.2.1' || return
	ping_ok host1 10.2.0.2 && ping_ok host1 fd02::2 || return
	cap_stop by
	cap_some by "dst $1" && cap_none by "esp and not dst $1"
}

first_comes()
{
	policy ce1 192.0.2.1 198.51.100.1 &&
		sa ce1 192.0.2.1 198.51.100.1 0x100 &&
		sa ce2 192.0.2.1 198.51.100.1 0x100 && by 198.51.100.1
}

first_goes()
{
	on ce1 ip xfrm state del src 192.0.2.1 dst 198.51.100.1 proto esp \
		spi 0x100
}

# moved ADDRESS FILTER: pings that wait for the first gateway arrive, in order,
# when it is said to be down.
moved()
{
	table ce1 gateway set 1 state usable
	cap_start order host2 lan "$2" || return
	burst 20 host1 "$1"
	waiting 20 && table ce1 gateway set 1 state down && gone || return
	cap_stop order
	is 20 cap_count order "$2"
}

moved_in_order()
{
	moved 10.2.0.2 'icmp[icmptype] == icmp-echo' &&
		is "$(seq -s ' ' 20)" arrived order
}

t_plan 12
t_need "two sites" sites_up
t_need "trusted subnets and gateways are set" tables_set
t_need "and a second gateway" second_set
t_need "packets may wait for a minute" table ce1 queue set age 60000
cap_start wire core ce1 || t_bail "no capture"
t_check "no policy for either: dropped" counts ce1 no-policy 3 burst 3
t_need "the second has SAs" second_sas
t_check "no policy for the first: the second is used" by "$SECOND"
t_check "the first has SAs: it is used" first_comes
first_goes
t_check "what waits for the first goes to the second when it is down" \
	moved_in_order
t_check "IPv6, too" moved fd02::2 'icmp6 and ip6[40] == 128 and dst fd02::2'
cap_stop wire
t_check "not one packet left in clear text" cap_none wire "$CLEAR"
t_check "ESP did, to both" eval \
	"cap_some wire 'esp and dst $SECOND' && cap_some wire 'esp and dst 198.51.100.1'"
