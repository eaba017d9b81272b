#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Withdrawn, downgraded, pierced: the provider takes away what says that a
# subnet must be protected. Traffic goes on in ESP, or is dropped as the
# operator declared, and he is told; it is never sent in clear text.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/provider.sh
. ./provider.sh

# An umbrella of each kind; what is learned is beneath the first.
UMBRELLAS='    static:
      - { prefix: 10.2.0.0/16, action: discard }
      - { prefix: 10.3.0.0/16, action: protect, gateways: [172.16.2.2] }'
HOLD='    hold: { withdrawn: 3s, downgraded: forever }'
LONG='    hold: { withdrawn: 1h, downgraded: forever }'

# A generic netlink socket (16) is in a group.
listening()
{
	on ce1 grep -qE '^[0-9a-f]+ +16 +[0-9]+ +0*[1-9a-f]' /proc/net/netlink
}

# The CLI shows how long it has been held, and for how long it still is.
age_shown()
{
	cesteer ce1 show routes --json | jq -e '.[] |
		select(.prefix == "10.2.0.0/24") | .learned |
		.alarm and .age >= 1 and ."held-for" > 3000'
}

# held_longer_than SECONDS ENTRY
held_longer_than()
{
	has_entry ce1 10.2.0.0/24 "$2" && cesteer ce1 show routes --json |
		jq -e --argjson s "$1" '.[] |
			select(.prefix == "10.2.0.0/24").learned.age > $s'
}

GOOD="protect 172.16.2.2 learned unknown"
WITHDRAWN="protect 172.16.2.2 withdrawn unknown"
DOWNGRADED="protect 172.16.2.2 downgraded unknown"

t_plan 30
t_need "a provider and its sites" provider_draw
t_need "the provider" provider_up
site_conf ce1 "$LONG" "$UMBRELLAS"
site_conf ce2
t_need "two gateways" sites_up ce1 ce2
t_need "what is learned has its entry beneath the umbrella" \
	wait_for 40 has_entry ce1 10.2.0.0/24 "$GOOD"
t_check "the umbrella is there" has_entry ce1 10.2.0.0/16 "discard  static "
t_check "and the other" has_entry ce1 10.3.0.0/16 "protect 172.16.2.2 static "
wait_for 40 has_entry ce2 10.1.0.0/24 "protect 172.16.1.2 learned unknown"
t_need "sites reach each other" wait_for 20 ping_ok host1 10.2.0.2
t_need "the wire is captured" cap_start wire core ce1
spawn "$WORK/monitor" nsenter --net="/run/netns/$TAG-ce1" "$BUILD/cesteer" \
	--socket "$WORK/ce1/control" monitor --json
monitor=$spawned
t_need "a monitor listens" wait_for 20 listening

t_check "withdrawn: held, and no packet lost" steady host1 10.2.0.2 \
	until_entry 10.2.0.0/24 "$WITHDRAWN" \
	provider_say "if net = 10.2.0.0/24 then reject;"
t_check "it is an event" event ce1 withdrawn 10.2.0.0/24
t_check "which the monitor tells" wait_for 10 grep -q '"withdrawn"' \
	"$WORK/monitor"
t_check "and is shown with its age" wait_for 10 age_shown
t_check "announced again: as it was" steady host1 10.2.0.2 \
	until_entry 10.2.0.0/24 "$GOOD" provider_say ""
t_check "that, too" event ce1 restored 10.2.0.0/24

t_check "the hold time is changed alone" steady host1 10.2.0.2 \
	site_reload ce1 "$HOLD" "$UMBRELLAS"
provider_say "if net = 10.2.0.0/24 then reject;" >/dev/null
t_check "withdrawn for longer: the umbrella decides" \
	wait_for 20 has_entry ce1 10.2.0.0/24 ""
t_check "an event" event ce1 released 10.2.0.0/24
t_check "which is discard" dropped discard
t_check "learned again, it is above the umbrella" \
	until_entry 10.2.0.0/24 "$GOOD" provider_say ""
t_check "and reached" wait_for 20 ping_ok host1 10.2.0.2

t_check "downgraded: held, and no packet lost" steady host1 10.2.0.2 \
	until_entry 10.2.0.0/24 "$DOWNGRADED" \
	provider_say "bgp_ext_community.empty;"
t_check "an event" event ce1 downgraded 10.2.0.0/24
t_check "for longer than what is withdrawn" \
	wait_for 20 held_longer_than 3 "$DOWNGRADED"
t_check "until it is released: the umbrella again" \
	eval 'cesteer ce1 release 10.2.0.0/24 && dropped discard'
until_entry 10.2.0.0/24 "$GOOD" provider_say ""

t_check "pierced: no hole, and no packet lost" steady host1 10.2.0.2 \
	until_entry 10.2.0.0/25 "none  pierced " \
	provider_routes "route 10.2.0.0/25 blackhole;"
t_check "an event" event ce1 pierced 10.2.0.0/25
cap_stop wire
end_pid "$monitor"
t_check "ESP was there" cap_some wire esp
t_check "nothing left in clear text" cap_none wire "$CLEAR"

cap_start hole core ce1 || t_bail "no capture"
until_entry 10.2.0.0/25 "bypass  no-identity " \
	site_reload ce1 "$HOLD" "$UMBRELLAS" "    no-identity: bypass"
ping_ok host1 10.2.0.2 >/dev/null
cap_stop hole
t_check "where policy says so, it is a hole" cap_some hole "$CLEAR"
