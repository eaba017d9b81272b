#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Life cycle: the BGP session drops. The provider's BGP restarts gracefully
# (RFC 4724) and is killed, under traffic: entries are stale, packets see no
# difference, and what is not announced any more is swept when the provider has
# said all that it knows.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/sites.sh
. ./sites.sh
# shellcheck source=selftests/net/learned_sites.sh
. ./learned_sites.sh

# lost, fresh: ce1's session, and what it gave.
lost_session()
{
	cesteer ce1 show bgp --json |
		jq -e '.[0] | .state != "established" and .stale'
}

fresh()
{
	cesteer ce1 show bgp --json |
		jq -e '.[0] | .state == "established" and (.stale | not)'
}

# ends COMMAND...: the provider's BGP ends by it; both CEs keep their entries.
ends()
{
	flowing ce1 50 && "$@" && wait_for 10 lost_session &&
		flowing ce1 50 && learned ce1 && learned ce2
}

restarts_gracefully()
{
	bird_on core "graceful restart" && wait_for 10 isnt all_alive \
		"${bird_pid[core]}"
}

# back: the provider is.
back()
{
	wait_for 20 fresh && wait_for 10 learned ce1 && wait_for 10 learned ce2 &&
		flowing ce1 50
}

returns()
{
	bird_start core && back
}

recovers()
{
	bird_start core -R && back
}

# Meanwhile ce2 announces one subnet less.
returns_with_less()
{
	learned_conf ce2 && kill -HUP "${daemon_pid[ce2]}" && returns &&
		wait_for 40 isnt has_routes ce1 "$more"
}

more="10.2.7.0/24 protect 198.51.100.1"
# What BGP says is gone is believed gone after ten seconds: the provider says that
# it has told all before the other site is back.
export HOLD=10s
t_plan 23
t_need "two sites learn of each other" learned_up
MORE=10.2.7.0/24 learned_conf ce2
kill -HUP "${daemon_pid[ce2]}"
t_need "a subnet more" wait_for 20 has_routes ce1 "$more"
t_need "traffic gets through" wait_for 20 through
t_need "both wires are captured" wires_start
under_traffic "the provider's BGP restarts gracefully" ends restarts_gracefully
t_check "nothing is lost" nothing_lost
under_traffic "and is back" recovers
t_check "nothing is lost then" nothing_lost
under_traffic "the provider's BGP is killed" ends bird_stop core KILL
t_check "nothing is lost by that" nothing_lost
under_traffic "and is back, with a subnet less" returns_with_less
t_check "nothing is lost as the rest is swept" nothing_lost
under_traffic "the provider's BGP ends in order" ends bird_stop core TERM
t_check "nothing is lost while it is away" nothing_lost
under_traffic "and is back again" returns
t_check "nothing is lost at its return" nothing_lost
t_check "the captures are whole" wires_stop
