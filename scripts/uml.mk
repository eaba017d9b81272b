# SPDX-License-Identifier: GPL-2.0-or-later
#
# The same tests as in the guest, in a debug kernel (scripts/uml): KASAN, lock
# and RCU checking, kmemleak, failing allocations. And tests that need these.

UML := $(B)/uml
UML_SRC := $(wildcard selftests/uml/*_test.c)
UML_TESTS := $(UML_SRC:selftests/uml/%.c=$(UML)/%)

# Kbuild leaves its objects beside the sources: a copy of these, then.
uml-module: | $(B)
	@mkdir -p $(UML)/module
	$(Q)find Kbuild kmod uapi -type f \( -name '*.[ch]' -o -name Kbuild \) \
		-exec cp -u --preserve=timestamps --parents -t $(UML)/module {} +
	+$(Q)$(MAKE) -C "$$(scripts/uml)/source" ARCH=um \
		M=$(abspath $(UML)/module) KCFLAGS=-g modules
	$(Q)cp $(UML)/module/cesteer.ko $(UML)/cesteer.ko

check-uml: uml-module user $(NETLINK) $(UML_TESTS)
	@B=$(B) GUEST=uml scripts/guest-tests \
		$(if $(filter file,$(origin T)),$(UML_TESTS)) $(T)

.PHONY: uml-module check-uml

$(UML)/%_test: $(B)/obj/selftests/uml/%_test.o \
		$(B)/obj/selftests/uml/fault.o \
		$(B)/obj/selftests/netlink/contract.o $(B)/libcesteerd.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(USER_LIBS)

UML_OBJ := $(UML_SRC:%.c=$(B)/obj/%.o) $(B)/obj/selftests/uml/fault.o
$(UML_OBJ): USER_CFLAGS += $(HARNESS_CFLAGS)
$(UML_OBJ): | $(KSRC)
-include $(UML_OBJ:.o=.d)
