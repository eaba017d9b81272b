# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two sites and a provider that speaks BGP and does not always behave: BIRD
# passes on what the CEs announce, by a filter of the test's choice. Site 2 has
# two gateways. To be sourced after lib.sh.
#
#   host1 ----- ce1 ------- core ------- ce2 ----- host2
#   10.1.0.2    172.16.1.2   |    172.16.2.2    10.2.0.2
#                            +---------- ce3 -------+
#                                 172.16.3.2
#
# A gateway's identity is its address towards the provider. Which gateway host2
# answers by is the test's to set (host2_by), as VRRP would.

provider_draw()
{
	local n

	draw_ns host1 ce1 core ce2 ce3 host2
	draw_link host1 lan ce1 lan
	for n in 1 2 3; do
		draw_link ce$n wan core ce$n
		draw_ip core "addr add 172.16.$n.1/24 dev ce$n"
		draw_ip ce$n "addr add 172.16.$n.2/24 dev wan" \
			"route add default via 172.16.$n.1"
	done
	for n in 2 3; do
		draw_link ce$n lan host2 lan$n
		draw_ip ce$n "addr add 10.2.$n.1/30 dev lan" \
			"route add 10.2.0.0/24 via 10.2.$n.2"
		draw_ip host2 "addr add 10.2.$n.2/30 dev lan$n"
	done
	draw_ip host1 "addr add 10.1.0.2/24 dev lan" \
		"route add default via 10.1.0.1"
	draw_ip ce1 "addr add 10.1.0.1/24 dev lan"
	# Leaks would arrive: the provider routes what it is told of.
	draw_ip core "route add 10.1.0.0/24 via 172.16.1.2" \
		"route add 10.2.0.0/16 via 172.16.2.2"
	draw_ip host2 "addr add 10.2.0.2/32 dev lo"
	cesteer_load && draw && host2_by ce2
}

# host2_by CE: the gateway that host2 sends by.
host2_by()
{
	on host2 ip route replace default via "10.2.${1#ce}.1" src 10.2.0.2
}

# provider_say LINE...: what the provider does with routes to ce1, in BIRD's
# words; the last word is "accept".
provider_say()
{
	printf '%s\n' "$@" "accept;" >"$WORK/core/to_ce1.conf"
	[ ! -S "$WORK/core/bird.ctl" ] || bird_on core configure
}

# provider_routes LINE...: routes of the provider's own, in BIRD's words.
provider_routes()
{
	printf '%s\n' "$@" >"$WORK/core/routes.conf"
	[ ! -S "$WORK/core/bird.ctl" ] || bird_on core configure
}

# identity ADDRESS: to add it to a route of the provider's.
identity()
{
	local a b c d

	IFS=. read -r a b c d <<<"$1"
	printf '{ bgp_ext_community.add((generic, 0x03800000, 0x%02x%02x%02x%02x)); }\n' \
		"$a" "$b" "$c" "$d"
}

provider_up()
{
	local n

	mkdir -p "$WORK/core"
	provider_say ""
	provider_routes ""
	{
		cat <<-END
		router id 172.16.0.1;
		protocol device { }
		protocol static own {
			ipv4;
			include "$WORK/core/routes.conf";
		}
		filter to_ce1 {
			include "$WORK/core/to_ce1.conf";
		}
		END
		for n in 1 2 3; do
			cat <<-END
			protocol bgp ce$n {
				local 172.16.$n.1 as 64500;
				neighbor 172.16.$n.2 as 6500$n;
				passive;
				ipv4 {
					import all;
					export $([ $n = 1 ] && echo filter to_ce1 || echo all);
					add paths ${ADD_PATH:-off};
				};
			}
			END
		done
	} >"$WORK/core/bird.conf"
	bird_start core
}

