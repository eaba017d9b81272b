#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Many gateways: each with the key and the mode that are configured for it, its
# group or its VPN; SAs set up no faster than "setup-rate"; and one that no entry
# names any more unloaded after its grace time. With strongSwan on both sides:
# ce2's answers for all of the gateways, 203.0.113.1 and up, and 198.51.100.1.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/two_gateways.sh
. ./two_gateways.sh

PACED=$(seq 101 112) # gateways that are new at once
GRACE=10 # seconds

# address N: of a gateway; 0 is ce2 itself.
address()
{
	[ "$1" = 0 ] && echo 198.51.100.1 || echo "203.0.113.$1"
}

# entries N...: one for each gateway.
entries()
{
	local n

	echo "    source-prefixes: [10.1.0.0/24]"
	echo "    static:"
	for n; do
		echo "      - { prefix: 10.2.$n.0/24, action: protect, gateways: [$(address "$n")] }"
	done
}

# conf MODE N...: ce1's configuration. MODE is the default, which VPN "plain" and
# its gateway 4 have; VPN "eager", with gateways N, differs, and in it gateway 3
# and the group of 65.
conf()
{
	mkdir -p "$WORK/ce1"
	cat >"$WORK/ce1/cesteerd.yaml" <<-END
	identity: { address: 192.0.2.1 }
	control: { socket: $WORK/ce1/control }
	log: debug
	mode: $1
	timers: { idle: $GRACE }
	gateways:
	  - { address: $(address 3), mode: on-demand }
	  - { address: 203.0.113.64/28, mode: on-demand }
	vpns:
	  - name: plain
	    table: 10
	$(entries 4)
	  - name: eager
	    mode: pre-established
	$(entries "${@:2}")
	ike:
	  socket: $WORK/ce1/vici
	  setup-rate: 1
	  psk:
	    - { gateway: $(address 1), file: $WORK/psk-own }
	    - { gateways: [203.0.113.0/24], file: $WORK/psk-group }
	    - { file: $WORK/psk-all }
	END
}

# reload MODE N...: and it is in force.
reload()
{
	local n

	n=$(grep -c 'configuration reloaded' "$WORK/ce1/cesteerd.log")
	conf "$@" && kill -HUP "${daemon_pid[ce1]}" && wait_for 20 reloaded "$n"
}

# reloaded N: more often than that.
reloaded()
{
	[ "$(grep -c 'configuration reloaded' "$WORK/ce1/cesteerd.log")" -gt "$1" ]
}

# ids N...: the owners of a secret, as strongSwan has them.
ids()
{
	local n

	for n; do
		echo "id-$n = $(address "$n")"
	done
}

# ce2_answers: as any of them, each with its own key.
ce2_answers()
{
	local n

	for n in 1 2 3 4 65 $PACED; do
		echo "addr add $(address "$n")/32 dev lo"
	done | ip_on ce2 || return
	echo "route add 203.0.113.0/24 via 198.51.100.1" | ip_on core || return
	for n in own group all; do
		secret "$WORK/psk-$n"
	done
	ike_start ce2 || return
	# shellcheck disable=SC2086
	cat >"$WORK/ce2/swanctl.conf" <<-END
	connections {
		any {
			version = 2
			local { auth = psk }
			remote {
				auth = psk
				id = 192.0.2.1
			}
			children {
				any {
					local_ts = 0.0.0.0/0,::/0
					remote_ts = 0.0.0.0/0,::/0
					policies = no
				}
			}
		}
	}
	secrets {
		ike-own {
			$(ids 1)
			secret = "$(<"$WORK/psk-own")"
		}
		ike-group {
			$(ids 2 3 4 65 $PACED)
			secret = "$(<"$WORK/psk-group")"
		}
		ike-all {
			$(ids 0)
			secret = "$(<"$WORK/psk-all")"
		}
	}
	END
	swan ce2 --load-creds --file "$WORK/ce2/swanctl.conf" &&
		swan ce2 --load-conns --file "$WORK/ce2/swanctl.conf"
}

# state N WORD: of that gateway.
state()
{
	is "$2" eval "cesteer ce1 show gateways --json | jq -r \
		'.[] | select(.address == \"$(address "$1")\") | .ike.state'"
}

# states WORD N...: of each of them.
states()
{
	local n

	for n in "${@:2}"; do
		state "$n" "$1" || return
	done
}

# up_by_traffic N: its SA comes when a packet calls for it, and not before.
up_by_traffic()
{
	state "$1" waiting || return
	ping_ok host1 "10.2.$1.2" >/dev/null
	wait_for 15 state "$1" up
}

