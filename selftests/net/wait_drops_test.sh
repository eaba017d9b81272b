#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What waits for an SA is bounded; what is too much, too old, or not to be
# protected any more when the SA comes, is dropped for that reason. Whatever
# happens, nothing leaves in clear text, and nothing is left behind.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/waiting.sh
. ./waiting.sh

nothing_held()
{
	held 0
}

# drops REASON COMMAND...: of three packets that wait all go for that reason.
drops()
{
	local reason=$1

	shift
	on ce1 ip xfrm state flush
	burst 3
	waiting 3 || return
	counts ce1 "$reason" 3 eval "$*; wait_for 10 nothing_held"
}

expires()
{
	on ce1 ip xfrm state flush
	table ce1 queue set age 300 || return
	counts ce1 queue-expired 3 eval "burst 3; gone"
}

overflows()
{
	on ce1 ip xfrm state flush
	table ce1 queue set packets 5 || return
	cap_start order host2 lan icmp || return
	counts ce1 queue-full 15 burst 20 || return
	waiting 5 || return
	sa_comes
	gone || return
	cap_stop order
	is "16 17 18 19 20" arrived order
}

no_memory()
{
	on ce1 ip xfrm state flush
	table ce1 queue set packets 256 total 5000 || return
	counts ce1 queue-full 10 burst 20 || return
	[ "$(table ce1 show info --json | jq .module.queue.held)" -le 5000 ] ||
		return
	sa_comes
	gone
}

# Only its gateway's: the namespace has room.
no_memory_for_it()
{
	local bytes

	on ce1 ip xfrm state flush
	bytes=$(table ce1 show info --json | jq .module.queue.bytes)
	table ce1 queue set total 16777216 bytes 5000 || return
	counts ce1 queue-full 10 burst 20 || return
	[ "$(table ce1 show info --json | jq .module.queue.held)" -le 5000 ] ||
		return
	sa_comes
	gone && table ce1 queue set bytes "$bytes"
}

none_waits()
{
	on ce1 ip xfrm state flush
	table ce1 queue set packets 0 age 60000 || return
	counts ce1 no-sa 3 burst 3 && waiting 0 &&
		table ce1 queue set packets 256
}

# The table says something else when the SA comes.
withdrawn()
{
	table ce1 route del 10.2.0.0/24 && sa_comes
}

forbidden()
{
	table ce1 route add 10.2.0.0/24 discard && sa_comes
}

unroutable()
{
	on ce1 ip route del default && sa_comes
}

interface_gone()
{
	on ce1 ip link del lan && sa_comes
}

restore()
{
	table ce1 route add 10.2.0.0/24 fd02::/64 protect via 1
}

# dropped BEFORE-FLUSHED BEFORE-WITHDRAWN: the three that waited were.
dropped()
{
	is 3 echo $(($(counter ce1 queue-flushed) - $1 +
		$(counter ce1 queue-withdrawn) - $2))
}

# The gateway is deleted right after the VPN whose entry named it. In between
# the queue may look, which it does twice a second, and finds that the packets
# are not to be protected any more: then once again.
flushed()
{
	local flushed withdrawn

	for _ in {1..9}; do
		on ce1 ip xfrm state flush
		burst 3
		waiting 3 || return
		flushed=$(counter ce1 queue-flushed)
		withdrawn=$(counter ce1 queue-withdrawn)
		table ce1 flush || return
		wait_for 10 dropped "$flushed" "$withdrawn" || return
		table_ce1_set || return
		raised ce1 queue-flushed "$flushed" 1 && return
	done
	return 1
}

# A namespace ends while its queue is full.
ends_full()
{
	on ce2 ip xfrm state flush
	table ce2 queue set age 60000
	burst 200 host2 10.1.0.2
	is 200 gw ce2 waiting || return
	ip netns del "$TAG-ce2"
}

works()
{
	sa_comes
	ping_ok host1 10.2.0.2
}

t_plan 19
t_need "two sites" sites_up
t_need "trusted subnets and gateways are set" tables_set
t_need "policies and SAs are set" eval "policies_set && sas_set"
t_need "packets may wait for a minute" table ce1 queue set age 60000
cap_start wire core ce1 || t_bail "no capture"
t_check "a route withdrawn: dropped, not sent in clear text" \
	drops queue-withdrawn withdrawn
restore
t_check "a route that discards now: dropped for that" drops discard forbidden
restore
t_check "no route any more: dropped for that" drops queue-unroutable unroutable
on ce1 ip route add default via 192.0.2.2
t_check "too many: the oldest go, and are counted" overflows
t_check "the namespace's memory is bounded" no_memory
t_check "and that of each gateway" no_memory_for_it
t_check "none may wait: dropped at once" none_waits
t_check "too old: dropped for that" expires
table ce1 queue set age 60000
t_check "the gateway deleted: dropped for that" flushed
t_check "a new one works" works
t_check "the way in gone: dropped" drops queue-withdrawn interface_gone
cap_stop wire
t_check "not one packet left in clear text" cap_none wire "$CLEAR"
t_check "ESP did" cap_some wire esp
t_check "a namespace ends while packets wait in it" ends_full
t_check "the kernel has no complaint" isnt \
	kernel_says 'WARNING|BUG:|refcount|leaked|unregister_netdevice'
