# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion for cesteer, in bash. What can follow is asked of "cesteer help",
# so that it never differs from what the command takes.

_cesteer()
{
	local cur=${COMP_WORDS[COMP_CWORD]} i prefix="" usage
	local prev=${COMP_WORDS[COMP_CWORD - 1]}

	if [ "$prev" = --socket ]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		prefix+="${COMP_WORDS[i]} "
	done
	# Lines of two blanks, the command, and what it takes.
	usage=$("${COMP_WORDS[0]}" help 2>/dev/null |
		sed -n 's/^  \([a-z]\)/\1/p')
	mapfile -t COMPREPLY < <(compgen -W "$(
		awk -v prefix="$prefix" '
		# Commands: the next word of each that begins so.
		{
			name = $0
			sub(/ *[^ a-z].*/, "", name)
			if (index(name " ", prefix) == 1 &&
			    length(name) >= length(prefix)) {
				rest = substr(name, length(prefix) + 1)
				sub(/ .*/, "", rest)
				print rest
			}
			# Behind a whole command: its options and words.
			if (index(prefix, name " ") == 1 &&
			    length(name) > length(best)) {
				best = name
				takes = substr($0, length(name) + 1)
			}
		}
		END {
			if (best == "")
				exit
			gsub(/[^-a-z]+/, " ", takes)
			print takes, "--json --socket"
		}' <<<"$usage"
	)" -- "$cur" | sort -u)
}

complete -F _cesteer cesteer
