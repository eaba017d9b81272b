#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Local policy on identities: a provider's mistake, or a route target set by a
# customer, brings a route that names a gateway which may not stand for it. It
# redirects nothing, and it makes nothing clear text.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/provider.sh
. ./provider.sh

EVIL=172.16.3.2

# policy LINE...: the VPN's part of ce1's configuration.
policy()
{
	printf '%s\n' "    identities:" "      claims:" \
		"        - gateway: 172.16.2.2" \
		"          prefixes: [{ prefix: 10.2.0.0/24, max-length: 25 }]" "$@"
}

NO_HOLD="    hold: { withdrawn: 0, downgraded: 0 }"

t_plan 20
t_need "a provider and its sites" provider_draw
t_need "the provider" provider_up
site_conf ce1 "$(policy)"
site_conf ce2
t_need "two gateways" sites_up ce1 ce2
t_need "a claim that is allowed is valid" wait_for 40 has_entry ce1 \
	10.2.0.0/24 "protect 172.16.2.2 learned valid"
wait_for 40 has_entry ce2 10.1.0.0/24 "protect 172.16.1.2 learned unknown"
t_need "the wire is captured" cap_start wire core ce1
t_need "sites reach each other" wait_for 20 ping_ok host1 10.2.0.2

t_check "a part of it claimed by another: rejected, not a packet is lost" \
	steady host1 10.2.0.2 until_entry 10.2.0.0/25 "none  rejected invalid" \
	provider_routes "route 10.2.0.0/25 blackhole $(identity $EVIL);"
t_check "an event" event ce1 rejected 10.2.0.0/25
t_check "all of it: held as it was, not a packet is lost" \
	steady host1 10.2.0.2 until_entry 10.2.0.0/24 \
	"protect 172.16.2.2 downgraded valid" \
	provider_say "if net = 10.2.0.0/24 then {" \
	"bgp_ext_community.empty;" \
	"bgp_ext_community.add((generic, 0x03800000, 0xac100302)); }"
t_check "an event" event ce1 downgraded 10.2.0.0/24

# What came before was held; the operator may not want that.
site_reload ce1 "$(policy)" "$NO_HOLD"
t_check "not held: discarded, as nothing covers it" wait_for 20 has_entry ce1 \
	10.2.0.0/24 "discard  rejected invalid"
t_check "which is dropped" dropped discard
t_check "a part of that: it covers it" wait_for 20 has_entry ce1 10.2.0.0/25 \
	"none  rejected invalid"
provider_say "" >/dev/null
t_check "the right one is back" wait_for 20 has_entry ce1 10.2.0.0/24 \
	"protect 172.16.2.2 learned valid"
t_check "and reached" wait_for 20 ping_ok host1 10.2.0.2

t_check "neither listed: unknown, and taken" until_entry 10.9.0.0/24 \
	"protect 172.16.4.2 learned unknown" provider_routes \
	"route 10.9.0.0/24 blackhole $(identity 172.16.4.2);"
t_check "unless policy rejects it" until_entry 10.9.0.0/24 \
	"discard  rejected unknown" site_reload ce1 \
	"$(policy "      unknown: reject")" "$NO_HOLD"

# One more than a gateway may have.
several()
{
	site_reload ce1 "$(policy "      max-per-gateway: 2")" "$NO_HOLD" &&
		provider_routes \
			"route 10.9.0.0/24 blackhole $(identity 172.16.4.2);" \
			"route 10.9.1.0/24 blackhole $(identity 172.16.4.2);" \
			"route 10.9.2.0/24 blackhole $(identity 172.16.4.2);"
}

# of_9 REASON: how many of those prefixes have it.
of_9()
{
	cesteer ce1 show routes --json | jq --arg r "$1" '[.[] | select(
		(.prefix | startswith("10.9.")) and .learned.reason == $r)] |
		length'
}
several >/dev/null
t_check "too many of one gateway: limited" wait_for 20 \
	eval "is 2 of_9 learned && is 1 of_9 limited"
cap_stop wire
t_check "nothing was sent to the other" cap_none wire "host $EVIL"
t_check "nothing left in clear text" cap_none wire "$CLEAR"
