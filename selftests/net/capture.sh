# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Captures, a part of lib.sh.
#
# A capture is believed only as long as it is whole: what says otherwise is kept
# beside its file, and none of its packets is counted any more. Nor is "none" an
# answer without its last mark, which came by the way that all others come.
declare -A cap_pid cap_on
spawned=	# by spawn of lib.sh

# cap_start ID NAME INTERFACE [FILTER...]: on return it is capturing. The link
# must be up, and carry IPv6.
cap_start()
{
	local id=$1 name=$2 interface=$3

	shift 3
	rm -f "$WORK/$id".{err,pcap,marks,broken}
	spawn "$WORK/$id.err" nsenter --net="/run/netns/$TAG-$name" \
		tcpdump -i "$interface" -n -U --immediate-mode -s 256 -Z root \
		-B 16384 -w "$WORK/$id.pcap" \
		${1:+"($*) or (icmp6 and dst ff02::1)"}
	cap_pid[$id]=$spawned
	cap_on[$id]="$name $interface"
	wait_for 30 grep -q 'listening on' "$WORK/$id.err"
}

# cap_last ID: the number of its last mark.
cap_last()
{
	cat "$WORK/$1.marks" && return
	echo "the capture $1 was never synchronized" >&2
	return 2
}

# cap_has ID N: that mark, an echo request to all nodes whose length tells, is
# in its file.
cap_has()
{
	local n

	n=$(cap_count "$1" "dst ff02::1 and icmp6 and ip6[40] == 128 and \
		ip6[4:2] == $((16 + $2))") || return
	[ "$n" -gt 0 ] && return
	echo "the capture $1 has not its mark $2"
	return 1
}

# marked ID N: the mark is sent, and is there.
marked()
{
	local name interface

	read -r name interface <<<"${cap_on[$1]}"
	on "$name" ping -6 -n -q -c 1 -W 1 -s $((8 + $2)) -I "$interface" ff02::1
	cap_has "$1" "$2"
}

# cap_sync ID: what was on the wire until now is in the file. The number is in a
# file for those who ask in a subshell.
cap_sync()
{
	local n=1

	[ ! -e "$WORK/$1.marks" ] || n=$(($(cap_last "$1") + 1))
	echo $n >"$WORK/$1.marks"
	wait_for 10 marked "$1" $n
}

# cap_stop ID: what was on the wire until now is in the file, all of it. Who
# does not ask how it ended learns that from the next one who counts.
cap_stop()
{
	local said rc=0

	said=$(cap_sync "$1") || rc=1
	end_pid "${cap_pid[$1]}" INT
	unset "cap_pid[$1]"
	grep -q '^0 packets dropped by kernel' "$WORK/$1.err" || rc=1
	[ $rc -ne 0 ] || return 0
	{
		printf '%s\n' "the capture $1 is not whole:" "$said"
		cat "$WORK/$1.err"
	} >"$WORK/$1.broken" 2>&1
	cat "$WORK/$1.broken"
	return 1
}

# cap_settled ID ARGUMENT...: it was read, or cannot be; not that its last packet
# was being written.
cap_settled()
{
	local id=$1 rc=0

	shift
	tcpdump -r "$WORK/$id.pcap" -n "$@" >"$WORK/$id.read" \
		2>"$WORK/$id.read-err" || rc=$?
	echo $rc >"$WORK/$id.read-rc"
	[ $rc -eq 0 ] || ! grep 'truncated dump file' "$WORK/$id.read-err"
}

# cap_read ID [OPTION...] FILTER...: packets of a capture that match, as
# tcpdump(8) has them.
cap_read()
{
	local id=$1

	if [ -e "$WORK/$id.broken" ]; then
		cat "$WORK/$id.broken" >&2
		return 2
	fi
	if wait_for 5 cap_settled "$@" >&2 && is 0 cat "$WORK/$id.read-rc" >&2
	then
		cat "$WORK/$id.read"
		return
	fi
	cat "$WORK/$id.read-err" >&2
	return 2
}

# cap_count ID FILTER...: how many do.
cap_count()
{
	cap_read "$@" >"$WORK/$1.counted" || return
	wc -l <"$WORK/$1.counted"
}

# cap_none ID FILTER..., cap_some ID FILTER...: whether any does.
cap_none()
{
	local last

	last=$(cap_last "$1") && cap_has "$1" "$last" && is 0 cap_count "$@"
}

cap_some()
{
	local n

	n=$(cap_count "$@") || return
	[ "$n" -gt 0 ] && return
	echo "no packet matches: ${*:2}"
	return 1
}
