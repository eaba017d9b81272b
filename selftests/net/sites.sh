# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What makes a namespace a site's gateway, to be sourced after lib.sh: its keys,
# cesteerd's configuration, and what both daemons say of themselves.

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

# site_conf NAME ADDRESSES KEYS: write cesteerd's configuration; what it says
# beyond identity, keys and sockets comes from stdin. ADDRESSES are words; KEYS
# are words NAME=ADDRESS of the gateways that a key is shared with. MODE and
# IKE, a line of its own keys, come from the environment.
site_conf()
{
	local name=$1 addresses=$2 keys=$3 dir=$WORK/$1 address key

	mkdir -p "$dir"
	{
		echo "identity:"
		for address in $addresses; do
			case $address in
			*:*) echo "  address6: \"$address\"" ;;
			*) echo "  address: $address" ;;
			esac
		done
		printf '%s\n' "mode: ${MODE:-on-demand}" "ike:" \
			"  socket: $dir/vici" ${IKE:+"  $IKE"} "  psk:"
		for key in $keys; do
			printf '    - { gateway: "%s", file: %s }\n' \
				"${key#*=}" "$(psk "$name" "${key%%=*}")"
		done
		printf '%s\n' "control: { socket: $dir/control }" "log: debug"
		cat
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
	table=$(routes "$name") || return 2
	for line; do
		grep -qxF "$line" <<<"$table" || {
			printf '%s\n' "no \"$line\" in" "$table"
			return 1
		}
	done
}

# known NAME PREFIX: what the daemon knows of a prefix, installed or not.
known()
{
	printf '{"command": "show", "what": "routes", "args": {"prefix": "%s"}}\n' \
		"$2" | nc -U -W 1 "$WORK/$1/control" | jq '.result.routes[0]'
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
