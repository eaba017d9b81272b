#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The operator's command, without a daemon: what it makes, shows, refuses and
# explains, word by word, and what it ends with.
set -uo pipefail
cd "$(dirname "$0")" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh

c()
{
	on box "$BUILD/cesteer" --socket "$WORK/none" "$@"
}

# ends CODE ARGUMENT...: what it ends with.
ends()
{
	local rc=0 code=$1

	shift
	c "$@" || rc=$?
	[ $rc -eq "$code" ]
}

# says CODE SENTENCE ARGUMENT...: the first line on stderr, and nothing else.
says()
{
	local rc=0 code=$1 sentence=$2 got

	shift 2
	got=$(c "$@" 2>&1 >"$WORK/stdout") || rc=$?
	[ "${got%%$'\n'*}" = "$sentence" ] && [ $rc -eq "$code" ] &&
		[ ! -s "$WORK/stdout" ] && return
	echo "ended with $rc, said: $got"
	return 1
}

fill()
{
	c vpn add 0 && c vpn add 7 default discard &&
		c gateway add 1 192.0.2.1 &&
		c gateway add 2 2001:db8::2 if-id 77 mode pre-established &&
		c source add 10.5.0.0/16 2001:db8:5::/48 &&
		c route add 10.1.0.0/24 10.3.0.0/24 protect via 2,1 &&
		c route add 10.1.0.128/25 bypass &&
		c route add 2001:db8:1::/48 protect via 2 &&
		c route add 10.9.0.0/16 discard --vpn 7
}

ROUTES='VPN  PREFIX           ACTION   GATEWAYS
  0  10.1.0.0/24      protect  2001:db8::2,192.0.2.1
  0  10.1.0.128/25    bypass   -
  0  10.3.0.0/24      protect  2001:db8::2,192.0.2.1
  0  2001:db8:1::/48  protect  2001:db8::2
  7  10.9.0.0/16      discard  -'
ROUTES_JSON='[
 {"vpn": 7, "prefix": "10.9.0.0/16", "action": "discard", "gateways": [], "gateway-ids": []}
]'
GATEWAYS='ID  ADDRESS      IF-ID  MODE             STATE   IKE  ROUTES  OUT  IN  DROPS  RETRY  WAITING  WHY
 1  192.0.2.1      0x1  on-demand        usable  -         2    0   0      0      -        0  -
 2  2001:db8::2   0x4d  pre-established  usable  -         3    0   0      0      -        0  -'
SOURCES='VPN  PREFIX
  0  10.5.0.0/16
  0  2001:db8:5::/48'
EXPLAINED='10.5.0.1 to 10.1.0.1, going out, VPN 0:
  The source is in source prefix 10.5.0.0/16.
  The destination is in 10.1.0.0/24, a trusted subnet.
  Its gateway is 2001:db8::2 (id 2, if_id 0x4d, usable).
Verdict: protect: it is handed to XFRM for its gateway (protected).'
EXPLAINED_IN='10.1.0.1 to 10.5.0.1, coming in, VPN 0:
  The destination is in source prefix 10.5.0.0/16.
  The source is in 10.1.0.0/24, a trusted subnet.
Verdict: drop: a trusted subnet'"'"'s packet came in clear text (in-clear).'
PASSED='10.6.0.1 to 10.77.0.1, going out, VPN 0:
  The source is in no source prefix.
  No route covers the destination.
Verdict: pass: the source is in no source prefix (no-source).'

two_events()
{
	c monitor --count 2 >"$WORK/events" &
	wait_for 10 listening
	c route add 10.55.0.0/16 10.56.0.0/16 bypass
	c gateway set 1 state down
	wait $!
	# Without the time, and the process that made the change.
	cut -d' ' -f2- "$WORK/events" | sed 's/ ([0-9]*)$//'
}

# A generic netlink socket (16) is in a group.
listening()
{
	on box grep -qE '^[0-9a-f]+ +16 +[0-9]+ +0*[1-9a-f]' /proc/net/netlink
}

