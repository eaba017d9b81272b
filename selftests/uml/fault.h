/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocations of the kernel's that fail, one at a time, on behalf of this
 * process only (Documentation/fault-injection: fail-nth).
 */
#ifndef SELFTESTS_UML_FAULT_H
#define SELFTESTS_UML_FAULT_H

#include <stdbool.h>

/* A loop over nth that comes so far does not end by itself. */
#define FAULT_MAX 5000

/*
 * To be called by the process whose allocations are to fail, after any fork.
 * False: the kernel cannot do it; why says so.
 */
bool fault_begin(const char **why);
/* The nth allocation from here on fails; the first is 1. */
void fault_arm(unsigned int nth);
/* No more; whether it came to that. */
bool fault_disarm(void);
/* No more, after arming with FAULT_MAX: how many allocations there were. */
unsigned int fault_count(void);

#endif /* SELFTESTS_UML_FAULT_H */
