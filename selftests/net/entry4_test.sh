#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Entry 4 of figure 3: a host that is in a trusted subnet of its own and ends
# its own tunnel, so that IKE and ESP to the gateway go to where the entry says
# "protect". On demand and pre-established, IPv4 and IPv6: ce2 announces host2
# with host2 as the gateway; host2 has no BGP.
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

# confs: everybody's; MODE comes from the environment.
confs()
{
	KEYS="host2=10.2.0.2 host2=fd02::2" learned_conf ce1
	learned_conf ce2
	# The rest of site 2 is no trusted subnet.
	sed -i -e 's|{ prefix: 10.2.0.0/24.*|{ prefix: 10.2.0.2/32, gateway: 10.2.0.2 }|' \
		-e 's|{ prefix: "fd02::/64".*|{ prefix: "fd02::2/128", gateway: "fd02::2" }|' \
		-e 's|source-prefixes: .*|source-prefixes: []|' \
		"$WORK/ce2/cesteerd.yaml"
	site_conf host2 "10.2.0.2 fd02::2" "ce1=192.0.2.1 ce1=fd0a::1" <<-END
	vpns:
	  - name: default
	    source-prefixes: [10.2.0.2/32, "fd02::2/128"]
	    static:
	      - { prefix: 10.1.0.0/24, action: protect, gateways: [192.0.2.1] }
	      - { prefix: "fd01::/64", action: protect, gateways: ["fd0a::1"] }
	END
}

# ike_is NAME GATEWAY STATE
ike_is()
{
	is "$3" eval "cesteer $1 show gateways --json |
		jq -r '.[] | select(.address == \"$2\") | .ike.state'"
}

entry4()
{
	has_routes ce1 "10.2.0.2/32 protect 10.2.0.2" \
		"fd02::2/128 protect fd02::2" &&
		ready ce1 10.2.0.2 && ready ce1 fd02::2 &&
		ready host2 192.0.2.1 && ready host2 fd0a::1
}

# only_esp WIRE: what host2 and site 1 said to each other, there.
only_esp()
{
	cap_sync "$1" && cap_none "$1" "$CLEAR" &&
		cap_some "$1" "esp and src 192.0.2.1 and dst 10.2.0.2" &&
		cap_some "$1" "esp and src 10.2.0.2 and dst 192.0.2.1" &&
		cap_some "$1" "ip6 and esp and src fd0a::1 and dst fd02::2" &&
		cap_some "$1" "ip6 and esp and src fd02::2 and dst fd0a::1"
}

# stop: all that start has started, and what it left in the kernel.
stop()
{
	local name

	for name in ce1 ce2 host2; do
		cesteerd_stop $name
		[ -z "${ike_pid[$name]:-}" ] || ike_stop $name
		cesteer $name flush
	done
	for name in wire1 lan; do
		cap_stop $name || return
	done
}

start()
{
	cap_start wire1 core ce1 && cap_start lan ce2 lan &&
		daemons_up ce1 host2 && cesteerd_start ce2 &&
		wait_for 30 entry4
}

both_up()
{
	ike_is ce1 10.2.0.2 up && ike_is ce1 fd02::2 up &&
		ike_is host2 192.0.2.1 up && ike_is host2 fd0a::1 up
}

# pings: hosts 1 and 2, in both families and both ways.
pings()
{
	ping_ok host1 10.2.0.2 && ping_ok host1 fd02::2 &&
		ping_ok host2 10.1.0.2 && ping_ok host2 fd01::2
}

t_plan 14
t_need "two sites" sites_up
provider_conf
confs
t_need "a provider" bird_start core
t_need "on demand: announced, and loaded" start
t_check "no tunnel before a packet" isnt both_up
t_check "the IPv4 tunnel to a host in its own trusted subnet comes up" \
	wait_for 20 ping_ok host1 10.2.0.2
t_check "the IPv6 tunnel too" wait_for 20 ping_ok host1 fd02::2
t_check "both ways get through" pings
t_check "as ESP only, between CE and provider" only_esp wire1
t_check "as ESP only, on the host's own link" only_esp lan
t_need "the captures are whole" stop
MODE=pre-established confs
t_need "pre-established: announced, and loaded" start
t_check "the tunnels of both families come up by themselves" \
	wait_for 30 both_up
t_check "both ways get through then" pings
t_check "as ESP only, on both links" \
	eval "only_esp wire1 && only_esp lan"
