#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The packages' life on a fresh Debian with systemd, in whose image they were
# installed: started, upgraded under traffic with what DKMS builds for the running
# kernel, removed, purged.
#
# This machine is ce1 of
#
#   host1 ------ ce1 ---------- core ---------- ce2 ------ host2
#   10.1.0.2     .1 | 192.0.2.1/30   198.51.100.1/30 | .1     10.2.0.2
#
# and ce2 runs the same programs without systemd. They tell each other over
# BGP what they protect. Old packages are in /build/packages, the next version's
# in /build/packages/next. What is between ce1 and core is captured.
here=$(dirname "$0")
# shellcheck source=selftests/net/lib.sh
. "$here/../net/lib.sh"
# shellcheck source=selftests/net/two_gateways.sh
. "$here/../net/two_gateways.sh"

OLD=/build/packages
NEXT=/build/packages/next
ETC=/etc/cesteer
# Of the running daemon, and of the command.
BUILD=/usr/sbin
declare -A INNER4=([ce1]=10.1.0.0/24 [ce2]=10.2.0.0/24)

network()
{
	local lines

	# This machine's own namespace, by the name of ce1.
	ip netns attach "$TAG-ce1" 1
	draw_ns host1 core ce2 host2
	# A new link must have no name that is taken in this namespace, wherever
	# it goes to.
	draw_link ce2 wan core ce2
	draw_link host2 lan ce2 lan
	draw_link host1 lan ce1 lan
	draw_link ce1 wan core ce1
	draw_ip host1 "addr add 10.1.0.2/24 dev lan" "route add default via 10.1.0.1"
	draw_ip ce1 "addr add 10.1.0.1/24 dev lan" \
		"addr add 192.0.2.1/30 dev wan" "route add default via 192.0.2.2"
	draw_ip core "addr add 192.0.2.2/30 dev ce1" \
		"addr add 198.51.100.2/30 dev ce2" \
		"route add 10.1.0.0/24 via 192.0.2.1" \
		"route add 10.2.0.0/24 via 198.51.100.1"
	draw_ip ce2 "addr add 10.2.0.1/24 dev lan" \
		"addr add 198.51.100.1/30 dev wan" \
		"route add default via 198.51.100.2"
	draw_ip host2 "addr add 10.2.0.2/24 dev lan" "route add default via 10.2.0.1"
	lines=${draw_lines[ce1]}
	draw && ip_on ce1 <<<"$lines"
}

# conf OWN SUBNET OTHER FILE-OF-KEY VICI CONTROL
conf()
{
	cat <<-END
	router-id: $1
	as: 65000
	identity: { address: $1 }
	vpns:
	  - name: default
	    source-prefixes: [$2]
	    trusted-subnets: [$2]
	    neighbors: [{ address: $3, as: 65000 }]
	ike:
	  psk: [{ file: $4 }]
	  socket: $5
	control: { socket: $6 }
	END
}

# packages FOLDER NAME...: their files, but not those with debugging symbols.
packages()
{
	local dir=$1 name

	shift
	for name; do
		ls "$dir/$name"_*.deb
	done
}

install()
{
	# shellcheck disable=SC2046
	dpkg -i $(packages "$@")
}

# the DKMS module for this kernel, and what it is built from
dkms_built()
{
	local status

	status=$(dkms status cesteer)
	is "cesteer/$1, $(uname -r), x86_64: installed" echo "$status" &&
		is "$1" modinfo -F version cesteer
}

module_is()
{
	is "$1" cat /sys/module/cesteer/version
}

unit_is()
{
	is "$1" systemctl show -P ActiveState cesteerd
}

# daemon_is VERSION: the one that answers.
daemon_is()
{
	local info

	info=$("$BUILD/cesteer" show info --json) || return
	is "$1" jq -r .daemon.version <<<"$info"
}

ping_once()
{
	on host1 ping -c 1 -W 1 10.2.0.2
}

