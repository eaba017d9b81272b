#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# XFRM does not look at forwarded IPv4 packets where it has no policy for them,
# and does from the moment on when it has, or when its default is to block. What
# it has to look at, above all what a VTI decapsulates, it does.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/trace.sh
. ./trace.sh

# looks COMMAND...: how often XFRM looked for a policy for what was forwarded.
looks()
{
	calls "__xfrm_route_forward __xfrm_policy_check" \
		'__xfrm_(route_forward|policy_check).*ip_forward' "$@"
}

# A hook of others, which must not be skipped.
other_hook()
{
	on ce1 nft -f - <<-END
	table inet other {
		chain c {
			type filter hook forward priority 0
		}
	}
	END
}

burst()
{
	on host1 ping -n -q -c 10 -i 0.01 -W 2 "$1"
}

spared()
{
	is 0 looks burst "$1"
}

not_spared()
{
	[ "$(looks burst "$1")" -ge 20 ]
}

# without COMMAND...: with the short cuts off.
without()
{
	local rc=0

	short_cuts 0
	"$@" || rc=$?
	short_cuts 1
	return $rc
}

# blocks SET UNSET: what is forwarded, from the moment on when XFRM is told to.
blocks()
{
	passes || return
	ip_on ce1 <<<"xfrm policy $1" || return
	isnt ping_ok host1 192.0.2.2 -W 1 || return
	ip_on ce1 <<<"xfrm policy $2" && passes
}

passes()
{
	ping_ok host1 192.0.2.2 && wait_for 10 spared_or_untold
}

# Where it can be told, the next packets are spared again.
spared_or_untold()
{
	! can_trace || spared 192.0.2.2
}

block_line()
{
	echo "$1 src 0.0.0.0/0 dst 192.0.2.2/32 dir $2"
}

# held COMMAND...: while a socket has a policy of its own, as an IKE daemon's do.
held()
{
	local rc=0 in

	coproc SOCKET { on ce1 python3 socket_policy.py; }
	# shellcheck disable=SC2153
	read -r -t 20 <&"${SOCKET[0]}" || return
	"$@" || rc=$?
	in=${SOCKET[1]}
	exec {in}>&-
	wait "$SOCKET_PID" && return $rc
}

# A way around by another device, which goes.
other_way()
{
	ip_on ce1 <<-END && ip_on core <<-END2
	link add wan2 type veth peer name ce1b netns $TAG-core
	addr add 192.0.2.5/30 dev wan2
	link set wan2 up
	route add 203.0.113.1/32 via 192.0.2.6 dev wan2
	END
	addr add 192.0.2.6/30 dev ce1b
	link set ce1b up
	addr add 203.0.113.1/32 dev lo
	END2
}

# came NAME INTERFACE: packets that it has from it.
came()
{
	ip -n "$TAG-$1" -s -j link show dev "$2" | jq '.[0].stats64.rx.packets'
}

moves()
{
	local before

	burst 203.0.113.1 || return
	ip_on ce1 <<<"route replace 203.0.113.1/32 via 192.0.2.2 dev wan" || return
	before=$(came core ce1b)
	burst 203.0.113.1 || return
	[ "$(came core ce1b)" -lt $((before + 10)) ] || return
	ip_on ce1 <<<"route replace 203.0.113.1/32 via 192.0.2.6 dev wan2" &&
		burst 203.0.113.1 && [ "$(came core ce1b)" -ge $((before + 10)) ]
}

goes()
{
	burst 203.0.113.1 && timeout 20 ip -n "$TAG-ce1" link del wan2 &&
		burst 203.0.113.1
}

# From core an SA to ce1, whose other end is a VTI there, for which ce1 has no
# policy: what it brings is to be rejected.
vti_set()
{
	local sa="src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x900 reqid 9 mode tunnel
		auth digest_null '' enc cipher_null ''"

	ip_on ce1 <<-END && ip_on core <<-END2
	link add vti9 type vti local 192.0.2.1 remote 192.0.2.2 key 9
	addr add 172.31.0.1/30 dev vti9
	link set vti9 up
	xfrm state add ${sa//$'\n'/} mark 9
	END
	addr add 172.31.0.2/32 dev lo
	route add 172.31.0.1/32 via 192.0.2.1 src 172.31.0.2
	xfrm state add ${sa//$'\n'/}
	xfrm policy add src 172.31.0.2 dst 172.31.0.1 dir out tmpl src 192.0.2.2 dst 192.0.2.1 proto esp reqid 9 mode tunnel
	END2
}

vti_sends()
{
	on core ping -n -q -c 3 -i 0.05 -W 1 -I 172.31.0.2 172.31.0.1 >/dev/null
	came ce1 vti9
}

vti_rejects()
{
	is 0 vti_sends
}

vti_accepts()
{
	ip_on ce1 <<-END
	xfrm policy add src 172.31.0.2 dst 172.31.0.1 dir in mark 9 tmpl src 192.0.2.2 dst 192.0.2.1 proto esp reqid 9 mode tunnel
	END
	is 3 vti_sends
}

# Nor again, once the policy has gone and others are spared.
vti_rejects_again()
{
	ip_on ce1 <<<"xfrm policy del src 172.31.0.2 dst 172.31.0.1 dir in mark 9" &&
		passes && is 3 vti_sends
}

# An older hook of the same priority is behind ours, and still says where packets
# go.
older_hook()
{
	table ce1 flush || return
	on ce1 nft -f - <<-END || return
	table ip older {
		chain c {
			type filter hook prerouting priority 2147483647
			ip daddr 192.0.2.2 meta mark set 7
		}
	}
	END
	table_ce1_set && ping_ok host1 10.2.0.2
}

marks()
{
	ip_on ce1 <<<"rule add fwmark 7 prohibit" || return
	isnt ping_ok host1 192.0.2.2 -W 1 || return
	on ce1 nft delete table ip older && ping_ok host1 192.0.2.2
}

t_plan 24
# Whatever FAST says: one short cut is what is tested.
t_need "two sites" eval "sites_up && short_cuts 1 && other_hook"
t_need "trusted subnets and gateways are set" tables_set
t_need "policies and SAs are set" eval "policies_set && sas_set"
t_need "they talk" ping_ok host1 10.2.0.2
told "what is protected is spared XFRM's own looks" wait_for 10 spared 10.2.0.2
told "what leaves in clear is" wait_for 10 spared 192.0.2.2
told "not without the short cut" without not_spared 192.0.2.2
for dir in out fwd; do
	t_check "a policy that blocks ($dir) holds at once" blocks \
		"$(block_line add $dir) action block" "$(block_line del $dir)"
	t_check "a default that blocks ($dir) does" blocks \
		"setdefault $dir block" "setdefault $dir accept"
done
t_check "a socket's own policy is nobody else's" held blocks \
	"$(block_line add fwd) action block" "$(block_line del fwd)"
t_check "they talk still" ping_ok host1 10.2.0.2
t_need "another way" other_way
t_check "a route moves" moves
t_check "its device goes" goes
if modprobe -q ip_vti; then
	t_need "a VTI" vti_set
	t_check "without a policy lets in nothing" vti_rejects
	t_check "with one it does" vti_accepts
	t_check "and not any more once that has gone" vti_rejects_again
else
	for what in "a VTI" "without a policy" "with one" "and not any more"; do
		t_skip "$what" "this kernel has no VTIs"
	done
fi
t_need "an older hook of the same priority" older_hook
t_check "where it sends packets they go" marks
t_check "they talk to the end" ping_ok host1 10.2.0.2
t_check "nothing holds the device that went" \
	isnt kernel_says 'waiting for wan2'
