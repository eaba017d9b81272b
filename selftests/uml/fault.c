// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/thread-self/fail-nth counts down with each allocation and reads as 0
 * once one was refused.
 */
#include "fault.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/array.h"

static int nth_fd = -1;

static bool set(const char *name, const char *value)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, value, strlen(value)) > 0;
	close(fd);
	return ok;
}

bool fault_begin(const char **why)
{
	static const char *const knobs[][2] = {
		/* Those that may sleep fail too, and quietly. */
		{ "/sys/kernel/debug/failslab/ignore-gfp-wait", "N" },
		{ "/sys/kernel/debug/failslab/verbose", "0" },
		{ "/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N" },
		{ "/sys/kernel/debug/fail_page_alloc/verbose", "0" },
	};
	size_t i;

	*why = "the kernel was built without fault injection";
	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		if (!set(knobs[i][0], knobs[i][1]))
			return false;
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	return nth_fd >= 0;
}

void fault_arm(unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(nth_fd, text, len, 0) != len)
		abort();
}

static unsigned int left(void)
{
	char text[16] = "";

	if (pread(nth_fd, text, sizeof(text) - 1, 0) <= 0)
		abort();
	fault_arm(0);
	return (unsigned int)atoi(text);
}

bool fault_disarm(void)
{
	return left() == 0;
}

unsigned int fault_count(void)
{
	return FAULT_MAX - left();
}
