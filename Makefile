# SPDX-License-Identifier: GPL-2.0-or-later
#
# make             the module, the daemon and the CLI
# make deps        install what building and testing need (build tools, QEMU)
# make demo        the main job, shown
# make check       the tests: make unit, make uapi, make guest
# make check-uml   the tests in a debug kernel: KASAN, lockdep, kmemleak
# make bench-path  the packet path beside what users have
# make bench-bgp   a full table by BGP into the kernel, beside BIRD and FRR
# make lint        style, at zero findings; make lint-quick, what is fast of it
# make kernels     the module on every kernel that it is held to: a table
# make deb, rpm    packages, in build/packages/
# make check-packages   their life on a fresh Debian
# make install     DESTDIR and the usual folders are obeyed; make uninstall
# make fuzz        each fuzz target for SECONDS=60
#
# B=DIR    puts what is built elsewhere than build/ (the module's objects stay
#          beside their sources, as Kbuild has it)
# KDIR=DIR builds the module for another kernel
# T=PATHS  runs only these tests: make guest T=selftests/net/x_test.sh

B ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
# V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(patsubst $(B)/%,%,$(2)))

all: module user

include scripts/module.mk
include scripts/user.mk
include scripts/test.mk
include scripts/uml.mk
include scripts/fuzz.mk
include scripts/bench.mk
include scripts/install.mk

deps:
	scripts/deps

clean: module-clean
	rm -rf $(B)

.PHONY: all deps clean
.DELETE_ON_ERROR:
