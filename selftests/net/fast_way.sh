# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The fast way at ce1, for tests with the two sites of two_sites.sh, which is to
# be sourced before.

# device FIELD: of ce1's LAN device, as the module has it.
device()
{
	table ce1 show devices --json | jq -r ".[0].$1"
}

# takes N COMMAND...: the command succeeds, and N packets or more took the fast
# way meanwhile.
takes()
{
	local n=$1 before took

	shift
	before=$(device packets)
	"$@" || return
	took=$(($(device packets) - before))
	[ "$took" -ge "$n" ] && return
	echo "$took took the fast way"
	return 1
}

# by_foot COMMAND...: the command succeeds, and none did.
by_foot()
{
	local before

	before=$(device packets)
	"$@" && is "$before" device packets
}

pings()
{
	on host1 ping -n -q -c 3 -i 0.05 -W 10 10.2.0.2 &&
		on host1 ping -n -q -c 3 -i 0.05 -W 10 fd02::2
}

# fast_up: two sites that talk, by the fast way from ce1's LAN.
fast_up()
{
	sites_up && tables_set && policies_set && sas_set &&
		echo_start host2 && pings && table ce1 device add lan &&
		wait_for 10 takes 6 pings
}
