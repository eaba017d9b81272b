#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The fast way, from a LAN's device straight into the SA: what takes it, what
# does not, and that nothing is different for the hosts or on the wire.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/waiting.sh
. ./waiting.sh
# shellcheck source=selftests/net/fast_way.sh
. ./fast_way.sh

# one_cpu ARG...: ping, and on one CPU: each has its own way to a gateway, which
# its first packet finds.
one_cpu()
{
	on host1 taskset -c 0 ping -n -q -i 0.05 -W 5 "$@" 10.2.0.2 &&
		on host1 taskset -c 0 ping -n -q -i 0.05 -W 5 "$@" fd02::2
}

# hops: a packet loses one of its hops in each of the CEs.
hops()
{
	cap_start hops host2 lan || return
	one_cpu -c 2 -t 64 || return
	cap_stop hops || return
	is 2 cap_count hops 'icmp[icmptype] == icmp-echo and ip[8] == 62' &&
		is 2 cap_count hops 'icmp6 and ip6[40] == 128 and ip6[7] == 62'
}

# expires ADDRESS FROM: the packet's last hop is ce1, which says so.
expires()
{
	local out

	out=$(on host1 ping -n -c 1 -W 5 -t 1 "$1")
	grep -qE "[Ff]rom $2:? .*Time (to live )?exceeded" <<<"$out" && return
	echo "$out"
	return 1
}

# too_long ADDRESS: the sender is told, and then cuts by itself.
too_long()
{
	local out

	out=$(on host1 ping -n -c 3 -i 0.3 -W 1 -M "do" -s 1450 "$1" 2>&1)
	grep -qE 'mtu ?= ?14[0-9][0-9]' <<<"$out" || {
		echo "$out"
		return 1
	}
	# So is, at first, who answers.
	on host1 ping -n -q -c 3 -i 0.5 -W 5 -M dont -s 1450 "$1"
}

# cut_up ADDRESS: fragments come in, and all get through.
cut_up()
{
	ping_ok host1 "$1" -s 4000 -M dont -W 5
}

# with_option: a packet with an IPv4 option (record route) gets through.
with_option()
{
	on host1 ping -n -q -c 1 -W 5 -R 10.2.0.2
}

# own: what is for ce1 itself, under the prefix that is to be protected.
own()
{
	ip_on ce1 <<<"addr add 10.2.0.99/32 dev lo" &&
		ping_ok host1 10.2.0.99 -W 5 &&
		ip_on ce1 <<<"addr del 10.2.0.99/32 dev lo"
}

# spoofed: with the reverse path filter on, a source that is not the LAN's.
spoofed()
{
	local rc=0

	on ce1 sysctl -qw net.ipv4.conf.lan.rp_filter=1 || return
	on host1 ip addr add 10.1.1.9/32 dev lan
	table ce1 source add 10.1.1.0/24
	on ce1 ip route add 10.1.1.0/24 via 192.0.2.2
	cap_start spoofed host2 lan || return
	by_foot isnt ping_ok host1 10.2.0.2 -I 10.1.1.9 || rc=1
	cap_stop spoofed && cap_none spoofed "src 10.1.1.9" || rc=1
	on ce1 ip route del 10.1.1.0/24
	table ce1 source del 10.1.1.0/24
	on host1 ip addr del 10.1.1.9/32 dev lan
	on ce1 sysctl -qw net.ipv4.conf.lan.rp_filter=0
	return $rc
}

# prohibited: a route that says so is obeyed.
prohibited()
{
	local out

	on ce1 ip route add prohibit 10.2.0.2/32 || return
	out=$(on host1 ping -n -c 1 -W 2 10.2.0.2)
	on ce1 ip route del prohibit 10.2.0.2/32
	grep -q "Packet filtered" <<<"$out" && return
	echo "$out"
	return 1
}

