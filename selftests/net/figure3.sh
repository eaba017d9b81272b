# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The customer's side of figures 1 to 4, to be sourced after l3vpn.sh and
# sites.sh: what each CE and host 160-Z announce, protect and share keys for.

# figure3_ce CE SOURCES TRUSTED KEYS: a CE's configuration. SOURCES is a YAML list,
# TRUSTED are YAML items, KEYS site_conf's.
figure3_ce()
{
	site_conf "ce$1" "192.0.2.$1 ${5:-}" "$4" <<-END
	router-id: 192.0.2.$1
	as: 6500$1
	vpns:
	  - name: default
	    source-prefixes: $2
	    trusted-subnets:
	$3
	    neighbors:
	      - address: 172.16.$1.1
	        as: 64500
	        connect-retry: 1
	        next-hop6: '2001:db8:ff:$1::2'
	END
}

# figure3_confs: CE 140-1 protects hosts 160-1 and 160-2 and leaves the rest of
# network 150-1 alone; it announces host 160-Z, which ends its own tunnel. CE
# 140-2 protects all of network 150-2, CE 140-5 all of 150-5 but not 150-6.
figure3_confs()
{
	figure3_ce 1 "[10.1.0.1/32, 10.1.0.2/32, '2001:db8:1::1/128', '2001:db8:1::2/128']" \
		"$(items 10.1.0.1/32 10.1.0.2/32 10.1.0.26/32=10.1.0.26 \
			10.1.0.0/24= 192.0.2.1/32= \
			2001:db8:1::1/128 2001:db8:1::2/128 \
			2001:db8:1::26/128=2001:db8:1::26 2001:db8:1::/64=)" \
		"ce2=192.0.2.2 ce5=192.0.2.5"
	figure3_ce 2 "[10.2.0.0/24, '2001:db8:2::/64']" \
		"$(items 10.2.0.0/24 2001:db8:2::/64 192.0.2.2/32=)" \
		"ce1=192.0.2.1 ce5=192.0.2.5"
	figure3_ce 5 "[10.5.0.0/24, '2001:db8:5::/64']" \
		"$(items 10.5.0.0/24 2001:db8:5::/64 192.0.2.5/32= 10.6.0.0/24= \
			2001:db8:6::/64=)" \
		"ce1=192.0.2.1 ce2=192.0.2.2 160-z=10.1.0.26 160-z=2001:db8:1::26" \
		2001:db8:ff:5::2
	# The host has no BGP of its own; that its traffic to 150-5 is protected
	# is its own decision.
	site_conf 160-z "10.1.0.26 2001:db8:1::26" \
		"ce5=192.0.2.5 ce5=2001:db8:ff:5::2" <<-END
	vpns:
	  - name: default
	    source-prefixes: [10.1.0.26/32, "2001:db8:1::26/128"]
	    static:
	      - { prefix: 10.5.0.0/24, action: protect, gateways: [192.0.2.5] }
	      - prefix: "2001:db8:5::/64"
	        action: protect
	        gateways: ["2001:db8:ff:5::2"]
	END
}

# figure3_ready: everybody has learned what figure 3 needs, and could act on it.
figure3_ready()
{
	local gateway

	has_routes ce5 "10.1.0.1/32 protect 192.0.2.1" \
		"10.1.0.2/32 protect 192.0.2.1" \
		"10.1.0.26/32 protect 10.1.0.26" \
		"10.2.0.0/24 protect 192.0.2.2" \
		"2001:db8:1::1/128 protect 192.0.2.1" \
		"2001:db8:1::2/128 protect 192.0.2.1" \
		"2001:db8:1::26/128 protect 2001:db8:1::26" \
		"2001:db8:2::/64 protect 192.0.2.2" &&
		has_routes ce1 "10.5.0.0/24 protect 192.0.2.5" \
			"2001:db8:5::/64 protect 192.0.2.5" &&
		has_routes ce2 "10.5.0.0/24 protect 192.0.2.5" \
			"2001:db8:5::/64 protect 192.0.2.5" &&
		has_routes 160-z "10.5.0.0/24 protect 192.0.2.5" \
			"2001:db8:5::/64 protect 2001:db8:ff:5::2" || return
	for gateway in 192.0.2.1 192.0.2.2 10.1.0.26 2001:db8:1::26; do
		ready ce5 $gateway || return
	done
	ready ce1 192.0.2.5 && ready ce2 192.0.2.5 &&
		ready 160-z 192.0.2.5 && ready 160-z 2001:db8:ff:5::2
}
