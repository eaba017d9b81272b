#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# More than one gateway for a subnet: traffic moves when the one in use is
# down, by IKE or by BGP, and moves back only when it has been well for a while;
# each gateway of the set may speak for the subnet all the time.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/provider.sh
. ./provider.sh

BOTH="protect 172.16.2.2,172.16.3.2 learned unknown"

# uses ADDRESS: what ce1 would send site 2's traffic by.
uses()
{
	is "$1" eval "cesteer ce1 explain 10.1.0.2 10.2.0.2 --json |
		jq -r '.[\"gateway-address\"]'"
}

# state ADDRESS: the kernel's, as shown.
state()
{
	cesteer ce1 show gateways --json | jq -r --arg a "$1" \
		'.[] | select(.address == $a) | .state'
}

recovering()
{
	cesteer ce1 show gateways --json | jq -e --arg a "$1" \
		'.[] | select(.address == $a) | .state == "down" and .recovering >= 0'
}

# Nothing of ce1's reaches the gateway; its BGP session does not notice.
cut()
{
	on core ip rule add from 172.16.1.2 to "172.16.${1#ce}.2" prio 10 \
		blackhole
}

mend()
{
	on core ip rule del prio 10
}

# One ping every 0.1 s until one is answered: how long that took.
moved()
{
	local began=$EPOCHREALTIME ended

	wait_for 60 ping_ok host1 10.2.0.2 -W 0.2 || return
	ended=$EPOCHREALTIME
	echo "# moved after $(((${ended/./} - ${began/./}) / 1000)) ms" >&3
}

# back: it recovers, is not used at once, then is.
back()
{
	mend && wait_for 60 recovering 172.16.2.2 && uses 172.16.3.2 &&
		wait_for 60 uses 172.16.2.2
}

# for_long: it is six seconds since the last gateway was drained.
for_long()
{
	local since

	since=$(cesteer ce1 show events --json |
		jq -r '[.[] | select(.event == "gateway-drained")][-1].time') &&
		[ $(($(date +%s) - $(date -d "$since" +%s))) -ge 6 ]
}

# Traffic is really seen to go there: ESP from ce1 to a gateway.
esp_to()
{
	cap_some "$1" "esp and src 172.16.1.2 and dst $2"
}

exec 3>&1
export ADD_PATH=on
t_plan 30
t_need "a provider and its sites" provider_draw
t_need "the provider" provider_up
provider_say "if bgp_path ~ [= 65003 =] then bgp_path.prepend(64500);" >/dev/null
TOP="timers: { hold-up: 4s }" site_conf ce1 "    hold: { withdrawn: 1h }"
site_conf ce2
site_conf ce3
t_need "three gateways" sites_up ce1 ce2 ce3
t_need "the set is in order" wait_for 40 has_entry ce1 10.2.0.0/24 "$BOTH"
wait_for 40 has_entry ce2 10.1.0.0/24 "protect 172.16.1.2 learned unknown"
wait_for 40 has_entry ce3 10.1.0.0/24 "protect 172.16.1.2 learned unknown"
t_need "the wire is captured" cap_start wire core ce1
t_need "sites reach each other" wait_for 20 ping_ok host1 10.2.0.2
t_check "by the preferred gateway" uses 172.16.2.2
host2_by ce3
t_check "the other may answer" wait_for 20 ping_ok host1 10.2.0.2
t_check "and is believed: not a packet is lost" steady host1 10.2.0.2 \
	uses 172.16.2.2

cut ce2
t_check "the gateway is silent: traffic moves" moved
t_check "to the other one" uses 172.16.3.2
t_check "it is down" is down state 172.16.2.2
t_check "and that is an event" event ce1 gateway-down 172.16.2.2
t_check "it comes back: not at once, and not a packet is lost" \
	steady host1 10.2.0.2 back
t_check "an event, too" event ce1 gateway-usable 172.16.2.2

cap_start bgp core ce1 || t_bail "no capture"
t_check "its path is withdrawn: not a packet is lost" \
	steady host1 10.2.0.2 until_entry 10.2.0.0/24 \
	"protect 172.16.3.2 learned unknown" \
	provider_say "if bgp_path ~ [= 65002 =] then reject;"
t_check "traffic goes to the other" uses 172.16.3.2
t_check "the path is back: the set is" steady host1 10.2.0.2 \
	until_entry 10.2.0.0/24 "$BOTH" \
	provider_say "if bgp_path ~ [= 65003 =] then bgp_path.prepend(64500);"
t_check "and traffic goes to the first" wait_for 30 uses 172.16.2.2
t_check "not a packet is lost after that" steady host1 10.2.0.2 \
	uses 172.16.2.2
cap_stop bgp

t_check "it is drained: not a packet is lost" steady host1 10.2.0.2 \
	eval "cesteer ce1 gateway drain 172.16.2.2 && uses 172.16.3.2"
t_check "it is shown as such" is drained state 172.16.2.2
t_check "longer than a gateway that is back is passed over" eval \
	"steady host1 10.2.0.2 wait_for 30 for_long && uses 172.16.3.2"
t_check "a second time: refused" isnt cesteer ce1 gateway drain 172.16.2.2
t_check "it is undrained: not a packet is lost" steady host1 10.2.0.2 \
	eval "cesteer ce1 gateway undrain 172.16.2.2 && uses 172.16.2.2"
t_check "events tell of both" eval "event ce1 gateway-drained 172.16.2.2 &&
	event ce1 gateway-undrained 172.16.2.2"
t_check "it went by both" eval "esp_to bgp 172.16.2.2 && esp_to bgp 172.16.3.2"

provider_say "reject;" >/dev/null
t_check "all are withdrawn: held as they were" \
	wait_for 20 has_entry ce1 10.2.0.0/24 "${BOTH/learned/withdrawn}"
cut ce2
ping_ok host1 10.2.0.2 >/dev/null
t_check "and one still stands in for the other" moved
mend
cap_stop wire
t_check "nothing left in clear text" cap_none wire "$CLEAR"
