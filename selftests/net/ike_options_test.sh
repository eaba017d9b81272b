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

options=("ike-proposals: aes128gcm16-prfsha256-x25519"
	"esp-proposals: aes256-sha256-x25519-esn"
	"rekey-time: 30m" "rekey-bytes: 1000000000" "ike-rekey-time: 2h"
	"dpd-delay: 77" "fragmentation: force" "nat-traversal: force"
	"copy-dscp: none" "copy-df: false" "replay-window: 128" "setup-rate: 7")

t_plan 9
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

# Whoever asks for what is not there hears of it.
reload "per-cpu-sas: true"
t_check "an SA for each CPU: refused by this strongSwan, said so" \
	wait_for 30 ike_why ce1 per_cpu_sas
reload "hw-offload: packet"
t_check "offload of all of ESP: refused by this strongSwan, said so" \
	wait_for 30 ike_why ce1 hw_offload
