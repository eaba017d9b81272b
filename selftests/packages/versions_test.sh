#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An older program with a newer module, and the reverse: they work together, or
# the program says in one sentence why not. The other versions
# (selftests/packages/variant) are in /build/packages/versions.
set -uo pipefail
cd "$(dirname "$0")/../net" || exit
# shellcheck source=selftests/net/lib.sh
. ./lib.sh
# shellcheck source=selftests/net/two_sites.sh
. ./two_sites.sh
# shellcheck source=selftests/net/two_gateways.sh
. ./two_gateways.sh

OURS=$BUILD
declare -A DIR=([ours]=$OURS [newer]=$OURS/packages/versions/newer
	[older]=$OURS/packages/versions/older
	[contract]=$OURS/packages/versions/contract)

# pair PROGRAMS MODULE: from here on it is these.
pair()
{
	wait_for 30 module_gone || return
	BUILD=${DIR[$2]} cesteer_load || return
	BUILD=${DIR[$1]}
	is "$(modinfo -F version "${DIR[$2]}/cesteer.ko")" \
		cat /sys/module/cesteer/version
}

module_gone()
{
	! grep -q '^cesteer ' /proc/modules || rmmod cesteer
}

# info FILTER: of what the command says of the module.
info()
{
	on ce1 "$BUILD/cesteer" show info --json | jq -c ".module$1"
}

# refused COMMAND...: with 1, and by one sentence, which is SENTENCE.
refused()
{
	local rc=0 said

	said=$("$@" 2>&1 </dev/null) || rc=$?
	echo "ended with $rc: $said"
	[ $rc -eq 1 ] && [[ "$said" == *"$SENTENCE" ]]
}

# work PROGRAMS MODULE FEATURES: a tunnel comes up, and what they can do is said.
work()
{
	t_need "$1 programs with $2 module" pair "$1" "$2"
	t_check "both gateways start" gateways_up ce1 ce2
	t_check "a tunnel comes up" wait_for 60 both_reach
	t_check "the features are said" is "$3" info .features
}

t_plan 22
t_need "two sites" sites_up
t_need "each is configured" psk_confs
work ours newer '["icmp-errors","waiting","owner","fast","unknown"]'
gateways_down
work newer ours '["icmp-errors","waiting","owner","fast"]'
gateways_down
work ours older '["icmp-errors","fast"]'
t_check "nothing is said of what may wait" is null info .queue
SENTENCE="cesteer.ko does not know this request: it is older than this program"
t_check "nor can it be set" refused table ce1 queue set packets 5
gateways_down

for way in "ours contract 9.0 9 1" "contract ours $(modinfo -F version \
	"$OURS/cesteer.ko") 1 9"; do
	read -r programs module version speaks known <<<"$way"
	SENTENCE="cesteer.ko $version speaks version $speaks of the netlink family, this program version $known: they do not fit together"
	t_need "$programs programs with $module module" pair "$programs" "$module"
	t_check "the command refuses" refused table ce1 show routes
	t_check "so does the daemon" refused \
		on ce1 timeout 20 "$BUILD/cesteerd" -c "$WORK/ce1/cesteerd.yaml"
done
