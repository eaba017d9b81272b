#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A NAT between two gateways: ESP goes in UDP, whoever begins. The one behind
# it is announced by the address that the others see, and its own is another.
# With strongSwan on both sides.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/two_gateways.sh
. ./two_gateways.sh

# readdress: ce2 moves behind the provider's NAT.
readdress()
{
	ip_on ce2 <<-END && ip_on core <<-END2
	addr del 198.51.100.1/30 dev wan
	addr add 10.99.0.1/30 dev wan
	route replace default via 10.99.0.2
	END
	addr del 198.51.100.2/30 dev ce2
	addr add 10.99.0.2/30 dev ce2
	route replace 10.2.0.0/24 via 10.99.0.1
	END2
}

# nat [IN]: what ce2 sends comes from 198.51.100.1, by ports of the NAT's own;
# IN: and what is sent there gets to ce2.
nat()
{
	on core nft -f - <<-END
	flush ruleset
	table ip nat {
		chain in {
			type nat hook prerouting priority dstnat
			${1:+ip daddr 198.51.100.1 dnat to 10.99.0.1}
		}
		chain out {
			type nat hook postrouting priority srcnat
			ip saddr 10.99.0.1 meta l4proto udp snat to 198.51.100.1:20000-30000
		}
	}
	END
}

# conf: ce2 goes by an address that is not its own.
confs()
{
	psk_confs "dpd-delay: 30" && gateway_conf ce2 "psk: [{ file: $WORK/psk }]" \
		"local: [10.99.0.1]"
}

# by_traffic FROM TO: a packet brings the SA up.
by_traffic()
{
	gateways_down
	gateways_up ce1 ce2 && wait_for 20 ike_state ce1 waiting &&
		wait_for 20 ike_state ce2 waiting &&
		wait_for 15 ping_ok "$1" "$2"
}

t_plan 9
t_need "two sites" sites_up
t_need "one is behind a NAT" readdress
confs
cap_start wire core ce1 || t_bail "no capture"
nat in
t_check "up from outside" by_traffic host1 10.2.0.2
t_check "both families, both ways" both_reach
nat
t_check "up from inside, where nothing gets in by itself" \
	by_traffic host2 10.1.0.2
t_check "both families, both ways, again" both_reach
cap_stop wire
t_check "ESP is in UDP" cap_some wire "udp port 4500 and udp[8:4] != 0"
t_check "and never bare" cap_none wire "ip proto 50"
t_check "nothing left in clear text" cap_none wire "$CLEAR"
