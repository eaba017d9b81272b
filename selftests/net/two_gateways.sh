# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The two sites of two_sites.sh with a real strongSwan and cesteerd on each CE,
# without any BGP: each knows of the other's subnets by a static entry. To be
# sourced after two_sites.sh.

# Outer addresses, by site and family.
declare -A ADDRESS=([ce1.4]=192.0.2.1 [ce2.4]=198.51.100.1
	[ce1.6]=fd0a::1 [ce2.6]=fd0b::1)
declare -A INNER=([ce1]="10.1.0.0/24, 'fd01::/64'" [ce2]="10.2.0.0/24, 'fd02::/64'")

other()
{
	case $1 in
	ce1) echo ce2 ;;
	*) echo ce1 ;;
	esac
}

# own CE, gateway CE: its own outer address, and the other's. OUTER=6 has them
# of IPv6.
own()
{
	echo "${ADDRESS[$1.${OUTER:-4}]}"
}

gateway()
{
	own "$(other "$1")"
}

# gateway_conf CE LINE...: write its configuration; the lines are YAML under
# "ike". MODE and TOP (lines at the top) come from the environment.
gateway_conf()
{
	local ce=$1 dir=$WORK/$1 peer subnet key=address

	peer=$(gateway "$ce")
	shift
	mkdir -p "$dir"
	[ "${OUTER:-4}" = 4 ] || key=address6
	{
		printf '%s\n' "identity: { $key: '$(own "$ce")' }" \
			"mode: ${MODE:-on-demand}" \
			"control: { socket: $dir/control }" "log: debug" \
			"${TOP:-}" "vpns:" "  - name: default" \
			"    source-prefixes: [${INNER[$ce]}]"
		! has_fast_way || echo "    fast-devices: [lan]"
		echo "    static:"
		for subnet in ${INNER[$(other "$ce")]//,/}; do
			echo "      - { prefix: $subnet, action: protect, gateways: ['$peer'] }"
		done
		printf '%s\n' "ike:" "  socket: $dir/vici"
		[ $# -eq 0 ] || printf '  %s\n' "$@"
	} >"$dir/cesteerd.yaml"
}

# secret FILE [TEXT]: a secret's file; by itself a random one.
secret()
{
	local text=${2:-$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')}

	(umask 077 && printf '%s' "$text" >"$1")
}

# psk_confs [LINE...]: both CEs, with one key for each other.
psk_confs()
{
	[ -e "$WORK/psk" ] || secret "$WORK/psk"
	gateway_conf ce1 "psk: [{ file: $WORK/psk }]" "$@" &&
		gateway_conf ce2 "psk: [{ file: $WORK/psk }]" "$@"
}

# gateways_up CE...: strongSwan and cesteerd.
gateways_up()
{
	local ce

	for ce; do
		ike_start "$ce" && cesteerd_start "$ce" || return
	done
}

# gateways_down: both ended, with everything they set.
gateways_down()
{
	local ce

	for ce in ce1 ce2; do
		[ -z "${daemon_pid[$ce]:-}" ] || cesteerd_stop "$ce"
		[ -z "${ike_pid[$ce]:-}" ] || ike_stop "$ce"
		table "$ce" flush >/dev/null 2>&1
	done
	return 0
}

# ike_json CE: what the daemon says about its only gateway's IKE.
ike_json()
{
	cesteer "$1" show gateways --json | jq -c '.[0].ike'
}

# ike_state CE WORD...: the state is one of these.
ike_state()
{
	local ce=$1 is word

	shift
	is=$(ike_json "$ce")
	for word; do
		[ "$(jq -r .state <<<"$is")" != "$word" ] || return 0
	done
	echo "$is"
	return 1
}

# ike_why CE TEXT: the reason of a failure has that text in it.
ike_why()
{
	local is

	is=$(ike_json "$1")
	[[ "$(jq -r '.why // ""' <<<"$is")" == *"$2"* ]] && return
	echo "$is"
	return 1
}

# ike_sas CE: its IKE SAs, one "STATE CHILDREN" a line.
ike_sas()
{
	swan "$1" --list-sas --raw >"$WORK/sas" || return
	grep -o 'cesteer-[^ ]* {uniqueid=[0-9]* version=2 state=[A-Z]*' \
		"$WORK/sas" | sed 's/.*state=//'
}

# sa_ids CE KIND: of its IKE SAs or child SAs, one a line.
sa_ids()
{
	swan "$1" --list-sas --raw >"$WORK/sas"
	case $2 in
	child) grep -o 'spi-in=[0-9a-f]*' "$WORK/sas" ;;
	ike) grep -o 'initiator-spi=[0-9a-f]*' "$WORK/sas" ;;
	esac
}

# joined CE KIND IDS: there is another such SA than those.
joined()
{
	sa_ids "$1" "$2" | grep -qvxF "$3"
}

# rekeyed CE KIND: that SA gives way to a new one.
rekeyed()
{
	local before

	before=$(sa_ids "$1" "$2")
	swan "$1" --rekey "--$2" "cesteer-$(gateway "$1")" || return
	wait_for 30 joined "$1" "$2" "$before"
}

# both_reach: hosts of both sites, IPv4 and IPv6; a first packet may be lost.
both_reach()
{
	ping_ok host1 10.2.0.2 && ping_ok host1 fd02::2 &&
		ping_ok host2 10.1.0.2 && ping_ok host2 fd01::2
}
