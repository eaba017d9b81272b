#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The provider of the other tests is what it claims to be: with BIRD as the CEs'
# speaker and no cesteer anywhere, routes and the identities they carry cross
# both PEs, packets cross the core under two labels, and sites reach each other.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/l3vpn.sh
. ./l3vpn.sh

# 192.0.2.1 in an opaque community of sub-type 0x80, as BIRD writes it.
IDENTITY='(generic, 0x3800000, 0xc0000201)'

# ce_bird CE ROUTES4 ROUTES6
ce_bird()
{
	mkdir -p "$WORK/ce$1"
	cat >"$WORK/ce$1/bird.conf" <<-END
	router id 192.0.2.$1;
	protocol device { }
	protocol static announce4 {
		ipv4;
		route 192.0.2.$1/32 blackhole;
		$2
	}
	protocol static announce6 {
		ipv6;
		$3
	}
	protocol bgp edge {
		local 172.16.$1.2 as 6500$1;
		neighbor 172.16.$1.1 as 64500;
		connect delay time 1;
		ipv4 {
			import all;
			export where source = RTS_STATIC;
		};
		ipv6 {
			import all;
			export where source = RTS_STATIC;
			next hop address 2001:db8:ff:$1::2;
		};
	}
	END
	bird_start "ce$1"
}

has_identity()
{
	bird_on ce5 "show route all $1" | grep -F "$IDENTITY"
}

lacks_identity()
{
	local out

	out=$(bird_on ce5 "show route all $1")
	grep -q BGP.as_path <<<"$out" && ! grep -F "$IDENTITY" <<<"$out"
}

t_plan 14
t_need "the provider's routers come up" l3vpn_up
routers=("${pids[@]}")

with="{ bgp_ext_community.add((generic, 0x03800000, 0xC0000201)); }"
ce_bird 1 "route 10.1.0.0/24 blackhole; route 10.1.0.1/32 blackhole $with;" \
	"route 2001:db8:1::/64 blackhole; route 2001:db8:1::1/128 blackhole $with;"
ce_bird 2 "route 10.2.0.0/24 blackhole;" "route 2001:db8:2::/64 blackhole;"
ce_bird 5 "route 10.5.0.0/24 blackhole;" "route 2001:db8:5::/64 blackhole;"

t_check "an identity crosses both PEs (IPv4)" \
	wait_for 40 has_identity 10.1.0.1/32
t_check "an identity crosses both PEs (IPv6)" \
	wait_for 20 has_identity 2001:db8:1::1/128
t_check "a route without one arrives without (IPv4)" \
	wait_for 20 lacks_identity 10.1.0.0/24
t_check "a route without one arrives without (IPv6)" \
	wait_for 20 lacks_identity 2001:db8:1::/64

t_need "the core is captured" cap_start core p pe2
t_check "site to site across PEs (IPv4)" wait_for 20 ping_ok 162-1 10.1.0.1
t_check "site to site across PEs (IPv6)" \
	wait_for 20 ping_ok 162-1 2001:db8:1::1
t_check "site to site on one PE" wait_for 20 ping_ok 160-3 10.2.0.1
t_check "the other site across PEs" wait_for 20 ping_ok 161-1 10.5.0.2
t_check "a gateway's own address" \
	wait_for 20 ping_ok ce5 192.0.2.1 -I 192.0.2.5
cap_stop core
t_check "the core carries labelled packets" \
	cap_some core 'mpls and mpls'
t_check "and IPv4 of the sites only under labels" cap_none core 'net 10.0.0.0/8'
t_check "the PEs stay up" all_alive "${routers[@]}"
