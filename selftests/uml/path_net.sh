#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The network of path_test, in the network namespace that it runs in, where the
# tun devices "in" and "out" are there already.
#
#   path_net.sh links	addresses, routes, the policy for gateway 1's if_id;
#			no packet waits for an SA
#   path_net.sh sa	an SA for that policy
set -euo pipefail

links()
{
	local any

	sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	sysctl -qw net.ipv4.conf.{all,default,in,out}.rp_filter=0
	ip -batch - <<-END
	link set lo up
	link set in up
	link set out up
	addr add 10.1.0.254/24 dev in
	addr add 2001:db8:1::fe/64 dev in nodad
	addr add 203.0.113.1/24 dev out
	addr add 2001:db8:ff::1/64 dev out nodad
	route add default dev out
	route add 2001:db8:3::/64 dev out
	END
	for any in 0.0.0.0/0 ::/0; do
		ip xfrm policy add src $any dst $any dir out if_id 1001 \
			tmpl src 203.0.113.1 dst 192.0.2.1 proto esp reqid 1 \
			mode tunnel
	done
	# What finds no SA is dropped at once, and so counted when looked at.
	"${B:-/build}/cesteer" queue set packets 0
}

sa()
{
	ip xfrm state add src 203.0.113.1 dst 192.0.2.1 proto esp spi 0x100 \
		reqid 1 mode tunnel if_id 1001 flag af-unspec \
		aead 'rfc4106(gcm(aes))' \
		0x000102030405060708090a0b0c0d0e0f10111213 128
}

"$1"