# traffic_start, traffic_stop: pings, twenty a second, without an end; sent and
# received are counted.
traffic_start()
{
	rm -f "$WORK/ping"
	spawn "$WORK/ping" nsenter --net="/run/netns/$TAG-host1" \
		ping -q -i 0.05 10.2.0.2
	traffic=$spawned
	cap_start "$1" core ce1
}

traffic_stop()
{
	local words

	kill -INT "$traffic"
	wait "$traffic"
	cap_stop "$1" || return
	read -r -a words < <(grep 'packets transmitted' "$WORK/ping")
	sent=${words[0]} received=${words[3]}
}

lost_none()
{
	[ "$sent" -gt 0 ] && is "$sent" echo "$received"
}

# What a reload must cost are packets, never their secrecy; and it ends.
lost_some()
{
	[ "$received" -gt 0 ] && [ "$received" -lt "$sent" ]
}

# Inner addresses on the wire outside.
leaked_none()
{
	cap_some "$1" esp && cap_none "$1" net 10.0.0.0/8
}

# As cesteerd(8) says: nothing passes between the sites' ends until there is a
# table again. guard add|delete. ce2 is another machine with the same kernel.
guard()
{
	local ce subnet tail=

	[ "$1" = delete ] || tail="action block"
	for ce in ce1 ce2; do
		subnet=${INNER4[$ce]}
		printf '%s\n' \
			"xfrm policy $1 src $subnet dst 0.0.0.0/0 dir out $tail" \
			"xfrm policy $1 src 0.0.0.0/0 dst $subnet dir fwd $tail" |
			ip_on $ce || return
	done
}

reload()
{
	guard add &&
		systemctl stop cesteerd && "$BUILD/cesteer" flush &&
		other_stop &&
		rmmod cesteer &&
		systemctl start cesteerd && other_start &&
		wait_for 60 learned
}

learned()
{
	[[ "$("$BUILD/cesteer" show routes)" == *10.2.0.0/24*198.51.100.1* ]]
}

