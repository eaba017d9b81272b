# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The two sites of two_sites.sh as a customer has them, to be sourced after it
# and sites.sh: BIRD is the provider in core, strongSwan and cesteerd run on
# both CEs, and each learns from the other what to protect. IPv4 is protected
# by a tunnel over IPv4, IPv6 by one over IPv6.

# Gateways and subnets of a CE, by name.
export GW4_ce1=192.0.2.1 GW6_ce1=fd0a::1 NET4_ce1=10.1.0.0/24 NET6_ce1=fd01::/64
export GW4_ce2=198.51.100.1 GW6_ce2=fd0b::1 NET4_ce2=10.2.0.0/24
export NET6_ce2=fd02::/64

# of WHAT CE: a gateway or subnet.
of()
{
	local name=$1_$2

	echo "${!name}"
}

other_ce()
{
	case $1 in
	ce1) echo ce2 ;;
	ce2) echo ce1 ;;
	esac
}

# provider_conf: BIRD's configuration. PROVIDER, lines of it, from the
# environment, is within both sessions.
provider_conf()
{
	mkdir -p "$WORK/core"
	cat >"$WORK/core/bird.conf" <<-END
	router id 192.0.2.2;
	graceful restart wait 20;
	protocol device { }
	template bgp edge {
		local as 64500;
		connect delay time 1;
		connect retry time 1;
		error wait time 1, 2;
		${PROVIDER:-}
	}
	protocol bgp ce1 from edge {
		neighbor 192.0.2.1 as 65001;
		ipv4 { import all; export all; };
		ipv6 { import all; export all; next hop address fd0a::2; };
	}
	protocol bgp ce2 from edge {
		neighbor 198.51.100.1 as 65002;
		ipv4 { import all; export all; };
		ipv6 { import all; export all; next hop address fd0b::2; };
	}
	END
}

# learned_conf CE [OWN4 OWN6 [SAID4 SAID6]]: cesteerd's, whose own gateways are
# these, and which announces those. From the environment come KEYS, more of
# site_conf's; MORE, a prefix that is announced too; and HOLD, how long what was
# withdrawn stays protected.
learned_conf()
{
	local ce=$1 own4=${2:-$(of GW4 "$1")} own6=${3:-$(of GW6 "$1")} other

	other=$(other_ce "$ce")
	site_conf "$ce" "$own4 $own6" \
		"$other=$(of GW4 "$other") $other=$(of GW6 "$other") ${KEYS:-}" <<-END
	router-id: $(of GW4 "$ce")
	as: 6500${ce#ce}
	vpns:
	  - name: default
	    hold: { withdrawn: ${HOLD:-10m} }
	    source-prefixes: [$(of NET4 "$ce"), "$(of NET6 "$ce")"]
	    trusted-subnets:
	${MORE:+      - $MORE}
	      - { prefix: $(of NET4 "$ce"), gateway: ${4:-$own4} }
	      - { prefix: "$(of NET6 "$ce")", gateway: "${5:-$own6}" }
	    neighbors:
	      - address: $(provider_of "$ce")
	        as: 64500
	        connect-retry: 1
	        next-hop6: "$(of GW6 "$ce")"
	END
}

# provider_of CE: the provider's address on its link.
provider_of()
{
	case $1 in
	ce1) echo 192.0.2.2 ;;
	ce2) echo 198.51.100.2 ;;
	esac
}

# learned CE: it has learned what to protect.
learned()
{
	local other

	other=$(other_ce "$1")
	has_routes "$1" "$(of NET4 "$other") protect $(of GW4 "$other")" \
		"$(of NET6 "$other") protect $(of GW6 "$other")"
}

# learned_ready: both have, and could act on it.
learned_ready()
{
	local ce other

	for ce in ce1 ce2; do
		other=$(other_ce $ce)
		learned $ce && ready $ce "$(of GW4 "$other")" &&
			ready $ce "$(of GW6 "$other")" || return
	done
}

# learned_start: the network, the provider and both configurations.
learned_start()
{
	sites_up || return
	provider_conf
	learned_conf ce1
	learned_conf ce2
	bird_start core && echo_start host2
}

# learned_up: all of it, until both CEs are ready.
learned_up()
{
	learned_start && daemons_up ce1 ce2 && wait_for 30 learned_ready
}

# through: both families get through.
through()
{
	ping_ok host1 10.2.0.2 && ping_ok host1 fd02::2
}

# wires_start [FILTER...]: capture between both CEs and the provider what is in
# clear text, and that. All of it would be a lot to read, again and again.
wires_start()
{
	cap_start wire1 core ce1 "$CLEAR${1:+ or ($*)}" &&
		cap_start wire2 core ce2 "$CLEAR${1:+ or ($*)}"
}

# wires_stop: they are whole.
wires_stop()
{
	cap_stop wire1 && cap_stop wire2
}

# leaked: packets between the sites that were on either wire in clear text.
leaked()
{
	local n1 n2

	cap_sync wire1 >&2 && cap_sync wire2 >&2 &&
		n1=$(cap_count wire1 "$CLEAR") &&
		n2=$(cap_count wire2 "$CLEAR") && echo $((n1 + n2))
}

# flowing CE N: within ten seconds N more packets go into its SAs.
flowing()
{
	local from

	from=$(counter "$1" protected)
	wait_for 10 eval "[ \"\$(counter $1 protected)\" -ge $((from + $2)) ]"
}

# under_traffic WHAT COMMAND...: two results: the command succeeds while traffic
# of both families goes from site 1 to site 2 and back, and meanwhile nothing is
# on a wire in clear text. It says what leaked and what was lost. The wires are
# captured.
under_traffic()
{
	local what=$1 before after n=unknown sent gap

	shift
	before=$(leaked) || t_bail "nobody knows what leaked before"
	flow_start traffic host1 10.2.0.2 fd02::2 || t_bail "no traffic"
	t_check "$what" "$@"
	flow_stop traffic
	read -r sent lost gap < <(flow_said traffic)
	[ "$sent" -gt 0 ] || t_bail "no traffic: $sent"
	after=$(leaked) && n=$((after - before))
	t_say "$what: leaked $n, lost $lost of $sent, gap $gap ms"
	t_check "$what: nothing left in clear text" [ "$n" = 0 ]
}

# nothing_lost: of the last under_traffic.
lost=0
nothing_lost()
{
	is 0 echo "$lost"
}

# few_lost N: of the last under_traffic, no more than that; there are 100 a
# second. What the README's table says is measured on a calm machine: on a busy
# one, in a debug kernel, IKE alone takes ten seconds.
few_lost()
{
	[ "$lost" -le "$1" ] && return
	echo "lost $lost, expected at most $1"
	return 1
}
