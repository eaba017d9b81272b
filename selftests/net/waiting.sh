# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Packets that wait for an SA at ce1, for tests with the two sites of
# two_sites.sh, which is to be sourced before. SAs are static, so that each
# comes when the test says so.

# gw CE FIELD: of its only gateway.
gw()
{
	table "$1" show gateways --json | jq -r ".[0].$2"
}

waiting()
{
	is "$1" gw ce1 waiting
}

held()
{
	is "$1" eval "table ce1 show info --json | jq .module.queue.held"
}

# gone: none of the packets that waited does any more.
gone()
{
	wait_for 10 waiting 0
}

# burst N [FROM ADDRESS]: so many pings, numbered 1 to N.
burst()
{
	on "${2:-host1}" ping -n -q -c "$1" -i 0.002 -W 0.1 "${3:-10.2.0.2}" \
		>/dev/null
}

# arrived ID: numbers of the pings of a capture, in order.
arrived()
{
	cap_read "$1" 'icmp[icmptype] == icmp-echo' |
		sed 's/.* seq \([0-9]*\),.*/\1/' | xargs
}

# The way in first: the answers come back by it.
sa_comes()
{
	sa ce1 198.51.100.1 192.0.2.1 0x200 &&
		sa ce1 192.0.2.1 198.51.100.1 0x100
}
