#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A device that takes ESP's cryptography over ("hw-offload: crypto"): strongSwan
# gives it the SAs, what is steered to such an SA goes to it, and it can go
# though it is used, as can its namespace. Where packets leave by another device
# they are encrypted here. The device is netdevsim, which counts what it would
# have encrypted and forgets it; Debian's kernels are built without it.
#
#   ce1 wan ------ core
#       hw (netdevsim), with ce1's address
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/two_gateways.sh
. ./two_gateways.sh

if ! modprobe -a netdevsim esp4_offload esp6_offload 2>/dev/null; then
	echo "1..0 # SKIP this kernel has no netdevsim"
	exit 4
fi

DEBUG=/sys/kernel/debug
HW=$DEBUG/netdevsim/netdevsim9/ports/0/ipsec
HOP=192.0.2.2 # core, by wan

# hw_new NAME N: the N-th such device is made in a namespace: hw.
hw_new()
{
	local name

	on "$1" sh -c "echo '$2 1' >/sys/bus/netdevsim/new_device" || return
	name=$(on "$1" ip -j link | jq -r \
		'.[] | .ifname | select(. != "lo" and . != "lan" and . != "wan")')
	ip_on "$1" <<-END
	link set $name name hw
	link set hw up
	END
}

# hw_up: ce1 has the device, and on it the address that its SAs are from.
hw_up()
{
	mountpoint -q $DEBUG || mount -t debugfs none $DEBUG || return
	hw_new ce1 9 || return
	ip_on ce1 <<-END
	addr del 192.0.2.1/30 dev wan
	addr add 192.0.2.1/32 dev hw
	route add $HOP dev wan
	route add default via $HOP src 192.0.2.1
	neigh add 192.0.2.6 lladdr 02:00:00:00:00:06 dev hw nud permanent
	END
}

# hw_down: it goes, and takes its SAs with it.
hw_down()
{
	local states

	spawn "$WORK/gone" sh -c \
		'echo 9 >/sys/bus/netdevsim/del_device && echo gone'
	wait_for 20 grep -q gone "$WORK/gone" || return
	states=$(on ce1 ip xfrm state) && [[ $states != *offload* ]]
}

# hw_sas: how many SAs it has; hw_sent: and packets that it would have encrypted.
hw_sas()
{
	sed -n 's/^SA count=\([0-9]*\) .*/\1/p' $HW
}

hw_sent()
{
	sed -n 's/^SA count=.* tx=//p' $HW
}

# sent N COMMAND...: the command has it send N packets.
sent()
{
	local n

	n=$(($(hw_sent) + $1))
	shift
	"$@" || return
	wait_for 5 is "$n" hw_sent
}

# taken_over: both SAs; the device says so, and so does XFRM.
taken_over()
{
	is 2 hw_sas && is 2 eval \
		"on ce1 ip xfrm state | grep -c 'offload parameters: dev hw'"
}

# by_hw, by_wan: the way to the other gateway.
by_hw()
{
	on ce1 ip route add 198.51.100.1 via 192.0.2.6 dev hw onlink \
		src 192.0.2.1
}

by_wan()
{
	on ce1 ip route del 198.51.100.1
}

pings()
{
	on host1 ping -n -q -c 3 -i 0.2 -W 1 "$1"
}

# segment: 20,000 octets of TCP as one packet, which is steered as one: it is the
# device, for which it is too much, that has it cut.
segment()
{
	local mac before

	before=$(counter ce1 protected)
	mac=$(on ce1 ip -j link show lan | jq -r '.[0].address')
	on host1 python3 gso.py lan "$mac" 10.1.0.2 10.2.0.2 20000 1200 &&
		wait_for 5 is $((before + 1)) counter ce1 protected
}

# another_up: a namespace that has a device, and on it an SA, which is used.
another_up()
{
	draw_ns another
	draw && hw_new another 10 && ip_on another <<-END || return
	addr add 192.0.2.9/30 dev hw
	neigh add 192.0.2.10 lladdr 02:00:00:00:00:0a dev hw nud permanent
	route add default via 192.0.2.10
	xfrm state add src 192.0.2.9 dst 192.0.2.10 proto esp spi 0x100 reqid 1 mode tunnel flag af-unspec if_id 7 aead rfc4106(gcm(aes)) 0x0123456789012345678901234567890123456789 128 offload dev hw dir out
	END
	policy another 192.0.2.9 192.0.2.10 &&
		table another vpn add 0 &&
		table another gateway add 1 192.0.2.10 if-id 7 &&
		table another source add 192.0.2.9/32 &&
		table another route add 10.2.0.0/24 protect via 1 &&
		counts another protected 3 \
			on another ping -n -q -c 3 -i 0.05 -W 0.5 10.2.0.2
}

# another_ends: to its end, when it holds the module no more.
another_ends()
{
	local holders

	holders=$(cat /sys/module/cesteer/refcnt)
	ip netns del "$TAG-another" &&
		wait_for 20 is $((holders - 1)) cat /sys/module/cesteer/refcnt
}

t_plan 15
t_need "two sites" sites_up
t_need "a device that takes ESP over" hw_up
psk_confs "esp-proposals: aes128gcm16-x25519"
MODE=pre-established gateway_conf ce1 "psk: [{ file: $WORK/psk }]" \
	"esp-proposals: aes128gcm16-x25519" "hw-offload: crypto"
cap_start wire core ce1 || t_bail "no capture"
t_need "strongSwan and cesteerd on both" gateways_up ce1 ce2
t_check "an SA is up" wait_for 60 ike_state ce1 up
t_check "it is the device's, in both directions" wait_for 10 taken_over
t_check "what leaves by another device is encrypted here" \
	sent 0 wait_for 10 both_reach
t_need "the way out is by the device now" by_hw
t_check "what is steered to the SA is the device's: IPv4" \
	sent 3 counts ce1 protected 3 pings 10.2.0.2
t_check "and IPv6" sent 3 counts ce1 protected 3 pings fd02::2
t_check "a GSO packet is one until it gets there" sent 17 segment
by_wan
t_check "and back: nothing goes the old way" sent 0 wait_for 10 both_reach
cap_stop wire
t_check "nothing left in clear text" cap_none wire "$CLEAR"
t_check "the device goes, and its SAs with it" hw_down
t_need "another namespace uses such an SA" another_up
t_check "it ends" another_ends