# others_policy: while somebody else has a policy, XFRM looks at each packet.
others_policy()
{
	ip_on ce1 <<-END || return
	xfrm policy add src 10.77.0.0/16 dst 10.78.0.0/16 dir out action block
	END
	by_foot pings || return
	on ce1 ip xfrm policy del src 10.77.0.0/16 dst 10.78.0.0/16 dir out &&
		wait_for 10 takes 6 pings
}

# whole FROM TO: TCP's large segments reach XFRM in one piece each.
whole()
{
	local receiver octets packets

	octets=$(gw ce1 out.bytes) packets=$(gw ce1 out.packets)
	on host2 timeout 60 nc -l -N "$2" 5000 >"$WORK/received" &
	receiver=$!
	wait_for 5 eval "on host2 ss -Hltn | grep -q :5000" || return
	head -c 4000000 /dev/zero |
		on host1 timeout 60 nc -N -s "$1" "$2" 5000 || return
	wait $receiver
	is 4000000 stat -c %s "$WORK/received" || return
	octets=$(($(gw ce1 out.bytes) - octets))
	packets=$(($(gw ce1 out.packets) - packets))
	t_say "$octets octets in $packets packets" >&2
	[ $((octets / packets)) -gt 3000 ] && return
	echo "$octets octets in $packets packets"
	return 1
}

# refused TEXT COMMAND...
refused()
{
	local text=$1

	shift
	isnt "$@" 2>"$WORK/refused" && grep -qF "$text" "$WORK/refused" && return
	cat "$WORK/refused"
	return 1
}

refusals()
{
	refused "named already" table ce1 device add lan &&
		refused "no such VPN" table ce1 device add x --vpn 5 &&
		refused "not named" table ce1 device del x &&
		refused "no device can have" table ce1 device add a/b
}

t_plan 26
# Whatever the others do.
export FAST=1
t_need "two sites talk by the fast way" fast_up
cap_start wire core ce1 || t_bail "no capture"
t_check "the device is there" is true device present
t_check "what cannot be named is refused" refusals
t_check "they lose one hop" eval "one_cpu -c 1 && takes 4 hops"
t_check "the last hop is told of (IPv4)" by_foot expires 10.2.0.2 10.1.0.1
t_check "the last hop is told of (IPv6)" by_foot expires fd02::2 fd01::1
t_check "too long: the sender is told (IPv4)" too_long 10.2.0.2
t_check "too long: the sender is told (IPv6)" too_long fd02::2
t_check "fragments get through (IPv4)" by_foot cut_up 10.2.0.2
t_check "fragments get through (IPv6)" by_foot cut_up fd02::2
t_check "too long, and may be cut" by_foot ping_ok host1 10.2.0.2 -s 1472 -M dont
t_check "options get through" by_foot with_option
t_check "what is for the CE itself reaches it" by_foot own
t_check "the reverse path filter holds" spoofed
t_check "a prohibited destination is" by_foot prohibited
t_check "beside others' policies none takes it" others_policy
t_check "TCP's segments reach XFRM whole (IPv4)" \
	takes 1 whole 10.1.0.2 10.2.0.2
t_check "TCP's segments reach XFRM whole (IPv6)" takes 1 whole fd01::2 fd02::2
table ce1 device del lan
t_check "without the fast way too (IPv4)" whole 10.1.0.2 10.2.0.2
t_check "without the fast way too (IPv6)" whole fd01::2 fd02::2
t_check "not named any more: none takes it" is "[]" eval \
	"pings >/dev/null && table ce1 show devices --json | jq -c ."
t_check "named again" eval "table ce1 device add lan &&
	wait_for 10 takes 6 pings"
short_cuts 0
t_check "without bundles none takes it" by_foot pings
short_cuts 1
cap_stop wire
t_check "not one packet left in clear text" cap_none wire "$CLEAR"
t_check "ESP did" cap_some wire esp
t_check "no hook was lost" isnt kernel_says 'hook not found'
