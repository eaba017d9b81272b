#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The packet path without its short cuts does the same: tests of what leaves,
# and how, once more. All of them: make check-uml FAST=0.
set -uo pipefail
cd "$(dirname "$0")" || exit

export FAST=0
exec ../../scripts/ktap ./steer_test.sh ./nat_test.sh ./verify_test.sh
