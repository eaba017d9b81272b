# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a network test sources: KTAP results, namespaces and links, waiting for
# a condition, captures, and daemons, one set a namespace. A test draws its
# network, checks what it must, and leaves nothing behind: namespaces carry the
# test's process id in their names, processes are ended by theirs.
#
# Only for the guest (selftests/qemu/run): it loads modules and starts routers.
set -uo pipefail

if [ "${CESTEER_GUEST:-}" != 1 ] || [ "$(id -u)" -ne 0 ]; then
	echo "1..0 # SKIP only in the guest: make guest T=$0"
	exit 4
fi

NAME=$(basename "$0" .sh)
BUILD=${B:-/build}
# Everything a test writes; kept as an artifact of the guest's.
WORK=${OUT:-/tmp}/$NAME
TAG=cs$$
FRR=/usr/lib/frr

mkdir -p "$WORK"

# ---- results ---------------------------------------------------------------

t_count=0
t_failed=0
t_planned=0

# t_plan N: say how many results will follow.
t_plan()
{
	t_planned=$1
	echo "KTAP version 1"
	echo "1..$1"
}

t_ok()
{
	t_count=$((t_count + 1))
	echo "ok $t_count $1"
}

t_not_ok()
{
	t_count=$((t_count + 1))
	t_failed=$((t_failed + 1))
	echo "not ok $t_count $1"
}

# t_skip DESCRIPTION REASON
t_skip()
{
	t_count=$((t_count + 1))
	echo "ok $t_count $1 # SKIP $2"
}

# t_say WORDS...: a comment in the document.
t_say()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

# t_check DESCRIPTION COMMAND...: a result; what a failing command printed is
# shown.
t_check()
{
	local what=$1 rc=0

	shift
	# Not in a subshell: the command may start what must be remembered.
	"$@" >"$WORK/said" 2>&1 || rc=$?
	if [ $rc -eq 0 ]; then
		t_ok "$what"
	else
		t_not_ok "$what"
		t_say "$* ended with $rc"
		sed 's/^/# /' "$WORK/said"
	fi
	return $rc
}

# t_need DESCRIPTION COMMAND...: like t_check, without which nothing that
# follows makes sense.
t_need()
{
	t_check "$@" || t_bail "cannot go on"
}

# t_bail REASON: end the test as failed.
t_bail()
{
	echo "# bail out: $*"
	t_failed=$((t_failed + 1))
	exit 1
}

# is WANTED COMMAND...: the command prints exactly that. It ends with 2 where the
# command fails.
is()
{
	local wanted=$1 got rc=0

	shift
	got=$("$@") || rc=$?
	[ $rc -ne 0 ] || [ "$got" != "$wanted" ] || return 0
	echo "wanted \"$wanted\", got \"$got\""
	[ $rc -ne 0 ] || return 1
	echo "and $* ended with $rc"
	return 2
}

# isnt COMMAND...: the command says no, by ending with 1. What it ends with
# otherwise says that it could not look.
isnt()
{
	local rc=0

	"$@" || rc=$?
	[ $rc -ne 1 ] || return 0
	echo "$* ended with $rc"
	return 1
}

# matches GREP-OPTION... PATTERN [FILE]: how many lines do; none is no failure.
matches()
{
	local rc=0

	grep -c "$@" || rc=$?
	[ $rc -eq 1 ] || return $rc
}

# lacks TEXT FILE...: no file has it, and none is empty.
lacks()
{
	local text=$1 file

	shift
	[ -n "$text" ] || {
		echo "there is nothing to look for"
		return 1
	}
	for file; do
		[ -s "$file" ] || {
			echo "nothing is in $file"
			return 1
		}
	done
	isnt grep -F -- "$text" "$@"
}

