#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# TCP-AO (RFC 5925), which takes Linux 6.7, built with it (Debian's 6.12 is not),
# and none of the guest's routers has: two cesteerds, with a session over IPv4,
# one over IPv6, and one whose ends have different keys, asserting on both sides,
# and by what the kernels count. Where the kernel has none, the daemon says so,
# and has no session.
#
#   one (AS 65001) 172.16.N.1 --- 172.16.N.2 two (AS 65002)
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh

links_up()
{
	modprobe -a veth
	draw_ns one two
	draw_link one two two one
	draw_ip one "addr add 172.16.1.1/30 dev two" \
		"addr add 172.16.2.1/30 dev two" \
		"addr add 2001:db8:1::1/64 dev two nodad"
	draw_ip two "addr add 172.16.1.2/30 dev one" \
		"addr add 172.16.2.2/30 dev one" \
		"addr add 2001:db8:1::2/64 dev one nodad"
	cesteer_load && draw
}

# key NAME SECRET: its file of that key.
key()
{
	(umask 077 && printf %s "$2" >"$WORK/$1/$2")
}

# conf NAME OURS THEIRS OTHER-KEY: our number and the neighbor's.
conf()
{
	local dir=$WORK/$1 n=$2 m=$3

	mkdir -p "$dir"
	key "$1" a-secret && key "$1" "$4"
	cat >"$dir/cesteerd.yaml" <<-END
	router-id: 192.0.2.$n
	as: 6500$n
	identity: { address: 192.0.2.$n }
	vpns:
	  - name: default
	    source-prefixes: [10.$n.0.0/24]
	    trusted-subnets: [10.$n.0.0/24]
	    neighbors:
	      - { name: four, address: 172.16.1.$m, as: 6500$m,
	          families: [ipv4], connect-retry: 1,
	          ao: { file: a-secret, send-id: $n, receive-id: $m } }
	      - { name: six, address: "2001:db8:1::$m", as: 6500$m,
	          families: [ipv6], connect-retry: 1,
	          ao: { file: a-secret, algorithm: aes128-cmac,
	                send-id: 10$n, receive-id: 10$m } }
	      - { name: other, address: 172.16.2.$m, as: 6500$m,
	          families: [ipv4], connect-retry: 1,
	          ao: { file: $4, send-id: $n, receive-id: $m } }
	control: { socket: $dir/control }
	log: debug
	END
}

up()
{
	conf one 1 2 mine && conf two 2 1 yours &&
		cesteerd_start one && cesteerd_start two
}

# state NAME NEIGHBOR
state()
{
	cesteer "$1" show bgp --json |
		jq -r ".[] | select(.name == \"$2\") | .state"
}

# established NEIGHBOR: as both ends say.
established()
{
	is established state one "$1" && is established state two "$1"
}

# counted NAME COUNTER: what that namespace's kernel counts of TCP.
counted()
{
	on "$1" cat /proc/net/netstat | awk -v "name=$2" '
		/^TcpExt: [A-Z]/ { for (i = 2; i <= NF; i++) at[$i] = i; next }
		/^TcpExt:/ { print $at[name] }'
}

# signs NAME: what it takes is signed, and the signatures are right.
signs()
{
	[ "$(counted "$1" TCPAOGood)" -gt 0 ] && return
	echo "$1 took nothing signed"
	return 1
}

# refused: both keys are asked, and neither end has a session.
refused()
{
	[ "$(counted one TCPAOBad)" -gt 0 ] &&
		[ "$(counted two TCPAOBad)" -gt 0 ] &&
		isnt is established state one other &&
		isnt is established state two other
}

learned()
{
	is 192.0.2.2 eval "cesteer one show routes --json |
		jq -r '.[] | select(.prefix == \"10.2.0.0/24\") | .gateways[0]'"
}

# mended: the same key at both ends, by a reload.
mended()
{
	conf one 1 2 yours && kill -HUP "${daemon_pid[one]}" &&
		wait_for 30 established other && established four &&
		established six
}

# has_ao: whether this kernel does (TCP_AO_INFO is 40).
has_ao()
{
	python3 -c '
import errno, socket
try:
    socket.socket().getsockopt(socket.IPPROTO_TCP, 40, 64)
except OSError as e:
    exit(e.errno == errno.ENOPROTOOPT)'
}

# unsupported: each end says why there is no session.
unsupported()
{
	local name neighbor

	for name in one two; do
		for neighbor in four six other; do
			grep "$neighbor: TCP-AO: this kernel has none (CONFIG_TCP_AO)" \
				"$WORK/$name/cesteerd.log" &&
				isnt is established state $name $neighbor ||
				return
		done
	done
}

t_plan 7
t_need "links" links_up
t_need "both run" up
if ! has_ao; then
	t_check "a kernel without it: said, and no session" \
		wait_for 20 unsupported
	for what in "IPv4" "IPv6" "another key" "the same key"; do
		t_skip "$what" "this kernel has no TCP-AO (CONFIG_TCP_AO)"
	done
	exit
fi
t_check "IPv4, HMAC-SHA-1: established" wait_for 30 established four
t_check "IPv6, AES-128-CMAC: established" wait_for 30 established six
t_check "both ends' kernels count what was signed, and a route is learned" \
	wait_for 10 eval "signs one && signs two && learned"
t_check "with another key at the other end there is no session" \
	wait_for 30 refused
t_check "and with the same one there is" mended
