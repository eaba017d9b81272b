#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The packet path's bench, in a guest: CEs that do the same in different ways,
# each in a namespace of its own, get the same packets in turn (path_run.c).
#
#   path_send --> lan [CE] wan --> nowhere
#
#   plain, -miss	routes, and no more; the same packets as the others' -miss
#   stock, stock-tuned	an SPD entry a subnet: XFRM as it is, and with the
#			thresholds of its hash lowered (hthresh)
#   stock-miss		packets to no subnet
#   nft			an interval map from subnet to mark, an SPD entry a mark
#   cesteer, -miss	this module; packets that match, and to no subnet
#   cesteer-fast	this module, by the fast way
#   cesteer-empty	this module, a VPN without entries
#   nft-empty		plain, with an empty chain of nftables at each of the three
#			hooks that a forwarded packet meets: what hooks cost
#   nft-flowtable	plain, by nftables' flow table; a flow's first packets go
#			the normal way
#
# On the way in, packets come from another CE, by ESP; there stock is as
# stock-tuned is above. Like an IKE daemon's, SPDs have entries for both ways. What takes longer than
# LOAD seconds to set up is left out. Words, which select what is run:
#
#   FAMILIES CIPHERS SUBNETS SOURCES SIZES FLOWS ROUNDS COUNT GATEWAYS LOAD WAYS
#   ONLY (contenders, by name: "plain cesteer"; all of them unless given)
#   PARAMS (the module's: "skip_empty_hooks=0")
set -euo pipefail

: "${FAMILIES:=4 6}" "${CIPHERS:=null}" "${SUBNETS:=1 1000 10000}" "${SOURCES:=1}"
: "${SIZES:=64}" "${FLOWS:=65536}" "${ROUNDS:=101}" "${COUNT:=2000}"
: "${GATEWAYS:=2}" "${LOAD:=300}" "${WAYS:=out in}" "${ONLY:=}"
: "${PARAMS:=}"

build=${B:-/build}/uml/release
cesteer=${B:-/build}/cesteer
local=192.0.2.1

# ---- what a case is made of --------------------------------------------------

# subnets TEMPLATE: one line a subnet, N of them; in the template, %p is the
# subnet, %s the source, %g the number of its gateway.
subnets()
{
	awk -v n="$n" -v g="$gateways" -v v="$family" -v template="$1" '
	function word(kind, i) {
		return kind == "p" ? p : kind == "s" ? s : 1 + i % g
	}
	BEGIN {
		s = v == 4 ? "10.0.0.0/24" : "fd00::/64"
		# gsub() takes mawk 200 us a line.
		m = split(template, rest, "%")
		for (j = 2; j <= m; j++) {
			kind[j] = substr(rest[j], 1, 1)
			rest[j] = substr(rest[j], 2)
		}
		for (i = 0; i < n; i++) {
			# All over the place, as scatter() of path_frames.c has it.
			if (v == 4) {
				k = i * 648053 % 1048576
				p = sprintf("%d.%d.%d.0/24", 16 + int(k / 65536),
					int(k / 256) % 256, k % 256)
			} else {
				k = i * 2654435761 % 4294967296
				p = sprintf("2001:db8:%x:%x::/64",
					int(k / 65536), k % 65536)
			}
			line = rest[1]
			for (j = 2; j <= m; j++)
				line = line word(kind[j], i) rest[j]
			print line
		}
	}'
}

sources()
{
	awk -v n="$sources" -v v="$family" 'BEGIN {
		for (i = 0; i < n; i++)
			if (v == 4)
				printf("10.%d.%d.0/24\n", i / 256, i % 256)
			else
				printf("fd00:0:%x:%x::/64\n", i / 65536, i % 65536)
	}'
}

# inside CE COMMAND...
inside()
{
	local ce=$1

	shift
	ip netns exec "$ce" "$@"
}

# ip_in CE: commands of ip, on standard input; some thousands a process, as ip
# keeps a little of each.
ip_in()
{
	timeout "$LOAD" split -l 10000 --filter="ip -n $1 -batch -"
}

# sas CE [MARK]: one a gateway, to it or, for the way in, from it. MARK: "if_id".
sas()
{
	local g key algorithm ends

	case $cipher in
	null) algorithm='auth digest_null "" enc cipher_null ""' ;;
	gcm)
		key=0x000102030405060708090a0b0c0d0e0f10111213
		algorithm="aead rfc4106(gcm(aes)) $key 128"
		;;
	esac
	for ((g = 1; g <= gateways; g++)); do
		ends="src $local dst 198.51.100.$g"
		[ "$way" = out ] || ends="src 198.51.100.$g dst $local"
		echo "xfrm state add $ends proto esp spi $((0x100 + g))" \
			"reqid $g mode tunnel flag af-unspec $algorithm" \
			"${2:+$2 $g}"
	done | ip_in "$1"
}