# now: hundredths of a second.
now()
{
	local up

	read -r up _ </proc/uptime
	echo "$((10#${up/./}))"
}

# begun: how many of the gateways that are new an SA was begun with.
begun()
{
	grep -c "initiating IKE_SA cesteer-203.0.113.1[01]" "$WORK/ce1/ike.log"
}

# paced: all of them are, and at no time more than one, and one a second.
paced()
{
	local n=0 from total

	total=$(wc -w <<<"$PACED")
	from=$(now)
	# shellcheck disable=SC2086
	reload pre-established 0 1 2 3 65 $PACED || return
	while [ "$n" -lt "$total" ]; do
		n=$(begun)
		[ $((n * 100)) -le $((101 + $(now) - from)) ] || {
			echo "$n after $(($(now) - from)) hundredths of a second"
			return 1
		}
		[ $(($(now) - from)) -lt 12000 ] || {
			echo "only $n"
			return 1
		}
		sleep 0.1
	done
}

# secrets: the names of those that ce1's strongSwan has. Its answer may come in
# any number of pieces.
secrets()
{
	python3 - "$WORK/ce1/vici" <<-'END' | grep -ao 'cesteer-[0-9.]*'
	import socket, sys
	s = socket.socket(socket.AF_UNIX)
	s.connect(sys.argv[1])
	s.sendall(b"\0\0\0\x0c\0\x0aget-shared")
	f = s.makefile("rb")
	sys.stdout.buffer.write(f.read(int.from_bytes(f.read(4), "big")))
	END
}

# holds N: ce1's strongSwan has a secret of its own for it, its connection and an
# SA with it, and ce2's has the SA.
holds()
{
	local name address

	address=$(address "$1")
	name=cesteer-$address
	secrets >"$WORK/secrets"
	swan ce1 --list-conns --raw >"$WORK/conns"
	swan ce1 --list-sas --raw >"$WORK/sas1"
	swan ce2 --list-sas --raw >"$WORK/sas2"
	echo "$(grep -cxF "$name" "$WORK/secrets")" \
		"$(grep -cF "{$name {" "$WORK/conns")" \
		"$(grep -cF "{$name {" "$WORK/sas1")" \
		"$(grep -cF "local-host=$address " "$WORK/sas2")"
}

# spi N: of the only SA with that gateway.
spi()
{
	swan ce1 --list-sas --raw --ike "cesteer-$(address "$1")" \
		2>/dev/null | grep -o 'spi-in=[0-9a-f]*'
}

# unloaded_late: gateway 1, which no entry names any more, keeps all it has for
# its grace time, and nothing is left then; 2 is named again before that.
unloaded_late()
{
	local from

	is "1 1 1 1" holds 1 && is "0 1 1 1" holds 2 || return
	from=$(now)
	reload pre-established 0 3 65 && reload pre-established 0 2 3 65 &&
		wait_for 60 isnt is "1 1 1 1" holds 1 || return
	[ $(($(now) - from)) -ge $((GRACE * 100)) ] || {
		echo "after $(($(now) - from)) hundredths of a second:"
		holds 1
		return 1
	}
	wait_for 20 is "0 0 0 0" holds 1
}

t_plan 16
t_need "two sites" sites_up
t_need "ce2 answers for all gateways" ce2_answers
conf on-demand 0 1 2 3 65
t_need "strongSwan and cesteerd on ce1" gateways_up ce1
t_check "pre-established by VPN, with the key for all others" \
	wait_for 30 state 0 up
t_check "with a key of its own, though its group has one" \
	wait_for 30 state 1 up
t_check "with its group's key" wait_for 30 state 2 up
t_check "the others wait: by gateway, by group, by default" \
	states waiting 3 65 4
t_check "until there is traffic" up_by_traffic 3
t_check "SAs are set up one a second, as configured" paced
# shellcheck disable=SC2086
t_check "all of them" wait_for 30 states up $PACED
t_check "the default is another: that is for whom nothing else counts" eval \
	"wait_for 30 state 4 up && state 65 waiting"
before=$(spi 2)
t_check "no entry names a gateway: unloaded when its grace time is over" \
	unloaded_late
t_check "one that is named again in time stays, and so does its SA" eval \
	"[ -n '$before' ] && is '$before' spi 2"
t_check "those that were unloaded with it are gone as well" \
	wait_for 30 is "0 0 0 0" holds 112
t_check "the group's secret is still there for who needs it" up_by_traffic 65
cesteer ce1 show gateways --json >"$WORK/ce1/shown.log"
t_check "no key is in a log or shown" lacks \
	"$(cat "$WORK"/psk-* | fold -w 48)" "$WORK"/ce1/*.log
