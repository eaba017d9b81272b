#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The fast way does the same as the normal one, but for the hooks that it
# passes by: tests of what leaves and of ICMP's errors, once more. Others by
# make check-uml FAST=2, but for those with NAT (nat_test.sh, wait_test.sh).
set -uo pipefail
cd "$(dirname "$0")" || exit

export FAST=2
exec ../../scripts/ktap ./steer_test.sh ./icmp_test.sh
