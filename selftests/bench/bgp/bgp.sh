#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A full table by BGP into the kernel, in a guest: cesteerd into the module's
# table, BIRD and FRR into the kernel's routes, each in a namespace of its own,
# one after the other, fed the same messages by the same peer (peer.c).
#
#   peer [feed] --- [ce] cesteerd | bird | bgpd and zebra --> kernel
#
#   V4=1000000 V6=250000	routes
#   GATEWAYS=10000		among which the identities are drawn
#   SPEAKERS="cesteer bird frr"	these only
#   ROUNDS=1			turns, of which the best counts
set -euo pipefail

: "${V4:=1000000}" "${V6:=250000}" "${GATEWAYS:=10000}" "${ROUNDS:=1}"
: "${SPEAKERS:=cesteer bird frr}"
build=${B:-/build}
title=bgp/$(((V4 + V6) / 1000))k
work=$(mktemp -d)
chmod 755 "$work"
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true' EXIT

# A namespace each round: the one before takes its routes with it.
links()
{
	ip -batch - <<-END
	netns add ce
	netns add feed
	link add eth0 netns ce type veth peer name eth0 netns feed
	END
	ip -n ce -batch - <<-END
	link set lo up
	link set eth0 up
	addr add 192.0.2.2/30 dev eth0
	addr add fd00::2/64 dev eth0 nodad
	END
	ip -n feed -batch - <<-END
	link set lo up
	link set eth0 up
	addr add 192.0.2.1/30 dev eth0
	addr add fd00::1/64 dev eth0 nodad
	END
}

# run NAME COMMAND...: in the background, in the namespace of the table.
run()
{
	ip netns exec ce "${@:2}" >"$work/$1.log" 2>&1 &
	pids+=($!)
}

cesteer()
{
	cat >"$work/cesteerd.yaml" <<-END
	router-id: 192.0.2.2
	as: 65000
	identity: { address: 192.0.2.2 }
	vpns:
	  - name: default
	    source-prefixes: [10.0.0.0/8, "fd00::/8"]
	    hold: { withdrawn: 0, downgraded: 0 }
	    neighbors:
	      - { address: 192.0.2.1, as: 65000, connect-retry: 1 }
	control: { socket: $work/control }
	log: warning
	END
	# The peer ends it once.
	run cesteerd bash -c 'trap "kill \$!; wait \$!; exit" TERM
		while :; do "$@" & wait $!; done' \
		cesteerd "$build/cesteerd" -c "$work/cesteerd.yaml"
	options=(-c "$work/control")
}

bird()
{
	cat >"$work/bird.conf" <<-END
	router id 192.0.2.2;
	protocol device { }
	protocol kernel { ipv4 { export all; }; }
	protocol kernel { ipv6 { export all; }; }
	protocol bgp feed {
		local 192.0.2.2 as 65000;
		neighbor 192.0.2.1 as 65000;
		direct;
		connect delay time 1;
		ipv4 { import all; export none; gateway direct; };
		ipv6 { import all; export none; gateway direct; };
	}
	END
	run bird bird -f -c "$work/bird.conf" -s "$work/bird.ctl"
}

frr()
{
	local run=/run/frr/ce

	mkdir -p "$run" /etc/frr/ce
	chown frr:frr /run/frr "$run"
	echo "hostname ce" >"$work/zebra.conf"
	cat >"$work/bgpd.conf" <<-END
	router bgp 65000
	 bgp router-id 192.0.2.2
	 neighbor 192.0.2.1 remote-as 65000
	 neighbor 192.0.2.1 timers connect 1
	 address-family ipv6 unicast
	  neighbor 192.0.2.1 activate
	 exit-address-family
	END
	run zebra /usr/lib/frr/zebra -N ce -f "$work/zebra.conf" \
		-i "$run/zebra.pid"
	while [ ! -S "$run/zserv.api" ]; do
		kill -0 "${pids[-1]}" || return
		sleep 0.1
	done
	run bgpd /usr/lib/frr/bgpd -N ce -f "$work/bgpd.conf" -i "$run/bgpd.pid"
}

erase()
{
	kill "${pids[@]}" 2>/dev/null || true
	wait "${pids[@]}" || true
	pids=()
	ip netns del ce
	ip netns del feed
}

# turn SPEAKER: what the peer prints.
turn()
{
	local name=$1 pid before after

	links
	options=()
	before=$(awk '/^MemFree:/ { print $2 }' /proc/meminfo)
	"$name"
	for pid in "${pids[@]}"; do
		[ "$name" = cesteer ] || options+=(-p "$pid")
	done
	# The peer is another machine's work. Who does not get there has no
	# figure; the others have.
	nice -n 19 ip netns exec ce "$build/bench/bgp_peer" -n "$V4" -m "$V6" \
		-g "$GATEWAYS" -w /run/netns/feed -l 192.0.2.1 -L fd00::1 \
		"${options[@]}" 2>"$work/why" | tee "$work/said" |
		sed "s/^\([^#]\)/# $name: \1/" ||
		echo "$name none $(tail -n 1 "$work/why")" >>"$work/results"
	after=$(awk '/^MemFree:/ { print $2 }' /proc/meminfo)
	echo "# $name: $(((before - after) / 1024)) MiB of the machine's memory"
	sed -n "s/^\([a-zA-Z-]*\) \([0-9.]*\)$/$name \1 \2/p" "$work/said" \
		>>"$work/results"
	erase
}

# best NAME WORD AS: the least of all rounds.
best()
{
	awk -v name="$1" -v word="$2" -v as="$title/$3" '
	$1 == name && $2 == word && (!n++ || $3 < least) { least = $3 }
	$1 == name && $2 == "none" { $1 = $2 = ""; why = $0 }
	END { if (n) print "figure", as, least
	      else if (why) print "figure", as, "none:" why }' "$work/results"
}

insmod "$build/cesteer.ko"
for ((round = 1; round <= ROUNDS; round++)); do
	for speaker in $SPEAKERS; do
		turn "$speaker"
	done
done
for speaker in $SPEAKERS; do
	best "$speaker" load-s "$speaker-s"
	best "$speaker" MiB "$speaker-MiB"
done
for word in flap-s back-s restart-s gone-s; do
	best cesteer "$word" "$word"
done
best cesteer stall-max-ms stall-max-ms
! grep -q '^cesteer none' "$work/results"
