#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Life cycle: somebody else changes the kernel's table under cesteerd, under
# traffic. The kernel refuses it, and nothing leaks. Where it is forced, the
# kernel tells cesteerd, which puts it right at once, says who it was, and from
# then on nothing leaves in clear text any more.
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

# told COMMAND: that the CLI did it by this command is an event.
told()
{
	cesteer ce1 show events --json | jq -e --arg command "$1" 'any(
		.event == "changed" and
		(.text | contains("cesteer (process ") and contains($command)))'
}

# now: the whole table, without what differs from time to time.
now()
{
	routes ce1
	cesteer ce1 show sources --json | jq -c .
	on ce1 "$BUILD/cesteer" show gateways --json |
		jq -c '.[] | [.id, .address, ."if-id", .mode, .state]'
}

put_right()
{
	is "$right" now
}

# refused WORDS...: the CLI is, who owns the table is named, and nothing changes.
refused()
{
	local says

	says=$(table ce1 "$@" 2>&1) && return 1
	grep -q "owns what this would change: cesteerd (process ${daemon_pid[ce1]})" <<<"$says" &&
		put_right && return
	echo "$says"
	return 1
}

# changed COMMAND WORDS...: the CLI's, under traffic, refused and then forced;
# what leaks before it is put right is said, and is less than a second's worth;
# nothing does before and after that.
changed()
{
	local command=$1 before after

	shift
	before=$(leaked) && refused "$@" && flowing ce1 50 && is "$before" leaked &&
		table ce1 "$@" --force || return
	wait_for 30 told "$command" && wait_for 30 put_right || return
	after=$(leaked) && leak=$((after - before)) && [ "$leak" -lt 100 ] &&
		flowing ce1 50 && is "$after" leaked
}

# check WHAT COMMAND WORDS...
check()
{
	leak=unknown
	t_check "$1" changed "${@:2}"
	t_say "leaked before it was put right: $leak"
}

both="10.2.0.0/24 fd02::/64"
t_plan 16
t_need "two sites learn of each other" learned_up
t_need "traffic gets through" wait_for 20 through
t_need "both wires are captured" wires_start
right=$(now)
flow_start traffic host1 10.2.0.2 fd02::2 || t_bail "no traffic"
# shellcheck disable=SC2086
check "entries deleted" route-del route del $both
# shellcheck disable=SC2086
check "entries that say something else" route-new route add $both bypass
check "an entry more" route-new route add 10.2.0.2/32 bypass
check "source prefixes deleted" source-del source del 10.1.0.0/24 fd01::/64
check "source prefixes more" source-new source add 192.0.2.0/24
check "the VPN's default" vpn-new vpn add 0 default discard
check "the VPN deleted" vpn-del vpn del 0
check "a gateway set down" gateway-set gateway set 1 state down
check "a gateway more" gateway-new gateway add 99 192.0.2.99 if-id 99
check "everything flushed" vpn-del flush
flow_stop traffic
t_check "gateways deleted: an event too" told gateway-del
t_check "SAs are the same" is 2 eval "on ce1 ip xfrm state | grep -c 'dst fd0b::1\|dst 198.51.100.1'"
t_check "the captures are whole" wires_stop