# Another test may have left it loaded, and namespaces that are still ending.
module_gone()
{
	! grep -q '^cesteer ' /proc/modules || rmmod cesteer
}

FLUSH_HELP='  flush [--vpn TABLE] [--force]
      remove a VPN'"'"'s sources and routes, or everything'

# same COMMAND-LINE...: all print the same, and end with 0.
same()
{
	local first line

	# shellcheck disable=SC2086
	first=$(c $1) || return
	for line; do
		# shellcheck disable=SC2086
		is "$first" c $line && ends 0 $line || return
	done
}

EVENTS='change   vpn 0: route-new, 2 added, 0 replaced, 0 deleted, by cesteer
gateway  1: 192.0.2.1, if_id 0x1, on-demand, down'

t_plan 33
draw_ns box
t_need "a namespace" draw
t_need "no module yet" wait_for 60 module_gone
t_check "help needs no module" ends 0 help
t_check "nor does what a command takes" is "$FLUSH_HELP" c flush --help
t_check "wherever it is asked" same "help show routes" "show routes -h" \
	"sh ro --help" "--help show routes" "show --json routes --help"
t_check "every way to ask for the version" same version --version -V
t_check "without the module it says so" says 1 \
	'cesteer: the kernel has no "cesteer": is cesteer.ko loaded?' \
	show routes
t_need "the module" cesteer_load
t_need "a table by hand" fill
t_check "shows routes" is "$ROUTES" c show routes
t_check "shows one VPN's routes as JSON" is "$ROUTES_JSON" \
	c show routes --vpn 7 --json
t_check "understands abbreviations" is "$ROUTES" c sh ro
t_check "but not of what destroys" says 2 \
	'cesteer: no such command: "flus"' flus
t_check "shows gateways" is "$GATEWAYS" c show gateways
t_check "shows sources" is "$SOURCES" c show sources
t_check "explains what goes out" is "$EXPLAINED" \
	c explain 10.5.0.1 10.1.0.1
t_check "explains what comes in" is "$EXPLAINED_IN" \
	c explain 10.1.0.1 10.5.0.1 --in
t_check "explains what passes" is "$PASSED" c explain 10.6.0.1 10.77.0.1
t_check "names the prefix that the kernel refused" says 1 \
	'cesteer: 10.77.0.0/16: no such prefix' \
	route del 10.1.0.0/24 10.77.0.0/16
t_check "and applied nothing of it" is "$ROUTES" c show routes
t_check "names the prefixes of an unknown gateway" says 1 \
	'cesteer: 10.9.0.0/16 and 1 more: no such gateway' \
	route add 10.9.0.0/16 10.10.0.0/16 protect via 9
t_check "prints the kernel's sentence" says 1 \
	'cesteer: a gateway with this id exists' gateway add 1 192.0.2.9
t_check "knows when a VPN is not there" says 1 \
	'cesteer: the kernel has no VPN 9' show routes --vpn 9
t_check "a prefix that is none" says 2 \
	'cesteer: "10.0.0.1/8": expected a prefix: bits are set beyond the length' \
	source add 10.0.0.1/8
t_check "a VPN that is none" says 2 \
	"cesteer: \"red\": expected a VPN's table; of names only cesteerd knows: cesteerd does not run ($WORK/none: No such file or directory)" \
	show routes --vpn red
t_check "a target that is none" says 2 \
	'cesteer: expected protect via ID[,ID], bypass or discard' \
	route add 10.0.0.0/8 protect 1
t_check "an option that is none" says 2 'cesteer: no such option: --foo' \
	show routes --foo
t_check "half a command" says 2 \
	'cesteer: expected one of: "vpn add", "vpn del"' vpn
t_check "the daemon does not run" says 1 \
	"cesteer: cesteerd does not run ($WORK/none: No such file or directory)" \
	show bgp
t_check "monitors events" is "$EVENTS" two_events
t_check "what was set is shown" eval \
	"c show gateways | grep -q '192.0.2.1 .* on-demand .* down '"
t_check "flushes" ends 0 flush
t_check "and nothing is left" is '' c show routes
