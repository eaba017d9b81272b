# SPDX-License-Identifier: GPL-2.0-or-later
#
# make fuzz           each fuzz target for SECONDS seconds (60)

SECONDS ?= 60
CLANG ?= clang
FUZZ_SRC := $(wildcard selftests/fuzz/*_fuzz.c)
FUZZ := $(FUZZ_SRC:selftests/fuzz/%.c=$(B)/fuzz/%)
FUZZ_FLAGS := -O1 -g -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_LIB_OBJ := $(LIB_SRC:%.c=$(B)/fuzz/obj/%.o)
FUZZ_TABLE_OBJ := $(TABLE_SRC:%.c=$(B)/fuzz/obj/%.o)
FUZZ_OBJ := $(FUZZ_SRC:%.c=$(B)/fuzz/obj/%.o)

fuzz: $(FUZZ)
	@scripts/fuzz $(SECONDS) $(FUZZ)

$(B)/fuzz/%_fuzz: $(B)/fuzz/obj/selftests/fuzz/%_fuzz.o \
		$(B)/fuzz/libcesteerd.a $(B)/fuzz/libtable.a
	$(call say,LD,$@)
	$(Q)$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^ $(USER_LIBS)

$(B)/fuzz/libcesteerd.a: $(FUZZ_LIB_OBJ)
$(B)/fuzz/libtable.a: $(FUZZ_TABLE_OBJ)

$(B)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC/fuzz,$<)
	$(Q)$(CLANG) $(filter-out -Wmissing-prototypes,$(USER_CFLAGS)) -MMD -MP \
		-c -o $@ $< $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link

$(FUZZ_TABLE_OBJ) $(FUZZ_OBJ): USER_CFLAGS += -Ikmod -Iselftests

-include $(FUZZ_LIB_OBJ:.o=.d) $(FUZZ_TABLE_OBJ:.o=.d) $(FUZZ_OBJ:.o=.d)

.PHONY: fuzz
.SECONDARY: $(FUZZ_OBJ) $(FUZZ_LIB_OBJ) $(FUZZ_TABLE_OBJ)
