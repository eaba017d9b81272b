#compdef cesteer
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion for cesteer, in zsh. What can follow is asked of "cesteer help", so
# that it never differs from what the command takes.

local line name takes best="" options="" prefix="${(j: :)words[2,CURRENT-1]}"
local -a next

if [[ ${words[CURRENT-1]} == --socket ]]; then
	_files
	return
fi
[[ -z $prefix ]] || prefix+=" "
# Lines of two blanks, the command, and what it takes.
for line in ${(f)"$(${words[1]} help 2>/dev/null)"}; do
	[[ $line == "  "[a-z]* ]] || continue
	line=${line#  }
	name=${line%%[^ a-z]*}
	name=${name% }
	takes=${line#$name}
	# Commands: the next word of each that begins so.
	if [[ "$name " == "$prefix"* && ${#name} -ge ${#prefix} ]]; then
		next+=(${${name#$prefix}%% *})
	fi
	# Behind a whole command: its options and words.
	if [[ $prefix == "$name "* && ${#name} -gt ${#best} ]]; then
		best=$name
		options=$takes
	fi
done
if [[ -n $best ]]; then
	next+=(${=options//[^-a-z]/ } --json --socket)
fi
next=(${(u)next})
compadd -a next
