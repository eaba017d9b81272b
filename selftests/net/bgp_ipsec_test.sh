#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# BGP sessions between CE and PE that IPsec protects (transport mode), of both
# families: held until their SAs are up, never in clear text, whoever connects
# and whatever becomes of the kernel's policies; they outlive both daemons'
# crashes and a flush of policies, and end when strongSwan does. With BIRD and
# strongSwan on the PE.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh

# neighbor LOCAL REMOTE [LINE...]
neighbor()
{
	printf '%s\n' "      - address: $2" "        local: $1" \
		"        as: 64500" "        connect-retry: 1" \
		"        hold-time: 9"
	[ $# -lt 3 ] || printf '        %s\n' "${@:3}"
}

own="10.1.0.0/24"

# conf [LINE...]: the CE's, with these in its neighbors; announces $own.
conf()
{
	mkdir -p "$WORK/ce1"
	{
		printf '%s\n' "router-id: 192.0.2.1" "as: 65001" \
			"identity: { address: 192.0.2.1 }" \
			"control: { socket: $WORK/ce1/control }" "log: debug" \
			"ike:" "  socket: $WORK/ce1/vici" \
			"  psk:" "  - { gateway: 192.0.2.2, file: $WORK/psk }" \
			"  - { gateway: 'fd0a::2', file: $WORK/psk }" \
			"vpns:" "  - name: default" \
			"    source-prefixes: [10.1.0.0/24]" \
			"    trusted-subnets: [$own]" "    neighbors:"
		neighbor 192.0.2.1 192.0.2.2 "$@"
		neighbor fd0a::1 fd0a::2 "$@"
	} >"$WORK/ce1/cesteerd.yaml"
}

# bgp NAME LOCAL REMOTE
bgp()
{
	cat <<-END
	protocol bgp $1 {
		local $2 as 64500;
		neighbor $3 as 65001;
		hold time 9;
		connect delay time 1;
		connect retry time 1;
		error wait time 1, 2;
		ipv4 { import all; export all; extended next hop; };
	}
	END
}

# connection NAME LOCAL REMOTE
connection()
{
	local bits=32

	[[ $2 != *:* ]] || bits=128
	cat <<-END
	$1 {
		local_addrs = $2
		remote_addrs = $3
		version = 2
		unique = replace
		local { auth = psk
			id = $2 }
		remote { auth = psk
			id = $3 }
		children {
			bgp {
				mode = transport
				local_ts = $2/${bits}[tcp]
				remote_ts = $3/${bits}[tcp]
				start_action = trap
			}
		}
	}
	END
}

# secret NAME OF
secret()
{
	echo "ike-$1 { id = $2"
	echo "secret = $(cat "$WORK/psk") }"
}

# pe: BIRD's and strongSwan's configuration.
pe()
{
	mkdir -p "$WORK/core"
	cat >"$WORK/core/bird.conf" <<-END
	router id 192.0.2.2;
	protocol device { }
	protocol static { ipv4 { import filter {
		bgp_ext_community.add((generic, 0x03800000, 0xC6336401));
		accept; }; };
		route 10.2.0.0/24 blackhole; }
	$(bgp four 192.0.2.2 192.0.2.1)
	$(bgp six fd0a::2 fd0a::1)
	END
	{
		echo "connections {"
		connection four 192.0.2.2 192.0.2.1
		connection six fd0a::2 fd0a::1
		echo "}"
		echo "secrets {"
		secret four 192.0.2.1
		secret six fd0a::1
		echo "}"
	} >"$WORK/core/swanctl.conf"
}

pe_ike()
{
	ike_start core && swan core --load-all --file "$WORK/core/swanctl.conf"
}

# sessions STATE: what cesteerd says of both.
sessions()
{
	local is

	is=$(cesteer ce1 show bgp --json | jq -c '[.[] | [.state, ."last-error"]]')
	jq -e --arg state "$1" 'length == 2 and
		all((.[0] // "" | ascii_downcase) == $state)' <<<"$is" >/dev/null && return
	echo "$is"
	return 1
}

# established: and what the PE announces is there.
established()
{
	sessions established && cesteer ce1 show routes --json |
		jq -e 'any(.[]; .prefix == "10.2.0.0/24" and .action == "protect")'
}

# born: of both sessions.
born()
{
	grep -c "established with" "$WORK/ce1/cesteerd.log"
}

# reborn: since $since.
reborn()
{
	[ "$(born)" -ge $((since + 2)) ]
}

# heard PREFIX: by the PE, on both sessions.
heard()
{
	is 2 eval "bird_on core 'show route $1' | grep -c unicast"
}

# trapped: each session has the kernel's policies, both ways.
trapped()
{
	is 4 eval "on ce1 ip xfrm policy list nosock | grep -c '^src.*proto tcp'"
}

# secured: the IKE daemon that runs now has an SA for each session.
secured()
{
	local sas

	sas=$(swan ce1 --list-sas) &&
		grep -q "remote *192.0.2.2/32" <<<"$sas" &&
		grep -q "remote *fd0a::2/128" <<<"$sas"
}

# clear_none ID: that nothing of ours is in clear text there that opens, ends or
# says something. What the kernel answers in the place of a socket (a reset, an
# acknowledgement to a SYN or of a connection that has ended) is not under the
# socket's policy, and has no data.
clear_none()
{
	local data="ip[2:2] - ((ip[0] & 15) << 2) - ((tcp[12] & 240) >> 2) != 0"
	local data6="ip6[4:2] - ((ip6[52] & 240) >> 2) != 0"

	cap_none "$1" "src 192.0.2.1 and tcp and tcp[13] & 4 == 0 and
		(tcp[13] & 1 != 0 or tcp[13] & 18 == 2 or $data)" &&
		cap_none "$1" "src fd0a::1 and ip6 proto 6 and ip6[53] & 4 == 0 and
		(ip6[53] & 1 != 0 or ip6[53] & 18 == 2 or $data6)"
}

# flushed PREFIX: the kernel's policies are gone, and we have to say something.
flushed()
{
	on ce1 ip xfrm policy flush && own+=", $1" && reload "ipsec: $2" &&
		wait_for 30 heard "$1" && wait_for 30 trapped && is "$since" born
}

# stranger: somebody else in the PE's place, when nothing is in the way.
stranger()
{
	bird_stop core && ike_stop core && ike_stop ce1 KILL || return
	on core ip xfrm policy flush && on core ip xfrm state flush &&
		on ce1 ip xfrm policy flush || return
	on core timeout 2 bash -c "exec 3<>/dev/tcp/192.0.2.1/179 && cat <&3" \
		>"$WORK/stranger"
	wait_for 10 grep -q "refused: it may have come in clear text" \
		"$WORK/ce1/cesteerd.log" && isnt test -s "$WORK/stranger"
}

# alone: cesteerd knows that strongSwan is gone.
alone()
{
	is false eval "cesteer ce1 show info --json | jq .daemon.ike.connected"
}

# spis: of the SAs of the CE's kernel.
spis()
{
	on ce1 ip xfrm state | grep -o 'spi 0x[0-9a-f]*' | sort
}

# kept: there is no SA that is not of $before.
kept()
{
	local now

	now=$(spis)
	printf '%s\n' "before:" "$before" "now:" "$now"
	[ -n "$now" ] && ! comm -13 <(echo "$before") <(echo "$now") | grep -q .
}

# reload LINE...
reload()
{
	conf "$@"
	kill -HUP "${daemon_pid[ce1]}"
}

t_plan 21
t_need "two sites" sites_up
(umask 077 && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$WORK/psk")
cap_start wire core ce1 || t_bail "no capture"
conf "ipsec: hold"
pe
t_need "BIRD, that would take clear text" bird_start core
t_need "cesteerd, without an IKE daemon" cesteerd_start ce1
t_check "held: there is no IKE daemon" wait_for 30 sessions held
t_need "strongSwan on the CE" ike_start ce1
t_need "strongSwan on the PE" pe_ike
t_check "up as soon as there is one" wait_for 60 established

since=$(born)
t_check "policies flushed: the sessions go on, by new SAs" \
	eval "flushed 10.9.0.0/24 hold && wait_for 30 secured"
before=$(spis)
cesteerd_stop ce1 KILL
cesteerd_start ce1
t_check "cesteerd dies: up again, by the same SAs" \
	eval "wait_for 60 established && kept"
ike_stop ce1 KILL
t_check "strongSwan dies: the sessions go on" eval \
	"wait_for 30 alone && established && kept"
ike_start ce1
t_check "and are there once it is back" wait_for 60 established
t_check "and strongSwan has their SAs" wait_for 60 secured
ike_stop ce1
t_check "strongSwan ends and takes its policies along: held" \
	wait_for 30 sessions held
cap_sync wire
t_check "all the while nothing of ours in clear text" clear_none wire
ike_start ce1
t_check "and up with it" eval "wait_for 120 established && wait_for 60 secured"
since=$(born)
reload "ipsec: hold" "passive: true"
t_check "the PE connects, we wait" eval \
	"wait_for 60 reborn && wait_for 60 established"
since=$(born)
t_check "policies flushed: accepted sessions go on" \
	flushed 10.10.0.0/24 $'hold\n        passive: true'
reload "ipsec: trap"
t_check "on demand: they come up by themselves" wait_for 60 established
cap_sync wire
t_check "nothing of ours in clear text" clear_none wire
cap_stop wire
t_check "ESP on the wire" cap_some wire "esp"
t_check "who connects while there is no policy is refused" stranger
