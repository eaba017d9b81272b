#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# On demand, with strongSwan on both sides: the first packet between two idle
# sites waits while IKE sets the SA up, and is not lost. A connection opens with
# one SYN. Nothing is lost either while SAs are rekeyed under load.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/two_gateways.sh
. ./two_gateways.sh

# idle: no SA between the sites, on either side.
idle()
{
	swan ce1 --terminate --ike "cesteer-$(gateway ce1)" --force >/dev/null
	wait_for 10 no_sas ce1 && wait_for 10 no_sas ce2
}

no_sas()
{
	[ -z "$(ike_sas "$1")" ] && [ -z "$(on "$1" ip xfrm state)" ]
}

# first_answered FROM TO [OPTION...]: the only ping is answered, however long IKE takes.
first_answered()
{
	idle && on "$1" ping -n -q -c 1 -W 8 "${@:3}" "$2"
}

# opens FROM SOURCE TO ADDRESS: a connection opens, and its SYN, which waits, is
# the only one: where IKE is done before the sender repeats it, after a second.
# A machine that was busy for that long gets another try.
opens()
{
	opens_once "$@" || opens_once "$@" || opens_once "$@"
}

opens_once()
{
	local receiver syns

	idle && cap_start syn host2 lan 'tcp port 5000' || return
	on "$3" timeout 20 nc -l -N "$4" 5000 >"$WORK/received" &
	receiver=$!
	wait_for 5 eval "on $3 ss -Hltn | grep -q :5000" || return
	echo hello | on "$1" timeout 20 nc -N -s "$2" "$4" 5000 || return
	wait $receiver
	cap_stop syn
	is hello cat "$WORK/received" || return
	syns=$(cap_count syn 'tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn')
	[ "$syns" -eq 1 ] && return
	echo "$syns SYNs arrived"
	return 1
}

# request_lost: XFRM asks for an SA already, but strongSwan does not know of it,
# as when it was loading the connection at that time.
request_lost()
{
	local out

	out=$(on ce1 ip xfrm policy | grep -A 4 "^src 0.0.0.0/0" |
		grep -A 4 "dir out") || return
	[[ $out =~ reqid\ ([0-9]+).*if_id\ (0x[0-9a-f]+) ]] || return
	on ce1 python3 acquire.py "$(own ce1)" "$(gateway ce1)" \
		"${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
}

# asked_again: the first ping waits until cesteerd has noticed.
asked_again()
{
	idle && request_lost &&
		on host1 ping -n -q -c 1 -W 30 10.2.0.2 &&
		grep "asked in vain" "$WORK/ce1/cesteerd.log"
}

# load: many packets a second, each of which must be answered.
load()
{
	on host1 ping -n -q -i 0.003 -c 1500 -W 3 10.2.0.2 >"$WORK/load" 2>&1
}

rekeys_under_load()
{
	local pid n=0

	load &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		rekeyed ce1 child && rekeyed ce2 child || return
		n=$((n + 1))
	done
	wait $pid
	echo "rekeyed $n times from either side"
	cat "$WORK/load"
	[ $n -gt 0 ] && grep -q '1500 received' "$WORK/load"
}

dropped()
{
	cesteer "$1" show counters --json |
		jq '[.[] | select(.reason | test("^(no-sa|queue-|xfrm-error)")) | .packets] | add'
}

t_plan 15
t_need "two sites" sites_up
TOP="queue: { age: 1m }" t_need "they share a key" psk_confs
t_need "strongSwan and cesteerd on both" gateways_up ce1 ce2
t_need "loaded, waiting for traffic" wait_for 20 ike_state ce1 waiting
wait_for 20 ike_state ce2 waiting
cap_start wire core ce1 || t_bail "no capture"
t_check "the first ping is answered (IPv4)" first_answered host1 10.2.0.2
t_check "the first ping is answered (IPv6)" first_answered host1 fd02::2
t_check "the other way too" first_answered host2 10.1.0.2
t_check "the CE's own first ping is answered" \
	first_answered ce1 10.2.0.2 -I 10.1.0.1
t_check "a TCP connection opens with one SYN" \
	opens host1 10.1.0.2 host2 10.2.0.2
t_check "a request that strongSwan lost: cesteerd initiates" asked_again
t_check "nothing is lost while SAs are rekeyed under load" rekeys_under_load
t_check "no packet was dropped on the way out (ce1)" is 0 dropped ce1
t_check "no packet was dropped on the way out (ce2)" is 0 dropped ce2
cap_stop wire
t_check "not one packet left in clear text" cap_none wire "$CLEAR"
t_check "ESP did" cap_some wire esp