# exposure: systemd's own figure, from 0 to 10, where less is better.
exposure()
{
	systemd-analyze security --no-pager cesteerd >"$WORK/security"
	figure=$(sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p' \
		"$WORK/security")
	[ -n "$figure" ] && awk -v f="$figure" 'BEGIN { exit !(f <= 2.5) }'
}

capabilities()
{
	local pid

	pid=$(systemctl show -P MainPID cesteerd)
	# CAP_NET_BIND_SERVICE is 10, CAP_NET_ADMIN 12.
	is 0000000000001400 sed -n 's/^CapEff:\t//p' "/proc/$pid/status" &&
		is 0000000000001400 sed -n 's/^CapBnd:\t//p' "/proc/$pid/status"
}

# ce2 runs the old version from a copy.
other_up()
{
	mkdir -p "$WORK/ce2" "$WORK/bin"
	cp /usr/sbin/cesteerd /usr/sbin/cesteer "$WORK/bin/"
	cp "$ETC/key" "$WORK/ce2/key"
	conf 198.51.100.1 10.2.0.0/24 192.0.2.1 "$WORK/ce2/key" "$WORK/ce2/vici" \
		"$WORK/ce2/control" >"$WORK/ce2/cesteerd.yaml"
	ike_start ce2 && other_start
}

other_start()
{
	BUILD=$WORK/bin cesteerd_start ce2
}

other_stop()
{
	cesteerd_stop ce2 && on ce2 "$WORK/bin/cesteer" flush
}

before_network()
{
	local before

	before=$(systemctl show -P Before cesteerd)
	[[ " $before " == *" network-pre.target "* ]]
}

# Others that sysinit.target waits for, as cloud-init, wait for the network.
not_after_sysinit()
{
	local after

	after=$(systemctl show -P After cesteerd)
	[[ " $after " == *" local-fs.target "* ]] &&
		[[ " $after " != *" sysinit.target "* ]]
}

# A unit that brings a network up, with the example's drop-in.
stand_in()
{
	local dir=/run/systemd/system

	mkdir -p $dir/stand-in.service.d &&
		printf '%s\n' '[Service]' Type=oneshot RemainAfterExit=yes \
			ExecStart=/bin/true >$dir/stand-in.service &&
		cp /usr/share/doc/cesteer/examples/hold-network.conf \
			$dir/stand-in.service.d/ &&
		systemctl daemon-reload
}

# With a mistake in the configuration.
held()
{
	echo 'vpns: [' >$ETC/cesteerd.yaml
	! systemctl start stand-in &&
		is failed systemctl show -P ActiveState stand-in &&
		systemctl stop cesteerd
}

# What is on the disk of us, but for the kernel's and systemd's records.
leftovers()
{
	find /boot /etc /lib/systemd /opt /root /srv /usr /var -xdev \
		-iname '*cesteer*' ! -name 'cesteer-guest.service' \
		! -path '/var/log/*' ! -path '/var/lib/dpkg/*'
	dpkg -l | grep cesteer
	grep '^cesteer ' /proc/modules
	return 0
}

old=$(dpkg-deb -f "$(packages $OLD cesteer)" Version)
next=$(dpkg-deb -f "$(packages $NEXT cesteer)" Version)

t_plan 36
t_need "both packages are installed" dpkg -V cesteer cesteer-dkms
t_need "DKMS built $old for the running kernel" dkms_built "$old"
t_check "without a configuration the unit does nothing" unit_is inactive
t_check "the network waits for it" before_network
t_check "and it not for what waits for the network" not_after_sysinit
t_need "the network is drawn" network
mkdir -p $ETC
secret $ETC/key
t_need "a network is held by the example" stand_in
t_check "where cesteerd cannot start" held
conf 192.0.2.1 10.1.0.0/24 198.51.100.1 key /run/charon.vici /run/cesteer/control \
	>$ETC/cesteerd.yaml
t_need "IKE starts" systemctl start strongswan
t_need "the unit starts" systemctl start cesteerd
t_check "and the network comes up" systemctl start stand-in
t_check "the module of DKMS is loaded" module_is "$old"
t_check "with two capabilities" capabilities
t_check "its exposure is low" exposure
t_say "systemd-analyze security: ${figure:-none}"
t_need "another gateway is there" other_up
t_need "a tunnel comes up" wait_for 120 ping_once

traffic_start upgrade
t_need "the next version installs" install $NEXT cesteer cesteer-dkms
t_check "DKMS built $next, and no longer has $old" dkms_built "$next"
t_need "the new daemon works" wait_for 60 daemon_is "$next"
t_check "with the old module" module_is "$old"
wait_for 60 learned
t_need "the traffic is ended" traffic_stop upgrade
t_say "upgrade: $sent sent, $((sent - received)) lost"
t_check "not a packet was lost" lost_none
t_check "and none in clear text" leaked_none upgrade

traffic_start reload
t_need "the module is reloaded" reload
t_check "the new one" module_is "$next"
guard delete
t_check "the tunnel comes back" wait_for 120 ping_once
t_need "this traffic too" traffic_stop reload
t_say "reload: $sent sent, $((sent - received)) lost"
t_check "packets were lost, then no more" lost_some
t_check "none in clear text" leaked_none reload

t_need "the old daemon installs again" install $OLD cesteer
t_check "and works with the new module" wait_for 60 daemon_is "$old"
t_check "so does the old command" learned

other_stop
ike_stop ce2
# In the order in which the module is still in use.
t_need "both packages are removed" dpkg -r cesteer-dkms cesteer
t_need "and purged" dpkg -P cesteer-dkms cesteer
t_check "the key is kept, the configuration is not" is key ls $ETC
rm -r $ETC
t_check "nothing else is left" is "" leftovers
