# SPDX-License-Identifier: GPL-2.0-or-later
#
# User space: the daemon as a library, so that tests link it without main();
# cesteerd and cesteer on top of it; and everything a second time under
# ASan and UBSan for the unit tests.

ROOMS := base bgp bmp mrt rib kern ike conf ctl core
PKGS := libnl-3.0 libnl-genl-3.0 libevent_core yaml-0.1 jansson

LIB_SRC := $(wildcard $(ROOMS:%=daemon/%/*.c) daemon/daemon.c)
CLI_SRC := $(wildcard daemon/cli/*.c daemon/cli/*/*.c)
TABLE_SRC := $(wildcard kmod/table/*.c)
UNIT_SRC := $(wildcard selftests/unit/*_test.c)
FAKE_SRC := $(wildcard selftests/fake/*.c)

# Sources of the kernel's that tests need; never copied into this tree.
KSRC := $(B)/ksrc

# strongSwan's socket where the configuration names none. Debian's and
# strongSwan's own; Fedora's is /run/strongswan/charon.vici.
vici ?= /run/charon.vici

CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wvla -Wno-unused-parameter -Werror
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong
USER_CFLAGS := -std=gnu11 -D_GNU_SOURCE $(WARN) -Idaemon -Iuapi \
	$(shell pkg-config --cflags $(PKGS) 2>/dev/null)
USER_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) $(LDLIBS)
SAN := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all
COMPILE = $(CC) $(USER_CFLAGS) -MMD -MP -c -o $@ $<

LIB_OBJ := $(LIB_SRC:%.c=$(B)/obj/%.o)
CLI_OBJ := $(CLI_SRC:%.c=$(B)/obj/%.o)
SAN_OBJ := $(LIB_SRC:%.c=$(B)/san/obj/%.o)
SAN_TABLE_OBJ := $(TABLE_SRC:%.c=$(B)/san/obj/%.o)
# What the CLI's commands share.
SAN_CLI_OBJ := $(addprefix $(B)/san/obj/daemon/cli/,learned.o out_json.o \
	out_text.o parse.o)
UNIT_OBJ := $(UNIT_SRC:%.c=$(B)/san/obj/%.o)
FAKE_OBJ := $(FAKE_SRC:%.c=$(B)/san/obj/%.o)
# What has threads is also run under TSan.
TSAN := $(B)/tsan/lpm_race_tsan_test
UNIT := $(UNIT_SRC:selftests/unit/%.c=$(B)/san/%) $(TSAN)

user: $(B)/libcesteerd.a $(B)/cesteerd $(B)/cesteer

$(B)/libcesteerd.a: $(LIB_OBJ)
$(B)/san/libcesteerd.a: $(SAN_OBJ)
$(B)/san/libtable.a: $(SAN_TABLE_OBJ)
$(B)/san/libfake.a: $(FAKE_OBJ)
$(B)/san/libcli.a: $(SAN_CLI_OBJ)
%.a:
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/cesteerd: $(B)/obj/daemon/main.o $(B)/libcesteerd.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(USER_LIBS)

$(B)/cesteer: $(CLI_OBJ) $(B)/libcesteerd.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(USER_LIBS)

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(COMPILE) $(CFLAGS) $(HARDEN)

$(B)/san/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC/san,$<)
	$(Q)$(COMPILE) $(SAN)

$(B)/obj/daemon/conf/conf.o: USER_CFLAGS += -DDEFAULT_VICI='"$(vici)"'

$(B)/obj/kmod/%.o $(B)/san/obj/kmod/%.o: USER_CFLAGS += -Ikmod

# The harness's macros define functions that nothing declares.
HARNESS_CFLAGS := -Iselftests -isystem $(KSRC)/selftests \
	-Wno-missing-prototypes -Wno-shadow
$(UNIT_OBJ) $(FAKE_OBJ): USER_CFLAGS += -Ikmod $(HARNESS_CFLAGS)
$(UNIT_OBJ): | $(KSRC)

$(B)/san/%_test: $(B)/san/obj/selftests/unit/%_test.o $(B)/san/libfake.a \
		$(B)/san/libcli.a $(B)/san/libcesteerd.a $(B)/san/libtable.a
	$(call say,LD,$@)
	$(Q)$(CC) $(SAN) -o $@ $^ $(USER_LIBS)

$(TSAN): selftests/unit/lpm_race_test.c $(TABLE_SRC) $(wildcard kmod/table/*.h) \
		selftests/unit/lpm_env.h | $(KSRC)
	@mkdir -p $(@D)
	$(call say,CC/tsan,$@)
	$(Q)$(CC) $(USER_CFLAGS) -Ikmod $(HARNESS_CFLAGS) -O1 -g -fsanitize=thread \
		-o $@ $(filter %.c,$^)

$(KSRC):
	@mkdir -p $(@D)
	$(Q)ln -sfn "$$(scripts/kernel-source)" $@

unit-programs: $(UNIT)

# They wait, most of the time.
unit: unit-programs
	@scripts/ktap -j 4 -t 120 $(UNIT)

-include $(patsubst %.o,%.d,$(LIB_OBJ) $(CLI_OBJ) $(B)/obj/daemon/main.o \
	$(SAN_OBJ) $(SAN_CLI_OBJ) $(SAN_TABLE_OBJ) $(UNIT_OBJ) $(FAKE_OBJ))

.PHONY: user unit unit-programs
.SECONDARY: $(UNIT_OBJ)
