#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A neighbor that announces a hundred thousand prefixes where it may announce a
# thousand: its session ends, little is taken of it, and another neighbor's
# routes stay as they are. It rests for a minute, and is back if it has learned
# from it.
#
#   good (BIRD) --- ce (cesteerd) --- flood (BIRD)
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh

LIMIT=1000
# Prefixes of 5 octets in a message of 4096.
MESSAGE=816

links_up()
{
	modprobe -a veth
	draw_ns ce good flood
	draw_link ce good good ce
	draw_link ce flood flood ce
	draw_ip ce "addr add 192.0.2.5/32 dev lo" \
		"addr add 172.16.1.2/30 dev good" \
		"addr add 172.16.2.2/30 dev flood"
	draw_ip good "addr add 172.16.1.1/30 dev ce"
	draw_ip flood "addr add 172.16.2.1/30 dev ce"
	cesteer_load && draw
}

ce_conf()
{
	mkdir -p "$WORK/ce"
	cat >"$WORK/ce/cesteerd.yaml" <<-END
	router-id: 192.0.2.5
	as: 65000
	identity: { address: 192.0.2.5 }
	vpns:
	  - name: default
	    source-prefixes: [10.5.0.0/24]
	    hold: { withdrawn: 0, downgraded: 0 }
	    neighbors:
	      - { name: good, address: 172.16.1.1, as: 65001 }
	      - { name: flood, address: 172.16.2.1, as: 65002, passive: true,
	          max-prefixes: $LIMIT }
	control: { socket: $WORK/ce/control }
	log: debug
	END
}

# bird_conf NAME N: the Nth, whose routes are those in the file "routes".
bird_conf()
{
	cat >"$WORK/$1/bird.conf" <<-END
	router id 192.0.2.10$2;
	log stderr all;
	debug protocols { states };
	protocol device { }
	protocol static four { ipv4 { import filter {
		bgp_ext_community.add((generic, 0x03800000, 0xC000020$2));
		accept; }; };
		include "$WORK/$1/routes"; }
	protocol bgp ce {
		local 172.16.$2.1 as 6500$2;
		neighbor 172.16.$2.2 as 65000;
		connect delay time 1;
		connect retry time 1;
		error wait time 1, 2;
		ipv4 { import none; export where source = RTS_STATIC; };
	}
	END
}

# flood_routes N
flood_routes()
{
	seq 0 $(($1 - 1)) | awk '{
		printf "route 11.%d.%d.%d/32 blackhole;\n",
			$1 / 65536, $1 / 256 % 256, $1 % 256
	}' >"$WORK/flood/routes"
}

confs()
{
	mkdir -p "$WORK/good" "$WORK/flood"
	ce_conf
	bird_conf good 1
	bird_conf flood 2
	echo "route 10.1.0.0/24 blackhole;" >"$WORK/good/routes"
	flood_routes 100000
}

# neighbor NAME FILTER: of what cesteerd says of a neighbor.
neighbor()
{
	cesteer ce show bgp --json |
		jq -rc --arg name "$1" ".[] | select(.name == \$name) | $2"
}

# entries GATEWAY: how many are protected by that one alone.
entries()
{
	cesteer ce show routes --json | jq --arg gateway "$1" \
		'[.[] | select(.action == "protect" and .gateways == [$gateway])] | length'
}

good()
{
	is established neighbor good .state && is 1 entries 192.0.2.1
}

# Kilobytes that cesteerd has had at most.
memory()
{
	sed -n 's/^VmHWM:\s*\([0-9]*\) kB/\1/p' "/proc/${daemon_pid[ce]}/status"
}

told()
{
	grep -q 'Received: Maximum number of prefixes reached' \
		"$WORK/flood/bird.log" &&
		neighbor flood '."last-error"' |
		grep -F 'sent: Cease / Maximum Number of Prefixes Reached'
}

# little: of what came nothing was taken but a message beyond the limit, and
# that is kept for a while, as of any session that ends.
little()
{
	local n

	n=$(entries 192.0.2.2)
	[ "$n" -ge $LIMIT ] && [ "$n" -le $((LIMIT + MESSAGE)) ] && return
	echo "$n entries"
	return 1
}

# grown KILOBYTES: by that at most.
grown()
{
	local now

	now=$(memory)
	t_say "cesteerd had $before kB at most, then $now"
	[ $((now - before)) -le "$1" ]
}

# It tries again every second.
turned_away()
{
	grep 'flood: connection refused: it announced too much' \
		"$WORK/ce/cesteerd.log" &&
		is idle neighbor flood .state
}

# fewer: it announces what it may, and what it had said beyond that is gone.
fewer()
{
	wait_for 90 is established neighbor flood .state &&
		wait_for 20 is 500 entries 192.0.2.2
}

t_plan 11
t_need "links" links_up
confs
t_need "cesteerd runs" cesteerd_start ce
t_need "good: BIRD runs" bird_start good
t_need "good: what it announces is protected" wait_for 30 good
before=$(memory)
t_need "flood: BIRD runs" bird_start flood
t_check "flood: both say why the session ended" wait_for 30 told
t_check "flood: little was taken" wait_for 20 little
t_check "no memory for the rest" grown 4096
t_check "flood: is turned away meanwhile" wait_for 30 turned_away
flood_routes 500
bird_on flood configure >/dev/null
t_check "flood: is back after a minute, with fewer" fewer
# Its session has not ended.
t_check "good: felt nothing" eval \
	"good && lacks 'good: session down' '$WORK/ce/cesteerd.log'"
