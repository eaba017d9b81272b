# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel module, by Kbuild. Kbuild itself lists the module's objects.

# The kernel that the guest boots (scripts/root) unless told otherwise.
KRELEASE := $(shell scripts/kernel-release)
KDIR ?= /lib/modules/$(KRELEASE)/build

module: | $(B)
	$(Q)scripts/check-config $(KDIR)
	+$(Q)$(MAKE) -C $(KDIR) M=$(CURDIR) modules
	$(Q)cp cesteer.ko $(B)/cesteer.ko

module-clean:
	-test ! -d $(KDIR) || $(MAKE) -C $(KDIR) M=$(CURDIR) clean

$(B):
	mkdir -p $@

.PHONY: module module-clean