# site_conf CE LINE...: write its configuration; the lines are YAML in its VPN.
# TOP has lines for the top of the file, ADD_PATH as for provider_up.
site_conf()
{
	local ce=$1 n=${1#ce} dir=$WORK/$1 prefix=10.2.0.0/24

	shift
	[ "$n" != 1 ] || prefix=10.1.0.0/24
	mkdir -p "$dir"
	[ -e "$WORK/psk" ] || (umask 077 && echo of the test >"$WORK/psk")
	{
		printf '%s\n' "identity: { address: 172.16.$n.2 }" \
			"router-id: 172.16.$n.2" "as: 6500$n" \
			"control: { socket: $dir/control }" "log: debug" \
			"ike:" "  socket: $dir/vici" "  dpd-delay: 2s" \
			"  psk: [{ file: $WORK/psk }]" "${TOP:-}" \
			"vpns:" "  - name: default" \
			"    source-prefixes: [$prefix]" \
			"    trusted-subnets: [$prefix]" "    neighbors:" \
			"      - { address: 172.16.$n.1, as: 64500, connect-retry: 1, add-path: ${ADD_PATH:+true} }" \
			"$@" | sed 's/, add-path:  }/ }/'
	} >"$dir/cesteerd.yaml"
}

# site_reload CE LINE...: the same, and put it in force.
site_reload()
{
	local log=$WORK/$1/cesteerd.log before

	before=$(grep -c 'configuration reloaded' "$log")
	site_conf "$@" && kill -HUP "${daemon_pid[$1]:?}" &&
		wait_for 10 eval "[ \"\$(grep -c 'configuration reloaded' $log)\" -gt $before ]"
}

sites_up()
{
	local ce

	for ce; do
		ike_start "$ce" && cesteerd_start "$ce" || return
	done
}

# entry CE PREFIX: "ACTION GATEWAYS REASON STATE" of the route.
entry()
{
	cesteer "$1" show routes --json | jq -r --arg p "$2" \
		'.[] | select(.prefix == $p) | [.action, (.gateways | join(",")),
		.learned.reason, .learned.state] | join(" ")'
}

# has_entry CE PREFIX ENTRY: it is that.
has_entry()
{
	is "$3" entry "$1" "$2"
}

# until_entry PREFIX ENTRY COMMAND...: the command makes ce1 have that.
until_entry()
{
	local prefix=$1 wanted=$2

	shift 2
	"$@" >/dev/null && wait_for 20 has_entry ce1 "$prefix" "$wanted"
}

# dropped REASON: a ping is not answered, and is counted there.
dropped()
{
	local before after

	before=$(counter ce1 "$1")
	ping_ok host1 10.2.0.2 >/dev/null && return 1
	after=$(counter ce1 "$1")
	[ "$after" -gt "$before" ] && return
	echo "$1 stays at $after"
	return 1
}

# event CE EVENT SUBJECT: it was raised.
event()
{
	cesteer "$1" show events --json | jq -e --arg e "$2" --arg s "$3" \
		'[.[] | select(.event == $e and .subject == $s)] | length > 0' \
		>/dev/null && return
	cesteer "$1" show events
	return 1
}

# steady FROM TO COMMAND...: not one of the packets that are sent while the
# command runs is lost; the last may still be under way when it ends.
steady()
{
	local from=$1 to=$2 pid rc=0 sent got last

	shift 2
	# Itself, not a shell that waits for it: it is told to end.
	nsenter --net="/run/netns/$TAG-$from" ping -n -i 0.05 "$to" \
		>"$WORK/ping" 2>&1 &
	pid=$!
	pids+=("$pid")
	"$@" || rc=$?
	kill -INT "$pid"
	wait "$pid"
	sent=$(sed -n 's/^\([0-9]*\) packets transmitted.*/\1/p' "$WORK/ping")
	got=$(grep -c 'icmp_seq=[0-9]* ttl' "$WORK/ping")
	last=$(sed -n 's/.*icmp_seq=\([0-9]*\) ttl.*/\1/p' "$WORK/ping" | tail -n 1)
	echo "$sent sent, $got answered, the last was $last"
	[ $rc -eq 0 ] && [ "$got" -gt 0 ] && [ "$got" -eq "$last" ] &&
		[ $((sent - last)) -le 1 ]
}

# What may never be seen in clear text between ce1 and the provider.
export CLEAR="net 10.1.0.0/24 and net 10.2.0.0/16"

# counter CE REASON: packets.
counter()
{
	cesteer "$1" show counters --json |
		jq -r --arg r "$2" '.[] | select(.reason == $r) | .packets'
}