# wait_for SECONDS COMMAND...: until the command succeeds; says what it printed
# last when it does not. It is tried twice as often as there are seconds, at
# least: where that takes longer, so does all that is waited for.
wait_for()
{
	local deadline out left=$(($1 * 2))

	deadline=$((SECONDS + $1))
	shift
	until out=$("$@" 2>&1); do
		left=$((left - 1))
		if [ $SECONDS -ge $deadline ] && [ $left -le 0 ]; then
			printf '%s\n' "$out"
			return 1
		fi
		sleep 0.1
	done
}

# ---- processes -------------------------------------------------------------

pids=()

# spawn LOG COMMAND...: start in the background; spawned is its process id.
spawn()
{
	local log=$1

	shift
	"$@" </dev/null >>"$log" 2>&1 &
	spawned=$!
	pids+=("$spawned")
}

# end_pid PID [SIGNAL]: end one of ours and wait until it is gone.
end_pid()
{
	local pid=$1 i

	kill "-${2:-TERM}" "$pid" 2>/dev/null || return 0
	for ((i = 0; i < 50; i++)); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	return 0
}

# all_alive PID...: none of these has ended.
all_alive()
{
	local pid

	for pid; do
		kill -0 "$pid" || return
	done
}

cleanup()
{
	local rc=$? i ns

	trap - EXIT
	for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
		kill -TERM "${pids[i]}" 2>/dev/null
	done
	for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
		end_pid "${pids[i]}"
	done
	for ns in /run/netns/"$TAG"-*; do
		[ -e "$ns" ] && ip netns del "$(basename "$ns")"
	done
	if [ "$t_count" -ne "$t_planned" ] && [ $rc -eq 0 ]; then
		echo "# $t_count results, $t_planned planned"
		rc=1
	fi
	[ "$t_failed" -eq 0 ] || rc=1
	exit $rc
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# ---- the kernel's log --------------------------------------------------------

echo "<5>$TAG begins" >/dev/kmsg

# kernel_log: what it has said since this test began.
kernel_log()
{
	dmesg >"$WORK/dmesg" || return
	if grep -q "$TAG begins" "$WORK/dmesg"; then
		sed "1,/$TAG begins/d" "$WORK/dmesg"
	else
		cat "$WORK/dmesg"
	fi
}

# kernel_says PATTERN: since then.
kernel_says()
{
	kernel_log >"$WORK/said-by-kernel" || return 2
	grep -E "$1" "$WORK/said-by-kernel"
}

# ---- network ---------------------------------------------------------------

# cesteer_load: the module and what it needs.
# With FAST=0 in the environment the packet path takes none of its short cuts;
# with FAST=2 all, and what comes in by a device "lan" goes the fast way.
cesteer_load()
{
	local module

	if ! grep -q '^cesteer ' /proc/modules; then
		for module in $(modinfo -F depends "$BUILD/cesteer.ko" | tr , ' '); do
			modprobe "$module" || return
		done
		modprobe -a xfrm_user esp4 esp6 xfrm_algo || return
		insmod "$BUILD/cesteer.ko" || return
	fi
	short_cuts $((${FAST:-1} > 0))
}

# has_fast_way: the sites' gateways take it.
has_fast_way()
{
	[ "${FAST:-1}" = 2 ]
}

# no_fast_way: never, for what is tested is what it goes past.
no_fast_way()
{
	! has_fast_way || export FAST=1
}

# short_cuts 0|1: the packet path's, off or on.
short_cuts()
{
	local params=/sys/module/cesteer/parameters

	echo "$1" | tee $params/{keep_bundles,spare_packets,remember_passed} \
		$params/skip_empty_hooks >/dev/null
}

# A network is first drawn, then made, in few processes: under emulation a
# process costs more than anything that it does.
draw_names=()
draw_links=()
declare -A draw_lines

# draw_ns NAME...: namespaces, with forwarding on.
draw_ns()
{
	draw_names+=("$@")
}

# draw_link A ETH-A B ETH-B: a pair of interfaces between two, up.
draw_link()
{
	draw_links+=("link add $2 netns $TAG-$1 type veth peer name $4 netns $TAG-$3")
	draw_ip "$1" "link set $2 up"
	draw_ip "$3" "link set $4 up"
}

# draw_ip NAME LINE...: lines for ip(8) in a namespace.
draw_ip()
{
	local name=$1 line

	shift
	for line; do
		draw_lines[$name]+=$line$'\n'
	done
}

# draw: make all of it.
draw()
{
	local name

	# New namespaces inherit these.
	echo 1 >/proc/sys/net/core/devconf_inherit_init_net
	echo 1 >/proc/sys/net/ipv4/ip_forward
	echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
	for name in all default; do
		echo 0 >/proc/sys/net/ipv6/conf/$name/accept_dad
		echo 0 >/proc/sys/net/ipv4/conf/$name/rp_filter
	done
	{
		printf "netns add $TAG-%s\n" "${draw_names[@]}"
		printf '%s\n' "${draw_links[@]}"
	} | ip -batch - || return
	for name in "${draw_names[@]}"; do
		printf '%s\n' "link set lo up" "${draw_lines[$name]:-}" |
			ip -n "$TAG-$name" -batch - || return
		# A connection whose other end has gone with its namespace would
		# hold this one, and so the module, for two minutes.
		on "$name" sysctl -qw net.ipv4.tcp_orphan_retries=1 || return
	done
	draw_names=()
	draw_links=()
	draw_lines=()
}

# on NAME COMMAND...: run in a namespace.
on()
{
	local name=$1

	shift
	nsenter --net="/run/netns/$TAG-$name" "$@"
}

# ip_on NAME <<END: many ip(8) commands in one namespace.
ip_on()
{
	ip -n "$TAG-$1" -batch -
}

# ping_ok FROM ADDRESS [OPTION...]: one ping answered within two seconds. One
# that the kernel refuses to send, of which ping(8) makes an error, is not.
ping_ok()
{
	local from=$1 to=$2 rc=0

	shift 2
	on "$from" ping -n -q -c 1 -W 2 "$@" "$to" || rc=$?
	[ $rc -ne 2 ] || rc=1
	return $rc
}

# ---- captures --------------------------------------------------------------

# shellcheck source=selftests/net/capture.sh
. ./capture.sh

# ---- traffic ---------------------------------------------------------------

declare -A flow_pid

# echo_start NAME: what flows are sent to answers.
echo_start()
{
	spawn "$WORK/echo-$1.log" nsenter --net="/run/netns/$TAG-$1" \
		python3 flow.py echo
	wait_for 20 grep -q ready "$WORK/echo-$1.log"
}

# flow_start ID FROM ADDRESS...: 50 packets a second to each, which are
# answered; on return they are being sent.
flow_start()
{
	local id=$1 from=$2

	shift 2
	rm -f "$WORK/$id.flow"
	spawn "$WORK/$id.flow" nsenter --net="/run/netns/$TAG-$from" \
		python3 flow.py send 50 "$@"
	flow_pid[$id]=$spawned
	wait_for 20 grep -q sending "$WORK/$id.flow"
}

# flow_stop ID
flow_stop()
{
	end_pid "${flow_pid[$1]}" INT
	unset "flow_pid[$1]"
}

# flow_said ID: of one that was stopped: packets sent, how many were lost (not
# answered), and the longest time without an answer, in milliseconds.
flow_said()
{
	tail -n 1 "$WORK/$1.flow"
}

# ---- routers ---------------------------------------------------------------

# frr_start NAME DAEMON...: FRR's daemons with the configurations
# $WORK/NAME/DAEMON.conf, and the module that frr_modules names for one.
declare -A frr_modules
frr_start()
{
	local name=$1 daemon run module

	shift
	run=/run/frr/$TAG-$name
	mkdir -p "$run" "/etc/frr/$TAG-$name"
	chown frr:frr /run/frr "$run"
	chmod 755 "$WORK" "$WORK/$name"
	for daemon; do
		module=${frr_modules[$daemon]:-}
		spawn "$WORK/$name/$daemon.log" nsenter \
			--net="/run/netns/$TAG-$name" "$FRR/$daemon" \
			-N "$TAG-$name" -f "$WORK/$name/$daemon.conf" \
			--log stdout -i "$run/$daemon.pid" \
			${module:+-M "$module"}
		if [ "$daemon" = zebra ]; then
			wait_for 20 test -S "$run/zserv.api" || return
		fi
	done
	for daemon; do
		wait_for 20 test -S "$run/$daemon.vty" || return
	done
}

# frr NAME COMMAND: one command for FRR's shell.
frr()
{
	vtysh -N "$TAG-$1" -c "$2" 2>/dev/null
}

declare -A bird_pid

# exabgp_start: ExaBGP in namespace exabgp, with $WORK/exabgp/exabgp.conf.
exabgp_start()
{
	spawn "$WORK/exabgp/exabgp.log" nsenter \
		--net="/run/netns/$TAG-exabgp" env exabgp.daemon.drop=false \
		exabgp.api.cli=false exabgp.log.destination=stdout \
		exabgp "$WORK/exabgp/exabgp.conf"
}

# gobgp_start: GoBGP in namespace gobgp, with $WORK/gobgp/gobgpd.toml.
gobgp_start()
{
	spawn "$WORK/gobgp/gobgp.log" nsenter \
		--net="/run/netns/$TAG-gobgp" gobgpd -f "$WORK/gobgp/gobgpd.toml"
}

# gobgp WORD...: what its command line says.
gobgp()
{
	on gobgp /usr/bin/gobgp "$@"
}

# bird_start NAME [OPTION...]: BIRD with the configuration $WORK/NAME/bird.conf.
bird_start()
{
	local dir=$WORK/$1

	rm -f "$dir/bird.ctl"
	spawn "$dir/bird.log" nsenter --net="/run/netns/$TAG-$1" bird -f \
		-c "$dir/bird.conf" -s "$dir/bird.ctl" "${@:2}"
	bird_pid[$1]=$spawned
	wait_for 10 test -S "$dir/bird.ctl"
}

# bird_stop NAME [SIGNAL]
bird_stop()
{
	end_pid "${bird_pid[$1]}" "${2:-TERM}"
	unset "bird_pid[$1]"
}

# bird_site NAME N LINK: BIRD's configuration as a CE of AS 6500N that announces
# 10.1.0.0/24 (protocol "four") and 2001:db8:f::/48 ("six") with the identity
# 192.0.2.N to the PE, AS 64500; they are .2 and .1 of 172.16.LINK.0.
bird_site()
{
	mkdir -p "$WORK/$1"
	cat >"$WORK/$1/bird.conf" <<-END
	router id 192.0.2.$2;
	protocol device { }
	protocol static four { ipv4 { import filter {
		bgp_ext_community.add((generic, 0x03800000, 0xC000020$2));
		accept; }; };
		route 10.1.0.0/24 blackhole; }
	protocol static six { ipv6 { import filter {
		bgp_ext_community.add((generic, 0x03800000, 0xC000020$2));
		accept; }; };
		route 2001:db8:f::/48 blackhole; }
	protocol bgp edge {
		local 172.16.$3.2 as 6500$2;
		neighbor 172.16.$3.1 as 64500;
		connect delay time 1;
		ipv4 { import none; export where source = RTS_STATIC; };
		ipv6 { import none; export where source = RTS_STATIC;
			next hop address 2001:db8:$3::2; };
	}
	END
}

bird_on()
{
	birdc -s "$WORK/$1/bird.ctl" "$2"
}

# ---- IKE -------------------------------------------------------------------

declare -A ike_pid daemon_pid

# ike_start NAME: strongSwan with a VICI socket of its own, and the private
# /run that it expects.
ike_start()
{
	local dir=$WORK/$1

	mkdir -p "$dir"
	rm -f "$dir/vici"
	cat >"$dir/strongswan.conf" <<-END
	charon-systemd {
		load = random nonce openssl aes sha1 sha2 hmac kdf gcm pem \
			pkcs1 x509 pubkey constraints kernel-netlink \
			socket-default vici updown
		install_routes = no
		retransmit_timeout = 1.0
		retransmit_base = 1.5
		retransmit_tries = 4
		plugins {
			vici {
				socket = unix://$dir/vici
			}
		}
		filelog {
			log {
				path = $dir/ike.log
				default = 1
				flush_line = yes
				time_format = %T
			}
		}
		journal {
			default = -1
		}
	}
	END
	spawn "$dir/charon.out" nsenter --net="/run/netns/$TAG-$1" \
		unshare --mount sh -c 'mount -t tmpfs tmpfs /run && exec "$@"' sh \
		env "STRONGSWAN_CONF=$dir/strongswan.conf" charon-systemd
	ike_pid[$1]=$spawned
	wait_for 20 test -S "$dir/vici"
}

# ike_stop NAME [SIGNAL]
ike_stop()
{
	end_pid "${ike_pid[$1]}" "${2:-TERM}"
	unset "ike_pid[$1]"
}

# swan NAME COMMAND...: swanctl on a namespace's IKE daemon.
swan()
{
	local dir=$WORK/$1 verb=$2

	shift 2
	STRONGSWAN_CONF=$dir/strongswan.conf swanctl "$verb" \
		--uri "unix://$dir/vici" "$@"
}

# ---- cesteerd --------------------------------------------------------------

# cesteerd_start NAME: with the configuration $WORK/NAME/cesteerd.yaml, whose
# control socket must be $WORK/NAME/control. CESTEERD, from the environment, is
# another binary.
cesteerd_start()
{
	local dir=$WORK/$1

	rm -f "$dir/control"
	spawn "$dir/cesteerd.log" nsenter --net="/run/netns/$TAG-$1" \
		"${CESTEERD:-$BUILD/cesteerd}" -c "$dir/cesteerd.yaml"
	daemon_pid[$1]=$spawned
	wait_for 20 test -S "$dir/control" || {
		tail -n 5 "$dir/cesteerd.log"
		return 1
	}
}

# cesteerd_stop NAME [SIGNAL]
cesteerd_stop()
{
	end_pid "${daemon_pid[$1]}" "${2:-TERM}"
	unset "daemon_pid[$1]"
}

# cesteer NAME COMMAND...: the CLI on a namespace's daemon.
cesteer()
{
	local name=$1

	shift
	on "$name" "$BUILD/cesteer" --socket "$WORK/$name/control" "$@"
}

# daemons_up NAME...: strongSwan and cesteerd, configured.
daemons_up()
{
	local name

	cesteer_load || return
	for name; do
		ike_start "$name" && cesteerd_start "$name" || return
	done
}

# counter NAME REASON: packets that got their verdict for that reason.
counter()
{
	cesteer "$1" show counters --json | jq --arg reason "$2" \
		'[.[] | select(.reason == $reason) | .packets] | add // 0'
}

# raised NAME REASON FROM N: a counter is N or more above what it was.
raised()
{
	local now

	now=$(counter "$1" "$2")
	[ "$((now - $3))" -ge "$4" ] && return
	echo "$2 went from $3 to $now, wanted $4 more"
	return 1
}

# counts NAME REASON N COMMAND...: the command, whose own result does not
# matter, raises the counter by N or more.
counts()
{
	local name=$1 reason=$2 n=$3 before

	shift 3
	before=$(counter "$name" "$reason")
	"$@" || true
	wait_for 10 raised "$name" "$reason" "$before" "$n"
}
