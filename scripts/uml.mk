# SPDX-License-Identifier: GPL-2.0-or-later
#
# What runs in the project's own kernels (scripts/uml).
#
# make check-uml        the guest's tests in the debug kernel: KASAN, lock and
#                       RCU checking, kmemleak, failing allocations; and tests
#                       that need these; check-uml-module runs the module's, in two
#                       kernels at once, as each has one CPU;
#                       FAST=0: without the packet path's short cuts; FAST=2:
#                       with them, and by the fast way where that can be
# make bench-path       the packet path beside what users have, in the release
#                       kernel. selftests/bench/path/path.sh lists the words
#                       that select what is run: make bench-path SUBNETS="1 1000"
#                       PERF=1: and where the kernel's time went, set-up and
#                       all: make bench-path PERF=1 ONLY=cesteer COUNT=1000000
#                       bench-path-plot draws what it printed last.

UML := $(B)/uml
UML_SRC := $(wildcard selftests/uml/*_test.c)
UML_TESTS := $(UML_SRC:selftests/uml/%.c=$(UML)/%)

# uml-module KIND. Kbuild leaves its objects beside the sources: a copy of
# these, then.
define uml-module
	@mkdir -p $(UML)/$(1)/module
	$(Q)find Kbuild kmod uapi -type f \( -name '*.[ch]' -o -name Kbuild \) \
		-exec cp -u --preserve=timestamps --parents \
		-t $(UML)/$(1)/module {} +
	+$(Q)$(MAKE) -C "$$(scripts/uml $(1))/source" ARCH=um \
		M=$(abspath $(UML)/$(1)/module) KCFLAGS=-g modules
	$(Q)cp $(UML)/$(1)/module/cesteer.ko $(UML)/$(1)/cesteer.ko
endef

uml-debug uml-release: uml-%: | $(B)
	$(call uml-module,$*)

check-uml: uml-debug user $(NETLINK) $(UML_TESTS)
	@B=$(B) GUEST=uml FAST=$(FAST) scripts/guest-tests $(T) \
		$(if $(filter file,$(origin T)),$(NET_UML) $(UML_TESTS))

# The module's own tests, without those that are about the daemons beside it.
UML_MODULE := $(filter-out $(addprefix selftests/net/,bgp_% claims_% entry4_% \
	gateway_set_% ike_% l3vpn_% life_% manual_% \
	withdrawn_%),$(NETLINK) $(NET)) \
	$(UML_TESTS)

check-uml-module: uml-debug user $(NETLINK) $(UML_TESTS)
	@B=$(B) GUEST=uml scripts/guest-tests -j2 $(UML_MODULE)

BENCH_PATH := $(UML)/release/path_run $(UML)/release/path_send.ko
BENCH_PATH_WORDS := FAMILIES CIPHERS SUBNETS SOURCES SIZES FLOWS ROUNDS COUNT \
	GATEWAYS LOAD WAYS ONLY PARAMS

# UML is a process: what it does, perf can see from here.
PERF_DATA := $(UML)/bench-path.perf
PERF_RECORD := perf record -q -e cpu-clock -F 1999 -o $(PERF_DATA) --

bench-path: uml-release user $(BENCH_PATH)
	@B=$(B) $(if $(PERF),$(PERF_RECORD)) selftests/uml/run -k release -n bench-path -t 86400 -m 8G env \
		$(foreach w,$(BENCH_PATH_WORDS),$(if $($(w)),"$(w)=$($(w))")) \
		selftests/bench/path/path.sh
	$(if $(PERF),$(Q)selftests/bench/path/split $(PERF_DATA) \
		$(UML)/guest/bench-path/out/kallsyms)

PLOT ?= v4/null
bench-path-plot:
	$(Q)selftests/bench/path/plot $(PLOT) <$(UML)/guest/bench-path/output \
		>selftests/bench/path/path.svg

.PHONY: uml-debug uml-release check-uml check-uml-module bench-path bench-path-plot

$(UML)/%_test: $(B)/obj/selftests/uml/%_test.o \
		$(B)/obj/selftests/uml/fault.o \
		$(B)/obj/selftests/netlink/contract.o $(B)/libcesteerd.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(USER_LIBS)

$(UML)/release/path_run: $(wildcard selftests/bench/path/path_[rf]*.[ch]) \
		selftests/bench/path/path_send.h
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -o $@ \
		$(filter %.c,$^)

$(UML)/release/path_send.ko: $(addprefix selftests/bench/path/,path_send.c \
		path_send.h Kbuild)
	@mkdir -p $(UML)/release/path_send
	$(Q)cp $^ $(UML)/release/path_send
	+$(Q)$(MAKE) -C "$$(scripts/uml release)/source" ARCH=um \
		M=$(abspath $(UML)/release/path_send) modules
	$(Q)cp $(UML)/release/path_send/path_send.ko $@

UML_OBJ := $(UML_SRC:%.c=$(B)/obj/%.o) $(B)/obj/selftests/uml/fault.o
$(UML_OBJ): USER_CFLAGS += $(HARNESS_CFLAGS)
$(UML_OBJ): | $(KSRC)
-include $(UML_OBJ:.o=.d)
