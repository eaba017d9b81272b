#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two sites without any IKE daemon: SAs whose keys are configured (manual
# keying). What is there stays when cesteerd restarts, a reload changes only what
# differs, what somebody else removed is put back, and it goes with its gateway.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/two_gateways.sh
. ./two_gateways.sh

# conf CE [ALGORITHM]: the other CE's SAs; WIDE is a second gateway of ce1's.
conf()
{
	local ce=$1 algorithm=${2:-aes256-sha256} in=a out=b spi="0x1001 0x1002"

	if [ "$ce" = ce2 ]; then
		in=b
		out=a
		spi="0x1002 0x1001"
	fi
	TOP="timers: { idle: 1, settle: 1 }
gateways:
  - address: $(gateway "$ce")
    manual: { algorithm: $algorithm, spi-in: ${spi% *}, spi-out: ${spi#* },
              key-in: $WORK/$in.key, key-out: $WORK/$out.key }
${WIDE:-}" gateway_conf "$ce"
}

# state CE: the SPIs of the kernel's SAs with CE, and when each was added.
state()
{
	on "$1" ip -s xfrm state | awk '$2 == "esp" { split($4, spi, "(") }
		$1 == "add" && spi[1] ~ /0x0000100/ { print spi[1], $2, $3 }' | sort
}

# sas CE N: so many SAs in its kernel.
sas()
{
	is "$2" eval "on $1 ip xfrm state | matches '^src'"
}

shown()
{
	cesteer ce1 show sas --json >"$WORK/sas" || return
	jq -e '.[0] | .gateway == "198.51.100.1" and .state == "manual" and
		."spi-in" == "0x00001001" and ."spi-out" == "0x00001002" and
		.cipher == "aes256-sha256" and ."bytes-in" > 0 and
		."bytes-out" > 0' "$WORK/sas" && return
	cat "$WORK/sas"
	return 1
}

restart()
{
	cesteerd_stop ce1 && cesteerd_start ce1 && wait_for 30 ike_state ce1 up &&
		wait_for 30 eval "[ \"\$(cesteer ce1 show info --json | jq .daemon.settled)\" = true ]"
}

# keeps COMMAND...: it touches no SA of ce1's, and no packet is lost meanwhile.
keeps()
{
	local before lost

	before=$(state ce1)
	[ "$(wc -l <<<"$before")" -eq 2 ] || return
	flow_start keeps host1 10.2.0.2 fd02::2
	"$@" || return
	flow_stop keeps
	is "$before" state ce1 && read -r _ lost _ <<<"$(flow_said keeps)" &&
		[ "$lost" = 0 ] && return
	flow_said keeps
	return 1
}

reload()
{
	kill -HUP "${daemon_pid[$1]}"
}

# rekeyed CE: its SAs are of the longer algorithm.
rekeyed()
{
	[ "$(on "$1" ip xfrm state | grep -c 'hmac(sha512)')" = 2 ]
}

t_plan 17
t_need "two sites" sites_up
secret "$WORK/a.key" "$(od -An -N64 -tx1 /dev/urandom)"
secret "$WORK/b.key" "$(od -An -N64 -tx1 /dev/urandom)"
conf ce1
conf ce2
echo_start host2
cap_start wire core ce1 || t_bail "no capture"
t_need "cesteerd on both, no IKE daemon" eval "cesteerd_start ce1 && cesteerd_start ce2"
t_check "up at once" eval "wait_for 30 ike_state ce1 up && wait_for 30 ike_state ce2 up"
t_check "both families, both ways" both_reach
t_check "shown, with what they carried" wait_for 30 shown
t_check "a restart touches no SA and loses no packet" keeps restart
t_check "no eight octets of a key are logged or shown" lacks \
	"$(cat "$WORK/a.key" "$WORK/b.key" | tr -d ' \n' | fold -w 16)" \
	"$WORK/ce1/cesteerd.log" "$WORK/ce2/cesteerd.log" "$WORK/sas"

on ce1 ip xfrm state flush
on ce1 ip xfrm policy flush
t_check "what somebody flushed is put back" wait_for 40 ping_ok host1 10.2.0.2
t_check "without policies nothing left in clear text" \
	eval "cap_sync wire && cap_none wire '$CLEAR'"

WIDE="  - address: 198.51.100.9
    manual: { algorithm: aes128-sha256, spi-in: 0x2001, spi-out: 0x2002,
              key-in: $WORK/c.key, key-out: $WORK/d.key }"
secret "$WORK/c.key" "$(od -An -N48 -tx1 /dev/urandom)"
secret "$WORK/d.key" "$(od -An -N48 -tx1 /dev/urandom)"
conf ce1
sed -i '/    static:/a \      - { prefix: 10.9.0.0/24, action: protect, gateways: [198.51.100.9] }' \
	"$WORK/ce1/cesteerd.yaml"
before=$(state ce1)
reload ce1
t_check "a reload adds a gateway's" wait_for 30 sas ce1 4
t_check "and leaves the others'" is "$before" state ce1
WIDE=
conf ce1
reload ce1
t_check "a gateway that goes takes its SAs along" wait_for 40 sas ce1 2

secret "$WORK/a.key" "$(od -An -N96 -tx1 /dev/urandom)"
secret "$WORK/b.key" "$(od -An -N96 -tx1 /dev/urandom)"
for ce in ce1 ce2; do
	conf $ce aes256-sha512
	reload $ce
done
t_check "new keys and algorithm" eval "wait_for 30 rekeyed ce1 && wait_for 30 rekeyed ce2"
t_check "and traffic with them" both_reach
cap_stop wire
t_check "ESP on the wire" cap_some wire "esp"
t_check "nothing in clear text" cap_none wire "$CLEAR"
cesteerd_stop ce1
spawn "$WORK/flush.log" nsenter --net="/run/netns/$TAG-ce1" "$BUILD/cesteerd" \
	-c "$WORK/ce1/cesteerd.yaml" --flush-on-exit
daemon_pid[ce1]=$spawned
wait_for 30 test -S "$WORK/ce1/control"
wait_for 30 ike_state ce1 up
cesteerd_stop ce1
t_check "--flush-on-exit removes them" sas ce1 0
