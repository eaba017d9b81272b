# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The customer's side of figures 1 to 4, to be sourced after l3vpn.sh: what each
# CE and host 160-Z announce, protect and share keys for, and bringing their
# strongSwan and cesteerd up.

# psk A B: the file of the key that two gateways share, made when absent; only
# these two ever have it.
psk()
{
	local file=$WORK/psk/$1-$2

	[[ $1 < $2 ]] || file=$WORK/psk/$2-$1
	if [ ! -e "$file" ]; then
		mkdir -p "$WORK/psk"
		od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$file"
		chmod 600 "$file"
	fi
	echo "$file"
}

# site_conf NAME SOURCES TRUSTED KEYS [STATIC]: write cesteerd's configuration.
# SOURCES is a YAML list, TRUSTED and STATIC are YAML items, one a line; KEYS
# are words NAME=ADDRESS of the gateways that a key is shared with.
site_conf()
{
	local name=$1 sources=$2 trusted=$3 keys=$4 static=${5:-}
	local dir=$WORK/$1 n=${1#ce} address key

	mkdir -p "$dir"
	case $name in
	ce*) address=192.0.2.$n ;;
	*) address=$(host_addr "$name") ;;
	esac
	{
		echo "identity: { address: $address }"
		case $name in
		ce*) printf '%s\n' "router-id: $address" "as: 6500$n" ;;
		esac
		printf '%s\n' "mode: ${MODE:-on-demand}" "vpns:" \
			"  - name: default" "    source-prefixes: $sources"
		[ -z "$trusted" ] || printf '%s\n' "    trusted-subnets:" \
			"$trusted"
		[ -z "$static" ] || printf '%s\n' "    static:" "$static"
		case $name in
		ce*)
			printf '%s\n' "    neighbors:" \
				"      - address: 172.16.$n.1" \
				"        as: 64500" \
				"        connect-retry: 1" \
				"        next-hop6: '2001:db8:ff:$n::2'"
			;;
		esac
		printf '%s\n' "ike:" "  socket: $dir/vici" "  psk:"
		for key in $keys; do
			printf '    - { gateway: "%s", file: %s }\n' \
				"${key#*=}" "$(psk "$name" "${key%=*}")"
		done
		printf '%s\n' "control: { socket: $dir/control }" "log: debug"
	} >"$dir/cesteerd.yaml"
}

# items PREFIX...: YAML items with the site's own identity; PREFIX=GATEWAY names
# another one, PREFIX= none.
items()
{
	local item

	for item; do
		case $item in
		*=) echo "      - { prefix: '${item%=}', identity: false }" ;;
		*=*) echo "      - { prefix: '${item%%=*}', gateway: '${item#*=}' }" ;;
		*) echo "      - '$item'" ;;
		esac
	done
}

# figure3_confs: CE 140-1 protects hosts 160-1 and 160-2 and leaves the rest of
# network 150-1 alone; it announces host 160-Z, which ends its own tunnel. CE
# 140-2 protects all of network 150-2, CE 140-5 all of 150-5 but not 150-6.
figure3_confs()
{
	site_conf ce1 "[10.1.0.1/32, 10.1.0.2/32, '2001:db8:1::1/128', '2001:db8:1::2/128']" \
		"$(items 10.1.0.1/32 10.1.0.2/32 10.1.0.26/32=10.1.0.26 \
			10.1.0.0/24= 192.0.2.1/32= \
			2001:db8:1::1/128 2001:db8:1::2/128 2001:db8:1::/64=)" \
		"ce2=192.0.2.2 ce5=192.0.2.5"
	site_conf ce2 "[10.2.0.0/24, '2001:db8:2::/64']" \
		"$(items 10.2.0.0/24 2001:db8:2::/64 192.0.2.2/32=)" \
		"ce1=192.0.2.1 ce5=192.0.2.5"
	site_conf ce5 "[10.5.0.0/24, '2001:db8:5::/64']" \
		"$(items 10.5.0.0/24 2001:db8:5::/64 192.0.2.5/32= 10.6.0.0/24= \
			2001:db8:6::/64=)" \
		"ce1=192.0.2.1 ce2=192.0.2.2 160-z=10.1.0.26"
	# The host has no BGP of its own; that its traffic to 150-5 is protected
	# is its own decision.
	site_conf 160-z "[10.1.0.26/32]" "" "ce5=192.0.2.5" \
		"      - { prefix: 10.5.0.0/24, action: protect, gateways: [192.0.2.5] }"
}

# sites_up NAME...: strongSwan and cesteerd, with what site_conf wrote.
sites_up()
{
	local name

	cesteer_load || return
	for name; do
		ike_start "$name" && cesteerd_start "$name" || return
	done
}

# routes NAME: its kernel's table, one "PREFIX ACTION GATEWAY..." a line.
routes()
{
	cesteer "$1" show routes --json |
		jq -r '.[] | [.prefix, .action] + .gateways | join(" ")'
}

# has_routes NAME LINE...: each of these is in the table.
has_routes()
{
	local name=$1 table line

	shift
	table=$(routes "$name") || return
	for line; do
		grep -qxF "$line" <<<"$table" || {
			printf '%s\n' "no \"$line\" in" "$table"
			return 1
		}
	done
}

# counter NAME REASON: packets that got their verdict for that reason.
counter()
{
	cesteer "$1" show counters --json |
		jq --arg reason "$2" \
			'[.[] | select(.reason == $reason) | .packets] | add // 0'
}

# ready NAME GATEWAY: its IKE daemon has the connection to a gateway.
ready()
{
	local state

	state=$(cesteer "$1" show gateways --json | jq -r --arg address "$2" \
		'.[] | select(.address == $address) | .ike.state')
	case $state in
	waiting | up) ;;
	*)
		echo "$1: gateway $2 is ${state:-unknown}"
		return 1
		;;
	esac
}

# figure3_ready: everybody has learned what figure 3 needs, and could act on it.
figure3_ready()
{
	has_routes ce5 "10.1.0.1/32 protect 192.0.2.1" \
		"10.1.0.2/32 protect 192.0.2.1" \
		"10.1.0.26/32 protect 10.1.0.26" \
		"10.2.0.0/24 protect 192.0.2.2" &&
		has_routes ce1 "10.5.0.0/24 protect 192.0.2.5" &&
		has_routes ce2 "10.5.0.0/24 protect 192.0.2.5" &&
		has_routes 160-z "10.5.0.0/24 protect 192.0.2.5" &&
		ready ce5 192.0.2.1 && ready ce5 192.0.2.2 &&
		ready ce5 10.1.0.26 && ready ce1 192.0.2.5 &&
		ready ce2 192.0.2.5 && ready 160-z 192.0.2.5
}
