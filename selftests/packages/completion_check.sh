#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bash's completion offers each word of each command that "cesteer help" lists,
# and each of its options.
#
#   PATH=FOLDER-OF-CESTEER:$PATH completion_check.sh
set -euo pipefail

# shellcheck source=daemon/dist/cesteer.bash
. "$(dirname "$0")/../../daemon/dist/cesteer.bash"

# offers WORD BEFORE...: it is among what can follow those.
offers()
{
	local word=$1

	shift
	COMP_WORDS=(cesteer "$@" "")
	COMP_CWORD=$(($# + 1))
	COMPREPLY=()
	_cesteer
	printf '%s\n' "${COMPREPLY[@]}" | grep -qxF -- "$word" && return
	echo "cesteer $*: $word is not offered, but ${COMPREPLY[*]}"
	return 1
}

n=0
while read -r usage; do
	before=()
	for word in $usage; do
		case $word in
		[a-z]*)
			offers "$word" ${before[@]+"${before[@]}"}
			before+=("$word")
			;;
		*) break ;;
		esac
	done
	for word in $usage; do
		case $word in
		'[--'*)
			word=${word#[}
			offers "${word%]}" "${before[@]}"
			;;
		esac
	done
	n=$((n + 1))
done < <(cesteer help | sed -n 's/^  \([a-z]\)/\1/p')
[ $n -gt 10 ]
