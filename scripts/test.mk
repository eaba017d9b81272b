# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is run: tests, the demo, lint. Every test speaks KTAP; scripts/ktap runs
# programs and scripts/ktap-count sums documents up.

# The netlink contract's and the network's tests, which run in the guest.
NETLINK_SRC := $(wildcard selftests/netlink/*_test.c)
NETLINK := $(NETLINK_SRC:selftests/netlink/%.c=$(B)/netlink/%)
NET := $(sort $(wildcard selftests/net/*_test.sh))
# These take long, or need what Debian's kernels are built without, and are run by
# the debug kernel, at its native speed, only.
NET_UML := $(addprefix selftests/net/,bundle_test.sh fast_again_test.sh \
	offload_test.sh slow_path_test.sh)
T ?= $(NETLINK) $(filter-out $(NET_UML),$(NET))

guest-programs: module user $(NETLINK)

# The module on every kernel that it is held to; N=-n only builds.
kernels: guest-programs
	@B=$(B) scripts/kernels $(N) $(T)

# The packages, twice the same, and their life on a fresh Debian; not that with
# N=-n.
check-packages: user module
	@B=$(B) scripts/check-packages $(N)

guest: guest-programs
	@B=$(B) scripts/guest-tests -j2 $(T)

demo:
	scripts/deps
	$(MAKE) module user
	@B=$(B) selftests/demo/demo

check:
	scripts/deps
	@B=$(B) scripts/check

# Not the folder of that name.
uapi:
	@scripts/ktap selftests/uapi_check.py

lint: module user
	@B=$(B) KDIR=$(KDIR) scripts/lint

# What needs no second build.
lint-quick:
	@B=$(B) scripts/lint checkpatch format shell kernel_doc length arrows \
		spelling columns

.PHONY: guest-programs guest kernels check-packages demo check uapi lint \
	lint-quick

$(B)/netlink/%: $(B)/obj/selftests/netlink/%.o \
		$(B)/obj/selftests/netlink/contract.o $(B)/libcesteerd.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(USER_LIBS)

NETLINK_OBJ := $(NETLINK_SRC:%.c=$(B)/obj/%.o) \
	$(B)/obj/selftests/netlink/contract.o
$(NETLINK_OBJ): USER_CFLAGS += $(HARNESS_CFLAGS)
$(NETLINK_OBJ): | $(KSRC)
-include $(NETLINK_OBJ:.o=.d)
