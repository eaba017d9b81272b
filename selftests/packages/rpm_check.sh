#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# RPM's packages, in FOLDER, are installed into ROOT, a Debian with DKMS and a
# kernel's headers; those of FOLDER/next replace them, are installed over
# themselves, and are removed. Their scripts run, in ROOT, and DKMS builds each
# time. Nothing is left then that was not there before. As root, with ROOT's /dev
# and /proc mounted.
#
#   rpm_check.sh ROOT FOLDER
set -euo pipefail

root=$1
dir=$2
release=$(cd "$root/lib/modules" && echo *)
said=$(mktemp)
trap 'rm -f "$said"' EXIT

# A script that fails is a warning to rpm, and Debian's rpm, which has its
# database elsewhere, has one of its own.
run()
{
	echo "rpm $*"
	rpm --root "$root" --dbpath /var/lib/rpm "$@" >"$said" 2>&1 || {
		cat "$said"
		return 1
	}
	! grep -E 'scriptlet failed|cesteer: ' "$said"
}

inside()
{
	chroot "$root" "$@"
}

same()
{
	[ "$1" = "$2" ] && return
	printf 'not:  %s\nbut:  %s\n' "$1" "$2"
	return 1
}

# What rpm and DKMS themselves keep is theirs.
files()
{
	(cd "$root" && find . -xdev \( -path ./var/lib/rpm -o -path ./proc \
		-o -path ./dev \) -prune -o ! -path './var/lib/dkms/mok.*' \
		! -path './lib/modules/*/modules.*' -print | LC_ALL=C sort)
}

# here VERSION: it is what is installed, and built for the kernel.
here()
{
	run -V --nodeps cesteer cesteer-dkms
	same "cesteer $1" "$(inside cesteer --version)"
	same "cesteer/$1, $release, x86_64: installed" \
		"$(inside dkms status cesteer)"
	same "$1" "$(inside modinfo -k "$release" -F version cesteer)"
	same "cesteer-$1" "$(cd "$root/usr/src" && echo cesteer-*)"
}

version()
{
	rpm -qp --qf '%{VERSION}' "$1"/cesteer-dkms-*.rpm
}

run --initdb
# What a distribution of RPM's has anyway.
mkdir -p "$root/usr/share/licenses"
before=$(files)
run -i --force-debian --nodeps "$dir"/*.rpm
here "$(version "$dir")"
run -U --force-debian --nodeps "$dir"/next/*.rpm
here "$(version "$dir/next")"
run -U --force-debian --nodeps --replacepkgs "$dir"/next/*.rpm
here "$(version "$dir/next")"
run -e --nodeps cesteer cesteer-dkms
diff <(echo "$before") <(files)
