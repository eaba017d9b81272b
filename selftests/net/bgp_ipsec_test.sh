#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A BGP session between CE and PE that IPsec protects (transport mode): held
# until its SA is up, never in clear text, whoever connects; it outlives both
# daemons' crashes, and ends with the policy that protects it. With BIRD and
# strongSwan on the PE.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh

# conf [LINE...]: the CE's, with these in its neighbor.
conf()
{
	mkdir -p "$WORK/ce1"
	{
		printf '%s\n' "router-id: 192.0.2.1" "as: 65001" \
			"identity: { address: 192.0.2.1 }" \
			"control: { socket: $WORK/ce1/control }" "log: debug" \
			"ike:" "  socket: $WORK/ce1/vici" \
			"  psk: [{ gateway: 192.0.2.2, file: $WORK/psk }]" \
			"vpns:" "  - name: default" \
			"    source-prefixes: [10.1.0.0/24]" \
			"    trusted-subnets: [10.1.0.0/24]" "    neighbors:" \
			"      - address: 192.0.2.2" "        local: 192.0.2.1" \
			"        as: 64500" "        connect-retry: 1"
		[ $# -eq 0 ] || printf '        %s\n' "$@"
	} >"$WORK/ce1/cesteerd.yaml"
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
	protocol bgp ce1 {
		local 192.0.2.2 as 64500;
		neighbor 192.0.2.1 as 65001;
		connect delay time 1;
		connect retry time 1;
		error wait time 1, 2;
		ipv4 { import all; export all; };
	}
	END
	cat >"$WORK/core/swanctl.conf" <<-END
	connections {
		ce1 {
			local_addrs = 192.0.2.2
			remote_addrs = 192.0.2.1
			version = 2
			unique = replace
			local { auth = psk
				id = 192.0.2.2 }
			remote { auth = psk
				id = 192.0.2.1 }
			children {
				bgp {
					mode = transport
					local_ts = 192.0.2.2/32[tcp]
					remote_ts = 192.0.2.1/32[tcp]
					start_action = trap
				}
			}
		}
	}
	secrets {
		ike-ce1 { id = 192.0.2.1
			secret = $(cat "$WORK/psk") }
	}
	END
}

pe_ike()
{
	ike_start core && swan core --load-all --file "$WORK/core/swanctl.conf"
}

# session STATE: what cesteerd says of it.
session()
{
	local is

	is=$(cesteer ce1 show bgp --json | jq -c '.[0] | [.state, .last_error]')
	[ "$(jq -r '.[0] // ""' <<<"$is" | tr '[:upper:]' '[:lower:]')" = "$1" ] && return
	echo "$is"
	return 1
}

# established: and what the PE announces is there.
established()
{
	session established && cesteer ce1 show routes --json |
		jq -e 'any(.[]; .prefix == "10.2.0.0/24" and .action == "protect")'
}

# alone: cesteerd knows that strongSwan is gone.
alone()
{
	is false eval "cesteer ce1 show info --json | jq .daemon.ike.connected"
}

# spis: of the SAs of the CE's kernel.
spis()
{
	on ce1 ip xfrm state | grep -o 'spi 0x[0-9a-f]*' | sort | xargs
}

# reload LINE...
reload()
{
	conf "$@"
	kill -HUP "${daemon_pid[ce1]}"
}

t_plan 14
t_need "two sites" sites_up
(umask 077 && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$WORK/psk")
cap_start wire core ce1 || t_bail "no capture"
conf "ipsec: hold"
pe
t_need "BIRD, that would take clear text" bird_start core
t_need "cesteerd, without an IKE daemon" cesteerd_start ce1
t_check "held: there is no IKE daemon" wait_for 30 session held
t_need "strongSwan on the CE" ike_start ce1
t_need "strongSwan on the PE" pe_ike
t_check "up as soon as there is one" wait_for 60 established

before=$(spis)
cesteerd_stop ce1 KILL
cesteerd_start ce1
t_check "cesteerd dies: up again, by the same SA" \
	eval "wait_for 60 established && is '$before' spis"
ike_stop ce1 KILL
t_check "strongSwan dies: the session goes on" eval \
	"wait_for 30 alone && established && is '$before' spis"
ike_start ce1
t_check "and is there once it is back" wait_for 60 established
cap_sync wire
# A reset is all that a PE gets that connects before.
t_check "all the while nothing of ours in clear text" cap_none wire \
	"src 192.0.2.1 and tcp and tcp[tcpflags] & tcp-rst == 0"
ike_stop ce1
t_check "strongSwan ends and takes its policy along: held" wait_for 30 session held
ike_start ce1
reload "ipsec: hold" "passive: true"
t_check "the PE connects, we wait" wait_for 60 established
cap_stop wire
t_check "ESP on the wire" cap_some wire "esp"