# policies_any CE MARK: everything, an entry a gateway, told apart by "if_id" or
# "mark". The way back has marks of its own: what is to be encrypted is not held
# against them.
policies_any()
{
	local g any=0.0.0.0/0 back=0

	[ "$2" = if_id ] || back=4096

	[ "$family" = 4 ] || any=::/0
	for ((g = 1; g <= gateways; g++)); do
		echo "xfrm policy add src $any dst $any dir out $2 $g tmpl" \
			"src $local dst 198.51.100.$g proto esp reqid $g mode tunnel"
		echo "xfrm policy add src $any dst $any dir fwd $2 $((back + g)) tmpl" \
			"src 198.51.100.$g dst $local proto esp reqid $g mode tunnel"
	done | ip_in "$1"
}

# policies_each CE: an entry a subnet.
policies_each()
{
	{
		subnets "xfrm policy add src %s dst %p dir out tmpl src $local dst 198.51.100.%g proto esp reqid %g mode tunnel"
		subnets "xfrm policy add src %p dst %s dir fwd tmpl src 198.51.100.%g dst $local proto esp reqid %g mode tunnel"
	} | ip_in "$1"
}

# routes CE VIA: subnets on standard input, a few thousand a command.
routes()
{
	# shellcheck disable=SC2016
	inside "$1" xargs -r -n 4000 sh -c \
		'via=$1; shift; exec "$0" route add "$@" protect via "$via"' \
		"$cesteer" "$2"
}

# table CE VIA...: this module's table; subnet i is protected via the word that
# is i modulo their number.
table()
{
	local ce=$1 via g i=0

	shift
	inside "$ce" "$cesteer" vpn add 0 || return
	for ((g = 1; g <= 2 || g <= gateways; g++)); do
		inside "$ce" "$cesteer" gateway add $g 198.51.100.$g if-id $g ||
			return
	done
	sources | inside "$ce" xargs -n 4000 "$cesteer" source add || return
	for via; do
		i=$((i + 1))
		gateways=$# subnets "%g %p" | sed -n "s/^$i //p" |
			routes "$ce" "$via" || return
	done
}

# map CE: the subnets' marks by nftables, in the hook before routing, which
# looks the SPD up.
map()
{
	local type=ipv4_addr ip=ip

	[ "$family" = 4 ] || type=ipv6_addr ip=ip6
	{
		echo "table inet bench {"
		echo "set sources { type $type; flags interval; elements = {"
		sources | paste -sd ,
		echo "} }"
		echo "map subnets { type $type : mark; flags interval; elements = {"
		subnets "%p : %g" | paste -sd ,
		echo "} }"
		echo "chain before { type filter hook prerouting priority mangle;"
		echo "$ip saddr @sources meta mark set $ip daddr map @subnets"
		echo "}"
		echo "}"
	} | inside "$1" timeout "$LOAD" nft -f -
}

# ---- CEs -----------------------------------------------------------------

drawn=()

# ce NAME ADDRESS: devices and routes; what leaves by a dummy is forgotten.
ce()
{
	ip netns add "$1"
	drawn+=("$1")
	inside "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.conf.{all,default}.rp_filter=0 \
		net.ipv6.conf.default.addr_gen_mode=1
	# Where the host is busy, RCU frees what stock makes for each packet late.
	inside "$1" sysctl -qw net.ipv4.xfrm4_gc_thresh=1048576 \
		net.ipv6.xfrm6_gc_thresh=1048576
	ip_in "$1" <<-END
	link set lo up
	link add lan type dummy
	link set lan address 02:00:00:00:00:01 multicast off up
	link add wan type dummy
	link set wan address 02:00:00:00:00:01 multicast off up
	addr add $2/32 dev wan
	route add 0.0.0.0/0 via 192.0.2.254 dev wan onlink
	route add ::/0 via fd01::1 dev wan onlink
	route add 10.0.0.0/8 via 10.255.255.254 dev lan onlink
	route add fd00::/16 via fd02::1 dev lan onlink
	END
}

erase()
{
	local name

	for name in "${drawn[@]}"; do
		ip netns del "$name"
	done
	drawn=()
}
trap erase EXIT

# What each is, beyond that.
plain()
{
	:
}

stock()
{
	sas stock && policies_each stock
}

