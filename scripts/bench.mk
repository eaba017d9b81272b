# SPDX-License-Identifier: GPL-2.0-or-later
#
# make bench-table      the lookup table beside what users have
#
# SIZES=v4/1M,v6/10     only these; ROUNDS=n: turns, of which the best counts
#
# make bench-ike        many gateways and a real strongSwan, in namespaces
#
# GATEWAYS=10000        how many
#
# make bench-netlink    changes through netlink beside ip's, in the guest
#
# make bench-bgp        a full table by BGP into the kernel, beside routing
#                       daemons, in the guest. selftests/bench/bgp/bgp.sh lists
#                       the words that select what is run

BENCH := $(B)/bench
BENCH_SRC := table table_set table_cesteer table_kernel table_bpf table_fib
BENCH_LIBS := -lbpf -lm
BENCH_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g $(WARN) -Iselftests/bench -Ikmod

# The peers that can be had here. Contenders are compiled as they are used.
ifeq ($(shell pkg-config --exists libdpdk && echo yes),yes)
BENCH_SRC += table_dpdk
BENCH_CFLAGS += -DHAVE_DPDK
BENCH_LIBS += -lrte_fib -lrte_rib -lrte_eal
$(BENCH)/table_dpdk.o: BENCH_CFLAGS += $(shell pkg-config --cflags libdpdk)
endif
WIREGUARD := $(BENCH)/wireguard
ifneq ($(wildcard /usr/src/linux-source-6.1.tar.xz),)
BENCH_SRC += table_allowedips
BENCH_CFLAGS += -DHAVE_ALLOWEDIPS
$(BENCH)/table_allowedips.o: $(WIREGUARD)/allowedips.c
$(BENCH)/table_allowedips.o: BENCH_CFLAGS += -I$(WIREGUARD) -w
endif

# The kernel has no vector registers, and patches popcnt in where it is.
BENCH_TABLE_CFLAGS := -mgeneral-regs-only
ifneq ($(shell grep -cw popcnt /proc/cpuinfo),0)
BENCH_TABLE_CFLAGS += -mpopcnt
endif

BENCH_OBJ := $(BENCH_SRC:%=$(BENCH)/%.o) \
	$(TABLE_SRC:kmod/table/%.c=$(BENCH)/kmod/%.o)

# What is there to compare with is asked once the packages are.
bench-table:
	scripts/deps -b
	@$(MAKE) -s $(BENCH)/table $(BENCH)/table_bpf.bpf.o
	@$(BENCH)/table "$(SIZES)" $(ROUNDS)

$(BENCH)/table: $(BENCH_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) -o $@ $^ $(BENCH_LIBS)

$(BENCH)/%.o: selftests/bench/%.c selftests/bench/table.h \
		$(wildcard kmod/table/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(BENCH_CFLAGS) -c -o $@ $<

$(BENCH)/kmod/%.o: kmod/table/%.c $(wildcard kmod/table/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(BENCH_CFLAGS) $(BENCH_TABLE_CFLAGS) -c -o $@ $<

$(BENCH)/%.bpf.o: selftests/bench/%.bpf.c
	@mkdir -p $(@D)
	$(call say,BPF,$<)
	$(Q)clang -O2 -g -target bpf -I/usr/include/$(shell $(CC) -print-multiarch) \
		-c -o $@ $<

# WireGuard's structure, from Debian's package of the kernel's sources.
$(WIREGUARD)/allowedips.c:
	@mkdir -p $(@D)
	$(call say,TAR,$@)
	$(Q)tar -C $(@D) -xJf /usr/src/linux-source-6.1.tar.xz \
		--strip-components=4 \
		linux-source-6.1/drivers/net/wireguard/allowedips.c \
		linux-source-6.1/drivers/net/wireguard/allowedips.h
	$(Q)mkdir -p $(@D)/linux $(@D)/selftest
	$(Q)touch $(@D)/linux/mutex.h $(@D)/peer.h $(@D)/selftest/allowedips.c $@

bench-ike: $(BENCH)/ike
	@B=$(B) selftests/bench/ike $(or $(GATEWAYS),10000)

$(BENCH)/ike: selftests/bench/ike.c $(B)/libcesteerd.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(USER_CFLAGS) $(CFLAGS) -o $@ $^ $(USER_LIBS)

# Under QEMU, which slows all of them alike: in User-Mode Linux system calls are
# dear, and ip would pay for two a line.
bench-netlink: module user $(BENCH)/netlink
	@B=$(B) selftests/qemu/run -n bench-netlink -t 1500 -m 4G \
		env $(if $(COUNT),COUNT=$(COUNT)) \
		$(if $(POLICIES),POLICIES=$(POLICIES)) selftests/bench/netlink.sh

$(BENCH)/netlink: $(BENCH)/netlink.o $(BENCH)/table_set.o $(B)/libcesteerd.a
	$(call say,LD,$@)
	$(Q)$(CC) -o $@ $^ $(USER_LIBS) -lm

$(BENCH)/netlink.o: BENCH_CFLAGS += $(USER_CFLAGS)

# Under QEMU for the same reason: a page that is touched for the first time takes
# a fifth of a millisecond in User-Mode Linux, and a route a system call.
BENCH_BGP := $(BENCH)/bgp_peer
BENCH_BGP_WORDS := V4 V6 GATEWAYS SPEAKERS ROUNDS

bench-bgp: module user $(BENCH_BGP)
	@B=$(B) selftests/qemu/run -n bench-bgp -t 14400 -m 6G env \
		$(foreach w,$(BENCH_BGP_WORDS),$(if $($(w)),"$(w)=$($(w))")) \
		selftests/bench/bgp/bgp.sh

BENCH_BGP_OBJ := $(patsubst %.c,$(B)/obj/%.o, \
	$(wildcard selftests/bench/bgp/*.c) selftests/bench/table_set.c)
$(BENCH_BGP): $(BENCH_BGP_OBJ) $(B)/libcesteerd.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(USER_LIBS) -lm

-include $(BENCH_BGP_OBJ:.o=.d)

.PHONY: bench-table bench-ike bench-netlink bench-bgp
