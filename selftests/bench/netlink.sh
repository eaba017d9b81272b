#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The rate of changes through netlink, in the guest: trusted subnets, beside
# routes and SPD entries for the same prefixes by "ip -batch". SPD entries are
# given a hash that fits them (hthresh), and are fewer: on this kernel each new
# one is held against those that are there, so that a million would take hours.
#
#   [COUNT=1000000] [POLICIES=10000] netlink.sh
set -euo pipefail

: "${COUNT:=1000000}" "${POLICIES:=10000}"
build=${B:-/build}
netlink=$build/bench/netlink
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

size=$COUNT
case $COUNT in
*000000) size=${COUNT%000000}M ;;
*000) size=${COUNT%000}k ;;
esac

# figure NAME COUNT SECONDS
figure()
{
	awk -v name="table/netlink/$size/$1" -v n="$2" -v s="$3" \
		'BEGIN { printf("figure %s %.0f\n", name, n / s) }'
}

# batch NAME COUNT TEMPLATE: in pieces, as ip keeps what it has read
batch()
{
	local name=$1 n=$2 began took piece

	"$netlink" say "$n" "$3" | split -l 20000 - "$work/batch."
	began=$EPOCHREALTIME
	for piece in "$work"/batch.*; do
		ip -netns bench -batch "$piece"
	done
	rm "$work"/batch.*
	took=$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')
	echo "# $name: $n lines in $took seconds"
	figure "$name" "$n" "$took"
}

insmod "$build/cesteer.ko" 2>/dev/null || [ -d /sys/module/cesteer ]
ip netns add bench
took=$(ip netns exec bench "$netlink" load "$COUNT")
echo "# cesteer: $COUNT trusted subnets added, replaced, deleted in: $took seconds"
read -r add replace del <<<"$took"
figure cesteer-per-s "$COUNT" "$add"
figure cesteer-replace-per-s "$COUNT" "$replace"
figure cesteer-delete-per-s "$COUNT" "$del"

ip -netns bench link add d0 type dummy
ip -netns bench addr add 192.0.2.1/24 dev d0
ip -netns bench link set d0 up
batch ip-route-per-s "$COUNT" \
	"route add PREFIX via 192.0.2.2 dev d0 table 100"
ip -netns bench xfrm policy set hthresh4 16 16
batch ip-xfrm-per-s "$POLICIES" \
	"xfrm policy add src 192.0.2.0/24 dst PREFIX dir out action allow"
ip netns del bench
