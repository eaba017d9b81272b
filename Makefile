# SPDX-License-Identifier: GPL-2.0-or-later
#
# make             the module, the daemon and the CLI
# make demo        the main job, shown
# make check       the tests
# make lint        style, at zero findings
#
# B=DIR puts what is built elsewhere than build/.

B ?= build
CC ?= gcc
include scripts/user.mk