tuned()
{
	inside tuned ip xfrm policy set hthresh4 16 16 hthresh6 48 48 &&
		sas tuned && policies_each tuned
}

nft()
{
	sas nft && policies_any nft mark && map nft
}

steered()
{
	local ce=${1:-steered} via=(1 "1,2")

	[ "$way" = in ] || mapfile -t via < <(seq "$gateways")
	sas "$ce" if_id && policies_any "$ce" if_id && table "$ce" "${via[@]}"
}

fast()
{
	steered fast && inside fast "$cesteer" device add lan
}

chains()
{
	inside chains nft -f - <<-END
	table inet bench {
		chain before { type filter hook prerouting priority 0; }
		chain through { type filter hook forward priority 0; }
		chain behind { type filter hook postrouting priority 0; }
	}
	END
}

flowtable()
{
	sysctl -qw net.netfilter.nf_conntrack_max=1048576 &&
		inside flowtable nft -f - <<-END
	table inet bench {
		flowtable ft {
			hook ingress priority 0
			devices = { lan, wan }
		}
		chain through {
			type filter hook forward priority 0
			meta l4proto { tcp, udp } flow add @ft
		}
	}
	END
}

empty()
{
	inside empty "$cesteer" vpn add 0
}

# The other CE, from which packets come in.
peer()
{
	local any=0.0.0.0/0

	[ "$family" = 4 ] || any=::/0
	sas peer && ip_in peer <<-END
	xfrm policy add src $any dst $any dir out tmpl src 198.51.100.1 dst $local proto esp reqid 1 mode tunnel
	END
}

# ---- runs ------------------------------------------------------------------

label()
{
	case $1 in
	*000000) echo "${1%000000}M" ;;
	*000) echo "${1%000}k" ;;
	*) echo "$1" ;;
	esac
}

# up CE ADDRESS CONTENDER...: draw, set up, and note whom to compare. A CE that
# nobody asked for is left out.
up()
{
	local name=$1 address=$2 contender wanted=()

	shift 2
	for contender; do
		[[ -n $ONLY && " $ONLY " != *" ${contender%%:*} "* ]] ||
			wanted+=("$contender")
	done
	[ $# -eq 0 ] || [ ${#wanted[@]} -gt 0 ] || return 0
	ce "$name" "$address"
	if "$name" >"/tmp/$name.log" 2>&1; then
		contenders+=("${wanted[@]}")
	else
		echo "# $name: not set up: $(head -n 1 "/tmp/$name.log")"
	fi
}

one_way()
{
	local title options=() contenders=() size flows name

	title=path/v$family/$cipher/$(label "$n")
	[ "$sources" = 1 ] || title+=/$(label "$sources")-sources
	case $way in
	out)
		up plain $local plain:plain:clear plain-miss:plain:miss
		# An SPD entry would be needed for each pair.
		if [ "$sources" = 1 ]; then
			up stock $local stock:stock:esp stock-miss:stock:miss
			up tuned $local stock-tuned:tuned:esp
		fi
		up nft $local nft:nft:esp
		up steered $local cesteer:steered:esp \
			cesteer-miss:steered:miss
		up fast $local cesteer-fast:fast:esp
		up empty $local cesteer-empty:empty:miss
		up chains $local nft-empty:chains:clear
		up flowtable $local nft-flowtable:flowtable:clear
		;;
	in)
		title+=/in
		options=(-i peer)
		up peer 198.51.100.1
		up tuned $local stock:tuned:in
		up steered $local cesteer:steered:in
		;;
	esac
	for size in $SIZES; do
		for flows in $FLOWS; do
			name=$title
			[ "$size" = "${SIZES%% *}" ] || name+=/$size-octets
			[ "$flows" = "${FLOWS%% *}" ] || name+=/$flows-flows
			"$build/path_run" "-$family" -n "$n" -s "$sources" \
				-b "$size" -w "$flows" -r "$ROUNDS" -c "$COUNT" \
				-t "$name" "${options[@]}" "${contenders[@]}"
		done
	done
	erase
}

insmod "$build/path_send.ko"
# shellcheck disable=SC2086
insmod "${B:-/build}/cesteer.ko" $PARAMS
# For who looks on from outside (split).
[ ! -d /out ] || cp /proc/kallsyms /out/kallsyms
for family in $FAMILIES; do
	for cipher in $CIPHERS; do
		for n in $SUBNETS; do
			for sources in $SOURCES; do
				for way in $WAYS; do
					gateways=$((n < GATEWAYS ? n : GATEWAYS))
					[ "$way" = out ] || gateways=1
					one_way
				done
			done
		done
	done
done
