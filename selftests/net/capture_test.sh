#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The verdicts of the other tests: "nothing left in clear text" is not said of a
# capture that is not whole, nor by a filter that is none, nor of a file that is
# not there. Neither does a command that fails tell what is and what is not.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh

links_up()
{
	draw_ns a b
	draw_link a eth0 b eth0
	draw_ip a "addr add 192.0.2.1/30 dev eth0"
	draw_ip b "addr add 192.0.2.2/30 dev eth0"
	draw
}

# says TEXT COMMAND...: it fails, and gives that for a reason.
says()
{
	local text=$1

	shift
	! "$@" >"$WORK/reason" 2>&1 && grep -F -- "$text" "$WORK/reason" && return
	echo "$* said:"
	cat "$WORK/reason"
	return 1
}

pinged()
{
	cap_start wire a eth0 && ping_ok a 192.0.2.2
}

stopped()
{
	cap_stop wire && cap_none wire tcp && cap_some wire icmp &&
		is 1 cap_count wire 'icmp[icmptype] == icmp-echo'
}

# A capture that lost its program says so when it is stopped, and ever after.
killed()
{
	pinged || return
	end_pid "${cap_pid[wire]}" KILL
	says "is not whole" cap_stop wire && says "is not whole" cap_none wire tcp &&
		says "is not whole" cap_some wire icmp &&
		says "is not whole" is 0 cap_count wire tcp
}

gone()
{
	pinged && cap_stop wire && cap_none wire tcp || return
	rm "$WORK/wire.pcap"
	says "No such file" cap_none wire tcp &&
		says "No such file" cap_some wire icmp
}

# One that dropped packets is not whole, though its file is.
dropped()
{
	pinged && cap_sync wire || return
	end_pid "${cap_pid[wire]}" INT
	sed -i 's/^0 packets dropped by kernel/1&/' "$WORK/wire.err"
	says "10 packets" cap_stop wire &&
		says "10 packets" cap_none wire tcp
}

# Another one's file: it has packets, and not the last mark.
another()
{
	pinged && cap_sync wire && cp "$WORK/wire.pcap" "$WORK/early.pcap" &&
		cap_stop wire && cap_none wire tcp || return
	mv "$WORK/early.pcap" "$WORK/wire.pcap"
	says "has not its mark" cap_none wire tcp
}

# Each is another one, in a subshell too.
marks()
{
	pinged && (cap_sync wire) && (cap_sync wire) && cap_sync wire &&
		is 3 cap_last wire && cap_stop wire && is 4 cap_last wire
}

prints()
{
	echo "$1"
	return "$2"
}

verdicts()
{
	is x prints x 0 && says "ended with 1" is x prints x 1 &&
		says 'wanted "x"' is x prints y 0 &&
		isnt prints "" 1 && says "ended with 0" isnt prints "" 0 &&
		says "ended with 2" isnt grep x "$WORK/none" &&
		says "ended with 127" isnt "$WORK/none" &&
		says "ended with 2" isnt is x prints x 1
}

logs()
{
	: >"$WORK/empty"
	echo one >"$WORK/one"
	lacks two "$WORK/one" && says one lacks one "$WORK/one" &&
		says "nothing is in" lacks two "$WORK/one" "$WORK/empty" &&
		says "nothing is in" lacks two "$WORK/one" "$WORK/none" &&
		says "nothing to look for" lacks "" "$WORK/one" &&
		is 0 matches two "$WORK/one" && says "ended with 2" \
		is 0 matches two "$WORK/none"
}

t_plan 11
t_need "a link" links_up
t_need "a packet is captured" pinged
t_check "not yet synchronized: no verdict" says "never synchronized" \
	cap_none wire tcp
t_check "stopped: it has what was sent, and nothing else" stopped
t_check "a filter that is none" says "syntax error" cap_none wire "no filter"
t_check "its program is killed" killed
t_check "its file is gone" gone
t_check "it dropped packets" dropped
t_check "it ends before its last mark" another
t_check "each mark is another one" marks
t_check "who cannot look says neither yes nor no" eval "verdicts && logs"
