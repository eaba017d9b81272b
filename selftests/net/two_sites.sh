# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two sites and what lies between them; and, for tests of the module alone, a
# table that is set with the CLI and SAs that are static, without any daemon.
#
#   host1 ------ ce1 ---------- core ---------- ce2 ------ host2
#   10.1.0.2     .1 | 192.0.2.1/30   198.51.100.1/30 | .1     10.2.0.2
#   fd01::2     ::1 | fd0a::1/64           fd0b::1/64 | ::1     fd02::2
#
# In that table each CE's gateway is 1 with if_id 7. What is between CE and
# provider is captured in core, on the interfaces ce1 and ce2.

sites_up()
{
	draw_ns host1 ce1 core ce2 host2
	draw_link host1 lan ce1 lan
	draw_link ce1 wan core ce1
	draw_link ce2 wan core ce2
	draw_link host2 lan ce2 lan
	draw_ip host1 "addr add 10.1.0.2/24 dev lan" "addr add fd01::2/64 dev lan" \
		"route add default via 10.1.0.1" "route add default via fd01::1"
	draw_ip ce1 "addr add 10.1.0.1/24 dev lan" "addr add fd01::1/64 dev lan" \
		"addr add 192.0.2.1/30 dev wan" "addr add fd0a::1/64 dev wan" \
		"route add default via 192.0.2.2" "route add default via fd0a::2"
	draw_ip core "addr add 192.0.2.2/30 dev ce1" "addr add fd0a::2/64 dev ce1" \
		"addr add 198.51.100.2/30 dev ce2" "addr add fd0b::2/64 dev ce2" \
		"route add 10.1.0.0/24 via 192.0.2.1" \
		"route add fd01::/64 via fd0a::1" \
		"route add 10.2.0.0/24 via 198.51.100.1" \
		"route add fd02::/64 via fd0b::1"
	draw_ip ce2 "addr add 10.2.0.1/24 dev lan" "addr add fd02::1/64 dev lan" \
		"addr add 198.51.100.1/30 dev wan" "addr add fd0b::1/64 dev wan" \
		"route add default via 198.51.100.2" "route add default via fd0b::2"
	draw_ip host2 "addr add 10.2.0.2/24 dev lan" "addr add fd02::2/64 dev lan" \
		"route add default via 10.2.0.1" "route add default via fd02::1"
	cesteer_load && draw
}

# table CE COMMAND...: the CLI, without a daemon.
table()
{
	local name=$1

	shift
	on "$name" "$BUILD/cesteer" "$@"
}

# table_set CE GATEWAY OWN4 OWN6 OTHER4 OTHER6
table_set()
{
	table "$1" vpn add 0 || return
	if has_fast_way; then
		table "$1" device add lan || return
	fi
	table "$1" gateway add 1 "$2" if-id 7 &&
		table "$1" source add "$3" "$4" &&
		table "$1" route add "$5" "$6" protect via 1
}

table_ce1_set()
{
	table_set ce1 198.51.100.1 10.1.0.0/24 fd01::/64 10.2.0.0/24 fd02::/64
}

tables_set()
{
	table_ce1_set &&
		table_set ce2 192.0.2.1 10.2.0.0/24 fd02::/64 10.1.0.0/24 \
			fd01::/64
}

# policy CE OWN OTHER: everything, to the other, by if_id 7.
policy()
{
	local all

	for all in 0.0.0.0/0 ::/0; do
		echo "xfrm policy add src $all dst $all dir out tmpl src $2 dst $3 proto esp reqid 1 mode tunnel if_id 7"
	done | ip_on "$1"
}

policies_set()
{
	policy ce1 192.0.2.1 198.51.100.1 && policy ce2 198.51.100.1 192.0.2.1
}

# sa_line SRC DST SPI [IF_ID]: a line for ip(8).
sa_line()
{
	local key=0x0123456789012345678901234567890101234567890123456789012345678901

	echo "xfrm state add src $1 dst $2 proto esp spi $3 reqid 1 mode tunnel" \
		"flag af-unspec if_id ${4:-7} auth-trunc hmac(sha256) $key 128" \
		"enc cbc(aes) 0x01234567890123456789012345678901"
}

# sa CE SRC DST SPI [IF_ID]
sa()
{
	sa_line "${@:2}" | ip_on "$1"
}

sas_set()
{
	local ce

	for ce in ce1 ce2; do
		sa $ce 192.0.2.1 198.51.100.1 0x100 &&
			sa $ce 198.51.100.1 192.0.2.1 0x200 || return
	done
}

# What may never be seen in clear text between CE and provider: the sites'.
export CLEAR="(net 10.1.0.0/24 and net 10.2.0.0/24) or (net fd01::/64 and net fd02::/64)"
