#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is configured under "ike" gets to strongSwan, and from there to the
# kernel's SAs; what this strongSwan or this kernel does not have is refused,
# with its reason. With strongSwan on both sides.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/two_gateways.sh
. ./two_gateways.sh

# reload LINE...: ce1 with these, under "ike".
reload()
{
	MODE=pre-established gateway_conf ce1 "psk: [{ file: $WORK/psk }]" "$@"
	kill -HUP "${daemon_pid[ce1]}"
}

# states TEXT...: the SAs of ce1's kernel have all of these.
states()
{
	local text

	on ce1 ip -s xfrm state >"$WORK/states"
	for text; do
		grep -q -- "$text" "$WORK/states" && continue
		echo "no \"$text\" in"
		cat "$WORK/states"
		return 1
	done
}

# conns TEXT...: strongSwan's connection has all of these.
conns()
{
	local text

	swan ce1 --list-conns --raw >"$WORK/conns"
	for text; do
		grep -qF -- "$text" "$WORK/conns" && continue
		echo "no \"$text\" in"
		cat "$WORK/conns"
		return 1
	done
}

# said TEXT: how often ce1's strongSwan said so.
said()
{
	grep -c "$1" "$WORK/ce1/ike.log"
}

# more TEXT N: more often than that.
more()
{
	[ "$(said "$1")" -gt "$2" ]
}

# returned: cesteerd is killed and returns: it loads secrets, which nobody can
# compare, and of connections only what differs: at first nothing, and one when
# an option changes.
returned()
{
	local connections secrets

	connections=$(said " vici connection: ")
	secrets=$(said "loaded IKE shared key")
	cesteerd_stop ce1 KILL
	cesteerd_start ce1 &&
		wait_for 20 more "loaded IKE shared key" "$secrets" &&
		reload "${options[@]/77/78}" &&
		wait_for 20 conns dpd_delay=78 &&
		is $((connections + 1)) said " vici connection: "
}

# kept: its SA is one of those that were there before: where both sides had begun
# at once there were two, of which one goes.
kept()
{
	local now

	now=$(sa_ids ce1 child 2>/dev/null)
	[ -n "$now" ] && ! grep -vxF -- "$before" <<<"$now"
}

options=("ike-proposals: aes128gcm16-prfsha256-x25519"
	"esp-proposals: aes256-sha256-x25519-esn"
	"rekey-time: 30m" "rekey-bytes: 1000000000" "ike-rekey-time: 2h"
	"dpd-delay: 77" "fragmentation: force" "nat-traversal: force"
	"copy-dscp: none" "copy-df: false" "replay-window: 128" "setup-rate: 7")

t_plan 12
t_need "two sites" sites_up
MODE=pre-established psk_confs "${options[@]}"
t_need "strongSwan and cesteerd on both" gateways_up ce1 ce2
t_need "up" eval "wait_for 30 ike_state ce1 up && wait_for 30 ike_state ce2 up"
t_check "IKE: addresses, lifetimes, DPD, both families" conns \
	"local_addrs=[192.0.2.1]" "remote_addrs=[198.51.100.1]" "version=IKEv2" \
	"reauth_time=0" "rekey_time=7200" "dpd_delay=77" \
	"unique=UNIQUE_REPLACE" "mode=TUNNEL" "rekey_time=1800" \
	"rekey_bytes=1000000000" "local-ts=[0.0.0.0/0 ::/0]"
t_check "IKE: its proposal" eval \
	"swan ce1 --list-sas --raw | grep -q 'encr-alg=AES_GCM_16 encr-keysize=128 prf-alg=PRF_HMAC_SHA2_256 dh-group=CURVE_25519'"
t_check "ESP: cipher, ESN, window, UDP, DF and DSCP left alone, in the kernel" \
	states "enc cbc(aes)" "hmac(sha256)" "esn" "replay_window 128" \
	"espinudp" "nopmtudisc" "dont-encap-dscp"
t_check "both families pass with all of that" both_reach
before=$(sa_ids ce1 child 2>/dev/null)

t_check "cesteerd returns: only what differs is loaded" returned
t_check "and its SA is the one that it was" kept

# Whoever asks for what is not there hears of it.
reload "per-cpu-sas: true"
t_check "an SA for each CPU: refused by this strongSwan, said so" \
	wait_for 30 ike_why ce1 per_cpu_sas

reload "${options[@]}" "hw-offload: crypto"
wait_for 20 isnt ike_why ce1 per_cpu_sas
swan ce1 --terminate --ike "cesteer-$(gateway ce1)" >/dev/null 2>&1
t_check "offload of cryptography: no SA, as this device has none, said so" \
	wait_for 30 ike_why ce1 "HW offload is not supported"
reload "${options[@]}" "hw-offload: none"
t_check "no offload: up" wait_for 30 ike_state ce1 up
